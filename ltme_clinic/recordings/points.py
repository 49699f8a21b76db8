"""Sorts a file's points: whose they are, and whether each is a marker, a model output or nothing we can name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ltme_clinic.recordings.label_meanings import is_unlabelled, output_kind
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.recordings.subjects import Share, bare_of, point_labels, shares_of
from ltme_clinic.types.recording import OutputKind

__all__ = ["SubjectPoints", "is_unlabelled", "sort_points"]

_GROUP_KINDS: dict[str, OutputKind] = {
    "ANGLES": "angle",
    "FORCES": "force",
    "REACTIONS": "force",
    "MOMENTS": "moment",
    "POWERS": "power",
    "SCALARS": "scalar",
    "MODELED_MARKERS": "point",
    "BONES": "point",
}
_TYPE_KINDS: dict[str, OutputKind] = {
    "ANGLE": "angle",
    "FORCE": "force",
    "MOMENT": "moment",
    "POWER": "power",
    "SCALAR": "scalar",
}


@dataclass(frozen=True)
class SubjectPoints:
    """The points of one subject: indices into the file's points, with the labels as the subject's (prefix removed)."""

    subject: str
    prefix: str
    markers: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, OutputKind, int], ...]
    unlabelled: int
    """Points of the file without a usable name (they belong to nobody, and are counted for every subject)."""
    unclaimed: int = 0
    """Named points of a file with several subjects that can't be said to be anybody's."""
    number: int | None = None
    """The subject's place in SUBJECTS:NAMES, from 0; None where the file doesn't list it."""


def sort_points(raw: RawC3D) -> list[SubjectPoints]:
    """The file's points by subject, in the order of their first points.

    A subject is a label prefix that the file declares or that several points share before a colon; a file without
    prefixes holds one subject, named by SUBJECTS:NAMES if at all. See `subjects.shares_of`.

    Raises
    ------
    LtmeError
        The file holds two people whose labels don't tell them apart.
    """
    written = point_labels(raw)
    unlabelled = sum(is_unlabelled(bare_of(label)) for label in written)
    shares, unclaimed = shares_of(raw)
    kinds = _declared_kinds(raw)
    declared = {index: kinds[label] for index, label in enumerate(written) if label in kinds}
    return [_subject(share, kinds, declared, unlabelled, unclaimed) for share in shares]


def _subject(
    share: Share,
    kinds: Mapping[str, OutputKind],
    declared: Mapping[int, OutputKind],
    unlabelled: int,
    unclaimed: int,
) -> SubjectPoints:
    """One subject's points by kind: as declared under the label that the file writes, or under the bare one."""
    labels = frozenset(label for label, _ in share.members)
    markers, outputs = [], []
    for label, index in share.members:
        kind = declared.get(index) or kinds.get(label) or output_kind(label, labels)
        if kind is None:
            markers.append((label, index))
        else:
            outputs.append((label, kind, index))
    return SubjectPoints(share.name, share.prefix, tuple(markers), tuple(outputs), unlabelled, unclaimed, share.number)


def _declared_kinds(raw: RawC3D) -> dict[str, OutputKind]:
    """Label as the file writes it -> kind, from POINT:ANGLES and its like, and from what POINT:TYPE_GROUPS names."""
    groups = dict(_GROUP_KINDS)
    typed = raw.texts("POINT", "TYPE_GROUPS")
    for group, kind in zip(typed[::2], typed[1::2], strict=False):
        if kind.upper() in _TYPE_KINDS and group.upper() != "LABELS":
            groups.setdefault(group.upper(), _TYPE_KINDS[kind.upper()])
    return {label: kind for group, kind in groups.items() for label in raw.texts("POINT", group) if label}
