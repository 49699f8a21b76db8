"""What force plates say under a walker's feet: forces and moments as each type of plate stores them in its channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics.force_plates import PlateFrame, plate_frame
from ltme_clinic.types import AnalogSignals, ForcePlate, GroundReaction, LtmeError
from ltme_clinic.virtual_lab.plates import PLATE_LENGTH_M, QUADRANTS, PlateLayout

PlateKind = Literal[1, 2, 3, 4]

DEPTH_M = 0.041
"""How far a plate's origin lies below its surface (a strain gauge plate's manual: 4 cm)."""
ORIGIN_OFF_M = np.array([0.0007, -0.0004])
"""How far it lies beside the middle, as calibration sheets state: under a millimetre."""
SENSOR_INSET_M = 0.06
"""How far from the plate's edges piezoelectric plates have their four sensors."""
PRESSED_M = np.array([0.04, 0.02])
"""Half the length and width of the rectangle that a foot presses about its centre of pressure: where a plate's edge
cuts it, each side carries its share of the area."""
FULL_SCALE_N = 4900.0
"""What a plate measures at most (1,000 lbf)."""
VOLTS_AT_FULL_SCALE = 10.0
CROSSTALK = 0.01
"""Largest share of one channel in another's, taken out again by the calibration matrix (type 4)."""
MM = 1e-3
"""The files' length unit, metres."""
DRIFT_OVER_S = 60.0
"""Drift is stated for so long."""


@dataclass(frozen=True)
class PlateFaults:
    """What keeps a plate from saying the exact truth."""

    noise_n: float = 0.5
    """Standard deviation of each force channel."""
    drift_n: float = 1.0
    """How far a force channel wanders in a minute, standard deviation; the offset at the start is taken off."""
    bits: int = 16
    """Of the converter; 0 leaves the channels as fine as the file's numbers."""


FAULTLESS = PlateFaults(0.0, 0.0, 0)


def plate_signals(
    reaction: GroundReaction,
    layout: PlateLayout,
    analog_rate_hz: float,
    *,
    kind: PlateKind = 2,
    faults: PlateFaults | None = None,
    rng: np.random.Generator | None = None,
    samples_per_frame: int = 10,
) -> tuple[tuple[ForcePlate, ...], AnalogSignals]:
    """What the plates of a layout record of a walk.

    Parameters
    ----------
    reaction
        At the analog rate, in the laboratory's frame; both feet, wherever they are.
    kind
        FORCE_PLATFORM:TYPE: 1 force and centre of pressure, 2 force and moment, 3 eight sensors, 4 as 2 in volts with a
        calibration matrix.
    faults
        `PlateFaults()` if left out.
    rng
        For noise and drift; needed unless there are none.

    Returns
    -------
    tuple
        The plates, numbered from 1, and their channels one plate after another: newtons, N mm and millimetres, or
        volts. As files store it, the force is that on the patient.

    Raises
    ------
    LtmeError
        For another kind, or faults without random numbers.
    """
    faults = faults or PlateFaults()
    if kind not in (1, 2, 3, 4):
        raise LtmeError("force plates", f"type {kind} is not simulated", "Use 1, 2, 3 or 4")
    if rng is None and (faults.noise_n > 0 or faults.drift_n > 0):
        raise LtmeError("force plates", "noise without random numbers", "Give rng, or faults=FAULTLESS")
    plates: list[ForcePlate] = []
    columns: list[np.ndarray] = []
    labels: list[str] = []
    units: list[str] = []
    for number, corners_m in enumerate(layout.corners_m(), 1):
        frame = plate_frame(corners_m)
        assert frame is not None, corners_m
        force_n, moment_nm = _loaded(reaction, frame)
        origin_m = _origin_m(kind, frame)
        outputs = _outputs(kind, frame, origin_m, force_n, moment_nm)
        outputs = _disturbed(kind, outputs, faults, analog_rate_hz, rng)
        calibration = _calibration(frame) if kind == 4 else None
        if calibration is not None:
            outputs = outputs @ np.linalg.inv(calibration).T
        first = sum(column.shape[1] for column in columns)
        channels = tuple(range(first, first + outputs.shape[1]))
        plates.append(
            ForcePlate(
                number, kind, corners_m, origin_m, channels, calibration, MM, samples_per_frame=float(samples_per_frame)
            )
        )
        columns.append(outputs)
        labels += [f"{name}{number}" for name in _NAMES[kind]]
        units += ["V"] * outputs.shape[1] if kind == 4 else _UNITS[kind]
    values = np.concatenate(columns, axis=1).astype(np.float32)
    return tuple(plates), AnalogSignals(tuple(labels), analog_rate_hz, values, tuple(units))


_NAMES: dict[int, tuple[str, ...]] = {
    1: ("Fx", "Fy", "Fz", "Px", "Py", "Mz"),
    2: ("Fx", "Fy", "Fz", "Mx", "My", "Mz"),
    3: ("Fx12_", "Fx34_", "Fy14_", "Fy23_", "Fz1_", "Fz2_", "Fz3_", "Fz4_"),
    4: ("Fx", "Fy", "Fz", "Mx", "My", "Mz"),
}
_UNITS: dict[int, list[str]] = {
    1: ["N", "N", "N", "mm", "mm", "Nmm"],
    2: ["N", "N", "N", "Nmm", "Nmm", "Nmm"],
    3: ["N"] * 8,
}


