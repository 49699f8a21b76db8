"""One leg's joint centres and segment axes: thigh, shank with and without its torsion, foot."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics.cgm.chord import chord_centre
from ltme_clinic.kinematics.cgm.pelvis import SIDE_SIGN
from ltme_clinic.kinematics.cgm.vectors import axes_by_forward_and_left, axes_by_up_and_left, turned_about_up
from ltme_clinic.kinematics.rotations import rotation_yzx
from ltme_clinic.types import LegMeasures


@dataclass(frozen=True)
class LegMarkers:
    """One leg's markers, laboratory frame, (frame, 3), NaN where missing."""

    side: str
    thigh_m: np.ndarray
    knee_m: np.ndarray
    shank_m: np.ndarray
    ankle_m: np.ndarray
    toe_m: np.ndarray
    heel_m: np.ndarray
    knee_medial_m: np.ndarray
    ankle_medial_m: np.ndarray

    @property
    def sign(self) -> float:
        """+1 for the left leg, -1 for the right."""
        return SIDE_SIGN[self.side]


@dataclass(frozen=True)
class Leg:
    """One leg over time, laboratory frame; axes (frame, 3, 3) have columns forward, left, up."""

    side: str
    hip_m: np.ndarray
    knee_m: np.ndarray
    ankle_m: np.ndarray
    thigh: np.ndarray
    shank: np.ndarray
    """Untorsioned: y along the knee's axis as the standing trial showed it. Knee angles and the stored tibia use it."""
    shank_torsioned: np.ndarray
    """y along the ankle's axis. Ankle angles use it."""
    foot_uncorrected: np.ndarray
    """x from the ankle centre to the toe marker."""
    foot: np.ndarray
    """Turned by the standing trial's offsets: x along the sole, from heel to toe."""


def leg_markers(positions_m: np.ndarray, side: str) -> LegMarkers:
    """A leg's markers from the slots: (frame, slot, 3) laboratory."""
    names = ("thigh", "knee", "shank", "ankle", "toe", "heel", "knee_medial", "ankle_medial")
    return LegMarkers(side, *(positions_m[:, SLOT_INDEX[f"{side}_{name}"]] for name in names))


def leg_of(markers: LegMarkers, hip_m: np.ndarray, measures: LegMeasures, marker_diameter_m: float) -> Leg:
    """The leg below a hip centre. Offsets that are not known count as 0; the caller says what is then not given.

    Angles of the offsets run from the lateral towards the anterior in the transverse plane of the segment, and are
    mirrored for the right leg: the thigh marker stands at minus the thigh rotation from the knee's axis, the shank
    marker at minus the shank rotation from the ankle's axis, the ankle's axis at the tibial torsion from the knee's.
    """
    sign = markers.sign
    knee_m = chord_centre(
        hip_m,
        markers.knee_m,
        markers.thigh_m,
        half_width_m(measures.knee_width_m, marker_diameter_m),
        sign * (measures.thigh_rotation_rad or 0.0),
    )
    ankle_m = chord_centre(
        knee_m,
        markers.ankle_m,
        markers.shank_m,
        half_width_m(measures.ankle_width_m, marker_diameter_m),
        sign * (measures.shank_rotation_rad or 0.0),
    )
    return leg_from_centres(markers, hip_m, knee_m, ankle_m, measures)


def leg_from_centres(
    markers: LegMarkers, hip_m: np.ndarray, knee_m: np.ndarray, ankle_m: np.ndarray, measures: LegMeasures
) -> Leg:
    """The leg whose joint centres are known already."""
    sign = markers.sign
    thigh = axes_by_up_and_left(hip_m - knee_m, sign * (markers.knee_m - knee_m))
    torsioned = axes_by_up_and_left(knee_m - ankle_m, sign * (markers.ankle_m - ankle_m))
    shank = turned_about_up(torsioned, sign * (measures.tibial_torsion_rad or 0.0))
    leg = Leg(markers.side, hip_m, knee_m, ankle_m, thigh, shank, torsioned, shank, shank)
    uncorrected = axes_by_forward_and_left(markers.toe_m - ankle_m, shank[:, :, 1])
    return with_foot_offsets(replace(leg, foot_uncorrected=uncorrected), measures)


def with_foot_offsets(leg: Leg, measures: LegMeasures) -> Leg:
    """The leg with its foot turned by the standing trial's offsets: toes up by the plantar flexion, then inwards."""
    flexion_rad, rotation_rad = measures.plantar_flexion_rad or 0.0, measures.foot_rotation_rad or 0.0
    turn = rotation_yzx(np.array(-flexion_rad), np.array(-SIDE_SIGN[leg.side] * rotation_rad), np.array(0.0))
    return replace(leg, foot=leg.foot_uncorrected @ turn)


def half_width_m(width_m: float | None, marker_diameter_m: float) -> float:
    """How far a joint's centre lies from its lateral marker's; NaN where the width is not known."""
    return float("nan") if width_m is None else (width_m + marker_diameter_m) / 2
