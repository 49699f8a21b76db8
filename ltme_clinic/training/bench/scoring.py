"""How unusual, or how changed, a walk is for healthy people: Mahalanobis distance, largest z, and both fused.

Every set of features is treated alike: what speed and leg length lead to expect is taken out (`findings.expectation`,
as the project's detector does), columns are measured in standard deviations of what healthy people leave, and the
covariance is shrunk. Change is the difference of two visits under the covariance of healthy people's retest
differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ltme_clinic.findings.expectation import Expectation, fit_expectation
from ltme_clinic.findings.scorings import LargestZ, Mahalanobis, Score, spread_of
from ltme_clinic.types import LtmeError

KINDS = ("mahalanobis", "z_max", "fused")
LookedBy = Literal["largest z", "distance"]
FOLDS = 5
"""Healthy people are scored by a fit on the others, so that scores can be standardised on people not fitted on."""


@dataclass(frozen=True, eq=False)
class Table:
    """One set of features of several walks, a row a walk; NaN where a walk could not be had."""

    vectors: np.ndarray  # (walk, d) for the Mahalanobis distance
    looked_at: np.ndarray  # (walk, e) whose largest z counts, or whose own Mahalanobis distance
    covariates: np.ndarray  # (walk, 2) speed m/s, leg length m
    looked_by: LookedBy = "largest z"
    """What stands in the place of `z_max`."""

    def take(self, rows: np.ndarray) -> Table:
        """Some of the walks."""
        return replace(
            self, vectors=self.vectors[rows], looked_at=self.looked_at[rows], covariates=self.covariates[rows]
        )

    @property
    def known(self) -> np.ndarray:
        """(walk,) bool: rows without a gap."""
        return (
            np.isfinite(self.vectors).all(1) & np.isfinite(self.looked_at).all(1) & np.isfinite(self.covariates).all(1)
        )


@dataclass(frozen=True, eq=False)
class Scorer:
    """Fitted on healthy people; one visit is scored for being unusual, two for what changed between them."""

    expectations: tuple[Expectation, Expectation]
    distance: Score
    largest: Score
    worse: int
    centre: np.ndarray  # (2,) healthy people's mean distance and largest z, each scored by a fit on others
    spread: np.ndarray  # (2,)

    def scores(self, visits: Sequence[Table]) -> np.ndarray:
        """(walk, 3) in the order of `KINDS`; higher is more unusual, NaN where a walk could not be had."""
        left, looked = _left(visits, self.expectations, self.worse)
        both = np.column_stack([self.distance(left), self.largest(looked)])
        return np.column_stack([both, ((both - self.centre) / self.spread).mean(axis=1)])


def fit_scorer(visits: Sequence[Table], *, worse: int = 0, folds: int = FOLDS) -> Scorer:
    """Fit on healthy people's single visits, or on their two visits for change.

    Parameters
    ----------
    visits : one or two tables of the same people in the same order; who lacks a walk is left out
    worse : 1 or -1 where only more or only less of a feature is worse (an index); 0 where either way is unusual
    """
    known = np.all([table.known for table in visits], axis=0)
    people = np.flatnonzero(known)
    if len(people) < 2 * folds:
        raise LtmeError("bench", f"{len(people)} healthy people can't make a score", f"Give {2 * folds} or more")
    visits = [table.take(people) for table in visits]
    fold = np.arange(len(people)) % folds
    held_out = np.full((len(people), 2), np.nan)
    for number in range(folds):
        fitted = _fit([table.take(fold != number) for table in visits], worse)
        held_out[fold == number] = fitted.scores([table.take(fold == number) for table in visits])[:, :2]
    whole = _fit(visits, worse)
    spread = np.maximum(held_out.std(axis=0), 1e-9)
    return Scorer(**{**whole.__dict__, "centre": held_out.mean(axis=0), "spread": spread})


def _fit(visits: Sequence[Table], worse: int) -> Scorer:
    covariates = np.concatenate([table.covariates for table in visits])
    expectations = (
        fit_expectation(covariates, np.concatenate([table.vectors for table in visits])),
        fit_expectation(covariates, np.concatenate([table.looked_at for table in visits])),
    )
    left, looked = _left(visits, expectations, worse)
    looked_by = LargestZ().fit if visits[0].looked_by == "largest z" else _distance
    return Scorer(expectations, _distance(left), looked_by(looked), worse, np.zeros(2), np.ones(2))


def _distance(left: np.ndarray) -> Score:
    """Mahalanobis distance in columns' own standard deviations.

    Wide features are not reduced first: what is unusual shows most where healthy people hardly differ, and the leading
    principal components of joint curves miss it.
    """
    spread = spread_of(left)
    distance = Mahalanobis().fit(left / spread)
    return lambda rows: distance(rows / spread)


def _left(
    visits: Sequence[Table], expectations: tuple[Expectation, Expectation], worse: int
) -> tuple[np.ndarray, np.ndarray]:
    """What the expectation leaves of one visit, or of the difference of two; only the worse way if there is one."""
    vectors = [table.vectors - expectations[0].predict(table.covariates) for table in visits]
    looked = [table.looked_at - expectations[1].predict(table.covariates) for table in visits]
    both = [values[0] if len(values) == 1 else values[1] - values[0] for values in (vectors, looked)]
    if worse:
        both = [worse * np.maximum(worse * values, 0.0) for values in both]
    return both[0], both[1]
