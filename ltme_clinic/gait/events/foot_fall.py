"""How one foot comes down: heights, falling speed and forward speed between frames, in stretches without a gap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ltme_clinic.gait.events.foot_tracks import (
    FootTracks,
    long_runs,
    low_passed,
    low_passed_tracks,
    velocity_over_ground,
)
from ltme_clinic.gait.walker import Walker

MIDDLE, HEEL, TOE = 0, 1, 2
"""Columns: between heel and toe, heel, toe."""
SPEED_LOW_PASS_HZ = 10.0


@dataclass(frozen=True)
class FootFall:
    """One foot in one unbroken run of frames."""

    start: int
    stop: int
    heights_m: np.ndarray  # (frame of the run, 3)
    forward_m_s: np.ndarray  # (frame of the run,) the heel's speed over the ground along the walker's heading
    velocity_m_s: Callable[[np.ndarray], np.ndarray]
    """Vertical velocities between frames: frames (step,) of the recording -> (step, 3)."""

    def above_floor_m(self, frames: np.ndarray, after: float) -> np.ndarray:
        """How far each is above its lowest place from the first of these frames to some `after` the last: (step, 3)."""
        first, last = int(frames[0]) - self.start, int(frames[-1] + after) + 1 - self.start
        lowest_m = self.heights_m[max(first, 0) : last].min(axis=0)
        return self._at(self.heights_m, frames) - lowest_m

    def heel_forward_m_s(self, frames: np.ndarray) -> np.ndarray:
        """The heel's forward speed over the ground between frames, (step,)."""
        return self._at(self.forward_m_s, frames)

    def _at(self, values: np.ndarray, frames: np.ndarray) -> np.ndarray:
        place = np.clip(frames - self.start, 0, len(values) - 1)
        below = np.minimum(place.astype(int), max(len(values) - 2, 0))
        share = (place - below).reshape(-1, *(1,) * (values.ndim - 1))
        return values[below] * (1 - share) + values[np.minimum(below + 1, len(values) - 1)] * share


def foot_falls(walker: Walker, foot: FootTracks, low_pass_hz: float) -> list[FootFall]:
    """One foot's unbroken runs, low-passed, with splines through their vertical velocities."""
    from scipy.interpolate import CubicSpline

    toe_m = foot.toe_m if foot.toe_name else foot.heel_m
    tracks_m = np.stack([foot.middle_m, foot.heel_m, toe_m], axis=1)
    smooth_m = low_passed_tracks(tracks_m, walker.rate_hz, low_pass_hz)[..., 2]
    slow_m = low_passed(foot.heel_laboratory_m, walker.rate_hz, SPEED_LOW_PASS_HZ)
    forward_m_s = velocity_over_ground(walker, slow_m)[:, 0]
    falls = []
    for start, stop in long_runs(smooth_m[:, MIDDLE], walker.rate_hz):
        heights_m = smooth_m[start:stop]
        velocity = np.gradient(heights_m, axis=0) * walker.rate_hz
        spline = CubicSpline(np.arange(start, stop), velocity)
        falls.append(FootFall(start, stop, heights_m, forward_m_s[start:stop], spline))
    return falls
