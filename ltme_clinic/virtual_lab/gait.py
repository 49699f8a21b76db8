"""Walking a plan: wished joint angles, a pelvis that the standing leg carries, feet that stay where they land."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import BodyMotion, forward_kinematics, keep_feet
from ltme_clinic.kinematics.forward import SIDE_SIGN
from ltme_clinic.virtual_lab.carriage import leg_angles, named_angles
from ltme_clinic.virtual_lab.footfalls import (
    LANDING_SHARE,
    FootPose,
    Steps,
    bridged,
    carrying,
    choose_steps,
    firm_landing_m,
    lowering_m,
    planted,
    settled,
    swing_lift_m,
)
from ltme_clinic.virtual_lab.plan import WalkPlan
from ltme_clinic.virtual_lab.rhythm import Rhythm, persistent_noise, phase_basis, walk_rhythm

STRIDE_SD_DEG = np.array([0.3, 0.3, 0.5, *(2 * [0.7, 0.4, 0.7, 0.8, 0.7, 0.7])])
"""How much a healthy person's strides differ: pelvis, then each side's six angles."""
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
    patient, skeleton = plan.patient, plan.patient.skeleton
    rhythm = walk_rhythm(rng, time_s, plan.cadence_spm, plan.stance, plan.deviation.variability_factor)
    legs = leg_angles(plan.legs, plan.norm_stance, rhythm)
    legs += stride_variation(rng, rhythm.phase[0], plan.deviation.variability_factor)
    angles_deg = named_angles(legs) | upper_body(plan, rhythm)
    progression = np.stack([legs[8], legs[14]])
    root_m, heading_rad = pelvis_path(plan, time_s, plan.carriage.sway_at(rhythm.phase[0]))
    wished = forward_kinematics(skeleton, angles_deg, root_m, heading_rad)
    ankles_m, feet, steps, sink_m = place_feet(plan, rhythm, wished, progression, heading_rad)
    lower = np.stack([np.zeros_like(sink_m), np.zeros_like(sink_m), -sink_m], axis=1)
    root_m = root_m + lower
    feet_turned = {side: feet[side].rotation for side in SIDES}
    angles_deg |= keep_feet(skeleton, wished.translated(lower), ankles_m, feet_turned)
    realised = np.stack([-SIDE_SIGN[side] * np.degrees(feet[side].yaw_rad - heading_rad) for side in SIDES])
    motion = forward_kinematics(skeleton, angles_deg, root_m, heading_rad)
    assert motion.frames == len(time_s), patient.name
    return WalkedBody(motion, angles_deg, realised, rhythm, steps, heading_rad)


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
    basis = phase_basis(phase, 1) * [0.7, 0.7, 0.7]
    return factor * STRIDE_SD_DEG[:, None] * np.einsum("fs,fsc->cf", basis, mixed)


def upper_body(plan: WalkPlan, rhythm: Rhythm) -> dict[str, np.ndarray]:
    """Trunk, head and arms: arms swing against their own leg, more when walking faster; the head stays level."""
    habits, change = plan.patient.habits, plan.deviation
    left_turn = 2.0 * np.pi * rhythm.phase[0]
    flexion, lean, rotation = plan.trunk @ phase_basis(rhythm.phase[0]).T
    flexion = flexion + habits.trunk_flexion_deg + change.trunk_flexion_deg
    if change.trunk_lean_deg:
        towards = 1.0 if plan.patient.side == "left" else -1.0
        own_turn = left_turn if plan.patient.side == "left" else left_turn + np.pi
        lean = lean + towards * change.trunk_lean_deg * (0.5 + 0.5 * np.cos(own_turn - 2.0 * np.pi * 0.28))
    angles = {"trunk_flexion": flexion, "trunk_lean": lean, "trunk_rotation": rotation}
    angles |= {"head_flexion": -0.9 * flexion, "head_lean": -0.7 * lean, "head_rotation": -0.8 * rotation}
    speed_share = plan.speed_m_s / max(plan.patient.preferred_speed_m_s, 1e-6)
    for side, name in enumerate(SIDES):
        swing = habits.arm_swing_deg * min(1.5, speed_share) * change.arm_swing_factor[side]
        turn = 2.0 * np.pi * rhythm.phase[side]
        angles[f"{name}_shoulder_flexion"] = -3.0 - 0.5 * swing * np.cos(turn - 0.15)
        angles[f"{name}_shoulder_abduction"] = np.full_like(turn, 7.0)
        angles[f"{name}_elbow_flexion"] = habits.elbow_deg + change.elbow_deg[side] - 0.22 * swing * np.cos(turn - 0.5)
    return angles


def pelvis_path(plan: WalkPlan, time_s: np.ndarray, sway_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mid-hip positions (frame, 3) and heading (frame,) in the laboratory, along a line or an arc."""
    gone_m = plan.speed_m_s * (time_s - time_s[0])
    heading = plan.heading_rad + plan.curvature_per_m * gone_m
    if plan.turn_rad:
        heading = heading + plan.turn_rad * _turned_share(gone_m, abs(plan.turn_rad) * TURN_RADIUS_M)
    middle = 0.5 * (heading[1:] + heading[:-1])
    advance = np.diff(gone_m)
    path_m = np.zeros((len(time_s), 3))
    path_m[1:, 0] = np.cumsum(advance * np.cos(middle))
    path_m[1:, 1] = np.cumsum(advance * np.sin(middle))
    path_m[:, :2] += plan.start_m
    cos, sin = np.cos(heading), np.sin(heading)
    path_m[:, 0] += cos * sway_m[:, 0] - sin * sway_m[:, 1]
    path_m[:, 1] += sin * sway_m[:, 0] + cos * sway_m[:, 1]
    path_m[:, 2] = sway_m[:, 2]
    return path_m, heading


