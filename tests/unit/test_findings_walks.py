"""Which recordings count as a visit's walks: straight ones, forward, with steps."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.findings import why_not_a_walk
from ltme_clinic.types import MotionEmbedding


def walked(**covariates: float) -> MotionEmbedding:
    known = {"speed_m_s": 1.2, "leg_length_m": 0.9, "cadence_spm": 110.0} | covariates
    nothing = np.zeros(2, dtype=np.float32)
    return MotionEmbedding("r", "measured", "f", 1, nothing, nothing, nothing[None], 100, **known)


def test_a_straight_walk_counts() -> None:
    assert why_not_a_walk(walked()) == ""
    assert why_not_a_walk(walked(turn_deg=-20.0)) == ""


@pytest.mark.parametrize(
    ("covariates", "reason"),
    [
        ({"cadence_spm": float("nan")}, "no steps"),
        ({"speed_m_s": 0.02}, "0.02 m/s"),
        ({"speed_m_s": float("nan")}, "m/s"),
        ({"speed_m_s": -1.0}, "-1.00 m/s"),
        ({"turn_deg": 92.0}, "turns by 92 deg"),
        ({"turn_deg": -92.0}, "turns by 92 deg"),
    ],
)
def test_standing_marching_walking_backwards_and_turning_do_not(covariates: dict[str, float], reason: str) -> None:
    assert reason in why_not_a_walk(walked(**covariates))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("static", "a static trial"), ("range_of_motion", "a range-of-motion trial"), ("exercise", "an exercise")],
)
def test_a_trial_of_another_kind_is_no_walk_however_it_looks(kind, reason):
    assert why_not_a_walk(walked(), kind) == f"it is {reason}"
    assert why_not_a_walk(walked(), "walk") == why_not_a_walk(walked(), "unknown") == ""
