"""The Conventional Gait Model's upper body on a body whose markers are placed from known postures, backwards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from upper_body_person import DIAMETER_M, Posture, person, turned

from ltme_clinic.body import SIDES, SLOT_INDEX, mirror_positions
from ltme_clinic.kinematics.cgm.arms import ELBOW_ANGLES, SHOULDER_ANGLES, WRIST_ANGLES
from ltme_clinic.kinematics.cgm.head import HEAD_ANGLES, NECK_ANGLES
from ltme_clinic.kinematics.cgm.trunk import SPINE_ANGLES, TRUNK_ANGLES
from ltme_clinic.kinematics.cgm.upper_body import UpperBody, upper_body
from ltme_clinic.kinematics.rotations import rotation_z

ALL_ANGLES = (
    *TRUNK_ANGLES,
    *SPINE_ANGLES,
    *HEAD_ANGLES,
    *NECK_ANGLES,
    *SHOULDER_ANGLES,
    *ELBOW_ANGLES,
    *WRIST_ANGLES,
)
LEVEL = np.eye(3)


def analysed(posture: Posture, pelvis: np.ndarray = LEVEL, progression: np.ndarray = LEVEL) -> UpperBody:
    positions_m, measures, _ = person(posture)
    axes = (np.broadcast_to(matrix, (len(positions_m), 3, 3)) for matrix in (pelvis, progression))
    return upper_body(positions_m, measures, next(axes), DIAMETER_M, next(axes))


def angles_of(body: UpperBody, names: tuple[str, ...], side: str = "left") -> list[float]:
    return [float(body.values_deg[name, side][1]) for name in names]


def test_someone_upright_with_hanging_arms_and_level_head_reads_zero_but_for_elbow_and_thumb():
    body = analysed(Posture())
    for side in SIDES:
        for names in (TRUNK_ANGLES, SPINE_ANGLES, HEAD_ANGLES, NECK_ANGLES, SHOULDER_ANGLES):
            assert angles_of(body, names, side) == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
        assert angles_of(body, ELBOW_ANGLES, side) == pytest.approx([90.0])
        assert angles_of(body, WRIST_ANGLES, side) == pytest.approx([0.0, 0.0, 90.0], abs=1e-9)
    assert not body.missing
    assert not body.warnings


def test_leaning_forward_is_positive_and_the_neck_makes_up_for_it():
    body = analysed(Posture(thorax=turned(20)), pelvis=turned(12))
    for side in SIDES:
        assert angles_of(body, TRUNK_ANGLES, side) == pytest.approx([20.0, 0.0, 0.0], abs=1e-9)
        assert angles_of(body, SPINE_ANGLES, side) == pytest.approx([8.0, 0.0, 0.0], abs=1e-9)
        assert angles_of(body, HEAD_ANGLES, side) == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
        assert angles_of(body, NECK_ANGLES, side) == pytest.approx([-20.0, 0.0, 0.0], abs=1e-9)


def test_looking_up_is_positive_for_the_head_and_negative_for_the_neck():
    body = analysed(Posture(head=turned(-15)))
    assert angles_of(body, HEAD_ANGLES) == pytest.approx([15.0, 0.0, 0.0], abs=1e-9)
    assert angles_of(body, NECK_ANGLES) == pytest.approx([-15.0, 0.0, 0.0], abs=1e-9)


def test_a_trunk_bent_to_the_right_has_its_left_side_up_and_is_bent_to_the_right():
    body = analysed(Posture(thorax=turned(x_deg=10)))
    assert angles_of(body, TRUNK_ANGLES) == pytest.approx([0.0, 10.0, 0.0], abs=1e-9)
    assert angles_of(body, TRUNK_ANGLES, "right") == pytest.approx([0.0, -10.0, 0.0], abs=1e-9)
    assert angles_of(body, SPINE_ANGLES, "right") == pytest.approx([0.0, 10.0, 0.0], abs=1e-9)


def test_a_trunk_turned_to_the_left_takes_its_right_side_forward():
    body = analysed(Posture(thorax=turned(z_deg=25)))
    assert angles_of(body, TRUNK_ANGLES, "right") == pytest.approx([0.0, 0.0, 25.0], abs=1e-9)
    assert angles_of(body, TRUNK_ANGLES) == pytest.approx([0.0, 0.0, -25.0], abs=1e-9)
    assert angles_of(body, SPINE_ANGLES) == pytest.approx([0.0, 0.0, 25.0], abs=1e-9)
    assert angles_of(body, NECK_ANGLES) == pytest.approx([0.0, 0.0, -25.0], abs=1e-9)


@pytest.mark.parametrize(
    "arm_deg",
    [(30, 0, 0), (-25, 0, 0), (0, 40, 0), (0, 0, 50), (0, 0, -30), (25, 15, 35), (-10, 20, -40), (80, 10, 20)],
)
@pytest.mark.parametrize("elbow_deg", [10.0, 60.0, 120.0])
def test_a_shoulder_and_an_elbow_are_told_as_they_were_posed(arm_deg, elbow_deg):
    posture = Posture(turned(7, -4, 12), LEVEL, arm_deg, tuple(-0.5 * a for a in arm_deg), elbow_deg)
    body = analysed(posture)
    assert angles_of(body, SHOULDER_ANGLES) == pytest.approx(list(posture.left_arm_deg), abs=1e-6)
    assert angles_of(body, SHOULDER_ANGLES, "right") == pytest.approx(list(posture.right_arm_deg), abs=1e-6)
    for side in SIDES:
        assert angles_of(body, ELBOW_ANGLES, side) == pytest.approx([elbow_deg], abs=1e-6)
        assert angles_of(body, WRIST_ANGLES, side) == pytest.approx([0.0, 0.0, 90.0], abs=1e-6)


@pytest.mark.parametrize("arm_deg", [(120, 0, 0), (0, 130, 0), (150, 5, 10)])
def test_an_arm_raised_above_the_shoulder_reads_what_it_was_raised_by(arm_deg):
    body = analysed(Posture(left_arm_deg=arm_deg, right_arm_deg=arm_deg))
    for side in SIDES:
        assert angles_of(body, SHOULDER_ANGLES, side) == pytest.approx(list(arm_deg), abs=1e-6)


def test_joint_centres_are_where_the_body_was_built_from():
    posture = Posture(turned(12, 5, 40), LEVEL, (30, 20, 10), (-20, 5, 25), 50.0)
    positions_m, measures, centres = person(posture)
    axes = np.broadcast_to(LEVEL, (len(positions_m), 3, 3))
    body = upper_body(positions_m, measures, axes, DIAMETER_M, axes)
    assert set(body.joint_centres_m) == set(centres)
    for name, centre_m in centres.items():
        np.testing.assert_allclose(body.joint_centres_m[name][1], centre_m, atol=1e-9)


def test_segments_are_right_handed_axes_forward_left_up():
    body = analysed(Posture(turned(12, 5, 40), turned(-5, 3, 50), (30, 20, 10), (-20, 5, 25), 50.0))
    for axes in body.segments.values():
        np.testing.assert_allclose(np.swapaxes(axes, 1, 2) @ axes, np.broadcast_to(LEVEL, axes.shape), atol=1e-12)
        np.testing.assert_allclose(np.linalg.det(axes), 1.0)
    upright = analysed(Posture(elbow_deg=10.0)).segments
    for name in ("thorax", "head", "left_upper_arm", "right_upper_arm", "left_clavicle", "right_clavicle"):
        assert np.diagonal(upright[name][1]).min() > 0.95


def test_the_mirror_image_swaps_left_and_right():
    posture = Posture(turned(12, 5, 40), turned(-5, 3, 50), (30, 20, 10), (-20, 5, 25), 50.0)
    positions_m, measures, _ = person(posture)
    mirror = np.diag([1.0, -1.0, 1.0])
    pelvis = np.broadcast_to(turned(10, -3, 35), (len(positions_m), 3, 3))
    ahead = np.broadcast_to(LEVEL, pelvis.shape)
    body = upper_body(positions_m, measures, pelvis, DIAMETER_M, ahead)
    swapped = replace(measures, left_arm=measures.right_arm, right_arm=measures.left_arm)
    image = upper_body(mirror_positions(positions_m), swapped, mirror @ pelvis @ mirror, DIAMETER_M, ahead)
    for name in ALL_ANGLES:
        for side, other in (("left", "right"), ("right", "left")):
            np.testing.assert_allclose(image.values_deg[name, side], body.values_deg[name, other], atol=1e-9)


def test_turning_the_laboratory_changes_no_angle():
    posture = Posture(turned(12, 5, 40), turned(-5, 3, 50), (30, 20, 10), (-20, 5, 25), 50.0)
    positions_m, measures, _ = person(posture)
    pelvis = np.broadcast_to(turned(10, -3, 35), (len(positions_m), 3, 3))
    ahead = rotation_z(np.full(len(positions_m), 0.5))
    turn = rotation_z(2.2)
    body = upper_body(positions_m, measures, pelvis, DIAMETER_M, ahead)
    moved = upper_body(positions_m @ turn.T + [3.0, -1.0, 0.0], measures, turn @ pelvis, DIAMETER_M, turn @ ahead)
    for key, angle_deg in body.values_deg.items():
        np.testing.assert_allclose(moved.values_deg[key], angle_deg, atol=1e-9)


def test_trunk_and_head_are_told_against_each_direction_that_is_asked_for():
    positions_m, measures, _ = person(Posture(turned(z_deg=90), turned(z_deg=90)))
    axes = np.broadcast_to(LEVEL, (len(positions_m), 3, 3))
    left = np.broadcast_to(turned(z_deg=90), axes.shape)
    body = upper_body(positions_m, measures, axes, DIAMETER_M, {"": left, "_laboratory": axes})
    assert angles_of(body, ("trunk_rotation", "head_rotation")) == pytest.approx([0.0, 0.0], abs=1e-9)
    against_laboratory = angles_of(body, ("trunk_rotation_laboratory", "head_rotation_laboratory"))
    assert against_laboratory == pytest.approx([-90.0, -90.0])


def test_the_head_offset_levels_a_head_whose_markers_point_up():
    positions_m, measures, _ = person(Posture(head=turned(-15)))
    axes = np.broadcast_to(LEVEL, (len(positions_m), 3, 3))
    levelled = replace(measures, head_offset_rad=np.radians(15))
    body = upper_body(positions_m, levelled, axes, DIAMETER_M, axes)
    assert angles_of(body, HEAD_ANGLES) == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


def test_a_smaller_marker_brings_the_joint_centres_nearer_to_the_skin():
    positions_m, measures, _ = person(Posture())
    axes = np.broadcast_to(LEVEL, (len(positions_m), 3, 3))
    large, small = (upper_body(positions_m, measures, axes, d, axes).joint_centres_m for d in (0.014, 0.010))
    marker_m = positions_m[:, SLOT_INDEX["left_shoulder"]]
    apart_m = [np.linalg.norm(c["left_shoulder"] - marker_m, axis=1)[0] for c in (large, small)]
    assert apart_m == pytest.approx([0.047, 0.045])
