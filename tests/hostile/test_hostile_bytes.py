"""A few hundred damaged files of every encoding: each is read or refused, at once and within its memory.

`studies/hostile_bytes` reads fifty thousand of them.
"""

from __future__ import annotations

import os
import tracemalloc
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic.recordings.c3d import C3DReader
from ltme_clinic.types import LtmeError
from studies.hostile_bytes import run
from studies.hostile_bytes.attempts import BASE_BYTES, LONGEST_S, Depth, attempt
from studies.hostile_bytes.mutations import ANYWHERE, CONTROL_EVERY, STEERING, landmarks, mutant
from studies.hostile_bytes.parents import PARENTS, parent_bytes
from studies.hostile_bytes.run import NEED_POINTS_AND_LABELS, as_table, read_batch, summary

MUTANTS = 400
PARTS = 4


@pytest.mark.parametrize("name", PARENTS)
def test_each_parent_is_read_itself(tmp_path, name):
    path = tmp_path / "parent.c3d"
    path.write_bytes(parent_bytes(name))
    assert attempt(path).outcome == "read"
    assert attempt(path, "interpret").outcome == ("refused" if name in NEED_POINTS_AND_LABELS else "read")


@pytest.mark.parametrize("depth", ["decode", "interpret"])
@pytest.mark.parametrize("part", range(PARTS))
def test_only_the_declared_error_leaves_the_reader(tmp_path: Path, part: int, depth: Depth):
    path = tmp_path / "mutant.c3d"
    attempt_once = attempt(path, depth)  # what is loaded on first use is no file's memory
    assert attempt_once.outcome == "refused"
    outcomes = Counter()
    for number in range(part * MUTANTS // PARTS, (part + 1) * MUTANTS // PARTS):
        one = mutant(number)
        path.write_bytes(one.content)
        tried = attempt(path, depth, trace=True)
        if tried.seconds > LONGEST_S:
            tried = attempt(path, depth)
        said = (number, one.parent, one.blows, tried)
        assert tried.outcome != "escape", said
        assert tried.seconds <= LONGEST_S, said
        assert not tried.over_budget(len(one.content), depth), said
        if one.is_control and one.parent not in NEED_POINTS_AND_LABELS:
            assert tried.outcome == "read", said
        outcomes[tried.outcome] += 1
    assert outcomes["read"] > 10
    assert outcomes["refused"] > 10


def test_a_mutant_is_its_number():
    assert all(mutant(number) == mutant(number) for number in range(30))
    assert len({mutant(number).content for number in range(1, 20)}) == 19


def test_half_of_the_blows_fall_on_header_and_parameters_and_every_kind_is_dealt():
    blows = [blow for number in range(1500) for blow in mutant(number).blows]
    share = sum(blow.endswith("preamble") for blow in blows) / len(blows)
    assert share == pytest.approx(0.5, abs=0.05)
    assert {blow.split()[0] for blow in blows} == {kind.__name__ for kind in ANYWHERE + STEERING}
    assert {mutant(number).parent for number in range(400)} == set(PARENTS)


def test_one_file_in_twenty_is_an_undamaged_control():
    controls = [number for number in range(100) if mutant(number).is_control]
    assert controls == list(range(0, 100, CONTROL_EVERY))
    assert all(mutant(number).content == parent_bytes(mutant(number).parent) for number in controls)


def test_the_landmarks_are_where_the_bytes_steer():
    marks, content = landmarks("mips float"), parent_bytes("mips float")
    names = [content[place + 2 : place + 2 + content[place]] for place in marks.name_lengths]
    assert names[:3] == [b"POINT", b"USED", b"FRAMES"]
    assert {content[place] for place in marks.types} == {2, 4, 255}


@pytest.mark.parametrize("declared", [65_535, 32_767])
@pytest.mark.parametrize("word", [2, 4, 18])
def test_what_a_header_only_declares_takes_no_memory(tmp_path, word, declared):
    """A few kilobytes that announce up to 65,535 points or channels: refused before anything of that size is made."""
    content = bytearray(parent_bytes("intel float"))
    content[word : word + 2] = int(declared).to_bytes(2, "little")
    path = tmp_path / "large.c3d"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        C3DReader().read(path)
    except LtmeError:
        pass
    finally:
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak_bytes < BASE_BYTES


def test_a_parameter_that_announces_255_to_the_seventh_values_takes_no_memory(tmp_path):
    name = "long texts"
    content, marks = bytearray(parent_bytes(name)), landmarks(name)
    (grid,) = [place for place in marks.types if content[place + 1 : place + 6] == bytes((4, 5, 5, 5, 5))]
    content[grid + 1 : grid + 9] = bytes((7, *[255] * 7))
    path = tmp_path / "grid.c3d"
    path.write_bytes(content)
    tried = attempt(path, trace=True)
    assert tried.outcome != "escape"
    assert tried.peak_bytes < BASE_BYTES


def test_a_batch_of_the_study_adds_up():
    figures = summary([read_batch(0, 40)])
    assert figures["files"] == 40
    assert figures["mutants"] == 38
    assert figures["escapes"] == []
    assert figures["controls_read_share"] == 1.0
    assert "| escapes | 0 |" in as_table(figures)


def test_values_that_are_no_numbers_are_read_as_missing_or_refused(tmp_path):
    content = bytearray(parent_bytes("intel float"))
    start = landmarks("intel float").data_start
    signalling = np.array([0x7F800001, 0xFF800001, 0x7FC00000, 0x7F800000], "<u4").tobytes()
    content[start : start + 16] = signalling
    path = tmp_path / "nan.c3d"
    path.write_bytes(content)
    raw = C3DReader().read(path)
    assert raw.missing[0, 0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the staged death is inherited by forking")
def test_a_batch_that_kills_its_process_is_an_escape_and_the_others_are_still_read(monkeypatch):
    def deadly(start: int, stop: int) -> dict:
        if start == run.BATCH:
            os._exit(11)
        return {"files": stop - start, "escapes": []}

    monkeypatch.setattr(run, "read_batch", deadly)
    deadly.__module__, deadly.__qualname__ = run.__name__, "read_batch"
    found = dict(run.read_batches([0, run.BATCH, 2 * run.BATCH], 3 * run.BATCH, processes=1))
    assert found[0]["files"] == found[2 * run.BATCH]["files"] == run.BATCH
    assert "died" in found[run.BATCH]["escapes"][0]["error"]


def test_a_study_that_was_stopped_goes_on_where_it_was(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(run, "BATCH", 10)
    monkeypatch.setattr("sys.argv", ["run", "--mutants", "30", "--work", str(tmp_path)])
    run.main()
    assert "| files read (mutants and controls) | 30 |" in capfd.readouterr().out
    first = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(first) == 3
    (stopped, *_) = sorted(first)
    stopped.unlink()
    run.main()
    assert "| files read (mutants and controls) | 30 |" in capfd.readouterr().out
    assert {path for path in first if path.stat().st_mtime_ns != first[path]} == {stopped}
