"""Courses over months have the shapes that they are named for."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.virtual_lab.conditions import Condition
from ltme_clinic.virtual_lab.courses import (
    SURGERY_SETBACK,
    Course,
    course_named,
)


def steps(course: Course) -> np.ndarray:
    return np.diff(course.severities)


def test_a_stable_course_stays_where_it_is():
    course = course_named("stable", 5, 365, "crouch", 0.4, 0.4, age_y=10)
    assert course.severities == (0.4,) * 5
    assert course.days == (0, 91, 182, 274, 365)
    assert course.age_y == 10


def test_a_decline_goes_steadily_up():
    course = course_named("decline", 6, 500, "equinus", 0.1, 0.9, side="left")
    np.testing.assert_allclose(steps(course), 0.16)
    assert course.side == "left"
    assert (course.severities[0], course.severities[-1]) == pytest.approx((0.1, 0.9))


def test_a_recovery_is_exponential_from_start_to_end():
    course = course_named("recovery", 11, 200, "hemiplegic", 0.9, 0.2)
    assert (course.severities[0], course.severities[-1]) == pytest.approx((0.9, 0.2))
    falls = steps(course)
    assert (falls < 0).all()
    np.testing.assert_allclose(falls[1:] / falls[:-1], falls[1] / falls[0])  # each step the same share of the last
    assert falls[1] / falls[0] < 0.8


def test_a_plateau_falls_and_then_stays():
    course = course_named("plateau", 11, 300, "antalgic", 0.8, 0.3)
    assert (steps(course)[:4] < 0).all()
    np.testing.assert_allclose(course.severities[4:], 0.3)


def test_a_relapse_goes_down_and_back_up():
    course = course_named("relapse", 21, 300, "foot_drop", 0.8, 0.2)
    lowest = int(np.argmin(course.severities))
    assert 0 < lowest < 20
    assert course.severities[lowest] == pytest.approx(0.2)
    assert course.severities[-1] == pytest.approx(0.8)
    assert (steps(course)[:lowest] <= 0).all()
    assert (steps(course)[13:] >= 0).all()


def test_surgery_worsens_at_once_and_improves_in_the_end():
    course = course_named("surgery", 21, 400, "post_operative", 0.5, 0.1, side="right")
    worst = int(np.argmax(course.severities))
    assert course.severities[:5] == (0.5,) * 5
    assert worst == 5
    assert course.severities[worst] == pytest.approx(0.5 + SURGERY_SETBACK)
    assert course.severities[-1] == pytest.approx(0.1)
    assert (steps(course)[worst:] < 0).all()
    assert max(course_named("surgery", 21, 400, "crouch", 0.95, 0.1).severities) <= 1.0


def test_medication_alternates_off_and_on_and_leaves_the_severity():
    course = course_named("medication", 4, 90, "parkinsonian", 0.6, 0.6, side="left")
    assert [condition.medication for condition in course.conditions] == ["off", "on", "off", "on"]
    assert course.severities == pytest.approx((0.6,) * 4)
    assert course.condition_at(1) == Condition(medication="on")


def test_wearing_off_is_on_medication_and_worsens_more_and_more():
    course = course_named("wearing_off", 5, 700, "parkinsonian", 0.3, 0.9)
    assert {condition.medication for condition in course.conditions} == {"on"}
    rises = steps(course)
    assert (np.diff(rises) > 0).all()
    assert (rises > 0).all()
