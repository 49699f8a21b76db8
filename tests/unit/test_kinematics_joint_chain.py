"""Turns about axes and vectors, and joints that hang on joints: answers known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.kinematics.joint_chain import JointChain, joint_centres
from ltme_clinic.kinematics.rotations import rotation_about_axes, rotation_about_vectors, rotation_yxz, rotation_z

RIGHT_ANGLE = np.pi / 2


def test_turns_follow_one_another_about_axes_that_the_earlier_ones_moved():
    angles = np.random.default_rng(1).uniform(-3, 3, (20, 3))
    np.testing.assert_allclose(rotation_about_axes("yxz", angles), rotation_yxz(*angles.T), atol=1e-12)
    np.testing.assert_allclose(rotation_about_axes("z", angles[:, :1]), rotation_z(angles[:, 0]), atol=1e-12)
    np.testing.assert_array_equal(rotation_about_axes("", angles[:, :0]), np.tile(np.eye(3), (20, 1, 1)))


@pytest.mark.parametrize(("place", "axis"), [(0, "x"), (1, "y"), (2, "z")])
def test_a_vector_along_an_axis_is_a_turn_about_it(place, axis):
    vectors = np.zeros((5, 3))
    vectors[:, place] = [0.0, 1e-9, 1.0, -2.0, np.pi]
    turns = rotation_about_axes(axis, vectors[:, place : place + 1])
    np.testing.assert_allclose(rotation_about_vectors(vectors), turns, atol=1e-12)


def test_a_turn_about_a_vector_keeps_the_vector_and_its_negative_turns_back():
    vectors = np.random.default_rng(2).uniform(-2, 2, (50, 3))
    turns = rotation_about_vectors(vectors)
    np.testing.assert_allclose(np.einsum("fij,fj->fi", turns, vectors), vectors, atol=1e-12)
    np.testing.assert_allclose(turns @ rotation_about_vectors(-vectors), np.tile(np.eye(3), (50, 1, 1)), atol=1e-12)


def test_a_turn_carries_all_that_hangs_on_the_joint_and_nothing_else():
    chain = JointChain(
        ("hip", "knee", "ankle", "head"), (-1, 0, 1, 0), np.array([[0, 0, 2], [0, 0, -1.0], [0, 0, -1], [0, 0, 1]])
    )
    bent = {1: rotation_about_axes("y", np.array([[0.0], [RIGHT_ANGLE]]))}
    moved = {0: np.array([[0.0, 0, 2], [5.0, 0, 2]])}
    centres = joint_centres(chain, bent, moved, frames=2)
    np.testing.assert_allclose(centres[0], [[0, 0, 2], [0, 0, 1], [0, 0, 0], [0, 0, 3]], atol=1e-12)
    np.testing.assert_allclose(centres[1], [[5, 0, 2], [5, 0, 1], [4, 0, 1], [5, 0, 3]], atol=1e-12)
    np.testing.assert_array_equal(joint_centres(chain, bent, moved, frames=2, kept=[2]), centres[:, [2]])


def test_what_is_not_known_is_not_known_further_down():
    chain = JointChain(("hip", "knee", "ankle"), (-1, 0, 1), np.array([[0, 0, 2], [0, 0, -1.0], [0, 0, -1]]))
    centres = joint_centres(chain, {1: np.full((1, 3, 3), np.nan)}, {}, frames=1)
    assert np.isfinite(centres[0, :2]).all()
    assert np.isnan(centres[0, 2]).all()
