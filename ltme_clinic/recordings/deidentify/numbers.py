"""The numbers a de-identified file may hold beside its motion: such as can be meant, and no more digits than they need.

A parameter that is a number can hold a telephone number, a date (19620503) or, as four bytes, four letters. So each is
kept only within what its name can mean, and with a few digits: the low bits of a number, which no measurement fills,
are not the original's. Motion itself (positions, analogs) keeps every bit, except samples that no instrument gives.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import LtmeError

MOST_RATE_HZ = 20_000.0
"""Of points: no camera is faster."""
_FARTHEST_POSITION = 1e8
"""In file units; model outputs stand among the points too, and a moment in N mm is large."""
_LARGEST_SAMPLE = 1e10
"""Of an analog channel: beyond the counts of a converter of 32 bits."""
_LONGEST_TRIAL_S = 3600.0
_AFTER_THE_END_S = 60.0
"""A trial that was cut keeps events of the time around it."""
_BLOCK_BYTES = 512
_FEWEST_LETTERS = 16
"""Of a frame: four numbers of letters alone are no chance."""
_DIGITS = 5
_TIME_STEPS_PER_S = 10_000
_MOST_PLATES = 64
_PLATE_SIZES = {"TYPE": 1, "CORNERS": 12, "ORIGIN": 3, "CHANNEL": 1, "CAL_MATRIX": 1}
"""Parameter -> of how many numbers a plate has a multiple."""
_LARGEST_LENGTH, _LARGEST_CALIBRATION = 1e5, 1e7
_MOST_CHANNELS = 24
"""Of a plate."""
_LARGEST_MEASURE = {"BODYMASS": 700.0, "HEIGHT": 2500.0, "MARKERDIAMETER": 100.0}
_LARGEST_LENGTH_MM, _LARGEST_WIDTH_MM, _LARGEST_ANGLE_DEG = 1500.0, 400.0, 360.0
_IS_ANGLE = re.compile(r"TORSION|ROTATION|PLANTFLEX|ROTOFF|ABADD")
_IS_FLAG = re.compile(r"USEFLOORFF|HINDFOOTFLAT")


def rounded(values: np.ndarray, digits: int = _DIGITS) -> np.ndarray:
    """Numbers to some significant digits; what is not finite becomes 0."""
    exact = np.nan_to_num(np.asarray(values, dtype=float), nan=0.0, posinf=0.0, neginf=0.0)
    size = np.where(exact == 0.0, 1.0, np.abs(exact))
    step = 10.0 ** (np.clip(np.floor(np.log10(size)), -12, 12) - (digits - 1))
    return np.round(exact / step) * step


def body_measure(name: str, value: float) -> float | None:
    """A body measure to four digits; None where no body has it, whatever the unit."""
    if _IS_FLAG.search(name):
        return value if value in (0.0, 1.0) else None
    if _IS_ANGLE.search(name):
        largest = _LARGEST_ANGLE_DEG
    elif name in _LARGEST_MEASURE:
        largest = _LARGEST_MEASURE[name]
    else:
        largest = _LARGEST_LENGTH_MM if "LENGTH" in name else _LARGEST_WIDTH_MM
    return float(rounded(np.array([value]), 4)[0]) if abs(value) <= largest else None


def camera_rate_hz(value: float, rate_hz: float) -> float | None:
    """The cameras' rate where the points' rate is it, or a whole part of it; None where it is neither."""
    times = value / rate_hz if rate_hz > 0 else 0.0
    return round(times) * rate_hz if 1 <= round(times) <= 20 and abs(times - round(times)) < 1e-3 else None


def checked_rate(raw: RawC3D, name: str) -> None:
    """Refuse a file whose rate is none of a camera: it can't be left out, and may be any number."""
    if not 0 < raw.rate_hz <= MOST_RATE_HZ:
        raise LtmeError(name, "its point rate is none that cameras have", "Export the trial again")


def plate_numbers(raw: RawC3D) -> dict[str, np.ndarray]:
    """The plates' numbers, as many of each as the plates need; a table of another size or kind is left out."""
    used = int(raw.number("FORCE_PLATFORM", "USED") or 0)
    if not 0 < used <= _MOST_PLATES:
        return {}
    kept = {"USED": np.array([used])}
    for name, size in _PLATE_SIZES.items():
        value = raw.numbers("FORCE_PLATFORM", name)
        if value.size and value.size % (size * used) == 0:
            kept |= _plate_table(name, value, used, raw.analogs.shape[1])
    zero = raw.numbers("FORCE_PLATFORM", "ZERO")
    if zero.size in (2, 2 * used):
        kept["ZERO"] = _whole_within(zero, raw.first_frame + raw.frames)
    return kept


