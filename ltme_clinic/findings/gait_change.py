"""How far apart two visits of one person are, in what two visits without a change are apart.

Speed and leg length are taken out first. The recording vectors see through badly placed markers, measured joint angles
hold what no way of walking does: where every visit has both, their distances are added, each in the standard deviation
that it has between unchanged visits (studies/longitudinal_tracking).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ltme_clinic.findings.expectation import Expectation, fit_expectation
from ltme_clinic.findings.measurement_error import MINIMUM_RETEST_PEOPLE
from ltme_clinic.findings.reference import ReferencePopulation
from ltme_clinic.findings.visit import VisitEmbeddings, mean_over_trials
from ltme_clinic.statistics import conformal_quantile, shrinkage_covariance
from ltme_clinic.types import LtmeError

_FOLDS = 5
Matched = tuple[np.ndarray, ...]
"""A visit's mean values less what speed and leg length explain: of vectors, and of joint angles where they count."""


@dataclass(frozen=True, eq=False)
class _Part:
    """One sort of values: vectors or joint angles."""

    expectation: Expectation
    factor: np.ndarray  # (value, value) lower Cholesky factor of the covariance of differences without a change
    sd: float
    """Of distances between two visits without a change."""

    def matched(self, values: np.ndarray, covariates: np.ndarray) -> np.ndarray:
        return values.mean(axis=0) - self.expectation.predict(mean_over_trials(covariates[None]))[0]

    def distance(self, difference: np.ndarray) -> float:
        return float(_distances(self.factor, difference[None])[0] / self.sd)


@dataclass(frozen=True, eq=False)
class GaitChangeScale:
    """Measures the difference between two visits of a person in the noise between two visits without a change."""

    parts: tuple[_Part, ...]
    median: float
    """Median distance between two visits with no change: the unit of what `distance` gives."""
    limit: float
    """95 % of unchanged pairs stay at or below this, in that unit."""
    people: int

    @property
    def with_joint_angles(self) -> bool:
        return len(self.parts) > 1

    def matched(self, visit: VisitEmbeddings) -> Matched:
        """What of a visit is held against another's."""
        values = [visit.vectors]
        if self.with_joint_angles:
            assert visit.joint_cells_deg is not None
            values.append(visit.joint_cells_deg)
        return tuple(part.matched(own, visit.covariates) for part, own in zip(self.parts, values, strict=True))

    def distance(self, matched: Matched, baseline: Matched) -> float:
        """How far apart two visits are: 1 is the median of unchanged pairs."""
        apart = [part.distance(own - first) for part, own, first in zip(self.parts, matched, baseline, strict=True)]
        return sum(apart) / self.median


def gait_change_scale(reference: ReferencePopulation, visits: Sequence[VisitEmbeddings]) -> GaitChangeScale | None:
    """The scale for comparing these visits, of as many trials as the shortest of them has.

    None where the reference has too few people measured twice.
    """
    trials = min((visit.trials for visit in visits), default=1)
    both = all(visit.all_measured for visit in visits) and _twice_measured(reference).sum() >= MINIMUM_RETEST_PEOPLE
    return _scale(reference, trials, both)


@lru_cache(maxsize=32)
def _scale(reference: ReferencePopulation, trials: int, with_joint_angles: bool) -> GaitChangeScale | None:
    """The limit is cross-fitted: each fold's pairs are measured by the covariance of the other folds, so that the
    covariance is never judged on the pairs that made it."""
    if reference.retest_n < MINIMUM_RETEST_PEOPLE:
        return None
    everybody = np.ones(reference.retest_n, dtype=bool)
    sorts = [(reference.vectors, reference.retest_vectors, everybody)]
    if with_joint_angles:
        sorts.append((reference.joint_cells_deg, reference.retest_joint_cells_deg, _twice_measured(reference)))
    folds = _folds(reference.retest_people)
    parts, together = [], np.zeros(reference.retest_n)
    for values, retest, has in sorts:
        expectation = _expectation(reference, values, trials)
        visits = [_matched_retest(reference, retest, expectation, visit, trials) for visit in (0, 1)]
        differences = visits[1] - visits[0]
        unchanged = np.full(len(differences), np.nan)
        for fold in range(_FOLDS):
            own, others = has & (folds == fold), has & (folds != fold)
            unchanged[own] = _distances(_factor(differences[others]), differences[own])
        sd = float(unchanged[has].std(ddof=1))
        if sd <= 0.0:
            raise LtmeError(reference.subject, "its people measured twice are copies", "Give real second visits")
        parts.append(_Part(expectation, _factor(differences[has]), sd))
        together += unchanged / sd
    apart = together[np.isfinite(together)]
    median = float(np.median(apart))
    return GaitChangeScale(tuple(parts), median, conformal_quantile(apart) / median, len(apart))


def _expectation(reference: ReferencePopulation, values: np.ndarray, trials: int) -> Expectation:
    """Fitted on the people who have these values."""
    means = mean_over_trials(values.astype(float), trials)
    known = np.isfinite(means).all(axis=1)
    return fit_expectation(mean_over_trials(reference.covariates, trials)[known], means[known])


def _matched_retest(
    reference: ReferencePopulation, values: np.ndarray, expectation: Expectation, visit: int, trials: int
) -> np.ndarray:
    """(person, value) of one of the two visits, less what speed and leg length explain."""
    means = mean_over_trials(values[:, visit].astype(float), trials)
    return means - expectation.predict(mean_over_trials(reference.retest_covariates[:, visit], trials))


def _twice_measured(reference: ReferencePopulation) -> np.ndarray:
    """(person measured twice,) bool: who has joint angles at both visits, in every trial."""
    walked = np.isfinite(reference.retest_vectors).all(axis=-1)
    has = np.isfinite(reference.retest_joint_cells_deg).all(axis=-1)
    return np.asarray((has | ~walked).all(axis=(1, 2)))


def _folds(people: tuple[str, ...]) -> np.ndarray:
    """A fold for each person, decided by names and not by their order; folds differ by one person at most."""
    order = sorted(range(len(people)), key=lambda i: hashlib.sha256(people[i].encode()).digest())
    folds = np.empty(len(people), dtype=int)
    folds[order] = np.arange(len(people)) % _FOLDS
    return folds


def _factor(differences: np.ndarray) -> np.ndarray:
    covariance = shrinkage_covariance(differences, centre=False)
    floor = max(1e-12, 1e-6 * float(np.trace(covariance)) / len(covariance))
    return np.linalg.cholesky(covariance + floor * np.eye(len(covariance)))


def _distances(factor: np.ndarray, differences: np.ndarray) -> np.ndarray:
    return np.sqrt((np.linalg.solve(factor, differences.T) ** 2).sum(axis=0))
