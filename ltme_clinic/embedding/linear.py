"""The linear code: step 0 of the transformer, and by itself (PCA) the yardstick that every result stands beside.

The recording's mean row goes into the posture code; what is left, the deviation, is cut into windows of 0.64 s, each
written in a window basis, and four windows share one block basis. Everything is principal components fitted on
training people, in numpy, whitened so that each latent has unit variance. Latents of a block are rotated inside
the block's subspace so that each says most about its own window (an orthogonal Procrustes rotation: the subspace,
and with it the error, stays the same).

Hidden slots are filled by their Gaussian conditional expectation before encoding: never-seen slots from the mean
posture of training people, gaps from the deviation's covariance between slots.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from ltme_clinic.embedding.features import BLOCK_WINDOWS, CHANNELS, SLOT_WIDTH, WIDTH, to_windows
from ltme_clinic.types import WINDOW_FRAMES

_BASIS_WINDOWS = 8192
"""Windows enough to find the window basis from."""
_SEEN_SHARE = 0.2
"""A slot seen in less than this share of frames has no mean of its own."""


@dataclass(frozen=True)
class LinearCode:
    """Fitted bases; all arrays float32.

    `posture_mean` and `window_mean` are in feature units; a basis is scaled so that unit latents decode to them.
    """

    posture_mean: np.ndarray  # (WIDTH,)
    posture_basis: np.ndarray  # (WIDTH, posture size)
    posture_covariance: np.ndarray  # (WIDTH, WIDTH)
    deviation_covariance: np.ndarray  # (WIDTH, WIDTH)
    window_basis: np.ndarray  # (WINDOW_FRAMES * WIDTH, directions), orthonormal
    block_basis: np.ndarray  # (BLOCK_WINDOWS * directions, BLOCK_WINDOWS * latent size), scaled

    @property
    def posture_size(self) -> int:
        return int(self.posture_basis.shape[1])

    @property
    def latent_size(self) -> int:
        return int(self.block_basis.shape[1]) // BLOCK_WINDOWS

    @property
    def directions(self) -> int:
        return int(self.window_basis.shape[1])

    @cached_property
    def _block_inverse(self) -> np.ndarray:
        """(BLOCK_WINDOWS * latent size, BLOCK_WINDOWS * directions)."""
        return np.linalg.pinv(self.block_basis)

    # posture ---------------------------------------------------------------------------------------------------------

    def encode_posture(self, mean_row: np.ndarray) -> np.ndarray:
        """(..., WIDTH) -> (..., posture size), unit variance over training people."""
        scale = (self.posture_basis**2).sum(axis=0)
        return (mean_row - self.posture_mean) @ self.posture_basis / scale

    def decode_posture(self, code: np.ndarray) -> np.ndarray:
        """(..., posture size) -> (..., WIDTH)."""
        return self.posture_mean + code @ self.posture_basis.T

    # windows ---------------------------------------------------------------------------------------------------------

    def window_directions(self, deviation_rows: np.ndarray) -> np.ndarray:
        """Deviation rows (frame, WIDTH) -> (window, directions)."""
        windows = to_windows(deviation_rows)
        return windows.reshape(len(windows), -1) @ self.window_basis

    def directions_rows(self, directions: np.ndarray) -> np.ndarray:
        """(window, directions) -> deviation windows (window, WINDOW_FRAMES, WIDTH)."""
        return (directions @ self.window_basis.T).reshape(len(directions), WINDOW_FRAMES, WIDTH)

    def encode_windows(self, directions: np.ndarray) -> np.ndarray:
        """(window, directions) -> (window, latent size); windows come in whole blocks."""
        blocks = directions.reshape(-1, BLOCK_WINDOWS * self.directions)
        return (blocks @ self._block_inverse.T).reshape(-1, self.latent_size)

    def decode_windows(self, latents: np.ndarray) -> np.ndarray:
        """(window, latent size) -> (window, directions)."""
        blocks = latents.reshape(-1, BLOCK_WINDOWS * self.latent_size)
        return (blocks @ self.block_basis.T).reshape(-1, self.directions)

    # hidden slots ----------------------------------------------------------------------------------------------------

    def fill(self, rows: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows with hidden values filled, and their mean row: (frame, WIDTH), (WIDTH,)."""
        share = seen.mean(axis=0)
        known = share >= _SEEN_SHARE
        mean = np.where(known, (rows * seen).sum(axis=0) / np.maximum(seen.sum(axis=0), 1), 0.0)
        mean = conditional_fill(mean[None], known, self.posture_mean, self.posture_covariance)[0]
        deviation = np.where(seen, rows - mean, 0.0)
        if not seen.all():
            deviation = self._fill_deviation(deviation, seen)
        return (mean + deviation).astype(np.float32), mean.astype(np.float32)

    def _fill_deviation(self, deviation: np.ndarray, seen: np.ndarray) -> np.ndarray:
        filled = deviation.copy()
        zero = np.zeros(WIDTH)
        patterns, which = np.unique(seen, axis=0, return_inverse=True)
        for number, pattern in enumerate(patterns):
            if not pattern.all():
                chosen = which.ravel() == number
                filled[chosen] = conditional_fill(deviation[chosen], pattern, zero, self.deviation_covariance)
        return filled

    # as arrays -------------------------------------------------------------------------------------------------------

    def arrays(self) -> dict[str, np.ndarray]:
        return {f"linear.{item.name}": getattr(self, item.name) for item in fields(self)}

    @staticmethod
    def from_arrays(arrays: dict[str, np.ndarray]) -> LinearCode:
        names = [item.name for item in fields(LinearCode)]
        return LinearCode(**{name: np.asarray(arrays[f"linear.{name}"], dtype=np.float32) for name in names})


