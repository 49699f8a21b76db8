"""Killed, crowded and full: whatever happens to the process, the store stays whole and adding again finishes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from store_samples import ADMINISTRATOR, CLINICIAN, FINGERPRINT, add, embedding_of, recording

from ltme_clinic.store import Store
from ltme_clinic.types import LtmeError

HERE = Path(__file__).parent

ADDING = """
import sys
import pyarrow.parquet
from store_samples import CLINICIAN, add, embedding_of, recording
from ltme_clinic.store import Store

with Store.open(sys.argv[1], create=True) as store:
    print("ready", flush=True)
    for number in range(int(sys.argv[2]), int(sys.argv[3])):
        print(add(store, number, f"P{number % 5}"), flush=True)
        store.save_embedding(CLINICIAN, embedding_of(recording(number)))
"""


def test_a_process_killed_at_any_moment_leaves_nothing_half_written(tmp_path):
    number_of_recordings, rng = 24, random.Random(7)
    for killing in range(3):
        child = _start(tmp_path, 0, number_of_recordings)
        assert child.stdout is not None
        for _line in range(1 + 5 * killing + rng.randrange(5)):  # each time a little further than the last
            child.stdout.readline()
        time.sleep(rng.uniform(0.0, 0.03))  # and somewhere within the adding of one recording
        child.send_signal(signal.SIGKILL)
        child.wait()
        with Store.open(tmp_path, create=True) as store:
            _assert_whole(store)
    with Store.open(tmp_path) as store:
        outcomes = [add(store, number, f"P{number % 5}") for number in range(number_of_recordings)]
        assert set(outcomes) == {"seen", "added"}  # something was stored before a kill, something after
        for number in range(number_of_recordings):
            store.save_embedding(CLINICIAN, embedding_of(recording(number)))
        _assert_whole(store)
        counts = store.counts()
        assert (counts.recordings, counts.embeddings, counts.patients) == (
            number_of_recordings,
            number_of_recordings,
            5,
        )
        store.sweep(older_than_s=0)
        assert len([path for path in tmp_path.rglob("*") if ".parquet" in path.name]) == 3 * number_of_recordings
        assert store.verify_audit().intact


KILLING = """
import os, signal, sys
from contextlib import contextmanager
from store_samples import add
from ltme_clinic.store import Store

store, writing, moment = Store.open(sys.argv[1]), Store._writing, sys.argv[2]

@contextmanager
def killed(self):
    if moment == "files written":
        os.kill(os.getpid(), signal.SIGKILL)
    with writing(self) as session:
        yield session
        session.flush()
        if moment == "rows written":
            os.kill(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)

