"""Spatiotemporal figures of a walk: timing, distances, symmetry, variability, stability, foot clearance."""

from ltme_clinic.gait.spatiotemporal.figures import SpatiotemporalResult
from ltme_clinic.gait.spatiotemporal.measuring import spatiotemporal

__all__ = ["SpatiotemporalResult", "spatiotemporal"]
