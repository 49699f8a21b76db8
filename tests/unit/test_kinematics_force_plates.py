"""Forces of a plate of each type under loads that are known beforehand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from force_plates_model import MOUNTINGS, SIGNS, Load, built_plate, walking_load

from ltme_clinic.kinematics import plate_forces
from ltme_clinic.kinematics.plate_units import force_scale, length_scale, moment_scale
from ltme_clinic.types import AnalogSignals, LtmeError

KINDS = (1, 2, 3, 4, 5, 6, 7)
FLAT = MOUNTINGS["z into the floor"]


def _same(forces, load, mounting, *, atol_n=1e-6):
    np.testing.assert_allclose(forces.force_n, load.force_n, atol=atol_n)
    np.testing.assert_allclose(forces.centre_of_pressure_m, load.place_m, atol=1e-7)
    np.testing.assert_allclose(forces.free_moment_nm, load.twist_nm, atol=1e-6)
    moment_nm = np.cross(load.place_m, load.force_n) + np.outer(load.twist_nm, mounting.normal)
    np.testing.assert_allclose(forces.moment_nm, moment_nm, atol=1e-5)


@pytest.mark.parametrize("place", MOUNTINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_known_load_comes_back_from_every_type_of_plate_however_it_is_mounted(kind, place):
    load = walking_load(MOUNTINGS[place])
    forces = plate_forces(*built_plate(kind, MOUNTINGS[place], load))
    _same(forces, load, MOUNTINGS[place])
    assert forces.rate_hz == 1000.0
    assert forces.warnings == ()


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_in_metres_gives_the_same_forces(kind):
    load = walking_load(FLAT)
    _same(plate_forces(*built_plate(kind, FLAT, load, per_unit=1.0)), load, FLAT)


@pytest.mark.parametrize("kind", KINDS)
def test_eighty_kilograms_standing_still_press_up_at_their_place(kind):
    still = Load(np.tile([0.0, 0.0, 784.8], (5, 1)), np.tile([0.65, 0.52, 0.0], (5, 1)), np.zeros(5))
    forces = plate_forces(*built_plate(kind, FLAT, still))
    np.testing.assert_allclose(forces.force_n, still.force_n, atol=1e-6)
    np.testing.assert_allclose(forces.centre_of_pressure_m, still.place_m, atol=1e-8)
    np.testing.assert_allclose(forces.free_moment_nm, 0.0, atol=1e-6)


def test_four_sensors_read_by_hand():
    """100 N on sensor 1 and 300 N on sensor 2 put the centre of pressure a quarter of the way from 2 to 1."""
    plate, _ = built_plate(3, FLAT, walking_load(FLAT))
    # z points into the floor, so that the reaction on the patient is negative in the plate's own frame
    values = np.array([[0.0, 0, 0, 0, -100, -300, 0, 0]])
    signals = AnalogSignals(tuple("abcdefgh"), 100.0, values, ("N",) * 8)
    forces = plate_forces(replace(plate, channels=tuple(range(8))), signals)
    np.testing.assert_allclose(forces.force_n, [[0, 0, 400]])
    # x runs forward from the middle at 0.6, y to the right from the middle at 0.4
    np.testing.assert_allclose(forces.centre_of_pressure_m, [[0.6 - 0.13 / 2, 0.4 - 0.22, 0.0]])


@pytest.mark.parametrize("kind", [2, 4, 5])
def test_an_origin_stored_the_other_way_round_is_the_same_plate(kind):
    load = walking_load(FLAT)
    plate, analogs = built_plate(kind, FLAT, load)
    _same(plate_forces(replace(plate, origin_m=-plate.origin_m), analogs), load, FLAT)


@pytest.mark.parametrize("kind", [3, 6, 7])
def test_the_signs_of_sensor_distances_do_not_matter(kind):
    load = walking_load(FLAT)
    plate, analogs = built_plate(kind, FLAT, load)
    _same(plate_forces(replace(plate, origin_m=np.abs(plate.origin_m)), analogs), load, FLAT)


@pytest.mark.parametrize("sense", [1.0, -1.0])
def test_a_treadmill_whose_origin_is_a_corner_is_read_either_way(sense):
    """A belt 0.4 m x 1.6 m whose origin is its corner, at the height of the surface."""
    load = walking_load(FLAT)
    plate, analogs = built_plate(2, FLAT, load)
    half_sizes_m = np.array([0.2, 0.8])
    to_middle_m = np.array([*half_sizes_m, 0.0])
    values = analogs.values.copy()
    # the same wrench about an origin that lies elsewhere: M' = M + (old origin - new origin) x F
    shift_m = to_middle_m - plate.origin_m
    values[:, 5:] += 1e3 * np.cross(shift_m, values[:, 2:5])
    corners_m = FLAT.centre_m + (SIGNS * half_sizes_m) @ FLAT.axes[:, :2].T
    belt = replace(plate, origin_m=sense * to_middle_m, corners_m=corners_m)
    _same(plate_forces(belt, replace(analogs, values=values)), load, FLAT)


@pytest.mark.parametrize("kind", KINDS)
def test_force_on_the_plate_is_turned_into_force_on_the_patient(kind):
    load = walking_load(FLAT)
    plate, analogs = built_plate(kind, FLAT, load)
    values = -analogs.values
    if kind == 1:  # the place has no sign to turn
        values[:, 5:7] *= -1
    forces = plate_forces(plate, replace(analogs, values=values))
    _same(forces, load, FLAT)
    assert "turned round" in forces.warnings[0]


def test_an_empty_plate_has_no_centre_of_pressure():
    load = walking_load(FLAT)
    faint = Load(load.force_n / 60.0, load.place_m, load.twist_nm / 60.0)
    plate, analogs = built_plate(2, FLAT, faint)
    forces = plate_forces(plate, analogs)
    assert np.isnan(forces.centre_of_pressure_m).all()
    assert np.isnan(forces.free_moment_nm).all()
    np.testing.assert_allclose(forces.force_n, faint.force_n, atol=1e-9)
    assert np.isfinite(plate_forces(plate, analogs, unloaded_below_n=1.0).centre_of_pressure_m).all()
    zeros = plate_forces(plate, replace(analogs, values=0 * analogs.values), unloaded_below_n=0.0)
    assert np.isnan(zeros.centre_of_pressure_m).all()
    assert forces.warnings == zeros.warnings == ()


def test_missing_samples_stay_missing_and_alone():
    load = walking_load(FLAT)
    plate, analogs = built_plate(2, FLAT, load)
    values = analogs.values.copy()
    values[7, 4], values[9, 4] = np.nan, np.inf
    forces = plate_forces(plate, replace(analogs, values=values))
    assert np.isnan(forces.force_n[[7, 9], 2]).all()
    assert np.isnan(forces.centre_of_pressure_m[[7, 9]]).all()
    others = np.setdiff1d(np.arange(60), [7, 9])
    np.testing.assert_allclose(forces.centre_of_pressure_m[others], load.place_m[others], atol=1e-7)


def _stepping(offset_n, quiet, then):
    """A plate's vertical channel that starts at `quiet` newtons and later carries `then`, with an offset."""
    upward_n = np.concatenate([np.full(100, quiet), np.full(300, then)]).astype(float)
    load = Load(np.outer(upward_n, [0.0, 0, 1]), np.tile([0.6, 0.4, 0.0], (400, 1)), np.zeros(400))
    plate, analogs = built_plate(2, FLAT, load)
    values = analogs.values.copy()
    values[:, 4] -= offset_n  # z points into the floor
    return plate_forces(replace(plate, zero_frames=(0, 10)), replace(analogs, values=values)), upward_n


