"""Trends of what a clinic knows already: gait indices and steps, as the gait analysis gave them for each walk."""

from __future__ import annotations

import numpy as np

from ltme_clinic.findings.measurement_error import figure_error, importance
from ltme_clinic.findings.reference import ReferencePopulation
from ltme_clinic.findings.series import Series
from ltme_clinic.findings.trend_making import Metric, made_trend, without_values
from ltme_clinic.findings.visit import mean_over_trials
from ltme_clinic.types import TRACKED_FIGURES, Trend
from ltme_clinic.types.clinical import Direction, figure_metric

_NAMES: dict[str, tuple[str, str, int, Direction, Direction]] = {
    "gps_deg": ("Gait Profile Score", "deg", 1, "away_from_reference", "toward_reference"),
    "gdi": ("Gait Deviation Index", "points", 0, "toward_reference", "away_from_reference"),
    "step_length_m": ("Step length", "m", 2, "up", "down"),
    "stance_pct": ("Stance", "% of cycle", 1, "up", "down"),
    "double_support_pct": ("Double support", "% of cycle", 1, "up", "down"),
    "step_width_m": ("Step width", "m", 2, "up", "down"),
}
_ALWAYS = ("gps_deg", None)
"""Said even where no visit has it, with the reason."""
_WHY_NO_INDEX = (
    "not given: it takes the age (column age_y of a manifest; 4 to 17 years, as the published controls are) and all "
    "markers of the gait model"
)


def figure_trends(series: Series, reference: ReferencePopulation | None) -> tuple[Trend, ...]:
    """A trend of every tracked figure that some visit has; a visit's value is the mean of its trials that have it."""
    values = np.array([mean_over_trials(visit.gait_figures[None])[0] for visit in series.visits])
    counts = np.array([np.isfinite(visit.gait_figures).sum(axis=0) for visit in series.visits])
    trends = []
    for place, (name, side) in enumerate(TRACKED_FIGURES):
        title, unit, decimals, rising, falling = _NAMES[name]
        title = title if side is None else f"{title}, {side}"
        metric = Metric(figure_metric(name, side), title, unit, decimals, rising, falling)
        has = np.flatnonzero(counts[:, place]) if len(counts) else np.empty(0, dtype=int)
        if len(has):
            lacking = [v.visit for number, v in enumerate(series.visits) if number not in has]
            notes = tuple(f"visit {visit} is left out: its {title.lower()} is not given" for visit in lacking)
            error = figure_error(place, reference, series.origin, int(counts[has, place].min()))
            kept = [series.visits[number] for number in has]
            trends.append(made_trend(series, metric, kept, values[has, place].tolist(), error, notes, importance(name)))
        elif (name, side) == _ALWAYS:
            trends.append(without_values(series, metric, _WHY_NO_INDEX))
    return tuple(trends)
