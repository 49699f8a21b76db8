"""Bodies that a mat, a seat or a step carries: where they touch, what stays still, and how far the joints go."""

from __future__ import annotations

import numpy as np
import pytest
from exercise_bodies import BODY, RATE_HZ, at_posture, clean, done

from ltme_clinic.body import SIDES, mirror_positions
from ltme_clinic.exercises.lying import PIVOT, hip_height_on_back_m
from ltme_clinic.exercises.stepping import TOE_TO_STEP_M
from ltme_clinic.kinematics import Skeleton, centre_of_mass, landmarks
from ltme_clinic.types import LtmeError

ON_MAT = ("bridge", "straight_leg_raise", "clamshell")
SEGMENTS = (("hip", "knee", "thigh_m"), ("knee", "ankle", "shank_m"), ("shoulder", "elbow", "upper_arm_m"))


def joint(performance, name):
    return performance.posed.motion.joint_centres[name]


def slip_m(places_m):
    return float(np.ptp(places_m, axis=0).max(initial=0.0)) if len(places_m) else 0.0


@pytest.mark.parametrize("name", [*ON_MAT, "seated_knee_extension", "step_up"])
def test_segments_keep_their_lengths_in_any_posture(name):
    for side in SIDES:
        for upper, lower, length in SEGMENTS:
            way_m = np.linalg.norm(
                joint(clean(name), f"{side}_{upper}") - joint(clean(name), f"{side}_{lower}"), axis=1
            )
            np.testing.assert_allclose(way_m, getattr(BODY, length), atol=1e-9)


@pytest.mark.parametrize("name", ON_MAT)
def test_a_lying_body_lies_and_no_marker_of_it_is_under_the_mat(name):
    positions_m = landmarks(BODY, clean(name).posed.motion)
    assert positions_m[..., 2].min() > -1e-6
    head_m = joint(clean(name), "neck") + BODY.head_m * clean(name).posed.motion.rotations["head"][:, :, 2]
    assert head_m[:, 2].max() < 0.45
    assert centre_of_mass(BODY, clean(name).posed.motion)[:, 2].max() < 0.40


@pytest.mark.parametrize("name", ["bridge", "straight_leg_raise"])
def test_on_the_back_the_face_is_up_and_left_is_left(name):
    rotations = clean(name).posed.motion.rotations
    assert rotations["head"][:, 2, 0].min() > 0.99
    assert (joint(clean(name), "left_hip") - joint(clean(name), "right_hip"))[:, 1].min() > 0.1
    assert (joint(clean(name), "neck") - joint(clean(name), "pelvis"))[:, 0].max() < -0.3


def test_in_a_bridge_feet_and_shoulders_stay_while_the_pelvis_rises():
    performance = clean("bridge")
    for side in SIDES:
        for point in ("heel", "toe"):
            assert slip_m(joint(performance, f"{side}_{point}")) < 1e-3
    trunk = performance.posed.motion.rotations["trunk"]
    back = np.array([0.01 * BODY.height_m - hip_height_on_back_m(BODY), 0.0, PIVOT * BODY.trunk_m])
    assert slip_m(joint(performance, "lumbar") + trunk @ back) < 1e-9
    assert slip_m(joint(performance, "left_shoulder")) < 0.035
    raised = at_posture(performance, "raising the pelvis")
    assert joint(performance, "pelvis")[0, 2] == pytest.approx(hip_height_on_back_m(BODY), abs=1e-6)
    assert 0.12 < joint(performance, "pelvis")[raised, 2] - joint(performance, "pelvis")[0, 2] < 0.30


def test_at_the_top_of_a_bridge_shoulders_hips_and_knees_are_in_one_line():
    performance = done("bridge", {"hip_end_deg": 0})
    raised = at_posture(performance, "raising the pelvis")
    shoulder, hip, knee = (joint(performance, f"left_{name}")[raised, ::2] for name in ("shoulder", "hip", "knee"))
    along = [(hip - shoulder) / np.linalg.norm(hip - shoulder), (knee - hip) / np.linalg.norm(knee - hip)]
    assert np.degrees(np.arccos(along[0] @ along[1])) < 6.0


def test_a_raised_leg_is_straight_and_the_other_foot_stays_flat():
    performance = clean("straight_leg_raise")
    raised = at_posture(performance, "lifting")
    assert performance.posed.angles_deg["left_knee_flexion"][raised] == pytest.approx(0.0, abs=1e-6)
    assert performance.posed.angles_deg["left_hip_flexion"][raised] == pytest.approx(35.0, abs=1e-6)
    assert slip_m(np.hstack([joint(performance, "right_heel"), joint(performance, "right_toe")])) < 1e-3
    # the heel of the resting leg is on the mat, and no higher than the other knee at the top
    assert joint(performance, "left_heel")[0, 2] == pytest.approx(0.01, abs=0.01)
    assert joint(performance, "left_ankle")[raised, 2] < joint(performance, "right_knee")[raised, 2] + 0.20


def test_a_clamshell_opens_with_the_heels_together_and_the_lower_leg_still():
    performance = clean("clamshell")
    for name in ("right_hip", "right_knee", "right_ankle", "left_ankle", "pelvis"):
        assert slip_m(joint(performance, name)) < 1e-9
    opened = at_posture(performance, "opening")
    apart_m = joint(performance, "left_knee") - joint(performance, "right_knee")
    assert apart_m[0, 2] == pytest.approx(BODY.knee_width_m + 0.014, abs=1e-6)
    assert apart_m[opened, 2] > 0.25
    angles = performance.posed.angles_deg
    assert angles["left_hip_rotation"][opened] < angles["left_hip_rotation"][0] - 20.0  # externally
    assert np.ptp(angles["left_knee_flexion"]) < 1e-6


