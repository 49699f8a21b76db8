"""A file's force plates: where they lie, which channels they are, and why one of them can't be used.

The parameters are those of the C3D User Guide's chapter on the FORCE_PLATFORM group.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ltme_clinic.kinematics.force_plates import CHANNELS, plate_frame, refusal_of
from ltme_clinic.recordings.body_frame import turned_upright
from ltme_clinic.recordings.file_facts import analogs_of
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import ForcePlate

_GROUP = "FORCE_PLATFORM"
_MOST = 255
"""What the group's arrays can hold."""


def plates_of(raw: RawC3D, axis: str | None, metres_per_unit: float) -> tuple[ForcePlate, ...]:
    """Every force plate that the file declares, in the laboratory frame (metres, z up); never raises.

    A plate that can't be used is there too, and its `refusal` says why; what is odd about a usable one is among its
    `warnings`. No force is calculated here.

    Parameters
    ----------
    raw : the decoded file
    axis : which of the file's axes points up, as `body_frame.vertical_axis` says it
    metres_per_unit : what one of the file's length units is
    """
    plates: list[ForcePlate] = []
    taken: set[int] = set()
    for index in range(_count(raw)):
        plate = _plate(raw, index, axis, metres_per_unit)
        if plate.usable and taken.issuperset(plate.channels):  # one signal is no two forces, nor hundreds to calculate
            plate = replace(plate, refusal="its channels are those of plates before it")
        taken.update(plate.channels if plate.usable else ())
        plates.append(plate)
    return tuple(plates)


def _count(raw: RawC3D) -> int:
    """FORCE_PLATFORM:USED, or as many plates as have channels and a type where it is missing."""
    used = raw.number(_GROUP, "USED")
    if used is None:
        channels = raw.numbers(_GROUP, "CHANNEL")
        used = min(raw.numbers(_GROUP, "TYPE").size, channels.shape[1] if channels.ndim == 2 else 1)
    return max(0, min(_MOST, int(used)))


def _plate(raw: RawC3D, index: int, axis: str | None, metres_per_unit: float) -> ForcePlate:
    kind = _integer(raw.numbers(_GROUP, "TYPE").ravel(order="F"), index)
    corners = _vectors(raw.numbers(_GROUP, "CORNERS"), index * 4, 4)
    origin = _vectors(raw.numbers(_GROUP, "ORIGIN"), index, 1)
    channels, refusal = _channels(raw, index, kind)
    zero_frames, warnings = _zero_frames(raw, index)
    plate = ForcePlate(
        number=index + 1,
        kind=kind,
        corners_m=np.zeros((4, 3)) if corners is None else turned_upright(corners * metres_per_unit, axis),
        origin_m=np.zeros(3) if origin is None else origin[0] * metres_per_unit,
        channels=channels,
        calibration=_calibration(raw, index, kind),
        metres_per_unit=metres_per_unit,
        zero_frames=zero_frames,
        samples_per_frame=raw.analogs.shape[0] / raw.frames if raw.frames else 1.0,
    )
    if corners is None:
        refusal = refusal or "the file does not say where its corners are"
    elif plate_frame(plate.corners_m) is None:
        refusal = refusal or "its corners enclose no rectangle"
    if plate.calibration is None and kind in (4, 6, 7):
        warnings += (f"type {kind} has no calibration matrix: its channels were taken as calibrated",)
    if origin is None:
        warnings += ("ORIGIN is missing: taken as 0",)
        if kind in (3, 6, 7):
            refusal = refusal or f"type {kind} needs ORIGIN for the places of its sensors"
    return replace(plate, refusal=refusal or refusal_of(plate, analogs_of(raw)), warnings=warnings)


def _channels(raw: RawC3D, index: int, kind: int) -> tuple[tuple[int, ...], str]:
    """Analog channels from 0, and why they can't be used; CHANNEL counts from 1 and is (channel, plate)."""
    table = raw.numbers(_GROUP, "CHANNEL")
    wanted = CHANNELS.get(kind)
    if wanted is None:
        return (), f"type {kind} is none of 1 to 7" if kind else "the file does not say its type"
    if table.ndim == 1:  # one plate, or a list that runs from plate to plate
        table = table[: table.size - table.size % wanted].reshape(wanted, -1, order="F")
    if table.ndim != 2 or table.shape[1] <= index:
        return (), "CHANNEL does not name its analog channels"
    if table.shape[0] < wanted:
        return (), f"type {kind} takes {wanted} channels, and CHANNEL names {table.shape[0]}"
    said = table[:wanted, index]
    wrong = [number for number in said if not 1 <= number <= raw.analogs.shape[1]]  # NaN is wrong too
    if wrong:
        return (), f"CHANNEL names channel {wrong[0]:g}, and the file has {raw.analogs.shape[1]}"
    return tuple(int(number) - 1 for number in said), ""


def _calibration(raw: RawC3D, index: int, kind: int) -> np.ndarray | None:
    """The plate's calibration matrix, (output, channel); None for types without one and where the file has none.

    The guide stores a matrix column by column; MATRIX_STORE says so where a program stores rows. A table for plates of
    several types is filled up with zeros.
    """
    table = raw.numbers(_GROUP, "CAL_MATRIX")
    if kind not in (4, 5, 6, 7) or table.ndim not in (2, 3) or (table.ndim == 3 and table.shape[2] <= index):
        return None
    if table.ndim == 2 and index:
        return None
    matrix = np.asarray(table[..., index] if table.ndim == 3 else table, dtype=np.float64)
    wanted = CHANNELS[kind]
    by_row = raw.text(_GROUP, "MATRIX_STORE").upper() == "BYROW"
    if by_row or (matrix.shape[1] < wanted <= matrix.shape[0]):
        matrix = matrix.T
    if matrix.shape[1] < wanted or matrix.shape[0] < 6 or not np.isfinite(matrix).all() or not matrix.any():
        return None
    sensors = kind in (6, 7) and matrix.shape[0] >= wanted and matrix[6:wanted].any()
    return np.ascontiguousarray(matrix[: wanted if sensors else 6, :wanted])


def _zero_frames(raw: RawC3D, index: int) -> tuple[tuple[int, int] | None, tuple[str, ...]]:
    """FORCE_PLATFORM:ZERO as half-open frames from the first stored one; (0, 0) and (1, 0) say that there are none."""
    table = raw.numbers(_GROUP, "ZERO")
    said = table[:, index] if table.ndim == 2 and table.shape[1] > index else table.ravel(order="F")
    if said.size < 2 or not np.isfinite(said[:2]).all() or said[1] < max(1, said[0]):
        return None, ()
    first, last = max(1, int(said[0])), int(said[1])
    if last > raw.frames:
        return None, (f"ZERO names frames {first} to {last} of {raw.frames}: no offset is subtracted",)
    return (first - 1, last), ()


def _vectors(table: np.ndarray, first: int, count: int) -> np.ndarray | None:
    """Some of a table's vectors, (vector, 3); None where it holds fewer, or anything that is no number."""
    flat = table.ravel(order="F")[3 * first : 3 * (first + count)]
    if (table.ndim > 1 and table.shape[0] != 3) or flat.size < 3 * count or not np.isfinite(flat).all():
        return None
    return flat.reshape(count, 3).astype(np.float64)


def _integer(values: np.ndarray, index: int) -> int:
    """One whole number of a list; 0 where it is absent or none."""
    found = float(values[index]) if index < values.size else 0.0
    return int(found) if math.isfinite(found) else 0
