"""The parameter section: a chain of records, walked with every length checked before it is used.

Each record says where the next one starts, and each parameter says how large it is; on a damaged file both lie. The
walk therefore never follows an offset that doesn't advance, and takes no parameter that reaches beyond its own record.
Values are decoded only when somebody asks for one (`values`): most of a file's hundreds of parameters never are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

from ltme_clinic.recordings.c3d.numbers import ByteOrder
from ltme_clinic.recordings.c3d.text import decode_text

MOST_SECTION_BYTES = 1 << 19
"""Four times what the format's own block count can say; each byte may become one string."""

_MOST_DIMENSIONS = 7
_MOST_EMPTY_STRINGS = 65535
_KINDS = (-1, 1, 2, 4)


class ParameterRecord(NamedTuple):
    """Where one parameter's value lies in the section; its bounds are checked."""

    kind: int
    """-1 text, 1 bytes, 2 integers of 16 bits, 4 floats."""
    dimensions: tuple[int, ...]
    start: int
    length: int
    description: slice


@dataclass(slots=True)
class GroupRecord:
    """One group: its parameters in file order, by name in capitals."""

    name: str
    description: slice
    parameters: dict[str, ParameterRecord] = field(default_factory=dict)


@dataclass(frozen=True)
class ParameterSection:
    """The walked section: its bytes, its groups by name in capitals, and what was wrong with it."""

    stored: bytes
    order: ByteOrder
    groups: dict[str, GroupRecord]
    is_complete: bool
    """Whether the chain of records ran to its declared end."""
    warnings: tuple[str, ...]


def walk_section(stored: bytes, order: ByteOrder) -> ParameterSection:
    """All groups and parameters of a section, from its four introductory bytes on."""
    walk = _Walk(stored, order)
    is_complete = walk.run()
    groups, warnings = walk.named_groups()
    if not is_complete:
        warnings = (*warnings, "the parameters are damaged: what follows the first broken one was not read")
    return ParameterSection(stored, order, groups, is_complete, warnings)


class _Walk:
    """The state of one walk along the chain."""

    def __init__(self, stored: bytes, order: ByteOrder) -> None:
        self._stored = stored
        self._order = order
        self._group_names: dict[int, GroupRecord] = {}
        self._found: list[tuple[int, str, ParameterRecord]] = []
        self._skipped: list[str] = []
        self._empty_strings = 0

    def run(self) -> bool:
        """Follow the chain; False if it breaks."""
        stored, uint16, end = self._stored, self._order.uint16, len(self._stored)
        position = 4
        while position + 2 <= end:
            length = stored[position]
            length = length if length < 128 else 256 - length  # negative: locked against editing
            group = stored[position + 1]
            group = group if group < 128 else group - 256
            if length == 0 or group == 0:
                return True
            link = position + 2 + length
            if link + 2 > end:
                return False
            step = uint16(stored, link)
            if 0 < step < 3:
                return False
            if link + step > end:
                step = self._step_in_the_other_order(step, group, link)
            following = link + step if step else end
            name = decode_text(stored[position + 2 : link]).upper()
            if group < 0:
                self._group(-group, name, link + 2, min(following, end))
            else:
                self._parameter(group, name, link + 2, min(following, end))
            if following > end:
                return False
            if step == 0:
                return True
            position = following
        return True

    def _step_in_the_other_order(self, step: int, group: int, link: int) -> int:
        """A step that leaves the section, with its bytes exchanged if that is just the record's own length.

        A converter to the SGI's byte order left some steps as they were.
        """
        exchanged = (step & 0xFF) << 8 | step >> 8
        end = min(link + exchanged, len(self._stored))
        if group < 0:
            place: slice | None = self._description(link + 2, end)
        else:
            record = self._record(link + 2, end)
            place = record.description if record else None
        return exchanged if place and place.stop == link + exchanged else step

    def _group(self, number: int, name: str, start: int, end: int) -> None:
        record = GroupRecord(name, self._description(start, end))
        if self._group_names.setdefault(number, record) is not record:
            self._skipped.append(name)

    def _parameter(self, group: int, name: str, start: int, end: int) -> None:
        record = self._record(start, end)
        if record is None or not name:
            self._skipped.append(name or "without a name")
        else:
            self._found.append((group, name, record))

    def _record(self, start: int, end: int) -> ParameterRecord | None:
        """The parameter between two bytes of the section, or None if it claims more than lies there."""
        stored = self._stored
        if start + 2 > end:
            return None
        kind = stored[start]
        kind = kind if kind < 128 else kind - 256
        ranks = stored[start + 1]
        first = start + 2 + ranks
        if kind not in _KINDS or ranks > _MOST_DIMENSIONS or first > end:
            return None
        dimensions = tuple(stored[start + 2 : first])
        length = prod(dimensions) * abs(kind)
        if first + length > end or (kind == -1 and length == 0 and not self._affords_empty(dimensions)):
            return None
        return ParameterRecord(kind, dimensions, first, length, self._description(first + length, end))

    def _affords_empty(self, dimensions: tuple[int, ...]) -> bool:
        """Whether strings without width are few enough: they take no byte of the file, and may claim any number."""
        more = prod(dimensions[1:])
        if self._empty_strings + more > _MOST_EMPTY_STRINGS:
            return False
        self._empty_strings += more
        return True

    def _description(self, start: int, end: int) -> slice:
        """Where a description lies; none if its length byte is not there, and never beyond its record."""
        if start >= end:
            return slice(0, 0)
        return slice(start + 1, min(start + 1 + self._stored[start], end))

    def named_groups(self) -> tuple[dict[str, GroupRecord], tuple[str, ...]]:
        """Parameters under their groups' names. Groups of one name are one; a name used twice gets a number."""
        groups: dict[str, GroupRecord] = {}
        by_number = {n: groups.setdefault(record.name, record) for n, record in self._group_names.items()}
        uses: dict[tuple[int, str], int] = {}
        repeated, orphans = [], 0
        for number, name, record in self._found:
            group = by_number.get(number)
            if group is None:
                group = by_number[number] = groups.setdefault(f"GROUP {number}", GroupRecord("", slice(0, 0)))
            orphans += group.name == ""
            place = name
            if place in group.parameters:
                use = uses.get((id(group), name), 1) + 1
                while (place := f"{name}#{use}") in group.parameters:  # somebody's own NAME#2
                    use += 1
                uses[id(group), name] = use
                repeated.append(f"{group.name}:{name}")
            group.parameters[place] = record
        return groups, self._warnings(repeated, orphans)

    def _warnings(self, repeated: list[str], orphans: int) -> tuple[str, ...]:
        warnings = []
        if repeated:
            warnings.append(f"parameters with a name already in use, kept as NAME#2: {_some(repeated)}")
        if self._skipped:
            warnings.append(f"damaged parameters, not read: {_some(self._skipped)}")
        if orphans:
            warnings.append(f"parameters of a group that the file does not name: {orphans}")
        return tuple(warnings)


def _some(names: list[str]) -> str:
    distinct = list(dict.fromkeys(names))
    return f"{len(names)} ({', '.join(distinct[:5])}{' ...' if len(distinct) > 5 else ''})"
