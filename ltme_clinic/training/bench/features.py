"""The feature sets that are held against each other: each makes a vector of one walk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ltme_clinic.embedding import LtmeModel
from ltme_clinic.embedding.gaitcode import TARGETS
from ltme_clinic.findings.explain import phase_means
from ltme_clinic.training.bench.baselines import common_slots, gaussian_fill_m, marker_mean_sd, ridge_vector
from ltme_clinic.training.bench.people import BenchSettings, BenchWalk
from ltme_clinic.training.bench.scoring import LookedBy, Table
from ltme_clinic.types import LtmeError, deviation_numbers

Task = Literal["unusual", "changed"]
"""One visit against healthy people; two visits of one person against healthy people's retest."""
Role = Literal["aside", "yardstick", "model", "findings", "ceiling"]
"""Aside: shown, but no yardstick. Findings: what the product tells a visit by, the model with measured joint angles."""


@dataclass(frozen=True, eq=False)
class SeenWalk:
    """One walk with what the model and its linear skeleton make of it."""

    walk: BenchWalk
    recording_vector: np.ndarray  # (vector,)
    ridge_vector: np.ndarray  # (vector,)
    curves_deg: np.ndarray  # (2, 9, 51) decoded from the recording vector
    ridge_curves_deg: np.ndarray  # (2, 9, 51) decoded from the ridge vector
    spatiotemporal: np.ndarray  # (2, 8) decoded from the recording vector, from the ridge vector
    marker_mean_sd: np.ndarray


def marker_mean_and_sd(seen: SeenWalk) -> np.ndarray:
    """Mean and SD of the markers that the laboratory's sets share; lost ones are filled as the encoder fills them."""
    return seen.marker_mean_sd


def measured_curves(seen: SeenWalk) -> np.ndarray:
    """Joint curves of the gait analysis, (918,) degrees."""
    return seen.walk.clinic.curves_deg.ravel()


def gait_profile_score(seen: SeenWalk) -> np.ndarray:
    """GPS of both sides, degrees."""
    return seen.walk.clinic.gps_deg


def gait_deviation_index(seen: SeenWalk) -> np.ndarray:
    """GDI of both sides."""
    return seen.walk.clinic.gdi


def spatiotemporal_values(seen: SeenWalk) -> np.ndarray:
    """`clinic.SPATIOTEMPORAL`."""
    return seen.walk.clinic.spatiotemporal


def speed_alone(seen: SeenWalk) -> np.ndarray:
    """Measured walking speed, (1,) m/s."""
    return seen.walk.covariates[:1]


def harmonics_ridge(seen: SeenWalk) -> np.ndarray:
    """Joint curves' components and spatiotemporal values by ridge regression on the cycle's harmonics."""
    return seen.ridge_vector[:TARGETS]


def skeleton_vector(seen: SeenWalk) -> np.ndarray:
    """The linear skeleton's recording vector, which is where training starts."""
    return seen.ridge_vector


def skeleton_deviation(seen: SeenWalk) -> np.ndarray:
    """Its numbers of deviation."""
    return deviation_numbers(seen.ridge_vector)


def ridge_curves(seen: SeenWalk) -> np.ndarray:
    """Joint curves that the linear skeleton's vector stands for, (918,) degrees."""
    return seen.ridge_curves_deg.ravel()


def recording_vector(seen: SeenWalk) -> np.ndarray:
    """The model's recording vector."""
    return seen.recording_vector


def vector_deviation(seen: SeenWalk) -> np.ndarray:
    """The model's numbers of deviation."""
    return deviation_numbers(seen.recording_vector)


def decoded_curves(seen: SeenWalk) -> np.ndarray:
    """Joint curves that the model's vector stands for, (918,) degrees."""
    return seen.curves_deg.ravel()


def measured_cells(seen: SeenWalk) -> np.ndarray:
    """Measured joint angles by phase, (144,) degrees, as they are kept beside an embedding."""
    return phase_means(seen.walk.clinic.curves_deg[None])[0]


def true_curves(seen: SeenWalk) -> np.ndarray:
    """What the joints really did, (918,) degrees."""
    return seen.walk.truth.curves_deg.ravel()


