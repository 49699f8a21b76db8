"""Sorts a file's points: whose they are, and whether each is a marker, a model output or nothing we can name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types.recording import OutputKind

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

_UNLABELLED = re.compile(r"|\*.*|\d+|u\*.*|(?:uname|unnamed|unlabell?ed|unidentified|unassigned|unknown)\W*_?\d*", re.I)

_JOINTS = "Hip|Knee|Ankle|Pelvi[sc]|Foot|Trunk|Thorax|Spine|Neck|Head|Shoulder|Elbow|Wrist"

# Names that laboratories' software gives to curves it stores among the points without declaring them.
_NAME_KINDS: tuple[tuple[OutputKind, re.Pattern[str]], ...] = (
    # One "Angle" is only an output beside a joint's name: the shoulder blade's inferior angle carries a marker.
    ("angle", re.compile(rf".+Angles(?:_\w+)?|.*(?:{_JOINTS}).*Angle(?:_\w+)?")),
    ("power", re.compile(r"\w+Power(?:_\w+)?")),
    ("moment", re.compile(r"\w+Moment(?:_\w+)?")),
    ("force", re.compile(r"\w+(?:Force|GRF)(?:_\w+)?|F_(?:FP|ForcePlate)\w+|Force_(?:FP|ForcePlate)\w+")),
    ("scalar", re.compile(r"%.*|Mass|Ht|FP\d+_Assign|\w+Index")),
    ("point", re.compile(r"Cent(?:re|er)OfMass(?:Floor)?|[LR]?COM|COMFloor|P_(?:FP|ForcePlate)\w+|\w+_ForceVector")),
    # Joint centres of hip, knee, ankle, shoulder, elbow and wrist, and the variants that calibration software adds.
    ("point", re.compile(r"(?:\w+_)?[LR][LM]?(?:HJC|KJC|AJC|SJC|EJC|WJC)(?:_\w+)?")),
    # Global axes, and the foot model's projections and segment axes.
    (
        "point",
        re.compile(r"[OXYZ]global|OPelvis|Progress|[LR](?:FOF|HDF|HLX)\d|[LR]PROXFF|[LR]D1M0|[LR]HE1|[LR]ArchHeight"),
    ),
)
_SEGMENT_AXIS = re.compile(r"(?P<segment>[A-Z]{3})[OALP]")
_SEGMENT_ORIGIN = re.compile(r"(?P<segment>\w+?)(?:Origin|Mag|[XYZ])")
_FOOT_MODEL_TIBIA = re.compile(r"[LR]TIB[123]")
_FOOT_MODEL_SIGN = frozenset({"LHDF0", "RHDF0", "LPROXFF", "RPROXFF"})


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
    """Named points of a file with several subjects that carry no subject's prefix."""


def sort_points(raw: RawC3D) -> list[SubjectPoints]:
    """The file's points by subject, in the file's own order of subjects.

    A subject is a label prefix ending in a colon, declared in SUBJECTS or shared by several points. A file without
    prefixes holds one subject, named by SUBJECTS:NAMES if at all.
    """
    unlabelled = sum(is_unlabelled(_bare(label)) for label in raw.point_labels)
    prefixes = _prefixes(raw)
    if len(prefixes) <= 1:
        prefix = prefixes[0] if prefixes else ""
        members = [
            (label.removeprefix(prefix), index)
            for index, label in enumerate(raw.point_labels)
            if not is_unlabelled(_bare(label))
        ]
        name = raw.text("SUBJECTS", "NAMES") or prefix.rstrip(":")
        return [_subject(raw, name, prefix, members, unlabelled, 0)]
    owned: dict[str, list[tuple[str, int]]] = {prefix: [] for prefix in prefixes}
    unclaimed = 0
    for index, label in enumerate(raw.point_labels):
        prefix = _prefix_of(label)
        if is_unlabelled(_bare(label)):
            continue
        if prefix in owned:
            owned[prefix].append((label.removeprefix(prefix), index))
        else:
            unclaimed += 1
    names = _names_by_prefix(raw)
    return [
        _subject(raw, names.get(prefix, prefix.rstrip(":")), prefix, members, unlabelled, unclaimed)
        for prefix, members in owned.items()
        if members
    ]


