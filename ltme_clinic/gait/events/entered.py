"""What somebody entered, held against plates and markers: sides or kinds exchanged, doubled, or by another clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ltme_clinic.gait.events.alternation import SHORTEST_STRIDE_S, median_stride_s
from ltme_clinic.gait.events.detection import Unseen
from ltme_clinic.gait.events.detector import event_apart_s, event_lag_s, in_order
from ltme_clinic.gait.events.foot_tracks import SIDES
from ltme_clinic.types import GaitEvent, Refusal

CONTRADICTION_S = 0.05
"""From here on, what two sources say of one event is worth a warning."""
EXCHANGED_S = 0.1
"""An entered event nearer than this to one of the other foot or kind, and not to its own, may be called wrongly."""
MOST = 0.75
"""This share of the entered events must agree on one mistake before it is called one."""
LEAST_EVENTS = 3
CONSTANT_LAG_S = 0.04
"""From here on a lag common to all events is another clock: rules differ by 10 to 30 ms, and label by label."""
LAG_SPREAD_S = 0.06
"""Lags this near to their median are alike: the markers' contact and foot off have biases of their own."""
ONE_WAY_S = 0.02
"""And each is at least this late, or this early."""
DOUBLED_FACTOR = 1.5
"""This many times as many events of a foot as the markers show are not all true."""
DOUBTFUL = 0.5
"""Kinematic events of less confidence than this contradict nobody."""

_EXCHANGED = {
    (False, True): "on events of the other foot: their left and right are exchanged",
    (True, False): "on the foot's other events: contacts and foot offs are exchanged",
    (False, False): "on the other foot's other events: sides and kinds are exchanged",
}
"""(same side, same kind) -> what the entered events fall on."""
_CURE = "Correct them, or leave the events to plates and markers"


@dataclass(frozen=True)
class EnteredEvents:
    """Those that can be used, and what is wrong with the others."""

    events: tuple[GaitEvent, ...]
    warnings: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()


def entered_events(
    given: Sequence[GaitEvent],
    duration_s: float,
    plates: Sequence[GaitEvent],
    found: Sequence[GaitEvent],
    unseen: Sequence[Unseen] = (),
) -> EnteredEvents:
    """Entered events with a side, inside the recording, that plates and markers do not prove wrong as a whole.

    A single entered event is always kept: a clinician sees what markers don't. A mistake that runs through all of them
    (sides or kinds exchanged, each contact doubled, all of them more than 0.1 s early or late) is refused, for no
    clinician sees that; smaller contradictions are told.

    Parameters
    ----------
    given : events of any kind and side
    plates, found : what clean plate contacts say, and what the markers say where their rule holds
    unseen : where the markers can't say anything
    """
    gait = [event for event in given if event.kind != "other"]
    inside = [event for event in gait if 0.0 <= event.time_s <= duration_s]
    sided = tuple(replace(e, source="entered", confidence=1.0) for e in inside if e.side is not None)
    warnings = []
    if len(inside) < len(gait):
        warnings.append(f"passed over: {_counted(len(gait) - len(inside))} outside the recording")
    if len(sided) < len(inside):
        warnings.append(f"passed over: {_counted(len(inside) - len(sided))} without a side")
    events = in_order(list(sided))
    refusal = _exchanged(events, found) or _by_another_clock(events, found)
    if refusal is not None:
        return EnteredEvents((), tuple(warnings), (refusal,))
    events, refusals = _without_doubled(events, found, unseen)
    warnings += _marked_twice(events)
    lags = {"plates": constant_lag_s(events, plates), "markers": constant_lag_s(events, found)}
    warnings += lag_warning("entered events", lags, "The entered ones are kept")
    if lags["plates"] is None:
        warnings += _contradictions(events, plates, "plates say")
    if lags["markers"] is None:
        warnings += _contradictions(events, found, "markers say", unseen)
    return EnteredEvents(events, tuple(warnings), tuple(refusals))


def constant_lag_s(events: Sequence[GaitEvent], others: Sequence[GaitEvent], least: int = LEAST_EVENTS) -> float | None:
    """By how much events come later than those of another source, all alike: seconds, negative where they are early.

    None for fewer than `least` events, for less than `CONSTANT_LAG_S`, and where they do not lag alike: that is then a
    matter of single events and not of a clock.
    """
    lags_s = event_lag_s(events, others)
    lags_s = lags_s[np.isfinite(lags_s)]
    if len(lags_s) < least:
        return None
    lag_s = float(np.median(lags_s))
    alike = (np.abs(lags_s - lag_s) <= LAG_SPREAD_S) & (np.sign(lag_s) * lags_s >= ONE_WAY_S)
    return lag_s if abs(lag_s) > CONSTANT_LAG_S and np.mean(alike) >= MOST else None


def lag_warning(what: str, lags_s: dict[str, float | None], consequence: str) -> list[str]:
    """One line on a lag that all events of a source share, against each other source (name -> seconds) that shows
    it."""
    told = [
        f"{1e3 * abs(lag_s):.0f} ms {'later' if lag_s > 0 else 'earlier'} than the {source} show"
        for source, lag_s in lags_s.items()
        if lag_s is not None
    ]
    if not told:
        return []
    return [f"{what} come {' and '.join(told)}, all alike: another synchronisation? {consequence}"]


