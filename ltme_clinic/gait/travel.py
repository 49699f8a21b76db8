"""Which way somebody walks, frame by frame: what pelvis, trunk and foot are measured against.

Not where the pelvis faces: a pelvis that is held turned, as hemiplegic people hold it, would then read as straight.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.smoothing import runs
from ltme_clinic.types import GaitCycle

USUAL_STRIDE_S = 1.1
"""Where no stride is known."""
TRAVELS_M_S = 0.1
"""Slower, direction is chance: the pelvis's own facing stands in."""


def direction_of_travel(walker: Walker, cycles: Sequence[GaitCycle] = ()) -> np.ndarray:
    """Direction of the pelvis's way over ground or belt, (frame,) radians from the laboratory's x, NaN where not seen.

    The displacement over a whole stride, averaged over another: the pelvis's sway, once a stride, falls out of it, and
    in a turn it is the path's tangent. In the first and last stride the nearest whole one's direction counts. Who walks
    backwards is measured against where he comes from; where nobody travels, against the pelvis's smoothed facing.

    Parameters
    ----------
    walker : its belt measured (`with_measured_belt`)
    cycles : for the stride's length in time; none takes `USUAL_STRIDE_S`
    """
    stride_s = float(np.median([cycle.duration_s for cycle in cycles])) if cycles else USUAL_STRIDE_S
    path_m = walker.over_ground(walker.pelvis_m)[:, :2]
    direction = walker.heading_rad.copy()
    for start, stop in runs(np.isfinite(path_m[:, 0]) & np.isfinite(direction)):
        moved_m = _averaged(_over_a_stride(path_m[start:stop], stride_s * walker.rate_hz), stride_s * walker.rate_hz)
        direction[start:stop] = _beside(direction[start:stop], moved_m, TRAVELS_M_S * stride_s)
    return direction


def _over_a_stride(path_m: np.ndarray, stride_frames: float) -> np.ndarray:
    """(frame, 2) displacement over the stride about each frame; of the nearest whole one at the ends."""
    frames = np.arange(len(path_m))
    half = min(stride_frames, len(path_m) - 1.0) / 2.0
    centre = np.clip(frames, half, len(path_m) - 1.0 - half)
    return np.column_stack(
        [
            np.interp(centre + half, frames, path_m[:, axis]) - np.interp(centre - half, frames, path_m[:, axis])
            for axis in (0, 1)
        ]
    )


def _averaged(values: np.ndarray, width_frames: float) -> np.ndarray:
    """Mean over a width about each frame, the ends continued by their last value."""
    half = int(width_frames / 2.0)
    sums = np.cumsum(np.pad(values, ((half + 1, half), (0, 0)), mode="edge"), axis=0)
    width = 2 * half + 1
    mean: np.ndarray = (sums[width:] - sums[:-width]) / width
    return mean


def _beside(facing: np.ndarray, moved_m: np.ndarray, least_m: float) -> np.ndarray:
    """The direction of a displacement, turned round where it goes backwards; the facing where hardly anybody moves."""
    off = np.arctan2(moved_m[:, 1], moved_m[:, 0]) - facing
    off = (off + np.pi / 2.0) % np.pi - np.pi / 2.0
    return np.where(np.linalg.norm(moved_m, axis=1) < least_m, facing, facing + off)
