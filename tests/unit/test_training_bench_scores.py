"""The bench's arithmetic on made-up people: planted shifts are found, useless features are at chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.statistics import auroc
from ltme_clinic.training.bench.detection import group_table
from ltme_clinic.training.bench.features import FEATURE_SETS, FINDINGS, names_of
from ltme_clinic.training.bench.picture import quoted
from ltme_clinic.training.bench.resampling import auroc_draws, figure, mean_draws, person_weights, wins
from ltme_clinic.training.bench.retest import most_repeatable
from ltme_clinic.training.bench.scoring import KINDS, LookedBy, Scorer, Table, fit_scorer
from ltme_clinic.training.bench.severity import find_severities
from ltme_clinic.types import LtmeError

PEOPLE = 300


def made_up_table(people: int = PEOPLE, *, seed: int = 0, shift: float = 0.0, size: int = 6) -> Table:
    """Features that follow speed and leg length, with unit noise; `shift` is added to the first of them."""
    rng = np.random.default_rng(seed)
    covariates = np.column_stack([rng.normal(1.2, 0.2, people), rng.normal(0.85, 0.08, people)])
    slopes = np.random.default_rng(9).normal(0.0, 20.0, (2, size))
    vectors = covariates @ slopes + rng.standard_normal((people, size))
    vectors[:, 0] += shift
    return Table(vectors, vectors, covariates)


def told_apart(scorer: Scorer, negatives: list[Table], positives: list[Table]) -> dict[str, float]:
    scores = scorer.scores(negatives), scorer.scores(positives)
    return {kind: auroc(scores[0][:, column], scores[1][:, column]) for column, kind in enumerate(KINDS)}


def test_a_planted_shift_is_told_from_health_and_speed_is_not() -> None:
    scorer = fit_scorer([made_up_table()])
    found = told_apart(scorer, [made_up_table(seed=1)], [made_up_table(seed=2, shift=4.0)])
    assert min(found.values()) > 0.9
    assert told_apart(scorer, [made_up_table(seed=1)], [made_up_table(seed=2)])["fused"] == pytest.approx(0.5, abs=0.06)
    table, by_speed = made_up_table(seed=3), 0.2 * np.random.default_rng(9).normal(0.0, 20.0, (2, 6))[0]
    faster = Table(table.vectors + by_speed, table.looked_at + by_speed, table.covariates + np.array([0.2, 0.0]))
    assert told_apart(scorer, [made_up_table(seed=1)], [faster])["fused"] == pytest.approx(0.5, abs=0.08)


def test_fused_scores_of_healthy_people_not_fitted_on_are_centred() -> None:
    scores = fit_scorer([made_up_table()]).scores([made_up_table(2000, seed=5)])
    assert scores[:, KINDS.index("fused")].mean() == pytest.approx(0.0, abs=0.1)


def test_change_is_seen_where_a_single_visit_hides_it_among_people() -> None:
    def visits(seed: int, shift: float) -> list[Table]:
        first = made_up_table(seed=seed)
        spread = np.random.default_rng(seed + 50).normal(0.0, 8.0, first.vectors.shape)  # what a person is for life
        rows = first.vectors + spread
        later = rows + 0.5 * np.random.default_rng(seed + 70).standard_normal(rows.shape)
        later[:, 0] += shift
        return [Table(rows, rows, first.covariates), Table(later, later, first.covariates)]

    reference, still, moved = visits(0, 0.0), visits(1, 0.0), visits(2, 2.0)
    changed = told_apart(fit_scorer(reference), still, moved)["fused"]
    unusual = told_apart(fit_scorer(reference[:1]), still[1:], moved[1:])["fused"]
    assert changed > 0.9
    assert unusual < 0.65


def test_only_the_worse_way_counts_for_an_index() -> None:
    scorer = fit_scorer([made_up_table(size=1)], worse=1)
    better = told_apart(scorer, [made_up_table(seed=1, size=1)], [made_up_table(seed=2, size=1, shift=-4.0)])
    worse = told_apart(scorer, [made_up_table(seed=1, size=1)], [made_up_table(seed=2, size=1, shift=4.0)])
    assert better["mahalanobis"] < 0.5 < 0.95 < worse["mahalanobis"]


def test_wide_features_and_few_people_still_make_a_score() -> None:
    few, size = 30, 400
    scorer = fit_scorer([made_up_table(few, size=size)])
    table = made_up_table(40, seed=4, size=size)
    table.vectors[3, 7] = np.nan
    scores = scorer.scores([table])
    assert np.isnan(scores[3, 0])
    assert np.isfinite(np.delete(scores[:, 0], 3)).all()


def test_only_the_model_and_where_it_started_have_numbers_made_for_what_is_unusual() -> None:
    assert [feature.name for feature in FEATURE_SETS if feature.unusual] == ["step_0", "ltme"]
    assert "step_0" not in names_of("yardstick")


def test_what_is_looked_at_counts_by_its_largest_z_or_by_a_distance_of_its_own() -> None:
    def of_many_small_shifts(looked_by: LookedBy) -> float:
        fitted, healthy = (replace(made_up_table(seed=seed, size=30), looked_by=looked_by) for seed in (0, 1))
        shifted = replace(healthy, looked_at=healthy.looked_at + 0.8)
        return told_apart(fit_scorer([fitted]), [healthy], [shifted])["z_max"]

    assert of_many_small_shifts("distance") > of_many_small_shifts("largest z") + 0.1
    assert FINDINGS.looked_by == "distance"


def test_the_model_is_quoted_by_one_score_and_others_by_their_best() -> None:
    means = {kind: {"value": value} for kind, value in zip(KINDS, (0.6, 0.8, None), strict=True)}
    assert quoted("ltme", means)["value"] == 0.6
    assert quoted("gps", means)["value"] == 0.8


def test_the_most_repeatable_direction_is_where_people_differ_and_visits_do_not() -> None:
    rng = np.random.default_rng(6)
    people, noise = rng.normal(size=(400, 1, 3)) * [1.0, 3.0, 2.0], rng.normal(size=(400, 2, 3)) * [0.1, 3.0, 0.5]
    first = most_repeatable(people + noise)[:, 0]
    assert abs(first[0]) > 20.0 * max(abs(first[1]), 1e-9)


def test_too_few_healthy_people_are_refused() -> None:
    with pytest.raises(LtmeError, match="9 healthy people"):
        fit_scorer([made_up_table(9)])


def test_bisection_finds_a_severity_that_is_known_and_asks_for_none_twice() -> None:
    asked: list[float] = []

    def rising(severity: float) -> float:
        asked.append(severity)
        return 0.5 + 0.5 * severity**0.5

    found = find_severities(rising, (0.70, 0.85), halvings=8)
    assert [item.severity for item in found] == pytest.approx([0.16, 0.49], abs=0.03)
    assert all(item.reached for item in found)
    assert len(asked) == len(set(asked))


def test_a_severity_out_of_reach_is_said_to_be() -> None:
    (found,) = find_severities(lambda severity: 0.5 + 0.1 * severity, (0.85,))
    assert (found.severity, found.auroc, found.reached) == (1.0, 0.6, False)


def test_auroc_by_weights_is_the_auroc_and_leaves_out_unknown_people() -> None:
    rng = np.random.default_rng(3)
    negatives, positives = rng.normal(0, 1, 50).round(1), rng.normal(0.8, 1, 50).round(1)
    positives[4] = np.nan
    known = np.isfinite(negatives), np.isfinite(positives)
    draws = auroc_draws(wins(negatives, positives), known, person_weights(50, draws=200))
    assert draws[0] == pytest.approx(auroc(negatives, positives[np.isfinite(positives)]))
    said = figure(draws)
    assert said["low"] < said["value"] < said["high"]


def test_a_weighted_mean_is_that_of_the_people_drawn() -> None:
    weights = person_weights(4, seed=2, draws=3)
    values = np.array([1.0, 2.0, np.nan, 4.0])
    for row, mean in zip(weights, mean_draws(values, weights), strict=True):
        drawn = np.repeat(values, row.astype(int))
        assert mean == pytest.approx(np.nanmean(drawn))
    assert weights.sum(axis=1).tolist() == [4.0] * 4


def made_up_aurocs(**by_feature: float) -> np.ndarray:
    """(2 impairments, feature set, kind, 1 + 3 draws): the same AUROC everywhere for a feature set; .5 for others."""
    values = np.full((2, len(FEATURE_SETS), len(KINDS), 4), 0.5)
    for column, feature in enumerate(FEATURE_SETS):
        values[:, column] = by_feature.get(feature.name, 0.5)
    return values


def test_the_model_stands_against_the_best_yardstick_and_the_ceiling() -> None:
    values = made_up_aurocs(harmonics_ridge=0.7, ltme=0.8, true_curves=0.9, speed=0.95)
    table = group_table(values, ["crouch", "foot_drop"], ["crouch", "foot_drop"])
    assert table["best_yardstick"].startswith("harmonics_ridge")
    assert table["minus_best"]["value"] == pytest.approx(0.1)
    assert table["share_of_distance"]["value"] == pytest.approx(0.5)
    assert table["means"]["speed"]["fused"]["value"] == pytest.approx(0.95)


def test_the_best_of_each_impairment_is_a_harder_yardstick_than_the_best_of_all() -> None:
    values = made_up_aurocs(ltme=0.8, true_curves=0.9)
    names = [feature.name for feature in FEATURE_SETS]
    values[0, names.index("gps")], values[1, names.index("gdi")] = 0.8, 0.7
    table = group_table(values, ["crouch", "foot_drop"], ["crouch", "foot_drop"])
    assert table["minus_best"]["value"] == pytest.approx(0.8 - 0.65)
    assert table["minus_best_of_each"]["value"] == pytest.approx(0.05)


def test_no_way_to_the_ceiling_is_no_share_of_it() -> None:
    table = group_table(made_up_aurocs(gps=0.9, true_curves=0.8), ["crouch"], ["crouch", "foot_drop"])
    assert table["share_of_distance"]["value"] is None
