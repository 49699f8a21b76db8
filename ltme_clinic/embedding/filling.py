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


def fill_gaps(rows: np.ndarray, seen: np.ndarray, inverse: np.ndarray, wanted: np.ndarray | None = None) -> np.ndarray:
    """Replace hidden values of rows with zero mean, frame by frame; rows and seen are (frame, W).

    With the precision instead of the covariance only a matrix of the hidden features' size is solved, once for each
    pattern of hidden features. Where only some columns are `wanted`, (W,) bool, the others' hidden values stay.
    """
    filled = rows.copy()
    wanted = np.ones(rows.shape[1], dtype=bool) if wanted is None else wanted
    frames_of = _frames_by_pattern(seen)
    for chosen in frames_of:
        there = seen[chosen[0]]
        hidden, asked = np.flatnonzero(~there), np.flatnonzero(~there & wanted)
        if len(asked):
            weight = np.linalg.solve(inverse[np.ix_(hidden, hidden)], inverse[np.ix_(hidden, there)])
            weight = weight[np.isin(hidden, asked)].astype(rows.dtype)
            known = rows[:, there] if len(frames_of) == 1 else rows[np.ix_(chosen, np.flatnonzero(there))]
            likely = known @ -weight.T
            if len(frames_of) == 1:
                filled[:, asked] = likely
            else:
                filled[np.ix_(chosen, asked)] = likely
    return filled


def _frames_by_pattern(seen: np.ndarray) -> list[np.ndarray]:
    """Numbers of the frames (frame, W) in which the same features are hidden, one array a pattern."""
    packed = np.packbits(seen, axis=1)
    if (packed == packed[0]).all():
        return [np.arange(len(seen))]
    changes = np.concatenate([[True], (packed[1:] != packed[:-1]).any(axis=1)])
    patterns, which = np.unique(packed[changes], axis=0, return_inverse=True)
    of_frame = which.ravel()[np.cumsum(changes) - 1]
    return [np.flatnonzero(of_frame == number) for number in range(len(patterns))]
