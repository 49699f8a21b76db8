"""Detectors: how unusual is a visit for a healthy person of this speed and size?

A detector is fitted on a reference and gives a frozen, fitted detector; neither keeps anything of the visits it judges.
Higher scores are more unusual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ltme_clinic.findings.comparable import measurement_refusals
from ltme_clinic.findings.expectation import TERMS, Expectation, fit_expectation
from ltme_clinic.findings.explain import CurveModel
from ltme_clinic.findings.judgement import judge
from ltme_clinic.findings.reference import ReferencePopulation
from ltme_clinic.findings.visit import VisitEmbeddings, mean_over_trials
from ltme_clinic.statistics import shrinkage_covariance
from ltme_clinic.types import Finding, LtmeError, Refused

MINIMUM_PEOPLE = 12
"""Fewer people can't show how speed, size and chance act, even for a score without a p-value."""


class FittedDetector(Protocol):
    """A detector that knows its reference."""

    @property
    def reference(self) -> ReferencePopulation: ...

    @property
    def split_seed(self) -> int: ...

    def score(self, vectors: np.ndarray, covariates: np.ndarray) -> float:
        """How unusual a visit is: vectors (trial, vector size), covariates (trial, 3) in `visit.COVARIATES` order."""
        ...

    def calibration_scores(self, trials: int) -> np.ndarray:
        """One score for each calibration person, on as many trials: (person,)."""
        ...

    def finding(self, visit: VisitEmbeddings, model: CurveModel) -> Finding:
        """The visit's finding with its explanation."""
        ...


class Detector(Protocol):
    """A way of scoring, not yet fitted."""

    def fit(self, reference: ReferencePopulation) -> FittedDetector: ...


@dataclass(frozen=True)
class MahalanobisDetector:
    """Mahalanobis distance of the recording vector from what is expected at this speed and leg length.

    Steps: (1) half the reference's people fit a regression of the vector on speed, speed squared and leg length, and a
    shrunk covariance of what is left; (2) the other half is scored once a person (split conformal); (3) a visit is
    scored by the mean of its trials, against people averaged over as many trials.

    A visit with more trials than the reference's people is scored with all of them: its mean is the less noisy, so its
    p-value errs towards "not unusual".
    """

    split_seed: int = 0
    """Decides, with people's names, who fits and who calibrates."""

    def fit(self, reference: ReferencePopulation) -> FittedMahalanobis:
        if reference.n < MINIMUM_PEOPLE:
            raise LtmeError(
                reference.subject, f"{reference.n} people can't make a score (limit {MINIMUM_PEOPLE})", "Add people"
            )
        fitted = tuple(_fit_of_trials(reference, k, self.split_seed) for k in range(1, reference.trials + 1))
        return FittedMahalanobis(reference, self.split_seed, fitted)


@dataclass(frozen=True)
class FitOfTrials:
    """The fitted parameters for visits of one number of trials."""

    expectation: Expectation
    factor: np.ndarray  # (vector, vector), lower Cholesky factor of the residual covariance
    calibration_scores: np.ndarray  # (calibration person,)

    def distance(self, vectors: np.ndarray, covariates: np.ndarray) -> np.ndarray:
        """Mahalanobis distances of mean vectors (visit, vector) at mean covariates (visit, 3): (visit,)."""
        residuals = vectors - self.expectation.predict(covariates)
        return np.sqrt((np.linalg.solve(self.factor, residuals.T) ** 2).sum(axis=0))


@dataclass(frozen=True)
class FittedMahalanobis:
    """See `MahalanobisDetector`."""

    reference: ReferencePopulation
    split_seed: int
    fits: tuple[FitOfTrials, ...]
    """For visits of 1, 2, ... trials; the last for any longer visit."""

    def score(self, vectors: np.ndarray, covariates: np.ndarray) -> float:
        """Distance in standard deviations of healthy residuals (about the root of the vector's size when healthy)."""
        size = self.reference.vectors.shape[-1]
        if vectors.ndim != 2 or vectors.shape[1] != size or len(vectors) != len(covariates) or not len(vectors):
            raise LtmeError("visit", f"vectors of shape {vectors.shape} where (trial, {size}) is expected")
        if not np.isfinite(vectors).all():
            raise LtmeError("visit", "a recording vector holds NaN", "Embed the recording again")
        known = mean_over_trials(covariates[None])
        reasons = measurement_refusals(known[0], self.reference)
        if reasons:
            raise Refused("visit", "; ".join(reasons))
        return float(self._fit(len(vectors)).distance(vectors.mean(axis=0)[None].astype(float), known)[0])

    def calibration_scores(self, trials: int) -> np.ndarray:
        return self._fit(trials).calibration_scores

    def finding(self, visit: VisitEmbeddings, model: CurveModel) -> Finding:
        return judge(self, visit, model)

    def _fit(self, trials: int) -> FitOfTrials:
        return self.fits[min(trials, len(self.fits)) - 1]


def _fit_of_trials(reference: ReferencePopulation, trials: int, seed: int) -> FitOfTrials:
    fitting, calibrating = reference.split(seed)
    vectors = mean_over_trials(reference.vectors.astype(float), trials)
    covariates = mean_over_trials(reference.covariates, trials)
    expectation = fit_expectation(covariates[fitting], vectors[fitting])
    residuals = vectors[fitting] - expectation.predict(covariates[fitting])
    # The regression took TERMS degrees of freedom: without this, few people would look closer together than they are.
    covariance = shrinkage_covariance(residuals, centre=False) * len(fitting) / (len(fitting) - TERMS)
    floor = max(1e-9, 1e-6 * float(np.trace(covariance)) / len(covariance))
    factor = np.linalg.cholesky(covariance + floor * np.eye(len(covariance)))
    unscored = FitOfTrials(expectation, factor, np.empty(0))
    scores = unscored.distance(vectors[calibrating], covariates[calibrating])
    scores.setflags(write=False)
    return FitOfTrials(expectation, factor, scores)
