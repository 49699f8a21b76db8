"""Order among events: each foot lands and leaves in turn, and neither sooner nor later than a body can."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ltme_clinic.gait.events.detector import in_order
from ltme_clinic.gait.events.foot_tracks import SIDES
from ltme_clinic.types import GaitEvent
from ltme_clinic.types.recording import Side

SHORTEST_STRIDE_S = 0.35
"""From one event of a foot to its next of the same kind; a sprinter's stride takes some 0.42 s."""
SHORTEST_PHASE_S = 0.1
"""A stance or a swing shorter than this is none."""
DOUBLED_SHARE = 0.6
"""Two events of one kind and foot, none of the other kind between, nearer than this share of a median stride: one of
them is false. Further apart, the one between was missed."""

_PRECEDENCE = {"entered": 2, "force_plate": 1, "kinematic": 0}


def precedence(event: GaitEvent) -> tuple[int, float]:
    """Which of two contradicting events stays: the greater. Entered before force plate before markers, then
    confidence."""
    return (_PRECEDENCE[event.source], event.confidence)


def alternating(events: Sequence[GaitEvent]) -> tuple[tuple[GaitEvent, ...], tuple[GaitEvent, ...]]:
    """Events without those that contradict a foot's order, and those that were left out.

    Only kinematic events are ever left out: what somebody entered, and what a plate says, stays. Nothing is put in:
    where an event is missing, two of one kind follow each other, and no cycle is made there.
    """
    kept: list[GaitEvent] = []
    dropped: list[GaitEvent] = []
    for side in SIDES:
        own = list(in_order([event for event in events if event.side == side]))
        doubled_s = DOUBLED_SHARE * median_stride_s(own)
        for alike, limit_s in ((True, SHORTEST_STRIDE_S), (False, SHORTEST_PHASE_S), (True, doubled_s)):
            own, left_out = _without_weaker(own, alike, limit_s)
            dropped += left_out
        kept += own
    return in_order(kept), in_order(dropped)


def median_stride_s(events: Sequence[GaitEvent]) -> float:
    """Median time between events of one foot and kind, of those that follow each other; 0 where there are under two."""
    strides = []
    for side in SIDES:
        for kind in ("initial_contact", "foot_off"):
            times_s = sorted(event.time_s for event in events if event.side == side and event.kind == kind)
            strides += [after - before for before, after in pairwise(times_s)]
    return float(np.median(strides)) if strides else 0.0


def missing_in_order(events: Sequence[GaitEvent]) -> list[tuple[Side, str, float, float]]:
    """Where an event must lie between two others and none is known: side, kind, from, to (s)."""
    missing: list[tuple[Side, str, float, float]] = []
    for side in SIDES:
        own = [event for event in in_order(list(events)) if event.side == side]
        for before, after in pairwise(own):
            if before.kind == after.kind:
                other = "foot_off" if before.kind == "initial_contact" else "initial_contact"
                missing.append((side, other, before.time_s, after.time_s))
    return sorted(missing, key=lambda gap: gap[2])


def _without_weaker(own: list[GaitEvent], alike: bool, limit_s: float) -> tuple[list[GaitEvent], list[GaitEvent]]:
    """One foot's events in order, the weaker left out of two that follow each other too soon, if markers alone gave it.

    Parameters
    ----------
    alike : look at pairs of one kind, or at pairs of two kinds
    limit_s : nearer than this is too soon
    """
    kept: list[GaitEvent] = []
    dropped = []
    for event in own:
        if kept and (kept[-1].kind == event.kind) == alike and event.time_s - kept[-1].time_s < limit_s:
            weaker = min(kept[-1], event, key=precedence)
            if weaker.source == "kinematic":
                dropped.append(weaker)
                if weaker is event:
                    continue
                kept.pop()
        kept.append(event)
    return kept, dropped
