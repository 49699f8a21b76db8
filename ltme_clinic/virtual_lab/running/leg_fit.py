"""How high a runner's body is, where the feet land and how far they push off, for the standing legs to be as wished."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import BodyMotion, Skeleton
from ltme_clinic.virtual_lab.footfalls import FootPose, Steps, planted
from ltme_clinic.virtual_lab.rhythm import Rhythm
from ltme_clinic.virtual_lab.running.feet import push_off

OVERSTRETCH_WEIGHT = 8.0
"""A standing leg that would have to be longer than wished counts this much more than one that would be shorter."""
HEEL_RISE_COST_M = 0.09
"""A radian more of heel rise counts as much as legs that are this much too long or short."""
MOST_HEEL_RISE_RAD = 0.22
"""How much further than wished a heel may rise by foot off, or less: 13 degrees."""
LEAST_STANCE_KNEE_DEG, STANCE_KNEE_QUANTILE = 9.0, 0.99
"""How straight a standing knee may be, and in what share of the time on the floor it is at least as bent."""
_TRIED_RAD = 0.02


@dataclass(frozen=True)
class LegFit:
    """What to change."""

    ahead_m: float
    """How much further forward all footprints should lie."""
    heel_rise_rad: np.ndarray
    """(2,) how much more each heel should rise until foot off."""
    higher_m: float
    """How much higher the whole body should be."""


def fit_to_legs(
    skeleton: Skeleton,
    body: BodyMotion,
    wished: BodyMotion,
    poses: list[FootPose],
    steps: tuple[Steps, Steps],
    rhythm: Rhythm,
) -> LegFit:
    """Least squares of the standing legs' lengths, hip to ankle, against the wished ones: one step of Gauss and Newton.

    The body then stays low enough for almost every standing knee to keep `LEAST_STANCE_KNEE_DEG`.

    Parameters
    ----------
    body, wished
        The body where it is, and posed as wished anywhere.
    """
    slopes, lengths, missing = [], [], []
    for side, name in enumerate(SIDES):
        stands = rhythm.share(side) <= rhythm.stance[side]
        hip_m, cycle = body.joint_centres[f"{name}_hip"], rhythm.cycle(side)
        leg_m = (planted(skeleton, poses[side], steps[side], cycle).ankle_m - hip_m)[stands]
        tried = pushed_off(poses[side], rhythm, side, _TRIED_RAD)
        tried_m = (planted(skeleton, tried, steps[side], cycle).ankle_m - hip_m)[stands]
        wish_m = (wished.joint_centres[f"{name}_ankle"] - wished.joint_centres[f"{name}_hip"])[stands]
        length_m = np.linalg.norm(leg_m, axis=1)
        slope = np.zeros((len(leg_m), 4))
        slope[:, side] = (np.linalg.norm(tried_m, axis=1) - length_m) / _TRIED_RAD
        slope[:, 2] = leg_m[:, 0] / length_m
        slope[:, 3] = -leg_m[:, 2] / length_m
        slopes.append(slope)
        lengths.append(length_m)
        missing.append(np.linalg.norm(wish_m, axis=1) - length_m)
    slope, length_m, short_m = np.concatenate(slopes), np.concatenate(lengths), np.concatenate(missing)
    weight = np.where(short_m < 0.0, OVERSTRETCH_WEIGHT, 1.0)
    cost = np.diag([1.0, 1.0, 0.0, 0.0]) * HEEL_RISE_COST_M**2 * len(short_m)
    moved = np.linalg.solve(slope.T @ (weight[:, None] * slope) + cost, slope.T @ (weight * short_m))
    longest_m = float(np.quantile(length_m + slope @ moved, STANCE_KNEE_QUANTILE))
    too_long_m = max(0.0, longest_m - skeleton.reach_m(LEAST_STANCE_KNEE_DEG))
    return LegFit(float(moved[2]), moved[:2], float(moved[3]) - too_long_m)


def pushed_off(pose: FootPose, rhythm: Rhythm, side: int, heel_rise_rad: float) -> FootPose:
    """A foot whose heel rises further by foot off."""
    pushed = push_off(rhythm.share(side), rhythm.stance[side])
    return FootPose(pose.pitch_rad - heel_rise_rad * pushed, pose.yaw_rad)
