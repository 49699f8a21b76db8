"""The belt's velocity from feet that lie flat on it, and footprints in the direction of the walk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from stride_walks import WIDTH_M, made_up_walk

from ltme_clinic.gait.belt import with_measured_belt
from ltme_clinic.gait.spatiotemporal.footprints import footprints


@pytest.mark.parametrize("hidden", [(), ("left_heel", "right_heel"), ("left_toe", "right_toe"), ("right_heel",)])
def test_the_belt_runs_as_fast_as_the_feet_that_stand_on_it(hidden):
    filmed = made_up_walk(speed_m_s=1.1, strides=12).on_a_belt(1.1).without(*hidden)
    slow = filmed.walker()
    wrong = replace(slow, belt_m_s=0.93 * slow.belt_m_s, velocity_m_s=slow.velocity_m_s - [0.077, 0.0])
    found = with_measured_belt(wrong, filmed.events)
    np.testing.assert_allclose(found.belt_m_s, [1.1, 0.0], atol=0.002)
    assert found.velocity_m_s[:, 0].mean() == pytest.approx(1.1, abs=0.01)


def test_over_the_ground_and_without_contacts_nothing_changes():
    walk = made_up_walk()
    overground, treadmill = walk.walker(), walk.on_a_belt(1.1).walker()
    assert with_measured_belt(overground, walk.events) is overground
    assert with_measured_belt(treadmill, ()) is treadmill


def test_prints_are_where_the_heels_stand_and_the_walk_goes_on_between_them():
    walk = made_up_walk(speed_m_s=1.1, cadence_spm=110.0)
    prints = footprints(walk.walker(), walk.events)
    np.testing.assert_allclose(np.diff(prints.place_m[:, 0]), 0.6, atol=1e-6)
    np.testing.assert_allclose(np.abs(prints.place_m[:, 1]), WIDTH_M / 2, atol=1e-6)
    np.testing.assert_allclose(prints.direction_rad, 0.0, atol=1e-3)
    assert prints.landmark == "heel"


def test_a_contact_at_the_very_end_still_has_its_print():
    """The film stops 50 ms after a contact, before the foot lies flat: it is where that foot's other prints say."""
    walk = made_up_walk(speed_m_s=1.1, cadence_spm=110.0)
    last_s = walk.events[-3].time_s if walk.events[-3].kind == "initial_contact" else walk.events[-2].time_s
    frames = round((last_s + 0.05) * 100)
    cut = replace(walk, positions_m=walk.positions_m[:frames]).only(lambda event: event.time_s <= last_s)
    place_m = footprints(cut.walker(), cut.events).place_m
    np.testing.assert_allclose(place_m, footprints(walk.walker(), walk.events).place_m[: len(place_m)], atol=1e-3)


def test_each_time_finds_its_own_contact():
    walk = made_up_walk()
    prints = footprints(walk.walker(), walk.events)
    np.testing.assert_array_equal(prints.index(prints.time_s), np.arange(len(prints.time_s)))


def test_on_a_circle_the_direction_is_the_path_s_at_each_contact():
    """The body is a quarter stride (0.3 m) behind the foot that lands."""
    walk = made_up_walk(curvature_per_m=0.25, speed_m_s=1.1, cadence_spm=110.0)
    prints = footprints(walk.walker(), walk.events)
    np.testing.assert_allclose(prints.direction_rad, 0.25 * 1.1 * prints.time_s, atol=0.02)
