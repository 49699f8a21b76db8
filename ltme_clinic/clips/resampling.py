"""Marker tracks with gaps, at any camera rate, to 50 Hz: bridging, a zero-lag low-pass, interpolation."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ltme_clinic.kinematics.smoothing import butterworth_low_pass, runs
from ltme_clinic.types import CLIP_RATE_HZ

LOW_PASS_HZ = 12.0
"""Half amplitude of the zero-lag Butterworth low-pass: over the 6 to 10 Hz of gait, well under the Nyquist 25 Hz."""

MAX_LIMB_GAP_S = 0.1
"""Longest gap bridged in a marker that is not the pelvis's.

Largest error within a bridged gap, median over hidden stretches of children's walks: a heel 7 mm at 0.1 s, 24 mm at
0.2 s and 130 mm at 0.5 s; an anterior iliac spine 1, 3 and 33 mm.
"""


def bridge_gaps(track_m: np.ndarray, max_gap: int) -> int:
    """Fill, in place, gaps of at most `max_gap` frames in one (frame, 3) track; gives how many frames were filled.

    A cubic goes through the two ends with the speeds that a straight fit to up to six frames on either side gives,
    so that a marker enters and leaves the gap without a jerk. What is missing at the beginning or end stays missing.
    """
    spans = list(runs(~np.isnan(track_m[:, 0])))
    filled = 0
    for (before, start), (end, after) in pairwise(spans):
        gap = end - start
        if gap > max_gap:
            continue
        slope_in = _end_slope(track_m[max(before, start - 6) : start])
        slope_out = _end_slope(track_m[end : min(after, end + 6)])
        track_m[start:end] = _hermite(track_m[start - 1], track_m[end], slope_in, slope_out, gap + 1)
        filled += gap
    return filled


def _end_slope(frames_m: np.ndarray) -> np.ndarray:
    """Metres a frame along a few frames beside a gap; still where there is a single one."""
    count = len(frames_m)
    if count < 2:
        return np.zeros(3)
    t = np.arange(count) - (count - 1) / 2
    return t @ frames_m / (t @ t)


def _hermite(
    first: np.ndarray, last: np.ndarray, slope_in: np.ndarray, slope_out: np.ndarray, steps: int
) -> np.ndarray:
    u = (np.arange(1, steps) / steps)[:, None]
    return (
        (2 * u**3 - 3 * u**2 + 1) * first
        + (u**3 - 2 * u**2 + u) * steps * slope_in
        + (3 * u**2 - 2 * u**3) * last
        + (u**3 - u**2) * steps * slope_out
    )


def low_pass(positions_m: np.ndarray, rate_hz: float) -> np.ndarray:
    """Zero-lag 4th-order Butterworth low-pass at `LOW_PASS_HZ` of each unbroken run of each slot; (frame, slot, 3).

    NaN stay; see `kinematics.smoothing` for the filter.
    """
    return butterworth_low_pass(positions_m, rate_hz, LOW_PASS_HZ)


def resample(positions_m: np.ndarray, rate_hz: float, new_rate_hz: float = CLIP_RATE_HZ) -> np.ndarray:
    """Positions (frame, slot, 3) at a new rate, frame 0 at frame 0; NaN beside a missing frame.

    Whole ratios take the frames themselves; else the cubic through the four nearest frames, or the line between two
    where a run ends.
    """
    frames = len(positions_m)
    count = int(np.floor((frames - 1) * new_rate_hz / rate_hz + 1e-6)) + 1
    place = np.arange(count) * (rate_hz / new_rate_hz)
    left = np.minimum(np.floor(place + 1e-6).astype(int), frames - 1)
    part = np.clip(place - left, 0.0, 1.0)[:, None, None]
    if part.max() < 1e-6:
        return positions_m[left]
    right = np.minimum(left + 1, frames - 1)
    a, b = positions_m[np.maximum(left - 1, 0)], positions_m[left]
    c, d = positions_m[right], positions_m[np.minimum(right + 1, frames - 1)]
    line = np.where(part < 1e-6, b, b + part * (c - b))
    cubic = (
        a * (-part * (part - 1) * (part - 2) / 6)
        + b * ((part + 1) * (part - 1) * (part - 2) / 2)
        + c * (-(part + 1) * part * (part - 2) / 2)
        + d * ((part + 1) * part * (part - 1) / 6)
    )
    at_edge = ((left < 1) | (right > frames - 2))[:, None, None]
    return np.where(at_edge | np.isnan(cubic), line, cubic)
