"""What the figures are measured on: a folder's own files, or made ones of the same sizes and kinds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ltme_clinic.progress import Progress, silent
from ltme_clinic.recordings.oracle.made_files import MadeFile, made_bytes
from ltme_clinic.types import LtmeError

SMALLEST_BYTES, LARGEST_BYTES = 300_000, 8_000_000
"""Files of one trial; what is smaller is all overhead, what is larger is rare."""

MADE = (
    MadeFile(frames=180, points=85, channels=8),
    MadeFile(frames=250, points=60, channels=24),
    MadeFile(frames=500, points=44, channels=12),
    MadeFile(frames=300, points=290, channels=24, events=8),
    MadeFile(frames=550, points=191, channels=24, events=12),
    MadeFile(frames=1800, points=41),
    MadeFile(frames=2500, points=53),
    MadeFile(frames=460, points=85, channels=36, samples=24),
    MadeFile(frames=7200, points=35, channels=8, samples=4),
    MadeFile(frames=1200, points=120, channels=40, samples=20),
    MadeFile(frames=2400, points=71, channels=40, storage="integer"),
    MadeFile(frames=700, points=50, channels=16, samples=20, storage="integer", unsigned=True),
    MadeFile(frames=900, points=75, channels=16, samples=4, byte_order="DEC"),
    MadeFile(frames=1500, points=75, channels=16, samples=4, byte_order="DEC", storage="integer"),
)
"""Sizes, label counts, analogs and encodings as laboratories write them; the native library knows no MIPS."""


@dataclass(frozen=True)
class Material:
    """What a figure may use."""

    files: tuple[Path, ...]
    """C3D files of 0.3 to 8 MB."""
    is_made: bool
    scratch: Path
    """A folder that ends with the benchmark."""
    large: bool = False
    """Whether the figures on a file of 1 GB are wanted."""
    progress: Progress = silent


@contextmanager
def gathered(folder: Path | None, *, large: bool, progress: Progress) -> Iterator[Material]:
    """The folder's files of the wanted sizes, or made ones if no folder is given.

    Raises
    ------
    LtmeError
        If the folder holds no C3D file between 0.3 and 8 MB.
    """
    with TemporaryDirectory(prefix="ltme_") as scratch:
        files = _fitting(folder) if folder is not None else _make(Path(scratch), MADE)
        yield Material(tuple(files), folder is None, Path(scratch), large, progress)


def large_file(path: Path, wanted_bytes: int = 1_000_000_000) -> Path:
    """A float file of that size, many times more frames than a header can count; its signals repeat each second."""
    piece = MadeFile(frames=100, points=70, channels=16)
    frame_bytes = 4 * (4 * piece.points + piece.channels * piece.samples)
    frames = wanted_bytes // frame_bytes // piece.frames * piece.frames
    start, end = (np.array([number & 0xFFFF, number >> 16]) for number in (1, frames))
    trial = {"ACTUAL_START_FIELD": start, "ACTUAL_END_FIELD": end, "CAMERA_RATE": piece.rate_hz}
    point = {"FRAMES": np.array(65_535), "LONG_FRAMES": float(frames)}
    content = made_bytes(MadeFile(**(vars(piece) | {"groups": {"POINT": point, "TRIAL": trial}})))
    header = bytearray(content[: -piece.frames * frame_bytes])
    header[8:10] = b"\xff\xff"
    second = content[-piece.frames * frame_bytes :]
    with path.open("wb") as file:
        file.write(header)
        for _ in range(frames // piece.frames):
            file.write(second)
    return path


def spread(files: Sequence[Path], count: int) -> list[Path]:
    """At most that many of the files, evenly over their sizes, the largest among them."""
    by_size = sorted(files, key=lambda path: path.stat().st_size)
    chosen = np.unique(np.linspace(len(by_size) - 1, 0, min(count, len(by_size))).round().astype(int))
    return [by_size[index] for index in chosen]


def _fitting(folder: Path) -> list[Path]:
    found = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() == ".c3d" and path.is_file()]
    files = [path for path in found if SMALLEST_BYTES <= path.stat().st_size <= LARGEST_BYTES]
    if not files:
        fact = f"none of its {len(found)} C3D files has 0.3 to 8 MB"
        raise LtmeError(folder.name or str(folder), fact, "Give another folder, or none for made files")
    return files


def _make(folder: Path, kinds: Sequence[MadeFile]) -> list[Path]:
    paths = []
    for number, made in enumerate(kinds):
        path = folder / f"made{number:02d}.c3d"
        path.write_bytes(made_bytes(made))
        paths.append(path)
    return paths
