"""Ways of following a patient: each says how far every visit of a course is from the course's first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ltme_clinic.findings import FittedDetector, VisitEmbeddings
from ltme_clinic.findings.gait_change import gait_change_scale
from ltme_clinic.training.bench.scoring import Table, fit_scorer
from ltme_clinic.types import Refused
from studies.longitudinal_tracking.walks import Course, VisitRead

USUAL = 0.95
"""Share of unchanged visits that lie within what gait change and speed are divided by before they are held together."""
Role = Literal["product", "yardstick", "aside", "ceiling"]


@dataclass(frozen=True)
class Way:
    """`far` gives (visit,) for a course, or (visit, number) of several numbers; 0 for the first visit and NaN where a
    visit can't be read."""

    name: str
    title: str
    role: Role
    far: Callable[[Course], np.ndarray]


def all_ways(detector: FittedDetector, healthy: Sequence[Course]) -> tuple[Way, ...]:
    """Everything that is compared.

    Parameters
    ----------
    detector : the product's, on the shipped reference
    healthy : two visits each of people without a change, for the errors of yardsticks
    """
    indices: dict[str, Callable[[VisitRead], np.ndarray]] = {
        "gps": lambda visit: np.array([visit.gps_deg]),
        "gvs": lambda visit: visit.gvs_deg,
        "speed": lambda visit: visit.covariates[:1],
    }
    errors = {name: _sd_between_visits(healthy, of) for name, of in indices.items()}

    def largest(names: Sequence[str]) -> Callable[[Course], np.ndarray]:
        def far(course: Course) -> np.ndarray:
            each = [np.abs(_changes(course, indices[name])) / errors[name] for name in names]
            return np.concatenate(each, axis=1)

        return far

    def ours(course: Course) -> np.ndarray:
        return _gait_change(course, detector)

    usual = np.nanquantile([ours(course)[1] for course in healthy], USUAL)
    usual_m_s = np.nanquantile([np.abs(_changes(course, indices["speed"]))[1, 0] for course in healthy], USUAL)

    def either(course: Course) -> np.ndarray:
        speed = np.abs(_changes(course, indices["speed"]))[:, 0] / usual_m_s
        return np.column_stack([ours(course) / usual, speed])

    return (
        Way("product", "gait change and speed (product)", "product", either),
        Way("gait_change", "gait change (product)", "product", ours),
        Way("vectors_alone", "gait change without steps", "aside", lambda c: _gait_change(c, detector, alone=True)),
        Way("distance", "distance from the reference (product)", "product", lambda course: _distance(course, detector)),
        Way("with_joint_angles", "distance with joint angles", "aside", lambda c: _distance(c, detector, both=True)),
        Way("gps", "GPS", "yardstick", largest(["gps"])),
        Way("gvs", "nine GVS a side", "yardstick", largest(["gvs"])),
        Way("speed", "speed", "yardstick", largest(["speed"])),
        Way("indices", "GPS, GVS and speed together", "yardstick", largest(["gps", "gvs", "speed"])),
        Way("spatiotemporal", "spatiotemporal values", "aside", _mahalanobis(healthy, lambda v: v.spatiotemporal)),
        Way("measured_curves", "measured joint curves", "aside", _mahalanobis(healthy, lambda v: v.curves_deg)),
        Way("pca", "PCA, as many numbers", "aside", _mahalanobis(healthy, lambda v: v.pca)),
        Way("true_curves", "true joint curves", "ceiling", _mahalanobis(healthy, lambda v: v.true_curves_deg)),
    )


def _gait_change(course: Course, detector: FittedDetector, *, alone: bool = False) -> np.ndarray:
    """By vectors and steps; alone: by vectors."""
    far = np.full(len(course), np.nan)
    visits = {number: read.as_visit(0, number) for number, read in enumerate(course) if read is not None}
    if alone:
        visits = {number: _without_figures(visit) for number, visit in visits.items()}
    scale = gait_change_scale(detector.reference, list(visits.values()))
    if 0 in visits and scale is not None:
        first = scale.matched(visits[0])
        for number, visit in visits.items():
            far[number] = scale.distance(scale.matched(visit), first)
    return far


def _without_figures(visit: VisitEmbeddings) -> VisitEmbeddings:
    return replace(visit, embeddings=tuple(replace(embedding, gait_figures=None) for embedding in visit.embeddings))


def _distance(course: Course, detector: FittedDetector, *, both: bool = False) -> np.ndarray:
    """By the vectors, as a trend; both: with measured joint angles, as a finding's score."""
    scores = np.full(len(course), np.nan)
    for number, read in enumerate(course):
        if read is None:
            continue
        visit = read.as_visit(0, number)
        try:
            scores[number] = (
                detector.suited(visit).score(visit) if both else detector.score(visit.vectors, visit.covariates)
            )
        except Refused:
            continue
    return np.asarray(np.abs(scores - scores[0]))


def _changes(course: Course, of: Callable[[VisitRead], np.ndarray]) -> np.ndarray:
    """(visit, number) visit minus first."""
    size = next((of(visit).size for visit in course if visit is not None), 1)
    values = np.array([np.full(size, np.nan) if visit is None else of(visit) for visit in course])
    return values - values[0]


def _sd_between_visits(healthy: Sequence[Course], of: Callable[[VisitRead], np.ndarray]) -> np.ndarray:
    """(number,) of the difference between two visits without a change."""
    return np.asarray(np.nanstd([_changes(course, of)[1] for course in healthy], axis=0))


def _mahalanobis(healthy: Sequence[Course], of: Callable[[VisitRead], np.ndarray]) -> Callable[[Course], np.ndarray]:
    scorer = fit_scorer([_table([course[number] for course in healthy], of) for number in (0, 1)])

    def far(course: Course) -> np.ndarray:
        first = _table([course[0]] * len(course), of)
        found = scorer.scores([first, _table(course, of)])[:, 0]
        return np.where(np.arange(len(course)) == 0, 0.0 * found, found)

    return far


def _table(visits: Sequence[VisitRead | None], of: Callable[[VisitRead], np.ndarray]) -> Table:
    size = next((of(visit).size for visit in visits if visit is not None), 1)
    rows = np.array([np.full(size, np.nan) if visit is None else of(visit) for visit in visits], dtype=float)
    covariates = np.array([np.full(2, np.nan) if visit is None else visit.covariates for visit in visits])
    return Table(rows, rows, covariates)
