"""From stored events to a subject's gait events: in time order, once each, from the first stored frame."""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ltme_clinic.recordings.events.stored import Entry, stored_events
from ltme_clinic.recordings.events.words import Meaning, meaning_of
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import GaitEvent
from ltme_clinic.types.recording import EventKind, EventSource

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


class _Placed(NamedTuple):
    """One stored event, understood."""

    entry: Entry
    meaning: Meaning
    time_s: float
    """From the first stored frame."""
    frame: int
    """-1 outside the stored frames."""


@dataclass
class _Named:
    """The events that a file gives to one name, and what was wrong with them."""

    of_feet: list[GaitEvent] = field(default_factory=list)
    others: list[GaitEvent] = field(default_factory=list)
    outside: int = 0
    blank: int = 0
    contradictory: int = 0
    unclear: int = 0

    def add(self, one: _Placed) -> None:
        if one.frame < 0:
            self.outside += 1
            return
        meaning, label = one.meaning, one.entry.label
        source = _SOURCES.get(one.entry.description, "entered")
        event = GaitEvent(meaning.side, meaning.kind, one.time_s, one.frame, label, source)
        is_other = meaning.kind == "other"
        (self.others if is_other else self.of_feet).append(event)
        self.blank += is_other and not label
        self.contradictory += meaning.is_contradictory
        self.unclear += meaning.is_unclear and not is_other


@dataclass(frozen=True)
class _FileEvents:
    """A file's events by the subject that they name, in small letters; those that name none under ''."""

    by_name: Mapping[str, _Named]
    warnings: tuple[str, ...]


class _LastFile:
    """The events of the file read last, as long as it is kept: each of its subjects asks for them."""

    def __init__(self) -> None:
        self._last: tuple[weakref.ref[RawC3D], _FileEvents] | None = None

    def events_of(self, raw: RawC3D) -> _FileEvents:
        last = self._last
        if last is not None and last[0]() is raw:
            return last[1]
        found = _events_of(raw)
        self._last = (weakref.ref(raw), found)
        return found


_LAST_FILE = _LastFile()


def read_events(
    raw: RawC3D, subject: str, *, prefix: str = "", several: bool = False
) -> tuple[tuple[GaitEvent, ...], tuple[str, ...]]:
    """A subject's events in time order, and warnings that count what was dropped or is in doubt.

    The header's events belong to the file like those of the EVENT group: one that repeats one of these is the same.

    Parameters
    ----------
    raw : the file
    subject : only events of this subject, or of none, are taken; an empty name takes all if there is one person
    prefix : the subject's label prefix, by which some files name subjects in events
    several : the file holds several people: then a foot contact or foot off of no named subject is nobody's

    Returns
    -------
    events : times in seconds from the first stored frame, sources "entered" unless our writer says otherwise
    warnings : how many events were outside the stored frames, blank, contradictory or entered twice
    """
    found = _LAST_FILE.events_of(raw)
    mine = {"", _bare(subject), _bare(prefix) or _bare(subject)}
    takes_all = not subject and not several
    taken = {name: named for name, named in found.by_name.items() if takes_all or name in mine}
    nobodys = len(taken[""].of_feet) if several and "" in taken else 0
    events = [event for named in taken.values() for event in named.others]
    events += [event for name, named in taken.items() if name or not several for event in named.of_feet]
    unique = _without_duplicates(sorted(events, key=lambda e: (e.time_s, e.side or "", e.kind)), raw.rate_hz)
    counted = {
        "events outside the stored frames, dropped": sum(named.outside for named in taken.values()),
        "events of no subject in a file with several, dropped": nobodys,
        "events entered twice, dropped": len(events) - len(unique),
        "events without a label, kept as 'other'": sum(named.blank for named in taken.values()),
        "events with one side in the label and another in the context, kept without a side": sum(
            named.contradictory for named in taken.values()
        ),
        "events whose context names no side that we know": sum(named.unclear for named in taken.values()),
    }
    return unique, (*found.warnings, *(f"{what}: {count}" for what, count in counted.items() if count))


