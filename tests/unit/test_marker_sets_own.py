"""A laboratory adds a marker set as a file of its own, and nothing it writes there can harm."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ltme_clinic.marker_sets import ENVIRONMENT_VARIABLE, detect_marker_set, marker_sets
from ltme_clinic.types import LtmeError

GERMAN = """\
schema_version: 1
name: klinik-nord
title: Beine, Klinik Nord
slots:
  left_knee: [KNIE_LI]
  right_knee: [KNIE_RE]
  left_ankle: [FUSS_LI]
  right_ankle: [FUSS_RE]
  sacrum: [KREUZ]
also: [PLATTE_1]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "nord.yaml").write_text(GERMAN, encoding="utf-8")
    return tmp_path


LABELS = ["Eva:KNIE_LI", "Eva:KNIE_RE", "Eva:fuss li", "Eva:FUSS-RE", "Eva:KREUZ", "Eva:PLATTE_1"]


def test_a_set_in_the_folder_of_the_environment_variable_is_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert detect_marker_set(LABELS).name == "unknown"
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(folder))
    match = detect_marker_set(LABELS)
    assert match.name == "klinik-nord"
    assert match.slots["left_ankle"] == "Eva:fuss li"
    assert match.extras == ("Eva:PLATTE_1",)
    assert marker_sets()["klinik-nord"].own
    monkeypatch.delenv(ENVIRONMENT_VARIABLE)
    assert "klinik-nord" not in marker_sets()


def test_a_file_or_a_folder_may_be_named_for_one_call(folder: Path) -> None:
    for extra in (folder, folder / "nord.yaml", [folder / "nord.yaml"], [folder, folder / "nord.yaml"]):
        assert detect_marker_set(LABELS, extra=extra).name == "klinik-nord"
    assert detect_marker_set(LABELS).name == "unknown"


def test_a_changed_file_is_read_again(folder: Path) -> None:
    file = folder / "nord.yaml"
    assert detect_marker_set(["SCHULTER_LI", *LABELS], extra=file).slots.get("left_shoulder") is None
    file.write_text(GERMAN.replace("  sacrum", "  left_shoulder: [SCHULTER_LI]\n  sacrum"), encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert detect_marker_set(["SCHULTER_LI", *LABELS], extra=file).slots["left_shoulder"] == "SCHULTER_LI"


def test_a_laboratory_s_own_set_wins_against_one_that_fits_as_well(tmp_path: Path) -> None:
    own = 'schema_version: 1\nname: zzz-ours\ntitle: Ours\nboth_sides:\n  asis: ["{L}ASI"]\n  psis: ["{L}PSI"]\n'
    own += '  thigh: ["{L}THI"]\n  knee: ["{L}KNE"]\n  shank: ["{L}TIB"]\n  ankle: ["{L}ANK"]\n  heel: ["{L}HEE"]\n'
    own += '  metatarsal_5: ["{L}TOE"]\n'
    (tmp_path / "ours.yaml").write_text(own, encoding="utf-8")
    labels = [labels[0] for labels in marker_sets()["plug-in-gait-lower-body"].slots.values()]
    assert detect_marker_set(labels).slots["left_toe"] == "LTOE"
    match = detect_marker_set(labels, extra=tmp_path)
    assert match.name == "zzz-ours"
    assert match.slots["left_metatarsal_5"] == "LTOE"
    assert match.confidence < 0.7
    assert "plug-in-gait-lower-body" in [other.name for other in match.alternatives if not other.reads_alike]


def test_a_name_that_is_taken_is_refused(folder: Path) -> None:
    (folder / "other.yaml").write_text(GERMAN.replace("klinik-nord", "cgm2"), encoding="utf-8")
    with pytest.raises(LtmeError, match=r"^other\.yaml: the name 'cgm2' is already in use"):
        marker_sets(folder)
    (folder / "other.yaml").write_text(GERMAN, encoding="utf-8")
    with pytest.raises(LtmeError, match="'klinik-nord' is already in use"):
        marker_sets(folder)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GERMAN.replace("left_knee", "left_knee_cap"), "left_knee_cap' is not a slot"),
        (GERMAN.replace("[KNIE_RE]", "[KNIE-LI]"), "given to both"),
        (GERMAN.replace("[KNIE_RE]", "KNIE_RE"), "slots.right_knee"),
        (GERMAN.replace("PLATTE_1", "KREUZ"), "given to both"),
        (GERMAN + "colour: red\n", "colour"),
        ("!!python/object/apply:os.system ['true']\n", "not valid YAML"),
        ("\x00\x01", "not valid YAML"),
    ],
)
def test_a_mistake_in_it_is_said_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(LtmeError, match=r"^mine\.yaml: ") as caught:
        detect_marker_set(["A"], extra=tmp_path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_is_said_with_its_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "absent"))
    with pytest.raises(LtmeError, match="LTME_MARKER_SETS"):
        marker_sets()


def test_only_regular_yaml_files_are_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe.yaml")
    (folder / "gone.yaml").symlink_to(folder / "nowhere")
    (folder / "notes.txt").write_text("not YAML: [", encoding="utf-8")
    (folder / "inner.yaml").mkdir()
    assert "klinik-nord" in marker_sets(folder)
    with pytest.raises(LtmeError, match="no such folder or file"):
        marker_sets(folder / "pipe.yaml")


def test_a_folder_of_hundreds_of_yaml_files_is_some_other_folder(tmp_path: Path) -> None:
    for number in range(201):
        (tmp_path / f"{number}.yaml").write_text("a: 1\n", encoding="utf-8")
    with pytest.raises(LtmeError, match="holds 201 YAML files"):
        marker_sets(tmp_path)
