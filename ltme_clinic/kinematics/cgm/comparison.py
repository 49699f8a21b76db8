"""Our angles and joint centres beside those that a laboratory's software stored in the same file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ltme_clinic.kinematics.cgm.model import LABORATORY
from ltme_clinic.types import JointAngles, ModelOutput
from ltme_clinic.types.recording import Side

_SIDES: tuple[tuple[Side, str], ...] = (("left", "L"), ("right", "R"))
STORED_ANGLES: Mapping[str, tuple[tuple[str, float, float], ...]] = {
    "PelvisAngles": (
        ("pelvic_tilt" + LABORATORY, 1.0, 0.0),
        ("pelvic_obliquity" + LABORATORY, 1.0, 0.0),
        ("pelvic_rotation" + LABORATORY, 1.0, 0.0),
    ),
    "HipAngles": (("hip_flexion", 1.0, 0.0), ("hip_adduction", 1.0, 0.0), ("hip_rotation", 1.0, 0.0)),
    "KneeAngles": (("knee_flexion", 1.0, 0.0), ("knee_adduction", 1.0, 0.0), ("knee_rotation", 1.0, 0.0)),
    "AnkleAngles": (("ankle_dorsiflexion", 1.0, 0.0), ("ankle_inversion", -1.0, 0.0), ("ankle_rotation", 1.0, 0.0)),
    "FootProgressAngles": (
        ("foot_pitch" + LABORATORY, -1.0, -90.0),
        ("foot_roll" + LABORATORY, 1.0, 0.0),
        ("foot_progression" + LABORATORY, 1.0, 0.0),
    ),
}
"""Output without its side's letter -> for each of its columns our angle, and the factor and degrees that turn it into
the column."""
STORED_CENTRES: Mapping[str, str] = {"FEP": "hip", "FEO": "knee", "TIO": "ankle"}
"""Output without its side's letter -> joint. Plug-in Gait draws axes as points: O is the distal centre, P the proximal.
LHJC and LAJC are another model's (Oxford Foot) in some files, and are not compared."""
_OTHER_FORM_DEG = 150.0


@dataclass(frozen=True)
class AngleAgreement:
    """One stored column beside our angle."""

    output: str
    """The stored curve's name, "LKneeAngles"."""
    column: int
    """0 to 2."""
    angle: str
    side: Side
    frames: int
    """How many hold both."""
    rmse_deg: float
    largest_deg: float
    excluded: str = ""
    """Why it says nothing about agreement; empty where it does."""


@dataclass(frozen=True)
class CentreAgreement:
    """One stored joint centre beside ours."""

    output: str
    joint: str
    side: Side
    frames: int
    largest_mm: float


def compare_angles(angles: JointAngles, outputs: Iterable[ModelOutput]) -> tuple[AngleAgreement, ...]:
    """Every stored hip, knee, ankle, pelvis and foot angle beside ours, modulo 360 degrees, frames that hold both.

    Pelvis and foot are compared against the laboratory's nearest axis, as they are stored. What we refused is left out.
    A foot progression stored as (x + 180, 180 - y, z + 180) is marked as excluded: it is how some versions of the
    software unwrap, not an orientation of the foot.
    """
    stored = {output.name: output.values for output in outputs if output.kind == "angle"}
    found = []
    for side, letter in _SIDES:
        for ending, columns in STORED_ANGLES.items():
            values_deg = stored.get(letter + ending)
            if values_deg is None:
                continue
            off_deg = [_off_deg(angles, side, columns[column], values_deg[:, column]) for column in range(3)]
            excluded = _other_form(off_deg) if ending == "FootProgressAngles" else ""
            found += [
                _agreement(letter + ending, column, columns[column][0], side, some_deg, excluded)
                for column, some_deg in enumerate(off_deg)
                if some_deg is not None
            ]
    return tuple(found)


def compare_centres(angles: JointAngles, outputs: Iterable[ModelOutput]) -> tuple[CentreAgreement, ...]:
    """Every stored hip, knee and ankle centre beside ours."""
    stored = {output.name: output.values for output in outputs if output.kind == "point"}
    found = []
    for side, letter in _SIDES:
        for ending, joint in STORED_CENTRES.items():
            ours_m = angles.joint_centres_m.get(f"{side}_{joint}")
            if ours_m is None or letter + ending not in stored:
                continue
            apart_mm = 1000.0 * np.linalg.norm(ours_m - stored[letter + ending], axis=1)
            apart_mm = apart_mm[np.isfinite(apart_mm)]
            largest_mm = float(apart_mm.max()) if apart_mm.size else float("nan")
            found.append(CentreAgreement(letter + ending, joint, side, apart_mm.size, largest_mm))
    return tuple(found)


def _off_deg(
    angles: JointAngles, side: Side, column: tuple[str, float, float], stored_deg: np.ndarray
) -> np.ndarray | None:
    """Ours minus stored in (-180, 180], (frame,) of those that hold both; None where ours is refused."""
    name, factor, shift_deg = column
    ours_deg = angles.values_deg.get((name, side))
    if ours_deg is None:
        return None
    off_deg = factor * ours_deg + shift_deg - stored_deg
    return 180.0 - (180.0 - off_deg[np.isfinite(off_deg)]) % 360.0


def _other_form(off_deg: list[np.ndarray | None]) -> str:
    first, _, third = off_deg
    if first is None or third is None or not first.size or not third.size:
        return ""
    turned_over = min(np.median(np.abs(first)), np.median(np.abs(third))) > _OTHER_FORM_DEG
    return "stored as (x + 180, 180 - y, z + 180)" if turned_over else ""


def _agreement(output: str, column: int, name: str, side: Side, off_deg: np.ndarray, excluded: str) -> AngleAgreement:
    rmse_deg = float(np.sqrt(np.mean(off_deg**2))) if off_deg.size else float("nan")
    largest_deg = float(np.abs(off_deg).max()) if off_deg.size else float("nan")
    return AngleAgreement(output, column, name, side, off_deg.size, rmse_deg, largest_deg, excluded)
