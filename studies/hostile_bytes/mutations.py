"""Makes mutant number n: a parent, and one to eight blows, all drawn from the number."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from studies.hostile_bytes.parents import OF_SERIES, Series, parent_bytes

SEED = 20_240
CONTROL_EVERY = 20
MOST_BLOWS = 8
EDGE_BYTES = (0x00, 0x01, 0x02, 0x7F, 0x80, 0x81, 0xFE, 0xFF)
EDGE_WORDS = (0, 1, 2, 255, 256, 32_767, 32_768, 65_535)
EDGE_FLOATS = (0.0, -0.0, 1.0, -1.0, 1e-38, 3.4e38, -3.4e38, float("inf"), float("-inf"), float("nan"), 65_535.0, 1e9)
_HEADER_WORDS = (2, 4, 6, 8, 10, 16, 18, 298, 300)
_HEADER_FLOATS = (12, 20, 304)


@dataclass(frozen=True)
class Mutant:
    """One file to read."""

    number: int
    """Within its series."""
    parent: str
    content: bytes
    blows: tuple[str, ...]
    """What was done to it; none for a control."""

    @property
    def is_control(self) -> bool:
        return not self.blows


@dataclass(frozen=True)
class Landmarks:
    """Where a parent keeps the bytes that a reader steers by."""

    data_start: int
    order: str
    words: tuple[int, ...]
    floats: tuple[int, ...]
    name_lengths: tuple[int, ...] = field(default=())
    group_numbers: tuple[int, ...] = field(default=())
    record_offsets: tuple[int, ...] = field(default=())
    types: tuple[int, ...] = field(default=())
    dimensions: tuple[int, ...] = field(default=())
    """The number of dimensions and each dimension."""
    plates: tuple[tuple[int, int], ...] = field(default=())
    """Each number of FORCE_PLATFORM: its place and its bytes (2 or 4)."""
    texts: tuple[tuple[int, int], ...] = field(default=())
    """Each text parameter's letters: their place and how many there are."""


def mutant(number: int, series: Series = "reader") -> Mutant:
    """The file with this number in its series, the same whenever it is asked for."""
    rng = np.random.default_rng([SEED, number, *(() if series == "reader" else (list(OF_SERIES).index(series),))])
    names = tuple(OF_SERIES[series])
    name = names[int(rng.integers(len(names)))]
    content = bytearray(parent_bytes(name))
    if number % CONTROL_EVERY == 0:
        return Mutant(number, name, bytes(content), ())
    marks = landmarks(name)
    blows = []
    for _ in range(int(rng.integers(1, MOST_BLOWS + 1))):
        in_preamble = rng.random() < 0.5
        kinds = ANYWHERE + STEERING + AIMED[series] if in_preamble else ANYWHERE
        kind = kinds[int(rng.integers(len(kinds)))]
        low, high = (0, marks.data_start) if in_preamble else (marks.data_start, len(content))
        high = min(high, len(content))
        if low < high:
            kind(content, low, high, marks, rng)
            blows.append(f"{kind.__name__} {'preamble' if in_preamble else 'signals'}")
    return Mutant(number, name, bytes(content), tuple(blows) or ("none",))


@cache
def landmarks(name: str) -> Landmarks:
    """A parent's landmarks, by walking its parameter records as they were written."""
    content = parent_bytes(name)
    order = ">" if content[515] == 86 else "<"
    data_start = (struct.unpack_from(f"{order}H", content, 16)[0] - 1) * 512
    found: dict[str, list[int]] = {
        key: [] for key in ("lengths", "numbers", "offsets", "types", "dimensions", "floats")
    }
    plates: list[tuple[int, int]] = []
    texts: list[tuple[int, int]] = []
    plate_group = 0
    place = 516
    while place + 2 < data_start and content[place]:
        found["lengths"].append(place)
        found["numbers"].append(place + 1)
        is_group = content[place + 1] >= 128
        offset = place + 2 + content[place]
        if is_group and content[place + 2 : offset] == b"FORCE_PLATFORM":
            plate_group = 256 - content[place + 1]
        found["offsets"].append(offset)
        if not is_group:
            found["types"].append(offset + 2)
            dimensions = content[offset + 3]
            found["dimensions"] += range(offset + 3, offset + 4 + dimensions)
            values, bytes_each = offset + 4 + dimensions, content[offset + 2]
            count = int(np.prod([int(size) for size in content[offset + 4 : values]]))
            if bytes_each == 4:
                found["floats"].append(values)
            if content[place + 1] == plate_group:
                plates += [(values + bytes_each * index, bytes_each) for index in range(count)]
            if bytes_each == 255 and count:
                texts.append((values, count))
        place = offset + struct.unpack_from(f"{order}H", content, offset)[0]
    return Landmarks(
        data_start,
        order,
        (*_HEADER_WORDS, *found["offsets"]),
        (*_HEADER_FLOATS, *found["floats"]),
        tuple(found["lengths"]),
        tuple(found["numbers"]),
        tuple(found["offsets"]),
        tuple(found["types"]),
        tuple(found["dimensions"]),
        tuple(plates),
        tuple(texts),
    )


Blow = Callable[[bytearray, int, int, Landmarks, np.random.Generator], None]


def bit_flip(content: bytearray, low: int, high: int, _marks: Landmarks, rng: np.random.Generator) -> None:
    content[int(rng.integers(low, high))] ^= 1 << int(rng.integers(8))


