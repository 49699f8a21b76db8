"""Numbers and dates that may tell a person pass no allow-list: not in labels, lines, parameters, times or samples."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from deidentify_planting import LOW_PASS, traces
from recordings_c3d_maker import LABELS, walker_mm

from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.c3d_writing import write_raw
from ltme_clinic.recordings.deidentify import DeidentificationKey, WhoseFiles, deidentify_file
from ltme_clinic.recordings.deidentify.files import DeidentifiedFile
from ltme_clinic.recordings.raw import ParameterValue, RawC3D
from ltme_clinic.recordings.readers import default_reader
from ltme_clinic.types import LtmeError

KEY = DeidentificationKey(b"k" * 32)
ANNA = WhoseFiles(patient="Anna Petersen")
NUMBER = 19841123.0


def walk(parameters: dict[str, dict[str, ParameterValue]] | None = None, **changed) -> RawC3D:
    """A walker of 40 frames at 100 Hz with two analog channels."""
    raw = RawC3D(
        source_name="",
        rate_hz=100.0,
        first_frame=1,
        point_labels=LABELS,
        points=walker_mm(40).astype("f4"),
        missing=np.zeros((40, len(LABELS)), dtype=bool),
        analog_rate_hz=100.0,
        analog_labels=("Fz1", "EMG TA"),
        analogs=np.ones((40, 2), np.float32),
        parameters=parameters or {},
        residuals=np.zeros((40, len(LABELS)), np.float32),
    )
    return replace(raw, **changed)


def deidentified(tmp_path, raw: RawC3D) -> tuple[DeidentifiedFile, RawC3D]:
    write_raw(tmp_path / "a.c3d", raw)
    result = deidentify_file(tmp_path / "a.c3d", tmp_path / "out", KEY, whose=ANNA)
    return result, default_reader().read(result.outputs[0])


def moved(day: date) -> str:
    return date.fromordinal(day.toordinal() + KEY.shift_days("Anna Petersen")).isoformat()


@pytest.mark.parametrize("name", ["BIRTHDATE", "DATE_OF_BIRTH", "BIRTH_DATE", "DOB", "GEBURTSDATUM", "UPDATED"])
def test_a_birth_date_is_no_visit(tmp_path, name):
    born = {name: ("2011-05-06",)}
    _, after = deidentified(tmp_path, walk({"TRIAL": born | {"DATE": ("2019-03-04",)}}))
    assert after.text("TRIAL", "DATE") == moved(date(2019, 3, 4))
    result, after = deidentified(tmp_path, walk({"TRIAL": born}))
    assert result.outputs[0].parent.name == "undated"
    assert after.text("TRIAL", "DATE") == ""


def test_a_date_that_the_file_calls_a_birthday_is_no_visit_under_any_name(tmp_path):
    born = {"SUBJECTS": {"DATE_OF_BIRTH": ("6.5.2011",)}, "TRIAL": {"DATE": ("2011-05-06",)}}
    result, _ = deidentified(tmp_path, walk(born))
    assert result.outputs[0].parent.name == "undated"


def test_the_trials_own_date_goes_before_the_files(tmp_path):
    dates = {"TRIAL": {"CREATION_DATE": ("2020-01-01",), "DATE": ("2019-03-04",)}}
    result, _ = deidentified(tmp_path, walk(dates))
    assert result.outputs[0].parent.name == moved(date(2019, 3, 4))


def test_numbers_in_labels_lines_and_facts_are_no_more_than_a_markers_number(tmp_path):
    labels = (*LABELS[:6], "Hip_19_84", "Knee23.11", "Foot 3/4", "C7:23", "Knee 12:11", "Marker 12")
    facts = {
        "ORTHOSIS": ("carbon 23.11",),
        "FOOTWEAR": ("shoes 23 11",),
        "MEDICATION": ("levodopa 50 mg",),
        "PROCESSING": ("4711 0815", "filled 23.11 1984 max", "born 23.11 1984", LOW_PASS.decode()),
    }
    events = {"USED": np.array([1]), "LABELS": ("event 23.11",), "TIMES": np.array([[0.0], [0.2]])}
    raw = walk({"LTME_TRIAL": facts, "EVENT": events}, point_labels=labels, analog_labels=("EMG 23 11", "EMG 12"))
    result, after = deidentified(tmp_path, raw)
    assert after.point_labels[6:] == ("M007", "M008", "M009", "C7:2", "M011", "Marker 12")
    assert after.analog_labels == ("C001", "EMG 12")
    assert after.texts("LTME_TRIAL", "PROCESSING") == (LOW_PASS.decode(),)
    assert after.texts("EVENT", "LABELS") == ("Event",)
    assert read_recordings(result.outputs[0])[0].trial.condition == "medication levodopa 50 mg"
    assert traces(tmp_path / "out", ["4711", "0815", "23.11", "23 11", "1984", "19_84"]) == []


@pytest.mark.parametrize("name", ["HEIGHT", "MARKERDIAMETER", "BODYMASS", "LLEGLENGTH", "RKNEEWIDTH", "LTIBIALTORSION"])
def test_a_body_measure_is_one_that_a_body_has(tmp_path, name):
    _, after = deidentified(tmp_path, walk({"PROCESSING": {name: np.array([NUMBER])}}))
    assert after.number("PROCESSING", name) is None
    _, after = deidentified(tmp_path, walk({"PROCESSING": {name: np.array([71.23456])}}))
    assert after.number("PROCESSING", name) == pytest.approx(71.23)


def test_a_camera_rate_is_a_multiple_of_the_points_rate(tmp_path):
    for rate_hz, kept in ((100.0, 100.0), (200.0, 200.0), (NUMBER, None), (123.0, None)):
        _, after = deidentified(tmp_path, walk({"TRIAL": {"CAMERA_RATE": np.array([rate_hz])}}))
        assert after.number("TRIAL", "CAMERA_RATE") == kept


def test_a_rate_that_no_camera_has_is_refused_without_telling_it(tmp_path):
    write_raw(tmp_path / "a.c3d", walk(rate_hz=198_411.0))
    with pytest.raises(LtmeError, match="none that cameras have"):
        deidentify_file(tmp_path / "a.c3d", tmp_path / "out", KEY, whose=ANNA)


@pytest.mark.parametrize("name", ["CAL_MATRIX", "CORNERS", "ORIGIN", "ZERO", "CHANNEL"])
@pytest.mark.parametrize("word", [b"Petersen", b"PETERSEN", b"ANNA", b"0049 171"])
def test_letters_that_stand_as_numbers_of_a_plate_are_gone(tmp_path, name, word):
    shapes = {"CAL_MATRIX": (6, 6, 1), "CORNERS": (3, 4, 1), "ORIGIN": (3, 1), "ZERO": (2,), "CHANNEL": (6, 1)}
    shape = shapes[name]
    kind = "<f4" if name in ("CAL_MATRIX", "CORNERS", "ORIGIN") else "<i2"
    count = int(np.prod(shape))
    stored = np.frombuffer((word * count)[: count * np.dtype(kind).itemsize], kind).reshape(shape, order="F")
    plate: dict[str, ParameterValue] = {"USED": np.array([1]), name: stored}
    write_raw(tmp_path / "a.c3d", walk({"FORCE_PLATFORM": plate}))
    deidentify_file(tmp_path / "a.c3d", tmp_path / "out", KEY, whose=ANNA)
    copy = next((tmp_path / "out").rglob("*.c3d")).read_bytes()
    pieces = [word[i : i + 4] for i in range(len(word) - 3)]
    assert any(piece in (tmp_path / "a.c3d").read_bytes() for piece in pieces)
    assert not any(piece in copy for piece in pieces)


def test_a_plate_keeps_what_its_forces_are_calculated_from(tmp_path):
    corners = np.array([[400.125, 0.0, 0.0, 400.0], [600.0, 600.0, 0.0, 0.0], [0.0] * 4])[..., None]
    plate: dict[str, ParameterValue] = {
        "USED": np.array([1]),
        "TYPE": np.array([2]),
        "CORNERS": corners,
        "ORIGIN": np.array([[0.0], [0.0], [-41.3]]),
        "CHANNEL": np.array([[1], [2], [1], [2], [1], [2]]),
        "ZERO": np.array([1, 10]),
        "CAL_MATRIX": np.eye(6)[..., None] * 123_456.0,
    }
    _, after = deidentified(tmp_path, walk({"FORCE_PLATFORM": plate}))
    for name, value in plate.items():
        np.testing.assert_allclose(after.numbers("FORCE_PLATFORM", name), value, rtol=5e-5)


def test_events_are_of_the_trials_time(tmp_path):
    times_s = np.array([[0.0, 0.0, 0.0, 330_685.0], [0.123456, 30.0, NUMBER, 23.0]])
    events = {"USED": np.array([4]), "LABELS": ("Foot Strike",) * 4, "CONTEXTS": ("Left",) * 4, "TIMES": times_s}
    result, after = deidentified(tmp_path, walk({"EVENT": events}))
    np.testing.assert_allclose(after.numbers("EVENT", "TIMES"), [[0.0, 0.0], [0.1235, 30.0]], rtol=1e-6)
    assert "events left out that are of no time in the trial: 2" in result.notes


def test_events_of_the_header_are_of_the_trials_time(tmp_path):
    _, after = deidentified(tmp_path, walk(header_events=(("LHS", 0.25), ("RHS", NUMBER))))
    assert after.header_events == (("LHS", 0.25),)


def test_a_first_frame_hours_into_a_recording_becomes_1_and_its_events_follow(tmp_path):
    first = 4_711_081
    after_start_s = (first - 1) / 100.0 + 0.12
    minutes = np.floor(after_start_s / 60.0)
    times = np.array([[minutes], [after_start_s - 60.0 * minutes]])
    events = {"USED": np.array([1]), "LABELS": ("Foot Strike",), "CONTEXTS": ("Left",), "TIMES": times}
    raw = walk({"EVENT": events}, first_frame=first)
    result, after = deidentified(tmp_path, raw)
    (was,), (now,) = read_recordings(tmp_path / "a.c3d"), read_recordings(result.outputs[0])
    assert after.first_frame == 1
    assert [event.frame for event in now.events] == [event.frame for event in was.events] == [12]


def test_samples_that_no_instrument_gives_are_taken_out_and_all_others_stay(tmp_path):
    raw = walk()
    points, analogs = raw.points.copy(), raw.analogs.copy()
    points[3, 5] = np.frombuffer(b"Petersen 198", "<f4")
    analogs[4:6, 1] = np.frombuffer(b"Petersen", "<f4")
    result, after = deidentified(tmp_path, walk(points=points, analogs=analogs))
    assert traces(tmp_path / "out", ["Pete", "rsen"]) == []
    assert np.argwhere(after.missing).tolist() == [[3, 5]]
    seen = ~after.missing
    np.testing.assert_array_equal(after.points[seen], points[seen])
    assert after.analogs[4:6, 1].tolist() == [0.0, 0.0]
    np.testing.assert_array_equal(np.delete(after.analogs, [4, 5], axis=0), np.delete(analogs, [4, 5], axis=0))
    assert "samples left out that no instrument gives: 3" in result.notes


def test_the_step_of_residuals_is_no_other_number(tmp_path):
    _, after = deidentified(tmp_path, walk({"POINT": {"SCALE": np.array([-NUMBER])}}))
    assert after.number("POINT", "SCALE") == pytest.approx(-0.1)
