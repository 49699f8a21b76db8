"""Arrays out of an .npz archive from anyone: nothing is unpickled, and each is checked before it is decompressed."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from math import prod
from typing import NoReturn

import numpy as np

from ltme_clinic.recordings.c3d.file_bytes import EXPORT_AGAIN
from ltme_clinic.recordings.formats.whole_file import MOST_COORDINATES, WholeFile
from ltme_clinic.types import LtmeError

_MOST_MEMBERS = 1000
_MOST_BYTES = 8 * MOST_COORDINATES
_FREE_BYTES, _MOST_INFLATION = 1 << 24, 50
"""An array may have this many bytes, or this many times those that it takes in the file: motion hardly packs."""
_MOST_HEADER_BYTES = 1 << 14
_NUMBERS, _TEXT = "fiu", "US"
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, OverflowError)
"""What the standard library raises for archives that are torn, locked or packed in ways it doesn't know."""
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UNREADABLE = (ValueError, SyntaxError, TypeError, EOFError, RecursionError, MemoryError, OverflowError, KeyError)
"""What numpy raises for a header that is none."""


class NpzArrays:
    """The arrays of one archive by name."""

    def __init__(self, file: WholeFile) -> None:
        self.name = file.name
        if not file.content.startswith(b"PK"):
            raise LtmeError(self.name, "is no .npz archive", EXPORT_AGAIN)
        if file.content.count(b"PK\x01\x02") > _MOST_MEMBERS:
            raise LtmeError(self.name, f"holds more than {_MOST_MEMBERS} arrays", EXPORT_AGAIN)
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(file.content))
        except _DAMAGED as error:
            raise LtmeError(self.name, f"is a damaged archive ({error})", EXPORT_AGAIN) from error
        self._members = {info.filename.removesuffix(".npy"): info for info in self._archive.infolist()}

    def __contains__(self, key: str) -> bool:
        return key in self._members

    def numbers(self, key: str) -> np.ndarray:
        """An array of numbers, in double precision.

        Raises
        ------
        LtmeError
            It is absent, holds other things than numbers, is larger than memory may take, or is damaged.
        """
        values = self._array(key, _NUMBERS, "numbers")
        with np.errstate(over="ignore", invalid="ignore"):
            return values.astype(np.float64)

    def texts(self, key: str) -> np.ndarray:
        """An array of text; raises LtmeError as `numbers` does."""
        values = self._array(key, _TEXT, "text")
        return np.char.decode(values, "latin-1") if values.dtype.kind == "S" else values

    def _array(self, key: str, kinds: str, what: str) -> np.ndarray:
        info = self._members.get(key)
        if info is None:
            raise LtmeError(self.name, f"holds no '{key}'", EXPORT_AGAIN)
        if info.file_size > min(_MOST_BYTES, max(_FREE_BYTES, _MOST_INFLATION * info.compress_size)):
            self._refuse(key, f"would unpack to {info.file_size / 2**20:.0f} MiB")
        if info.compress_type not in _PACKINGS:
            self._refuse(key, "is packed in a way that numpy doesn't")
        try:
            with self._archive.open(info) as member:
                start = member.read(min(info.file_size, _MOST_HEADER_BYTES))
                shape, fortran, dtype, begin = self._header(key, start)
                if dtype.kind not in kinds or not dtype.itemsize:
                    self._refuse(key, f"holds {dtype.name}, not {what}")
                size = prod(shape) * dtype.itemsize
                if size != info.file_size - begin:
                    self._refuse(key, f"has {info.file_size - begin} bytes for the shape {shape}")
                content = start[begin:] + member.read(info.file_size - len(start))
        except _DAMAGED as error:
            self._refuse(key, f"is damaged ({error})", error)
        if len(content) != size:
            self._refuse(key, "ends early")
        return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C")

    def _header(self, key: str, start: bytes) -> tuple[tuple[int, ...], bool, np.dtype, int]:
        """Shape, order, type and the place where the numbers begin."""
        stream = io.BytesIO(start)
        try:
            version = np.lib.format.read_magic(stream)
            reads = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
            shape, fortran, dtype = reads[version](stream)
        except _UNREADABLE as error:
            self._refuse(key, "has no header that tells its shape", error)
        if len(shape) > 4 or any(length < 0 for length in shape):
            self._refuse(key, f"has the shape {shape}")
        return shape, fortran, dtype, stream.tell()

    def _refuse(self, key: str, fact: str, cause: BaseException | None = None) -> NoReturn:
        raise LtmeError(self.name, f"'{key}' {fact}", EXPORT_AGAIN) from cause
