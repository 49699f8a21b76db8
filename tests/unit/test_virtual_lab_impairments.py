"""Impairments are continuous in severity, mirrored by side, and show in the walked body what their table says."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest

from ltme_clinic.body import ANGLES
from ltme_clinic.norms import walking_curves
from ltme_clinic.types import Impairment, LtmeError, Side, WalkTruth
from ltme_clinic.virtual_lab import IMPAIRMENTS, PERFECT, sample_patient, simulate_slots
from ltme_clinic.virtual_lab.impairments import (
    ONE_SIDED,
    PCT,
    SPEED_LOSS,
    SWEEP_DEG_PER_PCT,
    Deviation,
    at_the_same_speed,
    deviation,
    graded,
    shifted,
    speed_factor,
    window,
)
from ltme_clinic.virtual_lab.impairments.neurological import HANGING_DEG
from ltme_clinic.virtual_lab.impairments.shapes import sole_pitch_deg
from ltme_clinic.virtual_lab.plan import plan_walk

V = {name: index for index, name in enumerate(ANGLES)}
MEAN_DEG = walking_curves(0.35)[0]
IMPAIRED = [name for name in IMPAIRMENTS if name != "none"]
PEOPLE = (0, 1, 4)


@cache
def truths(
    impairment: Impairment, severity: float, side: Side | None = "right", duration_s: float = 5.0
) -> list[WalkTruth]:
    """Walks of a few people, impaired on one side, at the speed they then choose."""
    found = []
    for seed in PEOPLE:
        patient = sample_patient(seed, impairment=impairment, severity=severity, side=side, age_y=50)
        found.append(simulate_slots(patient, cameras=PERFECT, duration_s=duration_s)[1])
    return found


@cache
def well(impairment: Impairment, severity: float) -> list[WalkTruth]:
    """The same people healthy, as slow as the impairment makes them."""
    slow = truths(impairment, severity)
    return [
        simulate_slots(sample_patient(seed, age_y=50), cameras=PERFECT, duration_s=4.0, speed_m_s=truth.speed_m_s)[1]
        for seed, truth in zip(PEOPLE, slow, strict=True)
    ]


def mean_curve(found: list[WalkTruth], name: str, side: int = 1) -> np.ndarray:
    return np.mean([truth.curves_deg[side, V[name]] for truth in found], axis=0)


def stride_cv(truth: WalkTruth) -> float:
    contacts_s = [e.time_s for e in truth.events if e.side == "left" and e.kind == "initial_contact"]
    strides_s = np.diff(contacts_s)
    return float(strides_s.std() / strides_s.mean())


def test_every_impairment_has_a_speed_and_those_of_one_side_are_impairments():
    assert set(SPEED_LOSS) == set(IMPAIRMENTS)
    assert set(IMPAIRED) >= ONE_SIDED
    assert {"crouch", "ataxic"} == set(IMPAIRED) - ONE_SIDED


@pytest.mark.parametrize("impairment", IMPAIRMENTS)
def test_severity_zero_is_no_deviation_and_no_loss_of_speed(impairment):
    change, none = deviation(impairment, 0.0, "left", MEAN_DEG), Deviation()
    assert speed_factor(impairment, 0.0) == 1.0
    np.testing.assert_array_equal(change.curves_deg, none.curves_deg)
    for field in fields(Deviation)[1:]:
        assert getattr(change, field.name) == getattr(none, field.name)


@pytest.mark.parametrize("impairment", IMPAIRED)
def test_severity_zero_walks_exactly_as_health(impairment):
    healthy_m, healthy = simulate_slots(sample_patient(8), duration_s=2.0)
    slots_m, truth = simulate_slots(sample_patient(8, impairment=impairment, severity=0.0), duration_s=2.0)
    np.testing.assert_array_equal(slots_m, healthy_m)
    np.testing.assert_array_equal(truth.curves_deg, healthy.curves_deg)
    assert truth.freezes_s == ()


@pytest.mark.parametrize("impairment", IMPAIRED)
def test_a_deviation_grows_from_nothing_without_a_jump(impairment):
    sizes = [np.abs(deviation(impairment, s, "left", MEAN_DEG).curves_deg).max() for s in np.linspace(0.0, 1.0, 101)]
    assert sizes[0] == 0.0
    assert sizes[-1] > 2.0
    assert np.diff(sizes).min() > -0.2
    assert np.abs(np.diff(sizes)).max() < 0.05 * sizes[-1] + 0.1
    speeds = [speed_factor(impairment, s) for s in (0.0, 0.5, 1.0)]
    assert speeds == sorted(speeds, reverse=True)


@pytest.mark.parametrize("impairment", IMPAIRED)
def test_the_other_side_is_the_mirror(impairment):
    left, right = deviation(impairment, 0.7, "left", MEAN_DEG), deviation(impairment, 0.7, "right", MEAN_DEG)
    np.testing.assert_array_equal(left.curves_deg, right.curves_deg[::-1])
    for field in fields(Deviation)[1:]:
        of_left, of_right = getattr(left, field.name), getattr(right, field.name)
        assert of_left == (of_right[::-1] if isinstance(of_right, tuple) else of_right)


@pytest.mark.parametrize("impairment", ["post_operative", "parkinsonian", "trendelenburg"])
def test_the_other_side_walks_as_the_mirror(impairment):
    person = sample_patient(9, impairment=impairment, severity=0.8, age_y=50)
    even = replace(person, signature_deg=np.zeros_like(person.signature_deg))
    sides: tuple[Side, Side] = ("left", "right")
    left, right = (
        np.mean(
            [
                simulate_slots(replace(even, side=side), visit=visit, cameras=PERFECT, duration_s=4.0)[1].curves_deg
                for visit in range(4)
            ],
            axis=0,
        )
        for side in sides
    )
    differs_deg = (left - right[::-1])[:, 3:8]
    assert np.sqrt((differs_deg**2).mean()) < 2.5


@pytest.mark.parametrize("impairment", IMPAIRED)
def test_both_legs_draw_the_same_pelvis(impairment):
    curves_deg = deviation(impairment, 1.0, "left", MEAN_DEG).curves_deg
    seen_by_right = np.array([[1.0], [-1.0], [-1.0]]) * shifted(curves_deg[0, :3])
    np.testing.assert_allclose(
        curves_deg[1, :3], seen_by_right, atol=0.05
    )  # a published curve ends where it begins, nearly


def test_an_impairment_changes_no_random_number():
    for impairment in ("parkinsonian", "ataxic", "post_operative"):
        patient = sample_patient(3, impairment=impairment, severity=0.8, side="left")
        assert patient.rng(2, 0, 0).random() == sample_patient(3).rng(2, 0, 0).random()
        person = replace(patient, impairment="none", severity=0.0, side=None)
        np.testing.assert_array_equal(person.signature_deg, sample_patient(3).signature_deg)
        assert person.habits == sample_patient(3).habits


def test_degrees_are_straight_between_the_published_ones():
    assert [graded(s, 3.0, 6.0, 10.0) for s in (0.0, 1 / 6, 1 / 3, 2 / 3, 1.0)] == pytest.approx([0, 1.5, 3, 6, 10])
    assert graded(0.5, 0.85, 0.70, 0.50, healthy=1.0) == pytest.approx(0.775)


def test_a_window_is_half_up_at_its_ends_and_passes_through_the_contact():
    at = window(90.0, 110.0, 10.0)
    assert at[0] == at[-1] == 1.0
    assert at[np.searchsorted(PCT, 90.0)] == pytest.approx(0.5)
    assert at[np.searchsorted(PCT, 10.0)] == pytest.approx(0.5)
    assert at[25] == 0.0


def test_a_step_that_the_speed_explains_is_no_shorter_at_that_speed():
    assert at_the_same_speed(1.0, 1.0) == 1.0
    assert at_the_same_speed(0.5**0.422, 0.5) == pytest.approx(1.0, abs=0.01)
    assert at_the_same_speed(0.5, 0.5) < 0.7


def test_a_dropped_foot_hangs_no_further_than_straight_down():
    planned = MEAN_DEG + deviation("foot_drop", 1.0, "left", MEAN_DEG).curves_deg[0]
    assert sole_pitch_deg(planned).min() > min(HANGING_DEG, sole_pitch_deg(MEAN_DEG).min()) - 1.0


HEADLINES = {
    "crouch": lambda found: mean_curve(found, "knee_flexion")[5:28].min(),
    "stiff_knee": lambda found: -mean_curve(found, "knee_flexion")[28:].max(),
    "equinus": lambda found: -mean_curve(found, "ankle_dorsiflexion")[10:28].max(),
    "foot_drop": lambda found: -mean_curve(found, "ankle_dorsiflexion")[40:49].mean(),
    "hemiplegic": lambda found: mean_curve(found, "pelvic_obliquity")[33:45].mean(),
    "trendelenburg": lambda found: mean_curve(found, "pelvic_obliquity")[6:24].mean(),
    "trendelenburg_compensated": lambda found: mean_curve(found, "pelvic_obliquity")[6:24].mean(),
    "antalgic": lambda found: -mean_curve(found, "knee_flexion")[28:].max(),
    "post_operative": lambda found: -mean_curve(found, "knee_flexion")[28:].max(),
    "parkinsonian": lambda found: -float(np.mean([truth.step_length_m for truth in found])),
    "ataxic": lambda found: float(np.mean([truth.step_width_m for truth in found])),
}


@pytest.mark.parametrize("impairment", IMPAIRED)
def test_a_worse_impairment_shows_more_in_the_walked_body(impairment):
    shown = [HEADLINES[impairment](truths(impairment, severity)) for severity in (0.0, 0.5, 1.0)]
    speeds = [np.mean([t.speed_m_s for t in truths(impairment, severity)]) for severity in (0.0, 0.5, 1.0)]
    assert shown == sorted(shown)
    assert shown[2] > shown[0]
    assert speeds == sorted(speeds, reverse=True)


@pytest.mark.parametrize(
    ("impairment", "name", "part", "change_deg", "within_deg"),
    [
        ("trendelenburg", "pelvic_obliquity", slice(6, 24), 10.0, 2.0),
        ("trendelenburg_compensated", "pelvic_obliquity", slice(6, 24), 3.0, 1.5),
        ("foot_drop", "ankle_dorsiflexion", slice(40, 49), -25.0, 5.0),
        ("hemiplegic", "pelvic_obliquity", slice(33, 45), 8.0, 2.0),
    ],
)
def test_a_severe_impairment_differs_from_health_by_its_degrees(impairment, name, part, change_deg, within_deg):
    differs_deg = mean_curve(truths(impairment, 1.0), name) - mean_curve(well(impairment, 1.0), name)
    assert differs_deg[part].mean() == pytest.approx(change_deg, abs=within_deg)


def test_a_painful_knee_bends_less_in_swing():
    peaks_deg = [
        mean_curve(found, "knee_flexion")[28:].max() for found in (truths("antalgic", 1.0), well("antalgic", 1.0))
    ]
    assert peaks_deg[0] - peaks_deg[1] == pytest.approx(-6.0, abs=2.0)


def test_the_trunk_leans_where_the_hip_is_compensated_and_hardly_else():
    plain = deviation("trendelenburg", 1.0, "right", MEAN_DEG)
    leaning = deviation("trendelenburg_compensated", 1.0, "right", MEAN_DEG)
    assert plain.trunk_lean_deg < 2.0
    assert leaning.trunk_lean_deg == 15.0
    assert [deviation("trendelenburg_compensated", s, "right", MEAN_DEG).trunk_lean_deg for s in (1 / 3, 2 / 3)] == [
        pytest.approx(5.0),
        pytest.approx(10.0),
    ]


def test_a_parkinsonian_keeps_the_cadence_and_loses_the_step():
    healthy, severe = truths("parkinsonian", 0.0), truths("parkinsonian", 1.0)
    steps_m, cadences_spm = (
        [np.mean([getattr(truth, name) for truth in found]) for found in (healthy, severe)]
        for name in ("step_length_m", "cadence_spm")
    )
    assert steps_m[1] / steps_m[0] == pytest.approx(0.5, abs=0.08)
    assert cadences_spm[1] / cadences_spm[0] == pytest.approx(0.95, abs=0.1)
    pitch = [sole_pitch_deg(np.mean([t.curves_deg[1] for t in found], axis=0))[0] for found in (healthy, severe)]
    assert pitch[0] > 10.0
    assert pitch[1] < 0.6 * pitch[0]  # the sole lands flatter
    for name in ("hip_flexion", "knee_flexion", "pelvic_rotation"):
        ranges_deg = [np.ptp(mean_curve(found, name)) for found in (healthy, severe)]
        assert ranges_deg[1] < 0.85 * ranges_deg[0]


def test_a_parkinsonian_is_worse_on_one_side_and_bends_forward():
    change = deviation("parkinsonian", 1.0, "right", MEAN_DEG)
    assert change.arm_swing_factor[1] == pytest.approx(0.15)
    assert change.arm_swing_factor[0] > 2 * change.arm_swing_factor[1]
    assert change.trunk_flexion_deg == 20.0
    ranges_deg = np.ptp(MEAN_DEG + change.curves_deg, axis=2)[:, V["hip_flexion"]]
    assert ranges_deg[1] < ranges_deg[0] < np.ptp(MEAN_DEG[V["hip_flexion"]])


def test_an_ataxic_walks_wide_and_unevenly():
    change = deviation("ataxic", 1.0, None, MEAN_DEG)
    assert (change.width_factor, change.timing_factor) == (2.2, 4.0)
    people = [sample_patient(seed, age_y=50) for seed in PEOPLE]
    own_m = np.mean([person.habits.step_width_share * person.height_m for person in people])
    widths_m = [np.mean([truth.step_width_m for truth in truths("ataxic", severity)]) for severity in (0.0, 1.0)]
    assert widths_m[1] == pytest.approx(2.2 * own_m, rel=0.25)
    assert widths_m[1] > 1.4 * widths_m[0]
    steady, uneven = (
        np.mean([stride_cv(truth) for truth in truths("ataxic", severity, duration_s=25.0)]) for severity in (0.0, 1.0)
    )
    assert uneven / steady == pytest.approx(4.0, abs=1.2)


def test_an_operated_knee_bends_little_in_swing_and_never_quite_straightens():
    sick, healthy = (
        mean_curve(found, "knee_flexion") for found in (truths("post_operative", 1.0), truths("none", 0.0))
    )
    slow = mean_curve(well("post_operative", 1.0), "knee_flexion")
    assert slow[28:].max() - sick[28:].max() == pytest.approx(50.0 - 38.0, abs=4.0)  # healthy at this speed: 50
    assert sick[10:28].min() > healthy[10:28].min() + 1.5
    loading_deg = [np.ptp(curve[:18]) for curve in (sick, healthy)]
    assert loading_deg[0] < 0.6 * loading_deg[1]
    for truth in truths("post_operative", 1.0):
        assert truth.stance_pct[0] - truth.stance_pct[1] == pytest.approx(8.0)


def test_a_leg_that_stands_for_less_extends_its_hip_less_and_lands_where_it_did():
    whole = deviation("antalgic", 1.0, "left", MEAN_DEG)
    assert whole.stance_shift_pct == (-5.0, 3.0)
    left, right = whole.curves_deg[:, V["hip_flexion"]]
    foot_off, contact = int(np.searchsorted(PCT, 60.0)), 0
    assert left[foot_off] == pytest.approx(4.0 * SWEEP_DEG_PER_PCT)
    assert right[foot_off] == pytest.approx(-4.0 * SWEEP_DEG_PER_PCT)
    assert left[contact] == pytest.approx(0.0, abs=0.5)
    assert right[contact] == 0.0


def test_a_person_with_a_deviation_of_its_own_walks_by_it_and_has_no_impairment_beside_it() -> None:
    patient = sample_patient(5)
    leaning = replace(patient, own_deviation=Deviation(trunk_lean_deg=12.0))
    assert plan_walk(leaning).deviation.trunk_lean_deg == 12.0
    assert plan_walk(patient).deviation.trunk_lean_deg == 0.0
    with pytest.raises(LtmeError, match="both an impairment and a deviation"):
        replace(sample_patient(5, impairment="crouch", severity=0.5), own_deviation=Deviation())
