"""The curves of a gait analysis: sides, bands, foot off and cycles as drawn, and emptiness explained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gait_examples import a_refused_analysis, an_analysis
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex

from ltme_clinic.report import gait_pages, style
from ltme_clinic.report.gait_emg import emg_figure
from ltme_clinic.report.gait_kinematics import LAYOUT, kinematics_figure
from ltme_clinic.report.gait_kinetics import kinetics_figure
from ltme_clinic.report.gait_page import gait_page
from ltme_clinic.report.gait_panels import merged_sources
from ltme_clinic.report.gait_trunk_arms import trunk_arms_figure
from ltme_clinic.types import PERCENT, JointAngles, Refusal

BLOCKS = ("events", "spatiotemporal", "kinematics", "trunk_arms", "kinetics", "emg", "map", "page")
CURVE_FIGURES = (kinematics_figure, trunk_arms_figure, kinetics_figure, emg_figure)


def texts(figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def flat(figure) -> str:
    """All words in one line, for a sentence may be wrapped."""
    return " ".join(texts(figure).split())


def panel(figure, title: str):
    return next(axes for axes in figure.axes if axes.get_title(loc="left") == title)


def thick_lines(axes) -> dict[str, np.ndarray]:
    return {to_hex(line.get_color()): line.get_ydata() for line in axes.lines if line.get_linewidth() == 2.0}


def test_left_is_solid_vermillion_and_right_dashed_blue() -> None:
    analysis = an_analysis()
    axes = panel(kinematics_figure(analysis), "Knee flexion")
    means = thick_lines(axes)
    for side in ("left", "right"):
        drawn = means[style.SIDE_COLOUR[side].lower()]
        np.testing.assert_array_equal(drawn, analysis.curves["knee_flexion", side].mean)
    dashes = {to_hex(line.get_color()): line.get_linestyle() for line in axes.lines if line.get_linewidth() == 2.0}
    assert dashes == {style.SIDE_COLOUR[side].lower(): style.SIDE_LINE[side] for side in ("left", "right")}


def test_rows_are_joints_and_columns_are_planes() -> None:
    figure = kinematics_figure(an_analysis())
    knee, hip = panel(figure, "Knee flexion"), panel(figure, "Hip flexion")
    foot = panel(figure, "Foot progression")
    figure.draw_without_rendering()
    assert knee.get_position().x0 == pytest.approx(hip.get_position().x0, abs=0.01)
    assert knee.get_position().y1 < hip.get_position().y0
    assert foot.get_position().x0 > knee.get_position().x1
    assert len([axes for axes in figure.axes if axes.get_title(loc="left")]) == sum(len(row) for row in LAYOUT)


def test_the_band_is_the_mean_plus_and_minus_one_sd() -> None:
    analysis = an_analysis()
    band = analysis.bands["knee_flexion"]
    grey = panel(kinematics_figure(analysis), "Knee flexion").collections[0]
    assert to_hex(grey.get_facecolor()[0]) == style.BAND.lower()
    edges = grey.get_paths()[0].vertices[:, 1]
    assert edges.min() == pytest.approx((band.mean - band.sd).min())
    assert edges.max() == pytest.approx((band.mean + band.sd).max())


def test_without_bands_nothing_is_grey_and_it_is_said() -> None:
    figure = kinematics_figure(an_analysis(bands=False))
    colours = {to_hex(c) for axes in figure.axes for patch in axes.collections for c in patch.get_facecolor()}
    assert style.BAND.lower() not in colours
    assert "No normal band" in flat(figure)


def test_foot_off_is_a_line_at_its_mean_shaded_by_its_sd() -> None:
    analysis = an_analysis(excluded=0)
    moments = np.array([c.percent(c.foot_off_s) for c in analysis.cycles if c.side == "left"])
    axes = panel(kinematics_figure(analysis), "Hip flexion")
    uprights = [line.get_xdata()[0] for line in axes.lines if len(set(line.get_xdata())) == 1]
    assert any(x == pytest.approx(moments.mean()) for x in uprights)
    spans = [patch.get_width() for patch in axes.patches]
    assert any(width == pytest.approx(2 * moments.std(ddof=1)) for width in spans)


def test_the_foot_off_of_cycles_that_do_not_count_is_not_drawn() -> None:
    analysis = an_analysis(excluded=6)
    axes = panel(kinematics_figure(analysis), "Hip flexion")
    assert not [line for line in axes.lines if len(set(line.get_xdata())) == 1]


def test_cycles_left_out_are_drawn_apart_counted_and_not_in_the_scale() -> None:
    analysis = an_analysis(6, excluded=2)
    wild = analysis.curves["knee_flexion", "left"]
    cycles = np.where(wild.counted[:, None], wild.cycles, 500.0)
    curves = {**analysis.curves, ("knee_flexion", "left"): replace(wild, cycles=cycles)}
    figure = kinematics_figure(replace(analysis, curves=curves))
    axes = panel(figure, "Knee flexion")
    sizes = sorted(len(c.get_segments()) for c in axes.collections if isinstance(c, LineCollection))
    assert sizes == [2, 2, 4, 4]
    assert axes.get_ylim()[1] < 150
    assert "Left: 4 cycles (2 left out: turning 2)." in flat(figure)


def test_axes_say_which_direction_is_up() -> None:
    figure = kinematics_figure(an_analysis())
    label = panel(figure, "Knee flexion").get_ylabel()
    assert label.index("Ext") < label.index("Flx")
    assert "°" in label
    assert "W/kg" in panel(kinetics_figure(an_analysis()), "Ankle power").get_ylabel()


def test_a_walk_beyond_the_usual_range_widens_its_panel() -> None:
    analysis = an_analysis()
    knee = analysis.curves["knee_flexion", "left"]
    wide = replace(knee, cycles=knee.cycles + 60, mean=knee.mean + 60)
    axes = panel(kinematics_figure(replace(analysis, curves={("knee_flexion", "left"): wide})), "Knee flexion")
    assert axes.get_ylim()[1] > wide.cycles[wide.counted].max()


def test_one_side_alone_is_drawn_and_the_other_said_to_be_missing() -> None:
    figure = kinematics_figure(an_analysis(sides=("right",)))
    assert set(thick_lines(panel(figure, "Knee flexion"))) == {style.SIDE_COLOUR["right"].lower()}
    assert "Left: no cycles." in flat(figure)


def test_a_missing_variable_gives_its_own_reason_beside_the_drawn_ones() -> None:
    analysis = an_analysis()
    curves = {key: value for key, value in analysis.curves.items() if key[0] != "hip_rotation"}
    refusals = (Refusal("hip_rotation", "No thigh marker is labelled."),)
    figure = kinematics_figure(replace(analysis, curves=curves, refusals=refusals))
    assert "No thigh marker is labelled." in flat(figure)
    assert thick_lines(panel(figure, "Hip flexion"))


@pytest.mark.parametrize("draw", CURVE_FIGURES)
def test_a_refused_block_says_why_once(draw) -> None:
    words = flat(draw(a_refused_analysis()))
    reasons = ("LASI is missing in 412", "No foot is alone", "The file holds no EMG channel")
    assert sum(words.count(reason) for reason in reasons) == 1


def test_moments_say_their_frame_and_which_contacts_were_used() -> None:
    words = flat(kinetics_figure(an_analysis()))
    assert "Moments: distal segment." in words
    assert "Clean plate contacts: left 1, right 0; not clean: both feet 1." in words


def test_kinetics_of_fewer_cycles_than_were_walked_say_so() -> None:
    analysis = an_analysis(excluded=0)
    only = np.array([True, True, False, False, False, False])
    curves = {
        key: replace(value, counted=only) if value.unit in ("Nm/kg", "W/kg", "body weight") else value
        for key, value in analysis.curves.items()
    }
    assert "Left: 2 of 6 cycles." in flat(kinetics_figure(replace(analysis, curves=curves)))


def test_a_force_that_ends_with_stance_is_drawn_until_there() -> None:
    analysis = an_analysis()
    force = analysis.curves["vertical_force", "left"]
    gone = np.where(PERCENT > 60, np.nan, force.cycles)
    stance = replace(force, cycles=gone, mean=np.where(PERCENT > 60, np.nan, force.mean))
    axes = panel(kinetics_figure(replace(analysis, curves={("vertical_force", "left"): stance})), "Vertical force")
    drawn = thick_lines(axes)[style.SIDE_COLOUR["left"].lower()]
    assert np.isfinite(drawn).sum() == 61


def test_muscles_stand_left_beside_right_with_their_warnings() -> None:
    figure = emg_figure(an_analysis())
    left, right = panel(figure, "Left rectus femoris"), panel(figure, "Right rectus femoris")
    figure.draw_without_rendering()
    assert left.get_position().x1 < right.get_position().x0
    words = flat(figure)
    assert "mains hum at 50 Hz" in words
    assert "a dead channel" in words
    assert "Not drawn: EMG 7 (the label doesn't say left or right)." in words
    assert "amplitude can't" in words


def test_what_is_said_of_every_channel_is_said_once() -> None:
    analysis = an_analysis()
    few = "2 cycles that count (at least 3 to compare with a band)"
    emg = tuple(replace(muscle, warnings=(few,), band=None) for muscle in analysis.emg if muscle.curves is not None)
    assert flat(emg_figure(replace(analysis, emg=emg))).count(few) == 1


@pytest.mark.parametrize(
    "name", ["events", "spatiotemporal", "kinematics", "trunk_arms", "kinetics", "emg", "map", "page"]
)
@pytest.mark.parametrize("width_in", [5.5, 11.0])
def test_every_figure_is_as_wide_as_asked_and_marks_synthetic_walks(name: str, width_in: float) -> None:
    figure = gait_pages.gait_figures(an_analysis(origin="virtual"), width_in=width_in)[name]()
    assert figure.get_size_inches()[0] == width_in
    assert "[synthetic]" in texts(figure)


@pytest.mark.parametrize(
    "name", ["events", "spatiotemporal", "kinematics", "trunk_arms", "kinetics", "emg", "map", "page"]
)
@pytest.mark.parametrize("analysis", [an_analysis(1, excluded=0, bands=False), a_refused_analysis()])
def test_one_cycle_or_none_draws_without_a_fault(name: str, analysis) -> None:
    figure = gait_pages.gait_figures(analysis, width_in=5.5)[name]()
    figure.draw_without_rendering()
    assert "[synthetic]" not in texts(figure)


def test_every_block_has_a_figure() -> None:
    assert tuple(gait_pages.gait_figures(an_analysis())) == BLOCKS


def test_sources_that_differ_only_in_their_number_are_said_once() -> None:
    children = "children at slow speed (Schwartz 2008)"
    assert merged_sources([f"82 {children}", f"81 {children}", "our own people"]) == [
        f"81 to 82 {children}",
        "our own people",
    ]


def test_panels_of_which_no_cycle_counts_say_so() -> None:
    words = flat(kinetics_figure(an_analysis(2, excluded=2)))
    assert "no cycle that counts" in words
    assert "no cycle that counts" not in flat(kinetics_figure(an_analysis(2, excluded=1)))


def test_a_walk_without_any_cycle_has_no_empty_panels_but_the_reason() -> None:
    analysis = an_analysis()
    none = {key: replace(c, cycles=c.cycles[:0], counted=c.counted[:0]) for key, c in analysis.curves.items()}
    refusals = (Refusal("spatiotemporal", "nobody walks"),)
    standing = replace(analysis, curves=none, cycles=(), refusals=refusals)
    assert flat(kinematics_figure(standing)) == "nobody walks Joint angles"
    assert "Knee flexion" not in [axes.get_title(loc="left") for axes in gait_page(standing).axes]


def test_what_is_odd_about_the_angles_stands_below_their_curves() -> None:
    odd = JointAngles("conventional gait model", 100.0, {}, warnings=("the left wrist's markers look exchanged",))
    analysis = an_analysis(angles=odd)
    for draw in (kinematics_figure, trunk_arms_figure):
        assert "Warnings: The left wrist's markers look exchanged." in flat(draw(analysis))
    assert "exchanged" not in flat(kinetics_figure(analysis))


def test_muscles_without_a_band_are_not_said_to_have_none_in_the_norms() -> None:
    analysis = an_analysis()
    few = ("1 cycle that counts (at least 3 to compare with a band)",)
    emg = tuple(replace(muscle, warnings=few, band=None) for muscle in analysis.emg if muscle.curves is not None)
    assert "No normal band" not in flat(emg_figure(replace(analysis, emg=emg)))
