"""Forces that lie under a foot and yet are none of its: plates shifted, late, miswired, in other units, or shared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gait_plates_model import (
    FOOT_M,
    PLATE_HZ,
    WEIGHT_N,
    Press,
    body_of,
    feet_of_a_walk,
    foot_press,
    load_of,
    plate_places,
    plates_with,
    stepping_walker,
    walker_with,
)

from ltme_clinic.gait.plates.contact_checks import force_line
from ltme_clinic.gait.plates.contacts import plate_contacts
from ltme_clinic.gait.plates.foot_forces import foot_forces
from ltme_clinic.gait.walker import Walker, walker_of
from ltme_clinic.kinematics.rotations import rotation_z
from ltme_clinic.recordings.reading import read_recordings
from ltme_clinic.types import ForcePlate, TrialFacts

Fault = Callable[[Walker], Walker]
AHEAD_M = np.array([0.05, 0.0, 0.0])
BRAKES = "wrong force: it does not brake and then push"
SIDEWAYS = "wrong force: sideways it pushes the body away"


def with_values(walker: Walker, change: Callable[[np.ndarray, tuple[ForcePlate, ...]], None]) -> Walker:
    """The same recording with changed samples of the plates' channels."""
    values = np.array(walker.recording.analogs.values)
    change(values, walker.recording.force_plates)
    analogs = replace(walker.recording.analogs, values=values)
    return replace(walker, recording=replace(walker.recording, analogs=analogs))


def with_plates(walker: Walker, change: Callable[[ForcePlate], ForcePlate]) -> Walker:
    plates = tuple(change(plate) for plate in walker.recording.force_plates)
    return replace(walker, recording=replace(walker.recording, force_plates=plates))


def times(factor: float, *which: int) -> Fault:
    """Some channels of every plate, counted from 0 (Fx), multiplied; all of them where none is named."""

    def change(values: np.ndarray, plates: tuple[ForcePlate, ...]) -> None:
        for plate in plates:
            values[:, [plate.channels[index] for index in which or range(6)]] *= factor

    return lambda walker: with_values(walker, change)


def exchanged(walker: Walker) -> Walker:
    """Fx and Fy plugged in the wrong way round."""

    def change(plate: ForcePlate) -> ForcePlate:
        return replace(plate, channels=(plate.channels[1], plate.channels[0], *plate.channels[2:]))

    return with_plates(walker, change)


def moved(ahead_m: float) -> Fault:
    """The plates further along the way of the walk than they are."""

    def fault(walker: Walker) -> Walker:
        path_m = walker.pelvis_m[np.isfinite(walker.pelvis_m[:, 0]), :2]
        way = (path_m[-1] - path_m[0]) / np.linalg.norm(path_m[-1] - path_m[0])
        shift_m = np.array([*(ahead_m * way), 0.0])
        return with_plates(walker, lambda plate: replace(plate, corners_m=plate.corners_m + shift_m))

    return fault


def late(seconds: float) -> Fault:
    """The plates later than the cameras."""

    def change(values: np.ndarray, plates: tuple[ForcePlate, ...], rate_hz: float) -> None:
        channels = [channel for plate in plates for channel in plate.channels]
        values[:, channels] = np.roll(values[:, channels], round(seconds * rate_hz), axis=0)

    return lambda walker: with_values(
        walker, lambda values, plates: change(values, plates, walker.recording.analogs.rate_hz)
    )


def reasons(walker: Walker) -> list[str]:
    return [contact.why_not for contact in plate_contacts(walker)]


def test_a_force_through_the_body_leans_as_the_line_from_foot_to_pelvis():
    positions_m = feet_of_a_walk()
    walker = stepping_walker()
    frames = np.arange(50, 110)
    body_m = body_of(positions_m)[frames]
    place_m = np.column_stack([np.linspace(0.03, 0.21, 60), np.full(60, 0.1), np.zeros(60)])
    force_n = 700.0 * (body_m - place_m) / body_m[:, 2:]
    line = force_line(walker, force_n, place_m, frames)
    assert line.following == pytest.approx(1.0)
    assert [line.ahead_m, line.beside_m] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert not line.away
    assert not line.trunk_seen
    ahead = force_line(walker, force_n, place_m + AHEAD_M, frames)
    assert ahead.ahead_m == pytest.approx(0.05, abs=1e-3)
    turn = rotation_z(np.radians(130.0))
    turned = replace(walker, pelvis_m=walker.pelvis_m @ turn.T)
    again = force_line(turned, force_n @ turn.T, (place_m + AHEAD_M) @ turn.T, frames)
    assert again.ahead_m == pytest.approx(ahead.ahead_m)
    assert force_line(replace(walker, pelvis_m=np.full_like(walker.pelvis_m, np.nan)), force_n, place_m, frames) is None


