"""A patient's level behind a few irregular visits: a random walk over the days, seen through measurement error.

Most patients have two to six visits, which say little about how restless a level is. So the drift is not estimated but
weighed: every drift on a grid counts by what the visits say of it (their likelihood, the unknown first level integrated
out) and by what is likely beforehand. With few visits that is the prior, with many it is the patient (shrinkage).

Durbin and Koopman, Time Series Analysis by State Space Methods, 2nd ed., chapter 2, with unequal steps; solved as one
Gaussian problem instead of step by step, which for at most a few hundred visits is as quick and easier to read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.types import LtmeError

DAYS_A_YEAR = 365.25
USUAL_DRIFT_SEMS = 1.0
"""Standard deviation of a level's change within a year that is likeliest beforehand, in standard errors of a visit."""
DRIFT_LOG_SD = 1.0
"""How surely: two in three patients drift between .37 and 2.7 times that."""
_DRIFTS = np.exp(np.linspace(-3.0, 3.0, 31))
"""Drifts that are weighed, in usual drifts."""
_NORMAL_95 = 1.959964


@dataclass(frozen=True)
class Estimate:
    """A number that is not known exactly."""

    value: float
    sd: float

    @property
    def interval_95(self) -> tuple[float, float]:
        """Where it lies with a chance of 95 %."""
        return self.value - _NORMAL_95 * self.sd, self.value + _NORMAL_95 * self.sd


@dataclass(frozen=True, eq=False)
class Levels:
    """What some visits of one patient say."""

    change: Estimate
    """Of the level, from the first visit to the last."""
    now: Estimate
    """The level at the last visit."""
    drift_per_year: float
    """Standard deviation of the level's change within a year, as weighed; in the metric's unit."""
    _walks: tuple[_Walk, ...]
    _weights: np.ndarray

    def expected(self, day: float, sem: float) -> Estimate:
        """What a visit on a later day, of so large a standard error, would measure if things go on as they did."""
        level = _mixed([walk.level(day) for walk in self._walks], self._weights)
        return Estimate(level.value, float(np.hypot(level.sd, sem)))


def levels(days: np.ndarray, values: np.ndarray, sems: np.ndarray, usual_drift: float | None = None) -> Levels:
    """Weigh a patient's visits.

    Parameters
    ----------
    days : (visit,) rising, of any origin
    values : (visit,) one metric, as measured
    sems : (visit,) standard error of each visit, in the metric's unit
    usual_drift : likeliest standard deviation of the level's change within a year; `USUAL_DRIFT_SEMS` visits' errors
        if None

    Raises
    ------
    LtmeError
        For no visit, days that do not rise, or errors that are no positive numbers.
    """
    days, values, sems = (np.asarray(given, dtype=float) for given in (days, values, sems))
    if not len(days) or not len(days) == len(values) == len(sems):
        raise LtmeError("levels", f"{len(days)} days, {len(values)} values and {len(sems)} errors are given")
    if not np.isfinite([days, values, sems]).all() or (sems <= 0.0).any() or (np.diff(days) <= 0.0).any():
        raise LtmeError("levels", "days do not rise, or a value or an error is no number", "Give one visit a day")
    usual = USUAL_DRIFT_SEMS * float(np.median(sems)) if usual_drift is None else usual_drift
    walks = tuple(_Walk.through(days, values, sems**2, drift) for drift in usual * _DRIFTS)
    said = np.array([walk.log_likelihood for walk in walks]) - 0.5 * (np.log(_DRIFTS) / DRIFT_LOG_SD) ** 2
    weights = np.exp(said - said.max())
    weights /= weights.sum()
    return Levels(
        change=_mixed([walk.change for walk in walks], weights),
        now=_mixed([walk.level(float(days[-1])) for walk in walks], weights),
        drift_per_year=usual * float(np.exp((weights * np.log(_DRIFTS)).sum())),
        _walks=walks,
        _weights=weights,
    )


@dataclass(frozen=True, eq=False)
class _Walk:
    """A patient's visits if the level drifts by so much."""

    drift: float
    days: np.ndarray
    off: np.ndarray  # (visit,) from the first level
    inverse: np.ndarray  # (visit, visit) of the visits' covariance
    weight: np.ndarray  # (visit,) row sums of that
    first: float
    """The first level, by generalised least squares."""

    @classmethod
    def through(cls, days: np.ndarray, values: np.ndarray, variances: np.ndarray, drift: float) -> _Walk:
        wandered = drift**2 / DAYS_A_YEAR * (np.minimum(days[:, None], days[None]) - days[0])
        inverse = np.linalg.inv(wandered + np.diag(variances))
        weight = inverse.sum(axis=0)
        first = float(weight @ values / weight.sum())
        return cls(drift, days, values - first, inverse, weight, first)

    @property
    def log_likelihood(self) -> float:
        """Of the visits, the first level integrated out."""
        _, log_determinant = np.linalg.slogdet(self.inverse)
        return float(0.5 * (log_determinant - np.log(self.weight.sum()) - self.off @ self.inverse @ self.off))

    def level(self, day: float) -> tuple[float, float]:
        """Mean and variance of the level on a day from the first on."""
        own = self._shared(day)
        variance = self._wandered(day) - own @ self.inverse @ own
        mean = self.first + own @ self.inverse @ self.off
        return float(mean), float(variance + (1.0 - own @ self.weight) ** 2 / self.weight.sum())

    @property
    def change(self) -> tuple[float, float]:
        """Mean and variance of the level's change from the first day to the last."""
        own = self._shared(self.days[-1])
        variance = self._wandered(self.days[-1]) - own @ self.inverse @ own
        return float(own @ self.inverse @ self.off), float(variance + (own @ self.weight) ** 2 / self.weight.sum())

    def _wandered(self, day: float) -> float:
        """Variance of what the level has wandered by a day."""
        return float(self.drift**2 / DAYS_A_YEAR * (day - self.days[0]))

    def _shared(self, day: float) -> np.ndarray:
        """(visit,) covariance of that with what it had wandered by each visit."""
        shared: np.ndarray = self.drift**2 / DAYS_A_YEAR * (np.minimum(day, self.days) - self.days[0])
        return shared


def _mixed(parts: list[tuple[float, float]], weights: np.ndarray) -> Estimate:
    """One estimate of several, each with its weight."""
    means, variances = np.array(parts).T
    mean = float(weights @ means)
    variance = float(weights @ (variances + (means - mean) ** 2))
    return Estimate(mean, float(np.sqrt(max(variance, 0.0))))
