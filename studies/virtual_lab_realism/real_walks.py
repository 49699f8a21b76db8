"""Every real walk at hand, cut into straight stretches of walking, with who walked and where it was measured.

The recordings lie beside the checkout (../shared/data) and are never copied; without them `real_walks` says so in one
line. Kept is level walking forwards in a straight line at a steady speed; everything else is left out by name.
"""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from ltme_clinic.gait.movement import movement_of
from ltme_clinic.gait.walker import walker_of
from ltme_clinic.kinematics.slot_positions import slot_positions
from ltme_clinic.kinematics.smoothing import runs
from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.recordings import read_recordings
from ltme_clinic.types import LtmeError, Recording

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"
LONGEST_S, SHORTEST_S = 6.0, 1.5
"""A clip needs 1.28 s; longer walks are cut into equal parts of at most six."""
BESIDE_TURN_S = 0.5
"""Left out before and after a turn."""
STEADY_SHARE = 0.8
"""Frames slower than this share of the walk's median speed are starting or stopping."""

AgeGroup = Literal["child", "adult"]
Place = tuple[str, str, AgeGroup]

C3D_PLACES: dict[str, Place] = {
    "recordings/children": ("children's hospital", "", "child"),
    "recordings/overground_small": ("overground small", "overground small", "adult"),
    # the folder says adult, the legs of 0.58 m say a child of about five
    "recordings/overground_adult": ("overground lower body", "overground lower body", "child"),
    "recordings/qualisys": ("Qualisys", "Qualisys", "adult"),
    "recordings/opensim": ("OpenSim treadmill", "OpenSim", "adult"),
    "recordings/pycgm": ("pyCGM", "pyCGM", "adult"),
    "recordings/encodings": ("C3D sample", "C3D sample", "adult"),
}
"""Folder -> laboratory, person ("" where the file's name begins with it), age group."""
MOTION_SUFFIXES = (".amc", ".bvh", ".txt")
CHILD_CODE_LENGTH = 5
"""HC030A05: the first five characters are the child."""
_NOT_MOTION = ("readme", "license")
UNEVEN = "CMU 3"
"""Walks on uneven terrain by CMU's own list of trials; the feet stand at heights .30 m apart."""
SAME_TAKES = {"walking_1": "CMU 2", "walking_4": "CMU 7", "walking_5": "CMU 7"}
"""Exponential maps of CMU's training set that are known takes in another format (02_01, 07_01, 07_02)."""


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
        return [f"left out, {reason}: {len(names)} ({_some(names)})" for reason, names in sorted(self.left_out.items())]


def real_walks(folder: Path = SHARED_DATA) -> RealWalks:
    """Read, judge and cut every recording; see the module.

    Raises
    ------
    LtmeError
        The folder is not there.
    """
    if not (folder / "recordings").is_dir():
        raise LtmeError(str(folder.name), "the real recordings are not beside the checkout", "Get ../shared/data first")
    walks: list[RealWalk] = []
    left_out: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as name:
        for file, place in _files(folder, Path(name)):
            try:
                if place[1] == UNEVEN:
                    raise LtmeError(file.name, "is CMU's walk on uneven terrain")
                found, reason = _walks_of(file, place), ""
                if not found:
                    reason = "no straight steady stretch of walking"
            except LtmeError as error:
                found, reason = [], _short(str(error))
            walks += found
            if reason:
                left_out.setdefault(reason, []).append(file.name)
    return RealWalks(tuple(walks), left_out)


def _files(folder: Path, unpacked: Path) -> Iterator[tuple[Path, Place]]:
    """Every recording with its place; archives are unpacked into a folder of the caller's."""
    for inside, place in C3D_PLACES.items():
        for file in sorted((folder / inside).glob("*.[cC]3[dD]")):
            yield file, place if place[1] else (place[0], file.name[:CHILD_CODE_LENGTH], place[2])
    for archive in sorted((folder / "motions").glob("*.tar.xz")):
        own = unpacked / archive.name.partition(".")[0]
        with tarfile.open(archive) as packed:
            packed.extractall(own, filter="data")
        for file in sorted(path for path in own.rglob("*") if path.suffix in MOTION_SUFFIXES):
            if not file.name.lower().startswith(_NOT_MOTION):
                yield file, _motion_place(file)


def _motion_place(file: Path) -> Place:
    """CMU subjects by number where the name tells it; a person in two formats is one person."""
    if file.suffix == ".txt":
        kind = "DeepMimic" if "humanoid3d" in file.name else "CMU, exponential maps"
        if file.parent.parent.name == "train" and file.stem in SAME_TAKES:
            return kind, SAME_TAKES[file.stem], "adult"
        return kind, f"{kind} {file.parent.parent.name} {file.stem}", "adult"
    laboratory = "CMU, AMC" if file.suffix == ".amc" else "CMU, BVH"
    return laboratory, f"CMU {int(file.name.split('_')[0])}", "adult"


def _walks_of(file: Path, place: Place) -> list[RealWalk]:
    laboratory, person, age_group = place
    found = []
    for recording in read_recordings(file):
        movement = movement_of(walker_of(recording))
        if not movement.walks:
            raise LtmeError(file.name, f"is {movement.kind}, not walking forwards on the level")
        match = detect_marker_set(recording.marker_labels)
        for number, (start, stop) in enumerate(steady_stretches(recording)):
            part = cut(recording, start, stop)
            seen = np.isfinite(slot_positions(part).positions_m[..., 0]).any(axis=0)
            label = f"{file.parent.parent.name}/{file.name}" if file.suffix == ".txt" else file.name
            found.append(RealWalk(f"{label} {number + 1}", part, person, laboratory, match.name, age_group, seen))
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


def _short(message: str) -> str:
    """An error's fact without the file's name and the cure."""
    return message.partition(": ")[2].partition(". ")[0].rstrip(". ")[:90] or message[:90]


def _some(names: list[str], most: int = 3) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")
