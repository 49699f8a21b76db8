"""Detectors: how unusual is a visit for a healthy person of this speed and size?

A detector is fitted on a reference and gives a frozen, fitted detector; neither keeps anything of the visits it judges.
Higher scores are more unusual.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ltme_clinic.findings.comparable import covered, measurement_refusals
from ltme_clinic.findings.expectation import TERMS, fit_expectation
from ltme_clinic.findings.explain import CurveModel, decoded_curves_deg, phase_means
from ltme_clinic.findings.judgement import judge
from ltme_clinic.findings.reference import ReferencePopulation
from ltme_clinic.findings.scorings import Mahalanobis, Scoring
from ltme_clinic.findings.suited import Suited
from ltme_clinic.findings.visit import VisitEmbeddings, mean_over_trials
from ltme_clinic.types import Finding, LtmeError, Refused, deviation_numbers

MINIMUM_PEOPLE = 12
"""Fewer people can't show how speed, size and chance act, even for a score without a p-value."""
FOLDS = 5
FEWEST_FOR_LEVEL = 40
"""Fitting people: of fewer, how scores go with speed and size is too uncertain to correct by."""


class FittedDetector(Protocol):
    """A detector that knows its reference."""

    @property
    def reference(self) -> ReferencePopulation: ...

    @property
    def split_seed(self) -> int: ...

    def __hash__(self) -> int: ...

    def score(self, vectors: np.ndarray, covariates: np.ndarray) -> float:
        """How unusual a visit is: vectors (trial, vector size), covariates (trial, 3) in `visit.COVARIATES` order."""
        ...

    def mean_scores(self, vectors: np.ndarray, covariates: np.ndarray, trials: int) -> np.ndarray:
        """Several visits at once: mean vectors (visit, vector size) at mean covariates (visit, 3), each of so many
        trials -> (visit,), NaN where the reference does not cover a visit's speed and leg length."""
        ...

    def calibration_scores(self, trials: int) -> np.ndarray:
        """One score for each calibration person, on as many trials: (person,)."""
        ...

    def suited(self, visit: VisitEmbeddings) -> Suited:
        """What scores this visit."""
        ...

    def finding(self, visit: VisitEmbeddings, model: CurveModel) -> Finding:
        """The visit's finding with its explanation."""
        ...


class Detector(Protocol):
    """A way of scoring, not yet fitted."""

    def fit(self, reference: ReferencePopulation) -> FittedDetector: ...


class View(Protocol):
    """What of a visit is looked at."""

    def of(self, vectors: np.ndarray) -> np.ndarray:
        """Recording vectors (n, vector) -> values (n, value)."""
        ...


@dataclass(frozen=True)
class WholeVector:
    """The recording vector itself."""

    def of(self, vectors: np.ndarray) -> np.ndarray:
        return vectors


@dataclass(frozen=True)
class Deviations:
    """What of the recording vector was made to tell unusual walks from healthy ones (`types.deviation_numbers`)."""

    def of(self, vectors: np.ndarray) -> np.ndarray:
        return deviation_numbers(vectors)


@dataclass(frozen=True)
class JointCells:
    """Means of the decoded joint curves in each phase: 144 values in degrees (`explain.phase_means`)."""

    model: CurveModel

    def of(self, vectors: np.ndarray) -> np.ndarray:
        return phase_means(decoded_curves_deg(self.model, vectors))


@dataclass(frozen=True)
class ResidualDetector:
    """Scores what speed and leg length leave of a visit.

    Steps: (1) half the reference's people fit a regression of the values on speed, speed squared and leg length, and
    the scoring of what is left; (2) the other half is scored once a person (split conformal); (3) a visit is scored by
    the mean of its trials, against people averaged over as many trials.

    A visit with more trials than the reference's people is scored with all of them: its mean is the less noisy, so its
    p-value errs towards "not unusual".
    """

    scoring: Scoring
    view: View = WholeVector()
    split_seed: int = 0
    """Decides, with people's names, who fits and who calibrates."""
    is_levelled: bool = False
    """Scores are divided by what healthy people of the same speed and size score, so that a false alarm is as likely
    for whoever walks slowly or is small as for others. For scorings that are distances."""

    def fit(self, reference: ReferencePopulation) -> FittedResidual:
        if reference.n < MINIMUM_PEOPLE:
            raise LtmeError(
                reference.subject, f"{reference.n} people can't make a score (limit {MINIMUM_PEOPLE})", "Add people"
            )
        fits = tuple(_fit_of_trials(self, reference, trials) for trials in range(1, reference.trials + 1))
        return FittedResidual(reference, self.split_seed, fits)


