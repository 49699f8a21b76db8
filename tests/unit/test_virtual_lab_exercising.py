"""Virtual patients exercise: measured by any marker set, repeatable, and with a truth that is what the joints did."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.exercises import exercises, find_exercise
from ltme_clinic.exercises.execution import RANGE_LOST, SLOWED
from ltme_clinic.kinematics import landmarks
from ltme_clinic.marker_sets import detect_marker_set, marker_sets
from ltme_clinic.recordings import read_recordings, write_recording
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab.exercise_truth import exercise_truth_json
from ltme_clinic.virtual_lab.exercising import OWN_VARIATION, simulate_exercise, simulate_walking_exercise, suited
from ltme_clinic.virtual_lab.markers import PERFECT, TEXTBOOK, CameraSystem
from ltme_clinic.virtual_lab.patient import sample_patient
from ltme_clinic.virtual_lab.simulate import simulate_walk

NAMES = sorted(exercises())
RANGED = [name for name in NAMES if exercises()[name].range_parameter]
MARKER_SETS = ("plug-in-gait-full-body", "plug-in-gait-lower-body", "cgm2", "helen-hayes", "cmu-41")
RATE_HZ = 50.0


@cache
def patient(seed=11, age_y=35.0):
    return sample_patient(seed, age_y=age_y)


@cache
def exercise(name, seed=11, age_y=35.0):
    return simulate_exercise(patient(seed, age_y), name, params={"repetitions": 2}, rate_hz=RATE_HZ)


@pytest.mark.parametrize("marker_set", MARKER_SETS)
@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_is_measured_by_every_marker_set_and_comes_back_from_its_file(name, marker_set, tmp_path):
    assert marker_set in marker_sets()
    made = simulate_exercise(
        patient(), name, params={"repetitions": 1}, rate_hz=RATE_HZ, marker_set=marker_set, cameras=CameraSystem(gaps=2)
    ).recording
    path = tmp_path / f"{name}.c3d"
    write_recording(path, made)
    (read,) = read_recordings(path)
    assert (read.origin, read.trial.kind) == ("virtual", "exercise")
    assert "SYNTHETIC" in read.manufacturer
    assert read.marker_labels == made.marker_labels
    np.testing.assert_allclose(read.positions_m, made.positions_m, atol=1e-5)  # a body that lies is not stood up
    assert {event.kind for event in read.events} == {"other"}
    assert len(read.events) == len(made.events) == len(find_exercise(name).phases)
    assert detect_marker_set(read.marker_labels).slots.keys() >= marker_sets()[marker_set].slots.keys() & {"left_ankle"}


@pytest.mark.parametrize("name", NAMES)
def test_the_same_arguments_give_the_same_bytes(name):
    again = simulate_exercise(patient(), name, params={"repetitions": 2}, rate_hz=RATE_HZ)
    np.testing.assert_array_equal(again.recording.positions_m, exercise(name).recording.positions_m)
    assert again.recording.recording_id == exercise(name).recording.recording_id
    assert exercise_truth_json(again.truth, again.motion) == exercise_truth_json(
        exercise(name).truth, exercise(name).motion
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("seed", "age_y"), [(2, 7.0), (5, 72.0), (8, 30.0)])
def test_children_and_the_old_can_do_it_with_nothing_under_the_floor_and_segments_of_one_length(name, seed, age_y):
    centres = exercise(name, seed, age_y).motion.joint_centres_m
    assert min(float(places[:, 2].min()) for places in centres.values()) > -0.005
    for upper, lower in (("left_hip", "left_knee"), ("right_knee", "right_ankle"), ("left_shoulder", "left_elbow")):
        assert np.ptp(np.linalg.norm(centres[upper] - centres[lower], axis=1)) < 1e-9


@pytest.mark.parametrize("name", RANGED)
def test_the_truth_holds_the_range_that_the_joint_reached_within_the_stated_shortfall(name):
    made = exercise(name)
    found = find_exercise(name)
    asked_deg = float(made.truth.params[found.range_parameter])
    key = {"hip_abduction": "hip_adduction", "ankle_plantarflexion": "ankle_dorsiflexion"}.get(found.range_angle)
    for repetition in made.truth.repetitions:
        frames = slice(round(repetition.start_s * RATE_HZ), round(repetition.stop_s * RATE_HZ) + 1)
        for side, reached_deg in zip(("left", "right"), repetition.range_deg, strict=True):
            if np.isnan(reached_deg):
                assert repetition.side not in (None, side)
                continue
            angle_deg = made.motion.angles_deg[f"{side}_{key or found.range_angle}"] * (-1.0 if key else 1.0)
            extreme = angle_deg[frames].max() if found.range_extreme == "highest" else angle_deg[frames].min()
            assert reached_deg == pytest.approx(extreme)
            way_deg = abs(asked_deg - angle_deg[0])
            missed_deg = (asked_deg - reached_deg) * (1.0 if found.range_extreme == "highest" else -1.0)
            assert -0.05 < missed_deg < 1.3 * OWN_VARIATION.greatest_shortfall * way_deg + 0.2


@pytest.mark.parametrize("name", NAMES)
def test_repetitions_follow_one_another_at_the_own_tempo(name):
    made = exercise(name)
    found = find_exercise(name)
    asked_s = sum(phase.seconds.value(made.truth.params) for phase in found.phases)
    assert len(made.truth.repetitions) == 2
    assert made.truth.repetitions[0].stop_s <= made.truth.repetitions[1].start_s
    for repetition in made.truth.repetitions:
        assert repetition.duration_s / asked_s == pytest.approx(made.truth.own_tempo, rel=0.081)
        assert repetition.phases[0][1] == repetition.start_s
        assert [start_s for _, start_s in repetition.phases] == sorted(start_s for _, start_s in repetition.phases)
        assert len(repetition.phases) == len(found.phases)
    assert made.recording.duration_s == pytest.approx(made.truth.repetitions[1].stop_s + 0.5, abs=0.05)


def test_people_and_trials_differ_in_tempo_and_range():
    made = [simulate_exercise(patient(seed), "squat", trial=trial) for seed in (11, 12) for trial in (0, 1)]
    assert len({round(m.truth.own_tempo, 6) for m in made}) == 4
    assert len({round(r.range_deg[0], 6) for m in made for r in m.truth.repetitions}) == 12
    assert all(0.75 < m.truth.own_tempo < 1.3 for m in made)


def test_faults_and_fatigue_stand_in_the_truth_and_change_no_random_number():
    wish = {"faults": {"half_range": 0.5}, "fatigue": 1.0}
    good, poor = (simulate_exercise(patient(), "squat", params={"repetitions": 4}, **w) for w in ({}, wish))
    assert (dict(poor.truth.faults), poor.truth.fatigue) == ({"half_range": 0.5}, 1.0)
    starts = [m.motion.angles_deg["left_knee_flexion"][0] for m in (good, poor)]
    reached = [
        [r.range_deg[0] - start for r in m.truth.repetitions] for m, start in zip((good, poor), starts, strict=True)
    ]
    left = np.array(reached[1]) / np.array(reached[0])
    tired = np.linspace(0.0, 1.0, 4)
    np.testing.assert_allclose(left, 0.75 * (1.0 - RANGE_LOST * tired), atol=0.015)
    lasted = [[r.duration_s for r in m.truth.repetitions] for m in (good, poor)]
    np.testing.assert_allclose(np.array(lasted[1]) / np.array(lasted[0]), 1.0 + SLOWED * tired, rtol=1e-9)


def test_an_impairment_leaves_the_exercise_as_it_is_but_for_the_weaker_side():
    healthy, ill = (
        sample_patient(21, age_y=50.0, **kind) for kind in ({}, {"impairment": "hemiplegic", "severity": 1.0})
    )
    first, second = (simulate_exercise(p, "marching", rate_hz=RATE_HZ) for p in (healthy, ill))
    np.testing.assert_array_equal(first.recording.positions_m, second.recording.positions_m)
    assert second.truth.weaker_side == ill.side


def test_markers_sit_where_the_visit_put_them_and_the_skin_follows_the_joints():
    still, glued, moved = (
        simulate_exercise(patient(), "squat", params={"repetitions": 1}, rate_hz=RATE_HZ, cameras=cameras)
        for cameras in (TEXTBOOK, PERFECT, CameraSystem(placement_sd_m=0.0, noise_sd_m=0.0))
    )
    bones_m = landmarks(patient().skeleton, motion_of(still))
    labels = marker_sets()["plug-in-gait-full-body"].slots
    expected_m = bones_m[:, [SLOT_INDEX[slot] for slot in labels]]
    np.testing.assert_allclose(still.recording.positions_m, expected_m, atol=1e-9)
    thigh = list(labels).index("left_thigh")
    skin_mm = 1e3 * np.linalg.norm(
        moved.recording.positions_m[:, thigh] - glued.recording.positions_m[:, thigh], axis=1
    )
    knee_deg = still.motion.angles_deg["left_knee_flexion"]
    assert np.corrcoef(skin_mm, knee_deg)[0, 1] > 0.9
    assert skin_mm.max() < 60.0


def motion_of(made):
    """The body's motion again, from the truth's angles, on the patient's skeleton."""
    from ltme_clinic.kinematics import forward_kinematics

    return forward_kinematics(patient().skeleton, made.motion.angles_deg, made.motion.joint_centres_m["pelvis"])


