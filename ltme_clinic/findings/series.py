"""Which of a patient's visits may be followed over time: dated, of one condition, one checkpoint and one origin."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ltme_clinic.findings.visit import VisitEmbeddings
from ltme_clinic.types import LtmeError, Origin, Refused


@dataclass(frozen=True)
class Series:
    """A patient's comparable visits, first to last, one a day."""

    patient: str
    origin: Origin
    fingerprint: str
    visits: tuple[VisitEmbeddings, ...]
    notes: tuple[str, ...]
    """One line for each visit that is left out or joined with another, and why."""

    @property
    def fewest_trials(self) -> int:
        """Trials of the shortest visit; 1 where there is no visit."""
        return min((visit.trials for visit in self.visits), default=1)

    def day(self, visit: VisitEmbeddings) -> datetime.date:
        assert visit.date is not None  # comparable_series keeps dated visits only
        return visit.date


def comparable_series(visits: Sequence[VisitEmbeddings]) -> Series:
    """Order visits by date, leave out what can't be compared with the first one, and name it.

    Visits of different patients, origins or checkpoints are refused as a whole: there the mistake is in the store.
    """
    if not visits:
        raise LtmeError("trend", "no visit to follow", "Add recordings of this patient")
    _check_one_kind(visits)
    notes = [f"visit {key} is left out: it has no date" for key in sorted({v.visit for v in visits if v.date is None})]
    dated = sorted((visit for visit in visits if visit.date is not None), key=lambda v: (v.date, v.visit))
    followed = _followed_condition(dated)
    like = [visit for visit in dated if visit.condition == followed]
    notes += [
        f"visit {visit.visit} is left out: walked {_said(visit.condition)}, the baseline {_said(followed)}"
        for visit in dated
        if visit.condition != followed
    ]
    joined, join_notes = _one_a_day(like)
    marker_sets = sorted({visit.marker_set for visit in joined if visit.marker_set})
    if len(marker_sets) > 1:
        join_notes.append(f"read with caution: visits are measured with {' and '.join(marker_sets)}")
    first = visits[0]
    return Series(first.patient, first.origin, first.fingerprint, tuple(joined), tuple(notes + join_notes))


def _followed_condition(dated: list[VisitEmbeddings]) -> str:
    """The first day's condition; of several on that day, the one walked on most days, then the first by name."""
    first = {visit.condition for visit in dated if visit.date == dated[0].date}
    days = {condition: sum(visit.condition == condition for visit in dated) for condition in first}
    return min(days, key=lambda condition: (-days[condition], condition), default="")


def _check_one_kind(visits: Sequence[VisitEmbeddings]) -> None:
    first = visits[0]
    subject = f"visits of {first.patient}"
    if any(visit.patient != first.patient for visit in visits):
        raise Refused(subject, "a visit of another patient is among them", "Follow one patient at a time")
    if len({(visit.visit, visit.condition) for visit in visits}) < len(visits):
        raise Refused(subject, "a visit is given twice", "Give each visit once")
    if any(visit.origin != first.origin for visit in visits):
        raise Refused(
            subject, "measured, virtual and generated recordings are mixed", "Keep them in different patients"
        )
    if first.origin == "generated":
        raise Refused(subject, "generated motion is never followed over time", "Track measured or virtual recordings")
    if len({(visit.fingerprint, visit.clip_version) for visit in visits}) > 1:
        raise Refused(subject, "embedded by different checkpoints", "Bring them to one with `ltme reembed`")


def _one_a_day(visits: list[VisitEmbeddings]) -> tuple[list[VisitEmbeddings], list[str]]:
    """Join visits of one day: nothing changes between them, and more trials only lower the error."""
    joined: list[VisitEmbeddings] = []
    notes = []
    for visit in visits:
        if joined and joined[-1].date == visit.date:
            notes.append(f"visits {joined[-1].visit} and {visit.visit} are of one day and taken as one")
            before = joined[-1]
            marker_set = visit.marker_set if visit.marker_set == before.marker_set else ""
            joined[-1] = replace(before, embeddings=before.embeddings + visit.embeddings, marker_set=marker_set)
        else:
            joined.append(visit)
    return joined, notes


def _said(condition: str) -> str:
    return f"'{condition}'" if condition else "without a stated condition"
