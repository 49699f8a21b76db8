"""What a point's label says: a marker, a model output, or nothing; and which landmark of the body it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.types.recording import OutputKind

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


@lru_cache(maxsize=8192)
def is_unlabelled(label: str) -> bool:
    """Whether a label is what tracking software gives to a point that nobody has named."""
    return _UNLABELLED.fullmatch(label) is not None


def output_kind(label: str, labels: frozenset[str]) -> OutputKind | None:
    """What an undeclared point's name says it is; None for a marker. `labels` are all the subject's labels."""
    if (kind := _kind_by_name(label)) is not None:
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


def slots_of(labels: tuple[str, ...]) -> Mapping[str, str]:
    """Slot of the body -> label, for the labels that a known marker set has."""
    return detect_marker_set(labels).slots if labels else {}


@lru_cache(maxsize=8192)
def _kind_by_name(label: str) -> OutputKind | None:
    return next((kind for kind, pattern in _NAME_KINDS if pattern.fullmatch(label)), None)
