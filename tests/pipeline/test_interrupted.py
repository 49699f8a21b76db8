"""Intake killed, interrupted, crowded and out of room at any moment: nothing lost, nothing doubled, and it goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from intake_files import children_of, copies, start_adding
from sqlalchemy import event
from sqlalchemy.engine import Engine

from ltme_clinic.access import local_principal
from ltme_clinic.assignment import Assignment
from ltme_clinic.embedding import load_model
from ltme_clinic.pipeline import add_recordings, intake
from ltme_clinic.store import Store

WHO = local_principal()
FILES = 24

pytestmark = pytest.mark.skipif(os.name == "nt", reason="this system has no such signals and limits")


@pytest.fixture(scope="module")
def files(clinic: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two patients' walks of one day each."""
    content = next(clinic.glob("VP-002/*/trial_01.c3d")).read_bytes()
    folder = tmp_path_factory.mktemp("files")
    copies(content, folder / "P-1" / "2024-03-05", FILES // 2)
    copies(content, folder / "P-2" / "2024-03-05", FILES // 2, start=FILES // 2)
    return folder


def assert_whole(place: Path, *, encoded: bool = False) -> int:
    """Every recording has its files, its clip can be read, and the log is unbroken; how many there are."""
    with Store.open(place) as store:
        assert store.sweep(older_than_s=1e9).missing == ()
        assert store.verify_audit().intact
        trials = [trial for patient in store.patients(WHO) for trial in store.trials(WHO, patient.pseudonym)]
        for trial in trials:
            assert store.clip(WHO, trial.recording_id).recording_id == trial.recording_id
            assert not encoded or store.has_embedding(WHO, trial.recording_id, load_model().fingerprint)
        assert len({trial.recording_id for trial in trials}) == len(trials) == store.counts().recordings
        return len(trials)


def assert_complete(place: Path, *, embeddings: int = 0) -> None:
    assert assert_whole(place, encoded=bool(embeddings)) == FILES
    with Store.open(place) as store:
        assert [(patient.visits, patient.trials) for patient in store.patients(WHO)] == [(1, FILES // 2)] * 2
        assert store.counts().embeddings == embeddings
        store.sweep(older_than_s=0)  # what a killed process had written and nobody named
        named = 1 + bool(embeddings) + bool(next(place.rglob("*.angles.parquet"), None))
        assert len([path for path in place.rglob("*") if ".parquet" in path.name]) == named * FILES


def read_until(adding: subprocess.Popen[str], files_done: int) -> None:
    assert adding.stdout is not None
    for line in adding.stdout:
        if line.strip().isdigit() and int(line) >= files_done:
            return


@pytest.mark.parametrize(("workers", "encode"), [(1, False), (2, True)])
def test_killed_at_any_moment_and_started_again_it_loses_and_doubles_nothing(
    files: Path, tmp_path: Path, workers: int, encode: bool
) -> None:
    place, chance = tmp_path / "store", random.Random(workers)
    reached = []
    for kill in range(2):
        adding = start_adding(place, files, workers=workers, encode=encode)
        assert adding.stdout is not None
        adding.stdout.readline()
        read_until(adding, 5 * kill + chance.randrange(4))
        time.sleep(chance.uniform(0.0, 0.06))
        children = children_of(adding.pid)
        adding.send_signal(signal.SIGKILL)
        adding.communicate()
        assert_gone(children)
        reached.append(assert_whole(place, encoded=encode))
    assert reached == sorted(reached)
    assert reached[-1] > 0
    go_on(place, files, known=reached[-1], encode=encode)
    assert_complete(place, embeddings=FILES if encode else 0)


def go_on(place: Path, files: Path, *, known: int, encode: bool = False) -> None:
    """Add everything again, in this process."""
    with Store.open(place) as store:
        report = add_recordings(store, [files], Assignment(by_folder=True), workers=1, encode=encode)
    assert (report.taken, report.seen, report.refused) == (FILES - known, known, [])


def assert_gone(pids: list[int]) -> None:
    """Workers end by themselves when whoever started them is gone."""
    deadline = time.monotonic() + 20
    while any(_is_running(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_ctrl_c_keeps_what_is_finished_and_leaves_no_process(files: Path, tmp_path: Path) -> None:
    place = tmp_path / "store"
    adding = start_adding(place, files, workers=2)
    read_until(adding, 8)
    children = children_of(adding.pid)
    adding.send_signal(signal.SIGINT)
    adding.communicate(timeout=60)
    assert adding.returncode != 0
    assert_gone(children)
    kept = assert_whole(place)
    assert kept >= 8
    go_on(place, files, known=kept)
    assert_complete(place)


@pytest.mark.parametrize("statement", ["SELECT person", "INSERT INTO recording", "SELECT audit", "RELEASE SAVEPOINT"])
def test_ctrl_c_within_a_statement_waits_for_the_rows_to_be_written(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    """Cut there, SQLite's lock would stay with the statement, and what was finished could not be stored any more."""
    monkeypatch.setattr(intake, "ROWS_AT_ONCE", 3)
    met: list[str] = []
    reported = [0]

    def press_ctrl_c(_connection, _cursor, sql: str, *_arguments) -> None:
        met.extend([sql] if sql.startswith(statement) else [])
        if len(met) == 5 and sql is met[-1]:  # among the second three files
            os.kill(os.getpid(), signal.SIGINT)

    def watch(_what: str, done: int, _total: int) -> None:
        reported[0] = done

    event.listen(Engine, "after_cursor_execute", press_ctrl_c)
    try:
        with Store.open(tmp_path / "store", create=True) as store, pytest.raises(KeyboardInterrupt):
            add_recordings(store, [files], Assignment(by_folder=True), workers=1, encode=False, progress=watch)
    finally:
        event.remove(Engine, "after_cursor_execute", press_ctrl_c)
    kept = assert_whole(tmp_path / "store")
    assert 3 <= reported[0] <= kept < FILES


def test_two_processes_that_add_the_same_files_at_once_store_each_once(files: Path, tmp_path: Path) -> None:
    place = tmp_path / "store"
    crowd = [start_adding(place, files, workers=workers) for workers in (1, 2)]
    ended = [adding.communicate(timeout=120)[0].splitlines()[-1].split() for adding in crowd]
    assert sum(int(words[1]) for words in ended) == FILES
    assert sum(int(words[2]) for words in ended) == FILES
    assert [words[3] for words in ended] == ["0", "0"]
    assert_complete(place)


def test_a_full_disk_ends_intake_and_leaves_nothing_half_written(files: Path, tmp_path: Path) -> None:
    place = tmp_path / "store"
    Store.open(place, create=True).close()
    adding = start_adding(place, files, workers=2, limit_bytes=40_000)
    _, complained = adding.communicate(timeout=120)
    assert adding.returncode == 1
    assert "Free some space" in complained.splitlines()[-1]
    assert assert_whole(place) == 0
    with Store.open(place) as store:
        store.sweep(older_than_s=0)
    assert not [path for path in place.rglob("*") if ".parquet" in path.name]
    go_on(place, files, known=0)
    assert_complete(place)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_disk_that_fills_up_on_the_way_keeps_what_was_taken(files: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2200k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        adding = start_adding(disk / "store", files, workers=2)
        _, complained = adding.communicate(timeout=120)
        assert adding.returncode == 1
        assert "Free some space" in complained.splitlines()[-1]
        assert 0 < assert_whole(disk / "store") < FILES
    finally:
        subprocess.run(["umount", disk], check=True)
