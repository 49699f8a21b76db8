"""From when to when each foot is on the floor: the times between which the floor can push it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.virtual_lab.rhythm import Rhythm

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


def rhythm_contacts(rhythm: Rhythm) -> tuple[Spans, Spans]:
    """Left and right contacts of a walk or run, in seconds from its first frame.

    A walker's sole stands on the floor from contact to foot off and at no other time, so its rhythm tells all. A
    contact that begins before the first frame or ends after the last is open there.
    """
    time_s = rhythm.time_s - rhythm.time_s[0]
    sides: list[Spans] = []
    for phase, stance in zip(rhythm.phase, rhythm.stance, strict=True):
        spans = []
        for cycle in np.arange(np.floor(phase[0]), np.floor(phase[-1]) + 1):
            start_s = float(np.interp(cycle, phase, time_s)) if cycle >= phase[0] else -np.inf
            stop_s = float(np.interp(cycle + stance, phase, time_s)) if cycle + stance <= phase[-1] else np.inf
            if cycle + stance > phase[0]:
                spans.append((start_s, stop_s))
        sides.append(tuple(spans))
    return sides[0], sides[1]


def without_flight(spans: tuple[Spans, Spans], longest_s: float, overlap_s: float) -> tuple[Spans, Spans]:
    """Contacts of which the earlier is drawn out over gaps in which neither foot stands.

    Feet whose phases wander may leave a walker without support for a few hundredths of a second; a gap longer than
    `longest_s` is a flight and stays.
    """
    landings = sorted((start, stop, side) for side, own in enumerate(spans) for start, stop in own)
    drawn = [list(landing) for landing in landings]
    for earlier, later in pairwise(drawn):
        gap_s = later[0] - earlier[1]
        if earlier[2] != later[2] and -overlap_s < gap_s < longest_s:
            earlier[1] = later[0] + overlap_s
    left, right = (tuple((start, stop) for start, stop, own in drawn if own == side) for side in range(len(SIDES)))
    return left, right
