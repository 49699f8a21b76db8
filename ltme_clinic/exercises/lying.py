"""Bodies that a mat carries: on the back, one or both feet standing on it, and on the side with one leg on the other.

The body is posed upright and then laid down: its rotations and joint centres are turned as a whole. On the back the
head points to -x, the face up, the person's left to +y; on the side the face points to +x. z = 0 is the mat's surface.
"""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.exercises.pose import PELVIC, Course, Posed, Stance, free_leg, knee_axis, upper_body
from ltme_clinic.kinematics import BodyMotion, Skeleton, forward_kinematics, reach_ankle
from ltme_clinic.kinematics.forward import SIDE_SIGN
from ltme_clinic.kinematics.rotations import rotation_yxz
from ltme_clinic.kinematics.skeleton import MARKER_RADIUS_M

PIVOT = 0.88
"""Where the back turns on the mat when the pelvis is raised: between the shoulder blades' upper edges, share of the way
from the lumbosacral joint to the seventh cervical vertebra."""
WRIST_ABOVE_MAT = 0.026
"""Wrist of an arm that lies on the mat, share of the height: half a forearm with its wrist markers."""
PRONATION_DEG = 60.0
"""Palms down."""
HIP_ABOVE_MAT = 0.066
"""Hip joint centre of the side that is lain on, share of the height: trochanter, soft tissue."""
KNEE_ABOVE_MAT, ANKLE_ABOVE_MAT = 0.054, 0.042
"""The same for knee and ankle, such that the markers on the outer side of thigh and shank are not under the mat."""
SHOULDER_ABOVE_MAT = 0.042
"""Joint centre of the shoulder that is lain on, share of the height: the trunk bends sideways as far as that needs, for
shoulders are broader than a pelvis."""
HEAD_DOWN_DEG = 9.0
"""How far the head sinks from the line of the trunk, onto the arm under it."""
LOWER_ARM_DEG = {"shoulder_flexion": 100.0, "elbow_flexion": 105.0}
"""The arm under the head lies forward and bent."""
UPPER_ARM_DEG = {"shoulder_flexion": 62.0, "elbow_flexion": 22.0}
"""The hand of the other stands on the mat before the chest."""
FINGER_ABOVE_MAT = 0.012
TRUNK_SHARE_OF_ROLL = 0.6
"""How far the trunk follows a pelvis that rolls back."""


def hip_height_on_back_m(skeleton: Skeleton) -> float:
    """Hip joint centres of one who lies on the back: the sacrum, and a marker on it, touch the mat."""
    return skeleton.pelvis_depth_m - skeleton.asis_forward_m + 2.0 * MARKER_RADIUS_M


def heel_height_m(skeleton: Skeleton, dorsiflexion_deg: float) -> float:
    """Ankle of a leg that lies straight, toes up: the heel, and a marker on it, touch the mat."""
    pointed_rad = np.radians(-dorsiflexion_deg)
    heel_m = 0.27 * skeleton.foot_m * np.cos(pointed_rad) + skeleton.ankle_height_m * max(0.0, np.sin(pointed_rad))
    return float(heel_m) + 2.0 * MARKER_RADIUS_M


def pose_on_back(stance: Stance, course: Course) -> Posed:
    """The body at each frame, `slope` raising the pelvis about the shoulders; feet that aren't aloft stand flat."""
    skeleton = stance.skeleton
    frames = len(course["slope"])
    arch_m = skeleton.pelvis_height_m * np.sin(np.radians(course["pelvic_tilt"]))
    arch_deg = np.degrees(np.arcsin(arch_m / (PIVOT * skeleton.trunk_m)))
    slope_deg = course["slope"] + np.maximum(arch_deg, 0.0)  # an arched back lifts the loins; the sacrum stays down
    angles = _upper_body_on_back(skeleton, course, slope_deg)
    laid = _about_y(-90.0 - slope_deg)
    root_m = _root_on_back(skeleton, angles, laid, slope_deg)
    hips = _turned(forward_kinematics(skeleton, {key: angles[key] for key in PELVIC}, np.zeros((frames, 3))), laid)
    for side in SIDES:
        hip_m = hips.joint_centres[f"{side}_hip"] + root_m
        ankle_m = np.broadcast_to(stance.ankle_m(side) + np.array([stance.foot_ahead_m, 0.0, 0.0]), (frames, 3))
        flat = np.broadcast_to(np.eye(3), (frames, 3, 3))
        pelvis = hips.rotations["pelvis"]
        axis = knee_axis(side, course, pelvis, hip_m, ankle_m)
        angles |= free_leg(side, course, reach_ankle(skeleton, side, pelvis, hip_m, ankle_m, flat, axis))
    return Posed(angles, _turned(forward_kinematics(skeleton, angles, np.zeros((frames, 3))), laid).translated(root_m))


