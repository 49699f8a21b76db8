"""What finding the events of a recording gives, and how a clinician corrects it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ltme_clinic.errors import LtmeError
from ltme_clinic.gait.events.alternation import missing_in_order
from ltme_clinic.gait.events.detector import in_order
from ltme_clinic.types import GaitEvent, Refusal
from ltme_clinic.types.recording import EventKind, Side

FIND_S = 0.1
"""A correction names an event by its time to within this."""
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
    rate_hz: float
    duration_s: float
    warnings: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    """Where a missing event means nothing: two contacts on either side of it are not one stride."""


@dataclass(frozen=True)
class EventEdit:
    """One correction by a clinician."""

    action: Literal["move", "add", "delete", "replace"]
    """ "replace" gives an event another side or kind (and time, if wished)."""
    side: Side
    kind: EventKind
    time_s: float
    """Of the event that is meant, to within `FIND_S`; for "add", where it shall be. Seconds from frame 0."""
    new_time_s: float | None = None
    new_side: Side | None = None
    new_kind: EventKind | None = None


def corrected_events(detected: EventDetection, edits: Sequence[EventEdit]) -> EventDetection:
    """The detection with a clinician's corrections, one after the other; everything downstream is calculated from it.

    What was moved, added or replaced is an entered event from then on: source "entered", confidence 1. A deleted event
    stays away. Warnings about order are made anew.

    Raises
    ------
    LtmeError
        For a correction of an event that is not there, or a time outside the recording.
    """
    events = list(detected.events)
    for edit in edits:
        if edit.action == "add":
            events.append(_entered(edit.side, edit.kind, edit.time_s, detected))
            continue
        meant = _meant(events, edit)
        events.remove(meant)
        if edit.action == "move":
            if edit.new_time_s is None:
                raise LtmeError(_named(edit), "is to be moved, but not where to", "Give new_time_s")
            events.append(_entered(edit.side, edit.kind, edit.new_time_s, detected))
        elif edit.action == "replace":
            time_s = meant.time_s if edit.new_time_s is None else edit.new_time_s
            events.append(_entered(edit.new_side or edit.side, edit.new_kind or edit.kind, time_s, detected))
    ordered = in_order(events)
    counts = {action: sum(edit.action == action for edit in edits) for action in ("move", "add", "delete", "replace")}
    done = ", ".join(f"{count} {_DONE[action]}" for action, count in counts.items() if count)
    method = f"{detected.method}; corrected by hand: {done}" if done else detected.method
    kept = tuple(warning for warning in detected.warnings if not warning.startswith(ORDER_WARNING))
    return replace(detected, events=ordered, method=method, warnings=kept + order_warnings(ordered))


ORDER_WARNING = "no event is known"
_DONE = {"move": "moved", "add": "added", "delete": "deleted", "replace": "replaced"}


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
    return (f"{ORDER_WARNING} where one must be: {', '.join(places)}{more}; no cycle is made there",)


def _meant(events: Sequence[GaitEvent], edit: EventEdit) -> GaitEvent:
    alike = [event for event in events if event.side == edit.side and event.kind == edit.kind]
    nearest = min(alike, key=lambda event: abs(event.time_s - edit.time_s), default=None)
    if nearest is None or abs(nearest.time_s - edit.time_s) > FIND_S:
        fact = "there is no such event" if nearest is None else f"the nearest such event is at {nearest.time_s:.3f} s"
        raise LtmeError(_named(edit), fact, f"Name an event by its time to within {FIND_S:g} s")
    return nearest


def _entered(side: Side, kind: EventKind, time_s: float, detected: EventDetection) -> GaitEvent:
    if not 0.0 <= time_s <= detected.duration_s:
        fact = f"{time_s:.3f} s lies outside the recording of {detected.duration_s:.3f} s"
        raise LtmeError(f"{side} {kind.replace('_', ' ')}", fact, "Give seconds from the first stored frame")
    return GaitEvent(side, kind, time_s, round(time_s * detected.rate_hz), kind, "entered")


def _named(edit: EventEdit) -> str:
    return f"{edit.side} {edit.kind.replace('_', ' ')} at {edit.time_s:.3f} s"
