"""What a file says for a gait model: lengths, widths and a standing trial's offsets, of one subject, and back again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

from ltme_clinic.recordings.file_facts import SubjectNumbers
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import Anthropometry, ArmMeasures, BodyMeasures, LegMeasures

GROUP = "PROCESSING"
_UNITS_M = (1e-3, 1e-2, 1.0)
_MOST_RAD = 1.5708
"""No marker stands further round its segment from its joint's axis; degrees written for radians would."""


@dataclass(frozen=True)
class _Length:
    """A length's name in the file without its side's letter, and what a body's may be, metres."""

    name: str
    least_m: float
    most_m: float
    may_be_zero: bool = False

    def holds(self, length_m: float) -> bool:
        """Whether a body can have it."""
        return self.least_m <= length_m <= self.most_m


_LEG: Mapping[str, _Length] = {
    "knee_width_m": _Length("KNEEWIDTH", 0.035, 0.25),
    "ankle_width_m": _Length("ANKLEWIDTH", 0.025, 0.18),
    "asis_trochanter_m": _Length("ASISTROCANTERDISTANCE", 0.003, 0.2),
}
_LEG_OFFSETS: Mapping[str, str] = {
    "thigh_rotation_rad": "THIGHROTATION",
    "shank_rotation_rad": "SHANKROTATION",
    "tibial_torsion_rad": "TIBIALTORSION",
    "plantar_flexion_rad": "STATICPLANTFLEX",
    "foot_rotation_rad": "STATICROTOFF",
}
_LEG_LENGTH = _Length("LEGLENGTH", 0.15, 1.3)
_SOLE_DELTA = _Length("SOLEDELTA", -0.1, 0.1, may_be_zero=True)
_ARM: Mapping[str, _Length] = {
    "shoulder_offset_m": _Length("SHOULDEROFFSET", 0.005, 0.15),
    "elbow_width_m": _Length("ELBOWWIDTH", 0.025, 0.2),
    "wrist_width_m": _Length("WRISTWIDTH", 0.015, 0.14),
    "hand_thickness_m": _Length("HANDTHICKNESS", 0.005, 0.08),
}
_BODY: Mapping[str, _Length] = {
    "inter_asis_m": _Length("INTERASISDISTANCE", 0.08, 0.6),
    "marker_diameter_m": _Length("MARKERDIAMETER", 0.003, 0.05),
}
_HEAD_OFFSET = "HEADOFFSET"
_NOT_USED = ("ANKLEABADD", "XRAYOFFSET")
_NOTHING = 1e-3
_SIDES = (("left", "L"), ("right", "R"))

Numbers = Callable[[str], float | None]
"""A name such as "LKNEEWIDTH" -> its number, None where there is none."""


def model_measures_of(
    raw: RawC3D, number: int | None, people: int, believed: Anthropometry
) -> tuple[BodyMeasures, tuple[str, ...]]:
    """One subject's measures in a file's PROCESSING group, and warnings about what was not taken.

    Parameters
    ----------
    raw : the file
    number : the subject's place in SUBJECTS:NAMES, from 0
    people : how many people the file holds; of several, only lists as long as SUBJECTS:NAMES are anybody's
    believed : the subject's typed measures without those that the markers contradict; leg lengths come from here
    """
    if GROUP not in raw.parameters:
        return BodyMeasures(), ()
    own = SubjectNumbers(raw, number, people).own
    lengths_m = {"left": believed.leg_length_left_m, "right": believed.leg_length_right_m}
    measures, warnings = measures_from(lambda name: own(GROUP, name), "file", lengths_m)
    said = _Reading(lambda name: own(GROUP, name), "")
    if any(lengths_m[side] is None and said.leg_length_m(letter) is not None for side, letter in _SIDES):
        fact = f"lengths and widths of {GROUP} were not taken, for a leg's length among them contradicts the markers"
        return _offsets_alone(measures), (*warnings, fact)
    return measures, warnings


def measures_from(
    numbers: Numbers, source: str, leg_lengths_m: Mapping[str, float | None] | None = None
) -> tuple[BodyMeasures, tuple[str, ...]]:
    """Measures from numbers by their names: lengths in the unit in which the leg is a person's, angles in radians.

    A length of 0 is one that nobody measured; an offset of 0 is an offset. What no body can have is left out, with a
    warning.

    Parameters
    ----------
    numbers : gives the number that stands under a name
    source : what `BodyMeasures.sources` says of each
    leg_lengths_m : side -> leg length that is believed; by default those among the numbers
    """
    read = _Reading(numbers, f"{GROUP}:" if source == "file" else "")
    if leg_lengths_m is None:
        leg_lengths_m = {side: read.leg_length_m(letter) for side, letter in _SIDES}
    legs, arms = {}, {}
    for side, letter in _SIDES:
        lengths = {field: read.length_m(letter + kind.name, kind) for field, kind in _LEG.items()}
        offsets = {field: read.angle_rad(letter + name) for field, name in _LEG_OFFSETS.items()}
        delta_m = read.length_m(letter + _SOLE_DELTA.name, _SOLE_DELTA)
        legs[side] = LegMeasures(leg_lengths_m[side], **lengths, **offsets, sole_delta_m=delta_m)
        arms[side] = ArmMeasures(**{field: read.length_m(letter + kind.name, kind) for field, kind in _ARM.items()})
        read.look_at_unused(letter)
    inter_asis_m, marker_m = (read.length_m(kind.name, kind) for kind in _BODY.values())
    head_rad = read.angle_rad(_HEAD_OFFSET)
    measures = BodyMeasures(legs["left"], legs["right"], arms["left"], arms["right"], inter_asis_m, marker_m, head_rad)
    return replace(measures, sources=dict.fromkeys(known_fields(measures), source)), tuple(read.warnings)


