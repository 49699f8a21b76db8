"""The study of gradual change: thresholds, the rule of two visits in a row, and what its page says of known courses."""

from __future__ import annotations

import numpy as np
import pytest

from studies.longitudinal_tracking.alarms import reached, seen_at, threshold
from studies.longitudinal_tracking.tables import as_page, draw, expected_alarms, figures_of
from studies.longitudinal_tracking.walks import VISITS, growing_course, healthy_course, people
from studies.longitudinal_tracking.ways import Way


def stable(count: int, seed: int) -> np.ndarray:
    far = np.abs(np.random.default_rng(seed).normal(size=(count, VISITS)))
    far[:, 0] = 0.0
    return far


def growing(count: int, step: float, seed: int) -> np.ndarray:
    return stable(count, seed) + step * np.arange(VISITS)


@pytest.mark.parametrize("rule", ["two in a row", "one visit"])
def test_a_threshold_lets_one_stable_course_in_twenty_through(rule):
    limit = threshold(stable(400, 1), rule)
    alarms = (reached(stable(4000, 2), rule).max(axis=1) > limit).mean()
    assert 0.03 < alarms < 0.08


def test_a_single_odd_visit_counts_in_one_rule_and_not_in_the_other():
    far = np.array([[0.0, 1.0, 9.0, 1.0, 1.0, 1.0, 1.0]])
    assert seen_at(far, 2.0, "one visit") == [2]
    assert seen_at(far, 2.0, "two in a row") == [VISITS]
    far[0, 3] = 8.0
    assert seen_at(far, 2.0, "two in a row") == [3]


def test_two_visits_in_a_row_must_be_beyond_by_the_same_number():
    far = np.zeros((1, VISITS, 2))
    far[0, 2, 0], far[0, 3, 1] = 9.0, 9.0
    assert seen_at(far, 2.0, "one visit") == [2]
    assert seen_at(far, 2.0, "two in a row") == [VISITS]
    far[0, 4, 1] = 8.0
    assert seen_at(far, 2.0, "two in a row") == [4]


def test_a_visit_that_can_t_be_read_raises_nothing_and_a_first_one_hides_the_course():
    far = np.array([[0.0, 5.0, np.nan, 5.0, 5.0, 0.0, 0.0], [np.nan] * VISITS])
    assert list(seen_at(far, 2.0, "two in a row")) == [4, VISITS]


def test_the_interval_of_false_alarms_holds_the_limit_s_own_error():
    low, high = expected_alarms(150, 150)
    assert low < 0.05 * 150 < high
    wide = expected_alarms(150, 15_000)
    assert wide[1] - wide[0] > 400  # a limit from 150 courses stays uncertain however many are judged by it


def test_whoever_moves_more_in_its_own_noise_is_seen_earlier_and_the_page_says_so(tmp_path):
    steps = {"product": 1.5, "gps": 0.3, "speed": 0.7}
    roles = {"product": "product", "gps": "yardstick", "speed": "yardstick"}
    ways = [Way(name, name.upper(), roles[name], lambda course: np.zeros(len(course))) for name in steps]
    calm = {name: stable(150, 3 + number) for number, name in enumerate(steps)}
    odd = {name: far.copy() for name, far in calm.items()}
    odd["gps"][:, 3:5] += 6.0
    courses = {
        kind: {name: growing(40, step, 10 + number) for number, (name, step) in enumerate(steps.items())}
        for kind in ("crouch", "ataxic")
    }
    figures = figures_of(ways, calm, {"as usual": calm, "odd": odd}, courses, ["crouch"])
    found = figures["rules"]["two in a row"]
    assert found["best_yardstick"] == "speed"
    assert found["visits_earlier"]["low"] > 0.5
    assert found["severity_ratio"]["high"] < 0.9
    assert found["each_of_ours"]["product"]["visits_earlier"] == found["visits_earlier"]
    assert found["false_alarms"]["as usual"]["product"]["inside"]
    assert not found["false_alarms"]["odd"]["gps"]["inside"]
    figures["states"], figures["icc"] = {"as usual": {"Speed": 0.05}}, {"speed": 0.9}
    page = as_page(figures)
    assert page.startswith("# Synthetic")
    assert "Best yardstick: SPEED" in page
    assert "(outside)" in page
    draw(figures, tmp_path / "tracking.png")
    assert (tmp_path / "tracking.png").stat().st_size > 10_000


def test_nobody_is_in_two_groups_and_a_course_grows_from_health():
    groups = [set(people(role, 150)) for role in ("scales", "thresholds", "stable")]
    groups += [set(people("growing", 16, 1000 * number)) for number in range(11)]
    assert sum(map(len, groups)) == len(set.union(*groups))
    course = growing_course(5, "crouch")
    assert [order.visit for order in course] == list(range(VISITS))
    assert course[0].severity == 0.0
    assert np.diff([order.severity for order in course]) == pytest.approx(0.12)
    assert {order.impairment for order in healthy_course(5)} == {"none"}