def test_the_true_angles_pose_the_true_joint_centres():
    made = exercise("step_up")
    again = motion_of(made)
    for name, places_m in made.motion.joint_centres_m.items():
        np.testing.assert_allclose(again.joint_centres[name], places_m, atol=1e-9)


def test_turning_the_patient_turns_everything_and_nothing_else():
    ahead, left = (
        simulate_exercise(patient(), "bridge", params={"repetitions": 1}, cameras=PERFECT, heading_rad=heading)
        for heading in (0.0, np.pi / 2)
    )
    turned_m = ahead.recording.positions_m @ np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    np.testing.assert_allclose(left.recording.positions_m, turned_m, atol=1e-9)
    np.testing.assert_allclose(left.motion.centre_of_mass_m[:, 2], ahead.motion.centre_of_mass_m[:, 2], atol=1e-12)


def test_seat_and_step_suit_the_body_unless_they_are_asked_for():
    child, grown = sample_patient(2, age_y=8.0), sample_patient(3, age_y=30.0)
    seats = [suited(find_exercise("sit_to_stand"), person)["seat_height_m"] for person in (child, grown)]
    assert seats[0] < seats[1]
    asked = simulate_exercise(grown, "sit_to_stand", params={"seat_height_m": 0.5, "repetitions": 1}, rate_hz=RATE_HZ)
    assert asked.truth.params["seat_height_m"] == 0.5
    assert suited(find_exercise("squat"), grown) == {}


