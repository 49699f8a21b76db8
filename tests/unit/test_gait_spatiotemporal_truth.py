"""Virtual patients whose truth is known: cadence and step length within 1 %, stance within 1.5 percentage points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.gait.cycles import gait_cycles
from ltme_clinic.gait.spatiotemporal import SpatiotemporalResult, spatiotemporal
from ltme_clinic.gait.walker import walker_of
from ltme_clinic.norms import speed_m_s
from ltme_clinic.types import Recording, WalkTruth
from ltme_clinic.virtual_lab import CameraSystem, VirtualPatient, VirtualWalk, sample_patient, simulate_walk

SLOW, FREE, FAST = 0.2, 0.43, 0.6
"""Dimensionless speeds."""
CAMERAS = CameraSystem()


def walked(patient: VirtualPatient, speed: float = FREE, **course: float) -> VirtualWalk:
    return simulate_walk(patient, speed_m_s=speed_m_s(speed, patient.leg_length_m), cameras=CAMERAS, **course)


def measured(recording: Recording, truth: WalkTruth) -> SpatiotemporalResult:
    walker = walker_of(recording)
    return spatiotemporal(walker, truth.events, gait_cycles(walker, truth.events))


def value(result: SpatiotemporalResult, name: str, side=None) -> float:
    figure = result.figure(name, side)
    assert figure is not None, f"{name} of {side}: {result.refusals}"
    return figure.value


def assert_near_truth(result: SpatiotemporalResult, truth: WalkTruth, step: float = 0.01) -> None:
    assert value(result, "cadence_spm") == pytest.approx(truth.cadence_spm, rel=0.01)
    assert value(result, "step_length_m") == pytest.approx(np.mean(truth.step_length_m), rel=step)
    assert value(result, "speed_m_s") == pytest.approx(truth.speed_m_s, rel=0.015)
    for side, stance_pct in zip(("left", "right"), truth.stance_pct, strict=True):
        assert value(result, "stance_pct", side) == pytest.approx(stance_pct, abs=1.5)


@pytest.mark.parametrize("speed", [SLOW, FREE, FAST])
@pytest.mark.parametrize("seed", range(20, 24))
def test_healthy_people_at_three_speeds(seed, speed):
    walk = walked(sample_patient(seed), speed)
    assert_near_truth(measured(walk.recording, walk.truth), walk.truth)


@pytest.mark.parametrize("impairment", ["antalgic", "hemiplegic", "crouch", "equinus"])
def test_impaired_people(impairment):
    walk = walked(sample_patient(31, impairment=impairment, severity=0.8), 0.3, duration_s=20.0)
    assert_near_truth(measured(walk.recording, walk.truth), walk.truth)


@pytest.mark.parametrize("seed", [40, 41])
def test_the_side_that_is_ahead_is_told_from_the_other_as_far_as_heel_markers_allow(seed):
    """Each heel marker is some 6 mm off its heel: a step is 2 % wrong on either side and right in the mean."""
    walk = walked(sample_patient(seed, impairment="antalgic", severity=1.0))
    result = measured(walk.recording, walk.truth)
    for side, length_m in zip(("left", "right"), walk.truth.step_length_m, strict=True):
        assert value(result, "step_length_m", side) == pytest.approx(length_m, abs=0.025)
    assert value(result, "step_width_m") == pytest.approx(walk.truth.step_width_m, abs=0.025)


@pytest.mark.parametrize("curvature_per_m", [0.1, -0.35])
def test_curved_paths_gentle_or_nothing_but_turning(curvature_per_m):
    walk = walked(sample_patient(44), duration_s=8.0, curvature_per_m=curvature_per_m)
    assert_near_truth(measured(walk.recording, walk.truth), walk.truth)


@pytest.mark.parametrize(("seed", "speed"), [(50, SLOW), (51, FAST), (52, FREE), (53, FREE)])
def test_on_a_treadmill_whose_belt_the_feet_show(seed, speed):
    """The cameras are carried along at the walker's mean speed."""
    walk = walked(sample_patient(seed), speed, duration_s=20.0)
    still = walker_of(walk.recording)
    way_m = still.pelvis_m[-1, :2] - still.pelvis_m[0, :2]
    positions_m = walk.recording.positions_m.copy()
    positions_m[..., :2] -= np.linspace(0.0, 1.0, still.frames)[:, None, None] * way_m
    filmed = replace(walk.recording, positions_m=positions_m)
    assert walker_of(filmed).setting == "treadmill"
    # a toe marker moves by 2 mm over its bone while the foot stands, which a belt can't be told from
    assert_near_truth(measured(filmed, walk.truth), walk.truth, step=0.02)
