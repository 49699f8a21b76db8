"""What every detector must hold, whatever it calculates: add one to DETECTORS and it is held to all of this."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from findings_world import VECTOR, LinearModel, World, change_of
from scipy.stats import betabinom

from ltme_clinic.body import ANGLES, GAIT_PHASES, SIDES
from ltme_clinic.findings import (
    EnsembleDetector,
    GaitDetector,
    JointCells,
    MahalanobisDetector,
    ReferencePopulation,
    ResidualDetector,
    build_reference,
)
from ltme_clinic.findings.detectors import WholeVector
from ltme_clinic.findings.explain import MINIMUM_SD_DEG, joint_parts
from ltme_clinic.findings.scorings import (
    HiddenParts,
    IsolationTrees,
    LargestZ,
    Mahalanobis,
    NearestPeople,
    OneClassSvm,
    PrincipalAndResidual,
)
from ltme_clinic.statistics import conformal_p
from ltme_clinic.types import LtmeError, Refused

MODEL = LinearModel()
CELLS = JointCells(MODEL)
DETECTORS = {
    "what findings are made with": GaitDetector(),
    "Mahalanobis": MahalanobisDetector(),
    "leading directions and residual": ResidualDetector(PrincipalAndResidual()),
    "nearest people": ResidualDetector(NearestPeople()),
    "one-class SVM": ResidualDetector(OneClassSvm()),
    "isolation trees": ResidualDetector(IsolationTrees()),
    "largest z of joint cells": ResidualDetector(LargestZ(1.0), CELLS),
    "hidden joints": ResidualDetector(HiddenParts(joint_parts(), MINIMUM_SD_DEG), CELLS),
    "ensemble": EnsembleDetector(((Mahalanobis(), WholeVector()), (LargestZ(1.0), CELLS))),
}


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=11)


@pytest.fixture(scope="module")
def reference(world) -> ReferencePopulation:
    return world.reference(count=398, retest=30)


@pytest.fixture(params=DETECTORS.values(), ids=DETECTORS.keys())
def detector(request):
    return request.param


@pytest.fixture
def fitted(detector, reference):
    return detector.fit(reference)


def test_a_larger_deviation_from_the_middle_scores_higher(fitted, reference):
    middle, covariates = reference.vectors.mean(axis=0), reference.covariates.mean(axis=0)
    scores = [
        fitted.score(middle + change_of("left", "ankle_dorsiflexion", 1, -degrees), covariates)
        for degrees in (0.0, 40.0, 80.0, 160.0)
    ]
    assert scores == sorted(scores)
    assert scores[-1] > scores[0]


def test_the_order_of_people_and_of_trials_does_not_matter(detector, world):
    people = world.people(40)
    visit = world.visit(world.person())
    backwards = dict(reversed(people.items()))
    scores = [
        detector.fit(build_reference(given, name="r", origin="virtual")).score(vectors, covariates)
        for given, vectors, covariates in (
            (people, visit.vectors, visit.covariates),
            (backwards, visit.vectors[::-1], visit.covariates[::-1]),
        )
    ]
    assert scores[0] == pytest.approx(scores[1], rel=1e-6)


def test_the_same_input_gives_the_same_finding(detector, reference, world):
    visit = world.visit(world.person())
    assert detector.fit(reference).finding(visit, MODEL) == detector.fit(reference).finding(visit, MODEL)


def test_a_finding_keeps_every_joint_and_phase_and_names_the_most_different(fitted, world):
    visit = world.visit(world.person(), change=change_of("right", "knee_flexion", 2, -60.0))
    finding = fitted.finding(visit, MODEL)
    assert len(finding.cells) == len(SIDES) * len(ANGLES) * len(GAIT_PHASES)
    largest = max(finding.cells, key=lambda cell: abs(cell.z))
    first = finding.body_parts[0]
    assert (first.variable, first.side, first.phase) == ("knee_flexion", "right", "initial swing")
    place = (SIDES.index("right") * len(ANGLES) + ANGLES.index("knee_flexion")) * len(GAIT_PHASES)
    assert finding.cells[place + list(GAIT_PHASES).index("initial swing")] == largest
    assert largest.difference_deg == pytest.approx(first.difference_deg, abs=0.01)
    assert abs(largest.z) > finding.limit_z


def test_many_visits_at_once_score_as_one_by_one_and_what_the_reference_does_not_cover_has_no_score(fitted, world):
    visits = [world.visit(world.person()) for _ in range(6)]
    vectors = np.stack([visit.vectors.mean(axis=0) for visit in visits])
    covariates = np.stack([visit.covariates.mean(axis=0) for visit in visits])
    covariates[0, 0] = 9.0
    scores = fitted.mean_scores(vectors, covariates, 3)
    assert np.isnan(scores[0])
    assert scores[1:] == pytest.approx([fitted.score(visit.vectors, visit.covariates) for visit in visits[1:]])
    with pytest.raises(Refused, match=r"walking speed 9\.00"):
        fitted.score(visits[0].vectors, np.tile(covariates[0], (3, 1)))


def test_judging_a_visit_leaves_no_trace(fitted, world):
    visit = world.visit(world.person())
    before = fitted.score(visit.vectors, visit.covariates)
    fitted.finding(world.visit(world.person(), change=5.0), MODEL)
    assert fitted.score(visit.vectors, visit.covariates) == before


def test_p_lies_between_the_smallest_possible_and_one(fitted, world):
    person = world.person()
    for change in (0.0, 0.5, 50.0):
        finding = fitted.finding(world.visit(person, change=change), MODEL)
        assert finding.smallest_p == 1.0 / (finding.reference_n + 1)
        assert finding.smallest_p <= finding.p_value <= 1.0
    assert finding.p_value == finding.smallest_p
    assert finding.rank == finding.reference_n


@pytest.mark.parametrize("trials", [1, 3])
def test_false_alarms_among_2000_healthy_people_are_as_many_as_promised(fitted, world, trials):
    calibration = fitted.calibration_scores(trials)
    p = []
    while len(p) < 2000:
        embeddings = world.trials(world.person(), trials, windows=1)
        vectors = np.stack([e.recording_vector for e in embeddings])
        covariates = np.array([[e.speed_m_s, e.leg_length_m, e.cadence_spm] for e in embeddings])
        try:
            p.append(conformal_p(calibration, fitted.score(vectors, covariates)))
        except Refused:  # a rare walk outside the reference's speed or size
            continue
    n = len(calibration)
    for level in (0.05, 0.1, 0.5):
        # One calibration half serves all draws, so the count is beta-binomial rather than binomial.
        alarms = int(np.floor(level * (n + 1) + 1e-9))
        low, high = betabinom.ppf([0.005, 0.995], 2000, alarms, n + 1 - alarms)
        assert low <= np.sum(np.array(p) <= level) <= high


def test_another_checkpoint_is_refused(fitted, world):
    visit = world.visit(world.person())
    others = tuple(replace(embedding, fingerprint="0" * 64) for embedding in visit.embeddings)
    with pytest.raises(Refused, match="reembed"):
        fitted.finding(replace(visit, embeddings=others), MODEL)

    class OtherModel(LinearModel):
        fingerprint = "0" * 64

    with pytest.raises(Refused, match="checkpoint"):
        fitted.finding(visit, OtherModel())


def test_mixed_origins_and_generated_motion_are_refused(fitted, world):
    visit = world.visit(world.person())
    mixed = (replace(visit.embeddings[0], origin="measured"), *visit.embeddings[1:])
    with pytest.raises(LtmeError, match="measured beside virtual"):
        replace(visit, embeddings=mixed)
    with pytest.raises(Refused, match="generated"):
        fitted.finding(world.visit(world.person(), origin="generated"), MODEL)


def test_nan_is_refused(fitted, world):
    visit = world.visit(world.person())
    broken = visit.embeddings[0].recording_vector.copy()
    broken[3] = np.nan
    with pytest.raises(LtmeError, match="NaN"):
        fitted.score(np.full((2, VECTOR), np.nan), visit.covariates[:2])
    embeddings = (replace(visit.embeddings[0], recording_vector=broken), *visit.embeddings[1:])
    with_nan = replace(visit, embeddings=embeddings)
    with pytest.raises(LtmeError, match="NaN"):
        fitted.finding(with_nan, MODEL)


def test_a_speed_outside_the_reference_is_refused_and_said(fitted, world):
    person = {**world.person(), "speed_m_s": 0.3}
    visit = world.visit(person)
    with pytest.raises(Refused, match="walking speed"):
        fitted.score(visit.vectors, visit.covariates)
    finding = fitted.finding(visit, MODEL)
    assert finding.anomaly_score is None
    assert finding.p_value is None
    assert "walking speed" in finding.sentence


def test_other_origins_get_a_score_and_no_p_value(fitted, world):
    finding = fitted.finding(world.visit(world.person(), origin="measured", change=30.0), MODEL)
    assert finding.anomaly_score > 0.0
    assert (finding.p_value, finding.rank, finding.smallest_p) == (None, None, None)
    assert finding.label == "against a virtual reference"
    assert "unusual" not in finding.sentence
    assert finding.body_parts
