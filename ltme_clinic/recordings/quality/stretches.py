"""Stretches of time in which something holds for a marker: found for all markers at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Stretches:
    """Half-open stretches [start, end) of frames, by track and then by time."""

    track: np.ndarray  # (stretch,) int
    start: np.ndarray  # (stretch,) int
    end: np.ndarray  # (stretch,) int

    def __len__(self) -> int:
        return len(self.track)

    def __getitem__(self, chosen: np.ndarray) -> Stretches:
        return Stretches(self.track[chosen], self.start[chosen], self.end[chosen])

    @property
    def length(self) -> np.ndarray:
        """(stretch,) frames."""
        return self.end - self.start

    @property
    def is_first(self) -> np.ndarray:
        """(stretch,) bool: the first one of its track."""
        return np.diff(self.track, prepend=-1) != 0

    def by_track(self) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Each track that has any, with the starts and the ends of its stretches."""
        first = np.flatnonzero(self.is_first)
        parts = (np.split(of_all, first[1:]) for of_all in (self.start, self.end))
        return zip(self.track[first].tolist(), *parts, strict=True) if len(self) else iter(())

    def longest_first(self, most: int) -> Stretches:
        """The longest ones; of equal ones those that stand first."""
        return self[np.argsort(-self.length, kind="stable")[:most]]

    def merged(self, reach: int) -> Stretches:
        """With those of one track that are less than `reach` frames apart taken as one."""
        if not len(self):
            return self
        begins = self.is_first
        begins[1:] |= self.start[1:] - self.end[:-1] >= reach
        first = np.flatnonzero(begins)
        last = np.append(first[1:], len(self)) - 1
        return Stretches(self.track[first], self.start[first], self.end[last])


def stretches(holds: np.ndarray) -> Stretches:
    """The stretches in which a (track, frame) mask is true."""
    framed = np.zeros((holds.shape[0], holds.shape[1] + 2), dtype=bool)
    framed[:, 1:-1] = holds
    track, place = np.nonzero(framed[:, 1:] != framed[:, :-1])
    return Stretches(track[::2], place[::2], place[1::2])