def _events_of(raw: RawC3D) -> _FileEvents:
    """All events of a file, placed on its frames and understood; those of the header that repeat others left out."""
    stored = stored_events(raw)
    in_group, group_warnings = _placed(raw, stored.in_group, "events")
    in_header, header_warnings = _placed(raw, stored.in_header, "header's events")
    at_frame: dict[int, list[Meaning]] = {}
    for one in in_group if in_header else ():
        at_frame.setdefault(one.frame, []).append(one.meaning)
    by_name: dict[str, _Named] = {}
    for one in (*in_group, *(one for one in in_header if not _is_repeated(one, at_frame))):
        by_name.setdefault(_bare(one.entry.subject), _Named()).add(one)
    return _FileEvents(by_name, (*stored.warnings, *group_warnings, *header_warnings))


def _placed(raw: RawC3D, entries: Sequence[Entry], what: str) -> tuple[list[_Placed], tuple[str, ...]]:
    """Where and what each stored event is.

    Events count from the file's frame 1; some software, after cutting a trial, counts them from the first stored frame.
    Where only that puts any, and then all, into the recording, it is believed.
    """
    file_times_s = np.array([entry.time_s for entry in entries])
    times_s = file_times_s - (raw.first_frame - 1) / raw.rate_hz
    frames = _frames(times_s, raw)
    warnings: tuple[str, ...] = ()
    if raw.first_frame > 1 and len(entries) and not (frames >= 0).any():
        from_first = _frames(file_times_s, raw)
        if (from_first >= 0).all():
            times_s, frames = file_times_s, from_first
            warnings = (f"the {what} count from the first stored frame",)
    rows = zip(entries, times_s.tolist(), frames.tolist(), strict=True)
    return [_Placed(entry, meaning_of_entry(entry), max(0.0, time_s), frame) for entry, time_s, frame in rows], warnings


def _frames(times_s: np.ndarray, raw: RawC3D) -> np.ndarray:
    """The stored frame nearest to each time from the first one, as the software that entered it rounded; -1 outside."""
    shift = raw.first_frame - 1
    with np.errstate(over="ignore", invalid="ignore"):
        frames = np.rint((times_s + shift / raw.rate_hz) * raw.rate_hz) - shift
        return np.where((frames >= 0) & (frames < raw.frames), frames, -1).astype(int)


def meaning_of_entry(entry: Entry) -> Meaning:
    """Kind and side; a blank label's kind by the event's description or icon."""
    meaning = meaning_of(entry.label, entry.context)
    if entry.label or meaning.kind != "other":
        return meaning
    described = next((known for known, pattern in _DESCRIBED if pattern.search(entry.description)), None)
    return meaning._replace(kind=described or _ICONS.get(entry.icon, "other"))


def _is_repeated(one: _Placed, at_frame: Mapping[int, Sequence[Meaning]]) -> bool:
    """Whether an event of the header stands in the EVENT group too, within a frame: nothing says that it is another."""
    near = (meaning for frame in range(one.frame - 1, one.frame + 2) for meaning in at_frame.get(frame, ()))
    mine = one.meaning
    return one.frame >= 0 and any(
        ("other" in (mine.kind, theirs.kind) or mine.kind == theirs.kind)
        and (None in (mine.side, theirs.side) or mine.side == theirs.side)
        for theirs in near
    )


def _bare(name: str) -> str:
    return name.strip().rstrip(":_.-").casefold()


def _without_duplicates(events: Iterable[GaitEvent], rate_hz: float) -> tuple[GaitEvent, ...]:
    """One event for each side, kind and moment; unnamed events are told apart by their labels.

    Two of a kind are one where they fall on one frame or lie within half a frame of each other: a foot can't strike
    twice in that time, but two people, or two programs that round differently, may enter one strike.
    """
    last: dict[tuple[str | None, str, str], GaitEvent] = {}
    unique = []
    near_s = max(_SAME_S, 0.5 / rate_hz)
    for event in events:
        key = (event.side, event.kind, event.label if event.kind == "other" else "")
        before = last.get(key)
        if before is not None and (before.frame == event.frame or event.time_s - before.time_s <= near_s):
            continue
        last[key] = event
        unique.append(event)
    return tuple(sorted(unique, key=lambda e: (e.frame, e.side or "", e.kind, e.time_s)))
