"""Desailly, Daniel, Sardain and Lacouture 2009, Foot contact event detection using kinematic data in cerebral palsy
children and normal adults gait, Gait and Posture 29:76-80: the high pass algorithm."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ltme_clinic.gait.events.extrema import peak_frames
from ltme_clinic.gait.events.foot_by_foot import foot_by_foot
from ltme_clinic.gait.events.foot_tracks import (
    SIDES,
    FootTracks,
    foot_tracks,
    long_runs,
    low_passed,
    velocity_over_ground,
)
from ltme_clinic.gait.events.zeni import TYPICAL_LEG_M, ZeniDetector
from ltme_clinic.gait.walker import Walker
from ltme_clinic.types import GaitEvent


@dataclass(frozen=True)
class DesaillyDetector:
    """Extrema of how far the foot has come along the walker's way, with the slow part of it filtered out.

    Steps
    -----
    1. Way of heel and toe along the progression. 2. Low-pass at 7 Hz. 3. High-pass at 0.5 (heel) and 1.1 (toe) times
    the gait frequency. 4. Contact: maxima of the heel's. 5. Foot off: minima of the toe's.

    Deviations from the paper: the way is the integral of the forward velocity over the ground in the walker's own
    heading (belt added), so that turns and treadmills work; the gait frequency is the median stride frequency of
    Zeni's contacts rather than one read from events marked before; peaks need a spacing and a prominence. Under two
    strides of one foot no frequency is known, and there is no event.
    """

    low_pass_hz: float = 7.0
    """Half-power frequency of the zero-lag 4th-order Butterworth filter."""
    contact_share: float = 0.5
    """High-pass cut-off for contacts as a share of the gait frequency."""
    foot_off_share: float = 1.1
    """High-pass cut-off for foot offs as a share of the gait frequency."""
    spacing_share: float = 0.6
    """The least time between two events of one kind and foot, in strides."""
    prominence_leg: float = 0.04
    """How far the filtered way must fall on either side of an event, in leg lengths."""
    frequency: ZeniDetector = field(default_factory=ZeniDetector)
    """Where the gait frequency is from."""

    @property
    def name(self) -> str:
        return "desailly"

    def detect(self, walker: Walker) -> tuple[GaitEvent, ...]:
        """The events in order; see `EventDetector.detect`."""
        feet = [foot for side in SIDES if (foot := foot_tracks(walker, side)) is not None]
        stride_hz = self._stride_hz(walker, feet)
        if stride_hz is None:
            return ()
        return foot_by_foot(walker, self.name, lambda foot: self._frames(walker, foot, stride_hz))

    def _frames(self, walker: Walker, foot: FootTracks, stride_hz: float) -> tuple[np.ndarray, np.ndarray]:
        """One foot's contacts and foot offs, in frames and parts of one."""
        toe_m = foot.toe_laboratory_m if foot.toe_name else foot.heel_laboratory_m
        heel = self._high_passed(walker, foot.heel_laboratory_m, self.contact_share * stride_hz)
        toe = self._high_passed(walker, toe_m, self.foot_off_share * stride_hz)
        return self._peaks(walker, heel, stride_hz), self._peaks(walker, -toe, stride_hz)

    def _stride_hz(self, walker: Walker, feet: list[FootTracks]) -> float | None:
        strides = [np.diff(self.frequency.contact_frames(walker, foot)) for foot in feet]
        both = np.concatenate(strides) if strides else np.zeros(0)
        return walker.rate_hz / float(np.median(both)) if len(both) else None

    def _high_passed(self, walker: Walker, laboratory_m: np.ndarray, cutoff_hz: float) -> np.ndarray:
        """The foot's way along the heading without its slow part, (frame,) m, NaN where the marker hides."""
        from scipy.signal import butter, sosfiltfilt

        forward = velocity_over_ground(walker, low_passed(laboratory_m, walker.rate_hz, self.low_pass_hz))[:, 0]
        sections = butter(4, cutoff_hz, btype="highpass", fs=walker.rate_hz, output="sos")
        fast_m = np.full(len(forward), np.nan)
        for start, stop in long_runs(forward, walker.rate_hz):
            way_m = np.cumsum(forward[start:stop]) / walker.rate_hz
            # Without its straight line the way has no ramp for the filter's ends to ring on.
            way_m -= np.linspace(way_m[0], way_m[-1], len(way_m))
            padding = min(round(walker.rate_hz / cutoff_hz), len(way_m) - 1)
            fast_m[start:stop] = sosfiltfilt(sections, way_m, padlen=padding)
        return fast_m

    def _peaks(self, walker: Walker, signal: np.ndarray, stride_hz: float) -> np.ndarray:
        prominence_m = self.prominence_leg * (walker.leg_length_m or TYPICAL_LEG_M)
        spacing_s = self.spacing_share / stride_hz
        return peak_frames(signal, walker.rate_hz, spacing_s=spacing_s, prominence=prominence_m)
