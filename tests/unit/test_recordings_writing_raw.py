"""The bytes we write: the whole content of a file comes back, from our reader and from the other libraries."""

from __future__ import annotations

import dataclasses
import struct
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recordings_c3d_maker import LABELS, c3d_bytes, walker_mm
from test_recordings_writing import make_recording

from ltme_clinic.recordings import read_recordings, write_c3d
from ltme_clinic.recordings.c3d_writing import filled_points, write_raw
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.recordings.readers import default_reader
from ltme_clinic.types import ForcePlate, GaitEvent, LtmeError, TrialFacts

STORAGE = {
    "USED",
    "FRAMES",
    "SCALE",
    "RATE",
    "DATA_START",
    "GEN_SCALE",
    "OFFSET",
    "ACTUAL_START_FIELD",
    "ACTUAL_END_FIELD",
}
STORAGE |= {"FORMAT", "BITS", "LONG_FRAMES"}


def make_raw(frames=10, points=4, samples=0, channels=0, **changes) -> RawC3D:
    rng = np.random.default_rng(7)
    missing = np.zeros((frames, points), dtype=bool)
    missing[3:5, 1:2] = True
    content = RawC3D(
        source_name="made.c3d",
        rate_hz=100.0,
        first_frame=1,
        point_labels=tuple(f"M{i}" for i in range(points)),
        points=rng.uniform(1.0, 2000.0, (frames, points, 3)).astype(np.float32),
        missing=missing,
        analog_rate_hz=100.0 * samples,
        analog_labels=tuple(f"A{i}" for i in range(channels)),
        analogs=rng.normal(size=(frames * samples, channels)).astype(np.float32),
        parameters={},
    )
    return dataclasses.replace(content, **changes)


def there_and_back(path, raw: RawC3D) -> RawC3D:
    write_raw(path, raw)
    return default_reader().read(path)


def assert_same_signals(back: RawC3D, raw: RawC3D) -> None:
    seen = ~raw.missing
    np.testing.assert_array_equal(back.missing, raw.missing)
    np.testing.assert_array_equal(back.points[seen], raw.points[seen])
    np.testing.assert_array_equal(back.analogs, raw.analogs)
    assert back.point_labels == raw.point_labels
    assert back.analog_labels == raw.analog_labels
    assert (back.rate_hz, back.first_frame) == (raw.rate_hz, raw.first_frame)
    assert back.analog_rate_hz == pytest.approx(raw.analog_rate_hz)


def test_a_raw_file_comes_back_bit_for_bit(tmp_path):
    raw = make_raw(samples=10, channels=3)
    assert_same_signals(there_and_back(tmp_path / "t.c3d", raw), raw)


@pytest.mark.parametrize(
    "changes",
    [
        {"frames": 70_000, "points": 2, "samples": 1, "channels": 1},
        {"points": 300},
        {"points": 3, "samples": 2, "channels": 300},
        {"frames": 40_000, "points": 1},
    ],
)
def test_what_does_not_fit_a_byte_or_a_word_comes_back(tmp_path, changes):
    raw = make_raw(**changes)
    assert_same_signals(there_and_back(tmp_path / "t.c3d", raw), raw)


@pytest.mark.parametrize("first", [40_001, 65_500, 70_001])
def test_late_first_frames_come_back(tmp_path, first):
    raw = make_raw(frames=120, first_frame=first)
    assert_same_signals(there_and_back(tmp_path / "t.c3d", raw), raw)


def test_a_rate_that_is_no_whole_number_keeps_its_samples_a_frame(tmp_path):
    rate_hz = float(np.float32(59.939998626))
    raw = make_raw(samples=17, channels=2, rate_hz=rate_hz, analog_rate_hz=1000.0)
    back = there_and_back(tmp_path / "t.c3d", raw)
    assert back.analogs.shape == raw.analogs.shape
    assert back.analog_rate_hz == pytest.approx(17 * rate_hz)


def test_residuals_and_cameras_come_back(tmp_path):
    rng = np.random.default_rng(2)
    residuals = (rng.integers(0, 256, (10, 4)) * np.float32(0.03)).astype(np.float32)
    masks = rng.integers(0, 128, (10, 4)).astype(np.uint8)
    raw = make_raw(residuals=residuals, camera_masks=masks)
    assert write_raw(tmp_path / "t.c3d", raw) == ()
    back = there_and_back(tmp_path / "t.c3d", raw)
    seen = ~raw.missing
    np.testing.assert_allclose(back.residuals[seen], residuals[seen], rtol=1e-5)
    np.testing.assert_array_equal(back.camera_masks[seen], masks[seen])
    assert (back.residuals[raw.missing] == -1).all()
    assert (back.camera_masks[raw.missing] == 0).all()


