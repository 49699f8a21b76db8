"""Time normalisation, the mean of the cycles that count, the typical stride and the outlying one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.gait.cycle_curves import MIN_CYCLES_FOR_OUTLIERS, cycle_curves, values_at, with_outliers_flagged
from ltme_clinic.types import PERCENT, GaitCycle, LtmeError

RATE_HZ = 100.0
PHASE = 2.0 * np.pi * PERCENT / 100.0


def even_cycles(count: int, duration_s: float = 1.013, first_s: float = 0.207) -> tuple[GaitCycle, ...]:
    """Left cycles whose contacts lie between frames."""
    return tuple(GaitCycle("left", first_s + k * duration_s, first_s + (k + 1) * duration_s) for k in range(count))


def knee_deg(cycles: tuple[GaitCycle, ...], level_deg: np.ndarray, range_deg: float = 30.0) -> np.ndarray:
    """A track that is range * (1 - cos) / 2 in each cycle, lifted smoothly by the cycle's own level at mid-cycle."""
    first, last = cycles[0], cycles[-1]
    time_s = np.arange(0.0, last.stop_s + 0.5, 1.0 / RATE_HZ)
    phase = (time_s - first.start_s) / first.duration_s
    number = np.clip(np.floor(phase).astype(int), 0, len(cycles) - 1)
    return (range_deg + level_deg[number]) * (1.0 - np.cos(2.0 * np.pi * phase)) / 2.0


def test_a_cosine_of_one_stride_is_the_same_cosine_of_percent_though_contacts_lie_between_frames():
    cycles = even_cycles(4)
    curve = cycle_curves({("knee", "left"): knee_deg(cycles, np.zeros(4))}, "deg", cycles, RATE_HZ)["knee", "left"]
    np.testing.assert_allclose(curve.cycles, np.tile(15.0 * (1.0 - np.cos(PHASE)), (4, 1)), atol=1e-4)
    np.testing.assert_allclose(curve.mean, 15.0 * (1.0 - np.cos(PHASE)), atol=1e-4)
    np.testing.assert_allclose(curve.sd, 0.0, atol=1e-4)
    assert curve.starts_s == tuple(cycle.start_s for cycle in cycles)


def test_a_cubic_passes_unchanged_and_frames_keep_their_own_values():
    frames = np.arange(20.0)
    track = 0.01 * frames**3 - 0.2 * frames**2 + frames
    place = np.array([0.0, 0.5, 3.25, 17.999, 18.7, 19.0])
    np.testing.assert_allclose(values_at(track[None], place)[0], 0.01 * place**3 - 0.2 * place**2 + place, atol=1e-9)
    assert np.isnan(values_at(track[None], np.array([-0.01, 19.01]))).all()


def test_a_missing_frame_hides_only_the_points_beside_it():
    track = np.sin(np.arange(30.0) / 5.0)
    track[10] = np.nan
    places = np.arange(5.0, 16.0, 0.25)
    found = values_at(track[None], places)[0]
    np.testing.assert_array_equal(np.isnan(found), (places > 9.0) & (places < 11.0))
    np.testing.assert_allclose(found[np.isfinite(found)], np.sin(places[np.isfinite(found)] / 5.0), atol=0.006)


def test_a_gap_costs_its_own_cycle_and_leaves_the_neighbours_and_the_mean_whole():
    cycles = even_cycles(4)
    track = knee_deg(cycles, np.zeros(4))
    track[160:170] = np.nan  # in the second cycle, 1.22 to 2.23 s
    curve = cycle_curves({("knee", "left"): track}, "deg", cycles, RATE_HZ)["knee", "left"]
    assert curve.counted.tolist() == [True, False, True, True]
    assert np.isnan(curve.cycles[1]).any()
    assert np.isfinite(curve.cycles[1]).sum() > 85
    assert np.isfinite(curve.cycles[[0, 2, 3]]).all()
    np.testing.assert_allclose(curve.mean, 15.0 * (1.0 - np.cos(PHASE)), atol=1e-4)


def test_mean_and_sd_are_of_the_cycles_that_count():
    cycles = even_cycles(5)
    cycles = (*cycles[:4], GaitCycle("left", cycles[4].start_s, cycles[4].stop_s, flags=("turning",)))
    track = knee_deg(cycles, np.array([0.0, 2.0, 4.0, 6.0, 60.0]))
    curve = cycle_curves({("knee", "left"): track}, "deg", cycles, RATE_HZ)["knee", "left"]
    assert curve.counted.tolist() == [True, True, True, True, False]
    assert curve.mean[50] == pytest.approx(33.0, abs=1e-3)
    assert curve.sd[50] == pytest.approx(np.std([0, 2, 4, 6], ddof=1), abs=1e-3)
    assert curve.cycles[4, 50] == pytest.approx(90.0, abs=1e-2)


def test_each_side_has_its_own_cycles():
    left = even_cycles(3)
    right = tuple(GaitCycle("right", cycle.start_s + 0.5, cycle.stop_s + 0.5) for cycle in left[:2])
    track = knee_deg(left, np.zeros(3))
    curves = cycle_curves({("knee", "right"): track, ("knee", "left"): track}, "deg", (*left, *right), RATE_HZ)
    assert list(curves) == [("knee", "right"), ("knee", "left")]
    assert (len(curves["knee", "left"].cycles), len(curves["knee", "right"].cycles)) == (3, 2)


