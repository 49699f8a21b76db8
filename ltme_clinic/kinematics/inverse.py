"""From where the feet are to the leg's joint angles: the exact inverse of posing a leg."""

from __future__ import annotations

import numpy as np

from ltme_clinic.kinematics.forward import SIDE_SIGN, BodyMotion
from ltme_clinic.kinematics.rotations import angles_yxz, angles_yzx
from ltme_clinic.kinematics.skeleton import Skeleton

MAX_REACH = 0.9998
"""Share of the leg's length that the ankle may be away from the hip: the knee never locks past straight."""


def reach_ankle(
    skeleton: Skeleton,
    side: str,
    pelvis: np.ndarray,
    hip_m: np.ndarray,
    ankle_m: np.ndarray,
    foot: np.ndarray,
    knee_axis: np.ndarray,
    softness_m: float = 0.0,
) -> dict[str, np.ndarray]:
    """Leg angles that bring the ankle to a place and the foot to an orientation, the knee a pure hinge.

    The knee's axis is kept as near as may be to `knee_axis`, so the leg doesn't swivel. An ankle out of reach is
    approached along its line from the hip.

    Parameters
    ----------
    side
        "left" or "right".
    pelvis, foot
        (frame, 3, 3) segment rotations in the laboratory.
    hip_m, ankle_m
        (frame, 3) laboratory.
    knee_axis
        (frame, 3) wished direction of the knee's axis, to the person's left.
    softness_m
        How far before its full length a leg begins to give way, so that a knee slows down before it is straight; the
        ankle then stays short of where it is wished by at most this much while it is within reach.

    Returns
    -------
    dict
        `<side>_hip_flexion` ... `<side>_ankle_inversion` in degrees, for `forward_kinematics`.
    """
    sign = SIDE_SIGN[side]
    down = ankle_m - hip_m
    distance_m = np.sqrt(np.einsum("ij,ij->i", down, down))
    down = down / distance_m[:, None]
    thigh_m, shank_m = skeleton.thigh_m, skeleton.shank_m
    longest_m = MAX_REACH * (thigh_m + shank_m)
    reach_m = np.clip(distance_m, abs(thigh_m - shank_m) * 1.001 + 1e-6, longest_m)
    if softness_m > 0.0:
        reach_m = longest_m - softness_m * np.logaddexp(0.0, (longest_m - distance_m) / softness_m)
    cos_knee = (thigh_m**2 + shank_m**2 - reach_m**2) / (2 * thigh_m * shank_m)
    knee_rad = np.pi - np.arccos(np.clip(cos_knee, -1.0, 1.0))
    # angle at the hip between the thigh and the line to the ankle: the thigh goes ahead of that line
    lead_rad = np.arctan2(shank_m * np.sin(knee_rad), thigh_m + shank_m * np.cos(knee_rad))
    left = knee_axis - np.einsum("ij,ij->i", knee_axis, down)[:, None] * down
    left = left / np.sqrt(np.einsum("ij,ij->i", left, left))[:, None]
    ahead = np.cross(down, left)  # down x left = forward for a body with z up
    thigh_down = np.cos(lead_rad)[:, None] * down + np.sin(lead_rad)[:, None] * ahead
    thigh = np.stack([np.cross(left, -thigh_down), left, -thigh_down], axis=2)
    shank_down = np.cos(knee_rad - lead_rad)[:, None] * down - np.sin(knee_rad - lead_rad)[:, None] * ahead
    shank = np.stack([np.cross(left, -shank_down), left, -shank_down], axis=2)
    hip_y, hip_x, hip_z = angles_yxz(pelvis.transpose(0, 2, 1) @ thigh)
    ankle_y, ankle_z, ankle_x = angles_yzx(shank.transpose(0, 2, 1) @ foot)
    radians = {
        "hip_flexion": -hip_y,
        "hip_adduction": -sign * hip_x,
        "hip_rotation": -sign * hip_z,
        "knee_flexion": knee_rad,
        "ankle_dorsiflexion": -ankle_y,
        "ankle_rotation": -sign * ankle_z,
        "ankle_inversion": -sign * ankle_x,
    }
    return {f"{side}_{name}": np.degrees(angle) for name, angle in radians.items()}


def keep_feet(
    skeleton: Skeleton,
    motion: BodyMotion,
    ankles_m: dict[str, np.ndarray],
    feet: dict[str, np.ndarray],
    softness_m: float = 0.0,
) -> dict[str, np.ndarray]:
    """Leg angles for both sides that hold the feet where they are wished, the pelvis as it is in `motion`.

    Parameters
    ----------
    ankles_m, feet
        By side: ankle joint centres (frame, 3) and foot rotations (frame, 3, 3) in the laboratory.
    softness_m
        As in `reach_ankle`.
    """
    angles_deg: dict[str, np.ndarray] = {}
    for side in SIDE_SIGN:
        angles_deg |= reach_ankle(
            skeleton,
            side,
            motion.rotations["pelvis"],
            motion.joint_centres[f"{side}_hip"],
            ankles_m[side],
            feet[side],
            motion.rotations[f"{side}_thigh"][:, :, 1],
            softness_m,
        )
    return angles_deg
