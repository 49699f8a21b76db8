"""Files that are no recording, and everything a user can get wrong: one line, exit 1, nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import REPOSITORY, Ltme, counted, is_one_line


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
    assert [counted(done.stdout, what) for what in ("taken", "refused")] == [1, 2]
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


@pytest.mark.skipif(os.name == "nt", reason="this system has no such names")
def test_names_and_labels_from_a_file_cannot_steer_the_terminal(good: bytes, ltme: Ltme, tmp_path: Path) -> None:
    name = b"forged\n\x1b[31mok\xff.c3d"
    file = os.path.join(os.fsencode(tmp_path), name)
    hostile = good.replace(b"C7  ", b"\x1b[2J", 1)
    assert hostile != good
    with open(file, "wb") as stream:
        stream.write(hostile)
    for command in (["inspect", file], ["embed", file, "--out", tmp_path / "t.parquet"]):
        done = ltme(*[os.fsdecode(part) for part in command])
        assert done.returncode == 0, done.stderr
        assert "\x1b" not in done.stdout + done.stderr
    as_json = ltme("inspect", os.fsdecode(file), "--json").stdout
    assert as_json.isascii()
    assert "\x1b" not in as_json


@pytest.mark.skipif(os.name == "nt", reason="this system has no such device")
@pytest.mark.parametrize(
    "arguments",
    [
        ["embed", "GOOD", "--out", "/dev/null/x.parquet"],
        ["simulate", "--patients", "1", "--trials", "1", "--out", "/dev/null/v"],
        ["generate", "squat", "--out", "/dev/null/x.c3d"],
        ["report", "--patient", "VP-001", "--out", "/dev/null/x.pdf", "--store", "STORE"],
        ["reference", "build", "--virtual", "40", "--out", "/dev/null/x.safetensors"],
        ["add", "GOOD", "--store", "/dev/null/s"],
    ],
)
def test_a_place_that_cannot_be_written_is_one_line(
    clinic: Path, store: Path, ltme: Ltme, arguments: list[str]
) -> None:
    places = {"GOOD": next(clinic.glob("VP-001/*/trial_01.c3d")), "STORE": store}
    done = ltme(*[places.get(part, part) for part in arguments])
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    assert "/dev/null" in done.stderr.splitlines()[-1] or "x." in done.stderr.splitlines()[-1]


@pytest.mark.skipif(os.name == "nt", reason="this system has no limit on files' size")
def test_a_full_disk_stops_intake_with_one_line_and_what_was_taken_stays(
    clinic: Path, ltme: Ltme, tmp_path: Path
) -> None:
    place = tmp_path / "store"
    file = next(clinic.glob("VP-001/*/trial_01.c3d"))
    assert ltme("add", file, "--patient", "P-1", "--store", place).returncode == 0
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000));"
        "from ltme_clinic.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, "add", str(clinic), "--patient", "P-1", "--store", str(place)],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=120,
    )
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if str(place) in line]) == 1
    assert ltme("findings", "--patient", "P-1", "--store", place).returncode == 0


def test_a_patient_without_a_walk_is_said_in_one_line(good: bytes, ltme: Ltme, tmp_path: Path) -> None:
    from ltme_clinic.access import local_principal
    from ltme_clinic.store import Store

    file = tmp_path / "a.c3d"
    file.write_bytes(good)
    ltme("add", file, "--patient", "P-1", "--store", tmp_path / "s")
    with Store.open(tmp_path / "s") as store:
        (trial,) = store.trials(local_principal(), "P-1")
        store.assign(local_principal(), trial.recording_id, "P-2", None)
    for command in ("findings", "track"):
        done = ltme(command, "--patient", "P-1", "--store", tmp_path / "s")
        assert (done.returncode, done.stdout) == (1, "")
        assert is_one_line(done.stderr)
        assert "no walk to look at" in done.stderr
