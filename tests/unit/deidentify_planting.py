"""Files with a name wherever one can hide, and the search for it afterwards: none of our writer is used for either."""

from __future__ import annotations

import struct
import unicodedata
from pathlib import Path

import numpy as np
from recordings_c3d_maker import LABELS, walker_mm

LOW_PASS = b"low-pass: zero-lag Butterworth of order 4, half power at 6 Hz, each unbroken run"
_SCALE = 0.1
ENCODINGS = ("utf-8", "cp1252", "utf-16-le", "utf-16-be")


def planted_file(
    name: str,
    *,
    encoding: str = "utf-8",
    prefix: bool = False,
    frames: int = 40,
    seed: int = 0,
    counts: tuple[int | None, int] | None = None,
    is_float: bool = True,
) -> bytes:
    """A walker's file that says a person's name in every text, description and gap between things.

    Parameters
    ----------
    name : the name, "First Last"
    encoding : of the texts
    prefix : the name precedes each marker's label, as "Name:LASI"
    frames : how many there are; the name fills what the last block has left behind them
    counts : what POINT:FRAMES (None leaves it out) and the header say of them
    is_float : how points and analogs are stored, else as 16-bit integers
    """
    text = name.encode(encoding, "replace")[:120]
    label = name.encode(encoding, "replace")[:30]
    before = label + b":" if prefix else b""
    labels = [before + marker.encode() for marker in LABELS] + [label, b"*" + label, label + b"Angles"]
    rng = np.random.default_rng(seed)
    points = np.zeros((frames, len(labels), 4), "<f4")
    points[:, : len(LABELS), :3] = walker_mm(frames)
    points[:, len(LABELS) :, :3] = rng.uniform(10.0, 900.0, (frames, 3, 3))
    points[2, 0, 3] = -1.0
    if is_float:
        points[2, 0, :3] = np.frombuffer(text.ljust(12)[:12], "<f4")  # under a point that was not seen
    analogs = rng.normal(size=(frames, 2 * 3)).astype("<f4")
    groups: dict[str, dict[str, bytes]] = {
        "POINT": {
            "USED": _words(len(labels)),
            "FRAMES": _words(frames),
            "SCALE": _floats(-_SCALE if is_float else _SCALE),
            "RATE": _floats(100.0),
            "DATA_START": _words(0),
            "LABELS": _texts(labels),
            "DESCRIPTIONS": _texts([text] * len(labels)),
            "UNITS": _texts([b"mm"]),
            "ANGLES": _texts([label + b"Angles"]),
            "ANGLE_UNITS": _texts([text]),
            "TYPE_GROUPS": _texts([text, b"ANGLE"]),
        },
        "ANALOG": {
            "USED": _words(3),
            "RATE": _floats(200.0),
            "LABELS": _texts([b"Fx1", label, b"EMG " + label]),
            "DESCRIPTIONS": _texts([text] * 3),
            "UNITS": _texts([b"N", b"V", text]),
            "GEN_SCALE": _floats(1.0),
            "SCALE": _floats(1.0, 1.0, 1.0),
            "OFFSET": _words(0, 0, 0),
        },
        "SUBJECTS": {
            "USED": _words(1),
            "NAMES": _texts([text]),
            "LABEL_PREFIXES": _texts([before or b" "]),
            "MARKER_SETS": _texts([text]),
            "MODELS": _texts([text]),
        },
        "SUBJECT": {"NAME": _texts([text]), "DOB": _texts([b"1962-05-03"]), "HEIGHT": _floats(1712.0)},
        "EVENT": {
            "USED": _words(2),
            "CONTEXTS": _texts([b"Left", text]),
            "LABELS": _texts([b"Foot Strike", text]),
            "SUBJECTS": _texts([text, text]),
            "DESCRIPTIONS": _texts([text, text]),
            "TIMES": _floats(0.0, 0.1, 0.0, 0.2, shape=(2, 2)),
        },
        "EVENT_CONTEXT": {"USED": _words(1), "LABELS": _texts([text]), "DESCRIPTIONS": _texts([text])},
        "TRIAL": {"DATE": _texts([b"2019-03-04"]), "NAME": _texts([text]), "NOTES": _texts([text + b" 2019-03-04"])},
        "MANUFACTURER": {"COMPANY": _texts([b"Vicon, licensed to " + text]), "SOFTWARE": _texts([text])},
        "ANALYSIS": {"NAMES": _texts([text]), "SUBJECTS": _texts([text])},
        "PROCESSING": {"BODYMASS": _floats(64.5), "OPERATOR": _texts([text])},
        "LTME_TRIAL": {
            "KIND": _texts([b"walk"]),
            "FOOTWEAR": _texts([b"shoes of " + text]),
            "AID": _texts([b"cane right"]),
            "EXAMINER": _texts([text]),
            "PROCESSING": _texts([LOW_PASS, b"checked by " + text]),
        },
        "CLINIC": {"ANYTHING": _texts([text]), "BYTES": struct.pack("<bBB", 1, 1, len(text)) + text},
    }
    told, header_told = counts or (frames, frames)
    if told is None:
        del groups["POINT"]["FRAMES"]
    else:
        groups["POINT"]["FRAMES"] = _words(told)
    return _file(groups, text, points, analogs, header_told, is_float)


