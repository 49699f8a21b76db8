"""Acclaim motion (AMC): joint angles, frame by frame, of the skeleton (ASF) that lies beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltme_clinic.kinematics.joint_chain import JointChain
from ltme_clinic.recordings.body_frame import turned_upright
from ltme_clinic.recordings.formats.asf import ROOT, AcclaimSkeleton, read_skeleton, skeleton_beside, turned
from ltme_clinic.recordings.formats.number_text import all_words, numbers_in
from ltme_clinic.recordings.formats.posing import (
    CMU_RATE_HZ,
    METRES_PER_CMU_UNIT,
    RATE_WARNING,
    Pose,
    posed,
    refuse_still,
)
from ltme_clinic.recordings.formats.whole_file import read_whole
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import LtmeError

_AGAIN = "Fetch or export the motion again"
_CMU_SCALE = 0.45
_LATEST_FRAME = 1 << 31
_RATE_WORD = ":SAMPLES-PER-SECOND"


class AMCReader:
    """Reads an .amc with the .asf beside it: the end of each bone as a point of the bone's name, and the root."""

    def read(self, path: Path) -> RawC3D:
        """Where the joints are; the unit is metres with z up for CMU's skeletons, else the file's own.

        The hash is the .amc's alone: with another skeleton beside it, it is still the same recording.

        Raises
        ------
        LtmeError
            The motion or its skeleton is absent, damaged, or the one isn't the other's.
        """
        file = read_whole(path)
        skeleton = read_skeleton(skeleton_beside(path))
        motion = _read_motion(file.text(), skeleton, file.name)
        chain, kept = _chain(skeleton)
        centres = posed(chain, motion.frames, _pose(skeleton, motion), file.name, kept)
        is_cmu = abs(skeleton.length_scale - _CMU_SCALE) < 1e-6
        if is_cmu:
            centres = turned_upright(centres * np.float32(METRES_PER_CMU_UNIT), "+y")
        return file.raw(
            rate_hz=motion.rate_hz,
            labels=[ROOT, *skeleton.parents],
            points=centres,
            unit="m" if is_cmu else "",
            first_frame=motion.first_frame,
            warnings=motion.warnings,
        )


@dataclass(frozen=True)
class _Motion:
    """The numbers of a motion."""

    values: dict[str, np.ndarray]
    """Bone -> (frame, channel), as the file has them."""
    is_degrees: bool
    frames: int
    first_frame: int
    rate_hz: float
    warnings: tuple[str, ...]


def _read_motion(text: str, skeleton: AcclaimSkeleton, name: str) -> _Motion:
    start, keywords = _head(text, name)
    layout = _layout(text, start, skeleton, name)
    table, is_cut = _table(text, start, layout, name)
    ends = np.cumsum([1, *layout.values()])
    values = {bone: table[:, ends[place] : ends[place + 1]] for place, bone in enumerate(layout)}
    warnings = []
    rate_hz = CMU_RATE_HZ
    if _RATE_WORD in keywords:
        (rate_hz,) = numbers_in([keywords[_RATE_WORD]], name)
    else:
        warnings.append(RATE_WARNING)
    if is_cut:
        warnings.append("the file ends within a frame, which was dropped")
    is_degrees = ":DEGREES" in keywords or (skeleton.is_degrees and ":RADIANS" not in keywords)
    return _Motion(values, is_degrees, len(table), int(table[0, 0]), rate_hz, tuple(warnings))


def _head(text: str, name: str) -> tuple[int, dict[str, str]]:
    """Where the first frame's number stands, and the keywords before it with the word that follows each."""
    keywords: dict[str, str] = {}
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end + 1
        words = text[start : min(end, start + 200)].split()
        if words and words[0].isdecimal():
            return start, keywords
        if words and words[0].startswith(":"):
            keywords[words[0].upper()] = words[1] if len(words) > 1 else ""
        elif words and not words[0].startswith("#"):
            break
        start = end
    raise LtmeError(name, "is no AMC motion (no frame with a number of its own)", _AGAIN)


