"""Swaps that show in the tracks themselves: two markers jump at once, each to where the other was."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict

import numpy as np

from ltme_clinic.recordings.quality.body import Body
from ltme_clinic.recordings.quality.rigidity import Swap
from ltme_clinic.recordings.quality.tracks import Jump

_SAME_TIME = 2
_MOST_AT_ONCE = 40
"""When more markers jump at one moment, the whole trial is broken there: it is no exchange of two."""
_CONTINUES = 0.35
"""The tracks go on in each other when, exchanged, they miss by less than this share of the jump."""


def find_exchanges(body: Body, jumps: list[Jump]) -> list[Swap]:
    """Pairs of markers that take each other's place at one jump and, if they do, back again at the next."""
    times: dict[tuple[int, int], list[int]] = defaultdict(list)
    single = sorted((jump for jump in jumps if not jump.spike), key=lambda jump: jump.start)
    starts = [jump.start for jump in single]
    for number, one in enumerate(single):
        near = single[number + 1 : bisect_right(starts, one.start + _SAME_TIME)]
        if len(near) > _MOST_AT_ONCE:
            continue
        for other in (jump for jump in near if jump.marker != one.marker):
            before, after = min(one.start, other.start) - 1, max(one.end, other.end)
            if _continue_each_other(body.positions_m[:, [one.marker, other.marker]], before, after):
                first, second = sorted((one.marker, other.marker))
                times[first, second].append(one.start + 1)
    why = "each track goes on in the other"
    swaps = []
    for (first, second), frames in times.items():
        for number in range(0, len(frames), 2):
            end = frames[number + 1] if number + 1 < len(frames) else len(body.positions_m)
            swaps.append(Swap(first, second, frames[number], end, why))
    return swaps


def _continue_each_other(pair_m: np.ndarray, before: int, after: int) -> bool:
    """Whether two tracks (frame, 2, 3) fit together crosswise far better than each with itself."""
    if before < 1 or after + 1 >= len(pair_m):
        return False
    speed_in, speed_out = pair_m[before] - pair_m[before - 1], pair_m[after + 1] - pair_m[after]
    steps = after - before

    def miss_m(order: list[int]) -> float:
        course_m = pair_m[before] + 0.5 * steps * (speed_in + speed_out[order])
        return float(np.linalg.norm(pair_m[after][order] - course_m, axis=1).max())

    as_is_m, exchanged_m = miss_m([0, 1]), miss_m([1, 0])
    return bool(exchanged_m < _CONTINUES * as_is_m)
