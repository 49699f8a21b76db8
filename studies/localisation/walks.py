"""Walks with one joint angle changed around one phase, and what is read of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS, GAIT_PHASES, SIDES
from ltme_clinic.clips import make_clip
from ltme_clinic.embedding import load_model
from ltme_clinic.training.bench.clinic import clinic_figures
from ltme_clinic.training.reference import MARKER_SET, TRIAL_S
from ltme_clinic.training.walkers import TEST_SEED_OFFSET
from ltme_clinic.types import LtmeError, MotionEmbedding
from ltme_clinic.virtual_lab import sample_patient, simulate_walk
from ltme_clinic.virtual_lab.impairments import Deviation, with_one_pelvis

SEED = 34
WIDTH_PCT = 8.0
_STREAM = 86


@dataclass(frozen=True)
class Change:
    """What is done to a walk."""

    variable: str
    side: str
    phase: str
    degrees: float

    @property
    def cell(self) -> int:
        """Its place among the 144."""
        return (SIDES.index(self.side) * len(ANGLES) + ANGLES.index(self.variable)) * len(GAIT_PHASES) + list(
            GAIT_PHASES
        ).index(self.phase)

    @property
    def cells(self) -> tuple[int, ...]:
        """Every place that shows the same movement: of a pelvis both sides' rows, half a cycle apart."""
        if not self.variable.startswith("pelvic"):
            return (self.cell,)
        middle = (sum(GAIT_PHASES[self.phase]) / 2.0 + 50.0) % 100.0
        opposite = next(name for name, (start, stop) in GAIT_PHASES.items() if start <= middle < stop)
        other = replace(self, side=SIDES[1 - SIDES.index(self.side)], phase=opposite)
        return self.cell, other.cell

    def curves_deg(self) -> np.ndarray:
        """(2, 9, 51) that is added."""
        pct = np.linspace(0.0, 100.0, CYCLE_POINTS)
        away = np.abs(pct - sum(GAIT_PHASES[self.phase]) / 2.0)
        curves = np.zeros((len(SIDES), len(ANGLES), CYCLE_POINTS))
        course = np.exp(-0.5 * (np.minimum(away, 100.0 - away) / WIDTH_PCT) ** 2)
        curves[SIDES.index(self.side), ANGLES.index(self.variable)] = self.degrees * course
        return with_one_pelvis(curves)


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


def drawn_change(seed: int, variable: str, degrees: float) -> Change:
    """Side, phase and direction by the person's seed."""
    rng = np.random.default_rng([seed, _STREAM])
    side, phase = SIDES[rng.integers(2)], list(GAIT_PHASES)[rng.integers(len(GAIT_PHASES))]
    return Change(variable, side, phase, degrees * (1.0 if rng.random() < 0.5 else -1.0))


def seeds(group: str, count: int, first: int = 0) -> range:
    """Nobody is in two groups."""
    offset = {"reference": 0, "calibration": 20_000, "cases": 40_000}[group] + first
    start = SEED * 1_000_000 + TEST_SEED_OFFSET + offset
    return range(start, start + count)


def read_visit(seed: int, change: Change | None, trials: int) -> VisitRead | None:
    """Walk, record and read; None where the walk can't be walked or made a clip of."""
    patient = sample_patient(seed)
    if change is not None:
        patient = replace(patient, own_deviation=Deviation(change.curves_deg()))
    embeddings, measured, true = [], [], []
    try:
        for trial in range(trials):
            walked = simulate_walk(patient, trial=trial, duration_s=TRIAL_S, marker_set=MARKER_SET)
            recording = replace(walked.recording, events=())
            embeddings.append(load_model().encode(make_clip(recording)))
            measured.append(clinic_figures(recording).curves_deg)
            true.append(walked.truth.curves_deg)
    except LtmeError:
        return None
    return VisitRead(tuple(embeddings), np.mean(measured, axis=0), np.mean(true, axis=0))
