"""Points, residuals, camera masks and analogs from the data section, read block by block into arrays made once.

How large they become is known before memory is taken: the layout's frames all lie in the file, so floats need what the
file's own bytes do, and integers at most twice that. Analogs are decoded from their words when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from ltme_clinic.recordings.c3d.calibration import Calibration
from ltme_clinic.recordings.c3d.file_bytes import FileBytes
from ltme_clinic.recordings.c3d.layout import Layout
from ltme_clinic.recordings.c3d.numbers import ByteOrder
from ltme_clinic.recordings.c3d.padding import frames_to_keep

_BLOCK_BYTES = 1 << 20
_LARGEST_WORD = 32767.0
_LARGEST_MASK_WORD = 65535.0


class Signals(Protocol):
    """Decoded signals; what few callers ask for is decoded when they do."""

    points: np.ndarray  # (frame, point, axis) float32
    missing: np.ndarray  # (frame, point) bool
    ignores_flags: bool
    """Every point is flagged as not seen, although positions are stored: only what is no position is missing."""
    calibration: Calibration

    def analogs(self) -> np.ndarray:
        """Physical units, (sample, channel) float32."""

    def residuals(self) -> np.ndarray:
        """File units, -1 where missing, NaN where the word holds none, (frame, point) float32."""

    def camera_masks(self) -> np.ndarray:
        """One bit a camera, the first camera lowest; 0 where missing, (frame, point) uint8."""


def read_signals(file: FileBytes, layout: Layout, order: ByteOrder, scale: float, calibration: Calibration) -> Signals:
    """The data section's signals.

    Parameters
    ----------
    file : read up to the data section at most
    layout : where they lie; fewer frames come back where the last ones turn out to be padding
    scale : size of one integer step of coordinates and residuals, file units
    calibration : from stored words to physical units, for each channel
    """
    read = _read_floats if layout.is_float else _read_integers
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # absurd numbers in a damaged file
        return read(file, layout, order, scale, calibration)


@dataclass
class FloatSignals:
    """A file of floats: its own words are kept, and points are a view of them."""

    words: np.ndarray  # (frame, 4 points + analog words) float32, read-only
    missing: np.ndarray
    ignores_flags: bool
    layout: Layout
    scale: float
    calibration: Calibration

    def __post_init__(self) -> None:
        self.words.setflags(write=False)
        self.points = _quads(self.words, self.layout)[..., :3]

    def analogs(self) -> np.ndarray:
        return self.calibration.applied(self.words[:, 4 * self.layout.points :], self.layout.samples_per_frame)

    def residuals(self) -> np.ndarray:
        words, is_unknown = self._residual_words()
        residuals = _residuals(words, self.missing, self.scale)
        residuals[is_unknown] = np.nan
        return residuals

    def camera_masks(self) -> np.ndarray:
        return _camera_masks(self._residual_words()[0], self.missing)

    def _residual_words(self) -> tuple[np.ndarray, np.ndarray]:
        """The fourth word of each point as a whole number, and where it can't hold a residual and cameras (then 0)."""
        words = _quads(self.words, self.layout)[..., 3]
        is_usable = (words >= 0.0) & (words <= _LARGEST_MASK_WORD)
        return np.where(is_usable, words, np.float32(0.0)).astype(np.uint16), ~is_usable & ~self.missing


@dataclass
class IntegerSignals:
    """A file of integers: points are decoded at once, the words of residuals and analogs kept."""

    points: np.ndarray
    words: np.ndarray  # (frame, point) int16
    missing: np.ndarray
    ignores_flags: bool
    analog_words: np.ndarray  # (frame, sample x channel) int16
    samples_per_frame: int
    scale: float
    calibration: Calibration

    def analogs(self) -> np.ndarray:
        return self.calibration.applied(self.analog_words, self.samples_per_frame)

    def residuals(self) -> np.ndarray:
        residuals = _residuals(self.words, self.missing, self.scale)
        if self.ignores_flags:
            residuals[~self.missing] = np.nan
        return residuals

    def camera_masks(self) -> np.ndarray:
        return _camera_masks(self.words, self.missing | (self.words < 0) if self.ignores_flags else self.missing)


def _residuals(words: np.ndarray, missing: np.ndarray, scale: float) -> np.ndarray:
    """The low byte of each word, in file units."""
    with np.errstate(over="ignore"):
        residuals = (words & 0xFF).astype(np.float32) * np.float32(scale)
    residuals[missing] = -1.0
    return residuals


