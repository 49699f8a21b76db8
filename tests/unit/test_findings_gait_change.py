"""Known answers for how far two visits are apart: its unit, what steps add, and when they don't count."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest
from findings_world import World

from ltme_clinic.findings import ReferencePopulation, VisitEmbeddings
from ltme_clinic.findings.gait_change import GaitChangeScale, gait_change_scale
from ltme_clinic.types import TRACKED_FIGURES

MARCH, MAY = datetime.date(2026, 3, 3), datetime.date(2026, 5, 12)
WIDTH = TRACKED_FIGURES.index(("step_width_m", None))


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=36)


@pytest.fixture(scope="module")
def reference(world) -> ReferencePopulation:
    return world.reference(count=150, retest=120)


def pair(world: World) -> list[VisitEmbeddings]:
    person = world.person()
    return [world.visit(person, day) for day in (MARCH, MAY)]


def stepping(visit: VisitEmbeddings, change: np.ndarray | None, trials: int = 3) -> VisitEmbeddings:
    """The visit with other figures in its first trials, and the same vectors; None takes them away."""

    def figures(own: np.ndarray) -> np.ndarray | None:
        return None if change is None else (own + change).astype(np.float32)

    moved = [
        replace(e, gait_figures=figures(e.gait_figures)) if n < trials else e for n, e in enumerate(visit.embeddings)
    ]
    return replace(visit, embeddings=tuple(moved))


def wider(by: float) -> np.ndarray:
    change = np.zeros(len(TRACKED_FIGURES))
    change[WIDTH] = by
    return change


def apart(reference: ReferencePopulation, visits: list[VisitEmbeddings]) -> tuple[GaitChangeScale, float]:
    scale = gait_change_scale(reference, visits)
    assert scale is not None
    return scale, scale.distance(scale.matched(visits[1]), scale.matched(visits[0]))


def test_unchanged_visits_are_one_apart_and_one_in_twenty_is_beyond_the_limit(world, reference) -> None:
    found = [apart(reference, pair(world)) for _ in range(200)]
    assert all(scale.with_steps for scale, _ in found)
    distances = np.array([distance for _, distance in found])
    assert np.median(distances) == pytest.approx(1.0, abs=0.1)
    assert (distances > found[0][0].limit).mean() < 0.12


def test_a_change_that_only_the_steps_show_is_seen_with_them_alone(world, reference) -> None:
    before, after = pair(world)
    scale, distance = apart(reference, [before, stepping(after, wider(3.0))])
    assert distance > scale.limit
    scale, distance = apart(reference, [stepping(before, None), stepping(after, None)])
    assert not scale.with_steps
    assert distance < scale.limit


def test_a_change_of_an_index_is_no_change_of_steps(world, reference) -> None:
    before, after = pair(world)
    index = np.zeros(len(TRACKED_FIGURES))
    index[0] = 50.0
    assert apart(reference, [before, stepping(after, index)])[1] == apart(reference, [before, after])[1]


def test_steps_are_measured_in_their_own_noise_whatever_their_unit(world, reference) -> None:
    unit = np.ones(len(TRACKED_FIGURES))
    unit[WIDTH] = 0.001
    smaller = replace(reference, retest_gait_figures=(reference.retest_gait_figures * unit).astype(np.float32))
    before, after = pair(world)
    scaled = [
        replace(
            v,
            embeddings=tuple(replace(e, gait_figures=(e.gait_figures * unit).astype(np.float32)) for e in v.embeddings),
        )
        for v in (before, stepping(after, wider(2.0)))
    ]
    expected = apart(reference, [before, stepping(after, wider(2.0))])[1]
    assert apart(smaller, scaled)[1] == pytest.approx(expected, rel=1e-3)


def test_one_trial_may_lack_its_steps_and_a_visit_may_not(world, reference) -> None:
    before, after = pair(world)
    assert apart(reference, [before, stepping(after, None, trials=1)])[0].with_steps
    assert not apart(reference, [before, stepping(after, None)])[0].with_steps


def test_a_reference_measured_twice_without_steps_gives_the_vectors_scale(world, reference) -> None:
    for people, with_steps, counted in ((10, False, 120), (40, True, 40)):
        figures = reference.retest_gait_figures.copy()
        figures[people:, 1] = np.nan
        scale, _ = apart(replace(reference, retest_gait_figures=figures), pair(world))
        assert (scale.with_steps, scale.people) == (with_steps, counted)


def test_too_few_people_measured_twice_give_no_scale(world) -> None:
    assert gait_change_scale(world.reference(count=40, retest=10), pair(world)) is None
