"""The study of episodes: what is done to a walk, when, and how it is counted."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.types import EpisodeContribution
from studies.episodes.run import IMPAIRED, IMPAIRMENTS, PEOPLE, Case, Read, as_page, figures_of, groups, recorded

FREEZING = Case("freezing", 1, "parkinsonian", 0.8)


def episode(start_s: float, stop_s: float, *, is_lasting: bool = False) -> EpisodeContribution:
    return EpisodeContribution("x" * 64, start_s, stop_s, 9.0, is_lasting)


def test_nobody_is_in_two_groups_and_a_stumbler_is_the_healthy_person_that_stumbles():
    made = groups()
    seeds = [{case.seed for case in cases} for cases in made.values()]
    assert sum(len(own) for own in seeds) == len(set.union(*seeds))
    assert len(seeds[1]) == PEOPLE
    assert len(made["impaired"]) == IMPAIRED * len(IMPAIRMENTS)


@pytest.mark.parametrize("group", ["stumble", "fatigue"])
def test_markers_move_when_it_happens_and_not_before(group):
    before, nothing = recorded(Case(group, 59_009_000))
    after, ((start_s, stop_s),) = recorded(Case(group, 59_009_000, degree=1.0))
    assert nothing == ()
    moved_m = np.linalg.norm(after.positions_m - before.positions_m, axis=2).max(axis=1)
    time_s = np.arange(len(moved_m)) / after.rate_hz
    assert moved_m[time_s < start_s].max() < 1e-9
    assert moved_m[(time_s > start_s) & (time_s < stop_s)].max() > 0.05
    later = moved_m[time_s > stop_s + 0.01]
    assert later.min() > 0.05 if group == "fatigue" else later.max() < 1e-9


def test_counts_by_hand():
    reads = [
        Read(FREEZING, ((5.0, 8.0), (20.0, 22.0)), (episode(6.0, 9.0), episode(30.0, 31.0))),
        Read(FREEZING, (), (episode(1.0, 2.0),)),
        Read(Case("stumble", 2, degree=1.0), ((10.0, 11.0),), (episode(10.5, 11.2),)),
        Read(Case("stumble", 3, degree=1.0), ((10.0, 11.0),), (episode(12.0, 13.0),)),
        Read(Case("fatigue", 4, degree=1.0), ((30.0, 50.0),), (episode(44.0, 90.0, is_lasting=True),)),
        Read(Case("fatigue", 5, degree=1.0), ((30.0, 50.0),), (episode(70.0, 90.0, is_lasting=True),)),
        Read(Case("fatigue", 6), (), ()),
    ]
    found = figures_of(reads)["figures"]
    assert (found["freezes overlapped"]["count"], found["freezes overlapped"]["of"]) == (1, 2)
    assert (found["episodes that overlap a freeze"]["count"], found["episodes that overlap a freeze"]["of"]) == (1, 3)
    assert found["overlap with freezes"]["value"] == pytest.approx(2.0 / 7.0)
    assert found["stumbles overlapped, 1"]["value"] == 0.5
    assert found["stumbled recordings with another episode, 1"]["value"] == 0.5
    assert found["fatigue said, 1"]["value"] == 1.0
    assert found["fatigue said within 15 s, 1"]["value"] == 0.5
    assert found["healthy, 90 s, with a drift"]["count"] == 0
    page = as_page({"figures": found, "left_out": {"freezing": 2, "stumble": 0}})
    assert page.endswith("as the product does: 2 of freezing.")
    assert page.startswith("# Synthetic")
    assert "| freezes overlapped | 0.50 (0.01 to 0.99) | 2 | MISS |" in page
