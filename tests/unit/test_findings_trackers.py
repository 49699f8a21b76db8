"""Known answers for the baseline tracker: what a change must exceed, and what is said about it."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest
from findings_world import VECTOR, LinearModel, World, change_of

from ltme_clinic.findings import BaselineTracker, GaitDetector, MahalanobisDetector
from ltme_clinic.statistics import mdc95
from ltme_clinic.types import Trend

MARCH, MAY = datetime.date(2026, 3, 3), datetime.date(2026, 5, 12)


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=31)


@pytest.fixture(scope="module")
def detector(world):
    return MahalanobisDetector().fit(world.reference(count=200, retest=60))


def by_metric(trends: tuple[Trend, ...]) -> dict[str, Trend]:
    return {trend.metric: trend for trend in trends}


def track(detector, *visits) -> dict[str, Trend]:
    return by_metric(BaselineTracker().track(visits, detector))


def steady(visit, speed_m_s: float, cadence_spm: float):
    """The same visit at exactly this speed and cadence in all trials."""
    trials = (replace(e, speed_m_s=speed_m_s, cadence_spm=cadence_spm) for e in visit.embeddings)
    return replace(visit, embeddings=tuple(trials))


def test_speed_error_is_the_one_that_was_put_in_and_the_sentence_says_so(detector, world):
    person = world.person()
    before = steady(world.visit(person, MARCH), 1.25, 110.0)
    after = steady(world.visit(person, MAY), 1.04, 109.0)
    trend = track(detector, before, after)["walking_speed"]
    assert trend.sem == pytest.approx(0.04, rel=0.3)
    assert trend.mdc == pytest.approx(mdc95(trend.sem))
    assert (trend.state, trend.direction) == ("clinically_important", "down")
    assert trend.points[1].change == pytest.approx(-0.21)
    assert trend.sentence == (
        "Walking speed fell by 0.21 m/s since 3 March 2026, more than measurement error can explain "
        f"(MDC {trend.mdc:.2f} m/s, virtual test-retest, n = 60) "
        "and at least the 0.16 m/s that patients are known to notice (published for stroke). "
        "Seen at this visit alone so far."
    )
    assert (trend.mcid, trend.mcid_source) == (0.16, "published for stroke")


def test_a_real_change_that_patients_would_hardly_notice_is_not_called_important(detector, world):
    person = world.person()
    before, after = steady(world.visit(person, MARCH), 1.10, 110.0), steady(world.visit(person, MAY), 1.245, 110.0)
    trends = track(detector, before, after)
    assert trends["walking_speed"].mdc < 0.145
    assert (trends["walking_speed"].state, trends["walking_speed"].direction) == ("real_change", "up")
    assert "and less than the 0.16 m/s that patients are known to notice" in trends["walking_speed"].sentence
    noticed = {name for name, trend in trends.items() if trend.mcid is not None and not trend.is_figure}
    assert noticed == {"walking_speed"}


def test_a_change_within_error_is_called_so(detector, world):
    person = world.person()
    trends = track(
        detector, steady(world.visit(person, MARCH), 1.2, 110.0), steady(world.visit(person, MAY), 1.23, 110.0)
    )
    assert (trends["walking_speed"].state, trends["walking_speed"].direction) == ("within_error", "undetermined")
    assert "rose by 0.03 m/s since 3 March 2026, within measurement error" in trends["walking_speed"].sentence
    assert "Cadence did not change since 3 March 2026" in trends["cadence"].sentence


def test_recovery_is_toward_and_worsening_away_from_the_reference(detector, world):
    person = {**world.person(), "vector": np.zeros(VECTOR)}
    impaired = change_of("left", "knee_flexion", 2, -50.0)
    ill, well = (world.visit(person, MARCH, change=impaired), world.visit(person, MAY))
    trend = track(detector, ill, well)["distance_from_reference"]
    assert (trend.state, trend.direction) == ("real_change", "toward_reference")
    assert "Seen at this visit alone so far; badly placed markers can do that too." in trend.sentence
    assert trend.changed_visits == 1
    swapped = track(detector, replace(well, date=MARCH, visit="a"), replace(ill, date=MAY, visit="b"))
    assert swapped["distance_from_reference"].direction == "away_from_reference"


def test_a_change_is_confirmed_by_a_second_visit_in_a_row_on_the_same_side(detector, world):
    person = world.person()
    days = [MARCH.replace(month=month) for month in (3, 4, 5, 6, 7)]

    def speeds(*values):
        visits = [steady(world.visit(person, day), value, 110.0) for day, value in zip(days, values, strict=False)]
        return track(detector, *visits)["walking_speed"]

    for values, count in (
        ((1.2, 1.4), 1),
        ((1.2, 1.4, 1.42, 1.4), 3),
        ((1.2, 1.4, 1.21), 0),
        ((1.2, 1.4, 1.21, 1.41), 1),
        ((1.2, 1.0, 1.4), 1),
        ((1.2,), 0),
    ):
        trend = speeds(*values)
        assert trend.changed_visits == count
        assert ("Seen at 3 visits in a row." in trend.sentence) == (count == 3)
        assert ("alone so far" in trend.sentence) == (count == 1)
        assert "badly placed" not in trend.sentence  # markers don't say how fast somebody walks


def test_gait_change_has_the_median_unchanged_pair_for_its_unit(detector, world):
    unchanged = []
    for _ in range(100):
        person = world.person()
        trend = track(detector, world.visit(person, MARCH), world.visit(person, MAY))["gait_change"]
        unchanged.append(trend.points[1].value)
    assert np.median(unchanged) == pytest.approx(1.0, abs=0.1)
    assert trend.points[0].value == 0.0
    assert 1.0 < trend.mdc < 1.6
    assert trend.sem is None


def test_a_change_of_speed_alone_is_not_a_change_of_gait(detector, world):
    quiet = replace(world, placement=0.0, trial=0.0)
    person = {**quiet.person(), "speed_m_s": 1.0, "leg_length_m": 0.9}
    slow, fast = quiet.visit(person, MARCH), quiet.visit({**person, "speed_m_s": 1.4}, MAY)
    trends = track(detector, slow, fast)
    assert trends["walking_speed"].state == "clinically_important"
    assert trends["gait_change"].state == "within_error"


def test_visits_with_other_markers_are_followed_with_caution(detector, world):
    person = world.person()
    visits = [replace(world.visit(person, day), marker_set=name) for day, name in ((MARCH, "a"), (MAY, "b"))]
    for trend in track(detector, *visits).values():
        assert "read with caution: visits are measured with a and b" in trend.refusals
    same = [replace(visit, marker_set="a") for visit in visits]
    assert not any("caution" in line for trend in track(detector, *same).values() for line in trend.refusals)


def test_measured_joint_angles_do_not_move_a_trend(world):
    measured = World(seed=33, is_measured=True)
    detector = GaitDetector().fit(measured.reference(count=120, retest=60))
    person = measured.person()
    before, after = measured.visit(person, MARCH), measured.visit(person, MAY)
    moved = replace(
        after, embeddings=tuple(replace(e, joint_cells_deg=e.joint_cells_deg + 9.0) for e in after.embeddings)
    )
    assert track(detector, before, moved) == track(detector, before, after)
    assert detector.finding(moved, LinearModel()).anomaly_score > detector.finding(after, LinearModel()).anomaly_score


def test_fewer_trials_widen_the_limit():
    noisy = World(seed=32, placement=0.1, trial=1.0)
    detector = MahalanobisDetector().fit(noisy.reference(count=150, retest=60))
    person = noisy.person()
    baseline = noisy.visit(person, MARCH)
    three = track(detector, baseline, noisy.visit(person, MAY))
    one = track(detector, baseline, noisy.visit(person, MAY, count=1))
    assert one["distance_from_reference"].sem > 1.2 * three["distance_from_reference"].sem


def test_visits_of_one_day_are_taken_as_one(detector, world):
    person = world.person()
    visits = [world.visit(person, MARCH, key="a"), world.visit(person, MARCH, key="b"), world.visit(person, MAY)]
    trend = track(detector, *visits)["walking_speed"]
    assert [(point.visit, point.trials) for point in trend.points] == [("a", 6), (visits[2].visit, 3)]
    assert "visits a and b are of one day and taken as one" in trend.refusals


def test_a_measured_patient_gets_published_errors_for_speed_and_cadence_only(detector, world):
    person = world.person()
    visits = [steady(world.visit(person, MARCH, origin="measured"), 1.3, 110.0)]
    visits.append(steady(world.visit(person, MAY, origin="measured"), 1.15, 95.0))
    trends = track(detector, *visits)
    assert trends["walking_speed"].mdc == pytest.approx(0.18)
    assert trends["walking_speed"].state == "within_error"
    assert trends["cadence"].mdc == pytest.approx(12.2)
    assert (trends["cadence"].state, trends["cadence"].direction) == ("real_change", "down")
    assert "published for slow walkers, PMC7506931" in trends["cadence"].sentence
    for metric in ("gait_change", "distance_from_reference"):
        assert trends[metric].state == "not_assessable"
        assert "no test-retest error has been measured for measured recordings" in trends[metric].sentence


def test_a_visit_outside_the_reference_still_has_its_speed(detector, world):
    person = world.person()
    slow = steady(world.visit(person, MAY, key="slow"), 0.4, 60.0)
    trends = track(detector, world.visit(person, MARCH), slow)
    assert len(trends["walking_speed"].points) == 2
    assert len(trends["gait_change"].points) == 1
    assert any(
        line.startswith("visit slow is left out: no score: walking speed 0.40")
        for line in trends["gait_change"].refusals
    )


def test_without_a_reference_there_is_speed_without_a_verdict_for_virtual_patients(world):
    person = world.person()
    trends = track(None, world.visit(person, MARCH), world.visit(person, MAY))
    assert trends["walking_speed"].state == "not_assessable"
    assert trends["gait_change"].points == ()
    assert trends["gait_change"].refusals == ("not given: no reference",)


def test_too_few_people_measured_twice_give_no_verdict(world):
    detector = MahalanobisDetector().fit(world.reference(count=40, retest=10))
    person = world.person()
    trends = track(detector, world.visit(person, MARCH), world.visit(person, MAY))
    assert trends["gait_change"].points == ()
    assert trends["distance_from_reference"].state == "not_assessable"
    assert trends["walking_speed"].mdc is None


def test_an_unknown_cadence_is_left_out_and_named(detector, world):
    person = world.person()
    silent = steady(world.visit(person, MAY, key="silent"), 1.2, float("nan"))
    trend = track(detector, world.visit(person, MARCH), silent)["cadence"]
    assert len(trend.points) == 1
    assert "visit silent is left out: its cadence is not known" in trend.refusals


def test_the_next_visit_is_expected_where_an_error_is_known(world, detector):
    person = world.person()
    days = [datetime.date(2026, 1, 10), datetime.date(2026, 4, 10), datetime.date(2026, 7, 10)]
    trends = {
        trend.metric: trend for trend in BaselineTracker().track([world.visit(person, day) for day in days], detector)
    }
    expected = trends["walking_speed"].expected_next
    assert expected is not None
    assert expected.date == datetime.date(2026, 10, 8)  # the median of 90 and 91 days on, rounded down
    assert expected.low < expected.value < expected.high
    values = [point.value for point in trends["walking_speed"].points]
    assert min(values) - 0.1 < expected.value < max(values) + 0.1
    assert trends["gait_change"].expected_next is None  # a distance has no standard error
    one = BaselineTracker().track([world.visit(person, days[0])], detector)
    assert all(trend.expected_next is None for trend in one)


def test_many_visits_are_charted_and_small_steps_that_add_up_are_said(world, detector):
    person = world.person()
    days = [datetime.date(2025, 1, 1) + datetime.timedelta(days=30 * number) for number in range(14)]

    def speed_sentence(fall_m_s: float) -> str:
        visits = []
        for number, day in enumerate(days):
            visit = world.visit(person, day, key=f"v{number:02d}")
            slower = tuple(replace(e, speed_m_s=1.2 - fall_m_s * number) for e in visit.embeddings)
            visits.append(replace(visit, embeddings=slower))
        trends = BaselineTracker().track(visits, detector)
        return next(trend for trend in trends if trend.metric == "walking_speed").sentence

    assert "no run of small steps" in speed_sentence(0.0)
    assert "Small steps downwards add up" in speed_sentence(0.02)
    few = BaselineTracker().track([world.visit(person, day) for day in days[:9]], detector)
    assert not any("small steps" in trend.sentence.lower() for trend in few)
