"""What a virtual patient wears, leans on and has taken, and how each changes the walk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.kinematics import Skeleton
from ltme_clinic.types import Impairment, LtmeError, Side, TrialFacts
from ltme_clinic.types.trial import OperatedSide, with_given
from ltme_clinic.virtual_lab.impairments import Deviation, at_the_same_speed, shifted, window

Footwear = Literal["barefoot", "shoes"]
Orthosis = Literal["AFO left", "AFO right", "AFO both"]
Aid = Literal["cane left", "cane right"]
Medication = Literal["on", "off"]

SHOES_STEP, SHOES_SPEED = 1.04, 1.03
"""Step length and speed in shoes against barefoot. Children walk .07 m/s faster with 9 % longer steps and a lower
cadence (meta-analysis, 11 studies, Wegener 2011); adults gain about half."""
SHOES_CLEARANCE = 1.15
SOLE_M, TOECAP_SHARE = 0.02, 0.05
"""A sole raises the ankle by so much, and a shoe is longer than its foot by that share of it."""
SHOES_ANKLE_DEG, SHOES_KNEE_DEG = 2.0, 2.0
"""More plantarflexion at push-off, more dorsiflexion at contact, more knee flexion in swing (Wegener 2011: ranges of
ankle and knee up by some 3 degrees)."""

AFO_LOWEST_DEG, AFO_HIGHEST_DEG, AFO_YIELD = -2.0, 8.0, 0.25
"""An ankle-foot orthosis holds the ankle between these, but for a share of what goes beyond: it bends a little. In
swing that is some 4 degrees more dorsiflexion after a stroke (14 trials, Wada 2022), more where the foot drops far."""
AFO_STEPPAGE = 0.4
"""Of the extra hip and knee flexion in swing, what is left when the foot no longer drops."""
AFO_SPEED_GAIN = 0.10
"""Share by which an orthosis speeds up somebody with a dropped foot at severity 1 (speed d = .50, 19 studies, Choo
2021)."""
_DROPPED: frozenset[str] = frozenset({"foot_drop", "hemiplegic", "equinus"})

CANE_SPEED = 0.86
"""14-16 % slower in people who had not used one before (Fang 2015)."""
CANE_UNLOADS = 0.11
"""Share of the body weight by which the peak load of the leg opposite the cane falls: 11-12 % (Fang 2015); the cane
itself carries 7 %, 9 % after training (Hart 2019)."""
CANE_DROP, CANE_LEAN = 0.5, 0.5
"""Of the pelvis's drop and the trunk's lean over the leg opposite the cane, what is left: its moment about the hip
stands in for the abductors' (Blount 1956)."""
CANE_ARM_SWING, CANE_ELBOW_DEG, CANE_ABDUCTION_DEG = 0.5, 15.0, 8.0
"""The arm with the cane swings half as far, a little bent and away from the body."""

ON_SEVERITY = 0.65
"""Of a parkinsonian severity, what a dose of levodopa leaves while it works: stride and speed come a third nearer to
healthy; step width and stride timing hardly change, which is not modelled."""
ON_FREEZING = 0.2
"""Of freezing episodes, what it leaves (Schaafsma 2003: elicited in 14 % against 63 % of turns, 4 against 23 % of
starts)."""

_V = {name: index for index, name in enumerate(ANGLES)}


@dataclass(frozen=True)
class Condition:
    """How a trial is walked beside what is asked; the default is barefoot, alone, and nothing said of medication."""

    footwear: Footwear = "barefoot"
    orthosis: Orthosis | None = None
    aid: Aid | None = None
    medication: Medication | None = None
    """`on`: a dose works; `off`: none does. None: nothing is said and none works."""

    def __post_init__(self) -> None:
        for field, value, known in (
            ("footwear", self.footwear, get_args(Footwear)),
            ("orthosis", self.orthosis, (None, *get_args(Orthosis))),
            ("aid", self.aid, (None, *get_args(Aid))),
            ("medication", self.medication, (None, *get_args(Medication))),
        ):
            if value not in known:
                words = ", ".join(str(word) for word in known if word)
                raise LtmeError("condition", f"{field} '{value}' is not known", f"Use {words}")


BAREFOOT = Condition()


def trial_facts(condition: Condition, age_y: float, operated_side: OperatedSide | None = None) -> TrialFacts:
    """The condition in a trial's own words, as a manifest would state it."""
    said = {
        "kind": "walk",
        "footwear": condition.footwear,
        "orthosis": condition.orthosis or "",
        "aid": condition.aid or "",
        "medication": condition.medication or "",
        "operated_side": operated_side or "",
        "age_y": f"{age_y:.1f}",
    }
    return with_given(TrialFacts(), said, source="parameters")


def treated_severity(impairment: Impairment, severity: float, condition: Condition) -> float:
    """The severity that shows: medication works on parkinsonism only."""
    works = impairment == "parkinsonian" and condition.medication == "on"
    return ON_SEVERITY * severity if works else severity


def freezing_share(condition: Condition) -> float:
    """Share of freezing episodes that is left, beside what the lower severity takes away."""
    return ON_FREEZING if condition.medication == "on" else 1.0


def condition_speed_factor(impairment: Impairment, severity: float, condition: Condition) -> float:
    """Self-selected speed against barefoot and alone."""
    factor = SHOES_SPEED if condition.footwear == "shoes" else 1.0
    if condition.orthosis and impairment in _DROPPED:
        factor *= 1.0 + AFO_SPEED_GAIN * severity
    return factor * (CANE_SPEED if condition.aid else 1.0)


