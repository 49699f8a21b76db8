"""Which muscle, of which side, a channel's label or description names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ltme_clinic.types import Side

BAND_NAMES: dict[str, str] = {
    "rectus femoris": "rectus femoris",
    "medial hamstrings": "medial hamstrings",
    "semitendinosus": "medial hamstrings",
    "semimembranosus": "medial hamstrings",
    "lateral hamstrings": "lateral hamstrings",
    "biceps femoris": "lateral hamstrings",
    "tibialis anterior": "tibialis anterior",
    "medial gastrocnemius": "medial gastrocnemius",
    "gastrocnemius": "medial gastrocnemius",
}
"""Muscle -> the muscle of `norms.emg_band` that it is compared with (Schwartz, Rozumalski and Trost 2008)."""

_GLUT = r"gl(?:ut(?:eus)?)?"
_VAST = r"vas(?:t(?:us)?)?"
_TIB = r"tib(?:ialis)?"
_GAS = r"gas(?:t(?:r(?:oc(?:s|nem(?:ius)?)?)?)?)?"
_HAM = r"ham(?:s|str(?:ings?)?)?"
_MED = r"med(?:ial(?:is)?)?"
_LAT = r"lat(?:eral(?:is)?)?"
_SPELLINGS: tuple[tuple[str, str], ...] = (
    ("rectus femoris", r"rf|rect?(?:us)?|rect?(?:us)?fem(?:oris)?"),
    ("medial hamstrings", rf"mh|m{_HAM}|{_MED}{_HAM}|{_HAM}{_MED}"),
    ("lateral hamstrings", rf"lh|{_LAT}{_HAM}|{_HAM}{_LAT}"),
    ("hamstrings", _HAM),
    ("semitendinosus", r"st|semit(?:end(?:inosus)?)?"),
    ("semimembranosus", r"sm|semim(?:em(?:branosus)?)?"),
    ("biceps femoris", r"bf(?:lh|sh)?|bic(?:eps)?fem(?:oris)?(?:l|s|lh|sh|long|short)?(?:head)?"),
    ("tibialis anterior", rf"ta|{_TIB}ant(?:erior)?|ant(?:erior)?{_TIB}"),
    ("tibialis posterior", rf"tp|{_TIB}post(?:erior)?|post(?:erior)?{_TIB}"),
    ("medial gastrocnemius", rf"mg|m{_GAS}|{_MED}{_GAS}|{_GAS}(?:m|{_MED})"),
    ("lateral gastrocnemius", rf"lg|{_LAT}{_GAS}|{_GAS}{_LAT}"),
    ("gastrocnemius", _GAS),
    ("soleus", r"sol(?:eus)?"),
    ("vastus lateralis", rf"vl|{_VAST}{_LAT}"),
    ("vastus medialis", rf"vmo?|{_VAST}{_MED}(?:obliq(?:uus)?)?"),
    ("gluteus medius", rf"gmed(?:ius)?|{_GLUT}med(?:ius)?"),
    ("gluteus maximus", rf"gmax(?:imus)?|{_GLUT}max(?:imus)?"),
    ("peroneus longus", r"pl|per(?:oneus)?long(?:us)?|peron(?:eus|eals?)?"),
    ("adductors", r"add(?:uctors?)?|addlong(?:us)?|adductorlong(?:us)?"),
    ("gracilis", r"gra(?:c(?:ilis)?)?"),
    ("sartorius", r"sar(?:t(?:orius)?)?"),
    ("tensor fasciae latae", r"tfl"),
    ("erector spinae", r"ers?|es|erector(?:spinae)?"),
)
_KNOWN = tuple((muscle, re.compile(spelling)) for muscle, spelling in _SPELLINGS)
_SIDES: dict[str, Side] = {"l": "left", "lt": "left", "left": "left", "r": "right", "rt": "right", "right": "right"}
_NOISE_WORDS = """
    s emg semg emgs voltage volt analog device imported sensor raw channel chan ch trigno avanti delsys noraxon muscle
"""
_NOISE = frozenset(_NOISE_WORDS.split())
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_VERTEBRA = re.compile(r"(?<![A-Za-z])[CTLS]\d")


@dataclass(frozen=True)
class NamedMuscle:
    """What a channel's texts say."""

    name: str
    """The muscle's name in full, or the label where none is recognised."""
    side: Side | None
    """None where neither side is named, or both are."""
    is_known: bool

    @property
    def band_name(self) -> str | None:
        """The published muscle to compare with; None where there is none."""
        return BAND_NAMES.get(self.name) if self.is_known else None


def muscle_of(label: str, description: str = "") -> NamedMuscle:
    """Read muscle and side: "LRF", "R Gastroc", "L_TIBANT", "EMG.RTibAnt", or a number with a description.

    The label goes before the description, for acquisition software writes its own device's name there. What can be
    read in two ways is not read: "GM" (gluteus or gastrocnemius) and "Tib" are no known muscle, "LH" alone has no
    side, and a label and a description that name different sides leave the side open.
    """
    muscle, side = _read(label.rpartition(".")[2].rpartition(":")[2] or label)
    described, other_side = _read(description)
    if side and other_side and side != other_side:
        return NamedMuscle(muscle or described or label.strip(), None, bool(muscle or described))
    return NamedMuscle(muscle or described or label.strip(), side or other_side, bool(muscle or described))


def _read(text: str) -> tuple[str | None, Side | None]:
    words = [word.lower() for word in _WORD.findall(_VERTEBRA.sub(" ", text))]
    sides = {_SIDES[word] for word in words if word in _SIDES}
    joined = "".join(word for word in words if word not in _SIDES and word not in _NOISE)
    if sides:
        return _known(joined), sides.pop() if len(sides) == 1 else None
    muscle = _known(joined)
    if muscle or len(joined) < 3:
        return muscle, None
    for letter, rest in ((joined[0], joined[1:]), (joined[-1], joined[:-1])):
        if letter in _SIDES and (muscle := _known(rest)):
            return muscle, _SIDES[letter]
    return None, None


def _known(joined: str) -> str | None:
    return next((muscle for muscle, spelling in _KNOWN if spelling.fullmatch(joined)), None)
