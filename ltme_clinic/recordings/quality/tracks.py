"""Faults that one track shows by itself: jumps, spikes and markers that freeze."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ltme_clinic.kinematics.smoothing import runs
from ltme_clinic.recordings.quality.body import Body, distances_m
from ltme_clinic.recordings.quality.problems import QualityProblem, stretch

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


@dataclass(frozen=True)
class Jump:
    """A marker leaves its course at a frame, and perhaps comes back."""

    marker: int
    start: int
    end: int
    """A frame or two after the jump, or after the spike is over."""
    size_m: float
    spike: bool


def find_jumps(body: Body) -> list[Jump]:
    """Where a track departs from its own course further than a body part can.

    The departure is half the third difference of the positions: a jump of 5 cm gives 5 cm, while a foot that stops
    dead gives only half of its change of velocity. Each marker's limit is 20 mm or 6 times what it does in 97 % of its
    own frames, whichever is more, but never more than a change of velocity of 8 m/s within one frame.
    """
    if len(body.positions_m) < 4:
        return []
    departure_m = 0.5 * distances_m(np.diff(body.positions_m, 3, axis=0), np.zeros(3))  # (frame - 3, marker)
    found = []
    highest_m = max(JUMP_M, FASTEST_CHANGE_M_S / body.rate_hz)
    suspects = np.flatnonzero((np.nan_to_num(departure_m) > JUMP_M).any(axis=0))
    for marker in suspects.tolist():
        own = departure_m[:, marker]
        usual_m = float(np.percentile(own[~np.isnan(own)], 97))
        limit_m = min(max(JUMP_M, JUMP_TIMES_OWN * usual_m), highest_m)
        found += _grouped(body, marker, np.flatnonzero(np.nan_to_num(own) > limit_m), own)
    return found


def _grouped(body: Body, marker: int, flagged: np.ndarray, departure_m: np.ndarray) -> list[Jump]:
    """Flagged departures of one marker as jumps and spikes: those within 0.1 s of each other belong together.

    Departure k is about frames k to k + 3; at a jump it is largest where the jump lies between the middle two.
    """
    if not len(flagged):
        return []
    reach = max(3, int(SPIKE_S * body.rate_hz))
    jumps = []
    for group in np.split(flagged, np.flatnonzero(np.diff(flagged) > reach) + 1):
        first, last = int(group[0]), int(group[-1])
        size_m = float(departure_m[group].max())
        if last > first and _returns(body.positions_m[:, marker], first, last + 3, size_m / 1.5):
            jumps.append(Jump(marker, first + 1, last + 2, size_m / 1.5, True))
        else:
            jumps.append(Jump(marker, first + 1, last + 3, size_m, False))
    return jumps


def _returns(track_m: np.ndarray, before: int, after: int, size_m: float) -> bool:
    """Whether the course at two frames leads from the one to the other."""
    speeds_m = np.diff(track_m[[max(before - 1, 0), before, after, min(after + 1, len(track_m) - 1)]], axis=0)[[0, 2]]
    known = ~np.isnan(speeds_m[:, 0])
    course_m = speeds_m[known].mean(axis=0) * (after - before) if known.any() else np.zeros(3)
    return bool(np.linalg.norm(track_m[after] - track_m[before] - course_m) < 0.5 * size_m)


def report_jumps(body: Body, jumps: list[Jump]) -> Iterator[QualityProblem]:
    """A problem for each marker that spikes and for each that jumps, located from the first to the last time."""
    for spike in (True, False):
        for marker in sorted({jump.marker for jump in jumps if jump.spike == spike}):
            own = [jump for jump in jumps if jump.marker == marker and jump.spike == spike]
            start_s, end_s = own[0].start / body.rate_hz, own[-1].end / body.rate_hz
            size_cm = 100 * max(jump.size_m for jump in own)
            label, times = body.labels[marker], f"{len(own)} times" if len(own) > 1 else "once"
            what = "leaves its course and comes back" if spike else "jumps"
            yield QualityProblem(
                "ghost" if spike else "jump",
                (label,),
                start_s,
                end_s,
                "warning",
                f"{label} {what} {times}, by up to {size_cm:.1f} cm, {stretch(start_s, end_s)}",
                "Delete these frames and fill the gap" if spike else "Check its label on both sides of the jump",
            )


def find_frozen(body: Body) -> Iterator[QualityProblem]:
    """Markers that repeat exactly the same position while their partners move."""
    if len(body.positions_m) < 2:
        return
    moves_m = np.abs(np.diff(body.positions_m, axis=0)).max(axis=2)  # (frame - 1, marker)
    still = moves_m < _SAME_PLACE_M
    least = max(4, int(_frozen_limit_s(still) * body.rate_hz))
    for marker in np.flatnonzero(still.sum(axis=0) >= least).tolist():
        partners = body.partners.index[marker]
        partners = partners[partners >= 0]
        for start, end in runs(still[:, marker]):
            if end - start < least or not _others_move(body, marker, partners, start, end):
                continue
            start_s, end_s = start / body.rate_hz, (end + 1) / body.rate_hz
            if end - start == len(body.positions_m) - 1:
                yield _fixed_point(body, marker)
                continue
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


def _frozen_limit_s(still: np.ndarray) -> float:
    """Files whose coordinates come in coarse steps repeat a place by chance, and need longer."""
    return COARSE_FROZEN_S if float(np.median(still.mean(axis=0))) > _REPEATS_BY_CHANCE else FROZEN_S


def _others_move(body: Body, marker: int, partners: np.ndarray, start: int, end: int) -> bool:
    """Whether most partners (all markers, where it has none) travel while this one stands."""
    others = partners if len(partners) else np.delete(np.arange(len(body.labels)), marker)
    travelled_m = np.linalg.norm(body.positions_m[end, others] - body.positions_m[start, others], axis=1)
    travelled_m = travelled_m[~np.isnan(travelled_m)]
    return bool(len(travelled_m)) and float(np.median(travelled_m)) > _PARTNERS_MOVED_M
