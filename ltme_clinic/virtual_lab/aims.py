"""What a healthy walker has to aim at so that the walk, once measured and analysed, is the published one.

Published curves are what laboratories measured: markers were placed, skin moved, hips were guessed by a regression, and
contacts were found. A body that wished for these curves and walked on a floor would be measured a degree or two beside
them. The table says what to add to the published means and by how much to spread people about them; it was found by
simulating children, measuring them, and correcting (`studies.virtual_lab_realism.aiming`).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS
from ltme_clinic.virtual_lab.rhythm import phase_basis

TABLE = Path(__file__).with_name("aims.csv")
HARMONICS = 6
SPREAD_LIMITS = (0.5, 2.0)
"""Beyond these a spread is not corrected: something else is wrong then."""


@dataclass(frozen=True, eq=False)
class Aims:
    """Corrections at a few dimensionless speeds."""

    speeds: np.ndarray  # (speed,)
    shift: np.ndarray  # (speed, 9, 1 + 2 HARMONICS) Fourier coefficients, degrees
    spread: np.ndarray  # (speed, 9) factors of a person's own curves

    def at(self, dimensionless: float) -> tuple[np.ndarray, np.ndarray]:
        """What to add to the published means, (9, 51) degrees, and the factors (9,) of people's own curves."""
        place = np.interp(dimensionless, self.speeds, np.arange(len(self.speeds)))
        below = min(int(place), len(self.speeds) - 2)
        share = place - below
        shift = (1.0 - share) * self.shift[below] + share * self.shift[below + 1]
        spread = (1.0 - share) * self.spread[below] + share * self.spread[below + 1]
        return shift @ phase_basis(np.linspace(0.0, 1.0, CYCLE_POINTS), HARMONICS).T, spread


@cache
def aims() -> Aims:
    """The table."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    speeds = sorted({float(row["speed"]) for row in rows})
    by_place = {(float(row["speed"]), row["variable"]): row for row in rows}
    chosen = [[by_place[speed, name] for name in ANGLES] for speed in speeds]
    columns = coefficient_names()
    return Aims(
        np.array(speeds),
        np.array([[[float(row[column]) for column in columns] for row in group] for group in chosen]),
        np.array([[float(row["spread"]) for row in group] for group in chosen]),
    )


def coefficient_names() -> list[str]:
    """Columns of the table that hold the Fourier coefficients, degrees."""
    turns = range(1, HARMONICS + 1)
    return ["mean", *(f"cos{turn}" for turn in turns), *(f"sin{turn}" for turn in turns)]