def _plate_table(name: str, value: np.ndarray, used: int, channels: int) -> dict[str, np.ndarray]:
    if name == "TYPE":
        return {name: _whole_within(value, 12)} if value.size == used else {}
    if name == "CHANNEL":
        return {name: _whole_within(value, channels)} if value.size <= _MOST_CHANNELS * used else {}
    if name == "CAL_MATRIX":
        small = value.size <= _MOST_CHANNELS**2 * used
        return {name: _within(value, _LARGEST_CALIBRATION)} if small else {}
    return {name: _within(value, _LARGEST_LENGTH)} if value.size == _PLATE_SIZES[name] * used else {}


def _within(value: np.ndarray, largest: float) -> np.ndarray:
    return rounded(np.where(np.abs(value) <= largest, value, 0.0)).astype("f4")


def _whole_within(value: np.ndarray, largest: int) -> np.ndarray:
    is_meant = (value >= 0) & (value <= min(largest, 32_767)) & (value == np.floor(value))
    return np.where(is_meant, value, 0).astype("i2")


def plausible_time(time_s: float, raw: RawC3D) -> bool:
    """Whether an event can be of this trial, as it was before somebody cut it."""
    end_s = (raw.first_frame - 1 + raw.frames) / raw.rate_hz
    return 0.0 <= time_s <= min(end_s, _LONGEST_TRIAL_S + raw.frames / raw.rate_hz) + _AFTER_THE_END_S


def rounded_s(times_s: np.ndarray | float) -> np.ndarray:
    """Times to a tenth of a millisecond: no frame is shorter."""
    return np.round(np.asarray(times_s, dtype=float) * _TIME_STEPS_PER_S) / _TIME_STEPS_PER_S


def counted_from(raw: RawC3D) -> int:
    """The number of the first frame; 1 where the file's own would be hours into a recording, or before its start."""
    return raw.first_frame if 0 <= raw.first_frame <= _LONGEST_TRIAL_S * raw.rate_hz else 1


def residual_step(raw: RawC3D) -> float | None:
    """POINT:SCALE where it can be the step of residuals, which are kept as multiples of it."""
    step = abs(raw.number("POINT", "SCALE") or 0.0)
    return step if 1e-6 <= step <= 10.0 else None


def without_text_behind(raw: RawC3D) -> RawC3D:
    """The file without frames at its end whose stored bytes are all letters and signs.

    A count that is one too many makes a frame of what lies behind the last one.
    """
    last = raw.frames - _frames_of_text(raw)
    if last in (0, raw.frames):
        return raw
    samples = len(raw.analogs) // raw.frames * last
    return replace(
        raw,
        points=raw.points[:last],
        missing=raw.missing[:last],
        analogs=raw.analogs[:samples],
        residuals=None if raw.residuals is None else raw.residuals[:last],
        camera_masks=None if raw.camera_masks is None else raw.camera_masks[:last],
    )


def _frames_of_text(raw: RawC3D) -> int:
    """How many frames at the end are text, among those that a file's last blocks may hold."""
    stored = raw.points[-_BLOCK_BYTES:].astype("<f4")
    if raw.storage == "integer":
        step = abs(raw.number("POINT", "SCALE") or 1.0)
        with np.errstate(invalid="ignore", over="ignore"):
            stored = np.clip(np.nan_to_num(np.round(stored / step)), -32_768, 32_767).astype("<i2")
    letters = np.ascontiguousarray(stored.reshape(len(stored), -1)).view(np.uint8)
    is_text = ((letters >= 0x20) & (letters < 0x7F)).all(axis=1) & (letters.shape[1] >= _FEWEST_LETTERS)
    return len(is_text) if is_text.all() else int(np.argmin(is_text[::-1]))


def motion_of(raw: RawC3D, points: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Some points' positions, which of them are missing, the analogs, and how many samples no instrument gives.

    Most letters read as a number are far beyond any position (1e20 and more). A point's sample becomes one that was not
    seen, an analog's 0. All others are the file's to the bit.
    """
    index = np.array(points, dtype=int)
    positions, missing = raw.points[:, index], raw.missing[:, index]
    analogs = raw.analogs
    with np.errstate(invalid="ignore"):
        absurd = ~missing & (np.abs(positions) > _FARTHEST_POSITION).any(axis=2)
        absurd_analogs = np.abs(analogs) > _LARGEST_SAMPLE
    if absurd_analogs.any():
        analogs = analogs.copy()
        analogs[absurd_analogs] = 0.0
    return positions, missing | absurd, analogs, int(absurd.sum() + absurd_analogs.sum())
