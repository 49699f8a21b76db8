"""What each force plate carried, less what it shows when empty, and from how much force on it counts as loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics import plate_forces
from ltme_clinic.kinematics.force_plates import plate_frame
from ltme_clinic.types import AnalogSignals, ForcePlate, LtmeError

STANDARD_GRAVITY_M_S2 = 9.80665
LOADED_SHARE = 0.025
"""A plate is loaded from this share of body weight on: 20 N would move a child's foot off by 8 ms."""
LOADED_N = 20.0
"""The threshold where neither the file nor the plates tell the body weight."""
MASSES_KG = (5.0, 300.0)
"""A stated body mass outside is a mistake in typing."""

_MOST_OFFSET_N = 60.0
"""A plate whose lowest force is further from zero is never empty."""
_EMPTY_BAND_N = 25.0
_LEAST_EMPTY_S = 0.1
_EMPTY_MEAN_S = 0.05
_NOISE_TIMES = 4.0
"""The threshold stands at least so many standard deviations of the empty plate above its offset."""
_HUM_S = 0.02
"""A plate too noisy for its threshold is judged by its mean over this, which takes out mains hum and ringing and moves
a contact by 3 ms at most."""
_CERTAIN_N = 100.0


@dataclass(frozen=True)
class BodyWeight:
    """A person's weight and who says so."""

    newtons: float | None
    source: str
    """ "file", "plates" (median of their sum while it is over half of its top) or "" where unknown."""


@dataclass(frozen=True)
class PlateLoad:
    """One plate's ground reaction on the patient at its own rate; laboratory frame, z up, the empty plate at zero."""

    plate: ForcePlate
    rate_hz: float
    force_n: np.ndarray  # (sample, 3); NaN where the file has no number
    moment_nm: np.ndarray  # (sample, 3) about the laboratory's origin
    offset_n: float
    """Upward force that the empty plate showed, already subtracted; 0 where it was never seen empty."""
    pressed_n: np.ndarray  # (sample,) upward force that is held against the threshold: averaged on a noisy plate
    empty: np.ndarray | None  # (sample,) bool: nobody was on the plate; None where it was never seen so
    threshold_n: float = LOADED_N
    warnings: tuple[str, ...] = ()

    @property
    def upward_n(self) -> np.ndarray:
        return self.force_n[:, 2]

    @cached_property
    def centre_m(self) -> np.ndarray:
        """Middle of the plate's surface, (3,)."""
        middle: np.ndarray = self.plate.corners_m.mean(axis=0)
        return middle

    @cached_property
    def normal(self) -> np.ndarray:
        """The surface's upward normal, (3,)."""
        frame = plate_frame(self.plate.corners_m)
        return np.array([0.0, 0.0, 1.0]) if frame is None else frame.up * frame.axes[:, 2]

    def samples_of(self, frames: np.ndarray, frame_rate_hz: float) -> np.ndarray:
        """The sample at each frame's time, (frame,) int."""
        samples = np.round(frames * (self.rate_hz / frame_rate_hz)).astype(int)
        return np.minimum(samples, len(self.force_n) - 1)


def plate_loads(walker: Walker) -> tuple[PlateLoad, ...]:
    """Each usable plate's force, with its threshold: 2.5 % of body weight, and clear of the empty plate's noise.

    What an empty plate shows (offsets of 5 to 20 N are common, and 2.5 % of a child is 6 N) is measured where its
    force is within 25 N of the lowest, for at least 0.1 s, and subtracted from force and moment.
    """
    analogs = walker.recording.analogs
    if analogs is None:
        return ()
    loads = [load for plate in walker.recording.force_plates if (load := _load(plate, analogs)) is not None]
    weight = body_weight(walker, tuple(loads))
    return tuple(_with_threshold(load, weight) for load in loads)


