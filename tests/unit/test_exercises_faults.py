"""Faults and fatigue: they do what they say, no more, and nothing where they are left at zero."""

from __future__ import annotations

import numpy as np
import pytest
from exercise_bodies import BODY, FAULTS, NAMES, RATE_HZ, at_posture, clean, done

from ltme_clinic.exercises import exercises, range_of
from ltme_clinic.exercises.profiles import bursts
from ltme_clinic.exercises.safety import joint_keys, lowest_point_m
from ltme_clinic.kinematics import centre_of_mass
from ltme_clinic.types import LtmeError


def frames_of(performance, index):
    repetition = performance.timeline.repetitions[index]
    return slice(round(repetition.start_s * RATE_HZ), round(repetition.stop_s * RATE_HZ) + 1)


def furthest_from_rest_deg(performance, index):
    """How far the exercise's own angle goes from where it starts in a repetition."""
    exercise, posed = performance.exercise, performance.posed
    side = performance.timeline.repetitions[index].side
    side = "left" if side == "both" else side
    start = range_of(exercise, posed, side, slice(0, 1))
    return abs(range_of(exercise, posed, side, frames_of(performance, index)) - start)


def fppa_deg(performance, side, frame):
    """Frontal-plane projection angle of a leg: knee inwards of the line from hip to ankle is positive."""
    hip, knee, ankle = (performance.posed.motion.joint_centres[f"{side}_{j}"][frame] for j in ("hip", "knee", "ankle"))
    inwards = -1.0 if side == "left" else 1.0
    thigh = np.arctan2(inwards * (knee - hip)[1], (hip - knee)[2])
    shank = np.arctan2(inwards * (ankle - knee)[1], (knee - ankle)[2])
    return float(np.degrees(thigh - shank))


@pytest.mark.parametrize("name", NAMES)
def test_severity_and_fatigue_of_zero_give_exactly_the_clean_motion(name):
    nothing = dict.fromkeys((fault.name for fault in exercises()[name].faults), 0.0)
    still = done(name, faults=nothing, fatigue=0.0)
    for key, angle_deg in clean(name).posed.angles_deg.items():
        np.testing.assert_array_equal(still.posed.angles_deg[key], angle_deg)


@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_a_fault_is_seen_grows_with_its_severity_and_keeps_the_body_off_the_floor(name, fault):
    params = {"side": "right"} if fault == "asymmetry" and "side" in exercises()[name].defaults() else {}
    good = done(name, params).posed.motion.joint_centres
    strayed_m = []
    for severity in (0.5, 1.0):
        faulty = done(name, params, {fault: severity})
        moved = faulty.posed.motion.joint_centres
        strayed_m.append(max(float(np.linalg.norm(moved[joint] - good[joint], axis=1).max()) for joint in good))
        assert lowest_point_m(faulty.posed) > -0.005
        for joint, (low, high) in faulty.exercise.angle_limits_deg.items():
            for key in joint_keys(joint):
                assert low - 0.5 <= faulty.posed.angles_deg[key].min()
                assert faulty.posed.angles_deg[key].max() <= high + 0.5
    assert strayed_m[1] > 0.005
    assert 0.002 < strayed_m[0] < strayed_m[1]


@pytest.mark.parametrize("name", [name for name, fault in FAULTS if fault == "half_range" and name != "sit_to_stand"])
def test_half_range_halves_the_way_from_the_start(name):
    half = furthest_from_rest_deg(done(name, faults={"half_range": 1.0}), 0) / furthest_from_rest_deg(clean(name), 0)
    assert half == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize(
    ("name", "phase", "sides"), [("squat", "lowering", "both"), ("step_up", "weight forward", "left")]
)
def test_knees_that_fall_inwards_show_a_valgus_of_more_than_five_degrees(name, phase, sides):
    fault = "knee_valgus"
    frame = at_posture(clean(name), phase)
    for side in ("left", "right") if sides == "both" else ("left",):
        good, faulty = (fppa_deg(p, side, frame) for p in (clean(name), done(name, faults={fault: 1.0})))
        assert abs(good) < 12.0
        assert 5.0 < faulty - good < 25.0


@pytest.mark.parametrize(("weaker", "leans_to"), [("right", 1.0), ("left", -1.0)])
def test_in_a_squat_the_trunk_leans_over_the_stronger_leg_in_every_repetition(weaker, leans_to):
    faulty = done("squat", faults={"trunk_lean": 1.0}, weaker_side=weaker)
    for index in range(2):
        lean_deg = leans_to * faulty.posed.angles_deg["trunk_lean"][frames_of(faulty, index)]
        assert lean_deg.max() == pytest.approx(10.0, abs=0.1)
        assert lean_deg.min() > -0.1
        weight_m = leans_to * centre_of_mass(BODY, faulty.posed.motion)[frames_of(faulty, index), 1]
        assert weight_m.max() > 0.02


def test_a_squat_whose_heels_rise_lifts_both_heels_and_keeps_the_balls():
    faulty = done("squat", faults={"heels_rise": 1.0})
    bottom = at_posture(faulty, "lowering")
    for side in ("left", "right"):
        assert faulty.posed.motion.joint_centres[f"{side}_heel"][bottom, 2] > 0.03
        assert np.ptp(faulty.posed.motion.joint_centres[f"{side}_toe"], axis=0).max() < 1e-3


