"""How unlike the two sides are: symmetry angle and log ratio."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ltme_clinic.gait.spatiotemporal.figures import Measure
from ltme_clinic.gait.standing_feet import LEFT, RIGHT
from ltme_clinic.types import GaitFigure, Refusal

COMPARED = ("step_length_m", "step_time_s", "stance_pct", "swing_pct")


def symmetry_angle_pct(left: float, right: float) -> float:
    """(45 - atan2(left, right)) / 90 * 100 in degrees: 0 for equal sides, positive where the right is larger.

    Of two positive values it stays within +/-50 (Zifchock 2008, Gait Posture 27:622).
    """
    return float((45.0 - np.degrees(np.arctan2(left, right))) / 90.0 * 100.0)


def log_ratio_pct(left: float, right: float) -> float:
    """100 ln(left / right): 0 for equal sides, positive where the left is larger; exchanging sides changes its sign."""
    return float(100.0 * np.log(left / right))


def symmetry(measures: Mapping[str, Measure]) -> tuple[list[GaitFigure], list[Refusal]]:
    """Both indices of step length, step time, stance and swing, from the means of the sides."""
    figures: list[GaitFigure] = []
    refusals: list[Refusal] = []
    for name in COMPARED:
        left, right = (measures[name].of(side) for side in (LEFT, RIGHT))
        what = name.rsplit("_", 1)[0]
        if not (len(left) and len(right)):
            refusals.append(Refusal(f"{what}_symmetry", "it compares two sides, and one has no value"))
        elif min(left.mean(), right.mean()) <= 0:
            reason = (
                f"the means are {left.mean():.3f} (left) and {right.mean():.3f} (right): a ratio needs two positive"
            )
            refusals.append(Refusal(f"{what}_symmetry", f"{reason} ones"))
        else:
            n = min(len(left), len(right))
            both = float(left.mean()), float(right.mean())
            for index, value, sign in (
                ("symmetry_angle_pct", symmetry_angle_pct(*both), "positive: right larger"),
                ("log_ratio_pct", log_ratio_pct(*both), "positive: left larger"),
            ):
                figures.append(GaitFigure(f"{what}_{index}", "%", value, n=n, note=f"{sign}; n of the side with fewer"))
    return figures, refusals
