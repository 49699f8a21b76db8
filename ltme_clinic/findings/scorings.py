"""Ways of saying how far from healthy people somebody lies, once what speed and size explain is taken out.

A scoring is fitted on healthy people's residuals (person, value) and then gives one number for each row; higher is more
unusual. Values are first measured in healthy people's own standard deviations where a scoring has no metric of its
own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ltme_clinic.statistics import shrinkage_covariance

Score = Callable[[np.ndarray], np.ndarray]
"""(row, value) -> (row,)."""
SMALLEST_SHARE = 1e-6
"""Of the mean variance: the floor under every direction's own, for values that healthy people never move."""


class Scoring(Protocol):
    """A way of scoring, not yet fitted."""

    def fit(self, residuals: np.ndarray, spent: int = 0) -> Score:
        """Fit on healthy residuals (person, value); `spent` degrees of freedom went into taking out speed and size."""
        ...


@dataclass(frozen=True)
class Mahalanobis:
    """Distance under the shrunk covariance (Ledoit and Wolf 2004): healthy, about the root of the number of values."""

    def fit(self, residuals: np.ndarray, spent: int = 0) -> Score:
        # without the degrees of freedom, few people would look closer together than they are
        covariance = shrinkage_covariance(residuals, centre=False) * len(residuals) / (len(residuals) - spent)
        floor = max(1e-9, SMALLEST_SHARE * float(np.trace(covariance)) / len(covariance))
        factor = np.linalg.cholesky(covariance + floor * np.eye(len(covariance)))

        return lambda rows: np.sqrt((np.linalg.solve(factor, rows.T) ** 2).sum(axis=0))


@dataclass(frozen=True)
class PrincipalAndResidual:
    """Distance in the leading directions, and what they leave in its own mean square (Tipping and Bishop 1999)."""

    share: float = 0.9
    """Of healthy people's variance that the leading directions hold."""

    def fit(self, residuals: np.ndarray, spent: int = 0) -> Score:
        spread = spread_of(residuals, spent)
        scaled = residuals / spread
        _, singular, directions = np.linalg.svd(scaled, full_matrices=False)
        variance = singular**2 / (len(scaled) - spent)
        count = int(np.searchsorted(np.cumsum(variance) / variance.sum(), self.share)) + 1
        leading, own = directions[:count], variance[:count]
        left = max(float(variance[count:].sum()) / max(scaled.shape[1] - count, 1), 1e-9)

        def score(rows: np.ndarray) -> np.ndarray:
            scaled = rows / spread
            along = scaled @ leading.T
            aside = np.maximum((scaled**2).sum(axis=1) - (along**2).sum(axis=1), 0.0)
            distance: np.ndarray = np.sqrt((along**2 / own).sum(axis=1) + aside / left)
            return distance

        return score


@dataclass(frozen=True)
class NearestPeople:
    """Mean distance to the nearest healthy people."""

    people: int = 5

    def fit(self, residuals: np.ndarray, spent: int = 0) -> Score:
        from sklearn.neighbors import NearestNeighbors

        spread = spread_of(residuals, spent)
        fitted = NearestNeighbors(n_neighbors=min(self.people, len(residuals))).fit(residuals / spread)

        return lambda rows: fitted.kneighbors(rows / spread)[0].mean(axis=1)


@dataclass(frozen=True)
class OneClassSvm:
    """How far outside the region that holds all but a tenth of healthy people (Scholkopf 2001)."""

    outside: float = 0.1

    def fit(self, residuals: np.ndarray, spent: int = 0) -> Score:
        from sklearn.svm import OneClassSVM

        spread = spread_of(residuals, spent)
        fitted = OneClassSVM(nu=self.outside, gamma="scale").fit(residuals / spread)

        return lambda rows: -fitted.decision_function(rows / spread)


@dataclass(frozen=True)
class IsolationTrees:
    """How soon random cuts part somebody from healthy people (Liu 2008)."""

    trees: int = 60
    seed: int = 0

    def fit(self, residuals: np.ndarray, spent: int = 0) -> Score:
        from sklearn.ensemble import IsolationForest

        fitted = IsolationForest(n_estimators=self.trees, random_state=self.seed).fit(residuals)

        return lambda rows: -fitted.score_samples(rows)


@dataclass(frozen=True)
class HiddenParts:
    """Each part of the values is hidden in turn and told from the others as healthy people would have it; the part that
    is furthest from what is told counts.

    A stiff knee that a hip makes up for stands out here at the knee: what is expected of it is what such a hip goes
    with. Parts must not say each other: a pelvis's two sides are one part.
    """

    parts: tuple[tuple[int, ...], ...]
    """Columns of each part; together all columns."""
    least_sd: float = 0.0
    """Floor under the standard deviations, in the values' unit."""

    def fit(self, residuals: np.ndarray, spent: int = 0) -> Score:
        spread = np.maximum(spread_of(residuals, spent), self.least_sd)
        covariance = shrinkage_covariance(residuals / spread, centre=False)
        precision = np.linalg.inv(covariance + SMALLEST_SHARE * np.eye(len(covariance)))
        # given all others a part is off by inverse(P_bb) (P x)_b, with covariance inverse(P_bb)
        readers = [
            precision[list(part)].T @ np.linalg.inv(np.linalg.cholesky(precision[np.ix_(part, part)])).T
            for part in self.parts
        ]

        def score(rows: np.ndarray) -> np.ndarray:
            scaled = rows / spread
            squares = [((scaled @ reader) ** 2).mean(axis=1) for reader in readers]
            return np.sqrt(np.max(squares, axis=0))

        return score


@dataclass(frozen=True)
class LargestZ:
    """The largest of all values in healthy people's standard deviations: the hard baseline for joint curves."""

    least_sd: float = 0.0
    """Floor under the standard deviations, in the values' unit."""

    def fit(self, residuals: np.ndarray, spent: int = 0) -> Score:
        spread = np.maximum(spread_of(residuals, spent), self.least_sd)

        return lambda rows: np.abs(rows / spread).max(axis=1)


def spread_of(residuals: np.ndarray, spent: int = 0) -> np.ndarray:
    """Standard deviation of each value; infinite where healthy people never move it, which then says nothing."""
    sd = np.sqrt((residuals**2).sum(axis=0) / (len(residuals) - spent))
    return np.where(sd > 1e-9 * max(float(sd.max()), 1e-300), sd, np.inf)
