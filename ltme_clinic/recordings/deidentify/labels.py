"""New labels for points and analog channels: the known ones as they are known, all others a number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ltme_clinic.marker_sets import marker_sets, normalised_label
from ltme_clinic.recordings.deidentify.vocabulary import ANALOG_WORDS, POINT_WORDS, made_of, words_of
from ltme_clinic.recordings.points import is_unlabelled

# What common models calculate without declaring it: segments by three letters and O, A, L or P; a foot model's points.
_SEGMENTS = words_of("PEL SAC TRX HED LCL RCL LHU RHU LRA RRA LHN RHN LFE RFE LTI RTI LFO RFO LTO RTO")
_FOOT_MODEL = words_of(
    """
    HPA KNA ANA FTA HFTBA FFTBA FFHFA FETBA HXFFA HFTFL TIBA ArchHeight ArchHeightIndex PROXFF D1M0 HE1
    HDF0 HDF1 HDF2 HDF3 FOF0 FOF1 FOF2 FOF3 HLX0 HLX1 HLX2 HLX3 TIB1 TIB2 TIB3
    """
)
_GLOBAL = words_of(
    "Oglobal Xglobal Yglobal Zglobal OPelvis Progress CentreOfMass CentreOfMassFloor CenterOfMass PELAng"
)
_SUFFIX = re.compile(r"(?P<bare>.*?)(?P<suffix>:\d{1,2})?")

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
    known = _known_spellings()
    used: set[str] = set()
    labels, replaced = [], []
    for index, (label, kind) in enumerate(zip(bare_labels, kinds, strict=True)):
        if kind == "unlabelled" or is_unlabelled(label):
            labels.append(f"*{index + 1}")
            continue
        kept = _kept_point_label(label, known, keep, person_words)
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


def _kept_point_label(
    label: str, known: Mapping[str, tuple[str, ...]], keep: frozenset[str], person_words: frozenset[str]
) -> str:
    """The spelling under which a label is known; empty for a label that is not."""
    match = _SUFFIX.fullmatch(label.strip())
    before, suffix = (match["bare"], match["suffix"] or "") if match else (label, "")
    bare = before.rpartition(":")[2].strip()
    if normalised_label(bare) in person_words:
        return ""
    if spellings := known.get(normalised_label(bare), ()):
        return (bare if bare in spellings else spellings[0]) + suffix
    if normalised_label(bare) in keep or made_of(bare, POINT_WORDS, never=person_words):
        return bare + suffix
    return ""


def _known_spellings() -> Mapping[str, tuple[str, ...]]:
    """Normalised label -> the ways it is spelt, from every known marker set and from what common models calculate."""
    found: dict[str, dict[str, None]] = {}
    labels = [segment + end for segment in _SEGMENTS for end in "OALP"] + sorted(_GLOBAL)
    labels += [side + name for side in "LR" for name in _FOOT_MODEL]
    for marker_set in marker_sets().values():
        for listed in (*marker_set.slots.values(), *marker_set.optional.values(), marker_set.also):
            labels += listed
    for label in labels:
        found.setdefault(normalised_label(label), {})[label] = None
    return {label: tuple(spellings) for label, spellings in found.items()}


def _numbered(prefix: str, number: int, used: set[str]) -> str:
    label = f"{prefix}{number:03d}"
    while label in used:
        number += 1000
        label = f"{prefix}{number:03d}"
    return label