Store._writing = killed
add(store, 1)
"""


@pytest.mark.parametrize(
    ("moment", "left_over", "then"),
    [("files written", 2, "added"), ("rows written", 2, "added"), ("rows committed", 0, "seen")],
)
def test_a_kill_between_two_steps_loses_and_doubles_nothing(tmp_path, moment, left_over, then):
    Store.open(tmp_path, create=True).close()
    assert _run(KILLING, tmp_path, moment).wait(timeout=60) == -signal.SIGKILL
    with Store.open(tmp_path) as store:
        _assert_whole(store)
        assert add(store, 1) == then
        assert store.sweep(older_than_s=0).removed == left_over
        _assert_whole(store)
        assert store.counts().recordings == 1
        assert store.verify_audit().rows == 1


def test_two_processes_adding_at_once_store_everything_once(tmp_path):
    children = [_start(tmp_path, start, start + 16) for start in (0, 8)]  # they also race to make the store
    outcomes = []
    for child in children:
        printed, complained = child.communicate(timeout=120)
        assert child.returncode == 0, complained
        outcomes += printed.split()[1:]
    assert sorted(outcomes) == ["added"] * 24 + ["seen"] * 8
    with Store.open(tmp_path) as store:
        _assert_whole(store)
        assert store.counts().recordings == 24
        assert store.sweep(older_than_s=0).removed == 0  # whoever came second cleaned up
        assert store.verify_audit().intact


def test_two_workers_never_get_the_same_job(tmp_path):
    with Store.open(tmp_path, create=True) as store:
        jobs = [store.enqueue(CLINICIAN, "add", {"number": number}) for number in range(30)]
    claiming = (
        "import sys; from ltme_clinic.store import Store; store = Store.open(sys.argv[1])\n"
        "while job := store.claim_job(sys.argv[2]): print(job.id)"
    )
    children = [_run(claiming, tmp_path, worker) for worker in ("a", "b")]
    claimed = [int(number) for child in children for number in child.communicate(timeout=60)[0].split()]
    assert sorted(claimed) == jobs


def test_a_disk_without_room_is_said_in_one_line_and_stores_nothing(tmp_path):
    with Store.open(tmp_path, create=True) as store:
        add(store, 0)
    limited = (
        "import resource, sys\n"
        "from store_samples import add\n"
        "from ltme_clinic.store import Store\n"
        "from ltme_clinic.types import LtmeError\n"
        "store = Store.open(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try:\n    add(store, 1)\n"
        "except LtmeError as error:\n    print(error)\n"
    )
    printed, complained = _run(limited, tmp_path).communicate(timeout=60)
    assert "no room to write" in printed, complained
    assert len(printed.splitlines()) == 1
    with Store.open(tmp_path) as store:
        _assert_whole(store)
        assert store.counts().recordings == 1
        assert store.sweep(older_than_s=0).removed == 0
        assert add(store, 1) == "added"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_disk_that_fills_up_refuses_in_one_line_and_what_was_stored_is_whole(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        outcomes: list[str] = []
        with Store.open(disk / "store", create=True) as store:
            with pytest.raises(LtmeError, match="Free some space") as refused:
                _add_until_refused(store, outcomes)
            assert "\n" not in str(refused.value)
            stored = len(outcomes)
            assert stored > 2
            _assert_whole(store)
            assert store.counts().recordings == stored
            store.sweep(older_than_s=0)
            assert len([path for path in disk.rglob("*") if ".parquet" in path.name]) == 2 * stored
    finally:
        subprocess.run(["umount", disk], check=True)


def test_nothing_of_a_forgotten_person_is_left_in_any_byte_of_the_store(tmp_path):
    with Store.open(tmp_path, create=True) as store:
        add(store, 1, "pseudonym-of-anna", subject="Label Of Anna", source_path_name="anna_berg_walk.c3d")
        add(store, 2, "P2")
        store.save_embedding(CLINICIAN, embedding_of(recording(1)))
        store.set_name(CLINICIAN, "pseudonym-of-anna", "Anna Berg")
        store.enqueue(CLINICIAN, "report", {"patient": "pseudonym-of-anna"})
        assert b"Label Of Anna" not in _all_bytes(tmp_path)
        assert b"pseudonym-of-anna" in _all_bytes(tmp_path)
        store.forget(ADMINISTRATOR, "pseudonym-of-anna")
        left = _all_bytes(tmp_path)
        for trace in ("pseudonym-of-anna", "Anna Berg", "anna_berg", recording(1).recording_id):
            assert trace.encode() not in left, trace


@pytest.mark.skipif(os.name != "posix", reason="permission bits are POSIX's")
def test_names_are_in_a_file_that_only_its_owner_reads_and_nowhere_else(tmp_path):
    folder = tmp_path / "store"
    with Store.open(folder, create=True) as store:
        add(store, 1)
        store.set_name(CLINICIAN, "P1", "Anna Berg")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "identities.sqlite").stat().st_mode & 0o777 == 0o600
    holders = [path.name for path in folder.rglob("*") if path.is_file() and b"Anna Berg" in path.read_bytes()]
    assert holders == ["identities.sqlite"]


def test_a_subject_label_is_kept_as_a_hash_that_differs_between_stores(tmp_path):
    hashes = []
    for name in ("a", "b"):
        with Store.open(tmp_path / name, create=True) as store:
            add(store, 1, subject="Anna")
            add(store, 2, subject="Anna")
        rows = sqlite3.connect(tmp_path / name / "ltme.sqlite").execute("SELECT subject_hash FROM recording").fetchall()
        assert len(set(rows)) == 1
        hashes.append(rows[0])
    assert hashes[0] != hashes[1]


@pytest.mark.parametrize("damage", ["truncated", "garbage", "another file"])
def test_a_damaged_signal_file_is_said_in_one_line(tmp_path, damage):
    with Store.open(tmp_path, create=True) as store:
        add(store, 1)
        (clip,) = tmp_path.rglob("*.clip.parquet")
        if damage == "another file":
            shutil.copy(next(tmp_path.rglob("*.angles.parquet")), clip)
        else:
            clip.write_bytes(clip.read_bytes()[:-100] if damage == "truncated" else b"not Parquet at all" * 100)
        with pytest.raises(LtmeError, match="Add the C3D file again") as refused:
            store.clip(CLINICIAN, recording(1).recording_id)
        assert "\n" not in str(refused.value)


def test_a_sweep_leaves_alone_what_may_still_be_under_way(tmp_path):
    with Store.open(tmp_path, create=True) as store:
        add(store, 1)
        orphan = next(tmp_path.rglob("*.clip.parquet")).with_name("orphan.clip.parquet")
        orphan.write_bytes(b"x" * 10)
        assert store.sweep().removed == 0
        os.utime(orphan, (0, 0))
        report = store.sweep()
        assert (report.removed, report.removed_bytes, report.missing) == (1, 10, ())


def _add_until_refused(store: Store, outcomes: list[str]) -> None:
    for number in range(40):
        outcomes.append(add(store, number))


def _start(folder: Path, first: int, last: int) -> subprocess.Popen[str]:
    return _run(ADDING, folder, str(first), str(last))


def _run(code: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, str(folder), *arguments]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])]),
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _assert_whole(store: Store) -> None:
    """The database is sound and every row's signals are there and can be read."""
    database = store._place.sqlite_file
    connection = sqlite3.connect(database)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
    for patient in store.patients(CLINICIAN):
        for trial in store.trials(CLINICIAN, patient.pseudonym):
            assert store.clip(CLINICIAN, trial.recording_id).frames == 60
            assert len(store.signals(CLINICIAN, trial.recording_id).angles) == 2
    for stored in store.embeddings(CLINICIAN, None, FINGERPRINT):
        assert stored.embedding.windows == 3


def _all_bytes(folder: Path) -> bytes:
    names = b"".join(str(path).encode() for path in folder.rglob("*"))
    return names + b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
