"""What the virtual cameras record, and the files of a cohort."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.recordings import read_recordings
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab import (
    DEMO_COURSES,
    PERFECT,
    CameraSystem,
    Course,
    Walking,
    sample_patient,
    simulate_measurements,
    simulate_slots,
    simulate_walk,
    write_cohort,
)


def test_the_same_seed_walks_the_same_walk_and_another_does_not():
    first, _ = simulate_slots(sample_patient(4), visit=1, trial=2)
    again, _ = simulate_slots(sample_patient(4), visit=1, trial=2)
    other, _ = simulate_slots(sample_patient(4), visit=1, trial=3)
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_people_are_of_all_sizes_and_ages():
    people = [sample_patient(seed) for seed in range(80)]
    assert min(p.age_y for p in people) < 9
    assert max(p.age_y for p in people) > 70
    assert all(0.95 < p.height_m < 2.05 and 13 < p.mass_kg < 150 for p in people)
    assert {p.sex for p in people} == {"female", "male"}
    ratio = [p.leg_length_m / p.height_m for p in people]
    assert np.mean(ratio) == pytest.approx(0.534, abs=0.015)


def test_every_slot_is_there_in_the_laboratory_frame():
    slots_m, _ = simulate_slots(sample_patient(2, age_y=30), duration_s=4)
    assert slots_m.shape == (200, len(SLOTS), 3)
    assert np.isfinite(slots_m).all()
    assert slots_m[:, SLOT_INDEX["left_heel"], 2].min() > -0.02
    assert slots_m[:, SLOT_INDEX["left_head_front"], 2].min() > 1.2


def test_markers_are_placed_anew_each_visit_but_not_each_trial():
    patient = sample_patient(5)
    cameras = CameraSystem(placement_sd_m=0.005, noise_sd_m=0.0, soft_tissue=0.0)

    def shank(visit: int, trial: int) -> float:
        slots_m, _ = simulate_slots(patient, visit=visit, trial=trial, duration_s=2, cameras=cameras)
        ends = slots_m[:, SLOT_INDEX["left_shank"]] - slots_m[:, SLOT_INDEX["left_ankle"]]
        return float(np.linalg.norm(ends, axis=1).mean())

    assert shank(0, 0) == pytest.approx(shank(0, 1), abs=1e-9)
    assert abs(shank(0, 0) - shank(1, 0)) > 1e-4


def test_skin_moves_over_the_thigh_more_than_over_the_foot():
    patient = sample_patient(6)
    moving = CameraSystem(placement_sd_m=0.0, noise_sd_m=0.0, soft_tissue=1.0)
    skin_m = simulate_slots(patient, cameras=moving)[0] - simulate_slots(patient, cameras=PERFECT)[0]
    rms_mm = 1e3 * np.sqrt((skin_m**2).sum(axis=2).mean(axis=0))
    assert 3 < rms_mm[SLOT_INDEX["left_thigh"]] < 20
    assert rms_mm[SLOT_INDEX["left_toe"]] < 3
    assert rms_mm[SLOT_INDEX["left_hip_centre"]] < 1e-6


def test_a_recording_carries_its_marker_set_events_and_origin():
    walk = simulate_walk(sample_patient(7), cameras=CameraSystem(gaps=5))
    recording = walk.recording
    assert recording.origin == "virtual"
    assert recording.manufacturer == "SYNTHETIC"
    assert detect_marker_set(recording.marker_labels).name == "plug-in-gait-full-body"
    assert 0 < recording.missing_share < 0.02
    contacts = [event.time_s for event in recording.events if event.kind == "initial_contact"]
    assert 60 / np.mean(np.diff(contacts)) == pytest.approx(walk.truth.cadence_spm, rel=0.05)
    sides = [event.side for event in recording.events if event.kind == "initial_contact"]
    assert all(a != b for a, b in pairwise(sides))


def test_any_known_marker_set_can_be_worn_and_an_unknown_one_is_refused():
    assert len(simulate_walk(sample_patient(7), duration_s=2, marker_set="ltme-slots").recording.marker_labels) == 49
    with pytest.raises(LtmeError, match="'vicon' is not known"):
        simulate_walk(sample_patient(7), marker_set="vicon")


def test_a_heel_is_lowest_near_its_contact():
    slots_m, truth = simulate_slots(sample_patient(8, age_y=30), rate_hz=100, cameras=PERFECT)
    height_m = slots_m[:, SLOT_INDEX["left_heel"], 2]
    resting_m = np.percentile(height_m, 5)
    for event in truth.events:
        if event.side == "left" and event.kind == "initial_contact":
            assert height_m[min(event.frame, len(height_m) - 1)] < resting_m + 0.04


def test_a_cohort_is_written_and_read_back_with_its_truth(tmp_path):
    courses = [Course("none", (0.0, 0.0)), Course("equinus", (0.5,), side="left")]
    seen = []
    files = write_cohort(
        tmp_path / "a",
        patients=2,
        trials=2,
        courses=courses,
        activity=Walking(duration_s=2.0),
        progress=lambda n, of: seen.append((n, of)),
    )
    assert len(files) == 6
    assert seen[-1] == (6, 6)
    assert files[0].parent.parent.name == "VP-001"
    assert len({file.parent.name for file in files[:4]}) == 2
    recording = read_recordings(files[-1])[0]
    assert recording.origin == "virtual"
    truth = json.loads(files[-1].with_suffix(".truth.json").read_text())
    assert truth["impairment"] == "equinus"
    assert truth["side"] == "left"
    assert np.shape(truth["curves_deg"]) == (2, 9, 51)
    assert truth["origin"] == "virtual"
    again = write_cohort(tmp_path / "b", patients=2, trials=2, courses=courses, activity=Walking(duration_s=2.0))
    for one, other in zip(files, again, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert one.with_suffix(".truth.json").read_bytes() == other.with_suffix(".truth.json").read_bytes()


def test_the_demonstration_holds_growing_recovering_and_stable_courses():
    growth = [np.sign(course.severities[-1] - course.severities[0]) for course in DEMO_COURSES]
    assert set(growth) == {-1, 0, 1}
    assert {len(course.severities) for course in DEMO_COURSES} >= {1, 4, 5}


def test_a_cohort_with_a_wrong_count_is_refused(tmp_path):
    with pytest.raises(LtmeError, match="at least 1"):
        write_cohort(tmp_path, patients=0)
    with pytest.raises(LtmeError, match="1 courses for 2 patients"):
        write_cohort(tmp_path, patients=2, courses=[Course("none", (0.0,))])


def test_one_walk_measured_by_several_laboratories_is_the_same_walk_under_other_markers():
    patient = sample_patient(31, age_y=30.0)
    laboratories = [CameraSystem(), CameraSystem(), PERFECT]
    measured_m, truth = simulate_measurements(patient, laboratories, visit=1, duration_s=2.0)
    first_m, first_truth = simulate_slots(patient, visit=1, duration_s=2.0)
    np.testing.assert_array_equal(measured_m[0], first_m)
    np.testing.assert_array_equal(truth.curves_deg, first_truth.curves_deg)
    apart_m = np.linalg.norm(measured_m[1] - measured_m[0], axis=2)
    assert 0.003 < np.median(apart_m.mean(axis=0)) < 0.015  # two placements of 5 mm an axis along the skin
    assert apart_m.std(axis=0).max() < 0.004  # a marker stays where it was put
    bones_m = measured_m[2][:, SLOT_INDEX["left_knee_centre"]] - measured_m[2][:, SLOT_INDEX["left_ankle_centre"]]
    assert np.ptp(np.linalg.norm(bones_m, axis=1)) < 1e-6
