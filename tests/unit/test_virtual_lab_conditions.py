"""Shoes, orthosis, cane and medication each change the walk where they should, and a trial says so."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from ltme_clinic.body import ANGLES
from ltme_clinic.norms import walking_curves
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab import PERFECT, sample_patient, simulate_slots
from ltme_clinic.virtual_lab.conditions import (
    AFO_LOWEST_DEG,
    BAREFOOT,
    CANE_UNLOADS,
    SOLE_M,
    Condition,
    apply_condition,
    condition_speed_factor,
    freezing_share,
    shod,
    treated_severity,
    trial_facts,
    unloading_share,
)
from ltme_clinic.virtual_lab.impairments import Deviation, deviation, shifted

V = {name: index for index, name in enumerate(ANGLES)}
MEAN_DEG = walking_curves(0.35)[0]
SHOES = Condition(footwear="shoes")
CANE_RIGHT, CANE_LEFT = Condition(aid="cane right"), Condition(aid="cane left")
AFO_LEFT = Condition(orthosis="AFO left")


def test_barefoot_and_alone_changes_nothing():
    change = deviation("hemiplegic", 0.8, "left", MEAN_DEG)
    assert apply_condition(change, BAREFOOT, "left", MEAN_DEG) is change
    assert condition_speed_factor("hemiplegic", 0.8, BAREFOOT) == 1.0
    assert unloading_share(BAREFOOT) == (0.0, 0.0)
    assert freezing_share(BAREFOOT) == 1.0
    skeleton = sample_patient(1).skeleton
    assert shod(skeleton, BAREFOOT) is skeleton


def test_shoes_lengthen_steps_lift_feet_and_raise_the_ankle():
    shod_walk = apply_condition(Deviation(), SHOES, None, MEAN_DEG)
    assert condition_speed_factor("none", 0.0, SHOES) == pytest.approx(1.03)
    assert 1.01 < shod_walk.step_length_factor < 1.04
    assert shod_walk.clearance_factor > 1.0
    ankle, knee = (V["ankle_dorsiflexion"], V["knee_flexion"])
    for variable in (ankle, knee):
        ranges_deg = np.ptp(MEAN_DEG + shod_walk.curves_deg, axis=2)[:, variable]
        assert (ranges_deg > np.ptp(MEAN_DEG[variable]) + 1.0).all()
    skeleton = sample_patient(1).skeleton
    assert shod(skeleton, SHOES).ankle_height_m == pytest.approx(skeleton.ankle_height_m + SOLE_M)
    assert shod(skeleton, SHOES).foot_m > skeleton.foot_m
    assert shod(skeleton, SHOES).thigh_m == skeleton.thigh_m


def test_an_orthosis_holds_a_dropped_foot_up_and_ends_the_steppage():
    dropped = deviation("foot_drop", 1.0, "left", MEAN_DEG)
    held = apply_condition(dropped, AFO_LEFT, "left", MEAN_DEG)
    swing = slice(38, 48)
    ankles_deg = [MEAN_DEG[V["ankle_dorsiflexion"]] + c.curves_deg[0, V["ankle_dorsiflexion"]] for c in (dropped, held)]
    assert ankles_deg[0][swing].mean() < -20.0
    assert ankles_deg[1][swing].mean() > AFO_LOWEST_DEG - 7.0
    assert np.ptp(ankles_deg[1]) < 0.6 * np.ptp(ankles_deg[0])
    assert held.curves_deg[0, V["knee_flexion"]].max() < 0.5 * dropped.curves_deg[0, V["knee_flexion"]].max()
    np.testing.assert_array_equal(held.curves_deg[1], dropped.curves_deg[1])
    speeds = [condition_speed_factor(name, 1.0, AFO_LEFT) for name in ("foot_drop", "none")]
    assert speeds[0] > speeds[1] == 1.0


def test_an_orthosis_on_both_sides_is_one_on_each():
    both = apply_condition(Deviation(), Condition(orthosis="AFO both"), None, MEAN_DEG)
    left = apply_condition(Deviation(), AFO_LEFT, None, MEAN_DEG)
    right = apply_condition(Deviation(), Condition(orthosis="AFO right"), None, MEAN_DEG)
    np.testing.assert_array_equal(both.curves_deg, left.curves_deg + right.curves_deg)
    np.testing.assert_array_equal(left.curves_deg, right.curves_deg[::-1])


def test_a_cane_in_the_other_hand_halves_the_drop_and_the_lean():
    for impairment in ("trendelenburg", "trendelenburg_compensated"):
        change = deviation(impairment, 1.0, "left", MEAN_DEG)
        helped = apply_condition(change, CANE_RIGHT, "left", MEAN_DEG)
        for name in ("pelvic_obliquity", "hip_adduction"):
            peaks_deg = [c.curves_deg[0, V[name]].max() for c in (change, helped)]
            assert peaks_deg[1] == pytest.approx(0.5 * peaks_deg[0], rel=0.1)
        assert helped.trunk_lean_deg == pytest.approx(0.5 * change.trunk_lean_deg)


def test_a_cane_in_the_same_hand_helps_nothing():
    change = deviation("trendelenburg", 1.0, "left", MEAN_DEG)
    same = apply_condition(change, CANE_LEFT, "left", MEAN_DEG)
    np.testing.assert_allclose(same.curves_deg, change.curves_deg, atol=1e-9)
    assert same.trunk_lean_deg == change.trunk_lean_deg


def test_with_a_cane_there_is_still_one_pelvis():
    change = deviation("trendelenburg", 1.0, "left", MEAN_DEG)
    curves_deg = apply_condition(change, CANE_RIGHT, "left", MEAN_DEG).curves_deg
    row = V["pelvic_obliquity"]
    np.testing.assert_allclose(curves_deg[1, row], -shifted(curves_deg[0, row]), atol=1e-9)


def test_canes_in_either_hand_mirror_each_other():
    right = apply_condition(deviation("trendelenburg", 0.7, "left", MEAN_DEG), CANE_RIGHT, "left", MEAN_DEG)
    left = apply_condition(deviation("trendelenburg", 0.7, "right", MEAN_DEG), CANE_LEFT, "right", MEAN_DEG)
    np.testing.assert_allclose(right.curves_deg, left.curves_deg[::-1], atol=1e-9)
    for field in fields(Deviation)[1:]:
        one, other = getattr(right, field.name), getattr(left, field.name)
        assert one == (other[::-1] if isinstance(other, tuple) else other)
    assert right.arm_swing_factor[1] < right.arm_swing_factor[0]
    assert unloading_share(CANE_RIGHT) == unloading_share(CANE_LEFT)[::-1] == (CANE_UNLOADS, 0.0)
    assert condition_speed_factor("trendelenburg", 0.7, CANE_LEFT) == pytest.approx(0.86)


def test_medication_helps_parkinsonism_alone():
    on, off = Condition(medication="on"), Condition(medication="off")
    assert treated_severity("parkinsonian", 0.8, off) == treated_severity("parkinsonian", 0.8, BAREFOOT) == 0.8
    assert treated_severity("parkinsonian", 0.8, on) < 0.8
    assert treated_severity("ataxic", 0.8, on) == 0.8
    assert freezing_share(on) < freezing_share(off) == 1.0


def test_a_condition_shows_in_the_walk():
    patient = sample_patient(4, age_y=40)
    bare, shoes = (
        simulate_slots(patient, cameras=PERFECT, duration_s=6.0, condition=condition)[1]
        for condition in (BAREFOOT, SHOES)
    )
    assert np.mean(shoes.step_length_m) / np.mean(bare.step_length_m) == pytest.approx(1.04, abs=0.025)
    assert shoes.speed_m_s / bare.speed_m_s == pytest.approx(1.03, abs=0.01)
    sick = sample_patient(4, age_y=70, impairment="parkinsonian", severity=0.9, side="left")
    off, on = (
        simulate_slots(sick, cameras=PERFECT, duration_s=6.0, trial=3, condition=Condition(medication=state))[1]
        for state in ("off", "on")
    )
    assert np.mean(on.step_length_m) > 1.1 * np.mean(off.step_length_m)


def test_a_cane_shows_in_the_walk():
    weak = sample_patient(4, age_y=60, impairment="trendelenburg", severity=1.0, side="left")
    alone, helped = (
        simulate_slots(weak, cameras=PERFECT, duration_s=6.0, condition=condition)[1]
        for condition in (BAREFOOT, CANE_RIGHT)
    )
    drops_deg = [truth.curves_deg[0, V["pelvic_obliquity"], 6:24].mean() for truth in (alone, helped)]
    assert drops_deg[0] - drops_deg[1] == pytest.approx(5.0, abs=1.5)
    assert helped.speed_m_s < alone.speed_m_s


def test_a_trial_says_its_condition_in_plain_words():
    condition = Condition(footwear="shoes", orthosis="AFO left", aid="cane right", medication="on")
    facts = trial_facts(condition, 41.26, operated_side="left")
    assert facts.kind == "walk"
    assert facts.condition == "shoes, AFO left, cane right, medication on"
    assert (facts.operated_side, facts.years) == ("left", 41.3)
    assert trial_facts(BAREFOOT, 9.0).condition == "barefoot"
    assert set(trial_facts(BAREFOOT, 9.0).sources) == {"kind", "footwear", "age_y"}


def test_unknown_conditions_are_refused_in_one_line():
    with pytest.raises(LtmeError, match="footwear 'boots' is not known"):
        Condition(footwear="boots")  # type: ignore[arg-type]
    with pytest.raises(LtmeError, match="aid 'cane' is not known"):
        Condition(aid="cane")  # type: ignore[arg-type]
    with pytest.raises(LtmeError, match="medication 'some' is not known"):
        Condition(medication="some")  # type: ignore[arg-type]
