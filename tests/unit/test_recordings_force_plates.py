"""Force plates as files declare them: read, or left unused with the reason."""

from __future__ import annotations

import numpy as np
import pytest
from force_plates_model import CALIBRATED, MOUNTINGS, Mounting, built_plate, oracle_plates, turned_about_z, walking_load
from recordings_c3d_maker import c3d_bytes, walker_mm

from ltme_clinic.kinematics import plate_forces
from ltme_clinic.recordings.file_facts import analogs_of
from ltme_clinic.recordings.plates import plates_of
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.recordings.readers import default_reader

FLAT = MOUNTINGS["z into the floor"]
MM = 1e-3


def declared(plates, **changes):
    """FORCE_PLATFORM of some plates as a file in millimetres holds it."""
    group = {
        "USED": np.array([len(plates)]),
        "TYPE": np.array([plate.kind for plate in plates]),
        "CORNERS": np.stack([plate.corners_m.T / MM for plate in plates], axis=2),
        "ORIGIN": np.stack([plate.origin_m / MM for plate in plates], axis=1),
        "CHANNEL": np.stack([np.array(plate.channels) + 1 for plate in plates], axis=1),
        "ZERO": np.array([1, 0]),
    }
    if plates[0].calibration is not None:
        group["CAL_MATRIX"] = np.stack([plate.calibration for plate in plates], axis=2)
    group |= changes
    return {name: value for name, value in group.items() if value is not None}


def raw_file(analogs, group, frames=6):
    """A decoded file with these channels and this FORCE_PLATFORM group."""
    return RawC3D(
        source_name="made.c3d",
        rate_hz=100.0,
        first_frame=1,
        point_labels=(),
        points=np.zeros((frames, 0, 3), np.float32),
        missing=np.zeros((frames, 0), bool),
        analog_rate_hz=analogs.rate_hz,
        analog_labels=analogs.labels,
        analogs=analogs.values,
        parameters={"FORCE_PLATFORM": group, "ANALOG": {"UNITS": analogs.units}},
    )


def one_plate(kind=2, mounting=FLAT, frames=6, **changes):
    """plates_of a file with one plate under a walking load, some of its parameters changed or (None) left out."""
    plate, analogs = built_plate(kind, mounting, walking_load(mounting))
    return plates_of(raw_file(analogs, declared([plate], **changes), frames), "+z", MM)


@pytest.mark.parametrize("kind", range(1, 8))
def test_each_type_is_read_as_it_was_declared(kind):
    plate, analogs = built_plate(kind, FLAT, load := walking_load(FLAT))
    (found,) = plates_of(raw_file(analogs, declared([plate])), "+z", MM)
    assert found.usable
    assert (found.number, found.kind, found.channels) == (1, kind, plate.channels)
    assert found.samples_per_frame == 10.0
    np.testing.assert_allclose(found.corners_m, plate.corners_m)
    assert (found.calibration is None) == (kind not in CALIBRATED)
    np.testing.assert_allclose(plate_forces(found, analogs).centre_of_pressure_m, load.place_m, atol=1e-7)


def test_a_laboratory_with_y_up_is_turned_with_its_plates():
    """The file's x, y and z are our x, z and -y."""
    load = walking_load(FLAT)
    plate, analogs = built_plate(2, FLAT, load)
    file_corners_m = plate.corners_m @ np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]).T
    group = declared([plate], CORNERS=file_corners_m.T[..., None] / MM)
    (found,) = plates_of(raw_file(analogs, group), "+y", MM)
    forces = plate_forces(found, analogs)
    np.testing.assert_allclose(forces.force_n, load.force_n, atol=1e-6)
    np.testing.assert_allclose(forces.centre_of_pressure_m, load.place_m, atol=1e-7)


def test_two_belts_and_a_turned_plate_share_one_load_each():
    """Plates side by side, the second turned by 180 degrees: each file column goes to its own plate."""
    places = [FLAT, Mounting(turned_about_z(180.0) @ FLAT.axes, FLAT.centre_m + np.array([0.0, 0.7, 0.0]))]
    built = [built_plate(2, place, walking_load(place)) for place in places]
    values = np.hstack([analogs.values[:, 2:] for _, analogs in built])
    signals = type(built[0][1])(tuple(f"A{n}" for n in range(12)), 1000.0, values, ("",) * 12)
    group = declared([plate for plate, _ in built], CHANNEL=np.arange(1, 13).reshape(6, 2, order="F"))
    found = plates_of(raw_file(signals, group), "+z", MM)
    for plate, place in zip(found, places, strict=True):
        load = walking_load(place)
        forces = plate_forces(plate, signals)
        np.testing.assert_allclose(forces.force_n, load.force_n, atol=1e-6)
        np.testing.assert_allclose(forces.centre_of_pressure_m, load.place_m, atol=1e-7)


