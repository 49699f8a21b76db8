"""The child program that reads C3D files with the `c3d` package, so that a file which holds it for ever can be dropped.

Run by path, never imported. One path a line on standard input; for each, one JSON line on standard output: the
arrays' file (.npz in the folder named as the argument), or the reason for refusing.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np


def main() -> None:
    """Answer until standard input closes."""
    folder = Path(sys.argv[1])
    replies = os.fdopen(os.dup(1), "w")
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)  # the package prints; the pipe is for replies alone
    warnings.simplefilter("ignore")
    for number, line in enumerate(sys.stdin):
        try:
            arrays = read(json.loads(line))
            kept = folder / f"{number}.npz"
            np.savez(kept, **arrays)
            reply = {"arrays": str(kept)}
        except Exception as error:  # whatever the package throws is an answer about the file
            reply = {"error": f"{type(error).__name__}: {error}"[:300]}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


def read(path: str) -> dict[str, Any]:
    """One file's signals: points (frame, point, 3), residuals (frame, point), analogs (sample, channel), rates."""
    import c3d

    points, analogs = [], []
    with open(path, "rb") as file, np.errstate(all="ignore"):
        reader = c3d.Reader(file)
        for _, frame, samples in reader.read_frames(copy=True):
            points.append(np.asarray(frame, dtype=np.float64).astype(np.float32))
            if np.ndim(samples) == 2:  # files without analogs give an empty vector
                analogs.append(np.asarray(samples, dtype=np.float64).astype(np.float32).T)
        rates = [float(reader.point_rate), 0.0]
        with contextlib.suppress(Exception):
            rates[1] = float(reader.analog_rate)
        first_frame = int(reader.first_frame)
    stacked = np.stack(points) if points else np.empty((0, 0, 5), np.float32)
    return {
        "points": stacked[..., :3],
        "residuals": stacked[..., 3],
        "analogs": np.concatenate(analogs) if analogs else np.empty((0, 0), np.float32),
        "rates_hz": np.array(rates),
        "first_frame": np.array(first_frame),
    }


if __name__ == "__main__":
    main()
