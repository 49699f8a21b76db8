"""Body measures that no body has: left out of the model with a warning, never calculated with."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.types import BodyMeasures, LegMeasures

LENGTHS_M = {
    "leg_length_m": (0.15, 1.4),
    "knee_width_m": (0.03, 0.20),
    "ankle_width_m": (0.02, 0.15),
    "asis_trochanter_m": (0.0, 0.20),
}
"""From a toddler to a very large adult."""
ANGLES_DEG = {
    "thigh_rotation_rad": 120.0,
    "shank_rotation_rad": 120.0,
    "tibial_torsion_rad": 80.0,
    "plantar_flexion_rad": 60.0,
    "foot_rotation_rad": 60.0,
}
"""An offset beyond is in another unit. Thigh and shank markers sit anywhere but on the inner side: 81 deg occur."""
LEG_LENGTH_RATIO = (0.8, 1.25)
"""Leg length by the markers (ASIS, knee, ankle) against the typed one: .95 to 1.01 in 13 people of six laboratories."""
_WIDER = 1.22


def within_limits(measures: BodyMeasures, leg_length_shown_m: float | None) -> tuple[BodyMeasures, tuple[str, ...]]:
    """The measures that a body can have, and a warning for each that was left out.

    Parameters
    ----------
    leg_length_shown_m : by the markers, to hold a typed length against; None where they don't show it
    """
    warnings: list[str] = []
    legs = {}
    for side in SIDES:
        leg = measures.leg(side)
        wrong = _out_of_range(leg)
        known = replace(leg, **dict.fromkeys(wrong))
        wrong |= _foreign_length(known, leg_length_shown_m) | _exchanged_widths(known)
        legs[side] = replace(leg, **dict.fromkeys(wrong))
        warnings += [f"left out: a {side} {told}" for told in dict.fromkeys(wrong.values())]
    return replace(measures, left_leg=legs["left"], right_leg=legs["right"]), tuple(warnings)


def _out_of_range(leg: LegMeasures) -> dict[str, str]:
    """Field -> what is wrong with it."""
    wrong = {}
    for field in fields(leg):
        value = getattr(leg, field.name)
        words = field.name.rpartition("_")[0].replace("_", " ")
        if value is None:
            continue
        if field.name in LENGTHS_M and not LENGTHS_M[field.name][0] <= value <= LENGTHS_M[field.name][1]:
            wrong[field.name] = f"{words} of {1000 * value:.0f} mm, which is no human's"
        elif field.name in ANGLES_DEG and not abs(np.degrees(value)) <= ANGLES_DEG[field.name]:
            wrong[field.name] = f"{words} of {np.degrees(value):.0f} deg, which is no human's"
    return wrong


def _foreign_length(leg: LegMeasures, shown_m: float | None) -> dict[str, str]:
    length_m = leg.leg_length_m
    if length_m is None or shown_m is None:
        return {}
    if LEG_LENGTH_RATIO[0] <= shown_m / length_m <= LEG_LENGTH_RATIO[1]:
        return {}
    return {"leg_length_m": f"leg length of {length_m:.2f} m, where the markers show {shown_m:.2f} m"}


def _exchanged_widths(leg: LegMeasures) -> dict[str, str]:
    knee_m, ankle_m = leg.knee_width_m, leg.ankle_width_m
    if knee_m is None or ankle_m is None or not ankle_m > _WIDER * knee_m:
        return {}
    told = f"knee of {1000 * knee_m:.0f} mm with an ankle of {1000 * ankle_m:.0f} mm: the widths are exchanged"
    return {"knee_width_m": told, "ankle_width_m": told}
