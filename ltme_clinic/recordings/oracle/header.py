"""The first look at a file before the native library sees it: is it a C3D, and is it as long as it declares?

Standard library only, bounded reads, done before any native code sees the file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ltme_clinic.recordings.c3d.file_bytes import EXPORT_AGAIN, regular_file_bytes
from ltme_clinic.types import LtmeError

BLOCK_BYTES = 512
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
            "is stored in the MIPS (SGI) byte order, which the native library does not know",
            "Read it without the second opinion",
        )
    return _decode(block, processor, file_bytes)


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
