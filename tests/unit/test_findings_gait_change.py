"""Known answers for how far two visits are apart: its unit, what joint angles add, and when they don't count."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest
from findings_world import World

from ltme_clinic.findings import ReferencePopulation, VisitEmbeddings
from ltme_clinic.findings.gait_change import GaitChangeScale, gait_change_scale

MARCH, MAY = datetime.date(2026, 3, 3), datetime.date(2026, 5, 12)


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=36, is_measured=True)


@pytest.fixture(scope="module")
def reference(world) -> ReferencePopulation:
    return world.reference(count=150, retest=120)


def pair(world: World) -> list[VisitEmbeddings]:
    person = world.person()
    return [world.visit(person, day) for day in (MARCH, MAY)]


def bent(visit: VisitEmbeddings, deg: float) -> VisitEmbeddings:
    """The visit with all measured joint angles moved, and the same vectors."""
    return replace(
        visit, embeddings=tuple(replace(e, joint_cells_deg=e.joint_cells_deg + deg) for e in visit.embeddings)
    )


def without_angles(visit: VisitEmbeddings, trials: int = 1) -> VisitEmbeddings:
    kept = [replace(e, joint_cells_deg=None) if n < trials else e for n, e in enumerate(visit.embeddings)]
    return replace(visit, embeddings=tuple(kept))


def apart(reference: ReferencePopulation, visits: list[VisitEmbeddings]) -> tuple[GaitChangeScale, float]:
    scale = gait_change_scale(reference, visits)
    assert scale is not None
    return scale, scale.distance(scale.matched(visits[1]), scale.matched(visits[0]))


def test_unchanged_visits_are_one_apart_and_one_in_twenty_is_beyond_the_limit(world, reference) -> None:
    found = [apart(reference, pair(world)) for _ in range(200)]
    assert all(scale.with_joint_angles for scale, _ in found)
    distances = np.array([distance for _, distance in found])
    assert np.median(distances) == pytest.approx(1.0, abs=0.1)
    assert (distances > found[0][0].limit).mean() < 0.12


def test_a_change_that_only_the_joint_angles_show_is_seen_with_them_alone(world, reference) -> None:
    before, after = pair(world)
    scale, distance = apart(reference, [before, bent(after, 6.0)])
    assert distance > scale.limit
    both = [without_angles(before, 3), without_angles(bent(after, 6.0), 3)]
    scale, distance = apart(reference, both)
    assert not scale.with_joint_angles
    assert distance < scale.limit


def test_one_trial_without_joint_angles_leaves_the_vectors_alone(world, reference) -> None:
    before, after = pair(world)
    scale, _ = apart(reference, [before, without_angles(after)])
    assert not scale.with_joint_angles


def test_a_reference_measured_twice_without_joint_angles_gives_the_vectors_scale(world, reference) -> None:
    for people, with_joint_angles, counted in ((10, False, 120), (40, True, 40)):
        cells = reference.retest_joint_cells_deg.copy()
        cells[people:, 1] = np.nan
        scale, _ = apart(replace(reference, retest_joint_cells_deg=cells), pair(world))
        assert (scale.with_joint_angles, scale.people) == (with_joint_angles, counted)


def test_too_few_people_measured_twice_give_no_scale(world) -> None:
    assert gait_change_scale(world.reference(count=40, retest=10), pair(world)) is None
