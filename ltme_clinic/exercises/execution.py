"""How an exercise is carried out: its faults, how tired the person gets, and how even the repetitions are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from ltme_clinic.exercises.description import Exercise
from ltme_clinic.types import LtmeError

RANGE_LOST = 0.20
"""Share of the range that full fatigue has taken at the last repetition (our assumption: loss of range is what trained
observers stop a set for; no published figure fits all these exercises)."""
SLOWED = 0.30
"""How much longer the last repetition takes with full fatigue (our assumption, as above)."""
TREMOR_DEG = 0.5
"""Greatest tremor of a working joint at the last repetition with full fatigue, degrees (our assumption)."""
TREMOR_HZ = (5.0, 9.0)
"""Where tremor of tired limbs lies: physiological tremor is 6-12 Hz, lower for heavy segments (McAuley and Marsden
2000, Brain 123:1545-1567)."""
STILL_DEG = 3.0
"""A channel that moves less than this works too little to tremble."""


@dataclass(frozen=True)
class Variation:
    """How repetitions differ from one another and from what was asked."""

    depth_sd: float = 0.003
    """Spread of how far repetitions fall short of the asked range; an asked range is never passed."""
    greatest_shortfall: float = 0.006
    tempo: float = 1.0
    """The person's own duration against the asked one."""
    tempo_sd: float = 0.0
    """Spread of a repetition's duration against the person's own; held within 2 SD."""
    skew_sd: float = 0.01
    """Spread of how early or late within a phase the effort comes, share of the phase."""
    greatest_skew: float = 0.015

    def tempo_factor(self, rng: np.random.Generator) -> float:
        """One repetition's duration against the asked one; draws nothing where every repetition takes the same."""
        if not self.tempo_sd:
            return self.tempo
        return self.tempo * (1.0 + self.tempo_sd * float(np.clip(rng.standard_normal(), -2.0, 2.0)))


@dataclass(frozen=True)
class Execution:
    """A way to carry an exercise out; the default is a good demonstration, each repetition the same but for a trace."""

    faults: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Name of a fault -> severity, 0 none to 1 full."""
    fatigue: float = 0.0
    """0 fresh to the end; 1: at the last repetition range is less, tempo slower and tremor greater."""
    weaker_side: str = "right"
    """Whose range `weaker_range_share` takes; where both sides do the same, weight and trunk go to the other."""
    variation: Variation = Variation()

    def check(self, exercise: Exercise) -> Execution:
        """Itself; LtmeError for a fault that the exercise has not, or a severity or fatigue outside 0 to 1."""
        for name, severity in self.faults.items():
            exercise.fault(name)
            if not 0.0 <= severity <= 1.0:
                raise LtmeError(f"{exercise.name}, fault {name}", f"a severity of {severity}", "Give 0 to 1")
        if not 0.0 <= self.fatigue <= 1.0:
            raise LtmeError(exercise.name, f"a fatigue of {self.fatigue}", "Give 0 (fresh) to 1")
        return self

    def tired(self, repetition: int, repetitions: int) -> float:
        """Fatigue in a repetition counted from 0: from nothing in the first to all of it in the last."""
        return self.fatigue * (repetition / (repetitions - 1) if repetitions > 1 else 0.0)

    def range_left(self, exercise: Exercise, side: str, tired: float) -> float:
        """Share of the asked range that faults and fatigue leave to a repetition of this side."""
        left = 1.0 - RANGE_LOST * tired
        for name, severity in self.faults.items():
            fault = exercise.fault(name)
            left *= 1.0 - severity * fault.range_share
            if side == self.weaker_side:
                left *= 1.0 - severity * fault.weaker_range_share
        return left

    def slowing(self, tired: float) -> float:
        """How much longer a repetition takes."""
        return 1.0 + SLOWED * tired

    def submovements(self, exercise: Exercise) -> float:
        """How near to a halt the movement comes between its bursts, 0 to 1."""
        return max((s * exercise.fault(name).submovements for name, s in self.faults.items()), default=0.0)


CLEAN = Execution()
"""A good demonstration."""


@dataclass(frozen=True)
class Tremor:
    """Shaking of the working joints that grows from repetition to repetition."""

    times_s: np.ndarray  # (repetition,) middle of each
    amplitude_deg: np.ndarray  # (repetition, channel)
    frequencies_hz: np.ndarray  # (channel, wave)
    starts_rad: np.ndarray  # (channel, wave)

    def degrees(self, at_s: np.ndarray, away: np.ndarray) -> np.ndarray:
        """(at, channel) degrees to add; as `away`, the distance from the posture at rest, it is nothing at rest."""
        most = np.abs(away).max(axis=0, initial=0.0)
        effort = np.abs(away) / np.where(most > STILL_DEG, most, np.inf)
        waves = np.sin(2.0 * np.pi * self.frequencies_hz * at_s[:, None, None] + self.starts_rad).mean(axis=2)
        now = np.clip(np.interp(at_s, self.times_s, np.arange(len(self.times_s))), 0.0, None)
        below = np.minimum(now.astype(int), len(self.times_s) - 1)
        above = np.minimum(below + 1, len(self.times_s) - 1)
        share = (now - below)[:, None]
        amplitude_deg = (1.0 - share) * self.amplitude_deg[below] + share * self.amplitude_deg[above]
        return effort * waves * amplitude_deg


def tremor(rng: np.random.Generator, execution: Execution, times_s: np.ndarray, is_angle: np.ndarray) -> Tremor | None:
    """The tremor of an execution; None without fatigue.

    Parameters
    ----------
    times_s : (repetition,) middle of each repetition
    is_angle : (channel,) which channels are joint angles; the others don't tremble
    """
    if not execution.fatigue:
        return None
    (own,) = rng.spawn(1)  # so that whoever draws after this draws the same with and without fatigue
    frequencies_hz = own.uniform(*TREMOR_HZ, (len(is_angle), 3))
    starts_rad = own.uniform(0.0, 2.0 * np.pi, (len(is_angle), 3))
    tired = np.array([execution.tired(index, len(times_s)) for index in range(len(times_s))])
    amplitude_deg = TREMOR_DEG * tired[:, None] * is_angle
    return Tremor(times_s, amplitude_deg, frequencies_hz, starts_rad)
