"""Zero-lag low-pass of marker tracks with gaps: each unbroken run by itself, nothing smeared over what was not seen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from ltme_clinic.errors import LtmeError

MIN_RUN_FRAMES = 4
"""Shorter runs are left as they are: there is nothing in them to tell noise from movement."""
NYQUIST_SHARE = 0.9
"""Highest usable cut-off of each pass, as a share of half the frame rate."""

_PADDING_S = 0.25


def runs(present: np.ndarray) -> Iterator[tuple[int, int]]:
    """Half-open [start, end) intervals in which a (frame,) mask is true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], present, [False])).astype(np.int8)))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def butterworth_low_pass(positions_m: np.ndarray, rate_hz: float, cutoff_hz: float, order: int = 4) -> np.ndarray:
    """Low-pass each unbroken run of each track, forwards and backwards; (frame, track, 3), NaN stay where they are.

    Each of the two passes is of half the order, with its cut-off raised so that both together halve the power at
    `cutoff_hz` (Winter 2009, Biomechanics and Motor Control of Human Movement, 2.2.4). A run's ends are continued by
    reflection over 0.25 s. A cut-off beyond what the rate allows is lowered to it: `highest_cutoff_hz`.

    Parameters
    ----------
    positions_m : (frame, track, 3), any length unit
    cutoff_hz : half-power frequency of the whole filter
    order : order of the whole filter, even

    Raises
    ------
    LtmeError
        For an odd order or a cut-off that is not positive.
    """
    from scipy.signal import sosfiltfilt

    if order < 2 or order % 2:
        raise LtmeError("low-pass", f"an order of {order} can't be halved into two passes", "Use 2, 4, 6 or 8")
    if not (np.isfinite(cutoff_hz) and cutoff_hz > 0):
        raise LtmeError("low-pass", f"the cut-off is {cutoff_hz} Hz", "Use 6 to 15 Hz for gait")
    pass_hz = min(cutoff_hz / _pass_correction(order), NYQUIST_SHARE / 2 * rate_hz)
    sections = _sections(order // 2, pass_hz, rate_hz)
    padding = max(3, round(_PADDING_S * rate_hz))
    smooth_m = positions_m.copy()
    for tracks, present in _tracks_by_mask(positions_m):
        for start, end in runs(present):
            if end - start >= MIN_RUN_FRAMES:
                run_m = positions_m[start:end, tracks].reshape(end - start, -1)
                run_m = sosfiltfilt(sections, run_m, axis=0, padlen=min(padding, end - start - 1))
                smooth_m[start:end, tracks] = run_m.reshape(end - start, len(tracks), 3)
    return smooth_m


def highest_cutoff_hz(rate_hz: float, order: int = 4) -> float:
    """The highest cut-off that `butterworth_low_pass` keeps as stated at a frame rate."""
    return NYQUIST_SHARE / 2 * rate_hz * _pass_correction(order)


@lru_cache(maxsize=32)
def _sections(order: int, pass_hz: float, rate_hz: float) -> np.ndarray:
    """Second-order sections of one pass; an archive's files repeat their rates."""
    from scipy.signal import butter

    sections: np.ndarray = butter(order, pass_hz, fs=rate_hz, output="sos")
    return sections


def _pass_correction(order: int) -> float:
    """Half-power frequency of two passes of half the order, as a share of one pass's."""
    return float((np.sqrt(2) - 1) ** (1 / order))


def _tracks_by_mask(positions_m: np.ndarray) -> Iterator[tuple[list[int], np.ndarray]]:
    """Tracks that are present in exactly the same frames, so that they are filtered together."""
    present = ~np.isnan(positions_m[..., 0])  # (frame, track)
    groups: dict[bytes, list[int]] = {}
    for track in np.flatnonzero(present.any(axis=0)).tolist():
        groups.setdefault(present[:, track].tobytes(), []).append(track)
    return ((tracks, present[:, tracks[0]]) for tracks in groups.values())