def is_unlabelled(label: str) -> bool:
    """Whether a label is what tracking software gives to a point that nobody has named."""
    return _UNLABELLED.fullmatch(label) is not None


def output_kind(label: str, labels: frozenset[str]) -> OutputKind | None:
    """What an undeclared point's name says it is; None for a marker. `labels` are all the subject's labels."""
    for kind, pattern in _NAME_KINDS:
        if pattern.fullmatch(label):
            return kind
    axis = _SEGMENT_AXIS.fullmatch(label)
    if axis and all(axis["segment"] + end in labels for end in "OALP"):
        return "point"
    origin = _SEGMENT_ORIGIN.fullmatch(label)
    if origin and all(origin["segment"] + end in labels for end in ("Origin", "X", "Y", "Z")):
        return "point"
    if _FOOT_MODEL_TIBIA.fullmatch(label) and labels & _FOOT_MODEL_SIGN:
        return "point"
    return None


def _subject(
    raw: RawC3D, name: str, prefix: str, members: Iterable[tuple[str, int]], unlabelled: int, unclaimed: int
) -> SubjectPoints:
    members = tuple(members)
    declared = _declared_kinds(raw, prefix)
    labels = frozenset(label for label, _ in members)
    markers, outputs = [], []
    for label, index in members:
        kind = declared.get(label) or output_kind(label, labels)
        if kind is None:
            markers.append((label, index))
        else:
            outputs.append((label, kind, index))
    return SubjectPoints(name, prefix, tuple(markers), tuple(outputs), unlabelled, unclaimed)


def _declared_kinds(raw: RawC3D, prefix: str) -> dict[str, OutputKind]:
    """Label -> kind, from POINT:ANGLES and its like, and from groups that POINT:TYPE_GROUPS names."""
    groups = dict(_GROUP_KINDS)
    typed = raw.texts("POINT", "TYPE_GROUPS")
    for group, kind in zip(typed[::2], typed[1::2], strict=False):
        if kind.upper() in _TYPE_KINDS and group.upper() != "LABELS":
            groups.setdefault(group.upper(), _TYPE_KINDS[kind.upper()])
    return {
        label.removeprefix(prefix): kind
        for group, kind in groups.items()
        for label in raw.texts("POINT", group)
        if label
    }


def _prefixes(raw: RawC3D) -> list[str]:
    """The subject prefixes in use, colon included, in the order of their first point."""
    declared = {_with_colon(name) for name in raw.texts("SUBJECTS", "LABEL_PREFIXES") + raw.texts("SUBJECTS", "NAMES")}
    counts = Counter(_prefix_of(label) for label in raw.point_labels)
    # One "LHEE:1" is a suffix, not a person; several points that share what precedes the colon are.
    return [prefix for prefix, points in counts.items() if prefix and (prefix in declared or points >= 4)]


def _names_by_prefix(raw: RawC3D) -> dict[str, str]:
    names, prefixes = raw.texts("SUBJECTS", "NAMES"), raw.texts("SUBJECTS", "LABEL_PREFIXES")
    by_prefix = {_with_colon(name): name for name in names}
    by_prefix |= {_with_colon(p): name for p, name in zip(prefixes, names, strict=False) if p and name}
    return by_prefix


def _with_colon(name: str) -> str:
    return name if name.endswith(":") else f"{name}:"


def _prefix_of(label: str) -> str:
    """What precedes the first colon, colon included, if a name follows it ("LHEE:1" has none)."""
    before, colon, after = label.partition(":")
    return before + colon if colon and before and not after.isdigit() else ""


def _bare(label: str) -> str:
    return label.removeprefix(_prefix_of(label)).strip()
