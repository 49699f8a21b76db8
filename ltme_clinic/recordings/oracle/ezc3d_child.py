"""The child program that reads C3D files with ezc3d, so that hostile bytes can end this process and no other.

Run by path (`python -P ezc3d_child.py`), never imported by the package; it knows only numpy and ezc3d.

Protocol: one request a line on standard input, ``{"path": ..., "memory_bytes": ...}``. For each, standard output gets
an 8-byte little-endian length, a JSON object of that length, then the raw buffers that its "arrays" describe.
No pickles: the parent must not trust a process that hostile bytes have been in.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from typing import Any, BinaryIO

import numpy as np


def main() -> None:
    """Answer requests until standard input closes."""
    replies = _take_standard_output()
    _forbid_core_dumps()
    import ezc3d

    for line in sys.stdin.buffer:
        request = json.loads(line)
        _limit_memory(int(request["memory_bytes"]))
        try:
            reply, arrays = _read(ezc3d, request["path"])
        except MemoryError:
            reply, arrays = {"error": "it asks for more memory than its size allows"}, []
        except Exception as error:  # whatever the library throws is an answer about the file
            reply, arrays = {"error": str(error) or type(error).__name__}, []
        _send(replies, reply, arrays)


def _take_standard_output() -> BinaryIO:
    """Keep the pipe for replies alone: the native library prints, and must not print into them."""
    kept = os.dup(1)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(kept, os.O_BINARY)
    return os.fdopen(kept, "wb", buffering=1 << 20)


def _forbid_core_dumps() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_memory(memory_bytes: int) -> None:
    """Bound the address space (only where the system can)."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _read(ezc3d: Any, path: str) -> tuple[dict[str, Any], list[np.ndarray]]:
    c3d = ezc3d.c3d(path)
    header = c3d["header"]
    points = c3d["data"]["points"]  # (4, point, frame)
    residuals = c3d["data"]["meta_points"]["residuals"]  # (1, point, frame)
    cameras = c3d["data"]["meta_points"]["camera_masks"]  # (7, point, frame) bool
    analogs = c3d["data"]["analogs"]  # (1, channel, sample)
    arrays = [
        np.ascontiguousarray(points[:3].transpose(2, 1, 0), dtype="<f4"),
        np.ascontiguousarray(residuals[0].T < 0).view("u1"),
        np.ascontiguousarray(analogs[0].T, dtype="<f4"),
        np.ascontiguousarray(residuals[0].T, dtype="<f4"),
        np.ascontiguousarray(np.packbits(cameras, axis=0, bitorder="little")[0].T),
    ]
    events = zip(header["events"]["events_label"], header["events"]["events_time"], strict=False)
    reply = {
        "first_frame": int(header["points"]["first_frame"]) + 1,
        "header_rate_hz": float(header["points"]["frame_rate"]),
        "analog_rate_hz": float(header["analogs"]["frame_rate"]),
        "header_events": [(_text(label), float(time)) for label, time in events if _text(label)],
        "rotations": int(header["rotations"]["size"]),
        "parameters": _parameters(c3d["parameters"]),
        "descriptions": _descriptions(c3d["parameters"]),
        "arrays": [{"dtype": array.dtype.str, "shape": array.shape} for array in arrays],
    }
    return reply, arrays


def _parameters(groups: Any) -> dict[str, dict[str, Any]]:
    """Every parameter as plain JSON: a list of strings, or {"shape", "values"} (Fortran order already undone)."""
    plain: dict[str, dict[str, Any]] = {}
    for group in groups:
        values = plain.setdefault(_text(group).upper(), {})
        for name, parameter in groups[group].items():
            if name == "__METADATA__":
                continue
            value = parameter["value"]
            if isinstance(value, np.ndarray):
                values[_text(name).upper()] = {"shape": value.shape, "values": value.ravel().tolist()}
            else:
                values[_text(name).upper()] = [_text(text) for text in value]
    return plain


def _descriptions(groups: Any) -> dict[str, dict[str, str]]:
    """What the file says about each group (under '') and parameter, where it says anything."""
    said: dict[str, dict[str, str]] = {}
    for group in groups:
        of_group = {"": _text(groups[group]["__METADATA__"]["DESCRIPTION"])}
        for name, parameter in groups[group].items():
            if name != "__METADATA__":
                of_group[_text(name).upper()] = _text(parameter["description"])
        said[_text(group).upper()] = {name: text for name, text in of_group.items() if text}
    return said


def _text(raw: str) -> str:
    """Undo the library's lossy decoding: bytes that are not UTF-8 came through as surrogates and are cp1252."""
    stored = raw.encode("utf-8", "surrogateescape")
    try:
        decoded = stored.decode("utf-8")
    except UnicodeDecodeError:
        decoded = stored.decode("cp1252", "replace")
    return decoded.strip(" \0\t\r\n")


def _send(replies: BinaryIO, reply: dict[str, Any], arrays: list[np.ndarray]) -> None:
    text = json.dumps(reply).encode("ascii")
    replies.write(struct.pack("<Q", len(text)))
    replies.write(text)
    for array in arrays:
        replies.write(array.data if array.size else b"")
    replies.flush()


if __name__ == "__main__":
    main()
