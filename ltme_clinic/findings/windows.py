"""When in a recording the walk was unlike the rest of it: windows of 0.64 s against healthy people's, and one another.

Somebody who walks unusually does so all the time: every window is far from healthy people's, and that says nothing of
when. An episode is a stretch that is far from them *and* far for this recording: so many times its median distance as
hardly a healthy recording of its length shows anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ltme_clinic.findings.drift import DRIFT_P, drift
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
_TAIL = 0.99
"""Beyond this share of healthy windows the tail is taken for exponential, to say what a longer recording may show."""


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
    own_ratio: float
    """Distance over the recording's median distance, which 99 % of the reference's windows stay at or below."""
    own_ratio_excess: float
    """How far beyond that the others are on average."""

    def distances(self, latents: np.ndarray) -> np.ndarray:
        """Mahalanobis distances of windows: (window, latent) -> (window,)."""
        whitened = np.linalg.solve(np.linalg.cholesky(self.covariance), (latents - self.mean).T)
        return np.sqrt((whitened**2).sum(axis=0))

    def limit(self, distances: np.ndarray) -> float:
        """What a recording's windows (window,) must be beyond to be an episode.

        Of healthy recordings of any length 95 % show none: the more windows, the further the limit.
        """
        expected = len(distances) * (1.0 - _TAIL) / (1.0 - _HEALTHY_SHARE)
        ratio = self.own_ratio + self.own_ratio_excess * max(0.0, float(np.log(max(expected, 1e-9))))
        return max(self.distance_limit, ratio * float(np.median(distances))) if len(distances) else self.distance_limit


def window_statistics(recordings: list[np.ndarray]) -> WindowStatistics:
    """Statistics over the windows of many recordings, each (window, latent); every window weighs the same."""
    recordings = [latents for latents in recordings if len(latents)]
    pooled = np.concatenate(recordings).astype(float) if recordings else np.empty((0, 0))
    if len(pooled) < 2 or not np.isfinite(pooled).all():
        raise LtmeError("reference", "its recordings hold too few finite windows of 0.64 s", "Add longer recordings")
    unscaled = WindowStatistics(pooled.mean(axis=0), _invertible(shrinkage_covariance(pooled)), 0.0, 1.0, 0.0, 1.0, 0.0)
    distances = [unscaled.distances(latents) for latents in recordings]
    every = np.concatenate(distances)
    ratios = np.concatenate([d / max(float(np.median(d)), 1e-9) for d in distances])
    own_ratio = float(np.quantile(ratios, _TAIL))
    return WindowStatistics(
        unscaled.mean,
        unscaled.covariance,
        distance_mean=float(every.mean()),
        distance_sd=float(max(every.std(), 1e-6)),
        distance_limit=float(np.quantile([d.max() for d in distances], _HEALTHY_SHARE)),
        own_ratio=own_ratio,
        own_ratio_excess=float((ratios[ratios >= own_ratio] - own_ratio).mean()),
    )


def filled_windows(embedding: MotionEmbedding) -> np.ndarray:
    """The latents of windows that are at least half filled with frames, (window, latent) float64."""
    whole = (embedding.frames + WINDOW_FRAMES // 2) // WINDOW_FRAMES
    return embedding.window_latents[:whole].astype(float)


def episodes(
    embeddings: Iterable[MotionEmbedding], statistics: WindowStatistics, most: int = 3
) -> tuple[EpisodeContribution, ...]:
    """The stretches of recordings that lie beyond the limit (`WindowStatistics.limit`), the most distant first.

    Neighbouring windows are joined. Times count from the recording's first frame, `[start_s, stop_s)`; `z` is the
    stretch's largest distance in standard deviations of the reference's window distances. Recordings that end otherwise
    than they began (`drift`) follow.
    """
    embeddings = tuple(embeddings)
    found: list[EpisodeContribution] = []
    for embedding in embeddings:
        distances = statistics.distances(filled_windows(embedding))
        for first, stop in _runs(distances > statistics.limit(distances)):
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
    return (*sorted(found, key=lambda episode: -episode.z)[:most], *_lasting(embeddings, statistics))


def _lasting(embeddings: Iterable[MotionEmbedding], statistics: WindowStatistics) -> Iterator[EpisodeContribution]:
    for embedding in embeddings:
        changed = drift(filled_windows(embedding), statistics.covariance)
        if changed is not None and changed.p_value <= DRIFT_P:
            yield EpisodeContribution(
                recording_id=embedding.recording_id,
                start_s=round(embedding.source_start_s + changed.start_s, 6),
                stop_s=round(embedding.source_start_s + embedding.frames / CLIP_RATE_HZ, 6),
                z=changed.z,
                is_lasting=True,
            )


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Half-open index intervals of consecutive True values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _invertible(covariance: np.ndarray) -> np.ndarray:
    """The covariance with a floor under its eigenvalues, for latents that a reference never moves."""
    floor = max(1e-9, 1e-6 * float(np.trace(covariance)) / len(covariance))
    return covariance + floor * np.eye(len(covariance))
