"""Whether a long recording ends as it began: from some second on, somebody may walk otherwise (fatigue, a loose brace).

No window need stand out for that, and no reference's limit is needed: the recording is compared with itself. Blocks of
5.12 s are shuffled many times; the largest difference between an earlier and a later part is a change if hardly a
shuffled order shows one as large (a permutation test of a change point). Shorter blocks would do more often what no
fatigue does: strides go with the strides before them for some seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.types import WINDOW_S

BLOCK_WINDOWS = 8
FEWEST_BLOCKS = 8
"""41 s: each part has at least a quarter of that."""
SHORTEST_PART = FEWEST_BLOCKS // 4
PERMUTATIONS = 999
DRIFT_P = 0.002
"""At most, for a change to be said. Blocks still go with their neighbours a little: at .01, 5 of 40 steady walks were
said to change (studies/episodes)."""


@dataclass(frozen=True)
class Drift:
    """Where a recording's later part begins, and how likely so large a difference is in a steady walk."""

    start_s: float
    """From the recording's first window."""
    p_value: float
    z: float
    """The difference in standard deviations of the shuffled orders'."""


def drift(latents: np.ndarray, covariance: np.ndarray, seed: int = 0) -> Drift | None:
    """The change point of a recording's windows (window, latent); None for under `FEWEST_BLOCKS` whole blocks.

    Parameters
    ----------
    covariance : (latent, latent) of healthy windows, which says what a difference is worth
    """
    blocks = len(latents) // BLOCK_WINDOWS
    if blocks < FEWEST_BLOCKS:
        return None
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), latents[: blocks * BLOCK_WINDOWS].T).T
    means = whitened.reshape(blocks, BLOCK_WINDOWS, -1).mean(axis=1)
    found = _separations(means[None])[0]
    rng = np.random.default_rng(seed)
    shuffled = np.stack([means[rng.permutation(blocks)] for _ in range(PERMUTATIONS)])
    largest = _separations(shuffled).max(axis=1)
    place = int(found.argmax())
    return Drift(
        start_s=(place + SHORTEST_PART) * BLOCK_WINDOWS * WINDOW_S,
        p_value=float((1 + np.count_nonzero(largest >= found[place])) / (PERMUTATIONS + 1)),
        z=float((found[place] - largest.mean()) / max(float(largest.std()), 1e-9)),
    )


def _separations(means: np.ndarray) -> np.ndarray:
    """(order, block, latent) -> (order, split): how far apart the means before and after each split lie."""
    blocks = means.shape[1]
    splits = np.arange(SHORTEST_PART, blocks - SHORTEST_PART + 1)
    sums = means.cumsum(axis=1)
    before = sums[:, splits - 1] / splits[:, None]
    after = (sums[:, -1:] - sums[:, splits - 1]) / (blocks - splits)[:, None]
    weight = splits * (blocks - splits) / blocks
    return np.asarray(np.sqrt(weight) * np.linalg.norm(after - before, axis=-1))
