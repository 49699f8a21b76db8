"""Whose points are these? Files with several people, with objects, and with names that don't help."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from recordings_c3d_maker import LABELS, c3d_bytes, walker_mm

from ltme_clinic.recordings import read_recordings
from ltme_clinic.types import LtmeError, Recording

BESIDE_MM = np.array([0.0, 900.0, 0.0])
NOT_TOLD = "do not tell whose they are"


def read(folder: Path, content: bytes) -> list[Recording]:
    path = folder / "trial.c3d"
    path.write_bytes(content)
    return read_recordings(path)


def two_bodies(ours: Sequence[str], theirs: Sequence[str], apart_mm: np.ndarray = BESIDE_MM) -> tuple:
    """Points and labels of two walkers side by side."""
    return np.concatenate([walker_mm(), walker_mm() + apart_mm], axis=1), [*ours, *theirs]


def prefixed(prefix: str) -> list[str]:
    return [prefix + label for label in LABELS]


def listed(*names: str, prefixes: Sequence[str] = ()) -> dict:
    group: dict = {"USED": len(names), "NAMES": list(names)}
    return {"SUBJECTS": group | ({"LABEL_PREFIXES": list(prefixes)} if prefixes else {})}


@pytest.mark.parametrize(
    ("labels", "groups"),
    [
        ((prefixed("Ann:"), prefixed("Bo:")), listed("Ann", "Bo", prefixes=["Ann:", "Bo:"])),
        ((prefixed("Ann:"), prefixed("Bo:")), listed("Ann", "Bo")),
        ((prefixed("Ann:"), prefixed("Bo:")), {}),
        ((prefixed("Ann_"), prefixed("Bo_")), listed("Ann", "Bo", prefixes=["Ann_", "Bo_"])),
        ((prefixed("Ann_"), prefixed("Bo_")), listed("Ann", "Bo", prefixes=["Ann", "Bo"])),
        ((prefixed("Ann."), prefixed("Bo.")), listed("Ann", "Bo")),
        ((prefixed("ANN_"), prefixed("BO_")), listed("Ann", "Bo")),
        ((prefixed("Ann_"), prefixed("Bo_")), {}),
        ((prefixed("P1"), prefixed("P2")), listed("Ann", "Bo", prefixes=["P1", "P2"])),
        ((prefixed("Ann:"), LABELS), listed("Ann", "Bo")),
        ((LABELS, prefixed("Bo_")), listed("Ann", "Bo", prefixes=["", "Bo_"])),
    ],
)
def test_two_people_are_told_apart_by_any_prefix(tmp_path, labels, groups):
    points, names = two_bodies(*labels)
    recordings = {r.subject.lower(): r for r in read(tmp_path, c3d_bytes(points, names, groups=groups))}
    assert set(recordings) == {"ann", "bo"}
    ann, bo = recordings["ann"], recordings["bo"]
    assert ann.marker_labels == bo.marker_labels == LABELS
    np.testing.assert_allclose(ann.positions_m, walker_mm() / 1000.0, atol=1e-6)
    np.testing.assert_allclose(bo.positions_m - ann.positions_m, np.broadcast_to([0, 0.9, 0], (40, 12, 3)), atol=1e-6)
    assert ann.recording_id != bo.recording_id


def test_a_person_without_a_prefix_or_a_name_is_a_recording_too(tmp_path):
    points, labels = two_bodies(prefixed("Ann:"), LABELS)
    ann, other = read(tmp_path, c3d_bytes(points, labels, groups=listed("Ann")))
    assert (ann.subject, other.subject) == ("Ann", "")
    assert other.positions_m[0, 0, 1] == pytest.approx(ann.positions_m[0, 0, 1] + 0.9)


def test_one_subject_keeps_its_points_without_a_prefix(tmp_path):
    labels = [*prefixed("Ann:"), "table", "LHipAngles"]
    points = np.concatenate([walker_mm(), walker_mm()[:, :2]], axis=1)
    (ann,) = read(tmp_path, c3d_bytes(points, labels, groups=listed("Ann", prefixes=["Ann:"])))
    assert ann.marker_labels == (*LABELS, "table")
    assert [output.name for output in ann.model_outputs] == ["LHipAngles"]


def test_a_single_declared_prefix_is_taken_off_whatever_its_separator(tmp_path):
    (recording,) = read(tmp_path, c3d_bytes(walker_mm(), prefixed("Pat 1_"), groups=listed("Pat 1")))
    assert (recording.subject, recording.marker_labels) == ("Pat 1", LABELS)


def test_sides_and_clusters_are_no_subjects(tmp_path):
    sided = [f"{label[0]}_{label[1:]}" for label in LABELS]
    (recording,) = read(tmp_path, c3d_bytes(walker_mm(), sided))
    assert recording.marker_labels == tuple(sided)
    numbered = [*(f"L_TH_{i}" for i in range(1, 7)), *(f"R_TH_{i}" for i in range(1, 7))]
    (recording,) = read(tmp_path, c3d_bytes(walker_mm(), numbered))
    assert len(recording.marker_labels) == 12


def test_two_names_for_one_set_of_labels_are_refused(tmp_path):
    with pytest.raises(LtmeError, match=NOT_TOLD) as refused:
        read(tmp_path, c3d_bytes(walker_mm(), groups=listed("Ann", "Bo")))
    assert "prefix for each subject" in refused.value.cure


@pytest.mark.parametrize("names", [("Ann", "Cane"), ("Left Crutch", "Ann"), ("Ann", "Box 1", "Wand"), ("Ann", "Ann")])
def test_an_object_beside_a_person_is_no_second_person(tmp_path, names):
    (recording,) = read(tmp_path, c3d_bytes(walker_mm(), groups=listed(*names)))
    assert recording.subject == "Ann"
    assert recording.marker_labels == LABELS


def test_names_beyond_the_number_in_use_do_not_count(tmp_path):
    groups = listed("Ann", "Bo")
    groups["SUBJECTS"]["USED"] = 1
    (recording,) = read(tmp_path, c3d_bytes(walker_mm(), groups=groups))
    assert recording.subject == "Ann"


def test_a_cane_with_a_prefix_goes_to_the_person_who_holds_it(tmp_path):
    points = np.concatenate([walker_mm(), walker_mm()[:, :4] + 300.0], axis=1)
    labels = [*prefixed("Ann:"), *(f"Cane:{i}C" for i in range(4))]
    groups = listed("Ann", "Cane", prefixes=["Ann:", "Cane:"])
    (ann,) = read(tmp_path, c3d_bytes(points, labels, groups=groups))
    assert ann.marker_labels == (*LABELS, *(f"Cane_{i}C" for i in range(4)))


def test_an_objects_points_are_nobodys_where_there_are_two_people(tmp_path):
    points, labels = two_bodies(prefixed("Ann:"), prefixed("Bo:"))
    points = np.concatenate([points, walker_mm()[:, :4] + 300.0], axis=1)
    groups = listed("Ann", "Bo", "Box", prefixes=["Ann:", "Bo:", "Box:"])
    ann, bo = read(tmp_path, c3d_bytes(points, [*labels, *(f"Box:{i}X" for i in range(4))], groups=groups))
    assert ann.marker_labels == bo.marker_labels == LABELS
    assert any("dropped: 4" in warning for warning in ann.warnings)


@pytest.mark.parametrize("theirs", [LABELS, [f"{label}:1" for label in LABELS], [f"{label}_2" for label in LABELS]])
def test_labels_that_stand_for_two_bodies_are_refused(tmp_path, theirs):
    with pytest.raises(LtmeError, match=NOT_TOLD):
        read(tmp_path, c3d_bytes(*two_bodies(LABELS, theirs)))


def test_two_bodies_in_two_marker_sets_are_refused(tmp_path):
    theirs = [
        *("left_asis", "right_asis", "left_psis", "right_psis", "left_knee", "right_knee", "left_ankle"),
        *("right_ankle", "left_heel", "right_heel", "left_toe", "right_toe"),
    ]
    with pytest.raises(LtmeError, match=NOT_TOLD):
        read(tmp_path, c3d_bytes(*two_bodies(LABELS, theirs)))


def test_two_models_of_one_body_are_one_body(tmp_path):
    points, labels = two_bodies(LABELS, LABELS, np.array([15.0, 0.0, 0.0]))
    (recording,) = read(tmp_path, c3d_bytes(points, labels))
    assert recording.marker_labels == LABELS
    assert any("already in use, dropped: 12" in warning for warning in recording.warnings)


def test_halves_of_a_track_under_one_label_are_one_marker(tmp_path):
    points, labels = two_bodies(LABELS, LABELS)
    points[:25, 12:] = 0.0
    points[25:, :12] = 0.0
    (recording,) = read(tmp_path, c3d_bytes(points, labels))
    assert np.isfinite(recording.positions_m[..., 0]).sum() == 25 * 12


def test_each_person_has_their_own_events_and_an_unnamed_contact_is_nobodys(tmp_path):
    event = {
        "USED": 4,
        "TIMES": np.array([[0.0] * 4, [0.1, 0.2, 0.25, 0.3]]),
        "LABELS": ["Foot Strike", "Foot Strike", "Foot Off", "Event"],
        "CONTEXTS": ["Left", "Right", "Left", "General"],
        "SUBJECTS": ["Ann", "Bo_", "", ""],
    }
    groups = listed("Ann", "Bo", prefixes=["Ann_", "Bo_"]) | {"EVENT": event}
    ann, bo = read(tmp_path, c3d_bytes(*two_bodies(prefixed("Ann_"), prefixed("Bo_")), groups=groups))
    assert [(e.side, e.kind) for e in ann.events] == [("left", "initial_contact"), (None, "other")]
    assert [(e.side, e.kind) for e in bo.events] == [("right", "initial_contact"), (None, "other")]
    assert any("events of no subject in a file with several, dropped: 1" in warning for warning in ann.warnings)


def test_body_measures_are_a_persons_own_or_nobodys(tmp_path):
    points, labels = two_bodies(prefixed("Ann:"), prefixed("Bo:"))
    groups = listed("Ann", "Bo") | {"PROCESSING": {"Bodymass": np.array([50.0, 70.0]), "Height": 1700.0}}
    ann, bo = read(tmp_path, c3d_bytes(points, labels, groups=groups))
    assert (ann.anthropometry.mass_kg, bo.anthropometry.mass_kg) == (50.0, 70.0)
    assert ann.anthropometry.height_m is bo.anthropometry.height_m is None


def test_channels_that_belong_to_nobody_in_particular_are_said_to(tmp_path):
    points, labels = two_bodies(prefixed("Ann:"), prefixed("Bo:"))
    for recording in read(tmp_path, c3d_bytes(points, labels, analogs=np.ones((40, 1, 2)))):
        assert any("not to one of its subjects" in warning for warning in recording.warnings)


def test_a_file_with_more_subjects_than_a_room_holds_is_refused(tmp_path):
    labels = [f"S{i // 4}:M{i % 4}X" for i in range(404)]
    with pytest.raises(LtmeError, match="101 subjects"):
        read(tmp_path, c3d_bytes(np.ones((2, 404, 3)) * 500.0 + np.arange(404)[:, None], labels))
