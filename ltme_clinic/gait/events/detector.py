"""What every event detector is: parameters when it is made, a walker when it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ltme_clinic.gait.walker import Walker
from ltme_clinic.types import GaitEvent
from ltme_clinic.types.recording import EventKind, Side


class EventDetector(Protocol):
    """Finds foot contacts and foot offs in markers alone."""

    @property
    def name(self) -> str:
        """What `GaitEvent.method` says, and what `detect_events(method=...)` is asked for."""
        ...

    def detect(self, walker: Walker) -> tuple[GaitEvent, ...]:
        """The events in order of time, as the rule finds them: alternation is enforced later.

        Times count from frame 0 and lie between frames. Where a marker is hidden for longer than
        `kinematics.bridging` carries it over, there is no event.
        """
        ...


def kinematic_events(
    side: Side, kind: str, times_s: np.ndarray, rate_hz: float, method: str, confidence: float | np.ndarray
) -> list[GaitEvent]:
    """Events of one foot and kind that markers gave, at times (event,) with one confidence or one each."""
    named: EventKind = "initial_contact" if kind == "initial_contact" else "foot_off"
    sure = np.clip(np.broadcast_to(confidence, np.shape(times_s)), 0.0, 1.0).round(3)
    return [
        GaitEvent(side, named, time_s, round(time_s * rate_hz), kind, "kinematic", method, trust)
        for time_s, trust in zip(np.asarray(times_s, dtype=float).tolist(), sure.tolist(), strict=True)
    ]


def in_order(events: list[GaitEvent]) -> tuple[GaitEvent, ...]:
    """Sorted by time; at one time, left before right and contact before foot off."""
    return tuple(sorted(events, key=lambda event: (event.time_s, event.side or "", event.kind != "initial_contact")))


def nearest_apart_s(times_s: np.ndarray, others_s: np.ndarray) -> np.ndarray:
    """How far the nearest of other times (other,) is from each (event,), seconds; infinite where there is none."""
    walled = np.concatenate([[-np.inf], np.sort(others_s), [np.inf]])
    after = np.searchsorted(walled, times_s)
    return np.minimum(times_s - walled[after - 1], walled[after] - times_s)


def event_apart_s(
    events: Sequence[GaitEvent], others: Sequence[GaitEvent], *, same_side: bool = True, same_kind: bool = True
) -> np.ndarray:
    """How far the nearest other event is from each event, (event,) seconds: of the same foot and kind, or of the other
    foot, or of the other kind."""
    apart_s = np.full(len(events), np.inf)
    for key in {(event.side, event.kind) for event in events}:
        places = [place for place, event in enumerate(events) if (event.side, event.kind) == key]
        alike = [o.time_s for o in others if (o.kind == key[1]) == same_kind and (o.side == key[0]) == same_side]
        apart_s[places] = nearest_apart_s(np.array([events[place].time_s for place in places]), np.array(alike))
    return apart_s


def event_lag_s(events: Sequence[GaitEvent], others: Sequence[GaitEvent]) -> np.ndarray:
    """By how much each event comes later than the nearest other one of its foot and kind, (event,) seconds; NaN where
    there is none."""
    lag_s = np.full(len(events), np.nan)
    for key in {(event.side, event.kind) for event in events}:
        places = [place for place, event in enumerate(events) if (event.side, event.kind) == key]
        alike_s = np.array([other.time_s for other in others if (other.side, other.kind) == key])
        if len(alike_s):
            later_s = np.array([events[place].time_s for place in places])[:, None] - alike_s  # (event, other)
            lag_s[places] = later_s[np.arange(len(places)), np.argmin(np.abs(later_s), axis=1)]
    return lag_s