@pytest.mark.parametrize("offset_n", [3.0, -15.0, 40.0, -60.0, 150.0, -300.0])
def test_the_offset_of_an_empty_plate_is_subtracted(offset_n):
    forces, upward_n = _stepping(offset_n, 0.0, 700.0)
    np.testing.assert_allclose(forces.force_n[:, 2], upward_n, atol=1e-6)
    assert forces.warnings == ()


@pytest.mark.parametrize(("quiet", "then"), [(600.0, 0.0), (600.0, 600.0), (300.0, 500.0), (600.0, 2.0)])
def test_a_patient_who_stands_on_the_plate_in_its_zero_frames_keeps_the_weight(quiet, then):
    forces, upward_n = _stepping(0.0, quiet, then)
    np.testing.assert_allclose(forces.force_n[:, 2], upward_n, atol=1e-6)
    assert "carried" in forces.warnings[0]


def test_an_idle_plate_loses_a_small_steady_offset():
    forces, _ = _stepping(35.0, 0.0, 0.0)
    np.testing.assert_allclose(forces.force_n, 0.0, atol=1e-6)


def test_zero_frames_beyond_the_samples_are_left_alone():
    load = walking_load(FLAT)
    plate, analogs = built_plate(2, FLAT, load)
    forces = plate_forces(replace(plate, zero_frames=(0, 10)), analogs)
    np.testing.assert_allclose(forces.force_n, load.force_n, atol=1e-6)
    assert "does not hold" in forces.warnings[0]


