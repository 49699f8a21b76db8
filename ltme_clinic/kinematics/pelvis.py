"""The pelvis in a recording: the origin and facing of everything else, and how it is completed when a marker hides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics.smoothing import runs

PELVIS_SLOTS = ("left_asis", "right_asis", "left_psis", "right_psis", "sacrum")
_PLACES = [SLOT_INDEX[slot] for slot in PELVIS_SLOTS]
_MIN_SPREAD_M = 0.03
LYING_SHARE = 0.7
"""A pelvis whose depth shows from above by less than this share of itself lies (bridge: 0 to .4; upright: .96 to 1)."""
"""Three markers nearer to one line than this don't fix a rotation (a sacral marker between two posterior spines)."""


@dataclass(frozen=True)
class PelvisMarkers:
    """The slots that stand for the pelvis in one recording."""

    left: str
    right: str
    back: str | None
    """Sacrum; None where the hip joint centres stand for the pelvis."""

    def places(self) -> list[int]:
        slots = [self.left, self.right] + ([self.back] if self.back else [])
        return [SLOT_INDEX[slot] for slot in slots]


def pelvis_markers(positions_m: np.ndarray) -> PelvisMarkers | None:
    """Which slots can stand for the pelvis: iliac spines with sacrum, else both hip joint centres, else None.

    Between the two, the one that is complete in clearly more frames (twice as many): (frame, slot, 3).
    """
    spines = PelvisMarkers("left_asis", "right_asis", "sacrum")
    hips = PelvisMarkers("left_hip_centre", "right_hip_centre", None)
    frames_of = {p: int(present_together(positions_m, p.places()).sum()) for p in (spines, hips)}
    chosen = hips if frames_of[hips] > 2 * frames_of[spines] else spines
    return chosen if frames_of[chosen] else None


def present_together(positions_m: np.ndarray, places: list[int]) -> np.ndarray:
    """Frames in which all these slots are there: (frame,) bool."""
    return ~np.isnan(positions_m[:, places, 0]).any(axis=1)


def complete_pelvis(positions_m: np.ndarray) -> int:
    """Fill, in place, pelvis markers that hide while three others are seen; gives how many marker frames were filled.

    The pelvis is taken as rigid: its mean shape, over the frames that show every marker, is laid on the markers that
    are seen (least squares, Kabsch 1976). Skin moves, so what the rigid pelvis misses on either side of the
    hiding is carried across it by a straight line, and no step is left.
    """
    worn = [p for p in _PLACES if not np.isnan(positions_m[:, p, 0]).all()]
    seen = ~np.isnan(positions_m[:, worn, 0])  # (frame, marker)
    if len(worn) < 4 or seen.all() or not seen.all(axis=1).any():
        return 0
    shape_m = _mean_shape(positions_m[seen.all(axis=1)][:, worn])
    measured_m = positions_m[:, worn].copy()
    filled = 0
    for marker, place in enumerate(worn):
        if seen[:, marker].all():
            continue
        predicted_m = _predicted(measured_m, seen, shape_m, marker)
        fillable = ~seen[:, marker] & ~np.isnan(predicted_m[:, 0])
        if fillable.any():
            predicted_m += _carried(measured_m[:, marker] - predicted_m)
            positions_m[fillable, place] = predicted_m[fillable]
            filled += int(fillable.sum())
    return filled


def _predicted(measured_m: np.ndarray, seen: np.ndarray, shape_m: np.ndarray, marker: int) -> np.ndarray:
    """Where the rigid pelvis puts one marker, from the others: (frame, 3), NaN with under three of them."""
    predicted_m = np.full((len(measured_m), 3), np.nan)
    others = seen.copy()
    others[:, marker] = False
    for pattern in np.unique(others, axis=0):
        used = np.flatnonzero(pattern)
        if len(used) < 3 or _spread(shape_m[used]) < _MIN_SPREAD_M:
            continue
        frames = np.flatnonzero((others == pattern).all(axis=1))
        rotation, centre_m = _fit(shape_m[used], measured_m[frames][:, used])
        predicted_m[frames] = centre_m + (shape_m[marker] - shape_m[used].mean(axis=0)) @ rotation
    return predicted_m


