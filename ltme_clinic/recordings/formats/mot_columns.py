"""What the columns of an OpenSim motion file are: joint angles, ground reactions, or anything else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ltme_clinic.recordings.label_meanings import output_kind
from ltme_clinic.types.recording import OutputKind

ANGLES_MARK = "Joint angles by LTME Clinic"
"""A line of the header in files of our own: what a laboratory calls its angles says nothing to others."""

_PLATE = re.compile(r"ground_?(?:force|torque|moment)|grf|grm|force_?plate|(?:^|_)(?:fp|plate)_?\d", re.I)
_PLATE_KINDS: tuple[tuple[OutputKind, re.Pattern[str]], ...] = (
    ("force", re.compile(r"(?:_|\d)[vf]_?$", re.I)),
    ("point", re.compile(r"(?:_|\d)(?:p|cop)_?$", re.I)),
    ("moment", re.compile(r"(?:_|\d)[mt]_?$|torque|moment|grm", re.I)),
    ("force", re.compile(r"force|grf", re.I)),
)
_TRANSLATION = re.compile(r".+_t[xyz]", re.I)
_NO_ANGLE = re.compile(
    r"moment|force|torque|power|activation|excitation|speed|velocity|acceleration|length|weld|work|reserve|_u$", re.I
)
_ANGLE = re.compile(
    r"tilt|list|rotation|flexion|duction|version|extension|bending|obliquity|deviation|angle"
    r"|(?:^|_)(?:flex|add|rot|ext|dev|sup|beta)(?:_|$)",
    re.I,
)
_RATES = re.compile(r"speeds|velocit|accelerations", re.I)
"""Titles of files whose columns are called like angles and are none."""


@dataclass(frozen=True)
class Output:
    """One output of a recording, and which of the file's columns it is made of."""

    name: str
    kind: OutputKind
    columns: tuple[int, ...]
    """One, or those of x, y and z."""
    of_ground: bool = False
    """Whether it is a vector of the laboratory that OpenSim keeps with y up."""
    unit: str = ""


def outputs_in(names: Sequence[str], title: str, *, are_angles: bool = False) -> list[Output]:
    """The outputs that a file's columns make, in the order of their first columns.

    x, y and z of a ground reaction's force, point or moment are one, and so are those of a joint's angles
    (`LKneeAngles_x` ...). A coordinate is an angle by its name (`knee_angle_r`, `hip_flexion_l`); the rest are scalars.

    Parameters
    ----------
    names : of the columns beside time
    title : the file's first line
    are_angles : every column is an angle, whatever it is called
    """
    place = {name: column for column, name in reversed(list(enumerate(names)))}
    outputs = []
    taken: set[int] = set()
    for column, name in enumerate(names):
        if column in taken:
            continue
        triple = _vector(name, place, are_angles)
        if triple is None:
            outputs.append(_angle(name, (column,)) if are_angles else _scalar(name, column, title))
        else:
            outputs.append(triple)
            taken.update(triple.columns)
    return outputs


def _angle(name: str, columns: tuple[int, ...]) -> Output:
    return Output(name, "angle", columns, unit="deg")


def _vector(name: str, place: dict[str, int], are_angles: bool) -> Output | None:
    """The vector whose x component a column is; None where it is none, or y or z are absent."""
    if name[-1:] not in ("x", "X"):
        return None
    stem, letters = name[:-1], "xyz" if name.endswith("x") else "XYZ"
    columns = tuple(place.get(stem + letter, -1) for letter in letters)
    if -1 in columns or place[name] != columns[0]:
        return None
    plain = stem.rstrip("_")
    if stem.endswith("_") and (are_angles or output_kind(plain, frozenset()) == "angle"):
        return _angle(plain, columns)
    if _PLATE.search(stem):
        kind = next((kind for kind, pattern in _PLATE_KINDS if pattern.search(stem)), None)
        units = {"force": "N", "moment": "Nm", "point": "m"}
        return Output(plain, kind, columns, True, units[kind]) if kind else None
    return None


def _scalar(name: str, column: int, title: str) -> Output:
    """A column by itself."""
    parts = name.split("/")
    told = parts[-2] if len(parts) > 2 and parts[-1] == "value" else name  # OpenSim 4's /jointset/hip_r/name/value
    if _RATES.search(title) or _NO_ANGLE.search(told) or (len(parts) > 1 and parts[-1] != "value"):
        return Output(name, "scalar", (column,))
    if _TRANSLATION.fullmatch(told):
        return Output(name, "scalar", (column,), unit="m")
    if _ANGLE.search(told):
        return _angle(name, (column,))
    return Output(name, "scalar", (column,))
