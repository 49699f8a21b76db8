"""Where the feet stand: one place for each contact, and the direction in which the walk goes on there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ltme_clinic.gait.cycle_curves import values_at
from ltme_clinic.gait.standing_feet import LEFT, MAX_STRIDE_S, RIGHT, Contacts, contacts_of, foot_at, while_flat
from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.heading import turned
from ltme_clinic.types import GaitEvent

LANDMARKS = ("heel", "ankle", "ankle_centre", "toe")
"""What may stand for the foot, best first; always the same one on both sides."""
_MIN_LINE_M = 0.05
"""Two prints of a foot nearer than this point nowhere."""


@dataclass(frozen=True)
class Footprints:
    """One print for each contact, in order of time. Horizontal laboratory metres, a treadmill's belt added."""

    time_s: np.ndarray  # (contact,)
    side: np.ndarray  # (contact,) LEFT or RIGHT
    place_m: np.ndarray  # (contact, 2); NaN where the foot is not seen
    direction_rad: np.ndarray  # (contact,) of progression, from the laboratory's x; NaN where not known
    landmark: str
    """ "heel", or what stood for it; "" where no foot is seen."""

    def index(self, time_s: np.ndarray) -> np.ndarray:
        """Which contact each of these times is."""
        after = np.clip(np.searchsorted(self.time_s, time_s), 1, max(len(self.time_s) - 1, 1))
        nearer = time_s - self.time_s[after - 1] < self.time_s[after] - time_s
        return after - nearer

    @property
    def forward(self) -> np.ndarray:
        """(contact, 2) unit vectors of the direction of progression."""
        return np.stack([np.cos(self.direction_rad), np.sin(self.direction_rad)], axis=1)

    @property
    def outward(self) -> np.ndarray:
        """(contact, 2) unit vectors across it, to the side of the foot: left for a left foot."""
        sign = np.where(self.side == LEFT, 1.0, -1.0)[:, None]
        return sign * np.stack([-np.sin(self.direction_rad), np.cos(self.direction_rad)], axis=1)


def footprints(walker: Walker, events: Sequence[GaitEvent]) -> Footprints:
    """Print and direction of each contact.

    A foot's print is the median place of its heel while the sole lies flat, as a pressure mat sees it: a heel that
    lands pitched, or has begun to rise, is elsewhere by some centimetres. Where the recording ends or a gap falls
    there, the heel's place at contact is taken, moved on by as much as that foot usually does.

    The direction at a contact lies halfway between those of the two strides about the step, its own foot's and the
    other's (stride lines: Huxham 2006, Gait Posture 23:159; both, for one alone looks half a step ahead or back in a
    turn). Turning the laboratory changes nothing, and pelvic asymmetry does not enter. At the ends of a walk it is that
    of one stride, turned by as much as the walker turns in between.
    """
    contacts = contacts_of(events, walker.frames / walker.rate_hz)
    tracks = {name: _places(walker, name, contacts) for name in LANDMARKS}
    landmark = _most_complete(tracks, contacts.side)
    place_m = tracks[landmark] if landmark else np.full((len(contacts.time_s), 2), np.nan)
    direction_rad = _directions(walker, contacts, place_m)
    return Footprints(contacts.time_s, contacts.side, place_m, direction_rad, landmark)


def _heading_at(walker: Walker, time_s: np.ndarray) -> np.ndarray:
    return values_at(walker.heading_rad[None], time_s * walker.rate_hz)[0]


def _places(walker: Walker, name: str, contacts: Contacts) -> np.ndarray:
    """(contact, 2) the prints by one landmark."""
    time_s, side = contacts.time_s, contacts.side
    heading = _heading_at(walker, time_s)
    flat_m = while_flat(walker, name, contacts)[:, :2]
    landed_m = foot_at(walker, name, time_s, side)[:, :2]
    moved_m = turned(flat_m - landed_m, -heading)
    for number in (LEFT, RIGHT):
        known = (side == number) & np.isfinite(moved_m[:, 0])
        lacking = (side == number) & np.isnan(flat_m[:, 0])
        if known.any() and lacking.any():
            usual_m = np.broadcast_to(np.median(moved_m[known], axis=0), (int(lacking.sum()), 2))
            flat_m[lacking] = landed_m[lacking] + turned(usual_m, heading[lacking])
    return flat_m


def _most_complete(tracks: dict[str, np.ndarray], side: np.ndarray) -> str:
    """The first landmark that shows at least half as many prints of both feet as the best does."""
    counts = {
        name: min(int(np.isfinite(place_m[side == number, 0]).sum()) for number in (LEFT, RIGHT))
        for name, place_m in tracks.items()
    }
    most = max(counts.values())
    return next((name for name in LANDMARKS if most and 2 * counts[name] >= most), "")


def _directions(walker: Walker, contacts: Contacts, place_m: np.ndarray) -> np.ndarray:
    """(contact,) direction of progression: between the two strides about the step, else by the one that is known."""
    about = [_stride_line(walker, contacts, place_m, first) for first in (-1, -2)]
    both = _between(about[0].angle_rad, about[1].angle_rad)
    direction = both
    for line in (*about, _stride_line(walker, contacts, place_m, 0)):
        direction = np.where(np.isnan(direction), line.angle_rad + line.turn_rad, direction)
    return direction


@dataclass(frozen=True)
class _StrideLine:
    """The stride near each contact: its direction, and the walker's turn from its middle to the contact."""

    angle_rad: np.ndarray  # (contact,) NaN where there is no such stride
    turn_rad: np.ndarray  # (contact,)


def _stride_line(walker: Walker, contacts: Contacts, place_m: np.ndarray, start: int) -> _StrideLine:
    """The stride that begins `start` contacts after each contact and ends two later, the other foot's in between.

    The body passes the middle of a stride's line a quarter of the stride after the contact in its middle.
    """
    time_s, side = contacts.time_s, contacts.side
    here = np.arange(len(time_s))
    first, last = here + start, here + start + 2
    inside = (first >= 0) & (last < len(time_s))
    first, last = np.clip(first, 0, len(time_s) - 1), np.clip(last, 0, len(time_s) - 1)
    middle = (first + last) // 2
    stride_s = time_s[last] - time_s[first]
    alternating = inside & (side[first] == side[last]) & (side[middle] != side[first]) & (stride_s <= MAX_STRIDE_S)
    line_m = place_m[last] - place_m[first]
    known = alternating & (np.hypot(*line_m.T) > _MIN_LINE_M)  # a NaN is not longer
    angle_rad = np.where(known, np.arctan2(line_m[:, 1], line_m[:, 0]), np.nan)
    passed_s = np.clip(time_s[middle] + stride_s / 4.0, 0.0, (walker.frames - 1) / walker.rate_hz)
    return _StrideLine(angle_rad, _heading_at(walker, time_s) - _heading_at(walker, passed_s))


def _between(one_rad: np.ndarray, other_rad: np.ndarray) -> np.ndarray:
    """Halfway between two directions; NaN where either is."""
    return np.arctan2(np.sin(one_rad) + np.sin(other_rad), np.cos(one_rad) + np.cos(other_rad))
