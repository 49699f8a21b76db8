"""Speed, steps and timing: left, right and the reference as a table, with a dot on the reference's own scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ltme_clinic.report import gait_panels, style
from ltme_clinic.report.gait_words import (
    cautions,
    figure_label,
    reference_words,
    sentence,
    shortened_label,
    value_words,
)
from ltme_clinic.types import GaitAnalysis, GaitFigure, Side

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_IN = 0.235
WIDEST_SD = 4.0
ROOM_FOR_SD_IN = 4.6
"""A table from this width on also gives the SD between strides."""
VALUE_IN = 0.52
VALUE_SD_IN = 1.1
REFERENCE_IN = 0.98
LETTER_IN = 0.072
TABLE_SHARE = 0.74
_MARKS: dict[Side | None, tuple[str, str]] = {
    "left": ("o", style.SIDE_COLOUR["left"]),
    "right": ("s", style.SIDE_COLOUR["right"]),
    None: ("D", style.INK),
}


@dataclass(frozen=True)
class Row:
    """One measure's line in the table."""

    label: str
    by_side: dict[Side | None, GaitFigure]

    @property
    def reference(self) -> GaitFigure | None:
        """Any of the row's figures that has a reference."""
        return next((figure for figure in self.by_side.values() if figure.reference_mean is not None), None)


def spatiotemporal_figure(analysis: GaitAnalysis, *, width_in: float = 9.0) -> Figure:
    """Each measure's left, right and normal value, and how many of the reference's SDs they lie from its mean."""
    rows = table_rows(analysis.spatiotemporal)
    if not rows:
        reason = gait_panels.cycles_refusal(analysis) or "No step was measured."
        return gait_panels.refused_figure("Walking in numbers", analysis, reason, width_in)
    notes = _notes(analysis, rows)
    notes_in = gait_panels.notes_height_in(notes, width_in, legend=False)
    table_in = ROW_IN * (len(rows) + 1)
    figure = style.new_figure(width_in, 1.0 + table_in + notes_in)
    style.heading(figure, "Walking in numbers", analysis.origin)
    grid = figure.add_gridspec(2, 2, width_ratios=[TABLE_SHARE, 1 - TABLE_SHARE], height_ratios=[table_in, notes_in])
    draw_table(figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1]), rows, TABLE_SHARE * width_in)
    gait_panels.draw_notes(figure.add_subplot(grid[1, :]), notes, width_in, curves=False)
    return figure


def table_rows(figures: Sequence[GaitFigure], names: Sequence[str] | None = None) -> list[Row]:
    """One row a measure in the analysis's order; `names` chooses some and their order."""
    found: dict[str, dict[Side | None, GaitFigure]] = {}
    for figure in figures:
        found.setdefault(figure.name, {})[figure.side] = figure
    chosen = list(found) if names is None else [name for name in names if name in found]
    return [Row(figure_label(name, next(iter(found[name].values())).unit), found[name]) for name in chosen]


def draw_table(table: Axes, chart: Axes, rows: Sequence[Row], table_in: float) -> None:
    """The numbers on the left axes, their dots on the right ones; rows are level across both."""
    table.axis("off")
    columns = _columns(table_in, with_both=any(None in row.by_side and len(row.by_side) > 1 for row in rows))
    _header(table, columns)
    for place, row in enumerate(rows):
        _draw_row(table, place, row, columns)
    for axes in (table, chart):
        axes.set_ylim(len(rows) - 0.4, -1.5)
    if any(row.reference is not None for row in rows):
        _draw_chart(chart, rows)
    else:
        chart.axis("off")


def _draw_chart(chart: Axes, rows: Sequence[Row]) -> None:
    """The dots on the reference's own scale."""
    style.quiet_axes(chart, grid="x")
    chart.axvspan(-2, 2, color=style.BAND, alpha=0.45, linewidth=0, zorder=0)
    chart.axvspan(-1, 1, color=style.BAND, linewidth=0, zorder=0)
    chart.axvline(0, color=gait_panels.LEFT_OUT, linewidth=0.8, zorder=1)
    for place, row in enumerate(rows):
        for side, figure in row.by_side.items():
            _draw_dot(chart, place, side, figure)
    chart.set_xlim(-WIDEST_SD - 0.5, WIDEST_SD + 0.5)
    chart.set_xticks(range(-4, 5, 2))
    chart.set_yticks([])
    chart.spines["left"].set_visible(False)
    chart.set_xlabel("SD from reference", fontsize=style.SMALL_PT, color=style.QUIET)


@dataclass(frozen=True)
class _Columns:
    """Right edges of the table's columns as shares of its width, and how much fits in them."""

    left: float
    right: float
    both: float
    label_letters: int
    with_sd: bool
    with_both: bool
    """Whether both sides together have a column of their own; else they stand between left and right."""


