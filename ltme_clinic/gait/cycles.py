"""Foot contacts to gait cycles, each with what speaks against averaging it: turning, starting, a missed event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.gait.belt import with_measured_belt
from ltme_clinic.gait.cycle_order import Marks, flag_order
from ltme_clinic.gait.events.alternation import SHORTEST_STRIDE_S
from ltme_clinic.gait.movement import Movement, movement_of
from ltme_clinic.gait.standing_feet import MAX_STRIDE_S
from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.smoothing import runs
from ltme_clinic.types import GaitCycle, GaitEvent, Side

ROUND_START = 0.05
"""Share of a stride by which the other foot may lift before this one's contact and still be walking."""
OWN_MEDIAN_FACTOR = 1.5
"""A cycle this much longer or shorter than the walker's own median stride is not of the same walk: even a stride-time
CV of 10 % (severe ataxia) puts it at five standard deviations."""
TURNING_DEG = 15.0
"""Change of heading within one cycle from which it is a turn. At 15 deg the outer foot's stride exceeds the inner one's
by .26 rad times the step width, some 3 cm of 1.2 m: as much as healthy strides vary (CV 2-3 %). The heading's own
error in straight walking, up to 4 deg at a recording's ends, stays well below."""
TURNING_BESIDE_DEG = 10.0
"""Cycles beside a turn that go on turning the same way by more than this belong to it: a circle whose cycles turn by 15
deg give or take is a turn all along."""
STEADY_SHARE = 0.85
"""First and last cycles slower than this share of the steady speed are starting and stopping. Healthy stride speed
varies by 3-5 %; steady walking is reached within one to three steps (Breniere and Do 1986, J Biomech 19:1035)."""
UNSTEADY_SHARE = 0.25
"""Anywhere in a walk, a cycle this much off the steady speed is not of it."""
SPEED_CHANGE = 0.3
"""Second half of a cycle against its first, as a share of its mean speed, beyond the side's usual difference."""
SPEED_CHANGE_UNKNOWN_LIMP = 0.5
"""The same where the side has too few cycles to know the difference: a limp alone makes up to some 40 %."""
MIN_SPEED_M_S = 0.1
"""Slower is stepping on the spot."""
_KNOWN_FROM = 3
"""Cycles from which the walker's own median is taken as known."""


@dataclass(frozen=True)
class _Travel:
    """The pelvis's way, added up frame by frame: forward and leftward in the heading frame, over belt or ground."""

    time_s: np.ndarray  # (frame,)
    way_m: np.ndarray  # (frame, 2)
    hidden: np.ndarray  # (frame,) how many frames without a pelvis lie before
    heading_rad: np.ndarray  # (frame,)

    def between(self, start_s: np.ndarray, stop_s: np.ndarray) -> np.ndarray:
        """(cycle, 2) metres gone; NaN where the pelvis hides in between."""
        ends = [[np.interp(t, self.time_s, self.way_m[:, axis]) for axis in (0, 1)] for t in (start_s, stop_s)]
        gone_m = np.array(ends[1]) - np.array(ends[0])
        first = np.floor(np.interp(start_s, self.time_s, np.arange(len(self.time_s)))).astype(int)
        last = np.ceil(np.interp(stop_s, self.time_s, np.arange(len(self.time_s)))).astype(int)
        seen = self.hidden[last + 1] == self.hidden[first]
        return np.where(seen[:, None], gone_m.T, np.nan)

    def turn_deg(self, start_s: np.ndarray, stop_s: np.ndarray) -> np.ndarray:
        """(cycle,) change of heading, positive to the left."""
        heading_rad = [np.interp(at_s, self.time_s, self.heading_rad) for at_s in (start_s, stop_s)]
        return np.degrees(heading_rad[1] - heading_rad[0])


