"""Sagittal angles of joint centres: stick figures solved in the head, refusals, and stored angles of real walks."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.body import SIDES, SLOT_INDEX, SLOTS, mirror_positions
from ltme_clinic.gait.walker import walker_of
from ltme_clinic.kinematics.joint_centre_angles import MODEL, NOT_SAGITTAL, SAGITTAL_ANGLES, sagittal_angles
from ltme_clinic.kinematics.rotations import rotation_z
from ltme_clinic.recordings.reading import read_recordings
from ltme_clinic.types import JointAngles

RATE_HZ = 100.0
CHILDREN = ("HC030A05", "HC031A06", "HC032A03", "HC033A10", "HC036A10", "HC038A11", "HC039A17", "HC040A14")
STORED = {"hip_flexion": "Hip", "knee_flexion": "Knee", "trunk_tilt": "Thorax", "elbow_flexion": "Elbow"}


def down(length_m: float, forward_deg: float) -> np.ndarray:
    """A segment that hangs down, swung forward by an angle."""
    angle = np.radians(forward_deg)
    return length_m * np.array([np.sin(angle), 0.0, -np.cos(angle)])


def raised(vector: np.ndarray, angle_deg: float) -> np.ndarray:
    """A vector turned so that what points forward rises."""
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return np.array([cos * vector[0] - sin * vector[2], vector[1], sin * vector[0] + cos * vector[2]])


def figure(
    thigh_deg: float = 0.0,
    shank_deg: float = 0.0,
    foot_deg: float = 0.0,
    tilt_deg: float = 0.0,
    trunk_deg: float = 0.0,
    upper_arm_deg: float = 0.0,
    forearm_deg: float = 0.0,
    frames: int = 4,
) -> np.ndarray:
    """Somebody who looks along x, both sides alike (frame, slot, 3): each segment's own angle from hanging or level."""
    places: dict[str, np.ndarray] = {}
    trunk = -down(0.5, -trunk_deg)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        across = np.array([0.0, sign * 0.1, 0.0])
        hip_m = np.array([0.0, 0.0, 0.9]) + across
        knee_m = hip_m + down(0.4, thigh_deg)
        ankle_m = knee_m + down(0.4, shank_deg)
        heel_m = ankle_m + raised(np.array([-0.05, 0.0, -0.08]), foot_deg)
        toe_m = ankle_m + raised(np.array([0.14, sign * 0.02, -0.08]), foot_deg)
        shoulder_m = hip_m + trunk + across
        elbow_m = shoulder_m + down(0.3, upper_arm_deg)
        wrist_m = elbow_m + down(0.25, forearm_deg)
        points = {"hip_centre": hip_m, "knee_centre": knee_m, "ankle_centre": ankle_m, "heel": heel_m, "toe": toe_m}
        points |= {"shoulder": shoulder_m, "elbow": elbow_m, "wrist_thumb": wrist_m, "wrist_little": wrist_m}
        pelvis = raised(np.array([0.15, 0.0, 0.0]), -tilt_deg)
        places["sacrum"] = np.array([-0.1, 0.0, 1.0])
        points["asis"] = places["sacrum"] + pelvis + across
        places |= {f"{side}_{part}": place for part, place in points.items()}
    positions_m = np.full((frames, len(SLOTS), 3), np.nan)
    for slot, place in places.items():
        positions_m[:, SLOT_INDEX[slot]] = place
    return positions_m


def analysed(positions_m: np.ndarray, heading_rad: float = 0.0) -> JointAngles:
    return sagittal_angles(positions_m, RATE_HZ, np.full(len(positions_m), heading_rad))


def without(positions_m: np.ndarray, *slots: str) -> np.ndarray:
    hidden = positions_m.copy()
    hidden[:, [SLOT_INDEX[slot] for slot in slots]] = np.nan
    return hidden


def both(*parts: str) -> tuple[str, ...]:
    return tuple(f"{side}_{part}" for side in SIDES for part in parts)


