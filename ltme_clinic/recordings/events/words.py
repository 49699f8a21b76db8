"""What people call a foot contact, a foot off, the left and the right, in the languages that files are written in."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from ltme_clinic.types import Side
from ltme_clinic.types.recording import EventKind

_LEFT = (
    *("left", "lft", "lt", "l", "links", "linke", "linker", "linkes", "linken", "gauche", "sinistra", "sinistro", "sx"),
    *("izquierda", "izquierdo", "izda", "izdo", "izq", "esquerda", "esquerdo", "esq", "vanster", "vanstra", "venstre"),
)
_RIGHT = (
    *("right", "rgt", "rt", "r", "rechts", "rechte", "rechter", "rechtes", "rechten", "droite", "droit", "destra"),
    *("destro", "dx", "derecha", "derecho", "dcha", "dcho", "direita", "direito", "hoger", "hogra", "hoyre", "hojre"),
)
_SIDES: dict[str, Side] = {**dict.fromkeys(_LEFT, "left"), **dict.fromkeys(_RIGHT, "right")}
_ALONE: dict[str, Side] = {"li": "left", "re": "right", "der": "right", "dir": "right"}
"""Abbreviations that are other words in a sentence ("der linke Fuss")."""
_SIGNS: dict[str, Side] = {"左": "left", "右": "right"}
_NO_SIDE = frozenset(
    (
        *(
            "general",
            "generic",
            "generale",
            "generell",
            "generel",
            "allgemein",
            "algemeen",
            "geral",
            "allman",
            "global",
        ),
        *("event", "events", "trial", "none", "no", "na", "n", "a", "nan", "null", "default", "undefined", "unknown"),
        *("global", "both", "bilateral", "beide", "beidseits", "other", "others", "misc", "center", "centre", "middle"),
    )
)

_LIMB = (
    r"(?:foot|leg|side|limb|fuss|bein|seite|pied|cote|jambe|pie|pierna|lado|"
    r"piede|lato|voet|been|zijde|pe|perna|fot|ben)"
)
_CONTACT = "|".join(
    (
        r"(?:foot|heel|initial|floor|ground) ?(?:strikes?|contacts?)|heel ?(?:down|touch|hit|on)|foot ?(?:on|touch)",
        r"(?:foot|touch) ?down|fs|hs|ic|fc|hc",
        r"(?:initialer? ?|erst|fersen|fuss|boden) ?kontakt|(?:fersen|fuss) ?(?:auftritt|aufsatz)",
        r"contact initial|contact (?:du |au )?(?:talon|pied|sol)|(?:pose|attaque) (?:du |de )?(?:talon|pied)",
        r"contac?to inicial|(?:contac?to|golpe|apoyo|toque) (?:de |del |do )?(?:talon|pie|calcanhar|pe)",
        r"contatto iniziale|(?:contatto|appoggio) (?:del )?(?:tallone|calcagno|piede)",
        r"(?:hiel|voet|initieel|eerste) ?contact|(?:hal|fot) ?isattning|(?:hal|fot|forsta) ?kontakt",
    )
)
_OFF = "|".join(
    (
        r"foot ?offs?|toe ?offs?|foot ?up|lift ?off|to|fo",
        r"(?:zehen|fuss) ?(?:abl(?:o|oe)sung|abhebung|abdruck|ab)",
        r"(?:decollement|lever|envol) (?:du |des |de |d )?(?:pied|orteils?)",
        r"despegue(?: (?:de |del |de los )?(?:talon|pie|dedos|punta))?",
        r"(?:desprendimento|retirada|saida) (?:do |dos )?(?:pe|dedos)",
        r"(?:distacco|stacco) (?:del |delle |della )?(?:piede|dita|punta)",
        r"(?:teen|voet) ?(?:los|afzet|af)|(?:ta|fot) ?(?:avstamp|franskjut|avveckling|av)",
    )
)
_SIDE = "|".join(sorted(_SIDES, key=len, reverse=True))
_LABEL = re.compile(
    rf"(?:e ?(?=[lr] ?(?:hs|fs|ic|hc|fc|to|fo)$))?"  # eRHS
    rf"(?:(?:{_LIMB} )?(?P<before>{_SIDE}) ?(?:{_LIMB} )?)?"
    rf"(?:(?P<contact>{_CONTACT})|(?P<off>{_OFF})|(?P<switched>on|off))"
    rf"(?: ?(?:{_LIMB} )?(?P<after>{_SIDE})(?: {_LIMB})?)?"
)


class Meaning(NamedTuple):
    """What label and context say of an event."""

    kind: EventKind
    side: Side | None
    is_contradictory: bool = False
    """The label says one side and the context the other: then the side is None."""
    is_unclear: bool = False
    """The context is neither a side nor a word for none."""


def interpret(label: str, context: str) -> tuple[EventKind, Side | None]:
    """Kind and side of an event from its label and context; no side where the two contradict each other.

    "On" and "Off" are a foot's only with a side: without one they may be a plate's, a muscle's or a light's.
    """
    meaning = meaning_of(label, context)
    return meaning.kind, meaning.side


@lru_cache(maxsize=1024)
def meaning_of(label: str, context: str) -> Meaning:
    """Kind and side of an event, and what is wrong with them."""
    told, is_unclear = _side_of_context(context)
    match = _LABEL.fullmatch(_plain(label)) if len(label) <= 100 else None
    if match is None:
        return Meaning("other", told, is_unclear=is_unclear)
    sides = {_SIDES[word] for word in (match["before"], match["after"]) if word}
    if told:
        sides.add(told)
    if match["switched"] and not sides:
        return Meaning("other", None, is_unclear=is_unclear)
    is_contact = match["contact"] or match["switched"] == "on"
    kind: EventKind = "initial_contact" if is_contact else "foot_off"
    side = next(iter(sides)) if len(sides) == 1 else None
    return Meaning(kind, side, len(sides) > 1, is_unclear)


def _side_of_context(context: str) -> tuple[Side | None, bool]:
    """The side that a context names, and whether it names something else instead."""
    words = _plain(context).split()
    sides = {_SIDES[word] for word in words if word in _SIDES} | {_SIGNS[sign] for sign in context if sign in _SIGNS}
    if len(words) == 1 and words[0] in _ALONE:
        sides.add(_ALONE[words[0]])
    if len(sides) == 1:
        return sides.pop(), False
    return None, bool(sides) or not _NO_SIDE.issuperset(words)


def _plain(text: str) -> str:
    """Small letters without accents, words parted by one space; "LeftFootStrike" has three words."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    letters = unicodedata.normalize("NFKD", parted.casefold()).replace("ø", "o")
    return re.sub(r"[\W_]+", " ", "".join(letter for letter in letters if not unicodedata.combining(letter))).strip()
