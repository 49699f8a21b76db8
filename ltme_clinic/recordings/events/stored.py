"""Events as a file stores them: the EVENT group's arrays, whatever their shapes, and the header's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.recordings.stored_texts import texts_however_stored


@dataclass(frozen=True)
class Entry:
    """One event as stored; `time_s` counts from the file's frame 1."""

    label: str
    context: str
    subject: str
    time_s: float
    description: str = ""
    icon: int = 0


@dataclass(frozen=True)
class StoredEvents:
    """All of a file's entered events, before anything is made of them."""

    in_group: tuple[Entry, ...]
    in_header: tuple[Entry, ...]
    warnings: tuple[str, ...] = ()


def stored_events(raw: RawC3D) -> StoredEvents:
    """The events of the EVENT group and of the header."""
    in_header = tuple(Entry(label, "", "", time_s) for label, time_s in raw.header_events)
    used_number = raw.number("EVENT", "USED")
    used = None if used_number is None else max(0, int(used_number))
    times_s = _times_s(raw, used)
    texts = {
        name: texts_however_stored(raw, "EVENT", name, count=len(times_s))
        for name in ("LABELS", "CONTEXTS", "SUBJECTS", "DESCRIPTIONS")
    }
    timeless = sum(1 for label in texts["LABELS"][len(times_s) :] if label)
    entries = _entries(times_s, texts, raw.numbers("EVENT", "ICON_IDS"))
    warnings = [f"events without a time, dropped: {timeless}"] if timeless and timeless != used else []
    if used is not None and used < len(entries):
        kept = [entry for number, entry in enumerate(entries) if number < used or _is_filled(entry)]
        if len(kept) > used:
            warnings.append(f"{used} events are declared, but {len(kept)} are stored: all were taken")
        entries = kept
    return StoredEvents(tuple(entries), in_header, tuple(warnings))


def event_times_s(times: np.ndarray, count: int | None) -> np.ndarray:
    """EVENT:TIMES in seconds, whatever its shape.

    Parameters
    ----------
    times : pairs of (minutes, seconds) as (2, event), which is the format's; the same as (event, 2) or without its
        second dimension; or plain seconds
    count : how many events there are, which alone tells pairs that lost their dimensions from seconds
    """
    if times.ndim >= 2 and times.shape[0] == 2:
        minutes, seconds = times.reshape(2, -1, order="F")
        return 60.0 * minutes + seconds
    flat = times.ravel(order="F")
    if times.ndim == 2 and times.shape[1] == 2 and count != flat.size:
        pairs = flat.reshape(2, -1, order="F")
        by_column = _are_whole(times[:, 0]) or not _are_whole(pairs[0])
        minutes, seconds = times.T if by_column else pairs
        return 60.0 * minutes + seconds
    if (flat.size == 2 and count in (None, 1)) or (count and flat.size == 2 * count):
        return 60.0 * flat[0::2] + flat[1::2]
    return flat


def _are_whole(minutes: np.ndarray) -> bool:
    return bool(np.all(minutes == np.floor(minutes)))


def _times_s(raw: RawC3D, used: int | None) -> np.ndarray:
    """The times of the EVENT group in seconds from the file's frame 1; none where the group is absent or empty."""
    parts = [raw.numbers("EVENT", "TIMES")]
    while (more := raw.numbers("EVENT", f"TIMES{len(parts) + 1}")).size:
        parts.append(more)
    if len(parts) > 1:
        return np.concatenate([event_times_s(part, None) for part in parts])
    fits = bool(used) and parts[0].size in (used, 2 * (used or 0))
    return event_times_s(parts[0], used if fits else len(raw.texts("EVENT", "LABELS")) or used)


def _entries(times_s: np.ndarray, texts: Mapping[str, Sequence[str]], icon_ids: np.ndarray) -> list[Entry]:
    count = len(times_s)
    labels, contexts, subjects, descriptions = (
        (*texts[name], *("",) * count)[:count] for name in ("LABELS", "CONTEXTS", "SUBJECTS", "DESCRIPTIONS")
    )
    icons = np.zeros(count, dtype=int)
    stored = np.nan_to_num(icon_ids.ravel()[:count], posinf=0.0, neginf=0.0)
    icons[: len(stored)] = np.clip(stored, -1, 100)
    rows = zip(labels, contexts, subjects, times_s.tolist(), descriptions, icons.tolist(), strict=True)
    return [Entry(*row) for row in rows]


def _is_filled(entry: Entry) -> bool:
    """Whether a place beyond those in use holds an event all the same."""
    return bool(entry.label.strip() or entry.context.strip()) and bool(np.isfinite(entry.time_s))
