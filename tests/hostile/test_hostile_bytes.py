"""A few hundred damaged files of every encoding: each is read or refused, at once and within its memory.

`studies/hostile_bytes` reads tens of thousands of them. What is read here is read in a child process, as the study does
it: one that dies or hangs fails a test and ends no others.
"""

from __future__ import annotations

import json
import os
import time
import tracemalloc
import warnings
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.c3d import C3DReader
from ltme_clinic.types import LtmeError
from studies.hostile_bytes import attempts, run
from studies.hostile_bytes.attempts import BASE_BYTES, DEPTHS, Depth, attempt
from studies.hostile_bytes.mutations import AIMED, ANYWHERE, CONTROL_EVERY, STEERING, landmarks, mutant
from studies.hostile_bytes.parents import NAME_PARENTS, OF_SERIES, PARENTS, PERSON, PLATE_PARENTS, Series, parent_bytes
from studies.hostile_bytes.run import NEED_POINTS_AND_LABELS, Batch, as_table, read_batch, read_batches, summary

TRACED_EVERY = 4
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="what is staged is inherited by forking")


@pytest.mark.parametrize("name", PARENTS)
def test_each_parent_is_read_itself(tmp_path, name):
    path = tmp_path / "parent.c3d"
    path.write_bytes(parent_bytes(name))
    assert attempt(path).outcome == "read"
    assert attempt(path, "interpret").outcome == ("refused" if name in NEED_POINTS_AND_LABELS else "read")


@pytest.mark.parametrize(
    ("name", "depth"), [(n, "forces") for n in PLATE_PARENTS] + [(n, "deidentify") for n in NAME_PARENTS]
)
def test_each_parent_with_plates_or_a_name_is_read_and_copied_itself(tmp_path, name, depth):
    path = tmp_path / "parent.c3d"
    path.write_bytes(parent_bytes(name))
    tried = attempt(path, depth)
    assert tried.outcome == "read", tried


def test_usable_plates_of_all_seven_types_are_among_the_parents(tmp_path):
    path, usable = tmp_path / "parent.c3d", set()
    for name in PLATE_PARENTS:
        path.write_bytes(parent_bytes(name))
        (recording,) = read_recordings(path)
        usable |= {plate.kind for plate in recording.force_plates if plate.usable}
    assert usable == {1, 2, 3, 4, 5, 6, 7}


def test_the_name_stands_all_over_the_parents_that_hold_one():
    for name in NAME_PARENTS:
        content = parent_bytes(name)
        assert content.count(PERSON.encode("cp1252")) > 20
        assert content.endswith(PERSON.encode("cp1252"))  # behind the data as well


@needs_fork
@pytest.mark.parametrize(
    ("series", "depth", "start", "stop"),
    [("reader", depth, start, start + 200) for depth in ("decode", "interpret") for start in (0, 200)]
    + [("plates", "forces", 0, 240), ("names", "deidentify", 0, 160)],
)
def test_only_the_declared_error_leaves_the_reader(monkeypatch, series: Series, depth: Depth, start: int, stop: int):
    monkeypatch.setattr(run, "steps", lambda _series, number: [(depth, number % TRACED_EVERY == 1)])
    ((_, found),) = read_batches([Batch(series, start, stop)], processes=1)
    assert found["escapes"] == []
    assert found["slow"] == []
    assert found["over_budget"] == []
    assert found["controls_read"] == found["controls"] > 0
    outcomes = found["outcomes"]
    assert sum(outcomes.values()) == stop - start
    assert outcomes[f"{depth} mutant read"] > 10
    assert outcomes[f"{depth} mutant refused"] > 10


@pytest.mark.parametrize("series", OF_SERIES)
def test_a_mutant_is_its_number(series: Series):
    assert all(mutant(number, series) == mutant(number, series) for number in range(30))
    assert len({mutant(number, series).content for number in range(1, 20)}) == 19


@pytest.mark.parametrize("series", OF_SERIES)
def test_half_of_the_blows_fall_on_header_and_parameters_and_every_kind_is_dealt(series: Series):
    blows = [blow for number in range(1500) for blow in mutant(number, series).blows]
    share = sum(blow.endswith("preamble") for blow in blows) / len(blows)
    assert share == pytest.approx(0.5, abs=0.05)
    assert {blow.split()[0] for blow in blows} == {kind.__name__ for kind in ANYWHERE + STEERING + AIMED[series]}
    assert {mutant(number, series).parent for number in range(400)} == set(OF_SERIES[series])


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
    figures = summary([read_batch(Batch("reader", 0, 40)), read_batch(Batch("plates", 0, 20))])
    assert figures["files"] == 60
    assert figures["escapes"] == []
    assert figures["controls_read_share"] == 1.0
    assert sum(count for name, count in figures["outcomes"].items() if name.startswith("forces")) == 20
    assert "| escapes | 0 |" in as_table(figures)


