"""GDI, GPS and Movement Analysis Profile of walks whose scores can be told beforehand, and when they are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from index_walks import FREE_SPEED, TEN_YEARS, cycle_curves, mean_walk, on_101_points, walk
from test_norms_own_controls import people

from ltme_clinic.body import ANGLES
from ltme_clinic.gait.indices import gait_indices
from ltme_clinic.norms import build_controls, published_controls

CROUCH = {"knee_flexion": 30.0, "hip_flexion": 25.0, "ankle_dorsiflexion": 10.0}


def reasons(result, what: str) -> list[str]:
    return [refusal.reason for refusal in result.refusals if refusal.what == what]


def test_each_side_has_its_gdi_residual_and_gps_as_by_hand():
    """Hand computation: see test_norms_controls.py."""
    result = gait_indices(walk(mean_walk(**CROUCH), mean_walk(hip_rotation=20.0)), **TEN_YEARS)
    left, right = (result.figure("gdi", side) for side in ("left", "right"))
    assert left.value == pytest.approx(68.1544, abs=1e-4)
    assert right.value == pytest.approx(91.0527, abs=1e-4)
    assert result.figure("gdi_residual_deg", "left").value == pytest.approx(2.6938, abs=1e-4)
    assert result.figure("gps_deg", "left").value == pytest.approx(13.4371, abs=1e-4)
    assert (left.n, left.sd, left.reference_mean, left.reference_sd) == (1, None, 100.0, 10.0)
    assert not reasons(result, "gdi")


def test_the_profile_is_the_offset_of_each_angle_and_the_overall_score_takes_the_pelvis_from_the_left():
    result = gait_indices(
        walk(mean_walk(pelvic_tilt=6.0, knee_flexion=-9.0), mean_walk(pelvic_tilt=100.0)), **TEN_YEARS
    )
    assert result.map_deg["knee_flexion", "left"] == pytest.approx(9.0)
    assert result.map_deg["pelvic_tilt", "left"] == pytest.approx(6.0)
    assert result.map_deg["hip_flexion", "right"] == pytest.approx(0.0, abs=1e-9)
    assert len(result.map_deg) == 18
    assert result.figure("gps_deg", "left").value == pytest.approx(np.sqrt((6.0**2 + 9.0**2) / 9))
    assert result.figure("gps_deg").value == pytest.approx(np.sqrt((6.0**2 + 9.0**2) / 15))
    bar = result.figure("gvs_knee_flexion_deg", "left")
    assert (bar.value, bar.n) == (pytest.approx(9.0), 1)
    assert bar.reference_mean == pytest.approx(5.8, abs=0.05)


def test_a_mirrored_walk_swaps_left_and_right():
    one, other = mean_walk(**CROUCH), mean_walk(foot_progression=-20.0)
    first = gait_indices(walk(one, other), **TEN_YEARS)
    mirrored = gait_indices(walk(other, one), **TEN_YEARS)
    swapped = {"left": "right", "right": "left"}
    for name in ("gdi", "gdi_residual_deg", "gps_deg", *(f"gvs_{angle}_deg" for angle in ANGLES)):
        for side, opposite in swapped.items():
            assert first.figure(name, side).value == mirrored.figure(name, opposite).value
    assert first.map_deg == {(angle, swapped[side]): value for (angle, side), value in mirrored.map_deg.items()}


def test_a_figure_says_against_whom_and_what_measurement_can_resolve():
    result = gait_indices(walk(mean_walk(**CROUCH), mean_walk(**CROUCH)), **TEN_YEARS)
    gdi, gps = result.figure("gdi", "left"), result.figure("gps_deg", "left")
    assert "83 typically developing children" in gdi.reference
    assert gdi.mdc95 == 17.4  # the larger of two studies
    assert gdi.sem == pytest.approx(17.4 / (1.96 * np.sqrt(2)), abs=0.01)
    assert "cerebral palsy" in gdi.error_source
    assert (gps.mdc95, gps.reference_mean) == (1.3, pytest.approx(5.75, abs=0.01))
    assert result.figure("gps_deg").reference_mean == pytest.approx(6.12, abs=0.01)
    stroke = gait_indices(walk(mean_walk(**CROUCH), mean_walk(**CROUCH)), **TEN_YEARS, population="stroke")
    assert (stroke.figure("gdi", "left").sem, stroke.figure("gdi", "left").mdc95) == (3.4, 9.4)
    other = gait_indices(walk(mean_walk(**CROUCH), mean_walk(**CROUCH)), **TEN_YEARS, population="amputation")
    assert (other.figure("gdi", "left").mdc95, other.figure("gdi", "left").error_source) == (None, "")


def test_several_strides_are_scored_by_their_mean_with_the_spread_of_single_ones_beside_it():
    strides = np.stack([mean_walk(knee_flexion=offset, hip_flexion=20.0) for offset in (4.0, 10.0, 16.0)])
    result = gait_indices(walk(strides, strides[:1]), **TEN_YEARS)
    left = result.figure("gps_deg", "left")
    assert left.value == pytest.approx(np.sqrt((10.0**2 + 20.0**2) / 9))
    singles = [np.sqrt((offset**2 + 20.0**2) / 9) for offset in (4.0, 10.0, 16.0)]
    assert (left.n, left.sd) == (3, pytest.approx(np.std(singles, ddof=1)))
    assert result.figure("gps_deg").n == 1


def test_strides_that_do_not_count_or_have_a_gap_are_left_out_of_all_nine_angles():
    strides = np.stack([mean_walk(knee_flexion=offset) for offset in (10.0, 50.0, 70.0)])
    curves = walk(strides, strides[:1])
    for angle in ANGLES:
        curves[angle, "left"] = replace(curves[angle, "left"], counted=np.array([True, False, True]))
    gap = curves["hip_rotation", "left"].cycles.copy()
    gap[2, 40] = np.nan
    curves["hip_rotation", "left"] = replace(curves["hip_rotation", "left"], cycles=gap)
    result = gait_indices(curves, **TEN_YEARS)
    assert result.map_deg["knee_flexion", "left"] == pytest.approx(10.0)
    assert result.figure("gdi", "left").n == 1


def test_the_controls_mean_curve_has_no_gdi_but_a_gps_of_zero():
    result = gait_indices(walk(mean_walk(), mean_walk(**CROUCH)), **TEN_YEARS)
    assert result.figure("gdi", "left") is None
    assert "closer to the controls' mean than any person's" in reasons(result, "gdi")[0]
    assert result.figure("gps_deg", "left").value == pytest.approx(0.0, abs=1e-9)
    assert result.figure("gdi", "right") is not None


def test_a_curve_nearer_than_any_control_is_said_to_be_no_better_walk():
    result = gait_indices(walk(mean_walk(pelvic_obliquity=5.0), mean_walk(**CROUCH)), **TEN_YEARS)
    assert result.figure("gdi", "left").value == pytest.approx(153.1863, abs=1e-4)
    assert "no better walk" in result.figure("gdi", "left").note
    assert "no better walk" not in result.figure("gdi", "right").note


@pytest.mark.parametrize(
    ("age_y", "said"), [(None, "age is not known"), (18.0, "nobody of this age"), (44.0, "4 to 17"), (2.0, "2 years")]
)
def test_an_adult_or_somebody_of_unknown_age_is_not_measured_against_children(age_y, said: str):
    curves = walk(mean_walk(**CROUCH), mean_walk(**CROUCH))
    result = gait_indices(curves, age_y=age_y, dimensionless_speed=FREE_SPEED)
    assert not result.figures
    assert not result.map_deg
    for what in ("gdi", "gps", "map", "evgs"):
        assert said in reasons(result, what)[0]


def test_an_adult_is_measured_against_a_laboratorys_own_adults():
    adults = build_controls(people(50), name="able-bodied adults, our laboratory")
    curves = walk(mean_walk(**CROUCH), mean_walk(**CROUCH))
    result = gait_indices(curves, age_y=44.0, dimensionless_speed=0.45, reference=adults)
    assert result.figure("gdi", "left").reference == "50 able-bodied adults, our laboratory"
    assert result.figure("gdi", "left").value < 90.0
    assert "children" in reasons(result, "evgs")[0]  # the items have no adult reference
    assert not gait_indices(curves, age_y=10.0, dimensionless_speed=0.45, reference=adults).figures


def test_few_controls_give_gps_and_refuse_gdi():
    few = build_controls(people(20), name="adults")
    curves = walk(mean_walk(**CROUCH), mean_walk(**CROUCH))
    result = gait_indices(curves, age_y=30.0, dimensionless_speed=0.45, reference=few)
    assert result.figure("gdi", "left") is None
    assert "40 control curves are too few" in reasons(result, "gdi")[0]
    assert result.figure("gps_deg", "left").reference == "20 adults"


@pytest.mark.parametrize("speed", [0.05, 0.95])
def test_a_speed_that_nobody_healthy_walks_at_is_refused(speed: float):
    curves = walk(mean_walk(**CROUCH), mean_walk(**CROUCH))
    result = gait_indices(curves, age_y=10.0, dimensionless_speed=speed)
    assert not result.figures
    assert f"{speed:.2f} lies outside 0.11 to 0.79" in reasons(result, "gdi")[0]


def test_a_slow_walk_is_scored_and_the_part_of_speed_is_said():
    curves = walk(mean_walk(**CROUCH), mean_walk(**CROUCH))
    slow = gait_indices(curves, age_y=10.0, dimensionless_speed=0.20).figure("gps_deg", "left")
    assert "controls walked at a dimensionless speed of 0.43 +/- 0.03" in slow.note
    assert "this walk at 0.20" in slow.note
    assert gait_indices(curves, **TEN_YEARS).figure("gps_deg", "left").note == ""
    unknown = gait_indices(curves, age_y=10.0, dimensionless_speed=None).figure("gps_deg", "left")
    assert "speed over leg length is not known" in unknown.note


def test_angles_of_joint_centres_alone_are_refused():
    curves = walk(mean_walk(**CROUCH), mean_walk(**CROUCH))
    result = gait_indices(curves, **TEN_YEARS, model="joint centres, sagittal")
    assert not result.figures
    assert "another model (joint centres, sagittal)" in reasons(result, "gdi")[0]


def test_a_missing_angle_refuses_its_side_and_the_overall_score_and_keeps_the_other_bars():
    curves = walk(mean_walk(**CROUCH), mean_walk(**CROUCH))
    del curves["hip_rotation", "right"]
    result = gait_indices(curves, **TEN_YEARS)
    assert "the right side has no hip_rotation" in reasons(result, "gdi")[0]
    assert "the right side has no hip_rotation" in reasons(result, "gps_overall")[0]
    assert result.figure("gps_deg") is None
    assert result.figure("gdi", "left") is not None
    assert ("hip_rotation", "right") not in result.map_deg
    assert result.map_deg["knee_flexion", "right"] == pytest.approx(30.0)
    assert result.figure("gvs_knee_flexion_deg", "right").n == 1


def test_no_stride_that_counts_is_no_score():
    curves = {
        key: cycle_curves(*key, curve.cycles, counted=np.array([False]))
        for key, curve in walk(mean_walk(**CROUCH), mean_walk(**CROUCH)).items()
    }
    result = gait_indices(curves, **TEN_YEARS)
    assert not result.figures
    assert "no left cycle counts" in reasons(result, "gdi")[0]
    assert "no angle is complete" in reasons(result, "map")[0]
    nothing = gait_indices({}, **TEN_YEARS)
    assert not nothing.figures
    assert reasons(nothing, "gdi")


def test_a_gap_in_every_stride_names_the_angle():
    curves = walk(mean_walk(**CROUCH), mean_walk(**CROUCH))
    gap = on_101_points(mean_walk())[[8]]
    gap[0, 30] = np.nan
    curves["foot_progression", "left"] = replace(curves["foot_progression", "left"], cycles=gap)
    result = gait_indices(curves, **TEN_YEARS)
    assert "foot_progression in 0 of 1" in reasons(result, "gdi")[0]
    assert result.figure("gdi", "right") is not None


def test_a_virtual_walk_against_measured_controls_says_so():
    curves = walk(mean_walk(**CROUCH), mean_walk(**CROUCH))
    figure = gait_indices(curves, **TEN_YEARS, origin="virtual").figure("gdi", "left")
    assert "a virtual walk against measured controls" in figure.note


def test_scores_do_not_depend_on_the_points_between():
    """The indices are of every 2 % of the cycle: what lies between can't move them."""
    curves = walk(mean_walk(**CROUCH), mean_walk(**CROUCH))
    jagged = {key: replace(c, cycles=c.cycles + np.where(np.arange(101) % 2, 3.0, 0.0)) for key, c in curves.items()}
    assert gait_indices(jagged, **TEN_YEARS).map_deg == gait_indices(curves, **TEN_YEARS).map_deg
    assert published_controls().mean_deg.shape == (9, 51)


def test_only_who_gave_no_age_is_asked_for_one():
    curves = walk(mean_walk(), mean_walk())
    adult = reasons(gait_indices(curves, age_y=40.0, dimensionless_speed=FREE_SPEED), "gdi")[0]
    unknown = reasons(gait_indices(curves, age_y=None, dimensionless_speed=FREE_SPEED), "gdi")[0]
    assert "--age" not in adult
    assert "--age" in unknown
    assert "--controls" in adult
    assert "--controls" in unknown
