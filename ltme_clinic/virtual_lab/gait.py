"""Walking a plan: wished joint angles, a pelvis that the standing leg carries, feet that stay where they land."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import BodyMotion, Skeleton, centre_of_mass, forward_kinematics
from ltme_clinic.kinematics.forward import SIDE_SIGN
from ltme_clinic.kinematics.rotations import rotation_z
from ltme_clinic.kinematics.smoothing import butterworth_low_pass
from ltme_clinic.virtual_lab.feet import LEG_ANGLES, stood_and_swung
from ltme_clinic.virtual_lab.footfalls import (
    FootPath,
    FootPose,
    Steps,
    carried_higher_m,
    carrying,
    choose_steps,
    flattened,
    planted,
)
from ltme_clinic.virtual_lab.leg_curves import leg_angles, varied
from ltme_clinic.virtual_lab.rhythm import Rhythm, persistent_noise, phase_basis, walk_rhythm
from ltme_clinic.virtual_lab.upper_body import upper_body
from ltme_clinic.virtual_lab.walk_plan import WalkPlan

STRIDE_SD_DEG = np.array([1.0, 0.6, 1.2, *(2 * [1.2, 1.0, 1.3, 1.3, 1.3, 1.6])])
"""How much a healthy person's strides differ: pelvis, then each side's six angles. Strides of one pass differ about so
much in 12 sides of children and adults and in 114 sides of adults whose motion is public (hip, knee)."""
STRIDE_SHAPES = np.array([0.5, 0.7, 0.7])
"""Of that, how much is the same throughout a stride and how much goes with its first harmonic: in the same recordings
strides' means differ less than their shapes."""
MUSCLE_S = 0.006
"""Standard deviation of the weights by which a joint's angle is averaged over time."""
JERK_HZ = 6.0
"""What moves the weight more quickly than this is not the floor's doing."""
RISE_S = 0.1
"""The pelvis follows a standing leg that is longer or shorter than planned within about this time."""
TURN_RADIUS_M = 0.8
"""Mean radius of a turn in the middle of a walk."""


@dataclass(frozen=True, eq=False)
class WalkedBody:
    """A plan carried out; frames run a little before and after what will be kept."""

    motion: BodyMotion
    angles_deg: dict[str, np.ndarray]
    """What the joints really did, after the feet were planted; keys of `forward_kinematics`."""
    progression_deg: np.ndarray
    """(2, frame) foot progression against the heading, internal positive."""
    rhythm: Rhythm
    steps: tuple[Steps, Steps]
    heading_rad: np.ndarray  # (frame,)


def walk(plan: WalkPlan, time_s: np.ndarray, rng: np.random.Generator) -> WalkedBody:
    """Walk a plan at the given times.

    1. Rhythm: when each foot lands, with natural irregularity.
    2. Wished angles: the plan's curves at each side's phase, with stride-to-stride variation.
    3. Pelvis: constant speed, plus the fluctuation within the cycle that the standing leg's geometry implies.
    4. Each foot gets the footprint nearest to the wished motion and rolls over it without slipping; swings are bent
       to connect footprints and to clear the floor.
    5. The leg angles are solved for those feet: they are the truth.
    """
    patient, skeleton = plan.patient, plan.skeleton
    rhythm = walk_rhythm(rng, time_s, plan.cadence_spm, plan.stance, plan.deviation.timing_factor)
    varied_by = stride_variation(rng, rhythm.phase[0], plan.deviation.stride_factor)
    angles_deg = varied(leg_angles(plan.legs, rhythm), varied_by) | upper_body(plan, rhythm, rng)
    root_m, heading_rad = pelvis_path(plan, rhythm, of_phase(plan.sway, rhythm.phase[0]))
    wished = forward_kinematics(skeleton, angles_deg, root_m, heading_rad)
    soles = rhythm.of_soles(120.0 / plan.cadence_spm)
    standing, steps, rise_m = place_feet(plan, soles, wished)
    wished = wished.translated(np.stack([np.zeros_like(rise_m), np.zeros_like(rise_m), rise_m], axis=1))
    angles_deg = stood_and_swung(
        skeleton, wished, angles_deg, standing, soles, plan.clearance_m, plan.approach_m, heading_rad
    )
    angles_deg = smooth_legs(angles_deg, time_s[1] - time_s[0])
    motion = forward_kinematics(skeleton, angles_deg, wished.joint_centres["pelvis"], heading_rad)
    pushed_m = in_laboratory(of_phase(plan.weight, rhythm.phase[0]), heading_rad)
    motion = motion.translated(evened_m(skeleton, motion, pushed_m, time_s[1] - time_s[0]))
    assert motion.frames == len(time_s), patient.name
    return WalkedBody(motion, angles_deg, foot_progression_deg(motion, heading_rad), rhythm, steps, heading_rad)


def evened_m(skeleton: Skeleton, motion: BodyMotion, pushed_m: np.ndarray, frame_s: float) -> np.ndarray:
    """(frame, 3) metres that the whole body is moved by so that its weight doesn't jerk but for the floor's push.

    Only the floor moves a body's weight. A leg that stops as it lands pushes the trunk on; a pelvis on a planned path
    doesn't give way to that, so the body does, by a millimetre or less.

    Parameters
    ----------
    pushed_m
        (frame, 3) how the published push moves the weight about its steady advance, laboratory.
    """
    beside_m = centre_of_mass(skeleton, motion) - pushed_m
    return butterworth_low_pass(beside_m[:, None], 1.0 / frame_s, JERK_HZ)[:, 0] - beside_m


