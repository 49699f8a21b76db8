"""Trunk, head and arms of a runner: leaning a little forward, shoulders against the pelvis, elbows bent."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.norms import dimensionless_speed
from ltme_clinic.virtual_lab.rhythm import Rhythm
from ltme_clinic.virtual_lab.running.plan import RunPlan

LEAN_DEG, LEAN_RISE_DEG = 4.0, 4.0
"""Forward lean of the trunk at the slowest running speed, and its rise for each unit of dimensionless speed: 4 to 9
degrees from a jog to 5.5 m/s (3 to 13 degrees, Novacheck 1998)."""
BOB_DEG = 2.0
"""The trunk nods twice a stride, furthest forward in early stance."""
TURN_DEG, TURN_RISE_DEG = 4.0, 6.0
"""Turn of the shoulders to each side, and its rise with dimensionless speed; against the pelvis (Dedieu 2012)."""
SWAY_DEG = 2.5
"""Lean over the standing foot."""
SWING_DEG, SWING_RISE_DEG = 22.0, 16.0
"""Range of the upper arm's swing at rest and its rise with dimensionless speed; drawn from pictures of runners."""
SWING_BEHIND_DEG = 14.0
"""The upper arm swings about this far behind the trunk."""
ELBOW_DEG, ELBOW_SWING_DEG = 90.0, 14.0
"""Elbows are held about square, more bent when the hand is in front."""
ABDUCTION_DEG = 14.0
ARM_FURTHEST = 0.88
"""Share of its own side's cycle at which an arm is furthest back: when that knee is furthest forward."""


def upper_body(plan: RunPlan, rhythm: Rhythm) -> dict[str, np.ndarray]:
    """Angles of trunk, head and arms over time, degrees, keys of `forward_kinematics`."""
    relative = dimensionless_speed(plan.speed_m_s, plan.patient.leg_length_m)
    habits = plan.patient.habits
    left_turn = 2.0 * np.pi * rhythm.phase[0]
    # walkers stoop or stand straight about 3 degrees of flexion (`patient.Habits`): that stays with a person
    lean = LEAN_DEG + LEAN_RISE_DEG * (relative - 0.58) + habits.trunk_flexion_deg - 3.0
    flexion = lean + BOB_DEG * np.cos(2.0 * (left_turn - 2.0 * np.pi * 0.1))
    side_lean = SWAY_DEG * np.cos(left_turn - 2.0 * np.pi * 0.17)
    rotation = (TURN_DEG + TURN_RISE_DEG * relative) * np.cos(left_turn - 2.0 * np.pi * 0.38)
    angles = {"trunk_flexion": flexion, "trunk_lean": side_lean, "trunk_rotation": rotation}
    angles |= {"head_flexion": -0.9 * flexion, "head_lean": -0.7 * side_lean, "head_rotation": -0.9 * rotation}
    own = habits.arm_swing_deg / 34.0
    swing = (SWING_DEG + SWING_RISE_DEG * relative) * (0.5 + 0.5 * own)
    for side, name in enumerate(SIDES):
        back = np.cos(2.0 * np.pi * (rhythm.phase[side] - ARM_FURTHEST))
        angles[f"{name}_shoulder_flexion"] = -SWING_BEHIND_DEG - 0.5 * swing * back
        angles[f"{name}_shoulder_abduction"] = np.full_like(back, ABDUCTION_DEG)
        angles[f"{name}_shoulder_rotation"] = np.full_like(back, 20.0)
        angles[f"{name}_elbow_flexion"] = ELBOW_DEG + habits.elbow_deg - 24.0 - ELBOW_SWING_DEG * back
    return angles
