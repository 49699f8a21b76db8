"""Hip joint centres in the pelvis, from body measures: Davis 1991, Harrington 2007, Hara 2016.

Frame: the pelvis's, origin halfway between the anterior superior iliac spines' markers, x forward, y left, z up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_DAVIS_THETA_RAD = 0.5
"""28.4 degrees in Davis 1991; the commercial pipeline takes half a radian."""
_DAVIS_BETA_RAD = 0.314
"""18 degrees."""


@dataclass(frozen=True)
class PelvisSize:
    """What the regressions are made of, metres; None where it is not known."""

    inter_asis_m: float | None
    depth_m: float | None
    """Between the midpoints of the anterior and of the posterior iliac spines, across the left-right axis."""
    leg_length_m: float | None
    """The mean of both legs."""


def asis_trochanter_m(leg_length_m: float) -> float:
    """From the ASIS to the greater trochanter along the leg, by regression on that leg's length (Davis 1991)."""
    return 0.1288 * leg_length_m - 0.04856


def davis_m(
    side_sign: float, inter_asis_m: float, mean_leg_length_m: float, trochanter_m: float, marker_radius_m: float
) -> np.ndarray:
    """Davis 1991 (Hum Mov Sci 10) as the commercial pipeline calculates it: (3,).

    C comes from the mean of both legs, the trochanter's distance is the side's own.
    """
    c = 0.115 * mean_leg_length_m - 0.0153
    back_m = trochanter_m + marker_radius_m
    across = c * np.cos(_DAVIS_THETA_RAD)
    sin, cos = np.sin(_DAVIS_BETA_RAD), np.cos(_DAVIS_BETA_RAD)
    lateral_m = inter_asis_m / 2 - c * np.sin(_DAVIS_THETA_RAD)
    return np.array([across * sin - back_m * cos, side_sign * lateral_m, -across * cos - back_m * sin])


def harrington_m(side_sign: float, inter_asis_m: float, depth_m: float, mean_leg_length_m: float) -> np.ndarray:
    """Harrington 2007 (J Biomech 40) from pelvic width and depth and leg length: (3,)."""
    return np.array(
        [
            -0.24 * depth_m - 0.0099,
            side_sign * (0.28 * depth_m + 0.16 * inter_asis_m + 0.0079),
            -0.16 * inter_asis_m - 0.04 * mean_leg_length_m - 0.0071,
        ]
    )


def hara_m(side_sign: float, leg_length_m: float) -> np.ndarray:
    """Hara 2016 (Sci Rep 6: 37707) from leg length alone: (3,)."""
    return np.array(
        [0.011 - 0.063 * leg_length_m, side_sign * (0.008 + 0.086 * leg_length_m), -0.009 - 0.078 * leg_length_m]
    )
