"""One joint angle changed around one phase of the cycle."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS, GAIT_PHASES, SIDES
from ltme_clinic.virtual_lab.impairments import with_one_pelvis

WIDTH_PCT = 8.0
_STREAM = 86


@dataclass(frozen=True)
class Change:
    """What is done to a walk."""

    variable: str
    side: str
    phase: str
    degrees: float

    @property
    def cell(self) -> int:
        """Its place among the 144."""
        return (SIDES.index(self.side) * len(ANGLES) + ANGLES.index(self.variable)) * len(GAIT_PHASES) + list(
            GAIT_PHASES
        ).index(self.phase)

    @property
    def cells(self) -> tuple[int, ...]:
        """Every place that shows the same movement: of a pelvis both sides' rows, half a cycle apart."""
        if not self.variable.startswith("pelvic"):
            return (self.cell,)
        middle = (sum(GAIT_PHASES[self.phase]) / 2.0 + 50.0) % 100.0
        opposite = next(name for name, (start, stop) in GAIT_PHASES.items() if start <= middle < stop)
        other = replace(self, side=SIDES[1 - SIDES.index(self.side)], phase=opposite)
        return self.cell, other.cell

    def curves_deg(self) -> np.ndarray:
        """(2, 9, 51) that is added."""
        curves = np.zeros((len(SIDES), len(ANGLES), CYCLE_POINTS))
        course = self.course_deg(np.linspace(0.0, 100.0, CYCLE_POINTS))
        curves[SIDES.index(self.side), ANGLES.index(self.variable)] = course
        return with_one_pelvis(curves)

    def course_deg(self, phase_pct: np.ndarray) -> np.ndarray:
        """What is added at some phases of its side's cycle, 0 to 100."""
        away = np.abs(phase_pct - sum(GAIT_PHASES[self.phase]) / 2.0)
        return self.degrees * np.exp(-0.5 * (np.minimum(away, 100.0 - away) / WIDTH_PCT) ** 2)


def drawn_change(seed: int, variable: str, degrees: float) -> Change:
    """Side, phase and direction by the person's seed."""
    rng = np.random.default_rng([seed, _STREAM])
    side, phase = SIDES[rng.integers(2)], list(GAIT_PHASES)[rng.integers(len(GAIT_PHASES))]
    return Change(variable, side, phase, degrees * (1.0 if rng.random() < 0.5 else -1.0))
