"""Frames that a camera system repeated, and places where it lost some: every marker stands still, or leaps, at once."""

from __future__ import annotations

import numpy as np

GOING_M_S = 0.3
"""Nobody who goes this fast is as still as a picture for one frame, or twice as fast for one."""
LEAP = 1.7
FAR_LEAP = 3.0
"""A frame's way against the mean of the frames before and after: under 1.6 in all 37 recordings."""
_LEAST_LEAPS = 3
_LEAST_MARKERS = 4
_LEAST_WAY_M = 0.002
"""Shorter ways from frame to frame are too near to the noise to tell."""


def without_repeated_frames(positions_m: np.ndarray, rate_hz: float) -> tuple[str, ...]:
    """Make NaN, in place, frames that repeat the one before to the last digit though the body was going.

    Parameters
    ----------
    positions_m : (frame, slot, 3) metres, as measured

    Returns
    -------
    tuple
        A warning where there are any.
    """
    ways_m = _ways(positions_m)
    seen = np.isfinite(ways_m)
    same = ((ways_m == 0) | ~seen).all(axis=1) & (seen.sum(axis=1) >= 3)
    going_m = ways_m[seen & (ways_m > 0)]
    if not same.any() or not len(going_m) or np.median(going_m) * rate_hz < GOING_M_S:
        return ()
    positions_m[1:][same] = np.nan
    count = int(same.sum())
    which = "1 frame that repeats" if count == 1 else f"{count} frames that repeat"
    return (f"left out: {which} the one before in every marker: not recorded",)


def lost_frames(positions_m: np.ndarray, rate_hz: float) -> tuple[str, ...]:
    """A warning where most markers leap at once by much more than their usual way between two frames.

    Lost frames shorten time: cadence and speed are then too high. Not seen in slow movement at high rates.
    """
    ways_m = _ways(positions_m)
    if len(ways_m) < 3:
        return ()
    around_m = (ways_m[:-2] + ways_m[2:]) / 2.0
    known = np.isfinite(around_m) & np.isfinite(ways_m[1:-1]) & (around_m > max(_LEAST_WAY_M, GOING_M_S / rate_hz))
    ratio = np.where(known, ways_m[1:-1], 0.0) / np.where(known, around_m, 1.0)
    markers = known.sum(axis=1)
    leap = (markers >= _LEAST_MARKERS) & ((ratio > LEAP).sum(axis=1) > 0.6 * markers)
    far = (markers >= _LEAST_MARKERS) & ((ratio > FAR_LEAP).sum(axis=1) > 0.6 * markers)
    leaps = np.flatnonzero(far if leap.sum() < _LEAST_LEAPS else leap)
    if not len(leaps):
        return ()
    first_s = (leaps[0] + 2) / rate_hz
    often = "" if len(leaps) == 1 else f", {len(leaps)} times"
    fact = f"the whole body leaps between two frames at {first_s:.2f} s{often}: frames were lost"
    return (f"{fact}, and times are too short there. Look at the frame rate",)


def _ways(positions_m: np.ndarray) -> np.ndarray:
    """(frame - 1, marker) how far each marker that is ever seen goes from frame to frame, metres."""
    worn = np.isfinite(positions_m[..., 0]).any(axis=0)
    ways_m: np.ndarray = np.linalg.norm(np.diff(positions_m[:, worn], axis=0), axis=2)
    return ways_m
