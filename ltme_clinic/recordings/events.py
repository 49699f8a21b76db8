"""Gait events as people entered them in a file: two-part times, sides inside labels, blanks and duplicates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import GaitEvent, Side
from ltme_clinic.types.recording import EventKind, EventSource

_CONTACT = (
    r"(?:foot|heel|initial) ?(?:strikes?|contacts?)|(?:foot|touch) ?down|fs|hs|ic|fc|on"  # LHS, RON, "Foot Strike"
)
_OFF = r"foot ?offs?|toe ?offs?|foot ?up|lift ?off|to|fo|off"
_SIDE = r"left|right|l|r"
_LABEL = re.compile(
    rf"(?:(?P<before>{_SIDE})[ ]?)?(?:(?P<contact>{_CONTACT})|(?P<off>{_OFF}))(?:[ ]?(?P<after>{_SIDE}))?", re.I
)
_SIDES: dict[str, Side] = {"left": "left", "l": "left", "right": "right", "r": "right"}
_ICONS: dict[int, EventKind] = {1: "initial_contact", 2: "foot_off"}
"""EVENT:ICON_IDS as common software sets them: what is left to tell by where a label is blank."""
_DESCRIBED: tuple[tuple[EventKind, re.Pattern[str]], ...] = (
    ("initial_contact", re.compile(r"\b(?:heel|foot) (?:strikes|contacts|touches)\b", re.I)),
    ("foot_off", re.compile(r"\b(?:toe|foot) leaves\b", re.I)),
)
_SOURCES: dict[str, EventSource] = {
    "found from a force plate": "force_plate",
    "found from the markers' motion": "kinematic",
}
"""EVENT:DESCRIPTIONS as our writer marks events that were detected rather than entered."""
_SAME_S = 0.0025


@dataclass(frozen=True)
class _Entry:
    label: str
    context: str
    subject: str
    time_s: float
    description: str = ""
    icon: int = 0


def read_events(
    raw: RawC3D, subject: str, *, prefix: str = "", several: bool = False
) -> tuple[tuple[GaitEvent, ...], tuple[str, ...]]:
    """A subject's events in time order, and warnings that count what was dropped.

    Parameters
    ----------
    raw : the file
    subject : only events of this subject, or of none, are taken; an empty name takes all
    prefix : the subject's label prefix, by which some files name subjects in events
    several : the file holds several people: then a foot contact or foot off of no named subject is nobody's

    Returns
    -------
    events : times in seconds from the first stored frame, sources "entered" unless our writer says otherwise
    warnings : how many events were outside the stored frames, blank or entered twice
    """
    entries = [e for e in _entries(raw) if not subject or not e.subject or _is_of(e.subject, subject, prefix)]
    first_s, shifted = _first_frame_s(raw, entries)
    events, outside, blank, nobodys = [], 0, 0, 0
    for entry in entries:
        frame = _frame(entry.time_s - first_s, raw)
        if frame is None:
            outside += 1
            continue
        kind, side = _meaning(entry)
        if several and not entry.subject and kind != "other":
            nobodys += 1
            continue
        blank += not entry.label and kind == "other"
        source = _SOURCES.get(entry.description, "entered")
        events.append(GaitEvent(side, kind, max(0.0, entry.time_s - first_s), frame, entry.label, source))
    unique = _without_duplicates(sorted(events, key=lambda e: (e.time_s, e.side or "", e.kind)), raw.rate_hz)
    counted = {
        "events outside the stored frames, dropped": outside,
        "events of no subject in a file with several, dropped": nobodys,
        "events entered twice, dropped": len(events) - len(unique),
        "events without a label, kept as 'other'": blank,
    }
    return unique, (*shifted, *(f"{what}: {count}" for what, count in counted.items() if count))


def _first_frame_s(raw: RawC3D, entries: list[_Entry]) -> tuple[float, tuple[str, ...]]:
    """The file's own time of the first stored frame, as its events count it.

    Events count from the file's frame 1; some software, after cutting a trial, counts those in the header from the
    first stored frame. Where only that puts every one of these into the recording, it is believed.
    """
    first_s = (raw.first_frame - 1) / raw.rate_hz
    in_header = first_s > 0 and bool(entries) and not _times(raw).size
    if (
        in_header
        and all(_frame(e.time_s - first_s, raw) is None for e in entries)
        and all(_frame(e.time_s, raw) is not None for e in entries)
    ):
        return 0.0, ("the header's events count from the first stored frame",)
    return first_s, ()


def _frame(time_s: float, raw: RawC3D) -> int | None:
    """The stored frame nearest to a time from the first one, as the software that entered it rounded; None outside."""
    if not np.isfinite(time_s):
        return None
    shift = raw.first_frame - 1
    frame = round((time_s + shift / raw.rate_hz) * raw.rate_hz) - shift
    return frame if 0 <= frame < raw.frames else None


def _meaning(entry: _Entry) -> tuple[EventKind, Side | None]:
    """Kind and side; a blank label's kind by the event's description or icon."""
    kind, side = interpret(entry.label, entry.context)
    if entry.label or kind != "other":
        return kind, side
    described = next((known for known, pattern in _DESCRIBED if pattern.search(entry.description)), None)
    return described or _ICONS.get(entry.icon, "other"), side


@lru_cache(maxsize=1024)
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
    times_s = _times(raw)
    if not times_s.size:
        return [_Entry(label, "", "", time_s) for label, time_s in raw.header_events]
    count = len(times_s)
    labels, contexts, subjects, descriptions = (
        _at_least(raw.texts("EVENT", name), count) for name in ("LABELS", "CONTEXTS", "SUBJECTS", "DESCRIPTIONS")
    )
    icons = np.nan_to_num(raw.numbers("EVENT", "ICON_IDS").ravel()[:count]).astype(int)
    icons = np.pad(icons, (0, count - len(icons)))
    return [
        _Entry(labels[i], contexts[i], subjects[i], float(times_s[i]), descriptions[i], int(icons[i]))
        for i in range(count)
    ]


def _times(raw: RawC3D) -> np.ndarray:
    """The times of the EVENT group in seconds from the file's frame 1; none where the group is absent or empty."""
    used_number = raw.number("EVENT", "USED")
    used = None if used_number is None else max(0, int(used_number))
    parts = [raw.numbers("EVENT", "TIMES")]
    while (more := raw.numbers("EVENT", f"TIMES{len(parts) + 1}")).size:
        parts.append(more)
    if len(parts) == 1:
        times_s = event_times_s(parts[0], used)
    else:
        times_s = np.concatenate([event_times_s(part, None) for part in parts])
    return times_s[:used]


def _at_least(texts: tuple[str, ...], count: int) -> tuple[str, ...]:
    return texts + ("",) * (count - len(texts))


def _is_of(named: str, subject: str, prefix: str) -> bool:
    return _bare(named) in (_bare(subject), _bare(prefix) or _bare(subject))


def _bare(name: str) -> str:
    return name.strip().rstrip(":_.-").casefold()


def _without_duplicates(events: list[GaitEvent], rate_hz: float) -> tuple[GaitEvent, ...]:
    """One event for each side, kind and moment; unnamed events are told apart by their labels.

    Two of a kind are one where they fall on one frame or lie within half a frame of each other: a foot can't strike
    twice in that time, but two people, or two programs that round differently, may enter one strike.
    """
    last: dict[tuple[str | None, str, str], GaitEvent] = {}
    unique = []
    for event in events:
        key = (event.side, event.kind, event.label if event.kind == "other" else "")
        before = last.get(key)
        near = max(_SAME_S, 0.5 / rate_hz)
        if before is not None and (before.frame == event.frame or event.time_s - before.time_s <= near):
            continue
        last[key] = event
        unique.append(event)
    return tuple(sorted(unique, key=lambda e: (e.frame, e.side or "", e.kind, e.time_s)))