def gait_cycles(walker: Walker, events: Sequence[GaitEvent], movement: Movement | None = None) -> tuple[GaitCycle, ...]:
    """Every stride of either foot, from contact to contact, in order of their starts.

    A cycle needs one foot off of its own and one contact of the other foot inside, or is flagged with what is missing
    or too many; so are cycles whose events come in an order that nobody walks or runs in (`flag_order`), turning,
    starting, stopping, backward, sideways and unsteady cycles, and those in which the pelvis is not seen. Only cycles
    without a flag are averaged. Without the other's foot off a cycle lacks double support and nothing else; where a
    recording marks no foot off of a side at all, its absence speaks against no cycle.

    Parameters
    ----------
    events : in any order; those without a side, of kind "other", or outside the recording are passed over
    movement : what the markers show; None looks

    Notes
    -----
    Two contacts of a foot closer than `SHORTEST_STRIDE_S` or further apart than `MAX_STRIDE_S` make no cycle.
    """
    walker = with_measured_belt(walker, events)
    marks = _marks(events, walker.frames / walker.rate_hz)
    found = [cycle for side in SIDES for cycle in _cycles_of(side, marks)]
    if not found:
        return ()
    found.sort(key=lambda cycle: (cycle[0].start_s, cycle[0].side))
    cycles, flags = [cycle for cycle, _ in found], [list(missing) for _, missing in found]
    start_s, stop_s = (np.array([getattr(cycle, end) for cycle in cycles]) for end in ("start_s", "stop_s"))
    movement = movement or movement_of(walker, events)
    flag_order(cycles, marks, lambda time_s: movement.kind_at(time_s) == "running", flags)
    _flag_durations(stop_s - start_s, flags)
    travel = _travel(walker)
    gone_m, turn_deg = travel.between(start_s, stop_s), travel.turn_deg(start_s, stop_s)
    speed_m_s = np.copysign(np.hypot(*gone_m.T), gone_m[:, 0]) / (stop_s - start_s)
    _flag_course(gone_m, speed_m_s, turn_deg, flags)
    _flag_changing_speed(cycles, speed_m_s, _speed_change(travel, start_s, stop_s), flags)
    seen = np.isfinite(speed_m_s) & np.isfinite(turn_deg)
    return tuple(
        GaitCycle(
            side=cycle.side,
            start_s=cycle.start_s,
            stop_s=cycle.stop_s,
            foot_off_s=cycle.foot_off_s,
            opposite_foot_off_s=cycle.opposite_foot_off_s,
            opposite_contact_s=cycle.opposite_contact_s,
            turn_deg=float(turn) if known else None,
            speed_m_s=float(speed) if known else None,
            flags=tuple(why),
        )
        for cycle, speed, turn, known, why in zip(cycles, speed_m_s, turn_deg, seen, flags, strict=True)
    )


def _marks(events: Sequence[GaitEvent], duration_s: float) -> Marks:
    kinds = ("initial_contact", "foot_off")
    inside = [event for event in events if 0.0 <= event.time_s < duration_s]
    return {
        (side, kind): np.array(sorted({e.time_s for e in inside if e.side == side and e.kind == kind}))
        for side in SIDES
        for kind in kinds
    }


def _cycles_of(side: str, marks: Marks) -> list[tuple[GaitCycle, tuple[str, ...]]]:
    """One side's cycles with what their events lack; speed and turn still unknown."""
    own: Side = "left" if side == "left" else "right"
    other = "right" if side == "left" else "left"
    contacts_s = marks[side, "initial_contact"]
    found = []
    for start_s, stop_s in zip(contacts_s[:-1].tolist(), contacts_s[1:].tolist(), strict=True):
        if not SHORTEST_STRIDE_S <= stop_s - start_s <= MAX_STRIDE_S:
            continue
        contact_s, no_contact = _inside(
            marks[other, "initial_contact"], start_s, stop_s, f"contact of the {other} foot", True
        )
        off_s, no_off = _inside(
            marks[side, "foot_off"], start_s, stop_s, f"foot off of the {side} foot", len(marks[side, "foot_off"]) > 0
        )
        other_off_s = _opposite_off(marks[other, "foot_off"], start_s, contact_s, stop_s)
        cycle = GaitCycle(own, start_s, stop_s, off_s, other_off_s, contact_s)
        found.append((cycle, tuple(why for why in (no_contact, no_off) if why)))
    return found


def _inside(
    times_s: np.ndarray, start_s: float, stop_s: float, what: str, needed: bool
) -> tuple[float | None, str | None]:
    """The one event in [start, stop), or why there is not one."""
    first, last = np.searchsorted(times_s, (start_s, stop_s))
    if last - first == 1:
        return float(times_s[first]), None
    if last > first:
        return None, f"{last - first} times a {what}"
    return None, f"no {what}" if needed else None


def _opposite_off(offs_s: np.ndarray, start_s: float, contact_s: float | None, stop_s: float) -> float | None:
    """The other foot's last foot off before its contact; in running that is the stride before's, and the next is taken.

    In the fastest walking it falls together with the start: an error of a few frames must not take it for a run's.
    """
    if contact_s is None:
        return None
    place = int(np.searchsorted(offs_s, contact_s))
    if place > 0 and offs_s[place - 1] >= start_s - ROUND_START * (stop_s - start_s):
        return float(offs_s[place - 1])
    return float(offs_s[place]) if place < len(offs_s) and offs_s[place] < stop_s else None


