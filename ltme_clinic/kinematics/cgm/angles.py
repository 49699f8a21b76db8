"""Joint angles from segment axes, with the Conventional Gait Model's names, signs and orders.

Every joint is decomposed about y, x, z: flexion, ad/abduction, rotation. The foot is decomposed about y, z, x (pitch,
turn, roll along the foot), because the model lays its foot's third axis along the foot: its own y, x, z is that order.
"""

from __future__ import annotations

import numpy as np

from ltme_clinic.kinematics.cgm.legs import Leg
from ltme_clinic.kinematics.cgm.pelvis import SIDE_SIGN
from ltme_clinic.kinematics.cgm.vectors import relative
from ltme_clinic.kinematics.rotations import angles_yxz, angles_yzx

PELVIS_ANGLES = ("pelvic_tilt", "pelvic_obliquity", "pelvic_rotation")
FOOT_ANGLES = ("foot_pitch", "foot_roll", "foot_progression")
JOINT_ANGLES = (
    "hip_flexion",
    "hip_adduction",
    "hip_rotation",
    "knee_flexion",
    "knee_adduction",
    "knee_rotation",
    "ankle_dorsiflexion",
    "ankle_inversion",
    "ankle_rotation",
)


def joint_angles_deg(pelvis_axes: np.ndarray, leg: Leg) -> dict[str, np.ndarray]:
    """One leg's hip, knee and ankle: `JOINT_ANGLES` -> (frame,) degrees.

    Positive: flexion, adduction (the knee's: varus), internal rotation, dorsiflexion, inversion. The model's own second
    ankle column has the opposite sign of inversion, and its first stands at -90 when the foot is at right angles.
    """
    sign = SIDE_SIGN[leg.side]
    hip = angles_yxz(relative(pelvis_axes, leg.thigh))
    knee = angles_yxz(relative(leg.thigh, leg.shank))
    turn_y, turn_z, turn_x = angles_yzx(relative(leg.shank_torsioned, leg.foot))
    radians = (
        -hip[0], -sign * hip[1], -sign * hip[2],
        knee[0], -sign * knee[1], -sign * knee[2],
        -turn_y, -sign * turn_x, -sign * turn_z,
    )  # fmt: skip
    return {name: np.degrees(angle) for name, angle in zip(JOINT_ANGLES, radians, strict=True)}


def pelvis_angles_deg(progression: np.ndarray, pelvis_axes: np.ndarray, side: str) -> dict[str, np.ndarray]:
    """The pelvis against the direction of progression: anterior tilt, that side up, that side forward positive."""
    sign = SIDE_SIGN[side]
    tilt, obliquity, rotation = angles_yxz(relative(progression, pelvis_axes))
    radians = (tilt, sign * obliquity, -sign * rotation)
    return {name: np.degrees(angle) for name, angle in zip(PELVIS_ANGLES, radians, strict=True)}


def foot_angles_deg(progression: np.ndarray, leg: Leg) -> dict[str, np.ndarray]:
    """The foot against the direction of progression: toes up, inner border up, toes in positive."""
    sign = SIDE_SIGN[leg.side]
    pitch, turn, roll = angles_yzx(relative(progression, leg.foot))
    radians = (-pitch, -sign * roll, -sign * turn)
    return {name: np.degrees(angle) for name, angle in zip(FOOT_ANGLES, radians, strict=True)}
