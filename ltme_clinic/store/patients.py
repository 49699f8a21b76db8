"""Reading what is there: patients, visits, trials, and who stands behind a pseudonym."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ltme_clinic.access import Permission, Principal
from ltme_clinic.errors import LtmeError, one_line
from ltme_clinic.store.core import StoreCore, append_audit, count, known_person, known_visit
from ltme_clinic.store.models import (
    EmbeddingRow,
    FindingRow,
    JobRow,
    PersonRow,
    RecordingRow,
    SessionRow,
    TrendRow,
    VisitRow,
)
from ltme_clinic.store.payloads import from_json, restore
from ltme_clinic.store.summaries import PatientSummary, StoreCounts, TrialSummary, VisitSummary
from ltme_clinic.types.clinical import Finding
from ltme_clinic.types.trial import TrialFacts


class Patients(StoreCore):
    """Patients, visits and trials."""

    def patients(self, principal: Principal) -> list[PatientSummary]:
        """Every patient, by pseudonym."""
        principal.require(Permission.READ_PATIENTS)
        with self._reading() as session:
            people = session.scalars(select(PersonRow)).all()
            visits = _visit_rows(session)
            latest = _latest_findings(session)
        visits_of = defaultdict(list)
        for visit in visits:
            visits_of[visit.person_id].append(visit)
        return sorted(
            (
                PatientSummary(
                    pseudonym=person.pseudonym,
                    origin=person.origin,  # type: ignore[arg-type]
                    visits=len(visits_of[person.id]),
                    last_visit=max((v.visit_date for v in visits_of[person.id] if v.visit_date), default=None),
                    trials=sum(v.trials for v in visits_of[person.id]),
                    latest_finding=latest.get(person.id),
                )
                for person in people
            ),
            key=lambda summary: summary.pseudonym,
        )

    def visits(self, principal: Principal, patient: str) -> list[VisitSummary]:
        """A patient's visits by date, the undated one last."""
        principal.require(Permission.READ_PATIENTS)
        with self._reading() as session:
            person = known_person(session, patient)
            visits = _visit_rows(session, person.id)
            conditions = defaultdict(set)
            for visit_id, condition in session.execute(
                select(SessionRow.visit_id, SessionRow.condition)
                .join(VisitRow, SessionRow.visit_id == VisitRow.id)
                .where(VisitRow.person_id == person.id)
            ):
                conditions[visit_id].add(condition)
        visits.sort(key=lambda visit: (visit.visit_date is None, visit.key))
        return [
            VisitSummary(patient, visit.key, visit.visit_date, visit.trials, tuple(sorted(conditions[visit.id])))
            for visit in visits
        ]

    def trials(self, principal: Principal, patient: str, visit: str | None = None) -> list[TrialSummary]:
        """The recordings of a visit (its ISO date or 'undated'), or of all visits, in order of visit and file name.

        For who may not see identities, and so no file names, the order within a visit is that of their adding.
        """
        principal.require(Permission.READ_PATIENTS)
        query = (
            select(RecordingRow, VisitRow)
            .join(SessionRow, RecordingRow.session_id == SessionRow.id)
            .join(VisitRow, SessionRow.visit_id == VisitRow.id)
        )
        with self._reading() as session:
            if visit is None:
                query = query.where(VisitRow.person_id == known_person(session, patient).id)
            else:
                query = query.where(VisitRow.id == known_visit(session, patient, visit).id)
            found = session.execute(query).all()
        names = self._file_names(principal, [row for row, _ in found])

        def place(pair: Any) -> tuple:
            row, of = pair
            return of.visit_date is None, of.key, names.get(row.id, ""), row.added_at, row.file_person or 0, row.id

        return [trial_summary(row, names.get(row.id, ""), patient, of) for row, of in sorted(found, key=place)]

    def name_of(self, principal: Principal, patient: str) -> str | None:
        """Who a pseudonym is, None if nobody wrote it down; the reading is written into the audit log."""
        principal.require(Permission.READ_IDENTITIES)
        with self._writing() as session:
            append_audit(session, principal, "read identity", known_person(session, patient).token)
        return self._identities.name(patient)

    def names(self, principal: Principal) -> dict[str, str]:
        """Every known name by its pseudonym; the reading is written into the audit log."""
        principal.require(Permission.READ_IDENTITIES)
        with self._writing() as session:
            append_audit(session, principal, "read all identities", "all patients")
        return self._identities.names()

    def set_name(self, principal: Principal, patient: str, name: str) -> None:
        """Write down who a pseudonym is, in the identity database and nowhere else."""
        principal.require(Permission.WRITE_IDENTITIES)
        if not one_line(name):
            raise LtmeError(f"patient {patient}", "the name is empty", "Give a name, or leave the patient without one")
        with self._writing() as session:
            append_audit(session, principal, "write identity", known_person(session, patient).token)
            self._identities.set_name(patient, one_line(name))

    def pseudonym_of(self, subject: str) -> str:
        """A pseudonym for a subject's label inside a file: the same for the same label, in this store alone.

        It is made with the identity database's key, so nobody without that can tell which label it stands for.
        """
        return f"S-{self._identities.subject_hash(one_line(subject) or 'unnamed')[:10]}"

    def counts(self) -> StoreCounts:
        """How much the store holds; says nothing about anybody."""
        with self._reading() as session:
            waiting = select(func.count()).where(RecordingRow.session_id.is_(None))
            return StoreCounts(
                patients=count(session, PersonRow),
                visits=count(session, VisitRow),
                recordings=count(session, RecordingRow),
                unassigned=session.scalar(waiting) or 0,
                embeddings=count(session, EmbeddingRow),
                findings=count(session, FindingRow),
                trends=count(session, TrendRow),
                jobs=count(session, JobRow),
            )