def _flag_durations(duration_s: np.ndarray, flags: list[list[str]]) -> None:
    """Flag, in place, cycles far from the median of those whose events are complete."""
    complete = np.array([not why for why in flags])
    if complete.sum() < _KNOWN_FROM:
        return
    median_s = float(np.median(duration_s[complete]))
    for index in np.flatnonzero(duration_s > OWN_MEDIAN_FACTOR * median_s):
        flags[index].append(f"too long: {duration_s[index]:.2f} s, own median {median_s:.2f} s")
    for index in np.flatnonzero(duration_s < median_s / OWN_MEDIAN_FACTOR):
        flags[index].append(f"too short: {duration_s[index]:.2f} s, own median {median_s:.2f} s")


def _travel(walker: Walker) -> _Travel:
    hidden = ~np.isfinite(walker.velocity_m_s[:, 0])
    velocity_m_s = np.where(hidden[:, None], 0.0, walker.velocity_m_s)
    way_m = np.zeros_like(velocity_m_s)
    way_m[1:] = np.cumsum((velocity_m_s[1:] + velocity_m_s[:-1]) / 2.0, axis=0) / walker.rate_hz
    time_s = np.arange(walker.frames) / walker.rate_hz
    return _Travel(time_s, way_m, np.concatenate([[0], np.cumsum(hidden)]), walker.heading_rad)


def _flag_course(gone_m: np.ndarray, speed_m_s: np.ndarray, turn_deg: np.ndarray, flags: list[list[str]]) -> None:
    """Flag, in place, cycles that do not go straight ahead, or whose way is not known."""
    turning = _turning(turn_deg)
    for why, (forward_m, left_m), speed, turn, turns in zip(flags, gone_m, speed_m_s, turn_deg, turning, strict=True):
        if not (np.isfinite(speed) and np.isfinite(turn)):
            why.append("pelvis not seen")
        elif abs(speed) < MIN_SPEED_M_S:
            why.append(f"on the spot: {speed:.2f} m/s")
        elif abs(left_m) > abs(forward_m):
            why.append("sideways")
        elif speed < 0:
            why.append("backwards")
        elif turns:
            why.append("turning")


def _turning(turn_deg: np.ndarray) -> np.ndarray:
    """(cycle,) bool: unbroken runs of cycles that turn one way, of those in which one turns by `TURNING_DEG`."""
    turning = np.zeros(len(turn_deg), dtype=bool)
    for one_way_deg in (turn_deg, -turn_deg):
        for start, stop in runs(one_way_deg > TURNING_BESIDE_DEG):
            turning[start:stop] |= bool((one_way_deg[start:stop] > TURNING_DEG).any())
    return turning


def _speed_change(travel: _Travel, start_s: np.ndarray, stop_s: np.ndarray) -> np.ndarray:
    """(cycle,) speed of the second half less that of the first, as a share of the mean."""
    middle_s = (start_s + stop_s) / 2.0
    first_m, second_m = travel.between(start_s, middle_s)[:, 0], travel.between(middle_s, stop_s)[:, 0]
    whole_m = np.maximum(np.abs(first_m + second_m), 1e-6)
    return 2.0 * (second_m - first_m) / whole_m


def _flag_changing_speed(
    cycles: Sequence[GaitCycle], speed_m_s: np.ndarray, change: np.ndarray, flags: list[list[str]]
) -> None:
    """Flag, in place, the cycles in which the walk gets under way, stops, or leaves its steady speed."""
    # A slow start is also long for the walker: that must not hide what it is.
    straight = np.array([all(reason.startswith("too long") for reason in why) for why in flags])
    reasons: dict[int, str] = {}
    for side in SIDES:
        own = np.array([cycle.side == side for cycle in cycles]) & straight
        known = own.sum() >= _KNOWN_FROM
        usual = np.median(change[own]) if known else 0.0
        limit = SPEED_CHANGE if known else SPEED_CHANGE_UNKNOWN_LIMP
        reasons |= {int(i): "starting" for i in np.flatnonzero(own & (change - usual > limit))}
        reasons |= {int(i): "stopping" for i in np.flatnonzero(own & (change - usual < -limit))}
    if straight.sum() >= _KNOWN_FROM:
        steady_m_s = float(np.median(speed_m_s[straight]))
        off = speed_m_s / steady_m_s - 1.0
        reasons |= {
            int(i): f"unsteady: {speed_m_s[i]:.2f} m/s, steady {steady_m_s:.2f} m/s"
            for i in np.flatnonzero(straight & (np.abs(off) > UNSTEADY_SHARE))
        }
        order = np.flatnonzero(straight)
        slow = speed_m_s[order] < STEADY_SHARE * steady_m_s
        reasons |= dict.fromkeys(order[: _leading(slow)].tolist(), "starting")
        reasons |= dict.fromkeys(order[len(order) - _leading(slow[::-1]) :].tolist(), "stopping")
    for index, reason in reasons.items():
        flags[index].append(reason)


def _leading(slow: np.ndarray) -> int:
    """How many are slow from the first on."""
    return int(np.argmin(slow)) if not slow.all() else len(slow)
