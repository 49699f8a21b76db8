"""What an offset or a width that is wrong does to every angle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.cgm import ModelSettings, model_angles
from ltme_clinic.kinematics.cgm.angles import FOOT_ANGLES, JOINT_ANGLES
from ltme_clinic.types import BodyMeasures

CHANGES = {
    "thigh_rotation_rad": np.radians(10.0),
    "shank_rotation_rad": np.radians(10.0),
    "tibial_torsion_rad": np.radians(10.0),
    "plantar_flexion_rad": np.radians(10.0),
    "foot_rotation_rad": np.radians(10.0),
    "knee_width_m": 0.02,
    "ankle_width_m": 0.02,
}
_MOST_RAD = np.radians(60.0)
"""A marker in front of the leg instead of beside it answers to nothing sensibly."""


def sensitivity(walkers: Iterable[Walker]) -> dict[str, dict[str, float]]:
    """Measure -> angle -> root mean square change, degrees, mean over legs and both directions."""
    found: dict[str, dict[str, list[float]]] = {name: {} for name in CHANGES}
    for walker in walkers:
        measures = walker.recording.body_measures
        if any(abs(measures.leg(side).shank_rotation_rad or 0.0) > _MOST_RAD for side in SIDES):
            continue
        right = _angles(walker, measures)
        for name, change in CHANGES.items():
            for sign in (1.0, -1.0):
                for (angle, side), off_deg in _angles(walker, _changed(measures, name, sign * change)).items():
                    apart_deg = (off_deg - right[angle, side] + 180.0) % 360.0 - 180.0
                    found[name].setdefault(angle, []).append(float(np.sqrt(np.nanmean(apart_deg**2))))
    return {name: {angle: float(np.mean(some)) for angle, some in by.items()} for name, by in found.items()}


def _angles(walker: Walker, measures: BodyMeasures) -> dict[tuple[str, str], np.ndarray]:
    settings = ModelSettings(marker_diameter_m=0.014)
    found = model_angles(walker.measured_m, walker.rate_hz, measures, settings, heading_rad=walker.heading_rad)
    wanted = {*JOINT_ANGLES, *FOOT_ANGLES}
    return {(name, side): values for (name, side), values in found.values_deg.items() if name in wanted}


def _changed(measures: BodyMeasures, name: str, change: float) -> BodyMeasures:
    legs = {
        f"{side}_leg": replace(measures.leg(side), **{name: (getattr(measures.leg(side), name) or 0.0) + change})
        for side in SIDES
    }
    return replace(measures, **legs)  # type: ignore[arg-type]