def test_exchanged_turned_round_and_missing_shear_channels_are_found_out():
    walker = stepping_walker()
    assert [why[: len(BRAKES)] for why in reasons(exchanged(walker))] == [BRAKES] * 2
    assert [why[: len(BRAKES)] for why in reasons(times(0.0, 0, 1)(walker))] == [BRAKES] * 2
    signs = [{why[: len(BRAKES)] for why in reasons(times(-1.0, index)(walker))} for index in (0, 1)]
    assert {BRAKES} in signs
    assert {SIDEWAYS[: len(BRAKES)]} in signs


def test_a_frame_that_hands_hold_may_take_most_of_the_push():
    """A fifth of the shear is left to the feet."""
    walker = times(0.2, 0, 1)(stepping_walker())
    assert all(why.startswith(BRAKES) for why in reasons(walker))
    aided = replace(walker, recording=replace(walker.recording, trial=TrialFacts(aid="walking frame")))
    assert reasons(aided) == ["", ""]


def test_a_plate_that_lies_too_far_back_or_ahead_is_found_out():
    """The pressure rolls from 4 cm before the heel to 5.5 cm short of the toes' tip while there is force enough."""
    walker = stepping_walker()
    assert all(
        why == "shifted: the centre of pressure lies 2 cm behind the heel" for why in reasons(moved(-0.06)(walker))
    )
    assert all("at the toes' tip or beyond" in why for why in reasons(moved(0.06)(walker)))
    assert reasons(moved(0.02)(walker)) == reasons(moved(-0.02)(walker)) == ["", ""]


def test_pressure_under_a_lifted_end_of_the_foot_is_not_the_foots():
    """A heel that rises by 5 cm on 19 (15 degrees), or toes that do, while the pressure rests 8 cm before the heel."""
    for name, early, said in (("heel", False, "the heel is up"), ("toe", True, "the toes are up")):
        positions_m = feet_of_a_walk()
        frames = slice(50, 60) if early else slice(95, 110)
        positions_m[frames, _slot(f"left_{name}"), 2] += 0.05
        still = Press(0.5, 1.1, (0.08, 0.1), (0.08, 0.1))
        walker = stepping_walker([[still], [foot_press("right")]], positions_m=positions_m)
        left, right = plate_contacts(walker)
        assert left.why_not.startswith("shifted, or a cane or hand on the plate") == (not early), name
        assert (said in left.why_not) == (not early)
        assert right.clean
        ahead = Press(0.5, 1.1, (0.14, 0.1), (0.14, 0.1))
        left = plate_contacts(stepping_walker([[ahead], [foot_press("right")]], positions_m=positions_m))[0]
        assert (said in left.why_not) == early


def _slot(name: str) -> int:
    from ltme_clinic.body import SLOT_INDEX

    return SLOT_INDEX[name]


def test_plates_that_run_apart_from_the_cameras_are_found_out():
    """Here a foot's rest and force have one middle; that of people's rest lies 20 ms earlier, which is allowed for."""
    walker = stepping_walker()
    assert all("about 90 ms before the foot" in why for why in reasons(late(-0.07)(walker)))
    assert all(why.startswith("out of step") and "after the foot" in why for why in reasons(late(0.1)(walker)))
    assert reasons(late(0.03)(walker)) == reasons(late(-0.01)(walker)) == ["", ""]


def test_a_dragging_foot_is_not_out_of_step():
    """It glides slowly for 0.15 s before it is loaded."""
    positions_m = feet_of_a_walk()
    for name in ("heel", "toe", "ankle"):
        drag_m = np.linspace(-0.03, 0.0, 15)[:, None] * [1.0, 0.0, 0.0]
        positions_m[35:50, _slot(f"left_{name}")] = positions_m[52, _slot(f"left_{name}")] + drag_m
    assert reasons(stepping_walker(positions_m=positions_m)) == ["", ""]


def test_more_than_a_walking_foot_carries_is_not_its_own():
    """A cane under the foot's own line, a third of the weight from contact to foot off."""
    cane = Press(0.5, 1.1, (FOOT_M / 2, 0.1), (FOOT_M / 2, 0.1), WEIGHT_N / 3)
    left, right = plate_contacts(stepping_walker([[foot_press("left"), cane], [foot_press("right")]]))
    assert left.why_not.startswith("too much force: 1.2")
    assert right.clean
    unknown = stepping_walker([[foot_press("left"), cane], [foot_press("right")]], mass_kg=None)
    assert plate_contacts(unknown)[0].clean


