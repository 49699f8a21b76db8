"""Known answers for reliability, measurement error and calibration."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic import statistics
from ltme_clinic.types import LtmeError

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
"""Six subjects by four judges, Shrout and Fleiss 1979, Psychological Bulletin 86:420, table 2."""


def test_intraclass_correlations_of_the_textbook_table_are_those_of_the_textbook():
    assert statistics.icc_consistency(SHROUT_FLEISS) == pytest.approx(0.71, abs=0.005)
    assert statistics.icc_agreement(SHROUT_FLEISS) == pytest.approx(0.29, abs=0.005)


def test_a_shift_of_a_whole_session_lowers_agreement_but_not_consistency():
    people = np.array([1.0, 2.0, 3.0, 4.0])
    shifted = np.stack([people, people + 5.0], axis=1)
    assert statistics.icc_consistency(shifted) == pytest.approx(1.0)
    assert statistics.icc_agreement(shifted) < 0.2


def test_icc_of_people_who_do_not_differ_has_no_meaning():
    assert np.isnan(statistics.icc_consistency(np.ones((4, 2))))


def test_sem_of_two_sessions_is_the_sd_of_differences_over_root_two():
    table = np.array([[10.0, 12.0], [20.0, 18.0], [30.0, 32.0]])
    assert statistics.sem_from_retest(table) == pytest.approx(np.sqrt(2.0))


def test_people_seen_once_do_not_change_the_sem():
    table = np.array([[10.0, 12.0, np.nan], [20.0, 18.0, np.nan], [99.0, np.nan, np.nan]])
    assert statistics.sem_from_retest(table) == pytest.approx(np.sqrt(2.0))
    with pytest.raises(LtmeError, match="measured twice"):
        statistics.sem_from_retest(table[2:])


def test_sem_recovers_the_error_that_was_put_in():
    rng = np.random.default_rng(1)
    truth = rng.normal(50.0, 10.0, size=(4000, 1))
    table = truth + rng.normal(0.0, 3.0, size=(4000, 2))
    assert statistics.sem_from_retest(table) == pytest.approx(3.0, rel=0.05)
    between = table.std(ddof=1)
    assert statistics.sem_from_icc(between, statistics.icc_agreement(table)) == pytest.approx(3.0, rel=0.06)


def test_mdc_of_a_published_sem_is_the_published_mdc():
    # Stroke, paretic side: SEM 3.4 and MDC 9.4 points of the Gait Deviation Index (PMID 28073084).
    assert statistics.mdc95(3.4) == pytest.approx(9.4, abs=0.05)
    assert statistics.sem_from_mdc95(statistics.mdc95(3.4)) == pytest.approx(3.4)


def test_a_change_of_one_mdc_has_a_reliable_change_index_of_1_96():
    assert statistics.reliable_change_index(-statistics.mdc95(2.0), 2.0) == pytest.approx(-1.96, abs=0.001)
    with pytest.raises(LtmeError):
        statistics.reliable_change_index(1.0, 0.0)


def test_bootstrap_interval_covers_the_mean_and_repeats_with_its_seed():
    values = np.random.default_rng(2).normal(5.0, 2.0, size=400)
    low, high = statistics.bootstrap_interval(values, np.mean, seed=3)
    assert high - low == pytest.approx(2 * 1.96 * 2.0 / 20.0, rel=0.15)
    assert low < values.mean() < high
    assert (low, high) == statistics.bootstrap_interval(values, np.mean, seed=3)


def test_bootstrap_keeps_a_persons_rows_together():
    people = np.repeat(np.arange(10.0)[:, None], 50, axis=1)

    def sessions_agree(table: np.ndarray) -> float:
        return float(table.std(axis=1).max())

    assert statistics.bootstrap_interval(people, sessions_agree, seed=0, draws=50) == (0.0, 0.0)


def test_conformal_p_counts_the_newcomer():
    calibration = np.arange(1.0, 20.0)
    assert statistics.conformal_p(calibration, 100.0) == pytest.approx(1 / 20)
    assert statistics.conformal_p(calibration, 19.0) == pytest.approx(2 / 20)
    assert statistics.conformal_p(calibration, 0.0) == 1.0
    with pytest.raises(LtmeError):
        statistics.conformal_p(calibration, float("nan"))


def test_conformal_p_of_exchangeable_scores_is_uniform():
    rng = np.random.default_rng(4)
    draws = rng.gamma(2.0, size=(4000, 100))
    p = np.array([statistics.conformal_p(row[1:], row[0]) for row in draws])
    for level in (0.01, 0.05, 0.2, 0.5):
        assert np.mean(p <= level) == pytest.approx(level, abs=2.58 * np.sqrt(level * (1 - level) / 4000))


def test_conformal_quantile_needs_nineteen_people_for_95_percent():
    assert statistics.conformal_quantile(np.arange(1.0, 20.0)) == 19.0
    assert statistics.conformal_quantile(np.arange(1.0, 19.0)) == np.inf
    assert statistics.conformal_quantile(np.arange(1.0, 100.0)) == 95.0


def test_auroc_knows_perfect_chance_and_ties():
    assert statistics.auroc([1, 2], [3, 4]) == 1.0
    assert statistics.auroc([3, 4], [1, 2]) == 0.0
    assert statistics.auroc([1, 1], [1, 1]) == 0.5
    assert statistics.auroc([1, 3], [2, 4]) == 0.75
    with pytest.raises(LtmeError):
        statistics.auroc([], [1.0])


@pytest.mark.parametrize(("samples", "width"), [(20, 64), (500, 8)])
def test_shrinkage_is_that_of_scikit_learn(samples, width):
    from sklearn import covariance

    rng = np.random.default_rng(5)
    values = rng.normal(size=(samples, width)) @ rng.normal(size=(width, width)) + 3.0
    expected, _ = covariance.ledoit_wolf(values)
    np.testing.assert_allclose(statistics.shrinkage_covariance(values), expected, rtol=1e-9)
    expected, _ = covariance.ledoit_wolf(values, assume_centered=True)
    np.testing.assert_allclose(statistics.shrinkage_covariance(values, centre=False), expected, rtol=1e-9)


def test_a_covariance_of_fewer_people_than_numbers_can_be_inverted():
    values = np.random.default_rng(6).normal(size=(10, 64))
    assert np.linalg.cond(statistics.shrinkage_covariance(values)) < 1e3
