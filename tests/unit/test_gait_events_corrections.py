"""A clinician's corrections: moved, added, deleted, replaced, and what is refused."""

from __future__ import annotations

import pytest
from made_up_feet import walked

from ltme_clinic.gait.cycles import gait_cycles
from ltme_clinic.gait.events import EventEdit, corrected_events, detect_events
from ltme_clinic.gait.walker import walker_of
from ltme_clinic.types import LtmeError


@pytest.fixture(scope="module")
def walker():
    return walker_of(walked())


@pytest.fixture(scope="module")
def detected(walker):
    return detect_events(walker)


def the(events, side: str, kind: str, time_s: float):
    return next(e for e in events if e.side == side and e.kind == kind and abs(e.time_s - time_s) < 0.05)


def test_a_moved_event_is_an_entered_one_from_then_on(detected):
    moved = corrected_events(detected, [EventEdit("move", "left", "initial_contact", 2.4, new_time_s=2.43)])
    event = the(moved.events, "left", "initial_contact", 2.43)
    assert (event.time_s, event.frame, event.source, event.confidence) == (2.43, 243, "entered", 1.0)
    assert len(moved.events) == len(detected.events)
    assert moved.method.endswith("corrected by hand: 1 moved")


def test_deleting_what_was_added_gives_the_events_back(detected):
    added = corrected_events(detected, [EventEdit("add", "left", "initial_contact", 2.8)])
    assert len(added.events) == len(detected.events) + 1
    back = corrected_events(added, [EventEdit("delete", "left", "initial_contact", 2.8)])
    assert back.events == detected.events


def test_a_replaced_event_has_another_side_at_the_same_time(detected):
    edits = [EventEdit("replace", "left", "initial_contact", 2.4, new_side="right")]
    replaced = corrected_events(detected, edits)
    before = the(detected.events, "left", "initial_contact", 2.4)
    assert the(replaced.events, "right", "initial_contact", 2.4).time_s == before.time_s
    assert not any(
        e.side == "left" and e.kind == "initial_contact" and abs(e.time_s - 2.4) < 0.3 for e in replaced.events
    )


def test_corrected_events_stay_in_order_of_time(detected):
    edits = [
        EventEdit("add", "left", "foot_off", 0.01),
        EventEdit("move", "right", "initial_contact", 0.9, new_time_s=0.95),
    ]
    times_s = [e.time_s for e in corrected_events(detected, edits).events]
    assert times_s == sorted(times_s)


def test_cycles_follow_the_correction(walker, detected):
    moved = corrected_events(detected, [EventEdit("move", "left", "initial_contact", 2.4, new_time_s=2.43)])
    starts = {round(c.start_s, 3) for c in gait_cycles(walker, moved.events) if c.side == "left"}
    assert 2.43 in starts


def test_a_deletion_that_breaks_the_order_is_warned_about(detected):
    broken = corrected_events(detected, [EventEdit("delete", "left", "foot_off", 2.04)])
    (warning,) = broken.warnings
    assert warning.startswith("no event is known where one must be: left foot off between 1.3")
    mended = corrected_events(broken, [EventEdit("add", "left", "foot_off", 2.04)])
    assert mended.warnings == detected.warnings


def test_no_correction_changes_nothing(detected):
    assert corrected_events(detected, []) == detected


def test_an_event_that_is_not_there_is_refused(detected):
    with pytest.raises(LtmeError, match=r"left initial contact at 2.700 s: the nearest such event is at 2.38"):
        corrected_events(detected, [EventEdit("delete", "left", "initial_contact", 2.7)])


def test_a_time_outside_the_recording_is_refused(detected):
    with pytest.raises(LtmeError, match=r"7.000 s lies outside the recording of 6.000 s"):
        corrected_events(detected, [EventEdit("add", "left", "foot_off", 7.0)])


def test_a_move_without_a_goal_is_refused(detected):
    with pytest.raises(LtmeError, match="Give new_time_s"):
        corrected_events(detected, [EventEdit("move", "left", "initial_contact", 2.4)])
