"""Plate contacts: whose they are, when they begin and end, and everything that makes them unfit for use."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gait_plates_model import (
    FOOT_M,
    MASS_KG,
    RATE_HZ,
    STANCE_S,
    WEIGHT_N,
    Press,
    body_of,
    feet_of_a_walk,
    foot_press,
    heel_place_m,
    load_of,
    plate_places,
    plates_with,
    stepping_walker,
    walker_with,
)

from ltme_clinic.body import MIRROR_ORDER, SLOT_INDEX
from ltme_clinic.gait.plates.contacts import plate_contacts
from ltme_clinic.gait.plates.loads import body_weight, plate_loads
from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.force_plates import plate_forces
from ltme_clinic.kinematics.rotations import rotation_z
from ltme_clinic.types import ForcePlate, TrialFacts

LANDING = foot_press("left")


def _shifted(walker: Walker, frames: int) -> Walker:
    """The cameras late by some frames, the plates as they were."""
    moved_m = np.roll(walker.positions_m, frames, axis=0)
    return replace(walker, positions_m=moved_m, measured_m=moved_m)


def test_two_clean_steps_have_their_feet_and_their_times():
    """The force rises by the body's weight in 50 ms: 2.5 % of it are reached after 1.25 ms."""
    left, right = plate_contacts(stepping_walker())
    assert (left.plate, left.side, right.plate, right.side) == (1, "left", 2, "right")
    assert left.clean
    assert right.clean
    assert not left.why_not
    assert [left.start_s, left.stop_s] == pytest.approx([0.50125, 1.09875], abs=1e-6)
    assert [right.start_s, right.stop_s] == pytest.approx([1.00125, 1.59875], abs=1e-6)


def test_the_threshold_is_a_share_of_the_body_and_not_twenty_newtons():
    """Half the person on the plates of a person of half the mass: the same times."""
    presses = [[foot_press("left", newtons=WEIGHT_N / 2)], [foot_press("right", newtons=WEIGHT_N / 2)]]
    light = plate_contacts(stepping_walker(presses, mass_kg=MASS_KG / 2))
    assert [c.start_s for c in light] == pytest.approx([c.start_s for c in plate_contacts(stepping_walker())])


def test_an_unknown_mass_is_read_off_the_plates():
    walker = stepping_walker(mass_kg=None)
    weight = body_weight(walker, plate_loads(walker))
    assert weight.source == "plates"
    assert weight.newtons == pytest.approx(WEIGHT_N, rel=0.05)
    assert plate_contacts(walker)[0].start_s == pytest.approx(0.50125, abs=2e-4)


def test_without_a_mass_and_a_body_on_the_plates_the_threshold_is_twenty_newtons():
    presses = [[foot_press("left", newtons=80.0)], []]
    walker = stepping_walker(presses, mass_kg=None)
    assert body_weight(walker, plate_loads(walker)).newtons is None
    assert plate_loads(walker)[0].threshold_n == 20.0


@pytest.mark.parametrize("offset_n", [-18.0, 12.0])
def test_what_an_empty_plate_shows_changes_nothing(offset_n):
    found = plate_contacts(stepping_walker(offset_n=offset_n))
    plain = plate_contacts(stepping_walker())
    assert [(c.side, c.clean) for c in found] == [(c.side, c.clean) for c in plain]
    assert [c.start_s for c in found] == pytest.approx([c.start_s for c in plain], abs=1e-6)
    assert plate_loads(stepping_walker(offset_n=offset_n))[0].offset_n == pytest.approx(offset_n)


def test_a_humming_plate_keeps_its_contact_and_says_so():
    body_m = body_of(feet_of_a_walk())
    loads = [load_of([foot_press(side)], body_m) for side in ("left", "right")]
    plates, analogs = plates_with(plate_places(), loads)
    values = analogs.values.copy()
    values[:, 4] += 25.0 * np.sin(2 * np.pi * 50.0 * np.arange(len(values)) / 1000.0)
    walker = walker_with(feet_of_a_walk(), plates, replace(analogs, values=values))
    left, right = plate_contacts(walker)
    assert left.clean
    assert right.clean
    assert left.start_s == pytest.approx(0.5, abs=0.006)
    assert any("noisy" in warning for warning in plate_loads(walker)[0].warnings)


