"""Reliability, measurement error, calibration: the few statistics that every finding and trend rests on.

Rows are people (subjects), columns are sessions. Pure numpy; nothing here knows what is measured.

Sources
-------
McGraw and Wong 1996, Psychological Methods 1:30 (intraclass correlations C,1 and A,1).
Weir 2005, J Strength Cond Res 19:231 (standard error of measurement, minimal difference).
Jacobson and Truax 1991, J Consult Clin Psychol 59:12 (reliable change index).
Ledoit and Wolf 2004, J Multivariate Anal 88:365 (shrinkage of a covariance matrix).
Vovk, Gammerman and Shafer 2005, Algorithmic Learning in a Random World (conformal p).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ltme_clinic.errors import LtmeError

NORMAL_95 = 1.959963984540054
"""Two-sided 95 % point of the standard normal distribution."""


def icc_consistency(values: np.ndarray) -> float:
    """Intraclass correlation ICC(C,1): do sessions rank people alike, a shift shared by all people forgiven?

    Parameters
    ----------
    values : (people, sessions), complete

    Returns
    -------
    At most 1; negative when people differ less than chance alone would make them.
    """
    between, _, error, _, sessions = _mean_squares(values)
    return _ratio(between - error, between + (sessions - 1) * error)


def icc_agreement(values: np.ndarray) -> float:
    """Intraclass correlation ICC(A,1): do sessions give the same number? A shift shared by all people counts.

    Parameters
    ----------
    values : (people, sessions), complete
    """
    between, session, error, people, sessions = _mean_squares(values)
    return _ratio(between - error, between + (sessions - 1) * error + sessions * (session - error) / people)


def sem_from_retest(values: np.ndarray) -> float:
    """Standard error of measurement: the standard deviation within people, pooled over people.

    A shift shared by all people counts as error, for a clinician who sees one patient can't subtract it.

    Parameters
    ----------
    values : (people, sessions); NaN where a person missed a session; people seen once say nothing and are dropped

    Returns
    -------
    In the unit of the values.
    """
    table = _table(values, complete=False)
    seen = np.isfinite(table)
    counts = seen.sum(axis=1)
    table, seen, counts = table[counts > 1], seen[counts > 1], counts[counts > 1]
    if not len(table):
        raise LtmeError("test-retest", "nobody was measured twice", "Give at least two sessions of at least one person")
    means = np.where(seen, table, 0.0).sum(axis=1) / counts
    squares = np.where(seen, table - means[:, None], 0.0) ** 2
    return float(np.sqrt(squares.sum() / (counts - 1).sum()))


def sem_from_icc(sd: float, icc: float) -> float:
    """Standard error of measurement from a published SD between people and an intraclass correlation."""
    if not (sd >= 0.0 and icc <= 1.0):
        raise LtmeError("standard error of measurement", f"SD {sd} and ICC {icc} do not go together")
    return float(sd * np.sqrt(1.0 - icc))


def mdc95(sem: float) -> float:
    """Smallest difference between two single measurements that measurement error explains in under 5 % of people."""
    if not sem >= 0.0:
        raise LtmeError("minimal detectable change", f"the standard error of measurement is {sem}")
    return float(NORMAL_95 * np.sqrt(2.0) * sem)


def sem_from_mdc95(mdc: float) -> float:
    """The standard error of measurement behind a published minimal detectable change: `mdc95` turned round."""
    return float(mdc / (NORMAL_95 * np.sqrt(2.0)))


def reliable_change_index(change: float, sem: float) -> float:
    """A change in standard errors of a difference; beyond 1.96 either way it is unlikely to be error alone."""
    if not sem > 0.0:
        raise LtmeError("reliable change index", f"the standard error of measurement is {sem}")
    return float(change / (np.sqrt(2.0) * sem))


def bootstrap_interval(
    values: np.ndarray,
    statistic: Callable[[np.ndarray], float],
    *,
    seed: int,
    level: float = 0.95,
    draws: int = 2000,
) -> tuple[float, float]:
    """Percentile interval of a statistic, drawing whole people with replacement.

    Parameters
    ----------
    values : (people, ...): all that belongs to one person stays together
    statistic : called with (people, ...) of the same shape
    """
    rng = np.random.default_rng(seed)
    people = len(values)
    if people < 2:
        raise LtmeError("bootstrap", f"{people} people can't be resampled", "Give at least two")
    results = [statistic(values[rng.integers(people, size=people)]) for _ in range(draws)]
    tail = 50.0 * (1.0 - level)
    low, high = np.nanpercentile(results, [tail, 100.0 - tail])
    return float(low), float(high)


def conformal_p(calibration: np.ndarray, score: float) -> float:
    """Share of people at least as unusual, the newcomer counted among them: (1 + #{s_cal >= s}) / (n + 1).

    Never below 1 / (n + 1). If the newcomer and the n calibration people are exchangeable, P(p <= a) <= a for
    every a, whatever the score's distribution.
    """
    calibration = np.asarray(calibration, dtype=float)
    if not np.isfinite(score) or not np.isfinite(calibration).all():
        raise LtmeError("conformal p", "a score is not a finite number")
    return float((1 + np.count_nonzero(calibration >= score)) / (calibration.size + 1))


def conformal_quantile(calibration: np.ndarray, level: float = 0.95) -> float:
    """The value that a newcomer stays at or below with probability of at least `level`; infinite if n is too small."""
    ordered = np.sort(np.asarray(calibration, dtype=float))
    # The tolerance keeps 0.95 * 20 from becoming 19.000000000000004 and so the twentieth value.
    rank = int(np.ceil((ordered.size + 1) * level - 1e-9))
    return float(ordered[rank - 1]) if rank <= ordered.size else float("inf")


def false_alarm_chance(calibrated_on: int, judged: int, level: float) -> Any:
    """Distribution (scipy) of the number of false alarms among `judged` newcomers, beyond a conformal limit at `level`.

    One limit serves them all, and its own error from so many calibration people is a beta distribution (Vovk 2012), so
    the count is beta-binomial rather than binomial.
    """
    from scipy.stats import betabinom

    beyond = int(np.floor(level * (calibrated_on + 1) + 1e-9))
    return betabinom(judged, beyond, calibrated_on + 1 - beyond)


def auroc(negatives: np.ndarray, positives: np.ndarray) -> float:
    """Probability that a positive scores above a negative, ties counted half (Mann-Whitney)."""
    negatives, positives = np.sort(np.asarray(negatives, dtype=float)), np.asarray(positives, dtype=float)
    if not negatives.size or not positives.size:
        raise LtmeError("AUROC", "one of the two groups is empty")
    if not (np.isfinite(negatives).all() and np.isfinite(positives).all()):
        raise LtmeError("AUROC", "a score is not a finite number")
    below = np.searchsorted(negatives, positives, side="left")
    ties = np.searchsorted(negatives, positives, side="right") - below
    return float((below + 0.5 * ties).sum() / (negatives.size * positives.size))


def shrinkage_covariance(samples: np.ndarray, *, centre: bool = True) -> np.ndarray:
    """Covariance (d, d) of samples (n, d), pulled to a multiple of the identity as far as Ledoit and Wolf advise.

    Well conditioned even where n < d. `centre=False` takes zero for the mean (differences that average to nothing).
    """
    samples = np.asarray(samples, dtype=float)
    if samples.ndim != 2 or len(samples) < 2 or not np.isfinite(samples).all():
        raise LtmeError("covariance", f"needs at least two finite samples, got shape {samples.shape}")
    if centre:
        samples = samples - samples.mean(axis=0)
    count, width = samples.shape
    covariance = samples.T @ samples / count
    scale = np.trace(covariance) / width
    distance = ((covariance - scale * np.eye(width)) ** 2).sum() / width
    spread = ((samples**2).sum(axis=1) ** 2).sum() / count - (covariance**2).sum()
    noise = min(spread / (count * width), distance)
    intensity = noise / distance if distance > 0.0 else 0.0
    return (1.0 - intensity) * covariance + intensity * scale * np.eye(width)


def _table(values: np.ndarray, *, complete: bool) -> np.ndarray:
    table = np.asarray(values, dtype=float)
    if table.ndim != 2 or table.shape[1] < 2:
        raise LtmeError("test-retest", f"a table of shape {table.shape} is not people by sessions")
    if np.isinf(table).any() or (complete and np.isnan(table).any()):
        raise LtmeError("test-retest", "the table holds values that are not finite numbers", "Drop incomplete people")
    return table


def _mean_squares(values: np.ndarray) -> tuple[float, float, float, int, int]:
    """Two-way mean squares: between people, between sessions, error; people; sessions."""
    table = _table(values, complete=True)
    people, sessions = table.shape
    if people < 2:
        raise LtmeError("intraclass correlation", f"{people} people are too few", "Give at least two")
    grand = table.mean()
    of_people, of_sessions = table.mean(axis=1), table.mean(axis=0)
    between = sessions * ((of_people - grand) ** 2).sum() / (people - 1)
    session = people * ((of_sessions - grand) ** 2).sum() / (sessions - 1)
    rest = table - of_people[:, None] - of_sessions[None, :] + grand
    error = (rest**2).sum() / ((people - 1) * (sessions - 1))
    return float(between), float(session), float(error), people, sessions


def _ratio(numerator: float, denominator: float) -> float:
    """NaN where neither people nor sessions differ at all: then reliability has no meaning."""
    return numerator / denominator if denominator > 0.0 else float("nan")
