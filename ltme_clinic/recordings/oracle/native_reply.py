"""Turns what the child program answered into a `RawC3D`, and checks it against the file's length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ltme_clinic.recordings.c3d.file_bytes import EXPORT_AGAIN
from ltme_clinic.recordings.oracle.header import BLOCK_BYTES, C3DHeader
from ltme_clinic.recordings.raw import ParameterValue, RawC3D, number, numbers, texts
from ltme_clinic.types import LtmeError


def raw_from_reply(name: str, reply: dict[str, Any], arrays: list[np.ndarray]) -> RawC3D:
    """A child's reply as a RawC3D; KeyError, TypeError or ValueError if its parts do not fit together."""
    points, flagged, analogs, *beside = arrays
    parameters = {group: {key: _value(v) for key, v in values.items()} for group, values in reply["parameters"].items()}
    warnings = []
    rate_hz = number(parameters, "POINT", "RATE") or 0.0
    if not rate_hz > 0 and (header_rate_hz := float(reply["header_rate_hz"])) > 0:
        rate_hz = header_rate_hz
        warnings.append(f"the rate parameter is missing: the header's {rate_hz:g} Hz was used")
    labels = texts(parameters, "POINT", "LABELS")
    if len(labels) != points.shape[1]:
        warnings.append(f"{len(labels)} labels for {points.shape[1]} points")
    if int(reply.get("rotations", 0)):
        warnings.append(f"{int(reply['rotations'])} stored segment rotations were not read")
    analog_labels = texts(parameters, "ANALOG", "LABELS")
    if analogs.size and _stored_unsigned(parameters):
        warnings.append(f"{analogs.shape[1]} analog channels stored as unsigned integers were not read")
        analogs, analog_labels = analogs[:0, :0], ()
    missing = flagged.astype(bool) | ~np.isfinite(points).all(axis=2)
    residuals, cameras = beside if beside else (None, None)
    return RawC3D(
        source_name=name,
        rate_hz=rate_hz,
        first_frame=_first_frame(parameters, int(reply["first_frame"])),
        point_labels=_padded(labels, points.shape[1]),
        points=points,
        missing=missing,
        analog_rate_hz=float(reply["analog_rate_hz"]),
        analog_labels=_padded(analog_labels, analogs.shape[1]),
        analogs=analogs,
        parameters=parameters,
        header_events=tuple((str(label), float(time)) for label, time in reply["header_events"]),
        warnings=tuple(warnings),
        residuals=None if residuals is None else np.where(missing, np.float32(-1.0), residuals),
        camera_masks=None if cameras is None else np.where(missing, np.uint8(0), cameras),
        descriptions=reply.get("descriptions", {}),
        storage="float" if (number(parameters, "POINT", "SCALE") or -1.0) < 0 else "integer",
    )


def analog_words(arrays: list[np.ndarray]) -> int:
    """How many analog values the child found with each frame of points."""
    points, _, analogs = arrays[:3]
    return analogs.shape[1] * (analogs.shape[0] // len(points)) if len(points) else 0


def checked_against_length(raw: RawC3D, header: C3DHeader, words: int) -> RawC3D:
    """Catch what the library answers without complaint although the file's length says it is wrong.

    A file that was cut off comes back with fewer frames than declared, or with frames of zeros, and with its own
    frame count corrected; it is refused. So are points and analogs out of step, where the file names no rates.
    Frames beyond the 65,535th do not come back from every vendor's files; that is a warning.

    Parameters
    ----------
    raw : what was read
    header : what the file's first block declares
    words : analog values with each frame, as read
    """
    width = 4 if (number(raw.parameters, "POINT", "SCALE") or -1.0) < 0 else 2
    frame_bytes = width * (4 * raw.points.shape[1] + words)
    data_start = (int(number(raw.parameters, "POINT", "DATA_START") or header.data_start_block) - 1) * BLOCK_BYTES
    data_bytes = header.file_bytes - data_start
    declared = header.frames if header.tells_length else _frames_by_trial(raw)
    declared = max(declared, raw.frames)
    if declared * frame_bytes > data_bytes:
        complete = max(0, data_bytes // frame_bytes)
        raise LtmeError(raw.source_name, f"is cut off: it holds {complete} of its {declared} frames", EXPORT_AGAIN)
    header_frame_bytes = width * (4 * header.points + header.analog_words)
    if (
        header_frame_bytes != frame_bytes
        and _fills(header_frame_bytes * raw.frames, data_bytes)
        and not _fills(frame_bytes * raw.frames, data_bytes)
    ):
        raise LtmeError(raw.source_name, "points and analog channels can't be told apart", "Export it with its rates")
    if declared > raw.frames:
        lost = f"frames beyond the {raw.frames}th can't be read yet, dropped: {declared - raw.frames}"
        return replace(raw, warnings=(*raw.warnings, lost))
    return raw


def _fills(used_bytes: int, data_bytes: int) -> bool:
    """Whether that many bytes fill the data section, but for padding."""
    return 0 <= data_bytes - used_bytes < 2 * BLOCK_BYTES


def _frames_by_trial(raw: RawC3D) -> int:
    """The frame count of a file too long for its header to tell; 0 if unknown."""
    start, end = _field(raw.parameters, "ACTUAL_START_FIELD"), _field(raw.parameters, "ACTUAL_END_FIELD")
    return end - start + 1 if 0 < start <= end else 0


def _value(plain: Any) -> ParameterValue:
    if isinstance(plain, list):
        return tuple(str(text) for text in plain)
    return np.array(plain["values"], dtype=float).reshape(plain["shape"])


def _padded(labels: tuple[str, ...], count: int) -> tuple[str, ...]:
    return (labels + ("",) * count)[:count]


def _first_frame(parameters: Mapping[str, Mapping[str, ParameterValue]], header_first_frame: int) -> int:
    """TRIAL:ACTUAL_START_FIELD holds two 16-bit words, for files that start beyond the header's 65,535."""
    return _field(parameters, "ACTUAL_START_FIELD") or header_first_frame


def _field(parameters: Mapping[str, Mapping[str, ParameterValue]], name: str) -> int:
    words = numbers(parameters, "TRIAL", name).ravel()
    if words.size < 1 or not np.isfinite(words).all():
        return 0
    low, high = int(words[0]) & 0xFFFF, int(words[1]) & 0xFFFF if words.size > 1 else 0
    return low + (high << 16)


def _stored_unsigned(parameters: Mapping[str, Mapping[str, ParameterValue]]) -> bool:
    """Integer analogs declared UNSIGNED, which the native library decodes with the wrong sign."""
    declared = texts(parameters, "ANALOG", "FORMAT")
    is_integer = (number(parameters, "POINT", "SCALE") or -1.0) > 0
    return is_integer and bool(declared) and declared[0].strip().upper() == "UNSIGNED"
