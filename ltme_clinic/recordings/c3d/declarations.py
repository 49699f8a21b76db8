"""What a file declares about its data section, header and parameters side by side, the likelier first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ltme_clinic.errors import LtmeError
from ltme_clinic.recordings.c3d.header import BLOCK_BYTES, SATURATED, Header, is_rate
from ltme_clinic.recordings.raw import ParameterValue, number, numbers, texts

Parameters = Mapping[str, Mapping[str, ParameterValue]]
Item = TypeVar("Item")
_SAME_SCALE = 1e-4


@dataclass(frozen=True)
class AnalogCounts:
    """What a file says of its analogs, each count on its own."""

    words: int
    """Analog words in each frame."""
    samples: int
    """In each frame; 0 if nobody says."""
    channels: int | None

    def contradicts(self, channels: int, samples: int) -> bool:
        """Whether one of the counts can't be meant if the file stores these."""
        return (
            self.words != channels * samples
            or self.channels not in (None, channels)
            or (channels > 0 and self.samples not in (0, samples))
        )


@dataclass(frozen=True)
class Declarations:
    """Every value that header or parameters give for one thing, without repeats, the likelier first."""

    file_bytes: int
    data_starts: tuple[int, ...]
    """Bytes."""
    points: tuple[int, ...]
    analogs: tuple[tuple[int, int], ...]
    """Channels and samples a frame."""
    analog_counts: AnalogCounts
    storages: tuple[bool, ...]
    """True: floats."""
    frames: tuple[int, ...]
    """Empty if nothing tells, or only numbers that stop at 65,535."""
    fewest_frames: int
    """What numbers that stop at 65,535 say all the same."""
    parameter_rate_hz: float | None
    header_rate_hz: float | None
    analog_rate_hz: float | None
    trial_fields: tuple[int, int] | None
    """First and last frame by the TRIAL group."""
    header_frames: tuple[int, int]
    rotations: int
    """Segment rotations in each frame of a section of their own."""
    next_section: int | None = None
    """Byte at which segment rotations start."""

    def data_end(self, start: int) -> int:
        """Byte at which the data section that starts there must have ended."""
        if self.next_section is not None and start < self.next_section < self.file_bytes:
            return self.next_section
        return self.file_bytes


def declarations(header: Header, parameters: Parameters, section_end: int, file_bytes: int) -> Declarations:
    """What header and parameters declare.

    Parameters
    ----------
    header, parameters : as decoded
    section_end : byte at which the parameter section ends by its own block count, and where data start if nobody
        says; 0 if it does not tell
    file_bytes : the file's length
    """
    rate_hz = number(parameters, "POINT", "RATE")
    parameter_rate_hz = rate_hz if is_rate(rate_hz) else None
    header_rate_hz = header.rate_hz if is_rate(header.rate_hz) else None
    analog_rate_hz = number(parameters, "ANALOG", "RATE")
    trial = _trial_fields(parameters)
    frames, fewest_frames = _frames(header, parameters, trial)
    rotations_start = _whole(number(parameters, "ROTATION", "DATA_START"))
    return Declarations(
        file_bytes=file_bytes,
        data_starts=_data_starts(header, parameters, section_end),
        points=_points(header, parameters),
        analogs=_analogs(header, parameters, (parameter_rate_hz, header_rate_hz)),
        analog_counts=AnalogCounts(
            header.analog_words, header.samples_per_frame, _whole(number(parameters, "ANALOG", "USED"))
        ),
        storages=_storages(header, parameters),
        frames=frames,
        fewest_frames=fewest_frames,
        parameter_rate_hz=parameter_rate_hz,
        header_rate_hz=header_rate_hz,
        analog_rate_hz=analog_rate_hz if analog_rate_hz is not None and 0 < analog_rate_hz < 1e9 else None,
        trial_fields=trial,
        header_frames=(header.first_frame, header.last_frame),
        rotations=_whole(number(parameters, "ROTATION", "USED")) or 0,
        next_section=(rotations_start - 1) * BLOCK_BYTES if rotations_start and rotations_start > 1 else None,
    )


