"""What of a walk's gait analysis is kept beside its embedding: mean joint curves, and the tracked figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS, SIDES
from ltme_clinic.gait.analysis import analyse_gait
from ltme_clinic.gait.settings import GaitSettings
from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.cgm.model import MODEL
from ltme_clinic.types import PERCENT, TRACKED_FIGURES


@dataclass(frozen=True, eq=False)
class MeasuredWalk:
    """A walk in a clinic's own terms; NaN for everything that is not given."""

    joint_curves_deg: np.ndarray  # (2, 9, 51) `body.SIDES` x `body.ANGLES`, 0 to 100 % of the cycle
    figures: np.ndarray  # (11,) float32 in the order and units of `TRACKED_FIGURES`


def measured_walk(walker: Walker, age_y: float | None = None) -> MeasuredWalk:
    """Joint curves and tracked figures of a walk, without a static trial, under the usual settings.

    Another model's angles than the Conventional Gait Model's are not measured: they are not comparable. Indices need an
    age that the published controls have (`norms.published_controls`).
    """
    analysis = analyse_gait(walker.recording, walker=walker, settings=GaitSettings(age_y=age_y))
    curves_deg = np.full((len(SIDES), len(ANGLES), CYCLE_POINTS), np.nan)
    every = (len(PERCENT) - 1) // (CYCLE_POINTS - 1)
    for (name, side), curve in analysis.curves.items() if analysis.angles and analysis.angles.model == MODEL else ():
        if name in ANGLES:
            curves_deg[SIDES.index(side), ANGLES.index(name)] = curve.mean[::every]
    figures = [analysis.figure(*figure) for figure in TRACKED_FIGURES]
    values = [np.nan if figure is None else figure.value for figure in figures]
    return MeasuredWalk(curves_deg, np.array(values, dtype=np.float32))
