"""How what is asked of a walk changes its plan: odd ways to set the feet down, steps and arms of a wished size."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.body import ANGLES
from ltme_clinic.virtual_lab.footfalls import SWING_CLEARANCE_M
from ltme_clinic.virtual_lab.impairments import Deviation, at_the_same_speed, window
from ltme_clinic.virtual_lab.impairments.shapes import WIDER_DEG
from ltme_clinic.virtual_lab.tasks import Manner, WalkingTask

_V = {name: index for index, name in enumerate(ANGLES)}
_BEND_DEG = 3.0
"""How softly the sole's pitch bends away from its limit."""
USUAL_WIDTH_M = 0.09
"""Between the heels of an adult."""
PASSING_WIDTH_M, PASSING_DEG = 0.08, 9.0
"""On a line, the swinging leg is led round the standing one: hip abduction at width 0, gone at the first width."""


@dataclass(frozen=True)
class MannerRule:
    """What a manner does to a walk; both sides alike. The defaults change nothing."""

    heel_up_deg: float | None = None
    """The sole is never flatter than this, toes down."""
    sole_share: float = 1.0
    """How much of the sole's pitch is left."""
    hip_share: float = 1.0
    knee_share: float = 1.0
    """How much of the range of flexion is left about its mean."""
    knee_bent_deg: float = 0.0
    speed_share: float = 1.0
    """Self-selected speed against the usual one."""
    stride_share: float = 1.0
    """Stride against that of the usual walk at the same speed."""
    stance_shift_pct: float = 0.0
    clearance_m: float = SWING_CLEARANCE_M
    trunk_flexion_deg: float = 0.0
    arm_swing_factor: float = 1.0


RULES: dict[Manner, MannerRule] = {
    "usual": MannerRule(),
    # equinus of both sides, idiopathic or spastic: the forefoot lands first and the heel stays up
    "toe_walking": MannerRule(heel_up_deg=15.0, knee_bent_deg=4.0, speed_share=0.85, stride_share=0.95),
    # parkinsonian, severe: step length about halved, cadence kept or raised, feet hardly lifted, trunk bent, arms still
    "shuffling": MannerRule(
        sole_share=0.4,
        hip_share=0.55,
        knee_share=0.5,
        knee_bent_deg=4.0,
        speed_share=0.45,
        stride_share=0.65,
        stance_shift_pct=3.0,
        clearance_m=0.003,
        trunk_flexion_deg=12.0,
        arm_swing_factor=0.3,
    ),
}


def with_manner(change: Deviation, rule: MannerRule) -> Deviation:
    """An impairment's deviation with what a manner adds to trunk, arms and stance."""
    left, right = change.stance_shift_pct
    return replace(
        change,
        stance_shift_pct=(left + rule.stance_shift_pct, right + rule.stance_shift_pct),
        trunk_flexion_deg=change.trunk_flexion_deg + rule.trunk_flexion_deg,
        arm_swing_factor=(
            change.arm_swing_factor[0] * rule.arm_swing_factor,
            change.arm_swing_factor[1] * rule.arm_swing_factor,
        ),
    )


def with_task(change: Deviation, task: WalkingTask, mean_deg: np.ndarray) -> Deviation:
    """A deviation with what a task asks of steps and arms.

    Parameters
    ----------
    mean_deg
        (9, 51) mean curves at the speed that is walked: steps that are longer than usual at this speed have a larger
        range at hip and pelvis.
    """
    stride_share = at_the_same_speed(task.step_length_factor, task.speed_factor)
    curves_deg = change.curves_deg.copy()
    for name in ("hip_flexion", "pelvic_rotation"):
        curve = mean_deg[_V[name]]
        curves_deg[:, _V[name]] += (stride_share - 1.0) * (curve - curve.mean())
    if task.step_width_m is not None:
        narrow = max(0.0, 1.0 - task.step_width_m / PASSING_WIDTH_M)
        curves_deg[:, _V["hip_adduction"]] += WIDER_DEG * (1.0 - task.step_width_m / USUAL_WIDTH_M)
        curves_deg[:, _V["hip_adduction"]] -= PASSING_DEG * narrow * window(66.0, 92.0, 20.0)
    return replace(
        change,
        curves_deg=curves_deg,
        step_length_factor=change.step_length_factor * stride_share,
        width_m=task.step_width_m,
        arm_swing_deg=task.arm_swing_deg,
    )


def mannered(curves_deg: np.ndarray, rule: MannerRule) -> np.ndarray:
    """Planned curves (2, 9, 51) in a manner: smaller ranges at hip and knee, an ankle that pitches the sole.

    The sole's pitch (toes up positive) follows from the sagittal angles above it; the ankle takes what is left.
    """
    tilt, hip, knee, ankle = (_V[name] for name in ("pelvic_tilt", "hip_flexion", "knee_flexion", "ankle_dorsiflexion"))
    pitch_deg = -curves_deg[:, tilt] + curves_deg[:, hip] - curves_deg[:, knee] + curves_deg[:, ankle]
    wished_deg = rule.sole_share * pitch_deg
    if rule.heel_up_deg is not None:
        below = (-rule.heel_up_deg - wished_deg) / _BEND_DEG
        wished_deg = -rule.heel_up_deg - _BEND_DEG * np.logaddexp(0.0, below)
    shaped_deg = curves_deg.copy()
    for joint, share in ((hip, rule.hip_share), (knee, rule.knee_share)):
        mean_deg = curves_deg[:, joint].mean(axis=1, keepdims=True)
        shaped_deg[:, joint] = mean_deg + share * (curves_deg[:, joint] - mean_deg)
    shaped_deg[:, knee] += rule.knee_bent_deg
    shaped_deg[:, hip] += 0.5 * rule.knee_bent_deg
    shaped_deg[:, ankle] = wished_deg + shaped_deg[:, tilt] - shaped_deg[:, hip] + shaped_deg[:, knee]
    return shaped_deg
