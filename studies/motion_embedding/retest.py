"""Virtual people measured twice: how far any feature moves within a person, so that yardsticks are weighed alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ltme_clinic.clips import make_clip
from ltme_clinic.progress import Progress, silent
from ltme_clinic.statistics import shrinkage_covariance
from ltme_clinic.types import MotionClip
from ltme_clinic.virtual_lab import sample_patient, simulate_walk

PEOPLE = 60
FIRST_SEED = 58_000_000
VISITS = 2
TRIAL_S = 3.0
"""About as long as the children's trials."""
MARKER_SET = "plug-in-gait-full-body"
CHILD_AGES_Y = (6.0, 16.0)


def virtual_visits(people: int = PEOPLE, progress: Progress = silent) -> list[list[MotionClip]]:
    """Person -> a clip a visit: healthy virtual children at their own speed, markers placed anew."""
    found = []
    for person in range(people):
        seed = FIRST_SEED + person
        patient = sample_patient(seed, age_y=float(np.random.default_rng(seed).uniform(*CHILD_AGES_Y)))
        walks = (
            simulate_walk(patient, visit=visit, duration_s=TRIAL_S, marker_set=MARKER_SET) for visit in range(VISITS)
        )
        found.append([make_clip(walk.recording) for walk in walks])
        progress("virtual children measured twice", person + 1, people)
    return found


def within_person(rows: np.ndarray) -> np.ndarray:
    """Covariance (d, d) of single measurements about each person's mean: rows (person, measurement, d), complete."""
    measurements = rows.shape[1]
    residuals = (rows - rows.mean(axis=1, keepdims=True)) * np.sqrt(measurements / (measurements - 1))
    return shrinkage_covariance(residuals.reshape(-1, rows.shape[2]), centre=False)


def whitened(vectors: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Vectors (n, d) in which a distance of one is one standard deviation within a person, whatever the direction."""
    floor = max(1e-12, 1e-6 * float(np.trace(covariance)) / len(covariance))
    factor = np.linalg.cholesky(covariance + floor * np.eye(len(covariance)))
    return np.linalg.solve(factor, vectors.T).T


def whitened_by_retest(
    feature: Callable[[Sequence[MotionClip]], np.ndarray], clips: Sequence[MotionClip], visits: list[list[MotionClip]]
) -> np.ndarray:
    """A feature of clips, (clip, d), in units of how far it moves within virtual people.

    Each number is first put in standard deviations of the virtual people, so that metres and degrees weigh alike where
    the covariance is shrunk.
    """
    both = feature([*clips, *(clip for own in visits for clip in own)])
    own, virtual = both[: len(clips)], both[len(clips) :]
    spread = virtual.std(axis=0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    covariance = within_person((virtual / spread).reshape(len(visits), VISITS, -1))
    return whitened(own / spread, covariance)
