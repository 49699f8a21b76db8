"""`ltme convert` as a user runs it: formats, repair, one subject a file, and the mark of made-up motion."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import Ltme, from_json, is_one_line

from ltme_clinic.generator import generate
from ltme_clinic.recordings import read_recordings, write_c3d
from ltme_clinic.types import Recording


@pytest.fixture(scope="module")
def squat() -> Recording:
    return generate("squat", {"repetitions": 1})


@pytest.fixture(scope="module")
def original(squat: Recording, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A squat as if it had been measured, with a gap of 0.1 s in one marker."""
    positions_m = np.array(squat.positions_m)
    positions_m[100:110, squat.marker_labels.index("LKNE")] = np.nan
    path = tmp_path_factory.mktemp("original") / "trial.c3d"
    write_c3d(path, replace(squat, origin="measured", manufacturer="", positions_m=positions_m, subject="P001"))
    return path


def test_a_c3d_file_becomes_a_trc_file_and_what_that_cannot_hold_is_said(ltme: Ltme, original, tmp_path):
    out = tmp_path / "trial.trc"
    done = ltme("convert", original, "--out", out)
    assert done.returncode == 0
    assert done.stdout.startswith(f"{out}: ")
    assert done.stdout.strip().endswith("measured")
    assert "events left out" in done.stderr
    assert "P001" not in done.stdout + done.stderr
    (before,), (after,) = read_recordings(original), read_recordings(out)
    np.testing.assert_allclose(after.positions_m, before.positions_m, atol=1e-6)
    assert (after.origin, after.marker_labels) == ("measured", before.marker_labels)


def test_repairs_are_counted_marked_and_written_down(ltme: Ltme, original, tmp_path):
    out = tmp_path / "repaired.c3d"
    done = ltme("convert", original, "--out", out, "--fill-gaps", "--low-pass", "8")
    assert done.returncode == 0
    assert "gaps filled: 1, left open: 0" in done.stderr
    (repaired,) = read_recordings(out)
    assert not np.isnan(repaired.positions_m).any()
    assert repaired.filled is not None
    assert repaired.filled.sum() == 10
    assert [step.split(":")[0].split()[0] for step in repaired.processing] == ["gaps", "low-pass"]
    (untouched,) = read_recordings(original)
    assert np.isnan(untouched.positions_m).any()


def test_joint_angles_become_a_motion_file(ltme: Ltme, original, tmp_path):
    out = tmp_path / "angles.mot"
    assert ltme("convert", original, "--out", out).returncode == 0
    told = from_json(ltme("inspect", out, "--json"))
    assert "LKneeAngles" in told[0]["model_outputs"]["angle"]


def test_of_two_people_one_has_to_be_chosen(ltme: Ltme, squat, tmp_path):
    both_m = np.concatenate([squat.positions_m, squat.positions_m + np.array([0.0, 2.0, 0.0])], axis=1)
    labels = tuple(f"{who}:{label}" for who in ("Ann", "Bo") for label in squat.marker_labels)
    path = tmp_path / "two.c3d"
    write_c3d(
        path, replace(squat, origin="measured", marker_labels=labels, positions_m=both_m, model_outputs=(), subject="")
    )
    refused = ltme("convert", path, "--out", tmp_path / "one.trc")
    assert (refused.returncode, is_one_line(refused.stderr)) == (1, True)
    assert "holds 2 subjects. Choose one: --subject 1 to 2" in refused.stderr
    assert ltme("convert", path, "--out", tmp_path / "one.trc", "--subject", "2").returncode == 0
    (chosen,) = read_recordings(tmp_path / "one.trc")
    np.testing.assert_allclose(chosen.positions_m, both_m[:, squat.positions_m.shape[1] :], atol=1e-5)
    beyond = ltme("convert", path, "--out", tmp_path / "one.trc", "--subject", "3")
    assert (beyond.returncode, "has no subject 3" in beyond.stderr) == (1, True)


def test_a_generated_exercise_keeps_its_mark_from_format_to_format(ltme: Ltme, tmp_path):
    trc, c3d, mot = tmp_path / "squat.trc", tmp_path / "squat.c3d", tmp_path / "squat.mot"
    made = ltme("generate", "squat", "--param", "repetitions=1", "--out", trc)
    assert (made.returncode, "SYNTHETIC" in made.stdout) == (0, True)
    assert "SYNTHETIC" in trc.read_text().splitlines()[0]
    done = ltme("convert", trc, "--out", c3d)
    assert "SYNTHETIC (generated)" in done.stdout
    assert ltme("generate", "squat", "--param", "repetitions=1", "--out", mot).returncode == 0
    assert [read_recordings(path)[0].origin for path in (trc, c3d, mot)] == ["generated"] * 3


@pytest.mark.parametrize(
    ("out", "options", "code", "said"),
    [
        ("trial.xyz", (), 1, "the format '.xyz' is not written"),
        ("nowhere/trial.trc", (), 1, "can't be written"),
        ("trial.mot", ("--content", "forces"), 1, "no usable force plate"),
        ("trial.trc", ("--content", "forces"), 1, "no choice of content"),
        ("trial.mot", ("--content", "all"), 2, "not one of forces, angles"),
        ("trial.trc", ("--low-pass", "90"), 1, "can't be had at 100 frames a second"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_written(
    ltme: Ltme, original, tmp_path, out, options, code, said
):
    done = ltme("convert", original, "--out", tmp_path / out, *options)
    assert done.returncode == code
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_the_original_is_never_written_over(ltme: Ltme, original):
    before = original.read_bytes()
    done = ltme("convert", original, "--out", original)
    assert (done.returncode, "is the original" in done.stderr) == (1, True)
    assert original.read_bytes() == before
