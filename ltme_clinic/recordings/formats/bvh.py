"""Biovision hierarchies (BVH): a skeleton, and the angles of its joints frame by frame, in one text.

After Meredith and Maddock 2001, "Motion capture file formats explained". The unit of length is nowhere said, and not
which axis points up: the body's size and pose tell both, as for any file without a unit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltme_clinic.kinematics.rotations import rotation_about_axes
from ltme_clinic.recordings.c3d.file_bytes import EXPORT_AGAIN
from ltme_clinic.recordings.formats.bvh_hierarchy import Channel, Hierarchy, read_hierarchy
from ltme_clinic.recordings.formats.number_text import all_numbers, numbers_in
from ltme_clinic.recordings.formats.posing import (
    METRES_PER_CMU_UNIT,
    Pose,
    opens_with_another_pose,
    posed,
    refuse_still,
)
from ltme_clinic.recordings.formats.whole_file import read_whole
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import LtmeError

_MOTION = re.compile(r"\s*Frames\s*:?\s*(?P<frames>\S+)\s+Frame\s*Time\s*:?\s*(?P<seconds>\S+)", re.I)
_LONGEST_HEADER = 400
_CMU_JOINTS = frozenset({"LHipJoint", "RHipJoint", "LowerBack", "LeftUpLeg", "LeftLeg", "LeftFoot"})
_CMU_LEG = (8.0, 22.0)
"""Hip to ankle in CMU's unit, from a child's 0.45 m to a tall adult's 1.2 m."""
_WHOLE_RATE = 1e-4


class BVHReader:
    """Reads one BVH file: each joint is a point of its name, each end that has a length its joint's name and "End"."""

    def read(self, path: Path) -> RawC3D:
        """Where the joints are.

        Of several roots each is a subject of its own. A first frame that is no part of the motion (see
        `posing.opens_with_another_pose`) is dropped, so that the first frame is the file's second.

        Raises
        ------
        LtmeError
            No skeleton, braces that don't match, a channel that isn't known, numbers that make no whole frames.
        """
        file = read_whole(path)
        text = file.text()
        hierarchy, end = read_hierarchy(text, file.name)
        motion = _read_motion(text, end, hierarchy, file.name)
        chain = hierarchy.chain
        points = posed(chain, len(motion.values), _pose(hierarchy, motion.values), file.name, hierarchy.points)
        warnings = list(motion.warnings)
        unit = ""
        if _is_cmu(hierarchy):
            points *= np.float32(METRES_PER_CMU_UNIT)
            unit = "m"
            warnings.append("the joints are those of CMU's skeletons: lengths were taken as theirs, inches over 0.45")
        has_pose = opens_with_another_pose(points)
        if has_pose:
            warnings.append("the first frame is a pose far from the motion that follows, and was dropped")
        return file.raw(
            rate_hz=motion.rate_hz,
            labels=[hierarchy.labels[joint] for joint in hierarchy.points],
            points=points[int(has_pose) :],
            unit=unit,
            first_frame=1 + has_pose,
            warnings=warnings,
        )


@dataclass(frozen=True)
class _Motion:
    values: np.ndarray  # (frame, channel), degrees and the file's unit
    rate_hz: float
    warnings: tuple[str, ...]


def _read_motion(text: str, start: int, hierarchy: Hierarchy, name: str) -> _Motion:
    """The numbers after MOTION: one row a frame as a rule, but only their order counts."""
    head = _MOTION.match(text, start, start + _LONGEST_HEADER)
    if head is None:
        raise LtmeError(name, "MOTION is not followed by Frames: and Frame Time:", EXPORT_AGAIN)
    declared, seconds = numbers_in([head["frames"], head["seconds"]], name)
    if not 1e-6 <= seconds <= 1e6:
        raise LtmeError(name, f"Frame Time is {head['seconds'][:20]} s", "Export the motion with its frame rate")
    columns = sum(len(channels) for channels in hierarchy.channels)
    if not columns:
        raise LtmeError(name, "no joint of its hierarchy has a channel", EXPORT_AGAIN)
    refuse_still(name, len(hierarchy.labels), columns)
    numbers = all_numbers(text, head.end(), name)
    frames, over = divmod(len(numbers), columns)
    if not frames:
        raise LtmeError(name, "holds no whole frame", EXPORT_AGAIN)
    warnings = []
    if not _even_rows(text[head.end() :], frames, over, columns, name):
        warnings.append("the file ends within a frame, which was dropped")
    if frames != declared:
        warnings.append(f"the file declares {declared:.12g} frames and holds {frames}")
    rate_hz = 1.0 / float(seconds)
    if abs(rate_hz - round(rate_hz)) < _WHOLE_RATE * rate_hz:
        rate_hz = float(round(rate_hz))  # 0.0083333 s
    return _Motion(numbers[: frames * columns].reshape(frames, columns), rate_hz, tuple(warnings))


