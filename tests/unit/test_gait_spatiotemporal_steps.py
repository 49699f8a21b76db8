"""Symmetry, variability, margin of stability and clearance: their formulae, and when they are refused."""

from __future__ import annotations

import numpy as np
import pytest
from stride_walks import WIDTH_M, MadeUpWalk, made_up_walk, warped

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.gait.cycles import gait_cycles
from ltme_clinic.gait.spatiotemporal import SpatiotemporalResult, spatiotemporal
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
    for what in ("step_time", "stride_time", "step_length", "stride_length", "step_width"):
        assert f"needed are {MIN_STEPS}" in reasons[f"{what}_variability"]
    assert "17 steps" in reasons["step_time_variability"]
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
    """The pelvis goes straight on at 1.1 m/s in the middle; the foot lands a quarter stride ahead of it."""
    result = measured(made_up_walk(cadence_spm=110.0, speed_m_s=1.1))
    centre_m, ankle_m = np.array([0.0, 0.0, 0.95]), np.array([0.3 + 0.05, WIDTH_M / 2 + 0.03, 0.09])
    swing_s = np.sqrt(np.linalg.norm(centre_m - ankle_m) / 9.81)
    for side in ("left", "right"):
        sideways = result.figure("margin_of_stability_ml_m", side)
        forward = result.figure("margin_of_stability_ap_m", side)
        assert sideways.value == pytest.approx(ankle_m[1], abs=0.002)
        assert forward.value == pytest.approx(0.3 + 0.17 - 1.1 * swing_s, abs=0.002)
        assert "pelvis" in sideways.note


def test_the_lowest_dip_lies_between_two_humps_or_is_none():
    swing = np.linspace(0.0, 1.0, 61)
    two_humps = 0.06 * np.sin(2 * np.pi * swing) ** 2 + 0.015
    falling, hidden = 1.0 - swing, np.where(swing > 0.9, np.nan, two_humps)
    found = lowest_dip(np.stack([two_humps, falling, hidden])[:, 5:-5])
    assert found[0] == pytest.approx(0.015)
    assert np.isnan(found[1:]).all()
