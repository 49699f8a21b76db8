"""Trunk, head and arms of a walker: how each moves in the laboratory, then as angles against the segment before.

The trunk leans over the standing leg and turns against the pelvis, the head nods against its own rise and fall, each
arm swings with the other side's leg. Figures: `norms/tables/upper_body.csv`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.norms import dimensionless_speed
from ltme_clinic.norms.table_files import read_rows
from ltme_clinic.virtual_lab.patient import PERSON, VISIT, VirtualPatient
from ltme_clinic.virtual_lab.rhythm import Rhythm, persistent_noise

if TYPE_CHECKING:
    from ltme_clinic.virtual_lab.walk_plan import WalkPlan

FREE_SPEED = 0.43
"""Dimensionless speed at which the table's amplitudes hold, and `Habits.arm_swing_deg` too."""
FASTER_LIMIT = 2.2
"""Amplitudes grow with speed up to this multiple."""
ARM_ASYMMETRY = (0.1, 0.3)
"""Mean and SD between people of ln(left arm swing / right): the left swings more.

Direction and bulk of it: Killeen 2018, 334 adults; figures: 80 CMU walks, 0.10 and 0.37, less what one walk errs.
"""
VISIT_SHARE = 0.4
"""SD of a mean posture between visits, as a share of that between people."""
LEAN_TOWARDS_PCT = 28.0
"""A trunk that leans over a weak hip leans most in the middle of that leg's stance."""
HEAD_FOLLOWS_FLEXION, HEAD_FOLLOWS_LEAN = 0.1, 0.3
"""How much of an impaired trunk's bend the head shares; the rest is held level by the neck."""
ELBOW_FLOOR_DEG, ELBOW_SOFTNESS_DEG = 4.0, 1.5
"""An elbow is not swung straight."""
_HABITS, _POSTURE = 5, 7
"""Streams of a person's and of a visit's random numbers."""


@dataclass(frozen=True)
class Swing:
    """One row of the table: how an angle moves over the stride, degrees, % of the cycle; see there."""

    mean_deg: float
    sd_deg: float
    first_deg: float
    first_peak_pct: float
    second_deg: float
    second_peak_pct: float
    speed_power: float
    gain_sd: float
    peak_sd_pct: float
    own_deg: float
    stride_mean_deg: float
    stride_shape_deg: float


@dataclass(frozen=True)
class OwnSwing:
    """How a person's swing of one angle differs from the table's."""

    gain: float
    late_turns: float
    """How much later in the cycle, as a share of it."""
    cos_deg: float
    sin_deg: float
    """A first harmonic of the person's own."""


@cache
def swings() -> dict[str, Swing]:
    """The table by angle."""
    names = [field.name for field in fields(Swing)]
    return {row["angle"]: Swing(**{name: float(row[name]) for name in names}) for row in read_rows("upper_body")}


def upper_body(plan: WalkPlan, rhythm: Rhythm, rng: np.random.Generator | None = None) -> dict[str, np.ndarray]:
    """Angles of trunk, head and arms over time, by the names of `forward_kinematics`, each (frame,) degrees.

    Parameters
    ----------
    rng
        For what differs from stride to stride; left out, the strides are alike.

    Notes
    -----
    Trunk: against the heading frame. Head: against the trunk, so that it stays level in the laboratory. Arms: against
    the trunk, so that a bent trunk's arms hang.
    """
    patient, change = plan.patient, plan.deviation
    pace = dimensionless_speed(plan.speed_m_s, patient.leg_length_m) / FREE_SPEED
    own = _own_swings(patient)
    left = rhythm.phase[0]
    laboratory = {name: _swung(swings()[name], own[name], left, pace) for name in _AXIAL}
    for place, name in enumerate(_AXIAL):
        laboratory[name] = laboratory[name] + _posture(patient, plan.visit, place, swings()[name])
    arms = [_arm(plan, side, own, rhythm.phase[side], pace) for side in (0, 1)]
    if rng is not None:
        _vary(rng, laboratory, arms, rhythm, change.stride_factor)
    bent_deg = patient.habits.trunk_flexion_deg + change.trunk_flexion_deg
    leaned_deg = _leaned_deg(plan, rhythm)
    trunk = [
        laboratory["trunk_flexion"] + bent_deg,
        laboratory["trunk_lean"] + leaned_deg,
        laboratory["trunk_rotation"],
    ]
    head = [
        laboratory["head_flexion"] + HEAD_FOLLOWS_FLEXION * bent_deg,
        laboratory["head_lean"] + HEAD_FOLLOWS_LEAN * leaned_deg,
        laboratory["head_rotation"],
    ]
    angles = dict(zip(_AXIAL[:3], trunk, strict=True))
    angles |= {name: to - against for name, to, against in zip(_AXIAL[3:], head, trunk, strict=True)}
    for side, sign in enumerate((1.0, -1.0)):
        angles[f"{SIDES[side]}_shoulder_flexion"] = arms[side]["arm_forward"] + trunk[0]
        angles[f"{SIDES[side]}_shoulder_abduction"] = arms[side]["arm_outward"] + sign * trunk[1]
        angles[f"{SIDES[side]}_elbow_flexion"] = _not_straight(arms[side]["elbow_flexion"])
    return angles


_AXIAL = ("trunk_flexion", "trunk_lean", "trunk_rotation", "head_flexion", "head_lean", "head_rotation")
_ARM = ("arm_forward", "arm_outward", "elbow_flexion")


