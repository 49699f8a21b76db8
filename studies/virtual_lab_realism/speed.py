"""How long a cohort takes to write, whether it is the same twice, and whether torch stays away."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ltme_clinic.progress import Progress, silent
from ltme_clinic.virtual_lab import Walking, write_cohort
from studies.virtual_lab_realism.figures import Figure, PartResult

TITLE = "Speed of writing, same bytes, no torch"
PEOPLE = 1000
FIRST_SEED = 43_000_000
SECONDS = 10.0
MINUTES_BAR, PEOPLE_OF_BAR = 3.0, 1000
TWICE = 40
"""Patients written a second time, and once more by one worker, to compare bytes."""
_ASK = """
import sys, tempfile
from pathlib import Path
from ltme_clinic.virtual_lab import write_cohort
with tempfile.TemporaryDirectory() as folder:
    write_cohort(Path(folder), patients=2, trials=1)
print(sorted(name for name in sys.modules if name.split(".")[0] == "torch")[:1])
"""


def measure(people: int = PEOPLE, workers: int = 2, progress: Progress = silent) -> PartResult:
    """Write `people` patients, a walk of ten seconds each, and time it; then some of them again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before_s = processor_s()
        took_s = written_s(folder / "first", people, workers, progress)
        used_s = processor_s() - before_s
        again = min(people, TWICE)
        digests = []
        for number, helpers in enumerate((workers, workers, 1)):
            written_s(folder / f"again_{number}", again, helpers, silent)
            digests.append(folder_sha256(folder / f"again_{number}"))
        size_mb = sum(file.stat().st_size for file in (folder / "first").rglob("*.c3d")) / 1e6
    minutes = took_s / 60.0 * PEOPLE_OF_BAR / people
    figures = [
        Figure(f"{PEOPLE_OF_BAR} patients of 10 s, {workers} workers", minutes, "min", people, bar=(None, MINUTES_BAR)),
        Figure(
            f"processor time of {PEOPLE_OF_BAR} such patients", used_s / 60.0 * PEOPLE_OF_BAR / people, "min", people
        ),
        Figure("same seed, same bytes in a second run", float(digests[0] == digests[1]), "", again, bar=(1.0, 1.0)),
        Figure("same seed, same bytes of one worker", float(digests[0] == digests[2]), "", again, bar=(1.0, 1.0)),
        Figure("torch modules after writing a cohort", float(torch_modules()), "", 1, bar=(0.0, 0.0)),
        Figure("size of the C3D files", size_mb / people, "MB each", people),
    ]
    return PartResult(TITLE, figures)


def written_s(folder: Path, people: int, workers: int, progress: Progress) -> float:
    """Seconds that a cohort of one visit and one trial each takes, as `ltme simulate` writes it."""
    start_s = time.perf_counter()
    write_cohort(
        folder,
        patients=people,
        trials=1,
        seed=FIRST_SEED,
        activity=Walking(duration_s=SECONDS),
        workers=workers,
        progress=lambda done, total: progress("speed: files", done, total),
    )
    return time.perf_counter() - start_s


def processor_s() -> float:
    """Seconds of processor that this process and its ended children have used: what a busy machine can't lengthen."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def folder_sha256(folder: Path) -> str:
    """Hash over every file's path and bytes, in order of the paths."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(file.relative_to(folder)).encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def torch_modules() -> int:
    """How many modules of torch a fresh interpreter has loaded once it has written a cohort (0 or 1)."""
    asked = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, check=True)
    return 0 if asked.stdout.strip() == "[]" else 1
