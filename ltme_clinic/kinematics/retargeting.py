"""A motion on another body: every segment takes the pose it has in the motion and the shape it has on the body.

Segments are rigid and hang together at the joints, so that bones keep their length to rounding. No ground, no muscles:
the whole is moved up or down once, so that the feet go as low as they did.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.kinematics.rigid_pose import pose
from ltme_clinic.kinematics.skeleton import Skeleton, landmark_placements
from ltme_clinic.types import LtmeError

_HELD_BY = {
    "thigh": ("pelvis", "hip_centre"),
    "shank": ("thigh", "knee_centre"),
    "foot": ("shank", "ankle_centre"),
    "upper_arm": ("trunk", "shoulder"),
    "forearm": ("upper_arm", "elbow"),
}
"""What holds a segment of a limb, and the slot where they meet."""
_UPON = {"trunk": "pelvis", "head": "trunk"}
"""What a segment without a slot in common stands upon, at the body's own distance."""
_FEET = [SLOT_INDEX[f"{side}_{name}"] for side in SIDES for name in ("heel", "toe")]


def on_body(motion_m: np.ndarray, body_m: np.ndarray) -> np.ndarray:
    """The motion as a body of other lengths would do it, (frame, slot, 3) metres.

    Parameters
    ----------
    motion_m : (frame, slot, 3) whose poses are wanted
    body_m : (any frame, slot, 3) the body in any movement: its segments' mean shapes are taken

    Raises
    ------
    LtmeError
        A position is not a finite number.
    """
    if not (np.isfinite(motion_m).all() and np.isfinite(body_m).all()):
        raise LtmeError("motion", "it holds positions that are not finite numbers", "Decode it from an embedding")
    placed = np.full(motion_m.shape, np.nan)
    centres: dict[str, np.ndarray] = {}
    for name, slots in _segments().items():
        shape = _mean_shape(body_m[:, slots])
        posed = shape @ _rotations(motion_m[:, slots], shape).transpose(0, 2, 1)
        kind = _kind(name)
        if kind in _HELD_BY:
            joint = _joint(name, kind)
            origin = placed[:, joint] - posed[:, slots.index(joint)]
        elif kind in _UPON:
            origin = centres[_UPON[kind]] + _reach(motion_m, body_m, _segments()[_UPON[kind]], slots)
        else:
            origin = motion_m[:, slots].mean(axis=1)
        centres[name] = origin
        placed[:, slots] = origin[:, None] + posed
    placed[..., 2] += np.median(_lowest(motion_m) - _lowest(placed))
    return placed


@cache
def _segments() -> dict[str, list[int]]:
    """Slots of each segment, those of the joint that holds it included; holders come first."""
    carried = landmark_placements(Skeleton.from_height(1.7))[0]
    names = ["pelvis", "trunk", "head"] + [f"{side}_{kind}" for side in SIDES for kind in _HELD_BY]
    found: dict[str, list[int]] = {}
    for name in names:
        kind = _kind(name)
        own = {name, name.replace("forearm", "hand")}  # one marker can't say how a hand is turned
        slots = [slot for slot, segment in enumerate(carried) if segment in own]
        found[name] = sorted({*slots, _joint(name, kind)}) if kind in _HELD_BY else slots
    return found


def _kind(name: str) -> str:
    """A segment's name without its side."""
    return name.split("_", 1)[1] if name.startswith(SIDES) else name


def _joint(name: str, kind: str) -> int:
    return SLOT_INDEX[f"{name.split('_', 1)[0]}_{_HELD_BY[kind][1]}"]


def _mean_shape(points_m: np.ndarray) -> np.ndarray:
    """Points (frame, slot, 3) of a segment, turned onto each other and averaged, about their centre: (slot, 3)."""
    centred = points_m - points_m.mean(axis=1, keepdims=True)
    shape = centred[0]
    for _ in range(2):
        shape = (centred @ _rotations(centred, shape)).mean(axis=0)
    return np.asarray(shape)


def _rotations(points_m: np.ndarray, shape_m: np.ndarray) -> np.ndarray:
    """(frame, 3, 3) that turn a shape (slot, 3) onto points (frame, slot, 3) best."""
    return pose(points_m, shape_m, np.ones(len(shape_m)))[0]


def _reach(motion_m: np.ndarray, body_m: np.ndarray, under: list[int], upper: list[int]) -> np.ndarray:
    """(frame, 3) from one segment's centre to another's: the motion's way, the body's median distance."""
    way, own = (m[:, upper].mean(axis=1) - m[:, under].mean(axis=1) for m in (motion_m, body_m))
    length = np.median(np.linalg.norm(own, axis=1))
    return np.asarray(length * way / np.linalg.norm(way, axis=1, keepdims=True))


def _lowest(positions_m: np.ndarray) -> np.ndarray:
    """Height (frame,) of the lowest point of the feet."""
    return np.asarray(positions_m[:, _FEET, 2].min(axis=1))
