"""Fits an exercise to one body: its size, the amounts that follow from it, and the lean that keeps it in balance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ltme_clinic.generator.balance import lean_into_balance
from ltme_clinic.generator.description import Exercise, Value
from ltme_clinic.generator.pose import Course, Posed, Stance, pose
from ltme_clinic.generator.timeline import CHANNELS, Timeline, posture_row
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


def stance_of(exercise: Exercise, values: Mapping[str, Value], skeleton: Skeleton) -> Stance:
    """Where this exercise puts this body's feet."""
    stride_m = float(values.get("stride_pct", 0.0)) / 100.0 * skeleton.leg_length_m
    side = values.get("side")
    front = str(side) if exercise.contact == "staggered_feet" and side in SIDE_SIGN else "left"
    return Stance(skeleton, exercise.contact, stride_m, front, exercise.name)


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
    return fitted


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
