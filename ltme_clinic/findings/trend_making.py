"""One metric's visits in order -> a Trend: each visit's state, the sentence, what is expected next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from ltme_clinic.findings import wording
from ltme_clinic.findings.control_charts import FEWEST_VISITS, cusum, ewma
from ltme_clinic.findings.levels import levels
from ltme_clinic.findings.measurement_error import Importance, MeasurementError
from ltme_clinic.findings.series import Series
from ltme_clinic.findings.visit import VisitEmbeddings
from ltme_clinic.types import ExpectedVisit, Trend, TrendPoint
from ltme_clinic.types.clinical import REAL_STATES, Direction, TrendState, changed_in_a_row


@dataclass(frozen=True)
class Metric:
    """One number a visit gives, and what its change is called."""

    name: str
    title: str
    unit: str
    decimals: int
    rising: Direction
    falling: Direction


GAIT_CHANGE = Metric("gait_change", "Gait change at matched speed", "x retest", 1, "undetermined", "undetermined")
DISTANCE = Metric(
    "distance_from_reference", "Distance from the reference", "points", 1, "away_from_reference", "toward_reference"
)


def made_trend(
    series: Series,
    metric: Metric,
    visits: list[VisitEmbeddings],
    values: list[float],
    error: MeasurementError,
    notes: tuple[str, ...],
    important: Importance | None = None,
) -> Trend:
    """A trend of visits in order, the first of which is the baseline."""
    if not visits:
        return without_values(series, metric, *notes)
    refusals = series.notes + notes + ((error.refusal,) if error.refusal else ())
    state = _state_by(error, important)
    points = tuple(
        TrendPoint(
            visit=visit.visit,
            date=series.day(visit),
            value=value,
            trials=visit.trials,
            change=value - values[0] if number else None,
            state=state(value - values[0]) if number else "no_baseline",
        )
        for number, (visit, value) in enumerate(zip(visits, values, strict=True))
    )
    last = points[-1]
    direction: Direction = "undetermined"
    if last.state in REAL_STATES and last.change is not None:
        direction = metric.rising if last.change > 0.0 else metric.falling
    return Trend(
        patient=series.patient,
        metric=metric.name,
        unit=metric.unit,
        title=metric.title,
        points=points,
        sem=error.sem,
        sem_source=error.source,
        mdc=error.mdc,
        state=last.state,
        direction=direction,
        fingerprint=series.fingerprint,
        refusals=refusals,
        sentence=_sentence(metric, points, error, important)
        + _confirmation(metric, points)
        + _chart_sentence(points, error),
        mcid=None if important is None else important.mcid,
        mcid_source="" if important is None else important.source,
        expected_next=_expected_next(points, error),
    )


def _expected_next(points: tuple[TrendPoint, ...], error: MeasurementError) -> ExpectedVisit | None:
    """The level behind the visits (`levels`), carried on by the median of the days between them."""
    if error.sem is None or len(points) < 2:
        return None
    days = np.array([point.date.toordinal() for point in points], dtype=float)
    found = levels(days, np.array([point.value for point in points]), np.full(len(points), error.sem))
    day = int(days[-1] + max(1.0, np.median(np.diff(days))))
    estimate = found.expected(day, error.sem)
    low, high = estimate.interval_95
    return ExpectedVisit(date.fromordinal(day), estimate.value, low, high)


def _confirmation(metric: Metric, points: tuple[TrendPoint, ...]) -> str:
    """One badly marked visit looks like a change as well; two in a row hardly do (studies/longitudinal_tracking)."""
    count = changed_in_a_row(points)
    if not count:
        return ""
    if count == 1:
        doubt = "; badly placed markers can do that too" if metric in (GAIT_CHANGE, DISTANCE) else ""
        return f" Seen at this visit alone so far{doubt}."
    return f" Seen at {count} visits in a row."


def _chart_sentence(points: tuple[TrendPoint, ...], error: MeasurementError) -> str:
    """What charts of many visits add: whether small steps in one direction add up; "" for few visits."""
    if error.sem is None or len(points) < FEWEST_VISITS:
        return ""
    values = np.array([point.value for point in points])
    charts = [chart for chart in (ewma(values, error.sem), cusum(values, error.sem)) if chart.first_alarm is not None]
    if not charts:
        return " Over all visits no run of small steps adds up to more than measurement error (EWMA, CUSUM)."
    chart = min(charts, key=lambda chart: chart.first_alarm or 0)
    number = chart.first_alarm or 0
    way = "upwards" if chart.statistic[number] > 0.0 else "downwards"
    since = wording.day_text(points[number].date)
    return f" Small steps {way} add up to more than measurement error from {since} on ({chart.name})."


def _state_by(error: MeasurementError, important: Importance | None) -> Callable[[float], TrendState]:
    limit = error.mdc

    def state(change: float) -> TrendState:
        if limit is None:
            return "not_assessable"
        if abs(change) <= limit:
            return "within_error"
        noticed = important is not None and abs(change) >= important.mcid
        return "clinically_important" if noticed else "real_change"

    return state


def without_values(series: Series, metric: Metric, *reasons: str) -> Trend:
    """A trend that no visit has a value for, and why."""
    refusals = series.notes + reasons
    return Trend(
        patient=series.patient,
        metric=metric.name,
        unit=metric.unit,
        title=metric.title,
        points=(),
        sem=None,
        sem_source="",
        mdc=None,
        state="not_assessable",
        direction="undetermined",
        fingerprint=series.fingerprint,
        refusals=refusals,
        sentence=f"{metric.title}: {'; '.join(reasons) if reasons else 'no dated visit'}.",
    )


def _sentence(
    metric: Metric, points: tuple[TrendPoint, ...], error: MeasurementError, important: Importance | None
) -> str:
    first, last = points[0], points[-1]
    if last.change is None:
        return f"{metric.title}: one visit ({wording.day_text(first.date)}), nothing to compare it with yet."
    since = wording.day_text(first.date)
    if error.mdc is None:
        verdict = f"whether that is more than measurement error is not known: {error.refusal.split(';')[0]}"
    else:
        name = "limit" if metric is GAIT_CHANGE else "MDC"
        size = wording.amount(error.mdc, metric.decimals, "" if metric is GAIT_CHANGE else metric.unit)
        beyond = "more than measurement error can explain" if last.state in REAL_STATES else "within measurement error"
        verdict = f"{beyond} ({name} {size}, {error.source})"
        if important is not None and last.state in REAL_STATES:
            difference = wording.amount(important.mcid, metric.decimals, metric.unit)
            reached = "at least" if last.state == "clinically_important" else "less than"
            verdict += f" and {reached} the {difference} that patients are known to notice ({important.source})"
    if metric is GAIT_CHANGE:
        times = wording.amount(last.value, metric.decimals, "")
        return (
            f"At matched speed the gait differs from {since} by {times} times a typical retest difference, {verdict}."
        )
    return f"{metric.title} {wording.moved(last.change, metric.decimals, metric.unit)} since {since}, {verdict}."