@dataclass(frozen=True)
class MahalanobisDetector:
    """Mahalanobis distance of the recording vector's numbers of deviation."""

    split_seed: int = 0

    def fit(self, reference: ReferencePopulation) -> FittedResidual:
        return ResidualDetector(Mahalanobis(), Deviations(), self.split_seed, is_levelled=True).fit(reference)


@dataclass(frozen=True)
class EnsembleDetector:
    """The mean of several detectors' scores, each in standard deviations of healthy people it was not fitted on.

    Who standardises are the people who fit: each is scored by a fit on the others (`FOLDS`), so that who calibrates
    stays unused until the p-value.
    """

    parts: tuple[tuple[Scoring, View], ...]
    split_seed: int = 0
    is_levelled: bool = False
    """See `ResidualDetector`."""

    def fit(self, reference: ReferencePopulation) -> FittedResidual:
        detectors = [
            ResidualDetector(*part, split_seed=self.split_seed, is_levelled=self.is_levelled) for part in self.parts
        ]
        whole = [detector.fit(reference) for detector in detectors]
        fits = []
        for trials in range(1, reference.trials + 1):
            own = [fitted.fits[trials - 1] for fitted in whole]
            scales = [_held_out_scale(detector, reference, trials) for detector in detectors]
            fits.append(_mean_of_fits(own, scales))
        return FittedResidual(reference, self.split_seed, tuple(fits))


VisitScore = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Mean vectors (visit, vector) at mean covariates (visit, 3) -> (visit,)."""


@dataclass(frozen=True)
class FitOfTrials:
    """What was fitted for visits of one number of trials."""

    scores: VisitScore
    calibration_scores: np.ndarray  # (calibration person,)


@dataclass(frozen=True, eq=False)
class FittedResidual:
    """See `ResidualDetector` and `EnsembleDetector`."""

    reference: ReferencePopulation
    split_seed: int
    fits: tuple[FitOfTrials, ...]
    """For visits of 1, 2, ... trials; the last for any longer visit."""

    def score(self, vectors: np.ndarray, covariates: np.ndarray) -> float:
        """How unusual the visit is, in the scoring's own unit."""
        size = self.reference.vectors.shape[-1]
        if vectors.ndim != 2 or vectors.shape[1] != size or len(vectors) != len(covariates) or not len(vectors):
            raise LtmeError("visit", f"vectors of shape {vectors.shape} where (trial, {size}) is expected")
        if not np.isfinite(vectors).all():
            raise LtmeError("visit", "a recording vector holds NaN", "Embed the recording again")
        known = mean_over_trials(covariates[None])
        reasons = measurement_refusals(known[0], self.reference)
        if reasons:
            raise Refused("visit", "; ".join(reasons))
        return float(self.mean_scores(vectors.mean(axis=0)[None].astype(float), known, len(vectors))[0])

    def mean_scores(self, vectors: np.ndarray, covariates: np.ndarray, trials: int) -> np.ndarray:
        scores = np.full(len(vectors), np.nan)
        inside = covered(covariates, self.reference)
        if inside.any():
            scores[inside] = self._fit(trials).scores(vectors[inside], covariates[inside])
        return scores

    def calibration_scores(self, trials: int) -> np.ndarray:
        return self._fit(trials).calibration_scores

    def suited(self, visit: VisitEmbeddings) -> Suited:
        return Suited(self)

    def finding(self, visit: VisitEmbeddings, model: CurveModel) -> Finding:
        return judge(self, visit, model)

    def _fit(self, trials: int) -> FitOfTrials:
        return self.fits[min(trials, len(self.fits)) - 1]


