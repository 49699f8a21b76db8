"""What the upper body says when a marker, a measure or the pelvis is not there, or two labels are exchanged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from upper_body_person import DIAMETER_M, Posture, person, turned

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.kinematics.cgm.upper_body import UpperBody, upper_body
from ltme_clinic.types import BodyMeasures

LEVEL = np.eye(3)
LEANING = Posture(turned(10, 2, 3), turned(-5), (20, 10, 15), (-10, 8, 25), 40.0)
GROUPS = {"trunk", "spine", "head", "neck"} | {
    f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist")
}


def analysed(positions_m: np.ndarray, measures: BodyMeasures, pelvis: np.ndarray | None = LEVEL) -> UpperBody:
    shape = (len(positions_m), 3, 3)
    pelvis = None if pelvis is None else np.broadcast_to(pelvis, shape)
    return upper_body(positions_m, measures, pelvis, DIAMETER_M, np.broadcast_to(LEVEL, shape))


def given(body: UpperBody) -> set[str]:
    """Groups that have values."""
    found = set()
    for name, side in body.values_deg:
        group = name.split("_")[0]
        found.add(group if group in GROUPS else f"{side}_{group}")
    return found


def without(positions_m: np.ndarray, *slots: str) -> np.ndarray:
    hidden = positions_m.copy()
    hidden[:, [SLOT_INDEX[slot] for slot in slots]] = np.nan
    return hidden


@pytest.mark.parametrize(
    ("slot", "lost"),
    [
        ("t10", GROUPS - {"head"}),
        ("left_head_back", {"head", "neck"}),
        ("left_shoulder", {"left_shoulder", "left_elbow", "left_wrist"}),
        ("right_wrist_little", {"right_shoulder", "right_elbow", "right_wrist"}),
        ("left_finger", {"left_wrist"}),
    ],
)
def test_a_marker_that_is_never_seen_takes_only_what_hangs_on_it(slot, lost):
    positions_m, measures, _ = person(LEANING)
    whole, body = analysed(positions_m, measures), analysed(without(positions_m, slot), measures)
    assert set(body.missing) == lost
    assert given(body) == GROUPS - lost
    assert all(slot.replace("_", " ") in reason for reason in body.missing.values())
    for key, angle_deg in body.values_deg.items():
        np.testing.assert_array_equal(angle_deg, whole.values_deg[key])


@pytest.mark.parametrize(
    ("measure", "lost"),
    [
        ("shoulder_offset_m", {"left_shoulder", "left_elbow", "left_wrist"}),
        ("elbow_width_m", {"left_shoulder", "left_elbow", "left_wrist"}),
        ("wrist_width_m", {"left_shoulder", "left_elbow", "left_wrist"}),
        ("hand_thickness_m", {"left_wrist"}),
    ],
)
def test_a_measure_that_is_not_known_is_asked_for_and_never_taken_as_zero(measure, lost):
    positions_m, measures, _ = person(LEANING)
    body = analysed(positions_m, replace(measures, left_arm=replace(measures.left_arm, **{measure: None})))
    assert set(body.missing) == lost
    assert given(body) == GROUPS - lost
    assert all("enter it" in reason for reason in body.missing.values())


def test_a_hand_without_its_finger_marker_has_no_place_and_no_axes():
    positions_m, measures, _ = person(LEANING)
    whole, body = analysed(positions_m, measures), analysed(without(positions_m, "left_finger"), measures)
    assert set(whole.joint_centres_m) - set(body.joint_centres_m) == {"left_hand"}
    assert set(whole.segments) - set(body.segments) == {"left_hand"}


def test_without_a_pelvis_only_the_spine_is_missing():
    positions_m, measures, _ = person(LEANING)
    for pelvis in (None, np.full((3, 3), np.nan)):
        body = analysed(positions_m, measures, pelvis)
        assert set(body.missing) == {"spine"}
        assert given(body) == GROUPS - {"spine"}


def test_a_lower_body_recording_has_no_upper_body_and_says_why():
    body = analysed(np.full((4, len(SLOTS), 3), np.nan), BodyMeasures())
    assert set(body.missing) == GROUPS
    assert not body.values_deg
    assert not body.joint_centres_m
    assert not body.segments


def test_a_marker_that_hides_for_a_frame_leaves_that_frame_alone_empty():
    positions_m, measures, _ = person(LEANING, frames=5)
    hidden = positions_m.copy()
    hidden[2, SLOT_INDEX["left_elbow"]] = np.nan
    whole, body = analysed(positions_m, measures), analysed(hidden, measures)
    for (name, side), angle_deg in body.values_deg.items():
        expected = whole.values_deg[name, side].copy()
        if side == "left" and name.split("_")[0] in ("shoulder", "elbow", "wrist"):
            expected[2] = np.nan
        np.testing.assert_array_equal(angle_deg, expected)
    assert not body.missing


def test_markers_that_are_never_seen_together_are_named():
    positions_m, measures, _ = person(LEANING, frames=4)
    positions_m[:2, SLOT_INDEX["c7"]] = np.nan
    positions_m[2:, SLOT_INDEX["sternum"]] = np.nan
    body = analysed(positions_m, measures)
    assert body.missing["trunk"] == "never seen together: c7, t10, clavicle, sternum"


def test_a_shoulder_offset_longer_than_the_shoulder_is_wide_gives_no_arm():
    positions_m, measures, _ = person(LEANING)
    inches = replace(measures, left_arm=replace(measures.left_arm, shoulder_offset_m=1.6))
    body = analysed(positions_m, inches)
    assert set(body.missing) == {"left_shoulder", "left_elbow", "left_wrist"}
    assert "measures" in body.missing["left_shoulder"]


def test_exchanged_wrist_markers_are_noticed_on_their_side_alone():
    positions_m, measures, _ = person(LEANING)
    thumb, little = SLOT_INDEX["right_wrist_thumb"], SLOT_INDEX["right_wrist_little"]
    positions_m[:, [thumb, little]] = positions_m[:, [little, thumb]]
    body = analysed(positions_m, measures)
    assert len(body.warnings) == 1
    assert body.warnings[0].startswith("the right wrist's two markers look exchanged")


def test_an_unknown_head_offset_is_said():
    positions_m, measures, _ = person(LEANING)
    body = analysed(positions_m, replace(measures, head_offset_rad=None))
    assert len(body.warnings) == 1
    assert "no head offset" in body.warnings[0]
    np.testing.assert_allclose(body.values_deg["head_tilt", "left"], 5.0)
