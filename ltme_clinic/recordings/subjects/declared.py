"""Subjects that a file lists, and the prefixes, listed or not, by which its labels name a subject."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ltme_clinic.marker_sets import normalised_label
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.recordings.subjects.labels import (
    SEPARATORS,
    Members,
    body_labels,
    colon_prefix,
    condensed,
    is_objects_name,
    known_count,
)
from ltme_clinic.types import LtmeError

SPLIT_CURE = "Export each subject into a file of its own, or with a prefix for each subject"
MOST_SUBJECTS = 100
"""More people than any laboratory holds: prefixes that stand for something else, or a file made to be slow."""
FEWEST_OF_A_PREFIX = 4
"""One "LHEE:1" is a suffix, not a person; several points that share what precedes the colon are."""
_ENOUGH_TO_JUDGE = 200
"""So many labels show whether what follows a prefix are labels."""
_HIGHEST = "\U0010ffff"


@dataclass(frozen=True)
class Declared:
    """One subject of the file's SUBJECTS group."""

    name: str
    prefix: str
    number: int

    @property
    def is_object(self) -> bool:
        return is_objects_name(self.name)


@dataclass(frozen=True)
class _Sorted:
    """Labels in the order of their small letters, so that those with a prefix stand together."""

    folded: list[str]
    labels: list[str]

    @classmethod
    def of(cls, labels: Sequence[str]) -> _Sorted:
        pairs = sorted((label.casefold(), label) for label in labels)
        return cls([folded for folded, _ in pairs], [label for _, label in pairs])

    def beginning_with(self, prefix: str) -> list[str]:
        """Labels that go on after a prefix; of many, some at even distances."""
        start = prefix.casefold()
        first, last = bisect_left(self.folded, start), bisect_left(self.folded, start + _HIGHEST)
        while first < last and self.folded[first] == start:
            first += 1
        return self.labels[first : last : max(1, (last - first) // _ENOUGH_TO_JUDGE)]


def declared_subjects(raw: RawC3D) -> list[Declared]:
    """The subjects that the file lists, each once.

    Raises
    ------
    LtmeError
        The list is longer than any laboratory's.
    """
    names, prefixes = raw.texts("SUBJECTS", "NAMES"), raw.texts("SUBJECTS", "LABEL_PREFIXES")
    used = int(raw.number("SUBJECTS", "USED") or 0)
    count = max(len(names), len(prefixes))
    found: dict[tuple[str, str], Declared] = {}
    for number in range(min(count, used) if used > 0 else count):
        name = names[number].strip() if number < len(names) else ""
        prefix = prefixes[number].strip() if number < len(prefixes) else ""
        if name or prefix:
            key = ((name or prefix.rstrip(SEPARATORS)).casefold(), prefix.casefold())
            found.setdefault(key, Declared(name or prefix.rstrip(SEPARATORS), prefix, number))
    refuse_a_crowd(raw, len(found))
    return list(found.values())


def refuse_a_crowd(raw: RawC3D, subjects: int) -> None:
    """Refuse more subjects than a laboratory holds."""
    if subjects > MOST_SUBJECTS:
        raise LtmeError(raw.source_name, f"holds {subjects} subjects (limit {MOST_SUBJECTS})", SPLIT_CURE)


def prefixes_in_use(raw: RawC3D, declared: Sequence[Declared], labels: Members) -> dict[str, tuple[str, Declared]]:
    """The prefix of each listed subject with which labels begin, separator included: in small letters -> as listed."""
    in_order = _Sorted.of([label for label, _ in labels])
    are_used = raw.number("SUBJECTS", "USES_PREFIXES") == 1
    found: dict[str, tuple[str, Declared]] = {}
    for entry in declared:
        if prefix := _prefix_in_use(entry, in_order, are_used=are_used):
            found[prefix.casefold()] = (prefix, entry)
    return found


def _prefix_in_use(entry: Declared, labels: _Sorted, *, are_used: bool) -> str:
    """The prefix, separator included, with which the labels of a listed subject begin; empty if none does."""
    wanted = [entry.prefix + separator for separator in SEPARATORS] if entry.prefix else []
    if entry.prefix[-1:] and not entry.prefix[-1].isalnum():
        wanted.insert(0, entry.prefix)
    wanted += [entry.name + separator for separator in SEPARATORS] if len(entry.name) > 1 else []
    if len(entry.prefix) > 1:
        wanted.append(entry.prefix)  # "Pat1LASI"
    return next((prefix for prefix in wanted if _names_a_subject(prefix, labels, are_used=are_used)), "")


def _names_a_subject(prefix: str, labels: _Sorted, *, are_used: bool) -> bool:
    """Whether labels begin with a listed prefix because they are the subject's, and not by chance.

    A colon tells it. With another separator no label may be lost by taking the prefix off: "L_ASI" is no subject L's.
    Without one, where the file doesn't say that it uses prefixes, what follows must be labels more often than the
    whole is: the initials LT begin LTHI, and P1 begins P1LASI.
    """
    own = labels.beginning_with(prefix)
    if prefix.endswith(":"):
        return bool(own)
    if len(own) < FEWEST_OF_A_PREFIX:
        return False
    gained = known_count(label[len(prefix) :].strip() for label in own) - known_count(own)
    return gained >= 0 if are_used or not prefix[-1].isalnum() else gained > 0


def colon_prefixes(labels: Members) -> list[str]:
    """What precedes a colon in several labels, in the order of the first.

    Fewer than four labels suffice where the same markers stand under another prefix too (three on the foot of each of
    two people), or where the one prefix precedes every label. "L:ASI" is a side and no subject L's: only the whole is a
    label.
    """
    bare: dict[str, list[str]] = {}
    for label, _ in labels:
        if prefix := colon_prefix(label):
            bare.setdefault(prefix, []).append(normalised_label(label))
    under = Counter(label for own in bare.values() for label in set(own))
    known = body_labels()

    def is_a_persons(prefix: str, own: list[str]) -> bool:
        if sum(condensed(prefix) + label in known for label in own) > sum(label in known for label in own):
            return False
        twins = sum(under[label] > 1 and label in known for label in own)
        return len(own) >= FEWEST_OF_A_PREFIX or 2 * twins > len(own) or len(own) == len(labels)

    return [prefix for prefix, own in bare.items() if is_a_persons(prefix, own)]
