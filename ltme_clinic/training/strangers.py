"""Walks that no table of impairments holds: a person's movement changed at random, so that a network learns movement
rather than a list of diseases, and a change nobody showed it is not taken for the nearest that it knows.

A stranger has a few changes. Each has a phase of the cycle, or is there throughout, on one side or both; it bends one
to three joint angles, each by degrees of its own, and half of the time others make up for it. Trunk, arms, steps and
stance change at random beside them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS
from ltme_clinic.virtual_lab.impairments import Deviation, shifted, with_one_pelvis
from ltme_clinic.virtual_lab.impairments.shapes import ROW
from ltme_clinic.virtual_lab.patient import VirtualPatient

CHANGES = (1, 5)
"""How many changes a stranger has, both included."""
ANGLES_OF_A_CHANGE = (1, 3)
SIZE_SD_DEG = {
    "pelvic_tilt": 5.0,
    "pelvic_obliquity": 5.0,
    "pelvic_rotation": 6.0,
    "hip_flexion": 10.0,
    "knee_flexion": 14.0,
    "ankle_dorsiflexion": 8.0,
}
OTHER_SIZE_SD_DEG = 6.0
WIDTH_PCT = (6.0, 30.0)
"""Standard deviation of a change along the cycle."""
WHOLE_CYCLE_SHARE = 0.3
"""Share of changes that hold for the whole cycle: a posture."""
BOTH_SIDES_SHARE = 0.4
MADE_UP_SHARE = 0.5
"""Share of changes that the joints below make up for, as a foot on the floor asks."""
HIP_SHARE = (0.3, 0.8)
"""Of a knee's change, what the hip takes; the ankle takes the rest."""
OTHERWISE_SHARE = 0.5
"""Chance of each change beside the joint angles."""
_STREAM = 79


def as_stranger(patient: VirtualPatient) -> VirtualPatient:
    """The same body and own way of walking with a random change, by the patient's seed."""
    rng = patient.rng(_STREAM)
    curves_deg = np.zeros((2, len(ANGLES), CYCLE_POINTS))
    for _ in range(rng.integers(CHANGES[0], CHANGES[1] + 1)):
        curves_deg += _change_deg(rng)
    return replace(patient, own_deviation=Deviation(with_one_pelvis(curves_deg), **_otherwise(rng)))


def _change_deg(rng: np.random.Generator) -> np.ndarray:
    """(2, 9, 51) of one change; the pelvis only as one leg's cycle draws it."""
    course = _course(rng)
    sides = [0, 1] if rng.random() < BOTH_SIDES_SHARE else [int(rng.integers(2))]
    angles = rng.choice(len(ANGLES), size=rng.integers(ANGLES_OF_A_CHANGE[0], ANGLES_OF_A_CHANGE[1] + 1), replace=False)
    change_deg = np.zeros((2, len(ANGLES), CYCLE_POINTS))
    for angle in angles:
        size_deg = SIZE_SD_DEG.get(ANGLES[angle], OTHER_SIZE_SD_DEG) * rng.standard_normal()
        change_deg[sides, angle] = size_deg * course
    return _made_up_for(change_deg, rng) if rng.random() < MADE_UP_SHARE else change_deg


def _made_up_for(change_deg: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same with joints below that keep the foot where it was: a knee that bends more goes with a hip and an ankle
    that do, a pelvis that tilts or drops with thighs that stay."""
    made_up = change_deg.copy()
    hip_share = rng.uniform(*HIP_SHARE)
    made_up[:, ROW["hip_flexion"]] += hip_share * change_deg[:, ROW["knee_flexion"]]
    made_up[:, ROW["ankle_dorsiflexion"]] += (1.0 - hip_share) * change_deg[:, ROW["knee_flexion"]]
    tilt, obliquity = change_deg[:, ROW["pelvic_tilt"]], change_deg[:, ROW["pelvic_obliquity"]]
    made_up[:, ROW["hip_flexion"]] += tilt + shifted(tilt[::-1])
    made_up[:, ROW["hip_adduction"]] += obliquity - shifted(obliquity[::-1])
    return made_up


def _course(rng: np.random.Generator) -> np.ndarray:
    """A change of one degree at its largest, (51,): around one percentage of the cycle, or the whole of it."""
    if rng.random() < WHOLE_CYCLE_SHARE:
        return np.ones(CYCLE_POINTS)
    pct = np.linspace(0.0, 100.0, CYCLE_POINTS)
    away = np.abs(pct - rng.uniform(0.0, 100.0))
    away = np.minimum(away, 100.0 - away)
    course: np.ndarray = np.exp(-0.5 * (away / rng.uniform(*WIDTH_PCT)) ** 2)
    return course


def _otherwise(rng: np.random.Generator) -> dict[str, Any]:
    """What else is changed: fields of a `Deviation`, each there half of the time."""
    normal = rng.standard_normal(16)
    timing, stride = rng.uniform(0.0, 1.0, 2)
    drawn = {
        "stance_shift_pct": tuple(np.clip(2.5 * normal[0:2], -5.0, 5.0)),
        "trunk_lean_deg": 6.0 * normal[2],
        "trunk_flexion_deg": 6.0 * normal[3],
        "arm_swing_factor": tuple(np.exp(0.4 * normal[4:6])),
        "shoulder_abduction_deg": tuple(np.abs(5.0 * normal[6:8])),
        "elbow_deg": tuple(10.0 * normal[8:10]),
        "step_length_factor": float(np.clip(1.0 + 0.1 * normal[10], 0.75, 1.2)),
        "width_factor": float(np.exp(0.35 * normal[11])),
        "timing_factor": float(np.exp(timing)),
        "stride_factor": float(np.exp(stride)),
    }
    there = rng.random(len(drawn)) < OTHERWISE_SHARE
    return {name: value for (name, value), kept in zip(drawn.items(), there, strict=True) if kept}
