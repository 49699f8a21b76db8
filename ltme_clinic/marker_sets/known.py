"""The known marker sets: those that come with the project, and those a laboratory adds as files of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from ltme_clinic.body import SIDES, SLOT_INDEX, SLOTS
from ltme_clinic.schemas import load_validated_yaml, yaml_files
from ltme_clinic.types import LtmeError

ENVIRONMENT_VARIABLE = "LTME_MARKER_SETS"
"""Folders of a laboratory's own marker sets, parted as the system parts paths (``:`` or ``;``)."""

MOST_OWN_FILES = 200
"""A laboratory has a handful of marker sets; a folder with more YAML files than this is some other folder."""

_SEPARATORS = str.maketrans("", "", "._-")


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
    also: tuple[str, ...] = ()
    """Labels of the set that stand for no slot: clusters, wands, offsets."""
    own: bool = False
    """A laboratory's own file: it wins against a set of the project that fits as well."""


def marker_sets(extra: Path | Sequence[Path] = ()) -> Mapping[str, MarkerSet]:
    """All known marker sets by name: the project's, then a laboratory's own.

    A laboratory's own are the YAML files in the folders that the environment variable ``LTME_MARKER_SETS`` names, and
    those of `extra`. They follow ``data_schemas/marker_set.schema.json``, like the project's. A file that is changed is
    read again.

    Parameters
    ----------
    extra : YAML files, or folders of them

    Raises
    ------
    LtmeError
        When a file can't be read, does not follow the schema, names an unknown slot, gives one label to two slots, or
        takes a name that is already in use.
    """
    return _loaded(own_files(extra))


def own_files(extra: Path | Sequence[Path] = ()) -> tuple[tuple[Path, int, int], ...]:
    """A laboratory's own files, each with its time of change and its size: what tells whether to read them again."""
    asked = [extra] if isinstance(extra, Path) else list(extra)
    named = [Path(part) for part in os.environ.get(ENVIRONMENT_VARIABLE, "").split(os.pathsep) if part.strip()]
    if not asked and not named:
        return ()
    found: dict[Path, tuple[int, int]] = {}
    for place in (*named, *asked):
        for file in _files_at(place):
            status = file.stat()
            found[file.resolve()] = (status.st_mtime_ns, status.st_size)
    return tuple((file, changed, size) for file, (changed, size) in found.items())


def normalised_label(label: str) -> str:
    """A label's bare form for comparison: ``"Patient 7:L.Heel:1"`` and ``"lheel"`` both give ``"LHEEL"``."""
    bare = label
    while ":" in bare:
        before, _, after = bare.rpartition(":")
        if after.strip() and not after.strip().isdigit():
            bare = after
        else:
            bare = before
    return "".join(bare.split()).translate(_SEPARATORS).upper()


def marker_set_of(content: Mapping, file_name: str, *, own: bool = False) -> MarkerSet:
    """One marker set from its file's checked content.

    Raises
    ------
    LtmeError
        For a slot that the body does not have, and for a label that is given to two slots.
    """
    slots = {slot: tuple(labels) for slot, labels in content.get("midline", {}).items()}
    slots |= _both_sides(content.get("both_sides", {}))
    for slot, labels in content.get("slots", {}).items():
        slots[slot] = (*labels, *slots.get(slot, ()))
    optional = _both_sides(content.get("optional", {}))
    also = tuple(dict.fromkeys(_of_side(label, side) for label in content.get("also", ()) for side in SIDES))
    for slot in (*slots, *optional):
        if slot not in SLOT_INDEX:
            raise LtmeError(
                file_name, f"'{slot}' is not a slot of the body", "The slots are listed in ltme_clinic/body.py"
            )
    _check_one_slot_a_label(slots, optional, also, file_name)
    return MarkerSet(content["name"], content["title"], slots, optional, content.get("source", ""), also, own)


@lru_cache(maxsize=8)
def _loaded(own: tuple[tuple[Path, int, int], ...]) -> Mapping[str, MarkerSet]:
    found = {"ltme-slots": _slot_names_set()}
    for file in yaml_files("marker_sets"):
        _add(found, marker_set_of(load_validated_yaml(file, "marker_set"), file.name), file.name)
    for file, _, _ in own:
        _add(found, marker_set_of(load_validated_yaml(file, "marker_set"), file.name, own=True), file.name)
    return MappingProxyType(dict(sorted(found.items())))


def _add(found: dict[str, MarkerSet], marker_set: MarkerSet, file_name: str) -> None:
    if marker_set.name in found:
        raise LtmeError(file_name, f"the name '{marker_set.name}' is already in use", "Give it a name of its own")
    found[marker_set.name] = marker_set


def _files_at(place: Path) -> Iterator[Path]:
    """The YAML files of a folder, sorted by name, or the one file; only regular files are ever opened."""
    if place.is_file():
        yield place
        return
    if not place.is_dir():
        cure = f"Correct the path or the environment variable {ENVIRONMENT_VARIABLE}"
        raise LtmeError(place.name or str(place), "there is no such folder or file of marker sets", cure)
    try:
        listed = sorted(f for f in place.iterdir() if f.suffix.lower() in (".yaml", ".yml") and f.is_file())
    except OSError as error:
        raise LtmeError(place.name, f"can't be read ({error.strerror or error})", "Check the folder") from None
    if len(listed) > MOST_OWN_FILES:
        raise LtmeError(
            place.name, f"holds {len(listed)} YAML files (limit {MOST_OWN_FILES})", "Name the folder of marker sets"
        )
    yield from listed


def _slot_names_set() -> MarkerSet:
    """The set whose labels are the slot names themselves: what the virtual laboratory and the generator write."""
    return MarkerSet("ltme-slots", "Slot names of LTME Clinic", {slot: (slot,) for slot in SLOTS})


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


def _check_one_slot_a_label(slots: Mapping, optional: Mapping, also: Sequence[str], file_name: str) -> None:
    owner: dict[str, str] = {}
    for slot, labels in (*slots.items(), *optional.items(), *(("no slot", (label,)) for label in also)):
        for label in labels:
            other = owner.setdefault(normalised_label(label), slot)
            if other != slot:
                raise LtmeError(
                    file_name, f"label {label} is given to both {other} and {slot}", "A label stands for one slot"
                )
