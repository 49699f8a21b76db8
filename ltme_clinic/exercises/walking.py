"""Exercises made of walking, from the same descriptions: what is asked of a walker, who carries it out elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ltme_clinic.exercises.description import (
    Amount,
    Parameter,
    Value,
    check_parameters,
    parameter_named,
    read_amount,
    read_parameter,
)
from ltme_clinic.schemas import load_validated_yaml, yaml_files
from ltme_clinic.types import LtmeError


@dataclass(frozen=True)
class WalkingDemand:
    """What one walk is asked to be, against the person's own."""

    step_length_factor: float = 1.0
    cadence_factor: float = 1.0
    step_width_m: float | None = None
    """Between the heels; None is the person's own."""
    arm_swing_deg: float | None = None
    """Range of shoulder flexion, both arms; None is the person's own."""

    @property
    def speed_factor(self) -> float:
        """Speed against the person's own."""
        return self.step_length_factor * self.cadence_factor


@dataclass(frozen=True)
class WalkingExercise:
    """What one exercise made of walking is."""

    name: str
    title: str
    summary: str
    instructions: tuple[str, ...]
    cautions: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    walk: Mapping[str, Amount]
    """Field of `WalkingDemand` -> how it follows from the parameters."""
    sources: tuple[str, ...]
    version: int = 1

    def parameter(self, name: str) -> Parameter:
        """The parameter of this name; LtmeError lists the known ones."""
        return parameter_named(self.name, self.parameters, name)

    def check(self, params: Mapping[str, object] | None) -> dict[str, Value]:
        """All parameters: the asked ones checked, the others by default, in the description's order."""
        return check_parameters(self.name, self.parameters, params)

    def demand(self, values: Mapping[str, Value]) -> WalkingDemand:
        """What checked parameters ask of the walk."""
        return WalkingDemand(**{name: amount.value(values) for name, amount in self.walk.items()})

    def duration_s(self, values: Mapping[str, Value], own_cadence_spm: float) -> float:
        """How long the asked steps take a person of this cadence (steps a minute)."""
        return 60.0 * float(values["repetitions"]) / (own_cadence_spm * self.demand(values).cadence_factor)


@functools.cache
def walking_exercises() -> Mapping[str, WalkingExercise]:
    """Every exercise made of walking that `data_schemas/exercises` describes, by name (read-only)."""
    contents = {path: load_validated_yaml(path, "exercise") for path in yaml_files("exercises")}
    found = (_exercise(path.name, content) for path, content in contents.items() if content["kind"] == "walking")
    return MappingProxyType({exercise.name: exercise for exercise in found})


def find_walking_exercise(name: str) -> WalkingExercise:
    """The walking exercise of this name, hyphens and underscores alike; LtmeError lists the known ones."""
    known = walking_exercises()
    try:
        return known[name.strip().lower().replace("-", "_").replace(" ", "_")]
    except KeyError:
        raise LtmeError(
            f"exercise {name!r}", "no walk of that name is described", f"Choose {', '.join(known)}"
        ) from None


def read_walking_exercise(path: Path) -> WalkingExercise:
    """One description file, checked against `data_schemas/exercise.schema.json` and for names that lead nowhere."""
    content: dict[str, Any] = load_validated_yaml(path, "exercise")
    if content["kind"] != "walking":
        raise LtmeError(path.name, "it is made of postures", "Read it with description.read_exercise")
    return _exercise(path.name, content)


def _exercise(file_name: str, content: Mapping[str, Any]) -> WalkingExercise:
    exercise = WalkingExercise(
        name=content["name"],
        title=content["title"],
        summary=content["summary"],
        instructions=tuple(content["instructions"]),
        cautions=tuple(content["cautions"]),
        parameters=tuple(read_parameter(name, entry) for name, entry in content["parameters"].items()),
        walk=MappingProxyType({name: read_amount(entry) for name, entry in content["walk"].items()}),
        sources=tuple(content["sources"]),
        version=content["version"],
    )
    unknown = {amount.of for amount in exercise.walk.values()} - {p.name for p in exercise.parameters} - {""}
    if unknown:
        raise LtmeError(
            file_name, f"it uses {', '.join(sorted(unknown))} without describing it", "Describe or remove it"
        )
    exercise.check({})
    return exercise
