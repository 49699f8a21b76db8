"""Joint centres of a BVH motion: enough of the format for the study, forward kinematics and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltme_clinic.types import Recording

METRES_PER_UNIT = 0.01
KEPT = re.compile(
    r".*(?:Waist|Spine0\d|Head|Clavicle|Upperarm|Forearm|Hand|Thigh|Calf|Foot|ToeBase|BigToe1|PinkyToe1|Mid1)(?:_\d+)?"
)
"""The joints that carry a body; a character's face and single fingers are left out."""


@dataclass(frozen=True)
class _Joint:
    name: str
    parent: int
    offset: np.ndarray
    channels: tuple[str, ...]


def read_bvh(path: Path) -> Recording:
    """A BVH file's main joints as a recording of markers, metres, z up."""
    header, _, motion = path.read_text(encoding="latin-1").partition("MOTION")
    joints = _joints(header.split())
    lines = motion.strip().splitlines()
    rate_hz = 1.0 / float(lines[1].split(":")[1])
    values = np.array([line.split() for line in lines[2:] if line.strip()], dtype=float)[1:]  # the first is a T-pose
    positions = _positions(joints, values) * METRES_PER_UNIT
    kept = [index for index, joint in enumerate(joints) if KEPT.fullmatch(joint.name)]
    return Recording(
        recording_id=path.stem,
        origin="measured",
        source_name=path.name,
        subject="",
        rate_hz=rate_hz,
        first_file_frame=1,
        marker_labels=tuple(f"{joints[index].name}_{index}" for index in kept),
        positions_m=np.ascontiguousarray(positions[:, kept][..., [2, 0, 1]]),
    )


def _joints(words: list[str]) -> list[_Joint]:
    joints: list[_Joint] = []
    stack: list[int] = []
    name, place = "", 0
    while place < len(words):
        word = words[place]
        if word in ("ROOT", "JOINT", "End"):
            name = words[place + 1]
        elif word == "OFFSET":
            parent = stack[-2] if len(stack) > 1 else -1
            joints.append(_Joint(name, parent, np.array(words[place + 1 : place + 4], dtype=float), ()))
        elif word == "CHANNELS":
            count = int(words[place + 1])
            last = joints[-1]
            joints[-1] = _Joint(last.name, last.parent, last.offset, tuple(words[place + 2 : place + 2 + count]))
        elif word == "{":
            stack.append(len(joints))
        elif word == "}":
            stack.pop()
        place += 1
    return joints


def _positions(joints: list[_Joint], values: np.ndarray) -> np.ndarray:
    """(frame, joint, 3) in the file's unit, y up."""
    frames, column = len(values), 0
    positions = np.zeros((frames, len(joints), 3))
    turns = np.tile(np.eye(3), (len(joints), frames, 1, 1))
    for index, joint in enumerate(joints):
        shift, turn = np.tile(joint.offset, (frames, 1)), np.tile(np.eye(3), (frames, 1, 1))
        for channel in joint.channels:
            axis = "XYZ".index(channel[0])
            if channel.endswith("position"):
                shift[:, axis] += values[:, column]
            else:
                turn = turn @ _turn(axis, np.radians(values[:, column]))
            column += 1
        if joint.parent < 0:
            positions[:, index], turns[index] = shift, turn
        else:
            parent = turns[joint.parent]
            positions[:, index] = positions[:, joint.parent] + np.einsum("fij,fj->fi", parent, shift)
            turns[index] = parent @ turn
    return positions


def _turn(axis: int, angle: np.ndarray) -> np.ndarray:
    turn = np.tile(np.eye(3), (len(angle), 1, 1))
    one, two = (axis + 1) % 3, (axis + 2) % 3
    turn[:, one, one] = turn[:, two, two] = np.cos(angle)
    turn[:, two, one], turn[:, one, two] = np.sin(angle), -np.sin(angle)
    return turn
