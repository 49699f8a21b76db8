"""Units of a force plate's analog channels, as files spell them."""

from __future__ import annotations

import re

import numpy as np

from ltme_clinic.types import AnalogSignals

_NEWTONS = {"n": 1.0, "nt": 1.0, "newton": 1.0, "newtons": 1.0, "kn": 1e3, "lb": 4.4482216, "lbf": 4.4482216}
_METRES = {"mm": 1e-3, "cm": 1e-2, "m": 1.0, "in": 0.0254, "inch": 0.0254, "ft": 0.3048}
_UNCALIBRATED = re.compile(r"(?:m|u|µ|k)?v(?:olts?)?|d\.?u\.?|bits?|counts?|raw|adc|lsb", re.IGNORECASE)
_HIGHEST_V = 12.0
"""No converter of a gait laboratory reaches further than 10 V and its margin: what does, is no voltage."""


def force_scale(unit: str) -> float:
    """Newtons in one of a force channel's units; 1 for a unit that is absent or unknown."""
    return _NEWTONS.get(_plain(unit), 1.0)


def length_scale(unit: str, metres_per_unit: float) -> float:
    """Metres in one of a centre-of-pressure channel's units; the file's length unit where none is known."""
    return _METRES.get(_plain(unit), metres_per_unit)


def moment_scale(unit: str) -> float | None:
    """Newton metres in one of a moment channel's units ("Nmm", "N.m", "nt-mm" ...); None if absent or unknown."""
    plain = _plain(unit)
    for force in sorted(_NEWTONS, key=len, reverse=True):
        for first, last in ((force, plain.removeprefix(force)), (force, plain.removesuffix(force))):
            if last != plain and last in _METRES:
                return _NEWTONS[first] * _METRES[last]
    return None


def volts_refusal(analogs: AnalogSignals, forces: tuple[int, ...]) -> str:
    """Why these force channels are no forces: they are volts or counts and were never calibrated; empty if they are.

    Programs label calibrated channels "V" too, so that the label alone does not count: what exceeds any converter's
    range is no voltage.
    """
    units = {analogs.units[channel].strip() for channel in forces if channel < len(analogs.units)}
    unit = next((unit for unit in sorted(units) if _UNCALIBRATED.fullmatch(unit)), None)
    if unit is None:
        return ""
    signals = analogs.values[:, list(forces)]
    if np.nanmax(np.abs(signals), initial=0.0) > _HIGHEST_V:
        return ""
    return f"its channels are in {unit}, and the file has no calibration for them"


def _plain(unit: str) -> str:
    """A unit in small letters, without blanks, dots, hyphens and other signs between its parts."""
    return re.sub(r"[\s.\-_*·⋅()/]", "", unit).lower()
