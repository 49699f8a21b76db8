"""Exercise descriptions: what `data_schemas/exercises/*.yaml` say, as frozen data, checked once."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from ltme_clinic.schemas import load_validated_yaml, yaml_files
from ltme_clinic.types import LtmeError

Kind = Literal["number", "integer", "choice"]
Contact = Literal[
    "both_feet",
    "seat",
    "forefeet",
    "one_foot",
    "alternating_feet",
    "staggered_feet",
    "step",
    "chair",
    "back",
    "side",
]
"""What carries the body: feet on the floor; `seat` a chair that is left and found again, `chair` one that is not left;
`step` the floor and a step; `back` a mat under the back (and under every foot that isn't aloft), `side` one under the
side that doesn't move."""
Value = float | int | str

FURNISHED: frozenset[str] = frozenset({"seat", "step"})
"""Contacts whose furniture fixes the postures, so that no range can fall short."""


@dataclass(frozen=True)
class Parameter:
    """One thing the asker may set, with the limits nobody may pass."""

    name: str
    title: str
    kind: Kind
    default: Value
    unit: str = ""
    minimum: float = -math.inf
    maximum: float = math.inf
    choices: tuple[str, ...] = ()
    source: str = ""
    """Where the default and the limits come from."""

    def check(self, exercise: str, value: object) -> Value:
        """The value as this parameter's kind; LtmeError names the parameter and its limits."""
        subject = f"{exercise}, parameter {self.name}"
        cure = f"Give {self.limits}"
        if self.kind == "choice":
            if not isinstance(value, str) or value not in self.choices:
                raise LtmeError(subject, f"{value!r} is not one of its choices", cure)
            return value
        if isinstance(value, bool) or not isinstance(value, Real):
            raise LtmeError(subject, f"{value!r} is not a number", cure)
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not self.minimum <= number <= self.maximum:  # also refuses NaN
            raise LtmeError(subject, f"{number:g} {self.unit}".rstrip() + " is outside the safe limits", cure)
        if self.kind == "integer" and number != int(number):
            raise LtmeError(subject, f"{number:g} is not a whole number", cure)
        return int(number) if self.kind == "integer" else number

    def from_text(self, exercise: str, text: str) -> Value:
        """The value that a command line or a form field spells, checked."""
        if self.kind == "choice":
            return self.check(exercise, text.strip())
        try:
            number = float(text)
        except ValueError:
            return self.check(exercise, text)
        return self.check(exercise, number)

    @property
    def limits(self) -> str:
        """The limits in words, such as `30 to 110 deg`."""
        if self.kind == "choice":
            return " or ".join(self.choices)
        return f"{self.minimum:g} to {self.maximum:g} {self.unit}".rstrip()


@dataclass(frozen=True)
class Amount:
    """A number of a description that may follow a parameter: bounded `times * parameter + plus`."""

    of: str = ""
    """Name of the parameter or of a derived amount; empty for a plain number, which is then `plus`."""
    times: float = 1.0
    plus: float = 0.0
    at_least: float = -math.inf
    at_most: float = math.inf
    per_minute: bool = False
    """The parameter is a rate a minute and its period in seconds is meant."""

    def value(self, values: Mapping[str, Value]) -> float:
        base = float(values[self.of]) if self.of else 0.0
        if self.per_minute:
            base = 60.0 / base
        return min(max(self.times * base + self.plus, self.at_least), self.at_most)


@dataclass(frozen=True)
class Phase:
    """One part of a repetition: the posture it ends in and how long it takes."""

    name: str
    to: str
    seconds: Amount


@dataclass(frozen=True)
class Fault:
    """One typical mistake, at its full degree; a severity from 0 (none) to 1 takes a share of it."""

    name: str
    title: str
    source: str = ""
    postures: Mapping[str, Mapping[str, Amount]] = field(default_factory=lambda: MappingProxyType({}))
    """What is added to a posture's channels, degrees (and shares where the channel is one)."""
    range_share: float = 0.0
    """Share of the range that is left out."""
    weaker_range_share: float = 0.0
    """The same on the weaker side alone."""
    submovements: float = 0.0
    """How near to a halt the movement comes between two bursts: 0 even, 1 halts."""


@dataclass(frozen=True)
class Exercise:
    """What one exercise is; `generate` draws it on a body.

    Postures hold amounts in degrees (and shares where the name says so); what a posture leaves out is as in `start`.
    """

    name: str
    title: str
    summary: str
    instructions: tuple[str, ...]
    cautions: tuple[str, ...]
    contact: Contact
    symmetric: bool
    parameters: tuple[Parameter, ...]
    start: str
    postures: Mapping[str, Mapping[str, Amount]]
    balanced: frozenset[str]
    """Postures in which the centre of mass is brought over the feet by leaning the trunk (or the whole body)."""
    phases: tuple[Phase, ...]
    range_parameter: str
    """The parameter that asks for a range of motion; empty where furniture sets it."""
    range_angle: str
    """The angle whose peak over a repetition is that range."""
    range_peak: str
    """Whose angle: `moving` or `both`."""
    range_extreme: str
    """`highest` or `lowest`: which end of the angle is asked for."""
    faults: tuple[Fault, ...]
    angle_limits_deg: Mapping[str, tuple[float, float]]
    peak_speed_deg_s: float
    sources: tuple[str, ...]
    version: int = 1

    def parameter(self, name: str) -> Parameter:
        """The parameter of this name; LtmeError lists the known ones."""
        return parameter_named(self.name, self.parameters, name)

    def fault(self, name: str) -> Fault:
        """The fault of this name; LtmeError lists the known ones."""
        for fault in self.faults:
            if fault.name == name:
                return fault
        known = ", ".join(f.name for f in self.faults) or "none"
        raise LtmeError(self.name, f"there is no fault {name!r}", f"Choose among {known}")

    def defaults(self) -> dict[str, Value]:
        return check_parameters(self.name, self.parameters, None)

    def check(self, params: Mapping[str, object] | None) -> dict[str, Value]:
        """All parameters: the asked ones checked, the others by default, in the description's order."""
        return check_parameters(self.name, self.parameters, params)

    def from_text(self, pairs: Mapping[str, str]) -> dict[str, Value]:
        """Parameters spelled as text, such as a command line's `k=v`, checked; only those given."""
        return {name: self.parameter(name).from_text(self.name, text) for name, text in pairs.items()}


def parameter_named(exercise: str, parameters: tuple[Parameter, ...], name: str) -> Parameter:
    """The parameter of this name; LtmeError lists the known ones."""
    for parameter in parameters:
        if parameter.name == name:
            return parameter
    known = ", ".join(p.name for p in parameters)
    raise LtmeError(exercise, f"there is no parameter {name!r}", f"Choose among {known}")


def check_parameters(
    exercise: str, parameters: tuple[Parameter, ...], params: Mapping[str, object] | None
) -> dict[str, Value]:
    """All parameters: the asked ones checked, the others by default, in the description's order."""
    asked = {
        name: parameter_named(exercise, parameters, name).check(exercise, value)
        for name, value in (params or {}).items()
    }
    return {parameter.name: parameter.default for parameter in parameters} | asked


@functools.cache
def exercises() -> Mapping[str, Exercise]:
    """Every exercise of postures that `data_schemas/exercises` describes, by name, in alphabetical order (read-only).

    Exercises made of walking are `walking.walking_exercises()`.
    """
    contents = {path: load_validated_yaml(path, "exercise") for path in yaml_files("exercises")}
    found = (_exercise(path.name, content) for path, content in contents.items() if content["kind"] == "postures")
    return MappingProxyType({exercise.name: exercise for exercise in found})


def find_exercise(name: str) -> Exercise:
    """The exercise of this name, hyphens and underscores alike; LtmeError lists the known ones."""
    known = exercises()
    try:
        return known[name.strip().lower().replace("-", "_").replace(" ", "_")]
    except KeyError:
        raise LtmeError(f"exercise {name!r}", "it is not described", f"Choose {', '.join(known)}") from None


def read_exercise(path: Path) -> Exercise:
    """One description file, checked against `data_schemas/exercise.schema.json` and for names that lead nowhere."""
    content: dict[str, Any] = load_validated_yaml(path, "exercise")
    if content["kind"] != "postures":
        raise LtmeError(path.name, "it is made of walking", "Read it with walking.read_walking_exercise")
    return _exercise(path.name, content)


def _exercise(file_name: str, content: Mapping[str, Any]) -> Exercise:
    start = content["start"]
    asked_range = content.get("range", {})
    if start not in content["postures"]:
        raise LtmeError(file_name, f"the start posture {start!r} is not described", "Describe it under postures")
    postures = {name: _posture(content["postures"], start, name) for name in content["postures"]}
    exercise = Exercise(
        name=content["name"],
        title=content["title"],
        summary=content["summary"],
        instructions=tuple(content["instructions"]),
        cautions=tuple(content["cautions"]),
        contact=content["contact"],
        symmetric=content["symmetric"],
        parameters=tuple(read_parameter(name, entry) for name, entry in content["parameters"].items()),
        start=start,
        postures=MappingProxyType(postures),
        balanced=frozenset(content.get("balanced", ())),
        phases=tuple(Phase(p["phase"], p["to"], read_amount(p["seconds"])) for p in content["repetition"]),
        range_parameter=asked_range.get("parameter", ""),
        range_angle=asked_range.get("angle", ""),
        range_peak=asked_range.get("peak", ""),
        range_extreme=asked_range.get("extreme", "highest"),
        faults=tuple(_fault(name, entry) for name, entry in content.get("faults", {}).items()),
        angle_limits_deg=MappingProxyType({k: (v[0], v[1]) for k, v in content["limits"]["angles_deg"].items()}),
        peak_speed_deg_s=float(content["limits"]["peak_speed_deg_s"]),
        sources=tuple(content["sources"]),
        version=content["version"],
    )
    _check_names(file_name, exercise)
    return exercise


DERIVED = (
    "seated_knee_deg",
    "seated_hip_deg",
    "quiet_ankle_deg",
    "forward_ankle_deg",
    "lying_hip_deg",
    "bridge_slope_deg",
    "clam_opening_deg",
)
"""Amounts that follow from the body instead of a parameter: see `exercises.fitting`."""


def _check_names(file_name: str, exercise: Exercise) -> None:
    faulty = [posture for fault in exercise.faults for posture in fault.postures.values()]
    amounts = [a for posture in [*exercise.postures.values(), *faulty] for a in posture.values()]
    amounts += [phase.seconds for phase in exercise.phases]
    known = {p.name for p in exercise.parameters} | set(DERIVED) | {""}
    unknown = {a.of for a in amounts} - known
    unknown |= {p.to for p in exercise.phases} - set(exercise.postures)
    unknown |= exercise.balanced - set(exercise.postures)
    unknown |= {name for fault in exercise.faults for name in fault.postures} - set(exercise.postures)
    unknown |= {exercise.range_parameter, "repetitions"} - known
    if unknown:
        raise LtmeError(
            file_name, f"it uses {', '.join(sorted(unknown))} without describing it", "Describe or remove it"
        )
    if exercise.contact in FURNISHED and any(f.range_share or f.weaker_range_share for f in exercise.faults):
        raise LtmeError(file_name, "a fault takes range that furniture fixes", "Describe the fault by postures")
    if exercise.phases[-1].to != exercise.start:
        raise LtmeError(file_name, f"a repetition ends in {exercise.phases[-1].to}", f"Let it end in {exercise.start}")
    exercise.check(exercise.defaults())


def read_parameter(name: str, entry: Mapping[str, Any]) -> Parameter:
    """One entry under `parameters`."""
    limits = {key: float(entry[key]) for key in ("minimum", "maximum") if key in entry}
    return Parameter(
        name=name,
        title=entry["title"],
        kind=entry["kind"],
        default=entry["default"],
        unit=entry.get("unit", ""),
        choices=tuple(entry.get("choices", ())),
        source=entry.get("source", ""),
        **limits,
    )


def _fault(name: str, entry: Mapping[str, Any]) -> Fault:
    changed = {
        posture: MappingProxyType({key: read_amount(value) for key, value in added.items()})
        for posture, added in entry.get("at", {}).items()
    }
    shares = {key: float(entry[key]) for key in ("range_share", "weaker_range_share", "submovements") if key in entry}
    return Fault(name, entry["title"], entry["source"], MappingProxyType(changed), **shares)


def _posture(postures: Mapping[str, dict[str, Any]], start: str, name: str) -> Mapping[str, Amount]:
    """Amounts of one posture; what it leaves out is as in the start posture."""
    return MappingProxyType({key: read_amount(entry) for key, entry in (postures[start] | postures[name]).items()})


def read_amount(entry: float | str | Mapping[str, Any]) -> Amount:
    """A number, a name, or a bounded linear function of one, as the schema allows them."""
    if isinstance(entry, str):
        return Amount(of=entry)
    if isinstance(entry, Mapping):
        return Amount(**entry)
    return Amount(plus=float(entry))
