"""Wrong units and axes: of the whole recording, by the body's size and pose, and of single markers off the body."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product

import numpy as np

from ltme_clinic.recordings.body_frame import vertical_axis
from ltme_clinic.recordings.quality.body import Body
from ltme_clinic.recordings.quality.neighbours import squared_m2
from ltme_clinic.recordings.quality.problems import QualityProblem

SMALLEST_BODY_M, LARGEST_BODY_M = 0.25, 3.0
"""Extent of a body's markers, from an infant's legs to a tall adult with raised arms."""
MIN_LANDMARKS = 5
OFF_BODY_M = 0.60
"""A marker with no other one nearer than this is not on the body: shanks are up to 0.5 m long."""
ON_BODY_M = 0.35
BELOW_M = 0.15
"""A marker this far below all others is under the floor: every foot but the poorest marked has two at its height."""
_MOST_FRAMES = 0.7
_MOST_EXPLAINED = 12
"""Markers off the body for which another unit and other axes are tried."""
_MOST_FRAMES_OF_POSE = 500
"""Frames, evenly spread, that tell how the body stands."""
_SCALES = (10.0, 100.0, 1000.0, 25.4, 0.1, 0.01, 0.001, 1 / 25.4)
_TURNS = sorted(
    product(permutations(range(3)), product((1, -1), repeat=3)),
    key=lambda turn: sum(sign < 0 for sign in turn[1]) + 2 * (turn[0] != (0, 1, 2)),
)[1:]
"""Axes taken in other orders and directions, the simplest mistakes first."""


def find_wrong_unit(body: Body) -> Iterator[QualityProblem]:
    """A whole body of impossible size."""
    if len(body.slots) < MIN_LANDMARKS:
        return
    positions_m = body.positions_m[body.looked_at][:, list(body.slots.values())]
    low_m, high_m = _box(positions_m)
    extent_m = float(np.nanmedian(np.max(high_m - low_m, axis=1))) if np.isfinite(low_m).any() else float("nan")
    if not np.isfinite(extent_m) or SMALLEST_BODY_M <= extent_m <= LARGEST_BODY_M:
        return
    yield QualityProblem(
        "unit",
        (),
        0.0,
        body.recording.duration_s,
        "serious",
        f"the body's markers span {100 * extent_m:.3g} cm, which is no human's size "
        f"({100 * SMALLEST_BODY_M:.0f} to {100 * LARGEST_BODY_M:.0f} cm)",
        "Correct the length unit and export again",
    )


def find_wrong_axis(body: Body) -> Iterator[QualityProblem]:
    """A body whose head does not point up."""
    spread = slice(None, None, -(-len(body.positions_m) // _MOST_FRAMES_OF_POSE) or 1)
    axis = vertical_axis({slot: body.positions_m[spread, marker] for slot, marker in body.slots.items()})
    if axis in (None, "+z"):
        return
    fact = "upside down" if axis == "-z" else "lying along a horizontal axis"
    yield QualityProblem(
        "axis",
        (),
        0.0,
        body.recording.duration_s,
        "serious",
        f"the body is {fact}: from feet to head it points along {axis}",
        "Set the laboratory's vertical axis and export again (no fault if the patient lies down)",
    )


def find_off_body(body: Body) -> Iterator[QualityProblem]:
    """Markers far from all others most of the time, with the scale or axes that bring them back, if any do."""
    if body.ever_seen.sum() < MIN_LANDMARKS:
        return
    looked_m, nearest_m = body.positions_m[body.looked_at], body.neighbours.nearest_m
    far = nearest_m > OFF_BODY_M
    second_lowest_m = np.sort(looked_m[..., 2], axis=1)[:, 1]
    far |= looked_m[..., 2] < (second_lowest_m - BELOW_M)[:, None]
    seen = ~np.isnan(looked_m[..., 0])
    share = np.divide(far.sum(axis=0), seen.sum(axis=0), where=seen.any(axis=0), out=np.zeros(far.shape[1]))
    outliers = np.flatnonzero(share >= _MOST_FRAMES)
    if len(outliers) > 0.3 * body.ever_seen.sum():  # not a fault of single markers: several bodies or objects
        return
    for number, marker in enumerate(outliers.tolist()):
        away_m = np.sort(nearest_m[seen[:, marker], marker])
        middle_m = float(away_m[[(len(away_m) - 1) // 2, len(away_m) // 2]].mean())
        yield _explained(body, marker, looked_m, middle_m, number < _MOST_EXPLAINED)


def _explained(body: Body, marker: int, looked_m: np.ndarray, away_m: float, is_tried: bool) -> QualityProblem:
    """A marker off the body, with the scale or the axes that bring it back where there are any and they are tried."""
    label, duration_s = body.labels[marker], body.recording.duration_s
    fact = f"{label} is not on the body: the nearest other marker is {100 * away_m:.0f} cm away, throughout"
    if not np.isfinite(away_m):
        fact = f"{label} is not on the body: no other marker is seen with it"
    seen = ~np.isnan(looked_m[:, marker, 0])
    track_m = looked_m[seen, marker]
    others_m = np.ascontiguousarray(np.delete(looked_m[seen], marker, axis=1).transpose(2, 0, 1))
    scaled = [track_m * scale for scale in _SCALES] if is_tried else []
    if (number := _first_on_body(scaled, others_m)) is not None:
        scale = _SCALES[number]
        factor = f"{scale:g}" if scale >= 1 else f"1/{1 / scale:g}"
        sentence = f"{fact}; times {factor} it is on the body: another length unit"
        cure = f"Multiply {label} by {factor}, or correct its unit and export again"
        return QualityProblem("marker_unit", (label,), 0.0, duration_s, "serious", sentence, cure)
    turned = [track_m[:, order] * signs for order, signs in _TURNS] if is_tried else []
    if (number := _first_on_body(turned, others_m)) is not None:
        axes = ", ".join(("-" if sign < 0 else "+") + "xyz"[axis] for axis, sign in zip(*_TURNS[number], strict=True))
        sentence = f"{fact}; with its axes taken as ({axes}) it is on the body"
        cure = f"Correct the axes of {label} and export again"
        return QualityProblem("marker_axis", (label,), 0.0, duration_s, "serious", sentence, cure)
    cure = f"Check what {label} was stuck to; leave it out if it was not on the patient"
    return QualityProblem("far_marker", (label,), 0.0, duration_s, "warning", fact, cure)


def _first_on_body(tracks_m: list[np.ndarray], others_m: np.ndarray) -> int | None:
    """The first of several tracks (frame, 3) that lies near another marker most of the time, or None.

    What misses in more frames than it may is not looked at in the others. The other markers are (axis, frame, marker).
    """
    enough = int(np.floor((1 - _MOST_FRAMES) * others_m.shape[1])) + 1
    for number, track_m in enumerate(tracks_m):
        is_likely = _is_near(track_m[:enough], others_m[:, :enough]).any()
        if is_likely and _is_near(track_m, others_m).mean() >= _MOST_FRAMES:
            return number
    return None


def _is_near(track_m: np.ndarray, others_m: np.ndarray) -> np.ndarray:
    """(frame,) bool: whether another marker is within reach of a body's neighbours."""
    return np.asarray((squared_m2(others_m, track_m.T[..., None]) < ON_BODY_M**2).any(axis=1))


def _box(positions_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners (frame, 3) of the box round all markers, NaN in frames without any."""
    empty = np.isnan(positions_m).all(axis=1)
    low = np.where(np.isnan(positions_m), np.inf, positions_m).min(axis=1)
    high = np.where(np.isnan(positions_m), -np.inf, positions_m).max(axis=1)
    low[empty], high[empty] = np.nan, np.nan
    return low, high
