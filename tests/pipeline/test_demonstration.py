"""`ltme demo` from end to end: a folder of recordings in, a page opened in a browser out."""

from __future__ import annotations

import shutil
from pathlib import Path

from command_line import Ltme, is_one_line

from ltme_clinic.access import local_principal
from ltme_clinic.store import Store


def test_own_recordings_go_from_their_folder_to_an_opened_page(clinic: Path, ltme: Ltme, tmp_path: Path) -> None:
    done = ltme("demo", "--check", "--data", clinic / "VP-001", "--out", tmp_path / "out", timeout_s=240)
    assert done.returncode == 0, done.stderr
    assert "was opened in" in done.stderr or "fetched over HTTP" in done.stderr
    assert (tmp_path / "out" / "reports").is_dir()


def test_files_in_no_folder_are_told_apart_by_the_subject_they_name(clinic: Path, ltme: Ltme, tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    for patient in ("VP-001", "VP-002"):
        shutil.copy(next(clinic.glob(f"{patient}/*/trial_01.c3d")), flat / f"{patient}.c3d")
    done = ltme("demo", "--headless", "--data", flat, "--out", tmp_path / "out", timeout_s=240)
    assert done.returncode == 0, done.stderr
    with Store.open(tmp_path / "out" / "store-own-data") as store:
        patients = [item for item in store.patients(local_principal()) if item.origin != "generated"]
        assert [item.trials for item in patients] == [1, 1]
        assert not {item.pseudonym for item in patients} & {"VP-001", "VP-002"}


def test_a_folder_without_recordings_is_refused_in_one_line(ltme: Ltme, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = ltme("demo", "--headless", "--data", tmp_path / "empty", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert is_one_line(done.stderr)
    assert "holds no .c3d file" in done.stderr