@pytest.mark.parametrize("name", ["straight_leg_raise", "clamshell", "seated_knee_extension", "step_up"])
def test_the_right_side_is_the_mirror_image_of_the_left(name):
    left, right = (landmarks(BODY, done(name, {"side": side}).posed.motion) for side in SIDES)
    np.testing.assert_allclose(mirror_positions(right), left, atol=1e-9)


def test_who_straightens_a_knee_sits_still_on_both_thighs():
    performance = clean("seated_knee_extension")
    assert slip_m(joint(performance, "pelvis")) < 1e-6
    assert slip_m(np.hstack([joint(performance, "right_heel"), joint(performance, "right_toe")])) < 1e-3
    assert np.abs(joint(performance, "left_heel")[:20, 2]).max() < 1e-3
    straight = at_posture(performance, "straightening")
    hip, ankle = joint(performance, "left_hip")[straight], joint(performance, "left_ankle")[straight]
    assert abs(ankle[2] - hip[2]) < 0.12


def planted_runs(performance, side):
    """Frames in which a foot stands, as runs."""
    stands = np.flatnonzero(performance.course[f"{side}_aloft"] <= 0.0)
    return np.split(stands, np.flatnonzero(np.diff(stands) > 1) + 1)


def test_feet_that_stand_on_floor_and_step_do_not_slip_and_are_level_with_them():
    performance = clean("step_up")
    height_m = performance.stance.step_height_m
    levels = set()
    for side in SIDES:
        for run in planted_runs(performance, side):
            ball_m = joint(performance, f"{side}_toe")[run]
            assert slip_m(ball_m) < 0.005
            levels.add(round(float(ball_m[:, 2].mean()) / height_m, 1))
    assert levels == {0.0, 1.0}


@pytest.mark.parametrize(
    "params", [{}, {"step_height_m": 0.22}, {"rising_s": 2.6, "lowering_s": 2.6}, {"side": "right"}]
)
def test_no_foot_goes_through_the_step(params):
    performance = done("step_up", params)
    height_m, edge_m = performance.stance.step_height_m, 0.76 * BODY.foot_m + 0.5 * TOE_TO_STEP_M
    for side in SIDES:
        toe_m, heel_m = joint(performance, f"{side}_toe"), joint(performance, f"{side}_heel")
        tip_m = toe_m + 0.30 * BODY.foot_m * (toe_m - heel_m) / np.linalg.norm(toe_m - heel_m, axis=1, keepdims=True)
        for point_m in (heel_m, toe_m, tip_m):
            assert point_m[point_m[:, 0] > edge_m, 2].min(initial=1.0) > height_m - 0.005
        assert min(heel_m[:, 2].min(), toe_m[:, 2].min()) > -0.005  # the toes before the ball bend


def test_stepping_up_bends_hip_and_knee_about_as_measured():
    # Physiotherapy 2009: 66 and 91 deg of the leading leg on a step of 20.3 cm, knee of the other 58 deg
    angles = done("step_up", {"step_height_m": 0.203}).posed.angles_deg
    assert angles["left_knee_flexion"].max() == pytest.approx(91.0, abs=15.0)
    assert angles["left_hip_flexion"].max() == pytest.approx(66.0, abs=18.0)
    assert angles["right_knee_flexion"].max() == pytest.approx(58.0, abs=15.0)


def test_on_the_step_the_weight_is_over_the_feet_that_carry():
    performance = clean("step_up")
    com_m = centre_of_mass(BODY, performance.posed.motion)
    rise_m = com_m[:, 2].max() - com_m[0, 2]
    assert rise_m == pytest.approx(performance.stance.step_height_m, abs=0.02)
    for name, foot in (("over the edge", "right"), ("rising", "left")):
        frame = at_posture(performance, name)
        ankle_m = joint(performance, f"{foot}_ankle")[frame]
        assert abs(com_m[frame, 1] - ankle_m[1]) < 0.03
        assert -0.06 < com_m[frame, 0] - ankle_m[0] < 0.19


@pytest.mark.parametrize("name", [*ON_MAT, "seated_knee_extension", "step_up"])
@pytest.mark.parametrize("ratio", [0.94, 1.06])
def test_short_and_long_legs_can_do_it(name, ratio):
    body = Skeleton.from_height(1.72, leg_ratio=ratio, width_scale=1.1, foot_ratio=0.95)
    moved = done(name, body=body)
    assert min(float(centre[:, 2].min()) for centre in moved.posed.motion.joint_centres.values()) > -0.005


def test_a_step_beyond_the_body_is_refused_in_one_line():
    with pytest.raises(LtmeError, match="step_up") as refusal:
        done("step_up", {"step_height_m": 0.22}, body=Skeleton.from_height(0.6))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "parameter", "value"), [("bridge", "hip_end_deg", -5), ("clamshell", "abduction_deg", 28)]
)
def test_a_solved_range_is_met_to_a_tenth_of_a_degree(name, parameter, value):
    performance = done(name, {parameter: value})
    angle = performance.posed.angles_deg["left_hip_flexion" if name == "bridge" else "left_hip_adduction"]
    assert angle.min() == pytest.approx(value if name == "bridge" else -value, abs=0.1)
    assert len(performance.at_s) == round(performance.timeline.duration_s * RATE_HZ) + 1
