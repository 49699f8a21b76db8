"""Joining a prediction to the measured track on both sides of a gap, and splines, which know nothing else."""

from __future__ import annotations

import numpy as np

from ltme_clinic.kinematics.smoothing import runs
from ltme_clinic.recordings.repair.gaps import Gap

_HIDDEN_STRETCHES = 12
_SPLINE_REACH_S = 0.5
"""Samples this far on either side shape a spline across a gap; those beyond have no weight that matters."""


def joined(predicted_m: np.ndarray, gap: Gap, frames: np.ndarray, residual_m: np.ndarray) -> tuple[np.ndarray, float]:
    """A prediction moved to meet the track at both ends of a gap, and the error this leaves on hidden stretches.

    What the prediction is off by right beside the gap is added, turning linearly from one end's into the other's.
    Where only one end is known, that end's is added throughout.

    Parameters
    ----------
    predicted_m : (gap frame, 3)
    frames, residual_m : (n,) and (n, 3) frames in which the marker was seen, measured minus predicted

    Returns
    -------
    filled_m : (gap frame, 3)
    expected_error_m : root mean square 3D error over stretches of the gap's length in the same recording
    """
    before, after = np.searchsorted(frames, gap.start) - 1, np.searchsorted(frames, gap.end)
    ends = [place for place, known in ((before, before >= 0), (after, after < len(frames))) if known]
    share = np.linspace(0.0, 1.0, gap.frames + 2)[1:-1, None]
    first_m, last_m = residual_m[ends[0]], residual_m[ends[-1]]
    filled_m = predicted_m + (1 - share) * first_m + share * last_m
    return filled_m, _joined_error_m(frames, residual_m, gap.frames, one_end=len(ends) == 1)


def _joined_error_m(frames: np.ndarray, residual_m: np.ndarray, length: int, *, one_end: bool) -> float:
    """As `joined` would do, on stretches whose truth is known.

    Where no stretch is that long, the residual of two frames that have nothing to do with each other: its spread
    times the square root of two.
    """
    share = np.linspace(0.0, 1.0, length + 2)[1:-1, None]
    starts = np.flatnonzero(frames[length + 1 :] - frames[: -length - 1] == length + 1)
    if len(starts) == 0:
        return float(np.sqrt(2.0 * ((residual_m - residual_m.mean(axis=0)) ** 2).sum(axis=1).mean()))
    errors = []
    for start in starts[:: max(1, len(starts) // (3 * _HIDDEN_STRETCHES))]:
        inside_m = residual_m[start + 1 : start + 1 + length]
        last = start if one_end else start + length + 1
        off_m = inside_m - ((1 - share) * residual_m[start] + share * residual_m[last])
        errors.append((off_m**2).sum(axis=1).mean())
    return float(np.sqrt(np.mean(errors)))


def spline_fill(track_m: np.ndarray, gap: Gap, rate_hz: float) -> tuple[np.ndarray, float] | None:
    """A cubic spline through what is seen of one track, and its error on hidden stretches of the gap's length.

    Parameters
    ----------
    track_m : (frame, 3), NaN where missing

    Returns
    -------
    filled_m : (gap frame, 3)
    expected_error_m : root mean square 3D error; None for both where a side is unknown or has under two samples
    """
    seen = ~np.isnan(track_m[:, 0])
    reach = max(4, int(_SPLINE_REACH_S * rate_hz))
    filled_m = _spline(track_m, seen, gap.start, gap.end, reach)
    if filled_m is None:
        return None
    return filled_m, _spline_error_m(track_m, seen, gap.frames, reach)


def _spline(track_m: np.ndarray, seen: np.ndarray, start: int, end: int, reach: int) -> np.ndarray | None:
    from scipy.interpolate import CubicSpline

    low = max(0, start - reach)
    before = low + np.flatnonzero(seen[low:start])
    after = end + np.flatnonzero(seen[end : end + reach])
    if len(before) < 2 or len(after) < 2:
        return None
    knots = np.concatenate([before, after])
    return CubicSpline(knots, track_m[knots])(np.arange(start, end))


def _spline_error_m(track_m: np.ndarray, seen: np.ndarray, length: int, reach: int) -> float:
    starts = [
        start + offset
        for start, end in runs(seen)
        for offset in range(2, end - start - length - 2, max(1, length // 2))
    ]
    errors = []
    for start in starts[:: max(1, len(starts) // _HIDDEN_STRETCHES)]:
        guess_m = _spline(track_m, seen, start, start + length, reach)
        if guess_m is not None:
            errors.append(((guess_m - track_m[start : start + length]) ** 2).sum(axis=1).mean())
    return float(np.sqrt(np.mean(errors))) if errors else float("inf")
