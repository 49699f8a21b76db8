"""The spatiotemporal set on walks that can be solved in the head, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from stride_walks import HEEL_RISE_M, LEG_M, TOE_CLEARANCE_M, WIDTH_M, MadeUpWalk, made_up_walk

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.gait.cycles import gait_cycles
from ltme_clinic.gait.spatiotemporal import SpatiotemporalResult, spatiotemporal
from ltme_clinic.types import GaitEvent

STRIDE_S = 120.0 / 110.0
OTHER = {"left": "right", "right": "left", None: None}


def measured(walk: MadeUpWalk, *, leg_length_m: float | None = LEG_M) -> SpatiotemporalResult:
    walker = walk.walker(leg_length_m=leg_length_m)
    return spatiotemporal(walker, walk.events, gait_cycles(walker, walk.events))


def value(result: SpatiotemporalResult, name: str, side=None) -> float:
    figure = result.figure(name, side)
    assert figure is not None, f"{name} of {side}: {result.refusals}"
    return figure.value


def refused(result: SpatiotemporalResult) -> dict[str, str]:
    return {refusal.what: refusal.reason for refusal in result.refusals}


@pytest.mark.parametrize("side", ["left", "right", None])
def test_a_made_up_walker_at_110_steps_a_minute_yields_110_and_all_that_follows(side):
    result = measured(made_up_walk(cadence_spm=110.0, speed_m_s=1.1, stance=0.6))
    known = {
        "cadence_spm": 110.0,
        "speed_m_s": 1.1,
        "stride_time_s": STRIDE_S,
        "step_time_s": STRIDE_S / 2,
        "stride_length_m": 1.2,
        "step_length_m": 0.6,
        "step_width_m": WIDTH_M,
        "stance_pct": 60.0,
        "swing_pct": 40.0,
        "foot_off_pct": 60.0,
        "opposite_foot_off_pct": 10.0,
        "opposite_contact_pct": 50.0,
        "double_support_pct": 20.0,
        "single_support_pct": 40.0,
        "toe_clearance_m": TOE_CLEARANCE_M,
        "heel_rise_m": HEEL_RISE_M,
    }
    for name, expected in known.items():
        assert value(result, name, side) == pytest.approx(expected, rel=0.003), name


def test_every_figure_has_its_n_and_spread():
    result = measured(made_up_walk(strides=8))
    cadence = result.figure("cadence_spm")
    assert (cadence.n, result.figure("cadence_spm", "left").n) == (16, 8)
    assert cadence.sd == pytest.approx(0.0, abs=1e-6)
    assert result.figure("step_length_m").n == 17  # eighteen contacts
    assert result.figure("step_length_m").sd == pytest.approx(0.0, abs=1e-3)


def test_hof_takes_out_the_size_of_the_body():
    result = measured(made_up_walk(), leg_length_m=0.81)
    second = np.sqrt(0.81 / 9.81)
    assert result.figure("step_length_m").normalised == pytest.approx(0.6 / 0.81, rel=1e-3)
    assert result.figure("step_time_s").normalised == pytest.approx(STRIDE_S / 2 / second, rel=1e-3)
    assert result.figure("speed_m_s").normalised == pytest.approx(1.1 / np.sqrt(9.81 * 0.81), rel=1e-3)
    assert result.figure("cadence_spm").normalised == pytest.approx(110 / 60 * second, rel=1e-3)
    assert result.figure("stance_pct").normalised is None


def test_a_leg_length_from_markers_is_said_to_be_one():
    figure = measured(made_up_walk(), leg_length_m=None).figure("step_length_m")
    assert figure.normalised is not None
    assert "estimated from markers" in figure.note


def test_a_limp_raises_asymmetry_but_not_cadence():
    even, limping = measured(made_up_walk()), measured(made_up_walk(right_at=0.56, right_step_share=0.42))
    assert value(limping, "cadence_spm") == pytest.approx(value(even, "cadence_spm"), rel=1e-6)
    assert value(limping, "step_time_s", "right") == pytest.approx(0.56 * STRIDE_S)
    assert value(limping, "step_length_m", "right") == pytest.approx(0.42 * 1.2, rel=0.003)
    assert value(limping, "step_length_m", "left") == pytest.approx(0.58 * 1.2, rel=0.003)
    assert value(even, "step_length_log_ratio_pct") == pytest.approx(0.0, abs=0.1)
    assert value(limping, "step_length_log_ratio_pct") == pytest.approx(100 * np.log(58 / 42), rel=0.01)
    assert value(limping, "step_time_log_ratio_pct") == pytest.approx(100 * np.log(44 / 56), rel=0.01)
    angle = (45.0 - np.degrees(np.arctan2(58, 42))) / 90.0 * 100.0
    assert value(limping, "step_length_symmetry_angle_pct") == pytest.approx(angle, rel=0.01)


def test_mirroring_swaps_left_and_right():
    walk = made_up_walk(right_at=0.55, right_step_share=0.45)
    plain, mirrored = measured(walk), measured(walk.mirrored())
    for figure in plain.figures:
        sign = -1.0 if figure.name.endswith(("log_ratio_pct", "symmetry_angle_pct")) else 1.0
        assert value(mirrored, figure.name, OTHER[figure.side]) == pytest.approx(sign * figure.value, abs=1e-9)


@pytest.mark.parametrize("curvature_per_m", [0.0, 0.1])
def test_turning_the_laboratory_changes_nothing(curvature_per_m):
    walk = made_up_walk(right_at=0.55, curvature_per_m=curvature_per_m)
    plain, turned = measured(walk), measured(walk.turned(1.9))
    assert [figure.name for figure in plain.figures] == [figure.name for figure in turned.figures]
    for figure, other in zip(plain.figures, turned.figures, strict=True):
        assert other.value == pytest.approx(figure.value, abs=1e-9)


def test_a_treadmill_gives_what_the_ground_gives():
    walk = made_up_walk(speed_m_s=1.1, strides=12)
    ground, belt = measured(walk), measured(walk.on_a_belt(1.1))
    for name in ("speed_m_s", "step_length_m", "stride_length_m", "margin_of_stability_ap_m"):
        assert value(belt, name) == pytest.approx(value(ground, name), rel=0.005), name


def test_steps_in_a_gentle_turn_are_measured_along_the_path():
    """On a circle of 10 m, inside foot 5 cm nearer to its centre: both feet step by the same angle."""
    result = measured(made_up_walk(curvature_per_m=0.1))
    for side, radius_m in (("left", 10.0 - 0.05), ("right", 10.0 + 0.05)):
        assert value(result, "stride_length_m", side) == pytest.approx(2 * radius_m * np.sin(0.06), rel=0.002)
        assert value(result, "step_length_m", side) == pytest.approx(0.6, rel=0.003)
        assert value(result, "step_width_m", side) == pytest.approx(WIDTH_M, abs=0.006)


def test_where_everything_is_a_turn_the_figures_say_so_and_those_that_need_straight_walking_are_refused():
    result = measured(made_up_walk(curvature_per_m=0.3))
    assert value(result, "cadence_spm") == pytest.approx(110.0)
    assert all(figure.note.startswith("while turning") for figure in result.figures)
    assert {"straight_walking", "symmetry", "variability", "margin_of_stability"} <= set(refused(result))
    assert not any("symmetry" in figure.name or "margin" in figure.name for figure in result.figures)


def test_running_has_flight_and_no_double_support():
    result = measured(made_up_walk(cadence_spm=165.0, speed_m_s=2.8, stance=0.25))
    assert value(result, "flight_pct") == pytest.approx(50.0, abs=0.1)
    assert value(result, "stance_pct") == pytest.approx(25.0, abs=0.1)
    assert value(result, "step_length_m") == pytest.approx(2.8 * 60.0 / 165.0, rel=0.005)
    assert result.figure("double_support_pct") is None
    assert result.figure("single_support_pct") is None
    assert "running" in refused(result)["double_support_pct"]


@pytest.mark.parametrize(
    ("walk", "cause"),
    [
        (made_up_walk().only(lambda event: event.time_s < 0.8), "one step only"),
        (made_up_walk().only(lambda event: event.time_s < 0.3), "a single foot contact"),
        (made_up_walk().only(lambda event: False), "no foot contact is known"),
        (made_up_walk(speed_m_s=0.0).only(lambda event: False), "nobody walks"),
        (made_up_walk().backwards(), "backwards"),
        (made_up_walk(speed_m_s=0.03), "on the spot"),
    ],
)
def test_what_is_no_walk_is_refused_by_its_cause_and_never_by_a_number(walk, cause):
    result = measured(walk)
    assert result.figures == ()
    (refusal,) = result.refusals
    assert cause in refusal.reason


def test_without_foot_offs_what_needs_them_is_refused_and_the_rest_stays():
    result = measured(made_up_walk().only(lambda event: event.kind == "initial_contact"))
    assert value(result, "cadence_spm") == pytest.approx(110.0)
    assert value(result, "step_length_m") == pytest.approx(0.6, rel=0.003)
    for name in ("stance_pct", "double_support_pct", "toe_clearance_m"):
        assert result.figure(name) is None
        assert "foot off" in refused(result)[name]


def test_one_stride_gives_its_own_side_and_says_what_the_other_lacks():
    walk = made_up_walk()
    left_again_s = [e.time_s for e in walk.events if (e.side, e.kind) == ("left", "initial_contact")][1]
    result = measured(walk.only(lambda event: event.time_s <= left_again_s))
    assert value(result, "cadence_spm") == pytest.approx(110.0)
    assert result.figure("stance_pct", "right") is None
    assert result.figure("stance_pct") is None
    assert "stance_pct" in refused(result)["right_side"]
    assert result.figure("step_length_m", "right").n == 1


def test_without_heels_the_ankles_stand_for_the_feet_and_the_note_says_so():
    result = measured(made_up_walk().without("left_heel", "right_heel"))
    step = result.figure("step_length_m")
    assert step.value == pytest.approx(0.6, rel=0.003)
    assert "ankle markers of the standing feet, for want of heels" in step.note
    assert result.figure("heel_rise_m") is None
    assert "no heel marker" in refused(result)["heel_rise_m"]


def test_without_toes_there_is_no_toe_clearance():
    result = measured(made_up_walk().without("left_toe", "right_toe"))
    assert result.figure("toe_clearance_m") is None
    assert "no toe marker" in refused(result)["toe_clearance_m"]
    assert "margin_of_stability_ap_m" in refused(result)


def test_a_heel_that_hides_a_fifth_of_the_time_costs_steps_and_changes_no_length():
    walk = made_up_walk(strides=12)
    hidden_m = walk.positions_m.copy()
    hidden_m[300:560, SLOT_INDEX["left_heel"]] = np.nan
    result = measured(MadeUpWalk(hidden_m, walk.events))
    whole = measured(walk)
    assert result.figure("step_length_m").n < whole.figure("step_length_m").n
    for name in ("step_length_m", "step_width_m", "stride_length_m"):
        assert value(result, name) == pytest.approx(value(whole, name), rel=0.003)


def test_a_step_to_gait_has_no_ratio_of_its_steps():
    """The right foot is set down behind the left one."""
    result = measured(made_up_walk(right_step_share=-0.05))
    assert value(result, "step_length_m", "right") == pytest.approx(-0.06, abs=0.005)
    assert "two positive" in refused(result)["step_length_symmetry"]


def test_strange_events_disturb_nothing():
    walk = made_up_walk()
    strange = (GaitEvent(None, "initial_contact", 1.0, 100), GaitEvent("left", "other", 1.5, 150))
    assert measured(MadeUpWalk(walk.positions_m, walk.events + strange)) == measured(walk)
