"""Faults that show in the distances between markers of one segment: swaps and impossible segments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ltme_clinic.recordings.quality.body import SAMPLES_AT_ONCE, Body
from ltme_clinic.recordings.quality.neighbours import PARTNERS, distances_m, squared_m2
from ltme_clinic.recordings.quality.problems import QualityProblem, stretch
from ltme_clinic.recordings.quality.stretches import stretches

MISPLACED_M = 0.020
"""Where a swap is looked for: skin and cameras hardly move the markers of a segment by more against each other."""
IMPOSSIBLE_M = 0.050
"""Reported without a swap: shoulder blades, skin over the thigh and bending backs stay below this."""
GLITCH_M, GLITCH_S = 0.030, 0.05
"""Reported too: this far off for no longer than this, faster than any skin returns."""
TIMES_OWN_SPREAD = 6.0
_MERGED_S = 0.05
_MOST = 300
"""Longest stretches that are looked at: more are no fault of single markers."""
_FITS_M = 0.040
_SWAP_SHARE = 0.8
"""A swap explains at least this share of the frames in which both markers are misplaced."""
_PAIRS_AT_ONCE = 1 << 13
_MOST_CANDIDATES = 4
"""Markers with which one may be exchanged that are tried in every frame."""


@dataclass(frozen=True)
class Misplaced:
    """A marker is not where its partners say, from one frame to another."""

    marker: int
    start: int
    end: int
    off_m: float
    """Typical change of the distance to its partners."""


def find_misplaced(body: Body) -> list[Misplaced]:
    """Stretches in which most of a marker's partners are at another distance than usual.

    One deviating partner is the partner's fault: of four, three must deviate, of three and of two, two.
    """
    suspects = _suspects(body)
    off_m = np.empty((len(suspects), len(body.positions_m)))
    limit_m = np.empty((len(suspects), 1))
    for group in body.groups(len(suspects)):
        off_m[group] = _off_m(body, suspects[group])
        limit_m[group, 0] = np.fmax(MISPLACED_M, TIMES_OWN_SPREAD * _medians(off_m[group]) / 0.6745)
    reach = max(1, int(_MERGED_S * body.rate_hz))
    longest = stretches(off_m > limit_m).merged(reach).longest_first(_MOST)
    found = []
    for row, start, end in zip(longest.track.tolist(), longest.start.tolist(), longest.end.tolist(), strict=True):
        there_m = off_m[row, start:end]
        typical_m = float(np.median(there_m[there_m > limit_m[row]]))
        found.append(Misplaced(int(suspects[row]), start, end, typical_m))
    return found


def _suspects(body: Body) -> np.ndarray:
    """Markers of which at least two partners are ever at another distance than usual."""
    index = body.partners.index
    marker, place = np.nonzero(index >= 0)
    both = np.sort(np.stack([marker, index[marker, place]]), axis=0)
    pairs, of_pair = np.unique(both, axis=1, return_inverse=True)  # partners of each other are one pair
    least_m2, most_m2 = np.full((2, pairs.shape[1]), np.nan)
    at_once = max(1, SAMPLES_AT_ONCE // max(1, pairs.shape[1]))
    for first in range(0, len(body.positions_m), at_once):
        tracks_m = body.tracks_m[:, :, first : first + at_once]
        apart_m2 = squared_m2(tracks_m[:, pairs[0]], tracks_m[:, pairs[1]])
        least_m2 = np.fmin(least_m2, np.fmin.reduce(apart_m2, axis=1))
        most_m2 = np.fmax(most_m2, np.fmax.reduce(apart_m2, axis=1))
    usual_m = body.partners.distance_m[marker, place]
    least_m, most_m = (np.sqrt(extreme_m2)[of_pair.ravel()] for extreme_m2 in (least_m2, most_m2))
    deviates = np.maximum(usual_m - least_m, most_m - usual_m) > MISPLACED_M
    return np.flatnonzero(np.bincount(marker[deviates], minlength=len(index)) >= 2)


def _off_m(body: Body, markers: np.ndarray) -> np.ndarray:
    """(marker, frame) by how much the distances to a marker's partners differ from usual, the agreeing ones first."""
    tracks_m = body.tracks_m[:, markers]
    off_m = np.empty((PARTNERS, *tracks_m.shape[1:]))
    for place in range(PARTNERS):
        others = np.maximum(body.partners.index[markers, place], 0)
        apart_m = np.sqrt(squared_m2(tracks_m, body.tracks_m[:, others]))
        off_m[place] = np.abs(apart_m - body.partners.distance_m[markers, place][:, None])
    present = np.count_nonzero(~np.isnan(off_m), axis=0)
    one, other, third, fourth = np.where(np.isnan(off_m), np.inf, off_m)
    lower, upper = np.minimum(one, other), np.minimum(third, fourth)
    second_m = np.minimum(np.maximum(lower, upper), np.minimum(np.maximum(one, other), np.maximum(third, fourth)))
    chosen_m = np.where(present > 2, second_m, np.minimum(lower, upper))
    chosen_m[present < 2] = np.nan
    return chosen_m


