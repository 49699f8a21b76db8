"""Events, measures, statics and plates with something wrong: the right answer, or a refusal that names the cause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from odd_walks import (
    AGED_10,
    analysed,
    assert_as_walked,
    figure,
    said,
    sides_exchanged,
    straight_walk,
    without_events,
)

from ltme_clinic.gait.plates.contacts import plate_contacts
from ltme_clinic.gait.walker import walker_of
from ltme_clinic.recordings import read_recordings
from ltme_clinic.types import GaitEvent, LegMeasures, LtmeError, PlateContact, Recording, WalkTruth
from ltme_clinic.virtual_lab import sample_patient, simulate_static

OTHER = {"left": "right", "right": "left", "initial_contact": "foot_off", "foot_off": "initial_contact"}


@pytest.fixture(scope="module")
def walk() -> Recording:
    return straight_walk().recording


@pytest.fixture(scope="module")
def truth() -> WalkTruth:
    return straight_walk().truth


def with_events(walk: Recording, change: Callable[[GaitEvent], GaitEvent]) -> Recording:
    return replace(walk, events=tuple(change(event) for event in walk.events))


def test_entered_events_with_exchanged_sides_are_refused_and_found_anew(walk: Recording, truth: WalkTruth) -> None:
    analysis = analysed(with_events(walk, lambda event: replace(event, side=OTHER[event.side])))
    assert "left and right are exchanged" in said(analysis)
    assert {event.source for event in analysis.events} == {"kinematic"}
    assert_as_walked(analysis, truth)


def test_entered_events_with_exchanged_kinds_give_no_stance(walk: Recording) -> None:
    analysis = analysed(with_events(walk, lambda event: replace(event, kind=OTHER[event.kind])))
    assert "exchanged" in said(analysis)
    stance = analysis.figure("stance_pct")
    assert stance is None or stance.value > 55


@pytest.mark.parametrize(("field", "what"), [("side", "left and right"), ("kind", "contacts and foot offs")])
def test_corrected_events_with_exchanged_sides_or_kinds_are_refused(walk: Recording, field: str, what: str) -> None:
    given = [replace(event, **{field: OTHER[getattr(event, field)]}) for event in walk.events]
    with pytest.raises(LtmeError, match=f"{what} are exchanged"):
        analysed(without_events(walk), events=given)


@pytest.mark.parametrize(("late_s", "way"), [(-0.2, "earlier"), (0.2, "later")])
def test_events_by_another_clock_are_refused_and_found_anew(
    walk: Recording, truth: WalkTruth, late_s: float, way: str
) -> None:
    late = with_events(walk, lambda event: replace(event, time_s=event.time_s + late_s))
    analysis = analysed(late)
    assert f"ms {way} than the markers show" in said(analysis)
    assert_as_walked(analysis, truth)
    given = [event for event in late.events if 0 <= event.time_s < walk.duration_s]
    with pytest.raises(LtmeError, match=f"ms {way} than the markers show"):
        analysed(without_events(walk), events=given)


def test_a_single_given_event_is_the_giver_s_to_place(walk: Recording, truth: WalkTruth) -> None:
    given = [replace(event, time_s=event.time_s + 0.12 * (place == 9)) for place, event in enumerate(walk.events)]
    analysis = analysed(without_events(walk), events=given)
    assert f"1 of {len(given)} entered events lie more than 50 ms from where the markers say" in said(analysis)
    assert analysis.events == tuple(given)


def test_events_outside_the_recording_are_passed_over_or_refused(walk: Recording, truth: WalkTruth) -> None:
    outside = with_events(walk, lambda event: replace(event, time_s=event.time_s + 100.0))
    analysis = analysed(outside)
    assert "entered events outside the recording" in said(analysis)
    assert_as_walked(analysis, truth)
    for change in (100.0, -5.0, np.nan):
        given = [replace(event, time_s=event.time_s + change) for event in walk.events]
        with pytest.raises(LtmeError, match="given events lie outside"):
            analysed(without_events(walk), events=given)


def test_contacts_alone_give_times_and_no_stance(walk: Recording, truth: WalkTruth) -> None:
    contacts = [event for event in walk.events if event.kind == "initial_contact"]
    analysis = analysed(without_events(walk), events=contacts)
    assert_as_walked(analysis, truth)
    assert analysis.figure("stance_pct") is analysis.figure("double_support_pct") is None
    assert "no foot off is marked" in said(analysis)
    filled = analysed(replace(walk, events=tuple(contacts)))
    assert figure(filled, "stance_pct") == pytest.approx(np.mean(truth.stance_pct), abs=3.5)


def test_one_entered_event_leaves_the_rest_to_the_markers(walk: Recording, truth: WalkTruth) -> None:
    analysis = analysed(replace(walk, events=walk.events[:1]))
    assert sum(event.source == "entered" for event in analysis.events) == 1
    assert_as_walked(analysis, truth)


@pytest.mark.parametrize("kept", ["one event", "no event", "left only", "foot offs only"])
def test_too_few_given_events_make_no_figure(walk: Recording, kept: str) -> None:
    choice = {
        "one event": walk.events[:1],
        "no event": (),
        "left only": [event for event in walk.events if event.side == "left"],
        "foot offs only": [event for event in walk.events if event.kind == "foot_off"],
    }
    analysis = analysed(without_events(walk), events=choice[kept])
    assert analysis.spatiotemporal == ()
    assert "spatiotemporal" in {refusal.what for refusal in analysis.refusals}


def test_contacts_entered_twice_never_raise_the_cadence(walk: Recording, truth: WalkTruth) -> None:
    again = [e for e in walk.events if e.side == "left" and e.kind == "initial_contact" and e.time_s < 7.0]
    doubled = (*walk.events, *(replace(event, time_s=event.time_s + 0.5) for event in again))
    analysis = analysed(replace(walk, events=tuple(sorted(doubled, key=lambda event: event.time_s))))
    cadence = analysis.figure("cadence_spm")
    assert cadence is None or cadence.value == pytest.approx(truth.cadence_spm, rel=0.02)


def with_legs(walk: Recording, **measures: float) -> Recording:
    body = walk.body_measures
    legs = {f"{side}_leg": replace(body.leg(side), **measures) for side in ("left", "right")}
    return replace(without_events(walk), body_measures=replace(body, **legs))


@pytest.mark.parametrize(
    ("measures", "told"),
    [
        ({"knee_width_m": 1.0}, "knee width of 1000 mm"),
        ({"knee_width_m": 0.001}, "knee width of 1 mm"),
        ({"knee_width_m": -0.1}, "knee width of -100 mm"),
        ({"knee_width_m": float("nan")}, "knee width of nan mm"),
        ({"knee_width_m": 0.06, "ankle_width_m": 0.10}, "the widths are exchanged"),
        ({"leg_length_m": 8.05}, "leg length of 8050 mm"),
        ({"leg_length_m": 0.4}, "leg length of 0.40 m, where the markers show 0.78 m"),
    ],
)
def test_measures_that_are_no_body_s_are_left_out_and_no_model_is_made_of_them(
    walk: Recording, measures: dict[str, float], told: str
) -> None:
    analysis = analysed(with_legs(walk, **measures))
    assert told in said(analysis)
    assert analysis.angles is not None
    assert "sagittal" in analysis.angles.model
    assert analysis.figure("gdi", "left") is None


def test_offsets_stored_in_degrees_are_left_out(walk: Recording) -> None:
    analysis = analysed(with_legs(walk, plantar_flexion_rad=21.0))
    assert "plantar flexion of 1203 deg" in said(analysis)
    assert analysis.figure("gdi", "left") is None


def test_entered_measures_are_held_to_the_same_limits(walk: Recording) -> None:
    wide = replace(AGED_10.measures, left_leg=LegMeasures(knee_width_m=0.24))
    analysis = analysed(without_events(walk), settings=replace(AGED_10, measures=wide))
    assert "left knee width of 240 mm" in said(analysis)


@pytest.mark.parametrize("length_m", [8.05, 805.0, 0.4, -0.8, float("nan")])
def test_a_typed_leg_length_in_another_unit_is_refused(walk: Recording, length_m: float) -> None:
    body = replace(walk.anthropometry, leg_length_left_m=length_m, leg_length_right_m=length_m)
    with pytest.raises(LtmeError, match="leg length of"):
        analysed(replace(walk, anthropometry=body))


def test_a_static_of_another_person_or_of_no_stander_is_not_used(walk: Recording) -> None:
    own = analysed(without_events(walk), static=simulate_static(sample_patient(11)))
    assert "does not fit this walk" not in said(own)
    foreign = analysed(without_events(walk), static=simulate_static(sample_patient(3)))
    assert "the static trial does not fit this walk, its offsets were not used" in said(foreign)
    for called_static in (False, True):
        with pytest.raises(LtmeError, match="somebody moves in it: goes forward"):
            analysed(without_events(walk), static=replace(without_events(walk), is_static=called_static))
    with pytest.raises(LtmeError, match="left and right are swapped"):
        analysed(without_events(walk), static=sides_exchanged(simulate_static(sample_patient(11))))


@pytest.mark.parametrize("age_y", [0.0, 3.9, 18.0, 120.0])
def test_children_s_bands_are_given_to_children_of_their_ages_only(walk: Recording, age_y: float) -> None:
    analysis = analysed(without_events(walk), settings=replace(AGED_10, age_y=age_y))
    assert not analysis.bands
    assert analysis.figure("gdi", "left") is None
    assert analysed(without_events(walk)).bands


@pytest.fixture(scope="module")
def on_plates(shared_data) -> Recording:
    """A child who steps cleanly on two plates, one with each foot."""
    return without_events(read_recordings(shared_data / "recordings" / "children" / "HC031A06.c3d")[0])


def clean(recording: Recording) -> list[PlateContact]:
    return [contact for contact in plate_contacts(walker_of(recording)) if contact.clean]


def with_forces(recording: Recording, change: Callable[[np.ndarray, tuple[int, ...]], None]) -> Recording:
    """Each plate's channels changed in place: change(values, channels)."""
    values = np.array(recording.analogs.values)
    for plate in recording.force_plates:
        change(values, plate.channels)
    return replace(recording, analogs=replace(recording.analogs, values=values))


