"""Whose is each point of a file? Two people in one file are told apart or refused, and never made into one body."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ltme_clinic.marker_sets import MIN_SLOTS
from ltme_clinic.recordings.label_meanings import is_unlabelled, output_kind, slots_of
from ltme_clinic.recordings.positions import even_frames, sampled
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import LtmeError

Members = list[tuple[str, int]]
"""Labels without the subject's prefix, and which of the file's points they are."""

SPLIT_CURE = "Export each subject into a file of its own, or with a prefix for each subject"
_FEWEST_OF_A_PREFIX = 4
"""One "LHEE:1" is a suffix, not a person; several points that share what precedes the colon are."""
_MOST_SUBJECTS = 100
"""More people than any laboratory holds: prefixes that stand for something else, or a file made to be slow."""
_APART = 0.15
"""Two bodies are at least this far apart, in extents of a body; two models of one body lie within a hand of each
other."""
_SEPARATORS = ":_.-| "
_AFFIXED = re.compile(r"(?P<before>.+[_.\-|\s])(?P<rest>[^_.\-|\s]+)")
_SUFFIXED = re.compile(r"(?P<rest>.+?)(?P<after>[:_.\-|\s]\d+)")
_OBJECT = re.compile(
    r"(?:(?:left|right|l|r)\W?_?)?"
    r"(?:cane|stick|crutch(?:es)?|walker|rollator|frame|box|wand|lwand|twand|ball|table|chair|stool|step|stairs?|"
    r"(?:force)? ?plates?|objects?|prop|pointer|bar|barbell|racket|treadmill)"
    r"(?:\W?_?(?:left|right|l|r))?\W?_?\d*",
    re.I,
)


@dataclass(frozen=True)
class Share:
    """One subject's points."""

    name: str
    """As SUBJECTS:NAMES has it, or the prefix; empty if the file names nobody."""
    prefix: str
    members: Members
    number: int | None = None
    """Place in SUBJECTS:NAMES, from 0; None where the file doesn't list the subject."""


@dataclass(frozen=True)
class _Declared:
    name: str
    prefix: str
    number: int

    @property
    def is_object(self) -> bool:
        return _OBJECT.fullmatch(self.name.strip()) is not None


def shares_of(raw: RawC3D) -> tuple[list[Share], int]:
    """The file's named points by subject, in the order of their first points, and how many belong to nobody.

    Subjects are told apart by what precedes a colon, by what SUBJECTS:LABEL_PREFIXES or NAMES declare, with whatever
    separator, or by any prefix under which a whole body stands. A box or a cane with a prefix of its own is no person:
    its points go to the one person there is, as "Cane_1".

    Raises
    ------
    LtmeError
        The file holds two people whose labels don't tell them apart.
    """
    declared = _declared(raw)
    shares, rest = _by_prefix(raw, declared)
    if not shares:
        shares, rest = _by_undeclared_bodies(raw, rest)
    shares, unclaimed = _with_unprefixed(raw, shares, rest, declared)
    shares, dropped = _without_objects(shares)
    if len(shares) > _MOST_SUBJECTS:
        raise LtmeError(raw.source_name, f"holds {len(shares)} subjects (limit {_MOST_SUBJECTS})", SPLIT_CURE)
    people = [entry for entry in declared if not entry.is_object]
    if len(shares) == 1 and not shares[0].prefix and len(people) > 1:
        raise LtmeError(
            raw.source_name, f"names {len(people)} subjects, but its labels do not tell whose they are", SPLIT_CURE
        )
    for share in shares:
        _refuse_two_bodies(raw, share.members)
    return shares, unclaimed + dropped


def _declared(raw: RawC3D) -> list[_Declared]:
    """The subjects that the file lists, each once."""
    names, prefixes = raw.texts("SUBJECTS", "NAMES"), raw.texts("SUBJECTS", "LABEL_PREFIXES")
    used = int(raw.number("SUBJECTS", "USED") or 0)
    count = max(len(names), len(prefixes))
    found: dict[tuple[str, str], _Declared] = {}
    for number in range(min(count, used) if used > 0 else count):
        name = names[number].strip() if number < len(names) else ""
        prefix = prefixes[number].strip() if number < len(prefixes) else ""
        if name or prefix:
            key = ((name or prefix.rstrip(_SEPARATORS)).casefold(), prefix.casefold())
            found.setdefault(key, _Declared(name or prefix.rstrip(_SEPARATORS), prefix, number))
    return list(found.values())


