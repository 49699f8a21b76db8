"""How groups of patients change over the years: a linear mixed model over everybody's visits.

Every patient has a level and, where there are visits enough, a course of their own; the fixed part is what a group does
on average. Restricted maximum likelihood by statsmodels (Laird and Ware 1982, Biometrics 38:963). Intervals are of
Student's t with as many degrees of freedom as there are patients beyond the groups, for the patients are the sample.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ltme_clinic.findings import wording
from ltme_clinic.types import LtmeError, Refused, Trend

FEWEST_PATIENTS = 6
"""Of a group, each with two visits or more: fewer say nothing of a group."""
VISITS_FOR_COURSES = 3
"""Visits of the median patient from which patients' own courses can be told from error."""
DAYS_A_YEAR = 365.25
_WITHOUT_A_WAY = frozenset({"gait_change"})
"""Distances from a patient's own first visit: they have no sign, start at zero and grow with error alone."""


@dataclass(frozen=True)
class YearlyChange:
    """A group's mean change within a year, with its 95 % interval, in the metric's unit."""

    group: str
    patients: int
    visits: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class GroupTrend:
    """One metric over the visits of groups of patients."""

    metric: str
    title: str
    unit: str
    changes: tuple[YearlyChange, ...]
    difference: YearlyChange | None
    """Second group minus first, where there are two."""
    p_value: float | None
    """Of no difference between the two groups."""
    patient_sd: float
    """How much patients of a group differ at their first visit."""
    visit_sd: float
    """How much a visit is off its patient's course."""
    notes: tuple[str, ...]
    sentence: str


def group_trend(trends: Sequence[Trend], groups: Mapping[str, str]) -> GroupTrend:
    """One metric's trends of many patients, a trend each.

    Parameters
    ----------
    trends : of one metric, one checkpoint; who has fewer than two visits is left out with a note
    groups : patient -> group; a patient without one is left out with a note

    Raises
    ------
    Refused
        The metric has no sign, checkpoints are mixed, or a group has fewer than `FEWEST_PATIENTS` patients.
    LtmeError
        Trends of several metrics, or a patient twice.
    """
    _check_alike(trends)
    first = trends[0]
    notes = [f"{t.patient} is left out: no group is given" for t in trends if t.patient not in groups]
    placed = [trend for trend in trends if trend.patient in groups]
    notes += [f"{t.patient} is left out: fewer than two visits" for t in placed if len(t.points) < 2]
    kept = [trend for trend in placed if len(trend.points) > 1]
    names = sorted({groups[trend.patient] for trend in placed})
    counts = {name: sum(groups[trend.patient] == name for trend in kept) for name in names}
    few = [name for name in names if counts[name] < FEWEST_PATIENTS]
    if few or not names:
        name = few[0] if few else "any group"
        fact = f"{counts.get(name, 0)} patients of {name} have two visits or more (at least {FEWEST_PATIENTS})"
        raise Refused(first.title.lower(), fact, "Follow more patients")
    fitted = _fit(kept, [names.index(groups[trend.patient]) for trend in kept], len(names))
    notes += fitted.notes
    visits = {name: sum(len(t.points) for t in kept if groups[t.patient] == name) for name in names}
    changes = tuple(
        YearlyChange(name, counts[name], visits[name], *fitted.change(np.eye(len(names))[number]))
        for number, name in enumerate(names)
    )
    difference, p_value = None, None
    if len(names) == 2:
        contrast = np.array([-1.0, 1.0])
        title = f"{names[1]} minus {names[0]}"
        difference = YearlyChange(title, len(kept), sum(visits.values()), *fitted.change(contrast))
        p_value = fitted.p_value(contrast)
    return GroupTrend(
        metric=first.metric,
        title=first.title,
        unit=first.unit,
        changes=changes,
        difference=difference,
        p_value=p_value,
        patient_sd=fitted.patient_sd,
        visit_sd=fitted.visit_sd,
        notes=tuple(notes),
        sentence=wording.group_sentence(first.title, first.unit, changes, difference, p_value),
    )


