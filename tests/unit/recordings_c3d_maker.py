"""Makes C3D files byte by byte, from the format's own rules and none of our code, odd ones included."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

import numpy as np

Value = str | Sequence[str] | int | float | np.ndarray
PARAMETER_BLOCK, INTEL = 2, 84

LABELS = ("LASI", "RASI", "LPSI", "RPSI", "LKNE", "RKNE", "LANK", "RANK", "LHEE", "RHEE", "LTOE", "RTOE")
_STANDING_MM = {
    "ASI": (100.0, 120.0, 950.0),
    "PSI": (-100.0, 50.0, 970.0),
    "KNE": (0.0, 150.0, 500.0),
    "ANK": (-20.0, 140.0, 90.0),
    "HEE": (-70.0, 120.0, 40.0),
    "TOE": (110.0, 130.0, 50.0),
}


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
) -> bytes:
    """A whole Intel C3D file of floats.

    points : (frame, point, 3) in file units
    residuals : (frame, point), negative where the point was not seen
    groups : further parameters by group and name; a POINT group here is added to the standard one
    leave_out : names of the standard POINT parameters not to write
    analogs : (frame, sample, channel)
    """
    frames, count, _ = points.shape
    groups = dict(groups or {})
    point = {
        "USED": count,
        "FRAMES": np.array(min(frames, 65_535)),
        "SCALE": -0.1,
        "RATE": float(rate_hz),
        "DATA_START": 0,
        **_label_lists(labels),
    }
    if units is not None:
        point["UNITS"] = [units]
    point |= groups.pop("POINT", {})
    groups = {"POINT": {k: v for k, v in point.items() if k not in leave_out}, **groups}
    samples, channels = (0, 0) if analogs is None else analogs.shape[1:]
    groups.setdefault("ANALOG", _analog_group(rate_hz * samples, channels))
    groups.setdefault("FORCE_PLATFORM", {"USED": 0})
    blocks = -(-(len(_parameters(groups)) + 4) // 512)
    data_start = PARAMETER_BLOCK + blocks
    if "DATA_START" in groups["POINT"]:
        groups["POINT"]["DATA_START"] = data_start
    section = struct.pack("<4B", 1, 0x50, blocks, INTEL) + _parameters(groups)
    header = bytearray(512)
    last_frame = min(65_535, first_frame + frames - 1)
    counts = (count, samples * channels, first_frame, last_frame, 0)
    struct.pack_into("<BB5H", header, 0, PARAMETER_BLOCK, 0x50, *counts)
    struct.pack_into(
        "<fHHf", header, 12, -0.1, data_start, samples, header_rate_hz if header_rate_hz is not None else rate_hz
    )
    words = np.zeros((frames, 4 * count + samples * channels), dtype="<f4")
    stored = words[:, : 4 * count].reshape(frames, count, 4)
    stored[..., :3] = points
    stored[..., 3] = 0.0 if residuals is None else residuals
    if analogs is not None:
        words[:, 4 * count :] = analogs.reshape(frames, -1)
    return bytes(header) + section.ljust(blocks * 512, b"\0") + words.tobytes()


def _analog_group(rate_hz: float, channels: int) -> dict[str, Value]:
    return {
        "USED": channels,
        "RATE": rate_hz,
        "LABELS": [f"A{channel}" for channel in range(channels)],
        "UNITS": ["V"] * channels,
        "GEN_SCALE": 1.0,
        "SCALE": np.ones(channels),
        "OFFSET": np.zeros(channels, dtype=int),
    }


def _label_lists(labels: Sequence[str]) -> dict[str, Value]:
    """LABELS, LABELS2 ...: one byte holds a list's length."""
    lists = [list(labels[start : start + 255]) for start in range(0, max(1, len(labels)), 255)]
    return {"LABELS" if i == 0 else f"LABELS{i + 1}": part for i, part in enumerate(lists)}


def _parameters(groups: Mapping[str, Mapping[str, Value]]) -> bytes:
    stored = b""
    for number, (group, values) in enumerate(groups.items(), start=1):
        name = group.encode("cp1252")
        stored += struct.pack("<bb", len(name), -number) + name + struct.pack("<HB", 3, 0)
        for parameter, value in values.items():
            stored += _parameter(number, parameter, value)
    return stored + b"\0\0"


def _parameter(group: int, parameter: str, value: Value) -> bytes:
    content = _content(value)
    name = parameter.encode("cp1252")
    return struct.pack("<bb", len(name), group) + name + struct.pack("<H", 2 + len(content) + 1) + content + b"\0"


def _content(value: Value) -> bytes:
    """Type, dimensions and values of one parameter."""
    if isinstance(value, str):
        text = value.encode("cp1252")
        return struct.pack("<bBB", -1, 1, len(text)) + text
    if isinstance(value, (list, tuple)):
        texts = [text.encode("cp1252") for text in value]
        width = max((len(text) for text in texts), default=0)
        return struct.pack("<bBBB", -1, 2, width, len(texts)) + b"".join(text.ljust(width) for text in texts)
    array = np.asarray(value)
    kind, dtype = (2, "<i2") if array.dtype.kind in "iu" else (4, "<f4")
    dimensions = struct.pack(f"<B{array.ndim}B", array.ndim, *array.shape)
    return struct.pack("<b", kind) + dimensions + array.astype(dtype, casting="unsafe").tobytes(order="F")