@pytest.mark.parametrize("used", [np.array([1], np.int8), np.array([1.0]), np.array(1), None])
def test_used_is_read_as_a_byte_a_float_or_counted_where_it_is_missing(used):
    (found,) = one_plate(USED=used)
    assert found.usable


@pytest.mark.parametrize("used", [0, -1, -32768, float("nan")])
def test_a_file_that_uses_no_plate_has_none(used):
    assert len(one_plate(USED=np.array([used], dtype=float))) == (1 if np.isnan(used) else 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"CHANNEL": np.zeros((6, 1))}, "names channel 0"),
        ({"CHANNEL": np.array([[3], [4], [5], [6], [7], [70]])}, "names channel 70"),
        ({"CHANNEL": np.array([[3], [4], [5], [6], [7], [np.nan]])}, "names channel nan"),
        ({"CHANNEL": np.array([[3], [4], [5]])}, "takes 6 channels"),
        ({"CHANNEL": np.empty(0)}, "does not name"),
        ({"CHANNEL": None}, "does not name"),
        ({"CHANNEL": ("Fx", "Fy")}, "does not name"),
        ({"CORNERS": None}, "corners"),
        ({"CORNERS": np.zeros((3, 4, 1))}, "corners enclose"),
        ({"CORNERS": np.ones((3, 2, 1))}, "corners"),
        ({"CORNERS": np.ones((4, 3, 1))}, "corners"),
        ({"CORNERS": np.full((3, 4, 1), np.nan)}, "corners"),
        ({"CORNERS": np.full((3, 4, 1), 1e38)}, "corners enclose"),
        ({"CORNERS": np.arange(12.0).reshape(3, 4, 1)}, "corners enclose"),
        ({"TYPE": np.array([8])}, "type 8"),
        ({"TYPE": np.array([-3])}, "type -3"),
        ({"TYPE": np.empty(0)}, "does not say its type"),
        ({"TYPE": None}, "does not say its type"),
        ({"TYPE": np.array([np.inf])}, "does not say its type"),
    ],
)
def test_a_plate_that_cannot_be_used_is_kept_with_the_reason(changes, words):
    (found,) = one_plate(**changes)
    assert not found.usable
    assert words in found.refusal
    assert found.corners_m.shape == (4, 3)


def test_corners_out_of_order_are_refused():
    crossed = np.transpose(FLAT.corners_m[[0, 2, 1, 3]] / MM)[..., None]
    (found,) = one_plate(CORNERS=crossed)
    assert found.refusal == "its corners enclose no rectangle"


def test_sensors_without_their_distances_are_refused_and_moments_without_an_origin_are_not():
    (sensors,) = one_plate(3, ORIGIN=None)
    assert "needs ORIGIN" in sensors.refusal
    (moments,) = one_plate(2, ORIGIN=np.empty(0))
    assert moments.usable
    assert moments.warnings == ("ORIGIN is missing: taken as 0",)


def test_channels_in_volts_without_a_calibration_are_refused():
    plate, analogs = built_plate(4, FLAT, walking_load(FLAT))
    for matrix in (None, np.zeros((6, 6, 1)), np.full((6, 6, 1), np.nan), np.ones((3, 3, 1)), np.empty(0)):
        (found,) = plates_of(raw_file(analogs, declared([plate], CAL_MATRIX=matrix)), "+z", MM)
        assert "in V" in found.refusal
        assert "no calibration matrix" in found.warnings[0]
    (found,) = one_plate(5, CAL_MATRIX=None)
    assert "needs a calibration matrix" in found.refusal


def test_more_plates_than_are_described_are_each_refused_and_their_number_is_bounded():
    found = one_plate(USED=np.array([60_000.0]))
    assert len(found) == 255
    assert found[0].usable
    assert not any(plate.usable for plate in found[1:])


