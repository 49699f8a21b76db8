"""Ground reaction of a force plate: force, moment, centre of pressure and free moment from its analog channels.

Written from the definitions in the C3D User Guide, chapter on the FORCE_PLATFORM group (TYPE, CORNERS, ORIGIN, CHANNEL,
ZERO, CAL_MATRIX), and, for types 5 to 7, which the guide does not define, from the documentation of BTK
(ForcePlatformTypes) and Visual3D (FP_TYPE). The channels of each type, in the plate's own frame:

1. Fx Fy Fz Px Py Mz: force, centre of pressure, free moment
2. Fx Fy Fz Mx My Mz: force, moment about the plate's origin
3. Fx12 Fx34 Fy14 Fy23 Fz1 Fz2 Fz3 Fz4: forces of four sensors, the sensor's number is its corner's
4. as 2, after a 6 x 6 calibration matrix
5. eight sensors that a 6 x 8 calibration matrix turns into Fx Fy Fz Mx My Mz
6. Fx1 Fy1 Fz1 ... Fx4 Fy4 Fz4 after a 12 x 12 calibration matrix
7. as 3, after an 8 x 8 calibration matrix

A matrix of six rows gives Fx Fy Fz Mx My Mz for types 6 and 7 as well. Types 2 and 4 are verified on recordings of
several laboratories (body weight, feet over the centre of pressure, ezc3d's figures); 1 and 3 on constructed equilibria
and against ezc3d; 5, 6 and 7 on constructed equilibria alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.errors import LtmeError
from ltme_clinic.kinematics.plate_units import force_scale, length_scale, moment_scale, volts_refusal
from ltme_clinic.types import AnalogSignals, ForcePlate, PlateForces

CHANNELS = {1: 6, 2: 6, 3: 8, 4: 6, 5: 8, 6: 12, 7: 8}
"""How many analog channels each type of plate takes."""

_CERTAIN_N = 100.0
"""A plate that never carries this much says nothing about its signs."""
_DRIFT_N = 20.0
"""An unloaded plate's offset is believed up to here without further evidence."""
_LEAST_STANDING_N = 50.0
"""A steady force below this is no one standing."""
_MARGIN_M = 0.03
"""A centre of pressure may lie this far off the plate: corners are measured with a marker's width of error."""
_NO_SIGNAL = 1e12
"""No plate's channel, in any unit, and no matrix holds a larger number: beyond, it is none."""
_FARTHEST_ORIGIN_M, _FARTHEST_CORNER_M = 100.0, 1e5
_LEAST_LOAD_N = 1e-6
"""A smaller force than this has no place, whatever the caller calls loaded."""
_SENSOR_X = np.array([1.0, -1.0, -1.0, 1.0])
_SENSOR_Y = np.array([1.0, 1.0, -1.0, -1.0])


@dataclass(frozen=True)
class PlateFrame:
    """A plate's own axes in the laboratory."""

    axes: np.ndarray  # (3, 3): columns are the plate's x, y and z in the laboratory
    centre_m: np.ndarray  # (3,) middle of the working surface
    half_sizes_m: np.ndarray  # (2,) along the plate's x and y
    up: float
    """1 where the plate's z points up, -1 where it points down."""


@dataclass(frozen=True)
class _Wrench:
    """Force, and moment about the middle of the working surface, in the plate's frame."""

    force_n: np.ndarray  # (sample, 3)
    moment_nm: np.ndarray  # (sample, 3)

    def __neg__(self) -> _Wrench:
        return _Wrench(-self.force_n, -self.moment_nm)

    def places_m(self, loaded: np.ndarray) -> np.ndarray:
        """Centre of pressure from the middle of the surface, (sample, 2) in the plate's frame; NaN if not loaded."""
        places_m = np.full((len(self.force_n), 2), np.nan)
        normal_n = self.force_n[loaded, 2]
        places_m[loaded, 0] = -self.moment_nm[loaded, 1] / normal_n
        places_m[loaded, 1] = self.moment_nm[loaded, 0] / normal_n
        return places_m


