"""Parameters as mappings of plain values, each decoded when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import prod
from typing import Any, Generic, TypeVar

import numpy as np

from ltme_clinic.recordings.c3d.numbers import ByteOrder
from ltme_clinic.recordings.c3d.parameters import GroupRecord, ParameterRecord, ParameterSection
from ltme_clinic.recordings.c3d.text import decode_text, decode_texts
from ltme_clinic.recordings.raw import ParameterValue

_UNSIGNED = frozenset(
    {
        ("POINT", "USED"),
        ("POINT", "FRAMES"),
        ("POINT", "DATA_START"),
        ("ANALOG", "USED"),
        ("TRIAL", "ACTUAL_START_FIELD"),
        ("TRIAL", "ACTUAL_END_FIELD"),
        ("FORCE_PLATFORM", "USED"),
        ("FORCE_PLATFORM", "CHANNEL"),
        ("EVENT", "USED"),
        ("ROTATION", "USED"),
        ("ROTATION", "DATA_START"),
    }
)
"""Counts and places: a sign bit there is a count beyond 32,767 (or 127, where it is stored as a byte)."""

Entry = TypeVar("Entry")
Value = TypeVar("Value")


class Decoded(Mapping[str, Value], Generic[Entry, Value]):
    """A read-only mapping whose values are decoded from their entries on first use, and kept."""

    def __init__(self, entries: Mapping[str, Entry], decode: Callable[[str, Entry], Value]) -> None:
        self._entries = entries
        self._decode = decode
        self._decoded: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        try:
            return self._decoded[name]
        except KeyError:
            value = self._decoded[name] = self._decode(name, self._entries[name])
            return value

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or `default`: asked some two hundred times a file, mostly for what is not there."""
        return self[name] if name in self._entries else default

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return repr(dict(self))


def parameters_of(section: ParameterSection) -> Mapping[str, Mapping[str, ParameterValue]]:
    """All values by group and name."""
    return {
        group: Decoded(record.parameters, partial(_value, section.stored, section.order, group))
        for group, record in section.groups.items()
    }


def descriptions_of(section: ParameterSection) -> Mapping[str, Mapping[str, str]]:
    """The file's own words about its groups (under '') and parameters, where it has any."""
    return Decoded(section.groups, partial(_described_group, section.stored))


def _value(stored: bytes, order: ByteOrder, group: str, name: str, record: ParameterRecord) -> ParameterValue:
    dimensions = record.dimensions
    content = _stored(stored, record)
    if record.kind == -1:
        width, count = (dimensions[0], prod(dimensions[1:])) if dimensions else (1, 1)
        return decode_texts(content, width, count)
    if record.kind == 4:
        with np.errstate(invalid="ignore"):  # a signalling NaN
            values = order.floats(content).astype(np.float64)
    else:
        values = order.integers(content, record.kind, unsigned=(group, name) in _UNSIGNED)
    # The file's first dimension runs fastest. A single number without dimensions is a list of one.
    return values.reshape(dimensions or (1,), order="F")


def _described_group(stored: bytes, _group: str, record: GroupRecord) -> Mapping[str, str]:
    places = {"": record.description} | {name: found.description for name, found in record.parameters.items()}
    filled = {name: place for name, place in places.items() if place.stop > place.start}
    return Decoded(filled, partial(_description, stored))


def _description(stored: bytes, _name: str, place: slice) -> str:
    return decode_text(stored[place])


def _stored(stored: bytes, record: ParameterRecord) -> bytes:
    return stored[record.start : record.start + record.length]
