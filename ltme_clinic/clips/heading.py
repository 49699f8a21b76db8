"""The heading frame: positions about the pelvis, the path as velocities, and the exact way back to the laboratory."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ltme_clinic.clips.pelvis import PelvisMarkers, facing_rad, pelvis_centre
from ltme_clinic.types import CLIP_RATE_HZ, MotionClip, Origin

SMOOTHING_S = 2.0
"""Whole width of the Hann weights that smooth the heading (1 s at half height): they hide the pelvis's own rotation,
about once a second. It stays the same at the ends, where the weights reach to one side only."""


def smoothed_heading(facing: np.ndarray, rate_hz: float = CLIP_RATE_HZ) -> np.ndarray:
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


def clip_about_pelvis(
    positions_m: np.ndarray,
    pelvis: PelvisMarkers,
    *,
    recording_id: str,
    origin: Origin,
    source_start_s: float,
    belt_m_s: np.ndarray | None = None,
    warnings: tuple[str, ...] = (),
) -> MotionClip:
    """Make the clip from slot positions at 50 Hz in the laboratory frame, with a pelvis in every frame.

    Parameters
    ----------
    positions_m : (frame, slot, 3), at least two frames
    belt_m_s : (2,) the walker's velocity over a treadmill's belt in the laboratory, added to the pelvis's own
    """
    centre_m = pelvis_centre(positions_m, pelvis)[:, :2]
    heading = smoothed_heading(facing_rad(positions_m, pelvis))
    # Differences towards the next frame, the last one repeated: summing them gives the path back exactly.
    velocity_m_s = np.diff(centre_m, axis=0) * CLIP_RATE_HZ
    velocity_m_s = np.concatenate([velocity_m_s, velocity_m_s[-1:]])
    if belt_m_s is not None:
        velocity_m_s = velocity_m_s + belt_m_s
    rate = np.diff(heading) * CLIP_RATE_HZ
    local_m = positions_m.copy()
    local_m[..., :2] = turned(positions_m[..., :2] - centre_m[:, None], -heading)
    return MotionClip(
        recording_id=recording_id,
        origin=origin,
        positions_m=local_m.astype(np.float32),
        valid=~np.isnan(local_m[..., 0]),
        velocity_m_s=turned(velocity_m_s, -heading).astype(np.float32),
        heading_rate_rad_s=np.concatenate([rate, rate[-1:]]).astype(np.float32),
        start_m=centre_m[0].astype(np.float64),
        start_heading_rad=float(heading[0]),
        source_start_s=source_start_s,
        treadmill_speed_m_s=0.0 if belt_m_s is None else float(np.linalg.norm(belt_m_s)),
        warnings=warnings,
    )


def path(clip: MotionClip) -> tuple[np.ndarray, np.ndarray]:
    """The pelvis's horizontal path (frame, 2) in metres and heading (frame,) in radians, in the laboratory frame.

    On a treadmill, the path over the ground that the belt stands for.
    """
    step_s = 1.0 / clip.rate_hz
    rate = clip.heading_rate_rad_s[:-1].astype(np.float64)
    heading = clip.start_heading_rad + np.concatenate([[0.0], np.cumsum(rate) * step_s])
    step_m = turned(clip.velocity_m_s.astype(np.float64), heading)[:-1] * step_s
    return clip.start_m + np.concatenate([np.zeros((1, 2)), np.cumsum(step_m, axis=0)]), heading


def to_laboratory(clip: MotionClip) -> np.ndarray:
    """Slot positions (frame, slot, 3) back in the laboratory frame, metres, NaN where not valid.

    The exact inverse of making the clip, but for a treadmill (the walker advances over the ground) and for a floor
    that was not at the laboratory's zero (heights stay counted from the floor).
    """
    centre_m, heading = path(clip)
    positions_m = clip.positions_m.astype(np.float64)
    positions_m[..., :2] = turned(positions_m[..., :2], heading) + centre_m[:, None]
    return positions_m
