"""What one trial of running is meant to be: speed, cadence, share on the floor, joint curves, how the foot lands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS
from ltme_clinic.norms import dimensionless_speed, foot_off_pct, speed_m_s
from ltme_clinic.norms.running import (
    RUNNING_SPEED_RANGE,
    SELF_SELECTED_SPEED,
    TABLE_FOOT_OFF,
    running_cadence_steps_min,
    running_curves,
    running_stance_share,
    running_step_width_m,
)
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab.patient import TRIAL, VISIT, VirtualPatient, session_offsets

Landing = Literal["heel", "midfoot", "forefoot"]
"""Which part of the foot meets the floor first; most recreational runners land on the heel."""

VISIT_SPEED_SD, TRIAL_SPEED_SD = 0.04, 0.025
"""How much a self-selected speed differs between visits and between trials, as a share (as in walking)."""
OFFSET_KEPT, SHAPE_KEPT = 0.7, 0.3
"""How much of a person's own walking curves, mean and shape, is seen in running: a choice, no figure.

The mean is body build and marker habit, which run along; the shape belongs to walking.
"""
OWN_SPEED_LIMITS = (0.8, 1.2)
"""A person's self-selected running speed against the mean, at most (walking's relative speed is taken for it)."""
MEAN_WALKING_SPEED = 0.43
"""Mean dimensionless self-selected walking speed (Schwartz 2008)."""
LEAST_KNEE_DEG = 6.0
"""No mean knee is straighter than this in running; curves are bent away from it."""
RUN = 20
"""Marks the random numbers of running among a trial's, so that walks keep theirs."""

_V = {name: index for index, name in enumerate(ANGLES)}


@dataclass(frozen=True, eq=False)
class RunPlan:
    """One trial before it is run."""

    patient: VirtualPatient
    visit: int
    speed_m_s: float
    cadence_spm: float
    stance: float
    """Share of its cycle that each foot is on the floor."""
    curves_deg: np.ndarray
    """(2, 9, 51) left and right over their own cycles, stretched so that the foot leaves at `TABLE_FOOT_OFF`."""
    step_width_m: float
    landing: Landing
    start_m: tuple[float, float]
    heading_rad: float


def plan_run(
    patient: VirtualPatient, visit: int, trial: int, *, speed_m_s_wanted: float | None, landing: Landing
) -> RunPlan:
    """Decide all about a trial that doesn't depend on its length or rate.

    Raises
    ------
    LtmeError
        For a speed nobody of this size runs at, an unknown landing, or an impaired patient.
    """
    if landing not in get_args(Landing):
        raise LtmeError("running", f"landing '{landing}' is not known", f"Use {', '.join(get_args(Landing))}")
    if patient.impairment != "none" and patient.severity > 0.0:
        raise LtmeError(
            patient.name, f"how {patient.impairment} changes running is not published", "Give severity 0, or walk"
        )
    rng = patient.rng(TRIAL, visit, trial, RUN)
    speed = _own_speed_m_s(patient, visit, rng) if speed_m_s_wanted is None else float(speed_m_s_wanted)
    relative = dimensionless_speed(speed, patient.leg_length_m)
    if not RUNNING_SPEED_RANGE[0] <= relative <= RUNNING_SPEED_RANGE[1]:
        low, high = (speed_m_s(limit, patient.leg_length_m) for limit in RUNNING_SPEED_RANGE)
        raise LtmeError(patient.name, f"{speed:.2f} m/s is no running speed", f"Give {low:.2f} to {high:.2f} m/s")
    return RunPlan(
        patient=patient,
        visit=visit,
        speed_m_s=speed,
        cadence_spm=running_cadence_steps_min(relative, patient.leg_length_m) / patient.habits.step_length_factor,
        stance=running_stance_share(relative) + 0.5 * patient.habits.foot_off_shift_pct / 100.0,
        curves_deg=_own_curves(patient, visit, running_curves(relative)),
        step_width_m=running_step_width_m(relative, patient.leg_length_m),
        landing=landing,
        start_m=(float(rng.uniform(-3, -1)), float(rng.uniform(-1, 1))),
        heading_rad=float(rng.uniform(-np.pi, np.pi)),
    )


def _own_speed_m_s(patient: VirtualPatient, visit: int, rng: np.random.Generator) -> float:
    """Self-selected: who walks faster than others runs faster."""
    own = float(np.clip(patient.preferred_speed / MEAN_WALKING_SPEED, *OWN_SPEED_LIMITS))
    visit_rng = patient.rng(VISIT, visit, RUN)
    pace = 1.0 + VISIT_SPEED_SD * visit_rng.standard_normal() + TRIAL_SPEED_SD * rng.standard_normal()
    relative = float(np.clip(SELF_SELECTED_SPEED * own * pace, *RUNNING_SPEED_RANGE))
    return speed_m_s(relative, patient.leg_length_m)


def _own_curves(patient: VirtualPatient, visit: int, mean_deg: np.ndarray) -> np.ndarray:
    """(2, 9, 51) the mean with the person's and the visit's own deviations."""
    mean_own = patient.signature_deg.mean(axis=-1, keepdims=True)
    shape = _stretched(patient.signature_deg - mean_own, foot_off_pct(MEAN_WALKING_SPEED) / 100.0)
    curves = mean_deg + OFFSET_KEPT * mean_own + SHAPE_KEPT * shape + session_offsets(patient, visit)[:, :, None]
    knee = curves[:, _V["knee_flexion"]]
    curves[:, _V["knee_flexion"]] = LEAST_KNEE_DEG + np.logaddexp(0.0, knee - LEAST_KNEE_DEG)
    return np.asarray(curves)


def _stretched(curves_deg: np.ndarray, foot_off: float) -> np.ndarray:
    """Curves whose foot leaves the floor at `foot_off`, so that it leaves at `TABLE_FOOT_OFF`."""
    share = np.linspace(0.0, 1.0, CYCLE_POINTS)
    place = np.interp(share, [0.0, TABLE_FOOT_OFF, 1.0], [0.0, foot_off, 1.0])
    return np.apply_along_axis(lambda curve: np.interp(place, share, curve), -1, curves_deg)
