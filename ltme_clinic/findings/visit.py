"""One visit as detectors and trackers see it: the embeddings of its trials, and when and how they were walked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from ltme_clinic.types import TRACKED_FIGURES, LtmeError, MotionEmbedding, Origin, TrialKind

COVARIATES = ("speed_m_s", "leg_length_m", "cadence_spm")
"""Columns of every covariate array here. NaN where a trial does not tell."""
STRAIGHT_WITHIN_DEG = 30.0
"""Net turn of a walk that is still scored: the reference walks straight, and turning steps are another movement."""
SLOWEST_WALK_M_S = 0.2
"""Slower is stepping on the spot: averaged with walks, it would shift a visit without a word."""
FASTEST_WALK = 0.85
"""Dimensionless, v / sqrt(g L): nobody walks faster. A run is another movement, not an unusual walk."""

_STEPS = [place for place, (name, _) in enumerate(TRACKED_FIGURES) if name not in ("gps_deg", "gdi")]
_NOT_WALKS: dict[TrialKind, str] = {
    "static": "a static trial",
    "range_of_motion": "a range-of-motion trial",
    "exercise": "an exercise",
}


@dataclass(frozen=True)
class VisitEmbeddings:
    """The trials of one patient's visit that were walked under one condition.

    A visit, not a trial, is the unit of scoring: its trials are averaged.
    """

    patient: str
    """Pseudonym."""
    visit: str
    """Key of the visit, unique for the patient."""
    date: date | None
    """The day as supplied with the recordings; None where nobody supplied it (such a visit is never tracked)."""
    condition: str
    """Footwear, orthosis, walking aid and the like, as entered; only visits of one condition are compared."""
    origin: Origin
    embeddings: tuple[MotionEmbedding, ...]
    marker_set: str = ""
    """That all trials were measured with; empty if they differ, or nobody knows it."""
    age_y: float | None = None
    """The patient's on that day, where somebody stated it."""

    def __post_init__(self) -> None:
        if not self.embeddings:
            raise LtmeError(self._subject, "no embedded trial", "Embed at least one recording of this visit")
        for embedding in self.embeddings:
            if embedding.origin != self.origin:
                raise LtmeError(
                    self._subject,
                    f"holds {embedding.origin} beside {self.origin} recordings",
                    "Keep recordings of different origin in different visits",
                )
        check_one_code(self._subject, self.embeddings)
        if len({embedding.recording_id for embedding in self.embeddings}) < len(self.embeddings):
            raise LtmeError(self._subject, "the same recording is given twice", "Give each recording once")

    @property
    def _subject(self) -> str:
        return f"visit {self.visit} of {self.patient}"

    @property
    def fingerprint(self) -> str:
        return self.embeddings[0].fingerprint

    @property
    def clip_version(self) -> int:
        return self.embeddings[0].clip_version

    @property
    def trials(self) -> int:
        return len(self.embeddings)

    @property
    def vectors(self) -> np.ndarray:
        """Recording vectors, (trial, vector size) float64."""
        return trial_vectors(self.embeddings)

    @property
    def covariates(self) -> np.ndarray:
        """Speed, leg length and cadence, (trial, 3), in the order of `COVARIATES`; NaN where unknown."""
        return trial_covariates(self.embeddings)

    @property
    def all_measured(self) -> bool:
        """Whether every trial has measured joint angles."""
        return all(embedding.joint_cells_deg is not None for embedding in self.embeddings)

    @property
    def gait_figures(self) -> np.ndarray:
        """Indices and steps (trial, 11), `TRACKED_FIGURES`; NaN where the gait analysis gave none."""
        nothing = np.full(len(TRACKED_FIGURES), np.nan)
        return np.array([nothing if e.gait_figures is None else e.gait_figures for e in self.embeddings], dtype=float)

    @property
    def steps(self) -> np.ndarray:
        """`steps_of` the trials, (trial, 7)."""
        return steps_of(self.gait_figures, self.covariates)

    @property
    def joint_cells_deg(self) -> np.ndarray | None:
        """Measured joint angles (trial, 144) of the trials that have them; None where none has."""
        known = [e.joint_cells_deg for e in self.embeddings if e.joint_cells_deg is not None]
        return np.stack(known).astype(float) if known else None


def why_not_a_walk(embedding: MotionEmbedding, kind: TrialKind = "unknown") -> str:
    """Why a recording is no straight walk (standing, a squat, walking backwards, a turn); "" if it is one.

    Parameters
    ----------
    kind : what is known of the trial; unless it is a walk or unknown, the signals are not asked
    """
    if kind not in ("walk", "unknown"):
        return f"it is {_NOT_WALKS[kind]}"
    if not np.isfinite(embedding.cadence_spm):
        return "it has no steps"
    if not embedding.speed_m_s >= SLOWEST_WALK_M_S:
        return f"it gets forward at {embedding.speed_m_s:.2f} m/s (a walk at {SLOWEST_WALK_M_S:g} or more)"
    if embedding.speed_m_s > FASTEST_WALK * np.sqrt(9.81 * embedding.leg_length_m):
        return f"it goes at {embedding.speed_m_s:.2f} m/s, which on such legs is running"
    if abs(embedding.turn_deg) > STRAIGHT_WITHIN_DEG:
        return f"it turns by {abs(embedding.turn_deg):.0f} deg (a straight walk by {STRAIGHT_WITHIN_DEG:g} at most)"
    return ""


def trial_vectors(embeddings: tuple[MotionEmbedding, ...]) -> np.ndarray:
    """Recording vectors (trial, vector size) float64; a value that is not finite is refused, naming the recording."""
    for embedding in embeddings:
        if not np.isfinite(embedding.recording_vector).all():
            raise LtmeError(f"recording {embedding.recording_id[:12]}", "its vector holds NaN", "Embed it again")
    return np.stack([embedding.recording_vector for embedding in embeddings]).astype(float)


def trial_covariates(embeddings: tuple[MotionEmbedding, ...]) -> np.ndarray:
    """Covariates (trial, 3) in the order of `COVARIATES`."""
    return np.array([[getattr(embedding, name) for name in COVARIATES] for embedding in embeddings], dtype=float)


def steps_of(gait_figures: np.ndarray, covariates: np.ndarray) -> np.ndarray:
    """Tracked figures (..., 11) and covariates (..., 3) -> (..., 7): those that are no index, and cadence."""
    return np.concatenate([gait_figures[..., _STEPS], covariates[..., COVARIATES.index("cadence_spm"), None]], axis=-1)


def check_one_code(subject: str, embeddings: tuple[MotionEmbedding, ...]) -> None:
    """Refuse embeddings that do not come from one checkpoint and one version of the clip."""
    codes = {(embedding.fingerprint, embedding.clip_version) for embedding in embeddings}
    if len(codes) > 1:
        raise LtmeError(
            subject, "its embeddings come from different checkpoints", "Bring them to one with `ltme reembed`"
        )


def mean_over_trials(values: np.ndarray, trials: int | None = None) -> np.ndarray:
    """Mean of the first `trials` trials that a person has: (person, trial, column) -> (person, column).

    NaN stands for a trial that a person lacks; a column that no trial knows stays NaN.
    """
    chosen = values[:, :trials]
    known = np.isfinite(chosen)
    counts = known.sum(axis=1)
    sums = np.where(known, chosen, 0.0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