def test_plates_in_other_units_say_so():
    too_small = reasons(times(1e-3)(stepping_walker()))
    assert all(why.startswith("unusable plate: feet stand on it for 0.6 s and it never carries") for why in too_small)
    assert all("in other units" in why for why in too_small)
    too_large = reasons(times(1e3)(stepping_walker()))
    assert len(too_small) == len(too_large) == 2
    assert all(why == "unusable plate: it shows 588 kN, which nobody presses: its units are wrong" for why in too_large)


@pytest.mark.parametrize("index", [0, 3, 4])
def test_a_channel_without_numbers_leaves_no_clean_contact(index):
    """Its place is nowhere then, which must not pass for a place near the foot; one lost sample is too many too."""

    def lost(samples: slice) -> Fault:
        def change(values: np.ndarray, plates: tuple[ForcePlate, ...]) -> None:
            values[samples, plates[0].channels[index]] = np.nan

        return lambda walker: with_values(walker, change)

    missing = "force or moment samples are missing"
    for samples, known in (
        (slice(None), (missing, "unusable plate: a channel of it holds no numbers")),
        (slice(700, 701), (missing,)),
    ):
        contacts = plate_contacts(lost(samples)(stepping_walker()))
        left = next(contact for contact in contacts if contact.plate == 1)
        assert not left.clean
        assert left.why_not in known
        assert next(contact for contact in contacts if contact.plate == 2).clean


def test_a_plate_that_nobody_stands_on_is_not_called_unusable():
    assert reasons(stepping_walker([[], []], [(5.0, 3.0), (5.0, -3.0)])) == []


def test_two_plates_that_share_a_foot_are_held_to_the_same():
    """Heel on the first, toes on the second; the shear of both with the wrong sign."""
    edges_m = [(-0.08, 0.1), (0.32, 0.1)]
    whole = load_of([foot_press("left")], body_of(feet_of_a_walk()))
    seconds = np.arange(len(whole.force_n)) / PLATE_HZ
    toes = np.clip((seconds - 0.7) / 0.2, 0.0, 1.0)[:, None]
    loads = [replace(whole, force_n=whole.force_n * (1 - toes)), replace(whole, force_n=whole.force_n * toes)]
    plates, analogs = plates_with(edges_m, loads)
    walker = walker_with(feet_of_a_walk(), plates, analogs)
    assert foot_forces(walker, plate_contacts(walker))["left"].stances[0].plates == (1, 2)
    for index in (0, 1):
        wrong = times(-1.0, index)(walker)
        assert foot_forces(wrong, plate_contacts(wrong)) == {}
    assert len(plate_places()) == 2


REAL = ("children/HC031A06.c3d", "overground_small/test_small.c3d")
FAULTS: dict[str, Fault] = {
    "Fx and Fy exchanged": exchanged,
    "sign of Fx": times(-1.0, 0),
    "sign of Fy": times(-1.0, 1),
    "no shear": times(0.0, 0, 1),
    "plates 5 cm behind": moved(-0.05),
    "plates 5 cm ahead": moved(0.05),
    "plates 50 ms late": late(0.05),
    "plates 50 ms early": late(-0.05),
    "kN": times(1e-3),
    "mN": times(1e3),
}


def _walker(shared_data: Path, name: str) -> Walker:
    path = shared_data / "recordings" / name
    if not path.is_file():
        pytest.skip(f"{name} is not there")
    return walker_of(read_recordings(path)[0])


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", REAL)
def test_no_contact_of_a_real_walk_stays_clean_with_a_fault(shared_data, name, fault):
    assert not [contact for contact in plate_contacts(FAULTS[fault](_walker(shared_data, name))) if contact.clean]


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("children/HC030A22.c3d", 2),  # turns
        ("children/HC031A06.c3d", 2),
        ("children/HC033A22.c3d", 2),
        ("children/HC039A31.c3d", 1),
        ("children/HC040A40.c3d", 2),  # quick: 1.65 body weights
        ("opensim/jogging.c3d", 1),
        ("opensim/sideCutting.c3d", 1),
        ("opensim/test_walking.c3d", 1),
        ("overground_adult/exampleOverground.c3d", 1),
        ("overground_small/test_small.c3d", 3),
        ("qualisys/Qualisys.c3d", 2),
    ],
)
def test_clean_contacts_of_walks_turns_and_runs_stay_clean(shared_data, name, clean):
    assert sum(contact.clean for contact in plate_contacts(_walker(shared_data, name))) == clean
