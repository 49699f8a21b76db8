"""Fits an exercise to one body: its size, the amounts that follow from it, and the lean that keeps it in balance."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from ltme_clinic.exercises.balance import lean_into_balance
from ltme_clinic.exercises.description import Exercise, Value
from ltme_clinic.exercises.lying import (
    heel_height_m,
    hip_height_on_back_m,
    pose_on_back,
    pose_on_side,
)
from ltme_clinic.exercises.pose import Course, Posed, Stance, pose
from ltme_clinic.exercises.stepping import pose_on_step
from ltme_clinic.exercises.timeline import CHANNELS, Timeline, posture_row
from ltme_clinic.kinematics import Skeleton, centre_of_mass
from ltme_clinic.kinematics.forward import SIDE_SIGN
from ltme_clinic.types import LtmeError

SEAT_TO_HIP = 0.05
"""Hip joint centre above a seat, as a share of height: the tissue under the sitting bones (our assumption)."""
FORWARD_POINT = 0.66
"""Share of the foot, from the heel, that the weight is over before the heels rise."""
LEAN_LIMITS_DEG = (-15.0, 75.0)
WHOLE_BODY_LIMITS_DEG = (-10.0, 25.0)
BALANCE_TOLERANCE_M = 0.005
UNSOLVED: frozenset[str] = frozenset({"step", "back", "side"})
"""Contacts whose balance needs no lean: a mat carries, or the pelvis is placed over the feet."""


def stance_of(exercise: Exercise, values: Mapping[str, Value], skeleton: Skeleton) -> Stance:
    """Where this exercise puts this body's feet."""
    stride_m = float(values.get("stride_pct", 0.0)) / 100.0 * skeleton.leg_length_m
    side = values.get("side")
    one_front = exercise.contact in ("staggered_feet", "side")
    front = str(side) if one_front and side in SIDE_SIGN else "left"
    step_height_m = float(values.get("step_height_m", 0.0))
    ahead_m = _foot_on_mat_m(exercise, values, skeleton) if exercise.contact == "back" else 0.0
    return Stance(
        skeleton,
        exercise.contact,
        stride_m,
        front,
        exercise=exercise.name,
        step_height_m=step_height_m,
        foot_ahead_m=ahead_m,
    )


def _foot_on_mat_m(exercise: Exercise, values: Mapping[str, Value], skeleton: Skeleton) -> float:
    """Ankle of a foot that stands on the mat, from the hips of one who lies on the back with that knee bent."""
    reach_m = skeleton.reach_m(exercise.postures[exercise.start]["knee_flexion"].value(values))
    rise_m = hip_height_on_back_m(skeleton) - skeleton.ankle_height_m
    return float(np.sqrt(reach_m**2 - rise_m**2))


def fitted_values(exercise: Exercise, values: Mapping[str, Value], skeleton: Skeleton) -> dict[str, Value]:
    """The parameters together with the amounts that follow from the body (`description.DERIVED`)."""
    used = {amount.of for posture in exercise.postures.values() for amount in posture.values()}
    fitted: dict[str, Value] = dict(values) | {"quiet_ankle_deg": 4.0, "forward_ankle_deg": 6.0}
    if "seated_knee_deg" in used:
        shank_lean_deg = exercise.postures[exercise.start]["ankle_dorsiflexion"].value(fitted)
        fitted["seated_knee_deg"] = seated_knee_deg(skeleton, float(values["seat_height_m"]), shank_lean_deg)
    if "quiet_ankle_deg" in used:
        fitted["quiet_ankle_deg"] = _ankle_under(exercise, fitted, skeleton, "standing", None)
    if "forward_ankle_deg" in used:
        fitted["forward_ankle_deg"] = _ankle_under(exercise, fitted, skeleton, "standing", FORWARD_POINT)
    if "seated_hip_deg" in used:
        shank_lean_deg = exercise.postures[exercise.start]["ankle_dorsiflexion"].value(fitted)
        fitted["seated_hip_deg"] = float(fitted["seated_knee_deg"]) - shank_lean_deg
    if "lying_hip_deg" in used:
        foot_deg = exercise.postures[exercise.start]["moving_ankle_dorsiflexion"].value(fitted)
        sunk_m = hip_height_on_back_m(skeleton) - heel_height_m(skeleton, foot_deg)
        fitted["lying_hip_deg"] = -float(np.degrees(np.arcsin(sunk_m / (skeleton.thigh_m + skeleton.shank_m))))
    fitted |= _solved_amounts(exercise, fitted, skeleton, used)
    return fitted


