"""How far nine angle curves lie from a reference: gait variable scores, gait profile scores, Gait Deviation Index.

Curves are (..., 9, 51): `body.ANGLES` over every 2 % of the cycle, degrees; leading axes are people, sides or strides.

Sources
-------
Schwartz and Rozumalski 2008, Gait Posture 28:351-357 (Gait Deviation Index).
Baker et al. 2009, Gait Posture 30:265-269 (gait variable scores, gait profile score, movement analysis profile).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS
from ltme_clinic.types import LtmeError

FEATURES = 15
"""Gait features that the index is measured in."""
CURVE_SHAPE = (len(ANGLES), CYCLE_POINTS)
_PELVIS = 3
"""The first three angles belong to both sides: the overall profile score takes them from the left alone."""


@dataclass(frozen=True)
class GdiScale:
    """What turns nine curves into a Gait Deviation Index."""

    features: np.ndarray  # (459, 15) orthonormal columns
    mean_scores: np.ndarray  # (15,) the controls' mean curve in the features
    log_distance_mean: float
    """Mean over the controls of the natural logarithm of their distance."""
    log_distance_sd: float

    def __post_init__(self) -> None:
        size = CURVE_SHAPE[0] * CURVE_SHAPE[1]
        if self.features.shape != (size, FEATURES) or self.mean_scores.shape != (FEATURES,):
            raise LtmeError("Gait Deviation Index", f"the features' shape is {self.features.shape}, not (459, 15)")
        numbers = (self.features, self.mean_scores, self.log_distance_mean, self.log_distance_sd)
        if not all(np.isfinite(values).all() for values in numbers) or self.log_distance_sd <= 0.0:
            raise LtmeError("Gait Deviation Index", "its scale is not of finite numbers with a positive SD")
        if np.abs(self.features.T @ self.features - np.eye(FEATURES)).max() > 1e-6:
            raise LtmeError("Gait Deviation Index", "its features are not orthonormal", "Build the reference again")
        for values in (self.features, self.mean_scores):
            values.setflags(write=False)

    def distance(self, curves: np.ndarray) -> np.ndarray:
        """Distance from the controls' mean in the 15 features, (...): the root of a sum of squared degrees."""
        scores = _flat(curves) @ self.features  # (..., 15)
        return np.linalg.norm(scores - self.mean_scores, axis=-1)

    def index(self, curves: np.ndarray) -> np.ndarray:
        """The index, (...): 100 for the average control, 10 less for each SD further; infinite at the very mean."""
        with np.errstate(divide="ignore"):
            z = (np.log(self.distance(curves)) - self.log_distance_mean) / self.log_distance_sd
        return 100.0 - 10.0 * z

    def residual_deg(self, curves: np.ndarray, mean_deg: np.ndarray) -> np.ndarray:
        """Root mean square of the deviation from the mean curve (9, 51) that the features don't hold, (...) degrees.

        The index is blind to it. The published features hold 87.6 % of the variance of the controls themselves.
        """
        deviation = _flat(curves) - mean_deg.ravel()
        outside = deviation - (deviation @ self.features) @ self.features.T
        return np.sqrt(np.mean(outside**2, axis=-1))


def variable_scores(curves: np.ndarray, mean_deg: np.ndarray) -> np.ndarray:
    """Gait variable scores, (..., 9) degrees: root mean square over the cycle of the deviation from the mean curve."""
    return np.sqrt(np.mean((np.asarray(curves, dtype=float) - mean_deg) ** 2, axis=-1))


def side_profile_score(scores: np.ndarray) -> np.ndarray:
    """Gait profile score of one side, (...) degrees: root mean square of its nine variable scores (..., 9)."""
    return np.sqrt(np.mean(scores**2, axis=-1))


def overall_profile_score(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Overall gait profile score, (...) degrees, of 15 variable scores: the pelvis from the left and six a side."""
    fifteen = np.concatenate([left, right[..., _PELVIS:]], axis=-1)
    return np.sqrt(np.mean(fifteen**2, axis=-1))


def fit_gdi_scale(curves: np.ndarray) -> GdiScale:
    """Features and scale of a set of control curves (observation, 9, 51), as Schwartz and Rozumalski derived theirs.

    Singular value decomposition without centring, the 15 strongest features. Deviation from the paper: there the
    features come from thousands of strides of mostly patients; here from the controls alone, so more of a patient's
    deviation lies outside of them, and the residual must be read with the index.

    Raises
    ------
    LtmeError
        When the controls don't differ, so that no scale exists.
    """
    matrix = _flat(curves)  # (observation, 459)
    features = np.linalg.svd(matrix, full_matrices=False)[2][:FEATURES].T
    scores = matrix @ features
    mean_scores = scores.mean(axis=0)
    distances = np.linalg.norm(scores - mean_scores, axis=1)
    if distances.min() <= 0.0 or np.ptp(distances) <= 1e-9:
        raise LtmeError("controls", "their curves do not differ from each other", "Give curves of different people")
    logs = np.log(distances)
    return GdiScale(np.ascontiguousarray(features), mean_scores, float(logs.mean()), float(logs.std(ddof=1)))


def _flat(curves: np.ndarray) -> np.ndarray:
    array = np.asarray(curves, dtype=float)
    return array.reshape(*array.shape[:-2], CURVE_SHAPE[0] * CURVE_SHAPE[1])
