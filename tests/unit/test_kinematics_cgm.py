"""The gait model on bodies whose angles are known: there and back, mirrored, turned, and with something missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gait_model_body import MEASURES, Pose, markers_of, with_legs
from processor_time import processor_time_below

from ltme_clinic.body import SLOT_INDEX, mirror_positions
from ltme_clinic.kinematics.cgm import ModelSettings, model_angles
from ltme_clinic.kinematics.cgm.angles import FOOT_ANGLES, JOINT_ANGLES, PELVIS_ANGLES
from ltme_clinic.types import BodyMeasures, JointAngles

AHEAD = np.zeros(4)
ODD_OFFSETS = with_legs(
    thigh_rotation_rad=np.radians(-17.0),
    shank_rotation_rad=np.radians(12.0),
    tibial_torsion_rad=np.radians(-21.0),
    plantar_flexion_rad=np.radians(14.0),
    foot_rotation_rad=np.radians(3.0),
)


def angles_of(pose: Pose, measures: BodyMeasures = MEASURES, **settings: object) -> JointAngles:
    """The model on a made-up body, heading as the pose says."""
    heading_rad = np.radians(np.broadcast_to(pose.heading, pose.frames))
    return model_angles(
        markers_of(pose, measures),
        100.0,
        measures,
        ModelSettings(**settings),  # type: ignore[arg-type]
        heading_rad=heading_rad,
    )


def value(angles: JointAngles, name: str, side: str = "left") -> float:
    """The one value that an angle has in all frames."""
    found = angles.values_deg[name, side]  # type: ignore[index]
    assert np.ptp(found) < 1e-6
    return float(found[0])


def test_someone_who_stands_to_attention_has_no_angles() -> None:
    angles = angles_of(Pose())
    for side in ("left", "right"):
        for name in (*JOINT_ANGLES, *PELVIS_ANGLES, *FOOT_ANGLES):
            assert value(angles, name, side) == pytest.approx(0.0, abs=1e-5), name
    assert angles.missing.keys() & {f"left_{name}" for name in JOINT_ANGLES} == set()


@pytest.mark.parametrize("measures", [MEASURES, ODD_OFFSETS], ids=["no offsets", "offsets"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_hip_and_knee_angles_come_out_as_they_went_in_whatever_the_offsets(side: str, measures: BodyMeasures) -> None:
    angles = angles_of(
        Pose(tilt=9.0, obliquity=4.0, rotation=-6.0, hip=(31.0, 7.0, -11.0), knee=(58.0, 5.0, 8.0)), measures
    )
    expected = {
        "hip_flexion": 31.0,
        "hip_adduction": 7.0,
        "hip_rotation": -11.0,
        "knee_flexion": 58.0,
        "knee_adduction": 5.0,
        "knee_rotation": 8.0,
    }
    # 1e-5: the made-up hip is rounded to 10 nm
    assert {name: value(angles, name, side) for name in expected} == pytest.approx(expected, abs=1e-4)


def test_the_pelvis_has_its_signs() -> None:
    angles = angles_of(Pose(tilt=10.0))
    assert value(angles, "pelvic_tilt") == pytest.approx(10.0)
    left_up = angles_of(Pose(obliquity=5.0))
    assert value(left_up, "pelvic_obliquity", "left") == pytest.approx(5.0)
    assert value(left_up, "pelvic_obliquity", "right") == pytest.approx(-5.0)
    left_forward = angles_of(Pose(rotation=8.0))
    assert value(left_forward, "pelvic_rotation", "left") == pytest.approx(8.0)
    assert value(left_forward, "pelvic_rotation", "right") == pytest.approx(-8.0)


def test_the_foot_has_its_signs() -> None:
    up = angles_of(Pose(toe_up=12.0))
    turned_in = angles_of(Pose(toe_in=9.0))
    for side in ("left", "right"):
        assert value(up, "ankle_dorsiflexion", side) == pytest.approx(12.0, abs=1e-5)
        assert value(up, "foot_pitch", side) == pytest.approx(12.0, abs=1e-5)
        assert value(turned_in, "ankle_rotation", side) == pytest.approx(9.0, abs=1e-5)
        assert value(turned_in, "foot_progression", side) == pytest.approx(9.0, abs=1e-5)
        assert value(turned_in, "ankle_dorsiflexion", side) == pytest.approx(0.0, abs=1e-5)


def test_the_plantar_flexion_offset_turns_the_foot_up_by_as_much() -> None:
    offset = with_legs(plantar_flexion_rad=np.radians(14.0))
    angles = angles_of(Pose(toe_up=-14.0), offset)
    assert value(angles, "ankle_dorsiflexion") == pytest.approx(0.0, abs=1e-5)


def test_the_foot_rotation_offset_turns_both_feet_inwards() -> None:
    angles = angles_of(Pose(), with_legs(foot_rotation_rad=np.radians(5.0)))
    for side in ("left", "right"):
        assert value(angles, "foot_progression", side) == pytest.approx(5.0, abs=1e-5)


def test_a_knee_in_varus_is_adducted_and_a_foot_with_its_inner_border_up_rolled() -> None:
    # the shank 5 deg inwards under an upright thigh: the ankle nearer to the midline than the knee
    bent = Pose(knee=(0.0, 5.0, 0.0))
    angles = angles_of(bent)
    ankle, knee = angles.joint_centres_m["left_ankle"][0], angles.joint_centres_m["left_knee"][0]
    assert ankle[1] < knee[1]
    assert value(angles, "knee_adduction") == pytest.approx(5.0, abs=1e-4)
    # the foot goes with the shank: the left foot's outer border, at its left, is 5 deg down
    assert angles.segments["left_foot"][0, 2, 1] < 0
    assert value(angles, "foot_roll", "left") == pytest.approx(5.0, abs=1e-4)
    assert value(angles, "foot_roll", "right") == pytest.approx(5.0, abs=1e-4)


def test_the_mirror_image_has_left_and_right_exchanged() -> None:
    pose = Pose(
        tilt=5.0, obliquity=3.0, rotation=7.0, hip=(20.0, -4.0, 6.0), knee=(15.0, 2.0, -3.0), toe_up=4.0, toe_in=-6.0
    )
    positions = markers_of(pose, ODD_OFFSETS)
    positions[:, SLOT_INDEX["left_knee"], 0] += 0.01  # something unlike between the sides
    measures = replace(ODD_OFFSETS, left_leg=replace(ODD_OFFSETS.left_leg, leg_length_m=0.88))
    exchanged = replace(measures, left_leg=measures.right_leg, right_leg=measures.left_leg)
    angles = model_angles(positions, 100.0, measures, heading_rad=AHEAD)
    mirrored = model_angles(mirror_positions(positions), 100.0, exchanged, heading_rad=AHEAD)
    for name in (*JOINT_ANGLES, *PELVIS_ANGLES, *FOOT_ANGLES):
        assert mirrored.values_deg[name, "right"] == pytest.approx(angles.values_deg[name, "left"]), name
        assert mirrored.values_deg[name, "left"] == pytest.approx(angles.values_deg[name, "right"]), name


def test_turning_the_laboratory_changes_no_angle() -> None:
    pose = Pose(tilt=5.0, obliquity=3.0, rotation=7.0, hip=(20.0, -4.0, 6.0), knee=(15.0, 2.0, -3.0), toe_in=5.0)
    straight = angles_of(pose, ODD_OFFSETS)
    turned = angles_of(replace(pose, heading=137.0), ODD_OFFSETS)
    for (name, side), values in straight.values_deg.items():
        if not name.endswith("_laboratory"):
            assert turned.values_deg[name, side] == pytest.approx(values, abs=1e-8), name


def test_against_the_laboratory_tilt_and_obliquity_are_exchanged_in_a_turn_and_against_the_heading_not() -> None:
    # walks 3 m along x, then faces y for one last frame
    heading = np.r_[np.zeros(30), 90.0]
    path = np.stack([np.linspace(0.0, 3.0, 31), np.zeros(31), np.ones(31)], axis=1)
    pose = Pose(frames=31, heading=heading, tilt=12.0, origin_m=path)
    angles = model_angles(markers_of(pose), 100.0, MEASURES, heading_rad=np.radians(heading))
    assert angles.values_deg["pelvic_tilt", "left"] == pytest.approx(np.full(31, 12.0))
    assert angles.values_deg["pelvic_tilt_laboratory", "left"][:30] == pytest.approx(np.full(30, 12.0))
    assert angles.values_deg["pelvic_tilt_laboratory", "left"][-1] == pytest.approx(0.0, abs=1e-9)
    assert abs(angles.values_deg["pelvic_obliquity_laboratory", "left"][-1]) == pytest.approx(12.0)


@pytest.mark.parametrize("heading_deg", [0.0, 90.0, 180.0, 270.0])
def test_the_laboratorys_direction_is_that_of_the_walk(heading_deg: float) -> None:
    way = np.array([np.cos(np.radians(heading_deg)), np.sin(np.radians(heading_deg)), 0.0])
    path = np.linspace(0.0, 2.0, 20)[:, None] * way + [0.0, 0.0, 1.0]
    # the pelvis is turned by 30 deg throughout, which is then its rotation
    pose = Pose(frames=20, heading=heading_deg + 30.0, origin_m=path)
    angles = model_angles(markers_of(pose), 100.0, MEASURES, ModelSettings(progression="laboratory"))
    assert angles.values_deg["pelvic_rotation", "left"] == pytest.approx(np.full(20, -30.0))


def test_someone_who_goes_nowhere_is_measured_against_where_they_face() -> None:
    standing = Pose(heading=170.0)
    angles = model_angles(markers_of(standing), 100.0, MEASURES, ModelSettings(progression="laboratory"))
    # 170 deg is 10 deg short of the laboratory's -x: the left side lags
    assert value(angles, "pelvic_rotation") == pytest.approx(10.0)


def test_without_a_heading_it_is_taken_from_the_pelvis() -> None:
    walk = Pose(frames=200, heading=40.0, obliquity=2.0)
    angles = model_angles(markers_of(walk), 100.0, MEASURES)
    assert angles.values_deg["pelvic_rotation", "left"] == pytest.approx(np.zeros(200), abs=1e-3)
    assert angles.values_deg["pelvic_obliquity", "left"] == pytest.approx(np.full(200, 2.0))


def test_a_hidden_marker_takes_away_what_it_carries_and_nothing_else() -> None:
    positions = markers_of(Pose())
    positions[2, SLOT_INDEX["left_shank"]] = np.nan
    angles = model_angles(positions, 100.0, MEASURES, heading_rad=AHEAD)
    for name in (*JOINT_ANGLES, *FOOT_ANGLES):
        gone = np.isnan(angles.values_deg[name, "left"])
        assert gone.tolist() == [False, False, not name.startswith("hip"), False], name
        assert np.isfinite(angles.values_deg[name, "right"]).all()
    assert np.isnan(angles.joint_centres_m["left_ankle"][:, 0]).tolist() == [False, False, True, False]
    assert np.isfinite(angles.joint_centres_m["left_knee"]).all()


def test_a_hidden_pelvis_marker_takes_away_that_frame() -> None:
    positions = markers_of(Pose())
    positions[1, SLOT_INDEX["right_asis"]] = np.nan
    angles = model_angles(positions, 100.0, MEASURES, heading_rad=AHEAD)
    lower = [angles.values_deg[name, "left"] for name in (*JOINT_ANGLES, *PELVIS_ANGLES, *FOOT_ANGLES)]
    assert all(np.isnan(values).tolist() == [False, True, False, False] for values in lower)


def test_a_marker_that_is_never_worn_is_named() -> None:
    positions = markers_of(Pose())
    positions[:, SLOT_INDEX["right_toe"]] = np.nan
    angles = model_angles(positions, 100.0, MEASURES, heading_rad=AHEAD)
    assert angles.missing["right_ankle_dorsiflexion"] == "the right toe marker is never seen"
    assert ("ankle_dorsiflexion", "right") not in angles.values_deg
    assert ("knee_rotation", "right") in angles.values_deg
    assert ("ankle_dorsiflexion", "left") in angles.values_deg


@pytest.mark.parametrize(
    ("field", "refused"),
    [
        ("knee_width_m", {*JOINT_ANGLES, *FOOT_ANGLES}),
        ("ankle_width_m", {*JOINT_ANGLES[3:], *FOOT_ANGLES}),
        ("thigh_rotation_rad", {"hip_rotation", "knee_adduction", "knee_rotation"}),
        ("shank_rotation_rad", {"knee_rotation", "ankle_rotation"}),
        ("tibial_torsion_rad", {"knee_rotation", "ankle_inversion", "foot_roll"}),
        ("plantar_flexion_rad", {"ankle_dorsiflexion", "foot_pitch"}),
        ("foot_rotation_rad", {"ankle_rotation", "foot_progression"}),
    ],
)
def test_what_an_unknown_measure_carries_is_refused_with_the_reason_and_the_rest_given(
    field: str, refused: set[str]
) -> None:
    unknown = replace(MEASURES, left_leg=replace(MEASURES.left_leg, **{field: None}))
    angles = model_angles(markers_of(Pose()), 100.0, unknown, heading_rad=AHEAD)
    missing = {name for name in (*JOINT_ANGLES, *FOOT_ANGLES) if f"left_{name}" in angles.missing}
    assert missing == refused
    for name in (*JOINT_ANGLES, *FOOT_ANGLES):
        assert ((name, "left") in angles.values_deg) == (name not in refused)
        assert ((f"{name}_laboratory", "left") in angles.values_deg) == (name in FOOT_ANGLES and name not in refused)
        assert (name, "right") in angles.values_deg
    assert all("not known" in angles.missing[f"left_{name}"] for name in refused)
    assert ("thigh" in field) == any("thigh rotation is not known" in warning for warning in angles.warnings)


def test_without_leg_lengths_the_pelvis_is_left() -> None:
    angles = model_angles(markers_of(Pose()), 100.0, with_legs(leg_length_m=None), heading_rad=AHEAD)
    assert ("pelvic_tilt", "left") in angles.values_deg
    assert not any(name in JOINT_ANGLES for name, _ in angles.values_deg)
    assert angles.missing["left_hip_flexion"] == "the leg length is not known: enter it"


def test_a_shank_marker_on_the_wrong_side_of_the_leg_is_no_number() -> None:
    positions = markers_of(Pose())
    ankle, knee = (positions[:, SLOT_INDEX[f"left_{name}"]] for name in ("ankle", "knee"))
    positions[:, SLOT_INDEX["left_shank"]] = (ankle + knee) / 2 - [0.0, 0.12, 0.0]
    angles = model_angles(positions, 100.0, MEASURES, heading_rad=AHEAD)
    assert "shank marker" in angles.missing["left_knee_rotation"]
    assert ("knee_flexion", "left") not in angles.values_deg
    assert ("hip_rotation", "left") in angles.values_deg


def test_a_marker_that_stands_far_round_the_leg_is_said() -> None:
    angles = angles_of(Pose(), with_legs(shank_rotation_rad=np.radians(-80.0)))
    assert [w for w in angles.warnings if "80 deg round the leg" in w]


@pytest.mark.parametrize("diameter_m", [0.010, 0.014, 0.025])
def test_stored_joint_centres_tell_the_markers_diameter(diameter_m: float) -> None:
    positions = markers_of(Pose())
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for joint, width_m in (("knee", 0.106), ("ankle", 0.076)):
            centre = positions[:, SLOT_INDEX[f"{side}_{joint}"]] - [0.0, sign * (width_m + diameter_m) / 2, 0.0]
            positions[:, SLOT_INDEX[f"{side}_{joint}_centre"]] = centre
    angles = model_angles(positions, 100.0, replace(MEASURES, marker_diameter_m=0.0095), heading_rad=AHEAD)
    assert angles.settings["marker diameter"] == f"{1000 * diameter_m:g} mm (the joint centres that the file stores)"


def test_one_joint_alone_tells_no_diameter() -> None:
    positions = markers_of(Pose())
    positions[:, SLOT_INDEX["left_knee_centre"]] = positions[:, SLOT_INDEX["left_knee"]] - np.array([0.0, 0.058, 0.0])
    angles = model_angles(positions, 100.0, MEASURES, heading_rad=AHEAD)
    assert angles.settings["marker diameter"].startswith("14 mm (usual")


def test_a_file_that_says_10_mm_is_not_believed_and_someone_who_enters_it_is() -> None:
    says_10 = replace(MEASURES, marker_diameter_m=0.010)
    doubted = angles_of(Pose(), says_10)
    assert doubted.settings["marker diameter"].startswith("14 mm (usual")
    assert [w for w in doubted.warnings if "the file says 10 mm markers" in w]
    assert not [w for w in angles_of(Pose()).warnings if "mm markers" in w]
    says_14 = replace(MEASURES, marker_diameter_m=0.014)
    assert angles_of(Pose(), says_14).settings["marker diameter"] == "14 mm (as the file says)"
    assert angles_of(Pose(), says_10, marker_diameter_m=0.010).settings["marker diameter"] == "10 mm (entered)"


def test_six_thousand_frames_take_a_moment_and_four_times_as_many_four_moments() -> None:
    positions = markers_of(Pose(frames=6000, tilt=np.linspace(0.0, 10.0, 6000)))
    model_angles(positions[:10], 100.0, MEASURES)
    with processor_time_below(0.15):
        model_angles(positions, 100.0, MEASURES, heading_rad=np.zeros(6000))
    with processor_time_below(0.6):
        model_angles(np.tile(positions, (4, 1, 1)), 100.0, MEASURES, heading_rad=np.zeros(24000))


def test_no_frame_leans_on_another() -> None:
    positions = markers_of(Pose(frames=4, tilt=np.array([0.0, 4.0, 8.0, 12.0]), hip=(10.0, 0.0, 0.0)))
    together = model_angles(positions, 100.0, MEASURES, heading_rad=AHEAD)
    alone = model_angles(positions[2:3], 100.0, MEASURES, heading_rad=np.zeros(1))
    for (name, side), values in alone.values_deg.items():
        assert values[0] == pytest.approx(together.values_deg[name, side][2]), name


def test_the_settings_are_told() -> None:
    settings = angles_of(Pose(), hip_centres="hara").settings
    assert settings["hip centres"] == "hara"
    assert settings["filling"] == settings["filter"] == "none"
    assert settings["pelvis and foot against"] == "the walker's heading"
