"""Hostile, damaged and absent files: one clear line each, no crash, no hang; the native library in its child too."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from recordings_c3d_maker import c3d_bytes, walker_mm

from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.oracle.native import NativeReader, ReadLimits, shared_reader
from ltme_clinic.types import LtmeError

SMALL = c3d_bytes(
    walker_mm(12),
    analogs=np.ones((12, 2, 3)),
    groups={
        "EVENT": {
            "USED": 2,
            "TIMES": np.array([[0.0, 0.0], [0.02, 0.08]]),
            "LABELS": ["Foot Strike", "Foot Off"],
            "CONTEXTS": ["Left", "Left"],
        }
    },
)


@pytest.fixture
def reader():
    made = NativeReader(ReadLimits(base_s=3.0, base_memory_bytes=1 << 29))
    yield made
    made.close()


def refusal(path: Path, reader: NativeReader | None = None) -> str:
    with pytest.raises(LtmeError) as caught:
        read_recordings(path, reader=reader)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(path.name)
    return line


def test_the_file_that_is_mutated_below_reads_well_itself(tmp_path, reader):
    path = tmp_path / "whole.c3d"
    path.write_bytes(SMALL)
    (recording,) = read_recordings(path, reader=reader)
    assert recording.frames == 12
    assert len(recording.events) == 2
    assert recording.warnings == ()


@pytest.mark.parametrize("part", range(4))
def test_fifty_seeded_mutants_each_read_or_are_refused(tmp_path, reader, part):
    rng = np.random.default_rng(20 + part)
    started_s = time.monotonic()
    path = tmp_path / "mutant.c3d"
    outcomes = {"read": 0, "refused": 0}
    parameter_end = len(SMALL) - 12 * (4 * 12 + 6) * 4
    for _ in range(50):
        mutant = bytearray(SMALL)
        for _ in range(int(rng.integers(1, 12))):
            # Half the blows fall on the header and parameters' starts, where they hurt most.
            place = int(rng.integers(0, parameter_end if rng.random() < 0.8 else len(mutant)))
            mutant[place] = int(rng.integers(0, 256))
        path.write_bytes(mutant)
        try:
            read_recordings(path, reader=reader)
            outcomes["read"] += 1
        except LtmeError:
            outcomes["refused"] += 1
    assert outcomes["read"] > 3
    assert outcomes["refused"] > 3
    assert time.monotonic() - started_s < 120.0


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize("kept", [1, 3, 300, 511, 512, 513, 700, 1024, 1600, len(SMALL) // 2, len(SMALL) - 700])
def test_a_truncated_file_is_refused(tmp_path, reader, kept, native):
    path = tmp_path / "cut.c3d"
    path.write_bytes(SMALL[:kept])
    refusal(path, reader if native else None)


@pytest.mark.parametrize("native", [False, True])
def test_a_file_cut_within_its_last_frames_is_refused_with_the_count(tmp_path, reader, native):
    path = tmp_path / "cut.c3d"
    path.write_bytes(SMALL[:-500])  # a frame has 216 bytes
    assert "holds 9 of its 12 frames" in refusal(path, reader if native else None)


def test_what_is_no_c3d_file_is_refused_for_what_it_is(tmp_path):
    (tmp_path / "empty.c3d").write_bytes(b"")
    (tmp_path / "text.c3d").write_text("time,LASI_x\n0,1\n" * 100)
    (tmp_path / "folder.c3d").mkdir()
    (tmp_path / "link.c3d").symlink_to(tmp_path / "nowhere.c3d")
    assert "is empty" in refusal(tmp_path / "empty.c3d")
    assert "not a C3D file" in refusal(tmp_path / "text.c3d")
    assert "is a folder" in refusal(tmp_path / "folder.c3d")
    assert "does not exist" in refusal(tmp_path / "link.c3d")
    assert "no such file" in refusal(tmp_path / "absent.c3d")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_a_fifo_is_refused_without_waiting_for_a_writer(tmp_path):
    path = tmp_path / "pipe.c3d"
    os.mkfifo(path)
    assert "not a regular file" in refusal(path)


def test_a_path_with_a_null_byte_is_refused():
    with pytest.raises(LtmeError):
        read_recordings("trial\0.c3d")


def test_the_mips_byte_order_is_refused_by_the_native_library_by_name(tmp_path, reader):
    content = bytearray(SMALL)
    content[512 + 3] = 86
    path = tmp_path / "sgi.c3d"
    path.write_bytes(content)
    assert "MIPS" in refusal(path, reader)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_a_child_killed_while_it_reads_refuses_that_file_and_reads_the_next(tmp_path, reader):
    path = tmp_path / "trial.c3d"
    path.write_bytes(SMALL)
    read_recordings(path, reader=reader)
    pid = reader.child_pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # so that the kill falls within the read
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    assert "ended the reader" in refusal(path, reader)
    assert len(read_recordings(path, reader=reader)) == 1
    assert reader.child_pid != pid


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs POSIX signals")
def test_a_child_that_hangs_is_killed_at_the_limit_and_the_next_file_reads(tmp_path):
    path = tmp_path / "trial.c3d"
    path.write_bytes(SMALL)
    reader = NativeReader(ReadLimits(base_s=1.0))
    try:
        while reader.child_pid is None:
            try:
                read_recordings(path, reader=reader)
            except LtmeError:  # a cold start on a busy machine may take longer than the limit
                continue
        os.kill(reader.child_pid, signal.SIGSTOP)
        assert "within 1 s" in refusal(path, reader)
        reader.limits = ReadLimits()
        assert len(read_recordings(path, reader=reader)) == 1
    finally:
        reader.close()


@pytest.mark.skipif(os.name == "nt", reason="address space can't be limited on Windows")
def test_a_file_that_wants_too_much_memory_is_refused_and_the_next_reads(tmp_path):
    path = tmp_path / "trial.c3d"
    path.write_bytes(c3d_bytes(walker_mm(4000)))  # some 40 MB once decoded
    reader = NativeReader(ReadLimits(base_memory_bytes=1 << 20, memory_per_byte=0.0))
    try:
        refusal(path, reader)
        reader.limits = ReadLimits()
        assert len(read_recordings(path, reader=reader)) == 1
    finally:
        reader.close()


def test_one_warm_child_reads_many_files(tmp_path, reader):
    pids = set()
    for number in range(5):
        path = tmp_path / f"trial{number}.c3d"
        path.write_bytes(SMALL)
        read_recordings(path, reader=reader)
        pids.add(reader.child_pid)
    assert len(pids) == 1


def test_the_native_library_never_enters_the_reading_process(tmp_path):
    path = tmp_path / "trial.c3d"
    path.write_bytes(SMALL)
    program = (
        "import sys; from pathlib import Path; from ltme_clinic.recordings import read_recordings; "
        "from ltme_clinic.recordings.oracle.opinion import ask_oracle; "
        "ask_oracle(Path(sys.argv[1])); print(len(read_recordings(sys.argv[1])), 'ezc3d' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["1", "False"], done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_reads_through_a_child_of_its_own(tmp_path):
    path = tmp_path / "trial.c3d"
    path.write_bytes(SMALL)
    read_recordings(path, reader=shared_reader())
    before = shared_reader().child_pid
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(_frames_and_child, (path,))[0] == 12
        assert pool.apply(_frames_and_child, (path,))[1] != before
    assert read_recordings(path, reader=shared_reader())[0].frames == 12
    assert shared_reader().child_pid == before


def _frames_and_child(path: Path) -> tuple[int, int | None]:
    return read_recordings(path, reader=shared_reader())[0].frames, shared_reader().child_pid


@pytest.mark.parametrize("native", [False, True])
def test_several_threads_share_one_reader(tmp_path, reader, native):
    path = tmp_path / "trial.c3d"
    path.write_bytes(SMALL)
    frames: list[int] = []
    chosen = reader if native else None
    threads = [
        threading.Thread(target=lambda: frames.append(read_recordings(path, reader=chosen)[0].frames)) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert frames == [12] * 6
