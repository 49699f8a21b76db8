"""Cycles whose events no walker can have in that order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stride_walks import MadeUpWalk, made_up_walk

from ltme_clinic.gait.cycles import gait_cycles
from ltme_clinic.gait.spatiotemporal import spatiotemporal

OTHER_KIND = {"initial_contact": "foot_off", "foot_off": "initial_contact"}


def changed(walk: MadeUpWalk, change) -> MadeUpWalk:
    return replace(walk, events=tuple(change(event) for event in walk.events))


def doubled(walk: MadeUpWalk, apart_s: float) -> MadeUpWalk:
    again = [replace(e, time_s=e.time_s + apart_s) for e in walk.events if (e.side, e.kind) == LEFT_CONTACT]
    return replace(walk, events=(*walk.events, *again))


LEFT_CONTACT = ("left", "initial_contact")


def flags_of(walk: MadeUpWalk) -> list[tuple[str, ...]]:
    return [cycle.flags for cycle in gait_cycles(walk.walker(), walk.events)]


def test_exchanged_kinds_in_a_walk_are_flagged_and_give_no_run():
    walk = changed(made_up_walk(), lambda event: replace(event, kind=OTHER_KIND[event.kind]))
    flags = flags_of(walk)
    assert all("foot off before the other foot's contact: at 40 and 50 % of the cycle" in why[0] for why in flags)
    result = spatiotemporal(walk.walker(), walk.events, gait_cycles(walk.walker(), walk.events))
    assert result.figures == ()
    assert "foot off before the other foot's contact" in result.refusals[0].reason


def test_a_runner_s_foot_leaves_before_the_other_lands_and_counts():
    walk = made_up_walk(cadence_spm=165.0, speed_m_s=2.8, stance=0.25)
    assert all(why == () for why in flags_of(walk))
    walking_events = changed(walk, lambda event: replace(event, kind=OTHER_KIND[event.kind]))
    assert all(
        "foot off after the other foot's contact: at 75 and 50 % of the cycle" in why[0]
        for why in flags_of(walking_events)
    )


@pytest.mark.parametrize("apart_s", [0.1, 0.2, 0.3, 0.36, 0.4, 0.5])
def test_contacts_of_a_foot_marked_twice_count_no_cycle_of_either_foot(apart_s):
    flags = flags_of(doubled(made_up_walk(), apart_s))
    assert flags
    assert all(flags)


def test_one_contact_marked_twice_costs_the_cycles_beside_it_alone():
    walk = made_up_walk()
    fourth = [event for event in walk.events if (event.side, event.kind) == LEFT_CONTACT][3]
    again = replace(fourth, time_s=fourth.time_s + 0.4)
    cycles = gait_cycles(walk.walker(), (*walk.events, again))
    assert sum(cycle.counts for cycle in cycles) == 16 - 3
    twice = [flag for cycle in cycles for flag in cycle.flags if flag.startswith("contact marked twice")]
    assert twice == [f"contact marked twice: {fourth.time_s:.2f} and {again.time_s:.2f} s"] * 2


def test_two_contacts_a_stride_apart_between_which_everything_is_missed_are_no_doubled_one():
    walk = made_up_walk()
    contacts = [event for event in walk.events if (event.side, event.kind) == LEFT_CONTACT]
    first_s, second_s = contacts[3].time_s, contacts[4].time_s
    cycles = gait_cycles(walk.walker(), walk.only(lambda e: not first_s < e.time_s < second_s).events)
    assert not any("twice:" in flag for cycle in cycles for flag in cycle.flags if "marked" in flag)
    assert sum(cycle.counts for cycle in cycles if cycle.side == "left") == 7


@pytest.mark.parametrize(
    ("right_at", "counts"), [(0.35, True), (0.65, True), (0.25, True), (0.15, False), (0.85, False)]
)
def test_a_limp_counts_and_a_contact_out_of_place_does_not(right_at, counts):
    flags = flags_of(made_up_walk(right_at=right_at, stance=max(right_at, 1 - right_at) + 0.04))
    assert all((why == ()) == counts for why in flags)
    if not counts:
        assert any("contact of the right foot out of place: " in flag for why in flags for flag in why)


def test_an_antalgic_stance_of_half_a_stride_counts_and_one_of_a_third_does_not():
    """The right foot leaves early; the left one lands before that."""
    for leaves_at, counts in ((0.50, True), (0.35, False)):
        walk = made_up_walk(right_at=0.7, stance=0.75)  # left lands at 30 % of the right foot's stride
        early_s = (0.75 - leaves_at) * 120.0 / 110.0
        walk = changed(
            walk,
            lambda e, early_s=early_s: (
                replace(e, time_s=e.time_s - early_s) if (e.side, e.kind) == ("right", "foot_off") else e
            ),
        )
        right = [cycle for cycle in gait_cycles(walk.walker(), walk.events) if cycle.side == "right"]
        assert all(cycle.counts == counts for cycle in right)
        assert counts or all("foot off out of place: 35 % of the cycle" in cycle.flags for cycle in right)


def test_feet_that_change_over_in_one_instant_have_no_double_support_and_no_flight():
    walk = changed(made_up_walk(stance=0.5), lambda e: replace(e, time_s=e.time_s - 0.01 * (e.kind == "foot_off")))
    result = spatiotemporal(walk.walker(), walk.events, gait_cycles(walk.walker(), walk.events))
    assert result.figure("flight_pct") is None
    assert result.figure("double_support_pct") is None
    (reason,) = [refusal.reason for refusal in result.refusals if refusal.what == "double_support_pct"]
    assert "each foot leaves when the other lands" in reason
    assert result.figure("stance_pct").value == pytest.approx(49.1, abs=0.2)
