"""Numbers out of long text in which only their order counts, a stretch at a time: the words never all fill memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from ltme_clinic.recordings.c3d.file_bytes import EXPORT_AGAIN
from ltme_clinic.types import LtmeError

_STRETCH = 1 << 20
_LONGEST_SHOWN = 20
_GAP = re.compile(r"\s")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")


def all_numbers(text: str, start: int, name: str) -> np.ndarray:
    """Every word of a text from a character on as a number, (word,): as `numbers_in` reads them.

    Raises
    ------
    LtmeError
        A word is no number.
    """
    import pyarrow as pa
    from pyarrow import compute

    parts = [np.empty(0)]
    for stretch in _stretches(text, start):
        try:
            words = compute.ascii_split_whitespace(pa.scalar(stretch)).values
            parts.append(words.cast(pa.float64()).to_numpy())
        except pa.ArrowInvalid:  # a word that only Python may know
            parts.append(numbers_in(stretch.split(), name))
    return np.concatenate(parts)


def all_words(text: str, start: int) -> Iterator[list[str]]:
    """The words of a text from a character on, in lists of some hundred thousand."""
    return (stretch.split() for stretch in _stretches(text, start))


def numbers_in(words: Sequence[str], name: str) -> np.ndarray:
    """Words as numbers (word,); a decimal comma is read as a point, and nan and inf as they stand.

    Raises
    ------
    LtmeError
        A word is no number.
    """
    try:
        return np.fromiter(map(float, words), float, len(words))
    except ValueError:
        return np.array([_number(word, name) for word in words])


def _number(word: str, name: str) -> float:
    """One word as a number, decimal commas allowed."""
    try:
        return float(word.replace(",", ".") if _DECIMAL_COMMA.fullmatch(word) else word)
    except ValueError:
        shown = word[:_LONGEST_SHOWN] + ("..." if len(word) > _LONGEST_SHOWN else "")
        raise LtmeError(name, f"'{shown}' stands where a number should", EXPORT_AGAIN) from None


def _stretches(text: str, start: int) -> Iterator[str]:
    """A text from a character on in pieces of about a million characters, cut between words, without blank ends."""
    while start < len(text):
        gap = _GAP.search(text, min(start + _STRETCH, len(text)))
        end = gap.start() if gap else len(text)
        if stretch := text[start:end].strip():
            yield stretch
        start = end
