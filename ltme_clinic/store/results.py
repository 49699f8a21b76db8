"""Findings and trends: whole values as JSON, replaced when they are calculated again, never doubled."""

from __future__ import annotations

from collections.abc import Iterable
from math import isnan

from sqlalchemy import delete, select

from ltme_clinic.access import Permission, Principal
from ltme_clinic.store.core import StoreCore, append_audit, known_person, known_visit
from ltme_clinic.store.models import FindingRow, PersonRow, TrendRow, VisitRow, utc_now
from ltme_clinic.store.payloads import from_json, to_json
from ltme_clinic.types.clinical import Finding, Trend


class Results(StoreCore):
    """Saving and reading what a clinician reads."""

    def save_findings(self, principal: Principal, findings: Iterable[Finding]) -> None:
        """Store findings; all that was stored for the same (patient, visit, fingerprint) is replaced.

        Findings of one visit against several references are therefore saved together.
        """
        principal.require(Permission.SAVE_RESULTS)
        given = list(findings)
        with self._writing() as session:
            visits = {key: known_visit(session, *key) for key in {(f.patient, f.visit) for f in given}}
            for patient, visit, fingerprint in {(f.patient, f.visit, f.fingerprint) for f in given}:
                replaced = (FindingRow.visit_id == visits[patient, visit].id, FindingRow.fingerprint == fingerprint)
                session.execute(delete(FindingRow).where(*replaced))
            for finding in given:
                session.add(
                    FindingRow(
                        visit_id=visits[finding.patient, finding.visit].id,
                        fingerprint=finding.fingerprint,
                        reference=finding.reference,
                        anomaly_score=_column(finding.anomaly_score),
                        p_value=_column(finding.p_value),
                        payload=to_json(finding),
                        saved_at=utc_now(),
                    )
                )
            for patient in sorted({f.patient for f in given}):
                append_audit(session, principal, "save findings", known_person(session, patient).token)

    def findings(
        self, principal: Principal, patient: str, *, visit: str | None = None, fingerprint: str | None = None
    ) -> list[Finding]:
        """A patient's findings in order of visit, of one visit or one checkpoint if named."""
        principal.require(Permission.READ_PATIENTS)
        query = select(FindingRow.payload, VisitRow.visit_date).join(VisitRow, FindingRow.visit_id == VisitRow.id)
        if visit is not None:
            query = query.where(VisitRow.key == visit)
        if fingerprint is not None:
            query = query.where(FindingRow.fingerprint == fingerprint)
        with self._reading() as session:
            person = known_person(session, patient)
            rows = session.execute(query.where(VisitRow.person_id == person.id).order_by(FindingRow.id)).all()
        in_order = sorted(rows, key=lambda row: (row.visit_date is None, row.visit_date and row.visit_date.isoformat()))
        return [from_json(Finding, row.payload) for row in in_order]

    def save_trends(self, principal: Principal, trends: Iterable[Trend]) -> None:
        """Store trends; all that was stored for the same (patient, fingerprint) is replaced.

        The trends of all metrics are therefore saved together.
        """
        principal.require(Permission.SAVE_RESULTS)
        given = list(trends)
        with self._writing() as session:
            people = {patient: known_person(session, patient) for patient in {t.patient for t in given}}
            for patient, fingerprint in {(t.patient, t.fingerprint) for t in given}:
                replaced = (TrendRow.person_id == people[patient].id, TrendRow.fingerprint == fingerprint)
                session.execute(delete(TrendRow).where(*replaced))
            for trend in given:
                session.add(
                    TrendRow(
                        person_id=people[trend.patient].id,
                        fingerprint=trend.fingerprint,
                        metric=trend.metric,
                        state=trend.state,
                        payload=to_json(trend),
                        saved_at=utc_now(),
                    )
                )
            for patient in sorted(people):
                append_audit(session, principal, "save trends", people[patient].token)

    def trends(self, principal: Principal, patient: str, *, fingerprint: str | None = None) -> list[Trend]:
        """A patient's trends in the order they were given, of one checkpoint if named."""
        principal.require(Permission.READ_PATIENTS)
        query = select(TrendRow.payload).order_by(TrendRow.id)
        if fingerprint is not None:
            query = query.where(TrendRow.fingerprint == fingerprint)
        with self._reading() as session:
            person: PersonRow = known_person(session, patient)
            payloads = session.scalars(query.where(TrendRow.person_id == person.id)).all()
        return [from_json(Trend, payload) for payload in payloads]


def _column(value: float | None) -> float | None:
    """A number as its column keeps it: NaN is NULL there (the payload keeps the NaN)."""
    return None if value is None or isnan(value) else float(value)