def _by_prefix(raw: RawC3D, declared: Sequence[_Declared]) -> tuple[list[Share], Members]:
    """Subjects by declared prefixes and by colons, and the points that are left."""
    labels = [(label, index) for index, label in enumerate(raw.point_labels) if not is_unlabelled(bare_of(label))]
    by_prefix: dict[str, tuple[str, _Declared | None]] = {
        prefix.casefold(): (prefix, entry) for entry in declared if (prefix := _prefix_in_use(entry, labels))
    }
    counts = Counter(colon_prefix(label) for label, _ in labels)
    for prefix, points in counts.items():
        if prefix and points >= _FEWEST_OF_A_PREFIX and prefix.casefold() not in by_prefix:
            by_prefix[prefix.casefold()] = (prefix, None)
    longest_first = sorted(by_prefix, key=len, reverse=True)
    owned: dict[str, Members] = {}
    rest: Members = []
    for label, index in labels:
        folded = label.casefold()
        owner = next((prefix for prefix in longest_first if folded.startswith(prefix)), None)
        if owner is None:
            rest.append((label, index))
        else:
            owned.setdefault(owner, []).append((label[len(owner) :].strip(), index))
    shares = []
    for owner, members in owned.items():
        prefix, entry = by_prefix[owner]
        name, number = (entry.name, entry.number) if entry else (prefix.rstrip(":"), None)
        if entry is None and len(owned) == 1 and len(declared) == 1:
            name, number = declared[0].name, declared[0].number
        shares.append(Share(name, prefix, [member for member in members if not is_unlabelled(member[0])], number))
    return [share for share in shares if share.members], rest


def _prefix_in_use(entry: _Declared, labels: Members) -> str:
    """The prefix, separator included, with which the labels of a declared subject begin; empty if none does."""
    folded = [label.casefold() for label, _ in labels]
    wanted = [entry.prefix + separator for separator in _SEPARATORS] if entry.prefix else []
    if entry.prefix[-1:] and not entry.prefix[-1].isalnum():
        wanted.insert(0, entry.prefix)
    wanted += [entry.name + separator for separator in _SEPARATORS] if len(entry.name) > 1 else []
    if len(entry.prefix) > 1:
        wanted.append(entry.prefix)  # "Pat1LASI"
    for prefix in wanted:
        fewest = 1 if prefix.endswith(":") else _FEWEST_OF_A_PREFIX
        start = prefix.casefold()
        if sum(label.startswith(start) and len(label) > len(start) for label in folded) >= fewest:
            return prefix
    return ""


def _by_undeclared_bodies(raw: RawC3D, labels: Members) -> tuple[list[Share], Members]:
    """Subjects by prefixes that nobody declares, where under each of several stands a body of its own."""
    groups: dict[str, Members] = {}
    for label, index in labels:
        if match := _AFFIXED.fullmatch(label):
            groups.setdefault(match["before"], []).append((match["rest"], index))
    bodies = {prefix: members for prefix, members in groups.items() if len(members) >= MIN_SLOTS}
    if len(bodies) < 2 or not _some_apart(raw, list(bodies.values())):
        return [], labels
    slots = {prefix: slots_of(tuple(label for label, _ in members)) for prefix, members in bodies.items()}
    shares = [
        Share(prefix.rstrip(_SEPARATORS), prefix, members)
        for prefix, members in bodies.items()
        if len(slots[prefix]) >= MIN_SLOTS
    ]
    taken = {index for share in shares for _, index in share.members}
    return shares, [(label, index) for label, index in labels if index not in taken]


def _with_unprefixed(
    raw: RawC3D, shares: list[Share], rest: Members, declared: Sequence[_Declared]
) -> tuple[list[Share], int]:
    """What to do with points without a prefix: a person of their own, part of the only person, or nobody's."""
    listed = [entry for entry in declared if not entry.is_object]
    if not shares:
        first = next(iter(listed or declared), None)
        name, number = (first.name, first.number) if first else ("", None)
        return ([Share(name, "", rest, number)] if rest else []), 0
    if not rest:
        return shares, 0
    markers = [(label, index) for label, index in rest if output_kind(label, frozenset()) is None]
    is_body = len(slots_of(tuple(label for label, _ in markers))) >= MIN_SLOTS
    apart = is_body and any(
        _are_two_bodies(raw, markers, share.members) or _lie_apart(raw, markers, share.members) for share in shares
    )
    left = [entry for entry in listed if entry.number not in {share.number for share in shares}]
    if apart or (len(left) == 1 and len(markers) >= MIN_SLOTS):
        name, number = (left[0].name, left[0].number) if len(left) == 1 else ("", None)
        return [*shares, Share(name, "", rest, number)], 0
    people = [share for share in shares if not _is_object(share)]
    if len(people) == 1 and not left:
        only = people[0]
        joined = Share(only.name, only.prefix, [*only.members, *rest], only.number)
        return [joined if share is only else share for share in shares], 0
    return shares, len(rest)


def _without_objects(shares: list[Share]) -> tuple[list[Share], int]:
    """Objects' points given to the only person, or counted where there are several."""
    objects = [share for share in shares if _is_object(share)]
    people = [share for share in shares if not _is_object(share)]
    if not objects or not people:
        return shares, 0
    if len(people) > 1:
        return people, sum(len(share.members) for share in objects)
    extra = [(f"{share.name}_{label}", index) for share in objects for label, index in share.members]
    only = people[0]
    return [Share(only.name, only.prefix, [*only.members, *extra], only.number)], 0