def plate_forces(plate: ForcePlate, analogs: AnalogSignals, *, unloaded_below_n: float = 20.0) -> PlateForces:
    """The ground's reaction on the patient, in the laboratory frame (z up).

    Files store the reaction: under a standing person the force is positive upwards. A plate that was recorded the other
    way round is recognised by a load that pulls the floor up; it is turned over, and the warnings say so. Nothing is
    filtered, and force on an empty plate is left as it is.

    Parameters
    ----------
    plate : where the plate lies and which channels it is
    analogs : the recording's analog channels; forces in N (or kN, lbf ...), moments in what ANALOG:UNITS says and else
        in newtons times the file's length unit
    unloaded_below_n : where the force normal to the plate is smaller, centre of pressure and free moment are NaN

    Raises
    ------
    LtmeError
        The plate can't be used: its refusal says why.

    Notes
    -----
    ORIGIN is the vector from the plate's origin to the middle of its surface; several programs store its opposite. The
    plate's origin lies below the surface, and that decides the vector's sense; where it says nothing (z is exactly 0),
    the sense that puts more of the centre of pressure on the plate does.

    The mean over FORCE_PLATFORM:ZERO is subtracted only where the plate was unloaded then: many files carry the default
    1 to 10 with the patient already on the plate.
    """
    refusal = plate.refusal or refusal_of(plate, analogs)
    if refusal:
        raise LtmeError(f"force plate {plate.number}", refusal, "Use another plate, or export the trial again")
    frame = plate_frame(plate.corners_m)
    if frame is None:
        raise LtmeError(f"force plate {plate.number}", "its corners enclose no rectangle", "Check FORCE_PLATFORM")
    signals = analogs.values[:, list(plate.channels)].astype(np.float64)
    signals[~(np.abs(signals) <= _NO_SIGNAL)] = np.nan
    units = tuple(analogs.units[channel] if channel < len(analogs.units) else "" for channel in plate.channels)
    signals, zero_warnings = _without_offset(plate, frame, signals, units)
    wrench, unit_warnings = _wrench(plate, frame, signals, units)
    wrench, side_warnings = _as_reaction(frame, wrench)
    return _in_laboratory(
        frame,
        wrench,
        analogs.rate_hz,
        unloaded_below_n,
        (*plate.warnings, *zero_warnings, *unit_warnings, *side_warnings),
    )


def refusal_of(plate: ForcePlate, analogs: AnalogSignals | None) -> str:
    """Why no force can be calculated from a plate with these channels; empty if one can."""
    wanted = CHANNELS.get(plate.kind)
    if wanted is None:
        return f"type {plate.kind} is none of 1 to 7"
    if analogs is None or not analogs.values.size:
        return "the file holds no analog samples"
    if len(plate.channels) != wanted:
        return f"type {plate.kind} takes {wanted} channels, and {len(plate.channels)} are named"
    beyond = [channel for channel in plate.channels if not 0 <= channel < analogs.values.shape[1]]
    if beyond:
        return f"channel {beyond[0] + 1} is none of the file's {analogs.values.shape[1]}"
    if plate.kind != 1 and not (np.abs(plate.origin_m) <= _FARTHEST_ORIGIN_M).all():
        return "its ORIGIN is nowhere near its surface"
    if plate.calibration is not None and not (np.abs(plate.calibration) <= _NO_SIGNAL).all():
        return "its calibration matrix holds what is no calibration"
    if plate.calibration is not None and plate.kind >= 4:
        return ""
    if plate.kind == 5:
        return "type 5 needs a calibration matrix, and the file has none"
    forces = {1: 3, 2: 3, 4: 3}.get(plate.kind, wanted)
    return volts_refusal(analogs, plate.channels[:forces])