def _even_rows(text: str, frames: int, over: int, columns: int, name: str) -> bool:
    """Whether each row holds a frame, or rows are broken anyhow and hold whole frames; False if only the last is short.

    Raises
    ------
    LtmeError
        A row is too short or too long.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not over and len(lines) != frames:
        return True
    if len(lines) not in (frames, frames + 1):
        fact = f"its numbers ({frames * columns + over}) are no whole frames of {columns}"
        raise LtmeError(name, fact, EXPORT_AGAIN)
    for row, line in enumerate(lines, 1):
        count = len(line.split())
        if row == len(lines) and count == over:
            return False
        if count != columns:
            raise LtmeError(name, f"row {row} of the motion holds {count} numbers instead of {columns}", EXPORT_AGAIN)
    return True


def _pose(hierarchy: Hierarchy, values: np.ndarray) -> Pose:
    """Turns one after another in the channels' order; places beside the joint's OFFSET or in its stead."""
    turning, placing = {}, {}
    start = 0
    for joint, channels in enumerate(hierarchy.channels):
        axes, columns = _of_kind("rotation", channels, start)
        if axes:
            turning[joint] = (axes, columns)
        axes, columns = _of_kind("position", channels, start)
        if axes:
            along = ["xyz".index(axis) for axis in axes]
            offset = _left_of_offset(hierarchy.chain.offsets[joint], along, values[:, columns])
            placing[joint] = (along, columns, offset)
        start += len(channels)

    def pose(rows: slice) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
        angles = np.radians(values[rows])
        turns = {joint: rotation_about_axes(axes, angles[:, columns]) for joint, (axes, columns) in turning.items()}
        shifts = {}
        for joint, (along, columns, offset) in placing.items():
            shifts[joint] = np.tile(offset, (len(angles), 1))
            for axis, column in zip(along, columns, strict=True):
                shifts[joint][:, axis] += values[rows, column]
        return turns, shifts

    return pose


def _of_kind(kind: str, channels: Sequence[Channel], start: int) -> tuple[str, list[int]]:
    """The axes of a joint's channels of one kind, and in which columns they stand."""
    places = [place for place, channel in enumerate(channels) if channel[1] == kind]
    return "".join(channels[place][0] for place in places), [start + place for place in places]


def _left_of_offset(offset: np.ndarray, axes: Sequence[int], places: np.ndarray) -> np.ndarray:
    """What of a joint's OFFSET is to be added to its position channels: all of it, or nothing along these.

    By the format's description they add up; some exporters write the whole way from the joint before into the channels.
    Then the channels lie nearer the OFFSET than nearer nothing.
    """
    left = offset.copy()
    with np.errstate(invalid="ignore"):
        usual = np.median(places, axis=0)
    if offset[axes].any() and np.dot(usual - offset[axes] / 2, offset[axes]) > 0:
        left[axes] = 0.0
    return left


def _is_cmu(hierarchy: Hierarchy) -> bool:
    """Whether the skeleton is one of CMU's, by its joints' names and its leg's length."""
    place = {name: joint for joint, name in enumerate(hierarchy.chain.names)}
    if not place.keys() >= _CMU_JOINTS:
        return False
    leg = float(np.linalg.norm(hierarchy.chain.offsets[[place["LeftLeg"], place["LeftFoot"]]], axis=1).sum())
    return _CMU_LEG[0] <= leg <= _CMU_LEG[1]
