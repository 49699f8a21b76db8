"""Every real walk at hand, cut into straight stretches of walking, with who walked and where it was measured.

Kept is level walking forwards in a straight line at a steady speed; everything else is left out by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from ltme_clinic.gait.movement import movement_of
from ltme_clinic.gait.walker import walker_of
from ltme_clinic.kinematics.slot_positions import slot_positions
from ltme_clinic.kinematics.smoothing import runs
from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.recordings import read_recordings
from ltme_clinic.types import LtmeError, Recording
from studies.real_recordings.files import SHARED_DATA, labelled_files, left_out_lines, short_reason, shown_name
from studies.real_recordings.labels import AgeGroup, FileLabel

LONGEST_S, SHORTEST_S = 6.0, 1.5
"""A clip needs 1.28 s; longer walks are cut into equal parts of at most six."""
BESIDE_TURN_S = 0.5
"""Left out before and after a turn."""
STEADY_SHARE = 0.8
"""Frames slower than this share of the walk's median speed are starting or stopping."""


@dataclass(frozen=True, eq=False)
class RealWalk:
    """One straight stretch of one real recording."""

    name: str
    """File and stretch."""
    recording: Recording
    """The stretch alone: no events, no forces, no stored angles, so that it is analysed as a virtual one is."""
    person: str
    """Who walked; of the exponential maps, whose people are not told, the file."""
    laboratory: str
    marker_set: str
    age_group: AgeGroup
    slots: np.ndarray  # (slot,) bool: which of `body.SLOTS` are ever seen


@dataclass(frozen=True)
class RealWalks:
    """All of them, and what was left out."""

    walks: tuple[RealWalk, ...]
    left_out: dict[str, list[str]] = field(default_factory=dict)
    """Why -> file names."""

    def told(self) -> list[str]:
        """One line a reason."""
        return left_out_lines(self.left_out)


def real_walks(folder: Path = SHARED_DATA) -> RealWalks:
    """Read, judge and cut every recording; see the module.

    Raises
    ------
    LtmeError
        The folder is not there.
    """
    walks: list[RealWalk] = []
    left_out: dict[str, list[str]] = {}
    for file, label in labelled_files(folder):
        try:
            if label is None or label.activity == "uneven":
                raise LtmeError(file.name, label.why if label else "no rule tells who it is")
            found = _walks_of(file, label)
            reason = "" if found else "no straight steady stretch of walking"
        except LtmeError as error:
            found, reason = [], short_reason(error)
        walks += found
        if reason:
            left_out.setdefault(reason, []).append(file.name)
    return RealWalks(tuple(walks), left_out)


def _walks_of(file: Path, label: FileLabel) -> list[RealWalk]:
    found = []
    for recording in read_recordings(file):
        movement = movement_of(walker_of(recording))
        if not movement.walks:
            raise LtmeError(file.name, f"is {movement.kind}, not walking forwards on the level")
        match = detect_marker_set(recording.marker_labels)
        for number, (start, stop) in enumerate(steady_stretches(recording)):
            part = cut(recording, start, stop)
            seen = np.isfinite(slot_positions(part).positions_m[..., 0]).any(axis=0)
            name, who = f"{shown_name(file)} {number + 1}", (label.person, label.laboratory)
            found.append(RealWalk(name, part, *who, match.name, label.age_group, seen))
    return found


def steady_stretches(recording: Recording) -> list[tuple[int, int]]:
    """Half-open frame ranges of straight walking at a steady speed, of `SHORTEST_S` to `LONGEST_S`."""
    walker = walker_of(recording)
    movement, rate_hz = movement_of(walker), walker.rate_hz
    time_s = np.arange(walker.frames) / rate_hz
    kept = np.zeros(walker.frames, dtype=bool)
    for stretch in movement.stretches:
        if stretch.kind == "walking":
            kept |= (time_s >= stretch.start_s) & (time_s <= stretch.stop_s)
    for turn in movement.turns:
        kept &= (time_s < turn.start_s - BESIDE_TURN_S) | (time_s > turn.stop_s + BESIDE_TURN_S)
    speed = walker.velocity_m_s[:, 0]
    kept &= np.isfinite(speed)
    if kept.any():
        kept &= _smoothed(np.nan_to_num(speed), rate_hz) > STEADY_SHARE * float(np.median(speed[kept]))
    found = []
    for start, stop in runs(kept):
        parts = int(np.ceil((stop - start) / rate_hz / LONGEST_S))
        edges = np.linspace(start, stop, parts + 1).astype(int)
        found += [(int(a), int(b)) for a, b in pairwise(edges) if b - a >= SHORTEST_S * rate_hz]
    return found


def _smoothed(speed: np.ndarray, rate_hz: float) -> np.ndarray:
    """Running mean over a second; at the ends over what there is."""
    window = np.ones(max(1, round(rate_hz)))
    return np.convolve(speed, window, "same") / np.convolve(np.ones_like(speed), window, "same")


def cut(recording: Recording, start: int, stop: int) -> Recording:
    """Frames [start, stop) of the markers alone."""

    def rows(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else values[start:stop]

    return replace(
        recording,
        recording_id=f"{recording.recording_id} {start}-{stop}",
        positions_m=np.array(recording.positions_m[start:stop]),
        residuals_m=rows(recording.residuals_m),
        camera_masks=rows(recording.camera_masks),
        filled=rows(recording.filled),
        events=(),
        analogs=None,
        plates=0,
        force_plates=(),
        model_outputs=(),
    )
