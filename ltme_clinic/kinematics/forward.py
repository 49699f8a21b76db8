"""Joint angles to a moving body: segment rotations, joint centres and landmarks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES, SLOTS
from ltme_clinic.kinematics.rotations import rotation_yxz, rotation_yzx, rotation_z
from ltme_clinic.kinematics.skeleton import SEGMENTS, Skeleton, landmark_placements, shoulder_centre_m
from ltme_clinic.types import LtmeError

AXIAL_KEYS: tuple[str, ...] = (
    "pelvic_tilt",
    "pelvic_obliquity",
    "pelvic_rotation",
    "trunk_flexion",
    "trunk_lean",
    "trunk_rotation",
    "head_flexion",
    "head_lean",
    "head_rotation",
)
LIMB_KEYS: tuple[str, ...] = (
    "hip_flexion",
    "hip_adduction",
    "hip_rotation",
    "knee_flexion",
    "knee_valgus",
    "knee_rotation",
    "ankle_dorsiflexion",
    "ankle_rotation",
    "ankle_inversion",
    "shoulder_flexion",
    "shoulder_abduction",
    "shoulder_rotation",
    "elbow_flexion",
    "elbow_pronation",
)
ANGLE_KEYS: frozenset[str] = frozenset(AXIAL_KEYS) | {f"{side}_{key}" for side in SIDES for key in LIMB_KEYS}
"""Every angle that `forward_kinematics` takes; limb angles carry `left_` or `right_` in front."""

FOOT_POINTS: tuple[str, ...] = ("left_heel", "left_toe", "right_heel", "right_toe")
"""Points of the sole that can carry the body: under the heel and under the metatarsal heads."""

SIDE_SIGN = {"left": 1.0, "right": -1.0}


@dataclass(frozen=True)
class BodyMotion:
    """A body in motion, laboratory frame: x forward at heading 0, y left, z up, metres.

    rotations     : for each of `SEGMENTS`, (frame, 3, 3), columns are the segment's axes (forward, left, up)
    joint_centres : name -> (frame, 3): pelvis (mid-hips), lumbar, neck, and for each side hip, knee, ankle, shoulder,
                    elbow, wrist, finger, and the sole's heel and toe (under the metatarsal heads)
    """

    rotations: dict[str, np.ndarray]
    joint_centres: dict[str, np.ndarray]

    @property
    def frames(self) -> int:
        return int(self.joint_centres["pelvis"].shape[0])

    def translated(self, shift_m: np.ndarray) -> BodyMotion:
        """The same motion moved by (3,) or (frame, 3) metres."""
        return BodyMotion(self.rotations, {name: centre + shift_m for name, centre in self.joint_centres.items()})


def forward_kinematics(
    skeleton: Skeleton,
    angles_deg: Mapping[str, np.ndarray | float],
    root_m: np.ndarray | None = None,
    heading_rad: np.ndarray | float = 0.0,
) -> BodyMotion:
    """Pose a skeleton by its joint angles.

    Signs are those of `body.ANGLES` (Conventional Gait Model): flexion, adduction, internal rotation, dorsiflexion,
    anterior tilt positive. Rotations are applied in the order flexion, ad/abduction, rotation (the ankle: dorsi-
    flexion, rotation, inversion), each about the axis the earlier ones have moved.

    - pelvis: in the heading frame; obliquity positive with the left side up, rotation positive with the left side
      forward (as the left leg's curves are drawn).
    - trunk: in the heading frame too, not against the pelvis; flexion positive forward, lean positive to the person's
      left, rotation positive with the left side forward.
    - head: against the trunk, signs as the trunk.
    - limbs: against the segment before; mirrored for the right side. `shoulder_flexion` forward, `shoulder_abduction`
      away from the body, `knee_valgus` the shank outwards, `elbow_pronation` the thumb inwards.

    Parameters
    ----------
    angles_deg
        Any of `ANGLE_KEYS`, degrees, each (frame,) or one number; angles left out are 0.
    root_m
        (frame, 3) laboratory position of the midpoint between the hip joint centres; the origin if left out.
    heading_rad
        Where the person faces, turning left positive; one number or (frame,).

    Raises
    ------
    LtmeError
        For an unknown angle or arrays of different lengths.
    """
    frames = _common_frames(angles_deg, root_m, heading_rad)
    angles_rad = {key: np.radians(np.broadcast_to(value, frames)) for key, value in angles_deg.items()}
    still = np.zeros(frames)

    def angle(key: str) -> np.ndarray:
        return angles_rad.get(key, still)

    root = np.zeros((frames, 3)) if root_m is None else np.broadcast_to(np.asarray(root_m, float), (frames, 3))
    heading = rotation_z(np.broadcast_to(heading_rad, frames))
    pelvis = heading @ rotation_yxz(angle("pelvic_tilt"), angle("pelvic_obliquity"), -angle("pelvic_rotation"))
    trunk = heading @ rotation_yxz(angle("trunk_flexion"), -angle("trunk_lean"), -angle("trunk_rotation"))
    head = trunk @ rotation_yxz(angle("head_flexion"), -angle("head_lean"), -angle("head_rotation"))
    lumbar = root + pelvis @ np.array([-0.01 * skeleton.height_m, 0.0, skeleton.pelvis_height_m])
    rotations = {"pelvis": pelvis, "trunk": trunk, "head": head}
    centres = {"pelvis": root, "lumbar": lumbar, "neck": lumbar + skeleton.trunk_m * trunk[:, :, 2]}
    for side, sign in SIDE_SIGN.items():
        sided = {key: angle(f"{side}_{key}") for key in LIMB_KEYS}
        _pose_leg(skeleton, side, sign, sided, rotations, centres)
        _pose_arm(skeleton, side, sign, sided, rotations, centres)
    return BodyMotion(rotations, centres)


def _pose_leg(
    s: Skeleton,
    side: str,
    sign: float,
    angle: dict[str, np.ndarray],
    rotations: dict[str, np.ndarray],
    centres: dict[str, np.ndarray],
) -> None:
    """Add one leg's segments, from the pelvis down to the sole."""
    pelvis = rotations["pelvis"]
    hip_m = centres["pelvis"] + (sign * s.hip_half_width_m) * pelvis[:, :, 1]
    thigh = pelvis @ rotation_yxz(-angle["hip_flexion"], -sign * angle["hip_adduction"], -sign * angle["hip_rotation"])
    knee_m = hip_m - s.thigh_m * thigh[:, :, 2]
    shank = thigh @ rotation_yxz(angle["knee_flexion"], sign * angle["knee_valgus"], -sign * angle["knee_rotation"])
    ankle_m = knee_m - s.shank_m * shank[:, :, 2]
    foot = shank @ rotation_yzx(
        -angle["ankle_dorsiflexion"], -sign * angle["ankle_rotation"], -sign * angle["ankle_inversion"]
    )
    rotations |= {f"{side}_thigh": thigh, f"{side}_shank": shank, f"{side}_foot": foot}
    centres |= {f"{side}_hip": hip_m, f"{side}_knee": knee_m, f"{side}_ankle": ankle_m}
    centres |= {f"{side}_heel": ankle_m + foot @ s.heel_m, f"{side}_toe": ankle_m + foot @ s.ball_m}


def _pose_arm(
    s: Skeleton,
    side: str,
    sign: float,
    angle: dict[str, np.ndarray],
    rotations: dict[str, np.ndarray],
    centres: dict[str, np.ndarray],
) -> None:
    """Add one arm's segments, from the shoulder to the hand; the hand follows the forearm."""
    trunk = rotations["trunk"]
    shoulder_m = centres["lumbar"] + trunk @ shoulder_centre_m(s, sign)
    upper_arm = trunk @ rotation_yxz(
        -angle["shoulder_flexion"], sign * angle["shoulder_abduction"], -sign * angle["shoulder_rotation"]
    )
    elbow_m = shoulder_m - s.upper_arm_m * upper_arm[:, :, 2]
    forearm = upper_arm @ rotation_yxz(
        -angle["elbow_flexion"], np.zeros_like(angle["elbow_flexion"]), -sign * angle["elbow_pronation"]
    )
    wrist_m = elbow_m - s.forearm_m * forearm[:, :, 2]
    rotations |= {f"{side}_upper_arm": upper_arm, f"{side}_forearm": forearm, f"{side}_hand": forearm}
    centres |= {f"{side}_shoulder": shoulder_m, f"{side}_elbow": elbow_m, f"{side}_wrist": wrist_m}
    centres[f"{side}_finger"] = wrist_m - s.hand_m * forearm[:, :, 2]


_SEGMENT_ORIGIN = {"pelvis": "pelvis", "trunk": "lumbar", "head": "neck"} | {
    f"{side}_{segment}": f"{side}_{joint}"
    for side in SIDES
    for segment, joint in (
        ("thigh", "hip"),
        ("shank", "knee"),
        ("foot", "ankle"),
        ("upper_arm", "shoulder"),
        ("forearm", "elbow"),
        ("hand", "wrist"),
    )
}


def landmarks(skeleton: Skeleton, motion: BodyMotion, offsets_m: np.ndarray | None = None) -> np.ndarray:
    """All of `body.SLOTS` as points carried by their segments.

    Parameters
    ----------
    offsets_m
        Added to each landmark's place in its segment's frame: (slot, 3) for a marker placed a little off, or
        (frame, slot, 3) where the skin moves over the bone as well.

    Returns
    -------
    np.ndarray
        (frame, slot, 3) metres, in the frame of reference of `motion`.
    """
    segments, local_m = landmark_placements(skeleton)
    placed_m = local_m if offsets_m is None else local_m + offsets_m
    positions_m = np.empty((motion.frames, len(SLOTS), 3))
    for segment, slots in _slots_by_segment(segments).items():
        rotation = motion.rotations[segment]  # (frame, 3, 3)
        origin_m = motion.joint_centres[_SEGMENT_ORIGIN[segment]][:, None, :]
        positions_m[:, slots] = origin_m + placed_m[..., slots, :] @ rotation.transpose(0, 2, 1)
    return positions_m


def _slots_by_segment(segments: tuple[str, ...]) -> dict[str, list[int]]:
    grouped: dict[str, list[int]] = {}
    for index, segment in enumerate(segments):
        grouped.setdefault(segment, []).append(index)
    return {segment: grouped[segment] for segment in SEGMENTS if segment in grouped}


def _common_frames(
    angles_deg: Mapping[str, np.ndarray | float], root_m: np.ndarray | None, heading_rad: np.ndarray | float
) -> int:
    unknown = sorted(set(angles_deg) - ANGLE_KEYS)
    if unknown:
        raise LtmeError("forward kinematics", f"unknown angle '{unknown[0]}'", "Use the names in ANGLE_KEYS")
    lengths = {np.size(value) for value in angles_deg.values()} | {np.size(heading_rad)}
    if root_m is not None:
        lengths.add(np.atleast_2d(root_m).shape[0])
    lengths.discard(1)
    if len(lengths) > 1:
        raise LtmeError("forward kinematics", f"angles of different lengths: {sorted(lengths)} frames")
    return lengths.pop() if lengths else 1