def point_scale(name: str, header: Header, parameters: Parameters, *, is_float: bool) -> tuple[float, tuple[str, ...]]:
    """|POINT:SCALE|, what one integer step is in file units (of coordinates or residuals), and what to say of it.

    The sign of a scale is the storage; one that means the other storage was left behind by a conversion.

    Raises
    ------
    LtmeError
        If header and parameters give coordinates stored as integers two scales: nothing else in a file tells which is
        true, and readers in use take one or the other.
    """
    scales = _scales(header, parameters)
    meant = [abs(scale) for scale in scales if (scale < 0) == is_float] or [abs(scale) for scale in scales]
    if is_float:
        return (meant or [1.0])[0], ()
    if not meant:
        return 1.0, ("the file does not tell the scale of its integer coordinates: 1 was used",)
    if max(meant) > min(meant) * (1 + _SAME_SCALE):
        fact = f"scales its coordinates by {meant[0]:g} in the parameters and by {meant[1]:g} in the header"
        raise LtmeError(name, fact, "Export the trial again, or correct the scale that is wrong")
    return meant[0], ()


def _points(header: Header, parameters: Parameters) -> tuple[int, ...]:
    """Counts of points, first the one that has as many labels."""
    counts = _distinct([_whole(number(parameters, "POINT", "USED")), header.points]) or (0,)
    if len(counts) == 1:
        return counts
    labels = len(texts(parameters, "POINT", "LABELS"))
    return tuple(sorted(counts, key=lambda count: count != labels))


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


def _analogs(header: Header, parameters: Parameters, rates_hz: Iterable[float | None]) -> tuple[tuple[int, int], ...]:
    """Channels and samples a frame, first those that most of what the file says agrees with."""
    words, samples = header.analog_words, header.samples_per_frame
    used = _whole(number(parameters, "ANALOG", "USED"))
    ratios = _samples_by_rates(number(parameters, "ANALOG", "RATE"), rates_hz)
    lists = [len(texts(parameters, "ANALOG", "LABELS"))]
    lists += [numbers(parameters, "ANALOG", name).size for name in ("SCALE", "OFFSET")]
    shapes: list[tuple[int, int]] = []
    if used:
        shapes += [(used, words // used)] if words % used == 0 and words else []
        shapes += [(used, many) for many in (*ratios, samples)]
    if samples and words % samples == 0:
        shapes.append((words // samples, samples))
    elif words and not used:
        shapes.append((words, 1))
    shapes += [(length, words // length) for length in lists if length and words and words % length == 0]
    if not words and used is None:
        shapes += [(length, many) for length in lists if length for many in (*ratios, samples)]
    if not words or not used:
        shapes.append((0, 0))

    def agreeing(shape: tuple[int, int]) -> int:
        channels, many = shape
        counts = [channels * many == words, channels == (used or 0), many == samples, many in ratios]
        return sum(counts) + sum(length == channels for length in lists)

    possible = [shape for shape in shapes if shape == (0, 0) or 0 < shape[0] * shape[1] <= SATURATED]
    possible.sort(key=agreeing, reverse=True)
    return _distinct(possible) or ((0, 0),)


def _samples_by_rates(analog_rate_hz: float | None, rates_hz: Iterable[float | None]) -> tuple[int, ...]:
    """Samples a frame that the rates amount to; where they don't divide, the number above or below."""
    if analog_rate_hz is None or not 0 < analog_rate_hz < 1e9:
        return ()
    ratios = [min(analog_rate_hz / rate_hz, float(SATURATED)) for rate_hz in rates_hz if rate_hz]
    return _distinct(many for ratio in ratios for many in (round(ratio), math.floor(ratio)))


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
    return (first, last) if 0 < first <= last < 2**31 else None


def _two_words(words: np.ndarray) -> int:
    """A number stored as its low and high 16 bits, or all in one."""
    words = words.ravel()[:2]
    if not words.size or not np.isfinite(words).all():
        return 0
    if words.size == 1 or abs(words[0]) > SATURATED:
        return int(words[0])
    return sum((int(word) & 0xFFFF) << (16 * place) for place, word in enumerate(words))


def _whole(value: float | None) -> int | None:
    return int(value) if value is not None and 0 <= value < 2**31 else None


def _distinct(items: Iterable[Item | None]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys(item for item in items if item is not None))
