"""Virtual force plates: what their channels say is what the floor did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from virtual_forces_model import RATE_HZ, walked

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.gait.plates.contacts import plate_contacts
from ltme_clinic.gait.walker import walker_of
from ltme_clinic.kinematics import landmarks, plate_forces
from ltme_clinic.kinematics.force_plates import plate_frame
from ltme_clinic.marker_sets import marker_sets
from ltme_clinic.norms import GRAVITY_M_S2
from ltme_clinic.recordings import read_recordings, write_recording
from ltme_clinic.types import Anthropometry, GroundReaction, LtmeError, Recording
from ltme_clinic.virtual_lab.force_recording import ForceSetup, record_forces
from ltme_clinic.virtual_lab.ground_reaction import ground_reaction
from ltme_clinic.virtual_lab.plate_signals import FAULTLESS, PlateFaults, PlateKind, plate_signals
from ltme_clinic.virtual_lab.plates import (
    GAP_M,
    PLATE_LENGTH_M,
    PlateLayout,
    landing_times_s,
    plates_in_a_row,
    split_belt,
    under_the_walk,
    under_the_walker,
)

ANALOG_HZ = 1000.0
KINDS: tuple[PlateKind, ...] = (1, 2, 3, 4)


def _pressing(places_m: list[tuple[float, float]], samples: int = 200) -> GroundReaction:
    """Left and right foot (as many as there are places), each with force, twist and place that stay."""
    force_n, place_m = np.zeros((2, samples, 3)), np.full((2, samples, 3), np.nan)
    twist_nm = np.zeros((2, samples))
    for side, (x_m, y_m) in enumerate(places_m):
        force_n[side, 20:] = [60.0 - 20.0 * side, -25.0, 700.0 - 100.0 * side]
        place_m[side, 20:] = [x_m, y_m, 0.0]
        twist_nm[side, 20:] = 4.0 - side
    return GroundReaction(force_n, place_m, twist_nm)


def _laid_out() -> PlateLayout:
    return replace(plates_in_a_row(2), start_m=(1.3, -0.4), heading_rad=np.radians(33.0))


def _on(layout: PlateLayout, plate: int, along_m: float, left_m: float) -> tuple[float, float]:
    """A place by its distance from a plate's middle, along the walkway and to its left."""
    middle_m = layout.corners_m()[plate].mean(axis=0)
    cos, sin = np.cos(layout.heading_rad), np.sin(layout.heading_rad)
    return (middle_m[0] + along_m * cos - left_m * sin, middle_m[1] + along_m * sin + left_m * cos)


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_of_plate_gives_back_force_place_and_free_moment(kind: PlateKind) -> None:
    layout = _laid_out()
    pressed = _pressing([_on(layout, 0, 0.11, 0.07), _on(layout, 1, -0.12, -0.05)])
    plates, analogs = plate_signals(pressed, layout, ANALOG_HZ, kind=kind, faults=FAULTLESS)
    for side, plate in enumerate(plates):
        found = plate_forces(plate, analogs)
        assert not found.warnings
        np.testing.assert_allclose(found.force_n, pressed.force_n[side], atol=1e-2)
        np.testing.assert_allclose(found.centre_of_pressure_m, pressed.centre_of_pressure_m[side], atol=1e-5)
        np.testing.assert_allclose(found.free_moment_nm[20:], pressed.free_moment_nm[side, 20:], atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_real_plates_noise_and_steps_leave_force_and_place_nearly_as_they_are(kind: PlateKind) -> None:
    layout = _laid_out()
    pressed = _pressing([_on(layout, 0, 0.11, 0.07)])
    plates, analogs = plate_signals(pressed, layout, ANALOG_HZ, kind=kind, rng=np.random.default_rng(3))
    found = plate_forces(plates[0], analogs)
    assert np.abs(found.force_n - pressed.force_n[0]).std() > 0.2
    np.testing.assert_allclose(found.force_n, pressed.force_n[0], atol=8.0)
    np.testing.assert_allclose(found.centre_of_pressure_m[20:], pressed.centre_of_pressure_m[0, 20:], atol=5e-3)


def test_a_foot_on_the_edge_shares_its_force_by_area_and_one_beside_the_plate_leaves_it_empty() -> None:
    layout = _laid_out()
    half_m = PLATE_LENGTH_M / 2
    cases = ((half_m - 0.04, 1.0), (half_m, 0.5), (half_m + 0.02, 0.25), (half_m + 0.05, 0.0))
    for along_m, share in cases:
        pressed = _pressing([_on(layout, 1, along_m, 0.0)])
        plates, analogs = plate_signals(pressed, layout, ANALOG_HZ, faults=FAULTLESS)
        force_n = plate_forces(plates[1], analogs).force_n
        np.testing.assert_allclose(force_n[20:], share * pressed.force_n[0, 20:], atol=1e-2)
        assert np.abs(plate_forces(plates[0], analogs).force_n).max() < 1e-2


def test_both_feet_on_one_plate_add_up() -> None:
    layout = _laid_out()
    pressed = _pressing([_on(layout, 0, 0.1, 0.1), _on(layout, 0, -0.1, -0.1)])
    plates, analogs = plate_signals(pressed, layout, ANALOG_HZ, faults=FAULTLESS)
    np.testing.assert_allclose(plate_forces(plates[0], analogs).force_n, pressed.force_n.sum(axis=0), atol=2e-2)


def test_plates_lie_in_a_row_with_a_gap_and_point_into_the_floor() -> None:
    layout = plates_in_a_row(4, stagger_m=0.2)
    frames = [plate_frame(corners_m) for corners_m in layout.corners_m()]
    assert all(frame is not None and frame.up == -1.0 for frame in frames)
    centres_m = np.array([frame.centre_m for frame in frames if frame is not None])
    np.testing.assert_allclose(np.diff(centres_m[:, 0]), PLATE_LENGTH_M + GAP_M)
    np.testing.assert_allclose(centres_m[:, 1], [0.1, -0.1, 0.1, -0.1])
    with pytest.raises(LtmeError):
        plates_in_a_row(1)


def test_each_belt_of_a_treadmill_feels_its_own_foot() -> None:
    layout = under_the_walker(split_belt(), np.tile([2.0, 1.0, 0.9], (10, 1)), 0.0)
    pressed = _pressing([(2.3, 1.08), (1.8, 0.9)])
    plates, analogs = plate_signals(pressed, layout, ANALOG_HZ, faults=FAULTLESS)
    for side, plate in enumerate(plates):
        np.testing.assert_allclose(plate_forces(plate, analogs).force_n, pressed.force_n[side], atol=1e-2)


def test_plates_laid_under_a_walk_have_a_footprint_each_in_the_right_places() -> None:
    patient, body = walked()
    layout = _under(targeting="clean")
    times_s = landing_times_s(body.steps, body.rhythm.phase, body.rhythm.time_s)
    heels_m = np.concatenate([steps.heel_m for steps in body.steps])
    middles_m = heels_m + np.array([0.5 * patient.skeleton.foot_m, 0.0])
    assert sum(np.isfinite(own_s).sum() for own_s in times_s) >= 6
    for corners_m in layout.corners_m():
        nearest_m = np.abs(middles_m - corners_m.mean(axis=0)[:2]).max(axis=1).min()
        assert nearest_m < 0.5 * PLATE_LENGTH_M - 0.05


def test_plates_that_nobody_aims_at_are_hit_here_and_there() -> None:
    aimed = {_under(seed=seed, targeting="clean").start_m[0] for seed in range(6)}
    falling = {_under(seed=seed, targeting="as_it_falls").start_m[0] for seed in range(6)}
    assert np.ptp(list(falling)) > 4.0 * np.ptp(list(aimed))


def test_a_walk_without_three_footprints_has_no_plates() -> None:
    patient, body = walked()
    times_s = landing_times_s(body.steps, body.rhythm.phase, body.rhythm.time_s)
    with pytest.raises(LtmeError, match="footprints"):
        under_the_walk(
            plates_in_a_row(), patient.skeleton, body.steps, times_s, (1.0, 1.2), 0.0, np.random.default_rng(1)
        )


def test_unknown_types_and_noise_without_random_numbers_are_refused() -> None:
    layout, pressed = plates_in_a_row(), _pressing([(0.2, 0.0)])
    with pytest.raises(LtmeError, match="type 7"):
        plate_signals(pressed, layout, ANALOG_HZ, kind=7, faults=FAULTLESS)  # type: ignore[arg-type]
    with pytest.raises(LtmeError, match="random"):
        plate_signals(pressed, layout, ANALOG_HZ, faults=PlateFaults(noise_n=1.0))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_a_walk_over_plates_reads_back_the_same_forces(kind: PlateKind, tmp_path: Path) -> None:
    recording = _recorded(kind)
    path = tmp_path / "walk.c3d"
    write_recording(path, recording)
    (read,) = read_recordings(path)
    assert read.analogs is not None
    assert recording.analogs is not None
    for was, plate in zip(recording.force_plates, read.force_plates, strict=True):
        assert plate.kind == kind
        assert plate.usable
        before, after = plate_forces(was, recording.analogs), plate_forces(plate, read.analogs)
        np.testing.assert_allclose(after.force_n, before.force_n, atol=0.1)
        well = before.force_n[:, 2] > 100.0
        np.testing.assert_allclose(after.centre_of_pressure_m[well], before.centre_of_pressure_m[well], atol=1e-3)


def test_the_gait_analysis_finds_each_foot_on_its_plate() -> None:
    contacts = [contact for contact in plate_contacts(walker_of(_recorded(2))) if contact.side is not None]
    assert {contact.side for contact in contacts} == set(SIDES)
    assert {contact.plate for contact in contacts} == {1, 2}


def _under(seed: int = 1, targeting: str = "clean") -> PlateLayout:
    patient, body = walked()
    times_s = landing_times_s(body.steps, body.rhythm.phase, body.rhythm.time_s)
    rng = np.random.default_rng(seed)
    return under_the_walk(
        plates_in_a_row(2), patient.skeleton, body.steps, times_s, (0.5, 4.5), 0.0, rng, targeting  # type: ignore[arg-type]
    )  # fmt: skip


def _recorded(kind: PlateKind) -> Recording:
    """A walk over two plates with markers exactly on the landmarks."""
    patient, body = walked()
    reaction = ground_reaction(patient, body, RATE_HZ, samples_per_frame=10)
    rng = np.random.default_rng(1)
    plates, analogs = plate_signals(reaction, _under(), ANALOG_HZ, kind=kind, rng=rng)
    slots = marker_sets()["plug-in-gait-full-body"].slots
    positions_m = landmarks(patient.skeleton, body.motion)[:, [SLOT_INDEX[slot] for slot in slots]]
    assert reaction.force_n.sum(axis=0)[:, 2].mean() == pytest.approx(patient.mass_kg * GRAVITY_M_S2, rel=0.05)
    return Recording(
        recording_id="walk",
        origin="virtual",
        source_name="walk.c3d",
        subject=patient.name,
        rate_hz=RATE_HZ,
        first_file_frame=1,
        marker_labels=tuple(names[0] for names in slots.values()),
        positions_m=np.ascontiguousarray(positions_m),
        analogs=analogs,
        plates=len(plates),
        force_plates=plates,
        anthropometry=Anthropometry(mass_kg=patient.mass_kg),
        manufacturer="SYNTHETIC",
    )


def test_a_walk_is_recorded_with_plates_and_its_true_reaction_at_the_cameras_frames() -> None:
    patient, body = walked()
    kept = slice(80, 420)
    record = record_forces(patient, 0, 0, body, kept, RATE_HZ, ForceSetup(faults=FAULTLESS))
    assert record.analogs.rate_hz == ANALOG_HZ
    assert record.analogs.values.shape == (3400, 12)
    assert record.reaction.force_n.shape == (2, 340, 3)
    measured_n = sum(plate_forces(plate, record.analogs).force_n for plate in record.plates)[::10, 2]
    assert (measured_n < record.reaction.force_n.sum(axis=0)[:, 2] + 0.1).all()
    assert measured_n.max() > 0.9 * patient.mass_kg * GRAVITY_M_S2


def test_the_belts_of_a_treadmill_carry_the_walker_all_the_time() -> None:
    patient, body = walked()
    kept = slice(80, 420)
    way_m = body.motion.joint_centres["pelvis"][kept]
    belt_m_s = (way_m[-1] - way_m[0]) / (len(way_m) - 1) * RATE_HZ * [1.0, 1.0, 0.0]
    setup = ForceSetup(split_belt(), faults=FAULTLESS)
    record = record_forces(patient, 0, 0, body, kept, RATE_HZ, setup, belt_m_s=belt_m_s)
    measured_n = sum(plate_forces(plate, record.analogs).force_n for plate in record.plates)[::10]
    np.testing.assert_allclose(measured_n[:, 2].mean(), record.reaction.force_n.sum(axis=0)[:, 2].mean(), rtol=0.1)


def test_the_same_trial_is_recorded_to_the_byte_and_another_one_is_not() -> None:
    patient, body = walked()
    kept = slice(80, 420)
    first, again, other = (
        record_forces(patient, 0, trial, body, kept, RATE_HZ, ForceSetup()).analogs.values for trial in (0, 0, 1)
    )
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()
