"""What every part of the store stands on: transactions, the audit chain, and finding a person or a recording."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from ltme_clinic.access import Permission, Principal
from ltme_clinic.errors import LtmeError, one_line
from ltme_clinic.store.engine import errors_in_one_line, writer
from ltme_clinic.store.identities import IdentityDatabase
from ltme_clinic.store.location import StoreLocation
from ltme_clinic.store.models import AuditRow, PersonRow, RecordingRow, VisitRow, utc_now

FIRST_PREVIOUS_HASH = "0" * 64

_SHORT = 255
_LAST_AUDIT = "last audit row"


class StoreCore:
    """A store's connections. The parts of the store (`intake`, `patients`, `embeddings` ...) build on this."""

    def __init__(self, place: StoreLocation, engine: Engine) -> None:
        self._place = place
        self._engine = engine
        self._writer = writer(engine)
        self._identities = IdentityDatabase(place.identities)

    @property
    def location(self) -> str:
        """The store's folder, or its database URL without the password."""
        return self._place.name

    @property
    def _files(self) -> Path:
        return self._place.files

    def _file_names(self, principal: Principal, rows: Iterable[RecordingRow]) -> dict[str, str]:
        """The names of recordings' files by the recordings' ids; none for those who may not see identities."""
        may_see = principal.may(Permission.READ_IDENTITIES)
        return self._identities.file_names(row.id for row in rows) if may_see else {}

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        """A transaction that sees one state of the store and changes nothing."""
        with errors_in_one_line(self.location), Session(self._engine) as session:
            yield session

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        """A transaction that no other writer overlaps; all of it is stored, or nothing."""
        with errors_in_one_line(self.location), Session(self._writer) as session, session.begin():
            yield session


def append_audit(session: Session, principal: Principal, action: str, subject: str) -> None:
    """Add one row to the audit log, in the transaction of the thing it reports.

    `subject` is a person's token or another word that says nothing about a person.
    """
    sequence, previous = _last_audit(session)
    row = AuditRow(
        sequence=sequence + 1,
        at=utc_now(),
        who=short(principal.name),
        role=principal.role.value,
        action=short(action),
        subject=short(subject),
        previous_hash=previous,
    )
    row.hash = audit_hash(row.sequence, row.at, row.who, row.role, row.action, row.subject, previous)
    session.add(row)
    session.info[_LAST_AUDIT] = row.sequence, row.hash


def forget_remembered(session: Session) -> None:
    """Drop what a session remembers of its transaction, where a part of that was rolled back and the rest goes on."""
    session.info.clear()


def _last_audit(session: Session) -> tuple[int, str]:
    """Number and hash of the last row of the log; (0, zeros) for an empty log.

    Within a transaction it is remembered: the write lock keeps every other writer out.
    """
    if _LAST_AUDIT in session.info:
        sequence, row_hash = session.info[_LAST_AUDIT]
        return sequence, row_hash
    newest = select(AuditRow.sequence, AuditRow.hash).order_by(AuditRow.sequence.desc()).limit(1)
    last = session.execute(newest).first()
    return (last.sequence, last.hash) if last else (0, FIRST_PREVIOUS_HASH)


def audit_hash(sequence: int, at: str, who: str, role: str, action: str, subject: str, previous_hash: str) -> str:
    """SHA-256 (hex) over a row's content and the hash of the row before it."""
    content = json.dumps([sequence, at, who, role, action, subject, previous_hash])
    return hashlib.sha256(content.encode()).hexdigest()


def short(text: str) -> str:
    """Text that fits its column: one line of at most 255 characters."""
    return one_line(text)[:_SHORT]


def find_person(session: Session, patient: str) -> PersonRow | None:
    """The row of a pseudonym, None if the store doesn't know it."""
    return session.scalar(select(PersonRow).where(PersonRow.pseudonym == patient))


def known_person(session: Session, patient: str) -> PersonRow:
    """The row of a pseudonym.

    Raises
    ------
    LtmeError
        The store doesn't know it.
    """
    person = find_person(session, patient)
    if person is None:
        raise LtmeError(f"patient {patient}", "is not in this store", "Check the spelling, or add a recording first")
    return person


def known_visit(session: Session, patient: str, key: str) -> VisitRow:
    """The row of a visit by its key (ISO date or 'undated'); `LtmeError` if there is none."""
    person = known_person(session, patient)
    visit = session.scalar(select(VisitRow).where(VisitRow.person_id == person.id, VisitRow.key == key))
    if visit is None:
        raise LtmeError(f"patient {patient}", f"has no visit '{key}'", "Name a visit by its ISO date, or 'undated'")
    return visit


def known_recording(session: Session, recording_id: str) -> RecordingRow:
    """The row of a recording; `LtmeError` if there is none."""
    row = session.get(RecordingRow, recording_id)
    if row is None:
        raise LtmeError(called(recording_id), "is not in this store", "Add its C3D file first")
    return row


def called(recording_id: str) -> str:
    """What to call a recording in a message where its file's name is not at hand."""
    return f"recording {recording_id[:12]}"


def count(session: Session, table: type) -> int:
    """How many rows a table has."""
    return session.scalar(select(func.count()).select_from(table)) or 0