def test_the_study_reads_a_fifth_as_many_files_of_each_other_series():
    counts = Counter()
    for batch in run.batches_of(5_000):
        counts[batch.series] += batch.stop - batch.start
    assert counts == {"reader": 5_000, "plates": 1_000, "names": 1_000}


def test_values_that_are_no_numbers_are_read_as_missing_or_refused(tmp_path):
    content = bytearray(parent_bytes("intel float"))
    start = landmarks("intel float").data_start
    signalling = np.array([0x7F800001, 0xFF800001, 0x7FC00000, 0x7F800000], "<u4").tobytes()
    content[start : start + 16] = signalling
    path = tmp_path / "nan.c3d"
    path.write_bytes(content)
    raw = C3DReader().read(path)
    assert raw.missing[0, 0]


@needs_fork
def test_a_batch_that_kills_its_process_is_an_escape_and_the_others_are_still_read(monkeypatch):
    def deadly(batch: Batch) -> dict:
        if batch.start == run.BATCH:
            os._exit(11)
        return {"files": batch.stop - batch.start, "escapes": []}

    monkeypatch.setattr(run, "read_batch", deadly)
    deadly.__module__, deadly.__qualname__ = run.__name__, "read_batch"
    batches = run.batches_of(3 * run.BATCH)[:3]
    found = dict(read_batches(batches, processes=1))
    assert found[batches[0]]["files"] == found[batches[2]]["files"] == run.BATCH
    assert "died" in found[batches[1]]["escapes"][0]["error"]


@needs_fork
def test_a_file_that_hangs_the_reader_is_an_escape_too(monkeypatch, capfd):
    monkeypatch.setattr(attempts, "HANG_S", 0.2)
    monkeypatch.setitem(DEPTHS, "decode", lambda _path: time.sleep(60.0))
    ((_, found),) = read_batches([Batch("reader", 1, 2)], processes=1)
    assert "hung" in found["escapes"][0]["error"]
    assert "Timeout" in capfd.readouterr().err  # and the place where it hung is told


def test_time_that_other_processes_take_is_no_fault_of_the_file(tmp_path, monkeypatch):
    monkeypatch.setitem(DEPTHS, "decode", lambda _path: time.sleep(0.2))
    assert attempt(tmp_path / "waiting.c3d").seconds < 0.1
    monkeypatch.setitem(DEPTHS, "decode", lambda _path: sum(range(3_000_000)))
    assert attempt(tmp_path / "busy.c3d").seconds > 0.005


@pytest.mark.parametrize("leaves", [RuntimeWarning, DeprecationWarning])
def test_a_warning_is_an_escape(tmp_path, monkeypatch, leaves):
    monkeypatch.setitem(DEPTHS, "decode", lambda _path: warnings.warn("to the terminal", leaves, stacklevel=1))
    assert attempt(tmp_path / "trial.c3d").outcome == "escape"


def test_infinite_forces_are_an_escape(tmp_path, monkeypatch):
    path = tmp_path / "plates.c3d"
    path.write_bytes(parent_bytes("plates 1 to 3"))

    def infinite(_plate: object, analogs: object) -> SimpleNamespace:
        samples = len(analogs.values)  # type: ignore[attr-defined]
        vectors = np.full((samples, 3), np.inf)
        fields = dict.fromkeys(("force_n", "moment_nm", "centre_of_pressure_m"), vectors)
        return SimpleNamespace(**fields, free_moment_nm=np.zeros(samples), warnings=())

    monkeypatch.setattr(attempts, "plate_forces", infinite)
    assert attempt(path, "forces").outcome == "escape"


@pytest.mark.parametrize("spoil", ["names", "signals"])
def test_a_copy_that_names_somebody_or_holds_other_signals_is_an_escape(tmp_path, monkeypatch, spoil):
    path = tmp_path / "named.c3d"
    path.write_bytes(parent_bytes("a name"))

    def careless(source: Path, folder: str, *_: object, **__: object) -> SimpleNamespace:
        copy, content = Path(folder) / "P-AAAAAAAA_T-AAAAAAAA.c3d", bytearray(parent_bytes("intel float"))
        if spoil == "names":
            content = bytearray(source.read_bytes())
        copy.write_bytes(content)
        return SimpleNamespace(outputs=(copy,))

    monkeypatch.setattr(attempts, "deidentify_file", careless)
    assert attempt(path, "deidentify").outcome == "escape"


@needs_fork
def test_a_study_that_was_stopped_goes_on_where_it_was(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(run, "BATCH", 10)
    monkeypatch.setattr("sys.argv", ["run", "--mutants", "30", "--work", str(tmp_path)])
    run.main()
    assert "| files read (mutants and controls) | 42 |" in capfd.readouterr().out
    first = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(first) == 5
    stopped = sorted(first)[-1]
    assert json.loads(stopped.read_text())["files"] == 10
    stopped.unlink()
    run.main()
    assert "| files read (mutants and controls) | 42 |" in capfd.readouterr().out
    assert {path for path in first if path.stat().st_mtime_ns != first[path]} == {stopped}
