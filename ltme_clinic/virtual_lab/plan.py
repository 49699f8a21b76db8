"""What one trial of a virtual patient is meant to be: speed, rhythm, joint curves, where in the laboratory."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.norms import (
    dimensionless_speed,
    speed_m_s,
    step_length_m,
    unloaded_pct,
    walking_curves,
)
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab.aims import aims
from ltme_clinic.virtual_lab.conditions import (
    BAREFOOT,
    Condition,
    apply_condition,
    condition_speed_factor,
    shod,
    treated_severity,
)
from ltme_clinic.virtual_lab.feet import kept_bent
from ltme_clinic.virtual_lab.floor_fitting import with_feet_on_the_floor
from ltme_clinic.virtual_lab.impairments import deviation, speed_factor
from ltme_clinic.virtual_lab.manners import RULES, mannered, with_manner, with_task
from ltme_clinic.virtual_lab.patient import TRIAL, VISIT, VirtualPatient, session_offsets
from ltme_clinic.virtual_lab.tasks import AS_USUAL, WalkingTask
from ltme_clinic.virtual_lab.walk_plan import WalkPlan

VISIT_SPEED_SD = 0.04
TRIAL_SPEED_SD = 0.025
"""How much self-selected speed differs between visits and between trials, as a share."""

TRIAL_SD_DEG = 0.5
"""How much a mean angle differs between the trials of one visit."""

STEP_GAIN_SPEEDS, STEP_GAINS = (0.17, 0.43, 0.69), (1.0, 1.015, 1.035)
"""Dimensionless speeds, and the factors on the speed law's step at them: published cadence and step multiply to 1-2 %
less than the speed, and both should be missed alike; and the solved stride is shorter than wished, the more the faster.
"""

EARLY_OFF_PCT = 0.6
"""How long before the mean force ends (`unloaded_pct`) a foot leaves the floor, % of the cycle: the tabulated foot off
comes 1-2 % before it, but nearer to it the joint curves would be hurried."""

OFF_WALKWAY_DEG = 4.0
"""A walk that is not told where to go runs along the laboratory's x, either way, give or take this."""

SPEED_LIMITS = (0.08, 0.85)
"""Dimensionless speeds at which a virtual patient can walk."""

KNEE = ANGLES.index("knee_flexion")


def plan_walk(
    patient: VirtualPatient,
    visit: int = 0,
    trial: int = 0,
    *,
    speed_m_s_wanted: float | None = None,
    curvature_per_m: float = 0.0,
    task: WalkingTask = AS_USUAL,
    condition: Condition = BAREFOOT,
) -> WalkPlan:
    """Decide everything about a trial that doesn't depend on its length or rate.

    The speed is the patient's own, lowered by the impairment, with what visits and trials vary; the healthy curves
    are those of that speed, and the deviation of impairment, condition and task comes on top.

    Raises
    ------
    LtmeError
        For a speed no one of this size walks at.
    """
    visit_rng, trial_rng = patient.rng(VISIT, visit, 1), patient.rng(TRIAL, visit, trial)
    rule = RULES[task.manner]
    severity = treated_severity(patient.impairment, patient.severity, condition)
    pace = 1.0 + VISIT_SPEED_SD * visit_rng.standard_normal() + TRIAL_SPEED_SD * trial_rng.standard_normal()
    own_m_s = patient.preferred_speed_m_s * pace * speed_factor(patient.impairment, severity)
    own_m_s *= condition_speed_factor(patient.impairment, severity, condition) * rule.speed_share * task.speed_factor
    speed = own_m_s if speed_m_s_wanted is None else float(speed_m_s_wanted)
    relative = _relative(patient, speed)
    mean_deg, _ = walking_curves(relative)
    change = patient.own_deviation or deviation(patient.impairment, severity, patient.side, mean_deg)
    change = apply_condition(with_manner(change, rule), condition, patient.side, mean_deg)
    change = with_task(change, task, mean_deg)
    offsets_deg = session_offsets(patient, visit) + _trial_offsets(trial_rng)
    foot_off = unloaded_pct(relative)
    stance = [foot_off - EARLY_OFF_PCT + patient.habits.foot_off_shift_pct + shift for shift in change.stance_shift_pct]
    shift_deg, spread = aims().at(relative)
    own_deg = spread[:, None] * patient.signature_deg + offsets_deg[:, :, None]
    wished_deg = mean_deg + shift_deg + own_deg + change.curves_deg
    if task.manner != "usual":
        wished_deg = mannered(wished_deg, rule)
    wished_deg[:, KNEE] = kept_bent(wished_deg[:, KNEE])
    step_gain = np.interp(relative, STEP_GAIN_SPEEDS, STEP_GAINS)
    step_m = step_gain * step_length_m(relative, patient.leg_length_m) * patient.habits.step_length_factor
    wish = WalkPlan(
        patient=patient,
        visit=visit,
        skeleton=shod(patient.skeleton, condition),
        speed_m_s=speed,
        cadence_spm=60.0 * speed / (step_m * change.step_length_factor * rule.stride_share),
        stance=(stance[0] / 100.0, stance[1] / 100.0),
        legs=np.zeros((2, 10, 1)),
        sway=np.zeros((1, 3)),
        weight=np.zeros((1, 3)),
        deviation=change,
        start_m=(float(trial_rng.uniform(-3, -1)), float(trial_rng.uniform(-1, 1))),
        heading_rad=_heading_rad(trial_rng, task),
        curvature_per_m=curvature_per_m,
        turn_rad=float(np.radians(task.turn_deg)),
        clearance_m=rule.clearance_m * change.clearance_factor,
    )
    return with_feet_on_the_floor(wish, wished_deg, relative, foot_off / 100.0)


def _relative(patient: VirtualPatient, speed_m_s_wanted: float) -> float:
    """The speed made dimensionless, where somebody of this size walks at it."""
    leg_m = patient.leg_length_m
    relative = dimensionless_speed(speed_m_s_wanted, leg_m)
    if not SPEED_LIMITS[0] <= relative <= SPEED_LIMITS[1]:
        low, high = (speed_m_s(limit, leg_m) for limit in SPEED_LIMITS)
        fact = f"{speed_m_s_wanted:.2f} m/s is no walking speed"
        raise LtmeError(patient.name, fact, f"Give {low:.2f} to {high:.2f} m/s, or let the patient run")
    return relative


def _heading_rad(rng: np.random.Generator, task: WalkingTask) -> float:
    """Along the walkway, to and fro. Drawn even where the task names it, so that a trial's other numbers stay."""
    drawn = float(rng.uniform(-1.0, 1.0))
    along = np.radians(OFF_WALKWAY_DEG) * (2.0 * abs(drawn) - 1.0) + (np.pi if drawn < 0.0 else 0.0)
    return float(along) if task.heading_rad is None else float(task.heading_rad)


def _trial_offsets(rng: np.random.Generator) -> np.ndarray:
    """(2, 9) degrees; one pelvis for both sides."""
    drawn = TRIAL_SD_DEG * rng.standard_normal((len(SIDES), len(ANGLES)))
    drawn[1, :3] = drawn[0, :3] * [1.0, -1.0, -1.0]
    return drawn
