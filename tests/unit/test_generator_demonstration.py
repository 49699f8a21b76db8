"""The recording that comes out: marked, repeatable, on the patient's own body, and a genuine C3D file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.clips import to_laboratory
from ltme_clinic.exercises.balance import lean_into_balance
from ltme_clinic.exercises.fitting import SEAT_TO_HIP
from ltme_clinic.generator import MARK, animate, exercises, generate, generate_clip, write_exercise
from ltme_clinic.generator.body_size import skeleton_like
from ltme_clinic.kinematics import Skeleton, forward_kinematics
from ltme_clinic.kinematics.body_mass import HEAD_MASS, SEGMENT_MASSES, TRUNK_MASS, centre_of_mass
from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.recordings import read_recordings
from ltme_clinic.types import Anthropometry, LtmeError, Recording


def test_a_demonstration_is_unmistakably_synthetic():
    recording = generate("squat", {"repetitions": 1})
    assert (recording.origin, recording.subject, recording.manufacturer) == ("generated", MARK, MARK)
    assert any(warning.startswith(MARK) for warning in recording.warnings)
    assert generate_clip("squat", {"repetitions": 1}).origin == "generated"


def test_the_labels_are_plug_in_gait_and_no_marker_is_missing():
    recording = generate("marching", {"repetitions": 2})
    match = detect_marker_set(recording.marker_labels)
    assert match.name == "plug-in-gait-full-body"
    assert not match.missing
    assert recording.missing_share == 0.0


def test_the_same_seed_gives_the_same_recording_and_another_seed_another():
    first, again, other = (generate("squat", {"repetitions": 2}, seed=seed) for seed in (4, 4, 5))
    assert first.recording_id == again.recording_id
    np.testing.assert_array_equal(first.positions_m, again.positions_m)
    difference_m = np.abs(first.positions_m - other.positions_m).max()
    assert 1e-4 < difference_m < 0.05


def test_repetitions_differ_a_little_as_a_persons_do():
    movement = animate("squat", {"repetitions": 3, "pause_s": 1.0}, seed=1)
    frames = round(5.0 * 100)  # 2 s down, 2 s up, 1 s pause
    knee_deg = movement.posed.angles_deg["left_knee_flexion"]
    first, second = knee_deg[50 : 50 + frames - 100], knee_deg[50 + frames : 50 + 2 * frames - 100]
    assert 0.05 < np.abs(first - second).max() < 3.0


def test_asked_repetitions_and_tempo_are_found_in_the_knee_itself():
    asked = {"repetitions": 4, "lowering_s": 1.5, "hold_s": 1.0, "rising_s": 2.5, "pause_s": 0.5, "knee_range_deg": 70}
    movement = animate("squat", asked, seed=9)
    knee_deg = movement.posed.angles_deg["right_knee_flexion"]
    bottoms = np.flatnonzero(np.diff((knee_deg > 69.0).astype(int)) == 1)
    assert len(bottoms) == 4
    np.testing.assert_allclose(np.diff(bottoms) / 100.0, 5.5, atol=0.08)
    still = np.abs(np.gradient(knee_deg, 0.01)) < 0.05
    held_s = [still[b : b + 150].sum() / 100.0 for b in bottoms]
    np.testing.assert_allclose(held_s, 1.0, atol=0.25)


def test_marching_keeps_its_cadence_and_alternates_sides():
    movement = animate("marching", {"cadence_spm": 90, "repetitions": 6})
    tops = {side: _tops(movement.posed.angles_deg[f"{side}_hip_flexion"], 60.0) for side in ("left", "right")}
    steps = np.sort(np.concatenate(list(tops.values())))
    np.testing.assert_allclose(60.0 / (np.diff(steps) / 100.0), 90.0, rtol=0.02)
    assert len(tops["left"]) == len(tops["right"]) == 3
    assert tops["left"][0] < tops["right"][0] < tops["left"][1]


def _tops(angle_deg: np.ndarray, above_deg: float) -> np.ndarray:
    middle = angle_deg[1:-1]
    return 1 + np.flatnonzero((middle > above_deg) & (middle > angle_deg[:-2]) & (middle >= angle_deg[2:]))


@pytest.mark.parametrize("seat_height_m", [0.42, 0.5])
def test_before_and_after_standing_up_the_hips_rest_on_the_seat(seat_height_m):
    movement = animate("sit_to_stand", {"seat_height_m": seat_height_m, "repetitions": 1})
    hips_m = movement.posed.motion.joint_centres["pelvis"][:, 2]
    on_seat_m = seat_height_m + SEAT_TO_HIP * 1.72
    assert hips_m.min() == pytest.approx(on_seat_m, abs=1e-3)
    assert hips_m.max() == pytest.approx(movement.stance.skeleton.standing_hip_height_m, abs=0.01)


def test_a_higher_seat_needs_less_trunk_lean():
    leans = [
        animate("sit_to_stand", {"seat_height_m": seat, "repetitions": 1}).posed.angles_deg["trunk_flexion"].max()
        for seat in (0.42, 0.47, 0.52)
    ]
    assert leans[0] > leans[1] > leans[2] > 15.0


@pytest.mark.parametrize("height_m", [1.2, 1.85])
def test_a_demonstration_like_a_recording_is_on_that_patients_body(height_m):
    patient = Skeleton.from_height(height_m, leg_ratio=1.06)
    recording = generate("squat", {"repetitions": 1}, like=_walker(patient))
    assert recording.anthropometry.height_m == pytest.approx(height_m, rel=0.01)
    assert recording.anthropometry.leg_length_left_m == pytest.approx(patient.leg_length_m, rel=0.02)


def _walker(skeleton: Skeleton) -> Recording:
    """A recording of another body, as a laboratory's file gives it."""

    leg_m = skeleton.leg_length_m
    recording = generate("squat", {"repetitions": 1}, height_m=skeleton.height_m)
    return replace(recording, origin="measured", anthropometry=Anthropometry(skeleton.height_m, None, leg_m, leg_m))


