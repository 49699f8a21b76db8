"""A truth as JSON text: what is known of a trial in readable lines, the motion of every frame in long ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.types import MotionTruth

SCHEMA_VERSION = 2


def truth_text(content: Mapping[str, Any], motion: MotionTruth | None) -> str:
    """JSON, keys in order, stable to the byte; numbers that are not known are null.

    Parameters
    ----------
    content
        What is known of the trial as a whole: plain values, NaN among them.
    motion
        Of every frame: joint centres and centre of mass in metres to .1 mm, angles in degrees to .01, forces in newtons
        to .1, centres of pressure in metres to .1 mm (null while a foot carries nothing).
    """
    known = {"schema_version": SCHEMA_VERSION, "origin": "virtual", **_plain(content)}
    text = json.dumps(known, indent=1, sort_keys=True, allow_nan=False)
    if motion is None:
        return text + "\n"
    parts = [f' "{name}": {value}' for name, value in _motion(motion).items()]
    return text[:-2] + ',\n "motion": {\n' + ",\n".join(parts) + "\n }\n}\n"


def _motion(motion: MotionTruth) -> dict[str, str]:
    parts = {
        "angles_deg": _named(motion.angles_deg, 2),
        "centre_of_mass_m": _numbers(motion.centre_of_mass_m, 4),
        "joint_centres_m": _named(motion.joint_centres_m, 4),
    }
    reaction = motion.ground_reaction
    if reaction is not None:
        parts["force_n"] = _named(dict(zip(SIDES, reaction.force_n, strict=True)), 1)
        parts["centre_of_pressure_m"] = _named(dict(zip(SIDES, reaction.centre_of_pressure_m, strict=True)), 4)
    return parts


def _named(values: Mapping[str, np.ndarray], decimals: int) -> str:
    return "{" + ",\n  ".join(f'"{name}": {_numbers(values[name], decimals)}' for name in sorted(values)) + "}"


def _numbers(values: np.ndarray, decimals: int) -> str:
    rounded = (np.round(np.asarray(values, dtype=float), decimals) + 0.0).tolist()  # no -0.0
    return json.dumps(rounded, separators=(",", ":")).replace("NaN", "null")


def _plain(value: Any) -> Any:
    """NaN as None and tuples as lists, all the way down."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and np.isnan(value) else value
