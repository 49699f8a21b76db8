"""Performances of exercises for the tests: one body, one seed, few repetitions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from ltme_clinic.exercises import Execution, Performance, Variation, exercises, find_exercise, perform
from ltme_clinic.kinematics import Skeleton

RATE_HZ = 50.0
NAMES = sorted(exercises())
FAULTS = [(name, fault.name) for name in NAMES for fault in exercises()[name].faults]
BODY = Skeleton.from_height(1.72)
EVEN = Variation(depth_sd=0.0, skew_sd=0.0)
"""Every repetition the same: what differs is what faults and fatigue did."""


def done(
    name: str,
    params: Mapping[str, object] | None = None,
    faults: Mapping[str, float] | None = None,
    fatigue: float = 0.0,
    variation: Variation = EVEN,
    body: Skeleton = BODY,
    weaker_side: str = "right",
) -> Performance:
    """An exercise of this name, two repetitions where none are asked."""
    exercise = find_exercise(name)
    execution = Execution(faults or {}, fatigue, weaker_side, variation)
    values = exercise.check({"repetitions": 2} | dict(params or {}))
    return perform(exercise, values, body, RATE_HZ, np.random.default_rng(5), execution)


@cache
def clean(name: str) -> Performance:
    """The exercise without fault, two repetitions."""
    return done(name)


def at_posture(performance: Performance, posture_after_phase: str) -> int:
    """The frame at which a phase of the first repetition has ended."""
    names = [name for _, _, name in performance.timeline.phases]
    starts_s = [start_s for start_s, _, _ in performance.timeline.phases]
    index = names.index(posture_after_phase)
    return round(starts_s[index + 1] * RATE_HZ)
