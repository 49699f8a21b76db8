"""How typically developing people walk at a given speed: curves with their spread, cadence, step length, foot off.

Speeds are dimensionless, v / sqrt(g L) with L the leg length (Hof 1996), so that a child and an adult compare.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS
from ltme_clinic.norms.table_files import column, read_rows

GRAVITY_M_S2 = 9.81
TRUNK_ANGLES = ("trunk_tilt", "trunk_obliquity", "trunk_rotation")
SPEED_RANGE = (0.10, 0.80)
"""Dimensionless speeds the tables are used for: a little beyond the outermost groups, by their slope."""
UNLOADED_BW = 0.05
"""A mean of people whose feet leave at times that differ by some 1.5 % is so high when the middle one leaves."""
_GROUPS = ("VerySlow", "Slow", "Free", "Fast", "VeryFast")


def dimensionless_speed(speed_m_s: float, leg_length_m: float) -> float:
    """Speed over sqrt(g L)."""
    return float(speed_m_s / np.sqrt(GRAVITY_M_S2 * leg_length_m))


def speed_m_s(dimensionless: float, leg_length_m: float) -> float:
    """The inverse of `dimensionless_speed`."""
    return float(dimensionless * np.sqrt(GRAVITY_M_S2 * leg_length_m))


def walking_curves(dimensionless: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and SD between people of the nine Gait Deviation Index angles at a speed.

    Interpolated linearly between the five groups of Schwartz 2008, and continued by at most half a group beyond.

    Parameters
    ----------
    dimensionless
        v / sqrt(g L), held within `SPEED_RANGE`.

    Returns
    -------
    tuple
        Two (9, 51) arrays, degrees, `body.ANGLES` order and signs, 0-100 % of the cycle.
    """
    return _interpolated(dimensionless, ANGLES)


def ground_reaction_curves(dimensionless: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean vertical and forward ground reaction of one foot at a speed, each (51,) body weights, 0-100 % of the cycle.

    Interpolated as `walking_curves` are.
    """
    below, share = _between_groups(dimensionless)
    curves = _ground_reactions()  # (group, vertical or forward, point)
    vertical, forward = curves[below] + share * (curves[below + 1] - curves[below])
    return vertical, forward


def cadence_steps_min(dimensionless: float, leg_length_m: float) -> float:
    """Steps a minute by the law cadence* = .929 v*^.578, fitted to the five groups."""
    return float(60.0 * 0.929 * dimensionless**0.578 * np.sqrt(GRAVITY_M_S2 / leg_length_m))


def step_length_m(dimensionless: float, leg_length_m: float) -> float:
    """Speed over cadence, so that the two always multiply to the speed (step* = 1.076 v*^.422)."""
    per_minute = cadence_steps_min(dimensionless, leg_length_m)
    return float(60.0 * speed_m_s(dimensionless, leg_length_m) / per_minute)


def foot_off_pct(dimensionless: float) -> float:
    """When the foot leaves the floor, % of the cycle."""
    return float(np.interp(dimensionless, column("speed_groups", "speed"), column("speed_groups", "foot_off_pct")))


def unloaded_pct(dimensionless: float) -> float:
    """When the foot carries no more, % of the cycle: the mean vertical ground reaction has fallen to `UNLOADED_BW`.

    The tabulated foot off (`foot_off_pct`) comes 1-2 % earlier at free speed and faster.
    """
    vertical, _ = ground_reaction_curves(dimensionless)
    percent = np.linspace(0.0, 100.0, CYCLE_POINTS)
    last = int(np.flatnonzero(vertical > UNLOADED_BW)[-1])
    share = (vertical[last] - UNLOADED_BW) / (vertical[last] - vertical[last + 1])
    return float(percent[last] + share * (percent[last + 1] - percent[last]))


def _interpolated(dimensionless: float, variables: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    below, share = _between_groups(dimensionless)
    curves = _curves(variables)  # (group, mean or sd, variable, point)
    mean, sd = curves[below] + share * (curves[below + 1] - curves[below])
    return mean, np.maximum(sd, 0.5 * curves[below, 1])


def _between_groups(dimensionless: float) -> tuple[int, float]:
    """The group below a speed, and how far on the way to the next it lies; below 0 or above 1 beyond the ends."""
    groups = column("speed_groups", "speed")
    speed = float(np.clip(dimensionless, *SPEED_RANGE))
    below = int(np.clip(np.searchsorted(groups, speed) - 1, 0, len(groups) - 2))
    return below, float((speed - groups[below]) / (groups[below + 1] - groups[below]))


@cache
def _ground_reactions() -> np.ndarray:
    values = {
        (row["variable"], row["speed_group"], int(row["pct"])): float(row["mean"])
        for row in read_rows("schwartz2008_kinetics")
    }
    points = range(0, 101, 100 // (CYCLE_POINTS - 1))
    names = ("ground_reaction_vertical", "ground_reaction_anterior")
    curves = np.array([[[values[name, group, pct] for pct in points] for name in names] for group in _GROUPS])
    curves.setflags(write=False)
    return curves


@cache
def _curves(variables: tuple[str, ...]) -> np.ndarray:
    values = {(row["variable"], row["speed_group"], int(row["pct"])): row for row in read_rows("schwartz2008_curves")}
    points = range(0, 101, 100 // (CYCLE_POINTS - 1))
    curves = np.array(
        [
            [
                [[float(values[name, group, pct][figure]) for pct in points] for name in variables]
                for figure in ("mean", "sd")
            ]
            for group in _GROUPS
        ]
    )
    curves.setflags(write=False)
    return curves
