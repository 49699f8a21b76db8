"""Faults that show in the distances between markers of one segment: swaps and impossible segments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ltme_clinic.kinematics.smoothing import runs
from ltme_clinic.recordings.quality.body import Body, distances_m
from ltme_clinic.recordings.quality.problems import QualityProblem, stretch

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
    found: list[Misplaced] = []
    markers, off_m = _off_m(body)
    for marker, own in zip(markers.tolist(), off_m.T, strict=True):
        usual_m = float(np.nanmedian(own)) / 0.6745 if (~np.isnan(own)).any() else 0.0
        bad = np.nan_to_num(own) > max(MISPLACED_M, TIMES_OWN_SPREAD * usual_m)
        for start, end in _merged(bad, max(1, int(_MERGED_S * body.rate_hz))):
            found.append(Misplaced(marker, start, end, float(np.nanmedian(own[start:end][bad[start:end]]))))
    return sorted(found, key=lambda one: one.start - one.end)[:_MOST]


def _off_m(body: Body) -> tuple[np.ndarray, np.ndarray]:
    """Markers whose distances to partners ever differ much, and (frame, those) by how much, the agreeing ones first."""
    partners = body.partners
    others = np.maximum(partners.index, 0)
    off_m = np.abs(distances_m(body.positions_m[:, others], body.positions_m[:, :, None]) - partners.distance_m)
    differ = (np.nan_to_num(off_m.max(axis=0, initial=0.0, where=~np.isnan(off_m))) > MISPLACED_M).sum(axis=1) >= 2
    markers = np.flatnonzero(differ)
    off_m = np.sort(off_m[:, markers], axis=2)  # (frame, suspect, partner), NaN last
    present = (~np.isnan(off_m)).sum(axis=2)
    place = np.maximum((present - 1) // 2, 0)
    chosen_m = np.take_along_axis(off_m, place[..., None], axis=2)[..., 0]
    chosen_m[present < 2] = np.nan
    return markers, chosen_m


def _merged(bad: np.ndarray, reach: int) -> list[tuple[int, int]]:
    """Runs of flagged frames, those less than `reach` apart as one."""
    merged: list[tuple[int, int]] = []
    for start, end in runs(bad):
        if merged and start - merged[-1][1] < reach:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


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
    taken: set[Misplaced] = set()
    for place, one in enumerate(misplaced):
        best: tuple[float, Misplaced, Swap] | None = None
        for other in misplaced[place + 1 :]:
            if one in taken or other in taken or other.marker == one.marker:
                continue
            start, end = max(one.start, other.start), min(one.end, other.end)
            if end - start < 0.5 * max(one.end - one.start, other.end - other.start):
                continue
            share = _comes_right(body, one.marker, other.marker, start, end)
            if share >= _SWAP_SHARE and (best is None or share > best[0]):
                why = f"exchanged, both fit their segments in {100 * share:.0f} % of these frames"
                swap = Swap(one.marker, other.marker, min(one.start, other.start), max(one.end, other.end), why)
                best = (share, other, swap)
        if best:
            taken |= {one, best[1]}
            swaps.append(best[2])
    return swaps


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


def report_swaps(body: Body, swaps: list[Swap]) -> Iterator[QualityProblem]:
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


def report_misplaced(body: Body, misplaced: list[Misplaced]) -> Iterator[QualityProblem]:
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
