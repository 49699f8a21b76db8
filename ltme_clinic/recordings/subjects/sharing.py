"""A file's points by subject: by declared prefixes, by colons, by affixes under which a body stands, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ltme_clinic.marker_sets import MIN_SLOTS
from ltme_clinic.recordings.label_meanings import is_unlabelled, output_kind, slots_of
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.recordings.subjects.affixes import affixes_of_bodies, shared_by_affix
from ltme_clinic.recordings.subjects.bodies import are_two_bodies, lie_apart
from ltme_clinic.recordings.subjects.declared import (
    SPLIT_CURE,
    Declared,
    colon_prefixes,
    declared_subjects,
    prefixes_in_use,
    refuse_a_crowd,
)
from ltme_clinic.recordings.subjects.far_bodies import metres_between_bodies
from ltme_clinic.recordings.subjects.labels import (
    SEPARATORS,
    Members,
    bare_of,
    condensed,
    is_objects_name,
    point_labels,
)
from ltme_clinic.types import LtmeError

_FAR_CURE = f"{SPLIT_CURE}; an object's markers are known by its name (Box1, Box2)"
_BRACKETS = "()[]{}<>"


@dataclass(frozen=True)
class Share:
    """One subject's points."""

    name: str
    """As SUBJECTS:NAMES has it, or the prefix; empty if the file names nobody."""
    prefix: str
    members: Members
    number: int | None = None
    """Place in SUBJECTS:NAMES, from 0; None where the file doesn't list the subject."""


def shares_of(raw: RawC3D) -> tuple[list[Share], int]:
    """The file's named points by subject, in the order of their first points, and how many belong to nobody.

    Subjects are told apart by what precedes a colon, by what SUBJECTS:LABEL_PREFIXES or NAMES declare, with whatever
    separator, or by anything before or behind the labels with which a whole body stands. A box or a cane with a prefix
    of its own is no person: its points go to the one person there is, as "Cane_1".

    Raises
    ------
    LtmeError
        The file holds two people whose labels don't tell them apart, or more than a laboratory holds.
    """
    declared = declared_subjects(raw)
    labels = [(label, index) for index, label in enumerate(point_labels(raw)) if not is_unlabelled(bare_of(label))]
    shares, rest = _by_prefix(raw, labels, declared)
    if not shares:
        shares, rest = _by_affix(raw, rest, declared)
    shares, unclaimed = _with_unprefixed(raw, shares, rest, declared)
    shares, dropped = _without_objects(shares)
    refuse_a_crowd(raw, len(shares))
    people = [entry for entry in declared if not entry.is_object]
    if len(shares) == 1 and not shares[0].prefix and len(people) > 1:
        raise LtmeError(
            raw.source_name, f"names {len(people)} subjects, but its labels do not tell whose they are", SPLIT_CURE
        )
    for share in shares:
        _refuse_two_bodies(raw, share.members)
    return shares, unclaimed + dropped


def _by_prefix(raw: RawC3D, labels: Members, declared: Sequence[Declared]) -> tuple[list[Share], Members]:
    """Subjects by declared prefixes and by colons, and the points that are left."""
    listed = prefixes_in_use(raw, declared, labels)
    by_prefix: dict[str, tuple[str, Declared | None]] = {**listed}
    for prefix in colon_prefixes(labels):
        by_prefix.setdefault(prefix.casefold(), (prefix, None))
    if not by_prefix:
        return [], labels
    lengths = sorted({len(prefix) for prefix, _ in listed.values()}, reverse=True)
    owned: dict[str, Members] = {}
    rest: Members = []
    for label, index in labels:
        to_colon = label.find(":") + 1
        length = next((some for some in lengths if label[:some].casefold() in listed), 0)
        if to_colon > length and label[:to_colon].casefold() in by_prefix:
            length = to_colon
        if length:
            owned.setdefault(label[:length].casefold(), []).append((label[length:].strip(), index))
        else:
            rest.append((label, index))
    shares = []
    for owner, members in owned.items():
        prefix, entry = by_prefix[owner]
        if entry is None and len(owned) == 1 and len(declared) == 1:
            entry = declared[0]
        name, number = (entry.name, entry.number) if entry else (prefix.rstrip(":"), None)
        shares.append(Share(name, prefix, [member for member in members if not is_unlabelled(member[0])], number))
    return [share for share in shares if share.members], rest


