"""The labels that are known for what they are: of every marker set, and what common models calculate beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from ltme_clinic.marker_sets.known import marker_sets, normalised_label, own_files
from ltme_clinic.types.known_words import POINT_WORDS, made_of, words_of

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
_SUFFIX = re.compile(r"(?P<bare>.*?)(?P<suffix>:\d{1,2})?", re.DOTALL)


def known_label(
    label: str,
    known: Mapping[str, tuple[str, ...]],
    *,
    keep: frozenset[str] = frozenset(),
    never: frozenset[str] = frozenset(),
) -> str:
    """A point's label, without what stands before a colon, in a spelling that is known; empty where it is not known.

    Parameters
    ----------
    label : such as "LASI", "LKneeAngles" or "LHEE:1"
    known : what `known_spellings` gives
    keep : further labels, normalised, that somebody says are no names
    never : normalised words: a label that is one of them, or holds one as a word, is not known
    """
    match = _SUFFIX.fullmatch(label.strip())
    before, suffix = (match["bare"], match["suffix"] or "") if match else (label, "")
    bare = before.rpartition(":")[2].strip()
    if normalised_label(bare) in never:
        return ""
    if spellings := known.get(normalised_label(bare), ()):
        return (bare if bare in spellings else spellings[0]) + suffix[:2]
    if normalised_label(bare) in keep:
        return bare + suffix[:2]
    return bare + suffix if made_of((bare + suffix).replace(":", " "), POINT_WORDS, never=never) else ""


def known_spellings() -> Mapping[str, tuple[str, ...]]:
    """Normalised label -> the ways it is spelt, from every known marker set and from what common models calculate."""
    return _spellings(own_files())


@lru_cache(maxsize=8)
def _spellings(_own: tuple[tuple[Path, int, int], ...]) -> Mapping[str, tuple[str, ...]]:
    """Of the marker sets as they are while a laboratory's own files are these."""
    found: dict[str, dict[str, None]] = {}
    labels = [segment + end for segment in _SEGMENTS for end in "OALP"] + sorted(_GLOBAL)
    labels += [side + name for side in "LR" for name in _FOOT_MODEL]
    for marker_set in marker_sets().values():
        for listed in (*marker_set.slots.values(), *marker_set.optional.values(), marker_set.also):
            labels += listed
    for label in labels:
        found.setdefault(normalised_label(label), {})[label] = None
    return {label: tuple(spellings) for label, spellings in found.items()}
