"""What labels that no marker set knows may stand for: suggestions for a person to check, never applied unasked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.marker_sets.detection import UNKNOWN, MarkerSetMatch
from ltme_clinic.marker_sets.known import marker_sets, normalised_label, own_files
from ltme_clinic.marker_sets.names import slot_of_name
from ltme_clinic.marker_sets.places import MOST_MARKERS, Placement, place_markers
from ltme_clinic.types import LtmeError

MIN_CONFIDENCE = 0.6
"""Less sure than this, nothing is suggested."""

_SAME_NAME_ELSEWHERE = 0.85
"""How sure a label is that other marker sets use, all of them for one slot."""
_NEVER_BY_PLACE = ("thigh", "shank", "hip_centre", "knee_centre", "ankle_centre")
"""Wands lie among the markers of a cluster and joint centres inside the body: where a marker lies doesn't tell them."""
_NAME_PATTERN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_LABEL = 60
_MOST_READ, _LABEL_TAKES = 4_000, 20
"""Characters of labels that are read as words, and how many each label counts for beside its own: a few dozen labels
say what they are, thousands are an attack."""


@dataclass(frozen=True)
class Suggestion:
    """A slot that a label may stand for."""

    label: str
    """As the file writes it."""
    slot: str
    confidence: float
    """0 to 1. By place alone it is held against real files with their labels hidden; by name it is a judgement."""
    reason: str
    """One sentence that says what speaks for it."""


@dataclass(frozen=True)
class _Clue:
    slot: str
    confidence: float
    reason: str


def suggest_mapping(
    labels: Sequence[str], positions_m: np.ndarray | None = None, *, known: MarkerSetMatch | None = None
) -> tuple[Suggestion, ...]:
    """Slots for the labels that are not known, by their words and by where on the body the markers lie.

    Each slot and each label is suggested once at most. Where name and place agree the confidence rises, where they
    contradict each other it falls; below `MIN_CONFIDENCE` nothing is suggested.

    Parameters
    ----------
    labels : the file's marker labels
    positions_m : (frame, label, 3) metres, z up, of someone standing or walking; without them only names count
    known : what `detect_marker_set` found: its labels and slots are left alone and fix the body's size and heading

    Returns
    -------
    tuple of Suggestion
        In `body.SLOTS` order; empty where nothing is sure enough.

    Raises
    ------
    LtmeError
        When the positions do not fit the labels.
    """
    if positions_m is not None and (positions_m.ndim != 3 or positions_m.shape[1:] != (len(labels), 3)):
        raise LtmeError("marker positions", f"of shape {positions_m.shape} for {len(labels)} labels")
    filled = dict(known.slots) if known is not None and known.name != UNKNOWN else {}
    settled = {*filled.values(), *(known.extras if known is not None else ())}
    open_labels = [(c, label) for c, label in enumerate(labels) if label not in settled and normalised_label(label)]
    if not open_labels:
        return ()
    elsewhere = _slots_elsewhere(own_files())
    placed = _places(labels, positions_m, filled)
    offers = []
    to_read = _MOST_READ
    for column, label in open_labels[:MOST_MARKERS]:
        to_read -= _LABEL_TAKES + min(len(label), _LONGEST_LABEL)
        clue = _combined(_name_clue(label, elsewhere) if to_read >= 0 else None, placed.get(column))
        if clue is not None and clue.slot not in filled and clue.confidence >= MIN_CONFIDENCE:
            offers.append(Suggestion(label, clue.slot, round(min(clue.confidence, 0.99), 3), clue.reason))
    return _one_each(offers)


def suggested_yaml(suggestions: Sequence[Suggestion], name: str, *, known: MarkerSetMatch | None = None) -> str:
    """The draft of a marker-set file, for a laboratory to correct and keep in its folder of marker sets.

    Labels are written without their ``Subject:`` prefix, which may be a patient's name.

    Parameters
    ----------
    suggestions : what `suggest_mapping` found
    name : the new set's name, lower-case words joined by hyphens
    known : what `detect_marker_set` found: its labels become part of the draft, so that one set reads the whole file

    Raises
    ------
    LtmeError
        For a name that the schema refuses or that is taken, and when there is nothing to write.
    """
    if not _NAME_PATTERN.fullmatch(name) or len(name) > 60:
        raise LtmeError(name[:60], "can't be a marker set's name", "Use lower-case letters, digits and hyphens")
    if name in marker_sets():
        raise LtmeError(name, "is the name of a marker set already", "Choose another name")
    lines: dict[str, tuple[str, str]] = {}
    if known is not None and known.name != UNKNOWN:
        lines |= {slot: (label, f"as in {known.name}") for slot, label in known.slots.items()}
    lines |= {s.slot: (s.label, f"{s.confidence:.2f}: {s.reason}") for s in suggestions}
    if not lines:
        raise LtmeError(name, "no label is known or suggested: there is nothing to write", "Name the labels by hand")
    text = [
        "# A draft: check every line against the laboratory's own placement protocol before it is used.",
        "schema_version: 1",
        f"name: {name}",
        f"title: {json.dumps('Markers of ' + name)}",
        "slots:",
    ]
    for slot in (slot for slot in SLOTS if slot in lines):
        label, why = lines[slot]
        text.append(f"  {slot}: [{json.dumps(_without_prefix(label))}]  # {' '.join(why.split())}")
    return "\n".join(text) + "\n"


