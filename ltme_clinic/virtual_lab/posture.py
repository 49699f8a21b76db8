"""Quiet standing: upright on flat feet that stay where they are, with the little sway that everybody has."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.kinematics import BodyMotion, forward_kinematics, keep_feet
from ltme_clinic.kinematics.forward import SIDE_SIGN
from ltme_clinic.kinematics.rotations import rotation_z
from ltme_clinic.virtual_lab.patient import VISIT, VirtualPatient

SWAY_M = (0.004, 0.003)
"""SD of quiet standing forward and sideways."""
SLOWEST_SWAY_HZ, FASTEST_SWAY_HZ, SWAY_WAVES = 0.2, 0.8, 4
STANDING_KNEE_DEG, STANDING_HIP_DEG = 3.0, 1.5
"""Not quite straight: a knee that locks would have no direction to bend."""
STANDING_TILT_DEG = 8.0
TURNED_OUT_DEG = 6.0
_POSTURE = 3
"""Stream of a visit's random numbers, beside those of its walks."""


def stand(patient: VirtualPatient, visit: int, time_s: np.ndarray, heading_rad: float | None) -> BodyMotion:
    """Quiet standing: both feet stay flat where they are while the pelvis sways over them."""
    rng = patient.rng(VISIT, visit, _POSTURE)
    drawn_rad = float(rng.uniform(-np.pi, np.pi))
    heading = drawn_rad if heading_rad is None else float(heading_rad)
    skeleton = patient.skeleton
    tilt_deg = float(STANDING_TILT_DEG + patient.signature_deg[0, ANGLES.index("pelvic_tilt")].mean())
    angles_deg: dict[str, np.ndarray | float] = {"pelvic_tilt": tilt_deg, "trunk_flexion": 1.0}
    for side in SIDES:
        angles_deg[f"{side}_hip_flexion"] = tilt_deg + STANDING_HIP_DEG
        angles_deg[f"{side}_knee_flexion"] = STANDING_KNEE_DEG
        angles_deg[f"{side}_ankle_dorsiflexion"] = STANDING_KNEE_DEG - STANDING_HIP_DEG
        angles_deg[f"{side}_hip_rotation"] = -TURNED_OUT_DEG
        angles_deg[f"{side}_shoulder_abduction"] = 8.0
        angles_deg[f"{side}_elbow_flexion"] = 12.0
    middle = forward_kinematics(skeleton, angles_deg, np.zeros((1, 3)), heading)
    feet = {side: _flat_foot(side, heading, len(time_s)) for side in SIDES}
    ankles_m = {side: middle.joint_centres[f"{side}_ankle"].copy() for side in SIDES}
    floor_m = min(float(ankle_m[0, 2]) for ankle_m in ankles_m.values()) - skeleton.ankle_height_m
    ankles_m = {
        side: np.repeat(ankle_m - [0.0, 0.0, floor_m], len(time_s), axis=0) for side, ankle_m in ankles_m.items()
    }
    root_m = _sway_m(rng, time_s, heading) - [0.0, 0.0, floor_m]
    swayed = forward_kinematics(skeleton, angles_deg, root_m, heading)
    held = angles_deg | keep_feet(skeleton, swayed, ankles_m, feet)
    return forward_kinematics(skeleton, held, root_m, heading)


def _flat_foot(side: str, heading_rad: float, frames: int) -> np.ndarray:
    """(frame, 3, 3) a foot flat on the floor, turned out."""
    return rotation_z(np.full(frames, heading_rad + SIDE_SIGN[side] * np.radians(TURNED_OUT_DEG)))


def _sway_m(rng: np.random.Generator, time_s: np.ndarray, heading_rad: float) -> np.ndarray:
    """(frame, 3) sway about the mean place, a few slow waves forward and sideways; never higher, or the feet lift."""
    waves_hz = rng.uniform(SLOWEST_SWAY_HZ, FASTEST_SWAY_HZ, (SWAY_WAVES, 2))
    starts_rad = rng.uniform(0.0, 2.0 * np.pi, (SWAY_WAVES, 2))
    waves = np.sin(2.0 * np.pi * waves_hz * time_s[:, None, None] + starts_rad)  # (frame, wave, 2)
    swayed_m = np.array(SWAY_M) * waves.sum(axis=1) * np.sqrt(2.0 / SWAY_WAVES)
    cos, sin = np.cos(heading_rad), np.sin(heading_rad)
    return np.stack(
        [
            cos * swayed_m[:, 0] - sin * swayed_m[:, 1],
            sin * swayed_m[:, 0] + cos * swayed_m[:, 1],
            np.full(len(time_s), -0.002),
        ],
        axis=1,
    )