def _loaded(reaction: GroundReaction, frame: PlateFrame) -> tuple[np.ndarray, np.ndarray]:
    """Force (sample, 3) and moment about the middle of the surface (sample, 3), in the plate's own axes."""
    samples = reaction.force_n.shape[1]
    force_n, moment_nm = np.zeros((samples, 3)), np.zeros((samples, 3))
    for side in range(len(SIDES)):
        place_m = (reaction.centre_of_pressure_m[side] - frame.centre_m) @ frame.axes
        share, pressed_m = _on_plate(np.nan_to_num(place_m[:, :2], nan=np.inf), frame.half_sizes_m)
        own_n = share[:, None] * (reaction.force_n[side] @ frame.axes)
        force_n += own_n
        moment_nm += np.cross(np.column_stack([pressed_m, np.zeros(samples)]), own_n)
        moment_nm[:, 2] += frame.up * share * reaction.free_moment_nm[side]
    return force_n, moment_nm


def _on_plate(place_m: np.ndarray, half_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of the pressed rectangle about places (sample, 2) that lies on a plate, and the middle of that part."""
    low_m = np.clip(place_m - PRESSED_M, -half_m, half_m)
    high_m = np.clip(place_m + PRESSED_M, -half_m, half_m)
    share: np.ndarray = ((high_m - low_m) / (2.0 * PRESSED_M)).prod(axis=1)
    return share, 0.5 * (low_m + high_m)


def _origin_m(kind: PlateKind, frame: PlateFrame) -> np.ndarray:
    """FORCE_PLATFORM:ORIGIN: the origin's way to the surface's middle; for type 3, where the sensors lie."""
    if kind == 1:
        return np.zeros(3)
    depth_m = frame.up * DEPTH_M
    if kind == 3:
        return np.array([*(frame.half_sizes_m - SENSOR_INSET_M), depth_m])
    return np.array([*ORIGIN_OFF_M, depth_m])


def _outputs(
    kind: PlateKind, frame: PlateFrame, origin_m: np.ndarray, force_n: np.ndarray, moment_nm: np.ndarray
) -> np.ndarray:
    """(sample, channel) in the units of the file, before any calibration, from force and moment about the middle."""
    if kind == 1:
        pressed = frame.up * force_n[:, 2] > 1.0
        normal_n = np.where(pressed, force_n[:, 2], 1.0)[:, None]
        place_m = np.where(pressed[:, None], np.stack([-moment_nm[:, 1], moment_nm[:, 0]], axis=1) / normal_n, 0.0)
        twist_nm = moment_nm[:, 2] - place_m[:, 0] * force_n[:, 1] + place_m[:, 1] * force_n[:, 0]
        return np.column_stack([force_n, place_m / MM, twist_nm / MM])
    if kind == 3:
        return _sensors(origin_m, frame.up, force_n, moment_nm)
    about_origin_nm = moment_nm + np.cross(origin_m, force_n)
    return np.column_stack([force_n, about_origin_nm / MM])


def _sensors(origin_m: np.ndarray, up: float, force_n: np.ndarray, moment_nm: np.ndarray) -> np.ndarray:
    """Forces of four sensors at (+-a, +-b), below the surface, that together are the load: the smallest that are."""
    a_m, b_m, depth_m = np.abs(origin_m)
    below_nm = moment_nm + np.cross([0.0, 0.0, up * depth_m], force_n)
    by_corner = QUADRANTS[:, 1] * below_nm[:, :1] / (4.0 * b_m) - QUADRANTS[:, 0] * below_nm[:, 1:2] / (4.0 * a_m)
    pair_n = below_nm[:, 2] / (2.0 * (a_m**2 + b_m**2))
    x_n, y_n = force_n[:, 0] / 2, force_n[:, 1] / 2
    across = [x_n - b_m * pair_n, x_n + b_m * pair_n, y_n + a_m * pair_n, y_n - a_m * pair_n]
    return np.column_stack([*across, force_n[:, 2:] / 4.0 + by_corner])


def _disturbed(
    kind: PlateKind, outputs: np.ndarray, faults: PlateFaults, rate_hz: float, rng: np.random.Generator | None
) -> np.ndarray:
    """Noise, drift and the converter's steps; a place is not disturbed, for the plate's own electronics divides."""
    full_scale = np.full(outputs.shape[1], FULL_SCALE_N)
    forces = {1: 3, 2: 3, 3: 8, 4: 3}[kind]
    # a moment channel spans the full force at a third of a metre, and its noise keeps the same proportion
    full_scale[forces:] = FULL_SCALE_N * 0.3 / MM
    if kind == 1:
        full_scale[3:5] = PLATE_LENGTH_M / MM
    if rng is not None:
        share = full_scale / FULL_SCALE_N
        share[3:5] *= kind != 1
        time_s = np.arange(len(outputs)) / rate_hz
        wandering = faults.drift_n * rng.standard_normal(outputs.shape[1]) * time_s[:, None] / DRIFT_OVER_S
        outputs = outputs + share * (wandering + faults.noise_n * rng.standard_normal(outputs.shape))
    if faults.bits:
        step = 2.0 * full_scale / 2**faults.bits
        outputs = step * np.round(outputs / step)
    return outputs


def _calibration(frame: PlateFrame) -> np.ndarray:
    """(6, 6) volts to newtons and N mm: sensitivities, and crosstalk that depends on the plate's place alone."""
    scale = np.array([FULL_SCALE_N] * 3 + [FULL_SCALE_N * 0.3 / MM] * 3) / VOLTS_AT_FULL_SCALE
    row, column = np.indices((6, 6))
    mixed = CROSSTALK * np.sin(1.0 + 2.0 * row + 5.0 * column + frame.half_sizes_m.sum())
    return scale[:, None] * np.where(row == column, 1.0, mixed)
