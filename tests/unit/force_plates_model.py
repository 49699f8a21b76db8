"""A force plate built forwards from mechanics: what its sensors say under a known load, by no code of ours."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltme_clinic.types import AnalogSignals, ForcePlate

HALF_X_M, HALF_Y_M = 0.2, 0.3
"""Half the plate's size along its own x and y."""
SENSOR_X_M, SENSOR_Y_M = 0.13, 0.22
"""Where the four sensors lie from the middle."""
SIGNS = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
CALIBRATED = (4, 5, 6, 7)


@dataclass(frozen=True)
class Load:
    """Force on the patient at a place on the plate's surface, and a twist about the plate's upward normal."""

    force_n: np.ndarray  # (sample, 3) laboratory
    place_m: np.ndarray  # (sample, 3) laboratory
    twist_nm: np.ndarray  # (sample,)


@dataclass(frozen=True)
class Mounting:
    """Where a plate lies: columns of `axes` are its x, y and z in the laboratory."""

    axes: np.ndarray
    centre_m: np.ndarray

    @property
    def up(self) -> float:
        return 1.0 if self.axes[2, 2] > 0 else -1.0

    @property
    def normal(self) -> np.ndarray:
        return self.up * self.axes[:, 2]

    @property
    def corners_m(self) -> np.ndarray:
        local = np.column_stack([SIGNS * [HALF_X_M, HALF_Y_M], np.zeros(4)])
        return self.centre_m + local @ self.axes.T

    def on_surface(self, x_m: np.ndarray, y_m: np.ndarray) -> np.ndarray:
        """Laboratory places of points on the surface, given from its middle along the plate's own axes."""
        return self.centre_m + np.outer(x_m, self.axes[:, 0]) + np.outer(y_m, self.axes[:, 1])


