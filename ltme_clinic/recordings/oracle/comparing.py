"""Holds two decodings of one file against each other, value by value, at the precision of the file's own floats."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ltme_clinic.recordings.raw import ParameterValue, RawC3D

FLOAT32_STEPS = 4.0
"""Two values agree within this many steps of float32: readers multiply scale and offset in different orders."""
SIGNALS = ("frames", "points", "missing", "analogs", "rate_hz", "analog_rate_hz", "first_frame")
"""What a recording is made of. The other fields describe it: labels, residuals, camera masks, parameters."""
_RULE_PER_READER = {
    ("POINT", "DATA_START"),
    ("POINT", "FRAMES"),
    ("POINT", "USED"),
    ("POINT", "LONG_FRAMES"),
    ("ANALOG", "USED"),
    ("ANALOG", "RATE"),
}
"""The native library answers these from its own count of the data, and not as they were stored."""


@dataclass(frozen=True)
class Disagreement:
    """One field on which two readers differ."""

    field: str
    """One of SIGNALS, or "point_labels", "analog_labels", "residuals", "camera_masks", "parameters"."""
    where: str
    """Where the largest difference lies: a frame and a point, or GROUP:NAME."""
    values: int
    """How many values differ."""
    largest: float
    """The largest difference in the field's own unit; NaN where it is not a number."""
    sentence: str

    @property
    def is_signal(self) -> bool:
        return self.field in SIGNALS


def compare(ours: RawC3D, theirs: RawC3D) -> tuple[Disagreement, ...]:
    """Every field on which two decodings of one file differ; none if they agree.

    Numbers agree if they lie within a few steps of float32. Positions are compared where neither reader calls the
    point missing (what stands in a missing point's place means nothing), analogs everywhere. Frames and channels that
    only one reader has are one disagreement, and those that both have are still compared. Parameters are compared
    where both have them: a reader may add its own defaults, and may not invent values.

    Parameters
    ----------
    ours, theirs : the same file, read by two readers
    """
    return tuple(
        found
        for found in (
            *_numbers(ours, theirs),
            *_labels(ours, theirs),
            *_points(ours, theirs),
            *_analogs(ours, theirs),
            *_parameters(ours.parameters, theirs.parameters),
        )
    )


def _numbers(ours: RawC3D, theirs: RawC3D) -> Iterator[Disagreement]:
    """Rates and first frame."""
    names = [("rate_hz", "Hz"), ("first_frame", "")]
    if ours.analogs.size and theirs.analogs.size:
        names.append(("analog_rate_hz", "Hz"))
    for name, unit in names:
        mine, other = float(getattr(ours, name)), float(getattr(theirs, name))
        if not bool(_same(np.array(mine), np.array(other))):
            said = f"{name} is {_plain(mine, unit)}, the other reader says {_plain(other, unit)}"
            yield Disagreement(name, "", 1, abs(mine - other), said)


def _labels(ours: RawC3D, theirs: RawC3D) -> Iterator[Disagreement]:
    for name in ("point_labels", "analog_labels"):
        mine, other = getattr(ours, name), getattr(theirs, name)
        if len(mine) != len(other):
            continue  # the shapes of points and analogs already say it
        differing = [i for i, pair in enumerate(zip(mine, other, strict=True)) if pair[0].strip() != pair[1].strip()]
        if differing:
            what, where = name.replace("_", " "), f"number {differing[0]}"
            said = f"{len(differing)} of {len(mine)} {what} differ, the first is {where}"
            yield Disagreement(name, where, len(differing), math.nan, said)


def _points(ours: RawC3D, theirs: RawC3D) -> Iterator[Disagreement]:
    yield from _shape("frames", ours.points, theirs.points, ("frames", "points"))
    frames, points = (min(a, b) for a, b in zip(ours.points.shape[:2], theirs.points.shape[:2], strict=True))
    if not frames * points:
        return
    both = np.s_[:frames, :points]
    flagged = ours.missing[both] != theirs.missing[both]
    if flagged.any():
        frame, point = np.argwhere(flagged)[0]
        said = f"{int(flagged.sum())} points are missing for one reader only, the first in frame {frame}"
        yield Disagreement("missing", f"frame {frame}, point {point}", int(flagged.sum()), math.nan, said)
    seen = ~(ours.missing[both] | theirs.missing[both])
    yield from _values("points", ours.points[both], theirs.points[both], "point", seen=seen[..., None])
    for name in ("residuals", "camera_masks"):
        mine, other = getattr(ours, name), getattr(theirs, name)
        if mine is not None and other is not None:
            yield from _values(name, mine[both].astype(float), other[both].astype(float), "point", seen=seen)