def _carried(miss_m: np.ndarray) -> np.ndarray:
    """What the rigid pelvis misses, interpolated over the frames where it isn't known: (frame, 3)."""
    known = ~np.isnan(miss_m[:, 0])
    if not known.any():
        return np.zeros_like(miss_m)
    frames = np.arange(len(miss_m))
    return np.stack([np.interp(frames, frames[known], miss_m[known, axis]) for axis in range(3)], axis=1)


def _mean_shape(complete_m: np.ndarray) -> np.ndarray:
    """Mean pelvis (marker, 3) over complete frames, laid on the middle one."""
    reference_m = complete_m[len(complete_m) // 2]
    some_m = complete_m[:: max(1, len(complete_m) // 200)]
    rotation, centre_m = _fit(reference_m, some_m)
    back = (some_m - centre_m[:, None]) @ np.swapaxes(rotation, 1, 2)
    return back.mean(axis=0)


def _fit(shape_m: np.ndarray, frames_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (frame, 3, 3), applied from the right, and centres (frame, 3) that lay a shape on each frame."""
    centre_m = frames_m.mean(axis=1)
    covariance = np.einsum("mi,fmj->fij", shape_m - shape_m.mean(axis=0), frames_m - centre_m[:, None])
    u, _, vt = np.linalg.svd(covariance)
    u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]
    return u @ vt, centre_m


def _spread(shape_m: np.ndarray) -> float:
    return float(np.linalg.svd(shape_m - shape_m.mean(axis=0), compute_uv=False)[1])


def pelvis_centre(positions_m: np.ndarray, pelvis: PelvisMarkers) -> np.ndarray:
    """Halfway between the middle of the anterior iliac spines and the sacrum (or between the hips): (frame, 3)."""
    front_m = (positions_m[:, SLOT_INDEX[pelvis.left]] + positions_m[:, SLOT_INDEX[pelvis.right]]) / 2
    return front_m if pelvis.back is None else (front_m + positions_m[:, SLOT_INDEX[pelvis.back]]) / 2


def facing_rad(positions_m: np.ndarray, pelvis: PelvisMarkers) -> np.ndarray:
    """Where the pelvis faces, as an unwrapped angle about z from the laboratory's x: (frame,), NaN where not seen."""
    left_m = positions_m[:, SLOT_INDEX[pelvis.left], :2] - positions_m[:, SLOT_INDEX[pelvis.right], :2]
    angle = np.arctan2(-left_m[:, 0], left_m[:, 1])
    seen = np.isfinite(angle)
    angle[seen] = np.unwrap(angle[seen])
    return angle


def faces_backwards(positions_m: np.ndarray, pelvis: PelvisMarkers) -> bool:
    """Whether the sacrum, or the middle of the posterior spines, lies in front of the anterior ones: left and right
    labels or front and back exchanged, or a mirrored laboratory."""
    spines_m = positions_m[:, [SLOT_INDEX["left_psis"], SLOT_INDEX["right_psis"]]].mean(axis=1)
    backs = [spines_m] if pelvis.back is None else [positions_m[:, SLOT_INDEX[pelvis.back]], spines_m]
    return any(_is_ahead(positions_m, pelvis, back_m) for back_m in backs)


def _is_ahead(positions_m: np.ndarray, pelvis: PelvisMarkers, back_m: np.ndarray) -> bool:
    """Whether a point (frame, 3) of the pelvis's back lies in front of its front."""
    centre_to_front = pelvis_centre(positions_m, PelvisMarkers(pelvis.left, pelvis.right, None))
    whole_m = centre_to_front - back_m
    ahead_m = whole_m[:, :2]
    angle = facing_rad(positions_m, pelvis)
    forward = ahead_m[:, 0] * np.cos(angle) + ahead_m[:, 1] * np.sin(angle)
    length = np.linalg.norm(ahead_m, axis=1)
    seen = np.isfinite(length)
    if not seen.any():
        return False
    if np.median(length[seen]) < LYING_SHARE * np.median(np.linalg.norm(whole_m[seen], axis=1)):
        return False  # the pelvis lies: it faces up or down, neither forward nor backward
    share = forward[seen] / np.maximum(length[seen], 1e-6)
    return bool(np.median(share) < -0.5 and np.median(length[seen]) > 0.03)


def longest_run(present: np.ndarray) -> tuple[int, int]:
    """The longest half-open interval of frames that a mask allows, the first of equals; (0, 0) where there is none."""
    return max(runs(present), key=lambda run: (run[1] - run[0], -run[0]), default=(0, 0))
