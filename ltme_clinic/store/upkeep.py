"""Upkeep: forgetting a person, the audit log and its check, and sweeping files that no row names."""

from __future__ import annotations

import json
import time
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ltme_clinic.access import Permission, Principal
from ltme_clinic.store.core import (
    FIRST_PREVIOUS_HASH,
    StoreCore,
    append_audit,
    audit_hash,
    known_person,
    short,
)
from ltme_clinic.store.engine import empty_write_ahead_log, errors_in_one_line
from ltme_clinic.store.files import remove_files, stored_files
from ltme_clinic.store.models import (
    AuditRow,
    EmbeddingRow,
    JobRow,
    PersonRow,
    RecordingRow,
    SessionRow,
    TombstoneRow,
    VisitRow,
    utc_now,
)
from ltme_clinic.store.payloads import dump
from ltme_clinic.store.summaries import AuditEntry, AuditVerdict, SweepReport, Tombstone

EXPORTS = "exports/"
"""Files that jobs make for downloading lie in this folder of the store, and their results name them so."""

SWEEP_AGE_S = 3600.0
"""A file younger than this may belong to an intake that is still under way."""


class Upkeep(StoreCore):
    """What an administrator and `ltme doctor` do."""

    def forget(self, principal: Principal, patient: str) -> Tombstone:
        """Erase a person: rows, signals, jobs that name them, and their identity; a tombstone without data stays.

        The audit log keeps what was done to them under a token that leads nowhere any more. Rows go in one
        transaction, which also writes down what else must go: if the program is stopped before the files and the name
        are gone, the next opening of the store finishes it. Backups are not reached from here.
        """
        principal.require(Permission.FORGET)
        with self._writing() as session:
            person = known_person(session, patient)
            recordings, files = _belongings(session, person)
            exports = _delete_jobs_naming(session, {patient, *recordings})
            pending = {"files": [*files, *exports], "pseudonym": patient, "recordings": recordings}
            tombstone = TombstoneRow(
                forgotten_at=utc_now(),
                forgotten_by=short(principal.name),
                recordings=len(recordings),
                pending=dump(pending),
            )
            session.add(tombstone)
            append_audit(session, principal, "forget patient", person.token)
            session.execute(delete(PersonRow).where(PersonRow.id == person.id))
            answer = Tombstone(tombstone.forgotten_at, tombstone.forgotten_by, tombstone.recordings)
        self._finish_forgetting()
        return answer

    def export_file(self, name: str) -> Path:
        """Where a file to be handed out goes, in the store's own exports folder (made if it is not there)."""
        with errors_in_one_line(self.location):
            folder = self._files / EXPORTS
            folder.mkdir(parents=True, exist_ok=True)
        return folder / PurePosixPath(name).name

    def tombstones(self, principal: Principal) -> list[Tombstone]:
        """Who was forgotten when: times and numbers, no names."""
        principal.require(Permission.READ_AUDIT)
        with self._reading() as session:
            rows = session.scalars(select(TombstoneRow).order_by(TombstoneRow.id))
            return [Tombstone(row.forgotten_at, row.forgotten_by, row.recordings) for row in rows]

    def audit(self, principal: Principal, *, limit: int = 1000) -> list[AuditEntry]:
        """The latest entries of the audit log, newest first."""
        principal.require(Permission.READ_AUDIT)
        with self._reading() as session:
            pseudonyms = {token: name for token, name in session.execute(select(PersonRow.token, PersonRow.pseudonym))}
            rows = session.scalars(select(AuditRow).order_by(AuditRow.sequence.desc()).limit(limit))
            return [
                AuditEntry(row.sequence, row.at, row.who, row.role, row.action, _shown(row.subject, pseudonyms))
                for row in rows
            ]

    def verify_audit(self) -> AuditVerdict:
        """Follow the audit log's chain of hashes from the first row to the last."""
        previous, expected, broken = FIRST_PREVIOUS_HASH, 1, None
        with self._reading() as session:
            for row in session.scalars(select(AuditRow).order_by(AuditRow.sequence)):
                content = (row.sequence, row.at, row.who, row.role, row.action, row.subject, previous)
                if broken is None and (row.sequence != expected or row.hash != audit_hash(*content)):
                    broken = row.sequence
                previous, expected = row.hash, expected + 1
        return AuditVerdict(intact=broken is None, rows=expected - 1, first_broken=broken, head_hash=previous)

    def sweep(self, *, older_than_s: float = SWEEP_AGE_S) -> SweepReport:
        """Delete files that no row names and that are older than `older_than_s`; list recordings whose files are gone.

        Such files are left by a process that was killed between writing signals and their row.
        """
        self._finish_forgetting()
        newest = time.time() - older_than_s
        removed = removed_bytes = 0
        present = set()
        with errors_in_one_line(self.location):
            found = [(name, path, path.stat()) for name, path in stored_files(self._files)]
        with self._reading() as session:  # read after the files: a row that came since names its file
            named = _named_files(session)
        for name, path, status in found:
            if name in named:
                present.add(name)
            elif status.st_mtime <= newest:
                with errors_in_one_line(self.location):
                    path.unlink(missing_ok=True)
                removed, removed_bytes = removed + 1, removed_bytes + status.st_size
        gone = [name for name in named if name not in present and not (self._files / name).exists()]
        return SweepReport(removed, removed_bytes, tuple(sorted({named[name] for name in gone})))

    def _finish_forgetting(self) -> None:
        """Erase what tombstones still list: files, then the identity; then the list itself."""
        with self._reading() as session:
            waiting = session.execute(
                select(TombstoneRow.id, TombstoneRow.pending).where(TombstoneRow.pending.is_not(None))
            ).all()
        for tombstone_id, pending in waiting:
            listed = json.loads(str(pending))
            remove_files(self._files, listed["files"])
            left = [name for name in listed["files"] if (self._files / name).exists()]
            self._identities.erase(listed["pseudonym"], listed.get("recordings", ()))
            with self._writing() as session:
                tombstone = session.get_one(TombstoneRow, tombstone_id)
                tombstone.pending = dump(listed | {"files": left}) if left else None
        if waiting:
            empty_write_ahead_log(self._engine)