def test_a_mirrored_walker_has_left_and_right_exchanged():
    walker = stepping_walker()
    mirrored_m = walker.positions_m[:, MIRROR_ORDER]  # labels alone: the body stays where it is
    mirrored = plate_contacts(replace(walker, positions_m=mirrored_m))
    assert [c.side for c in mirrored] == ["right", "left"]
    assert [c.clean for c in mirrored] == [True, True]


@pytest.mark.parametrize("degrees", [90.0, 217.0])
def test_turning_the_laboratory_changes_nothing(degrees):
    walker = stepping_walker()
    turn = rotation_z(np.radians(degrees))
    plates = tuple(replace(plate, corners_m=plate.corners_m @ turn.T) for plate in walker.recording.force_plates)
    turned = replace(
        walker,
        positions_m=walker.positions_m @ turn.T,
        pelvis_m=walker.pelvis_m @ turn.T,
        recording=replace(walker.recording, force_plates=plates),
    )
    for ours, theirs in zip(plate_contacts(turned), plate_contacts(walker), strict=True):
        assert (ours.side, ours.clean, ours.plate) == (theirs.side, theirs.clean, theirs.plate)
        assert ours.start_s == pytest.approx(theirs.start_s, abs=1e-9)


def test_a_belt_with_a_plate_under_each_foot_gives_the_times_of_the_ground():
    """The same walk on a treadmill: everything runs backwards at 1.2 m/s over two long plates."""
    speed_m_s = 1.2
    over_ground = stepping_walker()
    back_m = speed_m_s * np.arange(over_ground.frames)[:, None, None] / RATE_HZ * np.array([1.0, 0.0, 0.0])
    belts = []
    for side in ("left", "right"):
        presses = []
        for number in (0, 1):
            on_ground = foot_press(side, number)
            first_m, last_m = (
                (x - speed_m_s * t, y)
                for (x, y), t in ((on_ground.first_m, on_ground.start_s), (on_ground.last_m, on_ground.stop_s))
            )
            presses.append(replace(on_ground, first_m=first_m, last_m=last_m))
        belts.append(presses)
    walker = stepping_walker(belts, [(-0.7, 0.31), (-0.7, -0.31)], positions_m=over_ground.measured_m - back_m)
    plates = tuple(_lengthened(plate) for plate in walker.recording.force_plates)
    walker = replace(
        walker,
        belt_m_s=np.array([speed_m_s, 0.0]),
        recording=replace(walker.recording, force_plates=plates),
    )
    contacts = plate_contacts(walker)
    assert [c.side for c in contacts] == ["left", "right", "left", "right"]
    assert [c.why_not for c in contacts] == [""] * 4
    assert [c.start_s for c in contacts] == pytest.approx([0.50125, 1.00125, 1.50125, 2.00125], abs=1e-3)


def _lengthened(plate: ForcePlate) -> ForcePlate:
    middle_m = plate.corners_m.mean(axis=0)
    return replace(plate, corners_m=middle_m + (plate.corners_m - middle_m) * [5.0, 1.0, 1.0])


def test_both_feet_on_one_plate_are_nobodys_contact():
    """One long plate under both first steps: it carries left, both, then right."""
    centre = (heel_place_m("right") / 2 + 0.12, 0.0)
    walker = stepping_walker([[foot_press("left"), foot_press("right")]], [centre])
    wide = replace(walker.recording.force_plates[0], corners_m=_grown(walker, 3.0))
    (contact,) = plate_contacts(replace(walker, recording=replace(walker.recording, force_plates=(wide,))))
    assert (contact.side, contact.clean, contact.why_not) == (None, False, "both feet")


def _grown(walker: Walker, times: float) -> np.ndarray:
    corners_m = walker.recording.force_plates[0].corners_m
    middle_m = corners_m.mean(axis=0)
    return middle_m + times * (corners_m - middle_m)


def test_a_contact_in_which_the_other_foot_stands_unweighted_is_not_clean():
    """The left foot alone presses, but the right one rests on the same plate."""
    positions_m = feet_of_a_walk()
    for name, ahead_m in (("heel", 0.0), ("toe", FOOT_M)):
        positions_m[:, SLOT_INDEX[f"right_{name}"]] = [ahead_m, -0.1, 0.04]
    centres = [(0.12, 0.0), plate_places()[1]]
    (contact,) = plate_contacts(stepping_walker([[foot_press("left")], []], centres, positions_m=positions_m))
    assert contact.why_not == "both feet"


