"""Events that somebody gave in place of all others, held against what plates and markers show without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ltme_clinic.gait.events import detect_events
from ltme_clinic.gait.events.entered import entered_events
from ltme_clinic.gait.walker import Walker
from ltme_clinic.types import GaitEvent, LtmeError, PlateContact


def check_given_events(
    events: Sequence[GaitEvent], walker: Walker, contacts: Sequence[PlateContact]
) -> tuple[str, ...]:
    """Refuse given events that are wrong as a whole, or outside the recording; gives warnings of single ones.

    A single event is the giver's to place. Sides or kinds exchanged throughout, or all of them by another clock, nobody
    means.

    Raises
    ------
    LtmeError
        One line with what is wrong with them.
    """
    name, duration_s = walker.name, walker.recording.duration_s
    outside = sum(not 0.0 <= event.time_s <= duration_s for event in events)
    if outside:
        fact = f"{outside} of {len(events)} given events lie outside its 0 to {duration_s:.2f} s"
        raise LtmeError(name, fact, "Give seconds from the first stored frame")
    alone = detect_events(replace(walker, recording=replace(walker.recording, events=())), contacts)
    plates, found = (
        [event for event in alone.events if event.source == source] for source in ("force_plate", "kinematic")
    )
    judged = entered_events(events, duration_s, plates, found, alone.unseen)
    if events and not judged.events and judged.refusals:
        fact, _, cure = judged.refusals[0].reason.partition(". ")
        raise LtmeError(name, f"of the given events {fact}", cure)
    return (*judged.warnings, *(refusal.reason for refusal in judged.refusals))
