"""The events of a recording: what a clinician entered, then what clean plate contacts say, then the markers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ltme_clinic.errors import LtmeError
from ltme_clinic.gait.events.alternation import SHORTEST_STRIDE_S, alternating
from ltme_clinic.gait.events.desailly import DesaillyDetector
from ltme_clinic.gait.events.detection import SHOWN_GAPS, EventDetection, Unseen, order_warnings
from ltme_clinic.gait.events.detector import EventDetector, event_apart_s, in_order
from ltme_clinic.gait.events.entered import DOUBTFUL, constant_lag_s, entered_events, lag_warning
from ltme_clinic.gait.events.foot_tracks import SIDES, FootTracks, foot_tracks
from ltme_clinic.gait.events.ghoussayni import GhoussayniDetector
from ltme_clinic.gait.events.heel_toe_minimum import HeelToeMinimum
from ltme_clinic.gait.events.oconnor import OConnorDetector
from ltme_clinic.gait.events.zeni import TYPICAL_LEG_M, ZeniDetector
from ltme_clinic.gait.movement import Movement, movement_of
from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.smoothing import runs
from ltme_clinic.types import GaitEvent, PlateContact, Refusal
from ltme_clinic.types.recording import EventKind

DETECTORS: dict[str, EventDetector] = {
    detector.name: detector
    for detector in (HeelToeMinimum(), ZeniDetector(), OConnorDetector(), DesaillyDetector(), GhoussayniDetector())
}
"""The rules that can be chosen, by name, with their published or measured parameters."""
METHODS: tuple[str, ...] = ("auto", *DETECTORS)
"""What `detect_events` can be asked for."""

SHORT_STEPS_LEG = 0.3
"""A foot that goes back and forth by less than this many leg lengths, from its 5th to its 95th percentile, shuffles."""
SHUFFLE_PROMINENCE_LEG = 0.05
STRETCH_MARGIN_S = 0.5
"""First and last steps reach this far into the standing before and after."""
UNSEEN_S = 0.1
PLATE_TRUST = 0.99
"""Confidence of a clean plate contact's events."""

_REFUSED = {
    "backwards": "walking backwards the toe lands first and the heel leaves last: no rule here was tested on it",
    "sideways": "no rule here was tested on walking sideways",
    "stairs": "on stairs and steep slopes the rules for level walking were 30 to 95 ms off",
    "jumping": "both feet land together: these are jumps, not steps",
    "standing": "the feet stay where they are: nobody walks",
    "stepping": "the pelvis goes nowhere: steps on the spot are not gait",
}


_RUNNING = "in running the rules for walking put foot off 70 to 130 ms late: enter them or run over a force plate"


def detect_events(walker: Walker, contacts: Sequence[PlateContact] = (), method: str = "auto") -> EventDetection:
    """Find a recording's gait events.

    "auto": every entered event with a known side is kept as it is. Clean plate contacts give the events that nobody
    entered. The markers give the rest by the default rule, before, between and after those. Kinematic events that
    contradict a foot's order (contact, foot off, contact ...) are left out, and nothing is ever put where markers were
    hidden: two contacts then follow each other without a foot off, and `unseen` says where.

    Parameters
    ----------
    contacts : what `plate_contacts` says; those that are not clean are passed over
    method : "auto", or the name of one detector, which then alone gives the events

    Raises
    ------
    LtmeError
        For an unknown method.
    """
    if method != "auto":
        return _by_one_rule(walker, method)
    judges = _judges(walker, contacts)
    entered = entered_events(walker.recording.events, _duration_s(walker), judges.plates, judges.found, judges.unseen)
    plates = _without_known(judges.plates, entered.events)
    merged = (*entered.events, *plates, *_without_known(judges.found, (*entered.events, *plates)))
    refusals = (*judges.refusals, *entered.refusals)
    if _without_known(judges.running_offs, merged):
        refusals += (Refusal("foot_off_while_running", _RUNNING),)
    events, dropped = alternating(merged)
    warnings = [*entered.warnings, *_plates_by_another_clock(judges)]
    if dropped:
        warnings.append(f"left out: {_counted(len(dropped), 'kinematic event')} against the order of a foot's events")
    warnings += _foot_warnings(judges.feet, judges.unseen)
    if not any(foot.stands_in for foot in judges.feet):
        warnings += _doubtful(events)
    warnings += order_warnings(events)
    text = _method_text(events, judges.rule, walker, judges.movement)
    return EventDetection(events, text, tuple(warnings), refusals, judges.unseen)


