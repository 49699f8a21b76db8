"""A force plate as a recording declares it, and what it measured."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class ForcePlate:
    """Where a plate lies, and which analog channels it is; forces are calculated from these when they are asked for.

    Corners follow the C3D convention: corner 1 lies in the plate's +x +y quadrant, 2 in -x +y, 3 in -x -y, 4 in
    +x -y. The plate's own z points down into the floor where a laboratory mounted it so; the corners tell.
    """

    number: int
    """The file's own number, from 1."""
    kind: int
    """FORCE_PLATFORM:TYPE, 1 to 7; 0 where the file names none."""
    corners_m: np.ndarray  # (corner, axis) laboratory frame, metres, z up; zeros where the file names none
    origin_m: np.ndarray  # (axis,) as FORCE_PLATFORM:ORIGIN, plate frame, metres
    channels: tuple[int, ...]
    """Indices from 0 into the recording's analog channels."""
    calibration: np.ndarray | None = None  # (output, channel) for types 4 to 7
    metres_per_unit: float = 1e-3
    """What one of the file's length units is: moments and centres of pressure are stored in it."""
    zero_frames: tuple[int, int] | None = None
    """FORCE_PLATFORM:ZERO as half-open frames in which the plate was unloaded; None where the file names none."""
    warnings: tuple[str, ...] = ()
    samples_per_frame: float = 1.0
    """Analog samples in each frame, to find `zero_frames` among the samples."""
    refusal: str = ""
    """Why no force can be calculated from this plate; empty for a plate that can be used."""

    @property
    def usable(self) -> bool:
        """Whether forces can be calculated."""
        return not self.refusal


@dataclass(frozen=True)
class PlateForces:
    """Force on the patient (the ground's reaction), in the laboratory frame."""

    rate_hz: float
    force_n: np.ndarray  # (sample, axis) float64; z is positive under a standing person
    moment_nm: np.ndarray  # (sample, axis) about the laboratory's origin
    centre_of_pressure_m: np.ndarray  # (sample, axis) on the plate's surface; NaN where the plate is hardly loaded
    free_moment_nm: np.ndarray  # (sample,) on the patient, about the plate's upward normal through the centre of
    # pressure, anticlockwise from above is positive; NaN where the centre of pressure is
    warnings: tuple[str, ...] = field(default=())