def _camera_masks(words: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """The high byte of each word, but for the bit that is the sign: seven cameras."""
    masks = (words >> 8).astype(np.uint8) & np.uint8(0x7F)
    masks[missing] = 0
    return masks


def _read_floats(
    file: FileBytes, layout: Layout, order: ByteOrder, scale: float, calibration: Calibration
) -> FloatSignals:
    words = np.empty((layout.frames, layout.words), np.float32)
    file.into(layout.data_start, words.data.cast("B"))
    order.make_native_floats(words)
    missing = np.empty((layout.frames, layout.points), bool)
    for rows in _blocks(layout):
        missing[rows] = _missing_floats(_quads(words[rows], layout))
    quads = _quads(words, layout)
    frames = frames_to_keep(quads[..., :3], quads[..., 3], missing, layout.least_frames, 0.0)
    words, missing = words[:frames], missing[:frames]
    missing, ignores_flags = _believable(quads[:frames, :, :3], missing)
    calibration = calibration.settled(words[:, 4 * layout.points :], layout.samples_per_frame)
    return FloatSignals(words, missing, ignores_flags, replace(layout, frames=frames), scale, calibration)


def _read_integers(
    file: FileBytes, layout: Layout, order: ByteOrder, scale: float, calibration: Calibration
) -> IntegerSignals:
    points = np.empty((layout.frames, layout.points, 3), np.float32)
    residual_words = np.empty((layout.frames, layout.points), np.int16)
    analog_words = np.empty((layout.frames, layout.analog_words), np.int16)
    stored = np.empty((0, layout.words), np.int16)
    for rows in _blocks(layout):
        if len(stored) != rows.stop - rows.start:
            stored = np.empty((rows.stop - rows.start, layout.words), np.int16)
        file.into(layout.data_start + rows.start * layout.frame_bytes, stored.data.cast("B"))
        order.make_native_words(stored)
        quads = _quads(stored, layout)
        np.multiply(quads[..., :3], np.float32(scale), out=points[rows])
        residual_words[rows] = quads[..., 3]
        analog_words[rows] = stored[:, 4 * layout.points :]
    missing = residual_words < 0
    frames = frames_to_keep(points, residual_words, missing, layout.least_frames, scale)
    points, residual_words, analog_words = points[:frames], residual_words[:frames], analog_words[:frames]
    missing, ignores_flags = _believable(points, missing[:frames])
    samples = layout.samples_per_frame
    calibration = calibration.settled(analog_words, samples)
    return IntegerSignals(points, residual_words, missing, ignores_flags, analog_words, samples, scale, calibration)


def _blocks(layout: Layout) -> Iterator[slice]:
    """Frames in blocks of about a megabyte."""
    step = max(1, _BLOCK_BYTES // layout.frame_bytes)
    for start in range(0, layout.frames, step):
        yield slice(start, min(start + step, layout.frames))


def _quads(words: np.ndarray, layout: Layout) -> np.ndarray:
    """x, y, z and residual word of each point, a view (frame, point, 4)."""
    return words[:, : 4 * layout.points].reshape(len(words), layout.points, 4)


def _missing_floats(quads: np.ndarray) -> np.ndarray:
    """Which points were not seen, (frame, point).

    A negative residual word says so, and so do coordinates that are no numbers. Some software writes the word -1 as
    the unsigned 65535: at exactly (0, 0, 0) a word that large is the same flag; beside a real position it is noise.
    """
    words = quads[..., 3]
    missing = words < 0.0
    if not np.isfinite(quads).all() or (words > _LARGEST_WORD).any():
        missing |= ~np.isfinite(quads[..., :3]).all(axis=-1)
        missing |= ~(words <= _LARGEST_WORD) & (quads[..., :3] == 0.0).all(axis=-1)
    return missing


def _believable(points: np.ndarray, missing: np.ndarray) -> tuple[np.ndarray, bool]:
    """Which points were not seen, and whether the file's own flags were set aside for that.

    Some software flags every point of a file as not seen and stores their positions all the same. Where all are
    flagged and most positions are numbers other than zero that differ from each other, these are what was recorded.
    """
    if not missing.size or not missing.all():
        return missing, False
    stored = np.isfinite(points).all(axis=-1) & (points != 0.0).any(axis=-1)
    first = points[tuple(np.argwhere(stored)[0])] if stored.any() else None
    if first is None or 2 * np.count_nonzero(stored) < stored.size or (points[stored] == first).all():
        return missing, False
    return ~stored, True
