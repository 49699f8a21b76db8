"""`ltme simulate`: what it writes, that it goes on, and what it refuses in one line."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from ltme_clinic.cli import app
from ltme_clinic.errors import LtmeError
from ltme_clinic.recordings import read_recordings


def simulated(*words: str) -> str:
    result = CliRunner().invoke(app, ["simulate", *words])
    if isinstance(result.exception, LtmeError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_course_with_plates_in_a_vendors_dialect_is_written_and_goes_on(tmp_path):
    words = ("--out", str(tmp_path), "--patients", "1", "--visits", "2", "--trials", "1", "--seconds", "4")
    words += ("--course", "decline", "--impairment", "crouch", "--severity", "0.8", "--plates", "2")
    words += ("--dialect", "vicon-nexus", "--static", "--workers", "1")
    assert "4 virtual recordings" in simulated(*words)
    assert "4 virtual recordings" in simulated(*words)
    truths = [json.loads(path.read_text()) for path in sorted(tmp_path.rglob("*.truth.json"))]
    assert [truth["severity"] for truth in truths] == [0.0, 0.8]
    walk = read_recordings(sorted(tmp_path.rglob("trial_01.c3d"))[0])[0]
    assert len(walk.force_plates) == 2
    assert walk.origin == "virtual"


def test_an_exercise_with_a_fault_is_written(tmp_path):
    simulated(
        "--out", str(tmp_path), "--patients", "1", "--trials", "1", "--exercise", "squat", "--fault", "trunk_lean=1"
    )
    truth = json.loads(next(tmp_path.rglob("*.truth.json")).read_text())
    assert truth["exercise"] == "squat"
    assert truth["faults"]["trunk_lean"] == 1.0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--impairment", "gout"), "there is no 'gout'"),
        (("--dialect", "word"), "'word' is not known"),
        (("--aid", "stick"), "Use cane left, cane right"),
        (("--run", "--exercise", "squat"), "exclude each other"),
        (("--fault", "trunk_lean=1"), "Name it with --exercise"),
        (("--exercise", "squat", "--fault", "trunk_lean"), "Write it as name=0.5"),
        (("--pacing", "hop"), "'hop' is not known"),
    ],
)
def test_a_wrong_wish_is_refused_in_one_line(tmp_path, words, said):
    with pytest.raises(LtmeError, match=said) as refused:
        simulated("--out", str(tmp_path), "--patients", "1", "--trials", "1", *words)
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.rglob("*.c3d"))