def test_no_cycle_and_one_cycle_leave_nan_where_nothing_can_be_said():
    cycles = even_cycles(1)
    track = knee_deg(cycles, np.zeros(1))
    none = cycle_curves({("knee", "left"): track}, "deg", (), RATE_HZ)["knee", "left"]
    one = cycle_curves({("knee", "left"): track}, "deg", cycles, RATE_HZ)["knee", "left"]
    assert none.cycles.shape == (0, 101)
    assert np.isnan(none.mean).all()
    assert none.representative is None
    assert np.isfinite(one.mean).all()
    assert np.isnan(one.sd).all()
    assert one.representative == 0


def test_the_representative_stride_is_the_one_in_the_middle_of_all_variables():
    cycles = even_cycles(5)
    knees, hips = np.array([-4.0, 9.0, 0.5, 3.0, -2.0]), np.array([8.0, -3.0, 0.2, 2.0, -1.0])
    values = {("knee", "left"): knee_deg(cycles, knees), ("hip", "left"): knee_deg(cycles, hips)}
    curves = cycle_curves(values, "deg", cycles, RATE_HZ)
    assert {curve.representative for curve in curves.values()} == {2}


def test_an_outlying_stride_is_flagged_with_the_variable_and_the_curves_are_averaged_without_it():
    cycles = even_cycles(12)
    rng = np.random.default_rng(0)
    level_deg = rng.normal(0.0, 2.0, 12)
    values = {("hip_flexion", "left"): knee_deg(cycles, rng.normal(0.0, 2.0, 12))}
    level_deg[7] = 25.0
    values["knee_flexion", "left"] = knee_deg(cycles, level_deg)
    flagged, curves = with_outliers_flagged(cycles, cycle_curves(values, "deg", cycles, RATE_HZ))
    assert [cycle.counts for cycle in flagged] == [number != 7 for number in range(12)]
    assert flagged[7].flags[0].startswith("outlier: knee_flexion 15 deg")
    for name in ("hip_flexion", "knee_flexion"):
        assert curves[name, "left"].counted.tolist() == [number != 7 for number in range(12)]
    kept = np.delete(level_deg, 7)
    assert curves["knee_flexion", "left"].mean[50] == pytest.approx(30.0 + kept.mean(), abs=0.01)


@pytest.mark.parametrize("spread_deg", [0.0, 1.0, 4.0])
def test_strides_that_merely_vary_are_all_kept(spread_deg):
    cycles = even_cycles(40)
    rng = np.random.default_rng(1)
    values = {(f"knee_{k}", "left"): knee_deg(cycles, rng.normal(0.0, spread_deg, 40)) for k in range(9)}
    flagged, _ = with_outliers_flagged(cycles, cycle_curves(values, "deg", cycles, RATE_HZ))
    assert all(cycle.counts for cycle in flagged)


def test_of_few_strides_none_is_called_the_odd_one():
    few = MIN_CYCLES_FOR_OUTLIERS - 1
    cycles = even_cycles(few)
    level_deg = np.zeros(few)
    level_deg[1] = 40.0
    curves = cycle_curves({("knee_flexion", "left"): knee_deg(cycles, level_deg)}, "deg", cycles, RATE_HZ)
    flagged, kept = with_outliers_flagged(cycles, curves)
    assert flagged == cycles
    assert kept["knee_flexion", "left"].counted.all()


def test_an_arm_that_waves_makes_no_odd_stride():
    cycles = even_cycles(10)
    level_deg = np.zeros(10)
    level_deg[4] = 60.0
    curves = cycle_curves({("elbow_flexion", "left"): knee_deg(cycles, level_deg)}, "deg", cycles, RATE_HZ)
    assert with_outliers_flagged(cycles, curves)[0] == cycles


def test_variables_of_different_length_are_refused():
    values = {("knee", "left"): np.zeros(100), ("hip", "left"): np.zeros(99)}
    with pytest.raises(LtmeError, match="not equally long"):
        cycle_curves(values, "deg", even_cycles(1), RATE_HZ)


def test_of_what_plates_tell_stance_is_enough_and_swing_stays_unknown() -> None:
    cycles = tuple(replace(cycle, foot_off_s=cycle.start_s + 0.6 * cycle.duration_s) for cycle in even_cycles(2))
    track = knee_deg(cycles, np.zeros(2))
    frames = np.arange(len(track)) / RATE_HZ
    track[frames > cycles[0].foot_off_s] = np.nan
    values = {("ankle_plantarflexion_moment", "left"): track}
    strict = cycle_curves(values, "Nm/kg", cycles, RATE_HZ)["ankle_plantarflexion_moment", "left"]
    assert not strict.counted.any()
    curve = cycle_curves(values, "Nm/kg", cycles, RATE_HZ, stance_is_enough=True)["ankle_plantarflexion_moment", "left"]
    assert curve.counted.tolist() == [True, False]
    assert np.isfinite(curve.mean[:55]).all()
    assert np.isnan(curve.mean[65:]).all()
    assert curve.representative == 0
