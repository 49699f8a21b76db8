"""The plainest linear codes: principal components of whole 0.64 s windows and 2.56 s blocks, mean posture included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ltme_clinic.embedding.features import WIDTH, clip_features, from_windows, to_windows
from ltme_clinic.embedding.linear import LinearCode, reconstruction_error_mm
from ltme_clinic.training.walkers import Walker
from ltme_clinic.types import BLOCK_WINDOWS, WINDOW_FRAMES, MotionClip

PIECES = {"windows": 1, "blocks": BLOCK_WINDOWS}
"""Windows of 0.64 s in a piece."""
MOST_PIECES = 12_000
"""Pieces enough to find the components from."""


@dataclass(frozen=True, eq=False)
class PieceCode:
    """Components of pieces of so many windows, sorted by variance; the first few are used."""

    windows: int
    mean: np.ndarray  # (piece width,)
    basis: np.ndarray  # (piece width, most numbers)

    def decoded(self, rows: np.ndarray, floats: float) -> np.ndarray:
        """Rows (frame, WIDTH) as `floats` numbers for each window say them."""
        kept = self.basis[:, : round(floats * self.windows)]
        pieces = cut(rows, self.windows) - self.mean
        back = (pieces @ kept) @ kept.T + self.mean
        return from_windows(back.reshape(-1, WINDOW_FRAMES, WIDTH), len(rows))


def cut(rows: np.ndarray, windows: int) -> np.ndarray:
    """(piece, windows * WINDOW_FRAMES * WIDTH)."""
    return to_windows(rows).reshape(-1, windows * WINDOW_FRAMES * WIDTH)


def fit_pieces(walkers: Sequence[Walker], windows: int, numbers: int) -> PieceCode:
    """Fit on complete walks, drawn until there are `MOST_PIECES`."""
    from sklearn.decomposition import PCA

    drawn: list[np.ndarray] = []
    for number in np.random.default_rng(0).permutation(len(walkers)):
        drawn.append(cut(walkers[number].rows, windows))
        if sum(map(len, drawn)) >= MOST_PIECES:
            break
    fitted = PCA(numbers, svd_solver="randomized", random_state=0).fit(np.concatenate(drawn).astype(np.float32))
    return PieceCode(windows, fitted.mean_, np.ascontiguousarray(fitted.components_.T))


def piece_errors_mm(code: PieceCode, floats: float, linear: LinearCode, clips: Sequence[MotionClip]) -> np.ndarray:
    """(clip,) mean slot error over the slots seen; hidden ones are filled by `linear` before."""
    errors = []
    for clip in clips:
        rows, seen = clip_features(clip)
        filled, _ = linear.fill(rows, seen)
        errors.append(reconstruction_error_mm(rows, code.decoded(filled, floats), seen))
    return np.array(errors)
