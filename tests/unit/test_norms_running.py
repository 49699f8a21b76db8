"""Running by the published tables: cadence, stance and curves change with speed as runners' do."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.body import ANGLES
from ltme_clinic.norms import dimensionless_speed
from ltme_clinic.norms.running import (
    RUNNING_SPEED_RANGE,
    running_cadence_steps_min,
    running_curves,
    running_stance_share,
    running_step_width_m,
)

LEG_M = 0.94
"""Leg length of the published runners, by the table."""


@pytest.mark.parametrize(
    ("speed_m_s", "cadence", "stance", "width_m"),
    [(2.5, 162, 0.394, 0.10), (3.5, 171, 0.348, 0.09), (4.5, 183, 0.328, 0.08)],
)
def test_the_published_runners_come_back_at_their_speeds(
    speed_m_s: float, cadence: float, stance: float, width_m: float
) -> None:
    relative = dimensionless_speed(speed_m_s, LEG_M)
    assert running_cadence_steps_min(relative, LEG_M) == pytest.approx(cadence)
    assert running_stance_share(relative) == pytest.approx(stance)
    assert running_step_width_m(relative, LEG_M) == pytest.approx(width_m)


def test_a_child_at_the_same_dimensionless_speed_steps_faster_by_the_root_of_the_leg_length() -> None:
    ratio = running_cadence_steps_min(1.0, 0.5 * LEG_M) / running_cadence_steps_min(1.0, LEG_M)
    assert ratio == pytest.approx(np.sqrt(2.0))


def test_stance_is_under_half_of_the_cycle_at_every_running_speed_and_falls() -> None:
    shares = [running_stance_share(speed) for speed in np.linspace(*RUNNING_SPEED_RANGE, 20)]
    assert max(shares) < 0.45
    assert min(shares) > 0.28
    assert np.all(np.diff(shares) < 0)


def test_curves_are_periodic_and_of_runners() -> None:
    for speed in np.linspace(*RUNNING_SPEED_RANGE, 5):
        curves = running_curves(speed)
        assert curves.shape == (len(ANGLES), 51)
        assert curves[:, 0] == pytest.approx(curves[:, -1], abs=0.02)
        assert curves[ANGLES.index("knee_flexion")].min() > 5.0


def test_knees_bend_more_in_swing_when_running_faster() -> None:
    peaks = [running_curves(speed)[ANGLES.index("knee_flexion")].max() for speed in (0.6, 0.9, 1.2, 1.5, 1.8)]
    assert np.all(np.diff(peaks) > 5.0)


def test_the_pelvis_moves_alike_for_both_legs_half_a_cycle_apart() -> None:
    curves = running_curves(1.1)
    half = np.roll(curves[:, :-1], 25, axis=1)
    for name, sign in (("pelvic_tilt", 1.0), ("pelvic_obliquity", -1.0), ("pelvic_rotation", -1.0)):
        row = ANGLES.index(name)
        assert curves[row, :-1] == pytest.approx(sign * half[row], abs=0.02)
