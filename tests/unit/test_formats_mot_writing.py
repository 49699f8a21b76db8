"""MOT and STO files written: a plate's forces turned to y up, joint angles, and the mark of made-up motion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from force_plates_model import MOUNTINGS, built_plate, walking_load
from motion_text import mot_text
from test_formats_mot import DEGREES, outputs, read
from test_recordings_writing import make_recording

from ltme_clinic.kinematics import plate_forces
from ltme_clinic.recordings import read_recordings, write_c3d, write_recording
from ltme_clinic.recordings.formats.mot_writing import write_mot
from ltme_clinic.types import LtmeError, ModelOutput, Recording


def on_a_plate(mounting: str = "z into the floor", kind: int = 2, **changes) -> Recording:
    """A recording of 6 frames at 100 Hz with one plate at 1000 Hz that a foot rolls over."""
    plate, analogs = built_plate(kind, MOUNTINGS[mounting], walking_load(MOUNTINGS[mounting]))
    recording = make_recording(
        positions_m=make_recording().positions_m[:6],
        events=(),
        model_outputs=(),
        analogs=analogs,
        plates=1,
        force_plates=(plate,),
        first_file_frame=21,
    )
    return replace(recording, **changes)


@pytest.mark.parametrize("mounting", ["z into the floor", "turned by 33 degrees", "on a stair"])
def test_written_forces_are_those_of_the_plate_turned_to_y_up(tmp_path, mounting):
    made = on_a_plate(mounting)
    write_mot(tmp_path / "grf.mot", made)
    lines = (tmp_path / "grf.mot").read_text().splitlines()
    start = lines.index("endheader") + 1
    names, rows = lines[start].split("\t"), np.array([line.split("\t") for line in lines[start + 1 :]], float)
    assert names[:5] == ["time", "ground_force_1_vx", "ground_force_1_vy", "ground_force_1_vz", "ground_force_1_px"]
    assert names[7:] == ["ground_torque_1_x", "ground_torque_1_y", "ground_torque_1_z"]
    assert made.analogs is not None
    truth = plate_forces(made.force_plates[0], made.analogs)
    np.testing.assert_allclose(rows[:, 0], 0.2 + np.arange(60) / 1000.0)
    for columns, true in ((slice(1, 4), truth.force_n), (slice(4, 7), truth.centre_of_pressure_m)):
        np.testing.assert_allclose(rows[:, columns], true[:, [0, 2, 1]] * [1, 1, -1], atol=1e-5)
    np.testing.assert_allclose(rows[:, 8], truth.free_moment_nm, atol=1e-5)
    np.testing.assert_allclose(rows[:, [7, 9]], 0.0, atol=1e-5)


def test_written_forces_come_back_as_the_plates_own(tmp_path):
    made = on_a_plate()
    write_mot(tmp_path / "grf.mot", made)
    (back,) = read_recordings(tmp_path / "grf.mot")
    assert made.analogs is not None
    truth, found = plate_forces(made.force_plates[0], made.analogs), outputs(back)
    assert (back.rate_hz, back.first_file_frame) == (1000.0, 201)
    np.testing.assert_allclose(found["ground_force_1_v"].values, truth.force_n, atol=1e-4)
    np.testing.assert_allclose(found["ground_force_1_p"].values, truth.centre_of_pressure_m, atol=1e-5)
    np.testing.assert_allclose(found["ground_torque_1"].values[:, 2], truth.free_moment_nm, atol=1e-5)


def test_an_empty_plate_is_zero_in_all_columns_and_a_gap_is_counted(tmp_path):
    made = on_a_plate()
    assert made.analogs is not None
    values = made.analogs.values.copy()
    values[:20] = 0.0
    values[30] = np.nan
    lost = write_mot(tmp_path / "grf.mot", replace(made, analogs=replace(made.analogs, values=values)))
    rows = [line.split("\t")[1:] for line in (tmp_path / "grf.mot").read_text().splitlines()[-60:]]
    assert {cell for row in [*rows[:20], rows[30]] for cell in row} == {"0.000000"}
    assert "force plate 1: samples without a measurement, written as 0: 1" in lost


def test_a_plate_that_cannot_be_used_is_left_out_and_named(tmp_path):
    made = on_a_plate()
    broken = replace(made.force_plates[0], number=2, refusal="its corners enclose no rectangle")
    lost = write_mot(tmp_path / "grf.mot", replace(made, force_plates=(*made.force_plates, broken), plates=2))
    assert "force plate 2 left out: its corners enclose no rectangle" in lost
    assert "ground_force_2" not in (tmp_path / "grf.mot").read_text()


def angles(**changes) -> Recording:
    curve = np.linspace(-20.0, 60.0, 360, dtype=np.float32).reshape(120, 3)
    curve[7] = np.nan
    single = np.column_stack([curve[:, 0], np.zeros((120, 2))]).astype(np.float32)
    single[7] = np.nan
    made = make_recording(
        model_outputs=(
            ModelOutput("LKneeAngles", "angle", curve, "deg"),
            ModelOutput("RFFHFA", "angle", curve, "deg"),  # a foot model's, which no name tells
            ModelOutput("knee_angle_r", "angle", single, "deg"),
            ModelOutput("LKneeMoment", "moment", curve, "Nmm"),
        )
    )
    return replace(made, **changes)


def test_angles_come_back_with_their_names_their_gaps_and_their_three_components(tmp_path):
    made = angles()
    lost = write_mot(tmp_path / "angles.mot", made)
    (back,) = read_recordings(tmp_path / "angles.mot")
    assert list(back.angles()) == list(made.angles())
    for name, output in made.angles().items():
        np.testing.assert_allclose(back.angles()[name].values, output.values, atol=1e-5)
        assert back.angles()[name].unit == "deg"
    assert "model outputs that are no angles left out: 1" in lost


def test_the_columns_of_angles_are_their_components_and_gaps_are_nan(tmp_path):
    write_mot(tmp_path / "angles.sto", angles())
    lines = (tmp_path / "angles.sto").read_text().splitlines()
    names = lines[lines.index("endheader") + 1].split("\t")
    assert names == [
        "time",
        *(f"LKneeAngles_{axis}" for axis in "xyz"),
        *(f"RFFHFA_{axis}" for axis in "xyz"),
        "knee_angle_r",
    ]
    assert lines[lines.index("endheader") + 9].split("\t")[1:] == ["nan"] * 7
    assert {"inDegrees=yes", "nRows=120", "nColumns=8", "version=2"} <= set(lines)


def test_angles_in_radians_are_written_in_degrees(tmp_path):
    half_turn = ModelOutput("LKneeAngles", "angle", np.full((120, 3), np.pi, np.float32), "rad")
    write_mot(tmp_path / "angles.mot", make_recording(model_outputs=(half_turn,)))
    np.testing.assert_allclose(
        outputs(read_recordings(tmp_path / "angles.mot")[0])["LKneeAngles"].values, 180.0, rtol=1e-6
    )


@pytest.mark.parametrize("origin", ["measured", "virtual", "generated"])
@pytest.mark.parametrize("content", ["forces", "angles"])
def test_the_origin_travels_through_the_file(tmp_path, origin, content):
    curve = ModelOutput("LKneeAngles", "angle", np.ones((6, 3), np.float32), "deg")
    path = tmp_path / "SYNTHETIC.mot"
    write_mot(path, on_a_plate(origin=origin, model_outputs=(curve,)), content)
    assert read_recordings(path)[0].origin == origin
    assert path.read_text().startswith("SYNTHETIC ") == (origin != "measured")


def test_forces_are_written_where_there_are_any_and_else_angles(tmp_path):
    curve = ModelOutput("LKneeAngles", "angle", np.ones((6, 3), np.float32), "deg")
    write_recording(tmp_path / "a.mot", on_a_plate(model_outputs=(curve,)))
    assert "ground_force_1_vx" in (tmp_path / "a.mot").read_text()
    write_recording(tmp_path / "a.mot", on_a_plate(model_outputs=(curve,)), content="angles")
    assert "LKneeAngles_x" in (tmp_path / "a.mot").read_text()
    write_recording(tmp_path / "a.mot", angles())
    assert "LKneeAngles_x" in (tmp_path / "a.mot").read_text()


@pytest.mark.parametrize(
    ("content", "fact"), [("forces", "no usable force plate"), ("angles", "no joint angles"), (None, "neither")]
)
def test_what_a_recording_does_not_hold_is_refused(tmp_path, content, fact):
    with pytest.raises(LtmeError, match=fact):
        write_mot(tmp_path / "a.mot", make_recording(model_outputs=()), content)
    assert not list(tmp_path.iterdir())


def test_the_original_is_never_written_over(tmp_path):
    original = read(tmp_path, mot_text(("knee_angle_r",), [(1.0,)] * 5, DEGREES))
    with pytest.raises(LtmeError, match="is the original"):
        write_mot(tmp_path / "a.mot", original)


def test_a_motion_file_becomes_a_c3d_file_with_its_outputs(tmp_path):
    write_mot(tmp_path / "grf.mot", on_a_plate())
    (motion,) = read_recordings(tmp_path / "grf.mot")
    write_c3d(tmp_path / "grf.c3d", motion)
    (back,) = read_recordings(tmp_path / "grf.c3d")
    assert [(o.name, o.kind, o.unit) for o in back.model_outputs] == [
        (o.name, o.kind, o.unit) for o in motion.model_outputs
    ]
    for one, other in zip(back.model_outputs, motion.model_outputs, strict=True):
        np.testing.assert_allclose(one.values, other.values, atol=1e-6)


@pytest.mark.parametrize("name", ["children/HC030A05.c3d", "opensim/walking2.c3d", "pycgm/Movement_trial.c3d"])
def test_the_forces_of_a_real_walk_are_those_of_its_plates(tmp_path, shared_data, name):
    (walk,) = read_recordings(shared_data / "recordings" / name)
    write_mot(tmp_path / "grf.mot", walk)
    found = outputs(read_recordings(tmp_path / "grf.mot")[0])
    assert walk.analogs is not None
    for plate in walk.force_plates:
        truth = plate_forces(plate, walk.analogs)
        loaded = np.isfinite(truth.centre_of_pressure_m).all(axis=1)
        written = found[f"ground_force_{plate.number}_v"].values
        np.testing.assert_allclose(written[loaded], truth.force_n[loaded], atol=1e-3)
        assert not written[~loaded].any()
