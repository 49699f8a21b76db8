"""Files that are no recording, and everything a user can get wrong: one line, exit 1, nothing left behind."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from command_line import Ltme, is_one_line


@pytest.fixture(scope="module")
def good(clinic: Path) -> bytes:
    return next(clinic.glob("VP-001/*/trial_01.c3d")).read_bytes()


def damaged(good: bytes, kind: str) -> bytes:
    """A valid file, spoilt."""
    if kind == "empty":
        return b""
    if kind == "text":
        return b"this is a letter, not a recording\n" * 100
    if kind == "header only":
        return good[:512]
    if kind == "truncated":
        return good[: len(good) * 2 // 3]
    if kind == "zeroed parameters":
        return good[:512] + bytes(2048) + good[2560:]
    rng = np.random.default_rng(5)
    content = bytearray(good)
    for place in rng.integers(0, 1024, 200):
        content[place] = rng.integers(256)
    return bytes(content)


@pytest.mark.parametrize("kind", ["empty", "text", "header only", "truncated", "zeroed parameters", "mutated"])
@pytest.mark.parametrize("command", ["inspect", "embed"])
def test_a_damaged_file_gives_one_clear_line(good: bytes, ltme: Ltme, tmp_path: Path, kind: str, command: str) -> None:
    file = tmp_path / "visit_03.c3d"
    file.write_bytes(damaged(good, kind))
    done = ltme(command, file, *(["--out", tmp_path / "out.parquet"] if command == "embed" else []))
    assert done.returncode == 1
    assert is_one_line(done.stderr), done.stderr
    assert "visit_03.c3d" in done.stderr
    assert not (tmp_path / "out.parquet").exists()


def test_a_folder_of_good_and_bad_files_takes_the_good_and_lists_the_bad(
    good: bytes, ltme: Ltme, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "a.c3d").write_bytes(good)
    (folder / "b.c3d").write_bytes(good[:1000])
    (folder / "c.c3d").write_bytes(b"")
    done = ltme("add", folder, "--patient", "P-1", "--visit", "2024-01-02", "--store", tmp_path / "store")
    assert done.returncode == 3
    assert "taken 1 " in done.stdout
    assert "refused 2" in done.stdout
    assert [line.split(":")[0] for line in done.stderr.splitlines() if ".c3d" in line] == ["b.c3d", "c.c3d"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["inspect", "not_there.c3d"],
        ["inspect", "."],
        ["embed", "not_there", "--out", "x.parquet"],
        ["findings", "--patient", "P-1", "--store", "no-such-store"],
        ["add", "x", "--visit", "yesterday", "--store", "s"],
        ["generate", "handstand", "--out", "x.c3d"],
        ["generate", "squat", "--out", "x.c3d", "--param", "repetitions"],
        ["generate", "squat", "--out", "x.bvh"],
        ["simulate", "--out", "v", "--impairment", "unknown"],
        ["train", "enormous"],
        ["evaluate", "--checkpoint", "not_there.safetensors"],
    ],
)
def test_a_mistake_is_one_line_and_exit_1(ltme: Ltme, tmp_path: Path, arguments: list[str]) -> None:
    resolved = [str(tmp_path / a) if a in ("s", "x", "x.c3d", "x.bvh", "x.parquet", "v", ".") else a for a in arguments]
    done = ltme(*resolved)
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert is_one_line(done.stderr), done.stderr
    assert not any(tmp_path.rglob("*.c3d"))


def test_wrong_usage_is_exit_2(ltme: Ltme) -> None:
    assert ltme("findings").returncode == 2
    assert ltme("no-such-command").returncode == 2


def test_a_patient_nobody_knows_is_refused_in_one_line(store: Path, ltme: Ltme) -> None:
    for command in ("findings", "track"):
        done = ltme(command, "--patient", "nobody", "--store", store)
        assert done.returncode == 1
        assert is_one_line(done.stderr)
        assert "nobody" in done.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_a_fifo_named_like_a_recording_does_not_hang(ltme: Ltme, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.c3d")
    done = ltme("inspect", tmp_path / "pipe.c3d", timeout_s=30)
    assert done.returncode == 1
    assert is_one_line(done.stderr)
