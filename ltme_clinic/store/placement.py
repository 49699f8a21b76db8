"""Where a recording belongs: person, visit and session rows found or made, and the refusals that guard them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from uuid import uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ltme_clinic.errors import LtmeError, Refused, one_line
from ltme_clinic.store.core import find_person, short
from ltme_clinic.store.models import (
    PSEUDONYM_LENGTH,
    FindingRow,
    PersonRow,
    RecordingRow,
    SessionRow,
    TrendRow,
    VisitRow,
    utc_now,
)
from ltme_clinic.store.payloads import dump, restore
from ltme_clinic.store.summaries import visit_key
from ltme_clinic.types.recording import Anthropometry


@dataclass(frozen=True)
class Placement:
    """Patient, date, condition and marker set under which a recording is to be stored."""

    patient: str | None
    visit_date: date | None
    condition: str
    marker_set: str

    @classmethod
    def checked(cls, patient: str | None, visit_date: date | None, condition: str, marker_set: str) -> Placement:
        """A placement whose pseudonym is usable: 1 to 64 printable characters on one line."""
        if patient is not None and (one_line(patient) != patient or not 0 < len(patient) <= PSEUDONYM_LENGTH):
            fact = f"is not a usable pseudonym (1 to {PSEUDONYM_LENGTH} printable characters, no spaces around them)"
            raise LtmeError(f"patient '{one_line(patient)[:PSEUDONYM_LENGTH]}'", fact, "Choose another")
        return cls(patient, visit_date, short(condition), short(marker_set))


def holder_of(session: Session, row: RecordingRow) -> tuple[PersonRow, VisitRow] | None:
    """The person and the visit that a recording is under, None while it waits."""
    found = session.execute(
        select(PersonRow, VisitRow)
        .join(VisitRow, VisitRow.person_id == PersonRow.id)
        .join(SessionRow, SessionRow.visit_id == VisitRow.id)
        .where(SessionRow.id == row.session_id)
    ).first()
    return (found[0], found[1]) if found else None


def place(session: Session, row: RecordingRow, placement: Placement) -> PersonRow:
    """Put a recording under its person, visit and session, making those that don't exist yet.

    Raises
    ------
    Refused
        The person's recordings have another origin.
    """
    assert placement.patient is not None
    person = find_person(session, placement.patient)
    if person is None:
        person = PersonRow(
            pseudonym=placement.patient, origin=row.origin, token=f"person {uuid4().hex[:16]}", added_at=utc_now()
        )
        session.add(person)
        session.flush()
    _check_origin(session, person, row)
    visit = _visit(session, person, placement.visit_date)
    trial_session = _session(session, visit, placement)
    row.session_id = trial_session.id
    row.condition, row.marker_set = placement.condition, placement.marker_set
    if row.is_static:
        trial_session.static_recording_id = row.id
    trial_session.anthropometry = _completed(trial_session.anthropometry, row.anthropometry)
    session.flush()
    return person


def move(session: Session, row: RecordingRow, placement: Placement) -> PersonRow:
    """Put a recording elsewhere; results that were calculated with it, and what it leaves empty, go."""
    left = holder_of(session, row)
    left_session = session.get(SessionRow, row.session_id) if left else None
    person = place(session, row, placement)
    if left is None or left_session is None or left_session.id == row.session_id:
        return person
    left_person, left_visit = left
    session.execute(delete(FindingRow).where(FindingRow.visit_id == left_visit.id))
    session.execute(delete(TrendRow).where(TrendRow.person_id == left_person.id))
    if left_session.static_recording_id == row.id:
        left_session.static_recording_id = None
    if not session.scalar(select(func.count()).where(RecordingRow.session_id == left_session.id)):
        session.execute(delete(SessionRow).where(SessionRow.id == left_session.id))
    if not session.scalar(select(func.count()).where(SessionRow.visit_id == left_visit.id)):
        session.execute(delete(VisitRow).where(VisitRow.id == left_visit.id))
    return person


def _check_origin(session: Session, person: PersonRow, row: RecordingRow) -> None:
    if person.origin == row.origin:
        return
    others = session.scalar(
        select(func.count())
        .select_from(RecordingRow)
        .join(SessionRow, RecordingRow.session_id == SessionRow.id)
        .join(VisitRow, SessionRow.visit_id == VisitRow.id)
        .where(VisitRow.person_id == person.id, RecordingRow.id != row.id)
    )
    if others:
        fact = f"a {row.origin} recording can't join patient {person.pseudonym}, whose recordings are {person.origin}"
        raise Refused(row.source_name, fact, "Give it another patient: origins are never mixed")
    person.origin = row.origin


def _visit(session: Session, person: PersonRow, visit_date: date | None) -> VisitRow:
    key = visit_key(visit_date)
    visit = session.scalar(select(VisitRow).where(VisitRow.person_id == person.id, VisitRow.key == key))
    if visit is None:
        visit = VisitRow(person_id=person.id, key=key, visit_date=visit_date)
        session.add(visit)
        session.flush()
    return visit


def _session(session: Session, visit: VisitRow, placement: Placement) -> SessionRow:
    found = session.scalar(
        select(SessionRow).where(
            SessionRow.visit_id == visit.id,
            SessionRow.condition == placement.condition,
            SessionRow.marker_set == placement.marker_set,
        )
    )
    if found is None:
        found = SessionRow(
            visit_id=visit.id,
            condition=placement.condition,
            marker_set=placement.marker_set,
            anthropometry=dump(Anthropometry()),
        )
        session.add(found)
        session.flush()
    return found


def _completed(stored: str, offered: str) -> str:
    """Body measures of a session: the first file that holds a measure gives it."""
    first, second = restore(Anthropometry, stored), restore(Anthropometry, offered)
    names = [field.name for field in fields(Anthropometry)]
    merged = {name: getattr(second if getattr(first, name) is None else first, name) for name in names}
    return dump(Anthropometry(**merged))