def test_someone_who_stands_straight_reads_zero_everywhere():
    angles = analysed(figure())
    assert angles.model == MODEL
    assert set(angles.values_deg) == {(name, side) for name in SAGITTAL_ANGLES for side in SIDES}
    for angle_deg in angles.values_deg.values():
        np.testing.assert_allclose(angle_deg, 0.0, atol=1e-5)
    assert not angles.warnings


def test_a_step_solved_in_the_head():
    """Thigh 30 forward, shank 40 back, foot toes down 35, pelvis tilted 10, trunk leaning 5, arm back 20, elbow 60."""
    posture = {"thigh_deg": 30, "shank_deg": -40, "foot_deg": -35, "tilt_deg": 10, "trunk_deg": 5}
    angles = analysed(figure(**posture, upper_arm_deg=-20, forearm_deg=40)).values_deg
    expected = {
        "pelvic_tilt": 10.0,
        "hip_flexion": 40.0,
        "knee_flexion": 70.0,
        "ankle_dorsiflexion": 5.0,  # toes down by 35 under a shank that leans forward by 40
        "trunk_tilt": 5.0,
        "shoulder_flexion": -15.0,
        "elbow_flexion": 60.0,
    }
    for name, angle_deg in expected.items():
        for side in SIDES:
            np.testing.assert_allclose(angles[name, side], angle_deg, atol=1e-5, err_msg=name)


def test_a_knee_that_bends_backwards_is_negative():
    np.testing.assert_allclose(analysed(figure(shank_deg=8)).values_deg["knee_flexion", "left"], -8.0)


def test_an_ankle_in_equinus_is_negative():
    np.testing.assert_allclose(analysed(figure(foot_deg=-20)).values_deg["ankle_dorsiflexion", "left"], -20.0)


def test_turning_laboratory_and_heading_together_changes_nothing():
    positions_m = figure(20, -30, 10, 12, 6, 15, 50)
    plain, turn = analysed(positions_m), rotation_z(2.5)
    moved = analysed(positions_m @ turn.T + [4.0, 2.0, 0.0], 2.5)
    for key, angle_deg in plain.values_deg.items():
        np.testing.assert_allclose(moved.values_deg[key], angle_deg, atol=1e-9)


def test_facing_the_other_way_changes_the_sign_of_a_thigh():
    positions_m = without(figure(thigh_deg=20, shank_deg=20), "sacrum")
    ahead, behind = analysed(positions_m), analysed(positions_m, np.pi)
    np.testing.assert_allclose(ahead.values_deg["hip_flexion", "left"], 20.0)
    np.testing.assert_allclose(behind.values_deg["hip_flexion", "left"], -20.0)


def test_the_mirror_image_swaps_left_and_right():
    positions_m = figure(20, -30, 10, 12, 6, 15, 50)
    positions_m[:, SLOT_INDEX["left_ankle_centre"]] += [0.05, 0.01, 0.02]
    plain, image = analysed(positions_m), analysed(mirror_positions(positions_m))
    assert plain.values_deg["knee_flexion", "left"][0] != pytest.approx(plain.values_deg["knee_flexion", "right"][0])
    for name in SAGITTAL_ANGLES:
        for side, other in (("left", "right"), ("right", "left")):
            np.testing.assert_allclose(image.values_deg[name, side], plain.values_deg[name, other], atol=1e-9)


def test_lateral_markers_read_as_the_joint_centres_beside_them():
    positions_m = figure(20, -30, 10, 12)
    lateral_m = without(positions_m, *both("knee_centre", "ankle_centre"))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for joint in ("knee", "ankle"):
            centre_m = positions_m[:, SLOT_INDEX[f"{side}_{joint}_centre"]]
            lateral_m[:, SLOT_INDEX[f"{side}_{joint}"]] = centre_m + np.array([0.0, sign * 0.05, 0.0])
    centres, markers = analysed(positions_m), analysed(lateral_m)
    for key, angle_deg in centres.values_deg.items():
        np.testing.assert_allclose(markers.values_deg[key], angle_deg, atol=1e-9)
    assert markers.settings["knee centres"] == "the lateral knee markers"
    assert "left_knee" in centres.joint_centres_m
    assert "left_knee" not in markers.joint_centres_m


