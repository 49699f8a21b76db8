"""Known answers for trends of indices and steps: what they must exceed, what is left out, what is refused."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest
from findings_world import World

from ltme_clinic.findings import BaselineTracker, MahalanobisDetector, VisitEmbeddings
from ltme_clinic.findings.figure_trends import figure_trends
from ltme_clinic.findings.series import comparable_series
from ltme_clinic.statistics import mdc95
from ltme_clinic.types import TRACKED_FIGURES, Trend
from ltme_clinic.types.clinical import FIGURE_METRICS, figure_metric

DAYS = [datetime.date(2026, month, 3) for month in (3, 6, 9)]
SD = 0.4
"""Of every figure between two visits' errors, in its own unit."""


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=35)


@pytest.fixture(scope="module")
def detector(world):
    reference = world.reference(count=80, retest=60)
    shape = reference.retest_gait_figures.shape
    rng = np.random.default_rng(4)
    figures = 6.0 + rng.normal(0.0, 1.5, (shape[0], 1, 1, shape[3])) + rng.normal(0.0, SD, (*shape[:2], 1, shape[3]))
    return MahalanobisDetector().fit(
        replace(reference, retest_gait_figures=np.broadcast_to(figures, shape).astype(np.float32))
    )


def with_figures(visit: VisitEmbeddings, **values: float) -> VisitEmbeddings:
    """The visit with these figures in all trials, by the names of their trends; no others."""
    given = [values.get(figure_metric(*figure), np.nan) for figure in TRACKED_FIGURES]
    own = np.array(given, dtype=np.float32)
    return replace(visit, embeddings=tuple(replace(e, gait_figures=own) for e in visit.embeddings))


def course(world: World, *values: dict[str, float], origin: str = "virtual") -> list[VisitEmbeddings]:
    person = world.person()
    return [
        with_figures(world.visit(person, day, origin=origin), **own)
        for day, own in zip(DAYS[: len(values)], values, strict=True)
    ]


def followed(detector, visits: list[VisitEmbeddings]) -> dict[str, Trend]:
    return {trend.metric: trend for trend in BaselineTracker().track(visits, detector) if trend.is_figure}


def test_every_trend_of_a_figure_is_known_as_one_and_the_others_are_not(world, detector) -> None:
    full = dict.fromkeys(FIGURE_METRICS, 5.0)
    trends = BaselineTracker().track(course(world, full, full), detector)
    assert {trend.metric for trend in trends if trend.is_figure} == FIGURE_METRICS
    assert [trend.metric for trend in trends[:4]] == [
        "gait_change",
        "distance_from_reference",
        "walking_speed",
        "cadence",
    ]
    assert not any(trend.is_figure for trend in trends[:4])


def test_the_error_is_the_retest_that_was_put_in(world, detector) -> None:
    trend = followed(detector, course(world, {"gps_deg": 6.0}, {"gps_deg": 6.9}))["gps_deg"]
    assert trend.sem == pytest.approx(SD, rel=0.25)
    assert trend.mdc == pytest.approx(mdc95(trend.sem))
    assert trend.state == "within_error"
    assert "virtual test-retest, n = 60" in trend.sentence


def test_a_lower_gps_and_a_higher_gdi_are_toward_the_reference_and_steps_have_no_better_way(world, detector) -> None:
    before, after = {"gps_deg": 9.0, "left_gdi": 70.0}, {"gps_deg": 6.0, "left_gdi": 80.0}
    trends = followed(
        detector, course(world, before | {"step_width_m": 10.0}, after | {"step_width_m": 14.0})
    )  # the made-up errors are in every figure's unit
    assert (trends["gps_deg"].direction, trends["left_gdi"].direction) == ("toward_reference", "toward_reference")
    assert trends["step_width_m"].direction == "up"
    back = followed(detector, course(world, after, before))
    assert (back["gps_deg"].direction, back["left_gdi"].direction) == ("away_from_reference", "away_from_reference")


