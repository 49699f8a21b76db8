"""From a score to a finding: what may be said, what may not, and the sentence that says it.

The rule of likeness: a p-value needs a visit and a reference of the same origin and condition, because a healthy
measured person is not exchangeable with a virtual one, nor one in shoes with one barefoot. Across them there is a score
and an explanation, labelled so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltme_clinic.findings import wording
from ltme_clinic.findings.comparable import check_comparable, check_model, measurement_refusals
from ltme_clinic.findings.explain import CurveModel, explain_body
from ltme_clinic.findings.matching import unlike_age, unlike_condition, unlike_markers
from ltme_clinic.findings.measurement_error import score_error
from ltme_clinic.findings.reference import ReferencePopulation
from ltme_clinic.findings.visit import VisitEmbeddings, mean_over_trials
from ltme_clinic.findings.windows import episodes
from ltme_clinic.statistics import conformal_p
from ltme_clinic.types import Finding

if TYPE_CHECKING:
    from ltme_clinic.findings.detectors import FittedDetector

MINIMUM_PEOPLE_FOR_P = 20
"""Calibration people: with fewer, no walk on earth could get a p under .05."""


def judge(detector: FittedDetector, visit: VisitEmbeddings, model: CurveModel) -> Finding:
    """The finding of one visit by any fitted detector.

    Another checkpoint or generated motion is `Refused`. A speed or leg length that the reference does not cover gives
    a finding without a score that says so in `refusals`.
    """
    reference = detector.reference
    check_comparable(visit, reference)
    check_model(model.fingerprint, reference)
    known = mean_over_trials(visit.covariates[None])[0]
    refusals = measurement_refusals(known, reference)
    if refusals:
        return _without_score(detector, visit, known, refusals)
    return _with_score(detector, visit, model, known)


def _with_score(detector: FittedDetector, visit: VisitEmbeddings, model: CurveModel, known: np.ndarray) -> Finding:
    reference = detector.reference
    vectors, covariates = visit.vectors, visit.covariates
    suited = detector.suited(visit)
    score = suited.score(visit)
    cells = visit.joint_cells_deg
    body = explain_body(model, reference, vectors, covariates, joint_cells_deg=cells, split_seed=detector.split_seed)
    calibration = suited.fitted.calibration_scores(visit.trials)
    people = len(calibration)
    p_value = rank = smallest_p = None
    label, refusals = _unlike(visit, reference)
    if label:
        sentence = wording.described_sentence(against=label, speed_m_s=float(known[0]), parts=body.parts)
    else:
        rank = int(np.count_nonzero(calibration < score))
        if people >= MINIMUM_PEOPLE_FOR_P:
            p_value, smallest_p = conformal_p(calibration, score), 1.0 / (people + 1)
        else:
            refusals = (
                f"no p-value: {people} people calibrate this reference (limit {MINIMUM_PEOPLE_FOR_P})",
                *refusals,
            )
        sentence = wording.finding_sentence(
            origin=reference.origin,
            speed_m_s=float(known[0]),
            p_value=p_value,
            rank=rank,
            people=people,
            stands_out=body.parts[0] if body.stands_out else None,
            unexplained=body.unexplained[0] if body.has_unexplained else None,
        )
    return Finding(
        patient=visit.patient,
        visit=visit.visit,
        anomaly_score=score,
        score_sem=score_error(suited.fitted, visit.origin, visit.trials).sem,
        p_value=p_value,
        rank=rank,
        smallest_p=smallest_p,
        reference=reference.name,
        reference_origin=reference.origin,
        reference_n=people,
        recording_origin=visit.origin,
        trials=visit.trials,
        fingerprint=visit.fingerprint,
        speed_m_s=float(known[0]),
        body_parts=body.parts,
        episodes=episodes(visit.embeddings, reference.windows),
        refusals=refusals,
        sentence=sentence,
        label=label,
        condition=visit.condition,
        cells=body.cells,
        limit_z=body.limit_z if np.isfinite(body.limit_z) else None,
        unexplained=body.unexplained,
        unexplained_limit_z=body.unexplained_limit_z if np.isfinite(body.unexplained_limit_z) else None,
        joint_angles="measured" if body.is_measured else "decoded",
    )


def _without_score(
    detector: FittedDetector, visit: VisitEmbeddings, known: np.ndarray, refusals: tuple[str, ...]
) -> Finding:
    reference = detector.reference
    return Finding(
        patient=visit.patient,
        visit=visit.visit,
        anomaly_score=None,
        p_value=None,
        rank=None,
        smallest_p=None,
        reference=reference.name,
        reference_origin=reference.origin,
        reference_n=len(detector.suited(visit).fitted.calibration_scores(visit.trials)),
        recording_origin=visit.origin,
        trials=visit.trials,
        fingerprint=visit.fingerprint,
        speed_m_s=float(known[0]) if np.isfinite(known[0]) else None,
        refusals=refusals,
        sentence=f"{refusals[0][0].upper()}{refusals[0][1:]}.",
        label=_unlike(visit, reference)[0],
        condition=visit.condition,
    )


def _unlike(visit: VisitEmbeddings, reference: ReferencePopulation) -> tuple[str, tuple[str, ...]]:
    """Whom a visit is compared with if not with its like, else ""; and what that refuses, or asks caution for."""
    unlike = (unlike_age(visit, reference), unlike_markers(visit, reference))
    caution = tuple(f"read with caution: {fact}" for fact in unlike if fact)
    if visit.origin != reference.origin:
        fact = f"no p-value: the recording is {visit.origin}, the reference {reference.origin}"
        return f"against a {reference.origin} reference", (fact, *caution)
    condition = unlike_condition(visit, reference)
    if condition:
        return f"against people who walked {reference.condition}", (f"no p-value: {condition}", *caution)
    return "", caution
