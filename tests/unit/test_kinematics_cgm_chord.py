"""The chord function: joint centres that can be found with a ruler, and angles there and back."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.kinematics.cgm.chord import chord_centre, guide_angle_rad

HIP = np.array([[0.0, 0.0, 0.5]])


def from_hip(forward_m: float, left_m: float, up_m: float) -> np.ndarray:
    return HIP + np.array([forward_m, left_m, up_m])


def test_a_straight_leg_has_its_knee_below_its_hip() -> None:
    # a knee marker 60 mm to the left of a knee 400 mm below the hip
    centre = chord_centre(HIP, from_hip(0.0, 0.06, -0.4), from_hip(0.0, 0.08, -0.2), 0.06)
    assert centre == pytest.approx(from_hip(0.0, 0.0, -0.4))


def test_a_3_4_5_triangle() -> None:
    # marker at 5 from the hip and 3 from the centre, so the centre is at 4, with a right angle
    centre = chord_centre(np.zeros((1, 3)), np.array([[0.5, 0.0, 0.0]]), np.array([[0.25, 0.2, 0.0]]), 0.3)
    assert centre == pytest.approx(np.array([[0.32, -0.24, 0.0]]))


@pytest.mark.parametrize("angle_deg", [-80.0, -25.0, 0.0, 10.0, 60.0, 85.0])
def test_the_guides_angle_comes_out_as_it_went_in(angle_deg: float) -> None:
    # the knee at the origin, its marker 60 mm to the left, the guide anywhere on the thigh's skin
    rng = np.random.default_rng(3)
    angle_rad, height_m, radius_m = np.radians(angle_deg), rng.uniform(0.05, 0.35, 50), rng.uniform(0.06, 0.15, 50)
    hip, marker = np.tile([0.0, 0.0, 0.4], (50, 1)), np.tile([0.0, 0.06, 0.0], (50, 1))
    guide = np.stack([-radius_m * np.sin(angle_rad), radius_m * np.cos(angle_rad), height_m], axis=1)
    centre = chord_centre(hip, marker, guide, 0.06, angle_rad)
    assert centre == pytest.approx(np.zeros((50, 3)), abs=1e-12)
    assert guide_angle_rad(hip, centre, marker, guide) == pytest.approx(np.full(50, angle_rad))


def test_a_guide_in_front_of_the_lateral_marker_has_a_negative_angle_on_the_left() -> None:
    # thumb up, fingers turn from the front to the left: the front is at minus 90 from the left
    angle = guide_angle_rad(HIP, from_hip(0.0, 0.0, -0.4), from_hip(0.0, 0.06, -0.4), from_hip(0.1, 0.0, -0.2))
    assert np.degrees(angle) == pytest.approx([-90.0])


def test_half_a_turn_puts_the_centre_on_the_guides_own_side() -> None:
    lateral, medial = from_hip(0.0, 0.06, -0.4), from_hip(0.0, -0.06, -0.4)
    assert chord_centre(HIP, lateral, medial, 0.06, np.pi) == pytest.approx(from_hip(0.0, 0.0, -0.4))


def test_where_there_is_no_answer_there_is_no_number() -> None:
    with np.errstate(invalid="ignore", divide="ignore"):
        within = chord_centre(HIP, from_hip(0.0, 0.05, 0.0), from_hip(0.1, 0.1, 0.0), 0.06)
        missing = chord_centre(HIP, np.full((1, 3), np.nan), from_hip(0.0, 0.1, -0.2), 0.06)
        # a guide exactly on the line from hip to marker lies in every plane through it
        in_line = chord_centre(HIP, from_hip(0.0, 0.0, -0.4), from_hip(0.0, 0.0, -0.2), 0.06)
    assert np.isnan(within).all()
    assert np.isnan(missing).all()
    assert np.isnan(in_line).all()
