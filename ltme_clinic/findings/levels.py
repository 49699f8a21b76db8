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
    _drifts: np.ndarray
    _weights: np.ndarray
    _days: np.ndarray
    _values: np.ndarray
    _variances: np.ndarray

    def expected(self, day: float, sem: float) -> Estimate:
        """What a visit on a later day, of so large a standard error, would measure if things go on as they did."""
        parts = [_predicted(drift, self._days, self._values, self._variances, day) for drift in self._drifts]
        level = _mixed(parts, self._weights)
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
    drifts, variances = usual * _DRIFTS, sems**2
    said = np.array([_log_likelihood(drift, days, values, variances) for drift in drifts])
    said -= 0.5 * (np.log(_DRIFTS) / DRIFT_LOG_SD) ** 2
    weights = np.exp(said - said.max())
    weights /= weights.sum()
    now = [_predicted(drift, days, values, variances, float(days[-1])) for drift in drifts]
    changes = [_change(drift, days, values, variances) for drift in drifts]
    drift = float(np.exp((weights * np.log(drifts)).sum()))
    return Levels(_mixed(changes, weights), _mixed(now, weights), drift, drifts, weights, days, values, variances)


def _walk(drift: float, days: np.ndarray, other_days: np.ndarray, first_day: float) -> np.ndarray:
    """Covariance of what a level has wandered since the first day, (day, other day)."""
    since = np.minimum(days[:, None], other_days[None]) - first_day
    covariance: np.ndarray = drift**2 / DAYS_A_YEAR * since
    return covariance


def _solved(
    drift: float, days: np.ndarray, values: np.ndarray, variances: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Inverse covariance of the visits, its row sums, and the first level by generalised least squares."""
    inverse = np.linalg.inv(_walk(drift, days, days, days[0]) + np.diag(variances))
    weight = inverse.sum(axis=0)
    return inverse, weight, float(weight @ values / weight.sum())


def _log_likelihood(drift: float, days: np.ndarray, values: np.ndarray, variances: np.ndarray) -> float:
    """Of the visits, the first level integrated out."""
    inverse, weight, first = _solved(drift, days, values, variances)
    off = values - first
    _, log_determinant = np.linalg.slogdet(inverse)
    return float(0.5 * (log_determinant - np.log(weight.sum()) - off @ inverse @ off))


def _predicted(
    drift: float, days: np.ndarray, values: np.ndarray, variances: np.ndarray, day: float
) -> tuple[float, float]:
    """Mean and variance of the level on a day."""
    inverse, weight, first = _solved(drift, days, values, variances)
    own = _walk(drift, np.array([day]), days, days[0])[0]
    mean = first + own @ inverse @ (values - first)
    variance = drift**2 / DAYS_A_YEAR * (day - days[0]) - own @ inverse @ own
    return float(mean), float(variance + (1.0 - own @ weight) ** 2 / weight.sum())


def _change(drift: float, days: np.ndarray, values: np.ndarray, variances: np.ndarray) -> tuple[float, float]:
    """Mean and variance of the level's change from the first day to the last."""
    inverse, weight, first = _solved(drift, days, values, variances)
    own = _walk(drift, days[-1:], days, days[0])[0]
    variance = drift**2 / DAYS_A_YEAR * (days[-1] - days[0]) - own @ inverse @ own
    return float(own @ inverse @ (values - first)), float(variance + (own @ weight) ** 2 / weight.sum())


def _mixed(parts: list[tuple[float, float]], weights: np.ndarray) -> Estimate:
    """One estimate of several, each with its weight."""
    means, variances = np.array(parts).T
    mean = float(weights @ means)
    variance = float(weights @ (variances + (means - mean) ** 2))
    return Estimate(mean, float(np.sqrt(max(variance, 0.0))))
