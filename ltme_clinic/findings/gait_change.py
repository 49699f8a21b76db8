"""How far apart two visits of one person are, in what two visits without a change are apart.

Speed and leg length are taken out first. What counts are the recording vectors, which see how joints move through badly
placed markers, and the steps (length, stance, double support, width, cadence), which no marker on a thigh moves at all.
Their distances are added, each in the standard deviation that it has between unchanged visits; together they see a
change a quarter of a visit earlier than the vectors alone (studies/longitudinal_tracking).
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
from ltme_clinic.findings.visit import VisitEmbeddings, mean_over_trials, steps_of
from ltme_clinic.statistics import conformal_quantile, shrinkage_covariance
from ltme_clinic.types import LtmeError

_FOLDS = 5
Matched = tuple[np.ndarray, ...]
"""A visit's mean vector, and its mean steps where they count, less what speed and leg length explain."""


@dataclass(frozen=True, eq=False)
class _Part:
    """Vectors, or steps."""

    expectation: Expectation
    spread: np.ndarray  # (value,) what values are measured in: steps in their own standard deviations
    factor: np.ndarray  # (value, value) lower Cholesky factor of the covariance of differences without a change
    sd: float
    """Of distances between two visits without a change."""

    def matched(self, values: np.ndarray, covariates: np.ndarray) -> np.ndarray:
        means, known = mean_over_trials(values[None]), mean_over_trials(covariates[None])
        return np.asarray((means - self.expectation.predict(known))[0])

    def distance(self, difference: np.ndarray) -> float:
        return float(_distances(self.factor, difference[None] / self.spread)[0] / self.sd)


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
    def with_steps(self) -> bool:
        return len(self.parts) > 1

    def matched(self, visit: VisitEmbeddings) -> Matched:
        """What of a visit is held against another's."""
        values = (visit.vectors, visit.steps)
        return tuple(part.matched(own, visit.covariates) for part, own in zip(self.parts, values, strict=False))

    def distance(self, matched: Matched, baseline: Matched) -> float:
        """How far apart two visits are: 1 is the median of unchanged pairs."""
        apart = [part.distance(own - first) for part, own, first in zip(self.parts, matched, baseline, strict=True)]
        return sum(apart) / self.median


def gait_change_scale(reference: ReferencePopulation, visits: Sequence[VisitEmbeddings]) -> GaitChangeScale | None:
    """The scale for comparing these visits, of as many trials as the shortest of them has.

    Steps count where every visit has them all. None where the reference has too few people measured twice.
    """
    trials = min((visit.trials for visit in visits), default=1)
    has_steps = all(np.isfinite(mean_over_trials(visit.steps[None])).all() for visit in visits)
    return _scale(reference, trials, has_steps and _has_steps_twice(reference, trials).sum() >= MINIMUM_RETEST_PEOPLE)


@lru_cache(maxsize=32)
def _scale(reference: ReferencePopulation, trials: int, with_steps: bool) -> GaitChangeScale | None:
    """The limit is cross-fitted: each fold's pairs are measured by the covariance of the other folds, so that the
    covariance is never judged on the pairs that made it."""
    if reference.retest_n < MINIMUM_RETEST_PEOPLE:
        return None
    covariates = mean_over_trials(reference.covariates, trials)
    vectors = fit_expectation(covariates, mean_over_trials(reference.vectors.astype(float), trials))
    sorts = [(vectors, _twice(reference, reference.retest_vectors, trials), np.ones(reference.retest_n, dtype=bool))]
    if with_steps:
        has = _has_steps_twice(reference, trials)
        steps, at = _twice(reference, _steps_twice(reference), trials), _known_twice(reference, trials)
        sorts.append((fit_expectation(np.concatenate(at[:, has]), np.concatenate(steps[:, has])), steps, has))
    folds = _folds(reference.retest_people)
    parts: list[_Part] = []
    together = np.zeros(reference.retest_n)
    for expectation, visits, has in sorts:
        known = _known_twice(reference, trials)
        differences = visits[1] - expectation.predict(known[1]) - visits[0] + expectation.predict(known[0])
        spread = np.ones(differences.shape[1]) if not parts else np.maximum(differences[has].std(axis=0), 1e-9)
        differences = differences / spread
        unchanged = np.full(len(differences), np.nan)
        for fold in range(_FOLDS):
            own, others = has & (folds == fold), has & (folds != fold)
            unchanged[own] = _distances(_factor(differences[others]), differences[own])
        sd = float(unchanged[has].std(ddof=1))
        if sd <= 0.0:
            raise LtmeError(reference.subject, "its people measured twice are copies", "Give real second visits")
        parts.append(_Part(expectation, spread, _factor(differences[has]), sd))
        together += unchanged / sd
    apart = together[np.isfinite(together)]
    median = float(np.median(apart))
    return GaitChangeScale(tuple(parts), median, conformal_quantile(apart) / median, len(apart))


def _twice(reference: ReferencePopulation, values: np.ndarray, trials: int) -> np.ndarray:
    """(person, 2, trial, value) -> means over so many trials, (2, person, value)."""
    return np.stack([mean_over_trials(values[:, visit].astype(float), trials) for visit in (0, 1)])


def _known_twice(reference: ReferencePopulation, trials: int) -> np.ndarray:
    """Covariates (2, person, 3)."""
    return _twice(reference, reference.retest_covariates, trials)


def _steps_twice(reference: ReferencePopulation) -> np.ndarray:
    """(person, 2, trial, 7)."""
    return steps_of(reference.retest_gait_figures, reference.retest_covariates)


@lru_cache(maxsize=32)
def _has_steps_twice(reference: ReferencePopulation, trials: int) -> np.ndarray:
    """(person measured twice,) bool: whose steps are known at both visits."""
    return np.asarray(np.isfinite(_twice(reference, _steps_twice(reference), trials)).all(axis=(0, 2)))


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
