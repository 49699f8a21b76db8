"""Cohorts on disk: what is written, resumed, refused; what a trial may be; and what the truth beside it says."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ltme_clinic.recordings import read_recordings
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab import (
    CameraFaults,
    Condition,
    Course,
    Exercising,
    ForceSetup,
    Laboratory,
    Running,
    Walking,
    WalkingTask,
    course_named,
    sample_patient,
    simulate_walk,
    write_cohort,
)

BRIEF = Walking(duration_s=2.0)


def digests(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.*"))}


def test_two_workers_write_what_one_writes(tmp_path):
    for name, workers in (("one", 1), ("two", 2)):
        write_cohort(tmp_path / name, patients=3, trials=1, activity=BRIEF, static=True, workers=workers)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path):
    files = write_cohort(tmp_path, patients=2, trials=2, activity=BRIEF)
    whole = digests(tmp_path)
    kept = files[0].stat().st_mtime_ns
    files[-1].unlink()  # as if the truth had been written and the recording not yet
    files[1].unlink()
    files[1].with_suffix(".truth.json").unlink()
    assert write_cohort(tmp_path, patients=2, trials=2, activity=BRIEF) == files
    assert digests(tmp_path) == whole
    assert files[0].stat().st_mtime_ns == kept


def test_another_simulation_does_not_mix_into_a_folder(tmp_path):
    write_cohort(tmp_path, patients=1, trials=1, activity=BRIEF)
    with pytest.raises(LtmeError, match="holds another simulation"):
        write_cohort(tmp_path, patients=1, trials=1, activity=BRIEF, seed=1)


def test_a_course_brings_its_severities_conditions_and_days(tmp_path):
    course = course_named("medication", 2, 60, "parkinsonian", 0.6, 0.6, side="left")
    files = write_cohort(tmp_path, patients=1, trials=1, courses=[course], activity=Walking(duration_s=4.0))
    off, on = (read_recordings(file)[0] for file in files)
    assert [recording.trial.medication for recording in (off, on)] == ["off", "on"]
    days = [file.parent.name for file in files]
    assert days == ["2024-01-08", "2024-03-08"]
    truths = [json.loads(file.with_suffix(".truth.json").read_text()) for file in files]
    assert truths[0]["speed_m_s"] < truths[1]["speed_m_s"]


@pytest.mark.parametrize(
    ("activity", "holds"),
    [
        (Exercising("squat", faults={"knee_valgus": 0.5}), "repetitions"),
        (Exercising("tandem_walk"), "step_width_m"),
        (Running(duration_s=3.0), "stance_pct"),
        (Walking(WalkingTask(treadmill=True), 3.0), "events"),
    ],
)
def test_every_activity_is_written_with_its_truth_and_the_mark(tmp_path, activity, holds):
    (file,) = write_cohort(tmp_path, patients=1, trials=1, seed=5, activity=activity)
    recording = read_recordings(file)[0]
    assert recording.origin == "virtual"
    assert recording.manufacturer.startswith("SYNTHETIC")
    truth = json.loads(file.with_suffix(".truth.json").read_text())
    assert truth["origin"] == "virtual"
    assert holds in truth
    centres = truth["motion"]["joint_centres_m"]
    assert np.shape(centres["left_knee"]) == (recording.frames, 3)
    assert len(truth["motion"]["angles_deg"]["left_knee_flexion"]) == recording.frames


def test_plates_faults_and_a_dialect_come_through_the_file(tmp_path):
    laboratory = Laboratory(
        marker_set="plug-in-gait-lower-body",
        faults=CameraFaults(swaps=1),
        forces=ForceSetup(),
        dialect="qualisys-qtm",
    )
    (file,) = write_cohort(tmp_path, patients=1, trials=1, activity=Walking(duration_s=4.0), laboratory=laboratory)
    recording = read_recordings(file)[0]
    assert len(recording.force_plates) == 2
    truth = json.loads(file.with_suffix(".truth.json").read_text())
    assert [fault["kind"] for fault in truth["faults"]] == ["swap"]
    assert max(force[2] for force in truth["motion"]["force_n"]["left"]) > 100.0


def test_the_truth_of_a_foot_in_the_air_has_no_place_of_pressure():
    walk = simulate_walk(sample_patient(3), duration_s=3.0)
    reaction = walk.motion.ground_reaction
    assert reaction is not None
    in_air = reaction.force_n[..., 2] == 0.0
    assert 0.2 < in_air.mean() < 0.6
    assert np.isnan(reaction.centre_of_pressure_m[in_air]).all()
    assert np.isfinite(reaction.centre_of_pressure_m[~in_air]).all()


def test_shoes_raise_the_ankle_and_a_cane_is_said(tmp_path):
    patient = sample_patient(4, age_y=40)
    bare, shod = (
        simulate_walk(patient, duration_s=3.0, condition=condition)
        for condition in (Condition(), Condition(footwear="shoes", aid="cane left"))
    )
    lowest_m = [walk.motion.joint_centres_m["left_ankle"][:, 2].min() for walk in (bare, shod)]
    assert lowest_m[1] - lowest_m[0] == pytest.approx(0.02, abs=0.004)
    assert shod.recording.trial.condition == "shoes, cane left"


def test_a_freezing_patient_stands_still_and_the_truth_says_when():
    patient = sample_patient(2, impairment="parkinsonian", severity=1.0, side="left", age_y=70)
    walks = [simulate_walk(patient, trial=trial, duration_s=30.0) for trial in range(3)]
    episodes = [(walk, span) for walk in walks for span in walk.truth.freezes_s]
    assert episodes
    for walk, (start_s, stop_s) in episodes:
        toe_m = walk.motion.joint_centres_m["left_toe"][round(start_s * 100.0) + 1 : round(stop_s * 100.0), :2]
        assert np.ptp(toe_m, axis=0).max() < 0.01


def test_what_can_not_be_done_is_refused_in_one_line(tmp_path):
    with pytest.raises(LtmeError, match="Use one of"):
        write_cohort(tmp_path / "a", patients=1, laboratory=Laboratory(dialect="word"), activity=BRIEF, trials=1)
    with pytest.raises(LtmeError, match="handstand"):
        write_cohort(tmp_path / "b", patients=1, activity=Exercising("handstand"), trials=1)
    with pytest.raises(LtmeError, match="running"):
        write_cohort(tmp_path / "c", patients=1, courses=[Course("crouch", (0.5,))], activity=Running(2.0), trials=1)
