"""A file that is read in one piece, its size checked before a byte is taken, and what it holds as a `RawC3D`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.recordings.c3d.file_bytes import EXPORT_AGAIN, FileBytes
from ltme_clinic.recordings.raw import ParameterValue, RawC3D
from ltme_clinic.types import LtmeError

MOST_FILE_BYTES = 1 << 28
"""Text is parsed in memory, some ten times its size: 256 MiB are 5 hours of 50 markers at 100 Hz."""
MOST_COORDINATES = 1 << 27
"""Frames times points times axes: 1 GiB of doubles."""


class WholeFile:
    """The bytes of one file, and their hash."""

    def __init__(self, name: str, content: bytes, sha256: hashlib._Hash) -> None:
        self.name = name
        self.content = content
        self._sha256 = sha256

    def text(self) -> str:
        """The content as text: UTF-8 with or without a mark, else Windows' western characters."""
        try:
            return self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return self.content.decode("cp1252", "replace")

    def raw(
        self,
        *,
        rate_hz: float,
        labels: Sequence[str],
        points: np.ndarray,
        unit: str = "",
        first_frame: int = 1,
        parameters: Mapping[str, Mapping[str, ParameterValue]] | None = None,
        warnings: Sequence[str] = (),
    ) -> RawC3D:
        """What the file holds, in a C3D file's terms.

        Parameters
        ----------
        rate_hz : frames a second
        labels : a name for each point
        points : (frame, point, axis) in `unit`, NaN where not seen
        unit : of the points; empty where the file tells none, then the body's size does
        first_frame : the file's own number of the first stored frame
        parameters : by group and name, beside POINT:UNITS
        warnings : what was odd, a line each

        Raises
        ------
        LtmeError
            No frame, no point, or no rate that means anything.
        """
        frames, count = points.shape[:2]
        if not frames or not count:
            raise LtmeError(self.name, f"holds {frames} frames of {count} points", EXPORT_AGAIN)
        if not 0 < rate_hz <= 1e6:
            raise LtmeError(self.name, f"its rate is {rate_hz:g} Hz", "Export the trial with its frame rate")
        given = {group: dict(values) for group, values in (parameters or {}).items()}
        point: dict[str, ParameterValue] = {"LABELS": tuple(labels), "UNITS": (unit,), "RATE": np.array([rate_hz])}
        given["POINT"] = point | given.get("POINT", {})
        with np.errstate(over="ignore", invalid="ignore"):
            stored = points.astype(np.float32)
        return _RawWhole.of(
            self._sha256,
            source_name=self.name,
            rate_hz=float(rate_hz),
            first_frame=first_frame,
            point_labels=tuple(labels),
            points=stored,
            missing=~np.isfinite(stored).all(axis=2),
            analog_rate_hz=0.0,
            analog_labels=(),
            analogs=np.empty((0, 0), np.float32),
            parameters=given,
            warnings=tuple(warnings),
            byte_order="",
            storage="text",
            file_sha256=self._sha256.hexdigest(),
        )


class _RawWhole(RawC3D):
    """A `RawC3D` that knows the hash of its file's bytes."""

    _sha256: hashlib._Hash

    @classmethod
    def of(cls, sha256: hashlib._Hash, **fields: Any) -> _RawWhole:
        raw = cls(**fields)
        object.__setattr__(raw, "_sha256", sha256)
        return raw

    def sha256_followed_by(self, more: bytes) -> str:
        """SHA-256 (hex) of the file's bytes and `more` after them; empty for a changed copy."""
        if "_sha256" not in self.__dict__:
            return ""
        whole = self._sha256.copy()
        whole.update(more)
        return whole.hexdigest()


def read_whole(path: Path, *, most_bytes: int = MOST_FILE_BYTES) -> WholeFile:
    """A file's bytes, read once.

    Raises
    ------
    LtmeError
        It is no regular file, is empty, is larger than `most_bytes`, can't be read, or changes while it is read.
    """
    with FileBytes(Path(path)) as file:
        if not file.size:
            raise LtmeError(file.name, "the file is empty", EXPORT_AGAIN)
        if file.size > most_bytes:
            fact = f"has {file.size / 2**20:.0f} MiB, and at most {most_bytes / 2**20:.0f} are read of its format"
            raise LtmeError(file.name, fact, "Export it as C3D, or in parts")
        content = file.head(file.size)
        file.finish()
        return WholeFile(file.name, content, file.sha256())


def refuse_too_many(name: str, frames: int, points: int) -> None:
    """LtmeError before positions are made that would fill the memory."""
    if frames * points * 3 > MOST_COORDINATES:
        raise LtmeError(name, f"{frames} frames of {points} points are too many to hold", "Cut the trial into parts")
