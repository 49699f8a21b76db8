"""Events to gait cycles: what a cycle holds, and what speaks against averaging it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from stride_walks import RATE_HZ, MadeUpWalk, made_up_walk, warped

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.gait.cycles import TURNING_DEG, _turning, gait_cycles
from ltme_clinic.types import GaitCycle, GaitEvent


def cycles_of(walk: MadeUpWalk) -> tuple[GaitCycle, ...]:
    return gait_cycles(walk.walker(), walk.events)


def dropped(walk: MadeUpWalk, side: str, kind: str, number: int) -> MadeUpWalk:
    """The walk without one of its events."""
    gone = [event for event in walk.events if (event.side, event.kind) == (side, kind)][number]
    return walk.only(lambda event: event is not gone)


def test_every_stride_of_both_feet_is_a_cycle_in_order_of_its_start():
    cycles = cycles_of(made_up_walk(strides=6))
    assert [cycle.side for cycle in cycles] == ["left", "right"] * 6
    assert all(cycle.counts for cycle in cycles)
    starts_s = [cycle.start_s for cycle in cycles]
    assert starts_s == sorted(starts_s)


def test_an_even_walk_has_its_events_where_they_were_put():
    cycle = cycles_of(made_up_walk(cadence_spm=120.0, stance=0.6))[4]
    assert cycle.duration_s == pytest.approx(1.0)
    assert cycle.percent(cycle.opposite_foot_off_s) == pytest.approx(10.0)
    assert cycle.percent(cycle.opposite_contact_s) == pytest.approx(50.0)
    assert cycle.percent(cycle.foot_off_s) == pytest.approx(60.0)


def test_speed_is_that_of_the_pelvis_over_ground_or_belt():
    walk = made_up_walk(speed_m_s=1.3, strides=10)
    for filmed in (walk, walk.on_a_belt(1.3)):
        assert [cycle.speed_m_s for cycle in cycles_of(filmed)] == pytest.approx([1.3] * 20, rel=0.003)


def test_events_may_come_in_any_order_and_those_that_are_no_contact_are_passed_over():
    walk = made_up_walk()
    strange = (
        GaitEvent(None, "initial_contact", 2.0, 200),
        GaitEvent("left", "other", 2.0, 200),
        GaitEvent("left", "initial_contact", -0.59, -59),
        GaitEvent("right", "initial_contact", 1e6, 10**8),
    )
    assert gait_cycles(walk.walker(), walk.events[::-1] + strange) == cycles_of(walk)


def test_a_missed_contact_flags_the_cycles_that_it_should_lie_in():
    cycles = cycles_of(dropped(made_up_walk(), "right", "initial_contact", 3))
    told = {(cycle.side, flag) for cycle in cycles for flag in cycle.flags}
    assert ("left", "no contact of the right foot") in told
    assert ("right", "2 times a contact of the left foot") in told
    assert sum(cycle.counts for cycle in cycles) == 16 - 3  # one left cycle, and one right instead of two


def test_a_missed_foot_off_flags_its_own_cycle_and_leaves_the_other_foot_s_without_double_support():
    cycles = cycles_of(dropped(made_up_walk(), "left", "foot_off", 3))
    flagged = [cycle for cycle in cycles if not cycle.counts]
    assert [(cycle.side, cycle.flags) for cycle in flagged] == [("left", ("no foot off of the left foot",))]
    (other,) = [cycle for cycle in cycles if cycle.opposite_foot_off_s is None]
    assert other.side == "right"
    assert other.counts


def test_feet_that_change_over_in_one_instant_still_walk():
    """No double support from left to right, the left foot off a hair before or after the right contact."""
    walk = made_up_walk(stance=0.6, right_at=0.6)
    for shift_s in (-0.01, 0.0, 0.01):
        events = [replace(e, time_s=e.time_s + shift_s * (e.kind == "foot_off")) for e in walk.events]
        cycles = gait_cycles(walk.walker(), events)
        assert all(cycle.counts for cycle in cycles)
        # All but the first right cycle: who comes into view on the right foot has lifted the left one already.
        offs = [cycle.percent(cycle.opposite_foot_off_s) for cycle in cycles if cycle.side == "right"]
        assert offs[1:] == pytest.approx([100 * shift_s / (120 / 110)] * len(offs[1:]), abs=1e-6)


def test_a_recording_without_any_foot_off_still_has_cycles():
    cycles = cycles_of(made_up_walk().only(lambda event: event.kind == "initial_contact"))
    assert all(cycle.counts and cycle.foot_off_s is None and cycle.opposite_foot_off_s is None for cycle in cycles)


def test_a_contact_marked_twice_makes_no_cycle():
    walk = made_up_walk()
    first = walk.events[0]
    again = replace(first, time_s=first.time_s + 0.03)
    cycles = gait_cycles(walk.walker(), (*walk.events, again))
    assert len(cycles) == 16
    assert min(cycle.duration_s for cycle in cycles) > 1.0


def test_a_cycle_much_longer_than_the_own_median_is_flagged():
    """The person stops in mid-stride for a second, on both feet."""
    walk = warped(made_up_walk(strides=9), lambda t: np.interp(t, [0.0, 5.0, 6.0, 99.0], [0.0, 5.0, 5.0, 98.0]))
    flags = [flag for cycle in cycles_of(walk) for flag in cycle.flags]
    assert any(flag.startswith("too long") for flag in flags)
    assert sum(cycle.counts for cycle in cycles_of(walk)) >= 14


@pytest.mark.parametrize(("curvature_per_m", "turns"), [(0.0, False), (0.15, False), (0.3, True), (-0.3, True)])
def test_straight_walking_and_turning_are_told_apart(curvature_per_m, turns):
    walk = made_up_walk(curvature_per_m=curvature_per_m)
    stride_deg = np.degrees(curvature_per_m * 1.1 * 120.0 / 110.0)
    cycles = cycles_of(walk)
    assert [cycle.turn_deg for cycle in cycles] == pytest.approx([stride_deg] * len(cycles), abs=0.5)
    assert (abs(stride_deg) > TURNING_DEG) == turns
    assert all(("turning" in cycle.flags) == turns for cycle in cycles)


def test_a_turn_takes_in_the_cycles_beside_it_that_turn_the_same_way():
    turn_deg = np.array([2.0, 11.0, 12.0, 16.0, 11.0, 4.0, 12.0, -11.0, -20.0, 11.0, np.nan, 30.0])
    expected = [False, True, True, True, True, False, False, True, True, False, False, True]
    assert _turning(turn_deg).tolist() == expected


def test_starting_and_stopping_strides_are_flagged_and_the_steady_ones_between_are_not():
    def pace(t: np.ndarray) -> np.ndarray:
        """Speeds up over the first 2 s and slows down over 2 s from 9 s on."""
        speed = np.interp(t, [0.0, 2.0, 9.0, 11.0, 30.0], [0.45, 1.0, 1.0, 0.45, 0.45])
        return np.concatenate([[0.0], np.cumsum((speed[1:] + speed[:-1]) / 2.0) / RATE_HZ])

    cycles = cycles_of(warped(made_up_walk(strides=10), pace))
    flags = [cycle.flags for cycle in cycles if cycle.duration_s < 5.0]
    assert "starting" in flags[0]
    assert "stopping" in flags[-1]
    steady = [cycle for cycle in cycles if cycle.start_s > 2.0 and cycle.stop_s < 9.0]
    assert len(steady) >= 10
    assert all(cycle.counts for cycle in steady)


def test_an_even_limp_is_not_taken_for_starting_and_stopping():
    assert all(cycle.counts for cycle in cycles_of(made_up_walk(right_at=0.6, right_step_share=0.4)))


def test_walking_backwards_counts_no_cycle():
    cycles = cycles_of(made_up_walk().backwards())
    assert cycles
    assert all("backwards" in cycle.flags for cycle in cycles)
    assert all(cycle.speed_m_s == pytest.approx(-1.1, rel=0.01) for cycle in cycles)


def test_stepping_on_the_spot_counts_no_cycle():
    cycles = cycles_of(made_up_walk(speed_m_s=0.02))
    assert all(any(flag.startswith("on the spot") for flag in cycle.flags) for cycle in cycles)


def test_a_cycle_in_which_the_pelvis_hides_is_flagged_and_its_neighbours_are_not():
    walk = made_up_walk()
    hidden_m = walk.positions_m.copy()
    pelvis = [SLOT_INDEX[slot] for slot in ("sacrum", "left_asis", "right_asis", "left_hip_centre", "right_hip_centre")]
    both_psis = [SLOT_INDEX[f"{side}_psis"] for side in ("left", "right")]
    hidden_m[400:460, pelvis + both_psis] = np.nan
    cycles = cycles_of(replace(walk, positions_m=hidden_m))
    for cycle in cycles:
        touches = cycle.start_s < 4.6 and cycle.stop_s > 4.0
        assert ("pelvis not seen" in cycle.flags) == touches
        assert (cycle.speed_m_s is None) == touches


def test_mirroring_swaps_left_and_right_and_turning_the_laboratory_changes_nothing():
    walk = made_up_walk(right_at=0.55, curvature_per_m=0.1)
    plain, mirrored, turned = cycles_of(walk), cycles_of(walk.mirrored()), cycles_of(walk.turned(2.0))
    for cycle, other, same in zip(plain, mirrored, turned, strict=True):
        assert other.side != cycle.side
        assert other.turn_deg == pytest.approx(-cycle.turn_deg)
        assert (same.side, same.flags) == (cycle.side, cycle.flags)
        assert same.turn_deg == pytest.approx(cycle.turn_deg)
        assert same.speed_m_s == pytest.approx(cycle.speed_m_s)


def test_without_two_contacts_of_a_foot_there_is_no_cycle():
    walk = made_up_walk()
    assert gait_cycles(walk.walker(), ()) == ()
    assert gait_cycles(walk.walker(), walk.events[:3]) == ()
