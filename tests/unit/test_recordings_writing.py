"""Writing C3D files: there and back, and the origin that travels with them."""

from __future__ import annotations

import dataclasses
import json
import os

import numpy as np
import pytest
from recordings_c3d_maker import LABELS, walker_mm

from ltme_clinic.recordings import inspect_file, read_recordings, write_c3d
from ltme_clinic.types import AnalogSignals, Anthropometry, GaitEvent, LtmeError, ModelOutput, Recording


def make_recording(**changes) -> Recording:
    positions_m = walker_mm(120) / 1000.0
    positions_m[5:9, 3] = np.nan
    curve = np.linspace(0.0, 60.0, 360, dtype=np.float32).reshape(120, 3) + 1.0
    recording = Recording(
        recording_id="",
        origin="virtual",
        source_name="",
        subject="V001",
        rate_hz=100.0,
        first_file_frame=1,
        marker_labels=LABELS,
        positions_m=positions_m,
        events=(
            GaitEvent("left", "initial_contact", 0.10, 10),
            GaitEvent("right", "foot_off", 0.25, 25),
            GaitEvent(None, "other", 0.5, 50, "Turn"),
        ),
        analogs=AnalogSignals(
            ("Fz1", "EMG"), 1000.0, np.random.default_rng(1).normal(size=(1200, 2)).astype(np.float32), ("N", "V")
        ),
        model_outputs=(
            ModelOutput("LKneeAngles", "angle", curve, "deg"),
            ModelOutput("LHJC", "point", curve / 100.0, "m"),
        ),
        anthropometry=Anthropometry(1.71, 64.5, 0.9, 0.905),
    )
    return dataclasses.replace(recording, **changes)


def there_and_back(path, recording: Recording, **keywords) -> Recording:
    write_c3d(path, recording, **keywords)
    (back,) = read_recordings(path)
    return back


def test_a_written_recording_reads_back_the_same(tmp_path):
    made = make_recording()
    back = there_and_back(tmp_path / "trial.c3d", made)
    np.testing.assert_allclose(back.positions_m, made.positions_m, atol=1e-6)
    assert back.marker_labels == made.marker_labels
    assert (back.rate_hz, back.first_file_frame, back.subject) == (100.0, 1, "V001")
    assert [(e.side, e.kind, e.frame) for e in back.events] == [(e.side, e.kind, e.frame) for e in made.events]
    assert back.events[2].label == "Turn"
    assert back.analogs is not None
    assert made.analogs is not None
    np.testing.assert_allclose(back.analogs.values, made.analogs.values, rtol=1e-6)
    assert (back.analogs.labels, back.analogs.rate_hz, back.analogs.units) == (("Fz1", "EMG"), 1000.0, ("N", "V"))
    for kept, original in zip(back.model_outputs, made.model_outputs, strict=True):
        assert (kept.name, kept.kind, kept.unit) == (original.name, original.kind, original.unit)
        np.testing.assert_allclose(kept.values, original.values, atol=1e-5)
    assert dataclasses.astuple(back.anthropometry) == pytest.approx(dataclasses.astuple(made.anthropometry))
    assert back.warnings == ()


@pytest.mark.parametrize("origin", ["virtual", "generated", "measured"])
def test_the_origin_travels_through_the_file(tmp_path, origin):
    made = make_recording(origin=origin)
    assert there_and_back(tmp_path / "trial.c3d", made).origin == origin


def test_a_measured_recording_never_carries_the_synthetic_mark(tmp_path):
    made = make_recording(origin="measured", manufacturer="SYNTHETIC LTME virtual laboratory")
    path = tmp_path / "trial.c3d"
    assert there_and_back(path, made).origin == "measured"
    assert b"SYNTHETIC" not in path.read_bytes()