@dataclass(frozen=True)
class _Judges:
    """What plates and markers say, and how far the markers can be asked."""

    feet: list[FootTracks]
    rule: EventDetector
    movement: Movement
    found: tuple[GaitEvent, ...]
    """Kinematic events where the rule holds."""
    running_offs: tuple[GaitEvent, ...]
    plates: tuple[GaitEvent, ...]
    unseen: tuple[Unseen, ...]
    refusals: tuple[Refusal, ...]
    """Of kinematic events."""


def _judges(walker: Walker, contacts: Sequence[PlateContact], rule: EventDetector | None = None) -> _Judges:
    """Everything that says when a foot landed but what somebody entered."""
    feet = [foot for side in SIDES if (foot := foot_tracks(walker, side)) is not None]
    rule = rule or _rule_for(walker, feet)
    found = rule.detect(walker)
    movement = movement_of(walker, found)
    found, refusals = _where_the_rule_holds(found, movement)
    found, running_offs = _foot_offs_of_running(found, movement)
    plates = _plate_events(contacts, walker)
    return _Judges(feet, rule, movement, found, running_offs, plates, _unseen(walker, feet), refusals)


def _plates_by_another_clock(judges: _Judges) -> list[str]:
    """A warning where clean plate contacts come early or late by the markers, all alike."""
    sure = [event for event in judges.found if event.confidence >= DOUBTFUL]
    lags_s = {"markers": constant_lag_s(judges.plates, sure, least=2)}  # contact and foot off of one step say it
    return lag_warning("the force plates' events", lags_s, "Moments are wrong then, and strides beside the plates")


def _by_one_rule(walker: Walker, method: str) -> EventDetection:
    if method not in DETECTORS:
        raise LtmeError("gait events", f"'{method}' is no method", f"Use auto, {', '.join(DETECTORS)}")
    judges = _judges(walker, (), DETECTORS[method])
    events, dropped = alternating(judges.found)
    refusals = judges.refusals
    if judges.running_offs:
        refusals += (Refusal("foot_off_while_running", _RUNNING),)
    warnings = _foot_warnings(judges.feet, judges.unseen)
    if dropped:
        warnings.append(f"left out: {_counted(len(dropped), 'event')} against the order of a foot's events")
    warnings += order_warnings(events)
    text = f"{method}, as asked for; entered events and force plates are not looked at"
    return EventDetection(events, text, tuple(warnings), refusals, judges.unseen)


@dataclass(frozen=True)
class _ShortSteps(HeelToeMinimum):
    """The default rule with a lower bar for how far a foot must go."""

    search: ZeniDetector = field(default_factory=lambda: ZeniDetector(prominence_leg=SHUFFLE_PROMINENCE_LEG))

    @property
    def name(self) -> str:
        return "heel-toe minimum, short steps"


def _rule_for(walker: Walker, feet: Sequence[FootTracks]) -> EventDetector:
    """The default rule, or its form for shuffling."""
    leg_m = walker.leg_length_m or TYPICAL_LEG_M
    travels_m = [
        float(np.subtract(*np.nanpercentile(foot.heel_m[:, 0], [95.0, 5.0])))
        for foot in feet
        if np.isfinite(foot.heel_m[:, 0]).any()
    ]
    return _ShortSteps() if travels_m and max(travels_m) < SHORT_STEPS_LEG * leg_m else HeelToeMinimum()


def _where_the_rule_holds(
    found: tuple[GaitEvent, ...], movement: Movement
) -> tuple[tuple[GaitEvent, ...], tuple[Refusal, ...]]:
    """Kinematic events of the stretches that are walked or run forwards, and what is refused of the others."""
    held = [s for s in movement.stretches if s.kind in ("walking", "running")]
    kept = tuple(e for e in found if any(s.holds(e.time_s, STRETCH_MARGIN_S) for s in held))
    other = [s for s in movement.stretches if s.kind not in ("walking", "running", "standing")]
    kept = tuple(e for e in kept if not any(s.holds(e.time_s) for s in other))
    refusals = []
    if movement.kind == "stepping" and held:
        refusals.append(Refusal("gait_cycles", f"{movement.reason}. Record several strides"))
    elif not held:
        refused = _REFUSED[movement.kind]
        refusals.append(Refusal("gait_events", f"{movement.reason}; {refused}. Record level walking forwards"))
    for kind in sorted({s.kind for s in other} - ({movement.kind} if not held else set())):
        refusals.append(Refusal("gait_events", f"in part of the recording: {_REFUSED[kind]}"))
    return kept, tuple(refusals)


