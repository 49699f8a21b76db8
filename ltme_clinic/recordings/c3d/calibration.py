"""From stored analog words to physical units: (stored - OFFSET) x SCALE x GEN_SCALE, channel by channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ltme_clinic.recordings.raw import ParameterValue, number, numbers, texts

Parameters = Mapping[str, Mapping[str, ParameterValue]]
_BLOCK_SAMPLES = 1 << 16
_LEVEL_FRAMES = 1000
_UNSIGNED_RANGE = 65536.0
_LOW_OFFSET = -16384.0
"""A signed converter's zero lies in the middle of its range, near 0. Far below, it is the middle of an unsigned one."""


@dataclass(frozen=True)
class Calibration:
    """How each analog channel's stored words become physical values."""

    offsets: np.ndarray  # (channel,) float64
    factors: np.ndarray  # (channel,) float64
    is_unsigned: bool
    """Integer words are unsigned."""
    may_have_wrapped: bool = False
    """An offset of floats lies so far below zero that it may be an unsigned one, read as signed."""
    warnings: tuple[str, ...] = ()

    def applied(self, words: np.ndarray, samples_per_frame: int) -> np.ndarray:
        """Physical values (sample, channel) float32 of stored words (frame, sample x channel)."""
        frames, channels = len(words), len(self.offsets)
        if not channels:
            return np.empty((0, 0), np.float32)
        values = np.empty((frames, samples_per_frame, channels), np.float32)
        stored = words.reshape(frames, samples_per_frame, channels)
        if self.is_unsigned and stored.dtype == np.int16:
            stored = stored.view(np.uint16)
        offsets = self._unwrapped_offsets(stored) if self.may_have_wrapped else self.offsets
        if not offsets.any() and (self.factors == 1.0).all():
            values[...] = stored
        else:
            step = max(1, _BLOCK_SAMPLES // (samples_per_frame * channels))
            with np.errstate(over="ignore", invalid="ignore"):  # absurd words in a damaged file become infinite
                for start in range(0, frames, step):
                    physical = stored[start : start + step] - offsets
                    values[start : start + step] = np.multiply(physical, self.factors, out=physical)
        return values.reshape(frames * samples_per_frame, channels)

    def _unwrapped_offsets(self, stored: np.ndarray) -> np.ndarray:
        """Each offset, or what it is as an unsigned word if that is nearer to where the channel's values lie."""
        level = np.median(stored[:: max(1, len(stored) // _LEVEL_FRAMES)], axis=(0, 1)).astype(np.float64)
        unsigned = self.offsets % _UNSIGNED_RANGE
        return np.where(np.abs(level - unsigned) < np.abs(level - self.offsets), unsigned, self.offsets)


def calibration_of(parameters: Parameters, channels: int, *, is_float: bool) -> Calibration:
    """The calibration of a file's analog channels.

    Parameters
    ----------
    parameters : of the file
    channels : how many it stores
    is_float : stored as floats

    Notes
    -----
    A list that lacks a channel leaves it as stored, and so does a scale that is no number; a scale of 0 is obeyed (the
    laboratory switched the channel off, and made-up volts could pass for a force). All three are warned of.
    Integers with an offset near -32,768 are unsigned where the file does not say which they are.
    """
    if not channels:
        return Calibration(np.empty(0), np.empty(0), is_unsigned=False)
    declared = texts(parameters, "ANALOG", "FORMAT")
    says = declared[0].upper() if declared else ""
    scales, offsets = _continued(parameters, "SCALE"), _continued(parameters, "OFFSET")
    is_low = bool((offsets[:channels] <= _LOW_OFFSET).any())
    is_unsigned = says == "UNSIGNED" or (not says and is_low and not is_float)
    if is_unsigned:
        offsets = offsets % _UNSIGNED_RANGE  # 32,768 is stored in 16 bits as -32,768
    general = number(parameters, "ANALOG", "GEN_SCALE")
    full_scales = _per_channel(scales, channels, 1.0)
    factors = full_scales * (1.0 if general is None else general)
    warnings = []
    if len(scales) < channels:
        warnings.append(f"analog channels without a scale, kept as stored: {channels - len(scales)}")
    if without := int((factors == 0).sum()):
        warnings.append(f"analog channels with a scale of 0, all zero: {without}")
    if is_unsigned and not says:
        warnings.append("the analog format is not declared: its offsets say it is unsigned")
    return Calibration(
        _per_channel(offsets, channels, 0.0),
        factors,
        is_unsigned and not is_float,
        is_low and is_float and not is_unsigned,
        tuple(warnings),
    )


def _continued(parameters: Parameters, name: str) -> np.ndarray:
    """ANALOG:NAME with NAME2, NAME3 ...: one byte holds a list's length, so longer ones go on in the next."""
    parts = [numbers(parameters, "ANALOG", name).ravel()]
    while (more := numbers(parameters, "ANALOG", f"{name}{len(parts) + 1}")).size:
        parts.append(more.ravel())
    return np.concatenate(parts).astype(np.float64)


def _per_channel(values: np.ndarray, channels: int, default: float) -> np.ndarray:
    filled = np.full(channels, default)
    known = values[:channels]
    filled[: len(known)] = np.where(np.isfinite(known), known, default)
    return filled
