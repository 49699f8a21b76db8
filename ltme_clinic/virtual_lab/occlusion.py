"""Which markers the cameras see: lines of sight past the moving body, fields of view, and the capture volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import BodyMotion
from ltme_clinic.types import LtmeError

SEEING_CAMERAS = 2
"""A point in space needs two lines of sight."""
LOOKED_AT_HZ = 25.0
"""Limbs move some centimetres in a frame of this rate, and clearances are interpolated between them."""
_AT_ONCE = 25
"""So many of the frames looked at, a second's, are worked on together; the body stays near the same cameras."""
_REACH_M = 8.0
"""Cameras farther away see no marker: wide-angle lenses, and a room of 6 x 4 m has none farther."""
_ROUND = 1441
"""Points of the ellipse on which cameras stand; a number by which its quarters are exact."""
_ROOM_M = 6.0
"""A volume of this length is looked at as a whole."""
_AIM_HEIGHT_M = 0.9
"""Cameras look at the middle of the volume, at the height of a pelvis."""
_STAND_BACK_M = 1.5
"""How far outside the volume cameras stand."""
_OUTSIDE_M = -1.0
"""The clearance of a line of sight outside a camera's field of view: as if it ran through the middle of a body."""
_ON_SKIN = 0.8
"""A capsule that a marker lies inside is thinned to this share of its distance from the bone: markers sit on skin."""

_LIMBS = (
    ("hip", "knee", 0.17),
    ("knee", "ankle", 0.12),
    ("heel", "toe", 0.15),
    ("shoulder", "elbow", 0.16),
    ("elbow", "finger", 0.11),
)
"""A side's segments as capsules between joint centres; radius as a share of the length (a thigh of 43 cm: 7 cm)."""
_TRUNK, _PELVIS, _HEAD = 0.24, 0.50, 0.45
"""The same from the lumbosacral joint to the neck, from hip to hip, and of the head above the neck."""
_HEAD_SHARE = 0.35
"""Length of the head's capsule against the trunk's."""


@dataclass(frozen=True)
class CameraRing:
    """Cameras around a capture volume, all turned to its middle."""

    cameras: int = 10
    height_m: float = 2.5
    length_m: float = 6.0
    """Of the volume, along the walk."""
    width_m: float = 4.0
    field_of_view_deg: float = 70.0
    """Full angle about the camera's axis; wide-angle lenses of such rooms."""

    def __post_init__(self) -> None:
        if self.cameras < SEEING_CAMERAS:
            raise LtmeError("cameras", f"{self.cameras} see no point in space", f"Use {SEEING_CAMERAS} or more")
        if min(self.height_m, self.length_m, self.width_m, self.field_of_view_deg) <= 0:
            raise LtmeError("cameras", "a size or angle of 0 or less", "Give each above 0")

    def places_m(self, centre_m: np.ndarray, heading_rad: float) -> np.ndarray:
        """(camera, 3) evenly on an ellipse about the volume, the first one to the left of its tip ahead."""
        turn = np.linspace(0.0, 2.0 * np.pi, _ROUND)
        ring_m = np.column_stack(
            [
                (0.5 * self.length_m + _STAND_BACK_M) * np.cos(turn),
                (0.5 * self.width_m + _STAND_BACK_M) * np.sin(turn),
            ]
        )
        run_m = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(ring_m, axis=0), axis=1)))
        stand_m = run_m[-1] * (np.arange(self.cameras) + 0.5) / self.cameras
        along, left = (np.interp(stand_m, run_m, ring_m[:, axis]) for axis in (0, 1))
        cos, sin = np.cos(heading_rad), np.sin(heading_rad)
        return np.column_stack(
            [
                centre_m[0] + along * cos - left * sin,
                centre_m[1] + along * sin + left * cos,
                np.full(self.cameras, self.height_m),
            ]
        )

    def aims_m(self, centre_m: np.ndarray, heading_rad: float) -> np.ndarray:
        """(camera, 3) what each looks at: the middle of the volume, or of the part beside it in a long one."""
        ahead = np.array([np.cos(heading_rad), np.sin(heading_rad)])
        along = (self.places_m(centre_m, heading_rad)[:, :2] - centre_m) @ ahead
        longer = max(0.0, 0.5 * (self.length_m - _ROOM_M))
        looked = centre_m + np.clip(along, -longer, longer)[:, None] * ahead
        return np.column_stack([looked, np.full(self.cameras, _AIM_HEIGHT_M)])


