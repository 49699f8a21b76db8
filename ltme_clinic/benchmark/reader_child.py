"""The child program that reads files for the benchmark: native code and peak memory need a process of their own.

Run as `python -m ltme_clinic.benchmark.reader_child`; one JSON request on standard input, one JSON answer on standard
output.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

READERS = ("ours", "ours_everything", "ezc3d")


def main() -> None:
    """Answer one request."""
    replies = os.fdopen(os.dup(1), "w")
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)  # the native library prints
    request = json.load(sys.stdin)
    job = request.pop("job")
    json.dump(seconds(**request) if job == "seconds" else peak(**request), replies)
    replies.close()


def seconds(paths: list[str], repeats: int) -> list[dict[str, Any]]:
    """Each file read by all readers; seconds a read, the median of the repeats.

    Each reader reads a file several times in a row, so that no reader pays for the caches that another one filled;
    and all of them twice over, so that a machine that grows busy meanwhile is busy for all.
    """
    read = {name: reader(name) for name in READERS}
    rows: list[dict[str, Any]] = []
    for path in paths:
        taken: dict[str, list[float]] = {name: [] for name in READERS}
        row: dict[str, Any] = {"bytes": os.path.getsize(path)}
        try:
            for name in READERS * 2:
                read[name](path)  # warms the disk's cache and the code
                for _ in range(repeats):
                    started_s = time.perf_counter()
                    read[name](path)
                    taken[name].append(time.perf_counter() - started_s)
            row |= {name: sorted(times)[len(times) // 2] for name, times in taken.items()}
        except Exception as error:  # a file that one of them refuses has no ratio
            row["refused"] = f"{type(error).__name__}: {error}"[:200]
        rows.append(row)
    return rows


def peak(path: str, name: str) -> dict[str, Any]:
    """One file read once: the most memory the process held, and what it held before."""
    read = reader(name)
    _forget_peak()
    before = peak_bytes()
    started_s = time.perf_counter()
    try:
        read(path)
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}"[:200]}
    return {"before_bytes": before, "peak_bytes": peak_bytes(), "seconds": time.perf_counter() - started_s}


def reader(name: str) -> Callable[[str], Any]:
    """Reads a file: points, missing flags, analogs, parameters; with "everything" residuals and camera masks too.

    The native library decodes everything at once; ours waits with residuals and camera masks until they are asked for.
    """
    if name == "ezc3d":
        import ezc3d

        return lambda path: ezc3d.c3d(path)
    from ltme_clinic.recordings.c3d import C3DReader

    ours = C3DReader()

    def read(path: str) -> Any:
        raw = ours.read(Path(path))
        beside = (raw.residuals, raw.camera_masks) if name == "ours_everything" else ()
        return raw, raw.analogs, beside

    return read


def peak_bytes() -> int:
    """The most memory this process has held; on Linux since `_forget_peak`."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _forget_peak() -> None:
    """Start counting anew: what importing needed for a moment would hide what reading needs."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    main()
