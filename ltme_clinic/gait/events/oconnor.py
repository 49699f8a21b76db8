"""O'Connor, Thorpe, O'Malley and Vaughan 2007, Automatic detection of gait events using kinematic data, Gait and
Posture 25:469-474: the foot velocity algorithm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.gait.events.extrema import peak_frames
from ltme_clinic.gait.events.foot_by_foot import foot_by_foot
from ltme_clinic.gait.events.foot_tracks import FootTracks, low_passed_tracks
from ltme_clinic.gait.walker import Walker
from ltme_clinic.types import GaitEvent


@dataclass(frozen=True)
class OConnorDetector:
    """Contact: the foot centre falls fastest while the heel is low. Foot off: the foot centre rises fastest.

    Steps
    -----
    1. Foot centre: the middle between heel and toe. 2. Low-pass at 7 Hz. 3. Its vertical velocity. 4. Contact: minima
    with the heel in the lowest 35 % of its range. 5. Foot off: maxima.

    Only the vertical is used, so direction, turning and treadmills make no difference.

    Deviations from the paper: the heel's range runs from its 1st to its 99th percentile; peaks need a spacing and a
    prominence instead of the paper's windows, so that a standing person has none.

    Bias: against clean plates contacts 2 ms, foot offs 12 ms early; feet that roll little (slow, impaired) confuse it.
    """

    low_pass_hz: float = 7.0
    """Half-power frequency of the zero-lag 4th-order Butterworth filter."""
    heel_range_share: float = 0.35
    """Share of the heel's vertical range, from below, in which a contact can lie."""
    spacing_s: float = 0.4
    """The least time between two events of one kind and foot."""
    prominence_m_s: float = 0.1
    """How much faster the foot falls or rises at an event than on either side of it."""
    fall_m_s: float = 0.05
    """How fast the foot falls at a contact at least: a heel that rises early and rests is no fall."""

    @property
    def name(self) -> str:
        return "oconnor"

    def detect(self, walker: Walker) -> tuple[GaitEvent, ...]:
        """The events in order; see `EventDetector.detect`."""
        return foot_by_foot(walker, self.name, lambda foot: self._frames(walker, foot))

    def _frames(self, walker: Walker, foot: FootTracks) -> tuple[np.ndarray, np.ndarray]:
        """One foot's contacts and foot offs, in frames and parts of one."""
        if walker.frames < 2 or not np.isfinite(foot.middle_m[:, 2]).any():
            return np.zeros(0), np.zeros(0)
        velocity, low = self._fall(walker, foot)
        return self._last_falls(velocity, low, walker.rate_hz), self._peaks(velocity, walker.rate_hz, self.spacing_s)

    def _fall(self, walker: Walker, foot: FootTracks) -> tuple[np.ndarray, np.ndarray]:
        """Vertical velocity of the foot centre, m/s, and where the heel is low: (frame,) each."""
        tracks_m = np.stack([foot.middle_m, foot.heel_m], axis=1)
        heights_m = low_passed_tracks(tracks_m, walker.rate_hz, self.low_pass_hz)[..., 2]
        lowest_m, highest_m = np.nanpercentile(heights_m[:, 1], [1.0, 99.0])
        low = heights_m[:, 1] <= lowest_m + self.heel_range_share * (highest_m - lowest_m)
        return np.gradient(heights_m[:, 0]) * walker.rate_hz, low

    def _last_falls(self, velocity: np.ndarray, low: np.ndarray, rate_hz: float) -> np.ndarray:
        """The last fall of each stretch in which the heel is low, in frames: an earlier one is the swinging foot's."""
        falls = self._peaks(-velocity, rate_hz, 0.0)
        nearest = np.round(falls).astype(int)
        falls = falls[low[nearest] & (velocity[nearest] < -self.fall_m_s)]
        stretches = np.cumsum(np.diff(low, prepend=False))[np.round(falls).astype(int)]
        last = np.append(stretches[1:] != stretches[:-1], True) if len(falls) else np.zeros(0, dtype=bool)
        return falls[last]

    def _peaks(self, velocity: np.ndarray, rate_hz: float, spacing_s: float) -> np.ndarray:
        return peak_frames(velocity, rate_hz, spacing_s=spacing_s, prominence=self.prominence_m_s)
