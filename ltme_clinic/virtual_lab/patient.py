"""A virtual patient: body, own way of walking, impairment. Everything follows from a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, get_args

import numpy as np

from ltme_clinic.kinematics import Skeleton
from ltme_clinic.norms import pair_model, preferred_speed, speed_m_s
from ltme_clinic.norms.bodies import sample_body
from ltme_clinic.types import Impairment, LtmeError, Side
from ltme_clinic.virtual_lab.impairments import ONE_SIDED, Deviation

IMPAIRMENTS: tuple[Impairment, ...] = get_args(Impairment)
AGE_RANGE_Y = (6.0, 80.0)

SESSION_SD_DEG = np.array([1.3, 0.6, 0.8, 1.8, 1.0, 3.0, 2.2, 2.2, 2.0])
"""How much a person's mean angle truly differs between visits (`body.ANGLES` order), before any marker is placed.

Between-session SD of 2-4 degrees is usual (McGinley 2009); part of that is marker placement, simulated apart.
"""
MEASUREMENT_SD_DEG = np.array([2.2, 1.0, 0.4, 3.0, 1.2, 4.5, 1.5, 0.9, 2.6])
"""How far off mean angles are measured, between people at one visit, by placement, skin and own landmarks: realistic
against `TEXTBOOK` cameras (40 virtual people, three visits). A published SD holds as much of it."""
LEAST_OWN_SHARE = 0.15
"""Of the published variance of a mean angle, what is a person's own at least."""

PERSON, VISIT, TRIAL, APPOINTMENTS = 0, 1, 2, 3
"""Streams of random numbers: what stays for life, what a visit redraws, what a trial redraws, when visits fall."""
_BODY, _SIGNATURE = 4, 6
"""Streams of a person's random numbers beside those of landmarks (2), skin (3) and the upper body (5)."""


@dataclass(frozen=True, eq=False)
class VirtualPatient:
    """A person who walks in the virtual laboratory."""

    name: str
    seed: int
    age_y: float
    sex: Literal["female", "male"]
    height_m: float
    mass_kg: float
    skeleton: Skeleton
    signature_deg: np.ndarray
    """(2, 9, 51): how this person's curves differ from the mean of all people at the same speed; left, right."""
    preferred_speed: float
    """Dimensionless self-selected speed when healthy."""
    habits: Habits
    impairment: Impairment = "none"
    severity: float = 0.0
    """0 healthy, 1 the published severe degree."""
    side: Side | None = None
    own_deviation: Deviation | None = None
    """What else changes this person's walk, instead of an impairment: for walks that no table of impairments holds."""

    def __post_init__(self) -> None:
        if self.impairment not in IMPAIRMENTS:
            raise LtmeError(self.name, f"unknown impairment '{self.impairment}'", f"Use {', '.join(IMPAIRMENTS)}")
        if not 0.0 <= self.severity <= 1.0:
            raise LtmeError(self.name, f"a severity of {self.severity}", "Give 0 (healthy) to 1 (severe)")
        if self.side not in (None, "left", "right"):
            raise LtmeError(self.name, f"side '{self.side}'", "Use left or right")
        if self.own_deviation is not None and self.impairment != "none":
            raise LtmeError(self.name, "both an impairment and a deviation of its own", "Give one of them")
        self.signature_deg.setflags(write=False)

    @property
    def leg_length_m(self) -> float:
        return self.skeleton.leg_length_m

    @property
    def preferred_speed_m_s(self) -> float:
        """Self-selected speed when healthy."""
        return speed_m_s(self.preferred_speed, self.leg_length_m)

    def with_severity(self, severity: float) -> VirtualPatient:
        """The same person, more or less impaired."""
        return replace(self, severity=severity)

    def rng(self, *stream: int) -> np.random.Generator:
        """Random numbers of this person for one purpose; never depends on the impairment."""
        return np.random.default_rng([self.seed, *stream])


@dataclass(frozen=True)
class Habits:
    """What else is a person's own, beyond the nine curves."""

    trunk_flexion_deg: float
    arm_swing_deg: float
    """Range of shoulder flexion at free speed."""
    elbow_deg: float
    step_length_factor: float
    """Step length against the speed law; the cadence is changed the other way."""
    foot_off_shift_pct: float
    step_width_share: float
    """Between the ankles, as a share of the height."""


