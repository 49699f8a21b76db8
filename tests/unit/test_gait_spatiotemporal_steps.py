"""Symmetry, variability, margin of stability and clearance: their formulae, and when they are refused."""

from __future__ import annotations

import numpy as np
import pytest
from stride_walks import WIDTH_M, MadeUpWalk, made_up_walk, warped

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.gait.cycles import gait_cycles
from ltme_clinic.gait.spatiotemporal import SpatiotemporalResult, spatiotemporal
from ltme_clinic.gait.spatiotemporal.centre_of_mass import (
    HEAD_ABOVE_SHOULDERS,
    HEAD_MASS,
    TRUNK_CENTRE,
    TRUNK_MASS,
    centre_of_mass,
)
from ltme_clinic.gait.spatiotemporal.clearance import lowest_dip
from ltme_clinic.gait.spatiotemporal.figures import Measure, figures_of, harmonic_mean, pooled_spread
from ltme_clinic.gait.spatiotemporal.symmetry import log_ratio_pct, symmetry_angle_pct
from ltme_clinic.gait.spatiotemporal.variability import MIN_STEPS

STRIDE_S = 120.0 / 110.0


def measured(walk: MadeUpWalk) -> SpatiotemporalResult:
    walker = walk.walker()
    return spatiotemporal(walker, walk.events, gait_cycles(walker, walk.events))


def test_symmetry_indices_are_zero_for_equal_sides_and_change_sign_when_sides_are_exchanged():
    assert symmetry_angle_pct(0.6, 0.6) == pytest.approx(0.0)
    assert log_ratio_pct(0.6, 0.6) == pytest.approx(0.0)
    assert symmetry_angle_pct(0.5, 0.7) == pytest.approx(-symmetry_angle_pct(0.7, 0.5))
    assert log_ratio_pct(0.5, 0.7) == pytest.approx(-log_ratio_pct(0.7, 0.5))


def test_symmetry_indices_have_the_published_extremes():
    assert symmetry_angle_pct(0.0, 1.0) == pytest.approx(50.0)
    assert symmetry_angle_pct(1.0, 0.0) == pytest.approx(-50.0)
    assert log_ratio_pct(np.e, 1.0) == pytest.approx(100.0)


def test_both_sides_weigh_the_same_and_their_difference_is_no_spread():
    values, side = np.array([1.0, 1.2, 2.0, 2.2, 2.1, 2.1]), np.array([0, 0, 1, 1, 1, 1])
    left, right, both = figures_of(Measure("step_length_m", "m", values, side), None)
    assert (left.value, right.value, both.value) == pytest.approx((1.1, 2.1, 1.6))
    assert (left.n, right.n, both.n) == (2, 4, 6)
    assert both.sd == pytest.approx(np.sqrt((0.02 + 0.02 / 3) / 2))


def test_a_value_that_could_not_be_measured_is_not_counted():
    measure = Measure("step_length_m", "m", np.array([0.5, np.nan, 0.7, 0.6]), np.array([0, 0, 0, 1]))
    left, right, both = figures_of(measure, None)
    assert (left.value, left.n, right.n, both.n) == (pytest.approx(0.6), 2, 1, 3)
    assert right.sd is None
    assert both.sd is None


def test_rates_are_averaged_by_the_time_that_they_took():
    assert harmonic_mean(120.0 / np.array([1.0, 1.5])) == pytest.approx(120.0 * 2 / 2.5)


def test_sides_are_pooled_by_their_variances():
    assert pooled_spread([np.array([0.0, 2.0]), np.array([0.0, 4.0])]) == pytest.approx(np.sqrt((2 + 8) / 2))


def test_variability_is_refused_under_thirty_steps_with_their_number():
    result = measured(made_up_walk(strides=8))
    reasons = {refusal.what: refusal.reason for refusal in result.refusals}
    told = [reason for what, reason in reasons.items() if "variability" in what]
    assert told == [reasons["variability"]]
    assert f"it needs {MIN_STEPS} steps or strides of both feet" in told[0]
    assert "step_time: 17, 8 of them on the side with fewer; stride_time: 16, 8 of them" in told[0]
    for what in ("step_length", "stride_length", "step_width"):
        assert what in told[0]
    assert not any(figure.name.endswith("_cv_pct") for figure in result.figures)


def test_a_rhythm_that_swings_by_a_known_amount_has_that_variability_and_a_limp_adds_none():
    """Step times of each side alternate between two values 4 % apart about their mean, for two sides that differ."""

    def pace(t: np.ndarray) -> np.ndarray:
        """Every other stride takes 4 % longer than the one before: own time runs 2 % slower and faster in turn."""
        edges = np.concatenate([[0.0], np.cumsum(np.tile([1.02, 0.98], 30))]) * STRIDE_S
        return np.interp(t, edges, np.arange(61) * STRIDE_S)

    result = measured(warped(made_up_walk(strides=24, right_at=0.55), pace))
    times = {figure.name: figure for figure in result.figures if figure.side is None}
    n = times["stride_time_s"].n
    assert n >= 40
    # Left strides start .2 into a period, so that .8 of them is in one pace and .2 in the next; right ones .75 and .25.
    left, right = 0.02 * (0.8 - 0.2), 0.02 * (0.75 - 0.25)
    expected = np.sqrt((left**2 + right**2) / 2) * STRIDE_S
    assert times["stride_time_sd_s"].value == pytest.approx(expected, rel=0.05)
    assert times["stride_time_cv_pct"].value == pytest.approx(100 * expected / STRIDE_S, rel=0.05)
    assert times["stride_time_sd_s"].n == n
    assert "50 strides of each foot are advised" in times["stride_time_sd_s"].note


