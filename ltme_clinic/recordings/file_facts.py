"""What a file says beside its signals: the body's measures, whether the trial is static, and who made the file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import AnalogSignals, Anthropometry, Origin

SYNTHETIC_COMPANY = "SYNTHETIC"
VIRTUAL_SOFTWARE = "LTME virtual laboratory"
GENERATOR_SOFTWARE = "LTME exercise generator"

_STILL_M = 0.06
"""Nine of ten markers stay within this range when someone stands still; standing sway is some 2-4 cm at the head."""
_TRAVELS_M = 0.08
"""A single marker that comes this far is moved on purpose: fingers hang still to 6 cm in children."""
_STILL_S = 0.5
"""Anybody is still for a shorter time than this."""


def origin_of(raw: RawC3D) -> Origin:
    """Where the motion comes from, by the manufacturer that the file names."""
    if raw.text("MANUFACTURER", "COMPANY").upper() != SYNTHETIC_COMPANY:
        return "measured"
    return "generated" if raw.text("MANUFACTURER", "SOFTWARE") == GENERATOR_SOFTWARE else "virtual"


def manufacturer_of(raw: RawC3D) -> str:
    """Company, software and version in one line; empty if the file names none."""
    parts = (raw.text("MANUFACTURER", name) for name in ("COMPANY", "SOFTWARE", "VERSION_LABEL"))
    return " ".join(part for part in parts if part)


def plate_count(raw: RawC3D) -> int:
    """How many force plates the file declares."""
    return max(0, int(raw.number("FORCE_PLATFORM", "USED") or 0))


def anthropometry_of(raw: RawC3D, number: int | None = None, people: int = 1) -> Anthropometry:
    """Body measures that the laboratory typed in; zeros and impossible values count as absent.

    Parameters
    ----------
    raw : the file
    number : the subject's place in SUBJECTS:NAMES, from 0
    people : how many people the file holds; of several, only measures that are lists as long as SUBJECTS:NAMES are
        anybody's in particular
    """
    read = SubjectNumbers(raw, number, people)
    height = read.first(("PROCESSING", "HEIGHT"), ("SUBJECTS", "HEIGHT"), ("SUBJECT", "HEIGHT"))
    mass = read.first(("PROCESSING", "BODYMASS"), ("SUBJECTS", "MASS"), ("SUBJECT", "WEIGHT"), ("SUBJECTS", "WEIGHT"))
    return Anthropometry(
        height_m=_as_metres(height, 0.4, 2.5),
        mass_kg=mass if mass is not None and 2.0 <= mass <= 350.0 else None,
        leg_length_left_m=_as_metres(read.first(("PROCESSING", "LLEGLENGTH")), 0.15, 1.3),
        leg_length_right_m=_as_metres(read.first(("PROCESSING", "RLEGLENGTH")), 0.15, 1.3),
    )


def stands_still(positions_m: np.ndarray, rate_hz: float) -> bool:
    """Whether somebody stands for half a second, nine of ten markers within a sway's range and none beyond it for long.

    Parameters
    ----------
    positions_m : (frame, marker, 3), NaN where missing; markers seen in less than half of the frames don't count, nor
        do the outermost frames of each, in which it may have been taken for another
    rate_hz : frames a second
    """
    sampled_m = positions_m[:: max(1, len(positions_m) // 200)]
    seen = np.isfinite(sampled_m[..., 0]).sum(axis=0)
    enough = seen >= 0.5 * len(sampled_m)
    if len(positions_m) < _STILL_S * rate_hz or not enough.any():
        return False
    ordered_m, seen = np.sort(sampled_m[:, enough], axis=0), seen[enough]  # NaN last
    ranges_m = _ranges_m(ordered_m, np.zeros_like(seen), seen - 1)
    trimmed_m = _ranges_m(ordered_m, seen // 50, seen - 1 - seen // 50)
    return bool(np.percentile(ranges_m, 90) < _STILL_M and trimmed_m.max() < _TRAVELS_M)


def _ranges_m(ordered_m: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """How far apart each marker's places of two ranks are, all axes together; positions ordered along frames."""
    places = (np.take_along_axis(ordered_m, rank[None, :, None], axis=0)[0] for rank in (high, low))
    return np.linalg.norm(np.subtract(*places), axis=1)


def analogs_of(raw: RawC3D) -> AnalogSignals | None:
    """The analog channels as stored; None where the file has none."""
    samples, channels = raw.analogs.shape
    if not samples or not channels or not raw.analog_rate_hz > 0:
        return None
    units, descriptions = raw.texts("ANALOG", "UNITS"), raw.texts("ANALOG", "DESCRIPTIONS")
    return AnalogSignals(
        labels=raw.analog_labels,
        rate_hz=raw.analog_rate_hz,
        values=raw.analogs,
        units=(units + ("",) * channels)[:channels],
        descriptions=(descriptions + ("",) * channels)[:channels],
    )


def descriptive_parameters(raw: RawC3D) -> dict[str, str]:
    """The few parameters kept for inspection: an allow-list, because free text may identify a patient."""
    kept = {
        "manufacturer": manufacturer_of(raw),
        "length_unit": raw.text("POINT", "UNITS")[:20],
        "angle_unit": raw.text("POINT", "ANGLE_UNITS")[:20],
        "storage": raw.storage,
        "byte_order": raw.byte_order,
    }
    return {name: text for name, text in kept.items() if text}


@dataclass(frozen=True)
class SubjectNumbers:
    """Numbers of one subject among a file's parameters."""

    raw: RawC3D
    number: int | None
    """The subject's place in SUBJECTS:NAMES, from 0."""
    people: int
    """How many people the file holds."""

    def first(self, *names: tuple[str, str]) -> float | None:
        """The first of several parameters that holds a number other than 0 for the subject."""
        return next((value for group, name in names if (value := self.own(group, name))), None)

    def own(self, group: str, name: str) -> float | None:
        """What a parameter holds for the subject, 0 among it; None where that can't be told."""
        values = self.raw.numbers(group, name).ravel()
        listed = len(self.raw.texts("SUBJECTS", "NAMES"))
        if self.number is not None and listed > 1 and values.size == listed:
            value = float(values[self.number])
            return value if np.isfinite(value) else None
        return self.raw.number(group, name) if self.people == 1 else None


def _as_metres(value: float | None, smallest_m: float, largest_m: float) -> float | None:
    """A length typed in millimetres, centimetres or metres: the one that gives a human size."""
    if value is None:
        return None
    return next((value * k for k in (1e-3, 1e-2, 1.0) if smallest_m <= value * k <= largest_m), None)