def test_a_centre_that_hides_is_not_replaced_by_a_marker_for_a_frame():
    positions_m = figure(20, -30)
    positions_m[:, SLOT_INDEX["left_knee"]] = positions_m[:, SLOT_INDEX["left_knee_centre"]] + [0.03, 0.05, 0.0]
    positions_m[2, SLOT_INDEX["left_knee_centre"]] = np.nan
    knee_deg = analysed(positions_m).values_deg["knee_flexion", "left"]
    np.testing.assert_allclose(knee_deg[[0, 1, 3]], 50.0)
    assert np.isnan(knee_deg[2])


def test_hips_are_found_under_the_iliac_spines_where_no_hip_is_stored():
    positions_m = without(figure(), *both("hip_centre"))
    width_m, depth_m = 0.24, 0.16
    positions_m[:, SLOT_INDEX["sacrum"]] = [-depth_m, 0.0, 1.0]
    for side, sign in (("left", 1.0), ("right", -1.0)):
        positions_m[:, SLOT_INDEX[f"{side}_asis"]] = [0.0, sign * width_m / 2, 1.0]
        hip_m = np.array([-0.24 * depth_m - 0.0099, sign * (0.33 * width_m + 0.0073), 1.0 - 0.30 * width_m - 0.0109])
        positions_m[:, SLOT_INDEX[f"{side}_knee_centre"]] = hip_m + down(0.4, 25)
    angles = analysed(positions_m)
    np.testing.assert_allclose(angles.values_deg["hip_flexion", "left"], 25.0)
    np.testing.assert_allclose(angles.values_deg["hip_flexion", "right"], 25.0)
    assert "Harrington" in angles.settings["hip centres"]


def test_an_elbow_is_measured_in_the_plane_that_it_bends_in():
    positions_m = figure()
    shoulder_m = positions_m[:, SLOT_INDEX["left_shoulder"]]
    positions_m[:, SLOT_INDEX["left_elbow"]] = shoulder_m + np.array([0.0, 0.3, 0.0])
    for part in ("wrist_thumb", "wrist_little"):
        positions_m[:, SLOT_INDEX[f"left_{part}"]] = shoulder_m + np.array([0.0, 0.3, 0.25])
    np.testing.assert_allclose(analysed(positions_m).values_deg["elbow_flexion", "left"], 90.0)


def test_the_thorax_s_markers_tell_the_trunk_where_they_are_worn():
    positions_m = figure(trunk_deg=20)
    lower_m, upper_m = np.array([0.0, 0.0, 1.2]), np.array([0.0, 0.0, 1.2]) - down(0.2, -5)
    for slot, place in (("sternum", lower_m), ("t10", lower_m), ("clavicle", upper_m), ("c7", upper_m)):
        positions_m[:, SLOT_INDEX[slot]] = place
    angles = analysed(positions_m)
    np.testing.assert_allclose(angles.values_deg["trunk_tilt", "right"], 5.0)
    assert angles.settings["trunk"] == "thorax markers"


def test_every_frontal_and_transverse_angle_is_named_as_missing():
    angles = analysed(figure())
    assert set(NOT_SAGITTAL) <= set(angles.missing)
    assert not {name for name, _ in angles.values_deg} & set(NOT_SAGITTAL)


def test_bare_hips_have_no_tilt_and_hip_flexion_says_that_it_is_against_the_vertical():
    angles = analysed(without(figure(thigh_deg=30, tilt_deg=15), "sacrum", *both("asis")))
    np.testing.assert_allclose(angles.values_deg["hip_flexion", "left"], 30.0)
    assert {"left_pelvic_tilt", "right_pelvic_tilt"} <= set(angles.missing)
    assert angles.settings["hip_flexion"] == "thigh against the vertical"
    assert "compare its range, not its level" in angles.warnings[0]