def unloading_share(condition: Condition) -> tuple[float, float]:
    """Share of the body weight that an aid takes from the left and the right leg at the peak of their load."""
    if condition.aid is None:
        return 0.0, 0.0
    return (CANE_UNLOADS, 0.0) if condition.aid == "cane right" else (0.0, CANE_UNLOADS)


def shod(skeleton: Skeleton, condition: Condition) -> Skeleton:
    """The skeleton on its soles: what stands on the floor is the shoe."""
    if condition.footwear == "barefoot":
        return skeleton
    return replace(
        skeleton,
        ankle_height_m=skeleton.ankle_height_m + SOLE_M,
        foot_m=skeleton.foot_m * (1.0 + TOECAP_SHARE),
    )


def apply_condition(change: Deviation, condition: Condition, side: Side | None, mean_deg: np.ndarray) -> Deviation:
    """A deviation as it is in a condition; in `BAREFOOT` it is what it was.

    Parameters
    ----------
    change
        The impairment's deviation, at `treated_severity`.
    side
        The affected leg.
    mean_deg
        (9, 51) mean curves at the speed that is walked.
    """
    if condition.footwear == "shoes":
        change = _in_shoes(change)
    if condition.orthosis is not None:
        worn = SIDES if condition.orthosis == "AFO both" else (condition.orthosis.removeprefix("AFO "),)
        for name in worn:
            change = _with_orthosis(change, SIDES.index(name), mean_deg)
    if condition.aid is not None:
        change = _with_cane(change, SIDES.index(condition.aid.removeprefix("cane ")), side)
    return change


def _in_shoes(change: Deviation) -> Deviation:
    curves_deg = change.curves_deg.copy()
    pushing, landing = window(54.0, 68.0, 14.0), window(92.0, 103.0, 10.0)
    curves_deg[:, _V["ankle_dorsiflexion"]] += SHOES_ANKLE_DEG * (landing - pushing)
    curves_deg[:, _V["knee_flexion"]] += SHOES_KNEE_DEG * window(60.0, 84.0, 18.0)
    return replace(
        change,
        curves_deg=curves_deg,
        step_length_factor=change.step_length_factor * at_the_same_speed(SHOES_STEP, SHOES_SPEED),
        clearance_factor=change.clearance_factor * SHOES_CLEARANCE,
    )


def _with_orthosis(change: Deviation, side: int, mean_deg: np.ndarray) -> Deviation:
    """The ankle within the orthosis's limits; hip and knee that need not lift a dropped foot any more."""
    curves_deg = change.curves_deg.copy()
    ankle = mean_deg[_V["ankle_dorsiflexion"]]
    planned = ankle + curves_deg[side, _V["ankle_dorsiflexion"]]
    held = np.clip(planned, AFO_LOWEST_DEG, AFO_HIGHEST_DEG)
    curves_deg[side, _V["ankle_dorsiflexion"]] = held + AFO_YIELD * (planned - held) - ankle
    swing = window(64.0, 94.0, 18.0)
    for name in ("hip_flexion", "knee_flexion"):
        steppage = swing * np.maximum(curves_deg[side, _V[name]], 0.0)
        curves_deg[side, _V[name]] -= (1.0 - AFO_STEPPAGE) * steppage
    return replace(change, curves_deg=curves_deg)


def _with_cane(change: Deviation, hand: int, side: Side | None) -> Deviation:
    """A cane that goes with the other leg: less drop and lean over that leg, an arm that is busy."""
    helped = 1 - hand
    curves_deg = change.curves_deg.copy()
    stance = window(4.0, 58.0, 12.0)
    dropped = (1.0 - CANE_DROP) * stance * np.maximum(curves_deg[helped, _V["pelvic_obliquity"]], 0.0)
    adducted = (1.0 - CANE_DROP) * stance * np.maximum(curves_deg[helped, _V["hip_adduction"]], 0.0)
    other = (1.0 - CANE_DROP) * shifted(stance) * np.minimum(curves_deg[hand, _V["hip_adduction"]], 0.0)
    curves_deg[helped, _V["pelvic_obliquity"]] -= dropped
    curves_deg[hand, _V["pelvic_obliquity"]] += shifted(dropped)  # the one pelvis, as the other leg draws it
    curves_deg[helped, _V["hip_adduction"]] -= adducted
    curves_deg[hand, _V["hip_adduction"]] -= other
    leans_there = side == SIDES[helped]
    return replace(
        change,
        curves_deg=curves_deg,
        trunk_lean_deg=change.trunk_lean_deg * (CANE_LEAN if leans_there else 1.0),
        arm_swing_factor=_with(change.arm_swing_factor, hand, change.arm_swing_factor[hand] * CANE_ARM_SWING),
        elbow_deg=_with(change.elbow_deg, hand, change.elbow_deg[hand] + CANE_ELBOW_DEG),
        shoulder_abduction_deg=_with(
            change.shoulder_abduction_deg, hand, change.shoulder_abduction_deg[hand] + CANE_ABDUCTION_DEG
        ),
    )


def _with(pair: tuple[float, float], side: int, value: float) -> tuple[float, float]:
    return (value, pair[1]) if side == 0 else (pair[0], value)
