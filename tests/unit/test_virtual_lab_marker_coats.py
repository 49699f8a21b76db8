"""Clusters, wands and landmarks beside the slots: on their segments, placed anew at each visit, on moving skin."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics import Skeleton, forward_kinematics, landmarks
from ltme_clinic.marker_sets import detect_marker_set, marker_sets
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab import PERFECT, CameraSystem, sample_patient
from ltme_clinic.virtual_lab.marker_coats import coat_positions, marker_coat

SETS = tuple(marker_sets())
COATED = tuple(name for name in SETS if marker_coat(name, Skeleton.from_height(1.75)).labels)
ONLY_PLACEMENT = CameraSystem(noise_sd_m=0.0, soft_tissue=0.0)


@pytest.fixture(scope="module")
def person():
    return sample_patient(3, age_y=40)


def bending(skeleton, frames=60):
    """Hips, knees, ankles, shoulders and elbows that bend and stretch; and the angles."""
    swing = np.sin(2.0 * np.pi * np.arange(frames) / frames)
    angles = {}
    for side in ("left", "right"):
        angles |= {f"{side}_hip_flexion": 25.0 * swing, f"{side}_knee_flexion": 30.0 + 30.0 * swing}
        angles |= {f"{side}_ankle_dorsiflexion": 10.0 * swing, f"{side}_elbow_flexion": 20.0 + 10.0 * swing}
        angles |= {f"{side}_shoulder_flexion": -20.0 * swing}
    root_m = np.tile([0.0, 0.0, skeleton.standing_hip_height_m], (frames, 1))
    return forward_kinematics(skeleton, angles, root_m), angles


def apart(positions_m, labels, one, other):
    """(frame,) distance of two markers, metres."""
    return np.linalg.norm(positions_m[:, labels.index(one)] - positions_m[:, labels.index(other)], axis=1)


@pytest.mark.parametrize("name", SETS)
def test_a_set_worn_whole_is_recognised_by_its_labels(name):
    marker_set = marker_sets()[name]
    worn = tuple(names[0] for names in marker_set.slots.values()) + marker_coat(name, Skeleton.from_height(1.75)).labels
    assert detect_marker_set(worn).name == name


@pytest.mark.parametrize(
    "name", ["cgm2", "cgm2-clusters", "cmu-41", "cortex", "oxford-foot", "rizzoli-lower-body", "rris-40"]
)
def test_clusters_and_wands_are_worn_completely(name):
    assert set(marker_coat(name, Skeleton.from_height(1.75)).labels) == set(marker_sets()[name].also)


@pytest.mark.parametrize("name", COATED)
def test_a_coat_is_worn_on_the_body_above_the_floor(name, person):
    coat = marker_coat(name, person.skeleton)
    standing = forward_kinematics(person.skeleton, {}, np.array([[0.0, 0.0, person.skeleton.standing_hip_height_m]]))
    places_m = coat_positions(person, 0, standing, coat, PERFECT)[0]
    slots_m = landmarks(person.skeleton, standing)[0]
    nearest_m = np.linalg.norm(places_m[:, None] - slots_m, axis=2).min(axis=1)
    assert places_m[:, 2].min() > 0.005
    assert places_m[:, 2].max() < person.height_m + 0.05
    assert nearest_m.max() < 0.20


@pytest.mark.parametrize("name", COATED)
def test_left_and_right_are_mirror_images_without_placement_error(name, person):
    coat = marker_coat(name, person.skeleton)
    standing = forward_kinematics(person.skeleton, {}, np.array([[0.0, 0.0, 1.0]]))
    places_m = dict(zip(coat.labels, coat_positions(person, 0, standing, coat, PERFECT)[0], strict=True))
    pairs = [(label, {"L": "R", "l": "r"}.get(label[0], "?") + label[1:]) for label in coat.labels]
    sided = [(left, right) for left, right in pairs if right in places_m]
    for left, right in sided:
        assert places_m[right] == pytest.approx(places_m[left] * [1.0, -1.0, 1.0], abs=1e-9)
        assert places_m[left][1] > 0 or "STL" in left or "P1M" in left
    assert sided or name == "cmu-41"


def test_markers_of_one_segment_keep_their_distance_until_the_skin_moves(person):
    coat = marker_coat("cgm2-clusters", person.skeleton)
    motion, angles = bending(person.skeleton)
    rigid_m = coat_positions(person, 0, motion, coat, ONLY_PLACEMENT, angles)
    moving_m = coat_positions(person, 0, motion, coat, CameraSystem(), angles)
    assert np.ptp(apart(rigid_m, coat.labels, "LTHAP", "LTHAD")) < 1e-9
    assert 1e-3 < np.ptp(apart(moving_m, coat.labels, "LTHAP", "LTHAD")) < 0.06


def test_a_plate_of_markers_is_placed_and_moves_as_a_whole(person):
    coat = marker_coat("qualisys-cast", person.skeleton)
    motion, angles = bending(person.skeleton)
    moving_m = coat_positions(person, 0, motion, coat, CameraSystem(), angles)
    first_m = apart(moving_m, coat.labels, "L_TH1", "L_TH4")
    assert np.ptp(first_m) < 1e-9
    again_m = apart(coat_positions(person, 1, motion, coat, CameraSystem(), angles), coat.labels, "L_TH1", "L_TH4")
    assert again_m[0] == pytest.approx(first_m[0], abs=0.03)


def test_each_visit_places_the_markers_anew_by_some_millimetres(person):
    coat = marker_coat("oxford-foot", person.skeleton)
    standing = forward_kinematics(person.skeleton, {}, np.array([[0.0, 0.0, 1.0]]))
    visits_m = np.stack([coat_positions(person, visit, standing, coat, ONLY_PLACEMENT)[0] for visit in range(60)])
    spread_m = np.sqrt(visits_m.var(axis=0).sum(axis=1))  # (marker,)
    assert ((spread_m > 0.004) & (spread_m < 0.010)).all()
    assert visits_m.mean(axis=0) == pytest.approx(coat_positions(person, 0, standing, coat, PERFECT)[0], abs=0.004)


def test_a_marker_lies_where_it_lies_whatever_else_is_worn(person):
    standing = forward_kinematics(person.skeleton, {}, np.array([[0.0, 0.0, 1.0]]))
    some, more = (marker_coat(name, person.skeleton) for name in ("cgm2-clusters", "cgm2"))
    one_m, other_m = (coat_positions(person, 2, standing, coat, ONLY_PLACEMENT)[0] for coat in (some, more))
    for label in some.labels:
        assert np.array_equal(one_m[some.labels.index(label)], other_m[more.labels.index(label)])


def test_the_impairment_moves_no_marker(person):
    coat = marker_coat("cgm2", person.skeleton)
    impaired = sample_patient(3, age_y=40, impairment="crouch", severity=0.8)
    motion, angles = bending(person.skeleton)
    one_m, other_m = (coat_positions(who, 1, motion, coat, CameraSystem(), angles) for who in (person, impaired))
    assert np.array_equal(one_m, other_m)


def test_the_tibial_tuberosity_lies_in_front_of_the_knee_below_it(person):
    coat = marker_coat("oxford-foot", person.skeleton)
    standing = forward_kinematics(person.skeleton, {}, np.array([[0.0, 0.0, 1.0]]))
    places_m = dict(zip(coat.labels, coat_positions(person, 0, standing, coat, PERFECT)[0], strict=True))
    knee_m = landmarks(person.skeleton, standing)[0, SLOT_INDEX["left_knee_centre"]]
    forward_m, _, below_m = places_m["LTUB"] - knee_m
    assert 0.03 < forward_m < 0.08
    assert -0.07 < below_m < -0.02


def test_joints_of_a_skeleton_are_no_markers():
    assert marker_coat("kinect", Skeleton.from_height(1.75)).labels == ()
    assert coat_positions(
        sample_patient(1),
        0,
        bending(Skeleton.from_height(1.75))[0],
        marker_coat("kinect", Skeleton.from_height(1.75)),
        PERFECT,
    ).shape == (60, 0, 3)


def test_an_unknown_set_is_refused():
    with pytest.raises(LtmeError, match="is not known"):
        marker_coat("my-own", Skeleton.from_height(1.75))