def _turned_share(gone_m: np.ndarray, length_m: float) -> np.ndarray:
    """(frame,) 0 to 1: how much of a turn in the middle of the path is done, smoothly over its length."""
    share = np.clip((gone_m - 0.5 * gone_m[-1]) / length_m + 0.5, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def place_feet(
    plan: WalkPlan,
    rhythm: Rhythm,
    wished: BodyMotion,
    progression_deg: np.ndarray,
    heading_rad: np.ndarray,
) -> tuple[dict[str, np.ndarray], dict[str, FootPose], tuple[Steps, Steps], np.ndarray]:
    """Ankles and feet that stand, roll and swing properly, and how far (m) the pelvis sinks where a leg won't reach."""
    skeleton = plan.patient.skeleton
    to_left = np.stack([-np.sin(heading_rad), np.cos(heading_rad), np.zeros_like(heading_rad)], axis=1)
    wishes, poses, prints, stands, steps = [], [], [], [], []
    for side, name in enumerate(SIDES):
        ankle_m = wished.joint_centres[f"{name}_ankle"] + 0.5 * SIDE_SIGN[name] * plan.widening_m * to_left
        pose = FootPose(
            settled(np.arcsin(wished.rotations[f"{name}_foot"][:, 2, 0])),
            heading_rad - SIDE_SIGN[name] * np.radians(progression_deg[side]),
        )
        cycle, share = rhythm.cycle(side), rhythm.share(side)
        chosen = choose_steps(skeleton, ankle_m, pose, cycle, carrying(share, plan.stance[side]))
        wishes.append(ankle_m)
        poses.append(pose)
        prints.append(planted(skeleton, pose, chosen, cycle))
        stands.append((share >= LANDING_SHARE) & (share < plan.stance[side]))
        steps.append(chosen)
    hips_m = [wished.joint_centres[f"{name}_hip"] for name in SIDES]
    frames_wide = max(2, round(0.08 / (rhythm.time_s[1] - rhythm.time_s[0])))
    sink_m = lowering_m(skeleton, hips_m, [ankle_m for ankle_m, _ in prints], stands, frames_wide)
    ankles_m, feet = {}, {}
    for side, name in enumerate(SIDES):
        wishes[side][:, 2] -= sink_m
        ankle_m, yaw_rad = prints[side]
        correction = np.concatenate([ankle_m - wishes[side], (yaw_rad - poses[side].yaw_rad)[:, None]], axis=1)
        correction = bridged(correction, stands[side])
        ankles_m[name] = wishes[side] + correction[:, :3]
        feet[name] = FootPose(poses[side].pitch_rad, poses[side].yaw_rad + correction[:, 3])
        ankles_m[name][:, 2] += swing_lift_m(
            skeleton, ankles_m[name], feet[name], rhythm.share(side), plan.stance[side], plan.clearance_m
        )
        if plan.firm_landing:
            ankles_m[name][:, 2] += firm_landing_m(
                skeleton,
                ankles_m[name],
                feet[name],
                rhythm.share(side),
                plan.clearance_m,
            )
    return ankles_m, feet, (steps[0], steps[1]), sink_m
