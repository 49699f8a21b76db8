"""What a healthy walker of this speed and size would show: a regression on walking speed and leg length.

Speed enters with its square (joint angles saturate towards fast walking), leg length linearly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.types import LtmeError

PREDICTORS = 2
"""Speed and leg length: the first columns of `visit.COVARIATES`."""
TERMS = 4
"""Constant, speed, speed squared, leg length."""


@dataclass(frozen=True)
class Expectation:
    """Fitted regression; `predict` gives the expected values at given covariates."""

    centre: np.ndarray  # (2,) mean speed m/s and leg length m of the people it was fitted on
    coefficients: np.ndarray  # (4, value)

    def predict(self, covariates: np.ndarray) -> np.ndarray:
        """Covariates (..., 2 or more columns) -> expected values (..., value)."""
        return _design(covariates, self.centre) @ self.coefficients


def fit_expectation(covariates: np.ndarray, values: np.ndarray) -> Expectation:
    """Least squares over people: covariates (person, 2 or more columns), values (person, value)."""
    known = covariates[:, :PREDICTORS]
    if not np.isfinite(known).all() or not np.isfinite(values).all():
        raise LtmeError("reference", "a person's speed, leg length or values are not finite numbers", "Leave them out")
    if len(values) <= TERMS:
        raise LtmeError("reference", f"{len(values)} people are too few to know how speed and size act", "Add people")
    centre = known.mean(axis=0)
    # rcond keeps a covariate that hardly varies (everybody at one belt speed) from getting an enormous coefficient.
    coefficients = np.linalg.lstsq(_design(known, centre), values, rcond=1e-6)[0]
    return Expectation(centre, coefficients)


def _design(covariates: np.ndarray, centre: np.ndarray) -> np.ndarray:
    speed = covariates[..., 0] - centre[0]
    leg_length = covariates[..., 1] - centre[1]
    return np.stack([np.ones_like(speed), speed, speed**2, leg_length], axis=-1)
