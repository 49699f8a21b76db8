"""Real recordings of several laboratories (beside the checkout, never part of it)."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from ltme_clinic.recordings import find_c3d_files, inspect_file, read_recordings
from ltme_clinic.recordings.emg import emg_channels
from ltme_clinic.recordings.inspection import file_parameters
from ltme_clinic.types import LtmeError

TURNED = {"squat.c3d"}  # the one file there with y up
REFUSED = {
    "Optotrak.c3d": "29 of its 1149 frames",  # published cut off
}


@pytest.fixture(scope="module")
def recordings(shared_data):
    """Every file there: its one recording, or the refusal."""
    files, problems = find_c3d_files([shared_data / "recordings"])
    assert not problems
    found = {}
    for file in files:
        try:
            (found[file.name],) = read_recordings(file)
        except LtmeError as error:
            found[file.name] = error
    return found


def test_every_file_reads_or_is_refused_in_one_line(recordings):
    refused = {name: str(result) for name, result in recordings.items() if isinstance(result, LtmeError)}
    assert set(refused) == set(REFUSED)
    for name, line in refused.items():
        assert REFUSED[name] in line
        assert "\n" not in line


def test_every_body_stands_upright_and_is_as_tall_as_a_person(recordings):
    for name, recording in recordings.items():
        if isinstance(recording, LtmeError):
            continue
        heights_m = np.nanpercentile(recording.positions_m[..., 2], [1, 99])
        assert 0.5 < heights_m[1] - heights_m[0] < 2.5, name
        turned = any("turned to z up" in warning for warning in recording.warnings)
        assert turned == (name in TURNED), name


def test_one_trial_in_six_encodings_gives_the_same_positions(recordings):
    """Integers are stored in steps of 0.28 mm."""
    reference = recordings["pc_real.c3d"]
    for name in ("Dec_real.c3d", "sgi_real.c3d", "pc_int.c3d", "DEC_INT.C3D", "sgi_int.c3d"):
        other = recordings[name]
        assert other.marker_labels == reference.marker_labels
        np.testing.assert_allclose(other.positions_m, reference.positions_m, atol=0.0003)
        assert (other.residuals_m is None) == (reference.residuals_m is None)
        np.testing.assert_allclose(other.residuals_m, reference.residuals_m, atol=0.0003)


def test_events_of_the_children_are_as_their_laboratory_entered_them(recordings):
    cut = recordings["HC040A14.c3d"]
    inside = [(e.side, e.kind, e.frame) for e in cut.events]
    assert inside == sorted(inside, key=lambda e: e[2])
    assert ("left", "initial_contact", 19) in inside
    assert min(frame for *_, frame in inside) >= 0
    assert any("outside the stored frames, dropped: 14" in warning for warning in cut.warnings)  # one at frame -59
    for name in ("HC033A10.c3d", "HC039A31.c3d"):
        assert sum(e.kind == "initial_contact" for e in recordings[name].events) == 1


def test_model_outputs_of_the_children_are_apart_from_their_markers(recordings):
    walk = recordings["HC030A05.c3d"]
    names = {output.name: output for output in walk.model_outputs}
    assert {"LASI", "RHEE", "SACR", "C7"} <= set(walk.marker_labels)
    assert not {"LFEO", "LFEP", "LTIO", "LHipAngles", "CentreOfMass", "LHJC"} & set(walk.marker_labels)
    assert {names[name].kind for name in ("LFEO", "LFEP", "LTIO", "CentreOfMass")} == {"point"}
    knee_to_marker_m = np.linalg.norm(names["LFEO"].values - walk.marker("LKNE"), axis=1)
    assert 0.03 < np.nanmedian(knee_to_marker_m) < 0.10
    assert -20.0 < np.nanmin(names["LKneeAngles"].values[:, 0]) < np.nanmax(names["LKneeAngles"].values[:, 0]) < 90.0


def test_static_trials_are_told_from_walks(recordings):
    static = {name for name, r in recordings.items() if not isinstance(r, LtmeError) and r.is_static}
    expected = {f"HC0{n}A01.c3d" for n in (30, 31, 32, 33, 36, 38, 39)} | {"HC040A04.c3d"}
    assert static == expected | {"aStaticTrial.c3d", "Static_trial.c3d"}


def test_the_kind_of_a_trial_is_told_by_its_name_or_its_motion_or_not_at_all(recordings):
    told = {name: r.trial for name, r in recordings.items() if not isinstance(r, LtmeError)}
    assert {name for name, trial in told.items() if trial.kind == "exercise"} == {
        "squat.c3d",
        "doubleLegLanding.c3d",
        "sideCutting.c3d",
        "jogging.c3d",
    }
    # Punches on the spot, and somebody who steps down by a metre.
    assert {name for name, trial in told.items() if trial.kind == "unknown"} == {"cmu_02_05.c3d", "Movement_trial.c3d"}
    assert told["HC030A05.c3d"].sources == {"kind": "signals"}
    assert told["walking2.c3d"].sources == {"kind": "file name"}
    assert all(trial.condition == "" for trial in told.values())


def test_muscle_channels_are_told_from_plates_and_switches(recordings):
    def names(file: str) -> list[str]:
        analogs = recordings[file].analogs
        return [analogs.labels[index] for index in emg_channels(analogs)]

    assert names("Qualisys.c3d") == [f"EMG {i}" for i in range(1, 17)]
    assert names("HC030A05.c3d")[:2] == ["L Rect", "R Rect"]
    assert not any("Spare" in name or name[:2] in ("Fx", "Mz") for name in names("HC030A05.c3d"))
    assert "Voltage.RTA" in names("test_small.c3d")
    assert "Voltage.FootswitchA" not in names("test_small.c3d")
    assert names("Movement_trial.c3d") == []


def test_prefixes_body_measures_and_plates_are_read(recordings):
    assert recordings["cmu_02_05.c3d"].marker_labels[0] == "RBWT"
    child = recordings["HC030A05.c3d"]
    assert child.anthropometry.height_m == pytest.approx(1.48)
    assert child.anthropometry.leg_length_left_m == pytest.approx(0.83)
    assert child.plates == 2
    assert recordings["jogging.c3d"].plates == 4
    assert recordings["Movement_trial.c3d"].parameters["unlabelled_points"] == "42"


@pytest.mark.parametrize("name", ["children/HC039A17.c3d", "opensim/sideCutting.c3d", "encodings/pc_int.c3d"])
def test_positions_agree_with_an_independent_reader(shared_data, name):
    import c3d

    path = shared_data / "recordings" / name
    (recording,) = read_recordings(path)
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = c3d.Reader(file)
        column = {label.strip(): index for index, label in enumerate(other.point_labels)}
        points = np.stack([points for _, points, _ in other.read_frames()])
    assert (other.first_frame, len(points)) == (recording.first_file_frame, recording.frames)
    for label in recording.marker_labels:
        ours = recording.marker(label)
        seen = np.isfinite(ours[:, 0])
        np.testing.assert_allclose(ours[seen], points[seen, column[label], :3] / 1000.0, atol=1e-6)


def test_inspections_are_plain_json(shared_data):
    for name in ("qualisys/Qualisys.c3d", "opensim/walking2.c3d", "overground_small/test_small.c3d"):
        (facts,) = inspect_file(shared_data / "recordings" / name)
        json.dumps(facts, allow_nan=False)
        assert 0.0 <= facts["quality"]["missing_share"] <= 1.0
        assert facts["subjects"] == 1
        json.dumps(file_parameters(shared_data / "recordings" / name), allow_nan=False)
