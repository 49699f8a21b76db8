"""The linear code by itself (PCA): the yardstick that every result stands beside, and the first fill of hidden slots.

The recording's mean row goes into the posture code; what is left, the deviation, is cut into windows of 0.64 s, each
written in a window basis, and four windows share one block basis. Everything is principal components fitted on
training people, in numpy, whitened so that each latent has unit variance.

Hidden slots are filled by their Gaussian conditional expectation before encoding: never-seen slots from the mean
posture of training people, gaps from the deviation's covariance between slots.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from ltme_clinic.embedding.blocks import BlockCode, fit_block_code, principal_components, principal_directions
from ltme_clinic.embedding.features import CHANNELS, SLOT_WIDTH, WIDTH, to_windows
from ltme_clinic.embedding.filling import conditional_fill, fill_gaps, precision
from ltme_clinic.embedding.seams import joined
from ltme_clinic.types import WINDOW_FRAMES, LtmeError

_BASIS_WINDOWS = 5000
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
    def directions(self) -> int:
        return int(self.window_basis.shape[1])

    @cached_property
    def blocks(self) -> BlockCode:
        """The deviation's code of four windows together."""
        return BlockCode(self.block_basis)

    @cached_property
    def _deviation_precision(self) -> np.ndarray:
        return precision(self.deviation_covariance)

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
        return _in_basis(deviation_rows, self.window_basis)

    def directions_rows(self, directions: np.ndarray) -> np.ndarray:
        """(window, directions) -> deviation windows (window, WINDOW_FRAMES, WIDTH), joined (`seams`)."""
        return joined((directions @ self.window_basis.T).reshape(len(directions), WINDOW_FRAMES, WIDTH))

    # hidden slots ----------------------------------------------------------------------------------------------------

    def fill(
        self, rows: np.ndarray, seen: np.ndarray, wanted: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rows with hidden values filled, and their mean row: (frame, WIDTH), (WIDTH,).

        Of columns that are not `wanted`, (WIDTH,) bool, hidden values are filled with their mean alone.
        Raises LtmeError where no slot is ever seen.
        """
        if not seen[:, :SLOT_WIDTH].any():
            raise LtmeError("motion clip", "no slot is ever seen", "Check the marker labels with ltme inspect")
        known = seen_enough(seen)
        mean = np.where(known, (rows * seen).sum(axis=0) / np.maximum(seen.sum(axis=0), 1), 0.0)
        mean = conditional_fill(mean[None], known, self.posture_mean, self.posture_covariance)[0]
        deviation = np.where(seen, rows - mean, 0.0)
        if not seen.all():
            deviation = fill_gaps(deviation, seen, self._deviation_precision, wanted)
        return (mean + deviation).astype(np.float32), mean.astype(np.float32)

    # as arrays -------------------------------------------------------------------------------------------------------

    def arrays(self) -> dict[str, np.ndarray]:
        return {f"linear.{item.name}": getattr(self, item.name) for item in fields(self)}

    @staticmethod
    def from_arrays(arrays: dict[str, np.ndarray]) -> LinearCode:
        names = [item.name for item in fields(LinearCode)]
        return LinearCode(**{name: np.asarray(arrays[f"linear.{name}"], dtype=np.float32) for name in names})


def seen_enough(seen: np.ndarray) -> np.ndarray:
    """Features (WIDTH,) bool that were seen (frame, WIDTH) often enough to have a mean of their own."""
    return seen.mean(axis=0) >= _SEEN_SHARE


def fit_linear_code(
    recordings: list[np.ndarray],
    *,
    posture_size: int,
    latent_size: int,
    own: int,
    directions: int,
    others: list[np.ndarray] | None = None,
) -> LinearCode:
    """Principal components of complete feature rows, one array (frame, WIDTH) a recording.

    Each recording weighs the same in the posture code and each window the same in the window code. Of a window's
    `latent_size` numbers `own` are about the window itself (see `blocks.BlockCode`). `others` are
    further rows that the window basis, but nothing else, is to hold as well. More than WIDTH posture numbers can't be
    told apart: then there are WIDTH.
    """
    means = np.stack([rows.mean(axis=0) for rows in recordings]).astype(np.float64)
    posture_covariance = np.cov(means, rowvar=False)
    posture_basis, posture_sd = principal_components(posture_covariance, min(posture_size, WIDTH))

    deviations = [rows - rows.mean(axis=0) for rows in recordings]
    deviation_covariance = sum(rows.T.astype(np.float64) @ rows for rows in deviations) / sum(map(len, deviations))
    some = [_some_windows(rows, _BASIS_WINDOWS) for rows in (deviations, others) if rows]
    window_basis = principal_directions(np.concatenate(some), directions)
    blocks = fit_block_code([_in_basis(rows, window_basis) for rows in deviations], latent_size, own)
    arrays = {
        "posture_mean": means.mean(axis=0),
        "posture_basis": posture_basis * posture_sd,
        "posture_covariance": posture_covariance,
        "deviation_covariance": deviation_covariance,
        "window_basis": window_basis,
        "block_basis": blocks.basis,
    }
    return LinearCode(**{name: np.ascontiguousarray(value, dtype=np.float32) for name, value in arrays.items()})


def _in_basis(rows: np.ndarray, window_basis: np.ndarray) -> np.ndarray:
    """Rows (frame, WIDTH) -> (window, directions)."""
    windows = to_windows(rows)
    return windows.reshape(len(windows), -1) @ window_basis


def _some_windows(recordings: list[np.ndarray], most: int) -> np.ndarray:
    """About so many windows (window, WINDOW_FRAMES * WIDTH), from recordings drawn once and for all."""
    drawn, count = [], 0
    for number in np.random.default_rng(0).permutation(len(recordings)):
        windows = to_windows(recordings[number])
        drawn.append(windows.reshape(len(windows), -1))
        count += len(windows)
        if count >= most:
            break
    return np.concatenate(drawn)


def reconstruction_error_mm(rows: np.ndarray, decoded: np.ndarray, seen: np.ndarray | None = None) -> float:
    """Mean distance between slots of two row arrays (frame, WIDTH), in millimetres, over the slots seen."""
    difference = (rows - decoded)[:, : WIDTH - CHANNELS].reshape(len(rows), -1, 3)
    distance_mm = 1000.0 * np.linalg.norm(difference, axis=-1)
    if seen is None:
        return float(distance_mm.mean())
    slots_seen = seen[:, :SLOT_WIDTH:3]
    return float(distance_mm[slots_seen].mean()) if slots_seen.any() else float("nan")
