"""A body made of known joint angles and offsets, with markers where the Conventional Gait Model expects them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX, SLOTS
from ltme_clinic.kinematics.rotations import rotation_yxz, rotation_yzx, rotation_z
from ltme_clinic.types import BodyMeasures, LegMeasures

SIGN = {"left": 1.0, "right": -1.0}
DIAMETER_M = 0.014
_THIGH_M, _SHANK_M = 0.42, 0.40
_LEG = LegMeasures(
    leg_length_m=0.9,
    knee_width_m=0.106,
    ankle_width_m=0.076,
    asis_trochanter_m=0.067,
    thigh_rotation_rad=0.0,
    shank_rotation_rad=0.0,
    tibial_torsion_rad=0.0,
    plantar_flexion_rad=0.0,
    foot_rotation_rad=0.0,
)
MEASURES = BodyMeasures(_LEG, _LEG, inter_asis_m=0.24)
HIP_M = np.array([-0.04647477, 0.07771467, -0.09647428])
"""The left hip in the pelvis by hand, for these measures (see the test of Davis)."""


def with_legs(**offsets: float | None) -> BodyMeasures:
    """The measures with some of both legs' changed."""
    return replace(MEASURES, left_leg=replace(_LEG, **offsets), right_leg=replace(_LEG, **offsets))


@dataclass(frozen=True)
class Pose:
    """Angles in degrees, each one number or (frame,); the same for both legs."""

    frames: int = 4
    heading: float | np.ndarray = 0.0
    tilt: float | np.ndarray = 0.0
    obliquity: float | np.ndarray = 0.0
    """Left side up."""
    rotation: float | np.ndarray = 0.0
    """Left side forward."""
    hip: tuple[float, float, float] = (0.0, 0.0, 0.0)
    knee: tuple[float, float, float] = (0.0, 0.0, 0.0)
    toe_up: float = 0.0
    """Of the line from ankle to toe, against the shank."""
    toe_in: float = 0.0
    origin_m: np.ndarray = field(default_factory=lambda: np.array([0.0, 0.0, 1.0]))


def markers_of(pose: Pose, measures: BodyMeasures = MEASURES, *, medial: bool = False) -> np.ndarray:
    """Positions (frame, slot, 3): pelvis and legs, with a heel that lies along the foot's offsets."""
    slots = np.full((pose.frames, len(SLOTS), 3), np.nan)

    def put(name: str, place_m: np.ndarray) -> None:
        slots[:, SLOT_INDEX[name]] = place_m

    turns = [
        np.radians(np.broadcast_to(a, pose.frames)) for a in (pose.tilt, pose.obliquity, -np.asarray(pose.rotation))
    ]
    pelvis = rotation_z(np.radians(np.broadcast_to(pose.heading, pose.frames))) @ rotation_yxz(*turns)
    origin = np.broadcast_to(pose.origin_m, (pose.frames, 3))
    put("left_asis", origin + pelvis @ [0.0, 0.13, 0.0])
    put("right_asis", origin + pelvis @ [0.0, -0.13, 0.0])
    put("sacrum", origin + pelvis @ [-0.15, 0.0, 0.0])
    for side in SIDES:
        for name, place_m in _leg(pose, measures.leg(side), side, origin, pelvis, medial).items():
            put(f"{side}_{name}", place_m)
    return slots


def _leg(
    pose: Pose, leg: LegMeasures, side: str, origin: np.ndarray, pelvis: np.ndarray, medial: bool
) -> dict[str, np.ndarray]:
    sign = SIGN[side]
    flexion, adduction, rotation = np.radians(pose.hip)
    hip = origin + pelvis @ (HIP_M * [1.0, sign, 1.0])
    thigh = pelvis @ rotation_yxz(np.array(-flexion), np.array(-sign * adduction), np.array(-sign * rotation))
    flexion, adduction, rotation = np.radians(pose.knee)
    shank = thigh @ rotation_yxz(np.array(flexion), np.array(-sign * adduction), np.array(-sign * rotation))
    knee = hip - _THIGH_M * thigh[:, :, 2]
    ankle = knee - _SHANK_M * shank[:, :, 2]

    def around(axes: np.ndarray, angle_rad: float) -> np.ndarray:
        """From the lateral towards the anterior."""
        return axes @ [np.sin(angle_rad), sign * np.cos(angle_rad), 0.0]

    torsion = leg.tibial_torsion_rad or 0.0
    knee_offset = (0.106 + DIAMETER_M) / 2
    ankle_offset = (0.076 + DIAMETER_M) / 2
    lateral, outer = around(thigh, 0.0), around(shank, torsion)
    up, inward = np.radians(pose.toe_up), sign * np.radians(-pose.toe_in)
    along = shank @ [np.cos(up) * np.cos(inward), np.cos(up) * np.sin(inward), np.sin(up)]
    places = {
        "knee": knee + knee_offset * lateral,
        "thigh": knee + 0.2 * thigh[:, :, 2] + 0.08 * around(thigh, -(leg.thigh_rotation_rad or 0.0)),
        "ankle": ankle + ankle_offset * outer,
        "shank": ankle + 0.2 * shank[:, :, 2] + 0.06 * around(shank, torsion - (leg.shank_rotation_rad or 0.0)),
        "toe": ankle + 0.15 * along,
    }
    foot = _foot_axes(along, shank)
    turn = rotation_yzx(
        np.array(-(leg.plantar_flexion_rad or 0.0)), np.array(-sign * (leg.foot_rotation_rad or 0.0)), np.array(0.0)
    )
    places["heel"] = places["toe"] - 0.2 * (foot @ turn)[:, :, 0]
    if medial:
        places["knee_medial"] = knee - knee_offset * lateral
        places["ankle_medial"] = ankle - ankle_offset * outer
    return places


def _foot_axes(along: np.ndarray, shank: np.ndarray) -> np.ndarray:
    z = np.cross(along, shank[:, :, 1])
    z /= np.linalg.norm(z, axis=1)[:, None]
    return np.stack([along, np.cross(z, along), z], axis=2)
