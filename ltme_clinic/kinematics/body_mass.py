"""Where a posed body's weight is."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics.forward import BodyMotion
from ltme_clinic.kinematics.skeleton import Skeleton

SEGMENT_MASSES: dict[str, tuple[str, str, float, float]] = {
    "upper_arm": ("shoulder", "elbow", 0.0271, 0.5772),
    "forearm": ("elbow", "wrist", 0.0162, 0.4574),
    "hand": ("wrist", "finger", 0.0061, 0.79),
    "thigh": ("hip", "knee", 0.1416, 0.4095),
    "shank": ("knee", "ankle", 0.0433, 0.4459),
    "foot": ("heel", "toe", 0.0137, 0.4415 / 0.70),
}
"""From joint, to joint, share of body mass, centre of mass on the way (de Leva 1996, table 4, men; a side).

The foot's share is of heel to toe tip; our `toe` is the ball, at 0.70 of the foot.
"""
TRUNK_MASS, TRUNK_CENTRE = 0.4346, 0.4486
"""Suprasternal notch to mid-hips (de Leva 1996); the notch is taken level with the shoulder joints' midpoint."""
HEAD_MASS, HEAD_CENTRE_M = 0.0694, 0.5
"""Head and neck; the centre as a share of the head's length above the seventh cervical vertebra."""


def centre_of_mass(skeleton: Skeleton, motion: BodyMotion) -> np.ndarray:
    """Centre of mass of the whole body, (frame, 3) metres in the motion's frame of reference."""
    joints = motion.joint_centres
    shoulders_m = (joints["left_shoulder"] + joints["right_shoulder"]) / 2
    total_m = TRUNK_MASS * (shoulders_m + TRUNK_CENTRE * (joints["pelvis"] - shoulders_m))
    head_m = joints["neck"] + HEAD_CENTRE_M * skeleton.head_m * motion.rotations["head"][:, :, 2]
    total_m = total_m + HEAD_MASS * head_m
    mass = TRUNK_MASS + HEAD_MASS
    for start, end, share, centre in SEGMENT_MASSES.values():
        for side in SIDES:
            near, far = joints[f"{side}_{start}"], joints[f"{side}_{end}"]
            total_m = total_m + share * (near + centre * (far - near))
            mass += share
    return total_m / mass
