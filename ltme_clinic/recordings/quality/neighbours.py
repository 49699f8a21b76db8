"""Who is near whom: each marker's nearest other one, and its partners, the markers that keep their distance from it.

All pairs of markers are looked at in a few frames, a block of pairs at a time: a file of many labels must cost neither
much time nor much memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PARTNERS = 4
PARTNER_SPREAD_M = 0.008
"""A partner keeps its distance within this (robust standard deviation): skin moves 5 to 20 mm over the thigh, less
elsewhere, and neighbouring skin moves together (Leardini et al. 2005, Gait & Posture 21:212)."""
_PARTNER_REACH_M = 0.5
"""No segment is longer; a thigh that hardly moves under a stiff trunk is no part of it."""
_FRAMES_LOOKED_AT = 32
_SEEN_TOGETHER = 0.5
_DISTANCES_AT_ONCE = 100_000


@dataclass(frozen=True)
class Partners:
    """For each marker the markers that keep their distance from it, as far as there are any."""

    index: np.ndarray  # (marker, PARTNERS) int, -1 where there is none
    distance_m: np.ndarray  # (marker, PARTNERS) usual distance; NaN where there is no partner
    spread_m: np.ndarray  # (marker, PARTNERS) robust standard deviation of it


@dataclass(frozen=True)
class Neighbours:
    """What the distances between markers say, in the frames of `frames_looked_at`."""

    nearest_m: np.ndarray  # (frame looked at, marker) to the nearest other marker; NaN if missing, inf if it is alone
    partners: Partners


@dataclass(frozen=True)
class _Pairs:
    """Pairs of markers that keep their distance."""

    one: np.ndarray  # (pair,) int
    other: np.ndarray  # (pair,) int
    distance_m: np.ndarray  # (pair,)
    spread_m: np.ndarray  # (pair,)


def frames_looked_at(frames: int) -> np.ndarray:
    """Frames, evenly spread, on which what holds throughout is judged."""
    return np.unique(np.linspace(0, frames - 1, min(frames, _FRAMES_LOOKED_AT)).astype(int))


def find_neighbours(positions_m: np.ndarray) -> Neighbours:
    """Nearest markers and partners from positions (frame, marker, 3)."""
    looked = frames_looked_at(len(positions_m))
    tracks_m = np.ascontiguousarray(positions_m[looked].transpose(2, 1, 0))  # (axis, marker, frame)
    markers, frames = tracks_m.shape[1:]
    seen = ~np.isnan(tracks_m[0])
    nearest_m2 = np.full((markers, frames), np.inf)
    found = []
    block = max(1, _DISTANCES_AT_ONCE // max(1, markers * frames))
    for first in range(0, markers, block):
        here, onward = slice(first, first + block), slice(first, markers)
        apart_m2 = squared_m2(tracks_m[:, here, None], tracks_m[:, None, onward])  # (marker, later marker, frame)
        itself = np.arange(len(apart_m2))
        apart_m2[itself, itself] = np.nan
        nearest_m2[here] = np.fmin(nearest_m2[here], np.fmin.reduce(apart_m2, axis=1))
        nearest_m2[onward] = np.fmin(nearest_m2[onward], np.fmin.reduce(apart_m2, axis=0))
        found.append(_rigid_pairs(apart_m2, seen[here], seen[onward], first))
    nearest_m = np.where(seen, np.sqrt(nearest_m2), np.nan).T
    return Neighbours(nearest_m, _partners(found, markers))


def distances_m(one_m: np.ndarray, other_m: np.ndarray) -> np.ndarray:
    """Distances between positions (..., 3): several times as fast as a norm over so short an axis."""
    apart_m = one_m - other_m
    return np.sqrt(np.einsum("...i,...i->...", apart_m, apart_m))


def squared_m2(one_m: np.ndarray, other_m: np.ndarray) -> np.ndarray:
    """Squared distances between tracks whose axis comes first, (3, ...)."""
    total_m2 = one_m[0] - other_m[0]
    total_m2 *= total_m2
    for axis in (1, 2):
        apart_m = one_m[axis] - other_m[axis]
        apart_m *= apart_m
        total_m2 += apart_m
    return total_m2


def _rigid_pairs(apart_m2: np.ndarray, seen: np.ndarray, seen_onward: np.ndarray, first: int) -> _Pairs:
    """Those of some pairs (marker, later marker, frame) that are near each other and keep their distance."""
    frames = apart_m2.shape[2]
    together = (seen.astype(np.float32) @ seen_onward.T.astype(np.float32)).astype(int)
    near = np.count_nonzero(apart_m2 < _PARTNER_REACH_M**2, axis=2)
    likely = (together > _SEEN_TOGETHER * frames) & (near > _place(0.5, together))
    one, other = np.nonzero(np.triu(likely, 1))
    ordered_m2 = np.sort(apart_m2[one, other], axis=1)  # NaN last
    pair, count = np.arange(len(one)), together[one, other]
    low_m, middle_m, high_m = (np.sqrt(ordered_m2[pair, _place(share, count)]) for share in (0.25, 0.5, 0.75))
    spread_m = (high_m - low_m) / 1.349
    keeps = spread_m < PARTNER_SPREAD_M
    return _Pairs(first + one[keeps], first + other[keeps], middle_m[keeps], spread_m[keeps])


def _place(share: float, count: np.ndarray) -> np.ndarray:
    """Where a quantile stands among so many ordered values."""
    return np.round(share * np.maximum(count - 1, 0)).astype(int)


def _partners(found: list[_Pairs], markers: int) -> Partners:
    """Each marker's partners, the nearest and most rigid first: one millimetre of spread counts as 5 cm of distance."""
    distance_m, spread_m = np.full((2, markers, markers), np.nan)
    for pairs in found:
        for one, other in ((pairs.one, pairs.other), (pairs.other, pairs.one)):
            distance_m[one, other], spread_m[one, other] = pairs.distance_m, pairs.spread_m
    rank = np.nan_to_num(distance_m + 50.0 * spread_m, nan=np.inf)
    index = np.full((markers, PARTNERS), -1)
    rows = np.arange(markers)
    for place in range(min(PARTNERS, markers)):
        nearest = rank.argmin(axis=1)
        index[:, place] = np.where(np.isfinite(rank[rows, nearest]), nearest, -1)
        rank[rows, nearest] = np.inf
    none = index < 0
    chosen = (rows[:, None], index)
    return Partners(index, np.where(none, np.nan, distance_m[chosen]), np.where(none, np.nan, spread_m[chosen]))