def _medians(values: np.ndarray) -> np.ndarray:
    """Median of each row among what is not NaN; NaN where there is nothing."""
    ordered = np.sort(values, axis=1)  # NaN last
    top = np.maximum(np.count_nonzero(~np.isnan(values), axis=1) - 1, 0)
    row = np.arange(len(values))
    return np.asarray((ordered[row, top // 2] + ordered[row, (top + 1) // 2]) / 2)


@dataclass(frozen=True)
class Swap:
    """Two markers carry each other's label from one frame to another."""

    first: int
    second: int
    start: int
    end: int
    why: str
    """What tells so, in words."""


def find_swaps(body: Body, misplaced: list[Misplaced]) -> list[Swap]:
    """Pairs of markers misplaced at the same time that both come right when they are exchanged."""
    swaps: list[Swap] = []
    taken: set[int] = set()
    for place, likely in _likely_swaps(body, misplaced).items():
        if place in taken:
            continue
        one = misplaced[place]
        best: tuple[float, int] = (0.0, -1)
        for candidate in likely:
            other = misplaced[candidate]
            if candidate not in taken and best[0] < 1.0:
                start, end = max(one.start, other.start), min(one.end, other.end)
                share = _comes_right(body, one.marker, other.marker, start, end)
                best = max(best, (share, candidate), key=lambda rated: rated[0])
        if best[0] >= _SWAP_SHARE:
            other = misplaced[best[1]]
            why = f"exchanged, both fit their segments in {100 * best[0]:.0f} % of these frames"
            start, end = min(one.start, other.start), max(one.end, other.end)
            swaps.append(Swap(one.marker, other.marker, start, end, why))
            taken |= {place, best[1]}
    return swaps


def _likely_swaps(body: Body, misplaced: list[Misplaced]) -> dict[int, list[int]]:
    """For each misplaced stretch the later ones at about the same time with which it may be exchanged: few, at best.

    Both markers must fit the other's place in one of three frames at least. A swap fits in four of five.
    """
    marker, start, end = np.array([(one.marker, one.start, one.end) for one in misplaced], dtype=int).reshape(-1, 3).T
    likely: dict[int, list[int]] = {}
    for one, other in _pairs(len(misplaced)):
        first, last = np.maximum(start[one], start[other]), np.minimum(end[one], end[other])
        together = last - first >= 0.5 * np.maximum((end - start)[one], (end - start)[other])
        pair = np.flatnonzero(together & (marker[one] != marker[other]))
        one, other, first, last = one[pair], other[pair], first[pair], last[pair]
        fits = np.zeros(len(pair), dtype=int)
        for share in (0.25, 0.5, 0.75):
            frame = first + (share * (last - first)).astype(int)
            there = np.flatnonzero(_fits_at(body, marker[one], marker[other], frame))
            fits[there] += _fits_at(body, marker[other[there]], marker[one[there]], frame[there])
        for number in np.lexsort((other, -fits, one)).tolist():
            if fits[number] and len(candidates := likely.setdefault(int(one[number]), [])) < _MOST_CANDIDATES:
                candidates.append(int(other[number]))
    return {place: sorted(candidates) for place, candidates in likely.items()}


def _pairs(count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """All pairs of the first `count` numbers, the smaller first, in its order, some thousands at a time."""
    step = max(1, _PAIRS_AT_ONCE // max(1, count))
    for start in range(0, count, step):
        one, other = np.nonzero(np.arange(start, min(start + step, count))[:, None] < np.arange(count))
        yield one + start, other


def _fits_at(body: Body, marker: np.ndarray, other: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Whether a marker would fit its own partners at another one's place, for each of several pairs and frames."""
    partners, usual_m = body.partners.index[marker], body.partners.distance_m[marker]
    beside_m, there_m = body.positions_m[frame[:, None], partners], body.positions_m[frame, other]
    off_m = np.abs(distances_m(beside_m, there_m[:, None]) - usual_m)
    off_m[partners == other[:, None]] = np.nan
    present = np.count_nonzero(~np.isnan(off_m), axis=1)
    return np.asarray(np.count_nonzero(off_m < _FITS_M, axis=1) > np.maximum(present - 1, 0) // 2)


def _comes_right(body: Body, first: int, second: int, start: int, end: int) -> float:
    """Share of frames in which both markers fit their partners better by far when they are exchanged."""
    right = np.ones(end - start, dtype=bool)
    frames = slice(start, end)
    for marker, other in ((first, second), (second, first)):
        partners, usual_m = body.partners.index[marker], body.partners.distance_m[marker]
        use = (partners >= 0) & (partners != other)
        if not use.any():
            return 0.0
        beside_m = body.positions_m[frames, partners[use]]
        as_is_m, exchanged_m = (
            _middle(np.abs(distances_m(beside_m, track_m[:, None]) - usual_m[use]))
            for track_m in (body.positions_m[frames, marker], body.positions_m[frames, other])
        )
        right &= exchanged_m < np.minimum(0.5 * as_is_m, _FITS_M)
    return float(right.mean())


def _middle(values: np.ndarray) -> np.ndarray:
    """Lower median of each row among what is not NaN; NaN, which is no fit, where there is nothing."""
    ordered = np.sort(values, axis=1)
    place = np.maximum((~np.isnan(values)).sum(axis=1) - 1, 0) // 2
    return np.take_along_axis(ordered, place[:, None], axis=1)[:, 0]


def report_swaps(body: Body, swaps: Iterable[Swap]) -> Iterator[QualityProblem]:
    """A problem for each swap."""
    for swap in swaps:
        labels = (body.labels[swap.first], body.labels[swap.second])
        start_s, end_s = swap.start / body.rate_hz, swap.end / body.rate_hz
        yield QualityProblem(
            "swap",
            labels,
            start_s,
            end_s,
            "serious",
            f"{labels[0]} and {labels[1]} have changed places {stretch(start_s, end_s)}: {swap.why}",
            "Exchange their labels in this stretch",
        )


def report_misplaced(body: Body, misplaced: Iterable[Misplaced]) -> Iterator[QualityProblem]:
    """A problem for each marker that leaves its segment, located from the first to the last time."""
    misplaced = [
        one
        for one in misplaced
        if one.off_m > IMPOSSIBLE_M or (one.off_m > GLITCH_M and one.end - one.start <= GLITCH_S * body.rate_hz)
    ]
    for marker in sorted({one.marker for one in misplaced}):
        own = sorted((one for one in misplaced if one.marker == marker), key=lambda one: one.start)
        start_s, end_s = own[0].start / body.rate_hz, own[-1].end / body.rate_hz
        total_s = sum(one.end - one.start for one in own) / body.rate_hz
        worst = max(own, key=lambda one: one.off_m)
        partners = [body.labels[p] for p in body.partners.index[marker] if p >= 0]
        label = body.labels[marker]
        glimpse = all(one.end - one.start <= GLITCH_S * body.rate_hz for one in own)
        yield QualityProblem(
            "ghost" if glimpse else "segment_length",
            (label,),
            start_s,
            end_s,
            "warning",
            f"{label} is {100 * worst.off_m:.1f} cm off its usual distance from {partners[0]} and other neighbours, "
            f"for {total_s:.2f} s in all, {stretch(start_s, end_s)}",
            "Check the label in this stretch, or delete it and fill the gap",
        )