def test_residuals_without_a_common_step_are_rounded_and_said_so(tmp_path):
    residuals = np.random.default_rng(3).uniform(0.0, 3.0, (10, 4)).astype(np.float32)
    raw = make_raw(residuals=residuals)
    (note,) = write_raw(tmp_path / "t.c3d", raw)
    assert "residuals rounded" in note
    back = default_reader().read(tmp_path / "t.c3d")
    assert np.abs(back.residuals - residuals)[~raw.missing].max() <= 0.5 * 3.0 / 255 + 1e-6


def test_an_eighth_camera_is_left_out_and_said_so(tmp_path):
    raw = make_raw(camera_masks=np.full((10, 4), 0b1000_0001, dtype=np.uint8))
    (note,) = write_raw(tmp_path / "t.c3d", raw)
    assert "seventh" in note
    back = default_reader().read(tmp_path / "t.c3d")
    assert (back.camera_masks[~raw.missing] == 1).all()
    np.testing.assert_array_equal(back.missing, raw.missing)


def test_nothing_survives_under_a_missing_point_or_in_a_nan(tmp_path):
    raw = make_raw(points=2, samples=1, channels=1)
    raw.points[4, 1] = np.frombuffer(b"Wilhelmina  ", dtype="<f4")
    raw.analogs[3, 0] = np.frombuffer(b"Zo\xc0\x7f", dtype="<f4")[0]  # a NaN with two letters in it
    path = tmp_path / "t.c3d"
    assert raw.missing[4, 1]
    assert np.isnan(raw.analogs[3, 0])
    write_raw(path, raw)
    assert b"Wilh" not in path.read_bytes()
    assert b"Zo" not in path.read_bytes()
    assert np.isnan(default_reader().read(path).analogs[3, 0])


def test_parameters_and_descriptions_come_back(tmp_path):
    values = {
        "TEXT": ("Zoë", "步态", ""),
        "LONG": ("é" * 200,),
        "ONE": np.array([3.5]),
        "WHOLE": np.array([-3, 32767], dtype=np.int16),
        "BYTES": np.array([0, 200], dtype=np.uint8),
        "CUBE": np.arange(24.0).reshape(2, 3, 4),
        "NONE": np.zeros(0),
        "MANY": np.arange(600.0).reshape(2, 300),
        "LISTED": tuple(f"item {i}" for i in range(300)),
    }
    raw = make_raw(parameters={"OWN": values}, descriptions={"OWN": {"": "a group", "ONE": "a number"}})
    back = there_and_back(tmp_path / "t.c3d", raw)
    own = back.parameters["OWN"]
    for name in ("TEXT", "LONG"):
        assert own[name] == values[name]
    for name in ("ONE", "WHOLE", "CUBE"):
        np.testing.assert_array_equal(own[name], values[name])
    np.testing.assert_array_equal(np.asarray(own["BYTES"]).astype(np.uint8), values["BYTES"])
    assert back.texts("OWN", "LISTED") == values["LISTED"]
    np.testing.assert_array_equal(np.concatenate([own["MANY"], own["MANY2"]], axis=1), values["MANY"])
    assert dict(back.descriptions["OWN"]) == {"": "a group", "ONE": "a number"}


def test_a_list_too_long_in_bytes_goes_on_behind_its_own_continuation(tmp_path):
    ezc3d = pytest.importorskip("ezc3d")
    lists = {"SAID": tuple(f"{i:0200d}" for i in range(255)), "SAID2": ("the last",), "OTHER": ("beside",)}
    path = tmp_path / "t.c3d"
    write_raw(path, make_raw(parameters={"OWN": lists}))
    back = default_reader().read(path)
    assert back.texts("OWN", "SAID") == lists["SAID"] + lists["SAID2"]
    assert back.texts("OWN", "OTHER") == ("beside",)
    assert ezc3d.c3d(str(path))["parameters"]["OWN"]["OTHER"]["value"] == ["beside"]


def test_header_events_come_back(tmp_path):
    raw = make_raw(header_events=(("RHS", 0.25), ("LTO", 1.5)))
    assert there_and_back(tmp_path / "t.c3d", raw).header_events == raw.header_events


def test_a_name_held_twice_stays_held_twice(tmp_path):
    raw = make_raw(parameters={"OWN": {"MASS": np.array([1.0]), "MASS#2": np.array([2.0])}})
    own = there_and_back(tmp_path / "t.c3d", raw).parameters["OWN"]
    assert (own["MASS"][0], own["MASS#2"][0]) == (1.0, 2.0)


