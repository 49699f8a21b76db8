"""From when to when each sole is on the floor: the times between which the floor can push a foot."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import Skeleton
from ltme_clinic.virtual_lab.footfalls import SWING_CLEARANCE_M
from ltme_clinic.virtual_lab.gait import WalkedBody
from ltme_clinic.virtual_lab.soles import LEAVE_SHARE, SEARCH_S, TOUCH_SHARE, lowest_sole_m

SHORTEST_S = 0.05
"""A contact shorter than this is none."""

Spans = tuple[tuple[float, float], ...]
"""Half-open times, seconds, in order; -inf and inf where a foot stood before or stands on after what is known."""


@dataclass(frozen=True)
class StanceClock:
    """For each sample, how long one foot has stood and will still stand, seconds; NaN while it is in the air."""

    since_s: np.ndarray  # (sample,)
    until_s: np.ndarray  # (sample,)

    @property
    def stands(self) -> np.ndarray:
        """(sample,) bool"""
        stands: np.ndarray = ~np.isnan(self.since_s)
        return stands


def stance_clock(spans: Spans, time_s: np.ndarray) -> StanceClock:
    """The clock of one foot at the given times."""
    since_s, until_s = np.full(len(time_s), np.nan), np.full(len(time_s), np.nan)
    for start_s, stop_s in spans:
        within = (time_s >= start_s) & (time_s < stop_s)
        since_s[within], until_s[within] = time_s[within] - start_s, stop_s - time_s[within]
    return StanceClock(since_s, until_s)


def sole_contacts(
    skeleton: Skeleton, body: WalkedBody, rate_hz: float, clearance_m: float = SWING_CLEARANCE_M
) -> tuple[Spans, Spans]:
    """Left and right contacts of a walk, in seconds from the body's first frame.

    The rhythm says roughly when a foot lands and leaves; the sole's height says when exactly, by the limits of
    `soles.touches`. A contact that begins before the first frame or ends after the last is open there.

    Parameters
    ----------
    clearance_m
        How high this walk lifts its swinging feet: the limits are shares of it.
    """
    left, right = (_contacts_of(skeleton, body, side, rate_hz, clearance_m) for side in range(len(SIDES)))
    return left, right


def _contacts_of(skeleton: Skeleton, body: WalkedBody, side: int, rate_hz: float, clearance_m: float) -> Spans:
    height_m = np.abs(lowest_sole_m(skeleton, body, SIDES[side]))
    phase = body.rhythm.phase[side]
    frames, stance = np.arange(len(phase)), body.rhythm.stance[side]
    last_s = (len(phase) - 1) / rate_hz
    spans: list[tuple[float, float]] = []
    for cycle in np.arange(np.floor(phase[0]), np.floor(phase[-1]) + 1):
        start_s, stop_s = -np.inf, np.inf
        if cycle >= phase[0]:
            planned_s = float(np.interp(cycle, phase, frames)) / rate_hz
            start_s = _crossing_s(height_m, TOUCH_SHARE * clearance_m, planned_s, rate_hz, falling=True)
        if cycle + stance <= phase[-1]:
            planned_s = float(np.interp(cycle + stance, phase, frames)) / rate_hz
            stop_s = _crossing_s(height_m, LEAVE_SHARE * clearance_m, planned_s, rate_hz, falling=False)
        if cycle + stance > phase[0] and stop_s > 0.0 and start_s < last_s and stop_s - start_s > SHORTEST_S:
            spans.append((start_s, stop_s))
    return tuple(spans)


def _crossing_s(height_m: np.ndarray, limit_m: float, planned_s: float, rate_hz: float, *, falling: bool) -> float:
    """When a height crosses a limit nearest to the planned time; the planned time where it does not."""
    reach = int(np.ceil(SEARCH_S * rate_hz))
    middle = round(planned_s * rate_hz)
    first = max(0, middle - reach)
    near_m = height_m[first : middle + reach + 1] - limit_m
    before = near_m > 0 if falling else near_m <= 0
    crossed = np.flatnonzero(before[:-1] & ~before[1:])
    if not len(crossed):
        return planned_s
    times_s = (first + crossed + near_m[crossed] / (near_m[crossed] - near_m[crossed + 1])) / rate_hz
    return float(times_s[np.argmin(np.abs(times_s - planned_s))])


def without_flight(spans: tuple[Spans, Spans], longest_s: float, overlap_s: float) -> tuple[Spans, Spans]:
    """Contacts of which the earlier is drawn out over gaps in which neither foot stands.

    A rigid sole leaves the floor a little before bending toes do, so that a walker may seem to fly for a few
    hundredths; a gap longer than `longest_s` is a flight and stays.
    """
    landings = sorted((start, stop, side) for side, own in enumerate(spans) for start, stop in own)
    drawn = [list(landing) for landing in landings]
    for earlier, later in pairwise(drawn):
        gap_s = later[0] - earlier[1]
        if earlier[2] != later[2] and -overlap_s < gap_s < longest_s:
            earlier[1] = later[0] + overlap_s
    left, right = (tuple((start, stop) for start, stop, own in drawn if own == side) for side in range(len(SIDES)))
    return left, right
