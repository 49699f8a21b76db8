"""What the detectors share: one recording's tracks, its recognised landmarks and each marker's rigid partners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.types import Recording

PARTNERS = 4
PARTNER_SPREAD_M = 0.008
"""A partner keeps its distance within this (robust standard deviation): skin moves 5 to 20 mm over the thigh, less
elsewhere, and neighbouring skin moves together (Leardini et al. 2005, Gait & Posture 21:212)."""
_PARTNER_REACH_M = 0.6
_FRAMES_LOOKED_AT = 32
_SEEN_TOGETHER = 0.5
_MARKERS_AT_ONCE = 32
"""Markers whose distances to all others are held at a time: a file of many labels must not cost much memory."""


@dataclass(frozen=True)
class Partners:
    """For each marker the markers that keep their distance from it, as far as there are any."""

    index: np.ndarray  # (marker, PARTNERS) int, -1 where there is none
    distance_m: np.ndarray  # (marker, PARTNERS) usual distance; NaN where there is no partner
    spread_m: np.ndarray  # (marker, PARTNERS) robust standard deviation of it

    @property
    def count(self) -> np.ndarray:
        """(marker,) how many partners each marker has."""
        return (self.index >= 0).sum(axis=1)


@dataclass(frozen=True)
class Body:
    """A recording as the detectors look at it; what several of them need is calculated once."""

    recording: Recording
    off_body: frozenset[str] = frozenset()
    """Markers that are known not to be on the body: no landmark is read from them."""

    @property
    def positions_m(self) -> np.ndarray:
        return self.recording.positions_m

    @property
    def labels(self) -> tuple[str, ...]:
        return self.recording.marker_labels

    @property
    def rate_hz(self) -> float:
        return self.recording.rate_hz

    @cached_property
    def seen(self) -> np.ndarray:
        """(frame, marker) bool."""
        return ~np.isnan(self.positions_m[..., 0])

    @cached_property
    def ever_seen(self) -> np.ndarray:
        """(marker,) bool."""
        return np.asarray(self.seen.any(axis=0))

    @cached_property
    def slots(self) -> Mapping[str, int]:
        """Recognised landmarks that are seen at all: slot -> marker."""
        column = {label: index for index, label in reversed(list(enumerate(self.labels)))}
        found = detect_marker_set(self.labels).slots
        usable = {slot: label for slot, label in found.items() if label not in self.off_body}
        return {slot: column[label] for slot, label in usable.items() if self.ever_seen[column[label]]}

    def track_m(self, slot: str) -> np.ndarray | None:
        """(frame, 3) of a recognised landmark, or None."""
        return self.positions_m[:, self.slots[slot]] if slot in self.slots else None

    @cached_property
    def looked_at(self) -> np.ndarray:
        """Frames, evenly spread, on which what holds throughout is judged."""
        return np.unique(np.linspace(0, len(self.positions_m) - 1, _FRAMES_LOOKED_AT).astype(int))

    @cached_property
    def partners(self) -> Partners:
        """Each marker's nearest rigid partners, read from how little the distances vary."""
        looked_m = self.positions_m[self.looked_at]
        blocks = [
            _quartiles(distances_m(looked_m[:, first : first + _MARKERS_AT_ONCE, None], looked_m[:, None]))
            for first in range(0, max(1, len(self.labels)), _MARKERS_AT_ONCE)
        ]
        low, middle, high, together = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        spread = (high - low) / 1.349
        good = (spread < PARTNER_SPREAD_M) & (middle < _PARTNER_REACH_M) & (together > _SEEN_TOGETHER)
        np.fill_diagonal(good, False)
        # Near and rigid first; one millimetre of spread counts as 5 cm of distance.
        rank = np.where(good, middle + 50.0 * spread, np.inf)
        nearest = np.argsort(rank, axis=1)[:, :PARTNERS]
        rows = np.arange(len(self.labels))[:, None]
        none = ~np.isfinite(rank[rows, nearest])
        return Partners(
            np.where(none, -1, nearest),
            np.where(none, np.nan, middle[rows, nearest]),
            np.where(none, np.nan, spread[rows, nearest]),
        )


def distances_m(one_m: np.ndarray, other_m: np.ndarray) -> np.ndarray:
    """Distances between positions (..., 3): several times as fast as a norm over so short an axis."""
    apart_m = one_m - other_m
    return np.sqrt(np.einsum("...i,...i->...", apart_m, apart_m))


def _quartiles(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Quartiles over the first axis among what is not NaN, and the share that is not."""
    ordered = np.sort(values, axis=0)  # NaN last
    count = (~np.isnan(values)).sum(axis=0)
    top = np.maximum(count - 1, 0)

    def at(share: float) -> np.ndarray:
        place = np.round(share * top).astype(int)
        return np.take_along_axis(ordered, place[None], axis=0)[0]

    return at(0.25), at(0.5), at(0.75), count / len(values)
