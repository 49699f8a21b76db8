"""A patient's normative twin: healthy walking of the same body at the same speed, to be played beside the patient.

The reference's people say which recording vector to expect at this speed and leg length. It is decoded with no posture
of its own (`CodeReader.average_cycle`), in step with the patient's trial, and every segment is given the patient's own
shape (`kinematics.retargeting`), so that bones keep their length. It is generated motion: marked so, and never stored
among anybody's recordings.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ltme_clinic.findings import explain, wording
from ltme_clinic.findings.comparable import check_comparable, check_model, measurement_refusals
from ltme_clinic.findings.expectation import fit_expectation
from ltme_clinic.findings.steps import StepDifference, step_differences
from ltme_clinic.findings.visit import mean_over_trials
from ltme_clinic.kinematics.retargeting import on_body
from ltme_clinic.types import BodyPartContribution, MotionClip, MotionEmbedding, Refused

if TYPE_CHECKING:
    from ltme_clinic.embedding.reader import CodeReader
    from ltme_clinic.findings import ReferencePopulation, VisitEmbeddings


@dataclass(frozen=True, eq=False)
class NormativeTwin:
    """The twin of one trial, and what sets the visit apart from it."""

    clip: MotionClip
    """As long as the trial and in step with it, every slot, origin "generated"."""
    part: BodyPartContribution
    """The joint and phase that differ most."""
    step: StepDifference
    """What of the steps differs most."""
    sentence: str


def normative_twin(
    reader: CodeReader, reference: ReferencePopulation, visit: VisitEmbeddings, trial: MotionEmbedding
) -> NormativeTwin:
    """The twin of one of a visit's trials; differences are those of the whole visit.

    Raises
    ------
    Refused
        The visit can't be compared with this reference: another checkpoint, generated motion, or a speed or leg
        length that it does not cover.
    """
    check_comparable(visit, reference)
    check_model(reader.fingerprint, reference)
    known = mean_over_trials(visit.covariates[None])
    reasons = measurement_refusals(known[0], reference)
    if reasons:
        raise Refused(f"visit {visit.visit} of {visit.patient}", "; ".join(reasons))
    body = explain.explain_body(
        reader, reference, visit.vectors, visit.covariates, joint_cells_deg=visit.joint_cells_deg, most=1
    )
    part, step = body.parts[0], step_differences(reader, reference, visit.vectors, visit.covariates)[0]
    sentence = wording.twin_sentence(
        origin=reference.origin, speed_m_s=float(known[0, 0]), part=part, step=(step.measure, step.difference_m)
    )
    return NormativeTwin(_clip(reader, reference, known, trial), part, step, sentence)


def _clip(reader: CodeReader, reference: ReferencePopulation, known: np.ndarray, trial: MotionEmbedding) -> MotionClip:
    """Healthy walking at mean covariates (1, 3), on the trial's body."""
    expectation = fit_expectation(
        mean_over_trials(reference.covariates), mean_over_trials(reference.vectors.astype(float))
    )
    healthy = replace(
        trial,
        recording_vector=expectation.predict(known)[0].astype(np.float32),
        posture_vector=np.zeros_like(trial.posture_vector),
    )
    walked, body = reader.average_cycle(healthy), reader.average_cycle(trial)
    positions_m = on_body(walked.positions_m.astype(float), body.positions_m.astype(float)).astype(np.float32)
    name = hashlib.sha256(positions_m.tobytes()).hexdigest()
    return replace(walked, recording_id=name, origin="generated", positions_m=positions_m)
