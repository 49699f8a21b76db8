"""Makes C3D files byte by byte, from the format's own rules and none of our code, odd ones included."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Value = str | Sequence[str] | int | float | bytes | np.ndarray
PARAMETER_BLOCK, BLOCK_BYTES = 2, 512

LABELS = ("LASI", "RASI", "LPSI", "RPSI", "LKNE", "RKNE", "LANK", "RANK", "LHEE", "RHEE", "LTOE", "RTOE")
_STANDING_MM = {
    "ASI": (100.0, 120.0, 950.0),
    "PSI": (-100.0, 50.0, 970.0),
    "KNE": (0.0, 150.0, 500.0),
    "ANK": (-20.0, 140.0, 90.0),
    "HEE": (-70.0, 120.0, 40.0),
    "TOE": (110.0, 130.0, 50.0),
}


@dataclass(frozen=True)
class Computer:
    """How one computer stores numbers."""

    processor: int
    prefix: str
    is_vax: bool = False

    def int16(self, values: np.ndarray | int) -> bytes:
        """Words of 16 bits; what lies beyond wraps around, as it does in files."""
        return (np.atleast_1d(values).astype(np.int64) & 0xFFFF).astype(f"{self.prefix}u2").tobytes(order="F")

    def float32(self, values: np.ndarray | float) -> bytes:
        if not self.is_vax:
            return np.asarray(values, dtype=f"{self.prefix}f4").tobytes(order="F")
        return vax_bytes(np.asarray(values, dtype=float).ravel(order="F"))


INTEL, DEC, MIPS = Computer(84, "<"), Computer(85, "<", is_vax=True), Computer(86, ">")
COMPUTERS = {"Intel": INTEL, "DEC": DEC, "MIPS": MIPS}


def vax_bytes(values: np.ndarray) -> bytes:
    """VAX F floats: a fraction 0.1f, an exponent that counts from 128, and the word that holds both first."""
    fractions, exponents = np.frexp(np.abs(values).astype(np.float32).astype(float))
    bits = ((exponents + 128) << 23) + np.round((2.0 * fractions - 1.0) * 2**23).astype(np.int64)
    bits = np.where(values == 0.0, 0, bits + (np.signbit(values).astype(np.int64) << 31))
    return np.stack([bits >> 16, bits & 0xFFFF], axis=-1).astype("<u2").tobytes()


def walker_mm(frames: int = 40, labels: Sequence[str] = LABELS) -> np.ndarray:
    """Legs of an adult that glide forward (x) at 10 mm a frame, (frame, label, 3), z up."""
    still = np.array([_STANDING_MM[label[1:]] for label in labels])
    still[:, 1] *= [1.0 if label[0] == "L" else -1.0 for label in labels]
    glide = np.arange(frames)[:, None, None] * np.array([10.0, 0.0, 0.0])
    return still[None] + glide


def c3d_bytes(
    points: np.ndarray,
    labels: Sequence[str] = LABELS,
    *,
    rate_hz: float = 100.0,
    units: str | None = "mm",
    first_frame: int = 1,
    residuals: np.ndarray | None = None,
    groups: Mapping[str, Mapping[str, Value]] | None = None,
    leave_out: Sequence[str] = (),
    header_rate_hz: float | None = None,
    analogs: np.ndarray | None = None,
    computer: Computer = INTEL,
    integer_step: float | None = None,
    header_words: Mapping[int, int] | None = None,
    events: Sequence[tuple[str, float]] = (),
    blocks_said: int | None = None,
    key: int = 0x50,
    extra_records: bytes = b"",
    has_parameters: bool = True,
    pads: bool = False,
) -> bytes:
    """A whole C3D file.

    points : (frame, point, 3) in file units
    residuals : (frame, point) residual words, negative where the point was not seen
    groups : further parameters by group and name; a POINT or ANALOG group here is added to the standard one
    leave_out : names of the standard POINT parameters, or GROUP:NAME, not to write
    analogs : (frame, sample, channel), the words as stored
    integer_step : POINT:SCALE of a file of integers; floats if None
    header_words : words of the header (counted from 0) to overwrite
    events : labels and seconds for the header
    blocks_said : the parameter section's own block count, if not the true one
    key : of the parameter section
    extra_records : further parameter records
    pads : whether the last block is filled up
    """
    frames, count, _ = points.shape
    scale = -0.1 if integer_step is None else integer_step
    samples, channels = (0, 0) if analogs is None else analogs.shape[1:]
    standard = _standard_groups(frames, labels, rate_hz, units, scale, count, (samples, channels))
    for group, values in (groups or {}).items():
        standard[group] = {**standard.get(group, {}), **values}
    for name in leave_out:
        group, _, parameter = name.rpartition(":")
        standard[group or "POINT"].pop(parameter, None)
    blocks = -(-(len(_parameters(standard, computer) + extra_records) + 6) // BLOCK_BYTES) if has_parameters else 0
    data_start = PARAMETER_BLOCK + blocks
    if standard["POINT"].get("DATA_START") == 0:
        standard["POINT"]["DATA_START"] = data_start
    blocks_byte = blocks & 0xFF if blocks_said is None else blocks_said
    section = struct.pack("<4B", 1, key, blocks_byte, computer.processor)
    section += _parameters(standard, computer) + extra_records + b"\0\0"
    header = _header(
        (count, samples * channels, first_frame, min(65_535, first_frame + frames - 1), 0),
        (scale, data_start, samples, rate_hz if header_rate_hz is None else header_rate_hz),
        computer,
        header_words or {},
        events,
    )
    words = np.zeros((frames, 4 * count + samples * channels))
    stored = words[:, : 4 * count].reshape(frames, count, 4)
    stored[..., :3] = points if integer_step is None else np.round(points / integer_step)
    stored[..., 3] = 0.0 if residuals is None else residuals
    if analogs is not None:
        words[:, 4 * count :] = analogs.reshape(frames, -1)
    signals = (computer.float32 if integer_step is None else computer.int16)(words.ravel())
    whole = header + (section.ljust(blocks * BLOCK_BYTES, b"\0") if has_parameters else b"") + signals
    return whole + b"\0" * (-len(whole) % BLOCK_BYTES if pads else 0)


def parameter_record(group: int, name: bytes, content: bytes, step: int | None = None) -> bytes:
    """One Intel parameter record around any content (type, dimensions, values), with any step to the next."""
    step = 2 + len(content) + 1 if step is None else step
    return struct.pack("<Bb", len(name), group) + name + struct.pack("<H", step) + content + b"\0"


def _standard_groups(
    frames: int,
    labels: Sequence[str],
    rate_hz: float,
    units: str | None,
    scale: float,
    count: int,
    analog_shape: tuple[int, int],
) -> dict[str, dict[str, Value]]:
    samples, channels = analog_shape
    point: dict[str, Value] = {
        "USED": count,
        "FRAMES": np.array(min(frames, 65_535)),
        "SCALE": scale,
        "RATE": float(rate_hz),
        "DATA_START": 0,
        **name_lists("LABELS", labels),
    }
    if units is not None:
        point["UNITS"] = [units]
    analog: dict[str, Value] = {
        "USED": channels,
        "RATE": rate_hz * samples,
        **name_lists("LABELS", [f"A{channel}" for channel in range(channels)]),
        "UNITS": ["V"] * min(channels, 255),
        "GEN_SCALE": 1.0,
        **number_lists("SCALE", np.ones(channels)),
        **number_lists("OFFSET", np.zeros(channels, dtype=int)),
    }
    return {"POINT": point, "ANALOG": analog, "FORCE_PLATFORM": {"USED": 0}}


def _header(
    counts: tuple[int, ...],
    facts: tuple[float, int, int, float],
    computer: Computer,
    overwritten: Mapping[int, int],
    events: Sequence[tuple[str, float]],
) -> bytes:
    scale, data_start, samples, rate_hz = facts
    header = bytearray(BLOCK_BYTES)
    header[:2] = PARAMETER_BLOCK, 0x50
    header[2:12] = computer.int16(np.array(counts))
    header[12:16] = computer.float32(scale)
    header[16:20] = computer.int16(np.array([data_start, samples]))
    header[20:24] = computer.float32(rate_hz)
    if events:
        header[298:302] = computer.int16(np.array([12345, len(events)]))
        for index, (label, time_s) in enumerate(events):
            header[304 + 4 * index : 308 + 4 * index] = computer.float32(time_s)
            header[376 + index] = index % 2  # the display flag: a hidden event is an event
            header[396 + 4 * index : 400 + 4 * index] = label.encode("ascii").ljust(4)
    for word, value in overwritten.items():
        header[2 * word : 2 * word + 2] = computer.int16(value)
    return bytes(header)


def name_lists(name: str, names: Sequence[str]) -> dict[str, Value]:
    """NAME, NAME2 ...: one byte holds a list's length."""
    return _lists(name, [list(names[start : start + 255]) for start in range(0, max(1, len(names)), 255)])


