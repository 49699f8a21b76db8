"""What kind of movement a recording shows: walking, running, standing, backwards, stairs, a single step; and where
it turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.smoothing import runs
from ltme_clinic.norms.walking import GRAVITY_M_S2
from ltme_clinic.types import GaitEvent

MovementKind = Literal["walking", "running", "backwards", "sideways", "stairs", "stepping", "jumping", "standing"]

KINDS: tuple[MovementKind, ...] = get_args(MovementKind)

GOING_M_S = 0.08
"""Slower, over a second, is standing: a standing person's pelvis sways by less than 0.03 m/s, the slowest shuffle
goes on at 0.1 m/s."""
SMOOTHING_S = 1.0
SHORTEST_STRETCH_S = 0.5
FLIGHT_SHARE = 0.05
"""Share of the frames in which every foot marker moves faster than half the walking speed.

In 70 walks of 40 people (up to 2.2 m/s) it was under .02, in 9 runs .13 and more: a walker always has a foot at rest.
"""
FLIGHT_SPEED = 0.5
MIN_RUN_M_S = 0.8
STAIRS_SLOPE = 0.2
"""Rise or fall of the pelvis along its way: a wheelchair ramp has .08, a steep treadmill .15, stairs .5 and more."""
STAIRS_RISE_M = 0.25
TURN_DEG_S = 20.0
TURN_DEG = 30.0
"""A turn is a heading that changes faster than `TURN_DEG_S` by at least this much."""
TOGETHER = 0.3
"""Rank correlation of the two feet's speeds: -.9 to -.6 in walks, runs and stairs, .8 in a jump with both feet.

Ranks, because where two markers are exchanged for a while both heels seem to leap at once, and a plain correlation is
made of those few frames."""
FEET_STAY_M = 0.1
"""Neither heel leaves a place of this size while somebody stands, squats or sways."""
LIFT_M = 0.05
"""A foot lifted by this much, all of it, is off the floor."""


@dataclass(frozen=True)
class Stretch:
    """One kind of movement from when to when, seconds from frame 0."""

    kind: MovementKind
    start_s: float
    stop_s: float

    def holds(self, time_s: float, margin_s: float = 0.0) -> bool:
        """Whether a time lies in it, or this near to it."""
        return self.start_s - margin_s <= time_s <= self.stop_s + margin_s


@dataclass(frozen=True)
class Turn:
    """A stretch in which the heading turns, positive to the left."""

    start_s: float
    stop_s: float
    turn_deg: float


@dataclass(frozen=True)
class Movement:
    """What the markers show."""

    kind: MovementKind
    """What fills most of the moving time."""
    reason: str
    """The facts behind `kind` in one clause."""
    stretches: tuple[Stretch, ...] = ()
    """In order; frames in which the pelvis is not seen belong to none."""
    turns: tuple[Turn, ...] = ()
    speed_m_s: float | None = None
    """Median speed over ground or belt while going; None where nobody goes anywhere."""
    froude: float | None = None
    """Speed squared over g times the leg's length: people walk below 0.5 by preference, and run above."""

    @property
    def walks(self) -> bool:
        """Whether rules for walking apply."""
        return self.kind == "walking"

    def kind_at(self, time_s: float) -> MovementKind | None:
        """What is done at a time; None where the pelvis is not seen."""
        return next((stretch.kind for stretch in self.stretches if stretch.holds(time_s)), None)


def movement_of(walker: Walker, events: Sequence[GaitEvent] | None = None) -> Movement:
    """Tell what kind of movement a recording shows.

    Parameters
    ----------
    events : contacts found or entered, to count steps by; looked for in the markers where None

    Notes
    -----
    Speed and direction are the pelvis's in its own heading, a treadmill's belt added, smoothed over a second.
    Running is told from walking by flight (no foot at rest) rather than by speed. On a treadmill that runs the other
    way, walking backwards is not told from stepping on the spot; neither is analysed.
    """
    speed_m_s, kinds = _kinds(walker)
    stretches = _stretches(kinds, walker.rate_hz)
    going = [s for s in stretches if s.kind != "standing"]
    turns = _turns(walker)
    if not going:
        kind, reason = _on_the_spot(walker)
        stretches = tuple(Stretch(kind, s.start_s, s.stop_s) for s in stretches)
        return Movement(kind, reason, stretches, turns)
    lasting_s = {kind: sum(s.stop_s - s.start_s for s in going if s.kind == kind) for kind in {s.kind for s in going}}
    kind = max(sorted(lasting_s), key=lambda name: lasting_s[name])
    speed = float(np.median(speed_m_s[kinds == KINDS.index(kind)]))
    froude = speed**2 / (GRAVITY_M_S2 * walker.leg_length_m) if walker.leg_length_m else None
    reason = _going_reason(kind, speed, froude)
    if kind == "walking" and (steps := _single_step(walker, stretches, events)) is not None:
        kind, reason = "stepping", f"stands, makes {_counted(steps)} and stands again: no whole stride"
    others = sorted({s.kind for s in going} - {kind})
    if others and kind != "stepping":
        reason += f"; in part {', '.join(others)}"
    return Movement(kind, reason, stretches, turns, speed, froude)


