"""Rules broken on purpose: the comparison has to notice each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.cgm import ModelSettings
from ltme_clinic.types import BodyMeasures

WrongRule = Callable[[Walker, BodyMeasures], tuple[Walker, BodyMeasures, ModelSettings]]


def small_markers(walker: Walker, measures: BodyMeasures) -> tuple[Walker, BodyMeasures, ModelSettings]:
    """As PROCESSING says."""
    return walker, measures, ModelSettings(marker_diameter_m=0.010)


def inter_asis_from_markers(walker: Walker, measures: BodyMeasures) -> tuple[Walker, BodyMeasures, ModelSettings]:
    return walker, replace(measures, inter_asis_m=None), ModelSettings()


def without(*fields: str) -> WrongRule:
    """Offsets taken as 0."""

    def rule(walker: Walker, measures: BodyMeasures) -> tuple[Walker, BodyMeasures, ModelSettings]:
        legs = {f"{side}_leg": replace(measures.leg(side), **dict.fromkeys(fields, 0.0)) for side in SIDES}
        return walker, replace(measures, **legs), ModelSettings()  # type: ignore[arg-type]

    return rule


def filtered_first(walker: Walker, measures: BodyMeasures) -> tuple[Walker, BodyMeasures, ModelSettings]:
    """A zero-lag Butterworth low-pass of 6 Hz, tracks with gaps left as they are."""
    from scipy.signal import butter, filtfilt

    smoothed_m = walker.measured_m.copy()
    whole = np.isfinite(smoothed_m[..., 0]).all(axis=0)
    b, a = butter(2, 6.0 / (walker.rate_hz / 2))
    smoothed_m[:, whole] = filtfilt(b, a, smoothed_m[:, whole], axis=0)
    return replace(walker, measured_m=smoothed_m), measures, ModelSettings()


WRONG_RULES: Mapping[str, WrongRule] = {
    "10 mm markers": small_markers,
    "inter-ASIS distance from markers": inter_asis_from_markers,
    "no thigh rotation": without("thigh_rotation_rad"),
    "no torsion": without("tibial_torsion_rad"),
    "no foot offsets": without("plantar_flexion_rad", "foot_rotation_rad"),
    "low-pass of 6 Hz first": filtered_first,
}
