"""Which of several references a visit is compared with, and what a finding says where they are still unlike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from findings_world import LinearModel, World, change_of

from ltme_clinic.findings import MahalanobisDetector
from ltme_clinic.findings.matching import matched_reference
from ltme_clinic.types import LtmeError

MODEL = LinearModel()


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=21)


@pytest.fixture(scope="module")
def shipped(world):
    return named(world.reference(count=60, retest=0), "shipped", marker_set="plug-in-gait")


def named(reference, name, **card):
    return replace(reference, name=name, card=card)


def person(speed_m_s=1.2):
    return {"vector": 0.0, "speed_m_s": speed_m_s, "leg_length_m": 0.9}


def test_people_of_the_visit_s_own_origin_come_first(world, shipped):
    measured = named(world.reference(count=20, retest=0, origin="measured"), "our adults", condition="shoes")
    for origin, expected in (("measured", "our adults"), ("virtual", "shipped")):
        visit = world.visit(person(), origin=origin)
        assert matched_reference(visit, [shipped, measured]).name == expected
        assert matched_reference(visit, [measured, shipped]).name == expected


def test_then_one_condition_then_the_speed_then_the_markers_then_the_number_of_people(world, shipped):
    barefoot = named(shipped, "barefoot", condition="Barefoot")
    shoes = named(shipped, "shoes", condition="shoes")
    fast = replace(shipped, name="fast", covariates=shipped.covariates + np.array([1.0, 0.0, 0.0]), card={})
    others = named(shipped, "other markers", marker_set="helen-hayes")
    more = named(world.reference(count=70, retest=0), "more", marker_set="plug-in-gait")
    visit = replace(world.visit(person()), marker_set="plug-in-gait")
    assert matched_reference(visit, [shipped, shoes, barefoot]).name == "barefoot"
    assert matched_reference(visit, [shoes, shipped]).name == "shipped"  # unknown before another
    assert matched_reference(visit, [fast, shipped]).name == "shipped"
    assert matched_reference(world.visit(person(2.2)), [fast, shipped]).name == "fast"
    assert matched_reference(visit, [others, shipped]).name == "shipped"
    assert matched_reference(visit, [shipped, more]).name == "more"


def test_an_age_among_its_people_s_goes_before_their_markers_and_another_age_asks_for_caution(world, shipped):
    children = named(shipped, "children", ages_y=[4.0, 17.0], marker_set="helen-hayes")
    adults = named(shipped, "adults", ages_y=[20.0, 65.0], marker_set="plug-in-gait")
    visit = replace(world.visit(person()), marker_set="plug-in-gait", age_y=9.0)
    assert matched_reference(visit, [adults, children]).name == "children"
    assert matched_reference(replace(visit, age_y=None), [adults, children]).name == "adults"
    assert matched_reference(replace(visit, age_y=65.8), [adults, children]).name == "adults"
    finding = MahalanobisDetector().fit(adults).finding(visit, MODEL)
    assert finding.p_value is not None
    assert finding.refusals == ("read with caution: the reference's people are 20 to 65 years old, this patient is 9",)


def test_a_reference_of_another_checkpoint_is_none(world, shipped):
    other = replace(shipped, name="other", fingerprint="0" * 64)
    assert matched_reference(world.visit(person()), [other, shipped]).name == "shipped"
    with pytest.raises(LtmeError, match="no reference population was built with it"):
        matched_reference(world.visit(person()), [other])


def test_against_people_who_walked_otherwise_there_is_a_description_and_no_p_value(world, shipped):
    fitted = MahalanobisDetector().fit(named(shipped, "shoes", condition="shoes"))
    finding = fitted.finding(world.visit(person(), change=change_of("right", "knee_flexion", 2, -60.0)), MODEL)
    assert finding.anomaly_score is not None
    assert (finding.p_value, finding.rank) == (None, None)
    assert finding.label == "against people who walked shoes"
    assert finding.refusals == ("no p-value: the reference walked shoes, this visit barefoot",)
    assert finding.sentence.startswith("Against people who walked shoes, at 1.")
    assert "the right knee flexes" in finding.sentence
    like = fitted.finding(world.visit(person(), condition="shoes"), MODEL)
    assert like.p_value is not None
    assert (like.label, like.refusals) == ("", ())


def test_other_markers_ask_for_caution(world, shipped):
    fitted = MahalanobisDetector().fit(shipped)
    finding = fitted.finding(replace(world.visit(person()), marker_set="helen-hayes"), MODEL)
    assert finding.p_value is not None
    (caution,) = finding.refusals
    assert caution == "read with caution: the reference was measured with plug-in-gait, this visit with helen-hayes"
