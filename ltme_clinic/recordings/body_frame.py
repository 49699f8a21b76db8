"""Length unit and vertical axis of a recording by the size and pose of the body in it."""

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
_FAR_FROM_BODY = 6.0
"""Distance from a body's middle, in medians of its markers' distances, beyond which a marker is a ghost: a hand above
the head lies at 3."""
_FLOOR_AT_FEET = (-0.15, 0.45)
"""Where ankles and feet may lie above the laboratory's zero, in distances up to head, trunk and pelvis."""
WALKED = 0.5
"""A path this long, in the same measure, is walked and not lain."""

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
    """The unit that the file names; where it names none that we know, the one that was taken."""
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
    slots : recognised landmarks, slot -> (frame, 3), in file units; a body's limits on size need at least five, and
        of these one above the hips and one below the knees: a foot or an arm alone may be of any size

    Notes
    -----
    A body smaller than 0.25 m or larger than 3 m in the labelled unit, but not in another, has that other unit. Inches
    and feet are believed where a label says so and never guessed: 45 units may be a child's legs in centimetres or an
    adult's in inches.
    """
    label = parse_unit(text)
    is_body = len(slots) >= 5 and _some(slots, _UPPER) and _some(slots, _LOWER)
    smallest, largest = _BODY_M if is_body else _ANYTHING_M
    extent = _extent(_without_ghosts(np.stack(list(slots.values()), axis=1)) if is_body else positions)
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
    return LengthUnit(label or best, METRES_PER[best], (contradiction,))


def vertical_axis(slots: Mapping[str, np.ndarray]) -> str | None:
    """Which laboratory axis points up ("+z", "-y" ...), from head, trunk and pelvis above ankles and feet.

    None where the landmarks are absent or where no axis clearly leads (someone sitting or bent double, an oblique
    laboratory), and where the body lies along an axis that needn't be vertical: someone stands along another axis than
    +z only if the feet are near that axis's zero, the floor, or if a path was walked across it. Someone who lies with
    the feet near the laboratory's origin is taken to stand: `vertical.laboratory_axis` asks the force plates first.

    Parameters
    ----------
    slots : recognised landmarks, slot -> (frame, 3), in any unit
    """
    found = _long_axis(slots)
    if found is None:
        return None
    name = ("+" if found.up > 0 else "-") + "xyz"[found.axis]
    if name == "+z":
        return name
    feet = float(_middle(found.lower)[found.axis]) / found.up
    stands = _FLOOR_AT_FEET[0] <= feet <= _FLOOR_AT_FEET[1] or walked_lengths(slots) > WALKED
    return name if stands else None


def walked_lengths(slots: Mapping[str, np.ndarray]) -> float:
    """How far the body moves across its long axis, in distances from feet up to head, trunk and pelvis; 0 if unknown.

    Parameters
    ----------
    slots : as of `vertical_axis`
    """
    found = _long_axis(slots)
    if found is None:
        return 0.0
    paths = []
    for landmark in found.upper:
        seen = np.delete(landmark[np.isfinite(landmark).all(axis=1)], found.axis, axis=1)
        if len(seen) >= 2:
            paths.append(float(np.linalg.norm(np.ptp(seen, axis=0))) / abs(found.up))
    return float(np.median(paths)) if paths else 0.0


@dataclass(frozen=True)
class _LongAxis:
    """Along which axis of the laboratory a body is long."""

    axis: int
    up: float
    """How far the upper landmarks lie along it from the lower ones, in file units."""
    upper: list[np.ndarray]
    lower: list[np.ndarray]
    """(frame, 3) of each landmark, in file units."""


def _long_axis(slots: Mapping[str, np.ndarray]) -> _LongAxis | None:
    """The axis that clearly leads from feet to head; None where none does."""
    upper = [positions for slot, positions in slots.items() if _UPPER.fullmatch(slot)]
    lower = [positions for slot, positions in slots.items() if _LOWER.fullmatch(slot)]
    if not upper or not lower:
        return None
    up = _middle(upper) - _middle(lower)
    if not np.isfinite(up).all():
        return None
    axis = int(np.argmax(np.abs(up)))
    if abs(up[axis]) <= 2.0 * np.delete(np.abs(up), axis).max():
        return None
    return _LongAxis(axis, float(up[axis]), upper, lower)


def turned_upright(positions: np.ndarray, axis: str | None) -> np.ndarray:
    """Positions (..., 3) in a right-handed laboratory with z up, given which axis pointed up."""
    return positions if axis in (None, "+z") else positions @ _TURNS[axis].T


def _some(slots: Mapping[str, np.ndarray], pattern: re.Pattern[str]) -> bool:
    """Whether a landmark of the kind is there and was seen."""
    return any(pattern.fullmatch(slot) and np.isfinite(positions).any() for slot, positions in slots.items())


def _without_ghosts(positions: np.ndarray) -> np.ndarray:
    """Positions (frame, marker, 3) with NaN for a marker that is far from all others, as a sentinel or a ghost is."""
    seen = np.isfinite(positions).all(axis=2)
    if not seen.any():
        return positions
    kept = np.where(seen[..., None], positions, np.nan)[seen.any(axis=1)]
    apart = np.linalg.norm(kept - _median_over_markers(kept), axis=2)
    far = apart > _FAR_FROM_BODY * _median_over_markers(apart)
    return np.where(far[..., None], np.nan, kept)


def _median_over_markers(values: np.ndarray) -> np.ndarray:
    """(frame, marker, ...) -> (frame, 1, ...), NaN left out; numpy's own takes ten times as long on few frames."""
    ordered = np.sort(values, axis=1)  # NaN last
    seen = np.isfinite(values).sum(axis=1, keepdims=True)
    low, high = (np.take_along_axis(ordered, np.maximum(place, 0), axis=1) for place in ((seen - 1) // 2, seen // 2))
    return (low + high) / 2


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
