"""Bounds that a finished movement must keep, whatever was asked, and how it is measured against them."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.exercises.description import Exercise
from ltme_clinic.exercises.pose import Posed
from ltme_clinic.types import LtmeError

SUNK_LIMIT_M = 0.005
FAULTY_SLACK_DEG, FAULTY_SPEED = 5.0, 1.25
"""How far a person's own execution, with its faults, may pass the bounds of a good demonstration (our assumption)."""


def check_movement(exercise: Exercise, posed: Posed, rate_hz: float, *, is_demonstration: bool = True) -> None:
    """Raise LtmeError when a joint leaves its bounds, moves too fast, or the body goes through the floor.

    Parameters
    ----------
    is_demonstration
        Whether the description's bounds hold as they are, or with the slack of a person's own execution.
    """
    slack_deg = 0.5 if is_demonstration else FAULTY_SLACK_DEG
    fastest_deg_s = exercise.peak_speed_deg_s * (1.0 if is_demonstration else FAULTY_SPEED)
    for joint, (low, high) in exercise.angle_limits_deg.items():
        for key in joint_keys(joint):
            course = posed.angles_deg[key]
            if course.min() < low - slack_deg or course.max() > high + slack_deg:
                raise LtmeError(
                    f"{exercise.name}, {key}",
                    f"it would go from {course.min():.0f} to {course.max():.0f} deg (limits {low:g} to {high:g})",
                    "Choose less range, or a seat or stride that suits this body",
                )
    key, speed_deg_s = peak_speed(posed, rate_hz)
    if speed_deg_s > fastest_deg_s:
        raise LtmeError(
            f"{exercise.name}, {key}",
            f"it would move at {speed_deg_s:.0f} deg/s (limit {fastest_deg_s:g})",
            "Choose a slower tempo or less range",
        )
    sunk_m = -lowest_point_m(posed)
    if sunk_m > SUNK_LIMIT_M:
        raise LtmeError(exercise.name, f"a joint would be {1000 * sunk_m:.0f} mm below the floor", "Choose less range")


def joint_keys(joint: str) -> tuple[str, ...]:
    """The keys of `Posed.angles_deg` that a joint of a description stands for."""
    return (joint,) if joint in ("trunk_flexion", "pelvic_tilt") else tuple(f"{side}_{joint}" for side in SIDES)


def peak_speed(posed: Posed, rate_hz: float) -> tuple[str, float]:
    """The fastest joint angle and its greatest speed in degrees per second."""
    speeds = {key: float(np.abs(np.diff(angle)).max(initial=0.0)) for key, angle in posed.angles_deg.items()}
    fastest = max(speeds, key=lambda key: speeds[key])
    return fastest, speeds[fastest] * rate_hz


def lowest_point_m(posed: Posed) -> float:
    """Height of the lowest joint centre or point of the sole over the whole movement."""
    return float(min(centre[:, 2].min() for centre in posed.motion.joint_centres.values()))