def test_both_plates_carry_one_foot_each(on_plates: Recording) -> None:
    assert {contact.side for contact in clean(on_plates)} == {"left", "right"}
    assert analysed(on_plates).kinetics is not None


def test_forces_stored_with_the_other_sign_are_turned_round(on_plates: Recording) -> None:
    def turn_round(values: np.ndarray, channels: tuple[int, ...]) -> None:
        values[:, channels] *= -1.0

    plain, turned = analysed(on_plates), analysed(with_forces(on_plates, turn_round))
    assert "its signs were turned round" in said(turned)
    np.testing.assert_allclose(
        turned.kinetics.moments_nm_kg["ankle_plantarflexion", "left"],
        plain.kinetics.moments_nm_kg["ankle_plantarflexion", "left"],
        atol=1e-3,
    )


@pytest.mark.parametrize("factor", [1e-3, 0.2248, 0.5, 1000.0])
def test_forces_in_another_unit_give_no_moment(on_plates: Recording, factor: float) -> None:
    def scale(values: np.ndarray, channels: tuple[int, ...]) -> None:
        values[:, channels] *= factor

    analysis = analysed(with_forces(on_plates, scale))
    assert analysis.kinetics is None
    assert "kinetics" in {refusal.what for refusal in analysis.refusals}


