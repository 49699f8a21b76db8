"""Which axis of a file points up: by its force plates first, then by the body, then by what its viewer is told.

Plates lie on the floor whatever the patient does; a body may lie, crawl or hang. But plates may be walls, steps or
corners that somebody forgot to turn with the markers, so they count only where most of them lie along one axis and the
body is on one side of them, and a long walk across another axis outweighs them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ltme_clinic.kinematics.force_plates import plate_frame
from ltme_clinic.recordings.body_frame import WALKED, vertical_axis, walked_lengths
from ltme_clinic.recordings.raw import RawC3D

_GROUP = "FORCE_PLATFORM"
_MOST_PLATES = 255
_LEVEL = 0.9
"""Cosine between a plate's normal and an axis: up to 25 degrees, as steep as instrumented ramps and treadmills get."""
_SMALLEST_M, _LARGEST_M = 0.1, 5.0
"""A plate's edge: from a step's to a walkway's."""
_UNDER_FLOOR_M = 0.1
"""Markers are not lower than this under the lowest plate ..."""
_ON_ONE_SIDE = 0.95
"""... in this share of all their samples."""
_ABOVE_FLOOR_M = 1.5
"""The lowest of them are not higher than this above it: a couch may stand on the plates."""
_FAR_WALKED = 2.0
"""Nobody rolls this far, in distances from feet to head: such a path across the body's axis was walked."""


def laboratory_axis(
    raw: RawC3D, positions: np.ndarray, slots: Mapping[str, np.ndarray], metres_per_unit: float
) -> tuple[str | None, tuple[str, ...]]:
    """The axis that points up ("+z", "-y" ...), None where the file's own z is kept, and warnings.

    Parameters
    ----------
    raw : the decoded file
    positions : (frame, point, 3) sampled, in file units, NaN where missing
    slots : recognised landmarks, slot -> (frame, 3), in file units
    metres_per_unit : what one of the file's length units is

    Notes
    -----
    Where the plates and the body's posture contradict each other, somebody lies, and the plates are right. Where there
    are no plates and the viewer's axes (POINT:X_SCREEN and Y_SCREEN) say that z is up, a body that stands along another
    axis without having walked is taken to lie. The viewer alone never turns a file: several programs write the same
    axes into every file.
    """
    by_body = vertical_axis(slots)
    by_plates = _by_plates(raw, positions, metres_per_unit)
    if by_plates is not None and (by_body is None or by_body == by_plates):
        return by_plates, _turned(by_plates, "the force plates lie" if by_body is None else "the body stands")
    if by_plates is not None and walked_lengths(slots) <= _FAR_WALKED:
        kept = f"{by_plates} is up by the force plates, and the body is along {by_body}: the plates were believed"
        return by_plates, (kept,)
    if by_plates is not None:
        kept = f"the force plates' corners say that {by_plates} is up, but a walk stands along {by_body}: check them"
        return by_body, (kept, *_turned(by_body, "the body stands"))
    return _without_plates(by_body, slots, _by_screen(raw))


def _without_plates(
    by_body: str | None, slots: Mapping[str, np.ndarray], screen: str | None
) -> tuple[str | None, tuple[str, ...]]:
    if by_body is None:
        is_body = any(np.isfinite(places).any() for places in slots.values())
        if screen == "+z" or not is_body:  # nothing that is not the body's is measured
            return None, ()
        told = f" (the viewer is told {screen})" if screen else ""
        return None, (f"neither body nor force plates tell which axis is up: +z was taken{told}",)
    if screen == "+z" and by_body != "+z" and walked_lengths(slots) <= WALKED:
        return None, (f"the body is along {by_body} and the file's viewer is told that +z is up: it was taken to lie",)
    return by_body, _turned(by_body, "the body stands")


def _turned(axis: str | None, what: str) -> tuple[str, ...]:
    return () if axis in (None, "+z") else (f"{what} along {axis}: the laboratory was turned to z up",)


def _by_screen(raw: RawC3D) -> str | None:
    """The axis that a viewer draws upwards; None where the file says none."""
    said = raw.text("POINT", "Y_SCREEN").strip().lower()
    said = said if said[:1] in ("+", "-") else f"+{said}"
    return said if said[1:] in ("x", "y", "z") and raw.text("POINT", "X_SCREEN").strip() else None


def _by_plates(raw: RawC3D, positions: np.ndarray, metres_per_unit: float) -> str | None:
    """The axis along which most plates face the body; None without plates, or where they can't be right."""
    frames = [frame for corners in _corners(raw) if (frame := plate_frame(corners * metres_per_unit)) is not None]
    frames = [f for f in frames if np.all((2 * f.half_sizes_m > _SMALLEST_M) & (2 * f.half_sizes_m < _LARGEST_M))]
    normals = np.abs([frame.axes[:, 2] for frame in frames]).reshape(-1, 3)
    faced = (normals >= _LEVEL).sum(axis=0)
    axis = int(np.argmax(faced))
    if not faced[axis] > len(frames) / 2:
        return None
    floors_m = [f.centre_m[axis] for f, normal in zip(frames, normals, strict=True) if normal[axis] >= _LEVEL]
    places_m = positions[..., axis][np.isfinite(positions[..., axis])] * metres_per_unit
    fitting = {}
    for sign in (1.0, -1.0):
        above_m = sign * places_m - min(sign * floor_m for floor_m in floors_m)
        is_above = above_m.size > 0 and (above_m >= -_UNDER_FLOOR_M).mean() >= _ON_ONE_SIDE
        if is_above and np.percentile(above_m, 2) <= _ABOVE_FLOOR_M:
            fitting["+" if sign > 0 else "-"] = float(np.median(above_m))
    return max(fitting, key=fitting.__getitem__) + "xyz"[axis] if fitting else None


def _corners(raw: RawC3D) -> np.ndarray:
    """Corners (plate, corner, 3) in file units, of as many plates as the file uses."""
    table = raw.numbers(_GROUP, "CORNERS")
    flat = table.ravel(order="F")
    if table.ndim > 1 and table.shape[0] != 3:
        flat = flat[:0]
    used = raw.number(_GROUP, "USED")
    count = max(0, int(min(flat.size // 12, _MOST_PLATES, np.inf if used is None else used)))
    corners = flat[: 12 * count].reshape(count, 4, 3).astype(np.float64)
    return corners[np.isfinite(corners).all(axis=(1, 2))]
