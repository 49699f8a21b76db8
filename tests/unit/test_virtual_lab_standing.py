"""A virtual body's measures and its standing trial, as a gait model needs them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.kinematics.cgm import ModelSettings, calibrate_static, model_angles
from ltme_clinic.kinematics.slot_positions import slot_positions
from ltme_clinic.recordings import read_recordings
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab import (
    PERFECT,
    TEXTBOOK,
    CameraSystem,
    Walking,
    WalkingTask,
    sample_patient,
    simulate_slots,
    simulate_static,
    simulate_walk,
    write_cohort,
)
from ltme_clinic.virtual_lab.body_measures import body_lengths

EAST = WalkingTask(heading_rad=0.0)


def centres_error_mm(recording, slots_m, hips: str) -> dict[str, float]:
    """Mean distance of the model's joint centres from the true ones, by joint."""
    found = model_angles(
        slot_positions(recording).positions_m,
        recording.rate_hz,
        recording.body_measures,
        ModelSettings(hip_centres=hips),  # type: ignore[arg-type]
    )
    errors: dict[str, list[float]] = {}
    for side in SIDES:
        for joint in ("hip", "knee", "ankle"):
            true_m = slots_m[:, SLOT_INDEX[f"{side}_{joint}_centre"]]
            apart_m = np.linalg.norm(found.joint_centres_m[f"{side}_{joint}"] - true_m, axis=1)
            errors.setdefault(joint, []).append(1e3 * float(apart_m.mean()))
    return {joint: float(np.mean(values)) for joint, values in errors.items()}


def with_true_hips(recording, patient):
    """The recording with measures that make Davis's regression give the skeleton's own hip centres, calibrated anew."""
    s, theta, beta = patient.skeleton, 0.5, 0.314
    back_m, down_m = s.asis_forward_m + 0.007, s.asis_height_m
    across_m = -back_m * np.sin(beta) + down_m * np.cos(beta)
    trochanter_m = back_m * np.cos(beta) + down_m * np.sin(beta) - 0.007
    c_m = across_m / np.cos(theta)
    measures = body_lengths(patient, TEXTBOOK)
    legs = {
        f"{side}_leg": replace(
            measures.leg(side), leg_length_m=(c_m + 0.0153) / 0.115, asis_trochanter_m=float(trochanter_m)
        )
        for side in SIDES
    }
    width_m = 2.0 * (s.hip_half_width_m + c_m * np.sin(theta))
    lengths = replace(measures, inter_asis_m=float(width_m), **legs)
    standing_m = slot_positions(simulate_static(patient, cameras=TEXTBOOK)).positions_m
    calibrated = calibrate_static(standing_m, 100.0, lengths, ModelSettings(flat_foot=True))
    return replace(recording, body_measures=calibrated.measures)


@pytest.mark.parametrize("task", [EAST, WalkingTask(manner="toe_walking"), WalkingTask(turn_deg=120.0)])
def test_with_true_hips_and_perfect_markers_the_gait_model_finds_every_true_joint_centre(task):
    patient = sample_patient(3)
    slots_m, _ = simulate_slots(patient, rate_hz=100.0, duration_s=3.0, cameras=TEXTBOOK, task=task)
    recording = simulate_walk(patient, duration_s=3.0, cameras=TEXTBOOK, task=task).recording
    errors_mm = centres_error_mm(with_true_hips(recording, patient), slots_m, "davis")
    assert max(errors_mm.values()) < 0.01, errors_mm


def test_true_knee_angles_come_back_to_a_thousandth_of_a_degree():
    patient = sample_patient(5)
    walk = simulate_walk(patient, duration_s=4.0, cameras=TEXTBOOK, task=EAST)
    recording = with_true_hips(walk.recording, patient)
    found = model_angles(slot_positions(recording).positions_m, 100.0, recording.body_measures)
    slots_m, _ = simulate_slots(patient, rate_hz=100.0, duration_s=4.0, cameras=TEXTBOOK, task=EAST)
    for side in SIDES:
        hip_m, knee_m, ankle_m = (slots_m[:, SLOT_INDEX[f"{side}_{j}_centre"]] for j in ("hip", "knee", "ankle"))
        thigh, shank = hip_m - knee_m, knee_m - ankle_m
        cosine = (thigh * shank).sum(axis=1) / np.linalg.norm(thigh, axis=1) / np.linalg.norm(shank, axis=1)
        np.testing.assert_allclose(found.values_deg["knee_flexion", side], np.degrees(np.arccos(cosine)), atol=1e-3)
        np.testing.assert_allclose(found.values_deg["knee_adduction", side], 0.0, atol=1e-6)


def test_harringtons_hips_are_near_the_skeletons_own_and_davis_are_not():
    far_mm, near_mm = [], []
    for seed in range(4):
        patient = sample_patient(seed)
        slots_m, _ = simulate_slots(patient, rate_hz=100.0, duration_s=2.0, cameras=TEXTBOOK)
        recording = simulate_walk(patient, duration_s=2.0, cameras=TEXTBOOK).recording
        far_mm.append(centres_error_mm(recording, slots_m, "davis")["hip"])
        near_mm.append(centres_error_mm(recording, slots_m, "harrington")["hip"])
    assert np.mean(near_mm) < 8.0
    assert np.mean(far_mm) > np.mean(near_mm) + 5.0


