"""Gait events: whose word counts, what is filled in, and what is said about it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_up_feet import Steps, contact_times_s, foot_off_times_s, true_events, turned_laboratory, walked

from ltme_clinic.gait.events import DETECTORS, METHODS, GhoussayniDetector, ZeniDetector, detect_events
from ltme_clinic.gait.events.alternation import alternating, missing_in_order
from ltme_clinic.gait.walker import walker_of
from ltme_clinic.types import GaitEvent, LtmeError, PlateContact

STEPS = Steps()


def walker_with(*events: GaitEvent):
    return walker_of(walked(STEPS, events=tuple(events)))


def times_of(events, side: str, kind: str) -> np.ndarray:
    return np.array([event.time_s for event in events if event.side == side and event.kind == kind])


def event(side: str, kind: str, time_s: float, **more) -> GaitEvent:
    return GaitEvent(side, kind, time_s, round(100 * time_s), **more)


def test_the_default_rule_finds_each_landing_and_each_leaving():
    found = detect_events(walker_with())
    for side in ("left", "right"):
        landed, left = contact_times_s(STEPS, side), foot_off_times_s(STEPS, side)
        np.testing.assert_allclose(times_of(found.events, side, "initial_contact"), landed[landed > 0.05], atol=0.02)
        np.testing.assert_allclose(times_of(found.events, side, "foot_off"), left[left < 5.95], atol=0.05)
    assert {e.source for e in found.events} == {"kinematic"}
    assert found.warnings == ()
    assert found.refusals == ()
    assert found.method.startswith("heel-toe minimum (24): walking overground")


def test_events_come_in_the_order_of_walking():
    kinds = [(e.side[0], e.kind[0]) for e in detect_events(walker_with()).events]
    assert kinds[:8] == [*zip("llrr" * 2, "fifi" * 2, strict=True)]


def test_an_entered_event_is_kept_as_it_is_and_the_rest_is_filled():
    entered = event("left", "initial_contact", 2.41)
    found = detect_events(walker_with(entered))
    assert entered in found.events
    assert len(times_of(found.events, "left", "initial_contact")) == 6
    assert sum(e.source == "entered" for e in found.events) == 1
    assert found.method.startswith("entered in the file (1); heel-toe minimum (23) for the rest")


def test_entered_wins_over_plate_and_plate_over_markers():
    entered = event("left", "initial_contact", 2.41)
    plates = (
        PlateContact(1, "left", 2.405, 3.02, clean=True),
        PlateContact(2, "right", 2.9, 3.52, clean=True),
    )
    found = {(e.side, e.kind, round(e.time_s, 3)): e for e in detect_events(walker_with(entered), plates).events}
    assert found["left", "initial_contact", 2.41].source == "entered"
    assert ("left", "initial_contact", 2.405) not in found
    assert found["left", "foot_off", 3.02].source == "force_plate"
    assert found["left", "foot_off", 3.02].method == "plate 1"
    assert found["right", "initial_contact", 2.9].source == "force_plate"
    assert len(found) == 24


def test_a_plate_contact_that_is_not_clean_or_begins_loaded_says_nothing():
    plates = (
        PlateContact(1, "left", 2.43, 3.04, clean=False, why_not="edge"),
        PlateContact(2, None, 2.9, 3.5, clean=True),
        PlateContact(3, "right", np.nan, 0.53, clean=True),
    )
    found = detect_events(walker_with(), plates).events
    assert [(e.side, e.kind, e.time_s) for e in found if e.source == "force_plate"] == [("right", "foot_off", 0.53)]


def test_an_entered_event_that_the_markers_contradict_is_warned_about():
    found = detect_events(walker_with(event("left", "initial_contact", 2.5)))
    assert len(times_of(found.events, "left", "initial_contact")) == 6
    assert any("1 of 1 entered events" in w and "markers say" in w for w in found.warnings)


def test_an_entered_event_that_agrees_is_not_warned_about():
    assert detect_events(walker_with(*true_events(STEPS))).warnings == ()


def test_entered_events_of_exchanged_sides_are_refused():
    swap = {"left": "right", "right": "left"}
    wrong = [replace(e, side=swap[e.side]) for e in true_events(STEPS)]
    found = detect_events(walker_with(*wrong))
    assert [refusal.what for refusal in found.refusals] == ["entered_events"]
    assert "left and right are exchanged" in found.refusals[0].reason
    assert {e.source for e in found.events} == {"kinematic"}
    np.testing.assert_allclose(
        times_of(found.events, "left", "initial_contact"), contact_times_s(STEPS, "left"), atol=0.02
    )


def test_an_entered_event_without_a_side_is_passed_over_and_counted():
    found = detect_events(walker_with(event(None, "initial_contact", 2.4), event("left", "other", 1.0)))
    assert "passed over: 1 entered event without a side" in found.warnings
    assert len(found.events) == 24


def test_an_entered_event_outside_the_recording_is_passed_over_and_counted():
    found = detect_events(walker_with(event("left", "initial_contact", -0.59)))
    assert found.warnings == ("passed over: 1 entered event outside the recording",)


def test_one_rule_can_be_asked_for_and_then_stands_alone():
    walker = walker_with(event("left", "initial_contact", 2.5))
    for name in DETECTORS:
        found = detect_events(walker, method=name)
        assert {e.method for e in found.events} == {name}
    assert set(METHODS) == {"auto", *DETECTORS}


def test_an_unknown_rule_is_refused_with_the_known_ones():
    with pytest.raises(LtmeError, match=r"'marr' is no method. Use auto, heel-toe minimum, zeni"):
        detect_events(walker_with(), method="marr")


def test_zeni_is_early_at_contact_as_published():
    walker = walker_of(turned_laboratory(walked(STEPS), 30.0))
    early = times_of(detect_events(walker, method="zeni").events, "left", "initial_contact")
    default = times_of(detect_events(walker).events, "left", "initial_contact")
    assert np.all(early < default)


def test_a_lower_threshold_lets_contacts_come_later():
    walker = walker_with()
    strict = times_of(GhoussayniDetector(threshold_m_s=0.05).detect(walker), "left", "initial_contact")
    usual = times_of(GhoussayniDetector().detect(walker), "left", "initial_contact")
    assert np.all(strict[:5] > usual[:5])


def test_short_strides_need_a_lower_bar():
    shuffle = Steps(speed_m_s=0.14, stride_s=0.9, lift_m=0.015)
    walker = walker_of(walked(shuffle))
    assert ZeniDetector(prominence_leg=0.2).detect(walker) == ()
    found = detect_events(walker)
    assert len(times_of(found.events, "left", "initial_contact")) >= 5
    assert found.method.startswith("heel-toe minimum, short steps")


def test_of_two_contacts_within_a_third_of_a_second_the_surer_stays():
    sure = event("left", "initial_contact", 1.0, source="kinematic", confidence=0.9)
    unsure = event("left", "initial_contact", 1.2, source="kinematic", confidence=0.5)
    kept, dropped = alternating([unsure, sure])
    assert (kept, dropped) == ((sure,), (unsure,))


def test_what_was_entered_is_never_left_out():
    twice = (event("left", "initial_contact", 1.0), event("left", "initial_contact", 1.1))
    assert alternating(twice) == (twice, ())


def test_a_missing_foot_off_is_named_and_nothing_is_put_in():
    whole = true_events(STEPS)
    events = tuple(e for e in whole if not (e.side == "left" and e.kind == "foot_off" and 3 < e.time_s < 4))
    assert missing_in_order(whole) == []
    (gap,) = missing_in_order(events)
    assert gap == ("left", "foot_off", pytest.approx(2.4), pytest.approx(3.4))
    assert alternating(events)[0] == events
