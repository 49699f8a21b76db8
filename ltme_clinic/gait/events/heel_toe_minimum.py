"""The default rule: a foot lands where the middle between heel and toe falls fastest, near the heel's most forward
place.

Found by comparing rules against clean single-foot plate contacts of several laboratories, with nested selection over
laboratories (docs/decisions/0009-gait-events.md). Zeni's peak says about when, to within a step; the fall of the
foot says exactly when, because the floor stops it: nothing in that depends on how fast somebody walks or where the
pelvis is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ltme_clinic.gait.events.detector import in_order, kinematic_events, nearest_apart_s
from ltme_clinic.gait.events.extrema import EDGE_S
from ltme_clinic.gait.events.foot_fall import HEEL, MIDDLE, TOE, FootFall, foot_falls
from ltme_clinic.gait.events.foot_tracks import SIDES, FootTracks, foot_tracks
from ltme_clinic.gait.events.ghoussayni import GhoussayniDetector
from ltme_clinic.gait.events.toe_speed import ToeSpeedRule
from ltme_clinic.gait.events.zeni import ZeniDetector
from ltme_clinic.gait.walker import Walker
from ltme_clinic.types import GaitEvent

_STEP_S = 1e-3
_SURE_DIP_M_S = 0.15
"""A fall that the floor ends this much more abruptly than its surroundings is unmistakable (healthy: 0.2 to 0.5)."""
_UNSURE = 0.4
"""Confidence in a contact that the heel's speed alone tells."""
_FLOOR_WINDOW_S = 0.15
_SWING_WINDOW_S = 0.6
_SHORTEST_LOOK_S = 0.2
_OPINION_S = 0.15