def _belongings(session: Session, person: PersonRow) -> tuple[list[str], list[str]]:
    """A person's recordings and every file that holds something of them."""
    rows = session.execute(
        select(RecordingRow.id, RecordingRow.clip_file, RecordingRow.angles_file)
        .join(SessionRow, RecordingRow.session_id == SessionRow.id)
        .join(VisitRow, SessionRow.visit_id == VisitRow.id)
        .where(VisitRow.person_id == person.id)
    ).all()
    files = [name for row in rows for name in (row.clip_file, row.angles_file) if name]
    latents = (
        select(EmbeddingRow.latents_file)
        .join(RecordingRow, EmbeddingRow.recording_id == RecordingRow.id)
        .join(SessionRow, RecordingRow.session_id == SessionRow.id)
        .join(VisitRow, SessionRow.visit_id == VisitRow.id)
        .where(VisitRow.person_id == person.id)
    )
    return [row.id for row in rows], [*files, *session.scalars(latents)]


def _delete_jobs_naming(session: Session, words: set[str]) -> list[str]:
    """Delete jobs that were about somebody, and return the files they left among the store's exports."""
    exports: list[str] = []
    for row in session.scalars(select(JobRow)).all():
        results = _texts(json.loads(row.result))
        if {*_texts(json.loads(row.payload)), *results} & words or any(word in row.message for word in words):
            exports += [text for text in results if text.startswith(EXPORTS) and ".." not in PurePosixPath(text).parts]
            session.delete(row)
    session.flush()
    return exports


def _texts(value: Any) -> list[str]:
    """Every text inside a JSON value, keys included."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in (key, *_texts(item))]
    return [found for item in value for found in _texts(item)] if isinstance(value, list) else []


def _named_files(session: Session) -> dict[str, str]:
    """Every file that a row names, and the recording it belongs to."""
    named: dict[str, str] = {}
    for row in session.execute(select(RecordingRow.id, RecordingRow.clip_file, RecordingRow.angles_file)):
        named |= {name: row.id for name in (row.clip_file, row.angles_file) if name}
    for recording_id, name in session.execute(select(EmbeddingRow.recording_id, EmbeddingRow.latents_file)):
        named[name] = recording_id
    return named


def _shown(subject: str, pseudonyms: dict[str, str]) -> str:
    if not subject.startswith("person "):
        return subject
    return pseudonyms.get(subject, "forgotten")
