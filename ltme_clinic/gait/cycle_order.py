"""Cycles whose events no walker and no runner can have in that order: an event is false, missing, or called wrongly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.gait.events.alternation import DOUBLED_SHARE, SHORTEST_STRIDE_S
from ltme_clinic.types import GaitCycle

Marks = Mapping[tuple[str, str], np.ndarray]
"""(side, kind) -> sorted times, seconds."""

OPPOSITE_CONTACT_PCT = (20.0, 80.0)
"""Where in a cycle the other foot can land. Hemiplegic walkers have 35 to 65 %; at 20 % one step would take four times
as long as the other. A contact marked twice puts it at 12 %, or further in."""
FOOT_OFF_PCT = (40.0, 90.0)
"""Where in a walker's cycle the foot can leave: the lame leg of an antalgic limp at 50 %, a shuffling foot at 80 %."""
OVERLAP_PCT = 5.0
"""Events within this of each other may have changed their order by error alone: 50 ms of a stride of a second."""
SAME_CONTACT_S = 0.05
"""Two marks nearer than this are one contact, and either will do."""


def flag_order(
    cycles: Sequence[GaitCycle], marks: Marks, runs_at: Callable[[float], bool], flags: list[list[str]]
) -> None:
    """Flag, in place, cycles whose own events contradict each other, or what the markers show of flight.

    Parameters
    ----------
    runs_at : whether both feet leave the floor between stances at a time, by the markers; asked where it matters
    """
    twice = {side: _marked_twice(marks, side) for side in SIDES}
    for cycle, why in zip(cycles, flags, strict=True):
        why += [
            f"contact marked twice: {first_s:.2f} and {second_s:.2f} s"
            for first_s, second_s in twice[cycle.side]
            if cycle.stop_s == first_s or cycle.start_s == second_s
        ]
        contact, off = cycle.percent(cycle.opposite_contact_s), cycle.percent(cycle.foot_off_s)
        other = "right" if cycle.side == "left" else "left"
        if contact is not None and not OPPOSITE_CONTACT_PCT[0] <= contact <= OPPOSITE_CONTACT_PCT[1]:
            why.append(f"contact of the {other} foot out of place: {contact:.0f} % of the cycle")
        if off is None or contact is None:
            continue
        runs = runs_at((cycle.start_s + cycle.stop_s) / 2.0)
        if off < contact - OVERLAP_PCT and not runs:
            fact = f"at {off:.0f} and {contact:.0f} % of the cycle, though a foot is always at rest"
            why.append(f"foot off before the other foot's contact: {fact}. Kinds or sides exchanged?")
        elif off > contact + OVERLAP_PCT and runs:
            fact = f"at {off:.0f} and {contact:.0f} % of the cycle, though both feet leave the floor"
            why.append(f"foot off after the other foot's contact: {fact}. Kinds exchanged, or walking in part?")
        elif not runs and not FOOT_OFF_PCT[0] <= off <= FOOT_OFF_PCT[1]:
            why.append(f"foot off out of place: {off:.0f} % of the cycle")


def _marked_twice(marks: Marks, side: str) -> list[tuple[float, float]]:
    """Pairs of contacts of a foot that are one: too near for a stride, or near and nothing happens between them."""
    other = "right" if side == "left" else "left"
    between_s = np.concatenate([marks[side, "foot_off"], marks[other, "initial_contact"]])
    usual_s = _usual_stride_s(marks)
    pairs = []
    for first_s, second_s in pairwise(marks[side, "initial_contact"].tolist()):
        apart_s = second_s - first_s
        idle = not ((between_s > first_s) & (between_s < second_s)).any()
        if SAME_CONTACT_S < apart_s < SHORTEST_STRIDE_S or (
            idle and SAME_CONTACT_S < apart_s < DOUBLED_SHARE * usual_s
        ):
            pairs.append((first_s, second_s))
    return pairs


def _usual_stride_s(marks: Marks) -> float:
    """Median over feet and kinds of the median time between events: what is doubled in one of them weighs little."""
    medians_s = [float(np.median(np.diff(times_s))) for times_s in marks.values() if len(times_s) > 1]
    return float(np.median(medians_s)) if medians_s else 0.0
