"""How high a sole is above the floor."""

from __future__ import annotations

import numpy as np

from ltme_clinic.kinematics import Skeleton
from ltme_clinic.virtual_lab.footfalls import FootPose, rolled_below_ankle_m
from ltme_clinic.virtual_lab.gait import WalkedBody


def lowest_sole_m(skeleton: Skeleton, body: WalkedBody, side: str) -> np.ndarray:
    """(frame,) height of a sole's lowest point: heel, ball, or the toes' rocker once the heel is well up."""
    pose = FootPose.of(body.motion.rotations[f"{side}_foot"])
    return body.motion.joint_centres[f"{side}_ankle"][:, 2] + rolled_below_ankle_m(skeleton, pose.pitch_rad)
