"""One leg of a standing trial: how its markers and its foot stand against its joints."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.kinematics.cgm.chord import chord_centre, guide_angle_rad
from ltme_clinic.kinematics.cgm.legs import Leg, LegMarkers, half_width_m, leg_from_centres
from ltme_clinic.kinematics.cgm.vectors import in_axes, length, unit
from ltme_clinic.types import LegMeasures

THIGH, SHANK, TORSION = "thigh_rotation_rad", "shank_rotation_rad", "tibial_torsion_rad"
FLEXION, TURN = "plantar_flexion_rad", "foot_rotation_rad"


@dataclass(frozen=True)
class StandingLeg:
    """A standing leg, and the offsets that its medial markers show."""

    leg: Leg
    offsets_rad: dict[str, np.ndarray]  # field of `LegMeasures` -> (frame,)
    """Of the thigh only with a medial knee marker, of the shank only with a medial ankle marker."""


def measured_widths_m(markers: LegMarkers, marker_diameter_m: float) -> dict[str, float]:
    """Joint widths between the lateral and the medial marker, less one diameter; only of joints that wear both."""
    pairs = {
        "knee_width_m": (markers.knee_m, markers.knee_medial_m),
        "ankle_width_m": (markers.ankle_m, markers.ankle_medial_m),
    }
    apart_m = {name: _finite(length(lateral_m - medial_m)) for name, (lateral_m, medial_m) in pairs.items()}
    return {name: float(np.median(some_m)) - marker_diameter_m for name, some_m in apart_m.items() if some_m.size}


def standing_leg(
    markers: LegMarkers, hip_m: np.ndarray, measures: LegMeasures, marker_diameter_m: float
) -> StandingLeg:
    """The leg below a hip centre, its joint axes along the medial markers where it wears them.

    The ankle's centre lies in the plane of the knee's centre and both malleoli, at half its width from the lateral
    marker and at a right angle to the long axis, as the commercial pipeline has it. The knee's, with a thigh rotation
    that nobody gave, lies likewise in the plane of hip centre and both epicondyles; the medial epicondyle in place of
    the thigh marker is the choice of CGM 2.1 (Leboeuf 2019, Gait & Posture 69: 235).
    """
    sign = markers.sign
    offsets_rad: dict[str, np.ndarray] = {}
    knee_offset_m = half_width_m(measures.knee_width_m, marker_diameter_m)
    if _worn(markers.knee_medial_m):
        medial_m = chord_centre(hip_m, markers.knee_m, markers.knee_medial_m, knee_offset_m, np.pi)
        offsets_rad[THIGH] = sign * guide_angle_rad(hip_m, medial_m, markers.knee_m, markers.thigh_m)
    thigh_rad = measures.thigh_rotation_rad
    if thigh_rad is None:
        thigh_rad = mean_angle_rad(offsets_rad[THIGH]) if THIGH in offsets_rad else 0.0
    knee_m = chord_centre(hip_m, markers.knee_m, markers.thigh_m, knee_offset_m, sign * thigh_rad)
    ankle_offset_m = half_width_m(measures.ankle_width_m, marker_diameter_m)
    if not _worn(markers.ankle_medial_m):
        shank_rad = sign * (measures.shank_rotation_rad or 0.0)
        ankle_m = chord_centre(knee_m, markers.ankle_m, markers.shank_m, ankle_offset_m, shank_rad)
        return StandingLeg(leg_from_centres(markers, hip_m, knee_m, ankle_m, measures), offsets_rad)
    ankle_m = chord_centre(knee_m, markers.ankle_m, markers.ankle_medial_m, ankle_offset_m, np.pi)
    leg = leg_from_centres(markers, hip_m, knee_m, ankle_m, measures)
    knee_axis = in_axes(leg.shank_torsioned, leg.thigh[:, :, 1])
    offsets_rad[TORSION] = sign * np.arctan2(-knee_axis[:, 0], knee_axis[:, 1])
    offsets_rad[SHANK] = sign * guide_angle_rad(knee_m, ankle_m, markers.ankle_m, markers.shank_m)
    shown = replace(measures, tibial_torsion_rad=mean_angle_rad(offsets_rad[TORSION]))
    return StandingLeg(leg_from_centres(markers, hip_m, knee_m, ankle_m, shown), offsets_rad)


def foot_offsets_rad(markers: LegMarkers, leg: Leg, *, flat: bool) -> dict[str, np.ndarray]:
    """Where the line from heel to toe lies in the uncorrected foot: plantar flexion and rotation, (frame,) each.

    Flat: the heel marker is taken at the toe marker's height, for a foot that stands on its whole sole. Empty without
    a heel marker.
    """
    if not _worn(markers.heel_m):
        return {}
    along = markers.toe_m - markers.heel_m
    if flat:
        along = along * np.array([1.0, 1.0, 0.0])
    forward, left, up = in_axes(leg.foot_uncorrected, unit(along)).T
    return {FLEXION: np.arctan2(up, forward), TURN: -markers.sign * np.arcsin(left)}


def mean_angle_rad(angles_rad: np.ndarray) -> float:
    """Mean over the frames that show it; NaN where none does."""
    seen = _finite(angles_rad)
    return float(seen.mean()) if seen.size else float("nan")


def spread_deg(angles_rad: np.ndarray) -> float:
    """Standard deviation over the frames, degrees."""
    seen = _finite(angles_rad)
    return float(np.degrees(seen.std())) if seen.size else float("nan")


def _worn(marker_m: np.ndarray) -> bool:
    return bool(np.isfinite(marker_m[:, 0]).any())


def _finite(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values)]