def turned_about_z(degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


Z_DOWN = np.diag([1.0, -1.0, -1.0])
"""How plates are mounted: x forward, y to the right, z into the floor."""

_TILT = np.radians(12.0)
RAMP = np.array([[np.cos(_TILT), 0, np.sin(_TILT)], [0, 1, 0], [-np.sin(_TILT), 0, np.cos(_TILT)]])
MOUNTINGS = {
    "z into the floor": Mounting(Z_DOWN, np.array([0.6, 0.4, 0.0])),
    "z up": Mounting(np.eye(3), np.array([-0.3, 1.4, 0.0])),
    "turned by 90 degrees": Mounting(turned_about_z(90.0) @ Z_DOWN, np.array([0.0, 0.0, 0.0])),
    "turned by 180 degrees": Mounting(turned_about_z(180.0) @ Z_DOWN, np.array([2.0, -1.0, 0.0])),
    "turned by 33 degrees": Mounting(turned_about_z(33.0) @ Z_DOWN, np.array([0.5, 0.5, 0.0])),
    "on a stair": Mounting(turned_about_z(-90.0) @ Z_DOWN, np.array([1.0, 0.3, 0.584])),
    "on a ramp": Mounting(RAMP @ turned_about_z(20.0) @ Z_DOWN, np.array([1.0, 0.3, 0.2])),
}


def walking_load(mounting: Mounting, samples: int = 60) -> Load:
    """A foot that rolls over the plate: force with shear, a place that moves, a twist."""
    phase = np.linspace(0.0, 1.0, samples)
    normal_n = 700.0 * np.sin(np.pi * (0.1 + 0.8 * phase))
    shear_n = np.column_stack([-120.0 * np.cos(np.pi * phase), 30.0 * np.sin(2 * np.pi * phase), np.zeros(samples)])
    force_n = np.outer(normal_n, mounting.normal) + shear_n
    place_m = mounting.on_surface(-0.12 + 0.25 * phase, 0.05 + 0.1 * phase**2)
    return Load(force_n, place_m, 4.0 * np.sin(3.0 * phase))


def sensor_forces(mounting: Mounting, load: Load, depth_m: float) -> np.ndarray:
    """Forces of four three-axis sensors below the surface that hold the load, (sample, sensor, axis), plate's frame.

    Twelve forces for six conditions: the smallest of all that fulfil them.
    """
    sensors = np.column_stack([SIGNS * [SENSOR_X_M, SENSOR_Y_M], np.zeros(4)])
    surface = np.array([0.0, 0.0, mounting.up * depth_m])
    conditions = np.zeros((6, 12))
    for number, (x, y, z) in enumerate(sensors):
        columns = slice(3 * number, 3 * number + 3)
        conditions[:3, columns] = np.eye(3)
        conditions[3:, columns] = [[0, -z, y], [z, 0, -x], [-y, x, 0]]
    wrench = _wrench_about(mounting, load, surface)
    return (wrench @ np.linalg.pinv(conditions).T).reshape(-1, 4, 3)


def _wrench_about(mounting: Mounting, load: Load, origin_to_middle_m: np.ndarray) -> np.ndarray:
    """(Fx Fy Fz Mx My Mz) in the plate's frame about its origin."""
    arm_m = load.place_m - mounting.centre_m + mounting.axes @ origin_to_middle_m
    moment_nm = np.cross(arm_m, load.force_n) + np.outer(load.twist_nm, mounting.normal)
    return np.hstack([load.force_n @ mounting.axes, moment_nm @ mounting.axes])


def outputs_of(kind: int, mounting: Mounting, load: Load, origin_m: np.ndarray, per_unit: float) -> np.ndarray:
    """What a plate of this type measures before any calibration matrix, moments and places in file units."""
    scaled = np.array([1, 1, 1, 1 / per_unit, 1 / per_unit, 1 / per_unit])
    if kind == 1:
        place = (load.place_m - mounting.centre_m) @ mounting.axes[:, :2]
        return np.column_stack([load.force_n @ mounting.axes, place, mounting.up * load.twist_nm]) * scaled
    if kind in (2, 4, 5):
        return _wrench_about(mounting, load, origin_m) * scaled
    sensors = sensor_forces(mounting, load, abs(origin_m[2]))
    if kind == 6:
        return sensors.reshape(-1, 12)
    x, y, z = sensors[..., 0], sensors[..., 1], sensors[..., 2]
    return np.column_stack([x[:, 0] + x[:, 1], x[:, 2] + x[:, 3], y[:, 0] + y[:, 3], y[:, 1] + y[:, 2], z])


def origin_of(kind: int, mounting: Mounting) -> np.ndarray:
    """ORIGIN in metres, as the format defines it for this type."""
    depth_m = mounting.up * 0.041
    if kind in (3, 6, 7):
        return np.array([SENSOR_X_M, SENSOR_Y_M, depth_m])
    return np.array([0.0, 0.0, 0.0]) if kind == 1 else np.array([0.0007, -0.0004, depth_m])


def calibration_of(kind: int, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Channels in volts that a calibration matrix with crosstalk turns into these outputs, and that matrix."""
    if kind not in CALIBRATED:
        return outputs, None
    rows = outputs.shape[1]
    columns = 8 if kind == 5 else rows
    rng = np.random.default_rng(kind)
    sizes = np.maximum(np.abs(outputs).max(axis=0), 1.0)
    matrix = sizes[:, None] * (np.eye(rows, columns) + 0.05 * rng.standard_normal((rows, columns)))
    return outputs @ np.linalg.pinv(matrix).T, matrix


def built_plate(
    kind: int, mounting: Mounting, load: Load, *, per_unit: float = 1e-3
) -> tuple[ForcePlate, AnalogSignals]:
    """A plate of a type under a load, and its channels at 1000 Hz with two foreign channels before them."""
    origin_m = origin_of(kind, mounting)
    channels, matrix = calibration_of(kind, outputs_of(kind, mounting, load, origin_m, per_unit))
    values = np.hstack([np.full((len(channels), 2), 0.5), channels])
    units = ("V",) * values.shape[1] if kind in CALIBRATED else ("V", "V") + ("",) * channels.shape[1]
    labels = tuple(f"A{index}" for index in range(values.shape[1]))
    indices = tuple(range(2, values.shape[1]))
    plate = ForcePlate(1, kind, mounting.corners_m, origin_m, indices, matrix, per_unit, samples_per_frame=10.0)
    return plate, AnalogSignals(labels, 1000.0, values, units)


# The native library in a process of its own: it may end that process, and it knows types 1 to 4 only.
_ORACLE = """
import json, sys, ezc3d
plates = ezc3d.c3d(sys.argv[1], extract_forceplat_data=True)["data"]["platform"]
names = ("force", "moment", "center_of_pressure", "Tz", "corners")
print(json.dumps([{name: plate[name].tolist() for name in names} for plate in plates]))
"""


def oracle_plates(path: Path) -> list[dict[str, np.ndarray]]:
    """What ezc3d calculates: force (N), moment about the surface's middle, centre of pressure, in file units."""
    done = subprocess.run([sys.executable, "-c", _ORACLE, str(path)], capture_output=True, timeout=120, check=True)
    return [{name: np.array(values, float) for name, values in plate.items()} for plate in json.loads(done.stdout)]
