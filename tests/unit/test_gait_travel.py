"""Which way somebody walks, and that a pelvis held turned does not turn it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.gait.analysis import analyse_gait
from ltme_clinic.gait.travel import USUAL_STRIDE_S, direction_of_travel
from ltme_clinic.gait.walker import Walker, walker_of
from ltme_clinic.virtual_lab import WalkingTask, sample_patient, simulate_static, simulate_walk
from ltme_clinic.virtual_lab.markers import TEXTBOOK

RATE_HZ = 100.0


@pytest.fixture(scope="module")
def some_walker() -> Walker:
    return walker_of(simulate_walk(sample_patient(2), duration_s=2.0).recording)


def going(walker: Walker, path_m: np.ndarray, facing_rad: np.ndarray | float) -> Walker:
    """A walker whose pelvis goes along a path (frame, 2) and faces where it is told."""
    pelvis_m = np.column_stack([path_m, np.full(len(path_m), 0.9)])
    facing = np.broadcast_to(facing_rad, len(path_m)).astype(float)
    blank = np.full((len(path_m), *walker.positions_m.shape[1:]), np.nan)
    recording = replace(walker.recording, rate_hz=RATE_HZ)
    return replace(walker, recording=recording, positions_m=blank, pelvis_m=pelvis_m, heading_rad=facing, belt_m_s=None)


def straight(seconds: float, degrees: float, sway_m: float = 0.0) -> np.ndarray:
    """Walking at 1 m/s along a direction, swaying once a stride to either side."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    along, across = t, sway_m * np.sin(2 * np.pi * t / USUAL_STRIDE_S)
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.column_stack([cos * along - sin * across, sin * along + cos * across])


def test_a_pelvis_held_turned_leaves_the_direction_of_travel_as_it_is(some_walker: Walker) -> None:
    walker = going(some_walker, straight(4.0, 30.0), np.radians(30.0 + 12.0))
    np.testing.assert_allclose(np.degrees(direction_of_travel(walker)), 30.0, atol=1e-9)


def test_sway_falls_out_also_in_the_first_and_last_stride(some_walker: Walker) -> None:
    walker = going(some_walker, straight(4.0, -60.0, sway_m=0.03), np.radians(-60.0))
    np.testing.assert_allclose(np.degrees(direction_of_travel(walker)), -60.0, atol=0.1)


def test_on_a_circle_it_is_the_tangent(some_walker: Walker) -> None:
    angle = np.linspace(0.0, np.pi, 600)
    walker = going(some_walker, 2.0 * np.column_stack([np.sin(angle), 1.0 - np.cos(angle)]), angle)
    inside = slice(110, -110)
    np.testing.assert_allclose(direction_of_travel(walker)[inside], angle[inside], atol=np.radians(0.2))


def test_who_walks_backwards_is_measured_against_where_he_faces(some_walker: Walker) -> None:
    walker = going(some_walker, straight(4.0, 0.0), np.pi)
    np.testing.assert_allclose(np.cos(direction_of_travel(walker)), -1.0, atol=1e-9)


def test_who_stands_is_measured_against_the_pelvis() -> None:
    walker = walker_of(simulate_static(sample_patient(2)))
    np.testing.assert_array_equal(direction_of_travel(walker), walker.heading_rad)


def test_hidden_frames_stay_unknown(some_walker: Walker) -> None:
    walker = going(some_walker, straight(4.0, 10.0), np.radians(10.0))
    pelvis_m = walker.pelvis_m.copy()
    pelvis_m[100:130] = np.nan
    heading = walker.heading_rad.copy()
    heading[100:130] = np.nan
    direction = direction_of_travel(replace(walker, pelvis_m=pelvis_m, heading_rad=heading))
    assert np.isnan(direction[100:130]).all()
    np.testing.assert_allclose(np.degrees(direction[130:]), 10.0, atol=1e-9)


@pytest.mark.parametrize("treadmill", [False, True])
def test_the_mean_pelvic_rotation_of_a_walk_is_found(treadmill: bool) -> None:
    off_deg = []
    for seed in range(1, 7):
        patient = sample_patient(seed, impairment="hemiplegic", severity=1.0, side="left")
        task = WalkingTask(treadmill=treadmill)
        walk = simulate_walk(patient, duration_s=6.0, cameras=TEXTBOOK, task=task)
        curves = analyse_gait(replace(walk.recording, events=())).curves
        for number, side in enumerate(("left", "right")):
            true_deg = walk.truth.model_curves_deg[number, 2].mean()
            off_deg.append(abs(curves["pelvic_rotation", side].mean.mean() - true_deg))
    assert len(off_deg) == 12
    assert np.mean(off_deg) < 0.4  # a retracted pelvis is rotated by 3 to 8
    assert max(off_deg) < 1.5
