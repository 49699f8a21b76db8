"""From an exercise's channels to a whole upright body whose planted feet stay exactly where they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.exercises.description import Contact
from ltme_clinic.kinematics import BodyMotion, Skeleton, forward_kinematics, reach_ankle
from ltme_clinic.kinematics.forward import SIDE_SIGN
from ltme_clinic.kinematics.rotations import rotation_about_vectors, rotation_yxz
from ltme_clinic.types import LtmeError

Course = Mapping[str, np.ndarray]
"""Channel -> (frame,), see `timeline.CHANNELS`."""

PELVIS_SHARE_OF_LEAN = 0.5
"""How much of a forward trunk lean the pelvis makes; the lumbar spine makes the rest."""
HEAD_SHARE_OF_LEAN = 0.6
"""How much of a trunk lean the neck takes back, so that the eyes look ahead."""
GRAZE_M = 0.003
"""How deep a free foot may pass into a floor that gives and a sole that does; deeper, the knee bends more."""
PELVIC = ("pelvic_tilt", "pelvic_obliquity", "pelvic_rotation")
HEEL_SHARE = 0.24
"""Heel behind the ankle, as a share of the foot's length."""


@dataclass(frozen=True)
class Stance:
    """Where the feet stand: x forward from the (front) ankles, y left, metres."""

    skeleton: Skeleton
    contact: Contact
    stride_m: float = 0.0
    """How far the rear ball is behind the front ankle; staggered feet only."""
    front: str = "left"
    """The front leg of staggered feet; the leg that moves, for one who lies on the side."""
    step_height_m: float = 0.0
    foot_ahead_m: float = 0.0
    """Ankle of a foot that stands on a mat, from the hips towards the feet."""
    exercise: str = "exercise"
    """Name for messages."""

    def ankle_m(self, side: str) -> np.ndarray:
        """Ankle joint centre over a flat foot, (3,)."""
        return np.array([0.0, SIDE_SIGN[side] * self.skeleton.hip_half_width_m, self.skeleton.ankle_height_m])

    def point_m(self, share: np.ndarray) -> np.ndarray:
        """x of a point of the (front) foot, by its share of the way from heel to toe tip."""
        return (share - HEEL_SHARE) * self.skeleton.foot_m


@dataclass(frozen=True)
class Posed:
    """A moving body: `forward_kinematics`' angles and what came of them."""

    angles_deg: dict[str, np.ndarray]
    motion: BodyMotion


def pose(stance: Stance, course: Course, lean_deg: np.ndarray, sideways_m: np.ndarray) -> Posed:
    """The body at each frame.

    Parameters
    ----------
    lean_deg : (frame,) trunk lean, or for `forefeet` the forward lean of the whole body from the ankles
    sideways_m : (frame,) the pelvis to the left of the middle between the feet
    """
    skeleton = stance.skeleton
    trunk_deg = course["trunk_flexion"] if stance.contact == "forefeet" else lean_deg
    feet, ankles_m = _planted_feet(stance, course, lean_deg)
    root_m = _mid_hips(stance, course, lean_deg, ankles_m[stance.front], sideways_m)
    angles = upper_body(course, trunk_deg)
    hips = forward_kinematics(skeleton, {key: angles[key] for key in PELVIC}, root_m)
    pelvis = hips.rotations["pelvis"]
    for side in SIDES:
        hip_m = hips.joint_centres[f"{side}_hip"]
        if course["pelvic_hike"].any():
            hip_m = _unhiked_m(skeleton, side, course, angles, root_m, hip_m)
        _refuse_out_of_reach(stance, side, hip_m, ankles_m[side], course[f"{side}_aloft"])
        axis = knee_axis(side, course, pelvis, hip_m, ankles_m[side])
        planted = reach_ankle(skeleton, side, pelvis, hip_m, ankles_m[side], feet[side], axis)
        free = free_leg(side, course, planted)
        if stance.contact == "chair":  # the thigh's slope is asked for, whatever the pelvis does
            free[f"{side}_hip_flexion"] = free[f"{side}_hip_flexion"] + course[f"{side}_aloft"] * angles["pelvic_tilt"]
        angles |= free
    motion = forward_kinematics(skeleton, angles, root_m)
    raised = {side: _too_low_m(motion, side, course[f"{side}_aloft"]) for side in SIDES}
    if not any(raise_m.any() for raise_m in raised.values()):
        return Posed(angles, motion)
    for side, raise_m in raised.items():
        angles |= _raised_foot(skeleton, side, angles, raise_m)
    return Posed(angles, forward_kinematics(skeleton, angles, root_m))


