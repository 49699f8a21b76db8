"""How much an impairment slows the patient, and what of a shortened step the lower speed already explains."""

from __future__ import annotations

from ltme_clinic.norms import dimensionless_speed, step_length_m
from ltme_clinic.types import Impairment

SPEED_LOSS: dict[str, float] = {
    "none": 0.0,
    "crouch": 0.35,
    "stiff_knee": 0.30,
    "equinus": 0.30,
    "foot_drop": 0.30,
    "hemiplegic": 0.55,
    "trendelenburg": 0.25,
    "trendelenburg_compensated": 0.22,
    "antalgic": 0.40,
    "parkinsonian": 0.50,
    "ataxic": 0.40,
    "post_operative": 0.40,
}
"""Share of the healthy self-selected speed lost at severity 1.

hemiplegic: after stroke .23-.73 m/s (Olney and Richards 1996), so .58 of 1.28 m/s is inside. trendelenburg: hip
osteoarthritis walks 22 % slower (33 studies, Baily 2023). antalgic: knee osteoarthritis before its operation, 31 %
slower at top speed (Wiik 2017). parkinsonian: half the step at the old cadence (Morris 1994). ataxic: slower
(meta-analysis, 21 studies, Buckley 2018), by an eighth where mild. post_operative: 15 % slower a year after a knee
replacement (Alnahdi 2011); severe is some weeks after it. crouch, stiff knee, equinus and foot drop: non-dimensional
speeds of children with cerebral palsy by pattern, rounded.
"""

_REFERENCE_SPEED_M_S, _REFERENCE_LEG_M = 1.2, 0.9
"""The law of step length is a power of speed: any pair of speeds in this ratio gives the same share."""


def speed_factor(impairment: Impairment, severity: float) -> float:
    """Self-selected speed as a share of the healthy one."""
    return 1.0 - SPEED_LOSS[impairment] * severity


def at_the_same_speed(step_share: float, speed_share: float) -> float:
    """A step length against the healthy walk at the lowered speed, from one against the healthy, unhurried walk.

    A slower walk has shorter steps anyhow; only the rest is the impairment's.
    """
    steps_m = [
        step_length_m(dimensionless_speed(share * _REFERENCE_SPEED_M_S, _REFERENCE_LEG_M), _REFERENCE_LEG_M)
        for share in (1.0, speed_share)
    ]
    return float(step_share * steps_m[0] / steps_m[1])
