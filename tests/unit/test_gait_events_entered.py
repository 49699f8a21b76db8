"""Entered events with a mistake that runs through all of them: exchanged, doubled, by another clock."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_up_feet import Steps, contact_times_s, hidden, true_events, walked

from ltme_clinic.gait.cycles import gait_cycles
from ltme_clinic.gait.events import detect_events
from ltme_clinic.gait.events.entered import constant_lag_s
from ltme_clinic.gait.spatiotemporal import spatiotemporal
from ltme_clinic.gait.walker import walker_of
from ltme_clinic.types import GaitEvent, PlateContact

STEPS = Steps()
TRUE = true_events(STEPS)
OTHER_SIDE = {"left": "right", "right": "left"}
OTHER_KIND = {"initial_contact": "foot_off", "foot_off": "initial_contact"}


def detected(events, contacts=(), recording=None):
    return detect_events(walker_of(replace(recording or walked(STEPS), events=tuple(events))), contacts)


def late(events, by_s: float) -> list[GaitEvent]:
    return [replace(event, time_s=event.time_s + by_s) for event in events]


def only(events, side: str, kind: str) -> list[GaitEvent]:
    return [event for event in events if (event.side, event.kind) == (side, kind)]


def refused(found) -> list[str]:
    return [refusal.reason for refusal in found.refusals if refusal.what == "entered_events"]


def assert_from_the_markers(found):
    assert {event.source for event in found.events} == {"kinematic"}
    contacts_s = [event.time_s for event in only(found.events, "left", "initial_contact")]
    np.testing.assert_allclose(contacts_s, contact_times_s(STEPS, "left"), atol=0.02)


def test_entered_events_of_exchanged_kinds_are_refused():
    found = detected(replace(event, kind=OTHER_KIND[event.kind]) for event in TRUE)
    (reason,) = refused(found)
    assert "contacts and foot offs are exchanged" in reason
    assert_from_the_markers(found)


def test_entered_events_of_exchanged_sides_and_kinds_are_refused():
    found = detected(replace(e, side=OTHER_SIDE[e.side], kind=OTHER_KIND[e.kind]) for e in TRUE)
    (reason,) = refused(found)
    assert "sides and kinds are exchanged" in reason
    assert_from_the_markers(found)


def test_foot_offs_entered_as_contacts_alone_are_refused():
    found = detected(replace(e, kind="initial_contact") for e in TRUE if e.kind == "foot_off")
    assert "contacts and foot offs are exchanged" in refused(found)[0]
    assert_from_the_markers(found)


def test_exchanged_kinds_give_the_figures_of_the_markers_and_no_run():
    def measured(events):
        walker = walker_of(walked(STEPS, events=tuple(events)))
        found = detect_events(walker).events
        return spatiotemporal(walker, found, gait_cycles(walker, found))

    exchanged = measured(replace(e, kind=OTHER_KIND[e.kind]) for e in TRUE)
    assert exchanged == measured([])
    assert exchanged.figure("double_support_pct").value > 10.0
    assert exchanged.figure("flight_pct") is None


@pytest.mark.parametrize("by_s", [0.07, -0.07])
def test_events_that_all_lag_alike_are_kept_with_one_warning_that_says_so(by_s):
    found = detected(event for event in late(TRUE, by_s) if 0.0 < event.time_s < 5.9)
    (warning,) = found.warnings
    assert warning.startswith("entered events come ")
    assert f"ms {'later' if by_s > 0 else 'earlier'} than the markers show, all alike" in warning
    assert refused(found) == []
    assert {event.source for event in found.events} >= {"entered"}


@pytest.mark.parametrize("by_s", [0.2, -0.2, 0.35])
def test_events_that_are_none_of_the_feet_s_for_a_constant_lag_are_refused(by_s):
    found = detected(event for event in late(TRUE, by_s) if 0.0 < event.time_s < 5.9)
    (reason,) = refused(found)
    assert "all alike: they count from another moment" in reason
    assert_from_the_markers(found)


def test_one_foot_that_lags_is_told_by_event_and_kept():
    """A dragging foot may well land later than its markers show: that is for a clinician to say."""
    found = detected([*late([e for e in TRUE if e.side == "left"], 0.12), *(e for e in TRUE if e.side == "right")])
    assert refused(found) == []
    assert any("entered events lie more than 50 ms" in warning for warning in found.warnings)
    assert not any("all alike" in warning for warning in found.warnings)


def test_a_lag_is_the_median_of_three_events_that_agree():
    assert constant_lag_s(late(TRUE[:3], 0.06), TRUE) == pytest.approx(0.06)
    assert constant_lag_s(late(TRUE[:2], 0.06), TRUE) is None
    assert constant_lag_s(late(TRUE, 0.03), TRUE) is None
    scattered = [replace(event, time_s=event.time_s + 0.1 * (place % 2)) for place, event in enumerate(TRUE)]
    assert constant_lag_s(scattered, TRUE) is None


@pytest.mark.parametrize("by_s", [0.06, -0.06])
def test_plates_that_lag_behind_the_cameras_are_warned_about(by_s):
    walker = walker_of(walked(STEPS))
    shown = {(e.side, e.kind, round(e.time_s)): e.time_s for e in detect_events(walker).events}
    contact = PlateContact(
        1, "left", shown["left", "initial_contact", 2] + by_s, shown["left", "foot_off", 3] + by_s, clean=True
    )
    (warning,) = detect_events(walker, [contact]).warnings
    way = "later" if by_s > 0 else "earlier"
    assert warning.startswith(f"the force plates' events come 60 ms {way} than the markers show, all alike")
    prompt = replace(contact, start_s=contact.start_s - by_s, stop_s=contact.stop_s - by_s)
    assert detect_events(walker, [prompt]).warnings == ()


@pytest.mark.parametrize("apart_s", [0.12, 0.3, 0.4, 0.5])
def test_contacts_of_one_foot_that_are_twice_as_many_as_the_markers_show_are_refused(apart_s):
    again = late(only(TRUE, "left", "initial_contact"), apart_s)
    found = detected((*TRUE, *again))
    (reason,) = refused(found)
    assert "left initial contacts are entered where the markers show" in reason
    contacts = only(found.events, "left", "initial_contact")
    assert {event.source for event in contacts} == {"kinematic"}
    assert {event.source for event in only(found.events, "right", "initial_contact")} == {"entered"}
    np.testing.assert_allclose([e.time_s for e in contacts], contact_times_s(STEPS, "left"), atol=0.02)


def test_entered_contacts_are_kept_where_the_markers_that_show_fewer_are_hidden():
    recording = walked(STEPS)
    for label in ("LHEE", "LANK", "LTOE"):
        recording = hidden(recording, label, 2.2, 5.8)
    found = detected(TRUE, recording=recording)
    assert refused(found) == []
    assert len(only(found.events, "left", "initial_contact")) == len(contact_times_s(STEPS, "left"))


def test_one_event_marked_twice_is_told():
    twice = replace(only(TRUE, "left", "initial_contact")[2], time_s=2.52)
    found = detected((*TRUE, twice))
    assert any(
        "1 entered event marked twice within 0.35 s (the left initial contact at 2.40 and 2.52 s)" in warning
        for warning in found.warnings
    )


def test_a_single_contact_of_the_wrong_foot_is_told():
    wrong = replace(only(TRUE, "left", "initial_contact")[2], side="right")
    found = detected([wrong])
    assert any("1 of 1 entered events lie more than 50 ms" in warning for warning in found.warnings)


def test_contacts_alone_are_kept_and_the_foot_offs_found():
    found = detected(event for event in TRUE if event.kind == "initial_contact")
    assert found.warnings == ()
    assert {event.source for event in found.events if event.kind == "initial_contact"} == {"entered"}
    assert {event.source for event in found.events if event.kind == "foot_off"} == {"kinematic"}
