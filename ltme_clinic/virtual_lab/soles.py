"""When a sole really touches and leaves the floor: its lowest point's height, and the moments that follow from it."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import Skeleton
from ltme_clinic.types import GaitEvent
from ltme_clinic.virtual_lab.footfalls import TOE_ROCKER_DEG, TOE_ROCKER_SHARE
from ltme_clinic.virtual_lab.gait import WalkedBody
from ltme_clinic.virtual_lab.walk_plan import WalkPlan

TOUCH_SHARE, LEAVE_SHARE = 1 / 6, 1 / 3
"""Of a swing's clearance: a sole nearer to the floor than the first touches it, one further from it than the second
has left it. That is 2 and 4 mm for everybody but a shuffler, who lifts the feet a quarter as high.

With these, and firm landings, heel and toe markers move about a virtual event as they do about one on a force plate, to
1 ms over all signals and some 10 ms over single ones (32 contacts and 36 foot offs in 22 recordings; study gait_truth).
Heels give before a plate feels them, and toes bend and hold on longer than a rigid sole. A sole that leaves may dip as
far below the floor, for the planned swing keeps only heel and ball above it, not the rolled toes.
"""
SEARCH_S = 0.15
"""How far from the planned moment the real one is looked for."""


def lowest_sole_m(skeleton: Skeleton, body: WalkedBody, side: str) -> np.ndarray:
    """(frame,) height of a sole's lowest point: heel, ball, or the toes' rocker once the heel is well up."""
    centres_m, foot = body.motion.joint_centres, body.motion.rotations[f"{side}_foot"]
    start_rad = np.radians(-TOE_ROCKER_DEG)
    radius_m = TOE_ROCKER_SHARE * skeleton.height_m
    rocker_m = skeleton.ball_m + radius_m * np.array([np.sin(start_rad), 0.0, np.cos(start_rad)])
    on_toes = np.arcsin(foot[:, 2, 0]) < start_rad
    rolling_m = centres_m[f"{side}_ankle"][:, 2] + foot[:, 2] @ rocker_m - radius_m
    standing_m = np.minimum(centres_m[f"{side}_heel"][:, 2], centres_m[f"{side}_toe"][:, 2])
    return np.where(on_toes, np.minimum(rolling_m, standing_m), standing_m)


def touches(
    plan: WalkPlan, body: WalkedBody, events: tuple[GaitEvent, ...], kept: slice, rate_hz: float
) -> tuple[GaitEvent, ...]:
    """The planned events moved to when the sole touches the floor, and when it has left it.

    A plan's contact is the end of a swing; its foot then settles over the first hundredths of the cycle, and the sole
    arrives some milliseconds later. An event whose crossing lies outside the recording keeps its planned time.
    """
    heights_m = [lowest_sole_m(plan.patient.skeleton, body, name) for name in SIDES]
    last_s = (kept.stop - 1 - kept.start) / rate_hz
    moved = []
    for event in events:
        height_m = heights_m[SIDES.index(str(event.side))]
        share = TOUCH_SHARE if event.kind == "initial_contact" else LEAVE_SHARE
        time_s = _crossing_s(height_m, share * plan.clearance_m, kept.start, event, rate_hz)
        time_s = event.time_s if not 0.0 <= time_s <= last_s else time_s
        moved.append(GaitEvent(event.side, event.kind, time_s, round(time_s * rate_hz), event.label))
    return tuple(sorted(moved, key=lambda event: event.time_s))


def _crossing_s(height_m: np.ndarray, limit_m: float, start: int, event: GaitEvent, rate_hz: float) -> float:
    """Time from frame `start` of the crossing nearest to an event; NaN where there is none."""
    reach = int(np.ceil(SEARCH_S * rate_hz))
    middle = start + round(event.time_s * rate_hz)
    first = max(0, middle - reach)
    falling = event.kind == "initial_contact"
    near_m = np.abs(height_m[first : middle + reach + 1]) - limit_m
    before = near_m > 0 if falling else near_m <= 0
    crossed = np.flatnonzero(before[:-1] & ~before[1:])
    if not len(crossed):
        return float("nan")
    share = near_m[crossed] / (near_m[crossed] - near_m[crossed + 1])
    times_s = (first - start + crossed + share) / rate_hz
    return float(times_s[np.argmin(np.abs(times_s - event.time_s))])
