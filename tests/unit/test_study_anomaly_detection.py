"""The study's figures from AUROCs that were made up: what is ahead, what is lost, what a placebo must give."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.training.bench.scoring import KINDS
from studies.anomaly_detection.run import TARGETS
from studies.anomaly_detection.tables import FEATURES, as_page, figures_of

IMPAIRMENTS, DRAWS = ("crouch", "equinus"), 50
PLACE = {feature.name: number for number, feature in enumerate(FEATURES)}


def seed_of(number: int, findings: float, yardstick: float, placebo: float = 0.5) -> dict:
    """AUROCs of one seed: all at .5 but findings' and the best yardstick's, with a little noise in the draws."""
    rng = np.random.default_rng(number)
    unusual = np.full((len(TARGETS), len(IMPAIRMENTS), len(FEATURES), len(KINDS), 1 + DRAWS), 0.5)
    unusual[:, :, PLACE["findings"], KINDS.index("fused")] = findings
    unusual[:, :, PLACE["measured_curves"], 1] = yardstick
    noise = 0.01 * rng.standard_normal(unusual.shape)
    noise[..., 0] = 0.0
    return {
        "unusual": unusual + noise,
        "placebo": np.full((len(FEATURES), len(KINDS), 1 + DRAWS), placebo),
        "reached": np.ones((len(IMPAIRMENTS), len(TARGETS)), dtype=bool),
        "severity": np.full((len(IMPAIRMENTS), len(TARGETS)), 0.4),
        "seed": number,
        "people": 40,
        "fingerprint": "f" * 64,
        "impairments": IMPAIRMENTS,
        "unseen": ("crouch",),
        "targets": TARGETS,
    }


def test_findings_stand_against_the_best_yardstick_of_the_middle_severities() -> None:
    figures = figures_of([seed_of(1, 0.9, 0.8), seed_of(2, 0.8, 0.8)])
    assert figures["best_yardstick"] == "measured joint curves, z_max"
    ahead = figures["ahead"]["findings"]["all"]
    assert ahead["value"] == pytest.approx(0.05)
    assert ahead["low"] < 0.05 < ahead["high"]
    assert figures["ahead"]["embedding"]["all"]["value"] == pytest.approx(-0.3)
    assert figures["ahead_fused"]["findings"]["value"] == pytest.approx(0.35)
    assert figures["cells"][0]["reached"] == 2
    page = as_page(figures)
    assert "| at least 0.05, clear of 0 | pass |" in page
    assert "Nowhere." in page


def test_where_it_loses_is_said_and_misses() -> None:
    figures = figures_of([seed_of(1, 0.7, 0.8)])
    page = as_page(figures)
    assert "| MISS |" in page
    assert "- crouch, z-max 0.6: -0.100" in page


def test_a_placebo_that_is_told_apart_misses() -> None:
    assert "| .50 +/- 0.03 | MISS |" in as_page(figures_of([seed_of(1, 0.9, 0.8, placebo=0.55)]))
    assert "| .50 +/- 0.03 | pass |" in as_page(figures_of([seed_of(1, 0.9, 0.8, placebo=0.51)]))