def test_the_truth_is_plain_json_with_null_for_what_is_not_known():
    made = exercise("clamshell")
    content = json.loads(exercise_truth_json(made.truth, made.motion))
    assert (content["origin"], content["exercise"], content["contact"]) == ("virtual", "clamshell", "side")
    assert content["repetitions"][0]["range_deg"][1] is None  # the right leg lies still
    assert len(content["motion"]["angles_deg"]["left_hip_adduction"]) == made.recording.frames
    assert "motion" not in json.loads(exercise_truth_json(made.truth))
    assert made.motion.ground_reaction is None


@cache
def usual_walk():
    return simulate_walk(patient(), duration_s=8.0, rate_hz=RATE_HZ).truth


def test_big_steps_are_longer_at_the_same_cadence_and_recorded_as_an_exercise():
    made = simulate_walking_exercise(patient(), "big_steps", params={"repetitions": 14}, rate_hz=RATE_HZ)
    assert made.truth.speed_m_s / usual_walk().speed_m_s == pytest.approx(1.2, abs=0.05)
    assert made.truth.cadence_spm == pytest.approx(usual_walk().cadence_spm, rel=0.05)
    assert (made.recording.origin, made.recording.trial.kind) == ("virtual", "exercise")
    assert made.recording.parameters["exercise"] == "big_steps"


def test_a_tandem_walk_is_on_a_line():
    made = simulate_walking_exercise(patient(), "tandem walk", params={"repetitions": 40}, rate_hz=RATE_HZ)
    assert abs(made.truth.step_width_m) < 0.02
    assert made.truth.speed_m_s < 0.4 * usual_walk().speed_m_s


@pytest.mark.parametrize(
    ("wish", "fact"),
    [
        ({"exercise": "juggling"}, "juggling"),
        ({"exercise": "squat", "params": {"knee_range_deg": 200}}, "knee_range_deg"),
        ({"exercise": "squat", "faults": {"rolls_back": 1.0}}, "no fault 'rolls_back'"),
        ({"exercise": "squat", "fatigue": 2.0}, "fatigue of 2"),
        ({"exercise": "squat", "marker_set": "glitter"}, "glitter"),
        ({"exercise": "squat", "rate_hz": 5.0}, "5 Hz"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_in_one_line(wish, fact):
    with pytest.raises(LtmeError, match=fact) as refusal:
        simulate_exercise(patient(), **wish)
    assert "\n" not in str(refusal.value)
