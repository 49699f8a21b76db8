"""Gait events as people entered them in a file: two-part times, sides inside labels, blanks and duplicates."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import GaitEvent, Side
from ltme_clinic.types.recording import EventKind

_CONTACT = (
    r"(?:foot|heel|initial) ?(?:strikes?|contacts?)|(?:foot|touch) ?down|fs|hs|ic|fc|on"  # LHS, RON, "Foot Strike"
)
_OFF = r"foot ?offs?|toe ?offs?|foot ?up|lift ?off|to|fo|off"
_SIDE = r"left|right|l|r"
_LABEL = re.compile(
    rf"(?:(?P<before>{_SIDE})[ ]?)?(?:(?P<contact>{_CONTACT})|(?P<off>{_OFF}))(?:[ ]?(?P<after>{_SIDE}))?", re.I
)
_SIDES: dict[str, Side] = {"left": "left", "l": "left", "right": "right", "r": "right"}


@dataclass(frozen=True)
class _Entry:
    label: str
    context: str
    subject: str
    time_s: float


def read_events(raw: RawC3D, subject: str) -> tuple[tuple[GaitEvent, ...], tuple[str, ...]]:
    """A subject's events in time order, and warnings that count what was dropped.

    Parameters
    ----------
    raw : the file
    subject : only events of this subject, or of none, are taken; an empty name takes all

    Returns
    -------
    events : times in seconds from the first stored frame, sources "entered"
    warnings : how many events were outside the stored frames, blank or entered twice
    """
    entries = [e for e in _entries(raw) if not subject or not e.subject or _same(e.subject, subject)]
    first_s = (raw.first_frame - 1) / raw.rate_hz
    events, outside, blank = [], 0, 0
    for entry in entries:
        if not np.isfinite(entry.time_s):
            outside += 1
            continue
        # Rounded in the file's own frame numbers, as the software that entered it did.
        frame = round(entry.time_s * raw.rate_hz) - (raw.first_frame - 1)
        if not 0 <= frame < raw.frames:
            outside += 1
            continue
        kind, side = interpret(entry.label, entry.context)
        blank += not entry.label
        events.append(GaitEvent(side, kind, max(0.0, entry.time_s - first_s), frame, entry.label))
    unique = _without_duplicates(sorted(events, key=lambda e: (e.frame, e.side or "", e.kind, e.time_s)))
    counted = {
        "events outside the stored frames, dropped": outside,
        "events entered twice, dropped": len(events) - len(unique),
        "events without a label, kept as 'other'": blank,
    }
    return unique, tuple(f"{what}: {count}" for what, count in counted.items() if count)


def interpret(label: str, context: str) -> tuple[EventKind, Side | None]:
    """Kind and side of an event from its label and context; a side in the context outranks one in the label."""
    side = _SIDES.get(context.strip().lower())
    match = _LABEL.fullmatch(re.sub(r"[\s_.:-]+", " ", label).strip())
    if match is None:
        return "other", side
    within = match["before"] or match["after"]
    kind: EventKind = "initial_contact" if match["contact"] else "foot_off"
    return kind, side or (_SIDES[within.lower()] if within else None)


def event_times_s(times: np.ndarray, used: int | None) -> np.ndarray:
    """EVENT:TIMES as seconds: pairs of (minutes, seconds), one pair without its second dimension, or plain seconds."""
    if times.ndim == 2 and times.shape[0] == 2:
        return 60.0 * times[0] + times[1]
    flat = times.ravel()
    if flat.size == 2 and (used is None or used == 1):
        return np.array([60.0 * flat[0] + flat[1]])
    if used and flat.size == 2 * used:  # pairs whose dimensions were lost
        return 60.0 * flat[0::2] + flat[1::2]
    return flat


def _entries(raw: RawC3D) -> list[_Entry]:
    used_number = raw.number("EVENT", "USED")
    used = None if used_number is None else max(0, int(used_number))
    parts = [raw.numbers("EVENT", "TIMES")]
    while (more := raw.numbers("EVENT", f"TIMES{len(parts) + 1}")).size:
        parts.append(more)
    if len(parts) == 1:
        times_s = event_times_s(parts[0], used)
    else:
        times_s = np.concatenate([event_times_s(part, None) for part in parts])
    times_s = times_s[:used]
    if not times_s.size:
        return [_Entry(label, "", "", time_s) for label, time_s in raw.header_events]
    count = len(times_s)
    labels, contexts, subjects = (
        _at_least(raw.texts("EVENT", name), count) for name in ("LABELS", "CONTEXTS", "SUBJECTS")
    )
    return [_Entry(labels[i], contexts[i], subjects[i], float(times_s[i])) for i in range(count)]


def _at_least(texts: tuple[str, ...], count: int) -> tuple[str, ...]:
    return texts + ("",) * (count - len(texts))


def _same(one: str, other: str) -> bool:
    return one.strip().rstrip(":").lower() == other.strip().rstrip(":").lower()


def _without_duplicates(events: list[GaitEvent]) -> tuple[GaitEvent, ...]:
    """One event for each side, kind and frame; unnamed events are told apart by their labels."""
    seen, unique = set(), []
    for event in events:
        key = (event.frame, event.side, event.kind, event.label if event.kind == "other" else "")
        if key not in seen:
            seen.add(key)
            unique.append(event)
    return tuple(unique)
