"""What a recording carries beside its markers, and what an inspection says of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from recordings_c3d_maker import LABELS, c3d_bytes, walker_mm

from ltme_clinic.recordings import positions, read_recordings
from ltme_clinic.recordings.c3d import C3DReader
from ltme_clinic.recordings.emg import emg_channels
from ltme_clinic.recordings.inspection import describe, file_parameters, inspect_file
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import AnalogSignals, LtmeError, Recording


def read_one(folder: Path, content: bytes) -> Recording:
    path = folder / "trial.c3d"
    path.write_bytes(content)
    (recording,) = read_recordings(path)
    return recording


def test_residuals_are_in_metres_and_cameras_bit_by_bit(tmp_path):
    words = np.full((40, 12), 0x0503, dtype=float)  # cameras 1 and 3, a residual of 3 steps of 0.1
    words[4, 2] = -1.0
    points = walker_mm()
    points[5, 3] = 0.0
    recording = read_one(tmp_path, c3d_bytes(points, residuals=words))
    assert recording.residuals_m is not None
    assert recording.camera_masks is not None
    assert np.argwhere(np.isnan(recording.residuals_m)).tolist() == [[4, 2], [5, 3]]
    np.testing.assert_allclose(np.nanmax(recording.residuals_m), 0.3e-3, rtol=1e-6)
    assert recording.camera_masks[0, 0] == 0b101
    assert recording.camera_masks[4, 2] == 0


def test_what_a_repair_filled_is_known_again(tmp_path):
    runs = np.array([[2.0, 2.0], [3.0, 11.0], [5.0, 11.0]])
    groups = {"LTME_TRIAL": {"FILLED": runs, "PROCESSING": ["gaps filled", "low-pass 6 Hz"]}}
    recording = read_one(tmp_path, c3d_bytes(walker_mm(), groups=groups))
    assert recording.filled is not None
    assert np.argwhere(recording.filled).tolist() == [[2, 1], [3, 1], [4, 1], [10, 1]]
    assert recording.processing == ("gaps filled", "low-pass 6 Hz")
    assert describe(recording)["quality"]["filled_share"] == pytest.approx(4 / 480, abs=1e-6)


class WithoutHash:
    """A reader that does not hash what it decodes."""

    def __init__(self, changes: bytes = b"") -> None:
        self.changes = changes

    def read(self, path: Path) -> RawC3D:
        raw = replace(C3DReader().read(path), file_sha256="")
        if self.changes:
            path.write_bytes(path.read_bytes() + self.changes)
        return raw


def test_a_recording_has_the_same_identity_whoever_hashed_its_bytes(tmp_path):
    content = c3d_bytes(walker_mm(), groups={"SUBJECTS": {"NAMES": ["P7"], "USED": 1}})
    recording = read_one(tmp_path, content)
    (other,) = read_recordings(tmp_path / "trial.c3d", reader=WithoutHash())
    assert recording.recording_id == other.recording_id == hashlib.sha256(content + b"P7").hexdigest()
    assert recording.file_sha256 == other.file_sha256 == hashlib.sha256(content).hexdigest()


def test_a_file_that_changes_between_decoding_and_hashing_is_refused(tmp_path):
    path = tmp_path / "trial.c3d"
    path.write_bytes(c3d_bytes(walker_mm()))
    with pytest.raises(LtmeError, match="changed while it was being read"):
        read_recordings(path, reader=WithoutHash(changes=b"more"))


def test_a_very_large_recording_is_kept_in_the_files_own_precision(tmp_path, monkeypatch):
    points = np.concatenate([walker_mm(), walker_mm()[:, :1]], axis=1)
    whole = read_one(tmp_path, c3d_bytes(points, [*LABELS, "LHJC"]))
    monkeypatch.setattr(positions, "_MOST_DOUBLES", 10)
    monkeypatch.setattr(positions, "_BLOCK_COORDINATES", 100)
    lean = read_one(tmp_path, c3d_bytes(points, [*LABELS, "LHJC"]))
    assert (whole.positions_m.dtype, lean.positions_m.dtype) == (np.float64, np.float32)
    np.testing.assert_allclose(lean.positions_m, whole.positions_m, atol=1e-6)
    np.testing.assert_array_equal(lean.model_outputs[0].values, whole.model_outputs[0].values)
    assert lean.residuals_m is not None
    np.testing.assert_array_equal(lean.residuals_m, whole.residuals_m)


def test_someone_who_only_passes_through_is_measured_by_the_frames_that_show_them(tmp_path):
    """Sampled evenly over the whole file, two seconds of five minutes could be missed."""
    points = np.zeros((5000, 12, 3))
    points[1003:1031] = walker_mm(28) * 0.001
    residuals = np.full((5000, 12), -1.0)
    residuals[1003:1031] = 0.0
    recording = read_one(tmp_path, c3d_bytes(points, residuals=residuals))
    np.testing.assert_allclose(recording.positions_m[1003], walker_mm(1)[0] / 1000.0, atol=1e-6)


def test_labels_and_descriptions_tell_which_channels_are_muscles():
    channels = {
        ("EMG 1", "V", ""): True,
        ("LTA", "V", ""): True,
        ("Voltage.R_GAS", "mV", ""): True,
        ("R Rectus Femoris", "uV", ""): True,
        ("Channel 3", "V", "Trigno EMG sensor"): True,
        ("Rectus", "", ""): True,
        ("Fz1", "N", "Force Plate [1]"): False,
        ("EMG trigger", "V", ""): False,
        ("Sensor 1.ACCX1", "g", "Trigno accelerometer"): False,
        ("LTA", "N", ""): False,
        ("Channel 4", "V", ""): False,
        ("L Spare", "V", "Analog EMG"): False,
        ("Foot switch", "V", ""): False,
        ("Start", "V", ""): False,
    }
    labels, units, descriptions = (tuple(column) for column in zip(*channels, strict=True))
    analogs = AnalogSignals(labels, 1000.0, np.zeros((2, len(labels)), np.float32), units, descriptions)
    assert [index in emg_channels(analogs) for index in range(len(labels))] == list(channels.values())
    assert emg_channels(None) == ()


def test_an_inspection_says_what_was_done_and_worn_and_who_says_so(tmp_path):
    ours = {"LTME_TRIAL": {"KIND": ["walk"], "FOOTWEAR": ["barefoot"], "EXAMINER": ["Dr. Example"]}}
    read_one(tmp_path, c3d_bytes(walker_mm(), groups=ours))
    (facts,) = inspect_file(tmp_path / "trial.c3d")
    assert facts["trial"] == {
        "kind": "walk",
        "condition": "barefoot",
        "facts": {
            "kind": {"value": "walk", "source": "parameters"},
            "footwear": {"value": "barefoot", "source": "parameters"},
        },
    }
    assert (facts["byte_order"], facts["storage"], facts["subjects"]) == ("Intel", "float", 1)
    assert "Example" not in json.dumps(facts)


def test_an_inspection_locates_what_is_wrong_and_suggests_what_labels_may_be(tmp_path):
    points = walker_mm(100)
    points[40:60, 8] = 0.0
    labels = ["MyKnee_left" if label == "LKNE" else label for label in LABELS]
    read_one(tmp_path, c3d_bytes(points, labels))
    (facts,) = inspect_file(tmp_path / "trial.c3d")
    (gap,) = [problem for problem in facts["quality"]["problems"] if problem["kind"] == "gap"]
    assert (gap["markers"], gap["start_s"], gap["end_s"]) == (["LHEE"], 0.4, 0.6)
    assert gap["cure"]
    found = facts["marker_set_match"]
    assert 0.0 < found["confidence"] <= 1.0
    assert "left_knee" in found["missing"]
    assert {s["label"]: s["slot"] for s in found["suggestions"]} == {"MyKnee_left": "left_knee"}
    json.dumps(facts, allow_nan=False)


def test_parameters_are_plain_values_with_the_files_dimensions(tmp_path):
    groups = {"MINE": {"ONE": 1.5, "MANY": np.array([[1, 2], [3, 4]]), "NAN": np.array([np.nan, 1.0]), "WORD": "x"}}
    path = tmp_path / "trial.c3d"
    path.write_bytes(c3d_bytes(walker_mm(), groups=groups))
    parameters = file_parameters(path)
    assert parameters["MINE"] == {"ONE": 1.5, "MANY": [[1, 2], [3, 4]], "NAN": [None, 1.0], "WORD": "x"}
    assert parameters["POINT"]["LABELS"] == list(LABELS)
    json.dumps(parameters, allow_nan=False)


@pytest.mark.parametrize(("company", "shown"), [("Motion Analysis Corp.", "descriptions"), ("Somebody else", "labels")])
def test_labels_that_one_maker_cut_to_four_letters_are_completed_from_its_descriptions(tmp_path, company, shown):
    whole = (
        "R.ASIS",
        "L.ASIS",
        "V.Sacral",
        "R.Knee",
        "L.Knee",
        "R.Ankle",
        "L.Ankle",
        "R.Heel",
        "L.Heel",
        "Top",
        "R.Toe",
    )
    whole += ("L.Toe",)
    cut = tuple(label[:4] for label in whole)
    groups = {"POINT": {"DESCRIPTIONS": list(whole)}, "MANUFACTURER": {"COMPANY": [company]}}
    path = tmp_path / "trial.c3d"
    path.write_bytes(c3d_bytes(walker_mm(), labels=cut, groups=groups))
    raw = C3DReader().read(path)
    assert raw.point_labels == (whole if shown == "descriptions" else cut)
    told = "labels of four letters, completed from their descriptions: 11"
    assert (told in raw.warnings) == (shown == "descriptions")
