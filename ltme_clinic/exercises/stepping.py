"""Stepping up onto a step and down again: both feet go where the description says, the weight with them."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.exercises.pose import PELVIC, Course, Posed, Stance, knee_axis, upper_body
from ltme_clinic.kinematics import Skeleton, centre_of_mass, forward_kinematics, reach_ankle
from ltme_clinic.kinematics.rotations import rotation_yxz
from ltme_clinic.types import LtmeError

TOE_TO_STEP_M = 0.05
"""Between the tips of the toes and the step, for one who stands before it (our assumption)."""
BALANCING_ROUNDS = 4
"""The pelvis carries the weight nearly one to one, so a few rounds put it within a millimetre."""
REACH_TOLERANCE_M = 0.004
"""How far a foot that stands may be from where it should."""


def step_distance_m(skeleton: Skeleton) -> float:
    """How far forward a foot goes to stand on the step as far from its edge as on the floor, heel instead of toes."""
    return skeleton.foot_m + TOE_TO_STEP_M


def pose_on_step(stance: Stance, course: Course, trunk_deg: np.ndarray) -> Posed:
    """The body at each frame, feet where they are wished and the centre of mass over its place between them.

    Raises
    ------
    LtmeError
        When a foot that stands is beyond this body's reach.
    """
    skeleton = stance.skeleton
    feet, ankles_m = _feet(stance, course)
    place_m = course["over"] * step_distance_m(skeleton)
    target_m = np.stack(
        [stance.point_m(course["balance_point"]) + place_m, course["weight_shift"] * stance.ankle_m("left")[1]], axis=1
    )
    level_m = target_m - [0.03 * skeleton.height_m, 0.0]
    for _ in range(BALANCING_ROUNDS):
        posed = _with_pelvis_at(stance, course, trunk_deg, level_m, feet, ankles_m)
        level_m = level_m + target_m - centre_of_mass(skeleton, posed.motion)[:, :2]
    posed = _with_pelvis_at(stance, course, trunk_deg, level_m, feet, ankles_m)
    _refuse_out_of_reach(stance, course, posed, ankles_m)
    return posed


def _feet(stance: Stance, course: Course) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Foot rotations (frame, 3, 3) and ankles (frame, 3) by side, pitched about the ball."""
    feet, ankles_m = {}, {}
    for side in SIDES:
        still = np.zeros_like(course[f"{side}_forward"])
        feet[side] = rotation_yxz(np.radians(course[f"{side}_heel_lift"]), still, still)
        moved_m = [course[f"{side}_forward"] * step_distance_m(stance.skeleton), still]
        moved_m.append(course[f"{side}_up"] * stance.step_height_m)
        ball_m = stance.ankle_m(side) + stance.skeleton.ball_m + np.stack(moved_m, axis=1)
        ankles_m[side] = ball_m - feet[side] @ stance.skeleton.ball_m
    return feet, ankles_m


def _with_pelvis_at(
    stance: Stance,
    course: Course,
    trunk_deg: np.ndarray,
    level_m: np.ndarray,
    feet: dict[str, np.ndarray],
    ankles_m: dict[str, np.ndarray],
) -> Posed:
    """The body with its mid-hips over a place (frame, 2), as high as the carrying knee's flexion lets them be."""
    skeleton = stance.skeleton
    thigh_m, shank_m = skeleton.thigh_m, skeleton.shank_m
    reach2_m2 = thigh_m**2 + shank_m**2 + 2.0 * thigh_m * shank_m * np.cos(np.radians(course["knee_flexion"]))
    off_m = level_m - np.stack([course["over"] * step_distance_m(skeleton), np.zeros(len(level_m))], axis=1)
    height_m = np.sqrt(np.maximum(reach2_m2 - (off_m**2).sum(axis=1), 0.0))
    up_m = skeleton.ankle_height_m + course["rise"] * stance.step_height_m + height_m
    root_m = np.stack([level_m[:, 0], level_m[:, 1], up_m], axis=1)
    angles = upper_body(course, trunk_deg)
    hips = forward_kinematics(skeleton, {key: angles[key] for key in PELVIC}, root_m)
    pelvis = hips.rotations["pelvis"]
    for side in SIDES:
        hip_m = hips.joint_centres[f"{side}_hip"]
        axis = knee_axis(side, course, pelvis, hip_m, ankles_m[side])
        angles |= reach_ankle(skeleton, side, pelvis, hip_m, ankles_m[side], feet[side], axis)
    return Posed(angles, forward_kinematics(skeleton, angles, root_m))


def _refuse_out_of_reach(stance: Stance, course: Course, posed: Posed, ankles_m: dict[str, np.ndarray]) -> None:
    for side in SIDES:
        stands = course[f"{side}_aloft"] <= 0.0
        missed_m = np.linalg.norm(posed.motion.joint_centres[f"{side}_ankle"] - ankles_m[side], axis=1)[stands]
        if missed_m.max(initial=0.0) > REACH_TOLERANCE_M:
            raise LtmeError(
                stance.exercise,
                f"the {side} foot would be {100 * missed_m.max():.1f} cm beyond this body's reach",
                "Choose a lower step",
            )
