"""AMASS's archives (.npz): the joint turns of a body model (SMPL and its kin), or the markers that it was fitted to.

Keys and shapes are those of amass.is.tue.mpg.de and of MoSh++ and SOMA. The model itself is under a licence of its own
and is not here, so that the person's shape (betas) can't be used: joints are those of a typical body. The model turns
about its pelvis, which lies a fixed way of some 0.2 m from `trans`; without the model it is put at `trans` itself.
"""

from __future__ import annotations

from math import prod
from pathlib import Path

import numpy as np

from ltme_clinic.kinematics.rotations import rotation_about_vectors
from ltme_clinic.recordings.formats.npz_arrays import NpzArrays
from ltme_clinic.recordings.formats.posing import Pose, posed
from ltme_clinic.recordings.formats.typical_body import WARNING, smpl_chain
from ltme_clinic.recordings.formats.whole_file import read_whole, refuse_too_many
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import LtmeError

_RATES = ("mocap_framerate", "mocap_frame_rate", "framerate", "frame_rate", "fps")
_MARKERS = (
    ("markers", "labels"),
    ("markers", "marker_labels"),
    ("marker_data", "marker_labels"),
    ("marker_data", "labels"),
)
_BODY_NUMBERS = 66
"""Pelvis and 21 joints of the body, 3 numbers each; hands and face follow."""
_MOST_NUMBERS = 500
_LONGEST_LABEL = 255
_FORMAT_CURE = "Give an AMASS archive with poses, trans and mocap_framerate, or one with markers and labels"


class BodyModelReader:
    """Reads an AMASS-style .npz: measured markers where it holds them, else 22 joints of a typical body."""

    def read(self, path: Path) -> RawC3D:
        """Where the markers or joints are; joints in metres with z up, markers in the file's own unit and axes.

        Raises
        ------
        LtmeError
            The archive is damaged or made to fill the memory, lacks motion or rate, or its arrays don't fit together.
        """
        file = read_whole(path)
        arrays = NpzArrays(file)
        named = next((keys for keys in _MARKERS if keys[0] in arrays and keys[1] in arrays), None)
        if named is None and "trans" not in arrays:
            raise LtmeError(file.name, "holds no motion of a body model and no markers with labels", _FORMAT_CURE)
        rate_hz = _rate_hz(arrays)
        if named is not None:
            labels, markers = _markers(arrays, *named)
            return file.raw(rate_hz=rate_hz, labels=labels, points=markers)
        chain = smpl_chain()
        vectors, places_m = _motion(arrays)
        points = posed(chain, len(vectors), _pose(vectors, places_m), file.name)
        return file.raw(rate_hz=rate_hz, labels=chain.names, points=points, unit="m", warnings=[WARNING])


def _rate_hz(arrays: NpzArrays) -> float:
    key = next((key for key in _RATES if key in arrays), None)
    rate = arrays.numbers(key) if key else np.empty(0)
    if rate.size != 1:
        raise LtmeError(
            arrays.name, "tells no frame rate (mocap_framerate)", "Save the archive with mocap_framerate in Hz"
        )
    return float(rate.ravel()[0])


def _motion(arrays: NpzArrays) -> tuple[np.ndarray, np.ndarray]:
    """Turns of the body's joints as vectors (frame, joint, 3) radians, and `trans` (frame, 3) metres."""
    keys = ("poses",) if "poses" in arrays else ("root_orient", "pose_body")
    places_m = arrays.numbers("trans")
    parts = [arrays.numbers(key) for key in keys]
    if any(part.ndim < 2 or len(part) != len(parts[0]) for part in parts) or places_m.shape != (len(parts[0]), 3):
        shapes = ", ".join(f"{key} {part.shape}" for key, part in zip(keys, parts, strict=True))
        raise LtmeError(arrays.name, f"its arrays don't fit together ({shapes}, trans {places_m.shape})", _FORMAT_CURE)
    turns = np.concatenate([part.reshape(len(part), prod(part.shape[1:])) for part in parts], axis=1)
    if not _BODY_NUMBERS <= turns.shape[1] <= _MOST_NUMBERS or turns.shape[1] % 3:
        fact = f"a pose has {turns.shape[1]} numbers, not 66, 72, 156 or 165"
        raise LtmeError(arrays.name, fact, _FORMAT_CURE)
    return turns[:, :_BODY_NUMBERS].reshape(len(turns), _BODY_NUMBERS // 3, 3), places_m


def _pose(vectors: np.ndarray, places_m: np.ndarray) -> Pose:
    def pose(rows: slice) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
        turns = rotation_about_vectors(vectors[rows])
        return {joint: turns[:, joint] for joint in range(turns.shape[1])}, {0: places_m[rows]}

    return pose


def _markers(arrays: NpzArrays, points: str, names: str) -> tuple[list[str], np.ndarray]:
    """Labels, and (frame, marker, 3) in the file's unit."""
    markers, labels = arrays.numbers(points), arrays.texts(names)
    if labels.ndim == 2 and len(labels):  # a row for each frame
        if (labels != labels[0]).any():
            fact = f"its {names} change from frame to frame"
            raise LtmeError(arrays.name, fact, "Save it with one label for each marker")
        labels = labels[0]
    if markers.ndim != 3 or markers.shape[1:] != (*labels.shape, 3):
        fact = f"{points} have the shape {markers.shape} for {names} of the shape {labels.shape}"
        raise LtmeError(arrays.name, fact, _FORMAT_CURE)
    refuse_too_many(arrays.name, len(markers), len(labels))
    found: list[str] = labels.tolist()
    if any(len(label) > _LONGEST_LABEL for label in found):
        raise LtmeError(arrays.name, f"a label has more than {_LONGEST_LABEL} characters", _FORMAT_CURE)
    return found, markers
