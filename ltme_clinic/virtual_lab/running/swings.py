"""A running leg's swing: from where its foot left the floor to where it lands, as wished between."""

from __future__ import annotations

import numpy as np

from ltme_clinic.kinematics import Skeleton

VALUE_SHARE, SLOPE_SHARE = 0.45, 0.25
"""Shares of a swing over which what joins it to the floor fades: its place, and its speed."""
LANDING_SPEED_SHARE = 0.6
"""How much of its speed over the floor a foot has lost before it lands; the floor takes the rest, about 1 m/s."""
SWING_KNEE_DEG = 6.0
"""No swinging knee is straighter than this."""
BENT_FROM_SHARE = 0.10
"""Share of a swing after its beginning, and before its end, from which that holds."""
SWING_SOFTNESS_M = 0.004
"""How far before that length the leg begins to bend."""


def joined(correction_m: np.ndarray, stands: np.ndarray) -> np.ndarray:
    """Corrections (frame, 3) of a wished path that are known where a foot stands, faded out and in over its swings.

    Place and speed join where a foot leaves, place and most of the speed where it lands; mid-swing is as wished.
    """
    filled_m = np.where(stands[:, None], correction_m, 0.0)
    changes = np.flatnonzero(np.diff(stands.astype(int))) + 1
    for swing in np.split(np.arange(len(stands)), changes):
        if stands[swing[0]]:
            continue
        length, before, after = len(swing) + 1, swing[0] - 1, swing[-1] + 1
        if before > 0:
            slope_m = length * (correction_m[before] - correction_m[before - 1])
            filled_m[swing] += _faded((swing - before) / length, correction_m[before], slope_m)
        if after < len(stands) - 1:
            slope_m = LANDING_SPEED_SHARE * length * (correction_m[after] - correction_m[after + 1])
            filled_m[swing] += _faded((after - swing) / length, correction_m[after], slope_m)
    return filled_m


def bent(skeleton: Skeleton, hip_m: np.ndarray, ankle_m: np.ndarray, swung: np.ndarray) -> np.ndarray:
    """Ankles (frame, 3) of swinging legs drawn towards the hip where the knee would be nearly straight.

    Parameters
    ----------
    swung
        (frame,) share of the swing gone, below 0 where the foot stands: nothing is drawn at a swing's very ends.
    """
    leg_m = ankle_m - hip_m
    length_m = np.sqrt((leg_m**2).sum(axis=1))
    longest_m = skeleton.reach_m(SWING_KNEE_DEG)
    held_m = longest_m - SWING_SOFTNESS_M * np.logaddexp(0.0, (longest_m - length_m) / SWING_SOFTNESS_M)
    inside = np.clip(np.minimum(swung, 1.0 - swung) / BENT_FROM_SHARE, 0.0, 1.0)
    drawn = inside * inside * (3.0 - 2.0 * inside) * (held_m / length_m - 1.0)
    return np.asarray(hip_m + leg_m * (1.0 + drawn)[:, None])


def _faded(share: np.ndarray, value: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """(frame, 3) from `value` and `slope` at share 0 to rest, each a cubic over its own share."""
    gone = np.clip(share / VALUE_SHARE, 0.0, 1.0)[:, None]
    slowed = np.clip(share / SLOPE_SHARE, 0.0, 1.0)[:, None]
    return np.asarray((1 - gone) ** 2 * (1 + 2 * gone) * value + (1 - slowed) ** 2 * slowed * SLOPE_SHARE * slope)
