"""Charts for patients with many visits: do small steps in one direction add up to more than measurement error?

Both are scaled by the standard error of a visit, never by how much strides differ. The level they guard is the mean of
the patient's first visits, whose own error widens the first limits.

EWMA: Roberts 1959, lambda .2 and L 2.7; CUSUM: Page 1954, k .5 and h 5 (Montgomery, Introduction to Statistical Quality
Control, chapter 9).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.types import LtmeError

FEWEST_VISITS = 10
"""With fewer, a chart has hardly begun: a level behind visits (`levels`) says more."""
BASELINE_VISITS = 4
EWMA_WEIGHT, EWMA_LIMIT = 0.2, 2.7
CUSUM_SLACK, CUSUM_LIMIT = 0.5, 5.0


@dataclass(frozen=True, eq=False)
class Chart:
    """A running statistic of one metric, and from which visit on it is beyond its limit."""

    name: str
    statistic: np.ndarray  # (visit,) in standard errors; of a CUSUM the larger of both sides, falling negative
    limit: np.ndarray  # (visit,) at either side

    @property
    def first_alarm(self) -> int | None:
        """Number of the first visit beyond the limit; None where there is none."""
        beyond = np.flatnonzero(np.abs(self.statistic) > self.limit)
        return int(beyond[0]) if len(beyond) else None


def ewma(values: np.ndarray, sem: float) -> Chart:
    """Exponentially weighted mean of a metric's visits (visit,) about the baseline."""
    scaled, baseline_variance = _scaled(values, sem)
    statistic, mean = np.zeros(len(scaled)), 0.0
    for number in range(BASELINE_VISITS, len(scaled)):
        mean = (1.0 - EWMA_WEIGHT) * mean + EWMA_WEIGHT * scaled[number]
        statistic[number] = mean
    passed = np.maximum(np.arange(len(scaled)) - BASELINE_VISITS + 1, 0)
    forgotten = (1.0 - EWMA_WEIGHT) ** passed
    own = EWMA_WEIGHT / (2.0 - EWMA_WEIGHT) * (1.0 - forgotten**2)
    # an error of the baseline shifts all that follows alike
    shifted = baseline_variance * (1.0 - forgotten) ** 2
    return Chart("EWMA", statistic, EWMA_LIMIT * np.sqrt(own + shifted) + np.where(passed == 0, np.inf, 0.0))


def cusum(values: np.ndarray, sem: float) -> Chart:
    """Sum of what exceeds half a standard error, upwards and downwards, of a metric's visits (visit,).

    The baseline's own standard error joins the slack: a baseline that is a little off would else add up visit by visit.
    """
    scaled, baseline_variance = _scaled(values, sem)
    slack = CUSUM_SLACK + np.sqrt(baseline_variance)
    statistic, up, down = np.zeros(len(scaled)), 0.0, 0.0
    for number in range(BASELINE_VISITS, len(scaled)):
        up = max(0.0, up + scaled[number] - slack)
        down = max(0.0, down - scaled[number] - slack)
        statistic[number] = up if up >= down else -down
    return Chart("CUSUM", statistic, np.full(len(scaled), CUSUM_LIMIT))


def _scaled(values: np.ndarray, sem: float) -> tuple[np.ndarray, float]:
    """Values about the mean of the first visits, in standard errors; and that mean's variance in the same unit."""
    values = np.asarray(values, dtype=float)
    if len(values) < FEWEST_VISITS:
        raise LtmeError(
            "control chart", f"{len(values)} visits are too few for a chart", f"Wait for {FEWEST_VISITS} visits"
        )
    if not np.isfinite(values).all() or not sem > 0.0:
        raise LtmeError("control chart", "a value or the standard error is no positive number", "Leave the visit out")
    return (values - values[:BASELINE_VISITS].mean()) / sem, 1.0 / BASELINE_VISITS
