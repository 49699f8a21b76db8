"""Walks with one joint angle changed around one phase, and what is read of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ltme_clinic.clips import make_clip
from ltme_clinic.embedding import load_model
from ltme_clinic.training.bench.clinic import clinic_figures
from ltme_clinic.training.reference import MARKER_SET, TRIAL_S
from ltme_clinic.training.walkers import TEST_SEED_OFFSET
from ltme_clinic.types import LtmeError, MotionEmbedding, Recording
from ltme_clinic.virtual_lab import sample_patient, simulate_walk
from ltme_clinic.virtual_lab.impairments import Deviation
from studies.localisation.bent import bent_recording, walked
from studies.localisation.change import Change

SEED = 34
Way = Literal["walked", "bent"]
"""Whether the laboratory solves the changed walk anew, so that feet stand, or the joint is bent afterwards."""


@dataclass(frozen=True, eq=False)
class VisitRead:
    """What a visit's trials say, averaged; curves are NaN where the gait analysis gives none."""

    embeddings: tuple[MotionEmbedding, ...]
    measured_deg: np.ndarray  # (2, 9, 51)
    true_deg: np.ndarray  # (2, 9, 51)

    @property
    def covariates(self) -> np.ndarray:
        """(3,) in the order of `findings.visit.COVARIATES`."""
        each = [[one.speed_m_s, one.leg_length_m, one.cadence_spm] for one in self.embeddings]
        return np.asarray(np.mean(each, axis=0))


def seeds(group: str, count: int, first: int = 0) -> range:
    """Nobody is in two groups."""
    offset = {"reference": 0, "calibration": 20_000, "cases": 40_000}[group] + first
    start = SEED * 1_000_000 + TEST_SEED_OFFSET + offset
    return range(start, start + count)


def read_visit(seed: int, change: Change | None, trials: int, way: Way = "walked") -> VisitRead | None:
    """Walk, record and read; None where the walk can't be walked or made a clip of."""
    embeddings, measured, true = [], [], []
    try:
        for trial in range(trials):
            recording, true_deg = _recorded(seed, change, trial, way)
            embeddings.append(load_model().encode(make_clip(recording)))
            measured.append(clinic_figures(recording).curves_deg)
            true.append(true_deg)
    except LtmeError:
        return None
    return VisitRead(tuple(embeddings), np.mean(measured, axis=0), np.mean(true, axis=0))


def _recorded(seed: int, change: Change | None, trial: int, way: Way) -> tuple[Recording, np.ndarray]:
    """A recording without events, and its true curves (2, 9, 51)."""
    if way == "bent":
        added = 0.0 if change is None else change.curves_deg()
        return bent_recording(seed, trial, change), walked(seed, trial)[1].truth.curves_deg + added
    patient = sample_patient(seed)
    if change is not None:
        patient = replace(patient, own_deviation=Deviation(change.curves_deg()))
    walk = simulate_walk(patient, trial=trial, duration_s=TRIAL_S, marker_set=MARKER_SET)
    return replace(walk.recording, events=()), walk.truth.curves_deg
