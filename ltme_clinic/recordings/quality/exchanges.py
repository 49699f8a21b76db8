"""Swaps that show in the tracks themselves: two markers jump at once, each to where the other was."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from ltme_clinic.recordings.quality.body import Body
from ltme_clinic.recordings.quality.rigidity import Swap
from ltme_clinic.recordings.quality.tracks import Jumps

_SAME_TIME = 2
_MOST_AT_ONCE = 40
"""When more markers jump at one moment, the whole trial is broken there: it is no exchange of two."""
_CONTINUES = 0.35
"""The tracks go on in each other when, exchanged, they miss by less than this share of the jump."""
_MOST_PAIRS = 60_000
"""Pairs of jumps that are looked at: where there are more, moments at which fewer markers jump are preferred."""
_PAIRS_AT_ONCE = 5_000
_MOST_SWAPS = 300
"""Longest swaps that are told: more are no mistakes of a labelling hand."""


def find_exchanges(body: Body, jumps: Jumps) -> list[Swap]:
    """Pairs of markers that take each other's place at one jump and, if they do, back again at the next."""
    single = jumps[~jumps.is_spike]
    single = single[np.argsort(single.start, kind="stable")]
    one, other = _at_once(single)
    exchanged = [
        _continue_each_other(body, single, one[first : first + _PAIRS_AT_ONCE], other[first : first + _PAIRS_AT_ONCE])
        for first in range(0, len(one), _PAIRS_AT_ONCE)
    ]
    times: dict[tuple[int, int], list[int]] = defaultdict(list)
    for pair in np.flatnonzero(np.concatenate(exchanged)).tolist() if exchanged else ():
        first, second = sorted((int(single.marker[one[pair]]), int(single.marker[other[pair]])))
        times[first, second].append(int(single.start[one[pair]]) + 1)
    why = "each track goes on in the other"
    swaps = []
    for (first, second), frames in times.items():
        for number in range(0, len(frames), 2):
            end = frames[number + 1] if number + 1 < len(frames) else len(body.positions_m)
            swaps.append(Swap(first, second, frames[number], end, why))
    return sorted(swaps, key=lambda swap: swap.start - swap.end)[:_MOST_SWAPS]


def _at_once(single: Jumps) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of jumps, by time, that two markers make at one time: the earlier ones and the later ones."""
    place = np.arange(len(single))
    near = np.searchsorted(single.start, single.start + _SAME_TIME, side="right") - place - 1
    most = _MOST_AT_ONCE
    while near[near <= most].sum() > _MOST_PAIRS:
        most //= 2
    near[near > most] = 0
    one = np.repeat(place, near)
    other = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(near) - near, near)
    apart = single.marker[one] != single.marker[other]
    return one[apart], other[apart]


def _continue_each_other(body: Body, single: Jumps, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether the tracks of two markers fit together crosswise far better than each with itself, for each pair."""
    before, after = single.start[one] - 1, np.maximum(single.end[one], single.end[other])
    inside = (before >= 1) & (after + 1 < len(body.positions_m))
    before, after = np.where(inside, before, 1), np.where(inside, after, 1)
    pair = np.stack([single.marker[one], single.marker[other]], axis=1)

    def at(frame: np.ndarray) -> np.ndarray:
        return np.asarray(body.positions_m[np.clip(frame, 0, len(body.positions_m) - 1)[:, None], pair])

    start_m, end_m = at(before), at(after)  # (pair, 2, 3)
    speed_in, speed_out = start_m - at(before - 1), at(after + 1) - end_m
    steps = 0.5 * (after - before)[:, None, None]

    def miss_m(order: list[int]) -> np.ndarray:
        off_m = end_m[:, order] - (start_m + steps * (speed_in + speed_out[:, order]))
        return np.asarray(np.sqrt(np.einsum("pma,pma->pm", off_m, off_m)).max(axis=1))

    return np.asarray(inside & (miss_m([1, 0]) < _CONTINUES * miss_m([0, 1])))
