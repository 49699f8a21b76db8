"""The words that clinics use for what a patient did, wore and leant on, in names of files and short entries.

Only whole words count, with the "no" or "off" that belongs to them (`negations`). A text that says two things at once
("barefoot_shoes") says nothing, and neither does a word that may as well be somebody's name where a name may stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

from ltme_clinic.recordings.negations import Item, items_of
from ltme_clinic.recordings.trial_vocabulary import AGAIN, NO_PLAIN_WORDS, OF_A_TURN, SIDE_OF, SIDES

_WORD = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

_WEAK_WALK = frozenset({"gait", "gang", "overground", "treadmill", "laufband", "marche", "marcha"})
"""Names of the whole examination as well as of a walk: "gait_static" is a static trial."""
_GENERIC = {"orthosis": "orthosis", "aid": "cane"}
"""Beside a more particular word ("AFO orthosis", "quad cane") these add nothing."""
_SAYS_WITHOUT = {"orthosis": "no orthosis", "aid": "no aid"}
"""What "no AFO" and "without cane" say; "no shoes" may be barefoot or in socks, and says nothing."""
_WITH_SIDE = {"orthosis", "aid"}
_TWO_OF_THEM = {"crutches", "walker", "poles", "body weight support"}
"""Held with both hands: a side beside them belongs to something else."""
_MAYBE_A_NAME = frozenset(
    {
        *("walker", "walkers", "cane", "canes", "stock", "gang", "cal", "grafo", "jog", "brace", "baston", "balance"),
        *("li", "sh"),
    }
)
"""Words that are also family names or initials, and so say nothing where a name may stand."""


@dataclass(frozen=True)
class Said:
    """What a text says of a trial."""

    facts: Mapping[str, str]
    """Fact -> value."""
    contradicted: tuple[str, ...] = ()
    """Facts of which the text says two things, and which are therefore left out."""
    unclear: tuple[str, ...] = ()
    """Facts of which the text speaks without a value of ours ("no shoes", "pre AFO"), those contradicted among them:
    what a less trusted source says of them is not to be taken instead."""


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


def said_in_entry(text: str) -> Said:
    """What a short entry says, in this module's own words."""
    return _said(words_of(text)) if len(text) <= 255 else Said({})


def side_of(text: str) -> str:
    """ "left", "right" or "both" where an entry is no more than that; else empty."""
    words = [word for word in words_of(text) if word not in ("side", "seite", "cote", "lado", "leg", "limb")]
    return SIDE_OF.get(words[0], "") if len(words) == 1 else ""


