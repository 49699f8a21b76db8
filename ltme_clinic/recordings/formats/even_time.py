"""Frames a second by a table's column of times, which rounding may have roughened and a header may contradict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.types import LtmeError

_MOST_JITTER = 0.25
"""Of a frame: times may lie this far from an even beat, beyond what they are rounded to."""
_SAME_BEAT = 0.05
"""Of a frame: a declared rate that is this far off at the file's end is the one the times were made with."""
_EXACT_S = 1e-7
_LATEST_S = 1e10
_SHORTEST_S = 1e-6
_ROUNDINGS_S = (0.1, 0.01, 0.001)
_CURE = "Export it at an even rate, with times to 0.1 ms"


@dataclass(frozen=True)
class Beat:
    """An even rate, and how times agree with it."""

    rate_hz: float
    warnings: tuple[str, ...] = ()


def even_rate(name: str, times_s: np.ndarray, declared_hz: float = 0.0, counts: np.ndarray | None = None) -> Beat:
    """The rate of evenly spaced times; they outrank what a header declares.

    Parameters
    ----------
    name : the file, for what is said about it
    times_s : (row,) seconds
    declared_hz : what the header says; 0 or less where it says nothing
    counts : (row,) which frame each row is; 0, 1, 2 ... by default

    Raises
    ------
    LtmeError
        Times that are absent, stand still, go back or jump; a single row and no declared rate.
    """
    times_s = np.asarray(times_s, dtype=np.float64)
    counts = np.arange(len(times_s), dtype=np.float64) if counts is None else counts.astype(np.float64)
    told = np.abs(times_s) < _LATEST_S
    if not told.all():
        row = int(np.argmin(told))
        raise LtmeError(name, f"row {row + 1} of its numbers has no time", "Export it with a time for each row")
    if len(times_s) == 1:
        if not declared_hz > 0:
            raise LtmeError(name, "holds a single row and no rate", "Export more of the trial")
        return Beat(declared_hz)
    period_s, jitter_s = _fitted(times_s, counts)
    span = float(counts[-1] - counts[0])

    def agrees(rate_hz: float, tolerance_s: float) -> bool:
        return rate_hz > 0 and span * abs(period_s - 1.0 / rate_hz) <= tolerance_s

    rounding_s = _rounding_s(times_s)
    if not agrees(declared_hz, 0.5 * rounding_s):  # else a frame that is missing could pass for rounding
        rounding_s = 0.0
    is_uneven = jitter_s > max(_MOST_JITTER * period_s, 0.55 * rounding_s)
    _refuse_standstill(name, times_s, may_repeat=rounding_s >= period_s and not is_uneven)
    if is_uneven:
        raise LtmeError(name, _jump(times_s, counts), _CURE)
    if not period_s > _SHORTEST_S:
        raise LtmeError(name, f"its times are {period_s:.3g} s apart", "Export it with times in seconds")
    if agrees(declared_hz, max(_SAME_BEAT * period_s, 2.0 * jitter_s)):
        return Beat(declared_hz)
    whole_hz = float(round(1.0 / period_s))
    rate_hz = whole_hz if agrees(whole_hz, 2.0 * jitter_s + _EXACT_S) else 1.0 / period_s
    if not declared_hz > 0:
        return Beat(rate_hz)
    return Beat(
        rate_hz, (f"the header says {declared_hz:.6g} Hz and the times {rate_hz:.6g} Hz: the times were taken",)
    )


def _refuse_standstill(name: str, times_s: np.ndarray, *, may_repeat: bool) -> None:
    """LtmeError for times that go back, or that stay the same where rounding doesn't explain it."""
    steps_s = np.diff(times_s)
    lowest = int(np.argmin(steps_s))
    if steps_s[lowest] > 0 or (steps_s[lowest] == 0 and may_repeat):
        return
    fact = f"its time does not go on after row {lowest + 1} ({times_s[lowest]:.6g} s, then {times_s[lowest + 1]:.6g} s)"
    raise LtmeError(name, fact, _CURE)


def _fitted(times_s: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    """Seconds a frame by least squares, and the farthest that any time lies from that even beat."""
    centred, counted = times_s - times_s.mean(), counts - counts.mean()
    period_s = float(counted @ centred / (counted @ counted))
    return period_s, float(np.abs(centred - period_s * counted).max())


def _rounding_s(times_s: np.ndarray) -> float:
    """What all times are whole multiples of, if that is coarse; else 0."""
    for rounding_s in _ROUNDINGS_S:
        steps = times_s / rounding_s
        if np.abs(steps - np.round(steps)).max() < 1e-6:
            return rounding_s
    return 0.0


def _jump(times_s: np.ndarray, counts: np.ndarray) -> str:
    """Where the times are least even, in words."""
    usual_s = float(np.median(np.diff(times_s)))
    row = int(np.argmax(np.abs(np.diff(times_s) - usual_s * np.diff(counts))))
    return (
        f"its times are uneven: {times_s[row]:.6g} s is followed by {times_s[row + 1]:.6g} s after row {row + 1}, "
        f"where {usual_s:.4g} s apart is usual"
    )
