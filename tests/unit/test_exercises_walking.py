"""Exercises made of walking: what their descriptions ask of a walker."""

from __future__ import annotations

import pytest
import yaml

from ltme_clinic.exercises import exercises, find_walking_exercise, walking_exercises
from ltme_clinic.exercises.description import read_exercise
from ltme_clinic.exercises.walking import WalkingDemand, read_walking_exercise
from ltme_clinic.schemas import data_folder
from ltme_clinic.types import LtmeError


def test_the_walks_are_described_apart_from_the_exercises_of_postures():
    assert set(walking_exercises()) == {"arm_swing", "big_steps", "tandem_walk"}
    assert not set(walking_exercises()) & set(exercises())


def test_big_steps_are_a_fifth_longer_at_the_same_rhythm():
    exercise = find_walking_exercise("Big steps")
    demand = exercise.demand(exercise.check({}))
    assert (demand.step_length_factor, demand.cadence_factor) == (pytest.approx(1.2), 1.0)
    assert demand.speed_factor == pytest.approx(1.2)


def test_a_tandem_walk_is_on_a_line_and_slow():
    exercise = find_walking_exercise("tandem-walk")
    demand = exercise.demand(exercise.check({"cadence_pct": 60, "step_length_pct": 40}))
    assert demand.step_width_m == 0.0
    assert demand.arm_swing_deg is None
    assert demand.speed_factor == pytest.approx(0.24)


def test_arm_swing_asks_for_the_arms_alone():
    exercise = find_walking_exercise("arm_swing")
    assert exercise.demand(exercise.check({"arm_swing_deg": 60})) == WalkingDemand(arm_swing_deg=60.0)


def test_a_walk_lasts_as_long_as_its_steps():
    exercise = find_walking_exercise("big_steps")
    assert exercise.duration_s(exercise.check({"repetitions": 55}), 110.0) == pytest.approx(30.0)


@pytest.mark.parametrize("wish", [{"step_length_gain_pct": 60}, {"tempo": 2}, {"repetitions": 3.5}])
def test_a_wish_outside_the_description_is_refused(wish):
    with pytest.raises(LtmeError, match="big_steps"):
        find_walking_exercise("big_steps").check(wish)


def test_an_unknown_walk_lists_the_known_ones():
    with pytest.raises(LtmeError, match=r"moonwalk.*tandem_walk"):
        find_walking_exercise("moonwalk")


@pytest.mark.parametrize(
    "change", [{"walk": {"step_length_factor": "stride"}}, {"walk": {"hop": 1}}, {"contact": "seat"}, {"walk": {}}]
)
def test_a_walk_that_leads_nowhere_is_refused(tmp_path, change):
    content = yaml.safe_load((data_folder("exercises") / "big_steps.yaml").read_text(encoding="utf-8"))
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(yaml.safe_dump(content | change), encoding="utf-8")
    with pytest.raises(LtmeError, match=r"wrong\.yaml"):
        read_walking_exercise(wrong)


def test_each_reader_refuses_the_other_kind():
    with pytest.raises(LtmeError, match="made of walking"):
        read_exercise(data_folder("exercises") / "big_steps.yaml")
    with pytest.raises(LtmeError, match="made of postures"):
        read_walking_exercise(data_folder("exercises") / "squat.yaml")