def _layout(text: str, start: int, skeleton: AcclaimSkeleton, name: str) -> dict[str, int]:
    """The first frame's bones in order, with how many numbers each has."""
    channels = {bone: len(found.channels) for bone, found in skeleton.bones.items()}
    words = next(all_words(text, start))[1 : 2 + sum(channels.values()) + len(channels)]
    layout: dict[str, int] = {}
    place = 0
    while place < len(words) and not words[place].isdecimal():
        bone = words[place]
        if bone not in channels or bone in layout:
            raise LtmeError(name, f"moves '{bone[:20]}', which is no bone of its skeleton, or twice", "Check the .asf")
        layout[bone] = channels[bone]
        place += 1 + channels[bone]
    refuse_still(name, len(channels), sum(layout.values()))
    return layout


def _table(text: str, start: int, layout: dict[str, int], name: str) -> tuple[np.ndarray, bool]:
    """A row a frame: its number, and those of its bones in order; and whether the last frame was cut off."""
    length = 1 + sum(1 + count for count in layout.values())
    name_places = np.cumsum([1, *(1 + count for count in layout.values())])[:-1]
    number_places = np.setdiff1d(np.arange(length), name_places)
    bones = np.array(list(layout), dtype=object)
    parts = [np.empty((0, len(number_places)))]
    words: list[str] = []
    count = 0
    for more in all_words(text, start):
        words += more
        whole = len(words) // length * length
        frames = np.array(words[:whole], dtype=object).reshape(-1, length)
        words = words[whole:]
        is_other = (frames[:, name_places] != bones).any(axis=1)
        if is_other.any():
            raise _other_bones(name, count + int(np.argmax(is_other)) + 1)
        count += len(frames)
        parts.append(
            numbers_in(frames[:, number_places].ravel().tolist(), name).reshape(len(frames), len(number_places))
        )
    if not count:
        raise LtmeError(name, "holds no whole frame", _AGAIN)
    if any(words[place] != bone for place, bone in zip(name_places, bones, strict=True) if place < len(words)):
        raise _other_bones(name, count + 1)
    table = np.concatenate(parts)
    skips = np.flatnonzero(np.diff(table[:, 0]) != 1)
    if len(skips) or not 0 <= table[0, 0] <= _LATEST_FRAME:
        before = table[skips[0] if len(skips) else 0, 0]
        raise LtmeError(name, f"frame {before:.12g} is not followed by the next one", _AGAIN)
    return table, bool(words)


def _other_bones(name: str, frame: int) -> LtmeError:
    return LtmeError(name, f"the {frame}. frame moves other bones than the first, or by other numbers", _AGAIN)


def _chain(skeleton: AcclaimSkeleton) -> tuple[JointChain, list[int]]:
    """Each bone as the joint at its beginning, and the ends of all bones as points that these carry."""
    bones = [ROOT, *skeleton.parents]
    place = {bone: index for index, bone in enumerate(bones)}
    parents = [-1] + [place[skeleton.parents[bone]] for bone in bones[1:]]
    begins = [np.zeros(3)] + [skeleton.bones[skeleton.parents[bone]].vector for bone in bones[1:]]
    ends = [skeleton.bones[bone].vector for bone in bones[1:]]
    names = (*bones, *(f"{bone} end" for bone in bones[1:]))
    chain = JointChain(names, (*parents, *range(1, len(bones))), np.array(begins + ends))
    return chain, [0, *range(len(bones), len(names))]


def _pose(skeleton: AcclaimSkeleton, motion: _Motion) -> Pose:
    """A bone turns about its own axes C by its channels M, carried by the bone it hangs on: C M C^-1."""
    bones = [ROOT, *skeleton.parents]

    def pose(rows: slice) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
        turns, shifts = {}, {}
        for joint, name in enumerate(bones):
            values = motion.values.get(name)
            if values is None:
                continue
            bone = skeleton.bones[name]
            rotations = [place for place, channel in enumerate(bone.channels) if channel[0] == "R"]
            axes = "".join(bone.channels[place][1] for place in rotations)
            angles = values[rows][:, rotations]
            if axes:
                turn = turned(bone.order, axes, np.radians(angles) if motion.is_degrees else angles)
                turns[joint] = bone.axes @ turn @ bone.axes.T
            if joint == 0:
                shifts[0] = _root_place(values[rows], bone.channels)
        return turns, shifts

    return pose


def _root_place(values: np.ndarray, channels: tuple[str, ...]) -> np.ndarray:
    """Where the root is, (frame, 3); 0 along an axis without a channel."""
    place = np.zeros((len(values), 3))
    for column, channel in enumerate(channels):
        if channel[0] == "T":
            place[:, "XYZ".index(channel[1])] = values[:, column]
    return place
