"""In how many ways people differ, and how left and right belong together: virtual people beside published ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from ltme_clinic.body import ANGLES
from ltme_clinic.norms import pair_model
from studies.virtual_lab_realism.figures import Figure, over_people

COMPONENTS = (5, 10, 15, 20)
PUBLISHED_SIDES = (0.714, 0.852, 0.915, 0.948)
"""Variance that so many centred components carry of the 166 control curves (single sides), and

computed from the Gait Deviation Index addendum (Schwartz and Rozumalski 2008)."""
MODEL_SHARE = 0.92
"""Of the variance between pairs that `norms.pair_model` keeps: its own components are shares of this."""
PUBLISHED_PAIRS_R = {
    "pelvic_tilt": 0.92,
    "pelvic_obliquity": -0.22,
    "pelvic_rotation": -0.10,
    "hip_flexion": 0.81,
    "hip_adduction": 0.09,
    "hip_rotation": 0.40,
    "knee_flexion": 0.51,
    "ankle_dorsiflexion": 0.65,
    "foot_progression": 0.52,
}
"""Correlation of left with right over the 83 pairs and all points of the cycle, each side less its mean curve;
computed from the same addendum."""
PUBLISHED_PAIRS = 83
DRAWS = 40


def spectrum_figures(curves: np.ndarray) -> tuple[list[Figure], dict[str, Any]]:
    """Explained variance of people's curves, and the sides' correlations, with the published in the names.

    Parameters
    ----------
    curves : (person, 2, 9, 51) degrees, at free speed

    Returns
    -------
    tuple
        Figures without a bar (none was set), and the numbers as JSON.
    """
    drawn_people = min(PUBLISHED_PAIRS, len(curves))
    sides = drawn_shares(curves, drawn_people, paired=False)
    pairs = drawn_shares(curves, drawn_people, paired=True)
    published_pairs = [float(share) for share in published_pair_shares()]
    figures = []
    for words, own, published in (("single sides", sides, PUBLISHED_SIDES), ("pairs", pairs, published_pairs)):
        low, high = np.percentile(own, [2.5, 97.5], axis=0)
        for place, count in enumerate(COMPONENTS):
            figures.append(
                Figure(
                    f"variance of {words} in {count} components; published {published[place]:.2f}",
                    float(own[:, place].mean()),
                    "",
                    drawn_people,
                    float(low[place]),
                    float(high[place]),
                )
            )
    for place, name in enumerate(ANGLES):
        figures.append(
            over_people(
                f"left with right, {name}: r; published {PUBLISHED_PAIRS_R[name]:.2f}",
                curves[:, :, place],
                side_correlation,
                "",
            )
        )
    detail = {
        "sides": [float(share) for share in sides.mean(axis=0)],
        "sides_published": list(PUBLISHED_SIDES),
        "pairs": [float(share) for share in pairs.mean(axis=0)],
        "pairs_published": published_pairs,
    }
    return figures, detail


def explained(vectors: np.ndarray, components: tuple[int, ...] = COMPONENTS) -> np.ndarray:
    """Share of the variance of (sample, value) vectors in their first principal components, cumulated."""
    centred = vectors - vectors.mean(axis=0)
    power = np.linalg.svd(centred, compute_uv=False) ** 2
    gone = np.cumsum(power) / power.sum()
    return np.array([gone[min(count, len(gone)) - 1] for count in components])


def drawn_shares(curves: np.ndarray, people: int, *, paired: bool) -> np.ndarray:
    """(draw, component count) `explained`, of as many people as were published, drawn without replacement.

    A sample's spectrum falls the faster the fewer its people are, so only equal numbers compare. Pairs are taken with
    their mirror images, as the published model was.
    """
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(DRAWS if people < len(curves) else 1):
        drawn = curves[rng.choice(len(curves), people, replace=False)]
        if paired:
            both = np.concatenate([drawn, drawn[:, ::-1]])
            rows.append(explained(both.reshape(len(both), -1)))
        else:
            rows.append(explained(drawn.reshape(2 * people, -1)))
    return np.array(rows)


def published_pair_shares() -> np.ndarray:
    """Cumulated shares of the published pairs' variance in `COMPONENTS` components."""
    power = pair_model().sd_deg ** 2
    gone = MODEL_SHARE * np.cumsum(power) / power.sum()
    return np.array([gone[count - 1] for count in COMPONENTS])


def side_correlation(curves: np.ndarray) -> float:
    """Correlation of left with right, (person, 2, point), over people and points, each side less its mean curve."""
    apart = curves - curves.mean(axis=0)
    left, right = apart[:, 0].ravel(), apart[:, 1].ravel()
    return float(left @ right / np.sqrt((left @ left) * (right @ right)))
