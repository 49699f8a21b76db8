"""C3D files of every encoding, made byte by byte from the format's rules and from no other code of ours.

Material for benchmarks and for holding readers against each other: the content is a pair of walking legs, so that
everything above a reader has something to work on too.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

BLOCK_BYTES = 512
PROCESSORS = {"Intel": 84, "DEC": 85, "MIPS": 86}
SCALE_MM = 0.1
WALKWAY_MM = 5000.0
_LEG_MM = {
    "ASI": (100.0, 120.0, 950.0),
    "PSI": (-100.0, 50.0, 970.0),
    "KNE": (0.0, 150.0, 500.0),
    "ANK": (-20.0, 140.0, 90.0),
    "HEE": (-70.0, 120.0, 40.0),
    "TOE": (110.0, 130.0, 50.0),
}
_LIST_LENGTH = 255  # one byte holds a list's length
_EVENT_KEY = 12345

Value = str | Sequence[str] | int | float | np.ndarray


@dataclass(frozen=True)
class MadeFile:
    """What a made file holds."""

    frames: int = 60
    points: int = 12
    channels: int = 0
    """At most 255: one byte holds the number of scales."""
    samples: int = 10
    """Analog samples a frame."""
    byte_order: Literal["Intel", "DEC", "MIPS"] = "Intel"
    storage: Literal["float", "integer"] = "float"
    unsigned: bool = False
    """Integer analogs without a sign."""
    rate_hz: float = 100.0
    first_frame: int = 1
    events: int = 0
    header_events: int = 0
    missing_share: float = 0.05
    prefix: str = ""
    """Before every label, such as a subject's name and a colon."""
    with_parameters: bool = True
    """Whether there are any parameters; a section without one is allowed."""
    leave_out: tuple[str, ...] = ()
    """Parameters not to write, as GROUP:NAME."""
    groups: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    """Further parameters; those of POINT and ANALOG replace the usual ones."""
    seed: int = 0


