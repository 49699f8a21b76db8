"""Where a recording belongs: person, visit and session rows found or made, and the refusals that guard them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from uuid import uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ltme_clinic.errors import LtmeError, Refused, one_line
from ltme_clinic.store.core import called, find_person, short
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

_HOMES = "homes found in this transaction"


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
        The person's recordings have another origin, or another person of the same file is this patient.
    """
    person, trial_session = _home(session, placement, row)
    _check_origin(session, person, row)
    _check_one_of_file(session, person, row)
    row.session_id = trial_session.id
    row.condition, row.marker_set = placement.condition, placement.marker_set
    if row.is_static:
        trial_session.static_recording_id = row.id
    if trial_session.anthropometry != row.anthropometry:
        trial_session.anthropometry = _completed(trial_session.anthropometry, row.anthropometry)
    session.flush()
    return person


def _home(session: Session, placement: Placement, row: RecordingRow) -> tuple[PersonRow, SessionRow]:
    """Person and session, found or made with the visit between them; a transaction, which often takes a whole visit,
    remembers them."""
    assert placement.patient is not None
    homes = session.info.setdefault(_HOMES, {})
    if placement not in homes:
        person = find_person(session, placement.patient)
        if person is None:
            person = PersonRow(
                pseudonym=placement.patient, origin=row.origin, token=f"person {uuid4().hex[:16]}", added_at=utc_now()
            )
            session.add(person)
            session.flush()
        visit = _visit(session, person, placement.visit_date)
        homes[placement] = person, _session(session, visit, placement)
    return homes[placement]


def move(session: Session, row: RecordingRow, placement: Placement) -> PersonRow:
    """Put a recording elsewhere; results that were calculated with it, and what it leaves empty, go."""
    left = holder_of(session, row)
    left_session = session.get(SessionRow, row.session_id) if left else None
    person = place(session, row, placement)
    if left is not None and left_session is not None and left_session.id != row.session_id:
        _clear_up(session, row, *left, left_session)
    return person


def take_back(session: Session, row: RecordingRow) -> PersonRow | None:
    """Let a recording wait for a patient again; whose it was, None if it waited already."""
    left = holder_of(session, row)
    left_session = session.get(SessionRow, row.session_id) if left else None
    if left is None or left_session is None:
        return None
    row.session_id = None
    session.flush()
    _clear_up(session, row, *left, left_session)
    return left[0]


def _clear_up(
    session: Session, row: RecordingRow, person: PersonRow, visit: VisitRow, trial_session: SessionRow
) -> None:
    """Delete results that a recording which has left had a part in, and the session and visit if they are empty."""
    session.execute(delete(FindingRow).where(FindingRow.visit_id == visit.id))
    session.execute(delete(TrendRow).where(TrendRow.person_id == person.id))
    if trial_session.static_recording_id == row.id:
        trial_session.static_recording_id = None
    session.info.pop(_HOMES, None)
    if not session.scalar(select(func.count()).where(RecordingRow.session_id == trial_session.id)):
        session.execute(delete(SessionRow).where(SessionRow.id == trial_session.id))
    if not session.scalar(select(func.count()).where(SessionRow.visit_id == visit.id)):
        session.execute(delete(VisitRow).where(VisitRow.id == visit.id))


def _check_one_of_file(session: Session, person: PersonRow, row: RecordingRow) -> None:
    """Two people of one file are never one patient; a cane or a box, which has no clip, is nobody."""
    if row.file_people == 1 or row.clip_file is None:
        return
    other = session.scalar(
        select(RecordingRow.id)
        .join(SessionRow, RecordingRow.session_id == SessionRow.id)
        .join(VisitRow, SessionRow.visit_id == VisitRow.id)
        .where(
            RecordingRow.file_sha256 == row.file_sha256,
            RecordingRow.id != row.id,
            RecordingRow.clip_file.is_not(None),
            VisitRow.person_id == person.id,
        )
    )
    if other is not None:
        fact = f"another person of the same file (recording {other[:12]}) is patient {person.pseudonym} already"
        raise Refused(called(row.id), fact, "Assign each person of the file to their own patient")


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
        raise Refused(called(row.id), fact, "Give it another patient: origins are never mixed")
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
