"""How severe an impairment must be to be seen: bisection on the severity for a wanted AUROC."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

TOLERANCE = 0.01
"""An AUROC this near to the wanted one is near enough."""
HALVINGS = 4
"""After these the severity is interpolated between the last two."""


@dataclass(frozen=True)
class SeverityFound:
    """The severity for one wanted AUROC."""

    target: float
    severity: float
    """0 to 1; 1 where even the severest degree falls short."""
    auroc: float
    """At that severity, on the people it was found on; interpolated where the search ended between two severities."""

    @property
    def reached(self) -> bool:
        return abs(self.auroc - self.target) <= 2 * TOLERANCE


def find_severities(
    auroc_at: Callable[[float], float], targets: Sequence[float], *, halvings: int = HALVINGS
) -> tuple[SeverityFound, ...]:
    """One severity for each target AUROC; `auroc_at` gives the AUROC at a severity and should rise with it.

    At severity 0 nobody is told from healthy, so that is taken as .5 without asking. No severity is asked for twice.
    """
    known = {0.0: 0.5}

    def at(severity: float) -> float:
        if severity not in known:
            known[severity] = auroc_at(severity)
        return known[severity]

    return tuple(_find(at, target, halvings) for target in targets)


def _find(at: Callable[[float], float], target: float, halvings: int) -> SeverityFound:
    low, high = 0.0, 1.0
    if at(high) <= target:
        return SeverityFound(target, high, at(high))
    for _ in range(halvings):
        middle = 0.5 * (low + high)
        value = at(middle)
        if abs(value - target) <= TOLERANCE:
            return SeverityFound(target, middle, value)
        low, high = (middle, high) if value < target else (low, middle)
    rise = at(high) - at(low)
    share = (target - at(low)) / rise if rise > 0 else 0.5
    return SeverityFound(target, low + share * (high - low), at(low) + share * rise)
