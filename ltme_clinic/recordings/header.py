"""The first look at a file: is it a C3D at all, and does it hold as many bytes as it declares?

Standard library only, bounded reads, done before any native code sees the file.
"""

from __future__ import annotations

import os
import stat
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ltme_clinic.types import LtmeError

BLOCK_BYTES = 512
EXPORT_AGAIN = "Export or copy the trial again"
INTEL, DEC, MIPS = 84, 85, 86
BYTE_ORDERS = {INTEL: "Intel", DEC: "DEC", MIPS: "MIPS"}
_C3D_KEY = 0x50
_SATURATED = 65535  # the header's 16-bit frame numbers stop here; the parameters then hold the count


@dataclass(frozen=True)
class C3DHeader:
    """The header block's declarations."""

    file_bytes: int
    processor: int
    """84 Intel, 85 DEC, 86 MIPS; 0 where the file doesn't say."""
    points: int
    analog_words: int
    """Analog values stored with each frame (channels times samples)."""
    first_frame: int
    last_frame: int
    is_float: bool
    data_start_block: int

    @property
    def frames(self) -> int:
        """Declared frames; only meaningful where `tells_length`."""
        return self.last_frame - self.first_frame + 1

    @property
    def tells_length(self) -> bool:
        """Whether the header's frame numbers can be believed: they stop at 65,535, and some files leave them out."""
        return self.first_frame <= self.last_frame < _SATURATED and self.data_start_block >= 1

    @property
    def missing_bytes(self) -> int:
        """How many bytes of the declared data are not in the file; 0 if all are, or if the header can't tell."""
        if not self.tells_length:
            return 0
        frame_bytes = (4 * self.points + self.analog_words) * (4 if self.is_float else 2)
        return max(0, (self.data_start_block - 1) * BLOCK_BYTES + self.frames * frame_bytes - self.file_bytes)


def read_header(path: Path) -> C3DHeader:
    """The header of a C3D file.

    Raises
    ------
    LtmeError
        If the path is not a readable regular file, is not a C3D file, or has the MIPS byte order.
    """
    file_bytes = regular_file_bytes(path)
    if file_bytes == 0:
        raise LtmeError(path.name, "the file is empty", EXPORT_AGAIN)
    try:
        with path.open("rb") as file:
            block = file.read(BLOCK_BYTES)
            parameters = _parameter_start(file, block, file_bytes)
    except OSError as error:
        raise LtmeError(
            path.name, f"can't be read ({error.strerror or error})", "Check the file's permissions"
        ) from error
    if len(block) < 2 or block[1] != _C3D_KEY:
        raise LtmeError(path.name, "is not a C3D file", "Give a trial exported as .c3d")
    if len(block) < BLOCK_BYTES or len(parameters) < 4:
        raise LtmeError(path.name, f"is cut off after {file_bytes} bytes", EXPORT_AGAIN)
    processor = parameters[3] if parameters[3] in BYTE_ORDERS else 0
    if processor == MIPS:
        raise LtmeError(
            path.name,
            "is stored in the MIPS (SGI) byte order, which can't be read yet",
            "Export it in Intel byte order",
        )
    return _decode(block, processor, file_bytes)


def regular_file_bytes(path: Path) -> int:
    """Length of a regular file in bytes; LtmeError for a directory, a pipe, a device or nothing at all."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        fact = "is a link to a file that does not exist" if path.is_symlink() else "no such file"
        raise LtmeError(path.name or str(path), fact, "Check the path") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise LtmeError(path.name or str(path), f"can't be opened ({reason})", "Check the path") from error
    if stat.S_ISDIR(status.st_mode):
        raise LtmeError(path.name or str(path), "is a folder", "Give a .c3d file")
    if not stat.S_ISREG(status.st_mode):
        raise LtmeError(path.name, "is not a regular file", "Give a .c3d file on disk")
    return status.st_size


def _parameter_start(file: BinaryIO, block: bytes, file_bytes: int) -> bytes:
    """The first bytes of the parameter section, or nothing if it lies outside the file."""
    offset = (block[0] - 1) * BLOCK_BYTES if block else -1
    if offset < 0 or offset + 4 > file_bytes:
        return b""
    file.seek(offset)
    return file.read(4)


def _decode(block: bytes, processor: int, file_bytes: int) -> C3DHeader:
    words = struct.unpack_from("<11H", block)
    # The sign of the scale says how points are stored. In a DEC float the sign bit sits in the second byte.
    sign_byte = block[13] if processor == DEC else block[15]
    return C3DHeader(
        file_bytes=file_bytes,
        processor=processor,
        points=words[1],
        analog_words=words[2],
        first_frame=words[3],
        last_frame=words[4],
        is_float=bool(sign_byte & 0x80),
        data_start_block=words[8],
    )