def _upper_body_on_back(skeleton: Skeleton, course: Course, slope_deg: np.ndarray) -> dict[str, np.ndarray]:
    """Angles with head and arms left lying on the mat, however the trunk slopes."""
    angles = upper_body(course, course["trunk_flexion"])
    shoulder_m = hip_height_on_back_m(skeleton) - 0.01 * skeleton.height_m
    arm_m = skeleton.upper_arm_m + skeleton.forearm_m
    drop_deg = np.degrees(np.arcsin((shoulder_m - WRIST_ABOVE_MAT * skeleton.height_m) / arm_m))
    angles["head_flexion"] = slope_deg
    for side in SIDES:
        angles[f"{side}_shoulder_flexion"] = angles[f"{side}_shoulder_flexion"] - drop_deg - slope_deg
        angles[f"{side}_elbow_pronation"] = np.full_like(slope_deg, PRONATION_DEG)
    return angles


def _root_on_back(
    skeleton: Skeleton, angles: dict[str, np.ndarray], laid: np.ndarray, slope_deg: np.ndarray
) -> np.ndarray:
    """Mid-hips (frame, 3) such that the point of the back that the trunk turns about stays where it lies."""
    axial = {key: value for key, value in angles.items() if key in (*PELVIC, "trunk_flexion", "trunk_lean")}
    posed = _turned(forward_kinematics(skeleton, axial, np.zeros((len(slope_deg), 3))), laid)
    back_m = np.array([0.01 * skeleton.height_m - hip_height_on_back_m(skeleton), 0.0, PIVOT * skeleton.trunk_m])
    pivot_m = posed.joint_centres["lumbar"] + posed.rotations["trunk"] @ back_m
    # lying flat, the hips are at x = 0
    lain_m = np.array([-skeleton.pelvis_height_m - PIVOT * skeleton.trunk_m, 0.0, 0.0])
    return lain_m - pivot_m


def pose_on_side(stance: Stance, course: Course) -> Posed:
    """The body at each frame, `stance.front` the leg on top; `opening` turns it about the line from hip to ankle."""
    skeleton, top = stance.skeleton, stance.front
    bottom = SIDES[1 - SIDES.index(top)]
    angles = _upper_body_on_side(skeleton, course, top, bottom)
    angles |= _stacked_legs(skeleton, course, _laid_on_side(skeleton, angles, top, bottom), top, bottom)
    return Posed(angles, _laid_on_side(skeleton, angles, top, bottom))


def _laid_on_side(skeleton: Skeleton, angles: dict[str, np.ndarray], top: str, bottom: str) -> BodyMotion:
    """A body posed upright, laid on its side; it rolls about the hip that is lain on."""
    frames = len(angles["pelvic_tilt"])
    still = np.zeros(frames)
    laid = rotation_yxz(still, np.full(frames, SIDE_SIGN[top] * np.pi / 2.0), still)
    motion = _turned(forward_kinematics(skeleton, angles, np.zeros((frames, 3))), laid)
    lain_m = np.array([0.0, 0.0, HIP_ABOVE_MAT * skeleton.height_m])
    return motion.translated(lain_m - motion.joint_centres[f"{bottom}_hip"])


def _upper_body_on_side(skeleton: Skeleton, course: Course, top: str, bottom: str) -> dict[str, np.ndarray]:
    """Angles with the lower shoulder, the head and both hands where they lie."""
    sign = SIDE_SIGN[top]
    angles = upper_body(course, course["trunk_flexion"])
    angles["trunk_lean"] = course["trunk_lean"] + sign * _shoulders_up_deg(skeleton)
    angles["trunk_rotation"] = TRUNK_SHARE_OF_ROLL * course["pelvic_turn"]
    angles["head_lean"] = np.full_like(course["opening"], -sign * HEAD_DOWN_DEG)
    for side, arm in ((bottom, LOWER_ARM_DEG), (top, UPPER_ARM_DEG)):
        for joint, degrees in arm.items():
            angles[f"{side}_{joint}"] = angles[f"{side}_{joint}"] + degrees
    reach_deg = _hand_on_mat_deg(skeleton, {key: float(angle[0]) for key, angle in angles.items()}, top, bottom)
    angles[f"{top}_shoulder_abduction"] = angles[f"{top}_shoulder_abduction"] + reach_deg
    return angles


def _shoulders_up_deg(skeleton: Skeleton) -> float:
    """Sideways bend of the trunk that puts the lower shoulder `SHOULDER_ABOVE_MAT`."""
    lumbar_m = HIP_ABOVE_MAT * skeleton.height_m + skeleton.hip_half_width_m
    rise_m = SHOULDER_ABOVE_MAT * skeleton.height_m - lumbar_m
    along_m, across_m = skeleton.shoulder_height_m, 0.5 * skeleton.shoulder_width_m
    bend_rad = np.arcsin(rise_m / np.hypot(along_m, across_m)) + np.arctan2(across_m, along_m)
    return float(np.degrees(bend_rad))


def _hand_on_mat_deg(skeleton: Skeleton, angles: dict[str, float], top: str, bottom: str) -> float:
    """Abduction of the upper arm (negative: across the body) that brings its hand down to the mat."""
    tried_deg = np.linspace(0.0, -85.0, 171)
    arm = {key: np.full(len(tried_deg), angle) for key, angle in angles.items()}
    arm[f"{top}_shoulder_abduction"] = tried_deg
    finger_m = _laid_on_side(skeleton, arm, top, bottom).joint_centres[f"{top}_finger"][:, 2]
    above = finger_m >= FINGER_ABOVE_MAT * skeleton.height_m
    return float(tried_deg[np.flatnonzero(above)[-1] if above.all() else int(np.argmin(above)) - 1])


