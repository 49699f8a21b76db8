"""A file that shrinks, grows, is replaced or vanishes while it is being read: an error in one line, never a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.c3d import C3DReader
from ltme_clinic.recordings.oracle.made_files import MadeFile, made_bytes
from ltme_clinic.types import LtmeError

FRAMES = 60_000
LARGE = MadeFile(frames=4, points=12, missing_share=0.0)


def large_file(path: Path, frames: int = FRAMES) -> int:
    """A file of zeros behind a true header, mostly a hole on the disk; its length in bytes."""
    content = bytearray(made_bytes(LARGE))
    content[8:10] = int(frames).to_bytes(2, "little")  # the last frame's number
    start = 512 * (int.from_bytes(content[16:18], "little") - 1)
    length = start + frames * 16 * LARGE.points
    path.write_bytes(content)
    os.truncate(path, length)
    return length


def between_blocks(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None], *, block: int) -> list[int]:
    """Let something happen to the file before its block number `block` is read; gives the blocks read, as a list."""
    read: list[int] = []
    readv = os.readv

    def counted(descriptor: int, buffers: list[memoryview]) -> int:
        if len(read) == block:
            happens()
        read.append(block)
        return readv(descriptor, buffers)

    monkeypatch.setattr(os, "readv", counted)
    return read


def refused(path: Path) -> str:
    with pytest.raises(LtmeError) as caught:
        C3DReader().read(path)
    assert "\n" not in str(caught.value)
    return caught.value.fact


needs_readv = pytest.mark.skipif(not hasattr(os, "readv"), reason="this system reads in another way")


@needs_readv
@pytest.mark.parametrize("block", [1, 2, 5, 9])
@pytest.mark.parametrize("kept_share", [0.0, 0.1, 0.5, 0.999])
def test_a_file_truncated_between_two_blocks_is_refused(tmp_path, monkeypatch, block, kept_share):
    path = tmp_path / "trial.c3d"
    length = large_file(path)
    blocks = between_blocks(monkeypatch, lambda: os.truncate(path, int(length * kept_share)), block=block)
    assert "changed while it was being read" in refused(path)
    assert len(blocks) > block


@needs_readv
def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "trial.c3d"
    length = large_file(path)
    between_blocks(monkeypatch, lambda: os.truncate(path, length + 4096), block=4)
    assert "changed" in refused(path)


@needs_readv
def test_a_file_that_is_overwritten_in_place_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "trial.c3d"
    large_file(path)

    def overwrite() -> None:
        with path.open("r+b") as file:
            file.seek(-16, os.SEEK_END)
            file.write(np.ones(4, "<f4").tobytes())
        os.utime(path, (1.0, 1.0))  # a coarse clock might show the old time

    between_blocks(monkeypatch, overwrite, block=3)
    assert "changed" in refused(path)


@needs_readv
@pytest.mark.parametrize("happens", [os.unlink, lambda path: os.replace(large_twin(path), path)])
def test_a_file_that_vanishes_or_is_replaced_is_refused(tmp_path, monkeypatch, happens):
    path = tmp_path / "trial.c3d"
    large_file(path)
    between_blocks(monkeypatch, lambda: happens(path), block=3)
    assert "changed" in refused(path)


def large_twin(path: Path) -> Path:
    twin = path.with_name("twin.c3d")
    large_file(twin)
    return twin


@needs_readv
def test_the_next_file_is_read_after_a_truncated_one(tmp_path, monkeypatch):
    path = tmp_path / "trial.c3d"
    large_file(path)
    with monkeypatch.context() as patch:
        between_blocks(patch, lambda: os.truncate(path, 0), block=2)
        refused(path)
    large_file(path)
    assert C3DReader().read(path).frames == FRAMES


def test_another_process_that_truncates_and_restores_a_file_never_ends_the_reader(tmp_path):
    """Nothing is staged here: a second process shrinks and restores the file as fast as it can while it is read."""
    path = tmp_path / "trial.c3d"
    length = large_file(path)
    program = (
        "import os, sys, time\n"
        "path, length = sys.argv[1], int(sys.argv[2])\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    os.truncate(path, length // 3)\n"
        "    time.sleep(0.002)\n"
        "    os.truncate(path, length)\n"
        "    time.sleep(0.004)\n"
    )
    command = [sys.executable, "-c", program, str(path), str(length)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as shrinker:
        assert shrinker.stdout is not None
        shrinker.stdout.readline()
        refusals = 0
        try:
            for _ in range(60):
                try:
                    read_recordings(path)
                except LtmeError:
                    refusals += 1
        finally:
            shrinker.kill()
    assert refusals > 10