def known_fields(measures: BodyMeasures) -> list[str]:
    """The fields that hold a number, as `BodyMeasures.sources` names them: "left_leg.knee_width_m"."""
    parts = {"left_leg": measures.left_leg, "right_leg": measures.right_leg}
    arms = {"left_arm": measures.left_arm, "right_arm": measures.right_arm}
    inner = [f"{name}.{f.name}" for name, part in (parts | arms).items() for f in fields(part) if _known(part, f.name)]
    return inner + [f.name for f in fields(measures) if isinstance(getattr(measures, f.name), float)]


def processing_numbers(measures: BodyMeasures) -> dict[str, float]:
    """PROCESSING's numbers that are read as these measures, leg lengths aside: millimetres and radians."""
    numbers: dict[str, float | None] = {}
    for side, letter in _SIDES:
        leg, arm = measures.leg(side), measures.arm(side)
        for part, kinds in ((leg, _LEG), (arm, _ARM)):
            numbers |= {letter + kind.name: _millimetres(getattr(part, field)) for field, kind in kinds.items()}
        numbers |= {letter + name: getattr(leg, field) for field, name in _LEG_OFFSETS.items()}
        numbers[letter + _SOLE_DELTA.name] = _millimetres(leg.sole_delta_m)
    numbers |= {kind.name: _millimetres(getattr(measures, field)) for field, kind in _BODY.items()}
    numbers[_HEAD_OFFSET] = measures.head_offset_rad
    return {name: float(value) for name, value in numbers.items() if value is not None}


def _offsets_alone(measures: BodyMeasures) -> BodyMeasures:
    """The angles without the lengths, whose unit may be another than was thought."""
    left, right = (
        LegMeasures(**{field: getattr(measures.leg(side), field) for field in _LEG_OFFSETS}) for side, _ in _SIDES
    )
    kept = BodyMeasures(left, right, head_offset_rad=measures.head_offset_rad)
    return replace(kept, sources=dict.fromkeys(known_fields(kept), "file"))


class _Reading:
    """Numbers turned into metres and radians, and warnings of those that can't be."""

    def __init__(self, numbers: Numbers, where: str) -> None:
        self._numbers = numbers
        self._where = where
        self.warnings: list[str] = []
        self._units_m = self._of_the_leg()

    def leg_length_m(self, letter: str) -> float | None:
        """A leg's length in the unit that makes it a person's."""
        value = self._numbers(letter + _LEG_LENGTH.name) or 0.0
        return next((value * unit for unit in _UNITS_M if _LEG_LENGTH.holds(value * unit)), None)

    def length_m(self, name: str, kind: _Length) -> float | None:
        value = self._numbers(name)
        if value is None or (value == 0 and not kind.may_be_zero):
            return None
        length_m = next((value * unit for unit in self._units_m if kind.holds(value * unit)), None)
        if length_m is None:
            self.warnings.append(f"{self._where}{name} of {value:.4g} is no body's: it was not taken")
        return length_m

    def angle_rad(self, name: str) -> float | None:
        value = self._numbers(name)
        if value is None or abs(value) <= _MOST_RAD:
            return value
        self.warnings.append(f"{self._where}{name} of {value:.4g} rad is no offset of a marker: it was not taken")
        return None

    def look_at_unused(self, letter: str) -> None:
        """Warn of an offset that the gait model does not know."""
        for name in _NOT_USED:
            value = self._numbers(letter + name)
            if value is not None and abs(value) > _NOTHING:
                self.warnings.append(f"{self._where}{letter}{name} of {value:.4g} is not used by the gait model")

    def _of_the_leg(self) -> tuple[float, ...]:
        """The unit in which a leg is a person's; any, where no leg tells it."""
        for _, letter in _SIDES:
            value = self._numbers(letter + _LEG_LENGTH.name) or 0.0
            for unit in _UNITS_M:
                if _LEG_LENGTH.holds(value * unit):
                    return (unit,)
        return _UNITS_M


def _known(part: LegMeasures | ArmMeasures, field: str) -> bool:
    return getattr(part, field) is not None


def _millimetres(length_m: float | None) -> float | None:
    return None if length_m is None else 1000.0 * length_m
