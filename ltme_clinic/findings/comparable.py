"""What may be compared with what. Refusals rest on measurement, never on movement: the most impaired patients are the
ones who look least like the reference, and they are the ones the score is for."""

from __future__ import annotations

import numpy as np

from ltme_clinic.findings.reference import ReferencePopulation
from ltme_clinic.findings.visit import VisitEmbeddings
from ltme_clinic.types import Refused

SPEED_MARGIN_M_S = 0.05
"""How far beyond the reference's slowest and fastest person the regression on speed is still trusted."""
LEG_LENGTH_MARGIN_M = 0.03


def check_comparable(visit: VisitEmbeddings, reference: ReferencePopulation) -> None:
    """Refuse a visit that this reference can say nothing about, whatever the walk looks like."""
    subject = f"visit {visit.visit} of {visit.patient}"
    if visit.origin == "generated":
        raise Refused(subject, "generated motion is never scored", "Score measured or virtual recordings")
    if (visit.fingerprint, visit.clip_version) != (reference.fingerprint, reference.clip_version):
        raise Refused(
            subject,
            f"made by checkpoint {visit.fingerprint[:8]}, reference {reference.name} by {reference.fingerprint[:8]}",
            "Bring the store to one checkpoint with `ltme reembed`",
        )


def check_model(fingerprint: str, reference: ReferencePopulation) -> None:
    """Refuse a model that is not the one which made the reference."""
    if fingerprint != reference.fingerprint:
        raise Refused(f"reference {reference.name}", "made by another checkpoint than the one loaded", "Build it again")


def covered(covariates: np.ndarray, reference: ReferencePopulation) -> np.ndarray:
    """(visit,) bool: which visits of mean covariates (visit, 2 or more) `measurement_refusals` has nothing against."""
    inside = np.ones(len(covariates), dtype=bool)
    ranges = ((reference.speed_range_m_s, SPEED_MARGIN_M_S), (reference.leg_length_range_m, LEG_LENGTH_MARGIN_M))
    for column, ((low, high), margin) in enumerate(ranges):
        inside &= (low - margin <= covariates[:, column]) & (covariates[:, column] <= high + margin)
    return inside


def measurement_refusals(covariates: np.ndarray, reference: ReferencePopulation) -> tuple[str, ...]:
    """Why a walk of these mean covariates (speed, leg length, ...) can't be scored; empty if it can."""
    reasons = []
    checks = (
        ("walking speed", "m/s", float(covariates[0]), reference.speed_range_m_s, SPEED_MARGIN_M_S),
        ("leg length", "m", float(covariates[1]), reference.leg_length_range_m, LEG_LENGTH_MARGIN_M),
    )
    for name, unit, value, (low, high), margin in checks:
        if not np.isfinite(value):
            reasons.append(f"no score: the {name} is not known")
        elif not low - margin <= value <= high + margin:
            reasons.append(
                f"no score: {name} {value:.2f} {unit} is outside the reference {reference.name} "
                f"({low:.2f} to {high:.2f} {unit})"
            )
    return tuple(reasons)
