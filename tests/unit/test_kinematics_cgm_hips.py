"""Hip joint centres against answers worked out by hand, millimetres and a pocket calculator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gait_model_body import HIP_M, MEASURES, Pose, markers_of

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics.cgm.hips import asis_trochanter_m, davis_m, hara_m, harrington_m
from ltme_clinic.kinematics.cgm.pelvis import hip_centres, pelvis_of
from ltme_clinic.types import BodyMeasures, LegMeasures

MM = 1e-3


def test_davis_by_hand() -> None:
    # C = .115 x 900 - 15.3 = 88.2; sin .5 = .479426, cos .5 = .877583, sin .314 = .308866, cos .314 = .951106
    # x = 88.2 x .877583 x .308866 - (67 + 7) x .951106 = 23.907 - 70.382
    # y = 240 / 2 - 88.2 x .479426 = 120 - 42.285
    # z = -88.2 x .877583 x .951106 - (67 + 7) x .308866 = -73.618 - 22.856
    found = davis_m(1.0, 0.240, 0.900, 0.067, 0.007)
    assert found == pytest.approx([-46.475 * MM, 77.715 * MM, -96.474 * MM], abs=1e-6)
    assert found == pytest.approx(HIP_M, abs=1e-7)


def test_harrington_by_hand() -> None:
    # depth 150, width 240, leg 900: -.24 x 150 - 9.9; .28 x 150 + .16 x 240 + 7.9; -.16 x 240 - .04 x 900 - 7.1
    assert harrington_m(1.0, 0.240, 0.150, 0.900) == pytest.approx([-45.9 * MM, 88.3 * MM, -81.5 * MM], abs=1e-9)


def test_hara_by_hand() -> None:
    # leg 900: 11 - 56.7; 8 + 77.4; -9 - 70.2
    assert hara_m(1.0, 0.900) == pytest.approx([-45.7 * MM, 85.4 * MM, -79.2 * MM], abs=1e-9)


def test_the_right_hip_is_the_left_ones_mirror_image() -> None:
    for left, right in (
        (davis_m(1.0, 0.24, 0.9, 0.067, 0.007), davis_m(-1.0, 0.24, 0.9, 0.067, 0.007)),
        (harrington_m(1.0, 0.24, 0.15, 0.9), harrington_m(-1.0, 0.24, 0.15, 0.9)),
        (hara_m(1.0, 0.9), hara_m(-1.0, 0.9)),
    ):
        assert right == pytest.approx(left * [1.0, -1.0, 1.0])
        assert left[0] < 0 < left[1]
        assert left[2] < 0


def test_the_trochanters_distance_by_hand() -> None:
    assert asis_trochanter_m(0.900) == pytest.approx(67.36 * MM)  # .1288 x 900 - 48.56


@pytest.mark.parametrize(
    ("method", "expected_mm"), [("davis", (-46.475, 77.715, -96.474)), ("hara", (-45.7, 85.4, -79.2))]
)
def test_hips_are_placed_in_the_pelvis_wherever_it_is_and_faces(method: str, expected_mm: tuple[float, ...]) -> None:
    level = Pose(frames=1, heading=90.0, origin_m=np.array([2.0, 3.0, 1.0]))
    pelvis = pelvis_of(markers_of(level))
    left = hip_centres(pelvis, MEASURES, 0.007, method).centres_m["left"][0]  # type: ignore[arg-type]
    forward, leftward, up = np.array(expected_mm) * MM
    # facing the laboratory's y, forward is y and left is -x
    assert left == pytest.approx([2.0 - leftward, 3.0 + forward, 1.0 + up], abs=1e-6)


def test_harrington_takes_the_pelvis_depth_from_the_markers() -> None:
    pelvis = pelvis_of(markers_of(Pose(frames=3)))
    depth_mm = 150.0
    left = hip_centres(pelvis, MEASURES, 0.007, "harrington").centres_m["left"]
    along = (left - pelvis.origin_m)[0] @ pelvis.axes[0]
    assert along[0] == pytest.approx((-0.24 * depth_mm - 9.9) * MM, abs=1e-9)
    assert along[1] == pytest.approx((0.28 * depth_mm + 0.16 * 240 + 7.9) * MM, abs=1e-9)


def test_legs_of_different_length_share_their_mean_but_not_their_trochanters() -> None:
    pelvis = pelvis_of(markers_of(Pose(frames=1)))
    uneven = replace(
        MEASURES,
        left_leg=LegMeasures(leg_length_m=0.94),
        right_leg=LegMeasures(leg_length_m=0.86),
    )
    found = hip_centres(pelvis, uneven, 0.007, "davis").centres_m
    left, right = (((found[side] - pelvis.origin_m)[0]) @ pelvis.axes[0] for side in ("left", "right"))
    assert left[1] == pytest.approx(-right[1])
    # only the trochanter's distance differs: .1288 x 80 mm, backwards by cos .314 and down by sin .314
    assert right[0] - left[0] == pytest.approx(0.1288 * 0.080 * np.cos(0.314), abs=1e-9)
    assert right[2] - left[2] == pytest.approx(0.1288 * 0.080 * np.sin(0.314), abs=1e-9)


def test_without_any_leg_length_there_are_no_hips_and_the_reason_is_given() -> None:
    hips = hip_centres(pelvis_of(markers_of(Pose(frames=1))), BodyMeasures(), 0.007, "davis")
    assert hips.centres_m == {}
    assert hips.missing["left"] == "the leg length is not known: enter it"


def test_what_is_taken_from_markers_is_said() -> None:
    one_leg = replace(MEASURES, right_leg=LegMeasures(), inter_asis_m=None)
    hips = hip_centres(pelvis_of(markers_of(Pose(frames=1))), one_leg, 0.007, "davis")
    assert hips.estimated == (
        "the right leg's length is not known: the other leg's was taken",
        "the inter-ASIS distance was taken from the markers (260 mm)",
    )


def test_two_posterior_spines_stand_for_a_sacral_marker() -> None:
    worn = markers_of(Pose(frames=2, tilt=7.0))
    sacrum = worn[:, SLOT_INDEX["sacrum"]].copy()
    spines = worn.copy()
    spines[:, SLOT_INDEX["sacrum"]] = np.nan
    aside_m = np.array([0.0, 0.05, 0.0])
    spines[:, SLOT_INDEX["left_psis"]] = sacrum + aside_m
    spines[:, SLOT_INDEX["right_psis"]] = sacrum - aside_m
    assert pelvis_of(spines).axes == pytest.approx(pelvis_of(worn).axes)