def test_a_base_of_no_width_has_an_sd_and_no_coefficient():
    walk = made_up_walk(strides=20)
    narrow_m = walk.positions_m.copy()
    middle = {"left": -WIDTH_M / 2, "right": WIDTH_M / 2}
    rng = np.random.default_rng(0)
    for side, shift_m in middle.items():
        narrow_m[:, SLOT_INDEX[f"{side}_heel"], 1] += shift_m + rng.normal(0.0, 0.01, len(narrow_m))
    result = measured(MadeUpWalk(narrow_m, walk.events))
    assert result.figure("step_width_sd_m") is not None
    assert result.figure("step_width_cv_pct") is None
    assert any(refusal.what == "step_width_cv_pct" for refusal in result.refusals)


def test_the_walk_ratio_is_step_length_by_cadence():
    result = measured(made_up_walk(cadence_spm=110.0, speed_m_s=1.1))
    assert result.figure("walk_ratio_mm_spm").value == pytest.approx(600.0 / 110.0, rel=0.003)


def test_the_margin_of_stability_is_hof_s():
    """The pelvis goes straight on at 1.1 m/s in the middle; the ankle lands 8 cm beside it."""
    result = measured(made_up_walk().without("left_shoulder", "right_shoulder"))
    for side in ("left", "right"):
        sideways = result.figure("margin_of_stability_ml_m", side)
        assert sideways.value == pytest.approx(WIDTH_M / 2 + 0.03, abs=0.002)
        assert "taken at the pelvis's" in sideways.note
        assert result.figure("margin_of_stability_ap_m", side) is None
    assert any(refusal.what == "margin_of_stability_ap_m" for refusal in result.refusals)


def test_a_body_that_drifts_outwards_loses_margin_by_its_speed_over_the_pendulum_s():
    """Everything above the knees slides to the left at 5 cm/s; centre of mass at 0.95 m, ankle 36 cm before it."""
    walk = made_up_walk().without("left_shoulder", "right_shoulder")
    drift_m_s, frames = 0.05, np.arange(len(walk.positions_m))
    feet = [SLOT_INDEX[f"{side}_{name}"] for side in ("left", "right") for name in ("knee", "ankle", "heel", "toe")]
    slid_m = walk.positions_m.copy()
    slid_m[..., 1] += (frames / 100.0 * drift_m_s)[:, None]
    slid_m[:, feet] = walk.positions_m[:, feet]
    plain, slid = measured(walk), measured(MadeUpWalk(slid_m, walk.events))
    events = [event for event in walk.events if event.kind == "initial_contact"]
    pendulum_s = np.sqrt(np.linalg.norm([0.30 + 0.05, WIDTH_M / 2 + 0.03, 0.95 - 0.09]) / 9.81)
    for side, sign in (("left", -1.0), ("right", 1.0)):
        landed_s = [event.time_s for event in events[1:] if event.side == side]
        lost_m = drift_m_s * (np.mean(landed_s) + pendulum_s)
        found = slid.figure("margin_of_stability_ml_m", side).value
        assert found == pytest.approx(plain.figure("margin_of_stability_ml_m", side).value + sign * lost_m, abs=0.001)


def test_a_longer_foot_has_more_margin_ahead_by_just_its_length():
    walk = made_up_walk()
    longer_m = walk.positions_m.copy()
    longer_m[:, [SLOT_INDEX["left_toe"], SLOT_INDEX["right_toe"]], 0] += 0.02
    plain, longer = measured(walk), measured(MadeUpWalk(longer_m, walk.events))
    gained_m = longer.figure("margin_of_stability_ap_m").value - plain.figure("margin_of_stability_ap_m").value
    assert gained_m == pytest.approx(0.02, abs=0.001)
    assert "de Leva" in plain.figure("margin_of_stability_ap_m").note


def test_a_trunk_that_leans_takes_its_mass_along():
    """Shoulders 10 cm to the left carry what hangs on them: trunk to its share, head beyond, both arms."""
    walk = made_up_walk()
    leaning_m = walk.positions_m.copy()
    leaning_m[:, [SLOT_INDEX["left_shoulder"], SLOT_INDEX["right_shoulder"]], 1] += 0.10
    upright, _ = centre_of_mass(walk.walker())
    leaning, _ = centre_of_mass(MadeUpWalk(leaning_m, walk.events).walker())
    arm = 0.0271 + 0.0223
    share = TRUNK_MASS * (1.0 - TRUNK_CENTRE) + HEAD_MASS * (1.0 + HEAD_ABOVE_SHOULDERS) + 2.0 * arm
    mass = TRUNK_MASS + HEAD_MASS + 2.0 * (0.1416 + 0.0433 + 0.0137 + arm)
    np.testing.assert_allclose(leaning[:, 1] - upright[:, 1], 0.10 * share / mass, atol=1e-9)
    assert mass == pytest.approx(1.0, abs=0.005)


def test_the_lowest_dip_lies_between_two_humps_or_is_none():
    swing = np.linspace(0.0, 1.0, 61)
    two_humps = 0.06 * np.sin(2 * np.pi * swing) ** 2 + 0.015
    falling, hidden = 1.0 - swing, np.where(swing > 0.9, np.nan, two_humps)
    found = lowest_dip(np.stack([two_humps, falling, hidden])[:, 5:-5])
    assert found[0] == pytest.approx(0.015)
    assert np.isnan(found[1:]).all()
