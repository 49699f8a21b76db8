"""Two bodies under one name, whatever their labels: markers in two crowds, further apart than a body is wide.

Markers belong together where one lies within half a metre of the next, seen from above, in most frames: a walker in the
hands, a cane and a helper's hand belong to the person. A crowd apart from that is another body if it has a body's
markers, number and height, moves in itself as a body does and is held together by bones: plates, stairs and reference
markers on the floor are flat or rigid, and curves that somebody stored among the points keep no distances.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ltme_clinic.recordings.body_frame import length_unit, vertical_axis
from ltme_clinic.recordings.positions import even_frames, sampled
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.recordings.subjects.labels import Members, is_objects_marker

_FEWEST_MARKERS = 8
_MOST_MARKERS = 240
"""Of more, some at even places: distances are of each to each."""
_MOST_FRAMES = 12
_BUSY = 0.6
_FEWEST_FRAMES_TOGETHER = 3
_NEXT_M = 0.5
"""Seen from above, the next marker of one body is nearer than this, even of a body in mid-step."""
_NEXT_ANYWHERE_M = 0.9
"""The same in space, where it is not known which way is up: a leg without a marker on the knee."""
_HEIGHT_SHARE = 0.3
"""A second body is at least so tall, in heights of the tallest crowd: a child beside an adult."""
_RIGID_M = 0.002
"""Distances within a thing vary less than this; those within someone who tries to stand still, more."""
_BONE_M = 0.03
"""The distance between two markers of one segment varies less than this."""
_HELD_SHARE = 0.7
_SAME_PLACE_M = 0.02


@dataclass(frozen=True)
class _Crowd:
    """Markers that belong together by where they lie."""

    positions_m: np.ndarray  # (frame, marker, 3), NaN where not seen
    height_m: float
    stir_m: float
    """How much distances within it vary over the frames: the 90th percentile of standard deviations."""
    held_share: float
    """Share of its markers that keep their distance to some other."""

    def is_like_a_body(self, crowds: list[_Crowd]) -> bool:
        """Whether it can be a person, among all crowds: things stand still in themselves while a person moves."""
        somebody_stirs = max(crowd.stir_m for crowd in crowds) >= _RIGID_M
        return (
            self.height_m >= _HEIGHT_SHARE * max(crowd.height_m for crowd in crowds)
            and (self.stir_m >= _RIGID_M or not somebody_stirs)
            and self.held_share >= _HELD_SHARE
        )


def metres_between_bodies(raw: RawC3D, markers: Members, slots: Mapping[str, str]) -> float | None:
    """How far apart two bodies among the markers of one name are; None where there is one, or none.

    Parameters
    ----------
    raw : the file
    markers : of one subject
    slots : slot of the body -> label, for those of the markers that a marker set knows
    """
    bodys = [member for member in markers if not is_objects_marker(member[0])]
    bodys = bodys[:: -(-len(bodys) // _MOST_MARKERS)] if bodys else []
    if len(bodys) < 2 * _FEWEST_MARKERS:
        return None
    positions_m, landmarks = _in_metres(raw, bodys, slots)
    if len(_together(positions_m, _NEXT_M)) == 1:  # all in one crowd whichever way is up, as almost always
        return None
    axis = vertical_axis(landmarks)
    up = None if axis is None else "xyz".index(axis[-1])
    flat_m = positions_m if up is None else np.delete(positions_m, up, axis=2)
    reach_m = _NEXT_ANYWHERE_M if up is None else _NEXT_M
    if _extent_m(flat_m) <= reach_m:
        return None
    groups = [group for group in _together(flat_m, reach_m) if len(group) >= _FEWEST_MARKERS]
    crowds = [_crowd(positions_m[:, group], up) for group in groups] if len(groups) > 1 else []
    bodies = [crowd for crowd in crowds if crowd.is_like_a_body(crowds)]
    between_m = (_between_m(one, other) for one, other in combinations(bodies, 2))
    return next((apart_m for apart_m in between_m if apart_m is not None), None)


def _in_metres(raw: RawC3D, markers: Members, slots: Mapping[str, str]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Positions (frame, marker, 3) in metres in frames that show most of the markers, and the body's landmarks."""
    frames = even_frames(raw, 3 * _MOST_FRAMES)
    positions = sampled(raw, [index for _, index in markers], frames)
    seen = np.isfinite(positions[..., 0]).sum(axis=1)
    busy = np.flatnonzero(seen >= _BUSY * seen.max(initial=0))
    positions = positions[busy[:: -(-len(busy) // _MOST_FRAMES)]]
    column = {label: place for place, (label, _) in reversed(list(enumerate(markers)))}
    landmarks = {slot: positions[:, column[label]] for slot, label in slots.items() if label in column}
    unit = length_unit(raw.text("POINT", "UNITS"), positions, landmarks)
    return positions * unit.metres_per_unit, landmarks


def _together(flat_m: np.ndarray, reach_m: float) -> list[np.ndarray]:
    """Markers (indices) that a chain of near neighbours joins; positions are (frame, marker, 2 or 3)."""
    markers = flat_m.shape[1]
    seen, close = (np.zeros((markers, markers), dtype=np.int16) for _ in range(2))
    for squared in _squared_distances(flat_m):
        seen += np.isfinite(squared)
        close += squared < reach_m**2
    near = (2 * close > seen) & (seen >= min(_FEWEST_FRAMES_TOGETHER, len(flat_m)))
    left = np.ones(len(near), dtype=bool)
    groups = []
    while left.any():
        group = np.zeros(len(near), dtype=bool)
        newest = np.zeros(len(near), dtype=bool)
        newest[np.argmax(left)] = True
        while newest.any():
            group |= newest
            newest = near[newest].any(axis=0) & ~group
        left &= ~group
        groups.append(np.flatnonzero(group))
    return groups


def _crowd(positions_m: np.ndarray, up: int | None) -> _Crowd:
    markers = positions_m.shape[1]
    seen = np.zeros((markers, markers), dtype=np.int16)
    total_m, total_m2 = (np.zeros((markers, markers)) for _ in range(2))
    for squared in _squared_distances(positions_m):
        counted = np.isfinite(squared)
        seen += counted
        total_m2 += np.where(counted, squared, 0.0)
        total_m += np.sqrt(np.where(counted, squared, 0.0))
    means = total_m / np.maximum(seen, 1)
    spread = np.sqrt(np.maximum(total_m2 / np.maximum(seen, 1) - means**2, 0.0))
    is_pair = (seen >= min(_FEWEST_FRAMES_TOGETHER, len(positions_m))) & (means > _SAME_PLACE_M)
    pairs = spread[is_pair]
    steadiest = np.where(is_pair, spread, np.inf).min(axis=0, initial=np.inf)
    height_m = _extent_m(positions_m if up is None else positions_m[..., up : up + 1])
    stir_m = float(np.percentile(pairs, 90)) if pairs.size else 0.0
    return _Crowd(positions_m, height_m, stir_m, float(np.mean(steadiest < _BONE_M)))


def _squared_distances(positions_m: np.ndarray) -> Iterator[np.ndarray]:
    """Frame by frame of each marker to each, (marker, marker) float32, NaN where one of them is not seen."""
    tracks_m = positions_m.astype(np.float32)
    for frame_m in tracks_m:
        with np.errstate(over="ignore", invalid="ignore"):
            yield sum((along[:, None] - along[None, :]) ** 2 for along in frame_m.T)


def _extent_m(positions_m: np.ndarray) -> float:
    """Median over frames of the diagonal of the box around all markers seen."""
    sides = np.fmax.reduce(positions_m, axis=1) - np.fmin.reduce(positions_m, axis=1)
    diagonals = np.sqrt((sides**2).sum(axis=1))
    seen = diagonals[np.isfinite(diagonals)]
    return float(np.median(seen)) if seen.size else 0.0


def _between_m(one: _Crowd, other: _Crowd) -> float | None:
    """Median over frames of the distance between the middles of two crowds; None if they are not seen together."""
    middles = []
    for crowd in (one, other):
        seen = np.isfinite(crowd.positions_m[..., :1])
        total = np.where(seen, crowd.positions_m, 0.0).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            middles.append(total / seen.sum(axis=1))
    apart_m = np.sqrt(((middles[0] - middles[1]) ** 2).sum(axis=1))
    seen_m = apart_m[np.isfinite(apart_m)]
    return float(np.median(seen_m)) if seen_m.size >= min(_FEWEST_FRAMES_TOGETHER, len(apart_m)) else None