def test_the_origin_cannot_be_overwritten_by_extra_parameters(tmp_path):
    with pytest.raises(LtmeError, match="origin"):
        write_c3d(tmp_path / "t.c3d", make_recording(), extra_parameters={"MANUFACTURER": {"COMPANY": "Vicon"}})
    assert list(tmp_path.iterdir()) == []


def test_extra_parameters_are_stored(tmp_path):
    path = tmp_path / "t.c3d"
    write_c3d(path, make_recording(), extra_parameters={"LTME": {"SEED": 42, "NOTE": ["hello there"]}})
    assert b"hello there" in path.read_bytes()


def test_one_event_and_a_late_first_frame_come_back_in_place(tmp_path):
    made = make_recording(first_file_frame=6543, events=(GaitEvent("left", "initial_contact", 0.10, 10),))
    back = there_and_back(tmp_path / "trial.c3d", made)
    assert back.first_file_frame == 6543
    assert [(e.side, e.frame) for e in back.events] == [("left", 10)]
    assert back.events[0].time_s == pytest.approx(0.10, abs=1e-4)


@pytest.mark.parametrize("first", [40_001, 65_500, 70_001])
def test_frame_numbers_beyond_sixteen_bits_survive(tmp_path, first):
    made = make_recording(first_file_frame=first)
    back = there_and_back(tmp_path / "trial.c3d", made)
    assert back.first_file_frame == first
    assert back.frames == made.frames
    assert [e.frame for e in back.events] == [10, 25, 50]


def test_more_than_255_markers_survive(tmp_path):
    labels = tuple(f"M{i:03d}" for i in range(300))
    positions_m = np.random.default_rng(3).uniform(0.1, 2.0, (20, 300, 3))
    made = make_recording(marker_labels=labels, positions_m=positions_m, analogs=None, model_outputs=(), events=())
    back = there_and_back(tmp_path / "trial.c3d", made)
    assert back.marker_labels == labels
    np.testing.assert_allclose(back.positions_m, positions_m, atol=1e-6)


def test_names_outside_ascii_work_in_folders_files_and_subjects(tmp_path):
    folder = tmp_path / "Gänge Пациент"
    folder.mkdir()
    back = there_and_back(folder / "Große Übung 步态.c3d", make_recording(subject="Zoë"))
    assert back.source_name == "Große Übung 步态.c3d"
    assert back.subject == "Zoë"


def test_writing_is_all_or_nothing(tmp_path):
    path = tmp_path / "trial.c3d"
    write_c3d(path, make_recording())
    before = path.read_bytes()
    bad = make_recording(analogs=AnalogSignals(("a",), 100.0, np.ones((7, 1), np.float32), ("V",)))
    with pytest.raises(LtmeError, match="divide"):
        write_c3d(path, bad)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["trial.c3d"]
    with pytest.raises(LtmeError, match="can't be written"):
        write_c3d(tmp_path / "absent" / "trial.c3d", make_recording())


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_written_file_has_ordinary_permissions(tmp_path):
    path = tmp_path / "trial.c3d"
    write_c3d(path, make_recording())
    (tmp_path / "plain").write_bytes(b"")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_more_than_255_events_survive(tmp_path):
    sides = ("left", "right")
    events = tuple(GaitEvent(sides[i % 2], "initial_contact", i / 100.0, i) for i in range(600))
    made = make_recording(events=events, positions_m=walker_mm(600) / 1000.0, analogs=None, model_outputs=())
    back = there_and_back(tmp_path / "t.c3d", made)
    assert [(e.side, e.frame) for e in back.events] == [(e.side, e.frame) for e in events]


def test_an_inspection_tells_origin_and_outputs(tmp_path):
    path = tmp_path / "trial.c3d"
    write_c3d(path, make_recording())
    (facts,) = inspect_file(path)
    json.dumps(facts, allow_nan=False)
    assert facts["origin"] == "virtual"
    assert facts["model_outputs"] == {"angle": ["LKneeAngles"], "point": ["LHJC"]}
    assert facts["duration_s"] == 1.2
