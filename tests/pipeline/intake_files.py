"""Many small recordings for intake, and processes that take them in and may be killed."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from command_line import REPOSITORY

from ltme_clinic.recordings import read_recordings, write_c3d
from ltme_clinic.store import Arrival, SignalWriter

HERE = Path(__file__).parent
POISON = "poison.c3d"

ADDING = """
import sys
from pathlib import Path
from ltme_clinic.assignment import Assignment
from ltme_clinic.pipeline import add_recordings, intake
from ltme_clinic.store import Store

store, files, workers, encode, limit = sys.argv[1:]
if int(limit):
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
intake.ROWS_AT_ONCE = 3
with Store.open(store, create=True) as opened:
    print("ready", flush=True)
    report = add_recordings(
        opened,
        [Path(files)],
        Assignment(by_folder=True),
        workers=int(workers),
        encode=encode == "encode",
        progress=lambda what, done, total: print(done, flush=True),
    )
    print("ended", report.taken, report.seen, len(report.refusals), flush=True)
"""


def copies(content: bytes, folder: Path, count: int, *, start: int = 0) -> list[Path]:
    """Recordings that differ in one coordinate of one marker by a micrometre or more."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = bytearray(content)
    (coordinate,) = struct.unpack("<f", content[-16:-12])
    paths = []
    for number in range(start, start + count):
        changed[-16:-12] = struct.pack("<f", coordinate + 0.01 * (number + 1))
        paths.append(folder / f"walk_{number:03d}.c3d")
        paths[-1].write_bytes(changed)
    return paths


def pair_of(walk: Path, path: Path) -> Path:
    """A file of two people, Ann and Bo, who walk side by side."""
    one = read_recordings(walk)[0]
    labels = [f"{who}:{label}" for who in ("Ann", "Bo") for label in one.marker_labels]
    together = replace(
        one,
        marker_labels=tuple(labels),
        positions_m=np.concatenate([one.positions_m, one.positions_m + np.array([0.0, 1.0, 0.0])], axis=1),
        residuals_m=None,
        camera_masks=None,
        model_outputs=(),
        events=(),
    )
    write_c3d(path, together, extra_parameters={"SUBJECTS": {"NAMES": ["Ann", "Bo"]}})
    return path


def start_adding(
    store: Path, files: Path, *, workers: int, encode: bool = False, limit_bytes: int = 0
) -> subprocess.Popen[str]:
    """A process that takes files in, prints "ready", then a number for each file, then how it ended."""
    arguments = [str(store), str(files), str(workers), "encode" if encode else "store", str(limit_bytes)]
    return subprocess.Popen(
        [sys.executable, "-c", ADDING, *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def children_of(pid: int) -> list[int]:
    """Process ids whose parent is `pid`, as Linux lists them."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


@dataclass(frozen=True)
class PoisonedWriter(SignalWriter):
    """A writer whose process dies at one file, as native code or the kernel's out-of-memory killer would end it."""

    def write(self, recording, *arguments, **options) -> Arrival:
        if recording.source_name == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().write(recording, *arguments, **options)
