"""Positions out of a decoded file: in its own units with every way of saying "not seen" made NaN, then in metres.

Files hold up to hundreds of millions of coordinates: nothing here makes a second copy of them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ltme_clinic.recordings.body_frame import turned_upright
from ltme_clinic.recordings.raw import RawC3D

FAR_M = 100.0
"""A coordinate beyond this is a sentinel for "not seen", not a place in a laboratory."""
_SENTINEL_UNITS = 9000.0
"""Three equal coordinates beyond this many file units are a sentinel too (-16512 is written by one system)."""
_SENTINELS_MM = np.array([-16512.0, 9999.0, -9999.0, 32767.0, -32768.0])
"""Some files were turned into metres with their sentinels, which then lie within the laboratory."""
_MOST_DOUBLES = 1 << 26
"""More coordinates than these (512 MiB of doubles) are kept in single precision, in which files of floats hold them."""
_BLOCK_COORDINATES = 1 << 20
_BUSY = 0.6
"""A frame with this share of the most points that any frame shows."""


@dataclass(frozen=True)
class Located:
    """Positions in the laboratory frame, and which were taken out."""

    positions_m: np.ndarray  # (frame, point, axis), NaN where not seen
    far: int
    """Samples taken as missing because they lie beyond `FAR_M`."""


def sampled(raw: RawC3D, indices: Sequence[int], frames: np.ndarray) -> np.ndarray:
    """Positions (frame, point, 3) float64 in file units at some frames, NaN where not seen."""
    chosen = np.asarray(indices, dtype=int)
    grid = np.ix_(frames, chosen)
    return _seen_only(as_doubles(raw.points[grid]), raw.missing[grid])


def even_frames(raw: RawC3D, most: int) -> np.ndarray:
    """Frames at even distances over the whole file."""
    return np.arange(0, raw.frames, max(1, -(-raw.frames // most)))


def busy_frames(raw: RawC3D, indices: Sequence[int], most: int) -> np.ndarray:
    """Frames at even distances among those in which most of the points are seen: someone may walk through for 2 s."""
    chosen = np.asarray(indices, dtype=int)
    seen = np.zeros(raw.frames, dtype=int)
    for rows in blocks(raw.frames, len(chosen)):
        seen[rows] = len(chosen) - np.count_nonzero(raw.missing[rows][:, chosen], axis=1)
    busy = np.flatnonzero(seen >= _BUSY * seen.max(initial=0))
    return busy[:: max(1, -(-len(busy) // most))]


def located(raw: RawC3D, indices: Sequence[int], metres_per_unit: float, axis: str | None) -> Located:
    """Positions of some of a file's points in metres with z up.

    Parameters
    ----------
    raw : the file
    indices : which of its points
    metres_per_unit : the size of one of its length units
    axis : which of its axes points up, as `body_frame.vertical_axis` says
    """
    chosen = np.asarray(indices, dtype=int)
    shape = (raw.frames, len(chosen), 3)
    is_large = raw.frames * len(chosen) * 3 > _MOST_DOUBLES
    positions_m = np.empty(shape, np.float32 if is_large else np.float64)
    far = 0
    for rows in blocks(raw.frames, 3 * len(chosen)):
        part = _block(raw, rows, chosen)
        part *= metres_per_unit
        far += _without_far(part)
        positions_m[rows] = turned_upright(part, axis)
    return Located(positions_m, far)


def seen_frames(raw: RawC3D, indices: Sequence[int]) -> np.ndarray:
    """In how many frames each point is seen."""
    chosen = np.asarray(indices, dtype=int)
    seen = np.zeros(len(chosen), dtype=int)
    for rows in blocks(raw.frames, 3 * len(chosen)):
        seen += np.isfinite(_block(raw, rows, chosen)[..., 0]).sum(axis=0)
    return seen


def blocks(frames: int, numbers_per_frame: int) -> Iterator[slice]:
    """Frames in runs of about a million numbers."""
    step = max(1, _BLOCK_COORDINATES // max(1, numbers_per_frame))
    for start in range(0, frames, step):
        yield slice(start, min(start + step, frames))


def _block(raw: RawC3D, rows: slice, chosen: np.ndarray) -> np.ndarray:
    """Positions (frame, point, 3) float64 in file units, NaN where the file or a sentinel says not seen."""
    return _seen_only(as_doubles(raw.points[rows][:, chosen]), raw.missing[rows][:, chosen])


def as_doubles(values: np.ndarray) -> np.ndarray:
    """A copy in double precision; a damaged file's words may be signalling NaNs, which casting complains about."""
    with np.errstate(invalid="ignore"):
        return values.astype(np.float64)


def _seen_only(positions: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """The positions, with NaN put where they are missing; axis by axis, which is many times faster than over axes."""
    x, y, z = positions[..., 0], positions[..., 1], positions[..., 2]
    with np.errstate(invalid="ignore", over="ignore"):
        unseen = missing | ~np.isfinite(x + y + z)
        equal = x == y
        if equal.any():
            equal &= y == z
            unseen |= equal & ((x == 0.0) | (np.abs(x) > _SENTINEL_UNITS))
            equal &= ~unseen
            if equal.any():
                equal[equal] = _is_scaled_sentinel(x[equal])
                unseen |= equal
    positions[unseen] = np.nan
    return positions


def _is_scaled_sentinel(values: np.ndarray) -> np.ndarray:
    """Which values are a sentinel in millimetres that was turned into centimetres or metres."""
    found = np.zeros(values.shape, bool)
    for sentinel in np.concatenate([1e-1 * _SENTINELS_MM, 1e-3 * _SENTINELS_MM]):
        found |= np.abs(values - sentinel) < 1e-6 * abs(sentinel)
    return found


def _without_far(positions_m: np.ndarray) -> int:
    """Make positions beyond `FAR_M` NaN in place; how many there were."""
    if not positions_m.size or not np.fmax.reduce(np.abs(positions_m), axis=None) > FAR_M:
        return 0
    with np.errstate(invalid="ignore"):
        is_far = (np.abs(positions_m) > FAR_M).any(axis=2)
    positions_m[is_far] = np.nan
    return int(is_far.sum())
