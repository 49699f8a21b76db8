"""Which slot of the body a label's words name: "Left lateral malleolus", "lmalleolus_ext", "Ferse_L"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.schemas import load_validated_yaml
from ltme_clinic.types import LtmeError

LONGEST_LABEL = 120
"""Characters of a label that are read: a longer one is a sentence, or an attack."""

_CLOSE = 0.84
"""How alike two words must be (difflib's ratio) for the one to pass as a misspelling of the other."""
_SHORTEST_MISSPELT = 5
"""Shorter words have too many neighbours: "toe" and "the"."""


@dataclass(frozen=True)
class NameReading:
    """The slot that a label's words name."""

    slot: str
    confidence: float
    """0 to 1: how sure this combination of words is, by judgement, and less for a misspelt one."""
    words: tuple[str, ...]
    """What the words were taken for, the side first."""


@dataclass(frozen=True)
class _Vocabulary:
    meaning: Mapping[str, str]
    """Word -> concept, side ("left", "right"), or "" for a word that says nothing."""
    slots: Mapping[frozenset[str], tuple[str, float]]
    """Concepts -> slot without its side, and how sure."""
    glued: tuple[str, ...]
    """Words that may stand without a gap before and after, the longest first."""


def slot_of_name(label: str) -> NameReading | None:
    """The slot that a label names in words, or None where the words are unknown, contradictory or lack the side.

    Case, accents, separators and a ``Subject:`` prefix do not matter; words may be glued together ("kneelatL") and a
    long one may be misspelt. English, German, French, Dutch, Italian and Spanish: ``data_schemas/marker_words.yaml``.
    """
    vocabulary = _vocabulary()
    sides: set[str] = set()
    concepts: set[str] = set()
    likeness = 1.0
    for token in _tokens(label):
        read = _read_token(token, vocabulary)
        if read is None:
            return None
        meanings, alike = read
        likeness *= alike
        sides.update(meaning for meaning in meanings if meaning in SIDES)
        concepts.update(meaning for meaning in meanings if meaning and meaning not in SIDES)
    found = vocabulary.slots.get(frozenset(concepts))
    if found is None or len(sides) > 1:
        return None
    part, confidence = found
    slot = part if part in SLOT_INDEX else f"{min(sides)}_{part}" if sides else ""
    if not slot or (part in SLOT_INDEX and sides):
        return None
    return NameReading(slot, confidence * likeness, (*sorted(sides), *sorted(concepts)))


def _tokens(label: str) -> list[str]:
    """A label's words in lower case without accents; digits stand alone unless they name a vertebra."""
    parts = [part for part in label[:LONGEST_LABEL].split(":") if part.strip() and not part.strip().isdigit()]
    text = parts[-1] if parts else ""
    text = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    words = re.findall(r"[a-z]+[0-9]*|[0-9]+", text.lower())
    tokens: list[str] = []
    for word in words:
        if word in _vocabulary().meaning:
            tokens.append(word)
        else:
            tokens.extend(re.findall(r"[a-z]+|[0-9]+", word))
    return tokens


def _read_token(token: str, vocabulary: _Vocabulary) -> tuple[tuple[str, ...], float] | None:
    """What a word means, and how alike it is to a word that is known."""
    if token in vocabulary.meaning:
        return (vocabulary.meaning[token],), 1.0
    parts = _unglued(token, vocabulary)
    if parts:
        return tuple(vocabulary.meaning[part] for part in parts), 0.95
    if len(token) >= _SHORTEST_MISSPELT:
        near = get_close_matches(token, vocabulary.glued, n=1, cutoff=_CLOSE)
        # A first letter more or less is another word: "mknee" is the medial knee.
        if near and near[0][0] == token[0]:
            return (vocabulary.meaning[near[0]],), 0.85
    return None


def _unglued(token: str, vocabulary: _Vocabulary) -> tuple[str, ...]:
    """The known words that a word is glued of, the fewest; empty where it is not. A bare side stands at an end."""
    best: dict[int, tuple[str, ...]] = {0: ()}
    for start in range(len(token)):
        if start not in best:
            continue
        for word in vocabulary.glued:
            if token.startswith(word, start):
                _offer(best, start + len(word), (*best[start], word))
        for size in (1, 2):
            piece = token[start : start + size]
            is_side = vocabulary.meaning.get(piece) in SIDES
            if is_side and (start == 0) != (start + size == len(token)):
                _offer(best, start + size, (*best[start], piece))
    return best.get(len(token), ())


def _offer(best: dict[int, tuple[str, ...]], end: int, words: tuple[str, ...]) -> None:
    if end not in best or len(words) < len(best[end]):
        best[end] = words


@cache
def _vocabulary() -> _Vocabulary:
    content = load_validated_yaml("marker_words.yaml", "marker_words")
    meaning: dict[str, str] = dict.fromkeys(content["ignored"], "")
    for concept, words in (*content["concepts"].items(), *content["sides"].items()):
        twice = sorted(set(words) & set(meaning))
        if twice:
            raise LtmeError("marker_words.yaml", f"'{twice[0]}' has two meanings ({concept})", "Correct the file")
        meaning.update(dict.fromkeys(words, concept))
    slots: dict[frozenset[str], tuple[str, float]] = {}
    for part, combinations in content["slots"].items():
        for combination, confidence in combinations.items():
            concepts = frozenset(combination.split())
            unknown = concepts - set(content["concepts"])
            if unknown or concepts in slots:
                fact = f"{part}: '{combination}' is {'not made of concepts' if unknown else 'used twice'}"
                raise LtmeError("marker_words.yaml", fact, "Correct the file")
            slots[concepts] = (part, confidence)
    glued = sorted((word for word in meaning if len(word) >= 3 and meaning[word]), key=lambda word: (-len(word), word))
    return _Vocabulary(MappingProxyType(meaning), MappingProxyType(slots), tuple(glued))
