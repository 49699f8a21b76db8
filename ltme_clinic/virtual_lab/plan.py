"""What one trial of a virtual patient is meant to be: speed, rhythm, joint curves, where in the laboratory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.norms import (
    dimensionless_speed,
    foot_off_pct,
    speed_m_s,
    step_length_m,
    trunk_curves,
    walking_curves,
)
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab.carriage import Carriage, carry
from ltme_clinic.virtual_lab.impairments import PCT, Deviation, deviation, speed_factor
from ltme_clinic.virtual_lab.manners import RULES, mannered, with_manner
from ltme_clinic.virtual_lab.patient import TRIAL, VISIT, VirtualPatient, session_offsets
from ltme_clinic.virtual_lab.rhythm import fourier
from ltme_clinic.virtual_lab.tasks import AS_USUAL, WalkingTask

VISIT_SPEED_SD = 0.04
TRIAL_SPEED_SD = 0.025
"""How much self-selected speed differs between visits and between trials, as a share."""

TRIAL_SD_DEG = 0.5
"""How much a mean angle differs between the trials of one visit."""

SPEED_LIMITS = (0.08, 0.85)
"""Dimensionless speeds at which a virtual patient can walk."""

OWN_STRIDE = 0.8
"""How far the stride follows the person's own joint curves (1) rather than the speed law (0)."""

KNEE_FLOOR_DEG = 2.5
"""The knee is a hinge that doesn't pass straight: recurvatum is not simulated."""

_V = {name: index for index, name in enumerate(ANGLES)}


@dataclass(frozen=True, eq=False)
class WalkPlan:
    """One trial before it is walked."""

    patient: VirtualPatient
    visit: int
    speed_m_s: float
    cadence_spm: float
    stance: tuple[float, float]
    norm_stance: float
    legs: np.ndarray
    """(2, 9, coefficient) Fourier coefficients of the wished curves (`rhythm.fourier`), left and right."""
    carriage: Carriage
    widening_m: float
    """How much wider the feet are set than the curves alone would."""
    trunk: np.ndarray
    """(3, coefficient): flexion about its mean, lean to the left, rotation left side forward."""
    deviation: Deviation
    start_m: tuple[float, float]
    heading_rad: float
    curvature_per_m: float
    turn_rad: float
    """A turn in the middle of the path."""
    clearance_m: float
    """How high a swinging foot is lifted at least."""
    firm_landing: bool


def plan_walk(
    patient: VirtualPatient,
    visit: int = 0,
    trial: int = 0,
    *,
    speed_m_s_wanted: float | None = None,
    curvature_per_m: float = 0.0,
    task: WalkingTask = AS_USUAL,
) -> WalkPlan:
    """Decide everything about a trial that doesn't depend on its length or rate.

    The speed is the patient's own, lowered by the impairment, with what visits and trials vary; the healthy curves
    are those of that speed, and the impairment's deviation comes on top.

    Raises
    ------
    LtmeError
        For a speed no one of this size walks at.
    """
    visit_rng, trial_rng = patient.rng(VISIT, visit, 1), patient.rng(TRIAL, visit, trial)
    leg_m = patient.leg_length_m
    pace = 1.0 + VISIT_SPEED_SD * visit_rng.standard_normal() + TRIAL_SPEED_SD * trial_rng.standard_normal()
    rule = RULES[task.manner]
    own_m_s = patient.preferred_speed_m_s * speed_factor(patient.impairment, patient.severity) * pace
    own_m_s *= rule.speed_share
    speed = own_m_s if speed_m_s_wanted is None else float(speed_m_s_wanted)
    relative = dimensionless_speed(speed, leg_m)
    if not SPEED_LIMITS[0] <= relative <= SPEED_LIMITS[1]:
        low, high = (speed_m_s(limit, leg_m) for limit in SPEED_LIMITS)
        raise LtmeError(patient.name, f"{speed:.2f} m/s is no walking speed", f"Give {low:.2f} to {high:.2f} m/s")
    mean_deg, _ = walking_curves(relative)
    change = with_manner(deviation(patient.impairment, patient.severity, patient.side, mean_deg), rule)
    offsets_deg = session_offsets(patient, visit) + _trial_offsets(trial_rng)
    own_deg = _flat_footed(mean_deg + patient.signature_deg + offsets_deg[:, :, None])
    foot_off = foot_off_pct(relative)
    stance = tuple(foot_off + patient.habits.foot_off_shift_pct + shift for shift in change.stance_shift_pct)
    stance_share = (stance[0] / 100.0, stance[1] / 100.0)
    own_deg = _level_footed(patient, own_deg, foot_off / 100.0)
    wished_deg = own_deg + change.curves_deg
    if task.manner != "usual":
        wished_deg = mannered(wished_deg, rule)
    legs = fourier(_soft_floor(wished_deg, 0.5))
    carriage = carry(patient.skeleton, legs, stance_share, foot_off / 100.0)
    own_width_m = patient.habits.step_width_share * patient.height_m
    wished_width_m = max(own_width_m + 0.4 * (carriage.width_m - own_width_m), 0.3 * own_width_m)
    law_m = 2.0 * step_length_m(relative, leg_m) * patient.habits.step_length_factor * rule.stride_share
    stride_m = law_m * float(np.clip(carriage.stride_m / law_m, 0.75, 1.25)) ** OWN_STRIDE
    return WalkPlan(
        patient=patient,
        visit=visit,
        speed_m_s=speed,
        cadence_spm=120.0 * speed / stride_m,
        stance=stance_share,
        norm_stance=foot_off / 100.0,
        legs=legs,
        carriage=carriage,
        widening_m=wished_width_m - carriage.width_m,
        trunk=fourier(_trunk_in_laboratory(mean_deg, trunk_curves(relative)[0])),
        deviation=change,
        start_m=(float(trial_rng.uniform(-3, -1)), float(trial_rng.uniform(-1, 1))),
        heading_rad=_heading_rad(trial_rng, task),
        curvature_per_m=curvature_per_m,
        turn_rad=float(np.radians(task.turn_deg)),
        clearance_m=rule.clearance_m,
        firm_landing=task.landing == "firm",
    )


