"""How an impairment changes walking, continuous in its severity.

The degrees at mild, moderate and severe (severity 1/3, 2/3, 1) are those of the clinical literature; the deviation is
taken from the mean curves at the patient's own (lowered) speed and added to the patient's own curves.
"""

from __future__ import annotations

import numpy as np

from ltme_clinic.types import Impairment, Side
from ltme_clinic.virtual_lab.impairments import neurological, orthopaedic
from ltme_clinic.virtual_lab.impairments.deviation import Deviation
from ltme_clinic.virtual_lab.impairments.shapes import PCT, ROW, Rule, graded, shifted, window
from ltme_clinic.virtual_lab.impairments.speed import SPEED_LOSS, at_the_same_speed, speed_factor

__all__ = [
    "ONE_SIDED",
    "PCT",
    "SPEED_LOSS",
    "SWEEP_DEG_PER_PCT",
    "Deviation",
    "at_the_same_speed",
    "deviation",
    "graded",
    "shifted",
    "speed_factor",
    "window",
    "with_one_pelvis",
]

ONE_SIDED: frozenset[str] = frozenset(
    {
        "stiff_knee",
        "equinus",
        "foot_drop",
        "hemiplegic",
        "trendelenburg",
        "trendelenburg_compensated",
        "antalgic",
        "parkinsonian",
        "post_operative",
    }
)
"""Impairments of one leg, or worse on one side; for these a patient has a side."""

_RULES: dict[str, Rule] = orthopaedic.RULES | neurological.RULES
_ACROSS = np.array([[1.0], [-1.0], [-1.0]])
"""The pelvis's tilt, obliquity and rotation as the other leg's curves draw them."""
SWEEP_DEG_PER_PCT = 0.75
"""Hip extension that a leg has less at its foot off for each % of the cycle that it stands less than the other: the
pelvis has come less far by then (a stride of 1.3 leg lengths). It lands as far ahead as ever."""


def deviation(impairment: Impairment, severity: float, side: Side | None, mean_deg: np.ndarray) -> Deviation:
    """What to add to a healthy walk.

    Parameters
    ----------
    side
        The affected or worse leg. None counts as right, which matters only for a `ONE_SIDED` impairment.
    mean_deg
        (9, 51) mean curves at the speed the patient walks at.
    """
    if impairment == "none" or severity == 0.0:
        return Deviation()
    affected, other, extras = _RULES[impairment](severity, mean_deg)
    curves_deg = np.stack([affected, other])
    curves_deg = with_one_pelvis(curves_deg)
    if side != "left":
        curves_deg = curves_deg[::-1].copy()
        extras = {key: value[::-1] if isinstance(value, tuple) else value for key, value in extras.items()}
    left, right = extras.get("stance_shift_pct", (0.0, 0.0))
    uneven_pct = 0.5 * (left - right) * np.array([1.0, -1.0])
    curves_deg[:, ROW["hip_flexion"]] -= SWEEP_DEG_PER_PCT * uneven_pct[:, None] * _standing_on()
    return Deviation(curves_deg, **extras)


def with_one_pelvis(curves_deg: np.ndarray) -> np.ndarray:
    """(2, 9, 51): what tilts the pelvis in one leg's cycle tilts it, half a cycle later, in the other's too."""
    across = _ACROSS * shifted(curves_deg[::-1, :3])
    return np.concatenate([curves_deg[:, :3] + across, curves_deg[:, 3:]], axis=1)


def _standing_on() -> np.ndarray:
    """(51,) 0 at contact, straight to 1 at foot off, back to 0 in swing."""
    return np.interp(PCT, [0.0, 60.0, 85.0, 100.0], [0.0, 1.0, 0.0, 0.0])
