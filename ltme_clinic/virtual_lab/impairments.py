"""How an impairment changes walking, continuous in its severity.

The degrees at mild, moderate and severe (severity 1/3, 2/3, 1) are those of the clinical literature; the deviation is
taken from the mean curves at the patient's own (lowered) speed and added to the patient's own curves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS
from ltme_clinic.types import Impairment, Side

PCT = np.linspace(0.0, 100.0, CYCLE_POINTS)
_V = {name: index for index, name in enumerate(ANGLES)}


@dataclass(frozen=True)
class Deviation:
    """What an impairment adds to a healthy walk."""

    curves_deg: np.ndarray = field(default_factory=lambda: np.zeros((2, len(ANGLES), CYCLE_POINTS)))
    """(2, 9, 51), left then right."""
    stance_shift_pct: tuple[float, float] = (0.0, 0.0)
    """Foot off later (+) or earlier (-), left and right, % of the cycle."""
    trunk_lean_deg: float = 0.0
    """Lean of the trunk over the affected leg while it stands."""
    trunk_flexion_deg: float = 0.0
    arm_swing_factor: tuple[float, float] = (1.0, 1.0)
    elbow_deg: tuple[float, float] = (0.0, 0.0)
    """Added elbow flexion, left and right."""
    variability_factor: float = 1.0


SPEED_LOSS: dict[str, float] = {
    "none": 0.0,
    "crouch": 0.35,
    "stiff_knee": 0.30,
    "equinus": 0.30,
    "foot_drop": 0.30,
    "hemiplegic": 0.55,
    "trendelenburg": 0.25,
    "antalgic": 0.40,
}
"""Share of the healthy self-selected speed lost at severity 1."""


def speed_factor(impairment: Impairment, severity: float) -> float:
    """Self-selected speed as a share of the healthy one."""
    return 1.0 - SPEED_LOSS[impairment] * severity


def deviation(impairment: Impairment, severity: float, side: Side | None, mean_deg: np.ndarray) -> Deviation:
    """What to add to a healthy walk.

    Parameters
    ----------
    side
        The affected leg; both for crouch. None counts as right for a one-sided impairment.
    mean_deg
        (9, 51) mean curves at the speed the patient walks at.
    """
    if impairment == "none" or severity == 0.0:
        return Deviation()
    affected, other, extras = _RULES[impairment](severity, mean_deg)
    curves_deg = np.stack([affected, other])
    # there is one pelvis: what tilts it in the affected leg's cycle tilts it, half a cycle later, in the other's
    own_pelvis, half = affected[:3], (CYCLE_POINTS - 1) // 2
    curves_deg[1, :3] += np.array([[1.0], [-1.0], [-1.0]]) * _shifted(own_pelvis, half)
    curves_deg[0, :3] += np.array([[1.0], [-1.0], [-1.0]]) * _shifted(other[:3], half)
    if side != "left":
        curves_deg = curves_deg[::-1].copy()
        extras = {key: value[::-1] if isinstance(value, tuple) else value for key, value in extras.items()}
    return Deviation(curves_deg, **extras)


def graded(severity: float, mild: float, moderate: float, severe: float) -> float:
    """A published degree at any severity, straight between 0, mild (1/3), moderate (2/3) and severe (1)."""
    return float(np.interp(severity, [0.0, 1 / 3, 2 / 3, 1.0], [0.0, mild, moderate, severe]))


def window(start_pct: float, stop_pct: float, ramp_pct: float) -> np.ndarray:
    """(51,) smooth 0-1-0 over a part of the cycle, half-way up at its ends; may pass through 100 %."""

    def rise(pct: np.ndarray) -> np.ndarray:
        share = np.clip(pct / ramp_pct + 0.5, 0.0, 1.0)
        return share * share * (3.0 - 2.0 * share)

    # every copy of the window on the unrolled cycle
    return np.clip(
        sum(rise(PCT - start_pct + turn) * rise(stop_pct - PCT - turn) for turn in (-100.0, 0.0, 100.0)), 0.0, 1.0
    )


def _shifted(curves_deg: np.ndarray, points: int) -> np.ndarray:
    rolled = np.roll(curves_deg[..., :-1], points, axis=-1)
    return np.concatenate([rolled, rolled[..., :1]], axis=-1)


def _blank() -> np.ndarray:
    return np.zeros((len(ANGLES), CYCLE_POINTS))


Rule = Callable[[float, np.ndarray], tuple[np.ndarray, np.ndarray, dict]]


def _crouch(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Stance-minimum knee 20 / 35 / 50; the hip takes 60 % and the ankle 40 %, so the foot stays flat."""
    knee = mean_deg[_V["knee_flexion"]]
    lowest = float(knee.min())
    excess = graded(severity, 20 - lowest, 35 - lowest, 50 - lowest)
    straightness = 1.0 - 0.9 * (knee - lowest) / np.ptp(knee)  # swing flexion hardly grows
    leg = _blank()
    leg[_V["knee_flexion"]] = excess * straightness
    leg[_V["hip_flexion"]] = 0.6 * excess * straightness
    leg[_V["ankle_dorsiflexion"]] = 0.4 * excess * straightness
    leg[_V["hip_rotation"]] = 8.0 * severity
    other = leg.copy()
    return leg, other, {"trunk_flexion_deg": 8.0 * severity, "variability_factor": 1.0 + 0.6 * severity}


