"""How much a number moves from visit to visit when nothing has changed: from a reference's retest, or published.

A virtual reference's retest says nothing about a measured patient, and a laboratory's own retest is not there until
somebody has measured people twice. For walking speed and cadence there are published figures; for an embedding there
are none, and then no change is called real.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ltme_clinic.findings.reference import ReferencePopulation
from ltme_clinic.findings.visit import COVARIATES, mean_over_trials
from ltme_clinic.norms import measurement_error
from ltme_clinic.statistics import mdc95, sem_from_mdc95, sem_from_retest
from ltme_clinic.types import TRACKED_FIGURES, Origin

if TYPE_CHECKING:
    from ltme_clinic.findings.detectors import FittedDetector

MINIMUM_RETEST_PEOPLE = 20
"""Fewer people measured twice pin down neither a standard error nor a 95 % limit (that alone takes 19)."""
_COLUMNS = {"walking_speed": COVARIATES.index("speed_m_s"), "cadence": COVARIATES.index("cadence_spm")}
_NORMS_NAMES = {"walking_speed": "speed", "cadence": "cadence"}


@dataclass(frozen=True)
class MeasurementError:
    """The error of one metric, or why there is none."""

    sem: float | None
    mdc: float | None
    """95 % limit of a difference between two visits when nothing has changed; in the metric's unit."""
    source: str
    refusal: str = ""


@dataclass(frozen=True)
class Importance:
    """From which change on patients are known to notice it."""

    mcid: float
    """Minimal clinically important difference in the metric's unit."""
    source: str


_NOTICED = {"walking_speed": ("speed", "stroke"), "gps_deg": ("gps", "cerebral palsy")}
"""Whose published difference serves everybody: the largest of the minimal ones, for who the patient is is not known."""
_PUBLISHED_FIGURES = {
    "gps_deg": ("gps", "cerebral palsy"),
    "gdi": ("gdi", "cerebral palsy"),
    "step_length_m": ("step_length", "slow walkers"),
}
"""Tracked figures whose error is published, and for whom."""


def importance(metric: str) -> Importance | None:
    """What is published for a metric or a tracked figure; None where nothing is, as for everything of an embedding."""
    if metric not in _NOTICED:
        return None
    published = measurement_error(_NOTICED[metric][0], "mcid", _NOTICED[metric][1])
    return Importance(published.cautious, f"published for {published.population}")


def unknown_error(origin: Origin) -> MeasurementError:
    """No error is known for recordings of this origin."""
    fact = f"no test-retest error has been measured for {origin} recordings"
    return MeasurementError(None, None, "", f"{fact}; measure {MINIMUM_RETEST_PEOPLE} people twice to get one")


def retest_usable(reference: ReferencePopulation | None, origin: Origin) -> bool:
    """Whether the reference's people measured twice speak for recordings of this origin."""
    return reference is not None and reference.origin == origin and reference.retest_n >= MINIMUM_RETEST_PEOPLE


def covariate_error(
    metric: str, reference: ReferencePopulation | None, origin: Origin, trials: int
) -> MeasurementError:
    """Error of `walking_speed` or `cadence` for visits of so many trials.

    The retest of a reference of the same origin goes before the published figure, which serves measured recordings
    only: that of slow walkers, whose error is the larger.
    """
    column = _COLUMNS[metric]
    if reference is not None and retest_usable(reference, origin):
        visits = [mean_over_trials(reference.retest_covariates[:, v], trials)[:, column] for v in (0, 1)]
        table = np.stack(visits, axis=1)
        complete = np.isfinite(table).all(axis=1)
        if complete.sum() >= MINIMUM_RETEST_PEOPLE:
            return _from_sem(sem_from_retest(table[complete]), origin, int(complete.sum()))
    if origin == "measured":
        published = measurement_error(_NORMS_NAMES[metric], "mdc95", "slow walkers")
        source = f"published for {published.population}, {published.source}"
        return MeasurementError(sem_from_mdc95(published.cautious), published.cautious, source)
    return unknown_error(origin)


def figure_error(place: int, reference: ReferencePopulation | None, origin: Origin, trials: int) -> MeasurementError:
    """Error of a tracked figure (its place in `TRACKED_FIGURES`) for visits of so many trials that give it.

    As `covariate_error`; a figure that nobody published an error of has none without people measured twice.
    """
    if reference is not None and retest_usable(reference, origin):
        return _retest_figure_errors(reference, origin, trials)[place]
    published = _PUBLISHED_FIGURES.get(TRACKED_FIGURES[place][0])
    if origin != "measured" or published is None:
        return unknown_error(origin)
    found = measurement_error(published[0], "mdc95", published[1])
    source = f"published for {found.population}, {found.source}"
    return MeasurementError(sem_from_mdc95(found.cautious), found.cautious, source)


@lru_cache(maxsize=32)
def _retest_figure_errors(reference: ReferencePopulation, origin: Origin, trials: int) -> tuple[MeasurementError, ...]:
    """Of every tracked figure; too few people who have it at both visits leave its error unknown."""
    means = np.stack([mean_over_trials(reference.retest_gait_figures[:, v].astype(float), trials) for v in (0, 1)], 1)
    errors = []
    for place in range(len(TRACKED_FIGURES)):
        table = means[np.isfinite(means[..., place]).all(axis=1), :, place]
        few = len(table) < MINIMUM_RETEST_PEOPLE
        errors.append(unknown_error(origin) if few else _from_sem(sem_from_retest(table), origin, len(table)))
    return tuple(errors)


@lru_cache(maxsize=16)
def score_error(detector: FittedDetector | None, origin: Origin, trials: int) -> MeasurementError:
    """Error of a detector's score, from scoring both visits of the reference's people measured twice."""
    if detector is None or not retest_usable(detector.reference, origin):
        return unknown_error(origin)
    table = np.stack([_retest_scores(detector, visit, trials) for visit in (0, 1)], axis=1)
    # A second visit faster or slower than the whole reference can't be scored.
    table = table[np.isfinite(table).all(axis=1)]
    if len(table) < MINIMUM_RETEST_PEOPLE:
        return unknown_error(origin)
    return _from_sem(sem_from_retest(table), origin, len(table))


def _retest_scores(detector: FittedDetector, visit: int, trials: int) -> np.ndarray:
    """(person,) scores of one of the two visits, each by as many of its first `trials` trials as were walked."""
    vectors = detector.reference.retest_vectors[:, visit, :trials].astype(float)
    walked = np.isfinite(vectors).all(axis=2).sum(axis=1)
    means = mean_over_trials(vectors), mean_over_trials(detector.reference.retest_covariates[:, visit, :trials])
    scores = np.full(len(vectors), np.nan)
    for count in np.unique(walked[walked > 0]):
        own = walked == count
        scores[own] = detector.mean_scores(means[0][own], means[1][own], int(count))
    return scores


def _from_sem(sem: float, origin: Origin, people: int) -> MeasurementError:
    return MeasurementError(sem, mdc95(sem), f"{origin} test-retest, n = {people}")
