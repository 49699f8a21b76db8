"""Which label of a laboratory's file is which slot of the body: the known marker sets, and finding the one in use."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from ltme_clinic.body import SIDES, SLOT_INDEX, SLOTS
from ltme_clinic.schemas import load_validated_yaml, yaml_files
from ltme_clinic.types import LtmeError

MIN_SLOTS = 4
"""With fewer recognised slots a marker set is not named: any four letters match something by chance."""

UNKNOWN = "unknown"


@dataclass(frozen=True)
class MarkerSet:
    """One laboratory convention: the labels it accepts for each slot, the preferred label first."""

    name: str
    title: str
    slots: Mapping[str, tuple[str, ...]]
    """Slot -> labels of physical markers (or of a tracker's own points)."""
    optional: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Slot -> labels used when present and never missed: medial markers, joint centres that software adds."""
    source: str = ""


@dataclass(frozen=True)
class MarkerSetMatch:
    """The marker set found in a file's labels, and which label fills which slot."""

    name: str
    title: str
    slots: Mapping[str, str]
    """Slot -> the label as the file writes it, in `body.SLOTS` order."""
    unknown: tuple[str, ...]
    """Labels that fill no slot, in the file's order."""
    missing: tuple[str, ...]
    """Slots of the set for which the file has no label (optional ones are not counted)."""
    confidence: float
    """Share of the set's own slots that are there, 0 to 1."""


@cache
def marker_sets() -> Mapping[str, MarkerSet]:
    """All known marker sets by name, from `data_schemas/marker_sets` and the project's own slot names.

    Raises
    ------
    LtmeError
        When a file does not follow the schema, names an unknown slot, or gives one label to two slots.
    """
    found = {"ltme-slots": _slot_names_set()}
    for file in yaml_files("marker_sets"):
        marker_set = _marker_set(load_validated_yaml(file, "marker_set"), file.name)
        if marker_set.name in found:
            raise LtmeError(file.name, f"the name '{marker_set.name}' is already in use", "Give it a name of its own")
        found[marker_set.name] = marker_set
    return MappingProxyType(dict(sorted(found.items())))


def detect_marker_set(labels: Sequence[str]) -> MarkerSetMatch:
    """Find the marker set that a file's labels follow.

    Labels are compared without case, spaces, separators (``. _ -``), a ``Subject:`` prefix or a ``:1`` suffix.
    The best set fills the most slots; between equals, the one of which the greater share is there, then by name.
    Fewer than `MIN_SLOTS` slots, or two equally good sets that read the labels differently, give the name ``unknown``
    and no slots. When two labels could fill one slot, the set's preferred one does; of equal labels the first does.

    Parameters
    ----------
    labels : the file's marker labels, in its own order
    """
    first_label: dict[str, str] = {}
    for label in labels:
        first_label.setdefault(normalised_label(label), label)
    ranked = sorted((_filled(s, first_label) for s in marker_sets().values()), key=_rank)
    best, runner_up = ranked[0], ranked[1]
    tied = _rank(best)[:2] == _rank(runner_up)[:2] and best.slots != runner_up.slots
    if len(best.slots) < MIN_SLOTS or tied:
        return MarkerSetMatch(UNKNOWN, "Unknown marker set", {}, tuple(labels), (), 0.0)
    used = set(best.slots.values())
    return MarkerSetMatch(
        name=best.name,
        title=best.title,
        slots=MappingProxyType(dict(best.slots)),
        unknown=tuple(label for label in labels if label not in used),
        missing=best.missing,
        confidence=best.confidence,
    )


def normalised_label(label: str) -> str:
    """A label's bare form for comparison: ``"Patient 7:L.Heel:1"`` and ``"lheel"`` both give ``"LHEEL"``."""
    parts = label.strip().split(":")
    while len(parts) > 1 and (parts[-1].strip().isdigit() or not parts[-1].strip()):
        parts.pop()
    return re.sub(r"[\s._\-]+", "", parts[-1]).upper()


def _rank(match: MarkerSetMatch) -> tuple[int, float, str]:
    return (-len(match.slots), -match.confidence, match.name)


def _filled(marker_set: MarkerSet, first_label: Mapping[str, str]) -> MarkerSetMatch:
    """This set's reading of the labels."""
    own = _present(marker_set.slots, first_label)
    extras = _present(marker_set.optional, first_label)
    slots = {slot: own.get(slot) or extras[slot] for slot in SLOTS if slot in own or slot in extras}
    missing = tuple(slot for slot in SLOTS if slot in marker_set.slots and slot not in slots)
    confidence = 1.0 - len(missing) / len(marker_set.slots)
    return MarkerSetMatch(marker_set.name, marker_set.title, slots, (), missing, confidence)


def _present(accepted: Mapping[str, tuple[str, ...]], first_label: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for slot, candidates in accepted.items():
        for candidate in candidates:
            label = first_label.get(normalised_label(candidate))
            if label is not None:
                found[slot] = label
                break
    return found


def _slot_names_set() -> MarkerSet:
    """The set whose labels are the slot names themselves: what the virtual laboratory and the generator write."""
    return MarkerSet("ltme-slots", "Slot names of LTME Clinic", {slot: (slot,) for slot in SLOTS})


def _marker_set(content: dict, file_name: str) -> MarkerSet:
    slots = {slot: tuple(labels) for slot, labels in content.get("midline", {}).items()}
    slots |= _both_sides(content.get("both_sides", {}))
    optional = _both_sides(content.get("optional", {}))
    for slot in (*slots, *optional):
        if slot not in SLOT_INDEX:
            raise LtmeError(
                file_name, f"'{slot}' is not a slot of the body", "The slots are listed in ltme_clinic/body.py"
            )
    _check_one_slot_a_label(slots, optional, file_name)
    return MarkerSet(content["name"], content["title"], slots, optional, content.get("source", ""))


def _both_sides(sided: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {
        f"{side}_{slot}": tuple(_of_side(p, side) for p in patterns)
        for side in SIDES
        for slot, patterns in sided.items()
    }


def _of_side(pattern: str, side: str) -> str:
    words = {"{L}": side[0].upper(), "{l}": side[0], "{Left}": side.capitalize(), "{left}": side}
    for mark, word in words.items():
        pattern = pattern.replace(mark, word)
    return pattern


def _check_one_slot_a_label(slots: Mapping, optional: Mapping, file_name: str) -> None:
    owner: dict[str, str] = {}
    for slot, labels in (*slots.items(), *optional.items()):
        for label in labels:
            other = owner.setdefault(normalised_label(label), slot)
            if other != slot:
                raise LtmeError(
                    file_name, f"label {label} is given to both {other} and {slot}", "A label stands for one slot"
                )