def _fit_of_trials(detector: ResidualDetector, reference: ReferencePopulation, trials: int) -> FitOfTrials:
    fitting, calibrating = reference.split(detector.split_seed)
    vectors = mean_over_trials(reference.vectors.astype(float), trials)
    covariates = mean_over_trials(reference.covariates, trials)
    people = vectors[fitting], covariates[fitting]
    scores = _fitted_scores(detector.scoring, detector.view, *people)
    if detector.is_levelled and len(fitting) >= FEWEST_FOR_LEVEL:
        scores = _levelled(scores, _held_out_scores(detector.scoring, detector.view, *people), covariates[fitting])
    return _calibrated(scores, vectors[calibrating], covariates[calibrating])


def _fitted_scores(scoring: Scoring, view: View, vectors: np.ndarray, covariates: np.ndarray) -> VisitScore:
    """From healthy people's mean vectors (person, vector) and covariates (person, 3)."""
    values = view.of(vectors)
    expectation = fit_expectation(covariates, values)
    score = scoring.fit(values - expectation.predict(covariates), TERMS)
    return lambda others, known: score(view.of(others) - expectation.predict(known))


def _levelled(scores: VisitScore, held_out: np.ndarray, covariates: np.ndarray) -> VisitScore:
    """Scores over what healthy people at such covariates score, which is 1 for the average of them."""
    logs = np.log(np.maximum(held_out, 1e-9))
    expectation = fit_expectation(covariates, (logs - logs.mean())[:, None])
    return lambda vectors, known: scores(vectors, known) / np.exp(expectation.predict(known)[:, 0])


def _calibrated(scores: VisitScore, vectors: np.ndarray, covariates: np.ndarray) -> FitOfTrials:
    calibration = scores(vectors, covariates)
    calibration.setflags(write=False)
    return FitOfTrials(scores, calibration)


def _held_out_scale(detector: ResidualDetector, reference: ReferencePopulation, trials: int) -> tuple[float, float]:
    """Mean and standard deviation of fitting people's scores, each by a fit on the others."""
    fitting, _ = reference.split(detector.split_seed)
    vectors = mean_over_trials(reference.vectors.astype(float), trials)[fitting]
    covariates = mean_over_trials(reference.covariates, trials)[fitting]
    held_out = _held_out_scores(detector.scoring, detector.view, vectors, covariates)
    if detector.is_levelled and len(fitting) >= FEWEST_FOR_LEVEL:
        held_out = _levelled(lambda *_: held_out, held_out, covariates)(vectors, covariates)
    return float(held_out.mean()), max(float(held_out.std(ddof=1)), 1e-9)


def _held_out_scores(scoring: Scoring, view: View, vectors: np.ndarray, covariates: np.ndarray) -> np.ndarray:
    """(person,) each by a fit on the others: a fold's at once, one by one if they are few."""
    folds = FOLDS if len(vectors) >= 2 * FOLDS else len(vectors)
    fold = np.arange(len(vectors)) % folds
    held_out = np.empty(len(vectors))
    for number in range(folds):
        others, own = fold != number, fold == number
        scores = _fitted_scores(scoring, view, vectors[others], covariates[others])
        held_out[own] = scores(vectors[own], covariates[own])
    return held_out


def _mean_of_fits(fits: list[FitOfTrials], scales: list[tuple[float, float]]) -> FitOfTrials:
    def mixed(each: list[np.ndarray]) -> np.ndarray:
        scaled = [(scores - mean) / sd for scores, (mean, sd) in zip(each, scales, strict=True)]
        return np.asarray(np.mean(scaled, axis=0))

    calibration = mixed([fit.calibration_scores for fit in fits])
    calibration.setflags(write=False)
    return FitOfTrials(lambda *visits: mixed([fit.scores(*visits) for fit in fits]), calibration)