def test_a_cane_alone_on_a_plate_is_no_foot():
    """Its place is a step ahead of the plate that the left foot uses."""
    cane = Press(0.6, 1.2, (0.7, 0.6), (0.7, 0.6), 0.15 * WEIGHT_N)
    walker = stepping_walker([[foot_press("left")], [cane]], [plate_places()[0], (0.7, 0.6)])
    left, other = plate_contacts(walker)
    assert left.clean
    assert other.side is None
    assert not other.clean
    assert other.why_not.startswith("a cane or hand on the plate")


@pytest.mark.parametrize(("share", "early_s"), [(0.2, 0.0), (0.1, 0.15), (0.1, -0.15), (0.2, 0.15), (0.2, -0.15)])
def test_a_cane_beside_the_foot_on_the_same_plate_spoils_the_contact(share, early_s):
    newtons = share * WEIGHT_N
    cane = Press(LANDING.start_s - early_s, LANDING.stop_s - early_s, (0.2, 0.37), (0.2, 0.37), newtons)
    walker = stepping_walker([[foot_press("left"), cane], [foot_press("right")]])
    left, right = plate_contacts(walker)
    assert not left.clean
    assert left.why_not.startswith("a cane or hand on the plate")
    assert right.clean


def test_a_light_cane_is_found_where_the_recording_says_that_there_was_one():
    """10 % of the load from contact to foot off, 27 cm beside the foot: the place is drawn 2.5 cm off its line."""
    cane = Press(LANDING.start_s, LANDING.stop_s, (0.2, 0.37), (0.2, 0.37), 0.1 * WEIGHT_N)
    walker = stepping_walker([[foot_press("left"), cane], [foot_press("right")]])
    facts = TrialFacts(aid="cane left")
    left, right = plate_contacts(replace(walker, recording=replace(walker.recording, trial=facts)))
    assert left.why_not.startswith("a cane or hand on the plate")
    assert right.clean


def test_a_foot_that_reaches_over_the_edge_is_not_whole():
    """The plate ends 5 cm behind the toes."""
    centres = plate_places()
    centres[0] = (FOOT_M + 0.067 - 0.05 - 0.2, 0.1)
    left, right = plate_contacts(stepping_walker(centres_m=centres))
    assert not left.clean
    assert left.side == "left"
    assert left.why_not == "edge: the foot reaches 5 cm beyond the plate"
    assert right.clean


def test_a_foot_on_two_plates_is_an_edge_of_both():
    """Plates that meet under the middle of the foot: heel on the first, toes on the second."""
    early = Press(0.5, 0.9, (0.03, 0.1), (0.10, 0.1), WEIGHT_N / 2)
    late = Press(0.6, 1.1, (0.14, 0.1), (0.21, 0.1), WEIGHT_N / 2)
    centres = [(0.12 - 0.2, 0.1), (0.12 + 0.2, 0.1)]
    first, second = plate_contacts(stepping_walker([[early], [late]], centres))
    assert first.why_not == "edge: the foot stands on plates 1 and 2"
    assert second.why_not == "edge: the foot stands on plates 2 and 1"
    assert (first.side, second.side) == ("left", "left")


def test_a_foot_that_hangs_over_a_stair_is_whole():
    """What reaches beyond a raised plate stands on nothing."""
    walker = stepping_walker(centres_m=[(FOOT_M + 0.067 - 0.05 - 0.2, 0.1), plate_places()[1]])
    low, high = walker.recording.force_plates
    raised = replace(low, corners_m=low.corners_m + np.array([0.0, 0.0, 0.2]))
    moved_m = walker.positions_m.copy()
    moved_m[:, [SLOT_INDEX["left_heel"], SLOT_INDEX["left_toe"]], 2] += 0.2
    stairs = replace(walker, positions_m=moved_m, recording=replace(walker.recording, force_plates=(raised, high)))
    assert plate_contacts(stairs)[0].clean


def test_a_recording_that_begins_or_ends_loaded_has_no_time_there():
    standing = Press(-1.0, 1.1, (0.03, 0.1), (0.21, 0.1))
    leaving = Press(1.0, 9.0, (0.63, -0.1), (0.64, -0.1))
    left, right = plate_contacts(stepping_walker([[standing], [leaving]], positions_m=_standing_feet()))
    assert np.isnan(left.start_s)
    assert left.why_not == "begins loaded"
    assert left.stop_s == pytest.approx(1.1 - 0.05 * 0.025, abs=0.002)
    assert np.isnan(right.stop_s)
    assert right.why_not == "ends loaded"


