"""Where a recording that is stored already belongs, when it is added once more: completed, confirmed or refused."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from ltme_clinic.access import Principal
from ltme_clinic.errors import Refused
from ltme_clinic.store.arrivals import Arrival, Placing
from ltme_clinic.store.core import append_audit, called, short
from ltme_clinic.store.identities import IdentityDatabase
from ltme_clinic.store.models import PersonRow, RecordingRow, VisitRow
from ltme_clinic.store.placement import Placement, holder_of, move
from ltme_clinic.store.summaries import UNDATED, AddOutcome
from ltme_clinic.store.trials import completed_facts, condition_was_entered, keep_facts
from ltme_clinic.types.trial import TrialFacts


def settle(
    session: Session,
    principal: Principal,
    row: RecordingRow,
    placing: Placing,
    identities: IdentityDatabase,
    arrival: Arrival | None = None,
) -> AddOutcome:
    """Complete what is known of a stored recording; adding again never changes what somebody has said.

    Parameters
    ----------
    arrival : the recording read once more, where it was

    Raises
    ------
    Refused
        It is stored under another patient, day or condition, or with other facts than are stated now.
    """
    holder = holder_of(session, row)
    if holder is not None and placing.patient is not None:
        _refuse_contradiction(row, *holder, placing)
    _refuse_other_condition(row, placing)
    facts = completed_facts(row, arrival.trial if arrival else TrialFacts(), placing.given, identities)
    condition, entered = _condition(row, placing, facts)
    keep_facts(row, facts, identities, entered_condition=entered)
    patient, visit_date = _where(placing, holder)
    marker_set = row.marker_set or (arrival.marker_set if arrival else "")
    if patient is None or (holder is not None and (visit_date, condition) == (holder[1].visit_date, row.condition)):
        row.condition, row.marker_set = condition, marker_set
        return "seen"
    person = move(session, row, Placement.checked(patient, visit_date, condition, marker_set))
    append_audit(session, principal, "assign recording", person.token)
    return "added"


def _where(placing: Placing, holder: tuple[PersonRow, VisitRow] | None) -> tuple[str | None, date | None]:
    """Patient and day that a recording is to have: what is said now, else what was."""
    if holder is None:
        return placing.patient, placing.visit_date
    person, visit = holder
    said_now = placing.visit_date if placing.patient is not None else None
    return person.pseudonym, said_now or visit.visit_date


def _condition(row: RecordingRow, placing: Placing, facts: TrialFacts) -> tuple[str, bool]:
    """The condition that a recording is to have, and whether somebody entered it."""
    if placing.condition:
        return short(placing.condition), True
    if condition_was_entered(row):
        return row.condition, True
    return short(facts.condition), False


def _refuse_contradiction(row: RecordingRow, person: PersonRow, visit: VisitRow, placing: Placing) -> None:
    if person.pseudonym != placing.patient:
        fact = f"the same bytes are stored under patient {person.pseudonym} already"
        raise Refused(called(row.id), fact, "Check whose file it is, and assign it to the right patient")
    if visit.key != UNDATED and placing.visit_date not in (None, visit.visit_date):
        fact = f"is stored under the visit of {visit.key} already, not {placing.visit_date}"
        raise Refused(called(row.id), fact, "Check the date, and assign the recording to the right visit")


def _refuse_other_condition(row: RecordingRow, placing: Placing) -> None:
    if condition_was_entered(row) and placing.condition and short(placing.condition) != row.condition:
        fact = f"is stored as walked '{row.condition}' already, not '{placing.condition}'"
        raise Refused(called(row.id), fact, "Check the condition, and assign the recording to the right one")
