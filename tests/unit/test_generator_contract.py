"""What every described exercise must keep, whoever writes its description."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from ltme_clinic.body import BONES, MIRROR_ORDER, SIDES, SLOT_INDEX, SLOTS, mirror_positions
from ltme_clinic.exercises import range_of
from ltme_clinic.exercises.pose import HEEL_SHARE
from ltme_clinic.exercises.safety import joint_keys, lowest_point_m, peak_speed
from ltme_clinic.generator import Movement, animate, exercises
from ltme_clinic.kinematics import centre_of_mass
from ltme_clinic.types import LtmeError

NAMES = sorted(exercises())
SYMMETRIC = [name for name in NAMES if exercises()[name].symmetric]
SIDED = [name for name in NAMES if not exercises()[name].symmetric]
ON_FEET = [name for name in NAMES if exercises()[name].contact not in ("back", "side", "chair", "step")]
WITH_RANGE = [name for name in NAMES if exercises()[name].range_parameter]
LIMITS = [
    (name, parameter.name, value)
    for name in NAMES
    for parameter in exercises()[name].parameters
    for value in (parameter.choices or (parameter.minimum, parameter.maximum))
    if parameter.name != "repetitions"
]


@cache
def default_movement(name: str) -> Movement:
    return animate(name, seed=5)


def moving_sides(movement: Movement) -> tuple[str, ...]:
    side = movement.values.get("side", "both")
    return SIDES if side in ("both", "alternating") else (str(side),)


def planted(movement: Movement, side: str) -> np.ndarray:
    return movement.course[f"{side}_aloft"] <= 0.0


@pytest.mark.parametrize("name", NAMES)
def test_every_landmark_is_finite(name):
    movement = default_movement(name)
    assert movement.positions_m.shape == (len(movement.at_s), len(SLOTS), 3)
    assert np.isfinite(movement.positions_m).all()


@pytest.mark.parametrize("name", NAMES)
def test_it_ends_in_the_posture_it_began_in(name):
    positions_m = default_movement(name).positions_m
    np.testing.assert_allclose(positions_m[-1], positions_m[0], atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_goes_through_the_floor(name):
    movement = default_movement(name)
    assert lowest_point_m(movement.posed) > -0.003
    assert movement.positions_m[..., 2].min() > 0.0


@pytest.mark.parametrize("name", NAMES)
def test_joints_stay_inside_their_bounds_and_below_the_fastest_plausible_speed(name):
    movement = default_movement(name)
    for joint, (low, high) in movement.exercise.angle_limits_deg.items():
        for key in joint_keys(joint):
            assert low - 0.5 <= movement.posed.angles_deg[key].min()
            assert movement.posed.angles_deg[key].max() <= high + 0.5
    assert peak_speed(movement.posed, 100.0)[1] < 400.0


@pytest.mark.parametrize("name", NAMES)
def test_planted_feet_do_not_slip(name):
    movement = default_movement(name)
    for side in SIDES:
        still = planted(movement, side)
        if movement.exercise.contact in ("side", "step") or not still.any():  # see test_exercises_lying, _stepping
            continue
        # the ball carries in every contact; the heel too where it stays down
        ball_m = movement.posed.motion.joint_centres[f"{side}_toe"][still]
        assert np.ptp(ball_m, axis=0).max() < 1e-3
        if movement.exercise.contact not in ("forefeet", "staggered_feet"):
            heel_m = movement.posed.motion.joint_centres[f"{side}_heel"][still]
            assert np.ptp(heel_m, axis=0).max() < 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_bones_keep_their_length(name):
    positions_m = default_movement(name).positions_m
    rigid = [
        (a, b) for a, b in BONES if a.endswith(("knee", "elbow", "heel")) and b.endswith(("ankle", "thumb", "toe"))
    ]
    assert len(rigid) == 6
    for a, b in rigid:
        length_m = np.linalg.norm(positions_m[:, SLOT_INDEX[a]] - positions_m[:, SLOT_INDEX[b]], axis=1)
        assert np.ptp(length_m) < 1e-9, (a, b)


@pytest.mark.parametrize("name", SYMMETRIC)
def test_a_symmetric_exercise_is_its_own_mirror_image(name):
    positions_m = default_movement(name).positions_m
    np.testing.assert_allclose(mirror_positions(positions_m), positions_m, atol=1e-9)
    assert len(MIRROR_ORDER) == len(SLOTS)


@pytest.mark.parametrize("name", SIDED)
def test_the_right_side_does_what_the_left_does_mirrored(name):
    left, right = (animate(name, {"side": side, "repetitions": 1}, seed=2).positions_m for side in SIDES)
    np.testing.assert_allclose(mirror_positions(right), left, atol=1e-9)


@pytest.mark.parametrize("name", WITH_RANGE)
def test_the_asked_range_is_reached_within_one_degree_and_never_passed(name):
    exercise = exercises()[name]
    parameter = exercise.parameter(exercise.range_parameter)
    asked_deg = [float(parameter.default), 0.6 * float(parameter.default) + 0.4 * parameter.minimum]
    for seed, asked in enumerate(asked_deg):
        movement = animate(name, {exercise.range_parameter: asked}, seed=seed)
        short, past = (-1.0, 0.01) if exercise.range_extreme == "highest" else (-0.01, 1.0)
        for side in moving_sides(movement):
            assert asked + short < range_of(exercise, movement.posed, side, slice(None)) < asked + past


@pytest.mark.parametrize("name", NAMES)
def test_it_lasts_exactly_as_long_as_its_phases(name):
    movement = default_movement(name)
    exercise, values = movement.exercise, movement.values
    one_s = sum(phase.seconds.value(values) for phase in exercise.phases)
    repetitions = int(values["repetitions"])
    expected_s = 1.0 + repetitions * one_s + (repetitions - 1) * float(values.get("pause_s", 0.0))
    assert movement.timeline.duration_s == pytest.approx(expected_s)
    starts_s = [start for start, _, name in movement.timeline.phases if name == exercise.phases[0].name]
    assert len(starts_s) == repetitions
    np.testing.assert_allclose(np.diff(starts_s), one_s + float(values.get("pause_s", 0.0)))


@pytest.mark.parametrize("name", ON_FEET)
def test_the_weight_is_over_the_feet_wherever_they_alone_carry_it(name):
    movement = default_movement(name)
    skeleton, stance = movement.stance.skeleton, movement.stance
    com_m = centre_of_mass(skeleton, movement.posed.motion)
    front_m, rear_m = (1.0 - HEEL_SHARE) * skeleton.foot_m, -HEEL_SHARE * skeleton.foot_m
    if movement.exercise.contact == "staggered_feet":
        rear_m = -stance.stride_m
    seated = movement.posed.motion.joint_centres["pelvis"][:, 2] < float(values_seat(movement)) + 1e-3
    assert com_m[~seated, 0].max() < front_m - 0.05
    assert com_m[~seated, 0].min() > rear_m + 0.01
    if movement.exercise.contact == "one_foot":
        alone = ~planted(movement, str(movement.values["side"]))
        other = SIDES[1 - SIDES.index(str(movement.values["side"]))]
        assert np.abs(com_m[alone, 1] - stance.ankle_m(other)[1]).max() < 0.02


def values_seat(movement: Movement) -> float:
    """Height of the hips on the seat, or far below where there is none."""
    return movement.posed.motion.joint_centres["pelvis"][0, 2] if movement.exercise.contact == "seat" else -1.0


@pytest.mark.parametrize(("name", "parameter", "value"), LIMITS)
def test_every_limit_of_every_parameter_gives_a_safe_movement(name, parameter, value):
    wish = {parameter: value, "repetitions": 1}
    if (name, parameter, value) == ("sit_to_stand", "seat_height_m", 0.35):  # the one limit that is refused: too low
        with pytest.raises(LtmeError, match="trunk_flexion"):
            animate(name, wish, rate_hz=50.0)
        return
    assert lowest_point_m(animate(name, wish, rate_hz=50.0).posed) > -0.005


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("height_m", [1.2, 1.95])
def test_small_and_tall_bodies_can_do_it(name, height_m):
    suited = {"seat_height_m": max(0.35, 0.26 * height_m), "step_height_m": 0.105 * height_m}
    wish = {key: value for key, value in suited.items() if key in exercises()[name].defaults()}
    movement = animate(name, {"repetitions": 1} | wish, height_m=height_m)
    assert movement.stance.skeleton.height_m == height_m
    assert lowest_point_m(movement.posed) > -0.003