def _without_prefix(label: str) -> str:
    parts = [part.strip() for part in label.split(":") if part.strip()]
    while len(parts) > 1 and parts[-1].isdigit():
        parts.pop()
    return (parts[-1] if parts else label)[:_LONGEST_LABEL]


def _places(labels: Sequence[str], positions_m: np.ndarray | None, filled: Mapping[str, str]) -> dict[int, Placement]:
    """Column -> where the marker lies; empty without positions or without an upright body."""
    if positions_m is None:
        return {}
    column = {label: index for index, label in reversed(list(enumerate(labels)))}
    known = {slot: column[label] for slot, label in filled.items() if label in column}
    return {placement.column: placement for placement in place_markers(positions_m, known)}


@lru_cache(maxsize=4)
def _slots_elsewhere(_own: tuple[tuple[Path, int, int], ...]) -> dict[str, dict[str, str]]:
    """Bare label -> slot -> the title of a set that uses it so; the project's own slot names are not a convention.

    Remembered for as long as a laboratory's own files stay as they are.
    """
    found: dict[str, dict[str, str]] = {}
    for marker_set in marker_sets().values():
        for slot, labels in (*marker_set.slots.items(), *marker_set.optional.items()):
            for label in labels:
                found.setdefault(normalised_label(label), {}).setdefault(slot, marker_set.title)
        for label in marker_set.also:
            found.setdefault(normalised_label(label), {}).setdefault("", marker_set.title)
    return found


def _name_clue(label: str, elsewhere: Mapping[str, Mapping[str, str]]) -> _Clue | None:
    """What a label's words say, or the sets that use it; the surer of the two."""
    clues = []
    reading = slot_of_name(label[:_LONGEST_LABEL])
    if reading is not None:
        clues.append(_Clue(reading.slot, reading.confidence, f"its name says {' '.join(reading.words)}"))
    uses = elsewhere.get(normalised_label(label), {})
    if len(uses) == 1 and "" not in uses:
        ((slot, title),) = uses.items()
        clues.append(_Clue(slot, _SAME_NAME_ELSEWHERE, f"it is called so in another set ({title})"))
    return max(clues, key=lambda clue: clue.confidence, default=None)


def _combined(name: _Clue | None, placement: Placement | None) -> _Clue | None:
    if placement is None:
        return name
    by_place = _Clue(placement.slot, placement.probability, f"it lies {_where(placement)}")
    if name is None:
        return None if by_place.slot.split("_", 1)[-1] in _NEVER_BY_PLACE else by_place
    if name.slot == by_place.slot:
        both = 1.0 - (1.0 - name.confidence) * (1.0 - by_place.confidence)
        return _Clue(name.slot, both, f"{name.reason}, and {by_place.reason}")
    doubted = name.confidence * (1.0 - by_place.confidence)
    return _Clue(name.slot, doubted, f"{name.reason}, though {by_place.reason}, nearer to the {_spoken(by_place.slot)}")


def _where(placement: Placement) -> str:
    forward, left, up = placement.at
    side = "in the midline" if abs(left) < 0.02 else f"on the {'left' if left > 0 else 'right'}"
    depth = "" if abs(forward) < 0.02 else f", {'in front of' if forward > 0 else 'behind'} the pelvis' middle"
    return f"at {100 * up:.0f} % of the body's height {side}{depth}"


def _spoken(slot: str) -> str:
    return slot.replace("_", " ")


def _one_each(offers: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """Each slot and each label once, the surest first; two equally sure labels of one slot are both left out."""
    best: dict[str, Suggestion] = {}
    tied: set[str] = set()
    for offer in sorted(offers, key=lambda offer: (-offer.confidence, offer.label)):
        other = best.setdefault(offer.slot, offer)
        if other is not offer and other.confidence == offer.confidence:
            tied.add(offer.slot)
    kept = [offer for slot, offer in best.items() if slot not in tied]
    return tuple(sorted(kept, key=lambda offer: SLOT_INDEX[offer.slot]))