def _stacked_legs(skeleton: Skeleton, course: Course, hips: BodyMotion, top: str, bottom: str) -> dict[str, np.ndarray]:
    """Hip, knee and ankle angles: the leg below lies on the mat, the other on it, heel upon heel."""
    pelvis, frames = hips.rotations["pelvis"], len(course["opening"])
    knee_up_m, ankle_up_m = KNEE_ABOVE_MAT * skeleton.height_m, ANKLE_ABOVE_MAT * skeleton.height_m
    hip_m = hips.joint_centres[f"{bottom}_hip"]
    away_m = _hip_to_ankle_m(skeleton, course, top, ankle_up_m - hip_m[:, 2])
    ankle_m = hip_m + away_m
    stacked_m = np.array([0.0, 0.0, skeleton.ankle_width_m + 2.0 * MARKER_RADIUS_M])
    knees_apart_m = skeleton.knee_width_m + 2.0 * MARKER_RADIUS_M
    legs: dict[str, np.ndarray] = {}
    for side, ankles_m, knees_m, opening_deg in (
        (bottom, ankle_m, knee_up_m, np.zeros(frames)),
        (top, ankle_m + stacked_m, knee_up_m + knees_apart_m, course["opening"]),
    ):
        own_hip_m = hips.joint_centres[f"{side}_hip"]
        axis = _axis_for_knee_height(skeleton, own_hip_m, ankles_m, knees_m, opening_deg, SIDE_SIGN[top])
        flat = np.broadcast_to(np.eye(3), (frames, 3, 3))
        reached = reach_ankle(skeleton, side, pelvis, own_hip_m, ankles_m, flat, axis)
        legs |= {key: angle for key, angle in reached.items() if "ankle" not in key}
        legs[f"{side}_ankle_dorsiflexion"] = course["ankle_dorsiflexion"]
    return legs


def _hip_to_ankle_m(skeleton: Skeleton, course: Course, top: str, rise_m: np.ndarray) -> np.ndarray:
    """(frame, 3) from the hip that is lain on to its ankle, for the asked knee and hip flexion, the thighs forward."""
    knee_rad = np.radians(course["knee_flexion"])
    thigh_m, shank_m = skeleton.thigh_m, skeleton.shank_m
    reach_m = np.sqrt(thigh_m**2 + shank_m**2 + 2.0 * thigh_m * shank_m * np.cos(knee_rad))
    lead_rad = np.arctan2(shank_m * np.sin(knee_rad), thigh_m + shank_m * np.cos(knee_rad))
    ahead_rad = np.radians(course[f"{top}_hip_flexion"]) - lead_rad
    level_m = np.sqrt(reach_m**2 - rise_m**2)
    return np.stack([level_m * np.sin(ahead_rad), SIDE_SIGN[top] * level_m * np.cos(ahead_rad), rise_m], axis=1)


def _axis_for_knee_height(
    skeleton: Skeleton,
    hip_m: np.ndarray,
    ankle_m: np.ndarray,
    knee_up_m: float,
    opening_deg: np.ndarray,
    sign: float,
) -> np.ndarray:
    """The knee's axis (frame, 3) that puts the knee at a height, the leg then opened upwards by an angle."""
    down = ankle_m - hip_m
    distance_m = np.linalg.norm(down, axis=1)
    down = down / distance_m[:, None]
    thigh_m, shank_m = skeleton.thigh_m, skeleton.shank_m
    cos_lead = (thigh_m**2 + distance_m**2 - shank_m**2) / (2.0 * thigh_m * distance_m)
    sin_lead = np.sqrt(1.0 - cos_lead**2)
    upward = np.array([0.0, 0.0, 1.0]) - down[:, 2:] * down
    steep = np.linalg.norm(upward, axis=1)
    upward = upward / steep[:, None]
    level = -sign * np.cross(upward, down)  # level and square to the leg, the way the knee points
    rise = (knee_up_m - hip_m[:, 2]) / thigh_m - cos_lead * down[:, 2]
    turn_rad = np.arcsin(np.clip(rise / (sin_lead * steep), -1.0, 1.0)) + np.radians(opening_deg)
    ahead = np.cos(turn_rad)[:, None] * level + np.sin(turn_rad)[:, None] * upward
    return np.cross(ahead, down)


def _about_y(degrees: np.ndarray) -> np.ndarray:
    still = np.zeros_like(degrees)
    return rotation_yxz(np.radians(degrees), still, still)


def _turned(motion: BodyMotion, rotation: np.ndarray) -> BodyMotion:
    """The same motion turned as a whole about the origin by (frame, 3, 3)."""
    return BodyMotion(
        {name: rotation @ segment for name, segment in motion.rotations.items()},
        {name: np.einsum("fij,fj->fi", rotation, centre) for name, centre in motion.joint_centres.items()},
    )
