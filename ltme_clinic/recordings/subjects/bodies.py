"""Are two groups of points two bodies? By where the same landmarks of both lie at the same time."""

from __future__ import annotations

import numpy as np

from ltme_clinic.marker_sets import MIN_SLOTS
from ltme_clinic.recordings.label_meanings import slots_of
from ltme_clinic.recordings.positions import even_frames, sampled
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.recordings.subjects.labels import Members

_APART = 0.15
"""Two bodies are at least this far apart, in extents of a body; two models of one body lie within a hand of each
other."""
_WELL_APART = 0.25
"""The same where nothing but a letter or digit says so: markers of one cluster may lie two hands apart."""
_MOST_LANDMARKS = 0.75
_COMPARED_FRAMES = 100


def are_two_bodies(raw: RawC3D, one: Members, other: Members) -> bool:
    """Whether two groups of points hold the same landmarks at places well apart at the same time."""
    mine, theirs = slot_points(one), slot_points(other)
    shared = [slot for slot in mine if slot in theirs and mine[slot] != theirs[slot]]
    if len(shared) < max(MIN_SLOTS, 0.5 * min(len(mine), len(theirs))):
        return False
    frames = even_frames(raw, _COMPARED_FRAMES)
    ours, others = (sampled(raw, [of[slot] for slot in shared], frames) for of in (mine, theirs))
    return _distance(ours, others) > _APART * max(_size(ours), _size(others))


def are_all_apart(raw: RawC3D, ours: list[int], theirs: list[int]) -> bool:
    """Whether all of some points but a few lie well apart from those that another body has in their stead."""
    frames = even_frames(raw, _COMPARED_FRAMES)
    mine, others = sampled(raw, ours, frames), sampled(raw, theirs, frames)
    least = _WELL_APART * max(_size(mine), _size(others))
    apart = [_distance(mine[:, [place]], others[:, [place]]) > least for place in range(len(ours))]
    return sum(apart) > _MOST_LANDMARKS * len(apart)


def lie_apart(raw: RawC3D, one: Members, other: Members) -> bool:
    """Whether two groups of points are too far from each other to be parts of one body."""
    mine, theirs = slot_points(one), slot_points(other)
    if len(mine) < MIN_SLOTS or len(theirs) < MIN_SLOTS:
        return False
    frames = even_frames(raw, _COMPARED_FRAMES)
    ours, others = sampled(raw, list(mine.values()), frames), sampled(raw, list(theirs.values()), frames)
    middles = [_middle(ours), _middle(others)]
    return _distance(*middles) > 1.5 * max(_size(ours), _size(others))


def slot_points(members: Members) -> dict[str, int]:
    """Slot of the body -> the file's point."""
    index_of: dict[str, int] = {}
    for label, index in members:
        index_of.setdefault(label, index)
    return {slot: index_of[label] for slot, label in slots_of(tuple(index_of)).items()}


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """Median distance of points (frame, point, 3) that are seen at the same time; 0 where none is."""
    apart = np.linalg.norm(one - other, axis=2)
    seen = apart[np.isfinite(apart)]
    return float(np.median(seen)) if seen.size else 0.0


def _middle(positions: np.ndarray) -> np.ndarray:
    """Mean of the seen points in each frame, (frame, 1, 3)."""
    seen = np.isfinite(positions[..., :1])
    count = seen.sum(axis=1, keepdims=True)
    sums = np.where(seen, positions, 0.0).sum(axis=1, keepdims=True)
    return np.where(count > 0, sums / np.maximum(count, 1), np.nan)


def _size(positions: np.ndarray) -> float:
    """Twice the median distance of the points from their middle: some half of a body's height."""
    spread = np.linalg.norm(positions - _middle(positions), axis=2)
    seen = spread[np.isfinite(spread)]
    return 2.0 * float(np.median(seen)) if seen.size else 0.0