@pytest.mark.parametrize("late_s", [-0.3, -0.1, 0.05, 0.1, 0.3])
def test_plates_at_another_time_are_not_clean(on_plates: Recording, late_s: float) -> None:
    samples = round(late_s * on_plates.analogs.rate_hz)

    def shift(values: np.ndarray, channels: tuple[int, ...]) -> None:
        values[:, channels] = np.roll(values[:, channels], samples, axis=0)

    late = with_forces(on_plates, shift)
    assert clean(late) == []
    analysis = analysed(late)
    assert analysis.kinetics is None
    assert {event.source for event in analysis.events} == {"kinematic"}


@pytest.mark.parametrize("shift_m", [(0.05, 0.0), (0.0, 0.05), (0.0, -0.05), (0.0, 0.10), (0.3, 0.3)])
def test_shifted_plates_are_not_clean_under_both_feet(on_plates: Recording, shift_m: tuple[float, float]) -> None:
    shifted = [
        replace(plate, corners_m=plate.corners_m + np.array([*shift_m, 0.0])) for plate in on_plates.force_plates
    ]
    recording = replace(on_plates, force_plates=tuple(shifted))
    assert clean(recording) == []
    assert analysed(recording).kinetics is None


def test_horizontal_forces_exchanged_give_no_moment(on_plates: Recording) -> None:
    plates = [
        replace(plate, channels=(*plate.channels[1::-1], *plate.channels[2:])) for plate in on_plates.force_plates
    ]
    recording = replace(on_plates, force_plates=tuple(plates))
    assert clean(recording) == []
    assert "Fx and Fy exchanged" in said(analysed(recording))


