"""Principal components of windows, four at a time: the linear code at two time scales, 0.64 s and 2.56 s."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ltme_clinic.types import BLOCK_WINDOWS


@dataclass(frozen=True)
class BlockCode:
    """A basis for four windows together; unit latents decode to what is common in training people.

    Latents of a block are rotated inside the block's subspace (which, and with it the error, stays the same). A
    window's first `own` numbers then say most about the window itself (an orthogonal Procrustes rotation); the others
    of the block's four windows together are its shared numbers, the largest spread first, dealt out a quarter each.
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


def fit_block_code(recordings: list[np.ndarray], latents: int, own: int) -> BlockCode:
    """Principal components of recordings' windows, each (window, directions), windows in whole blocks.

    Of a window's `latents` numbers `own` are about itself; see `BlockCode`.
    """
    directions = recordings[0].shape[1]
    blocks = np.concatenate([item.reshape(-1, BLOCK_WINDOWS * directions) for item in recordings]).astype(np.float64)
    basis, sd = principal_components(blocks.T @ blocks / len(blocks), BLOCK_WINDOWS * latents)
    return BlockCode((basis * sd @ _rotation(basis * sd, latents, own)).astype(np.float32))


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


def _rotation(scaled: np.ndarray, latents: int, own: int) -> np.ndarray:
    """Rotation (L, L) of a block's white latents into own and shared numbers, dealt out window by window."""
    directions = len(scaled) // BLOCK_WINDOWS
    wanted = []
    for window in range(BLOCK_WINDOWS):
        part = scaled[window * directions : (window + 1) * directions]
        wanted.append(principal_components(part.T @ part, own)[0])
    left, _, right = np.linalg.svd(np.concatenate(wanted, axis=1), full_matrices=True)
    local = left[:, : BLOCK_WINDOWS * own] @ right
    rest = left[:, BLOCK_WINDOWS * own :]
    if rest.shape[1]:
        rest = rest @ principal_components(rest.T @ (scaled.T @ scaled) @ rest, rest.shape[1])[0]
    size = len(left)
    dealt = (local.reshape(size, BLOCK_WINDOWS, own), rest.reshape(size, BLOCK_WINDOWS, latents - own))
    return np.concatenate(dealt, axis=2).reshape(size, size)
