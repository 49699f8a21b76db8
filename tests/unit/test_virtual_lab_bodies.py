"""Virtual patients' skeletons: parts that add up, proportions that go together, determinism."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics import Skeleton, forward_kinematics, landmark_placements
from ltme_clinic.kinematics.forward import landmarks
from ltme_clinic.virtual_lab import sample_patient

PEOPLE = 300


@pytest.fixture(scope="module")
def patients():
    return [sample_patient(seed) for seed in range(PEOPLE)]


def test_a_persons_parts_add_up_to_the_height(patients):
    for patient in patients:
        s = patient.skeleton
        parts_m = s.ankle_height_m + s.shank_m + s.thigh_m + s.pelvis_height_m + s.trunk_m + s.head_m
        assert parts_m == pytest.approx(patient.height_m, abs=1e-12)


def test_a_standing_skeleton_is_as_tall_as_the_patient(patients):
    for patient in patients[:20]:
        s = patient.skeleton
        body = forward_kinematics(s, {}, np.array([[0.0, 0.0, s.standing_hip_height_m]]))
        crown_m = body.joint_centres["neck"][0, 2] + s.head_m
        assert crown_m == pytest.approx(patient.height_m, abs=1e-12)
        assert body.joint_centres["left_toe"][0, 2] == pytest.approx(0.0, abs=1e-12)


def test_leg_length_is_the_drawn_share_of_the_height(patients):
    adults = [p.leg_length_m / p.height_m for p in patients if p.age_y >= 20]
    assert np.mean(adults) == pytest.approx(0.535, abs=0.006)
    assert np.std(adults) == pytest.approx(0.0155, rel=0.2)


def test_thigh_and_shank_are_not_in_one_proportion(patients):
    ratios = np.log([p.skeleton.thigh_m / p.skeleton.shank_m for p in patients])
    assert np.exp(ratios.mean()) == pytest.approx(0.973, abs=0.01)
    assert ratios.std() == pytest.approx(0.030, rel=0.2)


def test_heavy_people_have_wider_knees_and_pelves(patients):
    grown = [p for p in patients if p.age_y >= 25]
    bmi = np.array([p.mass_kg / p.height_m**2 for p in grown])
    for width in ("knee_width_m", "pelvis_width_m", "ankle_width_m"):
        share = np.array([getattr(p.skeleton, width) / p.height_m for p in grown])
        assert np.corrcoef(bmi, share)[0, 1] > 0.2, width


def test_the_shoulders_lie_below_the_neck_and_above_the_breastbone(patients):
    for patient in patients:
        places_m = landmark_placements(patient.skeleton)[1]
        up_m = {slot: places_m[SLOT_INDEX[slot], 2] for slot in ("c7", "left_shoulder", "sternum", "t10")}
        assert patient.skeleton.trunk_m > patient.skeleton.shoulder_height_m
        assert up_m["left_shoulder"] > up_m["sternum"]
        assert up_m["c7"] > up_m["left_shoulder"] or patient.age_y < 12
        assert up_m["c7"] > up_m["t10"] > 0.0


def test_a_body_is_the_mirror_image_of_itself(patients):
    s = patients[0].skeleton
    standing_m = landmarks(s, forward_kinematics(s, {}))[0]
    for slot in ("asis", "knee", "heel", "shoulder", "head_front"):
        left, right = standing_m[SLOT_INDEX[f"left_{slot}"]], standing_m[SLOT_INDEX[f"right_{slot}"]]
        np.testing.assert_allclose(left, right * [1.0, -1.0, 1.0], atol=1e-12)


def test_mean_shares_give_the_lengths_asked_for():
    shares = {"leg": 0.53, "thigh_to_shank": 1.0, "ankle_height": 0.04, "foot": 0.15, "upper_arm": 0.16}
    shares |= {"forearm": 0.15, "shoulder_width": 0.21, "shoulder_height": 0.81, "pelvis_width": 0.14}
    shares |= {"pelvis_depth": 0.09, "knee_width": 0.06, "ankle_width": 0.04, "neck_height": 0.86}
    s = Skeleton.from_proportions(1.6, shares)
    assert s.leg_length_m == pytest.approx(0.53 * 1.6)
    assert s.thigh_m == pytest.approx(s.shank_m)
    assert s.head_m == pytest.approx(0.14 * 1.6)
    assert s.ankle_height_m + s.shank_m + s.thigh_m + s.pelvis_height_m + s.shoulder_height_m == pytest.approx(
        0.81 * 1.6
    )


def test_the_mean_skeleton_of_a_height_is_what_it_was():
    s = Skeleton.from_height(1.75)
    assert s.shoulder_height_m == pytest.approx(0.90 * s.trunk_m)
    assert (s.thigh_m / 1.75, s.shank_m / 1.75, s.foot_m / 1.75) == pytest.approx((0.2425, 0.2493, 0.148))


def test_the_body_is_the_seeds_and_not_the_impairments():
    healthy, ill = sample_patient(17), sample_patient(17, impairment="stiff_knee", severity=1.0)
    assert healthy.skeleton == ill.skeleton
    assert healthy.mass_kg == ill.mass_kg
    assert np.array_equal(healthy.signature_deg, ill.signature_deg)
    other = sample_patient(18).skeleton
    assert all(getattr(healthy.skeleton, field.name) != getattr(other, field.name) for field in fields(other))
