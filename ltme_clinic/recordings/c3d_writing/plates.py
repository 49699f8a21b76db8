"""Force plates as the FORCE_PLATFORM group that other software reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ltme_clinic.recordings.raw import ParameterValue
from ltme_clinic.types import ForcePlate


def plate_parameters(plates: Sequence[ForcePlate], metres_per_unit: float) -> dict[str, ParameterValue]:
    """USED, TYPE, CORNERS, ORIGIN, CHANNEL, ZERO and CAL_MATRIX of some plates, in file units.

    Plates of different kinds stand in one table, as wide as the widest: a channel 0 and zeros in the calibration fill
    it up. The file has one ZERO for all plates; the first plate that names frames gives it.
    """
    channels = np.zeros((max(len(plate.channels) for plate in plates), len(plates)))
    for column, plate in enumerate(plates):
        channels[: len(plate.channels), column] = np.array(plate.channels) + 1
    values: dict[str, ParameterValue] = {
        "USED": np.array([len(plates)]),
        "TYPE": np.array([plate.kind for plate in plates]),
        "CORNERS": np.stack([plate.corners_m.T / metres_per_unit for plate in plates], axis=2),  # (axis, corner, plate)
        "ORIGIN": np.stack([plate.origin_m / metres_per_unit for plate in plates], axis=1),
        "CHANNEL": channels,
        "ZERO": _zero_frames(plates),
    }
    if any(plate.calibration is not None for plate in plates):
        values["CAL_MATRIX"] = _calibrations(plates)
    return values


def _zero_frames(plates: Sequence[ForcePlate]) -> np.ndarray:
    """First and last unloaded frame, counted from 1; zeros say that there are none."""
    spans = [plate.zero_frames for plate in plates if plate.zero_frames is not None]
    return np.array([spans[0][0] + 1, spans[0][1]] if spans else [0, 0])


def _calibrations(plates: Sequence[ForcePlate]) -> np.ndarray:
    """(output, channel, plate), zeros where a plate has fewer."""
    given = [plate.calibration for plate in plates if plate.calibration is not None]
    stored = np.zeros((*np.max([matrix.shape for matrix in given], axis=0), len(plates)))
    for column, plate in enumerate(plates):
        if plate.calibration is not None:
            rows, columns = plate.calibration.shape
            stored[:rows, :columns, column] = plate.calibration
    return stored