def traces(folder: Path, words: list[str]) -> list[str]:
    """Where a word is found below a folder: in bytes, names of files or folders, in any case and encoding."""
    found = []
    for path in sorted(folder.rglob("*")):
        named = path.relative_to(folder).as_posix()
        stored = path.read_bytes() if path.is_file() else b""
        found += traces_in(stored + named.encode("utf-8", "surrogateescape"), words, named)
    return found


def traces_in(stored: bytes, words: list[str], named: str = "") -> list[str]:
    """Which words some bytes hold, in any case and encoding."""
    needles = {(word, needle) for word in words for needle in spellings(word)}
    return [f"{word!r} as {needle!r} in {named}" for word, needle in needles if needle in stored]


def spellings(word: str) -> set[bytes]:
    """A word as bytes: as it is, in capitals, in small letters, capitalised, without accents; in each encoding."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    forms = {form for one in (word, plain) for form in (one, one.upper(), one.lower(), one.capitalize())}
    return {form.encode(encoding, "replace") for form in forms for encoding in ENCODINGS} - {b""}


def _file(
    groups: dict[str, dict[str, bytes]],
    text: bytes,
    points: np.ndarray,
    analogs: np.ndarray,
    last_frame: int,
    is_float: bool,
) -> bytes:
    blocks = -(-(len(_section(groups, text)) + 4) // 512) + 1  # one block of slack
    data_block = 2 + blocks
    groups["POINT"]["DATA_START"] = _words(data_block)
    section = struct.pack("<4B", 1, 0x50, blocks, 84) + _section(groups, text)
    header = bytearray((text * 512)[:512])
    struct.pack_into("<BB5H", header, 0, 2, 0x50, points.shape[1], 6, 1, last_frame, 0)
    struct.pack_into("<fHHf", header, 12, -_SCALE if is_float else _SCALE, data_block, 2, 100.0)
    struct.pack_into("<HH", header, 298, 12345, 1)
    struct.pack_into("<f", header, 304, 0.1)
    if not is_float:
        points[..., :3] = np.round(points[..., :3] / _SCALE)
    values = np.concatenate([points.reshape(len(points), -1), analogs], axis=1)
    data = values.astype("<f4" if is_float else "<i2").tobytes()
    slack = (text * 600)[: blocks * 512 - len(section)]
    return bytes(header) + section + slack + data + (text * 600)[: -len(data) % 512]


def _section(groups: dict[str, dict[str, bytes]], text: bytes) -> bytes:
    said = bytes([len(text)]) + text
    stored = b""
    for number, (group, values) in enumerate(groups.items(), start=1):
        stored += struct.pack("<bb", len(group), -number) + group.encode() + struct.pack("<H", 2 + len(said)) + said
        for name, content in values.items():
            stored += struct.pack("<bb", len(name), number) + name.encode()
            stored += struct.pack("<H", 2 + len(content) + len(said)) + content + said
    return stored + b"\0\0"


def _texts(texts: list[bytes]) -> bytes:
    width = max(map(len, texts))
    return struct.pack("<bBBB", -1, 2, width, len(texts)) + b"".join(text.ljust(width) for text in texts)


def _words(*values: int) -> bytes:
    return struct.pack(f"<bBB{len(values)}h", 2, 1, len(values), *values)


def _floats(*values: float, shape: tuple[int, ...] = ()) -> bytes:
    shape = shape or (len(values),)
    return struct.pack(f"<bB{len(shape)}B{len(values)}f", 4, len(shape), *shape, *values)