def test_body_size_is_found_from_markers_alone_and_from_a_clip():

    recording = replace(generate("marching", {"repetitions": 1}, height_m=1.4), anthropometry=Anthropometry())
    assert skeleton_like(recording).height_m == pytest.approx(1.4, rel=0.02)
    clip = generate_clip("marching", {"repetitions": 1}, height_m=1.4)
    assert skeleton_like(clip).height_m == pytest.approx(1.4, rel=0.02)
    assert skeleton_like(clip).leg_length_m == pytest.approx(Skeleton.from_height(1.4).leg_length_m, rel=0.02)


def test_a_recording_without_any_body_size_is_refused():
    stranger = Recording("0" * 64, "measured", "blind.c3d", "", 100.0, 1, ("A", "B"), np.zeros((5, 2, 3)))
    with pytest.raises(LtmeError, match=r"blind\.c3d.*body size"):
        generate("squat", like=stranger)


@pytest.mark.parametrize("name", sorted(exercises()))
def test_a_demonstration_survives_the_c3d_file_with_its_mark(name, tmp_path):
    recording = generate(name, {"repetitions": 2})
    path = write_exercise(tmp_path / f"{name}.c3d", recording)
    (read,) = read_recordings(path)
    assert (read.origin, read.subject) == ("generated", MARK)
    assert read.marker_labels == recording.marker_labels
    np.testing.assert_allclose(read.positions_m, recording.positions_m, atol=1e-5)
    assert {event.kind for event in read.events} == {"other"}
    assert len(read.events) == len(recording.events)
    stored, true = read.angles()["LKneeAngles"].values, recording.angles()["LKneeAngles"].values
    np.testing.assert_allclose(stored, true, atol=1e-3)


def test_the_clip_brings_back_the_generated_landmarks():
    movement = animate("marching", {"repetitions": 2}, rate_hz=50.0)
    clip = generate_clip("marching", {"repetitions": 2})
    back_m = to_laboratory(clip)
    assert clip.valid.all()
    slot = SLOT_INDEX["left_toe"]
    assert np.abs(back_m[:, slot] - movement.positions_m[:, slot]).max() < 0.01


@pytest.mark.parametrize("name", ["squat.bvh", "squat", "squat.c3d.exe"])
def test_another_format_is_refused_in_one_line(name, tmp_path):
    with pytest.raises(LtmeError, match="is not written") as refusal:
        write_exercise(tmp_path / name, generate("squat", {"repetitions": 1}))
    assert "\n" not in str(refusal.value)
    assert not list(tmp_path.iterdir())


def test_a_measured_recording_is_never_written_as_a_demonstration(tmp_path):

    measured = replace(generate("squat", {"repetitions": 1}), origin="measured")
    with pytest.raises(LtmeError, match="not generated"):
        write_exercise(tmp_path / "x.c3d", measured)


@pytest.mark.parametrize(
    "wish",
    [
        {"rate_hz": 5.0},
        {"rate_hz": float("nan")},
        {"height_m": 3.0},
        {"seed": -1},
        {"marker_set": "glitter"},
        {"params": {"knee_range_deg": 200}},
        {"params": {"repetitions": 20, "lowering_s": 6, "hold_s": 10, "rising_s": 6, "pause_s": 10, "tempo": 2}},
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_in_one_line(wish):
    with pytest.raises(LtmeError) as refusal:
        generate("squat", **wish)
    assert "\n" not in str(refusal.value)


def test_a_movement_that_would_be_too_fast_is_refused_with_the_joint_and_the_limit():
    with pytest.raises(LtmeError, match=r"marching, (left|right)_\w+: it would move at \d+ deg/s \(limit 400\)"):
        generate("marching", {"hip_range_deg": 90, "cadence_spm": 100})


def test_a_low_chair_under_a_tall_body_is_refused():
    with pytest.raises(LtmeError, match=r"higher seat|seat or stride"):
        generate("sit_to_stand", {"seat_height_m": 0.35}, height_m=1.98)


def test_segment_masses_add_up_to_the_body():
    assert TRUNK_MASS + HEAD_MASS + 2 * sum(mass for _, _, mass, _ in SEGMENT_MASSES.values()) == pytest.approx(1.0)


def test_the_standing_centre_of_mass_is_at_the_known_height():
    skeleton = Skeleton.from_height(1.75)
    motion = forward_kinematics(skeleton, {}, np.array([[0.0, 0.0, skeleton.standing_hip_height_m]]))
    share = centre_of_mass(skeleton, motion)[0, 2] / 1.75
    assert 0.54 < share < 0.59  # about 0.56 of height in standing men


def test_lean_is_solved_and_held_at_its_limit_where_balance_lies_beyond():
    root_deg = np.array([3.0, 12.0, 80.0])
    lean = lean_into_balance(lambda deg: np.sin(np.radians(deg - root_deg)), np.zeros(3), (-15.0, 75.0))
    np.testing.assert_allclose(lean, [3.0, 12.0, 75.0], atol=1e-3)
