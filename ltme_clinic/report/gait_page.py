"""One walk on one page: what a clinician with ten minutes looks at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ltme_clinic import INTENDED_USE
from ltme_clinic.body import ANGLES
from ltme_clinic.report import gait_panels, style
from ltme_clinic.report.gait_events import draw_events
from ltme_clinic.report.gait_map import draw_map, gdi_words
from ltme_clinic.report.gait_spatiotemporal import ROW_IN as TABLE_ROW_IN
from ltme_clinic.report.gait_spatiotemporal import Row, draw_table, reference_sources, symmetry_words, table_rows
from ltme_clinic.report.gait_words import cautions, refusal_words, sentence
from ltme_clinic.types import GaitAnalysis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MEASURES = (
    "speed_m_s",
    "cadence_spm",
    "step_length_m",
    "step_time_s",
    "step_width_m",
    "stance_pct",
    "single_support_pct",
    "double_support_pct",
    "step_length_symmetry_angle_pct",
)
"""What the page's table has of the spatiotemporal set."""
TOGETHER = ("speed_m_s", "cadence_spm", "step_width_m", "double_support_pct")
KINETICS = ("knee_extension_moment", "hip_power", "ankle_power")
MAP_IN = 3.0
MAP_NAMES_IN = 1.5
"""Taken by the profile's names, beside what the two share."""
PANEL_IN = 1.4
EVENTS_IN = 0.6
BLOCK_GAP_IN = 0.35
"""A block's own axis words and the space to its neighbour."""
LONGEST_STRIP_S = 12.0
SIDE_BY_SIDE_IN = 7.5
"""From this width on the table stands beside the profile, below it above it."""
MOST_LINES = 6
"""Of refusals, and of warnings; the others are counted and stand in the analysis itself."""


def gait_page(analysis: GaitAnalysis, *, width_in: float = 8.27) -> Figure:
    """Numbers, profile, events, the nine angles, three kinetic curves, and what was refused, on one page.

    As tall as it needs to be: at its own width a full one prints on A4 at nine tenths of its size. Blocks without
    values give their reason in a line.
    """
    facts, notes = _facts(analysis), _notes(analysis)
    facts_in = gait_panels.notes_height_in(facts, width_in, legend=False)
    notes_in = gait_panels.notes_height_in(notes, width_in)
    curve_rows = [ANGLES[0:3], ANGLES[3:6], ANGLES[6:9]]
    curve_rows += [KINETICS] if gait_panels.has_cycles(analysis, KINETICS) else []
    curve_rows = curve_rows if gait_panels.has_cycles(analysis, ANGLES) else []
    overview_in = _overview_height_in(analysis, width_in)
    events_in = EVENTS_IN if analysis.events else 0.0
    heights = [facts_in, overview_in, events_in, len(curve_rows) * PANEL_IN, notes_in]
    figure = style.new_figure(width_in, sum(heights) + 0.4 + BLOCK_GAP_IN * sum(height > 0 for height in heights[1:4]))
    style.heading(figure, "Gait analysis on one page", analysis.origin)
    kept = [height for height in heights if height > 0]
    grid = iter(figure.add_gridspec(len(kept), 1, height_ratios=kept))
    gait_panels.draw_notes(figure.add_subplot(next(grid)), facts, width_in, curves=False)
    if overview_in:
        _draw_overview(figure, next(grid), analysis, width_in)
    if events_in:
        _draw_strip(figure.add_subplot(next(grid)), analysis)
    if curve_rows:
        _draw_curves(figure, next(grid), analysis, curve_rows, width_in)
    gait_panels.draw_notes(figure.add_subplot(next(grid)), notes, width_in, curves=bool(curve_rows))
    return figure


def _overview_height_in(analysis: GaitAnalysis, width_in: float) -> float:
    table_in = TABLE_ROW_IN * (len(_rows(analysis)) + 2)
    map_in = MAP_IN if analysis.map_deg else 0.0
    table_in = table_in if analysis.spatiotemporal else 0.0
    return max(table_in, map_in) if width_in >= SIDE_BY_SIDE_IN else table_in + map_in