def number_lists(name: str, numbers: np.ndarray) -> dict[str, Value]:
    """The same for numbers."""
    return _lists(name, [numbers[start : start + 255] for start in range(0, max(1, len(numbers)), 255)])


def _lists(name: str, parts: list) -> dict[str, Value]:
    return {name if i == 0 else f"{name}{i + 1}": part for i, part in enumerate(parts)}


def _parameters(groups: Mapping[str, Mapping[str, Value]], computer: Computer) -> bytes:
    stored = b""
    for number, (group, values) in enumerate(groups.items(), start=1):
        name = group.encode("cp1252")
        about = f"about {group}".encode("cp1252")
        stored += struct.pack("<bb", len(name), -number) + name + computer.int16(3 + len(about))
        stored += struct.pack("<B", len(about)) + about
        for parameter, value in values.items():
            stored += _parameter(number, parameter, value, computer)
    return stored


def _parameter(group: int, parameter: str, value: Value, computer: Computer) -> bytes:
    content = _content(value, computer)
    name = parameter.encode("cp1252")
    return struct.pack("<bb", len(name), group) + name + computer.int16(2 + len(content) + 1) + content + b"\0"


def _content(value: Value, computer: Computer) -> bytes:
    """Type, dimensions and values of one parameter."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        text = value.encode("cp1252")
        return struct.pack("<bBB", -1, 1, len(text)) + text
    if isinstance(value, (list, tuple)):
        texts = [text.encode("cp1252") for text in value]
        width = max((len(text) for text in texts), default=0)
        return struct.pack("<bBBB", -1, 2, width, len(texts)) + b"".join(text.ljust(width) for text in texts)
    array = np.asarray(value)
    dimensions = struct.pack(f"<B{array.ndim}B", array.ndim, *array.shape)
    if array.dtype.itemsize == 1:
        return struct.pack("<b", 1) + dimensions + array.tobytes(order="F")
    if array.dtype.kind in "iu":
        return struct.pack("<b", 2) + dimensions + computer.int16(array)
    return struct.pack("<b", 4) + dimensions + computer.float32(array)