def _columns(table_in: float, *, with_both: bool) -> _Columns:
    with_sd = table_in >= ROOM_FOR_SD_IN + (VALUE_SD_IN if with_both else 0.0)
    value_in = VALUE_SD_IN if with_sd else VALUE_IN
    both_in = table_in - REFERENCE_IN
    right_in = both_in - value_in if with_both else both_in
    left_in = right_in - value_in
    both_in = both_in if with_both else (left_in + right_in) / 2
    letters = int((left_in - value_in + 0.06) / LETTER_IN)
    return _Columns(left_in / table_in, right_in / table_in, both_in / table_in, letters, with_sd, with_both)


def _header(table: Axes, columns: _Columns) -> None:
    _cell(table, columns.left, -1, "Left", colour=style.SIDE_COLOUR["left"], bold=True)
    _cell(table, columns.right, -1, "Right", colour=style.SIDE_COLOUR["right"], bold=True)
    if columns.with_both:
        _cell(table, columns.both, -1, "Both", colour=style.INK, bold=True)
    _cell(table, 1.0, -1, "Reference", colour=style.QUIET)


def _draw_row(table: Axes, place: int, row: Row, columns: _Columns) -> None:
    table.axhline(place - 0.5, color=style.HAIRLINE, linewidth=0.5)
    label = shortened_label(row.label, columns.label_letters)
    table.text(
        0.0, place, label, transform=table.get_yaxis_transform(), va="center", fontsize=style.SMALL_PT, color=style.INK
    )
    for side, figure in row.by_side.items():
        said = value_words(figure.value, figure.unit, figure.sd if columns.with_sd else None)
        edge = {"left": columns.left, "right": columns.right, None: columns.both}[side]
        _cell(table, edge, place, said, colour=_MARKS[side][1])
    if row.reference is not None:
        _cell(table, 1.0, place, reference_words([row.reference]), colour=style.QUIET)


def _cell(table: Axes, edge: float, place: float, said: str, *, colour: str, bold: bool = False) -> None:
    table.text(
        edge,
        place,
        said,
        transform=table.get_yaxis_transform(),
        ha="right",
        va="center",
        fontsize=style.SMALL_PT,
        color=colour,
        fontweight="bold" if bold else "normal",
    )


def _draw_dot(chart: Axes, place: int, side: Side | None, figure: GaitFigure) -> None:
    """A dot in the reference's SDs; an arrowhead at the edge for what lies beyond four."""
    if figure.reference_mean is None or not figure.reference_sd:
        return
    away = (figure.value - figure.reference_mean) / figure.reference_sd
    marker, colour = _MARKS[side]
    if abs(away) > WIDEST_SD:
        marker, away = (">", WIDEST_SD + 0.2) if away > 0 else ("<", -WIDEST_SD - 0.2)
    height = place + {"left": -0.14, "right": 0.14, None: 0.0}[side]
    chart.plot([away], [height], marker=marker, markersize=6, color=colour, linestyle="none", zorder=3, clip_on=False)


def _notes(analysis: GaitAnalysis, rows: Sequence[Row]) -> tuple[str, ...]:
    sources = reference_sources(rows)
    reference = f"Reference (mean ± SD): {'; '.join(sources)}." if sources else "No reference is known for this walk."
    marks = " Circle left, square right, diamond both; an arrowhead lies beyond 4 SD." if sources else ""
    counted = any(cycle.counts for cycle in analysis.cycles)
    doubts = "" if counted else " ".join(sentence(caution) for caution in cautions(analysis))
    return f"{gait_panels.cycle_words(analysis)} {_n_words(rows)}", doubts, f"{reference}{marks}", symmetry_words(rows)


def reference_sources(rows: Sequence[Row]) -> list[str]:
    """Whose the references of a table are."""
    return gait_panels.merged_sources(row.reference.reference for row in rows if row.reference is not None)


def _n_words(rows: Sequence[Row]) -> str:
    """How many steps or strides the values are means of; what most measures share is said as "the others"."""
    measures: dict[str, list[str]] = {}
    for row in rows:
        counts = [f"{side} {row.by_side[side].n}" for side in gait_panels.SIDES if side in row.by_side]
        if counts:
            measures.setdefault(", ".join(counts), []).append(row.label.rpartition(" (")[0].lower() or row.label)
    if not measures:
        return ""
    ordered = sorted(measures.items(), key=lambda item: len(item[1]))
    said = [f"{counts} ({', '.join(names)})" for counts, names in ordered[:-1]]
    return f"n: {'; '.join([*said, ordered[-1][0]])}{' (the others)' if said else ''}."


def symmetry_words(rows: Sequence[Row]) -> str:
    """Which side a sign means: the two indices have opposite ones."""
    labels = " ".join(row.label for row in rows)
    signs = (("symmetry angle", "right"), ("log ratio", "left"))
    said = [f"a {what} is positive where the {side} is larger" for what, side in signs if what in labels]
    return f"0 is symmetrical; {', '.join(said)}." if said else ""