def _draw_overview(figure: Figure, place: Any, analysis: GaitAnalysis, width_in: float) -> None:
    """Table and profile beside each other, or one above the other on a narrow page."""
    rows = _rows(analysis)
    with_map = bool(analysis.map_deg)
    if width_in >= SIDE_BY_SIDE_IN and rows and with_map:
        table, profile = place.subgridspec(1, 2, width_ratios=[0.70, 0.30])
        table_width_in = 0.70 * (width_in - MAP_NAMES_IN)
    elif rows and with_map:
        table, profile = place.subgridspec(2, 1, height_ratios=[TABLE_ROW_IN * (len(rows) + 2), MAP_IN])
        table_width_in = width_in
    else:
        table, profile, table_width_in = place, place, width_in
    if rows:
        numbers, dots = table.subgridspec(1, 2, width_ratios=[0.76, 0.24])
        draw_table(figure.add_subplot(numbers), figure.add_subplot(dots), rows, 0.75 * table_width_in)
    if with_map:
        draw_map(figure.add_subplot(profile), analysis)


def _rows(analysis: GaitAnalysis) -> list[Row]:
    """The page's measures: both sides together where that is one thing, else left and right."""
    return [_either(row, together=name in TOGETHER) for name, row in _named_rows(analysis)]


def _named_rows(analysis: GaitAnalysis) -> list[tuple[str, Row]]:
    return [(name, row) for name in MEASURES for row in table_rows(analysis.spatiotemporal, [name])]


def _either(row: Row, *, together: bool) -> Row:
    kept = {side: figure for side, figure in row.by_side.items() if (side is None) == together}
    return Row(row.label, kept or row.by_side)


def _draw_strip(axes: Axes, analysis: GaitAnalysis) -> None:
    """The events of the first seconds in which something happens."""
    first_s = max(min(event.time_s for event in analysis.events) - 0.3, 0.0)
    draw_events(axes, analysis, first_s, min(analysis.duration_s, first_s + LONGEST_STRIP_S))
    axes.set_xlabel("seconds", fontsize=style.SMALL_PT, color=style.QUIET)


def _draw_curves(
    figure: Figure, place: Any, analysis: GaitAnalysis, rows: Sequence[Sequence[str]], width_in: float
) -> None:
    grid = place.subgridspec(len(rows), 3)
    panels = np.array([[figure.add_subplot(grid[r, c]) for c in range(3)] for r in range(len(rows))])
    for row, names in zip(panels, rows, strict=True):
        for panel, name in zip(row, names, strict=True):
            block = "kinetics" if name in KINETICS else "kinematics"
            gait_panels.draw_variable(panel, analysis, name, width_in=width_in / 3 - 0.4, block=block)
    gait_panels.set_percent(panels)


def _facts(analysis: GaitAnalysis) -> tuple[str, ...]:
    """What was walked, how it was cut into strides, and the score."""
    leg = f", leg length {analysis.leg_length_m:.2f} m" if analysis.leg_length_m is not None else ""
    age = f", age {analysis.settings['age']}" if "age" in analysis.settings else ""
    walked = f"{analysis.movement.capitalize()}, {analysis.setting}, {analysis.duration_s:.1f} s{age}{leg}."
    events = f"Events: {analysis.event_method}." if analysis.event_method else ""
    doubts = " ".join(sentence(caution) for caution in cautions(analysis))
    return f"{walked} {gait_panels.cycle_words(analysis)}", events, gdi_words(analysis), doubts


def _notes(analysis: GaitAnalysis) -> tuple[str, ...]:
    names = [name for name in (*ANGLES, *KINETICS) if name in analysis.bands]
    refused = refusal_words(analysis.refusals)
    curves = gait_panels.has_cycles(analysis, ANGLES)
    bands = gait_panels.band_words(analysis.bands[name] for name in names)
    return (
        f"Vertical lines: foot off, mean ± SD. {bands}" if curves else "",
        f"{_reference_words(analysis)} {symmetry_words(_rows(analysis))}".strip(),
        f"Not given: {_first(refused)}" if refused else "",
        f"Warnings: {_first(analysis.warnings)}" if analysis.warnings else "",
        f"Recording {analysis.recording_id[:12]}. {INTENDED_USE}",
    )


def _first(lines: Sequence[str]) -> str:
    """The first of them as sentences, and how many more there are."""
    more = f" And {len(lines) - MOST_LINES} more." if len(lines) > MOST_LINES else ""
    return " ".join(sentence(line) for line in lines[:MOST_LINES]) + more


def _reference_words(analysis: GaitAnalysis) -> str:
    """Whom the table and the profile are compared with."""
    table = "; ".join(reference_sources(_rows(analysis)))
    profile = next((figure.reference for figure in analysis.indices if figure.name in ("gps_deg", "gdi")), "")
    said = [f"{what}: {who}" for what, who in (("Table", table), ("Profile and GDI", profile)) if who]
    return f"References (mean ± SD). {'. '.join(said)}." if said else ""
