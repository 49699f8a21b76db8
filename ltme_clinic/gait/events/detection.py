"""What finding the events of a recording gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ltme_clinic.gait.events.alternation import missing_in_order
from ltme_clinic.types import GaitEvent, Refusal
from ltme_clinic.types.recording import Side

SHOWN_GAPS = 4


@dataclass(frozen=True)
class Unseen:
    """A stretch in which a foot's events can't be known, because its markers or the pelvis's were hidden."""

    side: Side
    start_s: float
    stop_s: float


@dataclass(frozen=True)
class EventDetection:
    """The events of one recording."""

    events: tuple[GaitEvent, ...]
    """In order of time."""
    method: str
    """Which methods gave them, and why these."""
    warnings: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    """Where a missing event means nothing: two contacts on either side of it are not one stride."""


def order_warnings(events: Sequence[GaitEvent]) -> tuple[str, ...]:
    """One line on the events that must exist and are not known; none where there are none."""
    missing = missing_in_order(events)
    if not missing:
        return ()
    places = [
        f"{side} {kind.replace('_', ' ')} between {start_s:.2f} and {stop_s:.2f} s"
        for side, kind, start_s, stop_s in missing[:SHOWN_GAPS]
    ]
    more = f" and {len(missing) - SHOWN_GAPS} more" if len(missing) > SHOWN_GAPS else ""
    return (f"no event is known where one must be: {', '.join(places)}{more}; no cycle is made there",)
