"""Which reference a visit is compared with, and in what they are still unlike.

What counts, most first: measured people for a measured walk; one condition; a speed and leg length that the reference
covers; an age among its people's; one marker set; many people.
"""

from __future__ import annotations

from collections.abc import Sequence

from ltme_clinic.findings.comparable import covered
from ltme_clinic.findings.reference import ReferencePopulation
from ltme_clinic.findings.visit import VisitEmbeddings, mean_over_trials
from ltme_clinic.types import LtmeError

AGE_MARGIN_Y = 1.0
"""How far beyond the reference's youngest and oldest a patient is still of their age."""


def matched_reference(visit: VisitEmbeddings, references: Sequence[ReferencePopulation]) -> ReferencePopulation:
    """The reference that is most like a visit, of those that its checkpoint made.

    Raises
    ------
    LtmeError
        This checkpoint made none of them.
    """
    own = [reference for reference in references if reference.fingerprint == visit.fingerprint]
    if not own:
        raise no_reference(visit.fingerprint)
    known = mean_over_trials(visit.covariates[None])

    def likeness(reference: ReferencePopulation) -> tuple[bool, int, bool, bool, bool, int, str]:
        return (
            reference.origin == visit.origin,
            _likeness_of_conditions(visit, reference),
            bool(covered(known, reference)[0]),
            not unlike_age(visit, reference),
            not unlike_markers(visit, reference),
            reference.n,
            reference.name,
        )

    return max(own, key=likeness)


def no_reference(fingerprint: str) -> LtmeError:
    """What to say where a checkpoint made no reference at hand."""
    cure = "Build one with ltme reference build, and name it with --reference"
    return LtmeError(f"checkpoint {fingerprint[:12]}", "no reference population was built with it", cure)


def _likeness_of_conditions(visit: VisitEmbeddings, reference: ReferencePopulation) -> int:
    """2 for the same, 1 where either is unknown, 0 for another."""
    if not (visit.condition and reference.condition):
        return 1
    return 0 if unlike_condition(visit, reference) else 2


def unlike_condition(visit: VisitEmbeddings, reference: ReferencePopulation) -> str:
    """In words that the two are known to have walked under different conditions; empty if not."""
    ours, theirs = visit.condition.strip().casefold(), reference.condition.strip().casefold()
    if not ours or not theirs or ours == theirs:
        return ""
    return f"the reference walked {reference.condition}, this visit {visit.condition}"


def unlike_age(visit: VisitEmbeddings, reference: ReferencePopulation) -> str:
    """In words that the patient is known to be younger or older than all of the people; empty if not."""
    if visit.age_y is None or reference.ages_y is None:
        return ""
    youngest, oldest = reference.ages_y
    if youngest - AGE_MARGIN_Y <= visit.age_y <= oldest + AGE_MARGIN_Y:
        return ""
    return f"the reference's people are {youngest:.0f} to {oldest:.0f} years old, this patient is {visit.age_y:.0f}"


def unlike_markers(visit: VisitEmbeddings, reference: ReferencePopulation) -> str:
    """In words that the two are known to have been measured with different marker sets; empty if not."""
    if not visit.marker_set or not reference.marker_sets or visit.marker_set in reference.marker_sets:
        return ""
    theirs = ", ".join(sorted(reference.marker_sets))
    return f"the reference was measured with {theirs}, this visit with {visit.marker_set}"
