"""The bytes of a C3D file's parameter section: groups, parameters, descriptions."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping

import numpy as np

from ltme_clinic.recordings.c3d_writing.encoding import INTEL_FLOAT, Encoding
from ltme_clinic.recordings.raw import ParameterValue
from ltme_clinic.types import LtmeError

Groups = Mapping[str, Mapping[str, ParameterValue]]
Descriptions = Mapping[str, Mapping[str, str]]

MOST_ITEMS = 255
"""One byte holds a dimension."""
_MOST_CONTENT_BYTES = 32_500
"""A parameter's length, with its description, is a 16-bit word that ezc3d reads with its sign (and then crashes)."""
_MOST_GROUPS = 127
_TEXT, _BYTE, _INTEGER, _FLOAT = -1, 1, 2, 4

# Numbers that the format, or software that everyone uses, keeps as 16-bit integers whatever a reader made of them.
_INTEGERS: dict[str, tuple[str, ...]] = {
    "POINT": ("USED", "FRAMES", "DATA_START"),
    "ANALOG": ("USED", "OFFSET", "BITS", "GAIN"),
    "EVENT": ("USED", "ICON_IDS"),
    "EVENT_CONTEXT": ("USED", "ICON_IDS"),
    "FORCE_PLATFORM": ("USED", "TYPE", "CHANNEL", "ZERO"),
    "SUBJECTS": ("USED", "IS_STATIC", "USES_PREFIXES"),
    "TRIAL": ("ACTUAL_START_FIELD", "ACTUAL_END_FIELD"),
    "ANALYSIS": ("USED",),
}
_DUPLICATE = re.compile(r"#\d+$")


def parameter_section(
    name: str, groups: Groups, descriptions: Descriptions, data_start_block: int, encoding: Encoding = INTEL_FLOAT
) -> bytes:
    """The parameter section without its four-byte head, not padded.

    A parameter of more than 255 items, or too many bytes, goes on in NAME2, NAME3 ...

    Parameters
    ----------
    name : the file's name, for errors
    groups : group -> name -> value
    descriptions : group -> name -> words, the group's own under ''
    data_start_block : what POINT:DATA_START shall hold
    encoding : how numbers are stored

    Raises
    ------
    LtmeError
        More than 127 groups, or a value that the format can't hold.
    """
    if len(groups) > _MOST_GROUPS:
        raise LtmeError(name, f"{len(groups)} groups of parameters are more than a C3D file's {_MOST_GROUPS}")
    stored = bytearray()
    for number, (group, values) in enumerate(groups.items(), start=1):
        said = descriptions.get(group, {})
        stored += _named(name, group, -number) + _chained(_described(said.get("", "")), encoding)
        values = _rejoined(values)
        for parameter, value in values.items():
            pieces = _pieces(name, group, parameter, value, values, encoding)
            if group == "POINT" and parameter == "DATA_START":
                pieces = [(parameter, _word(data_start_block, encoding))]
            for piece, content in pieces:
                stored += _named(name, _DUPLICATE.sub("", piece), number)
                stored += _chained(content + _described(said.get(piece, "")), encoding)
    return bytes(stored) + b"\0\0"


def unsigned_word(value: int) -> np.ndarray:
    """A count of up to 65,535 as the signed 16-bit integer with the same bits."""
    return np.array([value], dtype="<u2").view("<i2")


def encoded(text: str, most_bytes: int = 255) -> bytes:
    """Text as UTF-8; as cp1252 where only that fits; cut between characters where neither does."""
    stored = text.encode("utf-8", "replace")
    if len(stored) <= most_bytes:
        return stored
    narrow = text.encode("cp1252", "replace")
    if len(narrow) <= most_bytes and narrow.decode("cp1252", "replace") == text and not _is_utf8(narrow):
        return narrow
    return stored[:most_bytes].decode("utf-8", "ignore").encode("utf-8")


def _named(name: str, label: str, group: int) -> bytes:
    stored = label.encode("utf-8", "replace")
    if not 0 < len(stored) <= 127:
        raise LtmeError(name, f"a parameter's name of {len(stored)} bytes can't be stored (1 to 127 can)")
    return struct.pack("<bb", len(stored), group) + stored


