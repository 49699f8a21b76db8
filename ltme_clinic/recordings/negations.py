"""Which words of a text a "no", "off", "without" or "with" belongs to, before or after it.

"No" and "without" turn round the word that follows, or the one before where none follows ("crutches none", "AFO no");
"off" and "none" the one before, or the one that follows ("off AFO"). A word has one of them at most, so "shoes off meds
on" is shoes off and medication on. Where two readings remain, the words are unclear, and say nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ltme_clinic.recordings import trial_vocabulary as vocabulary
from ltme_clinic.recordings.trial_vocabulary import AND_WORDS, FILLERS, OR_WORDS, SIDE_OF, Place, Sense

_NEAR_WORDS = 3
"""A small word without a neighbour of its own makes what stands this near unclear."""
_SIDED = ("afo", "kafo", "dafo", "safo", "smo")
"""Written with their side as one word: LAFO."""


@dataclass(eq=False)
class Item:
    """A phrase that says something of a fact, and the small words that belong to it."""

    fact: str
    value: str
    """Empty for a medication that only its small word tells, and for what is no fact of ours."""
    start: int
    end: int
    """Words [start, end) of the text."""
    small: list[SmallWord] = field(default_factory=list)
    is_unclear: bool = False

    @property
    def senses(self) -> set[Sense]:
        return {word.sense for word in self.small}


@dataclass(eq=False)
class SmallWord:
    """A "no", "off" or "with", and its place in the text."""

    place: Place
    sense: Sense
    text: str
    start: int
    end: int
    is_both: bool = False
    """ "With and without"."""


@dataclass(eq=False)
class _Side:
    name: str
    start: int


_Piece = Item | SmallWord | _Side | str


def items_of(words: tuple[str, ...]) -> list[Item]:
    """The phrases of a text that say something, each with the small words that belong to it."""
    pieces = _pieces(words)
    items = [piece for piece in pieces if isinstance(piece, Item)]
    _mark_numbered(words, items)
    unbound = _bind(_without_opposites(pieces))
    _mark_joined(pieces)
    for word in unbound:
        _mark_near(word, items)
    return items


def _pieces(words: tuple[str, ...]) -> list[_Piece]:
    """Phrases, small words, sides and other words in their order; fillers are left out."""
    taken: dict[int, Item | SmallWord] = {}
    by_length = phrases()
    for length in sorted(by_length, reverse=True):
        for start in range(len(words) - length + 1):
            span = range(start, start + length)
            meaning = by_length[length].get(words[start : start + length])
            if meaning is None or any(index in taken for index in span) or _is_numbering(words, start, length):
                continue
            first, second = meaning
            found: Item | SmallWord
            if first in vocabulary.PHRASES:
                found = Item(first, second, start, start + length)
            else:
                found = SmallWord(first, second, " ".join(words[start : start + length]), start, start + length)  # type: ignore[arg-type]
            taken.update(dict.fromkeys(span, found))
    pieces: list[_Piece] = []
    for index, word in enumerate(words):
        if index in taken:
            if taken[index].start == index:
                pieces.append(taken[index])
        elif word in SIDE_OF:
            pieces.append(_Side(SIDE_OF[word], index))
        elif word not in FILLERS:
            pieces.append(word)
    return pieces


def _is_numbering(words: tuple[str, ...], start: int, length: int = 1) -> bool:
    """Whether a "no" may count trials: "walk_no_3"."""
    return length == 1 and words[start : start + 1] == ("no",) and "".join(words[start + 1 : start + 2]).isdigit()


def _mark_numbered(words: tuple[str, ...], items: Sequence[Item]) -> None:
    """ "AFO no 1" is the first trial without, or number 1 with an AFO."""
    for item in items:
        item.is_unclear |= item.fact != "kind" and _is_numbering(words, item.end)


def _without_opposites(pieces: Sequence[_Piece]) -> list[_Piece]:
    """ "With and without" and "on/off" as one small word that says both, "not with" as one that denies."""
    merged: list[_Piece] = []
    index = 0
    while index < len(pieces):
        piece = pieces[index]
        following = index + (2 if _is_link(pieces, index + 1) else 1)
        other = pieces[following] if following < len(pieces) else ""
        opposite = (
            isinstance(piece, SmallWord)
            and isinstance(other, SmallWord)
            and piece.place == other.place
            and {piece.sense, other.sense} == {"yes", "no"}
        )
        if not (opposite and isinstance(piece, SmallWord) and isinstance(other, SmallWord)):
            merged.append(piece)
            index += 1
            continue
        denies = piece.text in vocabulary.NOT_WORDS and following == index + 1
        sense: Sense = "no" if denies else "unclear"
        merged.append(SmallWord(piece.place, sense, "", piece.start, other.end, is_both=not denies))
        index = following + 1
    return merged


def _is_link(pieces: Sequence[_Piece], index: int) -> bool:
    return index < len(pieces) and pieces[index] in OR_WORDS | AND_WORDS


def _bind(pieces: Sequence[_Piece]) -> list[SmallWord]:
    """Give each small word to its phrase; every "no" that finds none."""
    unbound: list[SmallWord] = []
    undecided: list[tuple[SmallWord, Item, Item]] = []
    passed_over: list[tuple[Item, Item]] = []
    for index, word in enumerate(pieces):
        if not isinstance(word, SmallWord):
            continue
        before, after = _fitting(word, _neighbour(pieces, index, -1), _neighbour(pieces, index, 1))
        if word.place == "before" and before is not None and after is not None:
            passed_over.append((before, after))
            before = None
        if before is not None and after is not None:
            undecided.append((word, before, after))
        elif (only := before or after) is not None:
            only.small.append(word)
        elif word.sense == "no":
            unbound.append(word)
    for word, before, after in undecided:
        _decide(word, before, after)
    for before, after in passed_over:
        before.is_unclear |= len(after.small) > 1  # AFO no shoes off
    return unbound


def _fitting(word: SmallWord, before: Item | None, after: Item | None) -> tuple[Item | None, Item | None]:
    """The neighbours that a small word can belong to: nobody takes off a walk or bare feet."""
    only_after = word.place == "before" and word.sense != "no"
    before = None if only_after or before is None or _is_no_thing(before) else before
    if word.place != "before" and after is not None and _is_no_thing(after):
        after = None
    if before is not None and after is not None and after.fact == "kind":
        after = None  # crutches none, walk
    if word.text in vocabulary.ONLY_OF_AIDS and after is not None and after.fact not in ("orthosis", "aid", _OPERATED):
        after = None
    return before, after


def _is_no_thing(item: Item) -> bool:
    return item.fact in ("kind", _OPERATED) or item.value == "barefoot"


_OPERATED = "operated_side"


def _decide(word: SmallWord, before: Item, after: Item) -> None:
    """Of two neighbours: the medication that needs the word, else the free one, else the one before."""
    needs = [item.fact == "medication" and not item.value and not item.small for item in (before, after)]
    if (needs == [False, True] and word.text in ("on", "off")) or (before.small and not after.small):
        after.small.append(word)
    elif word.place == "either" and not before.small and not after.small:
        before.is_unclear = after.is_unclear = True
    else:
        before.small.append(word)


def _neighbour(pieces: Sequence[_Piece], index: int, step: int) -> Item | None:
    """The next phrase in a direction, across sides only."""
    index += step
    while 0 <= index < len(pieces) and isinstance(pieces[index], _Side):
        index += step
    found = pieces[index] if 0 <= index < len(pieces) else None
    return found if isinstance(found, Item) else None


def _mark_joined(pieces: Sequence[_Piece]) -> None:
    """ "AFO or brace" says neither; of "without shoes and AFO" nobody knows whether it has the AFO."""
    for index, piece in enumerate(pieces):
        if not isinstance(piece, str) or piece not in OR_WORDS | AND_WORDS:
            continue
        before, after = _neighbour(pieces, index, -1), _neighbour(pieces, index, 1)
        if before is None or after is None:
            continue
        if piece in OR_WORDS and "no" not in before.senses:
            before.is_unclear = True
        if piece in OR_WORDS or "no" in before.senses:
            after.is_unclear = True


def _mark_near(word: SmallWord, items: Sequence[Item]) -> None:
    """A "no" that belongs to no known word may be meant for any that is near."""
    for item in items:
        apart = item.start - word.end if item.start >= word.end else word.start - item.end
        if item.fact != "kind" and item.value != "barefoot" and not item.small and apart < _NEAR_WORDS:
            item.is_unclear = True


@lru_cache(maxsize=1)
def phrases() -> Mapping[int, Mapping[tuple[str, ...], tuple[str, str]]]:
    """Phrases by their number of words: words -> (fact, value), or (place, sense) of a small word."""
    by_length: dict[int, dict[tuple[str, ...], tuple[str, str]]] = {}
    for fact, values in vocabulary.PHRASES.items():
        for value, said in values.items():
            for phrase in said:
                words = tuple(phrase.split())
                by_length.setdefault(len(words), {})[words] = (fact, value)
    for meaning, said in vocabulary.SMALL_WORDS.items():
        for phrase in said:
            words = tuple(phrase.split())
            by_length.setdefault(len(words), {}).setdefault(words, meaning)
    for word in _SIDED:
        for letter in "lr":
            by_length[1][(letter + word,)] = ("orthosis", word.upper())
    return by_length
