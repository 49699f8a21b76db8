"""Length unit and vertical axis of a recording, by its label and by the size and pose of the body in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

METRES_PER: dict[str, float] = {"mm": 1e-3, "cm": 1e-2, "m": 1.0, "in": 0.0254, "ft": 0.3048}
_SPELLINGS = {
    "mm": r"(?:mm)+|milli-?met(?:er|re)s?",
    "cm": r"(?:cm)+|centi-?met(?:er|re)s?",
    "m": r"m|met(?:er|re)s?",
    "in": r"in|inch(?:es)?",
    "ft": r"ft|foot|feet",
}
_UPPER = re.compile(r"c7|clavicle|sternum|t10|sacrum|.*_(?:head_\w+|shoulder|asis|psis|hip_centre)")
_LOWER = re.compile(r".*_(?:ankle|ankle_medial|ankle_centre|heel|toe|metatarsal_[15])")

_BODY_M = (0.25, 3.0)
"""Extent of a body's mapped markers: from a child's legs to a tall adult with raised arms."""
_ANYTHING_M = (0.05, 20.0)
"""Extent of markers that we do not recognise: a hand on a table, or objects about a room."""
_TYPICAL_BODY_M = 1.3

# Right-handed turns of the laboratory that bring the named axis to +z; rows are the new axes in terms of the old.
_TURNS: dict[str, np.ndarray] = {
    "+x": np.array([[0.0, 0, -1], [0, 1, 0], [1, 0, 0]]),
    "-x": np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]),
    "+y": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]),
    "-y": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    "-z": np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, -1]]),
}


@dataclass(frozen=True)
class LengthUnit:
    """The unit a recording's positions are in."""

    label: str
    """The unit that the file names ("mm" where it names none that we know)."""
    metres_per_unit: float
    warnings: tuple[str, ...] = ()


def parse_unit(text: str) -> str | None:
    """A unit label as one of `METRES_PER`'s; repeated labels ("mmmmmm") count once, and None is anything else."""
    stripped = text.strip().lower()
    for unit, spelling in _SPELLINGS.items():
        if re.fullmatch(spelling, stripped):
            return unit
    return None


def length_unit(text: str, positions: np.ndarray, slots: Mapping[str, np.ndarray]) -> LengthUnit:
    """The unit of a file's positions, by its label unless the body's size contradicts that.

    Parameters
    ----------
    text : the file's POINT:UNITS
    positions : (frame, point, 3) of all named points, in file units, NaN where missing
    slots : recognised landmarks, slot -> (frame, 3), in file units; a body's limits on size need at least five

    Notes
    -----
    A body smaller than 0.25 m or larger than 3 m in the labelled unit, but not in another, has that other unit.
    """
    label = parse_unit(text)
    is_body = len(slots) >= 5
    smallest, largest = _BODY_M if is_body else _ANYTHING_M
    extent = _extent(np.stack(list(slots.values()), axis=1) if is_body else positions)
    said = label or "mm"
    warnings = () if label else (f"the length unit '{text.strip()[:20]}' is unknown: {said} was taken",)
    if extent is None or smallest <= extent * METRES_PER[said] <= largest:
        return LengthUnit(said, METRES_PER[said], warnings)
    plausible = [unit for unit in ("mm", "cm", "m") if smallest <= extent * METRES_PER[unit] <= largest]
    if not plausible:
        size = f"the markers span {extent * METRES_PER[said]:.3g} m in the file's unit ({said}), not a body's size"
        return LengthUnit(said, METRES_PER[said], (*warnings, size))
    best = min(plausible, key=lambda unit: abs(np.log(extent * METRES_PER[unit] / _TYPICAL_BODY_M)))
    if label:
        contradiction = f"the length unit is labelled {label}, but the body's size says {best}: {best} was used"
    else:
        contradiction = f"the length unit '{text.strip()[:20]}' is unknown: the body's size says {best}"
    return LengthUnit(said, METRES_PER[best], (contradiction,))


def vertical_axis(slots: Mapping[str, np.ndarray]) -> str | None:
    """Which laboratory axis points up ("+z", "-y" ...), from head, trunk and pelvis above ankles and feet.

    None where the landmarks are absent or where no axis clearly leads: someone lying down, or an oblique laboratory.
    """
    upper = [positions for slot, positions in slots.items() if _UPPER.fullmatch(slot)]
    lower = [positions for slot, positions in slots.items() if _LOWER.fullmatch(slot)]
    if not upper or not lower:
        return None
    up = _middle(upper) - _middle(lower)
    if not np.isfinite(up).all():
        return None
    axis = int(np.argmax(np.abs(up)))
    if abs(up[axis]) < 2.0 * np.delete(np.abs(up), axis).max():
        return None
    return ("+" if up[axis] > 0 else "-") + "xyz"[axis]


def turned_upright(positions: np.ndarray, axis: str | None) -> np.ndarray:
    """Positions (..., 3) in a right-handed laboratory with z up, given which axis pointed up."""
    return positions if axis in (None, "+z") else positions @ _TURNS[axis].T


def _middle(landmarks: list[np.ndarray]) -> np.ndarray:
    """Median over frames and landmarks, axis by axis (x, y, z); NaN where nothing was seen."""
    stacked = np.concatenate(landmarks)
    seen = stacked[np.isfinite(stacked).all(axis=1)]
    return np.median(seen, axis=0) if len(seen) else np.full(3, np.nan)


def _extent(positions: np.ndarray) -> float | None:
    """Longest side of the box round all points in a frame, median over frames with most points; None if too few."""
    seen = np.isfinite(positions).all(axis=2)
    full = seen.sum(axis=1) >= max(4, 0.6 * seen.any(axis=0).sum())
    if not full.any():
        return None
    boxed = np.where(seen[full, :, None], positions[full], np.nan)
    sides = np.nanmax(boxed, axis=1) - np.nanmin(boxed, axis=1)
    return float(np.median(sides.max(axis=1)))
