"""Where a walker heads: the pelvis's facing smoothed over about a stride, and turning horizontal vectors."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

SMOOTHING_S = 2.0
"""Whole width of the Hann weights that smooth the heading (1 s at half height): they hide the pelvis's own rotation,
about once a second. It stays the same at the ends, where the weights reach to one side only."""


def smoothed_heading(facing: np.ndarray, rate_hz: float) -> np.ndarray:
    """Facing angle (frame,) smoothed over about a stride without lag.

    A straight line is fitted about each frame with Hann weights (local linear regression), so a steady turn passes
    unchanged and the ends of a recording need no padding. Of a pelvic rotation of 5 deg, at most 0.4 deg stay in the
    middle and some 2 deg in the first and last half second.
    """
    frames = len(facing)
    half = min(round(SMOOTHING_S / 2 * rate_hz), frames)
    lag = np.arange(-half, half + 1)
    # In the middle the weights are even about the frame, so the line's value there is their plain mean.
    weight = _hann(lag, half + 1)
    heading = np.convolve(np.pad(facing, half, mode="edge"), weight / weight.sum(), mode="valid")
    # Each end's fits reach no further than this; turned round, the last frames are the first.
    near = min(3 * half + 1, frames)
    heading[:half] = _line_fit(facing[:near], half)
    heading[frames - half :] = _line_fit(facing[::-1][:near], half)[::-1]
    return heading


def _line_fit(facing: np.ndarray, half: int) -> np.ndarray:
    """First `half` values of a line fitted about each frame, its weights wider by as much as they lack on one side."""
    weights, (s0, s1, s2) = _line_weights(len(facing), half)
    t0, t1 = (np.sum(weight * (facing - facing.mean()), axis=1) for weight in weights)
    return facing.mean() + (s2 * t0 - s1 * t1) / np.maximum(s0 * s2 - s1**2, 1e-12)


@lru_cache(maxsize=16)
def _line_weights(count: int, half: int) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, ...]]:
    """Of each frame about each of the first `half`, plain and times the lag, and their sums times its powers 0 to 2."""
    frames = np.arange(count)
    at = frames[:half]
    to_end = np.minimum(at, count - 1 - at)
    reach = np.maximum(2 * half - to_end, half) + 1
    lag = frames[None, :] - at[:, None]  # (edge frame, frame)
    weight = _hann(lag, reach[:, None])
    return (weight, weight * lag), tuple(np.sum(weight * lag**power, axis=1) for power in range(3))


def _hann(lag: np.ndarray, reach: int | np.ndarray) -> np.ndarray:
    return np.where(np.abs(lag) < reach, 0.5 + 0.5 * np.cos(np.pi * lag / reach), 0.0)


def turned(vectors: np.ndarray, angle_rad: np.ndarray) -> np.ndarray:
    """Horizontal vectors (frame, ..., 2) turned about z by an angle a frame."""
    shape = (-1,) + (1,) * (vectors.ndim - 2)
    cos, sin = np.cos(angle_rad).reshape(shape), np.sin(angle_rad).reshape(shape)
    x, y = vectors[..., 0], vectors[..., 1]
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)
