"""Principal components of windows, four at a time: the linear code of what windows hold, with so many numbers each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ltme_clinic.embedding.features import BLOCK_WINDOWS


@dataclass(frozen=True)
class BlockCode:
    """A basis for four windows together; unit latents decode to what is common in training people.

    Latents of a block are rotated inside the block's subspace so that each says most about its own window (an
    orthogonal Procrustes rotation: the subspace, and with it the error, stays the same).
    """

    basis: np.ndarray  # (BLOCK_WINDOWS * directions, BLOCK_WINDOWS * latents), scaled

    @property
    def latents(self) -> int:
        """Numbers for each window."""
        return int(self.basis.shape[1]) // BLOCK_WINDOWS

    @property
    def directions(self) -> int:
        return int(self.basis.shape[0]) // BLOCK_WINDOWS

    @cached_property
    def _inverse(self) -> np.ndarray:
        """(BLOCK_WINDOWS * latents, BLOCK_WINDOWS * directions)."""
        return np.linalg.pinv(self.basis)

    def encode(self, directions: np.ndarray) -> np.ndarray:
        """(window, directions) -> (window, latents); windows come in whole blocks."""
        blocks = directions.reshape(-1, BLOCK_WINDOWS * self.directions)
        return (blocks @ self._inverse.T).reshape(-1, self.latents)

    def decode(self, latents: np.ndarray) -> np.ndarray:
        """(window, latents) -> (window, directions)."""
        blocks = latents.reshape(-1, BLOCK_WINDOWS * self.latents)
        return (blocks @ self.basis.T).reshape(-1, self.directions)


def fit_block_code(recordings: list[np.ndarray], latents: int) -> BlockCode:
    """Principal components of recordings' windows, each (window, directions), windows in whole blocks."""
    directions = recordings[0].shape[1]
    blocks = np.concatenate([item.reshape(-1, BLOCK_WINDOWS * directions) for item in recordings]).astype(np.float64)
    basis, sd = principal_components(blocks.T @ blocks / len(blocks), BLOCK_WINDOWS * latents)
    return BlockCode((basis * sd @ _one_window_each(basis * sd, directions, latents)).astype(np.float32))


def principal_components(covariance: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Leading eigenvectors (W, count) and standard deviations (count,), largest first; signs fixed."""
    from scipy.linalg import eigh

    size = len(covariance)
    values, vectors = eigh(covariance, subset_by_index=[size - count, size - 1])
    values, basis = values[::-1], vectors[:, ::-1]
    basis = basis * np.where(basis[np.abs(basis).argmax(axis=0), np.arange(basis.shape[1])] < 0, -1.0, 1.0)
    return basis, np.sqrt(np.maximum(values, 1e-10))


def principal_directions(windows: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Orthonormal leading directions (W, count) of many wide rows, by a randomised range finder (Halko et al. 2011)."""
    rng = np.random.default_rng(seed)
    sketch = rng.standard_normal((windows.shape[1], count + 32)).astype(np.float32)
    for _ in range(3):
        sketch, _ = np.linalg.qr(windows.T @ (windows @ sketch))
    _, _, right = np.linalg.svd(windows @ sketch, full_matrices=False)
    return np.ascontiguousarray(sketch @ right[:count].T, dtype=np.float32)


def _one_window_each(scaled: np.ndarray, directions: int, latents: int) -> np.ndarray:
    """Rotation (L, L) of a block's white latents after which latents i*k..(i+1)*k speak most about window i."""
    wanted = []
    for window in range(BLOCK_WINDOWS):
        part = scaled[window * directions : (window + 1) * directions]
        wanted.append(principal_components(part.T @ part, latents)[0])
    left, _, right = np.linalg.svd(np.concatenate(wanted, axis=1))
    return left @ right
