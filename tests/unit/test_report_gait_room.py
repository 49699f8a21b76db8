"""Nothing on a gait figure is cut off or lies upon its neighbour, on a narrow page or a wide one."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from gait_examples import an_analysis

from ltme_clinic.report.gait_pages import gait_figures

BLOCKS = ("events", "spatiotemporal", "kinematics", "trunk_arms", "kinetics", "emg", "map", "page")


def drawn(name: str, width_in: float, **changes):
    figure = gait_figures(an_analysis(**changes), width_in=width_in)[name]()
    figure.draw_without_rendering()
    return figure


def written(axes):
    """Every text of an axes that is seen, its titles and axis words included."""
    texts = (*axes.texts, axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label)
    return [text for text in texts if text.get_text() and text.get_visible()]


@pytest.mark.parametrize("name", BLOCKS)
def test_nothing_is_cut_off_on_a_narrow_page(name: str) -> None:
    figure = drawn(name, 5.5)
    right, top = figure.get_size_inches() * figure.dpi
    for text in (text for axes in figure.axes for text in written(axes)):
        box = text.get_window_extent()
        assert box.x0 >= -1, text.get_text()
        assert box.x1 <= right + 1, text.get_text()
        assert box.y0 >= -1, text.get_text()
        assert box.y1 <= top + 1, text.get_text()


@pytest.mark.parametrize("name", BLOCKS)
def test_the_legend_stands_above_the_notes(name: str) -> None:
    for width_in in (5.5, 9.0):
        figure = drawn(name, width_in)
        for axes in figure.axes:
            legend = axes.get_legend()
            if legend is not None and axes.texts and not axes.axison:
                assert legend.get_window_extent().y0 >= axes.texts[0].get_window_extent().y1


@pytest.mark.parametrize("name", ["kinematics", "kinetics", "trunk_arms", "page"])
def test_titles_do_not_run_into_each_other(name: str) -> None:
    figure = drawn(name, 5.5)
    titles = [axes._left_title for axes in figure.axes if axes._left_title.get_text()]
    boxes = [title.get_window_extent() for title in titles]
    assert not [1 for one, other in combinations(boxes, 2) if one.overlaps(other)]


@pytest.mark.parametrize("name", ["kinematics", "kinetics", "page"])
def test_axis_words_do_not_run_into_the_row_below(name: str) -> None:
    figure = drawn(name, 9.0)
    boxes = [axes.yaxis.label.get_window_extent() for axes in figure.axes if axes.yaxis.label.get_text()]
    boxes.sort(key=lambda box: (round(box.x0 / 20), box.y0))
    for one, other in pairwise(boxes):
        assert not one.overlaps(other)
