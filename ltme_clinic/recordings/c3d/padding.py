"""Frames at a file's end that may be padding: kept only where they go on with what the frames before them do.

A file of whole blocks ends in up to 511 bytes that mean nothing, of zeros, of what was in memory, or of text. Where not
all counts declare the frames that would lie there, their content decides.
"""

from __future__ import annotations

import numpy as np

_HISTORY_FRAMES = 100
_TIMES_USUAL = 5.0
"""How much less smooth than the track's own 95th percentile a point's next position may be."""
_ROUNDING = 1e-5
_LARGEST_WORD = 32767.0


def frames_to_keep(points: np.ndarray, words: np.ndarray, missing: np.ndarray, least: int, step: float) -> int:
    """How many frames are frames.

    Parameters
    ----------
    points : (frame, point, 3) file units
    words : (frame, point) residual words
    missing : (frame, point) bool
    least : frames that are beyond doubt
    step : to which coordinates were rounded, file units
    """
    start = max(0, least - _HISTORY_FRAMES)
    frames = least
    while frames < len(points):
        rows = slice(start, frames + 1)
        if not _continues(points[rows], words[rows], missing[rows], step):
            break
        frames += 1
    return frames


def _continues(points: np.ndarray, words: np.ndarray, missing: np.ndarray, step: float) -> bool:
    """Whether the last of these frames goes on with the others: every point seen in it, and there must be one.

    A point goes on if it was seen before and lies about where the two frames before it lead, by what is usual on its
    own track, and if its residual word is one, unless the frame before had none either. Zeros go on with zeros only.
    """
    if len(points) < 4:
        return False
    seen, is_zero = ~missing[-1], (points[-2:] == 0.0).all(axis=-1)
    if not (seen & ~is_zero[1]).any() or (seen & is_zero[1] & ~is_zero[0]).any():
        return False
    word, before = words[-1][seen], words[-2][seen]
    is_residual = (word == np.trunc(word)) & (word <= _LARGEST_WORD)
    had_residual = (before == np.trunc(before)) & (before <= _LARGEST_WORD)
    if (~is_residual & had_residual).any():
        return False
    tracks = np.where(missing[..., None], np.nan, points)[:, seen].astype(np.float64)
    bends = np.abs(np.diff(tracks, n=2, axis=0)).max(axis=-1)
    known = np.isfinite(bends[:-1])
    if not known.any(axis=0).all():
        return False
    usual = np.nanpercentile(np.where(known, bends[:-1], np.nan), 95, axis=0)
    rounding = np.maximum(2.0 * step, _ROUNDING * np.nanmax(np.abs(tracks[:-1]), axis=(0, 2)))
    return bool((bends[-1] <= _TIMES_USUAL * usual + rounding).all())