def test_a_parameter_section_beyond_255_blocks_is_read(tmp_path):
    values = {f"P{i}": ("y" * 250,) * 3 for i in range(250)}
    raw = make_raw(parameters={"OWN": values})
    back = there_and_back(tmp_path / "t.c3d", raw)
    assert_same_signals(back, raw)
    assert back.parameters["OWN"]["P249"] == values["P249"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    frames=st.integers(1, 20),
    points=st.integers(0, 12),
    samples=st.integers(1, 5),
    channels=st.integers(0, 5),
    first=st.integers(1, 100_000),
    rate_hz=st.floats(0.5, 2000.0, width=32),
    texts=st.lists(st.text(st.characters(exclude_categories=("C", "Z")), max_size=20), max_size=5),
)
def test_any_content_comes_back(tmp_path, frames, points, samples, channels, first, rate_hz, texts):
    if not points and not channels:
        points = 1
    samples = samples if channels else 0
    raw = make_raw(
        frames, points, samples, channels, first_frame=first, rate_hz=rate_hz, analog_rate_hz=rate_hz * samples
    )
    raw = dataclasses.replace(raw, parameters={"OWN": {"TEXTS": tuple(texts)}})
    back = there_and_back(tmp_path / "t.c3d", raw)
    assert_same_signals(back, raw)
    assert tuple(back.parameters["OWN"]["TEXTS"]) == tuple(texts)


@pytest.mark.parametrize(
    "changes", [{}, {"points": 300}, {"frames": 70_000, "points": 2}, {"first_frame": 65_500, "frames": 120}]
)
def test_ezc3d_and_c3d_open_it_with_the_same_numbers(tmp_path, changes):
    c3d, ezc3d = pytest.importorskip("c3d"), pytest.importorskip("ezc3d")
    changes = {"samples": 4, "channels": 2, **changes}
    raw = make_raw(**changes)
    path = tmp_path / "t.c3d"
    write_raw(path, raw)
    seen = ~raw.missing
    theirs = ezc3d.c3d(str(path))
    np.testing.assert_array_equal(theirs["data"]["points"][:3].transpose(2, 1, 0)[seen].astype("f4"), raw.points[seen])
    assert np.isnan(theirs["data"]["points"][:3].transpose(2, 1, 0)[raw.missing]).all()
    np.testing.assert_array_equal(theirs["data"]["analogs"][0].T.astype("f4"), raw.analogs)
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = c3d.Reader(file)
        frames = [(points.copy(), analogs.copy()) for _, points, analogs in reader.read_frames()]
    points = np.array([points for points, _ in frames])
    np.testing.assert_array_equal(points[..., :3][seen].astype("f4"), raw.points[seen])
    assert (points[..., 3][raw.missing] == -1).all()
    np.testing.assert_array_equal(np.concatenate([a.T for _, a in frames]).astype("f4"), raw.analogs)


def test_the_c3d_library_reads_the_same_residuals_and_cameras(tmp_path):
    c3d = pytest.importorskip("c3d")
    residuals = (np.arange(40).reshape(10, 4) * np.float32(0.5)).astype(np.float32)
    masks = np.full((10, 4), 0b1011, dtype=np.uint8)
    raw = make_raw(residuals=residuals, camera_masks=masks, missing=np.zeros((10, 4), dtype=bool))
    path = tmp_path / "t.c3d"
    write_raw(path, raw)
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        points = np.array([points.copy() for _, points, _ in c3d.Reader(file).read_frames()])
    np.testing.assert_allclose(points[..., 3], residuals)
    np.testing.assert_array_equal(points[..., 4], 0b1011)


def test_the_original_is_never_written_over(tmp_path):
    path = tmp_path / "original.c3d"
    path.write_bytes(c3d_bytes(walker_mm(40)))
    before = path.read_bytes()
    (recording,) = read_recordings(path)
    with pytest.raises(LtmeError, match="original"):
        write_c3d(path, recording)
    with pytest.raises(LtmeError, match="original"):
        write_raw(path, default_reader().read(path))
    assert path.read_bytes() == before
    write_c3d(tmp_path / "copy.c3d", recording)


def test_real_files_come_back_whole(tmp_path, shared_data):
    checked = 0
    for source in sorted((shared_data / "recordings").glob("*/*.[cC]3[dD]")):
        try:
            raw = default_reader().read(source)
        except LtmeError:
            continue
        back = there_and_back(tmp_path / "t.c3d", raw)
        assert_same_signals(back, raw)
        np.testing.assert_allclose(
            back.residuals, np.nan_to_num(raw.residuals, nan=0.0), rtol=1e-5, err_msg=source.name
        )
        np.testing.assert_array_equal(back.camera_masks, raw.camera_masks)
        assert_same_parameters(back, raw)
        checked += 1
    assert checked >= 30