@pytest.mark.parametrize("kind", CALIBRATED)
def test_a_matrix_stored_by_rows_or_filled_up_with_zeros_is_the_same(kind):
    plate, analogs = built_plate(kind, FLAT, walking_load(FLAT))
    rows, columns = plate.calibration.shape
    filled = np.zeros((12, 12, 1))
    filled[:rows, :columns, 0] = plate.calibration
    by_rows = {"CAL_MATRIX": plate.calibration.T[..., None], "MATRIX_STORE": ("ByRow",)}
    flat = {"CAL_MATRIX": plate.calibration}
    for changes in ({"CAL_MATRIX": filled}, by_rows, flat):
        (found,) = plates_of(raw_file(analogs, declared([plate], **changes)), "+z", MM)
        np.testing.assert_allclose(found.calibration, plate.calibration)


@pytest.mark.parametrize(
    ("zero", "frames", "warns"),
    [
        ([1, 0], None, False),
        ([0, 0], None, False),
        ([1, 4], (0, 4), False),
        ([0, 4], (0, 4), False),
        ([3, 6], (2, 6), False),
        ([1, 10], None, True),
        ([5, 2], None, False),
        ([-5, -2], None, False),
        ([1], None, False),
        ([np.nan, 3], None, False),
        ([1, 3e38], None, True),
    ],
)
def test_zero_frames_are_read_as_the_guide_means_them(zero, frames, warns):
    (found,) = one_plate(ZERO=np.array(zero, dtype=float))
    assert found.usable
    assert found.zero_frames == frames
    assert bool(found.warnings) == warns


def test_a_plate_that_cannot_be_used_says_why_and_the_others_go_on():
    plate, analogs = built_plate(2, FLAT, walking_load(FLAT))
    group = declared([plate, plate], CHANNEL=np.array([[3, 4, 5, 6, 7, 8], [0] * 6]).T)
    found = plates_of(raw_file(analogs, group), "+z", MM)
    assert [(one.number, one.kind, one.usable, one.warnings) for one in found] == [(1, 2, True, ()), (2, 2, False, ())]
    assert [one.refusal for one in found] == ["", "CHANNEL names channel 0, and the file has 8"]


def test_a_file_without_analogs_refuses_its_plates():
    plate, analogs = built_plate(2, FLAT, walking_load(FLAT))
    empty = type(analogs)((), 0.0, np.empty((0, 0), np.float32), ())
    (found,) = plates_of(raw_file(empty, declared([plate])), "+z", MM)
    assert "the file has 0" in found.refusal


def test_random_parameters_never_raise():
    plate, analogs = built_plate(2, FLAT, walking_load(FLAT))
    good = declared([plate], CAL_MATRIX=np.ones((6, 6, 1)))
    rng = np.random.default_rng(3)
    odd = (0, 1, -1, 7, 255, 1e38, -1e38, np.nan, np.inf)
    for _ in range(1500):
        group = dict(good)
        for name in rng.choice(list(good), size=rng.integers(1, 4), replace=False):
            shape = tuple(rng.integers(0, 8, size=rng.integers(0, 4)))
            group[name] = rng.choice(odd, size=shape) if rng.random() < 0.8 else ("text",)
        for found in plates_of(raw_file(analogs, group), "+z", MM):
            assert found.usable == (not found.refusal)
            if found.usable:
                with np.errstate(all="ignore"):
                    assert plate_forces(found, analogs).force_n.shape == (60, 3)


def made_file(path, kind):
    plate, analogs = built_plate(kind, FLAT, walking_load(FLAT, 400))
    group = declared([plate]) | {"CAL_MATRIX": np.eye(6)[..., None] if kind < 4 else plate.calibration[..., None]}
    words = analogs.values.reshape(40, 10, -1)
    path.write_bytes(c3d_bytes(walker_mm(40), groups={"FORCE_PLATFORM": group}, analogs=words))
    return path


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_files_made_byte_by_byte_give_what_the_native_library_gives(tmp_path, kind):
    path = made_file(tmp_path / "made.c3d", kind)
    raw = default_reader().read(path)
    (plate,) = plates_of(raw, "+z", MM)
    forces = plate_forces(plate, analogs_of(raw))
    (theirs,) = oracle_plates(path)
    np.testing.assert_allclose(forces.force_n.T, theirs["force"], atol=1e-2)
    np.testing.assert_allclose(forces.centre_of_pressure_m.T, theirs["center_of_pressure"] * MM, atol=1e-5)
    at_middle_nm = (forces.moment_nm - np.cross(plate.corners_m.mean(axis=0), forces.force_n)).T
    # for type 1 the library's moment is the opposite of (place x force + twist), which is ours
    np.testing.assert_allclose(at_middle_nm, theirs["moment"] * MM * (-1 if kind == 1 else 1), atol=2e-3)
