"""The second opinion on one file: agreement, a known fault, a refusal, a crash; never an error of its own."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.recordings.c3d import C3DReader
from ltme_clinic.recordings.oracle import native
from ltme_clinic.recordings.oracle.made_files import MadeFile, made_bytes
from ltme_clinic.recordings.oracle.opinion import OracleOpinion, ask_oracle
from ltme_clinic.types import LtmeError


def asked(folder, made: MadeFile) -> OracleOpinion:
    path = folder / "trial.c3d"
    path.write_bytes(made_bytes(made))
    return ask_oracle(path)


@pytest.mark.parametrize("storage", ["float", "integer"])
@pytest.mark.parametrize("byte_order", ["Intel", "DEC"])
def test_on_a_plain_file_only_the_known_fault_of_the_residual_bytes_remains(tmp_path, byte_order, storage):
    opinion = asked(tmp_path, MadeFile(byte_order=byte_order, storage=storage, channels=3, events=4, first_frame=9))
    assert {found.field for found in opinion.disagreements} == {"residuals", "camera_masks"}
    assert opinion.unexplained == ()
    assert all("byte" in why for why in opinion.reasons)


def test_a_file_without_points_missing_or_masks_agrees_on_every_value(tmp_path):
    path = tmp_path / "trial.c3d"
    path.write_bytes(made_bytes(MadeFile(channels=2)))
    ours = replace(C3DReader().read(path), residuals=None, camera_masks=None)
    opinion = ask_oracle(path, ours)
    assert (opinion.verdict, opinion.disagreements) == ("agrees", ())


def test_a_wrong_value_of_ours_has_no_known_reason(tmp_path):
    path = tmp_path / "trial.c3d"
    path.write_bytes(made_bytes(MadeFile(channels=2)))
    ours = C3DReader().read(path)
    opinion = ask_oracle(path, replace(ours, points=ours.points + np.float32(1.0)))
    assert opinion.verdict == "disagrees"
    assert [found.field for found in opinion.unexplained] == ["points"]


def test_unsigned_analogs_differ_for_a_known_reason(tmp_path):
    opinion = asked(tmp_path, MadeFile(storage="integer", unsigned=True, channels=2))
    assert any("unsigned" in why for why in opinion.reasons)
    assert opinion.unexplained == ()


ODD = MadeFile(frames=24, channels=3, samples=4, first_frame=3)
NEGATIVE = {"ANALOG": {"OFFSET": np.array([-5, -32768, 30])}}


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (replace(ODD, with_parameters=False), "without a parameter section"),
        (replace(ODD, leave_out=("ANALOG:RATE",)), "leave out"),
        (replace(ODD, leave_out=("ANALOG:USED",)), "leave out"),
        (replace(ODD, storage="integer", leave_out=("POINT:SCALE",)), "leave out"),
        (replace(ODD, storage="integer", groups=NEGATIVE), "negative analog offset"),
        (replace(ODD, rate_hz=60.0, samples=17, groups={"ANALOG": {"RATE": 1000.0}}), "do not divide"),
        (
            MadeFile(frames=66_000, points=1, storage="integer", groups={"POINT": {"FRAMES": np.array(464)}}),
            "frame numbers that the header can write",
        ),
    ],
)
def test_each_known_fault_of_the_oracle_is_told_from_the_file(tmp_path, made, reason):
    opinion = asked(tmp_path, made)
    assert opinion.verdict == "disagrees"
    assert any(reason in why for why in opinion.reasons)
    assert not [found for found in opinion.unexplained if found.is_signal]


def test_a_known_fault_explains_nothing_on_a_file_without_its_cause(tmp_path):
    path = tmp_path / "trial.c3d"
    path.write_bytes(made_bytes(ODD))
    ours = C3DReader().read(path)
    wrong = replace(ours, analogs=ours.analogs[:-4] + 1.0, points=ours.points[1:], missing=ours.missing[1:])
    wrong = replace(wrong, residuals=None, camera_masks=None)
    opinion = ask_oracle(path, wrong)
    assert {"frames", "points", "analogs"} <= {found.field for found in opinion.unexplained}


def test_what_the_oracle_refuses_says_nothing_against_the_file(tmp_path):
    opinion = asked(tmp_path, MadeFile(byte_order="MIPS"))
    assert opinion.verdict == "refused"
    assert "MIPS" in opinion.sentence


def test_an_opinion_survives_json(tmp_path):
    said = asked(tmp_path, MadeFile(storage="integer", unsigned=True, channels=2)).as_dict()
    assert json.loads(json.dumps(said)) == said
    assert said["verdict"] == "disagrees"


def test_where_both_readers_refuse_our_refusal_is_the_error(tmp_path):
    path = tmp_path / "text.c3d"
    path.write_text("time,x\n" * 200)
    with pytest.raises(LtmeError, match="not a C3D file"):
        ask_oracle(path)


def test_a_file_that_only_the_oracle_reads_is_said(tmp_path):
    path = tmp_path / "cut.c3d"
    path.write_bytes(made_bytes(MadeFile(frames=200))[:-6000])
    opinion = ask_oracle(path)
    assert opinion.verdict == "only_the_oracle_reads_it"
    assert "cut off" in opinion.sentence


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs POSIX signals")
def test_an_oracle_that_hangs_is_an_answer_and_the_next_file_gets_a_fresh_one(tmp_path, monkeypatch):
    path = tmp_path / "trial.c3d"
    path.write_bytes(made_bytes(MadeFile()))
    reader = native.NativeReader()
    monkeypatch.setattr(native, "shared_reader", lambda: reader)
    try:
        ask_oracle(path)
        reader.limits = native.ReadLimits(base_s=0.5)
        os.kill(reader.child_pid, signal.SIGSTOP)
        assert ask_oracle(path).verdict == "crashed"
        reader.limits = native.ReadLimits()
        assert ask_oracle(path).verdict == "disagrees"
    finally:
        reader.close()
