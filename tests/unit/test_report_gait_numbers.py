"""The numbers of a gait analysis as pictures: the table, the profile, the events and the page of all."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from gait_examples import SOURCE, a_refused_analysis, an_analysis
from matplotlib.colors import to_hex
from test_report_gait import flat, texts

from ltme_clinic import INTENDED_USE
from ltme_clinic.report import style
from ltme_clinic.report.gait_events import contacts, events_figure, strips
from ltme_clinic.report.gait_map import map_figure
from ltme_clinic.report.gait_page import gait_page
from ltme_clinic.report.gait_spatiotemporal import spatiotemporal_figure, table_rows
from ltme_clinic.report.gait_words import (
    error_words,
    figure_label,
    reason_words,
    reference_words,
    shortened_label,
    value_words,
)
from ltme_clinic.types import GaitEvent, GaitFigure, Refusal

MARKERS = ("o", "s", "D", "<", ">")


def dots(axes) -> list[tuple[str, str, float]]:
    """Marker, colour and place of each dot, top to bottom."""
    lines = [line for line in axes.lines if line.get_marker() in MARKERS]
    return [(line.get_marker(), to_hex(line.get_color()), float(line.get_xdata()[0])) for line in lines]


def test_a_dot_lies_as_many_sds_from_the_reference_as_its_value() -> None:
    figures = (GaitFigure("step_length_m", "m", 0.50, "left", 6, 0.02, None, 0.60, 0.05, SOURCE),)
    chart = spatiotemporal_figure(an_analysis(spatiotemporal=figures)).axes[1]
    assert dots(chart) == [("o", style.SIDE_COLOUR["left"].lower(), pytest.approx(-2.0))]


def test_what_lies_beyond_four_sds_is_an_arrowhead_at_the_edge() -> None:
    figures = (GaitFigure("stance_pct", "%", 90.0, "right", 6, 1.0, None, 60.0, 2.0, SOURCE),)
    chart = spatiotemporal_figure(an_analysis(spatiotemporal=figures)).axes[1]
    marker, _, place = dots(chart)[0]
    assert marker == ">"
    assert place < chart.get_xlim()[1]


def test_a_measure_without_a_reference_has_its_number_and_no_dot() -> None:
    figures = (GaitFigure("step_width_m", "m", 0.12, None, 12, 0.02),)
    figure = spatiotemporal_figure(an_analysis(spatiotemporal=figures))
    assert "0.120" in texts(figure)
    assert not dots(figure.axes[1])
    assert "No reference is known" in flat(figure)


def test_left_right_and_both_have_columns_of_their_own() -> None:
    sides = zip(("left", "right", None), (1.0, 2.0, 1.5), strict=True)
    figures = tuple(GaitFigure("step_time_s", "s", value, side, 6, 0.1) for side, value in sides)
    for width_in in (5.5, 9.0, 11.0):
        figure = spatiotemporal_figure(an_analysis(spatiotemporal=figures), width_in=width_in)
        figure.draw_without_rendering()
        boxes = [
            text.get_window_extent() for text in figure.axes[0].texts if text.get_text()[:3] in ("1.0", "2.0", "1.5")
        ]
        boxes.sort(key=lambda box: box.x0)
        assert len(boxes) == 3
        assert all(one.x1 < other.x0 for one, other in pairwise(boxes))


@pytest.mark.parametrize(
    ("name", "unit", "label"),
    [
        ("step_length_m", "m", "Step length (m)"),
        ("cadence_spm", "steps/min", "Cadence (steps/min)"),
        ("gdi", "points", "GDI"),
        ("speed_m_s", "m/s", "Speed (m/s)"),
        ("margin_of_stability_ml_m", "m", "Margin of stability sideways (m)"),
    ],
)
def test_measures_are_named_in_the_clinic_s_words(name: str, unit: str, label: str) -> None:
    assert figure_label(name, unit) == label


def test_values_have_their_unit_s_decimals_and_short_lengths_millimetres() -> None:
    assert value_words(0.5234, "m", 0.02) == "0.52 ± 0.02"
    assert value_words(0.0214, "m", 0.004) == "0.021 ± 0.004"
    assert value_words(61.0, "%") == "61.0"


def test_rows_keep_the_analysis_s_order_unless_chosen() -> None:
    figures = an_analysis().spatiotemporal
    assert [row.label for row in table_rows(figures)][:2] == ["Speed (m/s)", "Cadence (steps/min)"]
    assert [row.label for row in table_rows(figures, ["stance_pct", "no_such"])] == ["Stance (%)"]


def test_the_profile_s_bars_are_as_long_as_the_scores() -> None:
    analysis = an_analysis()
    axes = map_figure(analysis).axes[0]
    for side in ("left", "right"):
        colour = style.SIDE_COLOUR[side].lower()
        widths = [bar.get_width() for bar in axes.patches if to_hex(bar.get_facecolor()) == colour]
        scores = [value for (_, whose), value in analysis.map_deg.items() if whose == side]
        gps = analysis.figure("gps_deg", side)
        assert gps is not None
        assert widths == pytest.approx([*scores, gps.value])


def test_the_profile_shows_the_reference_it_is_given() -> None:
    reference = GaitFigure("gvs_hip_flexion_deg", "deg", 8.0, "left", 6, None, None, 5.7, 2.0, SOURCE)
    analysis = an_analysis()
    axes = map_figure(replace(analysis, indices=(*analysis.indices, reference))).axes[0]
    ticks = [line.get_xdata()[0] for line in axes.lines if len(set(line.get_xdata())) == 1]
    assert 5.7 in ticks


def test_the_profile_says_what_a_change_must_exceed() -> None:
    words = flat(map_figure(an_analysis()))
    assert "overall 8.9°" in words
    assert "Changes under 9.4 points can be measurement error (stroke)" in words


def test_how_an_sem_was_derived_is_not_printed_beside_the_mdc() -> None:
    derived = tuple(
        replace(figure, error_source="stroke, PMID 1; SEM = MDC / (1.96 sqrt 2)") for figure in an_analysis().indices
    )
    words = flat(map_figure(an_analysis(indices=derived)))
    assert "(stroke, PMID 1)." in words
    assert "sqrt" not in words
    assert error_words(an_analysis(indices=derived)) == "GDI 9.4 points, GPS 1.6° (stroke, PMID 1)"


def test_contacts_run_to_the_next_foot_off_and_need_one() -> None:
    def event(kind: str, time_s: float) -> GaitEvent:
        return GaitEvent("left", kind, time_s, 0)

    events = [event("initial_contact", 3.0), event("foot_off", 0.2), event("initial_contact", 1.0)]
    events += [event("foot_off", 1.6), event("initial_contact", 2.0)]
    assert contacts(events, "left") == [(1.0, 1.6)]
    assert contacts(events, "right") == []


def test_events_are_marked_by_source_and_paler_when_less_certain() -> None:
    figure = events_figure(an_analysis(excluded=0))
    marks = [line for line in figure.axes[0].lines if line.get_marker() in ("o", "s", "^")]
    alphas = {line.get_marker(): line.get_alpha() for line in marks}
    assert alphas == {"o": 1.0, "s": 1.0, "^": 0.5}
    words = texts(figure)
    assert all(said in words for said in ("entered (file or clinician)", "force plate", "from the markers"))


def test_turns_are_shaded_and_named_only_where_there_are_any() -> None:
    assert "turning" in texts(events_figure(an_analysis(excluded=2)))
    assert "turning" not in texts(events_figure(an_analysis(excluded=0)))


def test_a_long_walk_takes_several_strips_and_says_what_it_leaves_out() -> None:
    assert strips(5.0, 9.0)[0] == 1
    count, strip_s = strips(60.0, 9.0)
    assert count * strip_s == pytest.approx(60.0)
    figure = events_figure(an_analysis(100, excluded=0))
    limits = [axes.get_xlim() for axes in figure.axes if axes.axison]
    assert limits[0][0] == 0.0
    assert all(one[1] == pytest.approx(other[0]) for one, other in pairwise(limits))
    long = events_figure(replace(an_analysis(), duration_s=1000.0), width_in=5.5)
    assert len([axes for axes in long.axes if axes.axison]) == 20
    assert "of 1000 seconds are drawn" in flat(long)


def test_the_page_holds_numbers_profile_curves_refusals_and_its_intended_use() -> None:
    words = flat(gait_page(an_analysis()))
    titles = (
        "Speed (m/s)",
        "Gait Profile Score",
        "Knee flexion",
        "Ankle power",
        "Gait Deviation Index: left 71, right 93",
    )
    assert all(said in words for said in titles)
    assert "Not given: Variability: 12 steps are too few" in words
    assert "LKNE is missing in 12 of 740 frames." in words
    assert INTENDED_USE in words


def test_no_figure_prints_the_recording_s_file_name() -> None:
    assert "walk_04" not in texts(gait_page(an_analysis()))


def test_refusals_of_one_reason_are_one_sentence_on_the_page() -> None:
    refusals = (
        Refusal("gdi", "the age is not known"),
        Refusal("gps", "the age is not known"),
        Refusal("step_time_cv_pct", "the mean is near zero: read the SD"),
        Refusal("margin_of_stability_ap_m", "the mean is near zero: read the SD"),
    )
    words = flat(gait_page(an_analysis(refusals=refusals)))
    assert "GDI, GPS: the age is not known." in words
    assert "Step time CV, margin of stability fore-aft: the mean is near zero: read the SD." in words


def test_a_page_without_anything_gives_its_reasons() -> None:
    words = flat(gait_page(a_refused_analysis(), width_in=5.5))
    assert "LASI is missing in 412 of 600 frames" in words
    assert "Label LHEE and RHEE." in words


def test_the_left_and_right_of_a_mirrored_walk_change_places() -> None:
    analysis = an_analysis()
    swapped = {"left": "right", "right": "left"}
    mirrored = {(name, swapped[side]): value for (name, side), value in analysis.map_deg.items()}

    def bars(map_deg, side):
        colour = style.SIDE_COLOUR[side].lower()
        axes = map_figure(replace(analysis, map_deg=map_deg, indices=())).axes[0]
        return np.array([bar.get_width() for bar in axes.patches if to_hex(bar.get_facecolor()) == colour])

    np.testing.assert_array_equal(bars(mirrored, "left"), bars(analysis.map_deg, "right"))


def test_a_shortened_label_keeps_its_unit() -> None:
    assert shortened_label("Step length symmetry angle (%)", 24) == "Step length symmetr… (%)"
    assert shortened_label("Stance (%)", 24) == "Stance (%)"
    assert shortened_label("Gait Profile Score", 10) == "Gait Prof…"


def test_a_long_reason_loses_only_the_list_at_its_end() -> None:
    listed = "it needs 30 steps of both feet together, walk longer" + " or longer" * 6 + " (there are 3 (left) and 4)"
    assert reason_words(listed).endswith("or longer")
    inside = "goes forward at 2.80 m/s (Froude number 0.92) with moments of flight"
    assert reason_words(inside) == inside
    assert reason_words("no step (n = 0)") == "no step (n = 0)"


def test_both_sides_together_have_their_own_reference() -> None:
    gps = [an_analysis().figure("gps_deg", side) for side in ("left", "right", None)]
    assert reference_words(gps[:2]) == "5.8 ± 1.6"
    assert reference_words(gps) == "5.8 ± 1.6, both 6.0 ± 1.7"
    assert "normal 5.8 ± 1.6, overall 6.0 ± 1.7" in flat(map_figure(an_analysis()))


def test_n_and_the_signs_of_symmetry_stand_below_the_table() -> None:
    figures = (
        GaitFigure("stance_pct", "%", 60.0, "left", 3),
        GaitFigure("stance_pct", "%", 61.0, "right", 3),
        GaitFigure("swing_pct", "%", 40.0, "left", 3),
        GaitFigure("swing_pct", "%", 39.0, "right", 3),
        GaitFigure("step_time_s", "s", 0.5, "left", 4),
        GaitFigure("step_time_s", "s", 0.5, "right", 3),
        GaitFigure("step_time_log_ratio_pct", "%", 2.0, None, 3),
    )
    words = flat(spatiotemporal_figure(an_analysis(spatiotemporal=figures)))
    assert "n: left 4, right 3 (step time); left 3, right 3 (the others)." in words
    assert "a log ratio is positive where the left is larger" in words


def test_the_page_says_whom_table_and_profile_are_compared_with() -> None:
    words = flat(gait_page(an_analysis()))
    assert f"Table: {SOURCE}." in words
    assert f"Profile and GDI: {SOURCE}." in words


def test_a_table_without_a_reference_has_no_empty_chart() -> None:
    figures = (GaitFigure("step_width_m", "m", 0.12, None, 12, 0.02),)
    assert not spatiotemporal_figure(an_analysis(spatiotemporal=figures)).axes[1].axison


def test_warnings_that_the_page_leaves_out_are_counted() -> None:
    words = flat(gait_page(an_analysis(warnings=tuple(f"fault {number}" for number in range(9)))))
    assert "Fault 5. And 3 more." in words
    assert "Fault 6" not in words


def test_figures_of_turns_alone_are_said_to_be_so_beside_the_numbers() -> None:
    note = "while turning, not straight walking: all 4 cycles are turns; along the walk's own direction"
    figures = (GaitFigure("step_length_m", "m", 0.6, "left", 2, note=note),)
    turning = an_analysis(2, excluded=2, spatiotemporal=figures)
    said = "of cycles left out (while turning, not straight walking: all 4 cycles are turns)."
    for draw in (spatiotemporal_figure, gait_page):
        assert said in flat(draw(turning))
        assert "No cycle counts" not in flat(draw(an_analysis(2, excluded=1)))


def test_an_index_above_every_control_is_no_better_walk() -> None:
    near = tuple(replace(figure, value=131.0) if figure.side == "left" else figure for figure in an_analysis().indices)
    said = "GDI left: nearer to the controls' mean curve than controls are, which is no better walk."
    for draw in (map_figure, gait_page):
        assert said in flat(draw(an_analysis(indices=near)))
        assert "no better walk" not in flat(draw(an_analysis()))
