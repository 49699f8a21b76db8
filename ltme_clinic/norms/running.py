"""How people run at a given speed: mean curves, cadence, share of the cycle on the floor, step width.

Speeds are dimensionless, v / sqrt(g L) as in `norms.walking`, so that a child and an adult compare. The curves are
means for making virtual runners; there is no spread here, and no patient can be scored against them.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS
from ltme_clinic.norms.table_files import column, read_rows
from ltme_clinic.norms.walking import GRAVITY_M_S2

RUNNING_SPEED_RANGE = (0.58, 1.85)
"""Dimensionless speeds the tables are used for: 1.8 to 5.6 m/s in an adult, beyond the table by its slope."""
TABLE_FOOT_OFF = 0.36
"""Share of the cycle at which the foot leaves the floor in the stretched curves of the table."""
SELF_SELECTED_SPEED = 0.905
"""9.9 km/h of 860 recreational runners (Malisoux et al. 2023, Orthop J Sports Med 11), L as in the table."""


def running_curves(dimensionless: float) -> np.ndarray:
    """Mean of the nine variables at a running speed, (9, 51) degrees, `body.ANGLES` order and signs.

    The cycle is stretched so that the foot leaves the floor at `TABLE_FOOT_OFF`. Linear between the three speeds, and
    continued by their slope to `RUNNING_SPEED_RANGE`, within which the speed is held.
    """
    below, share = _between(dimensionless)
    curves = _curves()  # (speed, variable, point)
    return np.asarray(curves[below] + share * (curves[below + 1] - curves[below]))


def running_cadence_steps_min(dimensionless: float, leg_length_m: float) -> float:
    """Steps a minute at a running speed for a leg length."""
    per_minute = column("running_speeds", "cadence_steps_min") * np.sqrt(column("running_speeds", "leg_length_m"))
    return float(_at(dimensionless, per_minute) / np.sqrt(leg_length_m))


def running_stance_share(dimensionless: float) -> float:
    """Share of its cycle that a foot is on the floor; under a half, so that there is a flight."""
    return _at(dimensionless, column("running_speeds", "stance_share"))


def running_step_width_m(dimensionless: float, leg_length_m: float) -> float:
    """Between the midlines of left and right footprints, in proportion to the leg."""
    shares = column("running_speeds", "step_width_m") / column("running_speeds", "leg_length_m")
    return float(_at(dimensionless, shares) * leg_length_m)


def _at(dimensionless: float, figures: np.ndarray) -> float:
    below, share = _between(dimensionless)
    return float(figures[below] + share * (figures[below + 1] - figures[below]))


def _between(dimensionless: float) -> tuple[int, float]:
    """The speed group below, and how far on the way to the next; below 0 or above 1 beyond the ends."""
    groups = column("running_speeds", "speed_m_s") / np.sqrt(GRAVITY_M_S2 * column("running_speeds", "leg_length_m"))
    speed = float(np.clip(dimensionless, *RUNNING_SPEED_RANGE))
    below = int(np.clip(np.searchsorted(groups, speed) - 1, 0, len(groups) - 2))
    return below, float((speed - groups[below]) / (groups[below + 1] - groups[below]))


@cache
def _curves() -> np.ndarray:
    values = {
        (row["variable"], float(row["speed_m_s"]), int(row["pct"])): float(row["mean"])
        for row in read_rows("running_curves")
    }
    points = range(0, 101, 100 // (CYCLE_POINTS - 1))
    speeds = column("running_speeds", "speed_m_s")
    curves = np.array([[[values[name, speed, pct] for pct in points] for name in ANGLES] for speed in speeds])
    curves.setflags(write=False)
    return curves