def body_weight(walker: Walker, loads: tuple[PlateLoad, ...]) -> BodyWeight:
    """Body weight in newtons, from the mass in the file or else from the plates.

    The plates' estimate is the median of their summed upward force over the samples in which it is more than half of
    its 95th percentile among the loaded ones: exact for standing and for a treadmill, within 15 % for a few steps, too
    much for running. It sets thresholds; a moment per kilogram needs a mass that somebody weighed.
    """
    mass_kg = walker.recording.anthropometry.mass_kg
    if mass_kg is not None and MASSES_KG[0] <= mass_kg <= MASSES_KG[1]:
        return BodyWeight(float(mass_kg) * STANDARD_GRAVITY_M_S2, "file")
    weight_n = weight_on_plates_n(loads)
    return BodyWeight(weight_n, "plates" if weight_n is not None else "")


def weight_on_plates_n(loads: tuple[PlateLoad, ...]) -> float | None:
    """Body weight by the plates alone; None where they never carry a body."""
    if not loads:
        return None
    total_n = np.nan_to_num(np.sum([load.upward_n for load in loads], axis=0))
    loaded_n = total_n[total_n > _CERTAIN_N]
    if len(loaded_n) < 0.2 * loads[0].rate_hz:
        return None
    return float(np.median(loaded_n[loaded_n > 0.5 * np.percentile(loaded_n, 95)]))


def _load(plate: ForcePlate, analogs: AnalogSignals) -> PlateLoad | None:
    """A plate's load less its offset; None for one that can't be used."""
    try:
        forces = plate_forces(plate, analogs)
    except LtmeError:
        return None
    force_n, moment_nm, offset_n = forces.force_n, forces.moment_nm, 0.0
    empty = _empty(force_n[:, 2], forces.rate_hz)
    if empty is not None:
        offset_n = float(np.median(force_n[empty, 2]))
        force_n, moment_nm = (values - np.median(values[empty], axis=0) for values in (force_n, moment_nm))
    return PlateLoad(
        plate, forces.rate_hz, force_n, moment_nm, offset_n, force_n[:, 2], empty, warnings=forces.warnings
    )


def _empty(upward_n: np.ndarray, rate_hz: float) -> np.ndarray | None:
    """Samples in which nobody was on the plate, (sample,) bool; None if it was never seen so."""
    mean_n = _moving_mean(upward_n, round(_EMPTY_MEAN_S * rate_hz))
    known_n = mean_n[np.isfinite(mean_n)]
    if not len(known_n):
        return None
    lowest_n = float(np.percentile(known_n, 1.0))
    empty = (mean_n < lowest_n + _EMPTY_BAND_N) & np.isfinite(upward_n)
    if abs(lowest_n) > _MOST_OFFSET_N or empty.sum() < _LEAST_EMPTY_S * rate_hz:
        return None
    return empty


def _with_threshold(load: PlateLoad, weight: BodyWeight) -> PlateLoad:
    """The load with its threshold, and where the empty plate's noise reaches that, averaged over 20 ms."""
    wanted_n = LOADED_SHARE * weight.newtons if weight.newtons else LOADED_N
    if _NOISE_TIMES * _noise_n(load) <= wanted_n:
        return replace(load, threshold_n=wanted_n)
    calm = replace(load, pressed_n=_moving_mean(load.upward_n, round(_HUM_S * load.rate_hz)))
    threshold_n = max(wanted_n, _NOISE_TIMES * _noise_n(calm))
    warning = (
        f"force plate {load.plate.number} is noisy: averaged over 20 ms, it counts as loaded from {threshold_n:.0f} N"
    )
    return replace(calm, threshold_n=threshold_n, warnings=(*load.warnings, warning))


def _noise_n(load: PlateLoad) -> float:
    """Standard deviation of the empty plate's force by its median deviation; 0 where it was never seen empty."""
    return 0.0 if load.empty is None else 1.4826 * float(np.median(np.abs(load.pressed_n[load.empty])))


def _moving_mean(values: np.ndarray, width: int) -> np.ndarray:
    """Mean over a centred window of an odd number of samples, shorter at the ends; NaN where the window holds one."""
    half = max(width // 2, 0)
    known = np.isfinite(values)
    sums = np.concatenate(([0.0], np.cumsum(np.where(known, values, 0.0))))
    holes = np.concatenate(([0], np.cumsum(~known)))
    place = np.arange(len(values))
    low, high = np.maximum(place - half, 0), np.minimum(place + half + 1, len(values))
    return np.where(holes[high] > holes[low], np.nan, (sums[high] - sums[low]) / (high - low))
