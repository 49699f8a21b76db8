"""Running a plan: a body whose weight is thrown from foot to foot, and feet that stay where they land."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.kinematics import BodyMotion, Skeleton, centre_of_mass, forward_kinematics, keep_feet
from ltme_clinic.kinematics.forward import SIDE_SIGN
from ltme_clinic.norms.running import TABLE_FOOT_OFF
from ltme_clinic.virtual_lab.footfalls import (
    FootPath,
    FootPose,
    Steps,
    carrying,
    choose_steps,
    planted,
    swing_lift_m,
)
from ltme_clinic.virtual_lab.rhythm import Rhythm, fourier, persistent_noise, phase_basis, walk_rhythm, warp_to_norm
from ltme_clinic.virtual_lab.running.feet import foot_pitch_rad
from ltme_clinic.virtual_lab.running.leg_fit import MOST_HEEL_RISE_RAD, fit_to_legs, pushed_off
from ltme_clinic.virtual_lab.running.plan import RunPlan
from ltme_clinic.virtual_lab.running.swings import bent, joined
from ltme_clinic.virtual_lab.running.upper_body import upper_body
from ltme_clinic.virtual_lab.running.weight import Pushes, pushes_of, weight_path

RHYTHM_SHARE = 0.6
"""Stride times of a steady runner vary by 1 to 1.5 % (Jordan et al. 2006), where walkers' do by 2 %."""
STRIDE_SD_DEG = 0.8
"""How much the strides of a runner differ in each joint's mean angle."""
OWN_STEP_SHARE = 0.25
"""How much of what left and right would land differently far ahead is seen."""
FOOTPRINT_SD_M = 0.010
"""How much footprints differ sideways from stride to stride."""
ROLLED_SHARE = 0.6
"""How far the pressure moves forward under a running foot in a stance, as a share of the foot's length."""
REACH_SOFTNESS_M = 0.003
"""How far before its full length a leg begins to give way: keeps the knee from locking."""
CLEARANCE_M = 0.02
"""How high heel and ball of a swinging foot are lifted at least."""
ROUNDS, GAIN = 12, 1.15
"""How often the pelvis is moved by what the centre of mass lacks, and by how much: standing legs follow in part."""
FITTING_ROUNDS = 8
"""In how many of them body height and footprints are fitted to the legs."""
WEIGHT_SHARE = 0.55
"""Centre of mass of a runner above the floor, as a share of the height, for the direction of forces only."""

_TILT, _HIP, _KNEE, _ANKLE, _PROGRESSION = (
    ANGLES.index(name)
    for name in ("pelvic_tilt", "hip_flexion", "knee_flexion", "ankle_dorsiflexion", "foot_progression")
)
_OTHER_SIDE = np.array([1.0, -1.0, -1.0])


@dataclass(frozen=True, eq=False)
class RunBody:
    """A plan carried out; frames run a little before and after what will be kept. Laboratory frame."""

    motion: BodyMotion
    angles_deg: dict[str, np.ndarray]
    """What the joints really did; keys of `forward_kinematics`."""
    progression_deg: np.ndarray
    """(2, frame) foot progression against the heading, internal positive."""
    rhythm: Rhythm
    steps: tuple[Steps, Steps]
    """Footprints in the heading frame."""
    acceleration_m_s2: np.ndarray
    """(frame, 3) of the centre of mass, laboratory."""
    pushes: Pushes


def run(plan: RunPlan, time_s: np.ndarray, rng: np.random.Generator) -> RunBody:
    """Run a plan at the given times.

    1. Rhythm: when each foot lands and leaves.
    2. Weight: the centre of mass that these contacts and one push each demand.
    3. Wished angles: the plan's curves at each side's phase, strides differing a little.
    4. Each foot gets the footprint nearest to the wished motion, a step's width beside the path; swings join them.
    5. The pelvis is moved until the body's centre of mass is where its weight must be, the legs solved for the feet.
    """
    skeleton = plan.patient.skeleton
    rhythm = walk_rhythm(rng, time_s, plan.cadence_spm, (plan.stance, plan.stance), RHYTHM_SHARE)
    pushes = pushes_of(rhythm)
    height_m = WEIGHT_SHARE * skeleton.height_m
    rolled_m = ROLLED_SHARE * skeleton.foot_m
    weight_m, acceleration = weight_path(pushes, time_s, plan.speed_m_s, plan.step_width_m, height_m, rolled_m)
    weight_m[:, 2] += height_m  # a first guess, fitted to the legs below
    rows = _wished_rows(plan, rhythm, rng)
    angles_deg = _named(rows) | upper_body(plan, rhythm)
    poses = [_foot_pose(plan, rhythm, side, rows[side]) for side in (0, 1)]
    steps = _footprints(plan, rhythm, forward_kinematics(skeleton, angles_deg), weight_m, poses, rng)
    angles_deg, root_m, steps = _carried(skeleton, angles_deg, weight_m, poses, steps, rhythm)
    root_m, acceleration = (_turned(vectors, plan.heading_rad) for vectors in (root_m, acceleration))
    root_m[:, :2] += plan.start_m
    motion = forward_kinematics(skeleton, angles_deg, root_m, plan.heading_rad)
    progression = np.stack([-SIDE_SIGN[name] * np.degrees(poses[side].yaw_rad) for side, name in enumerate(SIDES)])
    return RunBody(motion, angles_deg, progression, rhythm, steps, acceleration, pushes)