def test_a_change_of_gps_that_patients_notice_is_called_important(world, detector) -> None:
    noticed = followed(detector, course(world, {"gps_deg": 8.0}, {"gps_deg": 6.3}))["gps_deg"]
    assert (noticed.state, noticed.mcid) == ("clinically_important", 1.6)
    assert "cerebral palsy" in noticed.mcid_source
    hardly = followed(detector, course(world, {"gps_deg": 8.0}, {"gps_deg": 6.5}))["gps_deg"]
    assert hardly.state == "real_change"


def test_a_visit_is_the_mean_of_its_trials_that_have_the_figure(world, detector) -> None:
    visits = course(world, {"double_support_pct": 20.0}, {"double_support_pct": 24.0})
    trials = list(visits[1].embeddings)
    place = TRACKED_FIGURES.index(("double_support_pct", None))
    for number, value in ((0, 22.0), (1, np.nan)):
        own = trials[number].gait_figures.copy()
        own[place] = value
        trials[number] = replace(trials[number], gait_figures=own)
    trend = followed(detector, [visits[0], replace(visits[1], embeddings=tuple(trials))])["double_support_pct"]
    assert [point.value for point in trend.points] == pytest.approx([20.0, 23.0])


def test_a_visit_without_the_figure_is_left_out_by_name(world, detector) -> None:
    visits = course(world, {"step_width_m": 0.1}, {}, {"step_width_m": 0.11})
    trend = followed(detector, visits)["step_width_m"]
    assert [point.date for point in trend.points] == [DAYS[0], DAYS[2]]
    assert trend.refusals == (f"visit {visits[1].visit} is left out: its step width is not given",)


def test_without_an_index_the_age_is_asked_for_and_what_nobody_has_is_not_mentioned(world, detector) -> None:
    trends = followed(detector, course(world, {"step_width_m": 0.1}, {"step_width_m": 0.1}))
    assert set(trends) == {"gps_deg", "step_width_m"}
    assert trends["gps_deg"].points == ()
    assert "column age_y" in trends["gps_deg"].sentence


def test_a_measured_patient_gets_published_errors_where_there_are_any(world, detector) -> None:
    values = {"gps_deg": 9.0, "left_gdi": 70.0, "left_step_length_m": 0.5, "step_width_m": 0.1}
    trends = followed(detector, course(world, values, values, origin="measured"))
    assert trends["gps_deg"].mdc == pytest.approx(1.3)
    assert trends["left_gdi"].mdc == pytest.approx(17.4)
    assert trends["left_step_length_m"].mdc == pytest.approx(0.106)
    assert "cerebral palsy" in trends["gps_deg"].sem_source
    assert trends["step_width_m"].state == "not_assessable"


def test_too_few_people_who_have_a_figure_twice_leave_its_error_unknown(world, detector) -> None:
    few = detector.reference.retest_gait_figures.copy()
    few[15:, 1, :, TRACKED_FIGURES.index(("gps_deg", None))] = np.nan
    reference = replace(detector.reference, retest_gait_figures=few)
    visits = course(world, {"gps_deg": 9.0, "step_width_m": 0.1}, {"gps_deg": 6.0, "step_width_m": 0.1})
    trends = {trend.metric: trend for trend in figure_trends(comparable_series(visits), reference)}
    assert trends["gps_deg"].state == "not_assessable"
    assert trends["step_width_m"].mdc is not None


def test_fewer_trials_widen_the_error(world) -> None:
    reference = world.reference(count=80, retest=60)
    rng = np.random.default_rng(5)
    figures = rng.normal(6.0, SD, reference.retest_gait_figures.shape).astype(np.float32)
    detector = MahalanobisDetector().fit(replace(reference, retest_gait_figures=figures))
    visits = course(world, {"gps_deg": 6.0}, {"gps_deg": 6.1})
    three = followed(detector, visits)["gps_deg"].mdc
    one = followed(detector, [replace(visit, embeddings=visit.embeddings[:1]) for visit in visits])["gps_deg"].mdc
    assert one == pytest.approx(three * np.sqrt(3.0), rel=0.2)