def _is_object(share: Share) -> bool:
    """Whether a prefix is a thing's: called so, and without a body's markers."""
    if _OBJECT.fullmatch(share.name.strip()) is None:
        return False
    return len(slots_of(tuple(label for label, _ in share.members))) < MIN_SLOTS


def _refuse_two_bodies(raw: RawC3D, members: Members) -> None:
    """Refuse points under one name that are two bodies: labels used twice, numbered alike, or of two marker sets."""
    markers = [(label, index) for label, index in members if output_kind(label, frozenset()) is None]
    first: dict[str, int] = {}
    second: dict[str, int] = {}
    for label, index in markers:
        place = second if label in first else first
        place.setdefault(label, index)
    groups: dict[str, Members] = {}
    for label, index in markers:
        match = _SUFFIXED.fullmatch(label)
        groups.setdefault(match["after"] if match else "", []).append((match["rest"] if match else label, index))
    numbered = [group for group in groups.values() if len(group) >= MIN_SLOTS]
    labels = tuple(label for label, _ in markers)
    known = set(slots_of(labels).values())
    others = [(label, index) for label, index in markers if label not in known]
    doubled = len(second) >= MIN_SLOTS and _are_two_bodies(raw, list(first.items()), list(second.items()))
    if (
        doubled
        or (len(numbered) > 1 and _some_apart(raw, numbered))
        or (len(others) >= 2 * MIN_SLOTS and _are_two_bodies(raw, markers, others))
    ):
        raise LtmeError(raw.source_name, "holds two bodies, but its labels do not tell whose they are", SPLIT_CURE)


def _some_apart(raw: RawC3D, groups: Sequence[Members]) -> bool:
    """Whether any two of several groups of points are two bodies."""
    return any(
        _are_two_bodies(raw, one, other) for place, one in enumerate(groups[:20]) for other in groups[place + 1 : 20]
    )


def _are_two_bodies(raw: RawC3D, one: Members, other: Members) -> bool:
    """Whether two groups of points hold the same landmarks at places well apart at the same time."""
    mine, theirs = _slot_points(one), _slot_points(other)
    shared = [slot for slot in mine if slot in theirs and mine[slot] != theirs[slot]]
    if len(shared) < max(MIN_SLOTS, 0.5 * min(len(mine), len(theirs))):
        return False
    frames = even_frames(raw, 100)
    ours = sampled(raw, [mine[slot] for slot in shared], frames)
    others = sampled(raw, [theirs[slot] for slot in shared], frames)
    return _distance(ours, others) > _APART * max(_size(ours), _size(others))


def _lie_apart(raw: RawC3D, one: Members, other: Members) -> bool:
    """Whether two groups of points are too far from each other to be parts of one body."""
    mine, theirs = _slot_points(one), _slot_points(other)
    if len(mine) < MIN_SLOTS or len(theirs) < MIN_SLOTS:
        return False
    frames = even_frames(raw, 100)
    ours, others = sampled(raw, list(mine.values()), frames), sampled(raw, list(theirs.values()), frames)
    middles = [_middle(ours), _middle(others)]
    return _distance(*middles) > 1.5 * max(_size(ours), _size(others))


def _slot_points(members: Members) -> dict[str, int]:
    index_of: dict[str, int] = {}
    for label, index in members:
        index_of.setdefault(label, index)
    return {slot: index_of[label] for slot, label in slots_of(tuple(index_of)).items()}


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """Median distance of points (frame, point, 3) that are seen at the same time; 0 where none is."""
    apart = np.linalg.norm(one - other, axis=2)
    seen = apart[np.isfinite(apart)]
    return float(np.median(seen)) if seen.size else 0.0


def _middle(positions: np.ndarray) -> np.ndarray:
    """Mean of the seen points in each frame, (frame, 1, 3)."""
    seen = np.isfinite(positions[..., :1])
    count = seen.sum(axis=1, keepdims=True)
    sums = np.where(seen, positions, 0.0).sum(axis=1, keepdims=True)
    return np.where(count > 0, sums / np.maximum(count, 1), np.nan)


def _size(positions: np.ndarray) -> float:
    """Twice the median distance of the points from their middle: some half of a body's height."""
    spread = np.linalg.norm(positions - _middle(positions), axis=2)
    seen = spread[np.isfinite(spread)]
    return 2.0 * float(np.median(seen)) if seen.size else 0.0


def colon_prefix(label: str) -> str:
    """What precedes the first colon, colon included, if a name follows it ("LHEE:1" has none)."""
    before, colon, after = label.partition(":")
    return before + colon if colon and before and not after.isdigit() else ""


@lru_cache(maxsize=8192)
def bare_of(label: str) -> str:
    """A label without what precedes its colon."""
    return label.removeprefix(colon_prefix(label)).strip()
