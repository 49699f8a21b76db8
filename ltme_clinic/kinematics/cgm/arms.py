"""The Conventional Gait Model's arm: joint centres, clavicle, upper arm, forearm and hand, and their angles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics.cgm.chord import chord_centre
from ltme_clinic.kinematics.cgm.pelvis import SIDE_SIGN
from ltme_clinic.kinematics.cgm.trunk import Thorax
from ltme_clinic.kinematics.cgm.vectors import (
    axes_by_left_and_forward,
    axes_by_up_and_left,
    cross,
    relative,
    unit,
)
from ltme_clinic.kinematics.rotations import angles_yxz
from ltme_clinic.types import ArmMeasures

SHOULDER_ANGLES = ("shoulder_flexion", "shoulder_abduction", "shoulder_rotation")
ELBOW_ANGLES = ("elbow_flexion",)
WRIST_ANGLES = ("wrist_deviation", "wrist_extension", "wrist_rotation")


@dataclass(frozen=True)
class Arm:
    """One arm over time, laboratory frame; NaN where a marker or measure that it needs is missing.

    The axes' columns are forward, left, up of someone who stands with hanging arms, palms to the front.
    """

    side: str
    shoulder_m: np.ndarray  # (frame, 3) joint centre, as the next three
    elbow_m: np.ndarray
    wrist_m: np.ndarray
    hand_m: np.ndarray  # (frame, 3) the hand's middle, under the finger marker; Nexus draws HNO twice as far away
    clavicle: np.ndarray  # (frame, 3, 3), as the next three
    upper_arm: np.ndarray
    forearm: np.ndarray
    hand: np.ndarray


def arm_of(positions_m: np.ndarray, thorax: Thorax, measures: ArmMeasures, marker_radius_m: float, side: str) -> Arm:
    """The joint centres from the shoulder to the hand, one from the other, then the segments between them.

    Parameters
    ----------
    positions_m : (frame, slot, 3) laboratory
    thorax : of the same frames
    measures : offset and widths; what is None leaves NaN in all that depends on it
    marker_radius_m : the skin's distance from a marker's middle
    side : "left" or "right"

    Notes
    -----
    As the Plug-in Gait reference guide describes it (Vicon 2018, Upper body kinematics):

    - shoulder: under the shoulder marker by offset and radius, by the chord function in the plane across the thorax's
      x, seen from the thorax's origin;
    - elbow: beside the elbow marker by half the width and radius, by the chord function, across the plane of shoulder,
      elbow marker and the middle of the wrist markers;
    - wrist: from the middle of the wrist markers by half the width and radius, across their line and the forearm;
    - hand: under the finger marker by half the thickness and radius, by the chord function, in the plane of wrist
      centre, finger marker and the middle of the wrist markers.

    With the elbow nearly straight the plane of the arm, and so shoulder rotation, hangs on millimetres.
    """
    sign = SIDE_SIGN[side]
    shoulder, elbow, thumb, little, finger = (
        positions_m[:, SLOT_INDEX[f"{side}_{part}"]]
        for part in ("shoulder", "elbow", "wrist_thumb", "wrist_little", "finger")
    )
    radius_m = marker_radius_m
    wand = sign * unit(cross(thorax.axes[:, :, 0], shoulder - thorax.origin_m))
    shoulder_m = chord_centre(
        thorax.origin_m, shoulder, shoulder + wand, _metres(measures.shoulder_offset_m) + radius_m
    )
    between_wrists_m = (thumb + little) / 2
    outward = -sign * unit(cross(elbow - shoulder_m, between_wrists_m - elbow))
    elbow_m = chord_centre(shoulder_m, elbow, elbow + outward, _metres(measures.elbow_width_m) / 2 + radius_m)
    across = sign * (thumb - little)  # towards the left of a hand whose palm faces forward
    palmar = unit(cross(across, elbow_m - between_wrists_m))
    wrist_m = between_wrists_m + (_metres(measures.wrist_width_m) / 2 + radius_m) * palmar
    hand_m = chord_centre(wrist_m, finger, between_wrists_m, _metres(measures.hand_thickness_m) / 2 + radius_m)
    left = sign * (shoulder_m - thorax.origin_m)
    upper_arm = axes_by_up_and_left(shoulder_m - elbow_m, cross(shoulder_m - elbow_m, wrist_m - elbow_m))
    return Arm(
        side,
        shoulder_m,
        elbow_m,
        wrist_m,
        hand_m,
        clavicle=axes_by_left_and_forward(left, cross(left, wand)),
        upper_arm=upper_arm,
        forearm=axes_by_up_and_left(elbow_m - wrist_m, upper_arm[:, :, 1]),
        hand=axes_by_up_and_left(wrist_m - hand_m, across),
    )


def shoulder_angles_deg(thorax: Thorax, arm: Arm) -> dict[str, np.ndarray]:
    """The upper arm against the thorax, in degrees; what Nexus stores as LShoulderAngles.

    Positive: flexion, abduction, internal rotation. The model decomposes the shoulder, unlike every other joint, about
    x, y, z (abduction first) and stores flexion first. Of the two triplets that are one posture the smaller is given,
    so that an arm raised to the front by 120 degrees reads 120. No file at hand shows what Nexus gives beyond 90.
    """
    sign = SIDE_SIGN[arm.side]
    abduction, flexion, rotation = _smaller(*_angles_xyz(relative(thorax.axes, arm.upper_arm)))
    return dict(zip(SHOULDER_ANGLES, np.degrees((-flexion, sign * abduction, -sign * rotation)), strict=True))


def elbow_angles_deg(arm: Arm) -> dict[str, np.ndarray]:
    """Flexion of the elbow, in degrees. Its other two angles are 0 by construction: both segments share one plane."""
    flexion, _, _ = angles_yxz(relative(arm.upper_arm, arm.forearm))
    return {ELBOW_ANGLES[0]: np.degrees(-flexion)}


def wrist_angles_deg(arm: Arm) -> dict[str, np.ndarray]:
    """The hand against the forearm, in degrees; what Nexus stores as LWristAngles.

    The model's forearm keeps the elbow's axis and does not turn with the hand, so the third angle is pronation (0 with
    the palm to the front, about 90 with the thumb to the front), and the first two are about the elbow's axes: positive
    is the hand bent to the front (with the thumb to the front: radial deviation), and away from the body (extension).
    """
    sign = SIDE_SIGN[arm.side]
    deviation, extension, rotation = angles_yxz(relative(arm.forearm, arm.hand))
    return dict(zip(WRIST_ANGLES, np.degrees((-deviation, sign * extension, -sign * rotation)), strict=True))


def _metres(measure_m: float | None) -> float:
    return np.nan if measure_m is None else measure_m


def _angles_xyz(rotation: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The angles (x, y, z) of Rx(x) Ry(y) Rz(z); y within +/- 90 degrees."""
    x_rad = np.arctan2(-rotation[:, 1, 2], rotation[:, 2, 2])
    y_rad = np.arcsin(np.clip(rotation[:, 0, 2], -1.0, 1.0))
    z_rad = np.arctan2(-rotation[:, 0, 1], rotation[:, 0, 0])
    return x_rad, y_rad, z_rad


def _smaller(x_rad: np.ndarray, y_rad: np.ndarray, z_rad: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of (x, y, z) and (x +/- 180, 180 - y, z +/- 180), which are one rotation, the triplet that sums to less."""
    swap = np.abs(x_rad) + np.abs(y_rad) + np.abs(z_rad) > 1.5 * np.pi
    half_turn = np.where(swap, np.pi, 0.0)
    return (
        x_rad - np.copysign(half_turn, x_rad),
        np.where(swap, np.copysign(np.pi, y_rad) - y_rad, y_rad),
        z_rad - np.copysign(half_turn, z_rad),
    )