def words_of(text: str) -> tuple[str, ...]:
    """The words and numbers of a text in small letters, without accents: "aStatic02" gives a, static, 02."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return tuple(word.lower() for word in _WORD.findall(plain))


@lru_cache(maxsize=1024)
def _said(words: tuple[str, ...]) -> Said:
    items = [item for item in items_of(words) if item.fact != "nothing"]
    places = _side_places(items, words)
    readings = [(item, *_read(item, words, {SIDE_OF[words[p]] for p in places[item]})) for item in items]
    facts: dict[str, str] = {}
    contradicted: set[str] = set()
    unclear: set[str] = set()
    for fact in dict.fromkeys(item.fact for item in items):
        values = {value for item, how, value in readings if item.fact == fact and how == "said"}
        denied = {item.value for item, how, _ in readings if item.fact == fact and how == "denied"}
        hows = {how for item, how, _ in readings if item.fact == fact}
        if "contradicted" in hows or denied & {_bare(value) for value in values}:
            contradicted.add(fact)
        elif "unclear" in hows or (fact != "kind" and NO_PLAIN_WORDS.intersection(words)):
            unclear.add(fact)
        elif values and not (one := _one(fact, values)):
            contradicted.add(fact)
        elif found := one if values else _SAYS_WITHOUT.get(fact, ""):
            facts[fact] = found
        elif denied:
            unclear.add(fact)
    return Said(MappingProxyType(facts), tuple(sorted(contradicted)), tuple(sorted(unclear | contradicted)))


_WEAK = "walk?"


def _one(fact: str, values: set[str]) -> str:
    """The one thing that several words say together; empty where they contradict each other."""
    if fact == "kind" and values != {_WEAK}:
        values = values - {_WEAK}
    elif fact == "kind":
        return "walk"
    kinds: dict[str, set[str]] = {}
    for value in values:
        what = _bare(value)
        kinds.setdefault(what, set()).add(value.removeprefix(what).strip())
    if len(kinds) == 2:
        kinds.pop(_GENERIC.get(fact, ""), None)
    if len(kinds) != 1:
        return ""
    what, sides = kinds.popitem()
    sides.discard("")
    if not sides:
        return what
    return f"{what} {sides.pop() if len(sides) == 1 else 'both'}"


def _bare(value: str) -> str:
    """A value without its side."""
    what, _, side = value.rpartition(" ")
    return what if what and side in SIDES else value


_How = Literal["said", "denied", "unclear", "contradicted", "silent"]


def _read(item: Item, words: tuple[str, ...], sides: set[str]) -> tuple[_How, str]:
    """What a phrase with the sides beside it and its small words says."""
    if item.senses >= {"yes", "no"} or any(word.is_both for word in item.small):
        return "contradicted", ""
    if item.is_unclear or "unclear" in item.senses:
        return "unclear", ""
    if item.fact == "medication":
        return _read_medication(item)
    inside = words[item.start]
    if item.fact == "orthosis" and inside[0] in "lr" and inside[1:] == item.value.lower():  # LAFO
        sides = {SIDE_OF[inside[0]]}
    if item.fact == "operated_side" and sides:  # left operated right
        return "unclear", ""
    if "no" in item.senses:
        without = _sides_without(item, words)
        if not without:
            return ("unclear" if sides and sides != {"both"} else "denied"), ""
        sides -= without
        if not sides:
            return "unclear", ""
    if item.fact == "kind" and words[item.start] in _WEAK_WALK:
        return "said", _WEAK
    if item.fact not in _WITH_SIDE or item.value in _TWO_OF_THEM or not sides:
        return "said", item.value
    return "said", f"{item.value} {sides.pop() if len(sides) == 1 else 'both'}"


def _read_medication(item: Item) -> tuple[_How, str]:
    told = {word.text for word in item.small if word.sense != "yes" or word.text == "on"} or {item.value}
    if told <= {"on", "off"}:
        return "said", told.pop()
    return ("unclear" if item.small else "silent"), ""


def _side_places(items: Sequence[Item], words: tuple[str, ...]) -> dict[Item, set[int]]:
    """Where the sides beside each phrase stand; one between two phrases goes by where their other sides stand."""
    taken = {place for item in items for place in range(item.start, item.end)}  # "operated left" and an AFO
    before = {item: _places_before(item, words) - taken for item in items}
    after = {item: _places_after(item, words) - taken for item in items}
    for first, second in pairwise(items):
        if not (between := {place for place in after[first] if place == second.start - 1}):
            continue
        sided = second.fact in _WITH_SIDE
        if before[first] or (sided and not after[second]):
            after[first] -= between
        if sided and not (before[first] and not after[second]):
            before[second] -= between
    return {item: before[item] | after[item] for item in items}


def _places_before(item: Item, words: tuple[str, ...]) -> set[int]:
    """One letter before a phrase belongs to what stands before, and so may a turn's side."""
    place = item.start - 1
    of_a_turn = OF_A_TURN.intersection(words[max(0, place - 1) : place])
    return {place} if _is_side(words, place) and len(words[place]) > 1 and not of_a_turn else set()


def _places_after(item: Item, words: tuple[str, ...]) -> set[int]:
    if not _is_side(words, item.end):
        return set()
    return {place for place in (item.end, item.end + 1) if _is_side(words, place)}


def _is_side(words: tuple[str, ...], place: int) -> bool:
    """Whether a word is the side of what stands beside it, and neither a turn's nor a trial's number ("R1")."""
    if not 0 <= place < len(words) or words[place] not in SIDE_OF:
        return False
    following = words[place + 1] if place + 1 < len(words) else ""
    is_number = len(words[place]) == 1 and following.isdigit()
    return not is_number and following not in OF_A_TURN and (words[place] != "re" or following not in AGAIN)


def _sides_without(item: Item, words: tuple[str, ...]) -> set[str]:
    """The sides of which alone the phrase is denied: "AFO left, right none", "no left AFO"."""
    found = set()
    for word in item.small:
        between = word.start - 1 if word.start >= item.end else word.end
        beyond = word.end if word.start >= item.end else word.start - 1
        outer = range(min(between, beyond), max(between, beyond) + 1)
        found |= {
            SIDE_OF[words[place]]
            for place in (outer[0], outer[-1])
            if not item.start <= place < item.end and _is_side(words, place)
        }
    return found
