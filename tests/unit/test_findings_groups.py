"""The mixed model of groups: it finds the courses put in, keeps its intervals, and refuses what it can't say."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.findings.groups import FEWEST_PATIENTS, GroupTrend, group_trend
from ltme_clinic.pipeline.groups import read_groups
from ltme_clinic.types import LtmeError, Refused, Trend, TrendPoint

FIRST_DAY = datetime.date(2024, 1, 8)


def course(patient: str, values: np.ndarray, days: np.ndarray, metric: str = "walking_speed") -> Trend:
    points = tuple(
        TrendPoint(f"v{k}", FIRST_DAY + datetime.timedelta(days=int(day)), float(value), 3, None, "no_baseline")
        for k, (value, day) in enumerate(zip(values, days, strict=True))
    )
    return Trend(patient, metric, "m/s", "Walking speed", points, 0.04, "", 0.11, "no_baseline", "undetermined", "f")


def made(seed: int, slopes: dict[str, float], *, patients: int = 15, visits: int = 5, own_slope_sd: float = 0.05):
    """Courses with a level of their own (SD .15), a slope of their own, and a visit's error (SD .05)."""
    rng = np.random.default_rng(seed)
    trends, groups = [], {}
    for group, slope in slopes.items():
        for number in range(patients):
            name = f"{group} {number}"
            days = np.concatenate([[0], np.cumsum(rng.integers(60, 150, visits - 1))])
            years = days / 365.25
            own = slope + own_slope_sd * rng.normal()
            values = 1.1 + 0.15 * rng.normal() + own * years + 0.05 * rng.normal(size=visits)
            trends.append(course(name, values, days))
            groups[name] = group
    return trends, groups


def found(seed: int, slopes: dict[str, float], **options) -> GroupTrend:
    return group_trend(*made(seed, slopes, **options))


def test_slopes_their_difference_and_both_spreads_are_found():
    result = found(1, {"brace": 0.0, "surgery": 0.3}, patients=40)
    assert [change.group for change in result.changes] == ["brace", "surgery"]
    assert result.changes[0].low < 0.0 < result.changes[0].high
    assert result.changes[1].low < 0.3 < result.changes[1].high
    assert result.difference.value == pytest.approx(0.3, abs=0.06)
    assert result.p_value < 1e-6
    assert result.patient_sd == pytest.approx(0.15, rel=0.3)
    assert result.visit_sd == pytest.approx(0.05, rel=0.2)
    assert (result.changes[0].patients, result.changes[0].visits) == (40, 200)
    assert "surgery minus brace" in result.sentence
    assert " a year " in result.sentence


def test_intervals_hold_and_no_difference_is_called_one_as_seldom_as_promised():
    inside, called, runs = 0, 0, 60
    for seed in range(100, 100 + runs):
        result = found(seed, {"a": 0.1, "b": 0.1}, patients=8, visits=4)
        inside += result.changes[0].low <= 0.1 <= result.changes[0].high
        called += result.p_value < 0.05
    assert inside >= 0.85 * runs  # 95 % of 60, less three standard errors
    assert called <= 0.14 * runs


def test_who_has_one_visit_or_no_group_is_left_out_by_name():
    trends, groups = made(3, {"a": 0.1})
    lone = replace(trends[0], points=trends[0].points[:1])
    stranger = replace(trends[1], patient="nobody")
    result = group_trend([lone, stranger, *trends[2:]], groups)
    assert result.changes[0].patients == 13
    assert result.difference is None
    assert any("a 0 is left out: fewer than two visits" in note for note in result.notes)
    assert any("nobody is left out: no group" in note for note in result.notes)


def test_two_visits_each_are_taken_to_change_alike_and_that_is_said():
    result = found(4, {"a": 0.2}, patients=30, visits=2, own_slope_sd=0.0)
    assert any("taken to change alike" in note for note in result.notes)
    assert result.changes[0].low < 0.2 < result.changes[0].high


def test_too_few_patients_a_distance_without_a_sign_and_mixed_checkpoints_are_refused():
    trends, groups = made(5, {"a": 0.1}, patients=FEWEST_PATIENTS - 1)
    with pytest.raises(Refused, match="5 patients of a have two visits or more"):
        group_trend(trends, groups)
    trends, groups = made(5, {"a": 0.1})
    with pytest.raises(Refused, match="no sign"):
        group_trend([replace(trend, metric="gait_change") for trend in trends], groups)
    with pytest.raises(Refused, match="checkpoints"):
        group_trend([replace(trends[0], fingerprint="g"), *trends[1:]], groups)
    with pytest.raises(LtmeError, match="a patient twice"):
        group_trend([trends[0], *trends], groups)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("", "has no line"),
        ("patient;group\nP1;a\n", "not the columns"),
        ("patient,group\nP1,a\nP1,b\n", "line 3"),
        ("patient,group\nP1,\n", "line 2"),
        ("patient,group\nP1\n", "line 2"),
    ],
)
def test_a_table_that_is_none_is_refused_in_one_line(tmp_path, text, fact):
    table = tmp_path / "groups.csv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(LtmeError, match=fact):
        read_groups(table)


def test_a_table_that_is_missing_or_no_text_is_refused(tmp_path):
    with pytest.raises(LtmeError, match="can't be read"):
        read_groups(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LtmeError, match="no text"):
        read_groups(tmp_path / "bytes.csv")
