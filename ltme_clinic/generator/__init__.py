"""Synthetic exercise demonstrations: a description, its parameters and a body give a marked recording."""

from ltme_clinic.exercises import Amount, Exercise, Parameter, Phase, exercises, find_exercise
from ltme_clinic.generator.demonstration import (
    DEFAULT_HEIGHT_M,
    MARK,
    Movement,
    animate,
    generate,
    generate_clip,
    write_exercise,
)

__all__ = [
    "DEFAULT_HEIGHT_M",
    "MARK",
    "Amount",
    "Exercise",
    "Movement",
    "Parameter",
    "Phase",
    "animate",
    "exercises",
    "find_exercise",
    "generate",
    "generate_clip",
    "write_exercise",
]
