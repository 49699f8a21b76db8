"""The five speed groups of Schwartz 2008: curves between them, how many children they are of, and where they end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ltme_clinic.norms.table_files import column, read_rows
from ltme_clinic.types import PERCENT, LtmeError

CHILDREN = "typically developing children"
PAPER = "Schwartz, Rozumalski and Trost 2008"
WITHIN_SD = 2.0
"""How many standard deviations beyond an outermost group's mean speed its own curve still stands for."""
_GROUP_WORDS = ("very slow", "slow", "free", "fast", "very fast")


@dataclass(frozen=True)
class SpeedMatch:
    """Where a walking speed lies between the five groups."""

    speed: float
    """Dimensionless, v / sqrt(g L)."""
    below: int
    above: int
    share: float
    """0 at the slower group, 1 at the faster one."""

    def between(self, by_group: np.ndarray) -> np.ndarray:
        """Values (group, ...) interpolated linearly: (...)."""
        return by_group[self.below] + self.share * (by_group[self.above] - by_group[self.below])

    def fewest(self, by_group: np.ndarray) -> int:
        """The smaller count of the groups that are used."""
        return int(min(by_group[self.below], by_group[self.above]))

    @property
    def words(self) -> str:
        """ "free speed", "slow to free speed"."""
        first, second = _GROUP_WORDS[self.below], _GROUP_WORDS[self.above]
        return f"{first} speed" if first == second else f"{first} to {second} speed"


def speed_limits() -> tuple[float, float]:
    """Slowest and fastest dimensionless speed that has a reference: two SDs beyond the outermost groups' means."""
    speeds, sds = column("speed_groups", "speed"), column("speed_groups", "speed_sd")
    return float(speeds[0] - WITHIN_SD * sds[0]), float(speeds[-1] + WITHIN_SD * sds[-1])


def match_speed(dimensionless: float, what: str = "reference band") -> SpeedMatch:
    """The groups a speed lies between; beyond the outermost mean, that group's own figures, held and not extrapolated.

    Raises
    ------
    LtmeError
        Where the speed is unknown, or nobody in the reference walked like that (`speed_limits`).
    """
    lowest, highest = speed_limits()
    if not np.isfinite(dimensionless):
        raise LtmeError(
            what, "the walking speed is not known", "Give the leg length, and walk through the measured field"
        )
    if not lowest <= dimensionless <= highest:
        raise LtmeError(
            what,
            f"a dimensionless speed of {dimensionless:.2f} lies outside the reference's {lowest:.2f} to {highest:.2f}",
            f"Nobody among the {CHILDREN} walked at this speed ({PAPER}); compare with the patient's own history",
        )
    speeds = column("speed_groups", "speed")
    last = len(speeds) - 1
    held = float(np.clip(dimensionless, speeds[0], speeds[-1]))
    above = int(np.clip(np.searchsorted(speeds, held), 1, last))
    share = (held - speeds[above - 1]) / (speeds[above] - speeds[above - 1])
    if share in (0.0, 1.0):
        only = above - 1 if share == 0.0 else above
        return SpeedMatch(float(dimensionless), only, only, 0.0)
    return SpeedMatch(float(dimensionless), above - 1, above, float(share))


def source_text(match: SpeedMatch, n: int) -> str:
    """One line for a figure's legend: who, how many, how fast, where published."""
    return f"{n} {CHILDREN} at {match.words} (dimensionless {match.speed:.2f}; {PAPER})"


@cache
def group_curves(table: str, variable: str) -> tuple[np.ndarray, np.ndarray]:
    """Mean and SD of one variable at the five speeds, each (5, 101), interpolated linearly from every 2 % of the cycle.

    Raises
    ------
    LtmeError
        When the table has no such variable.
    """
    rows = [row for row in read_rows(table) if row["variable"] == variable]
    if not rows:
        raise LtmeError(variable, "has no published curve", f"Known: {', '.join(variables_of(table))}")
    groups = [row["speed_group"] for row in read_rows("speed_groups")]
    by_group = [[row for row in rows if row["speed_group"] == group] for group in groups]
    curves = []
    for figure in ("mean", "sd"):
        points = [([float(r["pct"]) for r in group], [float(r[figure]) for r in group]) for group in by_group]
        curves.append(np.array([np.interp(PERCENT, pct, values) for pct, values in points]))
        curves[-1].setflags(write=False)
    return curves[0], curves[1]


@cache
def variables_of(table: str) -> tuple[str, ...]:
    """The variables of a table of curves, in its order."""
    return tuple(dict.fromkeys(row["variable"] for row in read_rows(table)))
