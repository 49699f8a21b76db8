"""From stored analog words to physical units: (stored - OFFSET) x SCALE x GEN_SCALE, channel by channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ltme_clinic.recordings.raw import ParameterValue, numbers, texts

Parameters = Mapping[str, Mapping[str, ParameterValue]]
_BLOCK_SAMPLES = 1 << 16
_UNSIGNED_RANGE = 65536.0
_FARTHEST = 2.0 * _UNSIGNED_RANGE
_FAR_OFFSET = 16384.0
"""A signed converter's zero lies in the middle of its range, near 0; farther away, it may be an unsigned one's."""
_WRAPPED_OFFSET = -28672.0
"""Up to here, the middle of an unsigned converter's range, 32,768, as 16 bits with a sign say it."""


@dataclass(frozen=True)
class Calibration:
    """How each analog channel's stored words become physical values."""

    offsets: np.ndarray  # (channel,) float64
    factors: np.ndarray  # (channel,) float64
    is_unsigned: np.ndarray  # (channel,) bool, of integer words
    is_doubtful: np.ndarray  # (channel,) bool, may be unsigned: only its words can tell
    warnings: tuple[str, ...] = ()

    def settled(self, words: np.ndarray, samples_per_frame: int) -> Calibration:
        """Without doubts: each doubtful channel is read so that its values lie nearer to zero.

        Parameters
        ----------
        words : (frame, sample x channel) as stored, integers or floats
        """
        if not self.is_doubtful.any():
            return self
        signed, unsigned = self._distances(words, samples_per_frame)
        is_nearer = self.is_doubtful & (unsigned < signed)
        kept = self.is_doubtful & (signed < unsigned)
        warnings = tuple(
            f"analog channels taken as {kind}, by their offsets and values, for the file does not tell: {chosen.sum()}"
            for kind, chosen in (("signed", kept), ("unsigned", is_nearer))
            if chosen.any()
        )
        return Calibration(
            np.where(is_nearer, self.offsets % _UNSIGNED_RANGE, self.offsets),
            self.factors,
            self.is_unsigned | (is_nearer if words.dtype == np.int16 else False),
            np.zeros_like(self.is_doubtful),
            (*self.warnings, *warnings),
        )

    def _distances(self, words: np.ndarray, samples_per_frame: int) -> tuple[np.ndarray, np.ndarray]:
        """How far each channel's values lie from zero in all, if its words and offset are signed, and if unsigned."""
        stored = words.reshape(len(words), samples_per_frame, len(self.offsets))
        of_words = _UNSIGNED_RANGE if words.dtype == np.int16 else 0.0
        signed, unsigned = np.zeros_like(self.offsets), np.zeros_like(self.offsets)
        step = max(1, _BLOCK_SAMPLES // max(1, samples_per_frame * len(self.offsets)))
        with np.errstate(invalid="ignore", over="ignore"):  # absurd words in a damaged file
            for start in range(0, len(stored), step):
                values = stored[start : start + step].astype(np.float64)
                signed += np.fmin(np.abs(values - self.offsets), _FARTHEST).sum(axis=(0, 1))
                values[values < 0] += of_words
                unsigned += np.fmin(np.abs(values - self.offsets % _UNSIGNED_RANGE), _FARTHEST).sum(axis=(0, 1))
        return signed, unsigned

    def applied(self, words: np.ndarray, samples_per_frame: int) -> np.ndarray:
        """Physical values (sample, channel) float32 of stored words (frame, sample x channel)."""
        frames, channels = len(words), len(self.offsets)
        if not channels:
            return np.empty((0, 0), np.float32)
        values = np.empty((frames, samples_per_frame, channels), np.float32)
        stored = words.reshape(frames, samples_per_frame, channels)
        if not self.offsets.any() and (self.factors == 1.0).all() and not self.is_unsigned.any():
            values[...] = stored
        else:
            step = max(1, _BLOCK_SAMPLES // (samples_per_frame * channels))
            with np.errstate(over="ignore", invalid="ignore"):  # absurd words in a damaged file become infinite
                for start in range(0, frames, step):
                    block = stored[start : start + step]
                    if self.is_unsigned.any():
                        block = np.where(self.is_unsigned, block.view(np.uint16), block)
                    physical = block - self.offsets
                    values[start : start + step] = np.multiply(physical, self.factors, out=physical)
        return values.reshape(frames * samples_per_frame, channels)


def calibration_of(parameters: Parameters, channels: int, *, is_float: bool) -> Calibration:
    """The calibration of a file's analog channels, before their words have been seen.

    Parameters
    ----------
    parameters : of the file
    channels : how many it stores
    is_float : stored as floats

    Notes
    -----
    A list that lacks a channel leaves it as stored, and so does a scale that is no number; a scale of 0 is obeyed (the
    laboratory switched the channel off, and made-up volts could pass for a force). All three are warned of.
    Integers are signed where the file does not say which they are, but for channels whose offset is far from zero:
    their words decide. An offset of floats is what it says, unless it was stored in 16 bits and is near -32,768.
    """
    if not channels:
        nothing, nobody = np.empty(0), np.empty(0, bool)
        return Calibration(nothing, nothing, nobody, nobody)
    scales, offsets = _continued(parameters, "SCALE"), _continued(parameters, "OFFSET")
    is_stored_short = numbers(parameters, "ANALOG", "OFFSET").dtype.kind in "iu"
    filled, says = _per_channel(offsets, channels, 0.0), _format(parameters)
    is_doubtful = np.zeros(channels, bool)
    if says == "UNSIGNED":
        filled = filled % _UNSIGNED_RANGE if is_stored_short else filled  # 32,768 is stored in 16 bits as -32,768
    elif is_float:
        is_doubtful = (filled <= _WRAPPED_OFFSET) & is_stored_short
    elif not says:
        is_doubtful = np.abs(filled) >= _FAR_OFFSET
    general = numbers(parameters, "ANALOG", "GEN_SCALE").ravel()[:1]
    has_general = general.size > 0 and bool(np.isfinite(general[0]))
    factors = _per_channel(scales, channels, 1.0) * (float(general[0]) if has_general else 1.0)
    warnings = {
        "analog channels without a scale, kept as stored": _lacking(scales, channels),
        "analog channels without an offset, 0 was taken": _lacking(offsets, channels),
        "analog channels with a scale of 0, all zero": int((factors == 0).sum()),
        "the scale of all analog channels is no number, 1 was taken": general.size if not has_general else 0,
    }
    return Calibration(
        filled,
        factors,
        np.full(channels, says == "UNSIGNED" and not is_float),
        is_doubtful,
        tuple(f"{fact}: {count}" for fact, count in warnings.items() if count),
    )


def _format(parameters: Parameters) -> str:
    """SIGNED, UNSIGNED or nothing; some write UNSIGNED INTEGER."""
    declared = texts(parameters, "ANALOG", "FORMAT")
    said = declared[0].strip().upper() if declared else ""
    return next((known for known in ("UNSIGNED", "SIGNED") if said.startswith(known)), "")


def _lacking(values: np.ndarray, channels: int) -> int:
    """How many channels a list leaves without a number."""
    return channels - int(np.isfinite(values[:channels]).sum())


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
