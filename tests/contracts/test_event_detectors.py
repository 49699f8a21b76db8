"""What every event detector must hold, whatever its rule: add one to DETECTORS and it is held to all of this."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from made_up_feet import Steps, hidden, mirrored, moved, on_treadmill, stood, turned_laboratory, walked

from ltme_clinic.gait.events import DETECTORS
from ltme_clinic.gait.events.alternation import alternating
from ltme_clinic.gait.walker import walker_of
from ltme_clinic.virtual_lab import sample_patient, simulate_walk

KINDS = ("initial_contact", "foot_off")


@pytest.fixture(scope="module")
def walk():
    """A virtual adult at 200 Hz, with camera noise, without its entered events."""
    recording = simulate_walk(sample_patient(5, age_y=35.0), duration_s=6.0, rate_hz=200.0).recording
    return replace(recording, events=())


@pytest.fixture(params=list(DETECTORS.values()), ids=list(DETECTORS))
def detector(request):
    return request.param


def told(events):
    """Events as (side, kind) -> sorted times."""
    return {
        (side, kind): np.array([e.time_s for e in events if e.side == side and e.kind == kind])
        for side in ("left", "right")
        for kind in KINDS
    }


def assert_same_times(found, expected, within_s):
    for key, times_s in told(expected).items():
        assert len(told(found)[key]) == len(times_s), key
        np.testing.assert_allclose(told(found)[key], times_s, atol=within_s, err_msg=str(key))


def test_each_step_is_found_once(detector):
    steps = Steps()
    found = told(detector.detect(walker_of(walked(steps))))
    for key, times_s in found.items():
        inside = times_s[(times_s > 1.0) & (times_s < 5.0)]  # filters ring at the ends
        assert len(inside) == 4, key
        np.testing.assert_allclose(np.diff(inside), steps.stride_s, atol=0.01)


def test_events_are_sorted_and_say_who_found_them(detector, walk):
    events = detector.detect(walker_of(walk))
    assert [e.time_s for e in events] == sorted(e.time_s for e in events)
    assert {e.method for e in events} == {detector.name}
    assert {e.source for e in events} == {"kinematic"}
    assert all(0.0 <= e.confidence <= 1.0 for e in events)
    assert all(e.frame == round(e.time_s * walk.rate_hz) for e in events)


def test_contact_and_foot_off_alternate_once_order_is_enforced(detector, walk):
    events, _ = alternating(detector.detect(walker_of(walk)))
    for side in ("left", "right"):
        kinds = [e.kind for e in events if e.side == side]
        assert len(kinds) >= 8
        assert all(before != after for before, after in pairwise(kinds))


@pytest.mark.parametrize("degrees", [90.0, 180.0, 37.0])
def test_turning_and_shifting_the_laboratory_changes_nothing(detector, walk, degrees):
    expected = detector.detect(walker_of(walk))
    found = detector.detect(walker_of(turned_laboratory(walk, degrees, (12.3, -4.5))))
    assert_same_times(found, expected, within_s=1e-3)


def test_the_mirror_image_swaps_left_and_right(detector, walk):
    swap = {"left": "right", "right": "left"}
    expected = [replace(e, side=swap[e.side]) for e in detector.detect(walker_of(walk))]
    assert_same_times(detector.detect(walker_of(mirrored(walk))), expected, within_s=1e-6)


@pytest.mark.parametrize("every", [2, 4])
def test_a_slower_camera_gives_the_same_times(detector, every):
    fast = walked(Steps(rate_hz=200.0))
    slow = replace(moved(fast, fast.positions_m[::every]), rate_hz=200.0 / every)
    assert_same_times(detector.detect(walker_of(slow)), detector.detect(walker_of(fast)), within_s=0.012)


def test_a_treadmill_gives_the_times_of_the_ground(detector):
    ground = walked()
    belt = walker_of(on_treadmill(ground, 1.2))
    assert belt.setting == "treadmill"
    assert_same_times(detector.detect(belt), detector.detect(walker_of(ground)), within_s=0.01)


def test_who_stands_and_sways_has_no_events(detector):
    assert detector.detect(walker_of(stood(sway_m=0.03))) == ()


def test_nothing_is_found_where_the_foot_is_hidden(detector):
    recording = walked()
    for label in ("LHEE", "LTOE", "LANK"):
        recording = hidden(recording, label, 2.0, 3.9)
    events = detector.detect(walker_of(recording))
    assert not [e for e in events if e.side == "left" and 2.0 <= e.time_s < 3.9]
    assert [e for e in events if e.side == "right" and 2.0 <= e.time_s < 3.9]
