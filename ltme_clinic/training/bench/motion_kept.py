"""What a clinician would read off a clip: sagittal joint angles, and how much stride times vary."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.kinematics.joint_centre_angles import sagittal_angles
from ltme_clinic.types import MotionClip

ANGLES = ("pelvic_tilt", "hip_flexion", "knee_flexion", "ankle_dorsiflexion")
LEAST_STRIDES = 4
"""Of both sides together; fewer say nothing about variability."""
_SHORTEST_STRIDE_S = 0.5
_FOOT = ("heel", "ankle", "ankle_centre")
"""The first of these that is seen throughout follows the foot."""


def sagittal_error_deg(original: MotionClip, decoded: MotionClip) -> dict[str, float]:
    """Root mean square difference of each sagittal angle, both sides together, degrees.

    Both are calculated from the slots that the original shows, so that they are the same points' angles.
    """
    shown_m = np.where(original.valid[..., None], decoded.positions_m, np.nan)
    forwards = np.zeros(original.frames)  # a clip's x is where the walker heads
    first, second = (
        sagittal_angles(positions_m.astype(float), original.rate_hz, forwards).values_deg
        for positions_m in (original.positions_m, shown_m)
    )
    found = {}
    for angle in ANGLES:
        both = [second[key] - first[key] for key in first if key[0] == angle and key in second]
        if both:
            found[angle] = float(np.sqrt(np.nanmean(np.square(both))))
    return found


def stride_time_cv(clip: MotionClip) -> float:
    """Coefficient of variation of stride times about each side's own mean; NaN with fewer than four strides.

    A stride lasts from one time that a foot is farthest ahead of the pelvis to the next (Zeni 2008).
    """
    around, times_s = [], []
    for side in SIDES:
        strides_s = np.diff(contacts_s(clip, side))
        if len(strides_s) > 1:
            around.append(strides_s - strides_s.mean())
            times_s.append(strides_s)
    strides = sum(map(len, times_s))
    if strides < LEAST_STRIDES:
        return float("nan")
    variance = float(np.square(np.concatenate(around)).sum() / (strides - len(times_s)))
    return float(np.sqrt(variance) / np.concatenate(times_s).mean())


def contacts_s(clip: MotionClip, side: str) -> np.ndarray:
    """When the foot is farthest ahead, between frames by a parabola through three of them."""
    slot = next((SLOT_INDEX[f"{side}_{n}"] for n in _FOOT if clip.valid[:, SLOT_INDEX[f"{side}_{n}"]].all()), None)
    if slot is None:
        return np.empty(0)
    ahead_m = clip.positions_m[:, slot, 0].astype(float)
    inside = ahead_m[1:-1]
    peaks = 1 + np.flatnonzero((inside >= ahead_m[:-2]) & (inside > ahead_m[2:]) & (inside > ahead_m.mean()))
    apart = round(_SHORTEST_STRIDE_S * clip.rate_hz)
    kept: list[int] = []
    for peak in peaks.tolist():
        if kept and peak - kept[-1] < apart:
            if ahead_m[peak] > ahead_m[kept[-1]]:
                kept[-1] = peak
        else:
            kept.append(peak)
    return np.array([_between(ahead_m, peak) for peak in kept]) / clip.rate_hz


def _between(values: np.ndarray, peak: int) -> float:
    before, here, after = values[peak - 1 : peak + 2]
    curvature = before - 2.0 * here + after
    return peak + (0.5 * (before - after) / curvature if curvature < 0 else 0.0)