def made_bytes(made: MadeFile) -> bytes:
    """The whole file."""
    encoding = _Encoding(made.byte_order)
    groups = _groups(made) if made.with_parameters else {}
    blocks = -(-(4 + len(_section(groups, encoding))) // BLOCK_BYTES)
    data_start = 2 + blocks
    if "DATA_START" in groups.get("POINT", {}):
        groups["POINT"]["DATA_START"] = data_start
    parameters = struct.pack("<4B", 1, 0x50, blocks, PROCESSORS[made.byte_order]) + _section(groups, encoding)
    return _header(made, encoding, data_start) + parameters.ljust(blocks * BLOCK_BYTES, b"\0") + _data(made, encoding)


def walker_mm(frames: int, points: int, rate_hz: float = 100.0) -> np.ndarray:
    """Legs that walk to and fro along x at 1 m/s and swing, (frame, point, axis) mm; further points ride along."""
    time_s = np.arange(frames) / rate_hz
    places = np.array([_still(index) for index in range(points)]).reshape(points, 3)
    walk = np.repeat(places[None], frames, axis=0)
    walk[:, :, 0] += (np.abs((1000.0 * time_s) % (2.0 * WALKWAY_MM) - WALKWAY_MM) - 0.5 * WALKWAY_MM)[:, None]
    swing = np.sin(2.0 * np.pi * 0.9 * time_s)[:, None] * np.where(places[:, 1] >= 0, 1.0, -1.0)
    walk[:, :, 0] += 0.3 * (950.0 - places[:, 2]) * swing
    walk[:, :, 2] += np.clip(0.05 * (950.0 - places[:, 2]), 0.0, None) * np.clip(swing, 0.0, None)
    return walk


def labels(points: int, prefix: str = "") -> list[str]:
    """Names for that many points: both legs' markers first, then numbered ones."""
    named = [f"{side}{name}" for name in _LEG_MM for side in "LR"]
    return [prefix + (named[index] if index < len(named) else f"M{index:03d}") for index in range(points)]


class _Encoding:
    """Numbers as one kind of processor stores them."""

    def __init__(self, byte_order: str) -> None:
        self.order = ">" if byte_order == "MIPS" else "<"
        self.is_dec = byte_order == "DEC"

    def words(self, values: np.ndarray | Sequence[int] | int) -> bytes:
        """16-bit words; numbers beyond 32,767 wrap, as they do in files."""
        whole = np.asarray(np.asarray(values, dtype=np.int64) & 0xFFFF)
        return whole.astype(f"{self.order}u2").tobytes(order="F")

    def floats(self, values: np.ndarray | Sequence[float] | float, order: Literal["C", "F"] = "F") -> bytes:
        """32-bit floats; DEC's are four times the IEEE number with its halves exchanged."""
        stored = np.asarray(values, dtype=np.float32)
        if not self.is_dec:
            return stored.astype(f"{self.order}f4").tobytes(order=order)
        halves = np.frombuffer(np.asarray(stored * np.float32(4.0)).astype("<f4").tobytes(order=order), dtype="<u2")
        return halves.reshape(-1, 2)[:, ::-1].tobytes()


def _still(index: int) -> tuple[float, float, float]:
    """Where a point is when the body stands."""
    if index < 2 * len(_LEG_MM):
        x, y, z = list(_LEG_MM.values())[index // 2]
        return x, y if index % 2 == 0 else -y, z
    return 40.0 * (index % 7) - 120.0, 35.0 * (index % 9) - 140.0, 1000.0 + 15.0 * (index % 31)


def _groups(made: MadeFile) -> dict[str, dict[str, Value]]:
    sign = -1.0 if made.storage == "float" else 1.0
    names = labels(made.points, made.prefix)
    point: dict[str, Value] = {
        "USED": made.points,
        "FRAMES": np.array(min(made.frames, 65_535)),
        "SCALE": sign * SCALE_MM,
        "RATE": made.rate_hz,
        "DATA_START": 0,
        "UNITS": ["mm"],
        **_listed("LABELS", names),
        **_listed("DESCRIPTIONS", [f"marker {number}" for number in range(len(names))]),
    }
    analog: dict[str, Value] = {"USED": made.channels, "RATE": made.rate_hz * made.samples, "GEN_SCALE": 0.5}
    if made.channels:
        analog |= _listed("LABELS", [f"EMG{channel}" for channel in range(made.channels)])
        analog |= {"UNITS": ["V"] * min(made.channels, _LIST_LENGTH), "SCALE": _analog_scale(made)}
        analog |= {"OFFSET": _analog_offset(made), "FORMAT": "UNSIGNED" if made.unsigned else "SIGNED"}
    found: dict[str, dict[str, Value]] = {
        "POINT": point | dict(made.groups.get("POINT", {})),
        "ANALOG": analog | dict(made.groups.get("ANALOG", {})),
        "FORCE_PLATFORM": {"USED": 0},
    }
    if made.events:
        found["EVENT"] = _events(made)
    found |= {name: dict(values) for name, values in made.groups.items() if name not in ("POINT", "ANALOG")}
    return {
        group: {name: value for name, value in values.items() if f"{group}:{name}" not in made.leave_out}
        for group, values in found.items()
    }


def _events(made: MadeFile) -> dict[str, Value]:
    times_s = (np.arange(made.events) + 0.5) / made.events * made.frames / made.rate_hz
    return {
        "USED": made.events,
        "TIMES": np.stack([np.zeros(made.events), times_s]),
        "LABELS": ["Foot Strike" if number % 4 < 2 else "Foot Off" for number in range(made.events)],
        "CONTEXTS": ["Left" if number % 2 == 0 else "Right" for number in range(made.events)],
    }


def _analog_scale(made: MadeFile) -> np.ndarray:
    return 0.002 * (1.0 + np.arange(made.channels) % 5)


def _analog_offset(made: MadeFile) -> np.ndarray:
    return np.full(made.channels, 40_000 if made.unsigned else 0) + np.arange(made.channels) % 3


def _listed(name: str, texts: Sequence[str]) -> dict[str, Value]:
    """A list of texts, continued under NAME2, NAME3 where it is too long for one."""
    starts = range(0, max(1, len(texts)), _LIST_LENGTH)
    return {
        name if part == 0 else f"{name}{part + 1}": list(texts[start : start + _LIST_LENGTH])
        for part, start in enumerate(starts)
    }


def _section(groups: Mapping[str, Mapping[str, Value]], encoding: _Encoding) -> bytes:
    stored = b""
    for number, (group, values) in enumerate(groups.items(), start=1):
        said = f"about {group}".encode("ascii")
        name = group.encode("cp1252")
        stored += struct.pack("<bb", len(name), -number) + name + encoding.words(3 + len(said))
        stored += struct.pack("<B", len(said)) + said
        for parameter, value in values.items():
            name, content = parameter.encode("cp1252"), _content(value, encoding)
            stored += struct.pack("<bb", len(name), number) + name + encoding.words(3 + len(content)) + content + b"\0"
    return stored + b"\0\0"


def _content(value: Value, encoding: _Encoding) -> bytes:
    """Type, dimensions and values of one parameter."""
    if isinstance(value, str):
        text = value.encode("cp1252")
        return struct.pack("<bBB", -1, 1, len(text)) + text
    if isinstance(value, (list, tuple)):
        texts = [text.encode("cp1252") for text in value]
        width = max((len(text) for text in texts), default=0)
        return struct.pack("<bBBB", -1, 2, width, len(texts)) + b"".join(text.ljust(width) for text in texts)
    array = np.asarray(value)
    dimensions = struct.pack(f"<B{array.ndim}B", array.ndim, *array.shape)
    if array.dtype.kind in "iu":
        return struct.pack("<b", 2) + dimensions + encoding.words(array)
    return struct.pack("<b", 4) + dimensions + encoding.floats(array)


def _header(made: MadeFile, encoding: _Encoding, data_start: int) -> bytes:
    samples = made.samples if made.channels else 0
    last = min(65_535, made.first_frame + made.frames - 1)
    sign = -1.0 if made.storage == "float" else 1.0
    stored = struct.pack("<2B", 2, 0x50)
    stored += encoding.words([made.points, made.channels * samples, made.first_frame, last, 10])
    stored += encoding.floats(sign * SCALE_MM) + encoding.words([data_start, samples]) + encoding.floats(made.rate_hz)
    block = bytearray(stored.ljust(BLOCK_BYTES, b"\0"))
    if made.header_events:
        count = min(18, made.header_events)
        times_s = (np.arange(18) + 1.0) * 0.05
        block[298:302] = encoding.words([_EVENT_KEY, count])
        block[304:376] = encoding.floats(times_s)
        block[376:394] = bytes(18)
        block[396:468] = b"".join(f"E{number:02d} ".encode("ascii") for number in range(18))
    return bytes(block)


def _data(made: MadeFile, encoding: _Encoding) -> bytes:
    """Every frame: x, y, z and the residual word of each point, then its analog samples."""
    rng = np.random.default_rng(made.seed)
    missing = rng.random((made.frames, made.points)) < made.missing_share
    points = np.empty((made.frames, made.points, 4))
    points[..., :3] = walker_mm(made.frames, made.points, made.rate_hz)
    residual, cameras = rng.integers(0, 20, missing.shape), rng.integers(0, 128, missing.shape)
    points[..., 3] = residual + 256 * cameras
    points[missing] = (0.0, 0.0, 0.0, -1.0)
    samples = made.samples if made.channels else 0
    volts = np.sin(np.arange(made.frames * samples * made.channels) * 0.01).reshape(made.frames, -1)
    if made.channels:
        scale = np.tile(_analog_scale(made) * 0.5, samples)
        analogs = np.round(volts / scale) + np.tile(_analog_offset(made), samples)
    else:
        analogs = volts
    if made.storage == "integer":
        points[..., :3] = np.round(points[..., :3] / SCALE_MM)
        whole = np.concatenate([points.reshape(made.frames, -1), analogs], axis=1).astype(np.int64)
        return (whole & 0xFFFF).astype(f"{encoding.order}u2").tobytes()
    return encoding.floats(np.concatenate([points.reshape(made.frames, -1), analogs], axis=1), order="C")
