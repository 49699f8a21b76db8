"""Walks that no table of impairments holds: a person's curves bent at random, so that a network learns movement rather
than a list of diseases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS
from ltme_clinic.virtual_lab.patient import VirtualPatient

BUMPS = (1, 5)
"""How many changes a stranger has, both included."""
SIZE_SD_DEG = {"hip_flexion": 10.0, "knee_flexion": 14.0, "ankle_dorsiflexion": 8.0}
OTHER_SIZE_SD_DEG = 6.0
WIDTH_PCT = (6.0, 30.0)
"""Standard deviation of a change along the cycle."""
WHOLE_CYCLE_SHARE = 0.3
"""Share of changes that hold for the whole cycle: a posture."""
BOTH_SIDES_SHARE = 0.4
STRIDE_SD, FOOT_OFF_SD_PCT, LEAN_SD_DEG = 0.08, 2.0, 5.0
_FIRST_LIMB = ANGLES.index("hip_flexion")
_STREAM = 79


def as_stranger(patient: VirtualPatient) -> VirtualPatient:
    """The same body with curves, step length, foot off and trunk changed at random, by the patient's seed.

    The pelvis is left as it is, for both legs share it.
    """
    rng = patient.rng(_STREAM)
    changed_deg = np.zeros((2, len(ANGLES), CYCLE_POINTS))
    for _ in range(rng.integers(BUMPS[0], BUMPS[1] + 1)):
        variable = int(rng.integers(_FIRST_LIMB, len(ANGLES)))
        bump = _bump(rng) * rng.standard_normal() * SIZE_SD_DEG.get(ANGLES[variable], OTHER_SIZE_SD_DEG)
        sides = [0, 1] if rng.random() < BOTH_SIDES_SHARE else [int(rng.integers(2))]
        changed_deg[sides, variable] += bump
    habits = patient.habits
    return replace(
        patient,
        signature_deg=patient.signature_deg + changed_deg,
        habits=replace(
            habits,
            trunk_flexion_deg=habits.trunk_flexion_deg + LEAN_SD_DEG * rng.standard_normal(),
            step_length_factor=float(np.clip(habits.step_length_factor + STRIDE_SD * rng.standard_normal(), 0.75, 1.2)),
            foot_off_shift_pct=float(
                np.clip(habits.foot_off_shift_pct + FOOT_OFF_SD_PCT * rng.standard_normal(), -4, 4)
            ),
        ),
    )


def _bump(rng: np.random.Generator) -> np.ndarray:
    """A change of one degree at its largest, (51,): around one percentage of the cycle, or the whole of it."""
    if rng.random() < WHOLE_CYCLE_SHARE:
        return np.ones(CYCLE_POINTS)
    pct = np.linspace(0.0, 100.0, CYCLE_POINTS)
    away = np.abs(pct - rng.uniform(0.0, 100.0))
    away = np.minimum(away, 100.0 - away)
    bump: np.ndarray = np.exp(-0.5 * (away / rng.uniform(*WIDTH_PCT)) ** 2)
    return bump