@dataclass(frozen=True)
class HeelToeMinimum:
    """Contact: deepest minimum of the foot's vertical velocity beside Zeni's peak. Foot off: Zeni's.

    Steps
    -----
    1. Zeni's contact peaks (7 Hz, spacing 0.4 s, prominence 0.11 leg lengths).
    2. Height of the middle between heel and toe, low-passed at 20 Hz; its vertical velocity, interpolated by a cubic
       spline to 1 ms.
    3. In the window about each peak, the deepest local minimum, plus 4 ms.
    4. Only minima that can be landings: heel or toe near the floor, and the heel not in full swing (over the ground a
       swinging foot goes two to three times as fast as the walker).
    5. Where the toe's own minimum comes clearly before the middle's, with the toe at the floor, the forefoot lands
       first (toe walking) and the heel comes down later: the toe's minimum is the contact.
    6. Where there is no such minimum (a shuffling foot hardly falls), the heel's forward speed falling through 0.5 m/s,
       plus 12 ms (Ghoussayni's rule without its measured bias), with a low confidence.
    7. Where that second opinion comes clearly later than the minimum, the foot glides on just above the floor: it is
       then the contact, with the same low confidence.
    8. Foot off: where the toe is farthest behind the pelvis, as published by Zeni.
    9. A contact that no swing precedes, or a foot off that none follows, is none: somebody stands and sways.

    Steps 4 to 7 and 9 change no contact of the real recordings that steps 1 to 3 were found on; they are for foot drop,
    hemiplegia, equinus, shuffling and standing.

    Axes: vertical, and the walker's own heading for step 1; treadmills need nothing more, for both are of the body.
    Without a heel marker the ankle's stands in (some 6 +/- 38 ms instead of 2 +/- 10) and the confidence is low. Not
    for stairs, running foot offs, or walking backwards: `detect_events` refuses those.
    """

    search: ZeniDetector = field(default_factory=ZeniDetector)
    """Says where to look, and gives the foot offs."""
    low_pass_hz: float = 20.0
    """Half-power frequency of the zero-lag 4th-order Butterworth filter. 10 Hz would move treadmill contacts by 13
    ms."""
    before_s: float = 0.1
    """How long before Zeni's peak a contact is looked for."""
    after_s: float = 0.15
    """How long after it. A narrower window breaks slow gait, where the peak comes 60 to 100 ms early."""
    delay_s: float = 0.004
    """From the fastest fall to 2.5 % of body weight on a plate."""
    near_floor_m: float = 0.03
    """Heel or toe is at most this much above its lowest place of the window (on plates: 8 mm at most at contact)."""
    forefoot_first_s: float = 0.04
    """The toe's minimum comes this much before the middle's where the forefoot lands first."""
    landing_speed_share: float = 1.5
    """A landing heel goes forward over the ground at most this many times as fast as the walker."""
    slow_m_s: float = 0.5
    """Who walks more slowly counts as walking at this."""
    swing_m_s: float = 0.3
    """A foot that swings is somewhere faster over the ground than this."""
    speed_rule: GhoussayniDetector = field(default_factory=GhoussayniDetector)
    """The second opinion on contacts, and what is left where the foot does not fall."""
    speed_rule_delay_s: float = 0.012
    """How much earlier than a plate the second opinion is."""
    gliding_s: float = 0.04
    """How much later the second opinion is where a foot glides: on plates the two differ by 9 ms (SD)."""
    glide_after_s: float = 0.25
    """How long after Zeni's peak a gliding foot may still come down."""

    @property
    def name(self) -> str:
        return "heel-toe minimum"

    def detect(self, walker: Walker) -> tuple[GaitEvent, ...]:
        """The events in order; see `EventDetector.detect`."""
        events: list[GaitEvent] = []
        for side in SIDES:
            foot = foot_tracks(walker, side)
            if foot is None:
                continue
            for kind, found in (
                ("initial_contact", self._contacts(walker, foot)),
                ("foot_off", self._foot_offs(walker, foot)),
            ):
                times_s, confidences = np.reshape(found, (-1, 2)).T
                events += kinematic_events(side, kind, times_s, walker.rate_hz, self.name, confidences)
        return in_order(events)

    def _contacts(self, walker: Walker, foot: FootTracks) -> list[tuple[float, float]]:
        """Times and confidences of one foot's contacts."""
        peaks = self.search.contact_frames(walker, foot)
        second_s = self.speed_rule.contact_frames(walker, foot) / walker.rate_hz + self.speed_rule_delay_s
        found = []
        for fall in foot_falls(walker, foot, self.low_pass_hz):
            for peak in peaks[(peaks >= fall.start) & (peaks < fall.stop)]:
                contact = self._contact(walker, fall, float(peak), second_s)
                if contact is not None and self._swings(fall, contact[0] * walker.rate_hz, walker.rate_hz):
                    found.append((contact[0], contact[1] * (0.6 if foot.stands_in else 1.0)))
        return found

    def _contact(self, walker: Walker, fall: FootFall, peak: float, second_s: np.ndarray) -> tuple[float, float] | None:
        """Time and confidence of the contact beside one of Zeni's peaks; None where no landing is seen there."""
        rate_hz = walker.rate_hz
        edge = EDGE_S * rate_hz
        first, last = peak - self.before_s * rate_hz, peak + self.after_s * rate_hz
        cut = 0.8 if first < fall.start + edge or last > fall.stop - 1 - edge else 1.0
        frames = np.arange(max(first, fall.start + edge), min(last, fall.stop - 1 - edge), _STEP_S * rate_hz)
        if len(frames) < 3:
            return None
        velocity = fall.velocity_m_s(frames)  # (step, 3)
        above_m = fall.above_floor_m(frames, _FLOOR_WINDOW_S * rate_hz)
        slow = fall.heel_forward_m_s(frames) <= self._landing_speed_m_s(walker, frames)
        minima = _local_minima(velocity[:, MIDDLE])
        landings = minima[(above_m[minima, HEEL:].min(axis=1) <= self.near_floor_m) & slow[minima]]
        if len(landings) == 0:
            return self._by_speed(second_s, frames / rate_hz, cut)
        place = landings[np.argmin(velocity[landings, MIDDLE])]
        trust = cut * self._sharpness(velocity[:, MIDDLE], place)
        forefoot = self._forefoot_first(velocity[:, TOE], above_m[:, TOE], slow, place)
        if forefoot is not None:
            place, trust = forefoot, 0.8 * trust
        time_s = float(frames[place] / rate_hz) + self.delay_s
        glides = second_s[(second_s - time_s > self.gliding_s) & (second_s <= peak / rate_hz + self.glide_after_s)]
        apart_s = float(nearest_apart_s(np.array([time_s]), second_s)[0])
        if len(glides) and apart_s > self.gliding_s:
            return float(glides[0]), _UNSURE * cut
        # Without a second opinion (a swing that began before the recording) doubt is less than where it contradicts.
        agrees = 0.4 + 0.6 * np.exp(-((max(apart_s - 0.02, 0.0) / 0.05) ** 2)) if apart_s < _OPINION_S else 0.75
        return time_s, float(0.97 * trust * agrees)

    def _landing_speed_m_s(self, walker: Walker, frames: np.ndarray) -> float:
        """How fast a heel may still go forward where it lands."""
        forward = walker.velocity_m_s[int(frames[0]) : int(frames[-1]) + 1, 0]
        if not np.isfinite(forward).any():
            return np.inf
        return self.landing_speed_share * max(float(np.nanmean(forward)), self.slow_m_s)

    def _by_speed(self, second_s: np.ndarray, window_s: np.ndarray, cut: float) -> tuple[float, float] | None:
        """The contact by the heel's forward speed, where the window holds one."""
        inside = second_s[(second_s >= window_s[0]) & (second_s <= window_s[-1])]
        return (float(inside[0]), _UNSURE * cut) if len(inside) else None

    def _forefoot_first(
        self, toe_velocity: np.ndarray, toe_above_m: np.ndarray, slow: np.ndarray, place: int
    ) -> int | None:
        """The step at which the forefoot lands, where that is clearly before the foot's middle does; else None."""
        minima = _local_minima(toe_velocity)
        minima = minima[(toe_above_m[minima] <= self.near_floor_m) & slow[minima]]
        if len(minima) == 0:
            return None
        toe = int(minima[np.argmin(toe_velocity[minima])])
        return toe if (place - toe) * _STEP_S > self.forefoot_first_s else None

    def _sharpness(self, velocity: np.ndarray, place: int) -> float:
        """How much the minimum stands out from the 60 ms on either side: 0.5 to 1."""
        before, after = velocity[max(place - 60, 0) : place + 1], velocity[place : place + 61]
        dip_m_s = min(before.max(), after.max()) - velocity[place]
        return 0.5 + 0.5 * min(max(float(dip_m_s), 0.0) / _SURE_DIP_M_S, 1.0)

    def _swings(self, fall: FootFall, frame: float, rate_hz: float) -> bool:
        """Whether the foot swings in the time before a contact; granted where that is not seen."""
        last = int(frame) - fall.start
        before = fall.forward_m_s[max(last - round(_SWING_WINDOW_S * rate_hz), 0) : last]
        return _shows_swing(before, self.swing_m_s, rate_hz)

    def _foot_offs(self, walker: Walker, foot: FootTracks) -> list[tuple[float, float]]:
        """Times and confidences of one foot's foot offs: sure where the toe's speed says the same."""
        times_s = self.search.foot_off_frames(walker, foot) / walker.rate_hz
        rule = ToeSpeedRule()
        forward = rule.forward_m_s(walker, foot)
        window = round(_SWING_WINDOW_S * walker.rate_hz)
        firsts = np.round(times_s * walker.rate_hz).astype(int)
        swings = [_shows_swing(forward[first : first + window], self.swing_m_s, walker.rate_hz) for first in firsts]
        times_s = times_s[np.array(swings, dtype=bool)]
        apart_s = nearest_apart_s(times_s, rule.foot_off_times_s(walker, forward))
        agrees = 0.5 + 0.5 * np.exp(-((np.maximum(apart_s - 0.02, 0.0) / 0.05) ** 2))
        confidences = 0.95 * agrees * (1.0 if foot.toe_name else 0.5)
        return list(zip(times_s.tolist(), confidences.tolist(), strict=True))


def _shows_swing(forward_m_s: np.ndarray, swing_m_s: float, rate_hz: float) -> bool:
    """Whether a foot swings in these frames; granted where too few of them are seen to say."""
    seen = forward_m_s[np.isfinite(forward_m_s)]
    return len(seen) < _SHORTEST_LOOK_S * rate_hz or bool(seen.max() > swing_m_s)


def _local_minima(values: np.ndarray) -> np.ndarray:
    """Indices of the minima inside (step,) values."""
    return np.flatnonzero((values[1:-1] < values[:-2]) & (values[1:-1] <= values[2:])) + 1