def _foot_offs_of_running(
    found: tuple[GaitEvent, ...], movement: Movement
) -> tuple[tuple[GaitEvent, ...], tuple[GaitEvent, ...]]:
    """Kinematic events that hold, and the foot offs while running, which don't."""
    running = [s for s in movement.stretches if s.kind == "running"]
    off = tuple(e for e in found if e.kind == "foot_off" and any(s.holds(e.time_s) for s in running))
    gone = set(off)
    return tuple(e for e in found if e not in gone), off


def _plate_events(contacts: Sequence[PlateContact], walker: Walker) -> tuple[GaitEvent, ...]:
    """Contact and foot off of every clean plate contact."""
    events = []
    for contact in contacts:
        if not contact.clean or contact.side is None:
            continue
        kinds: tuple[tuple[EventKind, float], ...] = (
            ("initial_contact", contact.start_s),
            ("foot_off", contact.stop_s),
        )
        for kind, time_s in kinds:
            if np.isfinite(time_s):
                name, frame = f"plate {contact.plate}", min(round(time_s * walker.rate_hz), walker.frames - 1)
                events.append(
                    GaitEvent(contact.side, kind, float(time_s), frame, kind, "force_plate", name, PLATE_TRUST)
                )
    return in_order(events)


def _without_known(events: Sequence[GaitEvent], known: Sequence[GaitEvent]) -> tuple[GaitEvent, ...]:
    """Events that none of the known ones stands for: strides take longer than the limit, nearer is one event told
    twice."""
    apart_s = event_apart_s(events, known)
    return tuple(event for event, apart in zip(events, apart_s, strict=True) if apart > SHORTEST_STRIDE_S)


def _unseen(walker: Walker, feet: Sequence[FootTracks]) -> tuple[Unseen, ...]:
    """Where a foot's events can't be known, between the first and the last frame in which anything of it is seen."""
    hidden = []
    for foot in feet:
        seen = np.isfinite(foot.heel_m[:, 0]) & (np.isfinite(foot.toe_m[:, 0]) if foot.toe_name else True)
        for start, stop in runs(~seen):
            if stop - start > UNSEEN_S * walker.rate_hz:
                hidden.append(Unseen(foot.side, start / walker.rate_hz, stop / walker.rate_hz))
    return tuple(sorted(hidden, key=lambda stretch: (stretch.start_s, stretch.side)))


def _foot_warnings(feet: Sequence[FootTracks], unseen: Sequence[Unseen]) -> list[str]:
    """What stands in for a marker, and how long feet hide."""
    warnings = [
        f"the {foot.side} foot's {what}: its events have a low confidence"
        for foot in feet
        for what in (
            *([f"heel marker is missing, the {foot.heel_name} stands in"] if foot.heel_name != "heel" else []),
            *(["forefoot is never seen"] if not foot.toe_name else []),
        )
    ]
    for side in SIDES:
        if not any(foot.side == side for foot in feet):
            warnings.append(f"the {side} foot is never seen: it has no kinematic events, and there is no whole step")
        hidden_s = [stretch.stop_s - stretch.start_s for stretch in unseen if stretch.side == side]
        if hidden_s:
            warnings.append(
                f"the {side} foot is hidden for {sum(hidden_s):.2f} s in {_counted(len(hidden_s), 'stretch')}: "
                "no kinematic event is given there"
            )
    return warnings


def _doubtful(events: Sequence[GaitEvent]) -> list[str]:
    """One line on the events that markers hardly show."""
    doubtful = [event for event in events if event.confidence < DOUBTFUL]
    if not doubtful:
        return []
    shown = ", ".join(f"{e.side} {e.kind.replace('_', ' ')} at {e.time_s:.2f} s" for e in doubtful[:SHOWN_GAPS])
    return [
        f"{_counted(len(doubtful), 'kinematic event')} with a confidence under {DOUBTFUL:g}, to be looked at: {shown}"
    ]


def _method_text(events: Sequence[GaitEvent], detector: EventDetector, walker: Walker, movement: Movement) -> str:
    counted = {source: sum(e.source == source for e in events) for source in ("entered", "force_plate", "kinematic")}
    turning = ", turning" if movement.turns else ""
    parts = []
    if counted["entered"]:
        parts.append(f"entered in the file ({counted['entered']})")
    if counted["force_plate"]:
        parts.append(f"clean force plate contacts ({counted['force_plate']})")
    if counted["kinematic"]:
        beside = " for the rest" if parts else ""
        parts.append(f"{detector.name} ({counted['kinematic']}){beside}: {movement.kind} {walker.setting}{turning}")
    return "; ".join(parts) or f"none: {movement.reason}"


def _duration_s(walker: Walker) -> float:
    return walker.frames / walker.rate_hz


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{'es' if noun.endswith('ch') else 's'}"
