"""What findings are made with: the embedding's distance, and that of measured joint angles where there are any.

The embedding sees through markers that were placed badly and knows of ways of walking; joint angles hold what no way of
walking does. The mean of both distances, each in standard deviations of healthy people (who are 0 on average, give or
take 1), tells more than either (studies/anomaly_detection). Both are numbers of one row here: a recording vector with
144 phase means behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.findings.detectors import Deviations, EnsembleDetector, FittedResidual
from ltme_clinic.findings.explain import CurveModel
from ltme_clinic.findings.judgement import judge
from ltme_clinic.findings.reference import JOINT_CELLS, ReferencePopulation
from ltme_clinic.findings.scorings import Mahalanobis
from ltme_clinic.findings.suited import Suited
from ltme_clinic.findings.visit import VisitEmbeddings
from ltme_clinic.types import Finding

FEWEST_MEASURED = 40
"""People with measured joint angles: 144 of them say little about fewer."""


@dataclass(frozen=True)
class _Embedding:
    """The numbers of deviation of a row that has joint angles behind its recording vector."""

    def of(self, vectors: np.ndarray) -> np.ndarray:
        return Deviations().of(vectors[:, :-JOINT_CELLS])


@dataclass(frozen=True)
class _JointAngles:
    """Those joint angles."""

    def of(self, vectors: np.ndarray) -> np.ndarray:
        return vectors[:, -JOINT_CELLS:]


@dataclass(frozen=True)
class GaitDetector:
    """The mean of both distances for visits whose trials all have measured joint angles, else the embedding's alone."""

    split_seed: int = 0

    def fit(self, reference: ReferencePopulation) -> FittedGait:
        embedding = ((Mahalanobis(), Deviations()),)
        alone = EnsembleDetector(embedding, self.split_seed, is_levelled=True).fit(reference)
        measured = _with_joint_angles(reference)
        if measured is None:
            return FittedGait(alone, None)
        parts = ((Mahalanobis(), _Embedding()), (Mahalanobis(), _JointAngles()))
        return FittedGait(alone, EnsembleDetector(parts, self.split_seed, is_levelled=True).fit(measured))


@dataclass(frozen=True, eq=False)
class FittedGait:
    """See `GaitDetector`; asked for vectors alone it is the embedding's distance."""

    alone: FittedResidual
    both: FittedResidual | None

    @property
    def reference(self) -> ReferencePopulation:
        return self.alone.reference

    @property
    def split_seed(self) -> int:
        return self.alone.split_seed

    def suited(self, visit: VisitEmbeddings) -> Suited:
        """What scores this visit: both distances if all of its trials have measured joint angles."""
        if self.both is not None and visit.all_measured:
            return Suited(self.both, with_joint_angles=True)
        return Suited(self.alone)

    def score(self, vectors: np.ndarray, covariates: np.ndarray) -> float:
        return self.alone.score(vectors, covariates)

    def mean_scores(self, vectors: np.ndarray, covariates: np.ndarray, trials: int) -> np.ndarray:
        return self.alone.mean_scores(vectors, covariates, trials)

    def calibration_scores(self, trials: int) -> np.ndarray:
        return self.alone.calibration_scores(trials)

    def finding(self, visit: VisitEmbeddings, model: CurveModel) -> Finding:
        return judge(self, visit, model)


def _with_joint_angles(reference: ReferencePopulation) -> ReferencePopulation | None:
    """The people all of whose trials have measured joint angles, behind their vectors; None for too few of them."""
    own = _complete(reference.vectors, reference.joint_cells_deg)
    if own.sum() < FEWEST_MEASURED:
        return None
    again = _complete(reference.retest_vectors, reference.retest_joint_cells_deg)
    return replace(
        reference,
        people=tuple(np.array(reference.people)[own]),
        vectors=np.concatenate([reference.vectors, reference.joint_cells_deg], axis=-1)[own],
        covariates=reference.covariates[own],
        joint_cells_deg=reference.joint_cells_deg[own],
        retest_people=tuple(np.array(reference.retest_people)[again]),
        retest_vectors=np.concatenate([reference.retest_vectors, reference.retest_joint_cells_deg], axis=-1)[again],
        retest_covariates=reference.retest_covariates[again],
        retest_joint_cells_deg=reference.retest_joint_cells_deg[again],
        retest_gait_figures=reference.retest_gait_figures[again],
    )


def _complete(vectors: np.ndarray, joint_cells_deg: np.ndarray) -> np.ndarray:
    """(person,) bool: whose every trial that has a vector has joint angles as well."""
    lacks = np.isfinite(vectors).all(axis=-1) & ~np.isfinite(joint_cells_deg).all(axis=-1)
    return np.asarray(~lacks.reshape(len(lacks), -1).any(axis=1))