def _wished_rows(plan: RunPlan, rhythm: Rhythm, rng: np.random.Generator) -> np.ndarray:
    """(2, 9, frame) the nine variables as wished; one pelvis for both sides."""
    coefficients = fourier(plan.curves_deg)
    sided = []
    for side in (0, 1):
        stretched = warp_to_norm(rhythm.share(side), plan.stance, TABLE_FOOT_OFF)
        sided.append(
            coefficients[side] @ phase_basis(stretched).T + STRIDE_SD_DEG * _by_stride(rng, rhythm.phase[side])
        )
    rows = np.stack(sided)
    pelvis = 0.5 * (rows[0, :3] + _OTHER_SIDE[:, None] * rows[1, :3])
    rows[:, :3] = pelvis, _OTHER_SIDE[:, None] * pelvis
    return rows


def _by_stride(rng: np.random.Generator, phase: np.ndarray) -> np.ndarray:
    """(9, frame) of unit SD: one number a stride, changing smoothly from stride to stride."""
    first = int(np.floor(phase[0]))
    noise = persistent_noise(rng, int(np.ceil(phase[-1])) - first + 2, len(ANGLES))
    index = np.floor(phase).astype(int) - first
    share = phase - np.floor(phase)
    share = share * share * (3.0 - 2.0 * share)
    return np.asarray(((1.0 - share)[:, None] * noise[index] + share[:, None] * noise[index + 1]).T)


def _named(rows: np.ndarray) -> dict[str, np.ndarray]:
    named = dict(zip(ANGLES[:3], rows[0, :3], strict=True))
    for side, name in enumerate(SIDES):
        named |= {f"{name}_{angle}": row for angle, row in zip(ANGLES[3:8], rows[side, 3:8], strict=True)}
    return named


def _foot_pose(plan: RunPlan, rhythm: Rhythm, side: int, rows: np.ndarray) -> FootPose:
    """The foot as the angles above it pitch it, flat in the middle of stance, its toes out; heading frame."""
    wished = np.radians(rows[_HIP] - rows[_KNEE] + rows[_ANKLE] - rows[_TILT])
    pitch = foot_pitch_rad(wished, rhythm.share(side), plan.stance, plan.landing)
    return FootPose(pitch, -SIDE_SIGN[SIDES[side]] * np.radians(rows[_PROGRESSION]))


def _footprints(
    plan: RunPlan,
    rhythm: Rhythm,
    posed: BodyMotion,
    weight_m: np.ndarray,
    poses: list[FootPose],
    rng: np.random.Generator,
) -> tuple[Steps, Steps]:
    """Footprints as far ahead of the body as the wished motion has them, a step's width beside the path, heading frame.

    All lie equally far ahead of the centre of mass in the middle of their stance, but for a little of what the wished
    angles of left and right differ by: a runner's steps are nearly equal.
    """
    skeleton, found, ahead = plan.patient.skeleton, [], []
    wished = posed.translated(weight_m - centre_of_mass(skeleton, posed))
    for side, name in enumerate(SIDES):
        carried = carrying(rhythm.share(side), rhythm.stance[side])
        ankle_m = wished.joint_centres[f"{name}_ankle"]
        chosen = choose_steps(skeleton, ankle_m, poses[side], rhythm.cycle(side), carried)
        middle_s = rhythm.time_of(side, chosen.cycles + 0.5 * rhythm.stance[side])
        body_m = np.interp(middle_s, rhythm.time_s, weight_m[:, 0])
        found.append((chosen, body_m))
        ahead.append(float(np.median(chosen.heel_m[:, 0] - body_m)))
    steps = []
    for side, (chosen, body_m) in enumerate(found):
        sign = SIDE_SIGN[SIDES[side]]
        own_m = float(np.mean(ahead)) + OWN_STEP_SHARE * (ahead[side] - float(np.mean(ahead)))
        beside_m = sign * 0.5 * plan.step_width_m + FOOTPRINT_SD_M * rng.standard_normal(len(chosen.cycles))
        # the footprint's middle, not its heel, is half a step's width beside the path
        middle_m = 0.5 * (skeleton.ball_m[0] - skeleton.heel_m[0]) * np.sin(chosen.yaw_rad)
        steps.append(Steps(chosen.cycles, np.stack([body_m + own_m, beside_m - middle_m], axis=1), chosen.yaw_rad))
    return steps[0], steps[1]