def walkway(motion: BodyMotion) -> tuple[np.ndarray, float]:
    """Middle (2,) of the way the pelvis takes, and its direction, radians; the way faced where nobody walks."""
    pelvis_m = motion.joint_centres["pelvis"][:, :2]
    way_m = pelvis_m[-1] - pelvis_m[0]
    if np.linalg.norm(way_m) < 0.5:  # metres: no walk, or one that comes back
        way_m = motion.rotations["pelvis"][:, :2, 0].mean(axis=0)
    return 0.5 * (pelvis_m.min(axis=0) + pelvis_m.max(axis=0)), float(np.arctan2(way_m[1], way_m[0]))


def capsules(motion: BodyMotion, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The body at some frames: starts and ends (frame, capsule, 3) and radii (frame, capsule), metres."""
    centre = motion.joint_centres
    pairs = [
        (centre[f"{side}_{start}"], centre[f"{side}_{end}"], share) for side in SIDES for start, end, share in _LIMBS
    ]
    pairs.append((centre["lumbar"], centre["neck"], _TRUNK))
    pairs.append((centre["left_hip"], centre["right_hip"], _PELVIS))
    trunk_m = np.linalg.norm(centre["neck"] - centre["lumbar"], axis=1, keepdims=True)
    top_m = centre["neck"] + _HEAD_SHARE * trunk_m * motion.rotations["head"][:, :, 2]
    pairs.append((centre["neck"] + 0.4 * (top_m - centre["neck"]), top_m, _HEAD))
    starts_m = np.stack([start[frames] for start, _, _ in pairs], axis=1)
    ends_m = np.stack([end[frames] for _, end, _ in pairs], axis=1)
    radii_m = np.linalg.norm(ends_m - starts_m, axis=2) * np.array([share for _, _, share in pairs])
    return starts_m, ends_m, radii_m


def in_sight(positions_m: np.ndarray, motion: BodyMotion, rate_hz: float, ring: CameraRing) -> np.ndarray:
    """(frame, marker) whether at least two cameras have a free line of sight.

    Body segments are capsules; clothes, hair, other people and furniture are not there. The ring stands about the
    middle of the walk.

    Parameters
    ----------
    positions_m : (frame, marker, 3) laboratory metres, NaN where there is no marker
    motion : the body at the same frames
    """
    frames = len(positions_m)
    looked = np.unique(np.append(np.arange(0, frames, max(1, round(rate_hz / LOOKED_AT_HZ))), frames - 1))
    centre_m, heading_rad = walkway(motion)
    cameras_m = ring.places_m(centre_m, heading_rad)
    aims_m = ring.aims_m(centre_m, heading_rad)
    best_m = np.concatenate(
        [
            _second_best_m(positions_m[some], motion, some, cameras_m, aims_m, ring)
            for some in np.array_split(looked, max(1, len(looked) // _AT_ONCE))
        ]
    )  # (looked, marker)
    every = np.arange(frames)
    seen = np.stack([np.interp(every, looked, best_m[:, marker]) > 0.0 for marker in range(best_m.shape[1])], axis=1)
    return seen & np.isfinite(positions_m).all(axis=2)


def in_volume(positions_m: np.ndarray, motion: BodyMotion, ring: CameraRing) -> np.ndarray:
    """(frame, marker) whether a marker is within the ring's length and width, about the middle of the walk."""
    centre_m, heading_rad = walkway(motion)
    ahead = np.array([np.cos(heading_rad), np.sin(heading_rad)])
    away_m = positions_m[..., :2] - centre_m
    along_m, left_m = away_m @ ahead, away_m @ np.array([-ahead[1], ahead[0]])
    inside: np.ndarray = (np.abs(along_m) <= ring.length_m / 2) & (np.abs(left_m) <= ring.width_m / 2)
    return inside


def _second_best_m(
    points_m: np.ndarray,
    motion: BodyMotion,
    frames: np.ndarray,
    cameras_m: np.ndarray,
    aims_m: np.ndarray,
    ring: CameraRing,
) -> np.ndarray:
    """(frame, marker) clearance of the second freest line of sight, to the cameras within reach of the body."""
    pelvis_m = motion.joint_centres["pelvis"][frames].mean(axis=0)
    near = np.linalg.norm(cameras_m - pelvis_m, axis=1) <= _REACH_M
    if near.sum() < SEEING_CAMERAS:
        near[:] = True
    clearance_m = _clearance_m(points_m, *capsules(motion, frames), cameras_m[near], aims_m[near], ring)
    second: np.ndarray = np.partition(clearance_m, -SEEING_CAMERAS, axis=2)[..., -SEEING_CAMERAS]
    return second


def _clearance_m(
    points_m: np.ndarray,
    starts_m: np.ndarray,
    ends_m: np.ndarray,
    radii_m: np.ndarray,
    cameras_m: np.ndarray,
    aims_m: np.ndarray,
    ring: CameraRing,
) -> np.ndarray:
    """(frame, marker, camera) how far each line of sight passes outside the body; below 0 where it is blocked.

    The least distance between a ray, p + s d, and a capsule's axis, a + t e: both from their dot products alone.
    """
    frames, markers = points_m.shape[:2]
    points = np.nan_to_num(points_m).astype(np.float32)
    starts, axes = starts_m.astype(np.float32), (ends_m - starts_m).astype(np.float32)
    towards = cameras_m.astype(np.float32) - points[:, :, None]  # (frame, marker, camera, 3)
    towards /= np.linalg.norm(towards, axis=3, keepdims=True)
    rays = towards.reshape(frames, -1, 3)
    shape = (frames, markers, len(cameras_m), starts.shape[1])
    d_e = (rays @ axes.transpose(0, 2, 1)).reshape(shape)
    d_a = (rays @ starts.transpose(0, 2, 1)).reshape(shape)
    d_w = (towards * points[:, :, None]).sum(axis=3)[..., None] - d_a
    from_start = points[:, :, None] - starts[:, None]  # (frame, marker, capsule, 3)
    e_w = (from_start * axes[:, None]).sum(axis=3)[:, :, None]
    w_w = (from_start**2).sum(axis=3)[:, :, None]
    e_e = (axes**2).sum(axis=2)[:, None, None]
    t = np.clip((e_w - d_e * d_w) / np.maximum(e_e - d_e**2, 1e-9), 0.0, 1.0)
    s = np.maximum(t * d_e - d_w, 0.0)
    t = np.clip((e_w + s * d_e) / e_e, 0.0, 1.0)
    apart = np.sqrt(np.maximum(w_w + s * (s + 2.0 * d_w - 2.0 * t * d_e) + t * (t * e_e - 2.0 * e_w), 0.0))
    t_own = np.clip(e_w / e_e, 0.0, 1.0)
    own = np.sqrt(np.maximum(w_w + t_own * (t_own * e_e - 2.0 * e_w), 0.0))  # the marker itself from each axis
    clearance = (apart - np.minimum(radii_m.astype(np.float32)[:, None, None], _ON_SKIN * own)).min(axis=3)
    axis = aims_m - cameras_m
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    inside = -(towards * axis.astype(np.float32)).sum(axis=3) >= np.cos(np.radians(ring.field_of_view_deg / 2))
    return np.where(inside, clearance, _OUTSIDE_M)