@dataclass(frozen=True)
class FeatureSet:
    """One way of saying who walks how."""

    name: str
    title: str
    vector: Callable[[SeenWalk], np.ndarray]
    """For the Mahalanobis distance, change and retest."""
    looked_at: Callable[[SeenWalk], np.ndarray]
    """Whose largest z counts: curves where the set has any, else the vector itself."""
    looked_by: LookedBy = "largest z"
    """Or whose own distance counts instead."""
    role: Role = "yardstick"
    worse: int = 0
    """1 where only more is worse, -1 where only less is, 0 where either way is unusual."""
    unusual: Callable[[SeenWalk], np.ndarray] | None = None
    """Instead of `vector` where one visit is asked about, in the set that has numbers made for that."""
    without_speed: bool = False
    """Whether nothing of speed is taken out, because it is the feature itself. Leg length is always taken out."""


FEATURE_SETS: tuple[FeatureSet, ...] = (
    FeatureSet("speed", "speed alone", speed_alone, speed_alone, role="aside", without_speed=True),
    FeatureSet("spatiotemporal", "spatiotemporal", spatiotemporal_values, spatiotemporal_values),
    FeatureSet("gps", "GPS", gait_profile_score, gait_profile_score, worse=1),
    FeatureSet("gdi", "GDI", gait_deviation_index, gait_deviation_index, worse=-1),
    FeatureSet("measured_curves", "measured joint curves", measured_curves, measured_curves),
    FeatureSet("marker_mean_sd", "marker mean + SD", marker_mean_and_sd, marker_mean_and_sd),
    FeatureSet("harmonics_ridge", "harmonics + ridge", harmonics_ridge, ridge_curves),
    FeatureSet(
        "step_0", "linear skeleton (step 0)", skeleton_vector, ridge_curves, role="aside", unusual=skeleton_deviation
    ),
    FeatureSet("ltme", "recording vector", recording_vector, decoded_curves, role="model", unusual=vector_deviation),
    FeatureSet("true_curves", "true joint curves (ceiling)", true_curves, true_curves, role="ceiling"),
)
"""Speed stands aside: it is what all the others are relieved of, and so answers another question. So does the linear
skeleton, which is part of the model: it shows what the transformer adds."""
FINDINGS = FeatureSet(
    "findings",
    "both, as findings score",
    recording_vector,
    measured_cells,
    looked_by="distance",
    role="findings",
    unusual=vector_deviation,
)
"""What `findings.gait_detector` scores: fused, the mean of the embedding's distance and of measured joint angles'."""


def names_of(role: Role) -> tuple[str, ...]:
    """Names of the feature sets with this role."""
    return tuple(feature.name for feature in FEATURE_SETS if feature.role == role)


def see(walks: Sequence[BenchWalk | None], model: LtmeModel, settings: BenchSettings) -> list[SeenWalk | None]:
    """Encode every walk; None where there is none, or where any set of features has a gap.

    So all sets are judged on the same walks.
    """
    slots = common_slots(settings.laboratory.marker_sets)
    return [None if walk is None else _seen(walk, model, slots) for walk in walks]


def feature_table(walks: Sequence[SeenWalk | None], feature: FeatureSet, task: Task = "changed") -> Table:
    """A row a walk, NaN where there is none."""
    vector = feature.unusual or feature.vector if task == "unusual" else feature.vector
    there = [seen for seen in walks if seen is not None]
    if not there:
        raise LtmeError("bench", "no walk has all features", "Choose another laboratory")
    covariates = np.full((len(walks), 2), np.nan)
    vectors, looked = (np.full((len(walks), of(there[0]).size), np.nan) for of in (vector, feature.looked_at))
    for row, seen in enumerate(walks):
        if seen is not None:
            vectors[row], looked[row] = vector(seen), feature.looked_at(seen)
            covariates[row] = seen.walk.covariates
    if feature.without_speed:
        covariates[:, 0] = np.where(np.isfinite(covariates[:, 0]), 0.0, np.nan)
    return Table(vectors, looked, covariates, feature.looked_by)


def _seen(walk: BenchWalk, model: LtmeModel, slots: np.ndarray) -> SeenWalk | None:
    if walk.clip is None or not np.isfinite(walk.covariates).all():
        return None
    vectors = np.stack([model.encode(walk.clip).recording_vector, ridge_vector(model, walk.clip)])
    curves_deg = model.decode_curves(vectors)
    seen = SeenWalk(
        walk=walk,
        recording_vector=vectors[0],
        ridge_vector=vectors[1],
        curves_deg=curves_deg[0],
        ridge_curves_deg=curves_deg[1],
        spatiotemporal=model.decode_spatiotemporal(vectors),
        marker_mean_sd=marker_mean_sd(gaussian_fill_m(model, walk.clip), slots),
    )
    whole = all(np.isfinite(feature.vector(seen)).all() for feature in FEATURE_SETS)
    return seen if whole else None
