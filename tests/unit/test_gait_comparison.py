"""What a walk is compared with: bands at its speed, published means beside its figures, and where neither reaches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.gait.comparison import Norms, norms_for
from ltme_clinic.gait.movement import Movement
from ltme_clinic.gait.walker import Walker, walker_of
from ltme_clinic.norms import angle_band, published_controls, walking_curves
from ltme_clinic.types import GaitCycle, GaitFigure
from ltme_clinic.virtual_lab import sample_patient, simulate_walk

WALKING = Movement("walking", "goes forward")
FULL = "conventional gait model"
NAMES = (
    "knee_flexion",
    "elbow_flexion",
    "hip_extension_moment",
    "hip_power",
    "vertical_force",
    "ankle_eversion_moment",
)


@pytest.fixture(scope="module")
def walker() -> Walker:
    return replace(walker_of(simulate_walk(sample_patient(4), duration_s=2.0).recording), leg_length_m=0.8)


def cycles(dimensionless: float, *flags: str) -> tuple[GaitCycle, ...]:
    speed_m_s = dimensionless * np.sqrt(9.81 * 0.8)
    counted = GaitCycle("left", 0.0, 1.0, speed_m_s=speed_m_s)
    return (counted, GaitCycle("right", 0.5, 1.5, speed_m_s=9.0, flags=("turning",)))[bool(flags) :]


def compared(walker: Walker, speed: float = 0.43, **other: object) -> Norms:
    arguments = {"model": FULL, "age_y": 9.0, "controls": None} | other
    return norms_for(walker, WALKING, cycles(speed), NAMES, **arguments)  # type: ignore[arg-type]


def test_bands_are_those_of_the_counted_cycles_speed_and_of_known_variables_only(walker: Walker) -> None:
    norms = compared(walker)
    assert norms.dimensionless_speed == pytest.approx(0.43)
    assert set(norms.bands) == {"knee_flexion", "hip_extension_moment", "hip_power", "vertical_force"}
    np.testing.assert_allclose(norms.bands["knee_flexion"].mean, angle_band("knee_flexion", 0.43).mean)
    mean_deg, _ = walking_curves(0.43)
    assert norms.bands["knee_flexion"].mean[::2] == pytest.approx(mean_deg[6], abs=0.2)


@pytest.mark.parametrize(
    ("age_y", "leg_m", "odd"), [(30, 0.58, True), (6, 0.93, True), (9, 0.7, False), (30, 0.9, False)]
)
def test_an_age_that_the_legs_contradict_is_said(walker: Walker, age_y: float, leg_m: float, odd: bool) -> None:
    norms = compared(replace(walker, leg_length_m=leg_m), age_y=age_y)
    assert any("do not go together" in warning for warning in norms.warnings) is odd


def test_a_sagittal_model_gets_no_band_of_angles(walker: Walker) -> None:
    assert "knee_flexion" not in compared(walker, model="joint centres, sagittal").bands


def test_adults_get_no_children_s_bands(walker: Walker) -> None:
    norms = compared(walker, age_y=40.0)
    assert norms.bands == {}
    assert "children" in norms.refusals[0].reason


def test_an_adult_s_speed_stands_beside_adults_of_the_same_decade_and_sex(walker: Walker) -> None:
    walked = GaitFigure("speed_m_s", "m/s", 1.1)
    (speed,) = compared(walker, age_y=24.0, sex="female").beside([walked])
    assert (speed.reference_mean, speed.reference_sd) == (1.305, 0.222)
    assert speed.reference.startswith("14 able-bodied female adults of 20-29 years")
    for unknown in ({"age_y": 24.0}, {"age_y": 9.0, "sex": "female"}, {"age_y": 95.0, "sex": "male"}):
        (alone,) = compared(walker, **unknown).beside([walked])
        assert alone.reference_mean is None


def test_an_unknown_age_is_said_beside_the_bands(walker: Walker) -> None:
    assert any("age is not known" in warning for warning in compared(walker, age_y=None).warnings)


@pytest.mark.parametrize("speed", [0.05, 0.95])
def test_speeds_that_nobody_walked_at_are_refused(walker: Walker, speed: float) -> None:
    norms = compared(walker, speed)
    assert norms.bands == {}
    assert norms.refusals[0].what == "bands"


def test_nothing_but_walking_is_compared(walker: Walker) -> None:
    running = Movement("running", "flies between steps")
    norms = norms_for(walker, running, cycles(0.43), NAMES, model=FULL, age_y=9.0, controls=None)
    assert (norms.bands, norms.dimensionless_speed) == ({}, None)
    assert "flies between steps" in norms.refusals[0].reason


def test_without_a_counted_cycle_or_a_leg_length_there_is_no_speed_to_match(walker: Walker) -> None:
    only_turns = norms_for(walker, WALKING, cycles(0.43, "turning"), NAMES, model=FULL, age_y=9.0, controls=None)
    assert "no cycle counts" in only_turns.refusals[0].reason
    unknown = replace(walker, leg_length_m=None)
    nobody = norms_for(unknown, WALKING, cycles(0.43), NAMES, model=FULL, age_y=9.0, controls=None)
    assert "leg length is not known" in nobody.refusals[0].reason


def test_own_controls_take_the_place_of_published_bands_of_the_nine_angles(walker: Walker) -> None:
    own = replace(published_controls(), name="our own people", ages_y=(18.0, 60.0))
    norms = compared(walker, age_y=40.0, controls=own)
    assert len(norms.bands) == 9
    assert "our own people" in norms.bands["knee_flexion"].source
    assert norms.refusals == ()
    assert compared(walker, age_y=70.0, controls=own).bands == {}


def test_adults_with_their_laboratory_s_own_bands_get_no_children_s_cadence(walker: Walker) -> None:
    own = replace(published_controls(), name="our own people", ages_y=(18.0, 60.0))
    asked = [
        GaitFigure("cadence_spm", "steps/min", 120.0),
        GaitFigure("step_length_m", "m", 0.6),
        GaitFigure("stance_pct", "%", 60.0),
    ]
    adult = compared(walker, age_y=40.0, controls=own).beside(asked)
    assert [figure.reference_mean for figure in adult] == [None, None, None]
    child = compared(walker, age_y=9.0).beside(asked)
    assert all("82 typically developing children" in figure.reference for figure in child)


def test_children_s_bands_beside_own_controls_of_an_unknown_age_are_said_to_be_theirs(walker: Walker) -> None:
    own = replace(published_controls(), name="our own people", ages_y=None)
    norms = compared(walker, age_y=None, controls=own)
    assert "children" in norms.bands["hip_power"].source
    assert any("age is not known" in warning for warning in norms.warnings)


def test_published_means_stand_beside_the_figures_in_the_figures_own_units(walker: Walker) -> None:
    norms = compared(walker)
    cadence, length, width = norms.beside(
        [
            GaitFigure("cadence_spm", "steps/min", 120.0),
            GaitFigure("step_length_m", "m", 0.6),
            GaitFigure("step_width_m", "m", 0.1),
        ]
    )
    assert cadence.reference_mean == pytest.approx(0.56 * 60 * np.sqrt(9.81 / 0.8), rel=0.01)
    assert length.reference_mean == pytest.approx(0.76 * 0.8, rel=0.01)
    assert cadence.reference_sd is not None
    assert "typically developing children" in cadence.reference
    assert width.reference_mean is None
