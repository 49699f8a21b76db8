"""The study that holds real walks against virtual people: what it counts, checked where the answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.kinematics.slot_positions import slot_positions
from ltme_clinic.types import Anthropometry, BodyMeasures, LtmeError
from ltme_clinic.virtual_lab import sample_patient, simulate_walk
from ltme_clinic.virtual_lab.tasks import WalkingTask
from studies.virtual_lab_realism import classifier, transfer
from studies.virtual_lab_realism.matched import (
    KNEE_FORWARD_M,
    Group,
    as_group_records,
    grouped,
    virtual_recording,
    with_knees_forward,
)
from studies.virtual_lab_realism.real_walks import cut, real_walks, steady_stretches
from studies.virtual_lab_realism.walk_features import LEAST_MM, walk_features

SEEN = np.array(["medial" not in slot and "centre" not in slot and "metatarsal" not in slot for slot in SLOTS])
GROUP = Group("test", "plug-in-gait-full-body", "adult", SEEN, (3.0,), (100.0,), (0.43,))


@pytest.fixture(scope="module")
def walk():
    return simulate_walk(sample_patient(7, age_y=30.0), duration_s=4.0, task=WalkingTask(heading_rad=0.2)).recording


@pytest.fixture(scope="module")
def of_centres():
    return simulate_walk(sample_patient(14, age_y=30.0), duration_s=2.0, marker_set="cmu-asf").recording


@pytest.fixture(scope="module")
def real(shared_data):
    return real_walks(shared_data)


def test_without_the_recordings_the_reader_is_told_where_they_belong(tmp_path):
    with pytest.raises(LtmeError, match="shared/data"):
        real_walks(tmp_path)


def test_real_walks_are_cut_short_and_belong_to_one_person_each(real):
    assert {walk.person for walk in real.walks if walk.laboratory == "children's hospital"} >= {"HC030", "HC040"}
    assert all(1.5 <= walk.recording.duration_s <= 6.01 for walk in real.walks)
    assert all(not walk.recording.events for walk in real.walks)
    assert any("standing" in line for line in real.told())


def test_groups_of_real_walks_hold_one_laboratory_each(real):
    for group, walks in grouped(real.walks):
        assert {walk.laboratory.partition(",")[0] for walk in walks} == {group.name}
        assert len(group.speeds) == len(group.durations_s) == len(walks)


def test_a_steady_straight_walk_is_one_stretch_and_a_turn_parts_it():
    patient = sample_patient(8, age_y=30.0)
    straight = simulate_walk(patient, duration_s=5.0).recording
    turned = simulate_walk(patient, duration_s=10.0, task=WalkingTask(turn_deg=90.0)).recording
    assert len(steady_stretches(straight)) == 1
    parts = steady_stretches(turned)
    assert len(parts) == 2
    assert parts[0][1] < 500 < parts[1][0]


def test_a_long_walk_is_cut_into_equal_parts():
    recording = simulate_walk(sample_patient(9, age_y=30.0), duration_s=14.0).recording
    parts = steady_stretches(recording)
    assert len(parts) == 3
    assert max(stop - start for start, stop in parts) <= 600


def test_a_cut_keeps_the_frames_it_names(walk):
    part = cut(walk, 100, 250)
    assert np.array_equal(part.positions_m, walk.positions_m[100:250], equal_nan=True)


def test_a_virtual_recording_shows_the_landmarks_of_its_group_and_no_other():
    seen = slot_positions(virtual_recording(GROUP, 11)).positions_m
    assert np.isfinite(seen[:, SLOT_INDEX["left_knee"]]).all()
    few = replace(GROUP, seen=SEEN & (np.array(SLOTS) != "c7"))
    assert not np.isfinite(slot_positions(virtual_recording(few, 11)).positions_m[:, SLOT_INDEX["c7"]]).any()


def test_features_do_not_depend_on_where_in_the_room_somebody_walks(walk):
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    moved = replace(walk, positions_m=walk.positions_m @ turn.T + [3.0, -2.0, 0.0])
    here, there = (walk_features(as_group_records(recording, GROUP)) for recording in (walk, moved))
    for kind in here:
        for name, value in here[kind].items():
            assert there[kind][name] == pytest.approx(value, rel=1e-3, abs=2e-3, nan_ok=True), name


def test_white_noise_shows_in_its_band_as_large_as_it_is(walk):
    rng = np.random.default_rng(1)
    noisy = replace(walk, positions_m=walk.positions_m + 1e-3 * rng.standard_normal(walk.positions_m.shape))
    texture = walk_features(as_group_records(noisy, GROUP))["texture"]
    # 1 mm over 50 Hz: 20 Hz of it hold sqrt(20 / 50), beside the walk's own .5 mm
    assert np.exp(texture["head 20-40 Hz, log mm"]) == pytest.approx(np.sqrt(0.4 * (1.0 + 0.25)), rel=0.15)


def test_a_laboratory_that_smooths_has_a_virtual_twin_that_does():
    logs = []
    for smoothed in (False, True):
        recording = virtual_recording(replace(GROUP, smoothed=smoothed), 12)
        logs.append(walk_features(recording)["texture"]["pelvis 20-40 Hz, log mm"])
    assert logs[1] == pytest.approx(np.log(LEAST_MM))
    assert logs[1] < logs[0] - 1.5


def test_where_real_files_tell_no_body_measures_their_virtual_twins_tell_none():
    told, silent = (virtual_recording(replace(GROUP, measured=measured), 13) for measured in (True, False))
    assert told.anthropometry.leg_length_left_m is not None
    assert silent.anthropometry == Anthropometry()
    assert silent.body_measures == BodyMeasures()


def test_knees_moved_forward_lie_as_far_ahead_of_the_leg_as_said(of_centres):
    before, after = (slot_positions(item).positions_m for item in (of_centres, with_knees_forward(of_centres)))
    knee = SLOT_INDEX["left_knee_centre"]
    moved_m = after[:, knee] - before[:, knee]
    assert np.linalg.norm(moved_m, axis=1) == pytest.approx(KNEE_FORWARD_M)
    along_m = before[:, SLOT_INDEX["left_ankle_centre"]] - before[:, SLOT_INDEX["left_hip_centre"]]
    assert np.abs(np.sum(moved_m * along_m, axis=1)).max() < 1e-9
    travel_m = before[-1, knee] - before[0, knee]
    assert (moved_m @ travel_m > 0.0).all()
    assert np.array_equal(after[:, SLOT_INDEX["left_ankle_centre"]], before[:, SLOT_INDEX["left_ankle_centre"]])


def test_people_like_those_who_fitted_lie_beyond_as_often_as_promised():
    rng = np.random.default_rng(2)
    values, covariates = rng.standard_normal((600, 8)), rng.standard_normal((600, 3))
    distance = transfer.fitted_distance(values, covariates)
    beyond = distance.of(rng.standard_normal((4000, 8)), rng.standard_normal((4000, 3))) > 1.0
    assert 0.002 < beyond.mean() < 0.03
    assert (distance.of(values[:50] + 6.0, covariates[:50]) > 1.0).all()


def test_an_exact_interval_is_clopper_and_pearsons():
    assert transfer.exact_interval(0, 10) == (0.0, pytest.approx(1.0 - 0.025**0.1))
    low, high = transfer.exact_interval(5, 10)
    assert (low, high) == (pytest.approx(0.1871, abs=1e-4), pytest.approx(0.8129, abs=1e-4))


@pytest.mark.parametrize("model", classifier.MODELS)
def test_held_out_scores_tell_what_can_be_told_and_nothing_else(model):
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1], [120, 60])
    people = np.array([f"{label} {number // 2}" for number, label in enumerate(labels)])
    noise = rng.standard_normal((180, 12))
    told = noise.copy()
    told[:, 4] += 6.0 * labels
    by_chance = classifier.held_out_scores(noise, labels, people, model)
    known = classifier.held_out_scores(told, labels, people, model)
    assert abs(classifier.auroc(by_chance[labels == 0], by_chance[labels == 1]) - 0.5) < 0.17
    assert classifier.auroc(known[labels == 0], known[labels == 1]) > 0.97


def test_the_feature_that_tells_comes_first():
    rng = np.random.default_rng(4)
    labels = np.repeat([0, 1], [50, 20])
    table = rng.standard_normal((70, 5))
    table[:, 3] += 3.0 * labels
    ranked = classifier.single_features(table, list("abcde"), labels)
    assert ranked[0]["feature"] == "d"
    assert ranked[0]["auroc"] > 0.95