def edge_byte(content: bytearray, low: int, high: int, _marks: Landmarks, rng: np.random.Generator) -> None:
    content[int(rng.integers(low, high))] = int(rng.choice(EDGE_BYTES))


def random_bytes(content: bytearray, low: int, high: int, _marks: Landmarks, rng: np.random.Generator) -> None:
    start, stop = _stretch(low, high, 32, rng)
    content[start:stop] = rng.bytes(stop - start)


def edge_word(content: bytearray, low: int, high: int, marks: Landmarks, rng: np.random.Generator) -> None:
    _set_word(content, int(rng.integers(low, high)) & ~1, marks, rng)


def swap(content: bytearray, low: int, high: int, _marks: Landmarks, rng: np.random.Generator) -> None:
    start, stop = _stretch(low, high, 64, rng)
    other = int(rng.integers(low, high))
    first, second = content[start:stop], content[other : other + stop - start]
    content[start : start + len(second)], content[other : other + len(second)] = second, first[: len(second)]


def truncate(content: bytearray, low: int, high: int, _marks: Landmarks, rng: np.random.Generator) -> None:
    del content[int(rng.integers(low, high)) :]


def insert(content: bytearray, low: int, high: int, _marks: Landmarks, rng: np.random.Generator) -> None:
    place = int(rng.integers(low, high))
    content[place:place] = rng.bytes(int(rng.choice((1, 2, 4, 31, 512))))


def delete(content: bytearray, low: int, high: int, _marks: Landmarks, rng: np.random.Generator) -> None:
    start, stop = _stretch(low, high, 512, rng)
    del content[start:stop]


def duplicate_block(content: bytearray, low: int, high: int, _marks: Landmarks, rng: np.random.Generator) -> None:
    start = int(rng.integers(low, high)) // 512 * 512
    place = int(rng.integers(low, high)) // 512 * 512
    content[place:place] = content[start : start + 512]


def steering_word(content: bytearray, _low: int, _high: int, marks: Landmarks, rng: np.random.Generator) -> None:
    _set_word(content, int(rng.choice(marks.words)), marks, rng)


def steering_float(content: bytearray, _low: int, _high: int, marks: Landmarks, rng: np.random.Generator) -> None:
    place = int(rng.choice(marks.floats))
    if place + 4 <= len(content):
        struct.pack_into(f"{marks.order}f", content, place, float(rng.choice(EDGE_FLOATS)))


def record_offset(content: bytearray, _low: int, _high: int, marks: Landmarks, rng: np.random.Generator) -> None:
    if marks.record_offsets:
        _set_word(content, int(rng.choice(marks.record_offsets)), marks, rng)


def name_length(content: bytearray, _low: int, _high: int, marks: Landmarks, rng: np.random.Generator) -> None:
    _set_byte(content, marks.name_lengths, rng)


def group_number(content: bytearray, _low: int, _high: int, marks: Landmarks, rng: np.random.Generator) -> None:
    _set_byte(content, marks.group_numbers, rng)


def value_type(content: bytearray, _low: int, _high: int, marks: Landmarks, rng: np.random.Generator) -> None:
    _set_byte(content, marks.types, rng)


def dimension(content: bytearray, _low: int, _high: int, marks: Landmarks, rng: np.random.Generator) -> None:
    _set_byte(content, marks.dimensions, rng)


def plate_number(content: bytearray, _low: int, _high: int, marks: Landmarks, rng: np.random.Generator) -> None:
    place, size = marks.plates[int(rng.integers(len(marks.plates)))]
    if size == 2:
        _set_word(content, place, marks, rng)
    elif place + 4 <= len(content):
        edge = float(rng.choice(EDGE_FLOATS)) if rng.random() < 0.5 else float(10.0 ** rng.uniform(-40.0, 38.0))
        struct.pack_into(f"{marks.order}f", content, place, edge)


def letters(content: bytearray, _low: int, _high: int, marks: Landmarks, rng: np.random.Generator) -> None:
    place, count = marks.texts[int(rng.integers(len(marks.texts)))]
    if place < len(content):
        start, stop = _stretch(place, min(place + count, len(content)), 6, rng)
        content[start:stop] = rng.bytes(stop - start) if rng.random() < 0.5 else b" :*\0\n%-"[: stop - start]


ANYWHERE: tuple[Blow, ...] = (
    bit_flip,
    edge_byte,
    random_bytes,
    edge_word,
    swap,
    truncate,
    insert,
    delete,
    duplicate_block,
)
STEERING: tuple[Blow, ...] = (
    steering_word,
    steering_float,
    record_offset,
    name_length,
    group_number,
    value_type,
    dimension,
)

AIMED: dict[Series, tuple[Blow, ...]] = {
    "reader": (),
    "plates": (plate_number,) * 16,
    "names": (letters,) * 8,
}
"""What a series is struck with beside the others, and how often."""


def _stretch(low: int, high: int, most: int, rng: np.random.Generator) -> tuple[int, int]:
    start = int(rng.integers(low, high))
    return start, min(high, start + int(rng.integers(1, most + 1)))


def _set_word(content: bytearray, place: int, marks: Landmarks, rng: np.random.Generator) -> None:
    if place + 2 <= len(content):
        struct.pack_into(f"{marks.order}H", content, place, int(rng.choice(EDGE_WORDS)))


def _set_byte(content: bytearray, places: tuple[int, ...], rng: np.random.Generator) -> None:
    if places and (place := int(rng.choice(places))) < len(content):
        content[place] = int(rng.choice(EDGE_BYTES)) if rng.random() < 0.7 else int(rng.integers(256))