def _exchanged(events: Sequence[GaitEvent], found: Sequence[GaitEvent]) -> Refusal | None:
    """A refusal where sides or kinds are exchanged throughout."""
    if len(events) < LEAST_EVENTS or np.mean(event_apart_s(events, found) < EXCHANGED_S) > 1 - MOST:
        return None
    for (same_side, same_kind), fact in _EXCHANGED.items():
        crossed = event_apart_s(events, found, same_side=same_side, same_kind=same_kind) < EXCHANGED_S
        if np.mean(crossed) >= MOST:
            return Refusal("entered_events", f"{np.sum(crossed)} of {len(events)} fall {fact}. {_CURE}")
    return None


def _by_another_clock(events: Sequence[GaitEvent], found: Sequence[GaitEvent]) -> Refusal | None:
    """A refusal where events of both feet come so late, or so early, that they are none of the feet's events."""
    lag_s = constant_lag_s(events, found)
    if lag_s is None or abs(lag_s) <= EXCHANGED_S or len({event.side for event in events}) < len(SIDES):
        return None
    way = "later" if lag_s > 0 else "earlier"
    fact = f"they come {1e3 * abs(lag_s):.0f} ms {way} than the markers show, all alike: they count from another moment"
    return Refusal("entered_events", f"{fact}. {_CURE}")


def _without_doubled(
    events: tuple[GaitEvent, ...], found: Sequence[GaitEvent], unseen: Sequence[Unseen]
) -> tuple[tuple[GaitEvent, ...], list[Refusal]]:
    """The events without those of a foot and kind that are far more than the markers show, and why.

    Only markers that miss nothing can say so: surely found, as many of either foot, never hidden.
    """
    refusals = []
    for side in SIDES:
        for kind in ("initial_contact", "foot_off"):
            own = [event for event in events if (event.side, event.kind) == (side, kind)]
            shown = [event for event in found if (event.side, event.kind) == (side, kind)]
            beside = sum(event.side != side and event.kind == kind for event in found)
            if len(shown) < 2 or abs(len(shown) - beside) > 1 or any(stretch.side == side for stretch in unseen):
                continue
            first_s, last_s = shown[0].time_s - SHORTEST_STRIDE_S, shown[-1].time_s + SHORTEST_STRIDE_S
            count = sum(first_s <= event.time_s <= last_s for event in own)
            sure = np.median([event.confidence for event in shown]) >= DOUBTFUL
            if sure and count >= DOUBLED_FACTOR * len(shown) and count >= len(shown) + 2:
                what = f"{side} {kind.replace('_', ' ')}s"
                fact = f"{count} {what} are entered where the markers show {len(shown)}: marked twice?"
                refusals.append(Refusal("entered_events", f"{fact} {_CURE}"))
                events = tuple(event for event in events if event not in own)
    return events, refusals


def _marked_twice(events: Sequence[GaitEvent]) -> list[str]:
    """One line on events of one foot and kind that follow each other sooner than a foot can."""
    twice = []
    for key in {(event.side, event.kind): None for event in events}:
        alike = [event for event in events if (event.side, event.kind) == key]
        twice += [pair for pair in pairwise(alike) if pair[1].time_s - pair[0].time_s < SHORTEST_STRIDE_S]
    if not twice:
        return []
    first, second = twice[0]
    where = f"the {first.side} {first.kind.replace('_', ' ')} at {first.time_s:.2f} and {second.time_s:.2f} s"
    return [f"{_counted(len(twice))} marked twice within {SHORTEST_STRIDE_S:g} s ({where}): delete one of each"]


def _contradictions(
    entered: Sequence[GaitEvent], others: Sequence[GaitEvent], source: str, unseen: Sequence[Unseen] | None = None
) -> list[str]:
    """One line on the entered events that another source puts elsewhere, or, where it sees every step, does not show.

    Parameters
    ----------
    unseen : where a source that sees every step does not; None for one that sees a step here and there
    """
    apart_s = event_apart_s(entered, others)
    told = (apart_s <= SHORTEST_STRIDE_S) | (_inside(entered, others, unseen) if unseen is not None else False)
    far = np.flatnonzero((apart_s > CONTRADICTION_S) & told)
    if len(far) == 0:
        return []
    place = int(far[np.argmax(apart_s[far])])
    worst, kind = entered[place], entered[place].kind.replace("_", " ")
    return [
        f"{len(far)} of {len(entered)} entered events lie more than {1e3 * CONTRADICTION_S:.0f} ms from where the "
        f"{source} (the {worst.side} {kind} at {worst.time_s:.2f} s by {1e3 * apart_s[place]:.0f} ms): "
        "the entered ones are kept"
    ]


def _inside(entered: Sequence[GaitEvent], others: Sequence[GaitEvent], unseen: Sequence[Unseen]) -> np.ndarray:
    """(event,) bool: between two others of its foot and kind, in steady alternation, where the foot is seen."""
    stride_s = median_stride_s(others)
    inside = np.zeros(len(entered), dtype=bool)
    for place, event in enumerate(entered):
        times_s = np.array([o.time_s for o in others if (o.side, o.kind) == (event.side, event.kind)])
        before_s, after_s = times_s[times_s <= event.time_s], times_s[times_s > event.time_s]
        between = len(before_s) and len(after_s) and after_s.min() - before_s.max() < 1.5 * stride_s
        hidden = any(s.side == event.side and s.start_s <= event.time_s <= s.stop_s for s in unseen)
        inside[place] = bool(between) and not hidden
    return inside


def _counted(count: int) -> str:
    return "1 entered event" if count == 1 else f"{count} entered events"
