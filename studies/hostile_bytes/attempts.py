"""Reads one hostile file and says what left the reader, how long it took and what memory it took."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.c3d import C3DReader
from ltme_clinic.recordings.inspection import describe
from ltme_clinic.types import LtmeError

LONGEST_S = 0.5
BASE_BYTES = 8 << 20
BYTES_PER_FILE_BYTE = {"decode": 32, "interpret": 64}
"""Peak memory each depth may take for each byte of the file, beside BASE_BYTES."""

Depth = Literal["decode", "interpret"]
Outcome = Literal["read", "refused", "escape"]


@dataclass(frozen=True)
class Attempt:
    """One file, read once."""

    outcome: Outcome
    seconds: float
    error: str = ""
    """An escape's type and text, and the line of ours it came from."""
    peak_bytes: int = 0
    """Largest memory taken while reading; 0 where it was not traced."""

    def over_budget(self, file_bytes: int, depth: Depth) -> bool:
        return self.peak_bytes > BASE_BYTES + BYTES_PER_FILE_BYTE[depth] * file_bytes


def decode(path: Path) -> None:
    """Every signal of the file, also those that are decoded when they are asked for."""
    raw = C3DReader().read(path)
    sizes = (raw.points.size, raw.missing.size, raw.analogs.size)
    assert min(sizes) >= 0
    assert raw.residuals is not None
    assert raw.camera_masks is not None


def interpret(path: Path) -> None:
    """Everything above the decoder, down to the plain description."""
    for recording in read_recordings(path):
        describe(recording)


DEPTHS: dict[Depth, Callable[[Path], None]] = {"decode": decode, "interpret": interpret}


def attempt(path: Path, depth: Depth = "decode", *, trace: bool = False) -> Attempt:
    """Read a file, whatever comes of it."""
    if trace:
        tracemalloc.start()
    started_s = time.perf_counter()
    outcome: Outcome = "read"
    error = ""
    try:
        DEPTHS[depth](path)
    except LtmeError:
        outcome = "refused"
    except Exception as escape:  # the very thing that is looked for
        outcome, error = "escape", _said(escape)
    seconds = time.perf_counter() - started_s
    peak_bytes = 0
    if trace:
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return Attempt(outcome, seconds, error, peak_bytes)


def _said(escape: Exception) -> str:
    trace, place = escape.__traceback__, ""
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if "ltme_clinic" in path.parts:
            place = f"{path.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(escape).__name__} at {place}: {escape}"[:300]
