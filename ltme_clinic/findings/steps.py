"""How a visit's steps differ from what the reference does at its speed and size: length and width, in metres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from ltme_clinic.findings.expectation import TERMS, fit_expectation
from ltme_clinic.findings.reference import ReferencePopulation
from ltme_clinic.findings.visit import mean_over_trials
from ltme_clinic.types import LtmeError

StepMeasure = Literal["step_length_left_m", "step_length_right_m", "step_width_m"]
MEASURES: tuple[StepMeasure, ...] = ("step_length_left_m", "step_length_right_m", "step_width_m")
MINIMUM_SD_M = 0.01
"""Floor under the reference's spread: a step is measured to about a centimetre."""


class StepModel(Protocol):
    """The part of a model that reads steps out of recording vectors."""

    @property
    def spatiotemporal_names(self) -> tuple[str, ...]:
        """What the columns of `decode_spatiotemporal` are."""
        ...

    def decode_spatiotemporal(self, recording_vectors: np.ndarray) -> np.ndarray:
        """(n, vector size) -> (n, name)."""
        ...


@dataclass(frozen=True)
class StepDifference:
    """Patient minus what the reference does at this speed, and that in standard deviations of the reference."""

    measure: StepMeasure
    difference_m: float
    z: float


def step_differences(
    model: StepModel, reference: ReferencePopulation, vectors: np.ndarray, covariates: np.ndarray
) -> tuple[StepDifference, ...]:
    """Every one of `MEASURES`, the most different first.

    Parameters
    ----------
    vectors, covariates : of the visit's trials, (trial, vector size) and (trial, 3)
    """
    trials = len(vectors)
    columns = [model.spatiotemporal_names.index(name) for name in MEASURES]
    known = mean_over_trials(reference.covariates, trials)
    people = model.decode_spatiotemporal(mean_over_trials(reference.vectors.astype(float), trials))[:, columns]
    patient = model.decode_spatiotemporal(vectors.mean(axis=0)[None])[:, columns]
    if not (np.isfinite(people).all() and np.isfinite(patient).all()):
        raise LtmeError("model", "decoded steps are not finite numbers", "Embed the recordings again")
    expectation = fit_expectation(known, people)
    sd = np.sqrt(((people - expectation.predict(known)) ** 2).sum(axis=0) / (len(people) - TERMS))
    difference = (patient - expectation.predict(mean_over_trials(covariates[None])))[0]
    z = difference / np.maximum(sd, MINIMUM_SD_M)
    order = np.argsort(-np.abs(z), kind="stable")
    return tuple(StepDifference(MEASURES[k], float(difference[k]), float(z[k])) for k in order)
