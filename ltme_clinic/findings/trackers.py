"""Trackers: a patient's visits against the patient's own first visit, with the error that a change must exceed.

Against a population a 5 degree change is nearly invisible; against the patient's own baseline it need not be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ltme_clinic.findings.comparable import check_comparable, measurement_refusals
from ltme_clinic.findings.detectors import FittedDetector
from ltme_clinic.findings.figure_trends import figure_trends
from ltme_clinic.findings.gait_change import gait_change_scale
from ltme_clinic.findings.measurement_error import (
    MeasurementError,
    covariate_error,
    importance,
    retest_usable,
    score_error,
    unknown_error,
)
from ltme_clinic.findings.series import Series, comparable_series
from ltme_clinic.findings.trend_making import DISTANCE, GAIT_CHANGE, Metric, made_trend, without_values
from ltme_clinic.findings.visit import COVARIATES, VisitEmbeddings, mean_over_trials
from ltme_clinic.types import Trend

SPEED = Metric("walking_speed", "Walking speed", "m/s", 2, "up", "down")
CADENCE = Metric("cadence", "Cadence", "steps/min", 1, "up", "down")


class Tracker(Protocol):
    """A way of following a patient; it keeps nothing of the patient."""

    def track(self, visits: Sequence[VisitEmbeddings], detector: FittedDetector | None = None) -> tuple[Trend, ...]:
        """Trends of one patient's visits; the detector brings the reference, None where there is none."""
        ...


@dataclass(frozen=True)
class BaselineTracker:
    """Four trends (gait change, distance from the reference, walking speed, cadence), then those of indices and steps.

    One standard error serves all visits of a trend: that of visits with as many trials as the shortest of them, so
    that visits with more trials are judged cautiously. Each visit is compared with the first visit that the metric can
    be given for; with many visits some will cross a 95 % limit by chance.

    gait_change : how far a visit's vectors and steps are from the baseline's, speed and leg length taken out, in what
        two unchanged visits are apart (`gait_change`); 1 is the median unchanged pair. No sign.
    distance_from_reference : the detector's score of the vectors alone: joint angles are moved more by badly placed
        markers, and see a change later for it. Its error is that of healthy people measured twice.
    """

    def track(self, visits: Sequence[VisitEmbeddings], detector: FittedDetector | None = None) -> tuple[Trend, ...]:
        series = comparable_series(visits)
        if detector is not None:
            for visit in series.visits:
                check_comparable(visit, detector.reference)
        return (
            _gait_change(series, detector),
            _distance(series, detector),
            _covariate(series, SPEED, detector),
            _covariate(series, CADENCE, detector),
            *figure_trends(series, None if detector is None else detector.reference),
        )


def _gait_change(series: Series, detector: FittedDetector | None) -> Trend:
    kept, notes = ([], ()) if detector is None else _measurable(series, detector)
    scale = None if detector is None else gait_change_scale(detector.reference, kept)
    if detector is None or scale is None:
        fact = "no reference" if detector is None else "too few people measured twice in the reference"
        return without_values(series, GAIT_CHANGE, f"not given: {fact}")
    error = unknown_error(series.origin)
    if retest_usable(detector.reference, series.origin):
        error = MeasurementError(None, scale.limit, f"{series.origin} test-retest, n = {scale.people}")
    matched = [scale.matched(visit) for visit in kept]
    values = [scale.distance(own, matched[0]) for own in matched]
    return made_trend(series, GAIT_CHANGE, kept, values, error, notes)


def _distance(series: Series, detector: FittedDetector | None) -> Trend:
    if detector is None:
        return without_values(series, DISTANCE, "not given: no reference")
    kept, notes = _measurable(series, detector)
    values = [detector.score(visit.vectors, visit.covariates) for visit in kept]
    error = score_error(detector, series.origin, series.fewest_trials)
    return made_trend(series, DISTANCE, kept, values, error, notes)


def _covariate(series: Series, metric: Metric, detector: FittedDetector | None) -> Trend:
    column = COVARIATES.index("speed_m_s" if metric is SPEED else "cadence_spm")
    kept, values, notes = [], [], []
    for visit in series.visits:
        value = float(mean_over_trials(visit.covariates[None])[0, column])
        if np.isfinite(value):
            kept.append(visit)
            values.append(value)
        else:
            notes.append(f"visit {visit.visit} is left out: its {metric.title.lower()} is not known")
    reference = None if detector is None else detector.reference
    error = covariate_error(metric.name, reference, series.origin, series.fewest_trials)
    return made_trend(series, metric, kept, values, error, tuple(notes), importance(metric.name))


def _measurable(series: Series, detector: FittedDetector) -> tuple[list[VisitEmbeddings], tuple[str, ...]]:
    """Visits whose speed and leg length the reference covers, and a line for each that is left out."""
    kept, notes = [], []
    for visit in series.visits:
        reasons = measurement_refusals(mean_over_trials(visit.covariates[None])[0], detector.reference)
        if reasons:
            notes.append(f"visit {visit.visit} is left out: {'; '.join(reasons)}")
        else:
            kept.append(visit)
    return kept, tuple(notes)