SOLVED: Mapping[str, tuple[str, str, str, float, float]] = MappingProxyType(
    {
        "bridge_slope_deg": ("slope", "hip_flexion", "hip_end_deg", 1.0, 50.0),
        "clam_opening_deg": ("opening", "hip_adduction", "abduction_deg", -1.0, 80.0),
    }
)
"""Amount -> the channel it drives, the joint angle that falls as it grows, the parameter that asks for that angle, with
which sign, and the greatest amount, degrees."""


def _solved_amounts(
    exercise: Exercise, values: Mapping[str, Value], skeleton: Skeleton, used: set[str]
) -> dict[str, Value]:
    """Amounts at which a joint angle is as asked, read from a table; LtmeError where this body can't reach it."""
    solved: dict[str, Value] = {}
    for name in used & set(SOLVED):
        channel, angle, parameter, sign, most_deg = SOLVED[name]
        stance = stance_of(exercise, values, skeleton)
        row = posture_row(exercise, dict(values) | {name: 0.0}, exercise.start, stance.front)
        tried_deg = np.linspace(0.0, most_deg, 401)
        course = {key: np.full(len(tried_deg), row[index]) for index, key in enumerate(CHANNELS)}
        posed = pose_at(stance, course | {channel: tried_deg}, np.zeros(len(tried_deg)))
        reached_deg = posed.angles_deg[f"{stance.front}_{angle}"]
        falling = slice(0, int(np.argmin(reached_deg)) + 1)
        asked_deg = sign * float(values[parameter])
        if not reached_deg[falling][-1] <= asked_deg <= reached_deg[0]:
            low, high = sorted((sign * reached_deg[0], sign * reached_deg[falling][-1]))
            raise LtmeError(
                f"{exercise.name}, parameter {parameter}",
                f"this body reaches {low:.0f} to {high:.0f} deg",
                "Choose a value between",
            )
        solved[name] = float(np.interp(asked_deg, reached_deg[falling][::-1], tried_deg[falling][::-1]))
    return solved


def pose_at(stance: Stance, course: Course, trunk_deg: np.ndarray, sideways_m: np.ndarray | float = 0.0) -> Posed:
    """The body at each frame, whatever carries it; `trunk_deg` as `pose.pose` takes its lean."""
    if stance.contact == "back":
        return pose_on_back(stance, course)
    if stance.contact == "side":
        return pose_on_side(stance, course)
    if stance.contact == "step":
        return pose_on_step(stance, course, trunk_deg)
    return pose(stance, course, trunk_deg, np.broadcast_to(sideways_m, trunk_deg.shape))


def seated_knee_deg(skeleton: Skeleton, seat_height_m: float, shank_lean_deg: float) -> float:
    """Knee flexion of a body that sits on a seat with its feet flat, from the thigh's slope."""
    hip_m = seat_height_m + SEAT_TO_HIP * skeleton.height_m
    knee_m = skeleton.ankle_height_m + skeleton.shank_m * np.cos(np.radians(shank_lean_deg))
    rise = (hip_m - knee_m) / skeleton.thigh_m
    if abs(rise) > 0.75:
        raise LtmeError(
            "seat_height_m",
            f"a seat of {seat_height_m:g} m does not suit a body of {skeleton.height_m:.2f} m",
            "Choose a seat nearer to knee height",
        )
    return float(np.degrees(np.arccos(rise)) + shank_lean_deg)


