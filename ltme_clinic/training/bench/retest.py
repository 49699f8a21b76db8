"""What stays when markers are placed anew, and what the recording vector knows of the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ltme_clinic.embedding.gaitcode import CURVE_SHAPE, SPATIOTEMPORAL
from ltme_clinic.embedding.subspaces import left_minus_right_deg
from ltme_clinic.statistics import icc_agreement, shrinkage_covariance
from ltme_clinic.training.bench.detection import Seen, SeenBench
from ltme_clinic.training.bench.features import (
    FEATURE_SETS,
    FeatureSet,
    SeenWalk,
    decoded_curves,
    feature_table,
    measured_curves,
    ridge_curves,
    true_curves,
)
from ltme_clinic.training.bench.resampling import figure, mean_draws, person_weights
from ltme_clinic.virtual_lab.impairments import ONE_SIDED

LEADING = 8
"""Directions of a feature set whose retest is quoted."""
ICC_DRAWS = 200
FOLDS = 5
SIDE_POINTS = 5
"""Every so many points of a curve tell its side."""
_SPEED = SPATIOTEMPORAL.index("speed_m_s")
CURVE_SOURCES = (("ltme", decoded_curves), ("harmonics_ridge", ridge_curves), ("measured_curves", measured_curves))


def retest(bench: SeenBench) -> dict[str, Any]:
    """ICC(A,1) between two visits of healthy test people, of each feature set's leading directions.

    Directions are the reference people's, so that no test person chose them: the principal ones of standardised
    features (`mean`), and those in which people differ most against their own two visits (`repeatable`).
    """
    return {feature.name: _retest_of(bench, feature) for feature in FEATURE_SETS}


def _retest_of(bench: SeenBench, feature: FeatureSet) -> dict[str, Any]:
    reference = np.stack([feature_table(walks, feature).vectors for walks in bench.reference], axis=1)
    reference = reference[np.isfinite(reference).all(axis=(1, 2))]  # (person, visit, d)
    mean, sd = reference[:, 0].mean(axis=0), np.maximum(reference[:, 0].std(axis=0), 1e-9)
    reference = (reference - mean) / sd
    visits = np.stack([(feature_table(walks, feature).vectors - mean) / sd for walks in bench.healthy], axis=1)
    visits = visits[np.isfinite(visits).all(axis=(1, 2))]
    if len(visits) < 3:
        nothing = {"value": None, "low": None, "high": None}
        return {"icc": [], "mean": nothing, "repeatable": nothing}
    principal = np.linalg.svd(reference[:, 0], full_matrices=False)[2][:LEADING].T
    icc = _icc_draws(visits @ principal)
    repeatable = _icc_draws(visits @ most_repeatable(reference)[:, :LEADING])
    return {
        "icc": [float(value) for value in icc[0]],
        "mean": figure(icc.mean(axis=1)),
        "repeatable": figure(repeatable.mean(axis=1)),
    }


def most_repeatable(visits: np.ndarray) -> np.ndarray:
    """(d, d) directions of standardised visits (person, 2, d), the one first in which people repeat themselves most."""
    from scipy.linalg import eigh

    within = 0.5 * shrinkage_covariance(visits[:, 1] - visits[:, 0], centre=False)
    floor = 1e-6 * float(np.trace(within)) / len(within) * np.eye(len(within))
    _, directions = eigh(shrinkage_covariance(visits.mean(axis=1)), within + floor)
    return np.asarray(directions[:, ::-1])


def _icc_draws(said: np.ndarray) -> np.ndarray:
    """(1 + draw, direction) of visits (person, 2, direction)."""
    people = np.arange(len(said))
    return np.array(
        [
            [icc_agreement(said[np.repeat(people, row), :, direction]) for direction in range(said.shape[2])]
            for row in person_weights(len(said), draws=ICC_DRAWS).astype(int)
        ]
    )


def curve_errors(bench: SeenBench) -> dict[str, Any]:
    """Joint curves against the truth from this other laboratory, root mean square in degrees, with intervals.

    Of healthy test people, and of those with seen and unseen impairments at the severest tested degree; `spread` is
    how much true curves differ between healthy people.
    """
    severest = max(bench.settings.targets)
    groups: dict[str, list[Seen]] = {"healthy": [bench.healthy[0]]}
    for group, names in (("seen", bench.settings.seen), ("unseen", bench.settings.unseen)):
        if names:
            groups[group] = [bench.impaired[name, severest] for name in names]
    weights = person_weights(bench.settings.people, bench.settings.seed)
    result: dict[str, Any] = {
        group: {
            name: figure(np.sqrt(mean_draws(_mean_square(walks, source), weights))) for name, source in CURVE_SOURCES
        }
        for group, walks in groups.items()
    }
    truth = np.array([true_curves(seen) for seen in bench.healthy[0] if seen is not None])
    result["spread_between_healthy_deg"] = float(np.sqrt(np.square(truth - truth.mean(axis=0)).mean()))
    return result


def _mean_square(groups: Sequence[Seen], source: Any) -> np.ndarray:
    """(person,) mean square difference from the true curves over a person's walks; NaN without any."""
    table = np.array(
        [
            [np.nan if seen is None else np.square(source(seen) - true_curves(seen)).mean() for seen in walks]
            for walks in groups
        ]
    )
    known = np.isfinite(table)
    sums = np.where(known, table, 0.0).sum(axis=0)
    return np.divide(sums, known.sum(axis=0), out=np.full(table.shape[1], np.nan), where=known.any(axis=0))


