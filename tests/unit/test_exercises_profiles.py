"""Paths through postures: smooth, exact at the postures, never beyond them."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.exercises.profiles import (
    minimum_jerk,
    passing_speeds,
    slow_sway,
    smooth_path,
    uneven_time,
)

TIMES_S = np.array([0.0, 0.5, 1.3, 1.8, 3.0])
WAYPOINTS = np.array([[0.0], [0.0], [40.0], [90.0], [0.0]])
AT_S = np.linspace(0.0, 3.0, 3001)


def test_minimum_jerk_is_half_done_at_half_time_and_rests_at_both_ends():
    share = np.linspace(-0.5, 1.5, 2001)
    done = minimum_jerk(share)
    assert minimum_jerk(np.array([0.5]))[0] == pytest.approx(0.5)
    assert np.all(np.diff(done) >= 0)
    assert done[0] == 0.0
    assert done[-1] == 1.0
    assert np.gradient(done, share).max() == pytest.approx(15 / 8, rel=1e-4)


def test_between_two_stops_the_path_is_minimum_jerk():
    at_s = np.linspace(0.0, 2.0, 101)
    path = smooth_path(np.array([0.0, 2.0]), np.array([[10.0], [70.0]]), at_s)
    np.testing.assert_allclose(path[:, 0], 10.0 + 60.0 * minimum_jerk(at_s / 2.0), atol=1e-12)


def test_the_path_meets_each_posture_and_never_passes_beyond_its_neighbours():
    path = smooth_path(TIMES_S, WAYPOINTS, AT_S)[:, 0]
    np.testing.assert_allclose(smooth_path(TIMES_S, WAYPOINTS, TIMES_S), WAYPOINTS, atol=1e-9)
    for start, stop, low, high in ((0.0, 0.5, 0, 0), (0.5, 1.3, 0, 40), (1.3, 1.8, 40, 90), (1.8, 3.0, 0, 90)):
        piece = path[(start <= AT_S) & (stop >= AT_S)]
        assert piece.min() >= low - 1e-9
        assert piece.max() <= high + 1e-9


def test_a_posture_passed_through_is_not_a_halt_and_a_turning_point_is():
    speeds = passing_speeds(TIMES_S, WAYPOINTS)[:, 0]
    assert speeds[2] > 30.0
    np.testing.assert_array_equal(speeds[[0, 1, 3, 4]], 0.0)


def test_speed_and_acceleration_do_not_jump():
    jumps = []
    for samples in (1501, 3001):  # what does not jump changes half as much over half the time
        at_s, step_s = np.linspace(0.0, 3.0, samples, retstep=True)
        acceleration = np.diff(smooth_path(TIMES_S, WAYPOINTS, at_s)[:, 0], 2) / step_s**2
        jumps.append(np.abs(np.diff(acceleration)).max())
    assert jumps[1] < 0.55 * jumps[0]


def test_uneven_time_keeps_the_ends_of_phases_and_never_runs_back():
    skews = np.array([0.1, -0.1, 0.05, -0.15])
    shifted = uneven_time(TIMES_S, AT_S, skews)
    np.testing.assert_allclose(uneven_time(TIMES_S, TIMES_S, skews), TIMES_S, atol=1e-12)
    assert np.all(np.diff(shifted) > 0)


def test_sway_begins_and_ends_at_zero_and_keeps_its_amplitude():
    at_s = np.linspace(0.0, 20.0, 2001)
    sway = slow_sway(at_s, np.random.default_rng(3), 0.5)
    assert sway[0] == 0.0
    assert sway[-1] == pytest.approx(0.0, abs=1e-12)
    assert 0.1 < np.abs(sway).max() <= 0.5