def _standing_feet() -> np.ndarray:
    """The left foot stands from the beginning, the right one to the end."""
    positions_m = feet_of_a_walk()
    for side, frames in (("left", slice(0, 110)), ("right", slice(100, None))):
        for name in ("heel", "toe"):
            place = SLOT_INDEX[f"{side}_{name}"]
            positions_m[frames, place] = positions_m[105, place]
    return positions_m


def test_plates_out_of_step_with_the_cameras_are_found_out():
    for frames in (-15, 15):
        contacts = plate_contacts(_shifted(stepping_walker(), frames))
        assert not any(contact.clean for contact in contacts)
        assert all("out of step" in contact.why_not for contact in contacts)
    assert "about 1" in contacts[0].why_not  # 150 ms, less the time until the foot is at rest
    assert all(contact.clean for contact in plate_contacts(_shifted(stepping_walker(), 2)))


def test_a_plate_that_lies_elsewhere_than_the_file_says_is_found_out():
    walker = stepping_walker()
    first, second = walker.recording.force_plates
    moved = replace(first, corners_m=first.corners_m + np.array([0.0, 0.15, 0.0]))
    recording = replace(walker.recording, force_plates=(moved, second))
    left, right = plate_contacts(replace(walker, recording=recording))
    assert left.why_not.startswith("shifted: the centre of pressure stays 15 cm from the foot")
    assert right.clean


def test_without_the_feets_markers_nobody_is_accused():
    positions_m = feet_of_a_walk()
    for side in ("left", "right"):
        for name in ("heel", "toe", "ankle"):
            positions_m[:, SLOT_INDEX[f"{side}_{name}"]] = np.nan
    contacts = plate_contacts(stepping_walker(positions_m=positions_m))
    assert [(c.side, c.why_not) for c in contacts] == [(None, "no marker near")] * 2


def test_a_foot_whose_fellow_is_never_seen_is_not_called_alone():
    positions_m = feet_of_a_walk()
    for name in ("heel", "toe", "ankle"):
        positions_m[:, SLOT_INDEX[f"right_{name}"]] = np.nan
    left = plate_contacts(stepping_walker(positions_m=positions_m))[0]
    assert left.side == "left"
    assert not left.clean
    assert left.why_not == "no marker near: the other foot is not seen"


def test_a_plate_that_cannot_be_used_says_why():
    walker = stepping_walker()
    broken = replace(walker.recording.force_plates[1], refusal="its channels are in volts")
    recording = replace(walker.recording, force_plates=(walker.recording.force_plates[0], broken))
    left, unusable = plate_contacts(replace(walker, recording=recording))
    assert left.clean
    assert unusable.plate == 2
    assert not unusable.clean
    assert np.isnan(unusable.start_s)
    assert unusable.why_not == "unusable plate: its channels are in volts"


def test_a_spike_and_a_brush_are_no_contacts_and_a_flicker_is_not_a_step():
    spike = Press(0.2, 0.22, (0.1, 0.1), (0.1, 0.1), WEIGHT_N)
    brush = Press(2.0, 2.2, (0.1, 0.1), (0.1, 0.1), 0.03 * WEIGHT_N)
    walker = stepping_walker([[spike, foot_press("left"), brush], []])
    values = walker.recording.analogs.values.copy()
    values[800:810, 2:8] = 0.0  # the channels drop out for 10 ms in mid-stance
    analogs = replace(walker.recording.analogs, values=values)
    unused, contact = plate_contacts(replace(walker, recording=replace(walker.recording, analogs=analogs)))
    assert unused.plate == 2
    assert contact.stop_s - contact.start_s == pytest.approx(STANCE_S, abs=0.003)


def test_no_plates_no_contacts():
    walker = walker_with(feet_of_a_walk(), (), None)
    assert plate_contacts(walker) == ()
    assert plate_loads(walker) == ()


def test_the_loads_are_the_plates_own_forces():
    walker = stepping_walker()
    load = plate_loads(walker)[0]
    forces = plate_forces(load.plate, walker.recording.analogs)
    np.testing.assert_allclose(load.force_n, forces.force_n, atol=1e-6)
    np.testing.assert_allclose(load.moment_nm, forces.moment_nm, atol=1e-6)
    assert load.samples_of(np.array([10]), RATE_HZ).tolist() == [100]