def _carried(
    skeleton: Skeleton,
    angles_deg: dict[str, np.ndarray],
    weight_m: np.ndarray,
    poses: list[FootPose],
    steps: tuple[Steps, Steps],
    rhythm: Rhythm,
) -> tuple[dict[str, np.ndarray], np.ndarray, tuple[Steps, Steps]]:
    """Leg angles and pelvis with which the feet stand still and the centre of mass is where it is thrown; footprints.

    How high the whole body runs, and how far ahead of it all footprints lie, is what makes the standing legs as long
    over their stances as the wished angles have them.
    """
    posed = forward_kinematics(skeleton, angles_deg)
    aim_m, held, risen_rad = weight_m.copy(), angles_deg, np.zeros(2)
    root_m = aim_m - centre_of_mass(skeleton, posed)
    for turn in range(ROUNDS):
        standing = [planted(skeleton, poses[side], steps[side], rhythm.cycle(side)) for side in (0, 1)]
        if turn < FITTING_ROUNDS:
            fit = fit_to_legs(skeleton, posed.translated(root_m), posed, poses, steps, rhythm)
            more_rad = np.clip(risen_rad + fit.heel_rise_rad, -MOST_HEEL_RISE_RAD, MOST_HEEL_RISE_RAD) - risen_rad
            poses = [pushed_off(poses[side], rhythm, side, more_rad[side]) for side in (0, 1)]
            risen_rad = risen_rad + more_rad
            steps = (_ahead(steps[0], fit.ahead_m), _ahead(steps[1], fit.ahead_m))
            standing = [planted(skeleton, poses[side], steps[side], rhythm.cycle(side)) for side in (0, 1)]
            aim_m[:, 2] += fit.higher_m
            root_m = root_m + np.array([0.0, 0.0, fit.higher_m])
        held = angles_deg | _legs_for(skeleton, posed.translated(root_m), standing, rhythm)
        root_m = root_m + GAIN * (aim_m - centre_of_mass(skeleton, forward_kinematics(skeleton, held, root_m)))
    return held, root_m, steps


def _legs_for(
    skeleton: Skeleton, wished: BodyMotion, standing: list[FootPath], rhythm: Rhythm
) -> dict[str, np.ndarray]:
    """Leg angles for a pelvis: standing feet where they stand, swings that join them and clear the floor."""
    ankles_m = {}
    for side, name in enumerate(SIDES):
        share, stance, foot = rhythm.share(side), rhythm.stance[side], standing[side]
        free_m = wished.joint_centres[f"{name}_ankle"]
        ankle_m = free_m + joined(foot.ankle_m - free_m, share <= stance)
        ankle_m[:, 2] += swing_lift_m(skeleton, ankle_m, foot.pose, share, stance, CLEARANCE_M)
        ankle_m = bent(skeleton, wished.joint_centres[f"{name}_hip"], ankle_m, (share - stance) / (1.0 - stance))
        ankles_m[name] = ankle_m
    feet = {name: standing[side].pose.rotation for side, name in enumerate(SIDES)}
    return keep_feet(skeleton, wished, ankles_m, feet, REACH_SOFTNESS_M)


def _ahead(steps: Steps, ahead_m: float) -> Steps:
    return Steps(steps.cycles, steps.heel_m + np.array([ahead_m, 0.0]), steps.yaw_rad)


def _turned(vectors: np.ndarray, heading_rad: float) -> np.ndarray:
    """(frame, 3) from the heading frame to the laboratory."""
    cos, sin = np.cos(heading_rad), np.sin(heading_rad)
    return np.stack(
        [cos * vectors[:, 0] - sin * vectors[:, 1], sin * vectors[:, 0] + cos * vectors[:, 1], vectors[:, 2]], 1
    )
