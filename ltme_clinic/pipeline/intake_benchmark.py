"""How fast intake is on this machine: files a second, and what a second worker brings."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.progress import Progress, silent

FILES = 240
WARM_UP_FILES = 24
"""A worker's imports (two seconds) are no part of its speed: both are taken in by a crew that has begun."""
FILE_BYTES = 1_000_000
FEWEST_FILES_PER_S = 100.0
FEWEST_SHARE = 0.85

_CALIBRATION = """
import sys, time
import numpy as np
rng = np.random.default_rng(0)
numbers = rng.normal(size=(300, 300))
for _ in range(3):
    np.linalg.svd(numbers)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[1])):
    np.sort(rng.normal(size=100_000)).cumsum()
    numbers @ numbers
print("done", flush=True)
"""
_CALIBRATION_STEPS = 300


def intake_benchmark(progress: Progress = silent, *, files: int = FILES, encode: bool = True) -> dict[str, Any]:
    """Take made C3D files of 1 MB into a new store with one worker process and with two.

    The speed-up is compared with that of plain numpy in two processes, measured before and after: what the machine
    gives to anybody. Reading, hashing, cutting the clip, writing signals durably and the rows are in the time; imports
    are not.

    Returns
    -------
    ``files_per_s`` by workers, ``speed_up``, ``calibration_speed_up``, ``share_of_calibration``; with embedding too if
    `encode`.
    """
    result: dict[str, Any] = {"files": files, "file_bytes": FILE_BYTES, "processors": os.cpu_count()}
    with tempfile.TemporaryDirectory(prefix="ltme_intake_") as scratch:
        folder = Path(scratch)
        _make_files(folder / "files", files + 2 * WARM_UP_FILES, progress)
        for name, embed in (("storing", False), ("storing_and_embedding", True))[: 1 + encode]:
            result[name] = _measured(folder, embed, files, progress)
    storing = result["storing"]
    result["sentence"] = (
        f"Intake takes {storing['files_per_s']['2']:.0f} files of 1 MB a second with two workers "
        f"({storing['files_per_s']['1']:.0f} with one): {storing['share_of_calibration']:.2f} of the speed-up that "
        f"plain numpy has from two processes"
    )
    if encode:
        embedding = result["storing_and_embedding"]
        result["sentence"] += f"; {embedding['files_per_s']['2']:.0f} files a second with embedding"
    return result


def _measured(folder: Path, encode: bool, files: int, progress: Progress) -> dict[str, Any]:
    before = calibration_speed_up()
    files_per_s = {str(workers): _files_per_s(folder, workers, encode, files, progress) for workers in (1, 2)}
    calibration = float(np.mean([before, calibration_speed_up()]))
    speed_up = files_per_s["2"] / files_per_s["1"]
    return {
        "files_per_s": files_per_s,
        "speed_up": speed_up,
        "calibration_speed_up": calibration,
        "share_of_calibration": speed_up / calibration,
    }


def _files_per_s(folder: Path, workers: int, encode: bool, files: int, progress: Progress) -> float:
    """The rate over the files after the warm-up: from the first commit that follows it to the last."""
    from ltme_clinic.pipeline.intake import Assignment, add_recordings
    from ltme_clinic.store import Store

    reached: list[tuple[float, int]] = []

    def watch(what: str, done: int, total: int) -> None:
        reached.append((time.perf_counter(), done))
        progress(f"{what} with {workers} workers", done, total)

    with tempfile.TemporaryDirectory(dir=folder) as place, Store.open(Path(place) / "store", create=True) as store:
        assignment = Assignment(patient="P-1")
        add_recordings(store, [folder / "files"], assignment, workers=workers, encode=encode, progress=watch)
        ended_s = time.perf_counter()
    warm_s = next(at_s for at_s, done in reached if done >= 2 * WARM_UP_FILES)
    return files / (ended_s - warm_s)


def calibration_speed_up(processes: int = 2) -> float:
    """How many times the work of one process several get done in the same time: sorting and multiplying in numpy."""
    alone_s = _calibrated_s(1)
    together_s = _calibrated_s(processes)
    return processes * min(alone_s, _calibrated_s(1)) / together_s


def _calibrated_s(processes: int) -> float:
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    crew = [
        subprocess.Popen(
            [sys.executable, "-c", _CALIBRATION, str(_CALIBRATION_STEPS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **one_thread},
        )
        for _ in range(processes)
    ]
    _wait_for(crew, "ready")
    started_s = time.perf_counter()
    for process in crew:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    _wait_for(crew, "done")
    taken_s = time.perf_counter() - started_s
    for process in crew:
        process.communicate()
    return taken_s


def _wait_for(crew: Sequence[subprocess.Popen[str]], word: str) -> None:
    for process in crew:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == word


def _make_files(folder: Path, count: int, progress: Progress) -> None:
    """Files of one virtual walk with EMG and joint angles, each with other bytes."""
    content = bytearray(_walk_of_one_megabyte(folder))
    for number in range(count):
        content[-4:] = struct.pack("<f", number + 0.5)  # one sample of one EMG channel
        (folder / f"trial_{number:05d}.c3d").write_bytes(content)
        progress("making files", number + 1, count)


def _walk_of_one_megabyte(folder: Path) -> bytes:
    from ltme_clinic.recordings import read_recordings, write_c3d
    from ltme_clinic.types import AnalogSignals, ModelOutput
    from ltme_clinic.virtual_lab import Course, write_cohort

    with tempfile.TemporaryDirectory() as scratch:
        course = Course("none", (0.0,), age_y=30)
        write_cohort(Path(scratch), patients=1, trials=1, seed=3, courses=(course,))
        walk = read_recordings(next(Path(scratch).rglob("*.c3d")))[0]
    rng = np.random.default_rng(3)
    joints = ("Hip", "Knee", "Ankle", "Pelvis", "FootProgress")
    angles = tuple(
        ModelOutput(f"{side}{joint}Angles", "angle", rng.normal(0, 30, (walk.frames, 3)).astype(np.float32), "deg")
        for side in "LR"
        for joint in joints
    )
    point_bytes = 16 * walk.frames * (len(walk.marker_labels) + len(angles))
    channels = max(1, round((FILE_BYTES - point_bytes) / (4 * 10 * walk.frames)))
    emg = AnalogSignals(
        labels=tuple(f"EMG{number}" for number in range(channels)),
        rate_hz=10 * walk.rate_hz,
        values=rng.normal(size=(10 * walk.frames, channels)).astype(np.float32),
        units=("V",) * channels,
    )
    folder.mkdir(parents=True)
    path = folder / "walk.c3d"
    write_c3d(path, replace(walk, analogs=emg, model_outputs=angles))
    content = path.read_bytes()
    path.unlink()
    return content
