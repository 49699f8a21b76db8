"""The Movement Analysis Profile: how far each variable lies from normal, and the Gait Profile Score (Baker 2009)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltme_clinic.body import ANGLES
from ltme_clinic.report import gait_panels, style
from ltme_clinic.report.gait_panels import SIDES
from ltme_clinic.report.gait_variables import variable_of
from ltme_clinic.report.gait_words import cautions, error_source_words, reference_words, sentence, value_words
from ltme_clinic.types import GaitAnalysis, GaitFigure, Side

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_IN = 0.4
BAR = 0.36
GPS_GAP = 0.5
NAMES_IN = 0.7
"""The variables' names take so much more room than a curve's axis does."""


def map_figure(analysis: GaitAnalysis, *, width_in: float = 9.0) -> Figure:
    """Bars in degrees RMS from the reference's mean curve, a side each; the Gait Profile Score below them.

    A dark tick is the reference's own mean, the grey behind a pair of bars reaches to its mean + 1 SD.
    """
    if not analysis.map_deg:
        reason = gait_panels.block_refusal(analysis, "map", "gps", "gdi", "kinematics", "bands")
        return gait_panels.refused_figure(
            "Movement Analysis Profile", analysis, reason or "No score was calculated.", width_in
        )
    doubts = " ".join(sentence(caution) for caution in cautions(analysis))
    notes = tuple(note for note in (gdi_words(analysis), doubts, _gps_words(analysis)) if note)
    notes_width_in = width_in - NAMES_IN
    notes_in = gait_panels.notes_height_in(notes, notes_width_in, legend=False)
    bars_in = ROW_IN * (len(ANGLES) + 2)
    figure = style.new_figure(width_in, 0.95 + bars_in + notes_in)
    style.heading(figure, "Movement Analysis Profile", analysis.origin)
    grid = figure.add_gridspec(2, 1, height_ratios=[bars_in, notes_in])
    draw_map(figure.add_subplot(grid[0]), analysis)
    gait_panels.draw_notes(figure.add_subplot(grid[1]), notes, notes_width_in, curves=False)
    return figure


def draw_map(axes: Axes, analysis: GaitAnalysis, *, legend: bool = True) -> None:
    """Bars of the nine variables and the score on given axes."""
    style.quiet_axes(axes, grid="x")
    names: list[str] = []
    for place, angle in enumerate(ANGLES):
        names.append(variable_of(angle).title)
        scores = {side: analysis.map_deg[angle, side] for side in SIDES if (angle, side) in analysis.map_deg}
        references = {side: analysis.figure(f"gvs_{angle}_deg", side) for side in SIDES}
        _draw_pair(axes, place, dict(scores), references)
    gps_place = len(ANGLES) + GPS_GAP
    gps = {side: analysis.figure("gps_deg", side) for side in (*SIDES, None)}
    both = {side: figure for side, figure in gps.items() if side is not None}
    _draw_pair(axes, gps_place, {side: figure.value for side, figure in both.items() if figure is not None}, both)
    overall = gps[None]
    label = "Gait Profile Score" + (f"\noverall {value_words(overall.value, 'deg')}°" if overall is not None else "")
    axes.axhline(gps_place - 0.75, color=style.HAIRLINE, linewidth=0.8)
    axes.set_yticks([*range(len(ANGLES)), gps_place], [*names, label], fontsize=style.SMALL_PT, color=style.INK)
    axes.set_ylim(gps_place + 0.6, -0.6)
    axes.set_xlim(0, 1.12 * max(axes.dataLim.x1, 12.0))
    axes.set_xlabel("degrees from normal (RMS)", fontsize=style.SMALL_PT, color=style.QUIET)
    if legend:
        _legend(axes)


def gdi_words(analysis: GaitAnalysis) -> str:
    """The Gait Deviation Index of each side in a sentence, or why there is none."""
    sides = [analysis.figure("gdi", side) for side in SIDES]
    found = [figure for figure in sides if figure is not None]
    if not found:
        reason = gait_panels.block_refusal(analysis, "gdi")
        return f"No Gait Deviation Index: {reason}" if reason else ""
    values = ", ".join(f"{figure.side} {figure.value:.0f}" for figure in found)
    said = f"Gait Deviation Index: {values} (normal 100 ± 10)."
    return said + _error_words(found[0], "points")


def _draw_pair(axes: Axes, place: float, scores: dict[Side, float], references: dict[Side, GaitFigure | None]) -> None:
    reference = next((f for f in references.values() if f is not None and f.reference_mean is not None), None)
    if reference is not None and reference.reference_mean is not None:
        far = reference.reference_mean + (reference.reference_sd or 0.0)
        axes.barh([place], [far], height=0.92, color=style.BAND, zorder=0)
        axes.plot(
            [reference.reference_mean] * 2, [place - 0.46, place + 0.46], color=style.INK, linewidth=1.4, zorder=4
        )
    for side, value in scores.items():
        level = place + (-BAR / 2 if side == "left" else BAR / 2)
        hatch = None if side == "left" else "////"
        axes.barh([level], [value], height=BAR, color=style.SIDE_COLOUR[side], hatch=hatch, edgecolor="white", zorder=2)
        axes.annotate(
            f"{value:.1f}",
            (value, level),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=style.SMALL_PT - 1,
            color=style.INK,
            zorder=5,
        )


def _legend(axes: Axes) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Patch | Line2D] = [
        Patch(facecolor=style.SIDE_COLOUR["left"], edgecolor="white", label="Left"),
        Patch(facecolor=style.SIDE_COLOUR["right"], edgecolor="white", hatch="////", label="Right"),
        Line2D([], [], color=style.INK, linewidth=1.4, label="reference"),
    ]
    axes.legend(
        handles=handles,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=3,
        frameon=False,
        fontsize=style.SMALL_PT,
        labelcolor=style.INK,
        borderaxespad=0.1,
    )


def _gps_words(analysis: GaitAnalysis) -> str:
    figures = [analysis.figure("gps_deg", side) for side in (*SIDES, None)]
    found = [figure for figure in figures if figure is not None]
    if not found:
        reason = gait_panels.block_refusal(analysis, "gps", "gps_overall")
        return f"No Gait Profile Score: {reason}" if reason else ""
    values = ", ".join(f"{figure.side or 'overall'} {value_words(figure.value, 'deg')}°" for figure in found)
    normal = [reference_words([f for f in found if (f.side is None) == overall]) for overall in (False, True)]
    said = f"Gait Profile Score: {values} (normal {', overall '.join(words for words in normal if words)})."
    source = f" Reference: {found[0].reference}." if found[0].reference else ""
    return f"{said}{_error_words(found[0], '°')}{source} {sentence(found[0].note)}".strip()


def _error_words(figure: GaitFigure, unit: str) -> str:
    if figure.mdc95 is None:
        return " Its measurement error is not known for this population."
    space = "" if unit == "°" else " "
    source = f" ({error_source_words(figure)})" if figure.error_source else ""
    return f" Changes under {figure.mdc95:.1f}{space}{unit} can be measurement error{source}."
