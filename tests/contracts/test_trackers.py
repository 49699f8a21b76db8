"""What every tracker must hold: add one to TRACKERS and it is held to all of this."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest
from findings_world import World, change_of

from ltme_clinic.findings import BaselineTracker, MahalanobisDetector
from ltme_clinic.types import LtmeError, Refused
from ltme_clinic.types.clinical import FIGURE_METRICS, REAL_STATES

TRACKERS = [BaselineTracker()]
MARCH, MAY, JULY = (datetime.date(2026, month, 3) for month in (3, 5, 7))


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=21)


@pytest.fixture(scope="module")
def detector(world):
    return MahalanobisDetector().fit(world.reference(count=200, retest=80))


@pytest.fixture(params=TRACKERS, ids=lambda tracker: type(tracker).__name__)
def tracker(request):
    return request.param


def test_nothing_changed_is_within_error_for_about_nineteen_of_twenty(tracker, detector, world):
    alarms: dict[str, int] = {}
    patients = 250
    for _ in range(patients):
        person = world.person()
        for trend in tracker.track([world.visit(person, MARCH), world.visit(person, MAY)], detector):
            alarms[trend.metric] = alarms.get(trend.metric, 0) + (trend.state in REAL_STATES)
    # The 99 % point of a binomial of 250 at .05 is 21; 80 people leave the error itself a little unknown.
    assert all(alarm <= 27 for name, alarm in alarms.items() if name not in FIGURE_METRICS), alarms
    # Of eleven figures some are told by an error that is a little small, others by one that is a little large.
    figures = [alarm / patients for name, alarm in alarms.items() if name in FIGURE_METRICS]
    assert 0.03 < np.mean(figures) < 0.07, alarms


def test_a_real_change_is_seen(tracker, detector, world):
    worse = change_of("right", "knee_flexion", 2, -25.0) + change_of("right", "ankle_dorsiflexion", 2, -25.0)
    seen = 0
    for _ in range(20):
        person = world.person()
        trends = tracker.track([world.visit(person, MARCH), world.visit(person, MAY, change=worse)], detector)
        seen += any(trend.state == "real_change" for trend in trends)
    assert seen == 20


def test_the_order_in_which_visits_are_given_does_not_matter(tracker, detector, world):
    person = world.person()
    visits = [world.visit(person, day) for day in (MARCH, MAY, JULY)]
    assert tracker.track(visits, detector) == tracker.track(visits[::-1], detector)


def test_tracking_is_deterministic_and_the_baseline_has_no_change(tracker, detector, world):
    person = world.person()
    visits = [world.visit(person, day) for day in (MARCH, MAY)]
    trends = tracker.track(visits, detector)
    assert trends == tracker.track(visits, detector)
    for trend in trends:
        assert [point.date for point in trend.points] == [MARCH, MAY]
        assert trend.points[0].change is None
        assert trend.points[1].change == pytest.approx(trend.points[1].value - trend.points[0].value)
        assert trend.sentence.endswith(".")


def test_an_undated_visit_is_named_and_never_a_point(tracker, detector, world):
    person = world.person()
    visits = [world.visit(person, None, key="undated"), world.visit(person, MARCH), world.visit(person, MAY)]
    for trend in tracker.track(visits, detector):
        assert "undated" not in [point.visit for point in trend.points]
        assert "visit undated is left out: it has no date" in trend.refusals


def test_one_visit_has_nothing_to_be_compared_with(tracker, detector, world):
    for trend in tracker.track([world.visit(world.person(), MARCH)], detector):
        assert trend.state == "no_baseline"
        assert "3 March 2026" in trend.sentence
    for trend in tracker.track([world.visit(world.person(), None)], detector):
        assert trend.points == ()
        assert trend.state in ("no_baseline", "not_assessable")


def test_what_can_not_be_compared_is_refused_in_one_line(tracker, detector, world):
    person = world.person()
    first = world.visit(person, MARCH)
    stranger = replace(world.visit(person, MAY), patient="P2")
    measured = world.visit(person, MAY, origin="measured")
    other = world.visit(person, MAY)
    other = replace(other, embeddings=tuple(replace(e, fingerprint="0" * 64) for e in other.embeddings))
    for visits, said in (
        ([first, stranger], "another patient"),
        ([first, measured], "mixed"),
        ([first, other], "reembed"),
        ([other], "reembed"),
        ([first, first], "twice"),
        ([world.visit(person, MAY, origin="generated")], "generated"),
    ):
        with pytest.raises(Refused, match=said) as refusal:
            tracker.track(visits, detector)
        assert "\n" not in str(refusal.value)
    with pytest.raises(LtmeError, match="no visit"):
        tracker.track([], detector)


def test_another_condition_is_named_and_left_out(tracker, detector, world):
    person = world.person()
    visits = [
        world.visit(person, MARCH),
        world.visit(person, MAY, condition="with a cane", key="cane"),
        world.visit(person, JULY),
    ]
    for trend in tracker.track(visits, detector):
        assert [point.date for point in trend.points] == [MARCH, JULY]
        assert "visit cane is left out: walked 'with a cane', the baseline 'barefoot'" in trend.refusals


def test_two_conditions_on_one_day_are_followed_by_the_one_walked_on_most_days(tracker, detector, world):
    person = world.person()
    visits = [
        world.visit(person, MARCH, condition="barefoot", key="march"),
        world.visit(person, MARCH, condition="shoes", key="march"),
        world.visit(person, MAY, condition="shoes", key="may"),
        world.visit(person, JULY, condition="shoes", key="july"),
        world.visit(person, JULY, condition="with a cane", key="july"),
    ]
    for order in (visits, visits[::-1]):
        for trend in tracker.track(order, detector):
            assert [point.visit for point in trend.points] == ["march", "may", "july"]
            assert "visit march is left out: walked 'barefoot', the baseline 'shoes'" in trend.refusals
            assert all(point.trials == visits[0].trials for point in trend.points)


def test_a_measured_patient_is_never_judged_by_virtual_noise(tracker, detector, world):
    person = world.person()
    visits = [world.visit(person, day, origin="measured", change=c) for day, c in ((MARCH, 0.0), (MAY, 9.0))]
    for trend in tracker.track(visits, detector):
        if trend.state != "not_assessable":
            assert "published" in trend.sem_source
        else:
            assert (trend.sem, trend.mdc) == (None, None)
            assert any("no test-retest error" in line for line in trend.refusals)
            assert np.isfinite([point.value for point in trend.points]).all()
