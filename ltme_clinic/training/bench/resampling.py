"""Intervals by drawing whole people: one set of draws for everything, so that differences are of the same people."""

from __future__ import annotations

from typing import Any

import numpy as np

DRAWS = 1000


def person_weights(people: int, seed: int = 0, draws: int = DRAWS) -> np.ndarray:
    """(1 + draws, people): how often each person is drawn; the first row is everybody once, the figure itself."""
    rng = np.random.default_rng(seed)
    chosen = rng.integers(people, size=(draws, people))
    counts = np.zeros((1 + draws, people))
    counts[0] = 1.0
    np.add.at(counts, (np.arange(1, 1 + draws)[:, None], chosen), 1.0)
    return counts


def wins(negatives: np.ndarray, positives: np.ndarray) -> np.ndarray:
    """(negative, positive) 1 where the positive scores higher, .5 for a tie, 0 where it scores lower or is NaN."""
    difference = positives[None, :] - negatives[:, None]
    return (difference > 0).astype(float) + 0.5 * (difference == 0)


def auroc_draws(won: np.ndarray, known: tuple[np.ndarray, np.ndarray], weights: np.ndarray) -> np.ndarray:
    """AUROC under every row of weights, (1 + draws,), of people who are both the negatives and the positives.

    Parameters
    ----------
    won : (people, people) as `wins` gives it, or the mean of several
    known : (people,) bool each: whose score as a negative, as a positive is known
    """
    negatives, positives = weights * known[0], weights * known[1]
    total = np.einsum("dn,dn->d", negatives @ won, positives)
    pairs = negatives.sum(axis=1) * positives.sum(axis=1)
    return np.divide(total, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)


def mean_draws(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean over people under every row of weights, (1 + draws,); people whose value is NaN are left out."""
    known = np.isfinite(values)
    counts = weights[:, known]
    total = counts.sum(axis=1)
    return np.divide(counts @ values[known], total, out=np.full(len(weights), np.nan), where=total > 0)


def figure(draws: np.ndarray) -> dict[str, Any]:
    """The value and its 95 % percentile interval from `(1 + draws,)`, as JSON can hold it."""
    if not np.isfinite(draws[0]) or not np.isfinite(draws[1:]).any():
        return {"value": None, "low": None, "high": None}
    low, high = np.nanpercentile(draws[1:], [2.5, 97.5])
    return {"value": float(draws[0]), "low": float(low), "high": float(high)}
