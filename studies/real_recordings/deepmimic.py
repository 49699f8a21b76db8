"""DeepMimic's motion files as recordings: 44 numbers a frame, posed on DeepMimic's own skeleton.

A frame (Peng et al. 2018, github.com/xbpeng/DeepMimic): its duration, the root's place, then turns in the skeleton's
order, quaternions (w, x, y, z) of ball joints and one angle about z of knees and elbows. The skeleton is that of
data/characters/humanoid3d.txt there: x forward, y up, z to the right, metres.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from ltme_clinic.kinematics.joint_chain import JointChain, joint_centres
from ltme_clinic.kinematics.rotations import rotation_z
from ltme_clinic.recordings.body_frame import turned_upright
from ltme_clinic.types import LtmeError, Recording

COLUMNS = 44
_FIRST_TURN = 4
_HIP_M, _SHOULDER_M = 0.084887, (-0.02405, 0.24350, 0.18311)
_THIGH_M, _SHANK_M, _UPPER_ARM_M = 0.421546, 0.409870, 0.274788
_JOINTS: tuple[tuple[str, str, tuple[float, float, float], int], ...] = (
    ("Hips", "", (0.0, 0.0, 0.0), 4),
    ("Chest", "Hips", (0.0, 0.236151, 0.0), 4),
    ("Neck", "Chest", (0.0, 0.223894, 0.0), 4),
    ("RHip", "Hips", (0.0, 0.0, _HIP_M), 4),
    ("RKnee", "RHip", (0.0, -_THIGH_M, 0.0), 1),
    ("RAnkle", "RKnee", (0.0, -_SHANK_M, 0.0), 4),
    ("RShoulder", "Chest", _SHOULDER_M, 4),
    ("RElbow", "RShoulder", (0.0, -_UPPER_ARM_M, 0.0), 1),
    ("LHip", "Hips", (0.0, 0.0, -_HIP_M), 4),
    ("LKnee", "LHip", (0.0, -_THIGH_M, 0.0), 1),
    ("LAnkle", "LKnee", (0.0, -_SHANK_M, 0.0), 4),
    ("LShoulder", "Chest", (*_SHOULDER_M[:2], -_SHOULDER_M[2]), 4),
    ("LElbow", "LShoulder", (0.0, -_UPPER_ARM_M, 0.0), 1),
)
"""Joint by its label in the marker set of joint centres, what it hangs on, where, how many numbers turn it."""


def read_deepmimic(path: Path) -> Recording:
    """Joint centres of a motion file.

    Raises
    ------
    LtmeError
        The file is no such motion.
    """
    content = path.read_bytes()
    try:
        frames = np.array(json.loads(content)["Frames"], dtype=float)
    except (ValueError, KeyError, TypeError):
        frames = np.empty((0, 0))
    if frames.ndim != 2 or frames.shape[1:] != (COLUMNS,) or not len(frames) or not np.median(frames[:, 0]) > 0.0:
        raise LtmeError(path.name, f"is no DeepMimic motion ({COLUMNS} numbers a frame)", "Fetch it again")
    digest = hashlib.sha256(content).hexdigest()
    return Recording(
        recording_id=digest,
        origin="measured",
        source_name=path.name,
        subject="",
        rate_hz=1.0 / float(np.median(frames[:, 0])),
        first_file_frame=1,
        marker_labels=tuple(name for name, *_ in _JOINTS),
        positions_m=posed_centres_m(frames),
        file_sha256=digest,
        warnings=("joints of a body that the motion was retargeted to",),
    )


def posed_centres_m(frames: np.ndarray) -> np.ndarray:
    """Frames (frame, 44) -> joint centres (frame, joint, 3), metres, z up."""
    names = [name for name, *_ in _JOINTS]
    parents = tuple(names.index(parent) if parent else -1 for _, parent, *_ in _JOINTS)
    chain = JointChain(tuple(names), parents, np.array([place for _, _, place, _ in _JOINTS]))
    turns, column = {}, _FIRST_TURN
    for joint, (*_, numbers) in enumerate(_JOINTS):
        values = frames[:, column : column + numbers]
        turns[joint] = rotation_z(values[:, 0]) if numbers == 1 else turn_of_quaternion(values)
        column += numbers
    centres_m = joint_centres(chain, turns, {0: frames[:, 1:_FIRST_TURN]}, frames=len(frames))
    return turned_upright(centres_m, "+y")


def turn_of_quaternion(quaternions: np.ndarray) -> np.ndarray:
    """Quaternions (frame, 4) as w, x, y, z -> (frame, 3, 3)."""
    w, x, y, z = (quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)