def _analogs(ours: RawC3D, theirs: RawC3D) -> Iterator[Disagreement]:
    if not ours.analogs.size and not theirs.analogs.size:
        return
    yield from _shape("analogs", ours.analogs, theirs.analogs, ("samples", "channels"))
    samples, channels = (min(a, b) for a, b in zip(ours.analogs.shape, theirs.analogs.shape, strict=True))
    both = np.s_[:samples, :channels]
    if samples * channels:
        offsets = _largest_subtracted(ours, channels)
        yield from _values("analogs", ours.analogs[both], theirs.analogs[both], "channel", beside=offsets)


def _shape(field: str, mine: np.ndarray, other: np.ndarray, axes: tuple[str, str]) -> Iterator[Disagreement]:
    for axis, name in enumerate(axes):
        a, b = mine.shape[axis], other.shape[axis]
        if a != b:
            yield Disagreement(field, name, abs(a - b), float(abs(a - b)), f"{a} {name}, the other reader finds {b}")


def _values(
    field: str,
    mine: np.ndarray,
    other: np.ndarray,
    column: str,
    *,
    seen: np.ndarray | None = None,
    beside: np.ndarray | float = 0.0,
) -> Iterator[Disagreement]:
    """Numbers of one shape (time, column, ...): how many differ, and where most."""
    wrong = ~_same(mine, other, beside)
    if seen is not None:
        wrong &= seen
    if not wrong.any():
        return
    with np.errstate(invalid="ignore", over="ignore"):
        size = np.where(wrong, np.abs(mine.astype(float) - other.astype(float)), -1.0)
    size[wrong & ~np.isfinite(size)] = np.inf
    time, index, *_ = np.unravel_index(int(size.argmax()), size.shape)
    largest, count = float(size.max()), int(wrong.sum())
    where = f"frame {time}, {column} {index}"
    said = f"{count} of {wrong.size} {field.replace('_', ' ')} values differ, at most by {largest:.6g} ({where})"
    yield Disagreement(field, where, count, largest, said)


def _same(mine: np.ndarray, other: np.ndarray, beside: np.ndarray | float = 0.0) -> np.ndarray:
    """Where two numbers are equal at float32 precision; NaN equals NaN.

    `beside` is a magnitude that was added or subtracted on the way: rounding is as coarse as the larger of the two.
    """
    a, b = mine.astype(np.float64), other.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        size = np.maximum(np.maximum(np.abs(a), np.abs(b)), beside)
        near = np.abs(a - b) <= FLOAT32_STEPS * np.finfo(np.float32).eps * size
    return near & np.isfinite(a) & np.isfinite(b) | (a == b) | (np.isnan(a) & np.isnan(b))


def _largest_subtracted(raw: RawC3D, channels: int) -> np.ndarray:
    """What each channel's offset comes to in physical units, (channel,)."""
    offset, scale = (np.abs(raw.numbers("ANALOG", name).astype(float).ravel()) for name in ("OFFSET", "SCALE"))
    general = abs(raw.number("ANALOG", "GEN_SCALE") or 1.0)
    count = min(len(offset), len(scale), channels)
    subtracted = np.zeros(channels)
    subtracted[:count] = np.nan_to_num(offset[:count] * scale[:count] * general, nan=0.0, posinf=0.0)
    return subtracted


def _parameters(
    ours: Mapping[str, Mapping[str, ParameterValue]], theirs: Mapping[str, Mapping[str, ParameterValue]]
) -> Iterator[Disagreement]:
    for group, values in ours.items():
        for name, mine in values.items():
            place = f"{group}:{name}"
            other = theirs.get(group, {}).get(name)
            if other is None:
                if not _holds_nothing(mine) and "#" not in name and "#" not in group:
                    yield Disagreement("parameters", place, 1, math.nan, f"{place} is not known to the other reader")
            elif (group, name) not in _RULE_PER_READER and (differing := _differing(mine, other)):
                said = f"{place} differs in {differing} values"
                yield Disagreement("parameters", place, differing, math.nan, said)


def _holds_nothing(value: ParameterValue) -> bool:
    return not any(value) if isinstance(value, tuple) else value.size == 0


def _differing(mine: ParameterValue, other: ParameterValue) -> int:
    """How many values of a parameter differ; padding and empty dimensions do not count."""
    if isinstance(mine, tuple) or isinstance(other, tuple):
        if not (isinstance(mine, tuple) and isinstance(other, tuple)):
            return 0 if _holds_nothing(mine) and _holds_nothing(other) else 1
        a, b = ([text.strip() for text in texts] for texts in (mine, other))
        longest = max(len(a), len(b))
        a, b = (texts + [""] * (longest - len(texts)) for texts in (a, b))
        return sum(x != y for x, y in zip(a, b, strict=True))
    if mine.size != other.size:
        return max(mine.size, other.size)
    return int((~_same(mine.ravel(order="F"), other.ravel(order="F"))).sum())


def _plain(value: float, unit: str) -> str:
    return f"{value:.9g} {unit}".strip()