def _heading_rad(rng: np.random.Generator, task: WalkingTask) -> float:
    """Drawn even where the task names it, so that a trial's other random numbers stay."""
    drawn = float(rng.uniform(-np.pi, np.pi))
    return drawn if task.heading_rad is None else float(task.heading_rad)


def _trial_offsets(rng: np.random.Generator) -> np.ndarray:
    """(2, 9) degrees; one pelvis for both sides."""
    drawn = TRIAL_SD_DEG * rng.standard_normal((len(SIDES), len(ANGLES)))
    drawn[1, :3] = drawn[0, :3] * [1.0, -1.0, -1.0]
    return drawn


def _flat_footed(curves_deg: np.ndarray) -> np.ndarray:
    """Share out between hip, knee and ankle what keeps the sole from lying flat in mid-stance (2, 9, 51)."""
    tilt, hip, knee, ankle = (_V[name] for name in ("pelvic_tilt", "hip_flexion", "knee_flexion", "ankle_dorsiflexion"))
    curves_deg = curves_deg.copy()
    pitch_deg = -curves_deg[:, tilt] + curves_deg[:, hip] - curves_deg[:, knee] + curves_deg[:, ankle]
    flat = (PCT >= 14.0) & (PCT <= 30.0)
    error_deg = pitch_deg[:, flat].mean(axis=1, keepdims=True)
    curves_deg[:, hip] -= 0.35 * error_deg
    curves_deg[:, knee] += 0.30 * error_deg
    curves_deg[:, ankle] -= 0.35 * error_deg
    return curves_deg


def _level_footed(patient: VirtualPatient, curves_deg: np.ndarray, stance: float) -> np.ndarray:
    """Turn both legs (hip, and ankle against it) so that in double support both feet meet the same floor.

    The published differences between people hold constant errors of marker placement; taken literally, those would
    have the leading foot land above or below the trailing one.
    """
    levelled = _soft_floor(curves_deg, 1.0)
    for _ in range(2):
        turn_deg = carry(patient.skeleton, fourier(levelled), (stance, stance), stance).turn_deg
        levelled[:, _V["hip_flexion"]] += turn_deg
        levelled[:, _V["ankle_dorsiflexion"]] -= turn_deg
    return levelled


def _soft_floor(curves_deg: np.ndarray, softness_deg: float) -> np.ndarray:
    """Knee flexion bent smoothly away from its floor; other curves as they are."""
    curves_deg = curves_deg.copy()
    above = (curves_deg[:, _V["knee_flexion"]] - KNEE_FLOOR_DEG) / softness_deg
    curves_deg[:, _V["knee_flexion"]] = KNEE_FLOOR_DEG + softness_deg * np.logaddexp(0.0, above)
    return curves_deg


def _trunk_in_laboratory(mean_deg: np.ndarray, trunk_deg: np.ndarray) -> np.ndarray:
    """Trunk motion in the heading frame from the published curves (3, 51).

    Obliquity is published against the pelvis (it mirrors the pelvis's), rotation against the laboratory; of the tilt
    only its change over the cycle is used, its mean being a matter of marker placement.
    """
    flexion = trunk_deg[0] - trunk_deg[0].mean()
    lean_left = -(trunk_deg[1] + mean_deg[_V["pelvic_obliquity"]])
    return np.stack([flexion, lean_left, trunk_deg[2]])