def sample_patient(
    seed: int,
    *,
    impairment: Impairment = "none",
    severity: float = 0.0,
    side: Side | None = None,
    age_y: float | None = None,
    name: str | None = None,
) -> VirtualPatient:
    """Draw a person of 6 to 80 years: the same seed is the same person, whatever the impairment.

    Parameters
    ----------
    seed
        Not negative.
    impairment, severity, side
        See `impairments.py`; a one-sided impairment without a side gets one from the seed.
    age_y
        Drawn (two fifths children) if left out.
    name
        "VP-<seed>" if left out.

    Raises
    ------
    LtmeError
        For an unknown impairment, a severity outside 0 to 1, or an age outside 6 to 80.
    """
    if seed < 0:
        raise LtmeError("virtual patient", f"seed {seed} is negative", "Use 0 or more")
    rng = np.random.default_rng([seed, PERSON])
    drawn_age = rng.uniform(*((6.0, 18.0) if rng.random() < 0.4 else (18.0, 80.0)))
    age = float(drawn_age if age_y is None else age_y)
    if not AGE_RANGE_Y[0] <= age <= AGE_RANGE_Y[1]:
        raise LtmeError("virtual patient", f"an age of {age:g} years", "Give 6 to 80")
    sex: Literal["female", "male"] = "female" if rng.random() < 0.5 else "male"
    drawn_side: Side = "left" if rng.random() < 0.5 else "right"
    body = sample_body(np.random.default_rng([seed, PERSON, _BODY]), age, sex)
    skeleton = Skeleton.from_proportions(body.height_m, body.shares)
    mean_speed, speed_sd = preferred_speed(age, skeleton.leg_length_m)
    return VirtualPatient(
        name=name or f"VP-{seed:03d}",
        seed=seed,
        age_y=round(age, 1),
        sex=sex,
        height_m=body.height_m,
        mass_kg=body.mass_kg,
        skeleton=skeleton,
        preferred_speed=float(np.clip(mean_speed + speed_sd * _within(rng, 2.0), 0.25, 0.60)),
        habits=_habits(rng, age),
        signature_deg=_signature(np.random.default_rng([seed, PERSON, _SIGNATURE])),
        impairment=impairment,
        severity=float(severity),
        side=side or (drawn_side if impairment in ONE_SIDED else None),
    )


def session_offsets(patient: VirtualPatient, visit: int) -> np.ndarray:
    """How this visit's walking differs from the person's usual: (2, 9) degrees, constant over the cycle."""
    rng = patient.rng(VISIT, visit)
    pelvis = rng.standard_normal(3) * SESSION_SD_DEG[:3]
    limbs = rng.standard_normal((2, 6)) * SESSION_SD_DEG[3:]
    # tilting the pelvis leaves the thigh where it is, so hip flexion follows the tilt and keeps its own SD beside it
    limbs[:, 0] *= np.sqrt(max(0.0, 1.0 - (SESSION_SD_DEG[0] / SESSION_SD_DEG[3]) ** 2))
    limbs[:, 0] += pelvis[0]
    return np.concatenate([pelvis * [[1, 1, 1], [1, -1, -1]], limbs], axis=1)


def _signature(rng: np.random.Generator) -> np.ndarray:
    """A person's deviation curves; what sessions and measuring add to the published spread of means is taken out."""
    sample_deg = pair_model().sample(rng)
    means_deg = sample_deg.mean(axis=2, keepdims=True)
    return sample_deg - (1.0 - _own_share()[None, :, None]) * means_deg


@cache
def _own_share() -> np.ndarray:
    """(9,) of a published deviation of a mean angle, what is the person's own."""
    model = pair_model()
    means_deg = model.components.mean(axis=3) * model.sd_deg[:, None, None]  # (component, side, variable)
    variance = (means_deg**2).sum(axis=0).mean(axis=0)
    own = 1.0 - (SESSION_SD_DEG**2 + MEASUREMENT_SD_DEG**2) / variance
    share: np.ndarray = np.sqrt(np.maximum(own, LEAST_OWN_SHARE))
    return share


def _habits(rng: np.random.Generator, age_y: float) -> Habits:
    """Upper arms swing by 23 degrees at free speed, and differ by half as much again either way (8 children, 4 adults,
    80 public walks of adults; 24.6 +/- 2.4 in ten men; 30-40 degrees are quoted clinically)."""
    return Habits(
        trunk_flexion_deg=3.0 + 2.0 * _within(rng, 2.0) + 0.06 * max(0.0, age_y - 50.0),
        arm_swing_deg=float(np.clip(23.0 * np.exp(0.5 * _within(rng, 2.5)), 5.0, 65.0)),
        elbow_deg=float(np.clip(24.0 + 7.0 * rng.standard_normal(), 8.0, 45.0)),
        step_length_factor=1.0 + 0.03 * _within(rng, 2.0),
        foot_off_shift_pct=0.8 * _within(rng, 2.0),
        step_width_share=float(np.clip(0.050 + 0.010 * rng.standard_normal(), 0.03, 0.09)),
    )


def _within(rng: np.random.Generator, limit: float) -> float:
    """A standard normal number held within +/- limit."""
    return float(np.clip(rng.standard_normal(), -limit, limit))
