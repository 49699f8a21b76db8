"""What findings are made with: the embedding alone, or with measured joint angles, and when which."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from findings_world import LinearModel, World, change_of

from ltme_clinic.findings import BaselineTracker, GaitDetector
from ltme_clinic.findings.measurement_error import score_error
from ltme_clinic.statistics import conformal_p

MODEL = LinearModel()
DAYS = (date(2026, 3, 3), date(2026, 5, 5))


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=31, is_measured=True)


@pytest.fixture(scope="module")
def fitted(world):
    return GaitDetector().fit(world.reference(count=398, retest=60))


def unmeasured(visit, trials=(0, 1, 2)):
    lost = [replace(e, joint_cells_deg=None) if n in trials else e for n, e in enumerate(visit.embeddings)]
    return replace(visit, embeddings=tuple(lost))


def bent_alone(visit, degrees):
    """Joint angles that no vector knows of."""
    added = np.zeros(144, dtype=np.float32)
    added[40:44] = degrees
    moved = [replace(e, joint_cells_deg=e.joint_cells_deg + added) for e in visit.embeddings]
    return replace(visit, embeddings=tuple(moved))


def test_what_only_joint_angles_show_counts_where_all_trials_have_them(fitted, world):
    visit = world.visit(world.person())
    scores = [fitted.finding(bent_alone(visit, degrees), MODEL).anomaly_score for degrees in (0.0, 15.0, 40.0)]
    assert scores == sorted(scores)
    assert scores[2] > scores[0] + 3.0
    for trials in ((0, 1, 2), (1,)):
        hidden = [
            fitted.finding(unmeasured(bent_alone(visit, degrees), trials), MODEL).anomaly_score
            for degrees in (0.0, 40.0)
        ]
        assert hidden[0] == hidden[1]


def test_what_only_the_vector_shows_counts_as_well(fitted, world):
    visit = world.visit(world.person())
    moved = world.visit(world.person(), change=change_of("left", "hip_flexion", 1, 60.0))
    same_angles = tuple(
        replace(e, joint_cells_deg=o.joint_cells_deg) for e, o in zip(moved.embeddings, visit.embeddings, strict=True)
    )
    assert (
        fitted.finding(replace(moved, embeddings=same_angles), MODEL).anomaly_score
        > fitted.finding(visit, MODEL).anomaly_score + 1.0
    )


def test_healthy_people_score_0_give_or_take_1_and_alarm_as_promised_either_way(fitted, world):
    for measured in (True, False):
        visits = [world.visit(world.person(), count=1) for _ in range(400)]
        visits = [visit if measured else unmeasured(visit) for visit in visits]
        suited = fitted.suited(visits[0])
        assert suited.with_joint_angles == measured
        inside = [v for v in visits if 0.9 <= v.covariates[0, 0] <= 1.5 and 0.82 <= v.covariates[0, 1] <= 0.98]
        scores = np.array([suited.score(visit) for visit in inside])
        assert np.mean(scores) == pytest.approx(0.0, abs=0.2)
        assert np.std(scores) == pytest.approx(1.0, abs=0.25)
        calibration = suited.fitted.calibration_scores(1)
        assert 0.02 <= np.mean([conformal_p(calibration, score) <= 0.05 for score in scores]) <= 0.09


def test_a_trend_is_of_the_vectors_whatever_was_measured(fitted, world):
    person = world.person()
    visits = [world.visit(person, day) for day in DAYS]
    mixed = [visits[0], unmeasured(visits[1])]
    trends = [{t.metric: t for t in BaselineTracker().track(given, fitted)} for given in (visits, mixed)]
    assert trends[0]["distance_from_reference"] == trends[1]["distance_from_reference"]
    finding = fitted.finding(visits[0], MODEL)
    assert finding.score_sem == score_error(fitted.suited(visits[0]).fitted, "virtual", 3).sem
    assert finding.score_sem != trends[0]["distance_from_reference"].sem


def test_a_reference_with_few_measured_people_scores_by_the_embedding(world):
    reference = world.reference(count=100, retest=30)
    cells = reference.joint_cells_deg.copy()
    cells[39:, 0] = np.nan
    fitted = GaitDetector().fit(replace(reference, joint_cells_deg=cells))
    assert fitted.both is None
    assert not fitted.suited(world.visit(world.person())).with_joint_angles
    cells = reference.joint_cells_deg.copy()
    cells[60:, 1] = np.nan
    some = GaitDetector().fit(replace(reference, joint_cells_deg=cells))
    assert some.both.reference.n == 60
    assert some.finding(world.visit(world.person()), MODEL).reference_n == 30