def test_widths_and_lengths_are_the_bodys_whatever_the_markers_do():
    patient = sample_patient(6)
    rough = [simulate_walk(patient, visit=v, duration_s=1.0).recording.body_measures for v in (0, 1)]
    perfect = simulate_walk(patient, duration_s=1.0, cameras=PERFECT).recording.body_measures
    for side in SIDES:
        for field in ("leg_length_m", "knee_width_m", "ankle_width_m"):
            assert getattr(rough[0].leg(side), field) == getattr(perfect.leg(side), field)
        assert rough[0].leg(side).shank_rotation_rad != rough[1].leg(side).shank_rotation_rad
    assert rough[0].marker_diameter_m == 0.014
    textbook = simulate_walk(patient, duration_s=1.0, cameras=TEXTBOOK).recording.body_measures
    assert textbook.left_leg.knee_width_m == pytest.approx(patient.skeleton.knee_width_m)
    assert textbook.inter_asis_m == pytest.approx(patient.skeleton.pelvis_width_m)
    assert textbook.left_leg.thigh_rotation_rad == pytest.approx(textbook.right_leg.thigh_rotation_rad, abs=1e-3)
    assert textbook.left_leg.tibial_torsion_rad == pytest.approx(0.0, abs=0.02)
    assert textbook.left_leg.foot_rotation_rad == pytest.approx(0.0, abs=0.02)


def test_standing_feet_stay_where_they_are_while_the_pelvis_sways():
    patient = sample_patient(8)
    static = simulate_static(patient, cameras=TEXTBOOK)
    labels = static.marker_labels
    for foot in ("LHEE", "LTOE", "RHEE", "RTOE"):
        assert np.ptp(static.positions_m[:, labels.index(foot)], axis=0).max() < 1e-9
    sway_m = np.ptp(static.positions_m[:, labels.index("SACR"), :2], axis=0)
    assert 0.0005 < sway_m.max() < 0.05
    heights_m = static.positions_m[0, [labels.index("LHEE"), labels.index("LTOE")], 2]
    assert heights_m[0] == pytest.approx(heights_m[1], abs=1e-9)
    assert static.is_static
    assert static.trial.kind == "static"
    assert static.events == ()


def test_medial_markers_mirror_the_lateral_ones_about_the_joint_centres():
    static = simulate_static(sample_patient(9), cameras=TEXTBOOK)
    slots_m = slot_positions(static).positions_m
    for side in SIDES:
        for joint, width in (("knee", "knee_width_m"), ("ankle", "ankle_width_m")):
            apart_m = slots_m[:, SLOT_INDEX[f"{side}_{joint}"]] - slots_m[:, SLOT_INDEX[f"{side}_{joint}_medial"]]
            measured_m = getattr(static.body_measures.leg(side), width)
            np.testing.assert_allclose(np.linalg.norm(apart_m, axis=1), measured_m + 0.014, atol=1e-9)


def test_a_static_wears_the_markers_as_its_visits_walks_do():
    patient = sample_patient(10)
    still = CameraSystem(noise_sd_m=0.0, soft_tissue=0.0)

    def thigh_m(recording) -> float:
        slots_m = slot_positions(recording).positions_m
        apart_m = slots_m[:, SLOT_INDEX["left_thigh"]] - slots_m[:, SLOT_INDEX["left_knee"]]
        return float(np.linalg.norm(apart_m, axis=1).mean())

    walk, static, next_visit = (
        thigh_m(simulate_walk(patient, visit=1, duration_s=2.0, cameras=still).recording),
        thigh_m(simulate_static(patient, visit=1, cameras=still)),
        thigh_m(simulate_static(patient, visit=2, cameras=still)),
    )
    assert walk == pytest.approx(static, abs=1e-9)
    assert abs(walk - next_visit) > 1e-4


def test_a_visits_own_static_agrees_with_the_offsets_that_its_walks_store():
    for seed in range(3):
        patient = sample_patient(seed)
        stored = simulate_walk(patient, visit=1, duration_s=1.0).recording.body_measures
        standing_m = slot_positions(simulate_static(patient, visit=1)).positions_m
        lengths = body_lengths(patient, CameraSystem())
        shown = calibrate_static(standing_m, 100.0, lengths, ModelSettings(flat_foot=True)).measures
        for side in SIDES:
            for offset in ("thigh_rotation_rad", "shank_rotation_rad", "tibial_torsion_rad", "plantar_flexion_rad"):
                apart_rad = getattr(shown.leg(side), offset) - getattr(stored.leg(side), offset)
                assert abs(np.degrees(apart_rad)) < 0.3, (seed, side, offset)


def test_the_same_static_is_the_same_and_another_visit_is_not():
    patient = sample_patient(11)
    first, again = (simulate_static(patient).positions_m for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != simulate_static(patient, visit=1).positions_m.tobytes()


def test_a_cohort_with_statics_has_the_same_walks_beside_them(tmp_path):
    brief = Walking(duration_s=1.5)
    plain = write_cohort(tmp_path / "plain", patients=1, visits=2, trials=1, activity=brief)
    with_static = write_cohort(tmp_path / "static", patients=1, visits=2, trials=1, activity=brief, static=True)
    assert [file.name for file in with_static] == ["static.c3d", "trial_01.c3d"] * 2
    walks = [file for file in with_static if file.name != "static.c3d"]
    assert [file.read_bytes() for file in walks] == [file.read_bytes() for file in plain]
    static = read_recordings(with_static[0])[0]
    assert static.is_static
    assert static.origin == "virtual"
    assert {"LKNM", "RKNM", "LMED", "RMED"} <= set(static.marker_labels)


def test_an_impossible_static_is_refused_in_one_line():
    with pytest.raises(LtmeError, match="Give 1-30 s"):
        simulate_static(sample_patient(1), duration_s=0.2)
    with pytest.raises(LtmeError, match="'vicon' is not known"):
        simulate_static(sample_patient(1), marker_set="vicon")
