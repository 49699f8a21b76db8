"""Labels of points, as far as whose they are needs them: before and after a colon, in capitals, and known or not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from ltme_clinic.marker_sets import marker_sets, normalised_label
from ltme_clinic.marker_sets.known import own_files
from ltme_clinic.recordings.label_meanings import output_kind
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.recordings.stored_texts import texts_however_stored

Members = list[tuple[str, int]]
"""Labels without the subject's prefix, and which of the file's points they are."""

SEPARATORS = ":_.-| "
_NO_SEPARATORS = str.maketrans("", "", SEPARATORS + "\t")
_OBJECT = (
    r"(?:(?:left|right|l|r)\W?_?)?"
    r"(?:cane|stick|crutch(?:es)?|walker|rollator|frame|box|wand|lwand|twand|ball|table|chair|stool|step|stairs?|"
    r"(?:force)? ?plates?|objects?|prop|pointer|bar|barbell|racket|treadmill)"
)
_OBJECTS_NAME = re.compile(_OBJECT + r"(?:\W?_?(?:left|right|l|r))?\W?_?\d*", re.I)
_OBJECTS_MARKER = re.compile(_OBJECT + r"(?![a-z])", re.I)


def point_labels(raw: RawC3D) -> tuple[str, ...]:
    """The file's labels of points; where the reader found none, those stored as bytes or in LABELS2 alone."""
    if any(raw.point_labels):
        return raw.point_labels
    found = texts_however_stored(raw, "POINT", "LABELS", count=len(raw.point_labels))
    return found if len(found) == len(raw.point_labels) else raw.point_labels


def colon_prefix(label: str) -> str:
    """What precedes the first colon, colon included, if a name follows it ("LHEE:1" has none)."""
    before, colon, after = label.partition(":")
    return before + colon if colon and before and not after.isdigit() else ""


@lru_cache(maxsize=8192)
def bare_of(label: str) -> str:
    """A label without what precedes its colon."""
    return label.removeprefix(colon_prefix(label)).strip()


@lru_cache(maxsize=8192)
def condensed(label: str) -> str:
    """A label in capitals without separators, one letter for each of its own ("LASI:1" gives "LASI1")."""
    kept = label.translate(_NO_SEPARATORS)
    capitals = kept.upper()
    return capitals if len(capitals) == len(kept) else kept


def after_letters(label: str, count: int) -> str:
    """What follows a label's first `count` letters and digits, separators between taken off."""
    places = [place for place, letter in enumerate(label) if letter not in SEPARATORS and letter != "\t"]
    return label[places[count] :] if count < len(places) else ""


def before_letters(label: str, count: int) -> str:
    """What precedes a label's last `count` letters and digits, separators between taken off."""
    places = [place for place, letter in enumerate(label) if letter not in SEPARATORS and letter != "\t"]
    return label[: places[-count]].rstrip(SEPARATORS + "\t") if count <= len(places) else ""


def body_labels() -> frozenset[str]:
    """Every label, condensed, that some marker set has for a landmark of the body."""
    return _body_labels(own_files(()))


def known_count(labels: Iterable[str]) -> int:
    """How many labels some marker set has, or the name of a model output tells."""
    known = body_labels()
    return sum(
        normalised_label(label) in known or output_kind(label, frozenset()) is not None for label in labels if label
    )


def is_objects_name(name: str) -> bool:
    """Whether a subject is called as a thing is ("Cane", "Box 2")."""
    return _OBJECTS_NAME.fullmatch(name.strip()) is not None


def is_objects_marker(label: str) -> bool:
    """Whether a marker is called after a thing ("Box_3", "Cane1", "LCane")."""
    return _OBJECTS_MARKER.match(label) is not None


@lru_cache(maxsize=4)
def _body_labels(own: tuple[tuple[Path, int, int], ...]) -> frozenset[str]:
    known = marker_sets(tuple(file for file, _, _ in own)).values()
    return frozenset(
        normalised_label(label)
        for one in known
        for labels in (*one.slots.values(), *one.optional.values())
        for label in labels
    )
