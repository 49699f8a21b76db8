"""From a description and its parameters to the course of every channel: which posture when, on which side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.exercises.description import FURNISHED, Amount, Exercise, Value
from ltme_clinic.exercises.execution import CLEAN, Execution, Tremor, tremor
from ltme_clinic.exercises.profiles import bursts, smooth_path, uneven_time

BODY_CHANNELS = (
    "knee_flexion",
    "ankle_dorsiflexion",
    "trunk_flexion",
    "pelvic_tilt",
    "shoulder_flexion",
    "shoulder_abduction",
    "elbow_flexion",
    "weight_shift",
    "balance_point",
    "rear_heel_lift",
    "heel_lift",
    "knees_in",
    "trunk_lean",
    "pelvic_hike",
    "pelvic_turn",
    "slope",
    "opening",
    "over",
    "rise",
)
"""Of the legs that carry, the trunk and both arms, degrees; `weight_shift` is the share of the way from the middle to
the carrying foot (left positive), `balance_point` the share of the foot, heel to toe tip, that the weight is over.

`knees_in` turns each leg's plane inwards about the line from hip to ankle; `trunk_lean` is to the left; `pelvic_hike`
left side up, `pelvic_turn` left side forward; `slope` raises the pelvis end of a lying trunk; `opening` turns the top
leg of one who lies on the side about the line from hip to ankle. On a step, `over` is where the weight is (0 the
floor's foot place, 1 the step's) and `rise` how far the pelvis has come up, share of the step's height.
"""

SIDED_CHANNELS = (
    "aloft",
    "hip_flexion",
    "hip_abduction",
    "knee_flexion",
    "ankle_dorsiflexion",
    "shoulder_flexion",
    "elbow_flexion",
    "knee_in",
    "forward",
    "up",
    "heel_lift",
)
"""Of one side: `aloft` 0 planted, 1 free; leg angles replace the planted leg's as it comes free, arm angles add.

