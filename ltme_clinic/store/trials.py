"""What is kept of a trial beside its signals: the facts without a name, and which of them somebody entered."""

from __future__ import annotations

from dataclasses import replace

from ltme_clinic.errors import LtmeError, Refused
from ltme_clinic.store.cleaning import ENTERED, known_facts
from ltme_clinic.store.core import called
from ltme_clinic.store.identities import IdentityDatabase
from ltme_clinic.store.models import RecordingRow
from ltme_clinic.store.payloads import dump, restore
from ltme_clinic.types.trial import FACTS, TrialFacts, with_given

CONDITION = "condition"
"""Beside the facts' sources stands the condition's own, where somebody entered it as a whole."""

_UNSAID = ("", "unknown", None)


def stated_facts(facts: TrialFacts, given: tuple[tuple[str, str], ...], source_name: str) -> TrialFacts:
    """Facts with what somebody states laid over them; an `LtmeError` about `source_name` if that is no fact."""
    try:
        return with_given(facts, dict(given), source=ENTERED) if given else facts
    except LtmeError as error:
        raise LtmeError(source_name, error.fact, error.cure) from None


def stored_facts(row: RecordingRow) -> TrialFacts:
    """What a row holds, the examiner left out."""
    return restore(TrialFacts, row.trial)


def keep_facts(row: RecordingRow, facts: TrialFacts, identities: IdentityDatabase, *, entered_condition: bool) -> None:
    """Write facts into a row: the kind in its own column, of the examiner a keyed hash alone."""
    if facts.examiner:
        row.examiner_hash = identities.examiner_hash(facts.examiner)
    elif row.examiner_hash is None:
        row.examiner_hash = ""
    sources = {name: source for name, source in facts.sources.items() if name != CONDITION}
    if entered_condition:
        sources[CONDITION] = ENTERED
    row.kind = facts.kind
    row.trial = dump(replace(facts, examiner="", sources=sources))
    if facts.sources.get("kind") == ENTERED:  # whoever says what was done overrules the markers
        row.is_static = facts.kind == "static"


def keep_entered_condition(row: RecordingRow) -> None:
    """Note that a row's condition was entered by somebody."""
    facts = stored_facts(row)
    row.trial = dump(replace(facts, sources=facts.sources | {CONDITION: ENTERED}))


def condition_was_entered(row: RecordingRow) -> bool:
    return stored_facts(row).sources.get(CONDITION) == ENTERED


def completed_facts(
    row: RecordingRow, offered: TrialFacts, given: tuple[tuple[str, str], ...], identities: IdentityDatabase
) -> TrialFacts:
    """A row's facts with those it lacks from a new reading, and with what somebody states laid over them.

    Raises
    ------
    Refused
        Somebody stated otherwise before.
    """
    stored = stored_facts(row)
    offered = known_facts(offered, identities.word_token)
    lacking = {
        name: getattr(offered, name)
        for name in FACTS
        if getattr(stored, name) in _UNSAID and getattr(offered, name) not in _UNSAID
    }
    sources = {name: source for name, source in offered.sources.items() if name in lacking}
    facts = replace(stored, **lacking, sources=stored.sources | sources)
    stated = stated_facts(facts, given, called(row.id))
    for name, text in given:
        if text and stored.sources.get(name) == ENTERED:
            _refuse_other(row, name, stored, stated, identities)
    return stated


def _refuse_other(
    row: RecordingRow, name: str, stored: TrialFacts, stated: TrialFacts, identities: IdentityDatabase
) -> None:
    if name == "examiner":
        if identities.examiner_hash(stated.examiner) != row.examiner_hash:
            raise Refused(called(row.id), "is stored with another examiner already", "Check the manifest")
    elif getattr(stated, name) != getattr(stored, name):
        fact = f"is stored with {name} '{getattr(stored, name)}' already, not '{getattr(stated, name)}'"
        raise Refused(called(row.id), fact, "Check the manifest")
