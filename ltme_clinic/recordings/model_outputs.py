"""What a laboratory's software calculated and stored among the points: kept apart from markers, by group, as it stands.

Angles, forces, moments, powers and scalars are never scaled or turned; only points in space are in metres with z up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ltme_clinic.recordings.points import SubjectPoints
from ltme_clinic.recordings.positions import blocks
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import ModelOutput
from ltme_clinic.types.recording import OutputKind

_UNITS: dict[OutputKind, tuple[str, str]] = {
    "angle": ("ANGLE_UNITS", "deg"),
    "force": ("FORCE_UNITS", "N"),
    "moment": ("MOMENT_UNITS", "Nmm"),
    "power": ("POWER_UNITS", "W"),
    "scalar": ("SCALAR_UNITS", ""),
}
_BEYOND_M = 0.5
"""A joint centre this far outside the box of everything that cameras saw is padding that was turned or shifted."""
_NOT_OF_THE_BODY = re.compile(r"[OXYZ]global|Progress|P_(?:FP|ForcePlate)\w+|\w+_ForceVector")


@dataclass(frozen=True)
class Outputs:
    """One subject's model outputs, and what was dropped of them."""

    outputs: tuple[ModelOutput, ...]
    warnings: tuple[str, ...]


def outputs_of(
    raw: RawC3D, subject: SubjectPoints, places: Sequence[tuple[str, int]], places_m: np.ndarray, markers_m: np.ndarray
) -> Outputs:
    """The subject's model outputs, each name once.

    Parameters
    ----------
    raw : the file
    subject : which of its points are outputs, and of which kind
    places : label and index of those that are points in space
    places_m : (frame, place, 3) of these, metres with z up
    markers_m : (frame, marker, 3) of the subject's markers, which say where the capture volume is
    """
    kinds = {label: kind for label, kind, _ in reversed(subject.outputs)}
    curves = {label: (kind, index) for label, kind, index in reversed(subject.outputs) if kind != "point"}
    values = dict(zip(curves, _curves(raw, list(curves.values())), strict=True))
    points, padded = _points([label for label, _ in places], places_m, _volume(markers_m))
    values |= dict(zip((label for label, _ in places), points, strict=True))
    units = {kind: raw.text("POINT", parameter) or default for kind, (parameter, default) in _UNITS.items()}
    outputs = tuple(
        ModelOutput(label, kinds[label], values[label], units.get(kinds[label], "m"))
        for label in dict.fromkeys(label for label, _, _ in subject.outputs)
    )
    counted = {
        "model outputs with a name already in use, dropped": len(subject.outputs) - len(outputs),
        "calculated points outside the capture volume, taken as missing": padded,
    }
    return Outputs(outputs, tuple(f"{what}: {count}" for what, count in counted.items() if count))


def _curves(raw: RawC3D, chosen: Sequence[tuple[OutputKind, int]]) -> np.ndarray:
    """Curves (output, frame, 3) float32 as stored, NaN where missing."""
    indices = [index for _, index in chosen]
    values = np.empty((len(indices), raw.frames, 3), np.float32)
    # Three angles of exactly 0 are a gap that nobody flagged; a force may well be 0, and so may a joint that text says.
    is_angle = np.array([kind == "angle" and raw.storage != "text" for kind, _ in chosen], dtype=bool)
    for rows in blocks(raw.frames, 3 * len(indices)):
        part = raw.points[rows][:, indices].astype(np.float32)
        zero = is_angle & (part[..., 0] == 0)
        if zero.any():
            zero &= (part[..., 1] == 0) & (part[..., 2] == 0)
        part[raw.missing[rows][:, indices] | zero] = np.nan
        values[:, rows] = part.transpose(1, 0, 2)
    return values


def _points(
    labels: Sequence[str], places_m: np.ndarray, limits: tuple[np.ndarray, np.ndarray] | None
) -> tuple[np.ndarray, int]:
    """Points (output, frame, 3) float32 metres, and how many samples were taken as missing for lying outside."""
    values = np.empty((len(labels), len(places_m), 3), np.float32)
    values[:] = places_m.transpose(1, 0, 2)
    if limits is None:
        return values, 0
    outside = np.zeros(values.shape[:2], dtype=bool)
    with np.errstate(invalid="ignore"):
        for axis, (lowest, highest) in enumerate(zip(*limits, strict=True)):
            outside |= (values[..., axis] < lowest) | (values[..., axis] > highest)
    outside[[_NOT_OF_THE_BODY.fullmatch(label) is not None for label in labels]] = False
    values[outside] = np.nan
    return values, int(outside.sum())


def _volume(markers_m: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The corners of the box of all that was seen, a margin added; None if nothing was."""
    if not markers_m.size:
        return None
    lowest = np.fmin.reduce(np.fmin.reduce(markers_m, axis=0), axis=0)
    highest = np.fmax.reduce(np.fmax.reduce(markers_m, axis=0), axis=0)
    return (lowest - _BEYOND_M, highest + _BEYOND_M) if np.isfinite(lowest).all() else None
