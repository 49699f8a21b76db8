"""Events that somebody gave, held against what plates and markers show: exchanged sides or kinds, another time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ltme_clinic.gait.events.detector import event_apart_s
from ltme_clinic.types import GaitEvent, LtmeError
from ltme_clinic.types.recording import EventKind, Side

EXCHANGED_S = 0.1
_LEAST_EVENTS = 3
_MOST, _FEW = 0.75, 0.25
"""Shares of the events that fall on events of the other foot or kind, and on their own: then they are exchanged."""
CONTRADICTION_S = 0.05


def check_given_events(
    events: Sequence[GaitEvent], found: Sequence[GaitEvent], duration_s: float, name: str
) -> tuple[str, ...]:
    """Refuse events that somebody gave with sides or kinds exchanged, or outside the recording; gives warnings.

    Parameters
    ----------
    events : what somebody gave
    found : what plates and markers say without them

    Raises
    ------
    LtmeError
        One line with what is wrong with them.
    """
    outside = [event for event in events if not 0.0 <= event.time_s <= duration_s]
    if outside:
        fact = f"{len(outside)} of {len(events)} given events lie outside its 0 to {duration_s:.2f} s"
        raise LtmeError(name, fact, "Give seconds from the first stored frame")
    sided = [event for event in events if event.side is not None and event.kind != "other"]
    for what, exchanged in (("left and right", _other_side), ("contact and foot off", _other_kind)):
        if _are(sided, [exchanged(event) for event in sided], found):
            fact = f"the given events have {what} exchanged, as plates and markers show"
            raise LtmeError(name, fact, "Correct the table of events")
    apart_s = event_apart_s(sided, found)
    far = apart_s > CONTRADICTION_S
    if not far.any() or not found:
        return ()
    known = apart_s[np.isfinite(apart_s)]
    middle_ms = 1e3 * float(np.median(known)) if len(known) else float("nan")
    return (
        f"{int(far.sum())} of {len(sided)} given events lie more than {1e3 * CONTRADICTION_S:.0f} ms from any that "
        f"plates and markers show (median {middle_ms:.0f} ms): the given ones are kept",
    )


def _are(events: Sequence[GaitEvent], exchanged: Sequence[GaitEvent], found: Sequence[GaitEvent]) -> bool:
    """Whether events fall on what was found only once they are exchanged."""
    if len(events) < _LEAST_EVENTS:
        return False
    own, other = (np.mean(event_apart_s(those, found) < EXCHANGED_S) for those in (events, exchanged))
    return bool(other >= _MOST and own <= _FEW)


def _other_side(event: GaitEvent) -> GaitEvent:
    side: Side = "right" if event.side == "left" else "left"
    return replace(event, side=side)


def _other_kind(event: GaitEvent) -> GaitEvent:
    kind: EventKind = "foot_off" if event.kind == "initial_contact" else "initial_contact"
    return replace(event, kind=kind)
