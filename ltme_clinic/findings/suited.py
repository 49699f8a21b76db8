"""A fitted detector with what of a visit it looks at: the recording vectors, or joint angles behind them as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ltme_clinic.findings.visit import VisitEmbeddings

if TYPE_CHECKING:
    from ltme_clinic.findings.detectors import FittedResidual


@dataclass(frozen=True, eq=False)
class Suited:
    """Scores visits that have what it looks at."""

    fitted: FittedResidual
    with_joint_angles: bool = False

    def score(self, visit: VisitEmbeddings) -> float:
        """How unusual the visit is, in the detector's own unit."""
        return self.fitted.score(self._rows(visit), visit.covariates)

    def _rows(self, visit: VisitEmbeddings) -> np.ndarray:
        if not self.with_joint_angles or visit.joint_cells_deg is None:
            return visit.vectors
        return np.concatenate([visit.vectors, visit.joint_cells_deg], axis=1)