def _kinds(walker: Walker) -> tuple[np.ndarray, np.ndarray]:
    """Speed (frame,) m/s smoothed over a second, and what each frame shows: an index into KINDS, -1 without a
    pelvis."""
    velocity = _smoothed(walker.velocity_m_s, walker.rate_hz)
    speed = np.hypot(velocity[:, 0], velocity[:, 1])
    kinds = np.where(np.isfinite(speed), KINDS.index("standing"), -1)
    heels_m = _heels_over_ground(walker)
    for start, stop in runs(np.nan_to_num(speed) > GOING_M_S):
        if stop - start < SHORTEST_STRETCH_S * walker.rate_hz or _feet_stay(heels_m[:, start:stop]):
            continue
        direction = np.abs(np.arctan2(velocity[start:stop, 1], velocity[start:stop, 0]))
        kinds[start:stop] = KINDS.index("sideways")
        kinds[start:stop][direction > 3 * np.pi / 4] = KINDS.index("backwards")
        ahead: MovementKind
        if _feet_together(heels_m[:, start:stop], walker.rate_hz):
            kinds[start:stop], ahead = KINDS.index("jumping"), "jumping"
        elif _slope(walker, start, stop):
            kinds[start:stop], ahead = KINDS.index("stairs"), "stairs"
        else:
            ahead = "running" if _flight_share(walker, start, stop) > FLIGHT_SHARE else "walking"
        kinds[start:stop][direction < np.pi / 4] = KINDS.index(ahead)
    return speed, kinds


def _stretches(kinds: np.ndarray, rate_hz: float) -> tuple[Stretch, ...]:
    """Runs of one kind; those too short to mean anything join the one before."""
    edges = np.concatenate([[0], np.flatnonzero(np.diff(kinds)) + 1, [len(kinds)]])
    found: list[tuple[int, int, int]] = []
    for start, stop in pairwise(edges.tolist()):
        kind = int(kinds[start])
        short = stop - start < SHORTEST_STRETCH_S * rate_hz
        if kind < 0:
            continue
        if found and found[-1][2] == start and (short or found[-1][0] == kind):
            found[-1] = (found[-1][0], found[-1][1], stop)
        else:
            found.append((kind, start, stop))
    return tuple(Stretch(KINDS[kind], first / rate_hz, last / rate_hz) for kind, first, last in found)


def _heels_over_ground(walker: Walker) -> np.ndarray:
    """Each foot's rear, horizontally, over the ground: (side, frame, 2)."""
    tracks = []
    for side in SIDES:
        places = [walker.slot(f"{side}_{name}") for name in ("heel", "ankle", "ankle_centre")]
        fullest = max(places, key=lambda track: np.isfinite(track[:, 0]).sum())
        tracks.append(walker.over_ground(fullest)[:, :2])
    return np.stack(tracks)


def _feet_stay(heels_m: np.ndarray) -> bool:
    """Whether both feet keep their places in these frames: (side, frame, 2)."""
    spans_m = [np.ptp(heel[np.isfinite(heel[:, 0])], axis=0) for heel in heels_m if np.isfinite(heel[:, 0]).any()]
    return len(spans_m) == 2 and all(float(np.hypot(*span)) < FEET_STAY_M for span in spans_m)


def _feet_together(heels_m: np.ndarray, rate_hz: float) -> bool:
    """Whether both feet move at the same moments, as in jumps; walkers' and runners' take turns: (side, frame, 2)."""
    speeds = np.linalg.norm(np.gradient(heels_m, axis=1), axis=2) * rate_hz
    seen = np.isfinite(speeds).all(axis=0)
    if seen.sum() < SHORTEST_STRETCH_S * rate_hz or (speeds[:, seen].std(axis=1) < 0.1).any():
        return False
    ranks = np.argsort(np.argsort(speeds[:, seen], axis=1), axis=1)
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1]) > TOGETHER


def _going_reason(kind: MovementKind, speed: float, froude: float | None) -> str:
    number = f" (Froude number {froude:.2f})" if froude is not None else ""
    said = {
        "walking": f"goes forward at {speed:.2f} m/s{number} with a foot always at rest",
        "running": f"goes forward at {speed:.2f} m/s{number} with moments of flight",
        "backwards": f"goes backwards at {speed:.2f} m/s",
        "sideways": f"goes sideways at {speed:.2f} m/s",
        "jumping": f"both feet move at once at {speed:.2f} m/s: jumps or a landing",
        "stairs": f"the pelvis rises or falls with its way at {speed:.2f} m/s: stairs or a steep slope",
    }
    return said[kind]


def _counted(steps: int) -> str:
    return "one step" if steps == 1 else f"{steps} steps"