@pytest.mark.parametrize("kind", [4, 5])
def test_a_matrix_in_newton_metres_is_noticed_in_a_file_in_millimetres(kind):
    load = walking_load(FLAT)
    plate, analogs = built_plate(kind, FLAT, load)
    matrix = plate.calibration.copy()
    matrix[3:] *= 1e-3
    forces = plate_forces(replace(plate, calibration=matrix), analogs)
    _same(forces, load, FLAT)
    assert forces.warnings == ("the moments are in Nm, not in newtons times the file's length unit",)


def test_labelled_units_count_before_the_length_unit():
    load = walking_load(FLAT)
    plate, analogs = built_plate(2, FLAT, load)
    values = analogs.values.copy()
    values[:, 2:5] /= 1e3
    values[:, 5:] /= 1e3
    units = ("V", "V", "kN", "kN", "kN", "N.m", "N.m", "N.m")
    _same(plate_forces(plate, replace(analogs, values=values, units=units)), load, FLAT)


def test_a_wrong_corner_order_is_noticed_by_the_centre_of_pressure():
    load = walking_load(FLAT)
    plate, analogs = built_plate(2, FLAT, load)
    far = replace(plate, origin_m=np.array([0.5, 0.5, -0.04]))
    assert "off the plate" in plate_forces(far, analogs).warnings[0]


def test_units_are_read_as_files_spell_them():
    for text, newton_metres in {
        "Nmm": 1e-3,
        "ntmm": 1e-3,
        "N.mm": 1e-3,
        "N-m": 1.0,
        "Nm": 1.0,
        "N*cm": 1e-2,
        "newton-metre": None,
        "mmN": 1e-3,
        "kNm": 1e3,
        "lbf-in": 0.11298,
        "V": None,
        "": None,
        "N": None,
    }.items():
        found = moment_scale(text)
        assert found == (None if newton_metres is None else pytest.approx(newton_metres, rel=1e-4)), text
    assert [force_scale(text) for text in ("N", "nt", "kN", "", "V")] == [1, 1, 1000, 1, 1]
    assert [length_scale(text, 1e-3) for text in ("mm", "m", "cm", "")] == [1e-3, 1, 1e-2, 1e-3]


def test_a_plate_that_cannot_be_used_says_why_in_one_line():
    load = walking_load(FLAT)
    plate, analogs = built_plate(2, FLAT, load)
    volts = replace(analogs, values=analogs.values / 1e6, units=("V",) * 8)
    cases = (
        (replace(plate, kind=8), analogs, "type 8"),
        (replace(plate, channels=(0, 1)), analogs, "takes 6 channels"),
        (replace(plate, channels=(2, 3, 4, 5, 6, 70)), analogs, "channel 71"),
        (replace(plate, corners_m=np.zeros((4, 3))), analogs, "no rectangle"),
        (replace(plate, refusal="broken"), analogs, "broken"),
        (replace(plate, kind=5, channels=tuple(range(8))), analogs, "needs a calibration matrix"),
        (plate, volts, "in V"),
        (plate, replace(analogs, values=analogs.values[:0]), "no analog samples"),
    )
    for wrong, signals, words in cases:
        with pytest.raises(LtmeError, match=words) as caught:
            plate_forces(wrong, signals)
        assert str(caught.value).startswith("force plate 1")
        assert "\n" not in str(caught.value)
    labelled_only = replace(analogs, units=("V",) * 5 + ("",) * 3)
    _same(plate_forces(plate, labelled_only), load, FLAT)
