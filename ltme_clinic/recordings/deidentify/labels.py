"""New labels for points and analog channels: the known ones as they are known, all others a number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ltme_clinic.marker_sets import normalised_label
from ltme_clinic.marker_sets.known_labels import known_label, known_spellings
from ltme_clinic.recordings.deidentify.vocabulary import ANALOG_WORDS, made_of
from ltme_clinic.recordings.points import is_unlabelled

_NEUTRAL = {
    "marker": "M",
    "point": "Point",
    "angle": "Angle",
    "force": "Force",
    "moment": "Moment",
    "power": "Power",
    "scalar": "Scalar",
}


def new_point_labels(
    bare_labels: Sequence[str], kinds: Sequence[str], person_words: frozenset[str], keep: frozenset[str] = frozenset()
) -> tuple[list[str], list[int]]:
    """A label for each point, and the indices of those whose own could not be kept.

    Parameters
    ----------
    bare_labels : the file's labels without the subject's prefix
    kinds : of each point: "marker", a model output's kind, or "unlabelled"
    person_words : normalised words of the person's name: a label that is one of them, or holds one as
        a word, is never kept
    keep : further labels, normalised, that the laboratory says are no names
    """
    known = known_spellings()
    used: set[str] = set()
    labels, replaced = [], []
    for index, (label, kind) in enumerate(zip(bare_labels, kinds, strict=True)):
        if kind == "unlabelled" or is_unlabelled(label):
            labels.append(f"*{index + 1}")
            continue
        kept = known_label(label, known, keep=keep, never=person_words)
        if not kept:
            replaced.append(index)
            kept = _numbered(_NEUTRAL.get(kind, "M"), index + 1, used)
        used.add(kept)
        labels.append(kept)
    return labels, replaced


def new_analog_labels(labels: Sequence[str], person_words: frozenset[str]) -> tuple[list[str], list[int]]:
    """A label for each analog channel, and the indices of those whose own could not be kept."""
    new, replaced = [], []
    for index, label in enumerate(labels):
        stripped = label.strip()
        if not stripped or made_of(stripped, ANALOG_WORDS, never=person_words):
            new.append(stripped)
        else:
            replaced.append(index)
            new.append(f"C{index + 1:03d}")
    return new, replaced


def normalised_all(labels: Iterable[str]) -> frozenset[str]:
    """Labels in the form in which they are compared."""
    return frozenset(normalised_label(label) for label in labels if label.strip())


def _numbered(prefix: str, number: int, used: set[str]) -> str:
    label = f"{prefix}{number:03d}"
    while label in used:
        number += 1000
        label = f"{prefix}{number:03d}"
    return label