@pytest.mark.parametrize(
    ("slots", "lost"),
    [
        (("left_heel",), {"ankle_dorsiflexion"}),
        (("left_toe",), {"ankle_dorsiflexion"}),
        (("left_ankle_centre",), {"ankle_dorsiflexion", "knee_flexion"}),
        (("left_knee_centre",), {"ankle_dorsiflexion", "knee_flexion", "hip_flexion"}),
        (("left_wrist_thumb", "left_wrist_little"), {"elbow_flexion"}),
        (("left_elbow",), {"elbow_flexion", "shoulder_flexion"}),
    ],
)
def test_what_a_side_lacks_is_missing_on_that_side_alone(slots, lost):
    whole, angles = analysed(figure(20, -30, 10, 12)), analysed(without(figure(20, -30, 10, 12), *slots))
    assert {name for name in angles.missing if name not in NOT_SAGITTAL} == {f"left_{name}" for name in lost}
    assert set(angles.values_deg) == set(whole.values_deg) - {(name, "left") for name in lost}


def test_a_heel_that_hides_for_a_while_leaves_the_ankle_whole():
    positions_m = figure(foot_deg=-10, frames=6)
    positions_m[2:4, SLOT_INDEX["left_heel"]] = np.nan
    np.testing.assert_allclose(analysed(positions_m).values_deg["ankle_dorsiflexion", "left"], -10.0)


def test_the_metatarsals_stand_for_a_toe_that_is_not_marked():
    positions_m = without(figure(foot_deg=-10), "left_toe")
    toe_m = figure(foot_deg=-10)[:, SLOT_INDEX["left_toe"]]
    positions_m[:, SLOT_INDEX["left_metatarsal_1"]] = toe_m - np.array([0.0, 0.04, 0.0])
    positions_m[:, SLOT_INDEX["left_metatarsal_5"]] = toe_m + np.array([0.0, 0.04, 0.0])
    np.testing.assert_allclose(analysed(positions_m).values_deg["ankle_dorsiflexion", "left"], -10.0)


def test_a_frame_without_a_heading_has_no_sagittal_angle():
    heading_rad = np.array([0.0, np.nan, 0.0, 0.0])
    angles = sagittal_angles(figure(20, -30), RATE_HZ, heading_rad)
    for name in ("pelvic_tilt", "hip_flexion", "knee_flexion", "ankle_dorsiflexion", "trunk_tilt", "shoulder_flexion"):
        np.testing.assert_array_equal(np.isnan(angles.values_deg[name, "left"]), np.isnan(heading_rad))


def test_an_empty_recording_gives_nothing_and_names_everything():
    angles = analysed(np.full((5, len(SLOTS), 3), np.nan))
    assert not angles.values_deg
    assert set(angles.missing) == set(NOT_SAGITTAL) | {f"{side}_{name}" for side in SIDES for name in SAGITTAL_ANGLES}


@pytest.mark.parametrize("name", CHILDREN)
def test_joint_centres_of_real_children_read_as_the_docstring_says(shared_data, name):
    """From the joint centres that Nexus stored: hip and knee within half a degree RMS, elbow exactly."""
    path = shared_data / "recordings" / "children" / f"{name}.c3d"
    if not path.is_file():
        pytest.skip(f"{name} is not there")
    recording = read_recordings(path)[0]
    walker = walker_of(recording)
    positions_m = walker.measured_m.copy()
    outputs = {output.name: output for output in recording.model_outputs}
    for side, letter in (("left", "L"), ("right", "R")):
        for slot, stored in (("shoulder", "CLO"), ("elbow", "HUO"), ("wrist_thumb", "RAO"), ("wrist_little", "RAO")):
            output = outputs[letter + stored]
            place_m = output.values.astype(float) * (1.0 if output.unit == "m" else 1e-3)
            positions_m[:, SLOT_INDEX[f"{side}_{slot}"]] = np.where(place_m == 0, np.nan, place_m)
    angles = sagittal_angles(positions_m, recording.rate_hz, walker.heading_rad)
    for angle, stored in STORED.items():
        for side, letter in (("left", "L"), ("right", "R")):
            model_deg = outputs[f"{letter}{stored}Angles"].values.astype(float)
            model_deg[(model_deg == 0).all(axis=1)] = np.nan
            difference_deg = angles.values_deg[angle, side] - model_deg[:, 0]
            assert abs(np.nanmean(difference_deg)) < 0.5, (angle, side)
            assert np.nanstd(difference_deg) < (0.001 if angle == "elbow_flexion" else 0.75), (angle, side)