def assert_same_parameters(back: RawC3D, raw: RawC3D) -> None:
    for group, values in raw.parameters.items():
        for name, value in values.items():
            if name in STORAGE or (group in ("POINT", "ANALOG") and name.startswith("LABELS")):
                continue
            there = back.parameters[group][name]
            if isinstance(value, tuple):
                assert there == value, (group, name)
            else:
                np.testing.assert_array_equal(
                    np.asarray(there, float), np.asarray(value, float), err_msg=f"{group}:{name}"
                )
        said = {name: words for name, words in raw.descriptions.get(group, {}).items() if name not in STORAGE}
        assert said == {name: words for name, words in back.descriptions.get(group, {}).items() if name in said}


def test_plates_trial_facts_and_repairs_are_stored(tmp_path):
    frames, markers = 120, len(LABELS)
    filled = np.zeros((frames, markers), dtype=bool)
    filled[10:20, 2] = filled[0:3, 2] = filled[119, 5] = True
    residuals_m = np.full((frames, markers), 0.0005, dtype=np.float32)
    corners_m = np.array([[0.6, 0.4, 0.0], [0.0, 0.4, 0.0], [0.0, 0.0, 0.0], [0.6, 0.0, 0.0]])
    plate = ForcePlate(1, 2, corners_m, np.array([0.0, 0.0, -0.04]), (0, 1, 0, 1, 0, 1), zero_frames=(0, 10))
    made = make_recording(
        force_plates=(plate,),
        plates=1,
        trial=TrialFacts(
            kind="walk", footwear="barefoot", aid="cane right", examiner="Dr. Ada", operated_side="left", age_y="9"
        ),
        residuals_m=residuals_m,
        camera_masks=np.full((frames, markers), 0b101, dtype=np.uint8),
        filled=filled,
        processing=("gaps filled: rigid body", "low-pass 6 Hz"),
        events=(GaitEvent("left", "initial_contact", 0.1, 10, "LHS", "kinematic"),),
    )
    path = tmp_path / "t.c3d"
    write_c3d(path, made)
    back = default_reader().read(path)
    np.testing.assert_allclose(back.numbers("FORCE_PLATFORM", "CORNERS")[:, :, 0], corners_m.T * 1000.0, rtol=1e-6)
    np.testing.assert_array_equal(back.numbers("FORCE_PLATFORM", "CHANNEL").ravel(), [1, 2, 1, 2, 1, 2])
    np.testing.assert_array_equal(back.numbers("FORCE_PLATFORM", "ZERO"), [1, 10])
    facts = {name: back.text("LTME_TRIAL", name) for name in ("KIND", "FOOTWEAR", "AID", "EXAMINER", "AGE_Y")}
    assert list(facts.values()) == ["walk", "barefoot", "cane right", "Dr. Ada", "9"]
    assert back.texts("LTME_TRIAL", "PROCESSING") == made.processing
    stored = filled_points(back)
    np.testing.assert_array_equal(stored[:, :markers], filled)
    assert not stored[:, markers:].any()
    assert (back.residuals[:, :markers][filled] == 0).all()
    assert (back.camera_masks[:, :markers][filled] == 0).all()
    assert back.text("EVENT", "LABELS") == "LHS"
    assert back.text("EVENT", "DESCRIPTIONS") == "found from the markers' motion"


def test_plates_that_measure_in_newton_metres_give_a_file_in_metres(tmp_path):
    corners_m = np.zeros((4, 3))
    plate = ForcePlate(1, 2, corners_m, np.zeros(3), (0, 1, 0, 1, 0, 1), metres_per_unit=1.0)
    made = make_recording(force_plates=(plate,), plates=1, file_unit="m")
    path = tmp_path / "t.c3d"
    write_c3d(path, made)
    assert default_reader().read(path).text("POINT", "UNITS") == "m"
    (back,) = read_recordings(path)
    np.testing.assert_allclose(back.positions_m, made.positions_m, atol=1e-6)


def test_a_half_made_file_never_appears(tmp_path, monkeypatch):
    from ltme_clinic.recordings.c3d_writing import raw_file

    def stops(raw, samples, step):
        yield b"half"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(raw_file, "_frame_blocks", stops)
    with pytest.raises(LtmeError, match="No space left"):
        write_raw(tmp_path / "t.c3d", make_raw())
    assert list(tmp_path.iterdir()) == []


def test_the_header_says_what_the_data_are(tmp_path):
    path = tmp_path / "t.c3d"
    write_raw(path, make_raw(samples=10, channels=3))
    stored = path.read_bytes()
    parameter_block, key, points, words, first, last = struct.unpack_from("<BB4H", stored)
    assert (parameter_block, key, points, words, first, last) == (2, 0x50, 4, 30, 1, 10)
    scale, data_block, samples, rate_hz = struct.unpack_from("<fHHf", stored, 12)
    assert scale < 0
    assert (samples, rate_hz) == (10, 100.0)
    assert len(stored) == (data_block - 1) * 512 + 10 * 4 * (16 + 30)
