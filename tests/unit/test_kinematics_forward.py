"""Posing a body by its joint angles: known poses, the way back, mirror images, rigid bones."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.body import BONES, SLOT_INDEX, mirror_positions
from ltme_clinic.kinematics import (
    ANGLE_KEYS,
    Skeleton,
    forward_kinematics,
    keep_feet,
    landmark_placements,
    landmarks,
    plant_feet,
)
from ltme_clinic.kinematics.rotations import angles_yxz, angles_yzx, rotation_yxz, rotation_yzx
from ltme_clinic.types import LtmeError

BODY = Skeleton.from_height(1.75)
AXIAL_MIRROR = ("pelvic_obliquity", "pelvic_rotation", "trunk_lean", "trunk_rotation", "head_lean", "head_rotation")


def random_angles(seed: int, frames: int = 20, spread_deg: float = 25.0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {key: rng.uniform(-spread_deg, spread_deg, frames) for key in sorted(ANGLE_KEYS)}


def test_a_straight_body_is_as_tall_as_said_and_stands_on_its_soles():
    motion = forward_kinematics(BODY, {}, np.array([[0.0, 0.0, BODY.standing_hip_height_m]]))
    assert motion.joint_centres["left_heel"][0, 2] == pytest.approx(0.0, abs=1e-12)
    assert motion.joint_centres["neck"][0, 2] + BODY.head_m == pytest.approx(BODY.height_m, rel=0.01)
    assert 0.50 < BODY.leg_length_m / BODY.height_m < 0.56


@pytest.mark.parametrize(
    ("key", "point", "reference", "axis", "sign"),
    [
        ("pelvic_tilt", "lumbar", "pelvis", 0, 1),
        ("pelvic_obliquity", "left_hip", "right_hip", 2, 1),
        ("pelvic_rotation", "left_hip", "right_hip", 0, 1),
        ("trunk_flexion", "neck", "lumbar", 0, 1),
        ("trunk_lean", "neck", "lumbar", 1, 1),
        ("trunk_rotation", "left_shoulder", "right_shoulder", 0, 1),
        ("left_hip_flexion", "left_knee", "left_hip", 0, 1),
        ("left_hip_adduction", "left_knee", "left_hip", 1, -1),
        ("right_hip_adduction", "right_knee", "right_hip", 1, 1),
        ("left_hip_rotation", "left_toe", "left_heel", 1, -1),
        ("right_hip_rotation", "right_toe", "right_heel", 1, 1),
        ("left_knee_flexion", "left_ankle", "left_knee", 0, -1),
        ("left_knee_valgus", "left_ankle", "left_knee", 1, 1),
        ("left_ankle_dorsiflexion", "left_toe", "left_heel", 2, 1),
        ("left_ankle_rotation", "left_toe", "left_heel", 1, -1),
        ("left_shoulder_flexion", "left_elbow", "left_shoulder", 0, 1),
        ("left_shoulder_abduction", "left_elbow", "left_shoulder", 1, 1),
        ("right_shoulder_abduction", "right_elbow", "right_shoulder", 1, -1),
        ("left_elbow_flexion", "left_wrist", "left_elbow", 0, 1),
    ],
)
def test_a_positive_angle_moves_the_body_the_way_its_name_says(key, point, reference, axis, sign):
    centres = forward_kinematics(BODY, {key: 10.0}).joint_centres
    at_rest = forward_kinematics(BODY, {}).joint_centres
    moved_m = (centres[point] - centres[reference])[0, axis] - (at_rest[point] - at_rest[reference])[0, axis]
    assert sign * moved_m > 0.005


def test_angles_are_recovered_from_the_segment_rotations():
    angles = random_angles(1)
    rotations = forward_kinematics(BODY, angles, heading_rad=0.7).rotations
    for side, sign in (("left", 1), ("right", -1)):
        hip = angles_yxz(rotations["pelvis"].transpose(0, 2, 1) @ rotations[f"{side}_thigh"])
        expected = [-angles[f"{side}_hip_flexion"]] + [
            -sign * angles[f"{side}_hip_{n}"] for n in ("adduction", "rotation")
        ]
        np.testing.assert_allclose(np.degrees(hip), expected, atol=1e-9)
        ankle = angles_yzx(rotations[f"{side}_shank"].transpose(0, 2, 1) @ rotations[f"{side}_foot"])
        expected = [-angles[f"{side}_ankle_dorsiflexion"]]
        expected += [-sign * angles[f"{side}_ankle_{n}"] for n in ("rotation", "inversion")]
        np.testing.assert_allclose(np.degrees(ankle), expected, atol=1e-9)


def test_rotation_matrices_are_rotations_and_invert():
    y, x, z = np.random.default_rng(0).uniform(-1.4, 1.4, (3, 50))
    for build, read in ((rotation_yxz, angles_yxz), (rotation_yzx, angles_yzx)):
        matrix = build(y, x, z)
        np.testing.assert_allclose(
            matrix @ matrix.transpose(0, 2, 1), np.broadcast_to(np.eye(3), (50, 3, 3)), atol=1e-12
        )
        np.testing.assert_allclose(np.linalg.det(matrix), 1.0)
        np.testing.assert_allclose(read(matrix), (y, x, z), atol=1e-12)


def test_swapping_left_and_right_angles_gives_the_mirror_image():
    angles = random_angles(2)
    swapped = {}
    for key, value in angles.items():
        if key.startswith("left_"):
            swapped[key.replace("left_", "right_", 1)] = value
        elif key.startswith("right_"):
            swapped[key.replace("right_", "left_", 1)] = value
        else:
            swapped[key] = -value if key in AXIAL_MIRROR else value
    original = landmarks(BODY, forward_kinematics(BODY, angles))
    np.testing.assert_allclose(
        landmarks(BODY, forward_kinematics(BODY, swapped)), mirror_positions(original), atol=1e-12
    )


def test_bones_within_a_segment_keep_their_length_and_markers_stay_at_their_place():
    segments, local_m = landmark_placements(BODY)
    positions_m = landmarks(BODY, forward_kinematics(BODY, random_angles(3, spread_deg=60)))
    for a, b in BONES:
        i, j = SLOT_INDEX[a], SLOT_INDEX[b]
        if segments[i] == segments[j]:
            length_m = np.linalg.norm(positions_m[:, i] - positions_m[:, j], axis=1)
            np.testing.assert_allclose(length_m, np.linalg.norm(local_m[i] - local_m[j]), atol=1e-12)
    thigh_m = positions_m[:, SLOT_INDEX["left_hip_centre"]] - positions_m[:, SLOT_INDEX["left_knee_centre"]]
    np.testing.assert_allclose(np.linalg.norm(thigh_m, axis=1), BODY.thigh_m)


def test_heading_turns_the_whole_body_and_the_root_moves_it():
    angles = random_angles(4, frames=3)
    still = landmarks(BODY, forward_kinematics(BODY, angles))
    root_m = np.array([[1.0, 2.0, 3.0]] * 3)
    turned = landmarks(BODY, forward_kinematics(BODY, angles, root_m, np.pi / 2))
    np.testing.assert_allclose(
        turned, np.stack([-still[..., 1], still[..., 0], still[..., 2]], -1) + root_m[0], atol=1e-12
    )


def test_an_offset_moves_one_landmark_in_its_own_segment():
    offsets_m = np.zeros((49, 3))
    offsets_m[SLOT_INDEX["left_knee"], 0] = 0.01
    motion = forward_kinematics(BODY, {"left_hip_flexion": 90.0})
    moved_m = landmarks(BODY, motion, offsets_m) - landmarks(BODY, motion)
    np.testing.assert_allclose(moved_m[0, SLOT_INDEX["left_knee"]], [0, 0, 0.01], atol=1e-12)
    assert np.count_nonzero(np.abs(moved_m).max(axis=(0, 2)) > 1e-12) == 1


def test_a_squat_with_planted_feet_neither_slips_nor_sinks():
    depth = 0.5 - 0.5 * np.cos(np.linspace(0, 2 * np.pi, 80))
    legs = {"hip_flexion": 80 * depth, "knee_flexion": 100 * depth, "ankle_dorsiflexion": 20 * depth}
    angles = {f"{side}_{name}": value for side in ("left", "right") for name, value in legs.items()}
    motion = forward_kinematics(BODY, angles)
    planted = motion.translated(
        plant_feet(motion, dict.fromkeys(("left_heel", "left_toe", "right_heel", "right_toe"), 1.0))
    )
    for point in ("left_heel", "left_toe", "right_heel", "right_toe"):
        np.testing.assert_allclose(planted.joint_centres[point][:, 2], 0.0, atol=1e-9)
        assert np.ptp(planted.joint_centres[point][:, :2], axis=0).max() < 1e-9
    assert np.ptp(planted.joint_centres["pelvis"][:, 2]) > 0.2


def test_leg_angles_are_recovered_from_where_the_feet_are():
    angles = random_angles(5)
    for side in ("left", "right"):
        angles[f"{side}_knee_flexion"] = np.linspace(3, 100, 20)
        angles[f"{side}_knee_valgus"] = angles[f"{side}_knee_rotation"] = np.zeros(20)
    motion = forward_kinematics(BODY, angles)
    ankles_m = {side: motion.joint_centres[f"{side}_ankle"] for side in ("left", "right")}
    feet = {side: motion.rotations[f"{side}_foot"] for side in ("left", "right")}
    for key, value in keep_feet(BODY, motion, ankles_m, feet).items():
        np.testing.assert_allclose(value, angles[key], atol=1e-6, err_msg=key)


def test_unknown_angles_and_unequal_lengths_are_refused_in_one_line():
    with pytest.raises(LtmeError, match="unknown angle 'knee'"):
        forward_kinematics(BODY, {"knee": 1.0})
    with pytest.raises(LtmeError, match="different lengths"):
        forward_kinematics(BODY, {"pelvic_tilt": np.zeros(3), "trunk_lean": np.zeros(4)})
    with pytest.raises(LtmeError, match="height of 17"):
        Skeleton.from_height(17.5)
    with pytest.raises(LtmeError, match="unknown contact point"):
        plant_feet(forward_kinematics(BODY, {}), {"toe": 1.0})
