"""Measures that somebody typed in, against the body that the markers show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from recordings_c3d_maker import c3d_bytes, walker_mm

from ltme_clinic.body import SLOTS
from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.body_measures import believable
from ltme_clinic.types import Anthropometry
from ltme_clinic.virtual_lab import sample_patient, simulate_slots


def body(age_y: float = 40.0, parts: tuple[str, ...] = ("",)) -> tuple[float, dict[str, np.ndarray]]:
    """Height and landmarks of somebody walking."""
    patient = sample_patient(3, age_y=age_y)
    positions_m = simulate_slots(patient, duration_s=2.0, rate_hz=50.0)[0]
    shown = {slot: positions_m[:, i] for i, slot in enumerate(SLOTS) if any(part in slot for part in parts)}
    return patient.height_m, shown


PARTS = {"whole": ("",), "legs": ("asis", "knee", "ankle"), "head and feet": ("head", "heel", "toe")}


@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize("age_y", [6.0, 12.0, 40.0])
def test_a_true_height_is_believed(age_y: float, parts: tuple[str, ...]) -> None:
    height_m, shown = body(age_y, parts)
    typed = Anthropometry(height_m=height_m, mass_kg=18.0 * height_m**2)
    assert believable(typed, shown) == (typed, ())


@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize("factor", [1 / 2.54, 0.5, 2.0, 2.54])
def test_a_height_in_another_unit_than_the_markers_is_left_out(factor: float, parts: tuple[str, ...]) -> None:
    height_m, shown = body(parts=parts)
    measures, warnings = believable(Anthropometry(height_m=factor * height_m), shown)
    if "knee" not in parts and parts != ("",) and factor > 1:
        assert measures.height_m is not None  # who only shows head and feet may sit
    else:
        assert measures.height_m is None
        assert "a unit of the file may be wrong" in warnings[0]


def test_a_height_in_inches_casts_doubt_on_a_mass_in_pounds() -> None:
    height_m, shown = body()
    measures, warnings = believable(Anthropometry(height_m=height_m / 2.54, mass_kg=160.0), shown)
    assert (measures.height_m, measures.mass_kg) == (None, None)
    assert len(warnings) == 2


def test_a_mass_that_no_body_of_that_height_has_is_left_out() -> None:
    height_m, shown = body()
    measures, warnings = believable(Anthropometry(height_m=height_m, mass_kg=300.0), shown)
    assert (measures.height_m, measures.mass_kg) == (height_m, None)
    assert "no mass was taken" in warnings[0]
    alone, warnings = believable(Anthropometry(height_m=0.68, mass_kg=160.0), {})
    assert (alone.height_m, alone.mass_kg) == (None, None)
    assert "neither was taken" in warnings[0]


def test_a_leg_that_the_markers_contradict_is_left_out_and_the_other_kept() -> None:
    height_m, shown = body()
    typed = Anthropometry(leg_length_left_m=0.51 * height_m, leg_length_right_m=0.51 * height_m / 2)
    measures, warnings = believable(typed, shown)
    assert (measures.leg_length_left_m, measures.leg_length_right_m) == (typed.leg_length_left_m, None)
    assert len(warnings) == 1


def test_someone_lying_or_sitting_keeps_a_true_height() -> None:
    height_m, shown = body()
    lying = {slot: places_m[:, [2, 1, 0]] for slot, places_m in shown.items()}
    assert believable(Anthropometry(height_m=height_m), lying)[1] == ()
    head_and_feet = {slot: p for slot, p in lying.items() if "head" in slot or "heel" in slot}
    assert believable(Anthropometry(height_m=height_m), head_and_feet)[1] == ()


def test_markers_that_were_never_seen_contradict_nothing() -> None:
    unseen = {slot: np.full((10, 3), np.nan) for slot in SLOTS}
    typed = Anthropometry(height_m=1.7, mass_kg=70.0, leg_length_left_m=0.9)
    for landmarks in (unseen, {}, {slot: np.zeros((0, 3)) for slot in SLOTS}):
        assert believable(typed, landmarks) == (typed, ())


def test_a_file_s_measures_are_held_against_its_markers(tmp_path: Path) -> None:
    path = tmp_path / "t.c3d"
    path.write_bytes(c3d_bytes(walker_mm(50), groups={"PROCESSING": {"HEIGHT": 68.0, "BODYMASS": 160.0}}))
    (recording,) = read_recordings(path)
    assert recording.anthropometry == Anthropometry()
    assert any("may be in pounds" in warning for warning in recording.warnings)


@pytest.mark.parametrize(("units", "per_mm"), [("mm", 1.0), ("cm", 0.1), ("m", 0.001)])
def test_three_equal_sentinels_are_no_place_in_any_unit(tmp_path: Path, units: str, per_mm: float) -> None:
    points = walker_mm(50) * per_mm
    for frame, sentinel in enumerate((-16512.0, 9999.0, -9999.0, 32767.0, -32768.0)):
        points[frame, 3] = sentinel * per_mm
    points[10, 3] = 500.0 * per_mm
    path = tmp_path / "t.c3d"
    path.write_bytes(c3d_bytes(points, units=units))
    (recording,) = read_recordings(path)
    seen = np.isfinite(recording.positions_m[:, 3, 0])
    assert not seen[:5].any()
    assert seen[5:].all()
