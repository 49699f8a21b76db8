"""When in a recording the walk was unusual: windows of 0.64 s against the windows of the reference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ltme_clinic.statistics import shrinkage_covariance
from ltme_clinic.types import (
    CLIP_RATE_HZ,
    WINDOW_FRAMES,
    WINDOW_S,
    EpisodeContribution,
    LtmeError,
    MotionEmbedding,
)

_HEALTHY_SHARE = 0.95
"""Share of reference recordings in which no window at all counts as an episode."""


@dataclass(frozen=True)
class WindowStatistics:
    """How the window latents of the reference are spread."""

    mean: np.ndarray  # (latent,)
    covariance: np.ndarray  # (latent, latent), shrunk
    distance_mean: float
    """Mean Mahalanobis distance of the reference's own windows."""
    distance_sd: float
    distance_limit: float
    """The most distant window of 95 % of the reference's recordings stays at or below this."""

    def distances(self, latents: np.ndarray) -> np.ndarray:
        """Mahalanobis distances of windows: (window, latent) -> (window,)."""
        whitened = np.linalg.solve(np.linalg.cholesky(self.covariance), (latents - self.mean).T)
        return np.sqrt((whitened**2).sum(axis=0))


def window_statistics(recordings: list[np.ndarray]) -> WindowStatistics:
    """Statistics over the windows of many recordings, each (window, latent); every window weighs the same."""
    recordings = [latents for latents in recordings if len(latents)]
    pooled = np.concatenate(recordings).astype(float) if recordings else np.empty((0, 0))
    if len(pooled) < 2 or not np.isfinite(pooled).all():
        raise LtmeError("reference", "its recordings hold too few finite windows of 0.64 s", "Add longer recordings")
    unscaled = WindowStatistics(pooled.mean(axis=0), _invertible(shrinkage_covariance(pooled)), 0.0, 1.0, 0.0)
    distances = [unscaled.distances(latents) for latents in recordings]
    every = np.concatenate(distances)
    limit = float(np.quantile([d.max() for d in distances], _HEALTHY_SHARE))
    return WindowStatistics(
        unscaled.mean, unscaled.covariance, float(every.mean()), float(max(every.std(), 1e-6)), limit
    )


def filled_windows(embedding: MotionEmbedding) -> np.ndarray:
    """The latents of windows that are at least half filled with frames, (window, latent) float64."""
    whole = (embedding.frames + WINDOW_FRAMES // 2) // WINDOW_FRAMES
    return embedding.window_latents[:whole].astype(float)


def episodes(
    embeddings: Iterable[MotionEmbedding], statistics: WindowStatistics, most: int = 3
) -> tuple[EpisodeContribution, ...]:
    """The stretches of recordings that lie beyond the reference's limit, the most distant first.

    Neighbouring windows are joined. Times count from the recording's first frame, `[start_s, stop_s)`; `z` is the
    stretch's largest distance in standard deviations of the reference's window distances.
    """
    found: list[EpisodeContribution] = []
    for embedding in embeddings:
        distances = statistics.distances(filled_windows(embedding))
        for first, stop in _runs(distances > statistics.distance_limit):
            z = (distances[first:stop].max() - statistics.distance_mean) / statistics.distance_sd
            end_s = min(stop * WINDOW_S, embedding.frames / CLIP_RATE_HZ)
            found.append(
                EpisodeContribution(
                    recording_id=embedding.recording_id,
                    start_s=round(embedding.source_start_s + first * WINDOW_S, 6),
                    stop_s=round(embedding.source_start_s + end_s, 6),
                    z=float(z),
                )
            )
    return tuple(sorted(found, key=lambda episode: -episode.z)[:most])


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Half-open index intervals of consecutive True values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _invertible(covariance: np.ndarray) -> np.ndarray:
    """The covariance with a floor under its eigenvalues, for latents that a reference never moves."""
    floor = max(1e-9, 1e-6 * float(np.trace(covariance)) / len(covariance))
    return covariance + floor * np.eye(len(covariance))
