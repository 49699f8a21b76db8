"""What changes a healthy walk, as data: the one thing a walker reads of impairment, manner, task and condition."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS


@dataclass(frozen=True)
class Deviation:
    """What is added to a healthy walk; the defaults change nothing. Pairs are left and right."""

    curves_deg: np.ndarray = field(default_factory=lambda: np.zeros((2, len(ANGLES), CYCLE_POINTS)))
    """(2, 9, 51), left then right."""
    stance_shift_pct: tuple[float, float] = (0.0, 0.0)
    """Foot off later (+) or earlier (-), % of the cycle."""
    trunk_lean_deg: float = 0.0
    """Lean of the trunk over the affected leg while it stands."""
    trunk_flexion_deg: float = 0.0
    arm_swing_factor: tuple[float, float] = (1.0, 1.0)
    arm_swing_deg: float | None = None
    """Range of both shoulders' flexion that is asked for, whatever the speed; None: the person's own."""
    shoulder_abduction_deg: tuple[float, float] = (0.0, 0.0)
    """Added: arms held away from the body."""
    elbow_deg: tuple[float, float] = (0.0, 0.0)
    """Added elbow flexion."""
    step_length_factor: float = 1.0
    """Step length against that of the healthy walk at the same speed; the cadence changes the other way."""
    width_factor: float = 1.0
    """Step width against the person's own."""
    width_m: float | None = None
    """Step width that is asked for; None: the person's own times `width_factor`."""
    timing_factor: float = 1.0
    """Variation of stride times against a healthy person's."""
    stride_factor: float = 1.0
    """Stride-to-stride SD of the joint angles against a healthy person's."""
    clearance_factor: float = 1.0
    """How high a swinging foot is lifted at least, against the usual."""
