"""Making a reference population out of embeddings, with every person checked at the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ltme_clinic.findings.reference import JOINT_CELLS, ReferencePopulation
from ltme_clinic.findings.visit import COVARIATES, check_one_code, trial_covariates, trial_vectors
from ltme_clinic.findings.windows import filled_windows, window_statistics
from ltme_clinic.types import TRACKED_FIGURES, LtmeError, MotionEmbedding, Origin

Visits = Sequence[Sequence[MotionEmbedding]]
"""One healthy person's visits, each a sequence of trials."""


def build_reference(
    people: Mapping[str, Visits],
    *,
    name: str,
    origin: Origin,
    card: Mapping[str, Any] | None = None,
) -> ReferencePopulation:
    """A reference population from healthy people's embeddings.

    Parameters
    ----------
    people : pseudonym -> visits -> trials. The first visit makes the reference; a second one, with nothing changed
        but the markers placed anew, makes the test-retest noise; further visits are not used.
    origin : the origin of every recording; another one among them is refused.
    card : how the people were recruited or simulated; JSON values.
    """
    everyone = tuple(trial for visits in people.values() for trials in visits for trial in trials)
    if not everyone:
        raise LtmeError(f"reference {name}", "there is nobody in it", "Give embeddings of healthy people")
    check_one_code(f"reference {name}", everyone)
    for person, visits in people.items():
        _check_person(person, visits, origin)

    twice = {person: visits[:2] for person, visits in people.items() if len(visits) > 1}
    first: list[Visits] = [visits[:1] for visits in people.values()]
    vectors, covariates = _padded(first)
    retest_vectors, retest_covariates = _padded(list(twice.values()))
    cells, retest_cells = (_measured(of, "joint_cells_deg", JOINT_CELLS) for of in (first, list(twice.values())))
    retest_figures = _measured(list(twice.values()), "gait_figures", len(TRACKED_FIGURES))
    if not twice:
        trials = vectors.shape[2]
        retest_cells = np.empty((0, 2, trials, JOINT_CELLS), dtype=np.float32)
        retest_figures = np.empty((0, 2, trials, len(TRACKED_FIGURES)), dtype=np.float32)
        retest_vectors = np.empty((0, 2, *vectors.shape[2:]), dtype=vectors.dtype)
        retest_covariates = np.empty((0, 2, *covariates.shape[2:]))
    return ReferencePopulation(
        name=name,
        origin=origin,
        fingerprint=everyone[0].fingerprint,
        clip_version=everyone[0].clip_version,
        people=tuple(people),
        vectors=vectors[:, 0],
        covariates=covariates[:, 0],
        joint_cells_deg=cells[:, 0],
        retest_people=tuple(twice),
        retest_vectors=retest_vectors,
        retest_covariates=retest_covariates,
        retest_joint_cells_deg=retest_cells,
        retest_gait_figures=retest_figures,
        windows=window_statistics([filled_windows(trial) for visits in people.values() for trial in visits[0]]),
        card=dict(card or {}),
    )


def _check_person(person: str, visits: Visits, origin: Origin) -> None:
    subject = f"reference person {person}"
    if not visits or not all(len(trials) for trials in visits):
        raise LtmeError(subject, "a visit without a trial", "Leave the person or the visit out")
    for trial in (trial for trials in visits for trial in trials):
        if trial.origin != origin:
            raise LtmeError(
                subject, f"a {trial.origin} recording in a {origin} reference", "Never mix origins in a reference"
            )
        if not np.isfinite([trial.speed_m_s, trial.leg_length_m]).all():
            raise LtmeError(subject, f"speed or leg length of {trial.recording_id[:12]} is unknown", "Leave it out")


def _padded(visits_of_people: list[Visits]) -> tuple[np.ndarray, np.ndarray]:
    """Vectors (person, visit, trial, size) float32 and covariates (person, visit, trial, 3), NaN at the end."""
    if not visits_of_people:
        return np.empty(0, dtype=np.float32), np.empty(0)
    most = max(len(trials) for visits in visits_of_people for trials in visits)
    size = visits_of_people[0][0][0].recording_vector.size
    shape = (len(visits_of_people), len(visits_of_people[0]), most)
    vectors = np.full((*shape, size), np.nan, dtype=np.float32)
    covariates = np.full((*shape, len(COVARIATES)), np.nan)
    for row, visits in enumerate(visits_of_people):
        for column, trials in enumerate(visits):
            vectors[row, column, : len(trials)] = trial_vectors(tuple(trials))
            covariates[row, column, : len(trials)] = trial_covariates(tuple(trials))
    return vectors, covariates


def _measured(visits_of_people: list[Visits], name: str, size: int) -> np.ndarray:
    """(person, visit, trial, size) float32 of what is kept beside an embedding, NaN where a trial has none."""
    if not visits_of_people:
        return np.empty(0, dtype=np.float32)
    most = max(len(trials) for visits in visits_of_people for trials in visits)
    shape = (len(visits_of_people), len(visits_of_people[0]), most, size)
    values = np.full(shape, np.nan, dtype=np.float32)
    for row, visits in enumerate(visits_of_people):
        for column, trials in enumerate(visits):
            for place, trial in enumerate(trials):
                own = getattr(trial, name)
                if own is not None:
                    values[row, column, place] = own
    return values
