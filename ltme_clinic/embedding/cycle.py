"""The average cycle of a whole body as principal components, also where only part of the body was seen.

A cycle is 11 x 150 harmonics (`rhythm.harmonic_features`): mean row, cosines and sines of every feature. Cosines and
sines count half, as they do in the mean square over frames. Components of a cycle that is known in part are their
expectation under probabilistic principal components (Tipping and Bishop 1999).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from ltme_clinic.embedding.blocks import principal_components
from ltme_clinic.embedding.features import WIDTH
from ltme_clinic.embedding.filling import PLACEMENT_M2, fill_gaps, precision
from ltme_clinic.embedding.rhythm import HARMONIC_WIDTH, TERMS, Rhythm, cycle_terms, harmonic_features

_WEIGHT = np.concatenate([np.ones(WIDTH), np.full(HARMONIC_WIDTH - WIDTH, np.sqrt(0.5))])
_FRAME_M2 = 4e-6
"""Variance (2 mm squared) of measuring, for single frames and harmonics, which placement does not touch."""
_LEAST_SD_M = 1e-3
"""A component of less than 1 mm over the whole body is noise (or there were too few walks), not to be blown up."""
_MOST_READERS = 16
"""Marker sets whose readers are kept, 2.5 MB each."""
_NOISE_M2 = np.concatenate([np.full(WIDTH, PLACEMENT_M2), np.full(HARMONIC_WIDTH - WIDTH, _FRAME_M2)])


@dataclass(frozen=True)
class CycleCode:
    """Fitted on complete walks; float32 arrays."""

    mean: np.ndarray  # (HARMONIC_WIDTH,)
    basis: np.ndarray  # (HARMONIC_WIDTH, components): harmonics for a unit of each component
    left_variance: np.ndarray  # (HARMONIC_WIDTH,) what the components leave unsaid
    around_covariance: np.ndarray  # (WIDTH, WIDTH) of frames around their recording's own cycle

    @property
    def size(self) -> int:
        return int(self.basis.shape[1])

    @cached_property
    def _around_precision(self) -> np.ndarray:
        return precision(self.around_covariance, _FRAME_M2)

    @cached_property
    def _reader(self) -> np.ndarray:
        """(HARMONIC_WIDTH, components), the weighted least-squares inverse of `basis`."""
        return self.basis * (_WEIGHT**2)[:, None].astype(np.float32) / self.weights()

    def components(self, harmonics: np.ndarray) -> np.ndarray:
        """(..., HARMONIC_WIDTH) -> (..., components), unit variance over training people."""
        return (harmonics - self.mean) @ self._reader

    def complete(self, harmonics: np.ndarray, known: np.ndarray, rhythm: Rhythm) -> np.ndarray:
        """Harmonics (HARMONIC_WIDTH,) with those of unseen features replaced by what the seen ones make likely.

        known is (WIDTH,) bool: which features were seen. Without a rhythm only the mean row is known.
        """
        heard = np.tile(known, TERMS)
        heard[WIDTH:] &= rhythm.found
        if heard.all():
            return harmonics
        likely = self._partial_reader(heard) @ ((harmonics - self.mean) * _WEIGHT)[heard].astype(np.float32)
        return np.where(heard, harmonics, self.harmonics(likely)).astype(np.float32)

    def _partial_reader(self, heard: np.ndarray) -> np.ndarray:
        """(components, heard): components that heard harmonics make likely.

        It is kept, for a laboratory's recordings all have one marker set.
        """
        key = heard.tobytes()
        if key not in self._partial_readers:
            scaled = (self.basis * _WEIGHT[:, None])[heard].astype(np.float64)
            trusted = scaled / (self.left_variance + _NOISE_M2)[heard, None]
            if len(self._partial_readers) >= _MOST_READERS:
                self._partial_readers.clear()
            reader = np.linalg.solve(scaled.T @ trusted + np.eye(self.size), trusted.T)
            self._partial_readers[key] = reader.astype(np.float32)
        return self._partial_readers[key]

    @cached_property
    def _partial_readers(self) -> dict[bytes, np.ndarray]:
        return {}

    def fill(self, rows: np.ndarray, seen: np.ndarray, harmonics: np.ndarray, rhythm: Rhythm) -> np.ndarray:
        """Rows (frame, WIDTH) with hidden values filled from the cycle, and from what seen values say around it."""
        if seen.all() or not rhythm.found:
            return rows
        cycle = cycle_terms(rhythm.phase_rad).astype(np.float32) @ harmonics.reshape(TERMS, WIDTH)
        around = fill_gaps(np.where(seen, rows - cycle, 0.0), seen, self._around_precision)
        return (cycle + around).astype(np.float32)

    def harmonics(self, components: np.ndarray) -> np.ndarray:
        """(..., components) -> (..., HARMONIC_WIDTH)."""
        return self.mean + components @ self.basis.T

    def rows(self, components: np.ndarray, phase_rad: np.ndarray, amount: np.ndarray) -> np.ndarray:
        """The cycle at the phase of every frame, (frame, WIDTH); nothing but its mean where `amount` is 0."""
        return cycle_terms(phase_rad, amount).astype(np.float32) @ self.harmonics(components).reshape(TERMS, WIDTH)

    def weights(self) -> np.ndarray:
        """Mean square over frames and features that a unit of each component makes, (components,)."""
        return np.square(self.basis * _WEIGHT[:, None]).sum(axis=0)

    def error_covariance(self, sd: np.ndarray) -> np.ndarray:
        """Of components, (components, components), where harmonics err independently, with SDs (HARMONIC_WIDTH,)."""
        wrong = self._reader.astype(np.float64) * sd[:, None]
        return wrong.T @ wrong

    def arrays(self) -> dict[str, np.ndarray]:
        return {f"cycle.{item.name}": getattr(self, item.name) for item in fields(self)}

    @staticmethod
    def from_arrays(arrays: dict[str, np.ndarray]) -> CycleCode:
        return CycleCode(**{item.name: np.asarray(arrays[f"cycle.{item.name}"]) for item in fields(CycleCode)})


def fit_cycle_code(recordings: list[np.ndarray], rhythms: list[Rhythm], size: int) -> CycleCode:
    """Principal components of the average cycles of complete rows, one array (frame, WIDTH) a recording."""
    harmonics = np.stack([harmonic_features(*pair) for pair in zip(recordings, rhythms, strict=True)])
    mean = harmonics.mean(axis=0)
    scaled = (harmonics - mean).astype(np.float64) * _WEIGHT
    directions, sd = principal_components(scaled.T @ scaled / len(scaled), size)
    basis = directions * np.maximum(sd, _LEAST_SD_M)
    arrays = {
        "mean": mean,
        "basis": basis / _WEIGHT[:, None],
        "left_variance": np.maximum(np.square(scaled).mean(axis=0) - np.square(basis).sum(axis=1), 0.0),
        "around_covariance": _around_covariance(recordings, rhythms, harmonics),
    }
    return CycleCode(**{name: np.ascontiguousarray(value, dtype=np.float32) for name, value in arrays.items()})


def _around_covariance(recordings: list[np.ndarray], rhythms: list[Rhythm], harmonics: np.ndarray) -> np.ndarray:
    total, frames = np.zeros((WIDTH, WIDTH)), 0
    for rows, rhythm, own in zip(recordings, rhythms, harmonics, strict=True):
        around = rows - cycle_terms(rhythm.phase_rad, float(rhythm.found)) @ own.reshape(TERMS, WIDTH)
        total += around.T @ around
        frames += len(rows)
    return total / frames
