"""Recordings that wait until somebody says whose they are, and saying it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ltme_clinic.access import Principal, local_principal
from ltme_clinic.pipeline.intake_report import ID_CHARACTERS
from ltme_clinic.types import LtmeError, TrialKind

if TYPE_CHECKING:
    from ltme_clinic.store import Store, TrialSummary


@dataclass(frozen=True)
class Waiting:
    """One recording that waits for a patient."""

    recording_id: str
    source_name: str
    """The file's name; empty for those who may not see identities."""
    person: int | None
    """Which of the file's people, from 1, in the order in which `ltme inspect` lists them."""
    people: int | None
    kind: TrialKind
    condition: str
    duration_s: float
    has_walk: bool
    """Whether there is motion to encode."""
    added_at: str


@dataclass(frozen=True)
class Assigned:
    """Where a recording is now."""

    recording_id: str
    patient: str | None
    """None where it waits again."""
    visit: str
    condition: str
    patients: tuple[str, ...]
    """Whose findings are due: the new patient, and the old one where it was taken from somebody."""


def list_waiting(store: Store, *, principal: Principal | None = None) -> list[Waiting]:
    """Every recording without a patient, oldest first; the people of one file beside each other."""
    return [
        Waiting(
            recording_id=trial.recording_id,
            source_name=trial.source_name,
            person=trial.file_person,
            people=trial.file_people,
            kind=trial.kind,
            condition=trial.condition,
            duration_s=trial.duration_s,
            has_walk=trial.has_clip and not trial.is_static,
            added_at=trial.added_at,
        )
        for trial in store.unassigned(principal or local_principal())
    ]


def waiting_table(waiting: Sequence[Waiting]) -> str:
    """The recordings that wait as plain text: the id to type, the file, what it is."""
    lines = []
    for item in waiting:
        who = f", person {item.person} of {item.people}" if (item.people or 1) > 1 else ""
        what = ", ".join(text for text in (item.kind.replace("_", " "), item.condition) if text)
        lines.append(f"{item.recording_id[:ID_CHARACTERS]}  {item.source_name}{who}  {item.duration_s:.1f} s  {what}")
    return "\n".join(lines)


def assign_recording(
    store: Store,
    recording: str,
    patient: str | None,
    visit_date: date | None = None,
    *,
    condition: str | None = None,
    principal: Principal | None = None,
) -> Assigned:
    """Say whose a recording is and of which day, also to correct what was said before.

    Results that were calculated with it in its old place are removed; `refresh_patients` makes the new ones.

    Parameters
    ----------
    recording : its id, or the first four characters of it or more
    patient : the pseudonym; None lets it wait again (two people of one file who were exchanged: let both wait first)
    visit_date : None puts it under the undated visit
    condition : None keeps the recording's own

    Raises
    ------
    LtmeError
        No recording or several have such an id; the patient's recordings are of another origin, or hold another person
        of the same file already.
    """
    principal = principal or local_principal()
    trial = store.find_recording(principal, recording)
    if patient is None and visit_date is not None:
        raise LtmeError("--visit", "a date without a patient", "Name the patient too, with --patient")
    store.assign(principal, trial.recording_id, patient, visit_date, condition=condition)
    return _assigned(trial, store.find_recording(principal, trial.recording_id))


def _assigned(before: TrialSummary, after: TrialSummary) -> Assigned:
    patients = tuple(dict.fromkeys(name for name in (after.patient, before.patient) if name))
    return Assigned(after.recording_id, after.patient or None, after.visit, after.condition, patients)
