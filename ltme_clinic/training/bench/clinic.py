"""What a clinic computes from a recording already: joint curves, spatiotemporal values, GPS and GDI."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS, SIDES
from ltme_clinic.gait.analysis import analyse_gait
from ltme_clinic.gait.settings import GaitSettings
from ltme_clinic.types import GaitAnalysis, LtmeError, Recording, Side

AGE_Y = 10.0
"""Entered for everybody: the controls behind GDI and GPS are children, and virtual adults are made of their curves."""
SPATIOTEMPORAL: tuple[tuple[str, Side | None], ...] = (
    ("cadence_spm", None),
    ("step_length_m", "left"),
    ("step_length_m", "right"),
    ("step_time_s", "left"),
    ("step_time_s", "right"),
    ("stance_pct", "left"),
    ("stance_pct", "right"),
    ("double_support_pct", None),
    ("step_width_m", None),
)
"""Figures of a walk beside its speed, which every score takes out beforehand."""
_SIDES: tuple[Side, Side] = ("left", "right")


@dataclass(frozen=True, eq=False)
class ClinicFigures:
    """Of one recording; NaN where the gait analysis gives none."""

    curves_deg: np.ndarray  # (2, 9, 51) left, right; `body.ANGLES`; 0 to 100 % of the cycle
    spatiotemporal: np.ndarray  # (9,) in the units of `SPATIOTEMPORAL`
    gps_deg: np.ndarray  # (2,) left, right; larger is worse
    gdi: np.ndarray  # (2,) left, right; smaller is worse
    leg_length_m: float


def clinic_figures(recording: Recording) -> ClinicFigures:
    """The project's own gait analysis of a walk, without a static trial; a refused walk has nothing but NaN."""
    curves_deg = np.full((len(SIDES), len(ANGLES), CYCLE_POINTS), np.nan, dtype=np.float32)
    try:
        analysis = analyse_gait(recording, settings=GaitSettings(age_y=AGE_Y))
    except LtmeError:
        nothing = np.full(len(SIDES), np.nan)
        return ClinicFigures(curves_deg, np.full(len(SPATIOTEMPORAL), np.nan), nothing, nothing, float("nan"))
    for (name, side), curve in analysis.curves.items():
        if name in ANGLES:
            curves_deg[SIDES.index(side), ANGLES.index(name)] = curve.mean[::2]
    return ClinicFigures(
        curves_deg=curves_deg,
        spatiotemporal=np.array([_value(analysis, *figure) for figure in SPATIOTEMPORAL]),
        gps_deg=np.array([_value(analysis, "gps_deg", side) for side in _SIDES]),
        gdi=np.array([_value(analysis, "gdi", side) for side in _SIDES]),
        leg_length_m=float("nan") if analysis.leg_length_m is None else analysis.leg_length_m,
    )


def _value(analysis: GaitAnalysis, name: str, side: Side | None) -> float:
    figure = analysis.figure(name, side)
    return float("nan") if figure is None else figure.value