def trial_summary(
    row: RecordingRow, source_name: str, patient: str = "", visit: VisitRow | None = None
) -> TrialSummary:
    """One recording, with its file's name where that may be seen."""
    return TrialSummary(
        recording_id=row.id,
        patient=patient,
        visit=visit.key if visit else "",
        visit_date=visit.visit_date if visit else None,
        source_name=source_name,
        condition=row.condition,
        marker_set=row.marker_set,
        origin=row.origin,  # type: ignore[arg-type]
        rate_hz=row.rate_hz,
        frames=row.frames,
        duration_s=row.duration_s,
        is_static=row.is_static,
        has_clip=row.clip_file is not None,
        events=len(json.loads(row.events)),
        warnings=tuple(json.loads(row.warnings)),
        added_at=row.added_at,
        trial=restore(TrialFacts, row.trial),
        file_person=row.file_person,
        file_people=row.file_people,
    )


def _visit_rows(session: Session, person_id: int | None = None) -> list:
    """Visits with how many trials each has: rows of (id, person_id, key, visit_date, trials)."""
    query = (
        select(
            VisitRow.id,
            VisitRow.person_id,
            VisitRow.key,
            VisitRow.visit_date,
            func.count(RecordingRow.id).label("trials"),
        )
        .outerjoin(SessionRow, SessionRow.visit_id == VisitRow.id)
        .outerjoin(RecordingRow, RecordingRow.session_id == SessionRow.id)
        .group_by(VisitRow.id, VisitRow.person_id, VisitRow.key, VisitRow.visit_date)
    )
    if person_id is not None:
        query = query.where(VisitRow.person_id == person_id)
    return list(session.execute(query))


def _latest_findings(session: Session) -> dict[int, Finding]:
    """By person, the finding of the latest visit that has one (a dated visit before an undated), newest first saved."""
    query = select(VisitRow.person_id, VisitRow.visit_date, FindingRow.saved_at, FindingRow.id).join(
        FindingRow, FindingRow.visit_id == VisitRow.id
    )
    best: dict[int, tuple[str, str, int]] = {}
    for person_id, visit_date, saved_at, finding_id in session.execute(query):
        rank = (visit_date.isoformat() if visit_date else "", saved_at, -finding_id)
        best[person_id] = max(best.get(person_id, rank), rank)
    wanted = [-rank[2] for rank in best.values()]
    payloads: dict[int, str] = {}
    for start in range(0, len(wanted), 500):  # databases limit how many values one statement may carry
        chunk = select(FindingRow.id, FindingRow.payload).where(FindingRow.id.in_(wanted[start : start + 500]))
        payloads |= {finding_id: payload for finding_id, payload in session.execute(chunk)}
    return {person: from_json(Finding, payloads[-rank[2]]) for person, rank in best.items()}
