"""Parameter sections made to be expensive: thousands of the smallest records that announce the largest contents."""

from __future__ import annotations

import struct

import pytest

from ltme_clinic.recordings.oracle.made_files import BLOCK_BYTES, MadeFile, made_bytes
from studies.hostile_bytes.attempts import LONGEST_S, attempt

MOST_BLOCKS = 255  # one byte holds their number
TEXT, BYTE, INTEGER, FLOAT = -1, 1, 2, 4


def record(name: bytes, kind: int, dimensions: list[int], content: bytes = b"", *, group: int = 1) -> bytes:
    stored = struct.pack("<bB", kind, len(dimensions)) + bytes(dimensions) + content
    return struct.pack("<bb", len(name), group) + name + struct.pack("<H", 3 + len(stored)) + stored + b"\0"


def pointing(offset: int) -> bytes:
    """A record whose offset to the next one says where to go on."""
    return struct.pack("<bb", 1, 1) + b"A" + struct.pack("<H", offset) + b"\2\0\1\0\0"


def filled_with(records: bytes) -> bytes:
    """A valid file whose parameter section goes on with these records, again and again, until it is full."""
    parent = made_bytes(MadeFile(frames=5, channels=2))
    order, data_start = "<", 512 * (struct.unpack_from("<H", parent, 16)[0] - 1)
    end = 516
    while parent[end]:
        offset = end + 2 + parent[end]
        end = offset + struct.unpack_from(f"{order}H", parent, offset)[0]
    own = parent[516:end]
    room = MOST_BLOCKS * BLOCK_BYTES - 4 - len(own) - 2
    header = bytearray(parent[:512])
    struct.pack_into("<H", header, 16, 2 + MOST_BLOCKS)
    body = own + records * (room // len(records))
    opening = struct.pack("<4B", 1, 0x50, MOST_BLOCKS, 84)
    return bytes(header) + opening + body.ljust(MOST_BLOCKS * BLOCK_BYTES - 4, b"\0") + parent[data_start:]


CRAFTED = {
    "one name, thousands of times": record(b"A", INTEGER, [], b"\1\0"),
    "texts of no width": record(b"A", TEXT, [0, 255]),
    "grids of texts of no width": record(b"A", TEXT, [0, 255, 255]),
    "seven dimensions, the first 0": record(b"A", TEXT, [0, *[255] * 6]),
    "numbers, seven dimensions, the last 0": record(b"A", FLOAT, [*[255] * 6, 0]),
    "numbers that are not there": record(b"A", FLOAT, [255] * 7),
    "more dimensions than there may be": record(b"A", INTEGER, [1] * 200, b"\1\0"),
    "labels of no width": record(b"LABELS2", TEXT, [0, 255, 255]),
    "texts of one letter": record(b"A", TEXT, [1, 200], b"x" * 200),
    "groups without parameters": struct.pack("<bb", 1, -100) + b"G" + struct.pack("<HB", 3, 0),
    "offsets that do not advance": pointing(0),
    "offsets onto themselves": pointing(2),
    "offsets into themselves": pointing(1),
    "offsets to the end of the world": pointing(65_535),
    "unknown types": record(b"A", 7, [], b"\1\0"),
}


@pytest.mark.parametrize("depth", ["decode", "interpret"])
@pytest.mark.parametrize("records", CRAFTED.values(), ids=CRAFTED)
def test_a_crafted_section_is_read_or_refused_at_once_and_within_its_memory(tmp_path, records, depth):
    path = tmp_path / "crafted.c3d"
    path.write_bytes(filled_with(records))
    tried = attempt(path, depth, trace=True)
    seconds = tried.seconds
    for _ in range(2):
        if seconds > LONGEST_S:  # tracing takes time itself, and so does what is loaded on first use
            seconds = min(seconds, attempt(path, depth).seconds)
    assert tried.outcome != "escape", tried
    assert seconds <= LONGEST_S
    assert not tried.over_budget(path.stat().st_size, depth)


def test_the_file_that_is_filled_is_valid_itself(tmp_path):
    path = tmp_path / "plain.c3d"
    path.write_bytes(filled_with(record(b"A", BYTE, [], b"\1")))
    assert attempt(path).outcome == "read"