def of_phase(coefficients: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """(frame, 3) from Fourier coefficients (1 + 2 harmonics, 3) over the left side's cycle."""
    return phase_basis(phase, (len(coefficients) - 1) // 2) @ coefficients


def in_laboratory(moved_m: np.ndarray, heading_rad: np.ndarray) -> np.ndarray:
    """(frame, 3) from the heading frame."""
    return (rotation_z(heading_rad) @ moved_m[:, :, None])[:, :, 0]


def smooth_legs(angles_deg: dict[str, np.ndarray], frame_s: float) -> dict[str, np.ndarray]:
    """Leg angles as muscles move them: without what is quicker than `MUSCLE_S`, which only a rigid sole would ask."""
    reach = int(np.ceil(3.0 * MUSCLE_S / frame_s))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * frame_s / MUSCLE_S) ** 2)
    kernel /= kernel.sum()
    smoothed = {}
    for side in SIDES:
        for name in LEG_ANGLES:
            padded = np.pad(angles_deg[f"{side}_{name}"], reach, mode="edge")
            smoothed[f"{side}_{name}"] = np.convolve(padded, kernel, mode="valid")
    return angles_deg | smoothed


def foot_progression_deg(motion: BodyMotion, heading_rad: np.ndarray) -> np.ndarray:
    """(2, frame) how far each foot's long axis leans inwards of the heading, after its pitch as gait models have it."""
    leans = []
    for name in SIDES:
        forward = motion.rotations[f"{name}_foot"][:, :2, 0]
        to_left = forward[:, 1] * np.cos(heading_rad) - forward[:, 0] * np.sin(heading_rad)
        leans.append(-SIDE_SIGN[name] * np.degrees(np.arcsin(to_left)))
    return np.stack(leans)


def stride_variation(rng: np.random.Generator, phase: np.ndarray, factor: float) -> np.ndarray:
    """(15, frame) degrees by which strides differ, persistent from stride to stride."""
    first = int(np.floor(phase[0]))
    knots = int(np.ceil(phase[-1])) - first + 2
    shapes = 3  # constant and one harmonic
    noise = persistent_noise(rng, knots, shapes * 15).reshape(knots, shapes, 15)
    index = np.floor(phase).astype(int) - first
    share = (phase - np.floor(phase))[:, None, None]
    share = share * share * (3.0 - 2.0 * share)
    mixed = (1.0 - share) * noise[index] + share * noise[index + 1]
    basis = phase_basis(phase, 1) * STRIDE_SHAPES
    return factor * STRIDE_SD_DEG[:, None] * np.einsum("fs,fsc->cf", basis, mixed)


def pelvis_path(plan: WalkPlan, rhythm: Rhythm, sway_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mid-hip positions (frame, 3) and heading (frame,) in the laboratory, along a line or an arc."""
    time_s, phase = rhythm.time_s, rhythm.phase[0]
    # who steps faster for a while goes faster: a stride keeps its length, and its feet their place under the body
    gone_m = plan.speed_m_s * (time_s[-1] - time_s[0]) * (phase - phase[0]) / (phase[-1] - phase[0])
    heading = plan.heading_rad + plan.curvature_per_m * gone_m
    if plan.turn_rad:
        heading = heading + plan.turn_rad * _turned_share(gone_m, abs(plan.turn_rad) * TURN_RADIUS_M)
    middle = 0.5 * (heading[1:] + heading[:-1])
    advance = np.diff(gone_m)
    path_m = np.zeros((len(phase), 3))
    path_m[1:, 0] = np.cumsum(advance * np.cos(middle))
    path_m[1:, 1] = np.cumsum(advance * np.sin(middle))
    path_m[:, :2] += plan.start_m
    return path_m + in_laboratory(sway_m, heading), heading


def _turned_share(gone_m: np.ndarray, length_m: float) -> np.ndarray:
    """(frame,) 0 to 1: how much of a turn in the middle of the path is done, smoothly over its length."""
    share = np.clip((gone_m - 0.5 * gone_m[-1]) / length_m + 0.5, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def place_feet(
    plan: WalkPlan, soles: Rhythm, wished: BodyMotion
) -> tuple[dict[str, FootPath], tuple[Steps, Steps], np.ndarray]:
    """Feet on their footprints, and how much higher (m) than planned they carry the pelvis.

    Parameters
    ----------
    soles
        When the soles are on the floor (`Rhythm.of_soles`).
    """
    skeleton = plan.skeleton
    standing, steps = {}, []
    for side, name in enumerate(SIDES):
        ankle_m, pose = wished.joint_centres[f"{name}_ankle"], FootPose.of(wished.rotations[f"{name}_foot"])
        pose = FootPose(flattened(pose.pitch_rad), np.unwrap(pose.yaw_rad))
        cycle = soles.cycle(side)
        chosen = choose_steps(skeleton, ankle_m, pose, cycle, carrying(soles.share(side), soles.stance[side]))
        standing[name] = planted(skeleton, pose, chosen, cycle)
        steps.append(chosen)
    rise_m = carried_higher_m(
        [wished.joint_centres[f"{name}_hip"] for name in SIDES],
        [wished.joint_centres[f"{name}_ankle"] for name in SIDES],
        [standing[name].ankle_m for name in SIDES],
        [carrying(soles.share(side), soles.stance[side]) for side in (0, 1)],
        max(1, round(RISE_S / (soles.time_s[1] - soles.time_s[0]))),
    )
    return standing, (steps[0], steps[1]), rise_m
