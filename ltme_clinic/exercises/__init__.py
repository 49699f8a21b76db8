"""Exercises: what their descriptions say, and the motion of any body that does them, cleanly or with faults."""

from ltme_clinic.exercises.description import Amount, Exercise, Fault, Parameter, Phase, exercises, find_exercise
from ltme_clinic.exercises.execution import CLEAN, Execution, Variation
from ltme_clinic.exercises.performing import Performance, perform, range_of
from ltme_clinic.exercises.walking import WalkingExercise, find_walking_exercise, walking_exercises

__all__ = [
    "CLEAN",
    "Amount",
    "Execution",
    "Exercise",
    "Fault",
    "Parameter",
    "Performance",
    "Phase",
    "Variation",
    "WalkingExercise",
    "exercises",
    "find_exercise",
    "find_walking_exercise",
    "perform",
    "range_of",
    "walking_exercises",
]
