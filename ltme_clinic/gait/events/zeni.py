"""Zeni, Richards and Higginson 2008, Two simple methods for determining gait events during treadmill and overground
walking using kinematic data, Gait and Posture 27:710-714: the coordinate-based method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.gait.events.extrema import peak_frames
from ltme_clinic.gait.events.foot_by_foot import foot_by_foot
from ltme_clinic.gait.events.foot_tracks import FootTracks, low_passed
from ltme_clinic.gait.walker import Walker
from ltme_clinic.types import GaitEvent

TYPICAL_LEG_M = 0.9
"""Where a leg's length is not known."""


@dataclass(frozen=True)
class ZeniDetector:
    """A foot lands where its heel is farthest in front of the pelvis, and leaves where its toe is farthest behind.

    Steps
    -----
    1. Heel and toe relative to the pelvis, along the heading. 2. Low-pass. 3. Contact: peaks of the heel; foot off:
    troughs of the toe.

    Deviations from the paper: the pelvis centre stands for the sacral marker and the pelvis's own smoothed heading
    for the laboratory's axis, so that turns and any direction work (on a treadmill the belt moves nothing here, both
    are of the body); the low-pass is at 7 Hz; peaks need a spacing and a prominence, so that a standing person has
    none. Where the forefoot is never seen the rear of the foot stands for it.

    Bias: its contact comes 30 to 50 ms before a force plate's, as the heel turns back before it lands.
    """

    low_pass_hz: float = 7.0
    """Half-power frequency of the zero-lag 4th-order Butterworth filter."""
    spacing_s: float = 0.4
    """The least time between two events of one kind and foot."""
    prominence_leg: float = 0.11
    """How far the foot must go back and forth about an event, in leg lengths: shorter strides give no event."""

    @property
    def name(self) -> str:
        return "zeni"

    def detect(self, walker: Walker) -> tuple[GaitEvent, ...]:
        """The events in order; see `EventDetector.detect`."""
        return foot_by_foot(
            walker,
            self.name,
            lambda foot: (self.contact_frames(walker, foot), self.foot_off_frames(walker, foot)),
        )

    def contact_frames(self, walker: Walker, foot: FootTracks) -> np.ndarray:
        """Where the heel is farthest in front of the pelvis, in frames and parts of one."""
        return self._peaks(walker, foot.heel_m[:, 0])

    def foot_off_frames(self, walker: Walker, foot: FootTracks) -> np.ndarray:
        """Where the toe is farthest behind the pelvis, in frames and parts of one."""
        return self._peaks(walker, -(foot.toe_m if foot.toe_name else foot.heel_m)[:, 0])

    def _peaks(self, walker: Walker, ahead_m: np.ndarray) -> np.ndarray:
        track_m = np.column_stack([ahead_m, np.zeros((len(ahead_m), 2))])
        smooth_m = low_passed(track_m, walker.rate_hz, self.low_pass_hz)[:, 0]
        prominence_m = self.prominence_leg * (walker.leg_length_m or TYPICAL_LEG_M)
        return peak_frames(smooth_m, walker.rate_hz, spacing_s=self.spacing_s, prominence=prominence_m)
