"""What pelvis and foot are measured against: the laboratory's nearest axis, or where the walker heads."""

from __future__ import annotations

import numpy as np

from ltme_clinic.kinematics.cgm.pelvis import Pelvis
from ltme_clinic.kinematics.heading import smoothed_heading
from ltme_clinic.kinematics.rotations import rotation_z
from ltme_clinic.kinematics.smoothing import runs

_TRAVELS_M = 0.8
"""Net displacement of the pelvis from which the commercial pipeline takes the direction of the walk."""


def laboratory_direction_rad(pelvis: Pelvis) -> float:
    """0, 90, 180 or 270 degrees from the laboratory's x: the axis of the larger net displacement of the pelvis.

    Where it travels less than 0.8 m, the axis nearest to where the pelvis faces on average. NaN without a pelvis.
    """
    seen = np.isfinite(pelvis.axes[:, 0, 0])
    if not seen.any():
        return float("nan")
    path_m = pelvis.origin_m[seen, :2]
    way = path_m[-1] - path_m[0]
    if np.abs(way).max() < _TRAVELS_M:
        way = pelvis.axes[seen, :2, 0].mean(axis=0)
    axis = int(np.abs(way).argmax())
    return float(np.pi / 2 * axis + (np.pi if way[axis] < 0 else 0.0))


def facing_heading_rad(pelvis: Pelvis, rate_hz: float) -> np.ndarray:
    """Where the pelvis faces, smoothed over a stride in each unbroken stretch: (frame,), NaN where it is not seen."""
    left = pelvis.axes[:, :2, 1]
    seen = np.isfinite(left[:, 0])
    heading_rad = np.full(len(left), np.nan)
    for start, stop in runs(seen):
        facing = np.unwrap(np.arctan2(-left[start:stop, 0], left[start:stop, 1]))
        heading_rad[start:stop] = smoothed_heading(facing, rate_hz)
    return heading_rad


def progression_axes(direction_rad: float | np.ndarray, frames: int) -> np.ndarray:
    """Upright axes that look along a direction: (frame, 3, 3)."""
    return rotation_z(np.broadcast_to(direction_rad, frames))