def conditional_fill(
    rows: np.ndarray, known: np.ndarray, mean: np.ndarray, covariance: np.ndarray, noise: float = 2.5e-5
) -> np.ndarray:
    """Replace unknown columns by their Gaussian expectation given the known ones.

    rows (n, W); known (W,) bool; `noise` is the variance in square feature units (5 mm by default) that stands
    for markers lying elsewhere than the training people's, so that no column is trusted beyond that.
    """
    if known.all() or not known.any():
        return rows if known.all() else np.broadcast_to(mean, rows.shape).copy()
    within = covariance[np.ix_(known, known)] + noise * np.eye(int(known.sum()))
    across = covariance[np.ix_(~known, known)]
    filled = rows.copy()
    filled[:, ~known] = mean[~known] + (rows[:, known] - mean[known]) @ np.linalg.solve(within, across.T)
    return filled


def fit_linear_code(
    recordings: list[np.ndarray], *, posture_size: int, latent_size: int, directions: int
) -> LinearCode:
    """Principal components of complete feature rows, one array (frame, WIDTH) a recording.

    Each recording weighs the same in the posture code and each window the same in the window code.
    """
    means = np.stack([rows.mean(axis=0) for rows in recordings]).astype(np.float64)
    deviations = [rows - rows.mean(axis=0) for rows in recordings]
    posture_mean = means.mean(axis=0)
    posture_covariance = np.cov(means, rowvar=False)
    posture_basis, posture_sd = _components(posture_covariance, posture_size)

    stacked = np.concatenate(deviations).astype(np.float64)
    deviation_covariance = stacked.T @ stacked / len(stacked)

    window_stacks = [to_windows(rows).reshape(-1, WINDOW_FRAMES * WIDTH) for rows in deviations]
    window_basis = _principal_directions(_some_rows(np.concatenate(window_stacks), _BASIS_WINDOWS), directions)
    blocks = np.concatenate([(w @ window_basis).reshape(-1, BLOCK_WINDOWS * directions) for w in window_stacks])
    basis, sd = _components(blocks.T.astype(np.float64) @ blocks / len(blocks), BLOCK_WINDOWS * latent_size)
    rotation = _one_window_each(basis * sd, directions, latent_size)
    arrays = {
        "posture_mean": posture_mean,
        "posture_basis": posture_basis * posture_sd,
        "posture_covariance": posture_covariance,
        "deviation_covariance": deviation_covariance,
        "window_basis": window_basis,
        "block_basis": (basis * sd) @ rotation,
    }
    return LinearCode(**{name: np.ascontiguousarray(value, dtype=np.float32) for name, value in arrays.items()})


def _some_rows(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many rows, drawn once and for all."""
    if len(rows) <= most:
        return rows
    return rows[np.sort(np.random.default_rng(0).choice(len(rows), most, replace=False))]


def _components(covariance: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Leading eigenvectors (W, count) and standard deviations (count,), largest first; signs fixed."""
    values, vectors = np.linalg.eigh(covariance)
    order = np.argsort(values)[::-1][:count]
    basis = vectors[:, order]
    basis = basis * np.where(basis[np.abs(basis).argmax(axis=0), np.arange(basis.shape[1])] < 0, -1.0, 1.0)
    return basis, np.sqrt(np.maximum(values[order], 1e-10))


def _principal_directions(windows: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Orthonormal leading directions (W, count) of many wide rows, by a randomised range finder (Halko et al. 2011)."""
    rng = np.random.default_rng(seed)
    sketch = rng.standard_normal((windows.shape[1], count + 32)).astype(np.float32)
    for _ in range(4):
        sketch, _ = np.linalg.qr(windows.T @ (windows @ sketch))
    projected = windows @ sketch
    _, _, right = np.linalg.svd(projected, full_matrices=False)
    return np.ascontiguousarray(sketch @ right[:count].T, dtype=np.float32)


def _one_window_each(scaled: np.ndarray, directions: int, latent_size: int) -> np.ndarray:
    """Rotation (L, L) of a block's white latents after which latents i*k..(i+1)*k speak most about window i."""
    wanted = []
    for window in range(BLOCK_WINDOWS):
        part = scaled[window * directions : (window + 1) * directions]
        wanted.append(_components(part.T @ part, latent_size)[0])
    left, _, right = np.linalg.svd(np.concatenate(wanted, axis=1))
    return left @ right


def reconstruction_error_mm(rows: np.ndarray, decoded: np.ndarray, seen: np.ndarray | None = None) -> float:
    """Mean distance between slots of two row arrays (frame, WIDTH), in millimetres, over the slots seen."""
    difference = (rows - decoded)[:, : WIDTH - CHANNELS].reshape(len(rows), -1, 3)
    distance_mm = 1000.0 * np.linalg.norm(difference, axis=-1)
    if seen is None:
        return float(distance_mm.mean())
    slots_seen = seen[:, :SLOT_WIDTH:3]
    return float(distance_mm[slots_seen].mean()) if slots_seen.any() else float("nan")
