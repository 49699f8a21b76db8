"""The figures say what the values say: sides coloured and named, units written, emptiness explained."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from matplotlib.colors import to_hex
from report_examples import LEFT_KNEE, RIGHT_HIP, a_finding, a_trend

from ltme_clinic.body import ANGLES, GAIT_PHASES, SIDES
from ltme_clinic.findings import wording
from ltme_clinic.report import curves, figures, style, words
from ltme_clinic.report.joint_map import joint_map_figure
from ltme_clinic.types import BodyCell, BodyPartContribution, ExpectedVisit, GaitEvent, ModelOutput


def texts(figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def test_the_grey_band_is_the_baseline_plus_and_minus_the_detectable_change() -> None:
    axes = figures.trend_figure(a_trend()).axes[0]
    band = next(patch for patch in axes.patches if to_hex(patch.get_facecolor()) == style.BAND.lower())
    assert band.get_y() == pytest.approx(2.0 - 1.1)
    assert band.get_y() + band.get_height() == pytest.approx(2.0 + 1.1)


def test_the_next_visit_stands_as_an_open_bar_beyond_the_last() -> None:
    trend = a_trend()
    last = trend.points[-1].date
    expected = ExpectedVisit(last + timedelta(days=60), 3.0, 2.2, 3.8)
    figure = figures.trend_figure(replace(trend, expected_next=expected))
    (bar,) = figure.axes[0].containers
    assert figure.axes[0].get_xlim()[1] > bar[0].get_xdata()[0]
    assert "next visit expected" in texts(figure)
    assert "next visit expected" not in texts(figures.trend_figure(trend))


def test_the_joint_map_writes_degrees_and_frames_what_is_beyond_healthy_people() -> None:
    cells = [BodyCell(0.4, 0.2)] * (len(SIDES) * len(ANGLES) * len(GAIT_PHASES))
    knee = ANGLES.index("knee_flexion") * len(GAIT_PHASES) + list(GAIT_PHASES).index("initial swing")
    cells[knee] = BodyCell(-21.3, -4.4)
    figure = joint_map_figure(replace(a_finding(), cells=tuple(cells), limit_z=3.5))
    left, right = figure.axes
    assert (left.get_title(), right.get_title()) == ("Left", "Right")
    assert [text.get_text() for text in left.texts] == ["-21"]
    assert len([patch for patch in left.patches if not patch.get_fill()]) == 1
    assert not right.texts
    assert not right.patches
    assert "framed" not in texts(joint_map_figure(replace(a_finding(), cells=tuple(cells), limit_z=None)))
    usual = replace(a_finding(), cells=tuple(cells), limit_z=3.5, p_value=0.4)
    assert "markers placed otherwise" in texts(joint_map_figure(usual))
    assert "markers placed otherwise" not in texts(figure)
    assert "markers placed otherwise" not in texts(joint_map_figure(replace(usual, limit_z=5.0)))


def test_the_joint_map_dots_what_the_rest_of_the_body_explains_less_than_in_healthy_people() -> None:
    cells = [BodyCell(0.4, 0.2)] * (len(SIDES) * len(ANGLES) * len(GAIT_PHASES))
    dotted = BodyPartContribution("knee_flexion", "right", "initial swing", -12.0, -6.0)
    faint = replace(dotted, side="left", z=-2.0)
    both = replace(a_finding(), cells=tuple(cells), unexplained=(dotted, faint), unexplained_limit_z=4.0)
    drawn = joint_map_figure(both)
    assert "Dotted" in texts(drawn)
    left, right = ([len(points.get_offsets()) for points in axes.collections] for axes in drawn.axes)
    assert (left, right) == ([], [1])
    assert "Dotted" not in texts(joint_map_figure(replace(both, unexplained_limit_z=None)))
    assert "Dotted" not in texts(joint_map_figure(replace(both, unexplained=(faint,))))


def test_a_finding_from_before_has_no_map_and_says_so() -> None:
    assert "before joints and phases" in texts(joint_map_figure(replace(a_finding(), cells=())))


def test_a_real_change_has_another_shape_than_measurement_error() -> None:
    axes = figures.trend_figure(a_trend()).axes[0]
    shapes = [line.get_marker() for line in axes.lines if line.get_marker() not in ("None", "", None)]
    assert shapes == ["s", "o", "D"]


def test_a_trend_without_a_known_error_has_no_band() -> None:
    axes = figures.trend_figure(a_trend(mdc=None, sem=None)).axes[0]
    assert not axes.patches


def test_a_trend_names_its_unit_and_its_latest_value() -> None:
    written = texts(figures.trend_figure(a_trend()))
    assert "degrees" in written
    assert "4°" in written


def test_a_trend_without_visits_says_why() -> None:
    written = texts(figures.trend_figure(a_trend(points=(), refusals=("Footwear differs between the visits.",))))
    assert "Footwear differs between the visits." in written


def test_the_most_unusual_body_part_is_on_top_in_its_side_s_colour() -> None:
    axes = figures.body_part_figure([RIGHT_HIP, LEFT_KNEE]).axes[0]
    first, second = axes.containers[0].patches
    assert axes.get_yticklabels()[0].get_text() == "Left knee, mid-swing"
    assert first.get_width() == pytest.approx(-18.0)
    assert to_hex(first.get_facecolor()) == "#d55e00"
    assert to_hex(second.get_facecolor()) == "#0072b2"
    assert "18° straighter" in texts(axes.figure)
    assert {"Left", "Right"} <= {text.get_text() for text in axes.get_legend().get_texts()}


def test_no_body_part_is_said_in_words() -> None:
    assert "No body part stands out" in texts(figures.body_part_figure([]))


@pytest.mark.parametrize("origin", ["virtual", "generated"])
def test_what_no_camera_saw_is_marked_synthetic(origin) -> None:
    made = [
        figures.trend_figure(a_trend(), origin=origin),
        figures.body_part_figure([LEFT_KNEE], origin=origin),
        figures.episode_figure([], 3.0, origin=origin),
        curves.angle_figure([], 100.0, origin=origin),
    ]
    assert all("[synthetic]" in texts(figure) for figure in made)
    assert "[synthetic]" not in texts(figures.trend_figure(a_trend(), origin="measured"))


def test_an_svg_needs_no_font_and_is_the_same_twice() -> None:
    first = style.figure_svg(figures.body_part_figure([LEFT_KNEE]))
    assert first.startswith("<?xml")
    assert "<text" not in first
    assert "http://" not in first.split("<metadata>")[0].replace("http://www.w3.org", "")


def sine_angles(rate_hz: float = 100.0) -> tuple[list[ModelOutput], list[GaitEvent]]:
    """A left knee that follows one sine a second, with contacts at whole seconds."""
    time_s = np.arange(round(4 * rate_hz)) / rate_hz
    values = np.column_stack([30 * np.sin(2 * np.pi * time_s), np.zeros_like(time_s), np.zeros_like(time_s)])
    contacts = [GaitEvent("left", "initial_contact", float(second), int(second * rate_hz)) for second in range(4)]
    return [ModelOutput("Patient:LKneeAngles", "angle", values, "deg")], contacts


def test_stored_angles_are_found_by_their_usual_names_with_or_without_a_subject() -> None:
    outputs, _ = sine_angles()
    moment = ModelOutput("LKneeMoment", "moment", np.zeros((3, 3)), "Nmm")
    assert set(curves.stored_angles([*outputs, moment])) == {("left", "knee")}


def test_cycles_cut_from_a_sine_are_that_sine() -> None:
    outputs, contacts = sine_angles()
    cycles = curves.cut_cycles(outputs[0].values[:, 0], [event.time_s for event in contacts], 100.0)
    assert cycles.shape == (3, 101)
    assert np.allclose(cycles, 30 * np.sin(2 * np.pi * curves.CYCLE_PERCENT / 100), atol=0.05)


def test_a_cycle_with_a_gap_is_left_out_rather_than_bridged() -> None:
    outputs, contacts = sine_angles()
    values = outputs[0].values[:, 0].copy()
    values[150] = np.nan
    assert len(curves.cut_cycles(values, [event.time_s for event in contacts], 100.0)) == 2


def test_angles_without_events_are_drawn_over_seconds() -> None:
    outputs, contacts = sine_angles()
    assert "% of the gait cycle" in texts(curves.angle_figure(outputs, 100.0, events=contacts))
    without = texts(curves.angle_figure(outputs, 100.0))
    assert "seconds" in without
    assert "% of the gait cycle" not in without


def test_a_grey_band_is_drawn_only_where_one_is_given() -> None:
    outputs, contacts = sine_angles()
    band = {("knee", 0): (np.zeros(101), np.ones(101))}
    banded = curves.angle_figure(outputs, 100.0, events=contacts, bands=band)
    assert sum(len(axes.collections) for axes in banded.axes) == 1
    plain = curves.angle_figure(outputs, 100.0, events=contacts)
    assert sum(len(axes.collections) for axes in plain.axes) == 0


def test_a_small_reference_gives_a_rank_and_no_p_value_and_says_why() -> None:
    assert words.standing(a_finding()) == "More unusual than all 40 reference people"
    assert words.about_standing(a_finding()) == "A rank, not p: fewer than 99 people"


def test_the_rank_rule_is_the_one_of_the_finding_s_sentence() -> None:
    smallest = 1 / (wording.PEOPLE_FOR_P_IN_WORDS + 1)
    people = wording.PEOPLE_FOR_P_IN_WORDS
    assert words.is_rank_only(a_finding(reference_n=people - 1, smallest_p=1 / people))
    assert not words.is_rank_only(a_finding(reference_n=people, smallest_p=smallest))
    for p_value in (0.43, 0.1, 0.024, 0.005):
        assert words.probability(p_value) == wording.p_text(p_value)


def test_a_visit_beyond_every_reference_person_says_all_and_the_smallest_p() -> None:
    said = words.standing(a_finding(reference_n=199, rank=199, p_value=1 / 200, smallest_p=1 / 200))
    assert said == "More unusual than all 199 reference people; p = .005, the smallest this reference can give"


def test_a_score_is_never_called_unusual_across_origins() -> None:
    assert "unusual" in words.about_score(a_finding())
    assert "unusual" not in words.about_score(a_finding(label="against a virtual reference"))


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.837, "m/s", "0.84 m/s"),
        (99.04, "steps/min", "99.0 steps/min"),
        (10.88, "points", "10.9 points"),
        (11.04, "SD", "11.0 points"),
        (2.19, "x retest", "2.2 times"),
        (18.0, "deg", "18°"),
        (1.1, "deg", "1.1°"),
    ],
)
def test_a_value_has_its_unit_s_decimals(value, unit, said) -> None:
    assert words.with_unit(value, unit) == said


def test_a_change_without_a_sign_has_an_upper_limit_and_no_plus_minus() -> None:
    assert words.error_words(a_trend(unit="x retest", mdc=1.19)) == "up to 1.2 times a typical retest difference"
    assert words.error_words(a_trend()) == "±1.1°"


def test_a_refusal_is_a_sentence_and_is_said_once() -> None:
    assert words.refusal_words("no p-value: 8 people") == "No p-value: 8 people."
    assert words.refusal_words("visit undated is left out: it has no date") == (
        "The undated visit is left out: it has no date."
    )
    assert words.unsaid(["no score: too slow", "no score: too slow"], "") == ["No score: too slow."]
    assert words.unsaid(["no score: too slow"], "No score: too slow.") == []


def test_the_pelvis_belongs_to_both_legs_and_its_side_is_named() -> None:
    dropped = BodyPartContribution("pelvic_obliquity", "left", "terminal swing", -9.0, -5.5)
    assert words.body_part_name(dropped) == "Pelvis, left terminal swing"
    assert words.body_part_difference(dropped) == "9° left side lower"


def test_no_difference_in_words_meets_a_bar_or_a_joint_s_name() -> None:
    figure = figures.body_part_figure([LEFT_KNEE, RIGHT_HIP], width_in=6.0)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    said = [text.get_window_extent() for text in axes.texts]
    assert [text.get_text() for text in axes.texts] == ["18° straighter (4.0 SD)", "5° more bent (1.0 SD)"]
    assert all(extent.x0 > axes.get_window_extent().x1 and extent.x1 < figure.bbox.x1 for extent in said)


def test_one_visit_alone_is_marked_with_its_date() -> None:
    axes = figures.trend_figure(a_trend(points=a_trend().points[:1], state="no_baseline")).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["2025-01-01"]


def test_a_visit_that_cannot_be_ranked_says_so() -> None:
    assert words.standing(a_finding(p_value=None, rank=None, smallest_p=None)) == "Not ranked: no p-value"
    assert words.standing(a_finding(anomaly_score=None, p_value=None, rank=None)) == "No score"


def test_mirrored_differences_are_said_with_opposite_words() -> None:
    assert words.body_part_difference(LEFT_KNEE) == "18° straighter"
    assert words.body_part_difference(replace(LEFT_KNEE, difference_deg=18.0)) == "18° more bent"
    assert words.body_part_name(replace(LEFT_KNEE, side="right")) == "Right knee, mid-swing"


def test_a_direction_is_said_only_for_a_real_change() -> None:
    assert words.trend_words(a_trend()) == "Real change, away from the reference (one visit so far)"
    first, before, last = a_trend().points
    twice = a_trend(points=(first, replace(before, change=1.9, state="real_change"), last))
    assert words.trend_words(twice) == "Real change, away from the reference"
    other_way = a_trend(points=(first, replace(before, change=-1.9, state="real_change"), last))
    assert words.trend_words(other_way).endswith("(one visit so far)")
    assert words.trend_words(a_trend(state="within_error")) == "Within measurement error"


def test_a_standing_joint_is_not_blown_up_to_fill_its_panel() -> None:
    still = [ModelOutput("LKneeAngles", "angle", np.full((50, 3), 2.0), "deg")]
    knee = curves.angle_figure(still, 100.0).axes[6]
    low, high = knee.get_ylim()
    assert knee.get_title(loc="left") == "Knee flexion"
    assert high - low >= curves.SMALLEST_SPAN_DEG - 1e-9
