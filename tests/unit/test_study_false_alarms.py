"""False alarms by cell: the interval, its test, Holm's correction, and what a known world gives."""

from __future__ import annotations

import numpy as np
import pytest
from findings_world import World

from ltme_clinic.findings import GaitDetector
from ltme_clinic.findings.visit import trial_covariates
from studies.false_alarms.cells import MARKERS, as_page, cells, expected, figures_of, holm, two_sided_p, walk_of


def test_the_interval_holds_99_in_100_counts_of_a_kept_promise():
    low, high = expected(200, 1000)
    rng = np.random.default_rng(0)
    limits = rng.beta(10, 191, size=4000)  # share of healthy people beyond the tenth largest of 200
    counts = rng.binomial(1000, limits)
    assert 0.985 <= np.mean((counts >= low) & (counts <= high)) <= 0.997
    assert two_sided_p(200, 1000, 50) > 0.5
    assert two_sided_p(200, 1000, high + 5) < 0.01
    assert two_sided_p(200, 1000, low - 5) < 0.01


def test_holm_s_correction_is_his():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])


def test_alarms_of_healthy_people_are_as_promised_and_of_shifted_ones_are_not():
    world = World(seed=4, is_measured=True)
    detectors = [GaitDetector(seed).fit(world.reference(400, retest=30)) for seed in range(2)]
    walked = {}
    for name, shift in (("healthy", 0.0), ("shifted", 1.5)):
        trials = [world.trials(world.person(), 1, change=shift, windows=1) for _ in range(600)]
        vectors = np.array([each[0].recording_vector for each in trials], dtype=float)
        covariates = np.array([trial_covariates(tuple(each))[0] for each in trials])
        walked[name] = {
            "vectors": np.repeat(vectors[:, None], len(MARKERS), axis=1),
            "covariates": np.repeat(covariates[:, None], len(MARKERS), axis=1),
            "joint_cells": np.array([each[0].joint_cells_deg for each in trials], dtype=float),
        }
    walked["healthy"]["vectors"][0] = np.nan  # a walk that could not be had
    walked["healthy"]["covariates"][0] = np.nan
    figures = figures_of(walked, detectors)
    for markers in MARKERS[:2]:
        healthy, shifted = figures["cells"][f"healthy, {markers}"], figures["cells"][f"shifted, {markers}"]
        assert healthy["scored"] < healthy["people"] == 600
        assert healthy["interval_99"][0] <= healthy["share"] <= healthy["interval_99"][1]
        assert healthy["p_holm"] > 0.01
        assert shifted["share"] > shifted["interval_99"][1]
        assert shifted["p_holm"] < 0.01
    assert figures["cells"]["healthy, all markers"] != figures["cells"]["healthy, joint angles measured"]
    page = as_page(figures)
    assert page.startswith("# Synthetic")
    assert page.count("| healthy, ") == len(MARKERS)


def test_a_cell_s_person_walks_with_all_markers_and_with_fewer_and_is_nobody_of_another_cell():
    first, last = cells()[0], cells()[-1]
    assert len(cells()) == 9
    vectors, covariates, joint_cells_deg = walk_of((first, 980_000_000))
    assert vectors.shape[0] == len(MARKERS) == 4
    assert np.array_equal(vectors[0], vectors[1])
    assert not any(np.array_equal(vectors[1], fewer) for fewer in vectors[2:])
    assert np.isfinite(joint_cells_deg).all()
    assert covariates[0, 1] < 0.8  # a child's legs
    assert (first.number, last.number) == (0, 8)
