"""From embeddings to what a clinician reads: a finding about one visit, trends over a patient's visits.

The story, in order: a `VisitEmbeddings` is what one visit gave; a `ReferencePopulation` is what healthy people give
(`build_reference`); a detector fitted on it judges a visit (`GaitDetector`); a tracker holds a patient's visits
against the patient's own first (`BaselineTracker`). Numpy only; the model comes in through a Protocol.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ltme_clinic.findings.building import build_reference
    from ltme_clinic.findings.detectors import (
        Detector,
        EnsembleDetector,
        FittedDetector,
        JointCells,
        MahalanobisDetector,
        ResidualDetector,
    )
    from ltme_clinic.findings.explain import CurveModel
    from ltme_clinic.findings.gait_detector import GaitDetector
    from ltme_clinic.findings.reference import ReferencePopulation
    from ltme_clinic.findings.trackers import BaselineTracker, Tracker
    from ltme_clinic.findings.visit import VisitEmbeddings, why_not_a_walk

_HOMES = {
    "BaselineTracker": "trackers",
    "CurveModel": "explain",
    "Detector": "detectors",
    "FittedDetector": "detectors",
    "GaitDetector": "gait_detector",
    "EnsembleDetector": "detectors",
    "JointCells": "detectors",
    "MahalanobisDetector": "detectors",
    "ResidualDetector": "detectors",
    "ReferencePopulation": "reference",
    "Tracker": "trackers",
    "VisitEmbeddings": "visit",
    "build_reference": "building",
    "why_not_a_walk": "visit",
}

__all__ = [
    "BaselineTracker",
    "CurveModel",
    "Detector",
    "EnsembleDetector",
    "FittedDetector",
    "GaitDetector",
    "JointCells",
    "MahalanobisDetector",
    "ReferencePopulation",
    "ResidualDetector",
    "Tracker",
    "VisitEmbeddings",
    "build_reference",
    "why_not_a_walk",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
