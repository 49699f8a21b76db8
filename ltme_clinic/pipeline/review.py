"""Review: Store -> Finding, Trend -> Report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ltme_clinic.access import Principal, local_principal
from ltme_clinic.pipeline.references import ReferencesAtHand
from ltme_clinic.progress import Progress, silent
from ltme_clinic.types import Finding, LtmeError, Trend

if TYPE_CHECKING:
    from ltme_clinic.embedding import LtmeModel
    from ltme_clinic.findings import VisitEmbeddings
    from ltme_clinic.store import Store, StoredEmbedding


@dataclass(frozen=True)
class Review:
    """All that can be said of a patient today."""

    findings: tuple[Finding, ...]
    trends: tuple[Trend, ...]
    notes: tuple[str, ...] = ()
    """What was left out, and why."""


def review_patient(
    store: Store,
    patient: str,
    *,
    model: LtmeModel | None = None,
    reference: Path | None = None,
    principal: Principal | None = None,
) -> Review:
    """Findings of every visit and trends over them, calculated from the stored embeddings; nothing is stored.

    Raises
    ------
    LtmeError
        The patient is unknown, was embedded by another checkpoint, or has no walk; no reference belongs to the model.
    """
    from ltme_clinic.embedding import load_model

    model = model or load_model()
    references = ReferencesAtHand.of(store, model.fingerprint, reference)
    return _review(store, patient, model, references, principal or local_principal())


def refresh_patients(
    store: Store,
    patients: Iterable[str],
    *,
    model: LtmeModel | None = None,
    principal: Principal | None = None,
    progress: Progress = silent,
) -> list[str]:
    """Calculate findings and trends against the references at hand and store them, for reports and the dashboard.

    Returns
    -------
    One line for each patient without findings and for each recording left out, and why.
    """
    from ltme_clinic.embedding import load_model

    model = model or load_model()
    people = sorted(set(patients))
    try:
        references = ReferencesAtHand.of(store, model.fingerprint)
    except LtmeError as error:
        return [str(error)] if people else []
    lines = []
    for number, patient in enumerate(people, start=1):
        try:
            review = refresh_patient(store, patient, model=model, references=references, principal=principal)
            lines += [f"{patient}: {note}" for note in review.notes]
        except LtmeError as error:
            if error.subject == store.location:
                raise
            lines.append(str(error))
        progress("findings and trends", number, len(people))
    return lines


def refresh_patient(
    store: Store,
    patient: str,
    *,
    model: LtmeModel | None = None,
    references: ReferencesAtHand | None = None,
    principal: Principal | None = None,
) -> Review:
    """Calculate one patient's findings and trends, as `review_patient`, and store them."""
    from ltme_clinic.embedding import load_model

    principal = principal or local_principal()
    model = model or load_model()
    review = _review(store, patient, model, references or ReferencesAtHand.of(store, model.fingerprint), principal)
    store.save_findings(principal, review.findings)
    store.save_trends(principal, review.trends)
    return review


def _review(store: Store, patient: str, model: LtmeModel, references: ReferencesAtHand, principal: Principal) -> Review:
    from ltme_clinic.findings import BaselineTracker

    visits, notes = visits_of(store, patient, model.fingerprint, principal)
    if not visits:
        cure = "Add a walking trial with its pelvis and leg markers"
        raise LtmeError(f"patient {patient}", "; ".join(["no walk to look at", *notes]), cure)
    findings = tuple(references.detector(visit).finding(visit, model) for visit in visits)
    # A trend compares visits with each other, and so with one reference: the newest visit's.
    newest = next((visit for visit in reversed(visits) if visit.date is not None), visits[-1])
    return Review(findings, BaselineTracker().track(visits, references.detector(newest)), notes)


def visits_of(
    store: Store, patient: str, fingerprint: str, principal: Principal
) -> tuple[list[VisitEmbeddings], tuple[str, ...]]:
    """A patient's visits as the detectors see them: walks only, one condition each; and what was left out.

    Raises
    ------
    LtmeError
        Some recordings are embedded by another checkpoint alone: visits would be compared in part.
    """
    from ltme_clinic.findings import VisitEmbeddings, why_not_a_walk

    grouped: dict[tuple[str, date | None, str], list[StoredEmbedding]] = defaultdict(list)
    notes = []
    embeddings = store.embeddings(principal, patient, fingerprint)
    _check_checkpoint(store, patient, fingerprint, {stored.recording_id for stored in embeddings}, principal)
    for stored in embeddings:
        reason = why_not_a_walk(stored.embedding, stored.kind)
        if reason:
            notes.append(f"recording {stored.recording_id[:12]} of {stored.visit} is not scored: {reason}")
            continue
        grouped[(stored.visit, stored.visit_date, stored.condition)].append(stored)
    visits = [
        VisitEmbeddings(
            patient,
            visit,
            day,
            condition,
            walks[0].embedding.origin,
            tuple(walk.embedding for walk in walks),
            marker_set=walks[0].marker_set if len({walk.marker_set for walk in walks}) == 1 else "",
            age_y=next((walk.age_y for walk in walks if walk.age_y is not None), None),
        )
        for (visit, day, condition), walks in sorted(grouped.items(), key=_by_date)
    ]
    return visits, tuple(notes)


def _by_date(group: tuple[tuple[str, date | None, str], list[StoredEmbedding]]) -> tuple[bool, str, str]:
    (visit, day, condition), _ = group
    return day is None, visit, condition


def _check_checkpoint(store: Store, patient: str, fingerprint: str, embedded: set[str], principal: Principal) -> None:
    others = [other for other in store.fingerprints() if other != fingerprint]
    elsewhere = {stored.recording_id for other in others for stored in store.embeddings(principal, patient, other)}
    if elsewhere - embedded:
        fact = (
            f"{len(elsewhere - embedded)} of its recordings are embedded by another checkpoint than {fingerprint[:12]}"
        )
        raise LtmeError(f"patient {patient}", fact, "Bring the store to this one with ltme reembed")


def report_patient(store: Store, patient: str, out: Path, *, principal: Principal | None = None) -> Path:
    """One patient's page as a PDF, from what is stored: the latest visit's finding and the trends beside it."""
    from ltme_clinic.report import write_patient_report
    from ltme_clinic.store import UNDATED

    principal = principal or local_principal()
    findings = store.findings(principal, patient)
    dated = [finding for finding in findings if finding.visit != UNDATED] or findings
    newest = dated[-1] if dated else None
    trends = store.trends(principal, patient)
    # Results of an older checkpoint stay in the store, and are never mixed with those of the newest.
    fingerprint = newest.fingerprint if newest else trends[-1].fingerprint if trends else ""
    origins = {trial.origin for trial in store.trials(principal, patient)}
    return write_patient_report(
        out,
        patient=patient,
        origin=origins.pop() if origins else "measured",
        finding=next((f for f in dated if newest and f.visit == newest.visit and f.fingerprint == fingerprint), None),
        trends=[trend for trend in trends if trend.fingerprint == fingerprint],
    )
