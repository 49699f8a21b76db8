"""Where markers lie on a virtual body: anatomy for life, placement for a visit, skin that follows the joints."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.body import SIDES, SLOT_INDEX, SLOTS
from ltme_clinic.virtual_lab import sample_patient
from ltme_clinic.virtual_lab.markers import (
    ACROSS_SKIN,
    IS_CENTRE,
    SOFT_TISSUE_M,
    anatomy_m,
    placement_m,
    skin_motion_m,
)

MIRROR = np.array([1.0, -1.0, 1.0])
LEFT = [index for index, slot in enumerate(SLOTS) if slot.startswith("left_")]
RIGHT = [SLOT_INDEX[SLOTS[index].replace("left_", "right_")] for index in LEFT]


@pytest.fixture(scope="module")
def person():
    return sample_patient(1, age_y=30)


@pytest.fixture(scope="module")
def placements(person):
    return np.stack([placement_m(person, visit, 0.005) for visit in range(800)])  # (visit, slot, axis)


@pytest.fixture(scope="module")
def anatomies():
    people = [sample_patient(seed, age_y=30) for seed in range(400)]
    return np.stack([1e3 * anatomy_m(person) / person.height_m for person in people])  # thousandths of the height


def test_markers_are_placed_five_millimetres_off_along_the_skin_and_less_across(placements):
    sd_m = placements.std(axis=0)
    knee, toe, c7 = (SLOT_INDEX[slot] for slot in ("left_knee", "right_toe", "c7"))
    for along in (sd_m[knee, 0], sd_m[knee, 2], sd_m[toe, 0], sd_m[toe, 1], sd_m[c7, 1], sd_m[c7, 2]):
        assert along == pytest.approx(0.005, rel=0.1)
    for across in (sd_m[knee, 1], sd_m[toe, 2], sd_m[c7, 0]):
        assert across == pytest.approx(ACROSS_SKIN * 0.005, rel=0.1)


def test_one_examiner_errs_alike_on_both_sides_and_levels_a_pelvis(placements):
    left, right = placements[:, LEFT], placements[:, RIGHT] * MIRROR
    for slot, expected in (("asis", 0.8), ("knee", 0.5), ("heel", 0.5), ("hip_centre", 0.0)):
        column = LEFT.index(SLOT_INDEX[f"left_{slot}"])
        r = np.corrcoef(left[:, column, 2], right[:, column, 2])[0, 1]
        assert r == pytest.approx(expected, abs=0.1), slot
    unlevel_m = placements[:, SLOT_INDEX["left_asis"], 2] - placements[:, SLOT_INDEX["right_asis"], 2]
    assert 0.002 < unlevel_m.std() < 0.004


def test_placement_is_redrawn_at_every_visit_and_nothing_else_changes_it(person):
    assert np.array_equal(placement_m(person, 3, 0.005), placement_m(person.with_severity(0.0), 3, 0.005))
    assert not np.array_equal(placement_m(person, 3, 0.005), placement_m(person, 4, 0.005))
    np.testing.assert_allclose(placement_m(person, 3, 0.010), 2.0 * placement_m(person, 3, 0.005))


def test_anatomy_leaves_widths_and_joint_centres_to_the_skeleton(anatomies):
    assert np.abs(anatomies[:, IS_CENTRE]).max() == 0.0
    for slot in ("knee", "knee_medial", "ankle", "ankle_medial", "asis"):
        outwards = anatomies[:, SLOT_INDEX[f"left_{slot}"], 1]
        assert outwards.std() < 0.6, slot  # a millimetre


def test_left_and_right_of_a_pelvis_are_level_to_a_few_millimetres(anatomies):
    for slot in ("asis", "psis"):
        apart = anatomies[:, SLOT_INDEX[f"left_{slot}"], 2] - anatomies[:, SLOT_INDEX[f"right_{slot}"], 2]
        assert 0.5 < apart.std() < 2.0, slot
    asis = anatomies[:, [SLOT_INDEX[f"{side}_asis"] for side in SIDES], 2].mean(axis=1)
    psis = anatomies[:, [SLOT_INDEX[f"{side}_psis"] for side in SIDES], 2].mean(axis=1)
    assert np.corrcoef(asis, psis)[0, 1] > 0.8


def test_left_and_right_differ_from_the_mean_body_alike(anatomies):
    for slot in ("shoulder", "elbow", "knee", "toe", "head_front"):
        left, right = (anatomies[:, SLOT_INDEX[f"{side}_{slot}"], 0] for side in SIDES)
        assert np.corrcoef(left, right)[0, 1] > 0.5, slot


def test_skin_is_at_rest_upright_and_moves_as_published_in_walking():
    phase = np.linspace(0.0, 1.0, 100, endpoint=False)
    hip, knee = 17.0 + 20.0 * np.cos(2 * np.pi * phase), 25.0 - 22.0 * np.cos(2 * np.pi * (phase - 0.2))
    angles_deg = {
        f"{side}_{key}": value for side in SIDES for key, value in (("hip_flexion", hip), ("knee_flexion", knee))
    }
    thighs = []
    for seed in range(60):
        patient = sample_patient(seed, age_y=30)
        assert np.abs(skin_motion_m(patient, {"left_knee_flexion": np.zeros(3)})).max() == 0.0
        moved_m = skin_motion_m(patient, angles_deg)
        assert moved_m.shape == (100, len(SLOTS), 3)
        thighs.append(np.sqrt((moved_m[:, SLOT_INDEX["left_thigh"]] ** 2).sum(axis=1).mean()))
    assert np.sqrt(np.mean(np.square(thighs))) == pytest.approx(SOFT_TISSUE_M[SLOT_INDEX["left_thigh"]], rel=0.25)


def test_skin_follows_its_own_legs_joints_and_gives_way_less_and_less():
    patient = sample_patient(2, age_y=30)
    knee = np.array([0.0, 30.0, 60.0, 120.0])
    moved_m = skin_motion_m(patient, {"left_knee_flexion": knee})
    thigh_m = np.linalg.norm(moved_m[:, SLOT_INDEX["left_thigh"]], axis=1)
    assert 0.0 == thigh_m[0] < thigh_m[1] < thigh_m[2] < thigh_m[3]
    assert thigh_m[3] - thigh_m[2] < 1.3 * (thigh_m[2] - thigh_m[1])
    assert np.abs(moved_m[:, SLOT_INDEX["right_thigh"]]).max() == 0.0
    assert np.abs(moved_m[:, IS_CENTRE]).max() == 0.0
