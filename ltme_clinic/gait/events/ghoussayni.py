"""Ghoussayni, Stevens, Durham and Ewins 2004, Assessment and validation of a simple automated method for the
detection of gait events and intervals, Gait and Posture 20:266-272: sagittal speed against a threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.gait.events.extrema import crossing_frames, peak_frames
from ltme_clinic.gait.events.foot_by_foot import foot_by_foot
from ltme_clinic.gait.events.foot_tracks import FootTracks, low_passed, velocity_over_ground
from ltme_clinic.gait.walker import Walker
from ltme_clinic.types import GaitEvent


@dataclass(frozen=True)
class GhoussayniDetector:
    """Contact: the heel's speed in the sagittal plane falls below a threshold. Foot off: the toe's rises above it.

    Steps
    -----
    1. Speed of heel and toe, forward and vertical. 2. Contact: after each swing, where the heel's first falls below the
    threshold. 3. Foot off: before each swing, where the toe's last rises above it.

    The plane is the walker's own heading and the vertical, over the ground: the treadmill's belt is added.

    Deviations from the paper: 0.5 m/s (Bruening and Ridge 2014, Gait and Posture 39:472-477) stands for the paper's
    0.05 m/s, which a heel marker on skin or in a shoe reaches late or never; the paper's can be set. A low-pass
    at 10 Hz. Crossings are looked for beside swings, so that noise about the threshold gives no event.
    """

    threshold_m_s: float = 0.5
    """Barefoot in the paper: 0.05."""
    low_pass_hz: float = 10.0
    """Half-power frequency of the zero-lag 4th-order Butterworth filter."""
    spacing_s: float = 0.4
    """The least time between two swings of a foot."""
    swing_m_s: float = 0.6
    """A foot that swings is at some moment this much faster than at rest."""

    @property
    def name(self) -> str:
        return "ghoussayni"

    def detect(self, walker: Walker) -> tuple[GaitEvent, ...]:
        """The events in order; see `EventDetector.detect`."""
        return foot_by_foot(
            walker,
            self.name,
            lambda foot: (self.contact_frames(walker, foot), self._foot_off_frames(walker, foot)),
        )

    def contact_frames(self, walker: Walker, foot: FootTracks) -> np.ndarray:
        """Where the heel comes to rest after each swing, in frames and parts of one."""
        return self._beside_swings(self._speed(walker, foot.heel_laboratory_m), walker.rate_hz, after=True)

    def _foot_off_frames(self, walker: Walker, foot: FootTracks) -> np.ndarray:
        """Where the toe leaves its rest before each swing."""
        toe = self._speed(walker, foot.toe_laboratory_m if foot.toe_name else foot.heel_laboratory_m)
        return self._beside_swings(toe, walker.rate_hz, after=False)

    def _speed(self, walker: Walker, laboratory_m: np.ndarray) -> np.ndarray:
        """Speed in the sagittal plane, (frame,) m/s."""
        velocity = velocity_over_ground(walker, low_passed(laboratory_m, walker.rate_hz, self.low_pass_hz))
        return np.hypot(velocity[:, 0], velocity[:, 2])

    def _beside_swings(self, speed: np.ndarray, rate_hz: float, *, after: bool) -> np.ndarray:
        """The first fall through the threshold after each swing, or the last rise before it, in frames."""
        swings = peak_frames(speed, rate_hz, spacing_s=self.spacing_s, prominence=self.swing_m_s)
        crossings = crossing_frames(speed, self.threshold_m_s, rising=not after)
        found = []
        for swing in swings:
            beside = crossings[crossings > swing] if after else crossings[crossings < swing]
            if len(beside) == 0:
                continue
            crossing = float(beside[0] if after else beside[-1])
            first, last = sorted((int(swing), int(crossing)))
            if np.isfinite(speed[first : last + 1]).all():
                found.append(crossing)
        return np.array(sorted(set(found)))
