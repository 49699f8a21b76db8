"""Faults of cameras and of labelling: each does what its record says, on demand, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics import Skeleton, forward_kinematics, landmarks
from ltme_clinic.marker_sets import marker_sets
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab.camera_faults import CameraFaults, apply_faults
from ltme_clinic.virtual_lab.occlusion import CameraRing, capsules, in_sight, in_volume

RATE_HZ = 100.0
FRAMES = 400
SETTINGS = {
    "dropout": CameraFaults(dropouts=2),
    "fallen": CameraFaults(fallen=1),
    "merge": CameraFaults(merges=1),
    "swap": CameraFaults(swaps=1),
    "lasting_swap": CameraFaults(lasting_swaps=1),
    "side_swap": CameraFaults(side_swaps=1),
    "left_right": CameraFaults(left_right=1),
    "stolen_label": CameraFaults(stolen_labels=1),
    "stuck_marker": CameraFaults(stuck_markers=1),
    "frozen_frames": CameraFaults(frozen_frames=1),
    "ghost": CameraFaults(ghosts=2),
}


def walking(frames=FRAMES, metres=6.0):
    """A body that swings its limbs while it goes straight ahead, and its Plug-in Gait markers."""
    skeleton = Skeleton.from_height(1.75)
    turn = 2.0 * np.pi * np.arange(frames) / 110.0
    swing = np.sin(turn)
    angles = {"left_hip_flexion": 20.0 * swing, "right_hip_flexion": -20.0 * swing}
    angles |= {"left_shoulder_flexion": -25.0 * swing, "right_shoulder_flexion": 25.0 * swing}
    angles |= {"left_knee_flexion": 20.0 + 20.0 * np.cos(turn), "right_knee_flexion": 20.0 - 20.0 * np.cos(turn)}
    root_m = np.column_stack([np.linspace(0.0, metres, frames), np.zeros(frames), np.full(frames, 0.93)])
    motion = forward_kinematics(skeleton, angles, root_m)
    slots = marker_sets()["plug-in-gait-full-body"].slots
    labels = tuple(names[0] for names in slots.values())
    return motion, landmarks(skeleton, motion)[:, [SLOT_INDEX[slot] for slot in slots]], labels


def faulted(faults, seed=1):
    motion, positions_m, labels = walking()
    return positions_m, labels, apply_faults(np.random.default_rng(seed), positions_m, labels, motion, RATE_HZ, faults)


def test_nothing_goes_wrong_unless_asked_for():
    positions_m, labels, result = faulted(CameraFaults())
    assert np.array_equal(result.positions_m, positions_m)
    assert result.labels == labels
    assert result.what == ()


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_fault_changes_only_the_markers_and_frames_that_its_record_names(kind):
    positions_m, labels, result = faulted(SETTINGS[kind])
    assert {fault.kind for fault in result.what} == {kind}
    told = np.zeros(positions_m.shape[:2], dtype=bool)
    for fault in result.what:
        named = [labels.index(label) for label in fault.markers if label in labels]
        columns = named if fault.markers else list(range(len(labels)))
        told[fault.frames[0] : fault.frames[1], columns] = True
    changed = ~np.all(np.isclose(result.positions_m[:, : len(labels)], positions_m, atol=0.0, rtol=0.0), axis=2)
    assert not (changed & ~told).any()
    assert changed.any() or kind == "ghost"


@pytest.mark.parametrize("kind", SETTINGS)
def test_the_same_random_numbers_give_the_same_faults(kind):
    _, _, one = faulted(SETTINGS[kind], seed=5)
    _, _, other = faulted(SETTINGS[kind], seed=5)
    assert one.what == other.what
    assert np.array_equal(one.positions_m, other.positions_m, equal_nan=True)


def test_one_kind_of_fault_does_not_move_another():
    _, _, alone = faulted(CameraFaults(dropouts=2))
    _, _, together = faulted(CameraFaults(dropouts=2, swaps=3, ghosts=1))
    assert alone.what == together.of_kind("dropout")


def test_the_positions_that_were_given_stay_as_they_are():
    motion, positions_m, labels = walking()
    before = positions_m.copy()
    every = CameraFaults(True, True, dropouts=2, fallen=1, merges=1, swaps=1, left_right=1, frozen_frames=1, ghosts=1)
    apply_faults(np.random.default_rng(0), positions_m, labels, motion, RATE_HZ, every)
    assert np.array_equal(positions_m, before)


def test_a_broken_count_is_a_chance():
    _, positions_m, labels = walking(60)
    given = [
        len(
            apply_faults(
                np.random.default_rng(seed), positions_m, labels, None, RATE_HZ, CameraFaults(dropouts=1.25)
            ).what
        )
        for seed in range(200)
    ]
    assert set(given) == {1, 2}
    assert 0.15 < np.mean(np.array(given) == 2) < 0.35


def test_a_swap_is_undone_by_the_same_swap():
    positions_m, labels, result = faulted(CameraFaults(swaps=1))
    (fault,) = result.what
    columns = [labels.index(label) for label in fault.markers]
    span = slice(*fault.frames)
    back_m = result.positions_m.copy()
    back_m[span, columns] = back_m[span, columns[::-1]]
    assert np.array_equal(back_m, positions_m)


def test_crossed_sides_are_every_left_marker_where_the_right_one_was():
    positions_m, labels, result = faulted(CameraFaults(left_right=1))
    for label in ("LASI", "LKNE", "LTOE", "LSHO"):
        twin = labels.index("R" + label[1:])
        assert np.array_equal(result.positions_m[:, labels.index(label)], positions_m[:, twin])
    assert np.array_equal(result.positions_m[:, labels.index("C7")], positions_m[:, labels.index("C7")])


def test_a_fallen_marker_ends_on_the_floor_and_lies_still():
    _, labels, result = faulted(CameraFaults(fallen=1))
    (fault,) = result.what
    track_m = result.positions_m[:, labels.index(fault.markers[0])]
    assert track_m[-1, 2] == pytest.approx(0.01)
    assert np.ptp(track_m[-10:], axis=0) == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
    assert np.abs(np.diff(track_m, axis=0)).max() < 0.10  # it falls, it doesn't jump: under 10 m/s


def test_ghosts_are_unlabelled_points_that_flicker():
    _, labels, result = faulted(CameraFaults(ghosts=2))
    assert result.labels == (*labels, "*1", "*2")
    shown = np.isfinite(result.positions_m[:, len(labels) :, 0])
    assert (shown.mean(axis=0) > 0.02).all()
    assert (shown.mean(axis=0) < 0.8).all()


def test_more_cameras_see_more():
    motion, positions_m, _ = walking(50, metres=0.2)
    few = CameraRing(cameras=2, length_m=2.0, width_m=3.0)
    many = CameraRing(cameras=16, length_m=2.0, width_m=3.0)
    assert in_sight(positions_m, motion, RATE_HZ, few).mean() < 0.6
    assert in_sight(positions_m, motion, RATE_HZ, many).mean() > 0.95


def test_the_trunk_stands_between_a_point_on_its_left_and_the_camera_on_its_right():
    motion, _, _ = walking(50, metres=0.0)
    ring = CameraRing(cameras=2, length_m=2.0, width_m=4.0)  # one on the left, one on the right
    here_m = motion.joint_centres["lumbar"] + [0.0, 0.0, 0.2]
    beside_m, ahead_m = here_m + np.array([0.0, 0.3, 0.0]), here_m + np.array([0.6, 0.0, 0.0])
    assert ring.places_m(np.zeros(2), 0.0)[:, 1] == pytest.approx([3.5, -3.5])
    seen = in_sight(np.stack([beside_m, ahead_m], axis=1), motion, RATE_HZ, ring)
    assert not seen[:, 0].any()
    assert seen[:, 1].all()


def test_the_body_of_capsules_has_a_size():
    motion, _, _ = walking(50)
    starts_m, ends_m, radii_m = capsules(motion, np.arange(50))
    assert starts_m.shape == ends_m.shape == (50, 13, 3)
    assert ((radii_m > 0.02) & (radii_m < 0.15)).all()


def test_the_mirrored_body_in_the_mirrored_ring_loses_the_mirrored_markers():
    motion, positions_m, _ = walking(110, metres=1.4)
    mirror = np.array([1.0, -1.0, 1.0])
    other = type(motion)(
        {name: turned * mirror[:, None] * mirror for name, turned in motion.rotations.items()},
        {name: centre * mirror for name, centre in motion.joint_centres.items()},
    )
    ring = CameraRing(8)
    here = in_sight(positions_m, motion, RATE_HZ, ring)
    there = in_sight(positions_m * mirror, other, RATE_HZ, ring)
    assert (here == there).mean() > 0.999


def test_turning_and_moving_the_laboratory_hides_the_same_markers():
    motion, positions_m, _ = walking(220, metres=2.8)
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    shift_m = np.array([3.0, -2.0, 0.0])
    other = type(motion)(
        {name: turn @ turned for name, turned in motion.rotations.items()},
        {name: centre @ turn.T + shift_m for name, centre in motion.joint_centres.items()},
    )
    here = in_sight(positions_m, motion, RATE_HZ, CameraRing(7))
    there = in_sight(positions_m @ turn.T + shift_m, other, RATE_HZ, CameraRing(7))
    assert (here == there).mean() > 0.999


def test_markers_are_lost_at_both_ends_of_the_volume_and_nowhere_else():
    motion, positions_m, labels = walking()
    faults = CameraFaults(volume=True, ring=CameraRing(length_m=3.0))
    result = apply_faults(np.random.default_rng(0), positions_m, labels, motion, RATE_HZ, faults)
    inside = in_volume(positions_m, motion, faults.ring)
    assert np.array_equal(np.isfinite(result.positions_m).all(axis=2), inside)
    assert not inside[0].any()
    assert not inside[-1].any()
    assert inside[FRAMES // 2].all()
    assert {fault.kind for fault in result.what} == {"out_of_volume"}


def test_gaps_by_occlusion_stand_in_the_truth_frame_by_frame():
    motion, positions_m, labels = walking()
    faults = CameraFaults(occlusion=True, ring=CameraRing(cameras=4))
    result = apply_faults(np.random.default_rng(0), positions_m, labels, motion, RATE_HZ, faults)
    told = np.zeros(positions_m.shape[:2], dtype=bool)
    for fault in result.what:
        told[fault.frames[0] : fault.frames[1], labels.index(fault.markers[0])] = True
    assert told.any()
    assert np.array_equal(~np.isfinite(result.positions_m).all(axis=2), told)


def test_occlusion_without_a_body_is_refused():
    _, positions_m, labels = walking(50)
    with pytest.raises(LtmeError, match="needs the body's motion"):
        apply_faults(np.random.default_rng(0), positions_m, labels, None, RATE_HZ, CameraFaults(occlusion=True))


@pytest.mark.parametrize("wrong", [{"dropouts": -1}, {"ghosts": 1e6}])
def test_impossible_counts_are_refused(wrong):
    with pytest.raises(LtmeError, match="camera faults"):
        CameraFaults(**wrong)


def test_a_ring_of_one_camera_is_refused():
    with pytest.raises(LtmeError, match="see no point"):
        CameraRing(cameras=1)


def test_a_ring_as_long_as_the_walk_sees_nearly_all_of_it():
    motion, positions_m, labels = walking(1500, metres=20.0)
    result = apply_faults(np.random.default_rng(0), positions_m, labels, motion, RATE_HZ, CameraFaults(occlusion=True))
    assert np.isfinite(result.positions_m).all(axis=2).mean() > 0.9
    assert np.isfinite(result.positions_m[[0, -1]]).all(axis=2).mean() > 0.9
