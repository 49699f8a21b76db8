"""Figures on reading C3D files: our reader against the bare native library, in speed and in memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np

from ltme_clinic.benchmark.material import Material, large_file, spread
from ltme_clinic.types import LtmeError

MEMORY_READERS = ("ours_everything", "ezc3d")
REPEATS = 4
MEMORY_FILES = 6
TIME_LIMIT_S = 1800.0
MIB = 2**20


def reading_speed(material: Material) -> dict[str, Any]:
    """How many times as fast as bare ezc3d our reader is: points, analogs, parameters and the file's SHA-256.

    Beside it the same with residuals and camera masks, which ezc3d decodes whether they are wanted or not.
    """
    rows: list[dict[str, Any]] = []
    for number, path in enumerate(material.files, start=1):
        rows += _ask({"job": "seconds", "paths": [str(path)], "repeats": REPEATS})
        material.progress("reading speed", number, len(material.files))
    compared = [row for row in rows if "refused" not in row]
    if not compared:
        raise LtmeError("benchmark", "no file is read by both readers", "Give other files")
    ratios = np.array([row["ezc3d"] / row["ours"] for row in compared])
    everything = np.array([row["ezc3d"] / row["ours_everything"] for row in compared])
    figures = {
        "files": len(compared),
        "refused_by_one": len(rows) - len(compared),
        "made_files": material.is_made,
        "median_ratio": float(np.median(ratios)),
        "tenth_percentile_ratio": float(np.percentile(ratios, 10)),
        "smallest_ratio": float(ratios.min()),
        "everything_median_ratio": float(np.median(everything)),
        "everything_tenth_percentile_ratio": float(np.percentile(everything, 10)),
        "median_ms": 1e3 * float(np.median([row["ours"] for row in compared])),
        "median_mb": float(np.median([row["bytes"] for row in compared])) / 1e6,
    }
    said = (
        f"Reading is {figures['median_ratio']:.1f} times as fast as bare ezc3d in the median of {len(compared)} files "
        f"(tenth percentile {figures['tenth_percentile_ratio']:.1f}), with residuals and camera masks "
        f"{figures['everything_median_ratio']:.1f} ({figures['everything_tenth_percentile_ratio']:.1f}); "
        f"{figures['median_ms']:.2f} ms in the median."
    )
    return figures | {"sentence": said}


def reading_memory(material: Material) -> dict[str, Any]:
    """The most memory a fresh process takes to decode one file, ours over ezc3d's, without what importing takes."""
    ratios, ours_mib, theirs_mib = [], [], []
    files = spread(material.files, MEMORY_FILES)
    for number, path in enumerate(files, start=1):
        taken = {name: _ask({"job": "peak", "path": str(path), "name": name}) for name in MEMORY_READERS}
        material.progress("reading memory", number, len(files))
        if any("refused" in answer for answer in taken.values()):
            continue
        ours, theirs = (taken[name]["peak_bytes"] - taken[name]["before_bytes"] for name in MEMORY_READERS)
        ratios.append(ours / max(theirs, 1))
        ours_mib.append(ours / MIB)
        theirs_mib.append(theirs / MIB)
    if not ratios:
        raise LtmeError("benchmark", "no file is read by both readers", "Give other files")
    figures = {
        "files": len(ratios),
        "largest_ratio": float(max(ratios)),
        "median_ratio": float(np.median(ratios)),
        "largest_mib": float(max(ours_mib)),
        "largest_mib_ezc3d": float(max(theirs_mib)),
    }
    said = (
        f"Peak memory of reading is {figures['median_ratio']:.2f} of ezc3d's in the median of {len(ratios)} files, "
        f"at most {figures['largest_ratio']:.2f}; {figures['largest_mib']:.0f} MiB against "
        f"{figures['largest_mib_ezc3d']:.0f} MiB for the file that needs most."
    )
    return figures | {"sentence": said}


def reading_large(material: Material) -> dict[str, Any] | None:
    """Memory and seconds for a file of 1 GB; only where it is asked for, as it is written first."""
    if not material.large:
        return None
    material.progress("a file of 1 GB", 0, 2)
    path = large_file(material.scratch / "large.c3d")
    material.progress("a file of 1 GB", 1, 2)
    file_bytes = path.stat().st_size
    try:
        answer = _ask({"job": "peak", "path": str(path), "name": "ours_everything"})
    finally:
        path.unlink()
    material.progress("a file of 1 GB", 2, 2)
    if "refused" in answer:
        raise LtmeError("benchmark", f"the file of 1 GB was refused ({answer['refused']})")
    figures = {
        "file_gb": file_bytes / 1e9,
        "peak_gib": answer["peak_bytes"] / 2**30,
        "seconds": answer["seconds"],
    }
    said = (
        f"A file of {figures['file_gb']:.2f} GB takes {figures['peak_gib']:.2f} GiB at most and "
        f"{figures['seconds']:.1f} s, every signal decoded."
    )
    return figures | {"sentence": said}


def _ask(request: dict[str, Any]) -> Any:
    """One request to a fresh child process."""
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    done = subprocess.run(
        [sys.executable, "-m", "ltme_clinic.benchmark.reader_child"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        env=environment,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise LtmeError("benchmark", f"the reading process failed ({last})", "Run ltme doctor")
    return json.loads(done.stdout)
