"""Known answers for scorings that see what a distance does not."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.findings.explain import joint_parts
from ltme_clinic.findings.scorings import HiddenParts, LargestZ


def test_a_part_that_does_not_go_with_the_others_stands_out_though_it_is_small() -> None:
    rng = np.random.default_rng(3)
    common = rng.normal(size=(500, 1)) * [5.0, 5.0, 5.0, 5.0]
    healthy = common + 0.5 * rng.normal(size=(500, 4))
    parts = ((0, 1), (2, 3))
    hidden, largest = HiddenParts(parts).fit(healthy), LargestZ().fit(healthy)
    together, apart = np.array([[8.0, 8.0, 8.0, 8.0]]), np.array([[4.0, 4.0, 0.0, 0.0]])
    assert hidden(apart)[0] > 3.0 * hidden(together)[0]
    assert largest(apart)[0] < largest(together)[0]


def test_of_healthy_people_each_hidden_part_has_a_mean_square_of_one() -> None:
    mixing = np.random.default_rng(4).normal(size=(6, 6))
    healthy = np.random.default_rng(5).normal(size=(4000, 6)) @ mixing
    scores = HiddenParts((tuple(range(6)),)).fit(healthy)(np.random.default_rng(6).normal(size=(4000, 6)) @ mixing)
    assert np.mean(scores**2) == pytest.approx(1.0, abs=0.05)


def test_every_cell_belongs_to_one_joint_and_the_pelvis_to_no_side() -> None:
    parts = joint_parts()
    assert sorted(place for part in parts for place in part) == list(range(144))
    assert sorted(len(part) for part in parts) == [8] * 12 + [16] * 3
