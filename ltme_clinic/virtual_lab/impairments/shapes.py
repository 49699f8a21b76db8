"""Pieces of a gait cycle from which deviations are built: degrees by severity, smooth windows, shifted curves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS

PCT = np.linspace(0.0, 100.0, CYCLE_POINTS)
"""Per cent of the cycle at the points of a curve."""
ROW = {name: index for index, name in enumerate(ANGLES)}
"""Row of each of the nine variables."""

WIDER_DEG = 3.6
"""Hip abduction of both legs when steps are twice as wide: feet 5.5 % of the height apart under legs of 53 %."""

FOR_CLEARANCE = 1.25
"""How much more knee flexion a stiff knee is planned to lose in swing than is published: lifting the foot off the floor
gives some of it back."""

Rule = Callable[[float, np.ndarray], tuple[np.ndarray, np.ndarray, dict]]
"""(severity, mean curves at the patient's speed) -> (9, 51) of the affected leg, of the other, and the other fields of
a `Deviation`, pairs as (affected, other)."""


def graded(severity: float, mild: float, moderate: float, severe: float, healthy: float = 0.0) -> float:
    """A published degree at any severity, straight between healthy, mild (1/3), moderate (2/3) and severe (1)."""
    return float(np.interp(severity, [0.0, 1 / 3, 2 / 3, 1.0], [healthy, mild, moderate, severe]))


def window(start_pct: float, stop_pct: float, ramp_pct: float) -> np.ndarray:
    """(51,) smooth 0-1-0 over a part of the cycle, half-way up at its ends; may pass through 100 %."""

    def rise(pct: np.ndarray) -> np.ndarray:
        share = np.clip(pct / ramp_pct + 0.5, 0.0, 1.0)
        return share * share * (3.0 - 2.0 * share)

    # every copy of the window on the unrolled cycle
    return np.clip(
        sum(rise(PCT - start_pct + turn) * rise(stop_pct - PCT - turn) for turn in (-100.0, 0.0, 100.0)), 0.0, 1.0
    )


def shifted(curves_deg: np.ndarray, points: int = (CYCLE_POINTS - 1) // 2) -> np.ndarray:
    """Curves (..., 51) later by some points, half a cycle if not said."""
    rolled = np.roll(curves_deg[..., :-1], points, axis=-1)
    return np.concatenate([rolled, rolled[..., :1]], axis=-1)


def blank() -> np.ndarray:
    """(9, 51) of no deviation."""
    return np.zeros((len(ANGLES), CYCLE_POINTS))


def varying(factor: float) -> dict[str, float]:
    """Stride times and strides' angles that vary so much more than a healthy person's."""
    return {"timing_factor": factor, "stride_factor": factor}


def sole_pitch_deg(curves_deg: np.ndarray) -> np.ndarray:
    """(..., 51) pitch of the sole against the floor, toes up positive, from the sagittal angles (..., 9, 51)."""
    tilt, hip, knee, ankle = (
        curves_deg[..., ROW[name], :] for name in ("pelvic_tilt", "hip_flexion", "knee_flexion", "ankle_dorsiflexion")
    )
    return -tilt + hip - knee + ankle
