"""From a description and its parameters to the course of every channel: which posture when, on which side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.generator.description import Exercise, Value
from ltme_clinic.generator.profiles import smooth_path, uneven_time

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
)
"""Of the legs that carry, the trunk and both arms, degrees; `weight_shift` is the share of the way from the middle to
the carrying foot (left positive), `balance_point` the share of the foot, heel to toe tip, that the weight is over."""

SIDED_CHANNELS = (
    "aloft",
    "hip_flexion",
    "hip_abduction",
    "knee_flexion",
    "ankle_dorsiflexion",
    "shoulder_flexion",
    "elbow_flexion",
)
"""Of one side: `aloft` 0 planted, 1 free; leg angles replace the planted leg's as it comes free, arm angles add."""

CHANNELS = BODY_CHANNELS + tuple(f"{side}_{name}" for side in SIDES for name in SIDED_CHANNELS)
_NOT_ANGLES = {"weight_shift", "balance_point"} | {f"{side}_aloft" for side in SIDES}

STILL_S = 0.5
"""Standing (or sitting) still before the first and after the last repetition."""
DEPTH_VARIATION = 0.003
"""Spread of how far repetitions fall short of the asked range; an asked range is never passed."""
GREATEST_SHORTFALL = 0.006
GREATEST_SKEW = 0.015
SKEW_VARIATION = 0.01
"""Spread of how early or late within a phase the effort comes, share of the phase."""


@dataclass(frozen=True)
class Timeline:
    """Waypoints of all repetitions."""

    times_s: np.ndarray  # (waypoint,)
    values: np.ndarray  # (waypoint, channel) in `CHANNELS` order
    balanced: np.ndarray  # (waypoint,) bool
    phases: tuple[tuple[float, int, str], ...]
    """Start in seconds, repetition from 1, name of the phase."""
    skews: np.ndarray  # (waypoint - 1,)

    @property
    def duration_s(self) -> float:
        return float(self.times_s[-1])

    def sample(self, at_s: np.ndarray) -> dict[str, np.ndarray]:
        """Every channel at these times, (at,) each."""
        at_s = uneven_time(self.times_s, at_s, self.skews)
        course = smooth_path(self.times_s, self.values, at_s)
        return {name: course[:, index] for index, name in enumerate(CHANNELS)}

    def balanced_at(self, at_s: np.ndarray) -> np.ndarray:
        """Whether both postures around each time are balanced ones, (at,) bool."""
        piece = np.clip(np.searchsorted(self.times_s, at_s, side="right") - 1, 0, len(self.times_s) - 2)
        return self.balanced[piece] & self.balanced[piece + 1]

    def with_values(self, channel: str, values: np.ndarray) -> Timeline:
        """The same timeline with another course of one channel, (waypoint,)."""
        changed = self.values.copy()
        changed[:, CHANNELS.index(channel)] = values
        return Timeline(self.times_s, changed, self.balanced, self.phases, self.skews)


def plan(exercise: Exercise, values: Mapping[str, Value], rng: np.random.Generator) -> Timeline:
    """All repetitions one after another, each a little different; asked durations are kept exactly."""
    times_s, rows, balanced = [0.0], [_row(exercise, values, exercise.start, "left")], [exercise.start]
    phases: list[tuple[float, int, str]] = []

    def arrive(after_s: float, posture: str, row: np.ndarray) -> None:
        if after_s > 1e-9:
            times_s.append(times_s[-1] + after_s)
            rows.append(row)
            balanced.append(posture)

    arrive(STILL_S, exercise.start, rows[0])
    repetitions = int(values["repetitions"])
    for repetition in range(repetitions):
        side = repetition_side(values, repetition)
        still = _row(exercise, values, exercise.start, side)
        depth = 1.0 - min(abs(rng.normal(0.0, DEPTH_VARIATION)), GREATEST_SHORTFALL)
        for phase in exercise.phases:
            phases.append((times_s[-1], repetition + 1, phase.name))
            row = _row(exercise, values, phase.to, side)
            arrive(phase.seconds.value(values), phase.to, row if _is_fixed(exercise) else _less(row, still, depth))
        if repetition + 1 < repetitions:
            arrive(float(values.get("pause_s", 0.0)), exercise.start, still)
    arrive(STILL_S, exercise.start, rows[0])
    skews = np.clip(rng.normal(0.0, SKEW_VARIATION, len(times_s) - 1), -GREATEST_SKEW, GREATEST_SKEW)
    is_balanced = np.array([name in exercise.balanced for name in balanced])
    return Timeline(np.array(times_s), np.array(rows), is_balanced, tuple(phases), skews)


def repetition_side(values: Mapping[str, Value], repetition: int) -> str:
    """The side that moves in this repetition (counted from 0); left first when alternating or when both move."""
    side = str(values.get("side", "alternating"))
    return SIDES[repetition % 2] if side == "alternating" else side


def posture_row(exercise: Exercise, values: Mapping[str, Value], posture: str, side: str = "left") -> np.ndarray:
    """One posture as (channel,) in `CHANNELS` order, `side` the one that moves."""
    return _row(exercise, values, posture, side)


def _row(exercise: Exercise, values: Mapping[str, Value], posture: str, side: str) -> np.ndarray:
    row = dict.fromkeys(CHANNELS, 0.0)
    other = SIDES[1 - SIDES.index(side)]
    for key, amount in exercise.postures[posture].items():
        name = key.replace("moving_", f"{side}_").replace("standing_", f"{other}_")
        row[name] = amount.value(values)
    row["weight_shift"] *= 1.0 if other == "left" else -1.0
    return np.array([row[name] for name in CHANNELS])


def _is_fixed(exercise: Exercise) -> bool:
    """Whether furniture fixes the postures, so that none can fall short."""
    return exercise.contact == "seat"


def _less(row: np.ndarray, still: np.ndarray, depth: float) -> np.ndarray:
    """The posture reached only to a share `depth` of its angles."""
    angles = np.array([name not in _NOT_ANGLES for name in CHANNELS])
    return np.where(angles, still + depth * (row - still), row)
