"""Gait events where something is missing or wrong: hidden and missing markers, no walking, exchanged sides, units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_up_feet import Steps, contact_times_s, hidden, moved, on_treadmill, stood, true_events, walked, without

from ltme_clinic.gait.events import DETECTORS, Unseen, detect_events
from ltme_clinic.gait.walker import walker_of
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab import WalkingTask, sample_patient, simulate_walk

STEPS = Steps()


def contacts_of(events, side: str = "left") -> np.ndarray:
    return np.array([event.time_s for event in events if event.side == side and event.kind == "initial_contact"])


def virtual_walk(seed: int = 2, duration_s: float = 8.0, **task):
    """A virtual walk without its entered events, and its truth."""
    walk = simulate_walk(sample_patient(seed), duration_s=duration_s, task=WalkingTask(**task))
    return replace(walk.recording, events=()), walk.truth


def test_a_gap_of_a_tenth_of_a_second_hides_no_contact():
    found = detect_events(walker_of(hidden(walked(STEPS), "LHEE", 2.34, 2.44)))
    assert len(contacts_of(found.events)) == 6


def test_a_longer_gap_hides_the_contact_and_says_so():
    found = detect_events(walker_of(hidden(walked(STEPS), "LHEE", 2.25, 2.55)))
    assert len(contacts_of(found.events)) == 5
    assert not np.any(np.abs(contacts_of(found.events) - 2.4) < 0.2)
    assert found.unseen == (Unseen("left", 2.25, 2.55),)
    assert any(w.startswith("the left foot is hidden for 0.30 s in 1 stretch") for w in found.warnings)
    assert any(w.startswith("no event is known where one must be: left initial contact") for w in found.warnings)


def test_a_heel_that_hides_in_a_fifth_of_the_frames_leaves_the_other_contacts_right():
    recording, rng = walked(STEPS), np.random.default_rng(4)
    whole = contacts_of(detect_events(walker_of(recording)).events)
    for start_s in rng.uniform(0.0, 5.6, 4):
        recording = hidden(recording, "LHEE", start_s, start_s + 0.3)
    gapped = contacts_of(detect_events(walker_of(recording)).events)
    assert 1 <= len(gapped) < len(whole)
    assert all(np.abs(whole - time_s).min() < 0.02 for time_s in gapped)


def test_without_heel_markers_the_ankle_stands_in_with_low_confidence():
    whole = detect_events(walker_of(walked(STEPS)))
    bare = detect_events(walker_of(without(walked(STEPS), "LHEE", "RHEE")))
    np.testing.assert_allclose(contacts_of(bare.events), contacts_of(whole.events), atol=0.05)
    sure = [e.confidence for e in whole.events if e.kind == "initial_contact"]
    unsure = [e.confidence for e in bare.events if e.kind == "initial_contact"]
    assert max(unsure) < min(sure)
    assert (
        "the left foot's heel marker is missing, the ankle stands in: its events have a low confidence" in bare.warnings
    )


def test_without_any_forefoot_marker_the_heel_serves_alone():
    bare = detect_events(walker_of(without(walked(STEPS), "LTOE", "RTOE")))
    assert len(contacts_of(bare.events)) == 6
    assert any("forefoot is never seen" in warning for warning in bare.warnings)


def test_who_stands_has_no_events_and_is_told_why():
    found = detect_events(walker_of(stood()))
    assert found.events == ()
    (refusal,) = found.refusals
    assert refusal.what == "gait_events"
    assert "neither foot leaves its place" in refusal.reason
    assert found.method == "none: neither foot leaves its place"


def test_one_step_is_no_stride():
    recording, truth = virtual_walk(pacing="one_step")
    found = detect_events(walker_of(recording))
    assert len([e for e in found.events if e.kind == "initial_contact"]) == len(
        [e for e in truth.events if e.kind == "initial_contact"]
    )
    (refusal,) = found.refusals
    assert refusal.what == "gait_cycles"
    assert "no whole stride" in refusal.reason


def test_walking_backwards_is_refused_by_name():
    recording, _ = virtual_walk(pacing="backwards")
    found = detect_events(walker_of(recording))
    assert found.events == ()
    assert "goes backwards" in found.refusals[0].reason


def test_who_starts_and_stops_has_no_events_while_standing():
    recording, truth = virtual_walk(pacing="start_and_stop")
    found = detect_events(walker_of(recording))
    assert len(found.events) == len(truth.events)
    for detected, true in zip(found.events, truth.events, strict=True):
        assert (detected.side, detected.kind) == (true.side, true.kind)
        assert detected.time_s == pytest.approx(true.time_s, abs=0.1)


@pytest.mark.parametrize(
    "task", [{"turn_deg": 180.0}, {"manner": "toe_walking"}, {"manner": "shuffling"}, {"treadmill": True}]
)
def test_each_step_of_a_virtual_walk_is_found(task):
    recording, truth = virtual_walk(seed=3, duration_s=10.0, **task)
    found = detect_events(walker_of(recording)).events
    inside = [e for e in truth.events if 0.15 < e.time_s < 9.85]
    nearest_s = [
        min(abs(e.time_s - true.time_s) for e in found if (e.side, e.kind) == (true.side, true.kind)) for true in inside
    ]
    assert max(nearest_s) < 0.15
    assert np.median(nearest_s) < 0.05
    assert abs(len(found) - len(truth.events)) <= 3


def test_a_walk_on_a_treadmill_has_the_contacts_of_the_ground():
    found = detect_events(walker_of(on_treadmill(walked(STEPS), 1.2)))
    assert "walking treadmill" in found.method
    np.testing.assert_allclose(contacts_of(found.events), contact_times_s(STEPS, "left"), atol=0.02)


def test_left_and_right_exchanged_is_refused():
    recording = walked(STEPS)
    swap = {"L": "R", "R": "L"}
    legs = ("KNE", "TIB", "ANK", "HEE", "TOE")
    labels = tuple(swap[x[0]] + x[1:] if x[1:] in legs else x for x in recording.marker_labels)
    with pytest.raises(LtmeError, match="Left and right labels of the legs are exchanged"):
        walker_of(replace(recording, marker_labels=labels))


@pytest.mark.parametrize("factor", [1000.0, 0.001, 2.54 * 4])
def test_a_wrong_unit_is_refused(factor):
    recording = walked(STEPS)
    with pytest.raises(LtmeError, match="no human's"):
        walker_of(moved(recording, recording.positions_m * factor))


def test_in_running_contacts_are_given_and_foot_offs_refused():
    runner = Steps(speed_m_s=3.0, stride_s=0.7, stance_share=0.35, lift_m=0.08)
    found = detect_events(walker_of(walked(runner)))
    assert {e.kind for e in found.events} == {"initial_contact"}
    assert [refusal.what for refusal in found.refusals] == ["foot_off_while_running"]
    assert "running overground" in found.method
    entered = detect_events(walker_of(walked(runner, events=true_events(runner))))
    assert entered.refusals == ()
    assert {e.kind for e in entered.events} == {"initial_contact", "foot_off"}


def test_a_foot_that_is_never_seen_has_no_events_and_is_named():
    found = detect_events(walker_of(without(walked(STEPS), "LHEE", "LTOE", "LANK", "LKNE", "LTIB")))
    assert {e.side for e in found.events} == {"right"}
    assert any(w.startswith("the left foot is never seen") for w in found.warnings)


@pytest.mark.parametrize("frames", [1, 2, 10, 25, 40])
def test_a_recording_that_is_too_short_gives_no_events(frames):
    recording = walked(STEPS)
    found = detect_events(walker_of(moved(recording, recording.positions_m[:frames])))
    assert found.events == ()
    assert "too short to tell how somebody moves" in found.refusals[0].reason


@pytest.mark.parametrize("method", list(DETECTORS))
def test_a_rule_that_is_asked_for_is_refused_where_nobody_walks_forwards(method):
    recording = walked(STEPS)
    found = detect_events(walker_of(moved(recording, recording.positions_m[::-1])), method=method)
    assert found.events == ()
    (refusal,) = found.refusals
    assert refusal.what == "gait_events"
    assert "goes backwards at 1.20 m/s" in refusal.reason


@pytest.mark.parametrize("method", ["zeni", "desailly"])
def test_a_rule_that_is_asked_for_gives_no_foot_off_of_a_runner(method):
    runner = Steps(speed_m_s=3.0, stride_s=0.7, stance_share=0.35, lift_m=0.08)
    found = detect_events(walker_of(walked(runner)), method=method)
    assert [refusal.what for refusal in found.refusals] == ["foot_off_while_running"]
    assert {e.kind for e in found.events} == {"initial_contact"}
