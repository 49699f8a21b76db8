"""Faults that one track shows by itself: jumps, spikes and markers that freeze."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ltme_clinic.recordings.quality.body import Body
from ltme_clinic.recordings.quality.neighbours import squared_m2
from ltme_clinic.recordings.quality.problems import QualityProblem, stretch
from ltme_clinic.recordings.quality.stretches import Stretches, stretches

JUMP_M = 0.020
"""A track that departs less than this from its own course is noise: cameras are good to about a millimetre."""
JUMP_TIMES_OWN = 6.0
"""A jump departs this many times more than the marker does in 97 % of its frames."""
FASTEST_CHANGE_M_S = 8.0
"""No marker changes its velocity by more between two frames: feet land with 3 to 6 m/s and stop within some 10 ms."""
SPIKE_S = 0.1
"""A track that is back on its course within this was a spike (a ghost took the label); later, a jump."""

FROZEN_S = 0.1
COARSE_FROZEN_S = 0.3
"""The same for files in which the usual marker repeats its place in more than `_REPEATS_BY_CHANCE` of the frames."""
_REPEATS_BY_CHANCE = 0.005
_SAME_PLACE_M = 1e-8
_PARTNERS_MOVED_M = 0.010
"""A frozen marker stays while its partners go on: by this much, further than a foot shifts in its shoe."""
_MOST_STILL = 400
"""Longest standstills that are looked at: more are no fault of single markers."""


@dataclass(frozen=True)
class Jumps:
    """Where markers leave their course, and perhaps come back: by marker and then by time."""

    marker: np.ndarray  # (jump,) int
    start: np.ndarray  # (jump,) int, frame
    end: np.ndarray  # (jump,) int: a frame or two after the jump, or after the spike is over
    size_m: np.ndarray  # (jump,)
    is_spike: np.ndarray  # (jump,) bool

    def __len__(self) -> int:
        return len(self.marker)

    def __getitem__(self, chosen: np.ndarray) -> Jumps:
        return Jumps(*(of_all[chosen] for of_all in vars(self).values()))


def find_jumps(body: Body) -> Jumps:
    """Where a track departs from its own course further than a body part can.

    The departure is half the third difference of the positions: a jump of 5 cm gives 5 cm, while a foot that stops
    dead gives only half of its change of velocity. Each marker's limit is 20 mm or 6 times what it does in 97 % of its
    own frames, whichever is more, but never more than a change of velocity of 8 m/s within one frame.
    """
    groups = body.groups(len(body.labels)) if len(body.positions_m) >= 4 else [slice(0, 0)]
    found = [_jumps_among(body, markers) for markers in groups]
    return Jumps(*(np.concatenate(parts) for parts in zip(*(vars(jumps).values() for jumps in found), strict=True)))


def _jumps_among(body: Body, markers: slice) -> Jumps:
    tracks_m = body.tracks_m[:, markers]
    departure_m = 0.5 * np.sqrt(squared_m2(np.diff(tracks_m, 3, axis=2), np.zeros(3)))  # (marker, frame - 3)
    suspects = np.flatnonzero((departure_m > JUMP_M).any(axis=1))
    departure_m = departure_m[suspects]
    own_m = np.maximum(JUMP_M, JUMP_TIMES_OWN * _percentile(departure_m, 0.97))
    limit_m = np.minimum(own_m, max(JUMP_M, FASTEST_CHANGE_M_S / body.rate_hz))
    jumps = _grouped(tracks_m[:, suspects], departure_m, departure_m > limit_m[:, None], body.rate_hz)
    return Jumps(markers.start + suspects[jumps.marker], jumps.start, jumps.end, jumps.size_m, jumps.is_spike)


def _percentile(values: np.ndarray, share: float) -> np.ndarray:
    """A quantile of each row, interpolated, among what is not NaN; rows hold at least one such value."""
    ordered = np.sort(values, axis=1)  # NaN last
    place = share * (np.count_nonzero(~np.isnan(values), axis=1) - 1)
    row, below = np.arange(len(values)), np.floor(place).astype(int)
    low, high = ordered[row, below], ordered[row, np.ceil(place).astype(int)]
    return np.asarray(low + (place - below) * (high - low))


def _grouped(tracks_m: np.ndarray, departure_m: np.ndarray, flagged: np.ndarray, rate_hz: float) -> Jumps:
    """Flagged departures as jumps and spikes: those of one marker within 0.1 s of each other belong together.

    Departure k is about frames k to k + 3; at a jump it is largest where the jump lies between the middle two.
    """
    reach = max(3, int(SPIKE_S * rate_hz))
    marker, place = np.nonzero(flagged)
    begins = (np.diff(marker, prepend=-1) != 0) | (np.diff(place, prepend=-1) > reach)
    at = np.flatnonzero(begins)
    marker, first, last = marker[at], place[at], place[np.append(at[1:], len(place))[: len(at)] - 1]
    size_m = np.maximum.reduceat(departure_m[flagged], at)
    is_spike = (last > first) & _returns(tracks_m, marker, first, last + 3, size_m / 1.5)
    return Jumps(marker, first + 1, last + 3 - is_spike, np.where(is_spike, size_m / 1.5, size_m), is_spike)


def _returns(
    tracks_m: np.ndarray, marker: np.ndarray, before: np.ndarray, after: np.ndarray, size_m: np.ndarray
) -> np.ndarray:
    """Whether a marker's course at two frames leads from the one to the other, for each of several jumps."""

    def at(frame: np.ndarray) -> np.ndarray:
        return np.asarray(tracks_m[:, marker, np.clip(frame, 0, tracks_m.shape[2] - 1)])  # (axis, jump)

    steps_m = np.stack([at(before) - at(before - 1), at(after + 1) - at(after)])
    known = ~np.isnan(steps_m[:, 0])
    step_m = np.where(known[:, None], steps_m, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    course_m = step_m * (after - before)
    return np.asarray(np.sqrt(squared_m2(at(after) - at(before), course_m)) < 0.5 * size_m)


def report_jumps(body: Body, jumps: Jumps) -> Iterator[QualityProblem]:
    """A problem for each marker that spikes and for each that jumps, located from the first to the last time."""
    for is_spike in (True, False):
        chosen = jumps[jumps.is_spike == is_spike]
        markers, first, counts = np.unique(chosen.marker, return_index=True, return_counts=True)
        largest_m = np.maximum.reduceat(chosen.size_m, first)
        what = "leaves its course and comes back" if is_spike else "jumps"
        for marker, at, count, size_m in zip(markers.tolist(), first, counts, largest_m, strict=True):
            start_s, end_s = (float(frame) / body.rate_hz for frame in (chosen.start[at], chosen.end[at + count - 1]))
            label, times = body.labels[marker], f"{count} times" if count > 1 else "once"
            yield QualityProblem(
                "ghost" if is_spike else "jump",
                (label,),
                start_s,
                end_s,
                "warning",
                f"{label} {what} {times}, by up to {100 * size_m:.1f} cm, {stretch(start_s, end_s)}",
                "Delete these frames and fill the gap" if is_spike else "Check its label on both sides of the jump",
            )


def find_frozen(body: Body) -> Iterator[QualityProblem]:
    """Markers that repeat exactly the same position while their partners move."""
    if len(body.positions_m) < 2:
        return
    for marker, start, end in _standstills(body):
        if not _others_move(body, marker, start, end):
            continue
        if end - start == len(body.positions_m) - 1:
            yield _fixed_point(body, marker)
            continue
        start_s, end_s = start / body.rate_hz, (end + 1) / body.rate_hz
        yield QualityProblem(
            "frozen",
            (body.labels[marker],),
            start_s,
            end_s,
            "serious",
            f"{body.labels[marker]} stands still to the last digit for {end_s - start_s:.2f} s while the markers "
            f"beside it move, {stretch(start_s, end_s)}",
            "Delete these frames and fill the gap",
        )


def _standstills(body: Body) -> Iterator[tuple[int, int, int]]:
    """Marker, first and last frame of the stretches in which a position repeats for longer than by chance."""
    found, shares = [], []
    for markers in body.groups(len(body.labels)):
        steps_m = np.diff(body.tracks_m[:, markers], axis=2)
        still = np.abs(steps_m, out=steps_m).max(axis=0) < _SAME_PLACE_M  # (marker, frame - 1)
        here = stretches(still)
        found.append(Stretches(markers.start + here.track, here.start, here.end))
        shares.append(still.mean(axis=1))
    least = max(4, int(_frozen_limit_s(np.concatenate(shares)) * body.rate_hz))
    track, start, end = (np.concatenate([getattr(part, name) for part in found]) for name in ("track", "start", "end"))
    longest = Stretches(track, start, end)[end - start >= least].longest_first(_MOST_STILL)
    return zip(longest.track.tolist(), longest.start.tolist(), longest.end.tolist(), strict=True)


def _fixed_point(body: Body, marker: int) -> QualityProblem:
    return QualityProblem(
        "frozen",
        (body.labels[marker],),
        0.0,
        body.recording.duration_s,
        "note",
        f"{body.labels[marker]} never moves at all: a fixed point of the laboratory, not a marker on the body",
        "Leave it out",
    )


def _frozen_limit_s(still_share: np.ndarray) -> float:
    """Files whose coordinates come in coarse steps repeat a place by chance, and need longer."""
    return COARSE_FROZEN_S if float(np.median(still_share)) > _REPEATS_BY_CHANCE else FROZEN_S


def _others_move(body: Body, marker: int, start: int, end: int) -> bool:
    """Whether most partners (all markers, where it has none) travel while this one stands."""
    partners = body.partners.index[marker]
    partners = partners[partners >= 0]
    others = partners if len(partners) else np.delete(np.arange(len(body.labels)), marker)
    travelled_m = np.linalg.norm(body.positions_m[end, others] - body.positions_m[start, others], axis=1)
    travelled_m = travelled_m[~np.isnan(travelled_m)]
    return bool(len(travelled_m)) and float(np.median(travelled_m)) > _PARTNERS_MOVED_M
