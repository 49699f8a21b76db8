"""Hidden values from seen ones: Gaussian conditional expectations."""

from __future__ import annotations

import numpy as np

PLACEMENT_M2 = 2.5e-5
"""Variance (5 mm squared) that stands for markers lying elsewhere than the training people's, so that no feature is
trusted beyond that."""


def conditional_fill(
    rows: np.ndarray, known: np.ndarray, mean: np.ndarray, covariance: np.ndarray, noise: float = PLACEMENT_M2
) -> np.ndarray:
    """Replace unknown columns of rows (n, W) by their expectation given the known ones, known (W,) bool.

    `noise` is the variance in square feature units that is added to every column's own.
    """
    if known.all() or not known.any():
        return rows if known.all() else np.broadcast_to(mean, rows.shape).copy()
    within = covariance[np.ix_(known, known)] + noise * np.eye(int(known.sum()))
    across = covariance[np.ix_(~known, known)]
    filled = rows.copy()
    filled[:, ~known] = mean[~known] + (rows[:, known] - mean[known]) @ np.linalg.solve(within, across.T)
    return filled


def precision(covariance: np.ndarray, noise: float = PLACEMENT_M2) -> np.ndarray:
    """Inverse of a covariance with noise added, as `fill_gaps` wants it, (W, W) float64."""
    return np.linalg.inv(covariance.astype(np.float64) + noise * np.eye(len(covariance)))


def fill_gaps(rows: np.ndarray, seen: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """Replace hidden values of rows with zero mean, frame by frame; rows and seen are (frame, W).

    With the precision instead of the covariance only a matrix of the hidden features' size is solved, once for each
    pattern of hidden features.
    """
    filled = rows.copy()
    _, first, which = np.unique(np.packbits(seen, axis=1), axis=0, return_index=True, return_inverse=True)
    for number, frame in enumerate(first):
        there = seen[frame]
        hidden = np.flatnonzero(~there)
        if len(hidden):
            chosen = np.flatnonzero(which.ravel() == number)
            weight = np.linalg.solve(inverse[np.ix_(hidden, hidden)], inverse[np.ix_(hidden, there)])
            filled[np.ix_(chosen, hidden)] = -rows[chosen][:, there] @ weight.T
    return filled