def _ankle_under(
    exercise: Exercise, values: Mapping[str, Value], skeleton: Skeleton, posture: str, point: float | None
) -> float:
    """Dorsiflexion that brings the weight over a point of the flat foot in a standing posture."""
    row = posture_row(exercise, values, posture)
    course = {name: row[index : index + 1].copy() for index, name in enumerate(CHANNELS)}
    stance = Stance(skeleton, "both_feet")
    share = course["balance_point"] if point is None else np.array([point])

    def too_far_forward_m(ankle_deg: np.ndarray) -> np.ndarray:
        posed = pose(stance, course | {"ankle_dorsiflexion": ankle_deg}, course["trunk_flexion"], np.zeros(1))
        return centre_of_mass(skeleton, posed.motion)[:, 0] - stance.point_m(share)

    return float(lean_into_balance(too_far_forward_m, np.array([4.0]), WHOLE_BODY_LIMITS_DEG)[0])


def move(stance: Stance, timeline: Timeline, at_s: np.ndarray, sway_deg: np.ndarray) -> tuple[Posed, Course]:
    """The whole exercise at these times, balanced where its postures are.

    Raises
    ------
    LtmeError
        When no lean brings the weight over the feet.
    """
    if stance.contact in UNSOLVED:
        course = timeline.sample(at_s)
        return pose_at(stance, course, course["trunk_flexion"] + sway_deg), course
    timeline = _balanced_postures(stance, timeline)
    course = timeline.sample(at_s)
    lean_deg, sideways_m = _balance(stance, course, timeline.balanced_at(at_s))
    return pose(stance, course, lean_deg + sway_deg, sideways_m), course


def _lean_channel(stance: Stance) -> str:
    return "ankle_dorsiflexion" if stance.contact == "forefeet" else "trunk_flexion"


def _balanced_postures(stance: Stance, timeline: Timeline) -> Timeline:
    """The timeline with the solved trunk lean written into its balanced postures."""
    if stance.contact == "forefeet" or not timeline.balanced.any():
        return timeline
    course = {name: timeline.values[:, index] for index, name in enumerate(CHANNELS)}
    lean_deg, _ = _balance(stance, course, timeline.balanced)
    return timeline.with_values("trunk_flexion", lean_deg)


def _balance(stance: Stance, course: Course, solved: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lean (frame,) degrees and sideways shift (frame,) metres; the lean solved only where `solved`."""
    skeleton = stance.skeleton
    foot_m = stance.ankle_m("left")[1]
    sideways_m = course["weight_shift"] * foot_m
    lean_deg = course[_lean_channel(stance)].copy()
    target_m = stance.point_m(course["balance_point"])
    if course["weight_shift"].any():
        for _ in range(3):  # the pelvis carries the weight sideways nearly one to one
            com_m = centre_of_mass(skeleton, pose(stance, course, lean_deg, sideways_m).motion)
            sideways_m = sideways_m + course["weight_shift"] * foot_m - com_m[:, 1]
    if not solved.any():
        return lean_deg, sideways_m
    part = {name: values[solved] for name, values in course.items()}

    def too_far_forward_m(lean: np.ndarray) -> np.ndarray:
        posed = pose(stance, part, lean, sideways_m[solved])
        return centre_of_mass(skeleton, posed.motion)[:, 0] - target_m[solved]

    limits_deg = WHOLE_BODY_LIMITS_DEG if stance.contact == "forefeet" else LEAN_LIMITS_DEG
    lean_deg[solved] = lean_into_balance(too_far_forward_m, lean_deg[solved], limits_deg)
    _refuse_imbalance(stance.exercise, too_far_forward_m(lean_deg[solved]))
    return lean_deg, sideways_m


def _refuse_imbalance(exercise: str, error_m: np.ndarray) -> None:
    worst_m = float(np.abs(error_m).max())
    if worst_m > BALANCE_TOLERANCE_M:
        raise LtmeError(
            exercise,
            f"the weight would be {100 * worst_m:.1f} cm away from where the feet can carry it",
            "Choose less range or a higher seat",
        )
