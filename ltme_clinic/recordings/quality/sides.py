"""Left for right, front for back, and sides of unequal build: what the recognised landmarks say about each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ltme_clinic.recordings.quality.body import Body
from ltme_clinic.recordings.quality.problems import QualityProblem

_ALWAYS = 0.95
CLEARLY_CROSSED_M = 0.05
"""Feet and hands cross the midline for moments (scissor gait, arm swing), hips, shoulders and the head never."""
UNEQUAL_SHARE, UNEQUAL_M = 0.20, 0.05
"""Legs of one person differ in length by up to about 2 cm, and markers are placed to about 1 cm."""
_PAIRED = (
    "asis",
    "psis",
    "hip_centre",
    "shoulder",
    "head_front",
    "head_back",
    "knee",
    "ankle",
    "heel",
    "toe",
    "elbow",
    "wrist_thumb",
)
_SEGMENTS = (
    ("thigh", "asis", "knee"),
    ("shank", "knee", "ankle"),
    ("foot", "heel", "toe"),
    ("upper arm", "shoulder", "elbow"),
    ("forearm", "elbow", "wrist_thumb"),
)
_FRAMES_LOOKED_AT = 60


def find_left_right(body: Body) -> Iterator[QualityProblem]:
    """Landmark pairs whose left lies on the right, by the directions in which the feet and the pelvis point."""
    forward = _forward(body)
    if forward is None:
        return
    leftward = np.stack([-forward[:, 1], forward[:, 0]], axis=1)
    crossed, straight = [], []
    for name in _PAIRED:
        apart_m = _between(body, f"right_{name}", f"left_{name}")
        if apart_m is None:
            continue
        side_m = (apart_m[:, :2] * leftward).sum(axis=1)
        side_m = side_m[~np.isnan(side_m)]
        if len(side_m) < 3:
            continue
        if np.median(side_m) < -CLEARLY_CROSSED_M and (side_m < 0).mean() >= _ALWAYS:
            crossed.append(name)
        elif np.median(side_m) > 0:
            straight.append(name)
    if not crossed:
        return
    labels = tuple(body.labels[body.slots[f"{side}_{name}"]] for name in crossed for side in ("left", "right"))
    words = ", ".join(name.replace("_", " ") for name in crossed)
    if len(crossed) >= 3 and len(crossed) >= 0.6 * (len(crossed) + len(straight)):
        sentence = f"left and right are exchanged in the whole body ({len(crossed)} pairs: {words})"
        cure = (
            "Exchange left and right in the labels, or mirror the horizontal axis that was mirrored, and export again"
        )
    else:
        sentence = f"left and right are exchanged at: {words}; the other {len(straight)} pairs are not"
        cure = "Exchange the labels of these pairs"
    yield QualityProblem("left_right", labels, 0.0, body.recording.duration_s, "serious", sentence, cure)


def find_front_back(body: Body) -> Iterator[QualityProblem]:
    """Feet that point against the pelvis: front and back, or heel and toe, are exchanged."""
    feet, pelvis = _feet_forward(body), _pelvis_forward(body)
    if feet is None or pelvis is None:
        return
    same = (feet * pelvis).sum(axis=1)
    same = same[~np.isnan(same)]
    if len(same) < 3 or (same < -0.5).mean() < _ALWAYS:
        return
    slots = [s for s in ("left_asis", "right_asis", "sacrum", "left_psis", "right_psis") if s in body.slots]
    slots += [
        f"{side}_{name}" for side in ("left", "right") for name in ("heel", "toe") if f"{side}_{name}" in body.slots
    ]
    yield QualityProblem(
        "front_back",
        tuple(body.labels[body.slots[slot]] for slot in slots),
        0.0,
        body.recording.duration_s,
        "serious",
        f"the feet point backwards from the pelvis in {100 * (same < 0).mean():.0f} % of the frames",
        "Check the labels of the anterior and posterior pelvis, and of heels and toes",
    )


def find_asymmetry(body: Body) -> Iterator[QualityProblem]:
    """Segments whose length differs between the sides by more than people and marker placement do."""
    for segment, upper, lower in _SEGMENTS:
        lengths_m = []
        for side in ("left", "right"):
            apart_m = _between(body, f"{side}_{upper}", f"{side}_{lower}")
            length_m = np.linalg.norm(apart_m, axis=1) if apart_m is not None else np.array([np.nan])
            lengths_m.append(float(np.nanmedian(length_m)) if (~np.isnan(length_m)).any() else float("nan"))
        left_m, right_m = lengths_m
        if not abs(left_m - right_m) > max(UNEQUAL_M, UNEQUAL_SHARE * min(left_m, right_m)):
            continue
        longer = "left" if left_m > right_m else "right"
        labels = tuple(body.labels[body.slots[f"{side}_{n}"]] for side in ("left", "right") for n in (upper, lower))
        yield QualityProblem(
            "asymmetry",
            labels,
            0.0,
            body.recording.duration_s,
            "warning",
            f"the {longer} {segment} is {100 * abs(left_m - right_m):.1f} cm longer than the other "
            f"({100 * max(lengths_m):.1f} and {100 * min(lengths_m):.1f} cm, by {upper} and {lower})",
            "Check whether these markers sit on the landmarks their labels name",
        )


def _forward(body: Body) -> np.ndarray | None:
    """(frame, 2) horizontal unit vectors: where the feet point, or the pelvis where there are no feet."""
    feet = _feet_forward(body)
    return feet if feet is not None else _pelvis_forward(body)


def _feet_forward(body: Body) -> np.ndarray | None:
    feet = [_between(body, f"{side}_heel", f"{side}_toe") for side in ("left", "right")]
    known = [foot for foot in feet if foot is not None]
    return _unit(np.mean(known, axis=0)[:, :2]) if len(known) == 2 else None


def _pelvis_forward(body: Body) -> np.ndarray | None:
    fronts = [_track(body, f"{side}_asis") for side in ("left", "right")]
    backs = [_track(body, "sacrum")]
    if backs[0] is None:
        backs = [_track(body, f"{side}_psis") for side in ("left", "right")]
    front = [track for track in fronts if track is not None]
    back = [track for track in backs if track is not None]
    if len(front) < 2 or len(back) < len(backs):
        return None
    return _unit((np.mean(front, axis=0) - np.mean(back, axis=0))[:, :2])


def _between(body: Body, start: str, end: str) -> np.ndarray | None:
    """(frame, 3) from one landmark to another in evenly spread frames, or None."""
    first, last = _track(body, start), _track(body, end)
    return None if first is None or last is None else last - first


def _track(body: Body, slot: str) -> np.ndarray | None:
    track_m = body.track_m(slot)
    return None if track_m is None else track_m[:: max(1, len(track_m) // _FRAMES_LOOKED_AT)]


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, length, where=length > 1e-9, out=np.full_like(vectors, np.nan))