def test_hip_abduction_with_hiked_pelvis_and_leaning_trunk_goes_by_the_described_degrees():
    faulty = done("hip_abduction", faults={"pelvic_hike": 1.0, "trunk_lean": 0.5})
    out = at_posture(faulty, "moving out")
    assert faulty.posed.angles_deg["pelvic_obliquity"][out] == pytest.approx(9.0, abs=0.2)  # the left leg moves
    assert faulty.posed.angles_deg["trunk_lean"][out] == pytest.approx(-6.5, abs=0.2)  # over the right one


def test_rolling_back_in_a_clamshell_takes_the_movement_out_of_the_hip():
    good, faulty = clean("clamshell"), done("clamshell", faults={"rolls_back": 1.0})
    opened = at_posture(good, "opening")
    assert faulty.posed.angles_deg["pelvic_rotation"][opened] == pytest.approx(-20.0, abs=0.2)
    abducted = [p.posed.angles_deg["left_hip_adduction"][opened] for p in (good, faulty)]
    assert abducted[1] > abducted[0] + 5.0


def test_an_uneven_march_lifts_the_weaker_leg_alone_less():
    faulty = done("marching", {"repetitions": 4}, {"asymmetry": 1.0})
    tops = [furthest_from_rest_deg(faulty, index) for index in range(4)]
    good = [furthest_from_rest_deg(done("marching", {"repetitions": 4}), index) for index in range(4)]
    assert tops[0] == pytest.approx(good[0], abs=0.5)
    assert tops[1] < 0.75 * good[1]


def test_a_jerky_squat_stops_and_goes_but_keeps_its_tempo():
    good, faulty = (done("squat", faults={"jerky_tempo": severity}) for severity in (0.0, 1.0))
    down = slice(round(0.6 * RATE_HZ), round(2.4 * RATE_HZ))

    def bursts_down(performance):
        speed = np.abs(np.diff(performance.posed.angles_deg["left_knee_flexion"][down]))
        return int(np.sum((speed[1:-1] > speed[:-2]) & (speed[1:-1] >= speed[2:])))

    assert bursts_down(good) == 1
    assert bursts_down(faulty) >= 3
    assert faulty.timeline.duration_s == good.timeline.duration_s


def test_bursts_keep_the_ends_of_phases_and_never_run_back():
    times_s, at_s = np.array([0.0, 0.6, 2.6]), np.linspace(0.0, 2.6, 2601)
    np.testing.assert_allclose(bursts(times_s, times_s, 1.0), times_s, atol=1e-12)
    np.testing.assert_array_equal(bursts(times_s, at_s, 0.0), at_s)
    assert np.diff(bursts(times_s, at_s, 1.0)).min() > -1e-9


@pytest.mark.parametrize("name", [name for name in NAMES if exercises()[name].range_parameter])
def test_with_fatigue_range_shrinks_and_tempo_slows_from_repetition_to_repetition(name):
    one_sided = {"side": "left"} if "side" in exercises()[name].defaults() else {}
    tired = done(name, {"repetitions": 4} | one_sided, fatigue=1.0)
    ranges = np.array([furthest_from_rest_deg(tired, index) for index in range(4)])
    lasted_s = np.array([r.stop_s - r.start_s for r in tired.timeline.repetitions])
    assert np.all(np.diff(ranges) < 0.0)
    assert ranges[3] / ranges[0] == pytest.approx(0.8, abs=0.05)
    np.testing.assert_allclose(lasted_s / lasted_s[0], [1.0, 1.1, 1.2, 1.3], rtol=1e-9)


def test_tremor_grows_with_fatigue_and_is_nothing_at_rest():
    def shaking_deg(fatigue):
        knee_deg = done("squat", {"repetitions": 3, "hold_s": 2.0}, fatigue=fatigue).posed.angles_deg[
            "left_knee_flexion"
        ]
        return float(np.abs(np.diff(knee_deg, 2)).mean()), float(
            np.abs(np.diff(knee_deg[: round(0.4 * RATE_HZ)])).max()
        )

    shaken = [shaking_deg(fatigue) for fatigue in (0.0, 0.5, 1.0)]
    assert shaken[0][0] < shaken[1][0] < shaken[2][0]
    assert shaken[2][1] < 1e-6


@pytest.mark.parametrize(
    ("faults", "fatigue", "fact"),
    [
        ({"cartwheel": 1.0}, 0.0, "no fault 'cartwheel'.*knee_valgus"),
        ({"knee_valgus": 1.5}, 0.0, "severity of 1.5"),
        ({"knee_valgus": float("nan")}, 0.0, "severity of nan"),
        ({}, -0.1, "fatigue of -0.1"),
    ],
)
def test_a_fault_or_fatigue_that_is_none_is_refused_in_one_line(faults, fatigue, fact):
    with pytest.raises(LtmeError, match=fact) as refusal:
        done("squat", faults=faults, fatigue=fatigue)
    assert "\n" not in str(refusal.value)
