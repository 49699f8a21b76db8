"""Whether feet slip, sink and clear the floor: heel and ball of the true soles."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import FOOT_POINTS
from studies.virtual_lab_realism.true_motion import TrueWalk

CONTACT_M = 0.001
"""A point this near to the floor, or lower, is in contact."""
SHORTEST_FRAMES = 3
BALL_SHARE = 0.70
"""Where the ball lies between heel and toe tip (`Skeleton`)."""
MID_SWING = (0.30, 0.80)
"""Part of a swing, foot off to contact, in which the foot passes nearest over the floor (Winter 1992)."""


def slips_m(centres_m: Mapping[str, np.ndarray], standing: Mapping[str, np.ndarray] | None = None) -> list[float]:
    """How far heel or ball moves over the floor while it is in contact: one number for each contact of each point.

    Parameters
    ----------
    centres_m : name -> (frame, 3), the four `kinematics.FOOT_POINTS` among them
    standing : side -> (frame,)
        Frames to look at; all if left out, those of a foot that touches before it lands and after it leaves as well.

    Returns
    -------
    list of float
        Largest horizontal distance from where the point was first in contact.
    """
    slips = []
    for name in FOOT_POINTS:
        point_m = centres_m[name]
        touching = point_m[:, 2] <= CONTACT_M
        if standing is not None:
            touching &= standing[name.partition("_")[0]]
        for start, stop in stretches(touching):
            if stop - start >= SHORTEST_FRAMES:
                travel_m = np.linalg.norm(point_m[start:stop, :2] - point_m[start, :2], axis=1)
                slips.append(float(travel_m.max()))
    return slips


def lowest_m(centres_m: Mapping[str, np.ndarray]) -> float:
    """Height of the lowest heel or ball of the whole walk; negative under the floor."""
    return float(min(centres_m[name][:, 2].min() for name in FOOT_POINTS))


def toe_clearances_m(walk: TrueWalk) -> dict[str, np.ndarray]:
    """Least height of "ball" and "tip" in the middle of each swing.

    The tip is a rigid sole's, straight on from heel and ball. Swinging toes are lifted, and a shoe's tip turns up:
    real ones clear the floor by more.
    """
    found: dict[str, list[float]] = {"ball": [], "tip": []}
    for side in SIDES:
        heel_m, ball_m = (walk.motion.joint_centres_m[f"{side}_{point}"][:, 2] for point in ("heel", "toe"))
        tip_m = heel_m + (ball_m - heel_m) / BALL_SHARE
        for start_s, stop_s in swings_s(walk, side):
            first, last = (round((start_s + share * (stop_s - start_s)) * walk.rate_hz) for share in MID_SWING)
            found["ball"].append(float(ball_m[first : last + 1].min()))
            found["tip"].append(float(tip_m[first : last + 1].min()))
    return {name: np.array(values) for name, values in found.items()}


def standing_frames(walk: TrueWalk) -> dict[str, np.ndarray]:
    """side -> (frame,) whether the foot stands: from contact to foot off as a force plate has them."""
    time_s = np.arange(len(walk.motion.centre_of_mass_m)) / walk.rate_hz
    frames = {}
    for side in SIDES:
        own = [event for event in walk.events if event.side == side]
        spans = [(a.time_s, b.time_s) for a, b in pairwise(own) if (a.kind, b.kind) == ("initial_contact", "foot_off")]
        frames[side] = np.any([(time_s >= start_s) & (time_s <= stop_s) for start_s, stop_s in spans], axis=0)
    return frames


def swings_s(walk: TrueWalk, side: str) -> list[tuple[float, float]]:
    """Foot off and next contact of each whole swing of a side."""
    own = [event for event in walk.events if event.side == side]
    return [
        (before.time_s, after.time_s)
        for before, after in pairwise(own)
        if (before.kind, after.kind) == ("foot_off", "initial_contact")
    ]


def stretches(mask: np.ndarray) -> list[tuple[int, int]]:
    """Half-open runs of True in a (frame,) mask."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
