"""What a laboratory measures of a virtual body: height, mass, widths, lengths, and a gait model's offsets."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.kinematics.cgm import ModelSettings, calibrate_static
from ltme_clinic.kinematics.forward import SIDE_SIGN
from ltme_clinic.kinematics.skeleton import MARKER_RADIUS_M, landmark_placements
from ltme_clinic.types import Anthropometry, BodyMeasures, LegMeasures
from ltme_clinic.types.body_measures import ArmMeasures
from ltme_clinic.virtual_lab.markers import CameraSystem, anatomy_m, marked_positions
from ltme_clinic.virtual_lab.patient import VirtualPatient
from ltme_clinic.virtual_lab.posture import stand

CALIBRATION = ModelSettings(marker_diameter_m=2.0 * MARKER_RADIUS_M, flat_foot=True)
"""How the virtual laboratory calibrates: everybody stands on flat feet."""
_SOURCE = "virtual body"


def anthropometry(patient: VirtualPatient) -> Anthropometry:
    """Height, mass and leg lengths as a laboratory writes them down."""
    return Anthropometry(
        height_m=round(patient.height_m, 3),
        mass_kg=round(patient.mass_kg, 1),
        leg_length_left_m=round(patient.leg_length_m, 3),
        leg_length_right_m=round(patient.leg_length_m, 3),
    )


def body_measures(patient: VirtualPatient, visit: int, cameras: CameraSystem) -> BodyMeasures:
    """Measures and offsets for the Conventional Gait Model.

    Widths and lengths are the body's own, measured without error: a marker that is placed wrongly at a visit is not
    made good by them. The offsets are those that the visit's standing trial would show to a camera without noise,
    medial markers and all.

    With `TEXTBOOK` cameras knee and ankle centres, and all axes but the foot's, are then true as far as the model's hip
    centres are. Those come from a regression: the skeleton's own is Harrington's, which finds them to some 5 mm
    (it takes the markers for the bone, and the own leg length); Davis's puts them about 2 cm off.
    """
    lengths = body_lengths(patient, cameras)
    standing_m = marked_positions(patient, visit, stand(patient, visit, np.zeros(1), 0.0), cameras)
    centres = [SLOT_INDEX[f"{side}_{joint}_centre"] for side in SIDES for joint in ("hip", "knee", "ankle")]
    standing_m[:, centres] = np.nan  # no camera sees them
    return calibrate_static(standing_m, 1.0, lengths, CALIBRATION).measures


def body_lengths(patient: VirtualPatient, cameras: CameraSystem) -> BodyMeasures:
    """Widths and lengths from the skeleton and the person's own landmarks; the offsets unknown."""
    landmarks_m = landmark_placements(patient.skeleton)[1] + cameras.anatomy * anatomy_m(patient)
    legs = {side: _leg(patient, side, landmarks_m) for side in SIDES}
    left_asis, right_asis = (landmarks_m[SLOT_INDEX[f"{side}_asis"]] for side in SIDES)
    known = [f"{side}_leg.{name}" for side in SIDES for name in ("leg_length_m", "knee_width_m", "ankle_width_m")]
    arm = _arm(patient)
    known += [f"{side}_arm.{field.name}" for side in SIDES for field in fields(arm)]
    return BodyMeasures(
        left_leg=legs["left"],
        right_leg=legs["right"],
        left_arm=arm,
        right_arm=arm,
        inter_asis_m=float(left_asis[1] - right_asis[1]),
        marker_diameter_m=2.0 * MARKER_RADIUS_M,
        sources=dict.fromkeys([*known, "inter_asis_m", "marker_diameter_m"], _SOURCE),
    )


def _arm(patient: VirtualPatient) -> ArmMeasures:
    """Offsets of the arm's landmarks from its joints, as the skeleton has them; left and right alike."""
    height_m = patient.height_m
    return ArmMeasures(
        shoulder_offset_m=0.025 * height_m,
        elbow_width_m=2.0 * (0.022 * height_m - MARKER_RADIUS_M),
        wrist_width_m=0.034 * height_m,
        hand_thickness_m=0.015 * height_m,
    )


def _leg(patient: VirtualPatient, side: str, landmarks_m: np.ndarray) -> LegMeasures:
    """A caliper's reading: twice the way from the joint's middle out to the skin, one marker's radius short of it."""

    def width_m(joint: str) -> float:
        return 2.0 * (SIDE_SIGN[side] * float(landmarks_m[SLOT_INDEX[f"{side}_{joint}"], 1]) - MARKER_RADIUS_M)

    return LegMeasures(
        leg_length_m=round(patient.leg_length_m, 3),
        knee_width_m=width_m("knee"),
        ankle_width_m=width_m("ankle"),
    )
