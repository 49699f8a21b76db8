"""The header block of a C3D file: what its first 512 bytes declare, and the events it may hold."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ltme_clinic.recordings.c3d.numbers import DEC, INTEL, MIPS, ByteOrder
from ltme_clinic.recordings.c3d.text import decode_text

BLOCK_BYTES = 512
KEY = 0x50
SATURATED = 65535
"""The header's 16-bit frame numbers stop here."""

_EVENT_KEY = 12345
_MOST_EVENTS = 18
_EVENT_KEY_BYTE, _EVENT_COUNT_BYTE, _EVENT_TIMES_BYTE, _EVENT_LABELS_BYTE = 298, 300, 304, 396
_LOWEST_RATE_HZ, _HIGHEST_RATE_HZ = 1e-2, 1e6


@dataclass(frozen=True)
class Header:
    """The header block's declarations, whether true or not."""

    points: int
    analog_words: int
    """Analog values stored with each frame (channels times samples)."""
    first_frame: int
    last_frame: int
    scale: float
    """Negative: points are stored as floats."""
    data_start_block: int
    """Counted from 1."""
    samples_per_frame: int
    rate_hz: float

    @property
    def is_plausible(self) -> bool:
        """Whether these numbers can all be meant: a test of the byte order they were read in."""
        return (
            self.first_frame <= self.last_frame
            and self.data_start_block >= 2
            and math.isfinite(self.scale)
            and 1e-9 < abs(self.scale) < 1e9
            and is_rate(self.rate_hz)
        )


def is_rate(rate_hz: float | None) -> bool:
    """Whether a number can be a camera's rate; what lies far outside would only ask for absurd amounts of memory."""
    return rate_hz is not None and _LOWEST_RATE_HZ <= rate_hz <= _HIGHEST_RATE_HZ


def decode_header(block: bytes | bytearray, order: ByteOrder) -> Header:
    """The declarations of a complete header block."""
    words = [order.uint16(block, 2 * index) for index in range(12)]
    return Header(
        points=words[1],
        analog_words=words[2],
        first_frame=words[3],
        last_frame=words[4],
        scale=order.float32(block, 12),
        data_start_block=words[8],
        samples_per_frame=words[9],
        rate_hz=order.float32(block, 20),
    )


def guessed_byte_order(block: bytes | bytearray) -> ByteOrder | None:
    """The byte order in which a header makes sense, for a file that does not name one; None if there is none."""
    return next((order for order in (INTEL, MIPS, DEC) if decode_header(block, order).is_plausible), None)


def header_events(block: bytes | bytearray, order: ByteOrder) -> tuple[tuple[str, float], ...]:
    """Events in the header: label and seconds, at most 18; hidden ones (display flag) too.

    Labels have four characters where the file holds the key that says so, else two, as in the format's first years.
    """
    count = order.uint16(block, _EVENT_COUNT_BYTE)
    if not 1 <= count <= _MOST_EVENTS:
        return ()
    width = 4 if order.uint16(block, _EVENT_KEY_BYTE) == _EVENT_KEY else 2
    times_s = order.floats(block[_EVENT_TIMES_BYTE : _EVENT_TIMES_BYTE + 4 * count])
    events = []
    for index, time_s in enumerate(times_s.tolist()):
        start = _EVENT_LABELS_BYTE + width * index
        stored = bytes(block[start : start + width])
        label = decode_text(stored)
        if width == 2 and not (stored.isascii() and label.isalnum()):
            return ()  # no key and no readable names: these are not events
        if label and math.isfinite(time_s):
            events.append((label, time_s))
    return tuple(events)