def speed_r2(bench: SeenBench) -> dict[str, float]:
    """Share of the variance of true speed that is read off the vector: 1 - squared error / variance.

    Healthy test people and the impaired ones together.
    """
    walks = [seen for group in (bench.healthy[0], *bench.impaired.values()) for seen in group if seen is not None]
    truth = np.array([seen.walk.truth.speed_m_s for seen in walks])
    said = np.array([seen.spatiotemporal[:, _SPEED] for seen in walks])
    variance = float(np.square(truth - truth.mean()).sum())
    return {
        name: 1.0 - float(np.square(said[:, column] - truth).sum()) / variance
        for column, name in enumerate(("ltme", "harmonics_ridge"))
    }


def side_accuracy(bench: SeenBench) -> dict[str, dict[str, float | None]]:
    """Share of one-sided impairments whose side a logistic regression names, cross-validated by people.

    By severity (the target AUROC), then by feature set; None where there are too few people. Sets with curves are read
    by how left and right differ, which a regression that knows no side better than the other can weigh; of the true
    curves it is what there is to be known.
    """
    found: dict[str, dict[str, float | None]] = {}
    for target in bench.settings.targets:
        walks: list[SeenWalk] = []
        for name in bench.settings.impairments:
            if name in ONE_SIDED:
                walks += [seen for seen in bench.impaired[name, target] if seen is not None]
        found[f"{target:g}"] = {
            feature.name: _side_accuracy(*_side_features(feature, walks), walks)
            for feature in FEATURE_SETS
            if feature.name != "speed" and walks
        }
    return found


def _side_features(feature: FeatureSet, walks: Sequence[SeenWalk]) -> tuple[np.ndarray, bool]:
    """(walk, d), and whether they change sign when the sides are swapped."""
    looked = np.array([feature.looked_at(seen) for seen in walks])
    if looked.shape[1] != np.prod(CURVE_SHAPE):
        return np.array([feature.vector(seen) for seen in walks]), False
    apart = left_minus_right_deg(looked.reshape(-1, *CURVE_SHAPE))[..., ::SIDE_POINTS]
    return apart.reshape(len(walks), -1), True


def _side_accuracy(vectors: np.ndarray, odd: bool, walks: Sequence[SeenWalk]) -> float | None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    left = np.array([seen.walk.truth.side == "left" for seen in walks])
    people = np.array([seen.walk.order.seed for seen in walks])
    if min(len(set(people[left])), len(set(people[~left]))) < FOLDS:
        return None
    regression = make_pipeline(
        StandardScaler(with_mean=not odd), LogisticRegression(C=0.1, max_iter=1000, fit_intercept=not odd)
    )
    said = cross_val_predict(regression, vectors, left, groups=people, cv=GroupKFold(FOLDS))
    return float((said == left).mean())
