"""What a file declares about its data section, header and parameters side by side, the likelier first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from ltme_clinic.recordings.c3d.header import BLOCK_BYTES, SATURATED, Header, is_rate
from ltme_clinic.recordings.raw import ParameterValue, number, numbers

Parameters = Mapping[str, Mapping[str, ParameterValue]]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Declarations:
    """Every value that header or parameters give for one thing, without repeats."""

    file_bytes: int
    data_starts: tuple[int, ...]
    """Bytes."""
    points: tuple[int, ...]
    analogs: tuple[tuple[int, int], ...]
    """Channels and samples a frame."""
    storages: tuple[bool, ...]
    """True: floats."""
    frames: tuple[int, ...]
    """Empty if nothing tells, or only numbers that stop at 65,535."""
    fewest_frames: int
    """What numbers that stop at 65,535 say all the same."""
    rate_hz: float | None
    trial_fields: tuple[int, int] | None
    """First and last frame by the TRIAL group."""
    header_frames: tuple[int, int]
    next_section: int | None = None
    """Byte at which segment rotations start."""
    warnings: tuple[str, ...] = field(default=())

    def data_end(self, start: int) -> int:
        """Byte at which the data section that starts there must have ended."""
        if self.next_section is not None and start < self.next_section < self.file_bytes:
            return self.next_section
        return self.file_bytes

    def first_frame(self, frames: int) -> int:
        """The file's number of its first frame: by TRIAL or by the header, whichever fits the frames found."""
        first, last = self.header_frames
        if self.trial_fields and self.trial_fields[1] - self.trial_fields[0] + 1 == frames:
            return self.trial_fields[0]
        if last - first + 1 == frames or not self.trial_fields:
            return max(1, first)
        return self.trial_fields[0]


def declarations(header: Header, parameters: Parameters, section_end: int, file_bytes: int) -> Declarations:
    """What header and parameters declare.

    Parameters
    ----------
    header, parameters : as decoded
    section_end : byte at which the parameter section ends by its own block count, and where data start if nobody
        says; 0 if it does not tell
    file_bytes : the file's length
    """
    rate_hz, warnings = _rate(header, parameters)
    trial = _trial_fields(parameters)
    frames, fewest_frames = _frames(header, parameters, trial)
    rotations = _whole(number(parameters, "ROTATION", "DATA_START"))
    return Declarations(
        file_bytes=file_bytes,
        data_starts=_data_starts(header, parameters, section_end),
        points=_distinct([_whole(number(parameters, "POINT", "USED")), header.points]) or (0,),
        analogs=_analogs(header, parameters, rate_hz),
        storages=_storages(header, parameters),
        frames=frames,
        fewest_frames=fewest_frames,
        rate_hz=rate_hz,
        trial_fields=trial,
        header_frames=(header.first_frame, header.last_frame),
        next_section=(rotations - 1) * BLOCK_BYTES if rotations and rotations > 1 else None,
        warnings=warnings,
    )


def point_scale(header: Header, parameters: Parameters, *, is_float: bool) -> float:
    """|POINT:SCALE|, what one integer step is in file units (of coordinates or residuals); 1 if nobody says."""
    scales = sorted(_scales(header, parameters), key=lambda scale: (scale < 0) != is_float)
    return abs(scales[0]) if scales else 1.0


def _rate(header: Header, parameters: Parameters) -> tuple[float | None, tuple[str, ...]]:
    rate_hz = number(parameters, "POINT", "RATE")
    if rate_hz is not None and is_rate(rate_hz):
        return rate_hz, ()
    if not is_rate(header.rate_hz):
        return None, ()
    return header.rate_hz, (f"the rate parameter is missing: the header's {header.rate_hz:g} Hz was used",)


def _data_starts(header: Header, parameters: Parameters, section_end: int) -> tuple[int, ...]:
    blocks = _distinct([header.data_start_block, _whole(number(parameters, "POINT", "DATA_START"))])
    starts = tuple((block - 1) * BLOCK_BYTES for block in blocks if block >= 2)
    return starts or ((section_end,) if section_end else ())


def _storages(header: Header, parameters: Parameters) -> tuple[bool, ...]:
    return _distinct(scale < 0 for scale in _scales(header, parameters)) or (True, False)


def _scales(header: Header, parameters: Parameters) -> list[float]:
    """The scales that say anything: their sign is the storage, and 0 has none."""
    found = (number(parameters, "POINT", "SCALE"), header.scale)
    return [scale for scale in found if scale is not None and math.isfinite(scale) and scale != 0]


def _analogs(header: Header, parameters: Parameters, rate_hz: float | None) -> tuple[tuple[int, int], ...]:
    """Channels and samples a frame, first those that agree with the header's number of analog words."""
    words, samples = header.analog_words, header.samples_per_frame
    used = _whole(number(parameters, "ANALOG", "USED"))
    analog_rate_hz = number(parameters, "ANALOG", "RATE")
    ratio = analog_rate_hz / rate_hz if rate_hz and analog_rate_hz and 0 < analog_rate_hz < 1e9 else 0.0
    shapes: list[tuple[int, int]] = []
    if used:
        shapes += [(used, words // used)] if words % used == 0 and words else []
        shapes += [(used, many) for many in (round(min(ratio, SATURATED)), math.floor(min(ratio, SATURATED)), samples)]
    if samples and words % samples == 0:
        shapes.append((words // samples, samples))
    elif words and not used:
        shapes.append((words, 1))
    if not words or not used:
        shapes.append((0, 0))
    shapes = [shape for shape in shapes if shape == (0, 0) or 0 < shape[0] * shape[1] <= SATURATED]
    shapes.sort(key=lambda shape: shape[0] * shape[1] != words)
    return _distinct(shapes) or ((0, 0),)


def _frames(header: Header, parameters: Parameters, trial: tuple[int, int] | None) -> tuple[tuple[int, ...], int]:
    """Every frame count that is told, and the fewest that the ones at their 16-bit limit allow."""
    first, last = header.first_frame, header.last_frame
    counts: list[int | None] = [last - first + 1 if last else None, last if not first else None]
    counts.append(_whole(number(parameters, "POINT", "FRAMES")))
    counts.append(_whole(number(parameters, "POINT", "LONG_FRAMES")))
    counts.append(trial[1] - trial[0] + 1 if trial else None)
    limits = {SATURATED, SATURATED - first + 1} if last == SATURATED else {SATURATED}
    told = _distinct(count for count in counts if count and count > 0)
    return tuple(c for c in told if c not in limits), min((c for c in told if c in limits), default=0)


def _trial_fields(parameters: Parameters) -> tuple[int, int] | None:
    first = _two_words(numbers(parameters, "TRIAL", "ACTUAL_START_FIELD"))
    last = _two_words(numbers(parameters, "TRIAL", "ACTUAL_END_FIELD"))
    return (first, last) if 0 < first <= last else None


def _two_words(words: np.ndarray) -> int:
    """A number stored as its low and high 16 bits."""
    words = words.ravel()[:2]
    if not words.size or not np.isfinite(words).all():
        return 0
    return sum((int(word) & 0xFFFF) << (16 * place) for place, word in enumerate(words))


def _whole(value: float | None) -> int | None:
    return int(value) if value is not None and 0 <= value < 2**31 else None


def _distinct(items: Iterable[Item | None]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys(item for item in items if item is not None))
