"""The body size of a recording or clip, so that a demonstration is drawn on that patient's body."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.kinematics import Skeleton
from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.types import LtmeError, MotionClip, Recording

LEG_RATIO_LIMITS = (0.85, 1.15)
"""Longest and shortest legs for a height; a measure beyond them is taken for a mistake and held at the limit."""


def skeleton_like(like: Recording | MotionClip) -> Skeleton:
    """A skeleton of the same height and leg length.

    Measures that the file holds come first (height, leg length), then the distance from knee to ankle marker and the
    height of the head; what stays unknown has the mean proportion.

    Raises
    ------
    LtmeError
        When there is no measure, no knee and ankle marker, and no head.
    """
    height_m, leg_length_m, shank_m = _measures(like)
    one_metre = Skeleton.from_height(1.0)
    if height_m is None and leg_length_m is not None:
        height_m = leg_length_m / one_metre.leg_length_m
    elif height_m is None and shank_m is not None:
        height_m = shank_m / one_metre.shank_m
    if height_m is None:
        raise LtmeError(
            _name(like), "its body size can't be found (no measures, knee and ankle markers)", "Give height_m instead"
        )
    mean = Skeleton.from_height(height_m)
    if leg_length_m is not None:
        gain_m = leg_length_m - mean.leg_length_m
        leg_ratio = 1.0 + gain_m / (mean.thigh_m + mean.shank_m)
    else:
        leg_ratio = 1.0 if shank_m is None else shank_m / mean.shank_m
    return Skeleton.from_height(height_m, leg_ratio=float(np.clip(leg_ratio, *LEG_RATIO_LIMITS)))


def _name(like: Recording | MotionClip) -> str:
    return like.source_name if isinstance(like, Recording) else f"clip {like.recording_id[:12]}"


def _measures(like: Recording | MotionClip) -> tuple[float | None, float | None, float | None]:
    """Standing height, leg length and shank length in metres; None for what can't be found."""
    points = _points(like)
    height_m, leg_length_m = None, None
    if isinstance(like, Recording):
        body = like.anthropometry
        height_m = body.height_m
        legs_m = [leg for leg in (body.leg_length_left_m, body.leg_length_right_m) if leg]
        leg_length_m = float(np.mean(legs_m)) if legs_m else None
    return height_m or _height_of_head(points), leg_length_m, _shank_length(points)


def _points(like: Recording | MotionClip) -> dict[str, np.ndarray]:
    """Slot -> (frame, 3) positions."""
    if isinstance(like, MotionClip):
        return {slot: like.positions_m[:, index] for slot, index in SLOT_INDEX.items()}
    return {slot: like.marker(label) for slot, label in detect_marker_set(like.marker_labels).slots.items()}


def _median(values: np.ndarray) -> float | None:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else None


def _shank_length(points: dict[str, np.ndarray]) -> float | None:
    lengths = []
    for side in SIDES:
        for upper, lower in (("knee_centre", "ankle_centre"), ("knee", "ankle")):
            knee, ankle = points.get(f"{side}_{upper}"), points.get(f"{side}_{lower}")
            length_m = None if knee is None or ankle is None else _median(np.linalg.norm(knee - ankle, axis=1))
            if length_m is not None:
                lengths.append(length_m)
                break
    length_m = float(np.mean(lengths)) if lengths else None
    return length_m if length_m is not None and 0.10 < length_m < 0.70 else None


def _height_of_head(points: dict[str, np.ndarray]) -> float | None:
    """Standing height from the head markers, taken that the floor is at z = 0 and the head is held high."""
    heads = [points[f"{side}_head_front"][:, 2] for side in SIDES if f"{side}_head_front" in points]
    finite = np.concatenate(heads) if heads else np.empty(0)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return None
    one_metre = Skeleton.from_height(1.0)
    marker_height = 1.0 - 0.40 * one_metre.head_m  # head_front lies at 0.60 of the head's length
    height_m = float(np.percentile(finite, 90)) / marker_height
    return height_m if 0.6 < height_m < 2.3 else None
