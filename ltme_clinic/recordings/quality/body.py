"""What the detectors share: one recording's tracks, its recognised landmarks and each marker's neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.recordings.quality.neighbours import Neighbours, Partners, frames_looked_at
from ltme_clinic.types import Recording

SAMPLES_AT_ONCE = 40_000
"""Positions whose differences are held at a time: a long recording must not cost much memory."""


@dataclass(frozen=True)
class Body:
    """A recording as the detectors look at it; what several of them need is calculated once."""

    recording: Recording
    neighbours: Neighbours
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

    @property
    def partners(self) -> Partners:
        return self.neighbours.partners

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
        return frames_looked_at(len(self.positions_m))

    @cached_property
    def tracks_m(self) -> np.ndarray:
        """(axis, marker, frame), a copy in which each track lies in one piece."""
        return np.ascontiguousarray(self.positions_m.transpose(2, 1, 0))

    def groups(self, markers: int) -> Iterator[slice]:
        """Slices of so many markers, each of as many as may be looked at in all frames at once."""
        most = max(1, SAMPLES_AT_ONCE // max(1, len(self.positions_m)))
        return (slice(first, min(first + most, markers)) for first in range(0, markers, most))
