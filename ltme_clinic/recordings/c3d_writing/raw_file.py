"""From a `RawC3D` to the bytes of a C3D file, with nothing left over from another file."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ltme_clinic.recordings.c3d_writing.encoded_frames import analog_counts, encoded_frames, point_scale
from ltme_clinic.recordings.c3d_writing.encoding import INTEL_FLOAT, Encoding
from ltme_clinic.recordings.c3d_writing.in_place import refuse_own_source, replacing
from ltme_clinic.recordings.c3d_writing.parameters import parameter_section, unsigned_word
from ltme_clinic.recordings.c3d_writing.residuals import SEVEN_CAMERAS, fourth_words, residual_step
from ltme_clinic.recordings.raw import ParameterValue, RawC3D
from ltme_clinic.types import LtmeError

BLOCK_BYTES = 512
_PARAMETER_BLOCK, _C3D_KEY = 2, 0x50
_MOST_HEADER = 65_535
_MOST_HEADER_EVENTS = 18
_EVENT_KEY = 12_345
_WRITE_BYTES = 4 << 20

# What describes the storage and not the motion: the writer's own, so what another file said of its own is not carried.
_STORAGE = {
    "POINT": {"USED", "FRAMES", "LONG_FRAMES", "SCALE", "RATE", "DATA_START"},
    "ANALOG": {"USED", "RATE", "GEN_SCALE", "SCALE", "OFFSET", "FORMAT", "BITS"},
    "TRIAL": {"ACTUAL_START_FIELD", "ACTUAL_END_FIELD"},
}


def write_raw(path: str | os.PathLike[str], raw: RawC3D, encoding: Encoding = INTEL_FLOAT) -> tuple[str, ...]:
    """Write a file's whole content as a new C3D file (Intel byte order and 32-bit floats, unless asked otherwise).

    The file appears complete or not at all; one of that name is replaced, except the original itself. Points that were
    not seen are stored as zeros with a residual word of -1, so nothing that lay under them survives. Analogs are stored
    in their physical units, with scale 1 and offset 0; as integers, with a scale for each channel. Frames and first
    frames beyond 65,535 go to TRIAL, as other software does it; label lists and events beyond 255 go on in NAME2,
    NAME3 ...

    Parameters
    ----------
    path : the file to write
    raw : what to write. Its parameters are kept, but for those that describe the storage: USED, FRAMES, SCALE, OFFSET,
        FORMAT, BITS and DATA_START are this file's own, and labels come from `point_labels` and `analog_labels`
    encoding : how numbers are stored

    Returns
    -------
    What could not be stored exactly, a line each: residuals that are no multiples of one step, an eighth camera.

    Raises
    ------
    LtmeError
        The content does not fit the format (analogs that don't divide over the frames, more than 127 groups), the
        folder can't be written, or `path` is the very file that the content was read from.
    """
    path = Path(path)
    blocks = file_bytes(path.name, raw, encoding)
    head = next(blocks)  # what does not fit the format is refused before there is any file
    refuse_own_source(path, raw.file_sha256)
    with replacing(path) as file:
        file.write(head)
        for block in blocks:
            file.write(block)
    return losses(raw, encoding)


def file_bytes(name: str, raw: RawC3D, encoding: Encoding = INTEL_FLOAT) -> Iterator[bytes]:
    """The bytes that `write_raw` writes, a few megabytes at a time: header and parameters, then frames.

    Nothing stands behind the last frame: of more than 65,535 frames, some readers take all that the file still holds.
    """
    samples = _samples_per_frame(name, raw)
    step = point_scale(raw) if encoding.is_integer else -residual_step(raw)[0]
    section, data_block = _section(name, raw, _groups(raw, samples, step, encoding), encoding)
    yield _header(raw, samples, step, data_block, encoding) + section
    if encoding == INTEL_FLOAT:
        yield from _frame_blocks(raw, samples, step)
    else:
        yield from encoded_frames(raw, samples, step, encoding, _WRITE_BYTES)


def losses(raw: RawC3D, encoding: Encoding = INTEL_FLOAT) -> tuple[str, ...]:
    """What `write_raw` can't store exactly, a line each."""
    step, exact = residual_step(raw)
    if encoding.is_integer:
        step, exact = point_scale(raw), raw.residuals is None
    lost = [] if exact else [f"residuals rounded to multiples of {step:.4g}"]
    if encoding.is_integer:
        lost.insert(0, f"positions rounded to multiples of {step:.4g}")
    if raw.camera_masks is not None and (raw.camera_masks & ~SEVEN_CAMERAS).any():
        lost.append("cameras beyond the seventh left out")
    return tuple(lost)


def _samples_per_frame(name: str, raw: RawC3D) -> int:
    samples, channels = raw.analogs.shape
    if not samples or not channels:
        return 0
    if not raw.frames or samples % raw.frames:
        raise LtmeError(
            name, f"{samples} analog samples do not divide over {raw.frames} frames", "Resample the analogs"
        )
    per_frame = samples // raw.frames
    if raw.points.shape[1] > _MOST_HEADER or per_frame * channels > _MOST_HEADER:
        raise LtmeError(name, "more points or analog values in a frame than a C3D header counts", "Cut the recording")
    return per_frame


def _groups(raw: RawC3D, samples: int, step: float, encoding: Encoding) -> dict[str, dict[str, ParameterValue]]:
    """Every parameter to store: the writer's own first, then what the content brings."""
    channels = raw.analogs.shape[1] if samples else 0
    counts = analog_counts(raw, encoding)
    first, last = raw.first_frame, raw.first_frame + raw.frames - 1
    own: dict[str, dict[str, ParameterValue]] = {
        "POINT": {
            "USED": unsigned_word(raw.points.shape[1]),
            "FRAMES": unsigned_word(min(raw.frames, _MOST_HEADER)),
            "SCALE": np.array([step]),
            "RATE": np.array([raw.rate_hz]),
            "DATA_START": np.zeros(1),
            "LABELS": raw.point_labels,
        },
        "ANALOG": {
            "USED": unsigned_word(channels),
            "RATE": np.array([_analog_rate_hz(raw, samples)], dtype="f4"),
            "GEN_SCALE": np.array([counts.gen_scale]),
            "SCALE": counts.scale[:channels],
            "OFFSET": np.repeat(unsigned_word(counts.offset), channels),
            "LABELS": raw.analog_labels if samples else (),
        },
        "FORCE_PLATFORM": {"USED": np.zeros(1, dtype="i2")} if "FORCE_PLATFORM" not in raw.parameters else {},
        "TRIAL": {"ACTUAL_START_FIELD": _two_words(first), "ACTUAL_END_FIELD": _two_words(last)},
    }
    if encoding.is_integer:
        own["ANALOG"] |= {"FORMAT": ("UNSIGNED" if encoding.unsigned else "SIGNED",), "BITS": np.array([16])}
    for group, values in raw.parameters.items():
        kept = own.setdefault(group, {})
        for parameter, value in values.items():
            if parameter not in _STORAGE.get(group, ()) and not _is_label_list(group, parameter):
                kept[parameter] = value
    return own


def _is_label_list(group: str, parameter: str) -> bool:
    rest = parameter.removeprefix("LABELS")
    return group in ("POINT", "ANALOG") and parameter.startswith("LABELS") and (not rest or rest.isdigit())


def _analog_rate_hz(raw: RawC3D, samples: int) -> np.float32:
    """The analog rate, such that dividing it by the point rate and cutting the rest off gives the samples a frame."""
    if not samples:
        return np.float32(0.0)
    point_hz = np.float32(raw.rate_hz)
    exact_hz = np.float32(float(point_hz) * samples)
    stated_hz = np.float32(raw.analog_rate_hz)
    rate_hz = stated_hz if abs(float(stated_hz) - float(exact_hz)) <= 1e-4 * float(exact_hz) else exact_hz
    while rate_hz / point_hz < samples or float(rate_hz) / float(point_hz) < samples:
        rate_hz = np.nextafter(rate_hz, np.float32(np.inf))
    return rate_hz


def _two_words(frame: int) -> np.ndarray:
    """A frame number as two 16-bit words, the low one first."""
    return np.array([frame & 0xFFFF, (frame >> 16) & 0xFFFF], dtype="<u2").view("<i2")


def _section(
    name: str, raw: RawC3D, groups: dict[str, dict[str, ParameterValue]], encoding: Encoding
) -> tuple[bytes, int]:
    """The parameter section in whole blocks, and the number of the block that the data start in."""
    descriptions = {group: dict(said) for group, said in raw.descriptions.items()}
    length = 4 + len(parameter_section(name, groups, descriptions, 0, encoding))
    blocks = -(-length // BLOCK_BYTES)
    data_block = _PARAMETER_BLOCK + blocks
    if data_block > _MOST_HEADER:
        raise LtmeError(name, "more parameters than a C3D file can hold", "Leave some out")
    head = struct.pack("<4B", 1, _C3D_KEY, min(blocks, 255), encoding.processor)
    section = head + parameter_section(name, groups, descriptions, data_block, encoding)
    return section.ljust(blocks * BLOCK_BYTES, b"\0"), data_block


def _header(raw: RawC3D, samples: int, step: float, data_block: int, encoding: Encoding) -> bytes:
    channels = raw.analogs.shape[1] if samples else 0
    first, last = raw.first_frame, raw.first_frame + raw.frames - 1
    if last > _MOST_HEADER or first < 0:
        # The header then tells the number of frames, as far as it can, and TRIAL which ones they are.
        first, last = 1, min(raw.frames, _MOST_HEADER)
    header = bytearray(BLOCK_BYTES)
    header[:2] = bytes([_PARAMETER_BLOCK, _C3D_KEY])
    header[2:12] = encoding.words([raw.points.shape[1], channels * samples, first, last, 0])
    header[12:24] = encoding.floats(step) + encoding.words([data_block, samples]) + encoding.floats(raw.rate_hz)
    events = raw.header_events[:_MOST_HEADER_EVENTS]
    header[298:302] = encoding.words([_EVENT_KEY, len(events)])
    for index, (label, time_s) in enumerate(events):
        header[304 + 4 * index : 308 + 4 * index] = encoding.floats(time_s)
        header[376 + index] = 1  # shown
        struct.pack_into("4s", header, 396 + 4 * index, label.encode("ascii", "replace")[:4].ljust(4))
    return bytes(header)


def _frame_blocks(raw: RawC3D, samples: int, step: float) -> Iterator[bytes]:
    """The data section as Intel's floats, some frames at a time: all points of a frame, then its analog samples."""
    points = raw.points.shape[1]
    channels = raw.analogs.shape[1] if samples else 0
    width = 4 * points + samples * channels
    frames_at_once = max(1, _WRITE_BYTES // max(1, 4 * width))
    for start in range(0, raw.frames, frames_at_once):
        span = slice(start, min(raw.frames, start + frames_at_once))
        words = np.zeros((span.stop - span.start, width), dtype="<f4")
        stored = words[:, : 4 * points].reshape(len(words), points, 4)
        seen = ~raw.missing[span]
        stored[..., :3] = np.where(seen[..., None], raw.points[span], 0.0)
        stored[..., 3] = fourth_words(raw, span, abs(step))
        if samples:
            words[:, 4 * points :] = raw.analogs[span.start * samples : span.stop * samples].reshape(len(words), -1)
        words[np.isnan(words)] = np.nan  # a NaN has 22 bits that no reader shows: they hold nothing here
        yield words.tobytes()
