"""An exercise done by a body: every joint's motion, from a description, its parameters and a way to carry it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ltme_clinic.exercises.description import Exercise, Value
from ltme_clinic.exercises.execution import CLEAN, Execution
from ltme_clinic.exercises.fitting import fitted_values, move, stance_of
from ltme_clinic.exercises.pose import Course, Posed, Stance
from ltme_clinic.exercises.profiles import slow_sway
from ltme_clinic.exercises.safety import check_movement
from ltme_clinic.exercises.timeline import Timeline, plan
from ltme_clinic.kinematics import Skeleton
from ltme_clinic.types import LtmeError

SWAY_DEG = 0.35
"""Greatest sway of the trunk while it moves and stands."""
RATE_LIMITS_HZ = (20.0, 1000.0)
LONGEST_S = 900.0


@dataclass(frozen=True)
class Performance:
    """Everything that was made on the way from a description to a moving body."""

    exercise: Exercise
    values: Mapping[str, Value]
    stance: Stance
    timeline: Timeline
    at_s: np.ndarray  # (frame,)
    course: Course
    posed: Posed


def perform(
    exercise: Exercise,
    values: Mapping[str, Value],
    skeleton: Skeleton,
    rate_hz: float,
    rng: np.random.Generator,
    execution: Execution = CLEAN,
) -> Performance:
    """The exercise on this body.

    Parameters
    ----------
    values
        Every parameter, checked (`Exercise.check`).

    Raises
    ------
    LtmeError
        For a rate or duration that is none of a recording, a fault the exercise has not, a body that can't take the
        postures, or a movement that would leave the description's limits.
    """
    if not RATE_LIMITS_HZ[0] <= rate_hz <= RATE_LIMITS_HZ[1]:
        raise LtmeError(exercise.name, f"a rate of {rate_hz:g} Hz", "Give 20 to 1000 Hz")
    execution.check(exercise)
    stance = stance_of(exercise, values, skeleton)
    timeline = plan(exercise, fitted_values(exercise, values, skeleton), rng, execution)
    if timeline.duration_s > LONGEST_S:
        raise LtmeError(
            exercise.name, f"it would last {timeline.duration_s / 60:.0f} min", "Ask for at most 15 minutes"
        )
    at_s = np.arange(round(timeline.duration_s * rate_hz) + 1) / rate_hz
    posed, course = move(stance, timeline, at_s, slow_sway(at_s, rng, SWAY_DEG))
    check_movement(exercise, posed, rate_hz, is_demonstration=execution is CLEAN)
    return Performance(exercise, values, stance, timeline, at_s, course, posed)


def range_of(exercise: Exercise, posed: Posed, side: str, frames: slice) -> float:
    """The exercise's own range (degrees) that a side reaches in some frames; NaN where furniture sets it."""
    if not exercise.range_angle:
        return float("nan")
    key, sign = _SIGNED.get(exercise.range_angle, (exercise.range_angle, 1.0))
    angle_deg = sign * posed.angles_deg[f"{side}_{key}"][frames]
    return float(angle_deg.max() if exercise.range_extreme == "highest" else angle_deg.min())


_SIGNED = {"hip_abduction": ("hip_adduction", -1.0), "ankle_plantarflexion": ("ankle_dorsiflexion", -1.0)}
"""Range -> the angle of `kinematics.forward_kinematics` and the sign that turns it into the range."""