def _arm(plan: WalkPlan, side: int, own: dict[str, OwnSwing], phase: np.ndarray, pace: float) -> dict[str, np.ndarray]:
    """One arm's forward and outward inclination against the vertical and its elbow, (frame,) degrees each."""
    patient, change = plan.patient, plan.deviation
    rows = swings()
    uneven = patient.rng(PERSON, _HABITS, 1).normal(*ARM_ASYMMETRY)
    factor = change.arm_swing_factor[side] * np.exp((0.5 if side == 0 else -0.5) * uneven)
    factor *= 0.5 * patient.habits.arm_swing_deg / rows["arm_forward"].first_deg
    if change.arm_swing_deg is not None:
        asked_deg = 0.5 * change.arm_swing_deg * change.arm_swing_factor[side]
        factor = asked_deg / (rows["arm_forward"].first_deg * _faster(rows["arm_forward"], pace))
    arm = {name: factor * _swung(rows[name], own[name], phase, pace) for name in _ARM}
    for place, name in enumerate(_ARM):
        arm[name] = arm[name] + _posture(patient, plan.visit, 10 + 10 * side + place, rows[name])
    arm["arm_outward"] = arm["arm_outward"] + change.shoulder_abduction_deg[side]
    arm["elbow_flexion"] = arm["elbow_flexion"] + patient.habits.elbow_deg + change.elbow_deg[side]
    return arm


def _swung(row: Swing, own: OwnSwing, phase: np.ndarray, pace: float) -> np.ndarray:
    """(frame,) an angle about its mean."""
    turn = 2.0 * np.pi * (phase - own.late_turns)
    first = row.first_deg * np.cos(turn - 2.0 * np.pi * row.first_peak_pct / 100.0)
    second = row.second_deg * np.cos(2.0 * (turn - 2.0 * np.pi * row.second_peak_pct / 100.0))
    common = own.gain * _faster(row, pace) * (first + second)
    return common + own.cos_deg * np.cos(turn) + own.sin_deg * np.sin(turn)


def _faster(row: Swing, pace: float) -> float:
    """How much larger an amplitude is at a multiple of free speed."""
    return float(min(pace**row.speed_power, FASTER_LIMIT))


def _own_swings(patient: VirtualPatient) -> dict[str, OwnSwing]:
    """What is this person's own of each angle; both arms alike but for their size."""
    rng = patient.rng(PERSON, _HABITS)
    found = {}
    for name, row in swings().items():
        drawn = np.clip(rng.standard_normal(4), -2.5, 2.5)
        found[name] = OwnSwing(
            gain=float(np.exp(row.gain_sd * drawn[0])),
            late_turns=float(row.peak_sd_pct * drawn[1] / 100.0),
            cos_deg=float(row.own_deg * drawn[2]),
            sin_deg=float(row.own_deg * drawn[3]),
        )
    return found


def _posture(patient: VirtualPatient, visit: int, place: int, row: Swing) -> float:
    """A person's mean angle at a visit, degrees; what `Habits` holds comes on top."""
    for_life = float(np.clip(patient.rng(PERSON, _HABITS, 2, place).standard_normal(), -2.5, 2.5))
    today = float(np.clip(patient.rng(VISIT, visit, _POSTURE, place).standard_normal(), -2.5, 2.5))
    return row.mean_deg + row.sd_deg * (np.sqrt(1.0 - VISIT_SHARE**2) * for_life + VISIT_SHARE * today)


def _leaned_deg(plan: WalkPlan, rhythm: Rhythm) -> np.ndarray:
    """(frame,) lean to the left by which an impairment brings the trunk over the affected leg while it stands."""
    affected = 0 if plan.patient.side == "left" else 1
    towards = 1.0 if affected == 0 else -1.0
    turn = 2.0 * np.pi * (rhythm.phase[affected] - LEAN_TOWARDS_PCT / 100.0)
    return towards * plan.deviation.trunk_lean_deg * (0.5 + 0.5 * np.cos(turn))


def _vary(
    rng: np.random.Generator,
    laboratory: dict[str, np.ndarray],
    arms: list[dict[str, np.ndarray]],
    rhythm: Rhythm,
    factor: float,
) -> None:
    """Add what differs from stride to stride, remembered over a few strides."""
    for name in _AXIAL:
        laboratory[name] = laboratory[name] + factor * _strides_differ(rng, swings()[name], rhythm.phase[0])
    for side, arm in enumerate(arms):
        for name in _ARM:
            arm[name] = arm[name] + factor * _strides_differ(rng, swings()[name], rhythm.phase[side])


def _strides_differ(rng: np.random.Generator, row: Swing, phase: np.ndarray) -> np.ndarray:
    """(frame,) degrees: each stride's own mean and first harmonic, blended from one stride to the next."""
    first = int(np.floor(phase[0]))
    knots = int(np.ceil(phase[-1])) - first + 2
    noise = persistent_noise(rng, knots, 3) * [row.stride_mean_deg, row.stride_shape_deg, row.stride_shape_deg]
    share = phase - np.floor(phase)
    share = (share * share * (3.0 - 2.0 * share))[:, None]
    index = np.floor(phase).astype(int) - first
    mean, cos, sin = ((1.0 - share) * noise[index] + share * noise[index + 1]).T
    turn = 2.0 * np.pi * phase
    return mean + cos * np.cos(turn) + sin * np.sin(turn)


def _not_straight(elbow_deg: np.ndarray) -> np.ndarray:
    """Elbow flexion bent smoothly away from its floor."""
    return ELBOW_FLOOR_DEG + ELBOW_SOFTNESS_DEG * np.logaddexp(0.0, (elbow_deg - ELBOW_FLOOR_DEG) / ELBOW_SOFTNESS_DEG)
