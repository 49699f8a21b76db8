"""A body of typical size in the rest poses of formats that hold rotations and no bone lengths.

Lengths are those of `kinematics.Skeleton` (de Leva 1996, Winter 2009, Harrington 2007) at 1.75 m. A format's rest pose
says in which direction each bone points before it is turned; both formats here have x to the person's left, y up and
z forward, arms straight out, and each joint's axes parallel to these.
"""

from __future__ import annotations

import numpy as np

from ltme_clinic.kinematics import Skeleton
from ltme_clinic.kinematics.joint_chain import JointChain

HEIGHT_M = 1.75
WARNING = f"the file holds no bone lengths: those of a typical body of {HEIGHT_M:g} m were taken, not the person's"

_TOE_BASE_HEIGHT_M = 0.025
"""The joint at the base of the toes above the sole."""
_CMU_LEGS_APART_RAD = np.radians(20.0)
"""CMU's skeletons rest with each leg 20 degrees outwards (direction 0.342 -0.940 0 in every .asf)."""
_FORK = 0.80
"""Where the spine parts into neck and collar bones, as a part of the trunk's height; the shoulders are at 0.90."""
SMPL_JOINTS = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle",
    "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
)  # fmt: skip

Way = tuple[float, float, float]
"""Metres to the left, up and forward."""
Offsets = dict[str, tuple[str, Way]]
"""Joint -> the joint it hangs on, and the way from there."""


def cmu_chain() -> JointChain:
    """The joints of CMU's BVH files that place a body, by their names there."""
    body = Skeleton.from_height(HEIGHT_M)
    up_m = _FORK * body.trunk_m / 3
    offsets: Offsets = {
        "Hips": ("", (0.0, 0.0, 0.0)),
        "LowerBack": ("Hips", (0.0, 0.0, 0.0)),
        "Spine": ("LowerBack", (0.0, up_m, 0.0)),
        "Spine1": ("Spine", (0.0, up_m, 0.0)),
        "Neck": ("Spine1", (0.0, up_m, 0.0)),
        "Neck1": ("Neck", (0.0, (1.0 - _FORK) * body.trunk_m, 0.0)),
        "Head": ("Neck1", (0.0, 0.3 * body.head_m, 0.0)),
        "HeadEnd": ("Head", (0.0, 0.3 * body.head_m, 0.0)),
    }
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        outwards = sign * _CMU_LEGS_APART_RAD
        offsets |= {
            f"{side}UpLeg": ("Hips", _hip(body, sign)),
            f"{side}Leg": (f"{side}UpLeg", _about_z((0.0, -body.thigh_m, 0.0), outwards)),
            f"{side}Foot": (f"{side}Leg", _about_z((0.0, -body.shank_m, 0.0), outwards)),
            f"{side}ToeBase": (f"{side}Foot", _about_z(_toe_base(body), outwards)),
            f"{side}ToeBaseEnd": (f"{side}ToeBase", (0.0, 0.0, 0.2 * body.foot_m)),
            f"{side}Shoulder": ("Spine1", (0.0, up_m, 0.0)),
            f"{side}Arm": (f"{side}Shoulder", _shoulder(body, sign)),
            f"{side}ForeArm": (f"{side}Arm", (sign * body.upper_arm_m, 0.0, 0.0)),
            # CMU's forearm has two bones, radius and wrist, that are 2 : 1 in every .asf.
            f"{side}Hand": (f"{side}ForeArm", (sign * body.forearm_m * 2 / 3, 0.0, 0.0)),
            f"{side}FingerBase": (f"{side}Hand", (sign * body.forearm_m / 3, 0.0, 0.0)),
            f"{side}HandIndex1": (f"{side}FingerBase", (sign * body.hand_m, 0.0, 0.0)),
        }
    return _chain(offsets)


def smpl_chain() -> JointChain:
    """The 22 joints of SMPL's body, in the model's order and by the names of the smplx library."""
    body = Skeleton.from_height(HEIGHT_M)
    up: Way = (0.0, _FORK * body.trunk_m / 3, 0.0)
    offsets: Offsets = {
        "pelvis": ("", (0.0, 0.0, 0.0)),
        "spine1": ("pelvis", up),
        "spine2": ("spine1", up),
        "spine3": ("spine2", up),
        "neck": ("spine3", (0.0, (1.0 - _FORK) * body.trunk_m, 0.0)),
        "head": ("neck", (0.0, 0.3 * body.head_m, 0.0)),
    }
    for side, sign in (("left", 1.0), ("right", -1.0)):
        left_m, up_m, _ = _shoulder(body, sign)
        offsets |= {
            f"{side}_hip": ("pelvis", _hip(body, sign)),
            f"{side}_knee": (f"{side}_hip", (0.0, -body.thigh_m, 0.0)),
            f"{side}_ankle": (f"{side}_knee", (0.0, -body.shank_m, 0.0)),
            f"{side}_foot": (f"{side}_ankle", _toe_base(body)),
            f"{side}_collar": ("spine3", (0.3 * left_m, up_m, 0.0)),
            f"{side}_shoulder": (f"{side}_collar", (0.7 * left_m, 0.0, 0.0)),
            f"{side}_elbow": (f"{side}_shoulder", (sign * body.upper_arm_m, 0.0, 0.0)),
            f"{side}_wrist": (f"{side}_elbow", (sign * body.forearm_m, 0.0, 0.0)),
        }
    return _chain({joint: offsets[joint] for joint in SMPL_JOINTS})


def _hip(body: Skeleton, sign: float) -> Way:
    """From the lumbosacral joint to a hip."""
    return sign * body.hip_half_width_m, -body.pelvis_height_m, 0.01 * body.height_m


def _toe_base(body: Skeleton) -> Way:
    """From the ankle to the base of the toes, with the sole on the floor."""
    return 0.0, _TOE_BASE_HEIGHT_M - body.ankle_height_m, float(body.ball_m[0])


def _shoulder(body: Skeleton, sign: float) -> Way:
    """From the spine's fork to a shoulder."""
    return sign * body.shoulder_width_m / 2, (0.90 - _FORK) * body.trunk_m, 0.0


def _about_z(way: Way, angle_rad: float) -> Way:
    left, up, forward = way
    cos, sin = float(np.cos(angle_rad)), float(np.sin(angle_rad))
    return cos * left - sin * up, sin * left + cos * up, forward


def _chain(offsets: Offsets) -> JointChain:
    place = {joint: index for index, joint in enumerate(offsets)}
    parents = tuple(place.get(parent, -1) for parent, _ in offsets.values())
    return JointChain(tuple(offsets), parents, np.array([way for _, way in offsets.values()]))
