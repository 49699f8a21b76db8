"""Gaps: where a marker that is seen at other times is missing, and who its neighbours are meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.kinematics.smoothing import runs

_FRAMES_LOOKED_AT = 120
"""Distances between markers are judged on so many frames, evenly spread: enough for a mean and a spread."""
_SKIN_M = 0.002
"""Distances that change by less than this (standard deviation) are equally rigid: noise and skin do as much."""
_SHARE_TO_LEARN_FROM = 0.6
"""Neighbours that would leave less than this share of the frames to learn from are passed over."""


@dataclass(frozen=True)
class Gap:
    """Frames [start, end) in which a marker is missing."""

    marker: int
    start: int
    end: int

    @property
    def frames(self) -> int:
        return self.end - self.start

    def at_edge(self, recording_frames: int) -> bool:
        """Whether the recording begins or ends within the gap, so that only one side of it is known."""
        return self.start == 0 or self.end == recording_frames


def find_gaps(positions_m: np.ndarray) -> list[Gap]:
    """Gaps of every marker that is seen at all, shortest first; positions (frame, marker, 3), NaN where missing."""
    missing = np.isnan(positions_m[..., 0])  # (frame, marker)
    partly = np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0))
    gaps = [Gap(marker, start, end) for marker in partly.tolist() for start, end in runs(missing[:, marker])]
    return sorted(gaps, key=lambda gap: (gap.frames, gap.marker, gap.start))


@dataclass(frozen=True)
class Neighbours:
    """Markers that are seen throughout a gap, the most rigidly bound to its marker first."""

    markers: np.ndarray  # (neighbour,) indices
    distance_m: np.ndarray  # (neighbour,) mean distance to the gap's marker
    spread_m: np.ndarray  # (neighbour,) standard deviation of that distance: 0 on one rigid segment
    training: np.ndarray  # (frame,) bool: the gap's marker and all of these are seen


def neighbours_of(positions_m: np.ndarray, gap: Gap, most: int = 16) -> Neighbours:
    """Markers that see a gap through, and the frames in which they were all seen together with its marker.

    A marker qualifies when it is seen in every frame of the gap and in the frames beside it. Those whose own gaps
    would cost too many of the frames to learn from are passed over.
    """
    seen = ~np.isnan(positions_m[..., 0])
    beside = slice(max(gap.start - 1, 0), gap.end + 1)
    candidates = seen[beside].all(axis=0)
    candidates[gap.marker] = False
    markers = np.flatnonzero(candidates)
    training = seen[:, gap.marker].copy()
    distance_m, spread_m = _distances(positions_m, gap.marker, markers, training)
    order = np.argsort(np.hypot(spread_m, _SKIN_M) * np.sqrt(np.maximum(distance_m, 0.02)), kind="stable")
    needed = _SHARE_TO_LEARN_FROM * training.sum()
    taken: list[int] = []
    for place in order.tolist():
        if len(taken) == most or not np.isfinite(spread_m[place]):
            break
        together = training & seen[:, markers[place]]
        if together.sum() >= needed:
            taken.append(place)
            training = together
    return Neighbours(markers[taken], distance_m[taken], spread_m[taken], training)


def _distances(
    positions_m: np.ndarray, marker: int, markers: np.ndarray, training: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the distance from one marker to others; infinite where never seen together."""
    frames = np.flatnonzero(training)
    frames = frames[:: max(1, len(frames) // _FRAMES_LOOKED_AT)]
    apart_m = np.linalg.norm(positions_m[np.ix_(frames, markers)] - positions_m[frames, marker][:, None], axis=2)
    together = ~np.isnan(apart_m)
    count = together.sum(axis=0)
    mean_m = np.divide(np.where(together, apart_m, 0.0).sum(axis=0), count, where=count > 0, out=np.zeros(len(markers)))
    squares = np.where(together, (apart_m - mean_m) ** 2, 0.0).sum(axis=0)
    spread_m = np.sqrt(np.divide(squares, count, where=count > 0, out=np.full(len(markers), np.inf)))
    spread_m[count < 2] = np.inf
    return mean_m, spread_m
