"""The words that clinics use for what a patient did, wore and leant on, in names of files and short entries.

Only whole words count. A text that says two things at once ("barefoot_shoes") says nothing, and neither does a word
that may as well be somebody's name where a name may stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

_WORD = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

_WITHOUT = frozenset({"no", "non", "not", "without", "wo", "ohne", "kein", "keine", "sans", "sin", "zonder", "geen"})
_SIDES = {
    "left": ("left", "l", "lt", "li", "links", "linker", "gauche", "izquierda", "izquierdo", "izq"),
    "right": ("right", "r", "rt", "re", "rechts", "rechter", "droite", "droit", "derecha", "derecho"),
    "both": ("both", "bilateral", "bilat", "bil", "bds", "beidseits", "beide", "ambos", "bilaterales"),
}
_SIDE_OF = {word: side for side, words in _SIDES.items() for word in words}

# Fact -> what is said -> the ways of saying it; words of one phrase are separated by spaces. English, German, French,
# Spanish and Dutch, without accents.
_PHRASES: dict[str, dict[str, tuple[str, ...]]] = {
    "kind": {
        "static": (
            *("static", "stat", "statics", "statisch", "statische", "statique", "estatico", "estatica", "statik"),
            *("cal", "calib", "calibration", "kalibrierung", "calibracion", "kalibratie", "calibrage"),
            *("tpose", "t pose", "apose", "a pose", "npose", "n pose", "upright standing", "quiet standing"),
        ),
        "walk": (
            *("walk", "walks", "walking", "gait", "overground", "treadmill", "levelwalk", "gang", "gehen", "laufband"),
            *("marche", "marcha", "caminar", "caminata", "lopen", "gaan", "tapis roulant"),
        ),
        "range_of_motion": (
            *("rom", "prom", "arom", "range of motion", "bewegungsumfang", "amplitude articulaire"),
            *("rango de movimiento", "bewegingsuitslag"),
        ),
        "exercise": (
            *("squat", "squats", "squatting", "kniebeuge", "kniebeugen", "lunge", "lunges", "sts", "sit to stand"),
            *("sit 2 stand", "sittostand", "chair rise", "chairrise", "jump", "jumps", "jumping", "cmj", "hop", "hops"),
            *("landing", "cutting", "jog", "jogging", "running", "heel rise", "heelrise", "stepdown", "step down"),
            *("stairs", "stair", "treppe", "escalier", "escaleras", "tug", "timed up and go", "balance"),
            *("sentadilla", "sentadillas", "sprung", "saut", "salto"),
        ),
    },
    "footwear": {
        "barefoot": (
            *("barefoot", "barefeet", "bare foot", "bare feet", "bf", "barfuss", "barfuß", "pieds nus", "pieds nu"),
            *("descalzo", "descalza", "pies descalzos", "blootsvoets", "blote voeten"),
        ),
        "shoes": (
            *("shoes", "shoe", "shod", "trainers", "sneakers", "schuhe", "schuh", "mit schuhen", "schuhen"),
            *("chaussures", "chaussure", "chausse", "zapatos", "zapato", "calzado", "schoenen", "schoen"),
        ),
        "socks": ("socks", "socken", "chaussettes", "calcetines", "sokken"),
    },
    "orthosis": {
        "AFO": ("afo", "afos", "ankle foot orthosis", "ankle foot orthoses"),
        "KAFO": ("kafo", "kafos"),
        "HKAFO": ("hkafo", "hkafos"),
        "DAFO": ("dafo", "dafos"),
        "SAFO": ("safo", "safos"),
        "GRAFO": ("grafo", "grafos", "frafo", "frafos"),
        "SMO": ("smo", "smos"),
        "FES": ("fes",),
        "insoles": ("insoles", "insole", "einlagen", "semelles", "plantillas", "steunzolen"),
        "brace": ("brace", "knee brace"),
        "prosthesis": ("prosthesis", "prosthetic", "prothese", "protesis"),
        "orthosis": ("orthosis", "orthoses", "orthese", "orthesen", "ortheses", "ortesis", "splint", "splints"),
    },
    "aid": {
        "cane": ("cane", "canes", "walking stick", "gehstock", "stock", "canne", "baston", "wandelstok"),
        "quad cane": ("quad cane", "quadcane", "tripod cane"),
        "crutches": (
            *("crutch", "crutches", "kruecken", "krucken", "unterarmgehstutzen", "gehstutzen", "bequille"),
            *("bequilles", "muleta", "muletas", "krukken"),
        ),
        "walker": (
            *(
                "walker",
                "walkers",
                "rollator",
                "rolator",
                "walking frame",
                "zimmer frame",
                "gehwagen",
                "posterior walker",
            ),
            *("deambulateur", "andador", "looprek"),
        ),
        "poles": ("walking poles", "nordic poles"),
    },
    "assistance": {
        "hand held": ("hand held", "handheld", "hha", "hand held assist", "hand held assistance", "an der hand"),
        "assisted": ("assisted", "with assistance", "mit hilfe", "avec aide", "asistido"),
        "body weight support": ("body weight support", "bodyweight support", "bwsts", "bws"),
        "independent": ("unassisted", "unaided", "selbststandig"),
    },
    "medication": {
        "on": ("med on", "meds on", "medon", "medson", "on med", "on meds", "onmed", "onmeds", "medication on"),
        "off": (
            "med off",
            "meds off",
            "medoff",
            "medsoff",
            "off med",
            "off meds",
            "offmed",
            "offmeds",
            "medication off",
        ),
    },
    "operated_side": {
        side: tuple(f"{word} {name}" for word in ("operated", "operated side", "op", "operiert") for name in names[:4])
        for side, names in _SIDES.items()
    },
}
_PHRASES["medication"]["on"] += ("on medication", "dopa on", "ldopa on", "l dopa on", "levodopa on", "on levodopa")
_PHRASES["medication"]["off"] += ("off medication", "dopa off", "ldopa off", "l dopa off", "levodopa off")

_WEAK_WALK = frozenset({"gait", "gang", "overground", "treadmill", "laufband", "marche", "marcha"})
"""Names of the whole examination as well as of a walk: "gait_static" is a static trial."""
_GENERIC = {"orthosis": "orthosis", "aid": "cane"}
"""Beside a more particular word ("AFO orthosis", "quad cane") these add nothing."""
_SAYS_WITHOUT = {"orthosis": "no orthosis", "aid": "no aid"}
"""What "no AFO" and "without cane" say; "no shoes" may be barefoot or in socks, and says nothing."""
_WITH_SIDE = {"orthosis", "aid"}
_TWO_OF_THEM = {"crutches", "walker", "poles", "body weight support"}
"""Held with both hands: a side beside them belongs to something else."""
_MAYBE_A_NAME = frozenset({"walker", "walkers", "cane", "canes", "stock", "gang", "cal", "grafo", "jog"})
"""Words that are also family names, and so say nothing where a name may stand."""


@dataclass(frozen=True)
class Said:
    """What a text says of a trial."""

    facts: Mapping[str, str]
    """Fact -> value."""
    contradicted: tuple[str, ...] = ()
    """Facts of which the text says two things, and which are therefore left out."""


def said_by_name(name: str, *, may_be_a_person: bool = False, known_names: Collection[str] = ()) -> Said:
    """What the name of a file (without suffix) or folder says.

    Parameters
    ----------
    name : "HC030_barefoot_walk02", "aStaticTrial"
    may_be_a_person : the whole name may be somebody's, as a folder's may: then words that are also family names say
        nothing; in a file's name this holds for its first word alone
    known_names : names of the file's subjects: their words say nothing anywhere
    """
    if len(name) > 255:
        return Said({})
    taken = frozenset(word for known in known_names for word in words_of(known))
    words = words_of(name)
    usable = tuple(
        ""
        if word in taken or (word in _MAYBE_A_NAME and (may_be_a_person or index == 0) and name[:1].isupper())
        else word
        for index, word in enumerate(words)
    )
    return _said(usable)


def said_by_entry(fact: str, text: str) -> str:
    """What a short entry says of one fact, in this module's own words; empty if it says nothing known or two things."""
    if len(text) > 255:
        return ""
    return _said(words_of(text)).facts.get(fact, "")


