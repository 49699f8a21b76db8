"""Virtual patients run as physics has it: thrown between feet that neither slip nor sink."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic.body import SIDES
from ltme_clinic.gait.analysis import analyse_gait
from ltme_clinic.norms import GRAVITY_M_S2, speed_m_s
from ltme_clinic.recordings import read_recordings, write_recording
from ltme_clinic.types import LtmeError, MotionTruth
from ltme_clinic.virtual_lab import VirtualPatient, sample_patient
from ltme_clinic.virtual_lab.running import simulate_run, true_run
from ltme_clinic.virtual_lab.running.weight import Pushes, weight_path

RATE_HZ = 200.0
PEOPLE = ((3, 30.0), (5, 40.0), (11, 9.0))
"""Seeds and ages: two adults and a child."""
RELATIVE_SPEEDS = (0.6, 1.1, 1.7)


@pytest.fixture(scope="module", params=[(person, speed) for person in PEOPLE for speed in RELATIVE_SPEEDS], ids=str)
def trial(request: pytest.FixtureRequest) -> tuple[VirtualPatient, float, MotionTruth]:
    (seed, age_y), relative = request.param
    patient = sample_patient(seed, age_y=age_y)
    speed = speed_m_s(relative, patient.leg_length_m)
    return patient, speed, true_run(patient, speed_m_s=speed, duration_s=4.0, rate_hz=RATE_HZ)


def _standing(motion: MotionTruth) -> np.ndarray:
    """(2, frame) which foot the floor pushes."""
    assert motion.ground_reaction is not None
    return np.greater(motion.ground_reaction.force_n[:, :, 2], 0.0)


def test_in_flight_the_centre_of_mass_falls_freely(trial: tuple[VirtualPatient, float, MotionTruth]) -> None:
    motion = trial[2]
    acceleration = np.diff(motion.centre_of_mass_m, 2, axis=0) * RATE_HZ**2
    flying = np.asarray(~_standing(motion).any(axis=0))
    inside = flying[:-2] & flying[1:-1] & flying[2:]
    assert inside.sum() > 20
    assert acceleration[inside, 2] == pytest.approx(-GRAVITY_M_S2, rel=0.01)
    assert np.abs(acceleration[inside, :2]).max() < 0.1


def test_the_floor_pushes_with_what_the_centre_of_mass_does(trial: tuple[VirtualPatient, float, MotionTruth]) -> None:
    patient, _, motion = trial
    assert motion.ground_reaction is not None
    force_n = motion.ground_reaction.force_n.sum(axis=0)
    wanted_n = patient.mass_kg * np.diff(motion.centre_of_mass_m, 2, axis=0) * RATE_HZ**2
    wanted_n[:, 2] += patient.mass_kg * GRAVITY_M_S2
    missed = np.abs(force_n[1:-1] - wanted_n) / (patient.mass_kg * GRAVITY_M_S2)
    assert np.quantile(missed, 0.99) < 0.05


def test_each_stance_is_one_hump_of_two_to_three_body_weights(trial: tuple[VirtualPatient, float, MotionTruth]) -> None:
    patient, _, motion = trial
    assert motion.ground_reaction is not None
    for vertical in motion.ground_reaction.force_n[:, :, 2] / (patient.mass_kg * GRAVITY_M_S2):
        stances = np.split(vertical, np.flatnonzero(np.diff((vertical > 0).astype(int))) + 1)
        whole = [stance for stance in stances[1:-1] if stance[0] > 0]
        assert len(whole) >= 3
        for stance in whole:
            assert 1.8 < stance.max() < 3.0
            assert (np.diff(np.sign(np.diff(stance))) != 0).sum() == 1  # rises once, falls once


def test_standing_feet_neither_slip_nor_sink(trial: tuple[VirtualPatient, float, MotionTruth]) -> None:
    motion = trial[2]
    for side, stands in zip(SIDES, _standing(motion), strict=True):
        heel_m, ball_m = motion.joint_centres_m[f"{side}_heel"], motion.joint_centres_m[f"{side}_toe"]
        assert min(heel_m[:, 2].min(), ball_m[:, 2].min()) > -0.005
        # a flat sole in the middle of a stance: heel and ball both on the floor in the frame before and after
        flat = stands & (heel_m[:, 2] < 0.003) & (ball_m[:, 2] < 0.003)
        both = flat[1:] & flat[:-1]
        assert both.sum() > 5
        assert np.linalg.norm(np.diff(ball_m[:, :2], axis=0)[both], axis=1).max() < 0.005


def test_segments_keep_their_length_and_knees_never_overextend(
    trial: tuple[VirtualPatient, float, MotionTruth],
) -> None:
    patient, _, motion = trial
    for side in SIDES:
        centres_m = motion.joint_centres_m
        thigh_m = np.linalg.norm(centres_m[f"{side}_hip"] - centres_m[f"{side}_knee"], axis=1)
        assert thigh_m == pytest.approx(patient.skeleton.thigh_m, abs=1e-9)
        knee_deg = motion.angles_deg[f"{side}_knee_flexion"]
        assert knee_deg.min() > 0.0
        assert 65.0 < knee_deg.max() < 145.0
        assert np.abs(np.diff(knee_deg)).max() * RATE_HZ < 2500.0


def test_speed_and_cadence_are_as_asked_and_stance_falls_with_speed() -> None:
    patient = sample_patient(3, age_y=30.0)
    stances, cadences = [], []
    for speed in (2.0, 3.0, 4.0, 5.0):
        truth = simulate_run(patient, speed_m_s=speed, duration_s=10.0).truth
        assert truth.speed_m_s == pytest.approx(speed, rel=0.01)
        length_m = sum(truth.step_length_m) / 2
        assert length_m * truth.cadence_spm / 60.0 == pytest.approx(speed, rel=0.03)
        stances.append(truth.stance_pct[0])
        cadences.append(truth.cadence_spm)
    assert np.all(np.diff(stances) < 0)
    assert max(stances) < 50.0
    assert np.all(np.diff(cadences) > 0)
    assert 145.0 < cadences[0] < cadences[-1] < 210.0


def test_feet_leave_the_floor_before_the_other_lands() -> None:
    events = simulate_run(sample_patient(3, age_y=30.0), speed_m_s=3.0).truth.events
    kinds = [(event.side, event.kind) for event in events]
    first = kinds.index(("left", "initial_contact"))
    order = [("left", "initial_contact"), ("left", "foot_off"), ("right", "initial_contact"), ("right", "foot_off")]
    assert kinds[first : first + 8] == order + order


def test_a_person_alike_on_both_sides_runs_alike_on_both_sides() -> None:
    patient = sample_patient(3, age_y=30.0)
    even = replace(patient, signature_deg=np.zeros_like(patient.signature_deg))
    curves_deg = np.mean(
        [simulate_run(even, visit=visit, duration_s=8.0).truth.curves_deg for visit in range(12)], axis=0
    )
    apart_deg = curves_deg[0] - curves_deg[1]
    assert np.sqrt((apart_deg[3:] ** 2).mean()) < 2.5  # what visits redraw on each side, over 12 visits
    one_deg = simulate_run(even, duration_s=20.0).truth.curves_deg
    half = np.roll(one_deg[1][:3, :-1], 25, axis=1)
    assert one_deg[0][0, :-1] == pytest.approx(half[0], abs=1.5)
    assert one_deg[0][1:3, :-1] == pytest.approx(-half[1:3], abs=1.5)


def test_pushes_alike_on_both_sides_give_a_path_that_mirrors() -> None:
    contacts_s = 0.35 * np.arange(20)
    pushes = Pushes(contacts_s, np.full(20, 0.24), np.arange(20) % 2)
    time_s = np.arange(0.7, 4.2, 0.005)
    path_m, _ = weight_path(pushes, time_s, 3.5, 0.09, 1.0, 0.15)
    step = round(0.35 / 0.005)
    assert path_m[step:, 1] == pytest.approx(-path_m[:-step, 1], abs=1e-6)
    assert path_m[step:, 2] == pytest.approx(path_m[:-step, 2], abs=1e-6)
    assert path_m[step:, 0] - path_m[:-step, 0] == pytest.approx(3.5 * 0.35, abs=0.01)


def test_the_same_arguments_give_the_same_run_and_another_trial_another() -> None:
    patient = sample_patient(7)
    first, again = (simulate_run(patient, duration_s=2.0) for _ in range(2))
    assert first.recording.positions_m.tobytes() == again.recording.positions_m.tobytes()
    assert first.truth.events == again.truth.events
    other = simulate_run(patient, duration_s=2.0, trial=1)
    assert other.recording.recording_id != first.recording.recording_id


def test_on_a_belt_the_runner_stays_in_place() -> None:
    patient = sample_patient(3, age_y=30.0)
    run = simulate_run(patient, speed_m_s=3.5, treadmill=True)
    index = run.recording.marker_labels.index("LASI")
    travelled_m = np.ptp(run.recording.positions_m[:, index, :2], axis=0)
    assert np.hypot(*travelled_m) < 1.0
    assert run.truth.speed_m_s == pytest.approx(3.5, rel=0.01)


@pytest.mark.parametrize("landing", ["heel", "midfoot", "forefoot"])
def test_the_named_part_of_the_foot_meets_the_floor_first(landing: str) -> None:
    patient = sample_patient(3, age_y=30.0)
    motion = true_run(patient, speed_m_s=3.5, rate_hz=RATE_HZ, landing=landing)  # type: ignore[arg-type]
    landed = np.flatnonzero(np.diff(_standing(motion)[0].astype(int)) > 0) + 1
    heel_m = motion.joint_centres_m["left_heel"][landed, 2]
    ball_m = motion.joint_centres_m["left_toe"][landed, 2]
    above_m = float((ball_m - heel_m).mean())
    expected = {"heel": (0.02, 0.2), "midfoot": (-0.03, 0.05), "forefoot": (-0.2, -0.01)}[landing]
    assert expected[0] < above_m < expected[1]


def test_a_walking_speed_and_a_sprint_are_refused_with_the_limits() -> None:
    patient = sample_patient(3, age_y=30.0)
    for speed in (1.2, 7.5):
        with pytest.raises(LtmeError, match=r"no running speed.*Give 1\.\d\d to 5\.\d\d m/s"):
            simulate_run(patient, speed_m_s=speed)


def test_what_can_not_be_run_is_refused() -> None:
    patient = sample_patient(3, age_y=30.0)
    with pytest.raises(LtmeError, match="1-600 s"):
        simulate_run(patient, duration_s=0.2)
    with pytest.raises(LtmeError, match="marker set"):
        simulate_run(patient, marker_set="none")
    with pytest.raises(LtmeError, match="landing"):
        simulate_run(patient, landing="toe")  # type: ignore[arg-type]
    with pytest.raises(LtmeError, match="crouch"):
        simulate_run(sample_patient(3, age_y=30.0, impairment="crouch", severity=0.5))


def test_severity_none_of_an_impairment_runs_as_the_healthy_person() -> None:
    healthy, none = sample_patient(3, age_y=30.0), sample_patient(3, age_y=30.0, impairment="crouch", severity=0.0)
    positions_m = [simulate_run(patient, duration_s=2.0).recording.positions_m for patient in (healthy, none)]
    assert np.array_equal(positions_m[0], positions_m[1])


def test_a_written_run_is_virtual_and_is_analysed_as_running_without_indices(tmp_path: Path) -> None:
    run = simulate_run(sample_patient(101, age_y=30.0), speed_m_s=3.5, duration_s=5.0)
    path = tmp_path / "run.c3d"
    write_recording(path, run.recording)
    read = read_recordings(path)[0]
    assert read.origin == "virtual"
    assert [(event.side, event.kind) for event in read.events] == [(e.side, e.kind) for e in run.truth.events]
    assert read.positions_m == pytest.approx(run.recording.positions_m, abs=1e-4)
    analysis = analyse_gait(read)
    assert analysis.movement == "running"
    assert analysis.indices == ()
    assert all(np.isnan(figure.reference_mean or np.nan) for figure in analysis.spatiotemporal)
