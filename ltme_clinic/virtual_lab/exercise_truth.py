"""What really happened in a virtual exercise: repetitions, phases and ranges, and the body's motion beside them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ltme_clinic.body import SIDES
from ltme_clinic.exercises import Execution, Performance, range_of
from ltme_clinic.types import ExerciseRepetition, ExerciseTruth, MotionTruth, Side
from ltme_clinic.virtual_lab.patient import VirtualPatient
from ltme_clinic.virtual_lab.truth_text import truth_text


def exercise_truth(
    patient: VirtualPatient, visit: int, done: Performance, execution: Execution, rate_hz: float
) -> ExerciseTruth:
    """Truth of an exercise that a patient has done."""
    weaker: Side = "left" if execution.weaker_side == "left" else "right"
    return ExerciseTruth(
        patient=patient.name,
        visit=visit,
        exercise=done.exercise.name,
        version=done.exercise.version,
        params=dict(done.values),
        range_parameter=done.exercise.range_parameter,
        faults=dict(execution.faults),
        fatigue=execution.fatigue,
        weaker_side=weaker,
        own_tempo=execution.variation.tempo,
        repetitions=tuple(_repetition(done, index, rate_hz) for index in range(len(done.timeline.repetitions))),
        contact=done.exercise.contact,
        height_m=patient.height_m,
        leg_length_m=patient.leg_length_m,
    )


def _repetition(done: Performance, index: int, rate_hz: float) -> ExerciseRepetition:
    repetition = done.timeline.repetitions[index]
    frames = slice(round(repetition.start_s * rate_hz), round(repetition.stop_s * rate_hz) + 1)
    moving = SIDES if repetition.side == "both" else (repetition.side,)
    left, right = (
        range_of(done.exercise, done.posed, side, frames) if side in moving else float("nan") for side in SIDES
    )
    side: Side | None = None if repetition.side == "both" else "left" if repetition.side == "left" else "right"
    phases = tuple((name, start_s) for start_s, number, name in done.timeline.phases if number == index + 1)
    return ExerciseRepetition(repetition.start_s, repetition.stop_s, side, (left, right), phases)


def exercise_truth_json(truth: ExerciseTruth, motion: MotionTruth | None = None) -> str:
    """The truth as JSON text, stable to the byte; a value that is not known is null.

    Parameters
    ----------
    motion
        Joint angles, joint centres and the centre of mass of every frame are added where it is given.
    """
    return truth_text(_rounded(asdict(truth)), motion)


def _rounded(value: Any) -> Any:
    """Numbers rounded to six places, all the way down."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_rounded(item) for item in value]
    return round(value, 6) if isinstance(value, float) else value
