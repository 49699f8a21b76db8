"""Every real recording at hand as motion clips, with what is done, by whom, where, and with which markers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from ltme_clinic.clips import make_clip
from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.types import LtmeError, MotionClip, Recording
from studies.real_recordings.files import (
    SHARED_DATA,
    labelled_files,
    left_out_lines,
    read_labelled,
    short_reason,
    shown_name,
)
from studies.real_recordings.labels import STRAIGHT, TURNING, FileLabel
from studies.virtual_lab_realism.real_walks import LONGEST_S, cut, steady_stretches

Part = Literal["steady", "piece", "whole"]
"""A straight steady stretch of walking; a piece of anything else; a walking trial as the intake would take it."""
CHILDREN = "children's hospital"


@dataclass(frozen=True, eq=False)
class RealClip:
    """One clip of one file."""

    name: str
    """File, part and number."""
    clip: MotionClip
    label: FileLabel
    marker_set: str
    part: Part

    @property
    def walks(self) -> bool:
        """Whether it counts among walks: level, straight, steady."""
        return self.part == "steady"


@dataclass(frozen=True)
class Material:
    """All of them, and what was left out."""

    clips: tuple[RealClip, ...]
    left_out: dict[str, list[str]] = field(default_factory=dict)
    """Why -> file names."""

    def walks(self) -> list[RealClip]:
        """Straight steady stretches of level walking."""
        return [item for item in self.clips if item.walks]

    def children_whole(self) -> dict[str, tuple[RealClip, RealClip]]:
        """Child -> the straight trial and the turning one, whole; children who have both."""
        found: dict[str, dict[bool, RealClip]] = {}
        for item in self.clips:
            stem = item.name.partition(".")[0]
            if item.part == "whole" and stem in (*STRAIGHT, *TURNING):
                found.setdefault(item.label.person, {})[stem in TURNING] = item
        return {child: (trials[False], trials[True]) for child, trials in found.items() if len(trials) == 2}

    def told(self) -> list[str]:
        """One line a reason."""
        return left_out_lines(self.left_out)


def real_material(folder: Path = SHARED_DATA) -> Material:
    """Read, label and cut every recording.

    Raises
    ------
    LtmeError
        The folder is not there.
    """
    clips: list[RealClip] = []
    left_out: dict[str, list[str]] = {}
    for file, label in labelled_files(folder):
        if label is None or label.activity is None:
            why = "no rule tells what is done" if label is None else label.why
            found: list[RealClip] = []
        else:
            found, why = _clips_of(file, label)
        clips += found
        if why:
            left_out.setdefault(why, []).append(file.name)
    return Material(tuple(clips), left_out)


def _clips_of(file: Path, label: FileLabel) -> tuple[list[RealClip], str]:
    """Clips of one file, and why there is none or fewer than there might be."""
    try:
        found = [
            item for recording in read_labelled(file, label) for item in _clips_of_recording(file, recording, label)
        ]
    except LtmeError as error:
        return [], short_reason(error)
    return found, "" if found else "no part of 1.3 s or more of what it is for"


def _clips_of_recording(file: Path, recording: Recording, label: FileLabel) -> Iterator[RealClip]:
    marker_set = detect_marker_set(recording.marker_labels).name
    name = shown_name(file)
    for part, ranges in _parts(recording, label):
        made, failed = 0, None
        for number, (start, stop) in enumerate(ranges):
            try:
                clip = make_clip(cut(recording, start, stop))
            except LtmeError as error:
                failed = error  # too short, or with a hidden pelvis; the file's other pieces count
                continue
            made += 1
            yield RealClip(f"{name} {part} {number + 1}", clip, label, marker_set, part)
        if failed is not None and not made:
            raise failed


def _parts(recording: Recording, label: FileLabel) -> Iterator[tuple[Part, list[tuple[int, int]]]]:
    """Which half-open frame ranges of a recording become clips."""
    if label.activity != "walking":
        yield "piece", equal_pieces(len(recording.positions_m), recording.rate_hz)
        return
    yield "steady", steady_stretches(recording)
    if label.laboratory == CHILDREN:
        yield "whole", [(0, len(recording.positions_m))]


def equal_pieces(frames: int, rate_hz: float) -> list[tuple[int, int]]:
    """Half-open ranges that cover all frames, of equal length and at most `LONGEST_S`."""
    count = max(1, int(np.ceil(frames / rate_hz / LONGEST_S)))
    edges = np.linspace(0, frames, count + 1).astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges)]
