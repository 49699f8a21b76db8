"""Walks whose every stride can be solved in the head: feet that stand still, then swing, under an even pelvis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from clips_walker import mirror_image, recording, turned

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.gait.walker import Walker, walker_of
from ltme_clinic.types import Anthropometry, GaitEvent

RATE_HZ = 100.0
WIDTH_M = 0.10
"""Between the heels."""
TOE_CLEARANCE_M, HEEL_RISE_M = 0.015, 0.12
LEG_M, SHANK_M = 0.9, 0.4
_BODY = {"sacrum": (-0.10, 0.0, 0.95), "c7": (-0.05, 0.0, 1.45), "t10": (-0.10, 0.0, 1.2), "sternum": (0.1, 0.0, 1.25)}
_SIDED = {
    "asis": (0.10, 0.12, 0.95),
    "psis": (-0.09, 0.05, 0.96),
    "hip_centre": (0.04, 0.09, 0.87),
    "shoulder": (0.0, 0.18, 1.40),
}


@dataclass(frozen=True)
class MadeUpWalk:
    """Slot positions (frame, slot, 3) and their true events."""

    positions_m: np.ndarray
    events: tuple[GaitEvent, ...]

    def walker(self, *, leg_length_m: float | None = LEG_M) -> Walker:
        made = recording(self.positions_m, RATE_HZ)
        return walker_of(replace(made, anthropometry=Anthropometry(None, None, leg_length_m, leg_length_m)))

    def turned(self, angle_rad: float) -> MadeUpWalk:
        return replace(self, positions_m=turned(self.positions_m, angle_rad, (3.0, -2.0, 0.0)))

    def mirrored(self) -> MadeUpWalk:
        other = {"left": "right", "right": "left"}
        return MadeUpWalk(
            mirror_image(self.positions_m), tuple(replace(event, side=other[event.side]) for event in self.events)
        )

    def backwards(self) -> MadeUpWalk:
        """The same film run backwards: who lands, lifts."""
        swapped = {"initial_contact": "foot_off", "foot_off": "initial_contact"}
        last_s = (len(self.positions_m) - 1) / RATE_HZ
        events = [replace(e, kind=swapped[e.kind], time_s=last_s - e.time_s) for e in self.events]
        return MadeUpWalk(self.positions_m[::-1].copy(), tuple(events[::-1]))

    def on_a_belt(self, speed_m_s: float) -> MadeUpWalk:
        """As a camera sees it that is carried along +x."""
        moved_m = self.positions_m.copy()
        moved_m[..., 0] -= (np.arange(len(moved_m)) / RATE_HZ * speed_m_s)[:, None]
        return replace(self, positions_m=moved_m)

    def without(self, *slots: str) -> MadeUpWalk:
        fewer_m = self.positions_m.copy()
        fewer_m[:, [SLOT_INDEX[slot] for slot in slots]] = np.nan
        return replace(self, positions_m=fewer_m)

    def only(self, wanted: Callable[[GaitEvent], bool]) -> MadeUpWalk:
        return replace(self, events=tuple(event for event in self.events if wanted(event)))


def made_up_walk(
    *,
    cadence_spm: float = 110.0,
    speed_m_s: float = 1.1,
    strides: int = 8,
    stance: float = 0.6,
    right_at: float = 0.5,
    right_step_share: float = 0.5,
    curvature_per_m: float = 0.0,
) -> MadeUpWalk:
    """An even walk along +x, or along a circle to the left.

    Parameters
    ----------
    right_at : when the right foot lands, as a share of the left one's stride: .5 is even
    right_step_share : how much of the stride is the right foot's step
    """
    stride_s = 120.0 / cadence_spm
    stride_m = speed_m_s * stride_s
    time_s = np.arange(round((strides + 0.9) * stride_s * RATE_HZ)) / RATE_HZ
    positions_m = np.full((len(time_s), len(SLOTS), 3), np.nan)

    def put(slot: str, way_m: np.ndarray, offset: tuple[float, float, float | np.ndarray]) -> None:
        positions_m[:, SLOT_INDEX[slot]] = _on_path(way_m, offset, curvature_per_m)

    for slot, offset in _BODY.items():
        put(slot, speed_m_s * time_s, offset)
    events = []
    for side, sign, lag, ahead in (("left", 1.0, 0.0, 0.0), ("right", -1.0, right_at, right_step_share)):
        for slot, (x, y, z) in _SIDED.items():
            put(f"{side}_{slot}", speed_m_s * time_s, (x, sign * y, z))
        cycle, part = np.divmod(time_s / stride_s - lag - 0.2, 1.0)
        swing = np.clip((part - stance) / (1.0 - stance), 0.0, 1.0)
        forward = 10 * swing**3 - 15 * swing**4 + 6 * swing**5
        way_m = stride_m * (cycle + forward + ahead + 0.2 + 0.25)  # lands a quarter stride ahead of the pelvis
        across = sign * WIDTH_M / 2.0
        put(f"{side}_heel", way_m, (0.0, across, 0.03 + HEEL_RISE_M * np.sin(np.pi * swing) ** 2))
        put(f"{side}_ankle", way_m, (0.05, across + sign * 0.03, 0.09 + 0.08 * np.sin(np.pi * swing) ** 2))
        toe_m = 0.05 + 0.06 * np.sin(2 * np.pi * swing) ** 2 + TOE_CLEARANCE_M * np.sin(np.pi * swing) ** 2
        put(f"{side}_toe", way_m, (0.17, across, toe_m))
        hip_m, ankle_m = (positions_m[:, SLOT_INDEX[f"{side}_{name}"]] for name in ("hip_centre", "ankle"))
        up_m = hip_m - ankle_m
        positions_m[:, SLOT_INDEX[f"{side}_knee"]] = ankle_m + SHANK_M * up_m / np.linalg.norm(up_m, axis=1)[:, None]
        for number in range(-1, strides + 1):
            for kind, share in (("initial_contact", 0.0), ("foot_off", stance)):
                at_s = (number + lag + 0.2 + share) * stride_s
                if 0.0 <= at_s < time_s[-1]:
                    events.append(GaitEvent(side, kind, at_s, round(at_s * RATE_HZ)))
    return MadeUpWalk(positions_m, tuple(sorted(events, key=lambda event: event.time_s)))


def _on_path(way_m: np.ndarray, offset: tuple[float, float, float | np.ndarray], curvature_per_m: float) -> np.ndarray:
    """Points carried along the x axis, or along a circle that leaves it at the origin to the left: (frame, 3)."""
    x, y, z = offset
    heading = curvature_per_m * way_m
    if curvature_per_m:
        at_m = np.stack([np.sin(heading), 1.0 - np.cos(heading)], axis=1) / curvature_per_m
    else:
        at_m = np.stack([way_m, 0.0 * way_m], axis=1)
    at_m[:, 0] += x * np.cos(heading) - y * np.sin(heading)
    at_m[:, 1] += x * np.sin(heading) + y * np.cos(heading)
    return np.column_stack([at_m, np.broadcast_to(z, way_m.shape)])


def warped(walk: MadeUpWalk, own_time_s: Callable[[np.ndarray], np.ndarray]) -> MadeUpWalk:
    """The walk with its time run at another pace: `own_time_s` gives the walk's own time at each second filmed."""
    frames = len(walk.positions_m)
    filmed_s = np.arange(3 * frames) / RATE_HZ
    filmed_s = filmed_s[own_time_s(filmed_s) <= (frames - 1) / RATE_HZ]
    place = own_time_s(filmed_s) * RATE_HZ
    below = np.minimum(place.astype(int), frames - 2)
    share = (place - below)[:, None, None]
    positions_m = walk.positions_m[below] * (1.0 - share) + walk.positions_m[below + 1] * share
    times_s = np.interp([e.time_s for e in walk.events], own_time_s(filmed_s), filmed_s, right=np.inf)
    events = [replace(e, time_s=float(at_s)) for e, at_s in zip(walk.events, times_s, strict=True)]
    return MadeUpWalk(positions_m, tuple(event for event in events if np.isfinite(event.time_s)))
