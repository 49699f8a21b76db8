"""Courses over months: how severe an impairment is at each visit, and in what condition the patient walks then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ltme_clinic.types import Impairment, LtmeError, Side
from ltme_clinic.virtual_lab.conditions import BAREFOOT, Condition

CourseKind = Literal["stable", "decline", "recovery", "plateau", "relapse", "medication", "wearing_off", "surgery"]

DAYS_BETWEEN_VISITS = 91
"""Where a course does not say when its visits are."""
RECOVERY_SHARE = 0.3
"""Share of a recovery's time after which 1/e of what is to come is left: most comes early, as after a stroke or a joint
replacement."""
PLATEAU_FROM, RELAPSE_FROM = 0.4, 0.6
"""Share of the time after which a plateau is reached, and at which a relapse begins."""
SURGERY_AT, SURGERY_SETBACK = 0.25, 0.25
"""Share of the time at which surgery is done, and by how much it worsens the walk at first."""


@dataclass(frozen=True)
class Course:
    """One patient's story: the severity at each visit."""

    impairment: Impairment
    severities: tuple[float, ...]
    side: Side | None = None
    age_y: float | None = None
    conditions: tuple[Condition, ...] = ()
    """One for each visit; barefoot, alone and without medication if there are none."""
    days: tuple[int, ...] = ()
    """Of each visit since the first; every three months if there are none."""

    def __post_init__(self) -> None:
        visits = len(self.severities)
        if not visits:
            raise LtmeError("course", "no visits", "Give a severity for each visit")
        for severity in self.severities:
            if not 0.0 <= severity <= 1.0:
                raise LtmeError("course", f"a severity of {severity:g}", "Give 0 (healthy) to 1 (severe)")
        for what, given in (("conditions", self.conditions), ("days", self.days)):
            if given and len(given) != visits:
                raise LtmeError(
                    "course", f"{len(given)} {what} for {visits} visits", "Give one for each visit, or none"
                )
        if any(later <= before for before, later in zip(self.days, self.days[1:], strict=False)):
            raise LtmeError("course", "visits out of order", "Give days that rise from visit to visit")

    def condition_at(self, visit: int) -> Condition:
        """How the patient walks at a visit, counted from 0."""
        return self.conditions[visit] if self.conditions else BAREFOOT


def course_named(
    kind: CourseKind,
    visits: int,
    days: int,
    impairment: Impairment,
    start: float,
    end: float,
    *,
    side: Side | None = None,
    age_y: float | None = None,
) -> Course:
    """A course of a known shape.

    Parameters
    ----------
    kind
        `stable`: at `start` throughout. `decline`: steadily up. `recovery`: exponentially down. `plateau`: down, then
        level. `relapse`: down to `end`, and back up. `medication`: at visits alternately off and on medication, the
        severity without it going steadily. `wearing_off`: on medication, which works less and less. `surgery`: as at
        `start`, worse at once after the operation, then exponentially down to `end`.
    visits, days
        How many, evenly over so many days from the first to the last.
    start, end
        Severity at the first visit, and the one that the shape leads to.

    Raises
    ------
    LtmeError
        An unknown kind, too few visits or days, or a shape that would have to go the other way.
    """
    if kind not in get_args(CourseKind):
        raise LtmeError("course", f"kind '{kind}' is not known", f"Use {', '.join(get_args(CourseKind))}")
    if visits < 2 or days < visits - 1:
        raise LtmeError("course", f"{visits} visits in {days} days", "Give two or more visits, a day or more apart")
    if kind in ("decline", "wearing_off") and end < start:
        raise LtmeError("course", f"a {kind} from {start:g} down to {end:g}", "Give an end above the start")
    if kind in ("recovery", "plateau", "relapse", "surgery") and end > start:
        raise LtmeError("course", f"a {kind} from {start:g} up to {end:g}", "Give an end below the start")
    if kind == "stable" and end != start:
        raise LtmeError("course", f"a stable course from {start:g} to {end:g}", "Give the same severity twice")
    on_days = tuple(int(day) for day in np.round(np.linspace(0, days, visits)))
    severities = tuple(shape(kind, day / days, start, end) for day in on_days)
    return Course(impairment, severities, side, age_y, _conditions(kind, visits), on_days)


def shape(kind: CourseKind, gone: float, start: float, end: float) -> float:
    """The severity when a share (0 to 1) of a course's time is gone."""
    fall = start - end
    if kind in ("decline", "medication"):
        return start - fall * gone
    if kind == "wearing_off":
        return start - fall * gone**2
    if kind == "recovery":
        return end + fall * _left(gone)
    if kind == "plateau":
        return end + fall * (1.0 - _smooth(gone / PLATEAU_FROM))
    if kind == "relapse":
        back = _smooth((gone - RELAPSE_FROM) / (1.0 - RELAPSE_FROM))
        return end + fall * (1.0 - _smooth(gone / PLATEAU_FROM) + back)
    if kind == "surgery" and gone >= SURGERY_AT:
        worst = min(1.0, start + SURGERY_SETBACK)
        return end + (worst - end) * _left((gone - SURGERY_AT) / (1.0 - SURGERY_AT))
    return start


def _conditions(kind: CourseKind, visits: int) -> tuple[Condition, ...]:
    on, off = Condition(medication="on"), Condition(medication="off")
    if kind == "medication":
        return tuple(on if visit % 2 else off for visit in range(visits))
    return (on,) * visits if kind == "wearing_off" else ()


def _left(gone: float) -> float:
    """1 to 0: what is left of an exponential recovery that ends with the course."""
    last = np.exp(-1.0 / RECOVERY_SHARE)
    return float((np.exp(-gone / RECOVERY_SHARE) - last) / (1.0 - last))


def _smooth(share: float) -> float:
    share = min(max(share, 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)
