"""Marker tracks with gaps, at any camera rate, to 50 Hz: a zero-lag low-pass, interpolation."""

from __future__ import annotations

import numpy as np

from ltme_clinic.kinematics.smoothing import butterworth_low_pass
from ltme_clinic.types import CLIP_RATE_HZ

LOW_PASS_HZ = 12.0
"""Half amplitude of the zero-lag Butterworth low-pass: over the 6 to 10 Hz of gait, well under the Nyquist 25 Hz."""


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
