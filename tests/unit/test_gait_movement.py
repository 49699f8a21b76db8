"""What kind of movement it is: known by what feet and pelvis do, not by a label."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_up_feet import (
    PLACES_M,
    Steps,
    hidden,
    made_up_recording,
    moved,
    on_treadmill,
    stood,
    turned_laboratory,
    walked,
)

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.gait.movement import movement_of
from ltme_clinic.gait.walker import walker_of
from ltme_clinic.virtual_lab import WalkingTask, sample_patient, simulate_walk


def movement(recording):
    return movement_of(walker_of(recording))


def virtual_movement(**task):
    walk = simulate_walk(sample_patient(2), duration_s=8.0, task=WalkingTask(**task))
    return movement(walk.recording)


def test_a_walk_is_a_walk_at_its_speed():
    found = movement(walked(Steps(speed_m_s=1.2)))
    assert found.kind == "walking"
    assert found.walks
    assert found.speed_m_s == pytest.approx(1.2, abs=0.01)
    assert [stretch.kind for stretch in found.stretches] == ["walking"]
    assert found.turns == ()


def test_the_froude_number_is_speed_squared_over_g_and_leg_length():
    walker = walker_of(walked(Steps(speed_m_s=1.2)))
    expected = 1.2**2 / (9.81 * walker.leg_length_m)
    assert movement_of(walker).froude == pytest.approx(expected, rel=0.02)


def test_flight_makes_it_running_and_not_speed():
    fast_walk = Steps(speed_m_s=2.0, stride_s=0.8, stance_share=0.55)
    slow_run = Steps(speed_m_s=2.0, stride_s=0.7, stance_share=0.35, lift_m=0.08)
    assert movement(walked(fast_walk)).kind == "walking"
    assert movement(walked(slow_run)).kind == "running"


def test_standing_and_swaying_is_standing():
    found = movement(stood(sway_m=0.04))
    assert found.kind == "standing"
    assert found.reason == "neither foot leaves its place"
    assert found.speed_m_s is None


@pytest.mark.parametrize("degrees", [90.0, 200.0])
def test_the_laboratory_may_lie_as_it_likes(degrees):
    assert movement(turned_laboratory(walked(), degrees)).kind == "walking"


def test_a_treadmill_walk_is_a_walk_at_the_belts_speed():
    found = movement(on_treadmill(walked(), 1.2))
    assert found.kind == "walking"
    assert found.speed_m_s == pytest.approx(1.2, abs=0.1)


def test_a_walk_played_backwards_goes_backwards():
    recording = walked()
    found = movement(moved(recording, recording.positions_m[::-1]))
    assert found.kind == "backwards"
    assert "goes backwards at 1.20 m/s" in found.reason


def test_walking_to_the_side_is_told():
    recording = walked()
    positions_m = recording.positions_m.copy()
    way_m = positions_m[:, 0, 0] - positions_m[0, 0, 0]
    positions_m[..., 1] += way_m[:, None] * 3.0
    assert movement(moved(recording, positions_m)).kind == "sideways"


@pytest.mark.parametrize("slope", [0.5, -0.5])
def test_stairs_up_or_down_are_not_a_walk(slope):
    recording = walked()
    positions_m = recording.positions_m.copy()
    positions_m[..., 2] += slope * positions_m[..., 0]
    assert movement(moved(recording, positions_m)).kind == "stairs"


def test_a_ramp_is_a_walk():
    recording = walked()
    positions_m = recording.positions_m.copy()
    positions_m[..., 2] += 0.08 * positions_m[..., 0]
    assert movement(moved(recording, positions_m)).kind == "walking"


def test_marching_on_the_spot_is_stepping():
    recording = walked()
    positions_m = recording.positions_m.copy()
    positions_m[..., 0] -= positions_m[:, :1, 0]
    positions_m[:, :, 0] = positions_m[:1, :, 0]
    for side in ("L", "R"):
        leg = [recording.marker_labels.index(f"{side}{name}") for name in ("KNE", "TIB", "ANK", "HEE", "TOE")]
        lifted_m = recording.marker(f"{side}ANK")[:, 2] - recording.marker(f"{side}ANK")[:, 2].min()
        positions_m[:, leg, 2] += 2.0 * lifted_m[:, None]
    found = movement(moved(recording, positions_m))
    assert found.kind == "stepping"
    assert "on the spot" in found.reason


def test_hopping_forward_with_both_feet_is_jumping():
    time_s = np.arange(500) / 100.0
    hop = np.floor(time_s) + np.clip((time_s % 1.0 - 0.6) / 0.4, 0.0, 1.0)  # every second half a metre in 0.4 s
    tracks = {}
    for label, (x, y, z) in PLACES_M.items():
        tracks[label] = np.column_stack([x + 0.5 * time_s, np.full(500, y), np.full(500, z)])
    for letter, y in (("L", 0.1), ("R", -0.1)):
        for name, (x, z) in {"KNE": (0.0, 0.47), "ANK": (0.0, 0.08), "HEE": (-0.05, 0.03), "TOE": (0.13, 0.03)}.items():
            tracks[letter + name] = np.column_stack([x + 0.5 * hop, np.full(500, y), np.full(500, z)])
    assert movement(made_up_recording(tracks, 100.0, ())).kind == "jumping"


def test_heels_that_change_places_for_a_while_make_no_jump():
    """Both heels leap at once at either end, and a plain correlation of their speeds is made of that."""
    walk = simulate_walk(sample_patient(11), duration_s=8.0)
    walker = walker_of(replace(walk.recording, events=()))
    heels = [SLOT_INDEX["left_heel"], SLOT_INDEX["right_heel"]]
    positions_m = walker.positions_m.copy()
    positions_m[300:500, heels] = walker.positions_m[300:500, heels[::-1]]
    assert movement_of(replace(walker, positions_m=positions_m)).kind == "walking"


def test_feet_that_hide_while_somebody_stands_are_not_off_the_floor():
    recording = stood(sway_m=0.02)
    for label in ("LHEE", "LTOE", "LANK", "RHEE", "RTOE", "RANK"):
        recording = hidden(recording, label, 1.0, 2.0)
    assert movement(recording).kind == "standing"


def test_one_step_between_two_stands_is_stepping():
    found = virtual_movement(pacing="one_step")
    assert found.kind == "stepping"
    assert "no whole stride" in found.reason


def test_starting_and_stopping_has_a_walk_between_two_stands():
    found = virtual_movement(pacing="start_and_stop")
    assert found.kind == "walking"
    assert [stretch.kind for stretch in found.stretches] == ["standing", "walking", "standing"]
    assert found.kind_at(0.1) == "standing"
    assert found.kind_at(4.0) == "walking"


@pytest.mark.parametrize("turn_deg", [90.0, -120.0])
def test_a_turn_is_found_with_its_sign(turn_deg):
    found = virtual_movement(turn_deg=turn_deg)
    assert found.kind == "walking"
    (turn,) = found.turns
    assert turn.turn_deg == pytest.approx(turn_deg, abs=0.25 * abs(turn_deg))
    assert turn.start_s < turn.stop_s


def test_entered_events_count_the_steps():
    walk = simulate_walk(sample_patient(2), duration_s=8.0, task=WalkingTask(pacing="one_step"))
    walker = walker_of(replace(walk.recording, events=()))
    assert movement_of(walker, walk.truth.events).kind == "stepping"


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("children/HC030A05.c3d", "walking"),
        ("children/HC031A23.c3d", "walking"),
        ("children/HC030A01.c3d", "standing"),
        ("overground_small/test_small.c3d", "walking"),
        ("qualisys/Qualisys.c3d", "walking"),
        ("opensim/jogging.c3d", "running"),
        ("opensim/doubleLegLanding.c3d", "jumping"),
        ("pycgm/Movement_trial.c3d", "stairs"),
        ("exercise/squat.c3d", "standing"),
    ],
)
def test_real_recordings_are_what_they_are(shared_data, file, kind):
    from ltme_clinic.recordings.reading import read_recordings

    path = shared_data / "recordings" / file
    if not path.is_file():
        pytest.skip(f"{file} is not there")
    assert movement(read_recordings(path)[0]).kind == kind