def _stiff_swing_knee(severity: float, mean_deg: np.ndarray) -> np.ndarray:
    """(51,) Swing peak 50 / 42 / 32, delayed by up to 5 % of the cycle."""
    knee = mean_deg[_V["knee_flexion"]]
    peak = float(knee.max())
    target = peak - graded(severity, max(peak - 50, 0.0), max(peak - 42, 0.0), max(peak - 32, 0.0))
    swing = window(58.0, 92.0, 16.0)
    late_pct = PCT - 5.0 * severity * swing
    late = np.interp(late_pct, PCT, knee)
    floor = 8.0
    gain = (target - floor) / (peak - floor)
    return (floor + (late - floor) * np.where(late > floor, 1.0 + (gain - 1.0) * swing, 1.0)) - knee


def _stiff_knee(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Stiff swing knee with the clearance it needs: the pelvis hikes and the leg swings round."""
    leg = _blank()
    swing = window(60.0, 90.0, 18.0)
    leg[_V["knee_flexion"]] = _stiff_swing_knee(severity, mean_deg)
    leg[_V["pelvic_obliquity"]] = 4.0 * severity * swing
    leg[_V["hip_adduction"]] = -5.0 * severity * swing
    leg[_V["hip_flexion"]] = -4.0 * severity * window(58.0, 80.0, 14.0)
    leg[_V["ankle_dorsiflexion"]] = 4.0 * severity * swing
    return leg, _blank(), {"variability_factor": 1.0 + 0.4 * severity}


def _equinus(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Dorsiflexion 5 / 10 / 20 less, fully from mid-stance on when the heel rises early, somewhat less in swing.

    In loading the sole is down, so part of it shows as a leg that leans back; the knee bends to land on the forefoot.
    """
    leg = _blank()
    drop = graded(severity, 5.0, 10.0, 20.0)
    loading = window(2.0, 22.0, 16.0)
    stance = window(-6.0, 60.0, 14.0)
    leg[_V["ankle_dorsiflexion"]] = -drop * (0.6 + 0.4 * stance)
    leg[_V["hip_flexion"]] = drop * (0.25 * window(65.0, 105.0, 18.0) + 0.25 * loading)
    leg[_V["knee_flexion"]] = drop * (0.5 * window(84.0, 108.0, 16.0) + 0.5 * window(24.0, 56.0, 16.0))
    return leg, _blank(), {"variability_factor": 1.0 + 0.4 * severity}


def _foot_drop(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Dorsiflexion 8 / 15 / 25 less in swing and at contact; steppage: hip and knee bend more."""
    leg = _blank()
    leg[_V["ankle_dorsiflexion"]] = -graded(severity, 8.0, 15.0, 25.0) * window(66.0, 104.0, 14.0)
    steppage = graded(severity, 5.0, 11.0, 20.0) * window(64.0, 94.0, 18.0)
    leg[_V["hip_flexion"]] = 0.8 * steppage
    leg[_V["knee_flexion"]] = steppage
    return leg, _blank(), {"variability_factor": 1.0 + 0.4 * severity}


def _hemiplegic(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Stiff knee, dropped foot, pelvis hiked 8, leg abducted 12 in swing, arm held bent; less time on that leg."""
    leg = _blank()
    swing = window(60.0, 92.0, 18.0)
    leg[_V["knee_flexion"]] = _stiff_swing_knee(severity, mean_deg)
    leg[_V["ankle_dorsiflexion"]] = -graded(severity, 5.0, 9.0, 14.0) * window(66.0, 104.0, 14.0)
    leg[_V["pelvic_obliquity"]] = 8.0 * severity * swing
    leg[_V["hip_adduction"]] = -12.0 * severity * swing
    leg[_V["hip_flexion"]] = -6.0 * severity * window(62.0, 104.0, 18.0)
    leg[_V["foot_progression"]] = -6.0 * severity
    extras = {
        "stance_shift_pct": (-4.0 * severity, 4.0 * severity),
        "arm_swing_factor": (1.0 - 0.8 * severity, 1.0 - 0.2 * severity),
        "elbow_deg": (55.0 * severity, 0.0),
        "variability_factor": 1.0 + 1.0 * severity,
        "trunk_lean_deg": -3.0 * severity,
    }
    return leg, _blank(), extras


def _trendelenburg(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """The other side of the pelvis drops 3 / 6 / 10 while the affected leg stands; the trunk leans over it."""
    drop = graded(severity, 3.0, 6.0, 10.0)
    stance = window(8.0, 52.0, 16.0)
    leg, other = _blank(), _blank()
    leg[_V["pelvic_obliquity"]] = drop * stance
    leg[_V["hip_adduction"]] = drop * stance
    other[_V["hip_adduction"]] = -drop * _shifted(stance, (CYCLE_POINTS - 1) // 2)
    return leg, other, {"trunk_lean_deg": graded(severity, 3.0, 6.0, 10.0), "variability_factor": 1.0 + 0.3 * severity}


def _antalgic(severity: float, mean_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict]:
    """Stance knee range 10 for 18, swing peak 55 for 61, up to 5 % less stance on the painful leg.

    Both legs carry one pelvis, so only part of the stiffer stance knee shows in what the joints really do.
    """
    leg = _blank()
    loading = 8.0 * severity * window(6.0, 26.0, 12.0)
    leg[_V["knee_flexion"]] = -loading - 12.0 * severity * window(56.0, 84.0, 18.0)
    # hip and ankle follow the stiffer knee, so the foot stays flat
    leg[_V["hip_flexion"]] = -0.5 * loading
    leg[_V["ankle_dorsiflexion"]] = -0.5 * loading
    extras = {
        "stance_shift_pct": (-graded(severity, 2.0, 3.5, 5.0), graded(severity, 1.0, 2.0, 3.0)),
        "trunk_lean_deg": 4.0 * severity,
        "variability_factor": 1.0 + 0.6 * severity,
    }
    return leg, _blank(), extras


_RULES: dict[str, Rule] = {
    "crouch": _crouch,
    "stiff_knee": _stiff_knee,
    "equinus": _equinus,
    "foot_drop": _foot_drop,
    "hemiplegic": _hemiplegic,
    "trendelenburg": _trendelenburg,
    "antalgic": _antalgic,
}
