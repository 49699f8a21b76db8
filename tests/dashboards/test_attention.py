"""Who stands first in the patient list, and why: read from stored findings and trends alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dashboard_stories import finding, measured_finding, trend

from dashboards.attention import attention, main_finding, main_trends, other_findings

UNUSUAL = finding("P", "2026-03-01")
ORDINARY = finding("P", "2026-03-01", unusual=False)
AWAY = trend("P")
TOWARD = replace(AWAY, direction="toward_reference")
STEADY = trend("P", changed=False)


@pytest.mark.parametrize(
    ("found", "trends", "level"),
    [
        (ORDINARY, [AWAY], "Look first"),
        (UNUSUAL, [STEADY], "Look first"),
        (UNUSUAL, [TOWARD], "Changed"),
        (ORDINARY, [TOWARD], "Changed"),
        (ORDINARY, [STEADY], "Unremarkable"),
        (ORDINARY, [], "Unremarkable"),
        (measured_finding("C", "2026-03-01"), [], "Not assessed"),
        (None, [], "Not assessed"),
        (None, [AWAY], "Look first"),
    ],
)
def test_the_level_follows_from_the_finding_and_the_trends(found, trends, level) -> None:
    assert attention(found, trends).level == level


def test_moving_away_stands_before_moving_toward_before_steady() -> None:
    orders = [attention(ORDINARY, [story]).order for story in (AWAY, TOWARD, STEADY)]
    assert orders == sorted(orders)
    assert len(set(orders)) == 3


def test_the_reason_names_the_metric_and_what_it_did() -> None:
    assert (
        attention(ORDINARY, [STEADY, AWAY]).reason
        == "Distance from the reference: real change, away from the reference"
    )
    assert attention(ORDINARY, [STEADY, AWAY]).trend is AWAY


@pytest.mark.parametrize(
    ("trends", "said"),
    [
        ([STEADY], "no real change over the visits"),
        ([replace(STEADY, state="no_baseline")], "one visit so far"),
        ([], "change over visits not known"),
    ],
)
def test_no_change_is_claimed_only_where_visits_were_compared(trends, said) -> None:
    assert attention(ORDINARY, trends).reason == f"Like the reference people; {said}"


def test_one_of_many_indices_and_steps_calls_nobody_changed() -> None:
    step = replace(AWAY, metric="left_step_length_m")
    assert attention(ORDINARY, [STEADY, step]).level == "Unremarkable"


def test_a_reason_begins_like_a_sentence() -> None:
    refused = replace(measured_finding("C", "2026-03-01"), refusals=("no p-value: the recording is measured",))
    assert attention(refused, []).reason == "No p-value: the recording is measured"


def test_without_a_p_value_nothing_is_called_unusual() -> None:
    extreme = replace(UNUSUAL, p_value=None, anomaly_score=99.0)
    assert attention(extreme, []).level == "Not assessed"


def test_trends_and_findings_of_an_older_checkpoint_are_not_mixed_in() -> None:
    old_trend, old_finding = replace(AWAY, fingerprint="00" * 32), replace(UNUSUAL, fingerprint="00" * 32)
    assert main_trends([old_trend, STEADY]) == [STEADY]
    assert main_finding([old_finding, ORDINARY]) is ORDINARY
    assert main_trends([]) == []
    assert main_finding([]) is None


def test_a_visit_walked_in_two_conditions_keeps_both_findings() -> None:
    with_brace = replace(UNUSUAL, condition="orthosis")
    assert main_finding([ORDINARY, with_brace]) is ORDINARY
    assert other_findings([ORDINARY, with_brace]) == [with_brace]
    assert other_findings([]) == []
