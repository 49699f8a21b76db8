"""Descriptions and their parameters: what may be asked, and how a wrong wish is refused."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import yaml

from ltme_clinic.exercises import exercises, find_exercise
from ltme_clinic.exercises.description import Amount, read_exercise
from ltme_clinic.schemas import data_folder
from ltme_clinic.types import LtmeError


def test_the_promised_exercises_are_described():
    upright = {"sit_to_stand", "squat", "lunge", "heel_raise", "step_up", "hip_abduction", "marching"}
    assert upright | {"bridge", "straight_leg_raise", "seated_knee_extension", "clamshell"} == set(exercises())


def test_every_exercise_and_every_fault_names_its_source():
    for exercise in exercises().values():
        assert exercise.sources
        assert len(exercise.faults) >= 3
        assert all(fault.source and fault.title for fault in exercise.faults)
        assert all(parameter.source for parameter in exercise.parameters)


def test_listing_exercises_loads_no_heavy_library():
    heavy = "{'torch', 'scipy', 'pandas', 'matplotlib', 'ezc3d'}"
    code = f"import sys; from ltme_clinic.exercises import exercises; exercises(); print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_hyphens_and_spaces_name_the_same_exercise():
    assert find_exercise("Sit-to-Stand") is find_exercise("sit to stand") is exercises()["sit_to_stand"]


def test_an_unknown_exercise_lists_the_known_ones():
    with pytest.raises(LtmeError, match=r"juggling.*marching"):
        find_exercise("juggling")


@pytest.mark.parametrize(
    ("value", "fact"),
    [
        (130, "outside the safe limits.*30 to 110 deg"),
        (29.9, "outside the safe limits"),
        (float("nan"), "outside the safe limits"),
        (10**400, "outside the safe limits"),
        ("90", "not a number"),
        (True, "not a number"),
        (None, "not a number"),
        ([90], "not a number"),
    ],
)
def test_a_range_that_is_unsafe_or_no_number_is_refused_by_name_and_limits(value, fact):
    with pytest.raises(LtmeError, match=f"squat, parameter knee_range_deg.*{fact}"):
        exercises()["squat"].check({"knee_range_deg": value})


def test_half_a_repetition_is_refused():
    with pytest.raises(LtmeError, match=r"repetitions: 2\.5 is not a whole number\. Give 1 to 20"):
        exercises()["squat"].check({"repetitions": 2.5})


def test_an_unknown_parameter_lists_the_known_ones():
    with pytest.raises(LtmeError, match=r"depth_cm.*knee_range_deg"):
        exercises()["squat"].check({"depth_cm": 40})


def test_a_side_that_is_not_offered_is_refused():
    with pytest.raises(LtmeError, match=r"'both' is not one of its choices\. Give alternating or left or right"):
        exercises()["marching"].check({"side": "both"})


def test_numpy_numbers_are_numbers():
    values = exercises()["squat"].check({"knee_range_deg": np.float32(60), "repetitions": np.int64(2)})
    assert (values["knee_range_deg"], values["repetitions"]) == (60.0, 2)


def test_parameters_spelled_as_text_are_read_and_checked():
    marching = exercises()["marching"]
    assert marching.from_text({"hip_range_deg": "60", "side": "left"}) == {"hip_range_deg": 60.0, "side": "left"}
    for name, text in (("hip_range_deg", "high"), ("hip_range_deg", "1e9"), ("side", "up"), ("tempo", "2")):
        with pytest.raises(LtmeError):
            marching.from_text({name: text})


def test_an_amount_is_a_bounded_line_or_the_period_of_a_rate():
    assert Amount(plus=12.0).value({}) == 12.0
    assert Amount("range", times=0.5, plus=2.0).value({"range": 90.0}) == 47.0
    assert Amount("range", times=0.5, at_most=30.0).value({"range": 90.0}) == 30.0
    assert Amount("rate", per_minute=True, times=0.25).value({"rate": 80}) == pytest.approx(0.1875)


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"contact": "both_hands"}, "contact"),
        ({"colour": "red"}, "colour"),
        ({"start": "lying"}, "lying"),
        ({"balanced": ["flying"]}, "flying"),
        ({"range": {"parameter": "depth", "angle": "knee_flexion", "peak": "both"}}, "depth"),
        ({"postures": {"standing": {"knee_flexion": "deep"}, "bottom": {}}}, "deep"),
        ({"postures": {"standing": {"nose_flexion": 3}, "bottom": {}}}, "nose_flexion"),
        ({"faults": {"hop": {"title": "Hops", "source": "none"}}}, "hop"),
        ({"faults": {"hop": {"title": "Hops", "source": "none", "at": {"air": {"heel_lift": 9}}}}}, "air"),
        ({"faults": {"hop": {"title": "Hops", "source": "none", "at": {"bottom": {"heel_lift": "hop"}}}}}, "hop"),
        ({"faults": {"hop": {"title": "Hops", "source": "none", "range_share": 1.0}}}, "range_share"),
        ({"contact": "seat"}, "range that furniture fixes"),
        ({"kind": "walking"}, "'walk' is a required"),
        ({"walk": {"cadence_factor": 1}}, "walk"),
    ],
)
def test_a_description_that_leads_nowhere_is_refused(tmp_path, change, fact):
    content = yaml.safe_load((data_folder("exercises") / "squat.yaml").read_text(encoding="utf-8"))
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(yaml.safe_dump(content | change), encoding="utf-8")
    with pytest.raises(LtmeError, match=f"wrong.yaml.*{fact}"):
        read_exercise(wrong)