def _smoothed(values: np.ndarray, rate_hz: float) -> np.ndarray:
    """Running mean over a second of each column, over the frames that are seen: (frame, column)."""
    half = max(1, round(SMOOTHING_S / 2 * rate_hz))
    seen = np.isfinite(values)
    sums = np.cumsum(np.concatenate([np.zeros((1, values.shape[1])), np.where(seen, values, 0.0)]), axis=0)
    counts = np.cumsum(np.concatenate([np.zeros((1, values.shape[1])), seen]), axis=0)
    frames = np.arange(len(values))
    low, high = np.maximum(frames - half, 0), np.minimum(frames + half + 1, len(values))
    mean = (sums[high] - sums[low]) / np.maximum(counts[high] - counts[low], 1)
    return np.where(seen, mean, np.nan)


def _slope(walker: Walker, start: int, stop: int) -> bool:
    """Whether the pelvis climbs or descends along its way in these frames."""
    height_m = walker.pelvis_m[start:stop, 2]
    way_m = np.nansum(np.hypot(*walker.velocity_m_s[start:stop].T)) / walker.rate_hz
    quarter = max(1, min(round(0.3 * walker.rate_hz), (stop - start) // 4))
    rise_m = abs(float(np.nanmean(height_m[-quarter:]) - np.nanmean(height_m[:quarter])))
    return rise_m > STAIRS_RISE_M and rise_m > STAIRS_SLOPE * way_m


def _flight_share(walker: Walker, start: int, stop: int) -> float:
    """Share of frames in which no foot marker is at rest; 0 where the feet are not seen together."""
    from ltme_clinic.gait.events.foot_tracks import foot_tracks, low_passed_tracks, velocity_over_ground

    feet = [foot_tracks(walker, side) for side in SIDES]  # type: ignore[arg-type]
    if any(foot is None for foot in feet):
        return 0.0
    tracks_m = [m for foot in feet if foot is not None for m in (foot.heel_laboratory_m, foot.toe_laboratory_m)]
    smooth_m = low_passed_tracks(np.stack(tracks_m, axis=1), walker.rate_hz, 10.0)
    speeds = [
        np.linalg.norm(velocity_over_ground(walker, smooth_m[:, which]), axis=1) for which in range(smooth_m.shape[1])
    ]
    slowest = np.min(np.stack(speeds), axis=0)[start:stop]
    speed = float(np.nanmedian(np.hypot(*walker.velocity_m_s[start:stop].T)))
    if not np.isfinite(slowest).any() or speed < MIN_RUN_M_S:
        return 0.0
    return float(np.mean(slowest[np.isfinite(slowest)] > FLIGHT_SPEED * speed))


def _turns(walker: Walker) -> tuple[Turn, ...]:
    if walker.frames < 2:
        return ()
    rate_deg_s = np.degrees(np.gradient(walker.heading_rad)) * walker.rate_hz
    turns = []
    for sign in (1.0, -1.0):
        for start, stop in runs(np.nan_to_num(sign * rate_deg_s) > TURN_DEG_S):
            turn_deg = float(np.degrees(walker.heading_rad[stop - 1] - walker.heading_rad[start]))
            if abs(turn_deg) >= TURN_DEG:
                turns.append(Turn(start / walker.rate_hz, stop / walker.rate_hz, turn_deg))
    return tuple(sorted(turns, key=lambda turn: turn.start_s))


def _on_the_spot(walker: Walker) -> tuple[MovementKind, str]:
    """What is done without going anywhere."""
    if walker.frames < SHORTEST_STRETCH_S * walker.rate_hz:
        return "standing", f"{walker.frames / walker.rate_hz:.2f} s are too short to tell how somebody moves"
    lifted, moved_m = [], 0.0
    for side in SIDES:
        tracks = [walker.slot(f"{side}_{name}") for name in ("heel", "ankle", "ankle_centre", "toe")]
        tracks = [track for track in tracks if np.isfinite(track[:, 0]).any()]
        if not tracks:
            continue
        low_m = np.stack([track[:, 2] - np.nanpercentile(track[:, 2], 5) for track in tracks])
        lifted.append((low_m > LIFT_M).all(axis=0))  # a marker that hides may be on the floor
        span_m = [np.nanpercentile(t[:, :2], 98, axis=0) - np.nanpercentile(t[:, :2], 2, axis=0) for t in tracks[:1]]
        moved_m = max(moved_m, float(np.hypot(*span_m[0])))
    if len(lifted) == 2 and np.mean(lifted[0] & lifted[1] & np.isfinite(walker.pelvis_m[:, 0])) > 0.02:
        return "jumping", "both feet are off the floor at once, and nobody goes anywhere"
    if any(one.any() for one in lifted) or moved_m > FEET_STAY_M:
        return "stepping", "the feet move, but the pelvis goes nowhere: on the spot"
    return "standing", "neither foot leaves its place"


def _single_step(walker: Walker, stretches: Sequence[Stretch], events: Sequence[GaitEvent] | None) -> int | None:
    """How many contacts somebody makes who stands before and after, where they are under three; else None."""
    kinds = [s.kind for s in stretches]
    if len(kinds) < 3 or kinds[0] != "standing" or kinds[-1] != "standing":
        return None
    if events is None:
        from ltme_clinic.gait.events.heel_toe_minimum import HeelToeMinimum

        events = HeelToeMinimum().detect(walker)
    contacts = sum(event.kind == "initial_contact" for event in events)
    return contacts if contacts < 3 else None
