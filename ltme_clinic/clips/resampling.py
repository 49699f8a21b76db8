"""Marker tracks with gaps, at any camera rate, to 50 Hz: bridging, a zero-lag low-pass, interpolation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ltme_clinic.types import CLIP_RATE_HZ

LOW_PASS_HZ = 12.0
"""Half amplitude of the zero-lag Butterworth low-pass: over the 6 to 10 Hz of gait, well under the Nyquist 25 Hz."""

MAX_LIMB_GAP_S = 0.1
"""Longest gap bridged in a marker that is not the pelvis's.

Largest error within a bridged gap, median over hidden stretches of children's walks: a heel 7 mm at 0.1 s, 24 mm at
0.2 s and 130 mm at 0.5 s; an anterior iliac spine 1, 3 and 33 mm.
"""

_PADDING_S = 0.25


def runs(present: np.ndarray) -> Iterator[tuple[int, int]]:
    """Half-open [start, end) intervals in which a (frame,) mask is true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], present, [False])).astype(np.int8)))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


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
    """Zero-lag 4th-order Butterworth low-pass of each unbroken run of each slot; (frame, slot, 3), NaN stay.

    Two passes of a second-order filter whose cutoff is raised so that both together halve the power at `LOW_PASS_HZ`
    (Winter 2009, Biomechanics and Motor Control of Human Movement, 2.2.4). Runs of under four frames are left as
    they are.
    """
    from scipy.signal import butter, sosfiltfilt

    cutoff_hz = min(LOW_PASS_HZ / (np.sqrt(2) - 1) ** 0.25, 0.45 * rate_hz)
    sections = butter(2, cutoff_hz, fs=rate_hz, output="sos")
    padding = max(3, round(_PADDING_S * rate_hz))
    smooth_m = positions_m.copy()
    for slots, present in _slots_by_mask(positions_m):
        for start, end in runs(present):
            if end - start >= 4:
                run_m = positions_m[start:end, slots].reshape(end - start, -1)
                run_m = sosfiltfilt(sections, run_m, axis=0, padlen=min(padding, end - start - 1))
                smooth_m[start:end, slots] = run_m.reshape(end - start, len(slots), 3)
    return smooth_m


def _slots_by_mask(positions_m: np.ndarray) -> Iterator[tuple[list[int], np.ndarray]]:
    """Slots that are present in exactly the same frames, so that they are filtered together."""
    present = ~np.isnan(positions_m[..., 0])  # (frame, slot)
    groups: dict[bytes, list[int]] = {}
    for slot in np.flatnonzero(present.any(axis=0)).tolist():
        groups.setdefault(present[:, slot].tobytes(), []).append(slot)
    return ((slots, present[:, slots[0]]) for slots in groups.values())


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
