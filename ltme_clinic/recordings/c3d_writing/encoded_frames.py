"""The data section of C3D files that are not Intel's floats: other byte orders, and integers with their scales."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ltme_clinic.recordings.c3d_writing.encoding import Encoding
from ltme_clinic.recordings.c3d_writing.residuals import fourth_words
from ltme_clinic.recordings.raw import RawC3D

_FULL_SCALE = 32_000
"""The largest coordinate is stored as this integer (C3D User Guide, integer 3D data); so is a channel's largest."""
_UNSIGNED_OFFSET = 32_768
"""Where unsigned samples of 16 bits have their zero."""


@dataclass(frozen=True, eq=False)
class AnalogCounts:
    """By what a file multiplies the analog samples that it stores: (stored - offset) x scale x general scale."""

    scale: np.ndarray  # (channel,) float32
    offset: int
    gen_scale: np.float32

    def counted(self, values: np.ndarray) -> np.ndarray:
        """Physical values (sample, channel) as the whole numbers that are stored."""
        counts: np.ndarray = np.round(values / (self.scale.astype(float) * float(self.gen_scale))) + self.offset
        return counts


def analog_counts(raw: RawC3D, encoding: Encoding) -> AnalogCounts:
    """Each channel's largest value as `_FULL_SCALE` counts for integers; physical units as they are for floats."""
    channels = raw.analogs.shape[1]
    if not encoding.is_integer:
        return AnalogCounts(np.ones(channels, np.float32), 0, np.float32(1.0))
    gen_scale = np.float32(encoding.gen_scale)
    largest = np.nanmax(np.abs(raw.analogs), axis=0, initial=0.0).astype(float)
    largest = np.where(np.isfinite(largest) & (largest > 0.0), largest, 1.0)
    scale = (largest / _FULL_SCALE / float(gen_scale)).astype(np.float32)
    return AnalogCounts(scale, _UNSIGNED_OFFSET if encoding.unsigned else 0, gen_scale)


def point_scale(raw: RawC3D) -> float:
    """POINT:SCALE of a file of integers: the largest coordinate is `_FULL_SCALE` steps."""
    seen = np.abs(raw.points[~raw.missing])
    largest = float(seen.max(initial=0.0))
    return largest / _FULL_SCALE if np.isfinite(largest) and largest > 0.0 else 1.0


def encoded_frames(raw: RawC3D, samples: int, step: float, encoding: Encoding, most_bytes: int) -> Iterator[bytes]:
    """The data section, some frames at a time: all points of a frame, then its analog samples.

    Parameters
    ----------
    samples : analog samples a frame; 0 without channels
    step : POINT:SCALE, above 0 for integers
    most_bytes : about how much is encoded at once
    """
    counts = analog_counts(raw, encoding)
    points, channels = raw.points.shape[1], raw.analogs.shape[1] if samples else 0
    width = 4 * points + samples * channels
    at_once = max(1, most_bytes // max(1, 8 * width))
    for start in range(0, raw.frames, at_once):
        span = slice(start, min(raw.frames, start + at_once))
        numbers = np.zeros((span.stop - span.start, width))
        stored = numbers[:, : 4 * points].reshape(len(numbers), points, 4)
        stored[..., :3] = np.where(raw.missing[span][..., None], 0.0, raw.points[span])
        stored[..., 3] = fourth_words(raw, span, abs(step))
        if samples:
            analogs = raw.analogs[span.start * samples : span.stop * samples]
            analogs = counts.counted(analogs) if encoding.is_integer else analogs
            numbers[:, 4 * points :] = analogs.reshape(len(numbers), -1)
        if encoding.is_integer:
            stored[..., :3] = np.round(stored[..., :3] / float(np.float32(step)))
            yield encoding.words(np.nan_to_num(numbers).T)
        else:
            yield encoding.floats(numbers, order="C")