def _check_alike(trends: Sequence[Trend]) -> None:
    if not trends:
        raise LtmeError("groups", "no trend is given", "Name patients with visits")
    if len({trend.metric for trend in trends}) > 1 or len({trend.patient for trend in trends}) < len(trends):
        raise LtmeError("groups", "several metrics, or a patient twice", "Give one trend for each patient")
    first = trends[0]
    if first.metric in _WITHOUT_A_WAY:
        fact = "it is a distance from each patient's own first visit, which has no sign and grows with error alone"
        raise Refused(first.title.lower(), fact, "Compare groups by another metric")
    if len({trend.fingerprint for trend in trends}) > 1:
        raise Refused(first.title.lower(), "embedded by different checkpoints", "Bring them to one with `ltme reembed`")


@dataclass(frozen=True, eq=False)
class _Fitted:
    slopes: np.ndarray  # (group,) a year
    covariance: np.ndarray  # (group, group)
    freedom: int
    patient_sd: float
    visit_sd: float
    notes: tuple[str, ...]

    def change(self, contrast: np.ndarray) -> tuple[float, float, float]:
        """Value and 95 % interval of a combination of groups' slopes."""
        from scipy.stats import t

        value, sd = float(contrast @ self.slopes), float(np.sqrt(contrast @ self.covariance @ contrast))
        reach = float(t.ppf(0.975, self.freedom)) * sd
        return value, value - reach, value + reach

    def p_value(self, contrast: np.ndarray) -> float:
        from scipy.stats import t

        value, sd = float(contrast @ self.slopes), float(np.sqrt(contrast @ self.covariance @ contrast))
        return float(2.0 * t.sf(abs(value) / max(sd, 1e-300), self.freedom))


def _fit(trends: Sequence[Trend], group_of: Sequence[int], groups: int) -> _Fitted:
    """REML, with patients' own courses where the visits can tell them."""
    from statsmodels.regression.mixed_linear_model import MixedLM  # type: ignore[import-untyped]

    values = np.array([point.value for trend in trends for point in trend.points])
    years = np.array(
        [(p.date - trend.points[0].date).days / DAYS_A_YEAR for trend in trends for p in trend.points], dtype=float
    )
    patient = np.repeat(np.arange(len(trends)), [len(trend.points) for trend in trends])
    member = np.eye(groups)[np.asarray(group_of)[patient]]
    exog = np.concatenate([member, member * years[:, None]], axis=1)
    centre, spread = values.mean(), values.std() or 1.0
    scaled = (values - centre) / spread

    def fitted(courses: bool) -> Any:
        random = np.column_stack([np.ones(len(years)), years]) if courses else np.ones((len(years), 1))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return MixedLM(scaled, exog, patient, exog_re=random).fit(reml=True, method=["lbfgs", "bfgs", "powell"])

    notes: tuple[str, ...] = ()
    told = float(np.median([len(trend.points) for trend in trends])) >= VISITS_FOR_COURSES
    result = fitted(told)
    if told and not _is_sound(result):
        told, result = False, fitted(False)
    if not told:
        notes = ("patients are taken to change alike: their visits are too few or too alike to tell courses apart",)
    if not _is_sound(result):
        raise Refused(trends[0].title.lower(), "the mixed model finds no solution for these visits", "Add visits")
    own = slice(groups, 2 * groups)
    return _Fitted(
        slopes=np.asarray(result.fe_params)[own] * spread,
        covariance=np.asarray(result.cov_params())[own, own] * spread**2,
        freedom=len(trends) - groups,
        patient_sd=float(np.sqrt(np.asarray(result.cov_re)[0, 0]) * spread),
        visit_sd=float(np.sqrt(result.scale) * spread),
        notes=notes,
    )


def _is_sound(result: Any) -> bool:
    """Whether the optimiser ended, with errors that are numbers."""
    errors = np.asarray(result.bse_fe)
    return bool(result.converged) and bool(np.isfinite(errors).all()) and bool((errors > 0.0).all())