def _by_affix(raw: RawC3D, labels: Members, declared: Sequence[Declared]) -> tuple[list[Share], Members]:
    """Subjects by what nobody declares, before or behind every label, where with each stands a body of its own."""
    affixes = affixes_of_bodies(raw, _markers(labels))
    if affixes is None or not affixes.all_told:
        return [], labels
    by_name = {condensed(name): entry for entry in declared for name in (entry.name, entry.prefix) if name}
    owned, rest = shared_by_affix(labels, affixes)
    shares = []
    for affix, members in owned.items():
        name = affix.strip(SEPARATORS + _BRACKETS)
        entry = by_name.get(condensed(name))
        prefix = affix if affixes.is_before else name
        shares.append(Share(entry.name if entry else name, prefix, members, entry.number if entry else None))
    return shares, rest


def _with_unprefixed(
    raw: RawC3D, shares: list[Share], rest: Members, declared: Sequence[Declared]
) -> tuple[list[Share], int]:
    """What to do with points without a prefix: a person of their own, part of the only person, or nobody's."""
    listed = [entry for entry in declared if not entry.is_object]
    if not shares:
        first = next(iter(listed or declared), None)
        name, number = (first.name, first.number) if first else ("", None)
        return ([Share(name, "", rest, number)] if rest else []), 0
    if not rest:
        return shares, 0
    markers = _markers(rest)
    is_body = len(slots_of(tuple(label for label, _ in markers))) >= MIN_SLOTS
    apart = is_body and any(
        are_two_bodies(raw, markers, share.members) or lie_apart(raw, markers, share.members) for share in shares
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
    if not is_objects_name(share.name):
        return False
    return len(slots_of(tuple(label for label, _ in share.members))) < MIN_SLOTS


def _refuse_two_bodies(raw: RawC3D, members: Members) -> None:
    """Refuse points under one name that are two bodies: by labels, by two marker sets, or by where they lie."""
    markers = _markers(members)
    slots = slots_of(tuple(label for label, _ in markers))
    known = set(slots.values())
    others = [(label, index) for label, index in markers if label not in known]
    if (
        _are_doubled(raw, markers)
        or affixes_of_bodies(raw, markers) is not None
        or (len(others) >= 2 * MIN_SLOTS and are_two_bodies(raw, markers, others))
    ):
        raise LtmeError(raw.source_name, "holds two bodies, but its labels do not tell whose they are", SPLIT_CURE)
    if (apart_m := metres_between_bodies(raw, markers, slots)) is not None:
        fact = f"holds two bodies, {apart_m:.1f} m apart, but its labels do not tell whose they are"
        raise LtmeError(raw.source_name, fact, _FAR_CURE)


def _are_doubled(raw: RawC3D, markers: Members) -> bool:
    """Whether a body's labels are used twice, in capitals or not, for two bodies."""
    first: dict[str, tuple[str, int]] = {}
    second: dict[str, tuple[str, int]] = {}
    for label, index in markers:
        place = second if condensed(label) in first else first
        place.setdefault(condensed(label), (label, index))
    return len(second) >= MIN_SLOTS and are_two_bodies(raw, list(first.values()), list(second.values()))


def _markers(members: Members) -> Members:
    """Those of a subject's points that no name of a model output tells."""
    labels = frozenset(label for label, _ in members)
    return [(label, index) for label, index in members if output_kind(label, labels) is None]