def side_of(text: str) -> str:
    """ "left", "right" or "both" where an entry is no more than that; else empty."""
    words = [word for word in words_of(text) if word not in ("side", "seite", "leg", "limb")]
    return _SIDE_OF.get(words[0], "") if len(words) == 1 else ""


def words_of(text: str) -> tuple[str, ...]:
    """The words and numbers of a text in small letters, without accents: "aStatic02" gives a, static, 02."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return tuple(word.lower() for word in _WORD.findall(plain))


@lru_cache(maxsize=1024)
def _said(words: tuple[str, ...]) -> Said:
    found: dict[str, set[str]] = {}
    taken: set[int] = set()
    by_length = _phrases()
    for length in sorted(by_length, reverse=True):
        for start in range(len(words) - length + 1):
            span = range(start, start + length)
            meaning = by_length[length].get(words[start : start + length])
            if meaning is None or taken.intersection(span):
                continue
            taken.update(span)
            fact, value = meaning
            if said := _in_context(fact, value, words, start, start + length):
                is_weak = fact == "kind" and words[start] in _WEAK_WALK
                found.setdefault(fact, set()).add(_WEAK if is_weak else said)
    facts = {fact: _one(fact, values) for fact, values in found.items()}
    agreed = {fact: value for fact, value in facts.items() if value}
    return Said(MappingProxyType(agreed), tuple(sorted(facts.keys() - agreed.keys())))


_WEAK = "walk?"


def _one(fact: str, values: set[str]) -> str:
    """The one thing that several words say together; empty where they contradict each other."""
    if fact == "kind" and values != {_WEAK}:
        values = values - {_WEAK}
    elif fact == "kind":
        return "walk"
    kinds: dict[str, set[str]] = {}
    for value in values:
        what, _, side = value.rpartition(" ")
        what, side = (what, side) if side in _SIDES else (value, "")
        kinds.setdefault(what, set()).add(side)
    if len(kinds) == 2:
        kinds.pop(_GENERIC.get(fact, ""), None)
    if len(kinds) != 1:
        return ""
    what, sides = kinds.popitem()
    sides.discard("")
    if not sides:
        return what
    return f"{what} {sides.pop() if len(sides) == 1 else 'both'}".strip()


def _in_context(fact: str, value: str, words: Sequence[str], start: int, end: int) -> str:
    """A phrase with the negation before it and the side beside it; empty where it then says nothing."""
    if start > 0 and words[start - 1] in _WITHOUT:
        return _SAYS_WITHOUT.get(fact, "")
    if fact not in _WITH_SIDE or value in _TWO_OF_THEM:
        return value
    inside = words[start]
    if inside[:1] in "lr" and inside[1:] in _SIDED:  # LAFO
        return f"{value} {_SIDE_OF[inside[0]]}"
    after = _SIDE_OF.get(words[end], "") if end < len(words) else ""
    before = _SIDE_OF.get(words[start - 1], "") if start > 0 and len(words[start - 1]) > 1 else ""
    further = _SIDE_OF.get(words[end + 1], "") if after and end + 1 < len(words) else ""
    sides = {side for side in (before, after, further) if side}
    return f"{value} {sides.pop() if len(sides) == 1 else 'both'}" if sides else value


_SIDED = frozenset({"afo", "kafo", "dafo", "safo", "smo"})


@lru_cache(maxsize=1)
def _phrases() -> dict[int, dict[tuple[str, ...], tuple[str, str]]]:
    """Phrases by their number of words: words -> (fact, value)."""
    by_length: dict[int, dict[tuple[str, ...], tuple[str, str]]] = {}
    for fact, values in _PHRASES.items():
        for value, phrases in values.items():
            for phrase in phrases:
                words = words_of(phrase)
                by_length.setdefault(len(words), {})[words] = (fact, value)
    for word in _SIDED:
        for letter in "lr":
            by_length[1][(letter + word,)] = ("orthosis", word.upper())
    return by_length
