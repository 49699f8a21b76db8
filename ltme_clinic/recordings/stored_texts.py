"""Lists of text in a file that other software stored as bytes, or under the name of a continuation alone."""

from __future__ import annotations

import numpy as np

from ltme_clinic.recordings.c3d.text import decode_texts
from ltme_clinic.recordings.raw import RawC3D


def texts_however_stored(raw: RawC3D, group: str, name: str, *, count: int) -> tuple[str, ...]:
    """A text parameter with its continuations; where it is absent, what can stand for it and nothing else.

    Letters stored as bytes are text where they give `count` printable strings. NAME2 without a NAME may be the whole
    list, or the second half of one that is lost: it is believed where it has `count` strings.
    """
    found = raw.texts(group, name)
    if found:
        return found
    stored = raw.parameters.get(group, {}).get(name)
    if isinstance(stored, np.ndarray):
        return _from_bytes(stored, count)
    joined: list[str] = []
    number = 2
    while isinstance(part := raw.parameters.get(group, {}).get(f"{name}{number}"), tuple):
        joined.extend(part)
        number += 1
    return tuple(joined) if stored is None and len(joined) == count else ()


def _from_bytes(stored: np.ndarray, count: int) -> tuple[str, ...]:
    """The strings whose letters an array of (letter, string) holds; none where these are numbers after all."""
    if stored.dtype.kind not in "iu" or stored.ndim != 2 or stored.shape[1] != count or not stored.size:
        return ()
    if stored.min() < -128 or stored.max() > 255:
        return ()
    letters = (stored & 255).astype(np.uint8).tobytes(order="F")
    texts = decode_texts(letters, stored.shape[0], count)
    printable = all(text.isprintable() for text in texts) and any(letter.isalpha() for text in texts for letter in text)
    return texts if printable else ()