def _planted_feet(
    stance: Stance, course: Course, lean_deg: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Foot rotations (frame, 3, 3) and ankles (frame, 3) by side, for feet on the floor."""
    still = np.zeros_like(lean_deg)
    heel_lift_deg = {side: still for side in SIDES}
    ball_m = {side: stance.ankle_m(side) + stance.skeleton.ball_m for side in SIDES}
    if stance.contact == "both_feet":
        heel_lift_deg = {side: course["heel_lift"] for side in SIDES}
    elif stance.contact == "forefeet":
        heel_lift_deg = {side: np.maximum(lean_deg - course["ankle_dorsiflexion"], 0.0) for side in SIDES}
    elif stance.contact == "staggered_feet":
        rear = SIDES[1 - SIDES.index(stance.front)]
        heel_lift_deg[rear] = course["rear_heel_lift"]
        ball_m[rear] = np.array([-stance.stride_m, ball_m[rear][1], 0.0])
    feet = {side: rotation_yxz(np.radians(lift), still, still) for side, lift in heel_lift_deg.items()}
    return feet, {side: ball_m[side] - feet[side] @ stance.skeleton.ball_m for side in SIDES}


def knee_axis(side: str, course: Course, pelvis: np.ndarray, hip_m: np.ndarray, ankle_m: np.ndarray) -> np.ndarray:
    """Wished axis of a planted leg's knee, (frame, 3): across the pelvis, turned as far as the knee falls inwards."""
    inwards_deg = course["knees_in"] + course[f"{side}_knee_in"]
    across = pelvis[:, :, 1]
    if not inwards_deg.any():
        return across
    down = (ankle_m - hip_m) / np.linalg.norm(ankle_m - hip_m, axis=1, keepdims=True)
    turn = rotation_about_vectors(down * np.radians(SIDE_SIGN[side] * inwards_deg)[:, None])
    return np.einsum("fij,fj->fi", turn, across)


def _mid_hips(
    stance: Stance, course: Course, lean_deg: np.ndarray, ankle_m: np.ndarray, sideways_m: np.ndarray
) -> np.ndarray:
    """Middle of the hip joint centres over the carrying leg's ankle, (frame, 3)."""
    shank_deg = lean_deg if stance.contact == "forefeet" else course["ankle_dorsiflexion"]
    shank_rad = np.radians(shank_deg)
    thigh_rad = np.radians(course["knee_flexion"]) - shank_rad  # backwards from the vertical
    thigh_m, shank_m = stance.skeleton.thigh_m, stance.skeleton.shank_m
    forward_m = shank_m * np.sin(shank_rad) - thigh_m * np.sin(thigh_rad)
    upright_m = shank_m * np.cos(shank_rad) + thigh_m * np.cos(thigh_rad)
    height_m = np.sqrt(np.maximum(upright_m**2 - sideways_m**2, 0.0))
    return np.stack([ankle_m[:, 0] + forward_m, sideways_m, ankle_m[:, 2] + height_m], axis=1)


def upper_body(course: Course, trunk_deg: np.ndarray) -> dict[str, np.ndarray]:
    """Pelvis, trunk, head and arm angles."""
    angles = {
        "trunk_flexion": trunk_deg,
        "pelvic_tilt": course["pelvic_tilt"] + PELVIS_SHARE_OF_LEAN * trunk_deg,
        "pelvic_obliquity": course["pelvic_hike"],
        "pelvic_rotation": course["pelvic_turn"],
        "trunk_lean": course["trunk_lean"],
        "head_flexion": -HEAD_SHARE_OF_LEAN * trunk_deg,
        "head_lean": -HEAD_SHARE_OF_LEAN * course["trunk_lean"],
    }
    for side in SIDES:
        angles[f"{side}_shoulder_abduction"] = course["shoulder_abduction"]
        for joint in ("shoulder_flexion", "elbow_flexion"):
            angles[f"{side}_{joint}"] = course[joint] + course[f"{side}_{joint}"]
    return angles


def free_leg(side: str, course: Course, planted: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Leg angles that pass from the planted leg's to the channels' as the foot comes free."""
    held = 1.0 - course[f"{side}_aloft"]
    own = {name: course[f"{side}_{name}"] for name in ("hip_flexion", "knee_flexion", "ankle_dorsiflexion")}
    own["hip_adduction"] = -course[f"{side}_hip_abduction"]
    return {key: held * angle + own.get(key.removeprefix(f"{side}_"), 0.0) for key, angle in planted.items()}


def _unhiked_m(
    skeleton: Skeleton,
    side: str,
    course: Course,
    angles: dict[str, np.ndarray],
    root_m: np.ndarray,
    hip_m: np.ndarray,
) -> np.ndarray:
    """Hip (frame, 3) that a foot coming free is left from: of the level pelvis, so that hiking it lifts the foot."""
    level = forward_kinematics(skeleton, {"pelvic_tilt": angles["pelvic_tilt"]}, root_m).joint_centres[f"{side}_hip"]
    return np.where((course[f"{side}_aloft"] > 0.0)[:, None], level, hip_m)


def _too_low_m(motion: BodyMotion, side: str, aloft: np.ndarray) -> np.ndarray:
    """How far a free foot must be raised so that it passes over the floor, (frame,); 0 for one that all but clears it.

    A little more than the allowed depth sets in softly, so that no speed jumps.
    """
    sole_m = np.minimum(motion.joint_centres[f"{side}_heel"][:, 2], motion.joint_centres[f"{side}_toe"][:, 2])
    deep_m = np.where(aloft > 0.0, np.maximum(-sole_m - GRAZE_M, 0.0), 0.0)
    return deep_m**2 / (deep_m + 0.5 * GRAZE_M)


def _raised_foot(
    skeleton: Skeleton, side: str, angles: dict[str, np.ndarray], raise_m: np.ndarray
) -> dict[str, np.ndarray]:
    """Angles of a leg shortened by so much (frame,): the ankle stays on its line from the hip, the foot as it was."""
    thigh_m, shank_m = skeleton.thigh_m, skeleton.shank_m
    knee_rad = np.radians(angles[f"{side}_knee_flexion"])
    reach_m = np.sqrt(thigh_m**2 + shank_m**2 + 2.0 * thigh_m * shank_m * np.cos(knee_rad)) - raise_m
    bent_rad = np.arccos(np.clip((reach_m**2 - thigh_m**2 - shank_m**2) / (2.0 * thigh_m * shank_m), -1.0, 1.0))
    bent_rad = np.where(raise_m > 0.0, bent_rad, knee_rad)

    def lead_rad(knee: np.ndarray) -> np.ndarray:
        return np.arctan2(shank_m * np.sin(knee), thigh_m + shank_m * np.cos(knee))

    hip_deg = np.degrees(lead_rad(bent_rad) - lead_rad(knee_rad))
    knee_deg = np.degrees(bent_rad - knee_rad)
    added = {"hip_flexion": hip_deg, "knee_flexion": knee_deg, "ankle_dorsiflexion": knee_deg - hip_deg}
    return {f"{side}_{joint}": angles[f"{side}_{joint}"] + degrees for joint, degrees in added.items()}


def _refuse_out_of_reach(stance: Stance, side: str, hip_m: np.ndarray, ankle_m: np.ndarray, aloft: np.ndarray) -> None:
    reach_m = stance.skeleton.thigh_m + stance.skeleton.shank_m
    distance_m = np.linalg.norm(hip_m - ankle_m, axis=1)[aloft <= 0]
    if distance_m.size and distance_m.max() > 1.0005 * reach_m:
        raise LtmeError(
            stance.exercise,
            f"the {side} foot would be {100 * (distance_m.max() - reach_m):.1f} cm beyond this body's reach",
            "Choose a shorter stride",
        )