def _chained(content: bytes, encoding: Encoding) -> bytes:
    """Content behind the word that says where the next entry starts, counted from that word."""
    return encoding.words(2 + len(content)) + content


def _described(words: str) -> bytes:
    stored = encoded(words)
    return bytes([len(stored)]) + stored


def _pieces(
    name: str,
    group: str,
    parameter: str,
    value: ParameterValue,
    taken: Mapping[str, ParameterValue],
    encoding: Encoding,
) -> list[tuple[str, bytes]]:
    """A parameter's value as one entry, or as several under continued names."""
    label = f"{group}:{parameter}"
    if isinstance(value, tuple):
        stored = [encoded(text) for text in value]
        width = max([1, *map(len, stored)])
        parts = [_texts(stored[a:b], width) for a, b in _spans(len(stored), width)]
    else:
        array = np.asarray(value)
        kind, dtype = _kind(array, is_whole=parameter in _INTEGERS.get(group, ()))
        items = array.shape[-1] if array.ndim else 1
        item_bytes = dtype.itemsize * (array.size // items if items else 1)
        parts = [
            _numbers(name, label, array[..., a:b] if array.ndim else array, kind, dtype, encoding)
            for a, b in _spans(items, item_bytes)
        ]
    names = [parameter] + [f"{parameter}{i}" for i in range(2, len(parts) + 1)]
    if clash := next((n for n in names[1:] if n in taken), None):
        raise LtmeError(name, f"{label} is too long, and {clash} is in use already")
    return list(zip(names, parts, strict=True))


def _rejoined(values: Mapping[str, ParameterValue]) -> dict[str, ParameterValue]:
    """Lists of texts that are too long for one parameter, with the continuations that they have already."""
    joined = dict(values)
    for parameter, value in values.items():
        if not isinstance(value, tuple) or len(_text_spans(value)) == 1:
            continue
        number = 2
        while isinstance(more := joined.get(f"{parameter}{number}"), tuple):
            value += more
            del joined[f"{parameter}{number}"]
            number += 1
        joined[parameter] = value
    return joined


def _text_spans(texts: tuple[str, ...]) -> list[tuple[int, int]]:
    return _spans(len(texts), max([1, *(len(encoded(text)) for text in texts)]))


def _spans(items: int, item_bytes: int) -> list[tuple[int, int]]:
    """Half-open spans of items, each short enough for one parameter; one empty span for no items."""
    step = max(1, min(MOST_ITEMS, _MOST_CONTENT_BYTES // max(1, item_bytes)))
    return [(start, min(items, start + step)) for start in range(0, max(1, items), step)]


def _texts(stored: list[bytes], width: int) -> bytes:
    return struct.pack("<bBBB", _TEXT, 2, width, len(stored)) + b"".join(text.ljust(width) for text in stored)


def _numbers(name: str, label: str, array: np.ndarray, kind: int, dtype: np.dtype, encoding: Encoding) -> bytes:
    if array.ndim > 7 or any(size > MOST_ITEMS for size in array.shape):
        raise LtmeError(name, f"{label} of shape {array.shape} can't be stored: a dimension ends at {MOST_ITEMS}")
    with np.errstate(over="ignore", invalid="ignore"):
        values = array.astype(dtype)
    return struct.pack(f"<bB{array.ndim}B", kind, array.ndim, *array.shape) + encoding.numbers(values)


def _kind(array: np.ndarray, *, is_whole: bool) -> tuple[int, np.dtype]:
    """The format's code and numpy's type for an array of numbers."""
    if array.dtype.kind == "b" or array.dtype in (np.dtype("i1"), np.dtype("u1")):
        return _BYTE, np.dtype("u1")
    integral = array.dtype.kind in "iu" or (is_whole and bool((array == np.round(array)).all()))
    if integral and array.size and array.min() >= -32_768 and array.max() <= 32_767:
        return _INTEGER, np.dtype("<i2")
    return _FLOAT, np.dtype("<f4")


def _word(value: int, encoding: Encoding) -> bytes:
    return struct.pack("<bB", _INTEGER, 0) + encoding.words(value)


def _is_utf8(stored: bytes) -> bool:
    try:
        stored.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
