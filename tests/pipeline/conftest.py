"""A small virtual clinic on disk, and the command line as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import REPOSITORY, Ltme
from odd_walks import straight_walk, without_events

from ltme_clinic.types import Recording, WalkTruth


@pytest.fixture(scope="session")
def ltme() -> Ltme:
    """Runs `ltme` in a process of its own: ltme("inspect", file) -> exit code, standard output and error."""

    def run(*arguments: object, timeout_s: float = 120, **environment: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "ltme_clinic.cli", *map(str, arguments)]
        known = {name: value for name, value in os.environ.items() if name != "LTME_STORE"}
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            cwd=REPOSITORY,
            env={**known, "OMP_NUM_THREADS": "1", **environment},
        )

    return run


@pytest.fixture(scope="session")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders PATIENT/DATE/ of C3D files: one whose left equinus grows over three visits, one stable and healthy."""
    from ltme_clinic.virtual_lab import Course, Walking, write_cohort

    folder = tmp_path_factory.mktemp("clinic")
    courses = (
        Course("equinus", (0.0, 0.5, 1.0), side="left", age_y=30),
        Course("none", (0.0, 0.0, 0.0), age_y=35),
    )
    write_cohort(folder, patients=2, trials=2, seed=11, courses=courses, activity=Walking(duration_s=5.0))
    return folder


@pytest.fixture(scope="session")
def store(clinic: Path, ltme: Ltme, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds the clinic; tests read it and add nothing."""
    place = tmp_path_factory.mktemp("store") / "store"
    done = ltme("add", clinic, "--by-folder", "--store", place)
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture(scope="session")
def walk() -> Recording:
    """Eight seconds straight ahead, without its events."""
    return without_events(straight_walk().recording)


@pytest.fixture(scope="session")
def truth() -> WalkTruth:
    """What really happened in `walk`."""
    return straight_walk().truth