def test_a_cane_on_the_plate_is_named_and_gives_no_moment(on_plates: Recording) -> None:
    """60 N pressed a hand's breadth beside the foot, for as long as it stands."""

    def lean(values: np.ndarray, channels: tuple[int, ...]) -> None:
        loaded = np.abs(values[:, channels[2]]) > 20.0
        sign = np.sign(np.median(values[loaded, channels[2]]))
        values[loaded, channels[2]] += 60.0 * sign
        values[loaded, channels[3]] += 60.0 * sign * 100.0
        values[loaded, channels[4]] -= 60.0 * sign * 150.0

    leaning = with_forces(on_plates, lean)
    assert clean(leaning) == []
    analysis = analysed(leaning)
    assert analysis.kinetics is None
    assert "a cane or hand on the plate" in said(analysis)


def test_both_feet_on_one_plate_give_no_moment(on_plates: Recording) -> None:
    """One plate as large as both, which carries what both carried."""
    first, second = on_plates.force_plates
    corners_m = np.concatenate([first.corners_m, second.corners_m])
    low, high = corners_m.min(axis=0), corners_m.max(axis=0)
    centre_m, half_m = (low + high) / 2.0, (high - low) / 2.0
    spread = np.sign(first.corners_m - first.corners_m.mean(axis=0)) * [1.0, 1.0, 0.0]
    large = replace(first, corners_m=centre_m + spread * half_m)
    frames = [np.round((plate.corners_m.mean(axis=0) - centre_m) * 1000.0, 6) for plate in (first, second)]
    values = np.array(on_plates.analogs.values)
    total = np.zeros((len(values), 6))
    axes = np.linalg.inv(_axes(first.corners_m))
    for plate, offset_mm in zip((first, second), frames, strict=True):
        wrench = values[:, plate.channels].astype(float)
        wrench[:, 3:] += np.cross(axes @ offset_mm, wrench[:, :3])
        total += wrench
    values[:, list(first.channels)] = total
    recording = replace(
        on_plates, analogs=replace(on_plates.analogs, values=values.astype(np.float32)), force_plates=(large,)
    )
    assert clean(recording) == []
    analysis = analysed(recording)
    assert analysis.kinetics is None
    assert "both feet" in said(analysis)


def _axes(corners_m: np.ndarray) -> np.ndarray:
    """A plate's own axes as columns, from its corners."""
    x = corners_m[0] - corners_m[1]
    y = corners_m[0] - corners_m[3]
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    return np.stack([x, y, np.cross(x, y)], axis=1)


def test_a_body_mass_that_the_plates_contradict_gives_no_moment(on_plates: Recording) -> None:
    for mass_kg in (5.0, 60.0, 100.0, None):
        body = replace(on_plates.anthropometry, mass_kg=mass_kg)
        analysis = analysed(replace(on_plates, anthropometry=body))
        assert analysis.kinetics is None
        assert "body mass" in said(analysis)