def plate_frame(corners_m: np.ndarray) -> PlateFrame | None:
    """The plate's own axes by its four corners, (corner, axis) metres; None where these enclose no rectangle.

    Opposite edges are averaged: x runs from corners 2 and 3 to 1 and 4, y from 3 and 4 to 2 and 1, z is their cross
    product and so points down or up, as the plate was mounted.
    """
    if not (np.abs(corners_m) <= _FARTHEST_CORNER_M).all():
        return None
    along_x = (corners_m[0] - corners_m[1] + corners_m[3] - corners_m[2]) / 2
    along_y = (corners_m[0] - corners_m[3] + corners_m[1] - corners_m[2]) / 2
    sizes_m = np.array([np.linalg.norm(along_x), np.linalg.norm(along_y)])
    normal = np.cross(along_x, along_y)
    area = float(np.linalg.norm(normal))
    if sizes_m.min() < 0.02 or sizes_m.max() > 20.0 or area < 0.8 * sizes_m.prod():
        return None
    x, z = along_x / sizes_m[0], normal / area
    up = -1.0 if z[2] < 0 else 1.0
    return PlateFrame(np.stack([x, np.cross(z, x), z], axis=1), corners_m.mean(axis=0), sizes_m / 2, up)


def _without_offset(
    plate: ForcePlate, frame: PlateFrame, signals: np.ndarray, units: tuple[str, ...]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The signals less their mean over the frames in which the plate is said to be unloaded, if it was."""
    if plate.zero_frames is None:
        return signals, ()
    first, stop = (round(frame_number * plate.samples_per_frame) for frame_number in plate.zero_frames)
    quiet = signals[first:stop]
    if first < 0 or stop > len(signals) or not np.isfinite(quiet).all() or not len(quiet):
        return signals, ("FORCE_PLATFORM:ZERO names samples that the file does not hold: no offset was subtracted",)
    offset = quiet.mean(axis=0)
    if plate.kind == 1:
        offset[3:5] = 0.0  # a place on an empty plate is no offset
    before_n, after_n = (frame.up * _normal_n(_outputs(plate, some, units)) for some in (signals, signals - offset))
    if _was_loaded(before_n[first:stop], after_n):
        load_n = abs(float(before_n[first:stop].mean()))
        return signals, (f"the plate carried {load_n:.0f} N in the frames of ZERO: no offset was subtracted",)
    return signals - offset, ()


def _was_loaded(quiet_n: np.ndarray, tared_n: np.ndarray) -> bool:
    """Whether the normal force over the frames of ZERO was a load rather than an offset of the empty plate.

    A patient who later steps off leaves the tared force at minus the load, and nothing goes further; one who stays on
    never brings it far. An empty plate is only ever loaded from there, in one direction.
    """
    offset_n = float(quiet_n.mean())
    if abs(offset_n) <= _DRIFT_N:
        return False
    change_n = tared_n[np.isfinite(tared_n)] * np.sign(offset_n)
    lightest_n, heaviest_n = np.percentile(change_n, [0.1, 99.9])
    if lightest_n < -0.5 * abs(offset_n):
        return bool(lightest_n > -1.5 * abs(offset_n))
    stays_n = max(heaviest_n, -lightest_n)
    if stays_n <= _DRIFT_N:
        return abs(offset_n) > _LEAST_STANDING_N
    return not (lightest_n > -_DRIFT_N and heaviest_n > max(_CERTAIN_N, 2.0 * abs(offset_n)))


def _wrench(
    plate: ForcePlate, frame: PlateFrame, signals: np.ndarray, units: tuple[str, ...]
) -> tuple[_Wrench, tuple[str, ...]]:
    """Force and moment about the middle of the surface in newtons and newton metres, in the plate's frame."""
    outputs = _outputs(plate, signals, units)
    if plate.kind == 1:
        place_m = outputs[:, 3:5] * length_scale(units[3], plate.metres_per_unit)
        twist_nm = outputs[:, 5] * (moment_scale(units[5]) or plate.metres_per_unit)
        return _from_place(outputs[:, :3], place_m, twist_nm), ()
    if outputs.shape[1] == 6:
        said = moment_scale(units[3]) if plate.calibration is None else None
        return _from_moments(plate, frame, outputs, said)
    return _from_sensors(plate, frame, outputs), ()


def _outputs(plate: ForcePlate, signals: np.ndarray, units: tuple[str, ...]) -> np.ndarray:
    """What the plate measures, its forces in newtons: (sample, 6) as types 1 and 2, or (sample, 8 or 12) sensors."""
    if plate.calibration is not None and plate.kind >= 4:
        return signals @ plate.calibration.T
    newtons = np.full(signals.shape[1], force_scale(units[0]))
    if plate.kind in (1, 2, 4):
        newtons[3:] = 1.0
    return signals * newtons


def _normal_n(outputs: np.ndarray) -> np.ndarray:
    """Force along the plate's z from any plate's outputs, (sample,)."""
    sensors = {6: slice(2, 3), 8: slice(4, 8), 12: slice(2, None, 3)}[outputs.shape[1]]
    return outputs[:, sensors].sum(axis=1)


def _from_place(force_n: np.ndarray, place_m: np.ndarray, twist_nm: np.ndarray) -> _Wrench:
    """Type 1: the plate gives the centre of pressure from the middle of its surface, and the free moment."""
    arm_m = np.column_stack([place_m, np.zeros(len(place_m))])
    moment_nm = np.cross(arm_m, force_n)
    moment_nm[:, 2] += twist_nm
    return _Wrench(force_n, moment_nm)


def _from_moments(
    plate: ForcePlate, frame: PlateFrame, outputs: np.ndarray, newton_metres: float | None
) -> tuple[_Wrench, tuple[str, ...]]:
    """Types 2, 4 and 5: the moment is about the plate's origin, which lies ORIGIN away from the surface's middle."""
    force_n, moments = outputs[:, :3], outputs[:, 3:]
    scale = newton_metres or plate.metres_per_unit
    if not newton_metres and plate.metres_per_unit != 1.0 and _is_stuck(frame, _Wrench(force_n, moments * scale)):
        wrench = _about_middle(plate, frame, _Wrench(force_n, moments))
        if not _is_stuck(frame, wrench) and _share_on_plate(frame, wrench) > 0.9:
            return wrench, ("the moments are in Nm, not in newtons times the file's length unit",)
    return _about_middle(plate, frame, _Wrench(force_n, moments * scale)), ()


def _about_middle(plate: ForcePlate, frame: PlateFrame, at_origin: _Wrench) -> _Wrench:
    """A wrench about the plate's origin, about the middle of its surface."""
    force_n = at_origin.force_n
    moved = [_Wrench(force_n, at_origin.moment_nm + np.cross(force_n, arm_m)) for arm_m in _arms_m(plate, frame)]
    return max(moved, key=lambda wrench: _share_on_plate(frame, wrench)) if len(moved) > 1 else moved[0]


def _from_sensors(plate: ForcePlate, frame: PlateFrame, outputs: np.ndarray) -> _Wrench:
    """Types 3, 6 and 7: four sensors at (+-a, +-b), a and b from ORIGIN, in corner order."""
    if outputs.shape[1] == 8:
        x12, x34, y14, y23 = outputs[:, :4].T
        z = outputs[:, 4:]
        force_n = np.column_stack([x12 + x34, y14 + y23, z.sum(axis=1)])
        turning = (y14 - y23, x12 - x34)
    else:
        x, y, z = outputs[:, 0::3], outputs[:, 1::3], outputs[:, 2::3]
        force_n = np.column_stack([x.sum(axis=1), y.sum(axis=1), z.sum(axis=1)])
        turning = (y @ _SENSOR_X, x @ _SENSOR_Y)
    a_m, b_m, depth_m = np.abs(plate.origin_m)
    moment_nm = np.column_stack([b_m * (z @ _SENSOR_Y), -a_m * (z @ _SENSOR_X), a_m * turning[0] - b_m * turning[1]])
    return _Wrench(force_n, moment_nm + np.cross(force_n, [0.0, 0.0, frame.up * depth_m]))


def _arms_m(plate: ForcePlate, frame: PlateFrame) -> list[np.ndarray]:
    """Plate's origin to the middle of the surface, as ORIGIN has it or turned round so that it points up."""
    height_m = frame.up * plate.origin_m[2]
    if height_m:
        return [plate.origin_m if height_m > 0 else -plate.origin_m]
    return [plate.origin_m, -plate.origin_m] if plate.origin_m.any() else [plate.origin_m]


def _well_loaded(wrench: _Wrench) -> np.ndarray:
    """Samples with much force on the plate, (sample,) bool; none on a plate that never carries much."""
    normal_n = np.abs(np.nan_to_num(wrench.force_n[:, 2]))
    return normal_n > max(_CERTAIN_N / 2, 0.3 * float(normal_n.max(initial=0.0)))


def _share_on_plate(frame: PlateFrame, wrench: _Wrench) -> float:
    """Share of the well loaded samples whose centre of pressure lies on the plate; 1 if none is well loaded."""
    places_m = wrench.places_m(loaded := _well_loaded(wrench))[loaded]
    return float((np.abs(places_m) <= frame.half_sizes_m + _MARGIN_M).all(axis=1).mean()) if loaded.any() else 1.0


def _is_stuck(frame: PlateFrame, wrench: _Wrench) -> bool:
    """Whether the centre of pressure hardly moves, though the force does: moments a thousand times too small."""
    places_m = wrench.places_m(loaded := _well_loaded(wrench))[loaded]
    if len(places_m) < 2:
        return False
    spread_m = np.percentile(places_m, 97.5, axis=0) - np.percentile(places_m, 2.5, axis=0)
    return bool((spread_m < 0.005 * frame.half_sizes_m).all())


def _as_reaction(frame: PlateFrame, wrench: _Wrench) -> tuple[_Wrench, tuple[str, ...]]:
    """The wrench on the patient: a plate that mostly pulls was stored as the force on the plate."""
    loaded = _well_loaded(wrench)
    pulls = loaded & (frame.up * wrench.force_n[:, 2] < 0)
    if pulls.sum() > 0.9 * loaded.sum() and np.abs(wrench.force_n[loaded, 2]).max() > _CERTAIN_N:
        return -wrench, ("the file stores the force on the plate, not on the patient: its signs were turned round",)
    return wrench, ()


def _in_laboratory(
    frame: PlateFrame, wrench: _Wrench, rate_hz: float, unloaded_below_n: float, warnings: tuple[str, ...]
) -> PlateForces:
    """The wrench turned into the laboratory, with the centre of pressure where the plate is loaded."""
    loaded = np.abs(wrench.force_n[:, 2]) >= max(unloaded_below_n, _LEAST_LOAD_N)
    places_m = np.column_stack([wrench.places_m(loaded), np.zeros(len(loaded))])
    twist_nm = frame.up * (wrench.moment_nm - np.cross(places_m, wrench.force_n))[:, 2]
    force_n = wrench.force_n @ frame.axes.T
    if (on_plate := _share_on_plate(frame, wrench)) < 0.8:
        warnings += (
            f"the centre of pressure lies off the plate in {100 * (1 - on_plate):.0f} % of the loaded samples: "
            "corners, ORIGIN or units are wrong, or something beside the plate was leant on",
        )
    if abs(frame.axes[2, 2]) < 0.5:
        warnings += ("the plate stands steeply by its corners",)
    return PlateForces(
        rate_hz=rate_hz,
        force_n=force_n,
        moment_nm=wrench.moment_nm @ frame.axes.T + np.cross(frame.centre_m, force_n),
        centre_of_pressure_m=places_m @ frame.axes.T + frame.centre_m,
        free_moment_nm=twist_nm,
        warnings=warnings,
    )
