"""Intake killed at any moment: nothing lost, nothing doubled, and it goes on where it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import REPOSITORY, Ltme

from ltme_clinic.access import local_principal
from ltme_clinic.embedding import load_model
from ltme_clinic.store import Store


@pytest.mark.skipif(os.name == "nt", reason="this system has no kill -9")
def test_adding_goes_on_after_kill_9(clinic: Path, ltme: Ltme, tmp_path: Path) -> None:
    place = tmp_path / "store"
    command = [sys.executable, "-m", "ltme_clinic.cli", "add", str(clinic), "--by-folder", "--store", str(place)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as adding:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and _recordings(place) < 3 and adding.poll() is None:
            time.sleep(0.05)
        adding.send_signal(signal.SIGKILL)
    before = _recordings(place)
    assert 3 <= before < 12
    done = ltme("add", clinic, "--by-folder", "--store", place)
    assert done.returncode == 0, done.stderr
    with Store.open(place) as store:
        patients = store.patients(local_principal())
        assert [(patient.visits, patient.trials) for patient in patients] == [(3, 6), (3, 6)]
        fingerprint = load_model().fingerprint
        assert all(len(store.embeddings(local_principal(), p.pseudonym, fingerprint)) == 6 for p in patients)


def _recordings(place: Path) -> int:
    try:
        with Store.open(place) as store:
            return store.counts().recordings
    except Exception:
        return 0