`hip_flexion` of one who sits is the slope of the thigh from the vertical. `knee_in` adds to `knees_in`. `forward` and
`up` are a foot's place, shares of the step's distance and height, and `heel_lift` how far it is pitched about its ball,
degrees.
"""

CHANNELS = BODY_CHANNELS + tuple(f"{side}_{name}" for side in SIDES for name in SIDED_CHANNELS)
_SHARES = ("aloft", "forward", "up")
_NOT_ANGLES = {"weight_shift", "balance_point", "over", "rise"} | {
    f"{side}_{name}" for side in SIDES for name in _SHARES
}
_TOWARDS_STANDING = ("weight_shift", "trunk_lean")
_TOWARDS_MOVING = ("pelvic_hike", "pelvic_turn")
"""Written in a description towards the side that stands, or for the side that moves up and forward; where both sides do
the same, the stronger one stands and the weaker one moves. In the channels left is positive."""
_IS_ANGLE = np.array([name not in _NOT_ANGLES for name in CHANNELS])

STILL_S = 0.5
"""Standing (or sitting) still before the first and after the last repetition."""


@dataclass(frozen=True)
class Repetition:
    """When a repetition is, and which side moves."""

    start_s: float
    stop_s: float
    side: str
    """`both` where both sides do the same."""


@dataclass(frozen=True)
class Timeline:
    """Waypoints of all repetitions."""

    times_s: np.ndarray  # (waypoint,)
    values: np.ndarray  # (waypoint, channel) in `CHANNELS` order
    balanced: np.ndarray  # (waypoint,) bool
    phases: tuple[tuple[float, int, str], ...]
    """Start in seconds, repetition from 1, name of the phase."""
    skews: np.ndarray  # (waypoint - 1,)
    repetitions: tuple[Repetition, ...] = ()
    submovements: float = 0.0
    """How near to a halt the movement comes between its bursts, 0 even to 1."""
    tremor: Tremor | None = None

    @property
    def duration_s(self) -> float:
        return float(self.times_s[-1])

    def sample(self, at_s: np.ndarray) -> dict[str, np.ndarray]:
        """Every channel at these times, (at,) each."""
        warped_s = uneven_time(self.times_s, at_s, self.skews)
        if self.submovements:
            warped_s = bursts(self.times_s, warped_s, self.submovements)
        course = smooth_path(self.times_s, self.values, warped_s)
        if self.tremor is not None:
            course = course + self.tremor.degrees(at_s, course - self.values[0])
        return {name: course[:, index] for index, name in enumerate(CHANNELS)}

    def balanced_at(self, at_s: np.ndarray) -> np.ndarray:
        """Whether both postures around each time are balanced ones, (at,) bool."""
        piece = np.clip(np.searchsorted(self.times_s, at_s, side="right") - 1, 0, len(self.times_s) - 2)
        return self.balanced[piece] & self.balanced[piece + 1]

    def with_values(self, channel: str, values: np.ndarray) -> Timeline:
        """The same timeline with another course of one channel, (waypoint,)."""
        changed = self.values.copy()
        changed[:, CHANNELS.index(channel)] = values
        return replace(self, values=changed)


def plan(
    exercise: Exercise, values: Mapping[str, Value], rng: np.random.Generator, execution: Execution = CLEAN
) -> Timeline:
    """All repetitions one after another, each a little different.

    Asked durations are kept exactly but for what the execution's own tempo, variation and fatigue make of them. Faults
    and fatigue change no random number drawn here or later.
    """
    repetitions, done = int(values["repetitions"]), []
    first = _faulty(exercise, values, exercise.start, repetition_side(values, 0), execution)
    times_s, rows, balanced = [0.0], [first], [exercise.start]
    phases: list[tuple[float, int, str]] = []

    def arrive(after_s: float, posture: str, row: np.ndarray) -> None:
        if after_s > 1e-9:
            times_s.append(times_s[-1] + after_s)
            rows.append(row)
            balanced.append(posture)

    arrive(STILL_S, exercise.start, first)
    for repetition in range(repetitions):
        tired = execution.tired(repetition, repetitions)
        side = repetition_side(values, repetition)
        depth = _depth(exercise, side, tired, execution, rng)
        tempo = execution.slowing(tired) * execution.variation.tempo_factor(rng)
        start_s = times_s[-1]
        for phase in exercise.phases:
            phases.append((times_s[-1], repetition + 1, phase.name))
            row = _faulty(exercise, values, phase.to, side, execution, depth)
            arrive(tempo * phase.seconds.value(values), phase.to, row)
        done.append(Repetition(start_s, times_s[-1], "both" if exercise.symmetric else side))
        if repetition + 1 < repetitions:
            still = _faulty(exercise, values, exercise.start, side, execution)
            arrive(float(values.get("pause_s", 0.0)), exercise.start, still)
    arrive(STILL_S, exercise.start, _faulty(exercise, values, exercise.start, done[-1].side, execution))
    bound = execution.variation.greatest_skew
    skews = np.clip(rng.normal(0.0, execution.variation.skew_sd, len(times_s) - 1), -bound, bound)
    middles_s = np.array([0.5 * (r.start_s + r.stop_s) for r in done])
    return Timeline(
        times_s=np.array(times_s),
        values=np.array(rows),
        balanced=np.array([name in exercise.balanced for name in balanced]),
        phases=tuple(phases),
        skews=skews,
        repetitions=tuple(done),
        submovements=execution.submovements(exercise),
        tremor=tremor(rng, execution, middles_s, _IS_ANGLE),
    )


def _depth(exercise: Exercise, side: str, tired: float, execution: Execution, rng: np.random.Generator) -> float:
    """Share of its range that a repetition reaches."""
    shortfall = min(abs(rng.normal(0.0, execution.variation.depth_sd)), execution.variation.greatest_shortfall)
    return (1.0 - shortfall) * execution.range_left(exercise, side, tired)


def repetition_side(values: Mapping[str, Value], repetition: int) -> str:
    """The side that moves in this repetition (counted from 0); left first when alternating or when both move."""
    side = str(values.get("side", "alternating"))
    return SIDES[repetition % 2] if side == "alternating" else side


def posture_row(exercise: Exercise, values: Mapping[str, Value], posture: str, side: str = "left") -> np.ndarray:
    """One posture as (channel,) in `CHANNELS` order, `side` the one that moves."""
    return _row(exercise.postures[posture], values, side)


def _faulty(
    exercise: Exercise,
    values: Mapping[str, Value],
    posture: str,
    side: str,
    execution: Execution,
    depth: float = 1.0,
) -> np.ndarray:
    """A posture reached to a share `depth` of its angles, with what the execution's faults add."""
    moving = "left" if side == "both" else side
    row = _row(exercise.postures[posture], values, moving)
    if exercise.contact not in FURNISHED:
        row = _less(row, _row(exercise.postures[exercise.start], values, moving), depth)
    for name, severity in execution.faults.items():
        if severity and posture in (added := exercise.fault(name).postures):
            row = row + severity * _row(added[posture], values, execution.weaker_side if exercise.symmetric else moving)
    return row


def _row(amounts: Mapping[str, Amount], values: Mapping[str, Value], side: str) -> np.ndarray:
    """Amounts of a description as (channel,), `side` the one that moves."""
    row = dict.fromkeys(CHANNELS, 0.0)
    other = SIDES[1 - SIDES.index(side)]
    for key, amount in amounts.items():
        name = key.replace("moving_", f"{side}_").replace("standing_", f"{other}_")
        row[name] = amount.value(values)
    towards_other = 1.0 if other == "left" else -1.0
    for name in _TOWARDS_STANDING:
        row[name] *= towards_other
    for name in _TOWARDS_MOVING:
        row[name] *= -towards_other
    return np.array([row[name] for name in CHANNELS])


def _less(row: np.ndarray, still: np.ndarray, depth: float) -> np.ndarray:
    """The posture reached only to a share `depth` of its angles."""
    return np.where(_IS_ANGLE, still + depth * (row - still), row)
