"""What a file says beside its signals: the body's measures, whether the trial is static, and who made the file."""

from __future__ import annotations

import numpy as np

from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import AnalogSignals, Anthropometry, Origin

SYNTHETIC_COMPANY = "SYNTHETIC"
VIRTUAL_SOFTWARE = "LTME virtual laboratory"
GENERATOR_SOFTWARE = "LTME exercise generator"

_STILL_M = 0.06
"""Nine of ten markers stay within this range when someone stands still; standing sway is some 2-4 cm at the head."""


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


def anthropometry_of(raw: RawC3D) -> Anthropometry:
    """Body measures that the laboratory typed in; zeros and impossible values count as absent."""
    height = _first(raw, ("PROCESSING", "HEIGHT"), ("SUBJECTS", "HEIGHT"), ("SUBJECT", "HEIGHT"))
    mass = _first(raw, ("PROCESSING", "BODYMASS"), ("SUBJECTS", "MASS"), ("SUBJECT", "WEIGHT"), ("SUBJECTS", "WEIGHT"))
    return Anthropometry(
        height_m=_as_metres(height, 0.4, 2.5),
        mass_kg=mass if mass is not None and 2.0 <= mass <= 350.0 else None,
        leg_length_left_m=_as_metres(_first(raw, ("PROCESSING", "LLEGLENGTH")), 0.15, 1.3),
        leg_length_right_m=_as_metres(_first(raw, ("PROCESSING", "RLEGLENGTH")), 0.15, 1.3),
    )


def is_static(raw: RawC3D, positions_m: np.ndarray) -> bool:
    """Whether the trial is a standing calibration: the file says so, or hardly any marker moves.

    Parameters
    ----------
    raw : the file
    positions_m : (frame, marker, 3), NaN where missing
    """
    if raw.number("SUBJECTS", "IS_STATIC") == 1:
        return True
    sampled_m = positions_m[:: max(1, len(positions_m) // 200)]
    enough = np.isfinite(sampled_m[..., 0]).mean(axis=0) >= 0.5 if len(sampled_m) else np.zeros(0, bool)
    if not enough.any():
        return False
    ranges_m = np.linalg.norm(np.nanmax(sampled_m[:, enough], axis=0) - np.nanmin(sampled_m[:, enough], axis=0), axis=1)
    return bool(np.percentile(ranges_m, 90) < _STILL_M)


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
        "storage": "integer" if (raw.number("POINT", "SCALE") or -1.0) > 0 else "float",
    }
    return {name: text for name, text in kept.items() if text}


def _first(raw: RawC3D, *names: tuple[str, str]) -> float | None:
    found = (raw.number(group, name) for group, name in names)
    return next((value for value in found if value), None)


def _as_metres(value: float | None, smallest_m: float, largest_m: float) -> float | None:
    """A length typed in millimetres, centimetres or metres: the one that gives a human size."""
    if value is None:
        return None
    return next((value * k for k in (1e-3, 1e-2, 1.0) if smallest_m <= value * k <= largest_m), None)
