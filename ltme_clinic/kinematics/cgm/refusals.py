"""Which of a leg's angles its markers and measures can't carry, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics.cgm.angles import FOOT_ANGLES, JOINT_ANGLES
from ltme_clinic.kinematics.cgm.legs import Leg
from ltme_clinic.types import LegMeasures

_HIP, _KNEE, _ANKLE = JOINT_ANGLES[:3], JOINT_ANGLES[3:6], JOINT_ANGLES[6:]
_BELOW_KNEE = (*_KNEE, *_ANKLE, *FOOT_ANGLES)
_ALL = (*_HIP, *_BELOW_KNEE)
_FOOT = (*_ANKLE, *FOOT_ANGLES)
_STATIC = "give a static trial"
_STRANGE_RAD = np.radians(45.0)
_ALONG = 0.2
"""Cosine: no hip or shank turns by more than 78 degrees."""

_NEEDED_MARKERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("thigh", _ALL),
    ("knee", _ALL),
    ("shank", _BELOW_KNEE),
    ("ankle", _BELOW_KNEE),
    ("toe", _FOOT),
)


@dataclass(frozen=True)
class _Need:
    """A measure, what can't be given without it, and how to get it."""

    field: str
    called: str
    angles: tuple[str, ...]
    cure: str


_NEEDS: tuple[_Need, ...] = (
    _Need("knee_width_m", "knee width", _ALL, "enter it"),
    _Need("ankle_width_m", "ankle width", _BELOW_KNEE, "enter it"),
    _Need(
        "thigh_rotation_rad",
        "thigh rotation",
        ("hip_rotation", "knee_adduction", "knee_rotation"),
        f"{_STATIC} with a medial knee marker, or enter it",
    ),
    _Need("shank_rotation_rad", "shank rotation", ("knee_rotation", "ankle_rotation"), _STATIC),
    _Need("tibial_torsion_rad", "tibial torsion", ("knee_rotation", "ankle_inversion", "foot_roll"), _STATIC),
    _Need("plantar_flexion_rad", "foot's plantar flexion offset", ("ankle_dorsiflexion", "foot_pitch"), _STATIC),
    _Need("foot_rotation_rad", "foot's rotation offset", ("ankle_rotation", "foot_progression"), _STATIC),
)
"""What each measure carries: what 10 deg of the offset (20 of the torsion, which is that large) move by 5 deg or more,
as `studies/gait_model_agreement` measured it. The rest is robust and is given."""


def leg_refusals(side: str, positions_m: np.ndarray, measures: LegMeasures, no_hip: str) -> dict[str, str]:
    """Angle -> why it can't be given; the first reason that holds.

    Parameters
    ----------
    side : "left" or "right"
    positions_m : (frame, slot, 3)
    measures : the leg's
    no_hip : why there is no hip centre; empty if there is one
    """
    reasons: dict[str, str] = dict.fromkeys(_ALL, no_hip) if no_hip else {}
    for marker, angles in _NEEDED_MARKERS:
        if np.isnan(positions_m[:, SLOT_INDEX[f"{side}_{marker}"], 0]).all():
            reasons = dict.fromkeys(angles, f"the {side} {marker} marker is never seen") | reasons
    for need in _NEEDS:
        if getattr(measures, need.field) is None:
            reasons = dict.fromkeys(need.angles, f"the {side} {need.called} is not known: {need.cure}") | reasons
    return reasons


def axis_refusals(pelvis_axes: np.ndarray, leg: Leg) -> dict[str, str]:
    """Angle -> why not, where a joint's axis points nowhere near the axis before it.

    The chord puts a joint's centre on the side away from the thigh's or shank's marker. A marker that stands inside the
    line from joint to joint, or is exchanged with another, puts it on the wrong side of the leg.
    """
    reasons: dict[str, str] = {}
    pairs = (("thigh", pelvis_axes, leg.thigh, _ALL), ("shank", leg.thigh, leg.shank_torsioned, _BELOW_KNEE))
    for marker, before, after, angles in pairs:
        along = np.einsum("fi,fi->f", before[:, :, 1], after[:, :, 1])
        along = along[np.isfinite(along)]
        if along.size and np.median(along) < _ALONG:
            away_deg = np.degrees(np.arccos(np.median(along)))
            fact = (
                f"by the {leg.side} {marker} marker the joint's axis points {away_deg:.0f} deg away from the one before"
            )
            reasons = dict.fromkeys(angles, f"{fact}: check its label and place") | reasons
    return reasons


def offset_warnings(side: str, measures: LegMeasures) -> list[str]:
    """What is odd about offsets that are used all the same, and what an unknown thigh rotation leaves uncertain."""
    lines = []
    for name, called in (("thigh_rotation_rad", "thigh"), ("shank_rotation_rad", "shank")):
        offset_rad = getattr(measures, name)
        if offset_rad is not None and abs(offset_rad) > _STRANGE_RAD:
            lines.append(
                f"the {side} {called} marker stands {abs(np.degrees(offset_rad)):.0f} deg round the leg from its "
                "joint's axis: check its label and its place"
            )
    if measures.thigh_rotation_rad is None:
        lines.append(
            f"the {side} thigh rotation is not known and was taken as 0: for each 10 deg of it, knee flexion is off by "
            "some 5 deg, hip flexion by 3 and ankle dorsiflexion by 2"
        )
    return lines
