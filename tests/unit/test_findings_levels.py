"""A level behind irregular visits: against a filter written step by step, and by how often its intervals hold."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.findings.control_charts import FEWEST_VISITS, cusum, ewma
from ltme_clinic.findings.levels import DAYS_A_YEAR, DRIFT_LOG_SD, _Walk, levels
from ltme_clinic.types import LtmeError

DAYS = np.array([0.0, 40.0, 200.0, 210.0, 480.0])


def filtered(drift: float, days: np.ndarray, values: np.ndarray, variances: np.ndarray) -> tuple[float, float]:
    """Mean and variance of the last level by a Kalman filter that starts from the first visit."""
    mean, variance = values[0], variances[0]
    for number in range(1, len(days)):
        variance += drift**2 / DAYS_A_YEAR * (days[number] - days[number - 1])
        gain = variance / (variance + variances[number])
        mean, variance = mean + gain * (values[number] - mean), (1.0 - gain) * variance
    return mean, variance


@pytest.mark.parametrize("drift", [0.01, 0.3, 4.0])
def test_the_level_now_is_what_a_filter_says_step_by_step(drift: float) -> None:
    values, variances = np.array([1.0, 1.4, 0.7, 0.9, 2.0]), np.array([0.04, 0.04, 0.09, 0.01, 0.04])
    walk = _Walk.through(DAYS, values, variances, drift)
    assert walk.level(DAYS[-1]) == pytest.approx(filtered(drift, DAYS, values, variances), rel=1e-6)


def test_a_patient_who_hardly_drifts_has_not_changed_and_one_who_does_has() -> None:
    values, errors = np.array([1.0, 1.3]), np.array([0.1, 0.1])
    days = np.array([0.0, 100.0])
    still, restless = (levels(days, values, errors, usual_drift=drift) for drift in (1e-4, 50.0))
    assert still.change.value == pytest.approx(0.0, abs=1e-3)
    assert restless.change.value == pytest.approx(0.3, abs=0.01)
    assert restless.change.sd == pytest.approx(np.sqrt(2.0) * 0.1, rel=0.02)


def test_one_visit_is_its_own_level_and_the_next_is_less_certain_the_later_it_comes() -> None:
    only = levels(np.array([12.0]), np.array([1.2]), np.array([0.05]))
    assert (only.now.value, only.now.sd) == pytest.approx((1.2, 0.05))
    assert (only.change.value, only.change.sd) == pytest.approx((0.0, 0.0))
    soon, late = only.expected(13.0, 0.05), only.expected(700.0, 0.05)
    assert np.sqrt(2.0) * 0.05 < soon.sd < late.sd


def test_intervals_hold_as_often_as_they_promise() -> None:
    rng = np.random.default_rng(5)
    error, usual = 1.0, 2.0
    held_change = held_next = 0
    patients = 600
    for _ in range(patients):
        drift = usual * np.exp(DRIFT_LOG_SD * rng.standard_normal())
        days = np.sort(rng.choice(900, size=6, replace=False)).astype(float)
        steps = drift * np.sqrt(np.diff(days) / DAYS_A_YEAR) * rng.standard_normal(5)
        level = 10.0 + np.concatenate([[0.0], np.cumsum(steps)])
        measured = level + error * rng.standard_normal(6)
        found = levels(days[:5], measured[:5], np.full(5, error), usual)
        low, high = found.change.interval_95
        held_change += low <= level[4] - level[0] <= high
        low, high = found.expected(days[5], error).interval_95
        held_next += low <= measured[5] <= high
    # 95 % of 600 within four standard errors
    assert held_change / patients == pytest.approx(0.95, abs=0.036)
    assert held_next / patients == pytest.approx(0.95, abs=0.036)


def test_change_is_the_difference_of_the_levels_at_both_ends() -> None:
    values, variances = np.array([1.0, 1.4, 0.7, 0.9, 2.0]), np.full(5, 0.04)
    walk = _Walk.through(DAYS, values, variances, 0.5)
    first, last = (walk.level(day)[0] for day in (DAYS[0], DAYS[-1]))
    assert walk.change[0] == pytest.approx(last - first)


@pytest.mark.parametrize(
    ("days", "values", "errors"),
    [([], [], []), ([0.0, 0.0], [1.0, 1.0], [0.1, 0.1]), ([0.0], [np.nan], [0.1]), ([0.0], [1.0], [0.0])],
)
def test_what_says_nothing_is_refused(days: list[float], values: list[float], errors: list[float]) -> None:
    with pytest.raises(LtmeError):
        levels(np.array(days), np.array(values), np.array(errors))


@pytest.mark.parametrize("chart", [ewma, cusum])
def test_charts_see_a_shift_soon_and_seldom_see_one_that_is_not_there(chart) -> None:
    rng = np.random.default_rng(7)
    stable, shifted = [], []
    for _ in range(300):
        values = 5.0 + 0.2 * rng.standard_normal(20)
        stable.append(chart(values, 0.2).first_alarm is not None)
        moved = values.copy()
        moved[8:] += 3.0 * 0.2
        shifted.append(chart(moved, 0.2).first_alarm)
    assert np.mean(stable) < 0.15
    seen = [alarm for alarm in shifted if alarm is not None and alarm >= 8]
    assert len(seen) > 0.9 * 300 * (1.0 - np.mean(stable))
    assert np.median(seen) <= 11


@pytest.mark.parametrize("chart", [ewma, cusum])
def test_charts_say_which_way_and_refuse_few_visits(chart) -> None:
    falling = np.concatenate([np.zeros(6), np.full(10, -4.0)])
    found = chart(falling, 1.0)
    assert found.statistic[found.first_alarm] < 0.0
    with pytest.raises(LtmeError, match="too few"):
        chart(np.zeros(FEWEST_VISITS - 1), 1.0)
    with pytest.raises(LtmeError, match="number"):
        chart(np.full(FEWEST_VISITS, np.nan), 1.0)
