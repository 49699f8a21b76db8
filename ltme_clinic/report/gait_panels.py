"""The panel that all gait curves share: band, cycles, means, foot off; and the notes below that say what is drawn."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ltme_clinic.report import style
from ltme_clinic.report.gait_variables import Variable, axis_label, variable_of
from ltme_clinic.types import PERCENT, AngleBand, CycleCurves, GaitAnalysis, Side

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDES: tuple[Side, Side] = ("left", "right")
LETTER_IN = 0.069
"""Width of a letter at the small size, a little generous; figures are wrapped by it."""
LINE_IN = 0.16
LEGEND_ROW_IN = 0.24
NOTES_INDENT_IN = 0.8
TITLE_IN = 0.33
"""Of a row's height, what its title and the gap above take."""
ROOMY_IN = 1.6
"""A narrower panel has its title in the small size."""
MOST_SOURCES = 3
LEFT_OUT = "#8A94A3"
SMALL_NOTE: dict[str, Any] = {"fontsize": style.SMALL_PT, "color": style.QUIET, "zorder": 6}
NO_CYCLE = "No whole gait cycle to draw."


def draw_variable(axes: Axes, analysis: GaitAnalysis, name: str, *, width_in: float, block: str) -> None:
    """One variable over the cycle, both sides, or the reason why there is none.

    Parameters
    ----------
    width_in : the panel's width, to wrap a reason by
    block : whose refusal explains an absent variable: "kinematics", "kinetics"
    """
    variable = variable_of(name)
    size = style.TEXT_PT if width_in >= ROOMY_IN else style.SMALL_PT
    axes.set_title(variable.title, loc="left", fontsize=size, color=style.INK)
    drawn = [analysis.curves[name, side] for side in SIDES if (name, side) in analysis.curves]
    if not any(np.isfinite(curves.cycles).any() for curves in drawn):
        say_why(axes, why_absent(analysis, name, block), width_in=width_in)
        return
    if not any(np.isfinite(curves.cycles[curves.counted]).any() for curves in drawn):
        axes.text(0.02, 0.97, "no cycle that counts", transform=axes.transAxes, va="top", **SMALL_NOTE)
    style.quiet_axes(axes, grid="y")
    axes.axhline(0.0, color=style.QUIET, linewidth=0.6, zorder=1)
    band = analysis.bands.get(name)
    if band is not None:
        draw_band(axes, band)
    for curves in drawn:
        draw_foot_off(axes, analysis, curves.side)
        draw_cycles(axes, curves)
    _scale(axes, variable, drawn, band)
    axes.set_ylabel(axis_label(variable), fontsize=style.SMALL_PT, color=style.QUIET)


def has_cycles(analysis: GaitAnalysis, names: Iterable[str]) -> bool:
    """Whether any of these variables has a cycle to draw, counted or not."""
    curves = [analysis.curves[name, side] for name in names for side in SIDES if (name, side) in analysis.curves]
    return any(np.isfinite(drawn.cycles).any() for drawn in curves)


def draw_band(axes: Axes, band: AngleBand) -> None:
    """Mean +/- 1 SD in grey, the mean as a fine line in it."""
    axes.fill_between(PERCENT, band.mean - band.sd, band.mean + band.sd, color=style.BAND, linewidth=0, zorder=0)
    axes.plot(PERCENT, band.mean, color=LEFT_OUT, linewidth=0.7, zorder=1)


def draw_cycles(axes: Axes, curves: CycleCurves) -> None:
    """Counted cycles thin, cycles that don't count dotted grey, the representative one dotted, the mean thick."""
    from matplotlib.collections import LineCollection

    colour, line = style.SIDE_COLOUR[curves.side], style.SIDE_LINE[curves.side]
    seen = np.isfinite(curves.cycles).any(axis=1)
    counted = int(curves.counted.sum())
    for rows, look in (
        (curves.cycles[seen & ~curves.counted], {"colors": LEFT_OUT, "linestyles": ":", "alpha": 0.7}),
        (curves.cycles[seen & curves.counted], {"colors": colour, "alpha": max(0.08, 0.5 / max(counted, 2) ** 0.4)}),
    ):
        if len(rows):
            points = np.stack([np.broadcast_to(PERCENT, rows.shape), rows], axis=2)
            axes.add_collection(LineCollection(list(points), linewidths=0.6, zorder=2, **look), autolim=False)
    if counted >= 3 and curves.representative is not None:
        axes.plot(PERCENT, curves.cycles[curves.representative], color=colour, linewidth=0.9, linestyle=":", zorder=3)
    if counted:
        axes.plot(PERCENT, curves.mean, color=colour, linestyle=line, linewidth=2.0, zorder=4)


def draw_foot_off(axes: Axes, analysis: GaitAnalysis, side: Side) -> None:
    """A line where the foot leaves the floor, mean of the counted cycles, shaded by their SD."""
    moments = foot_offs_pct(analysis, side)
    if not len(moments):
        return
    colour = style.SIDE_COLOUR[side]
    middle = float(np.mean(moments))
    if len(moments) > 1:
        spread = float(np.std(moments, ddof=1))
        axes.axvspan(middle - spread, middle + spread, color=colour, alpha=0.13, linewidth=0, zorder=0)
    axes.axvline(middle, color=colour, linestyle=style.SIDE_LINE[side], linewidth=0.9, zorder=1)


def foot_offs_pct(analysis: GaitAnalysis, side: Side) -> np.ndarray:
    """Foot off of each counted cycle of a side, % of the cycle."""
    own = [cycle for cycle in analysis.cycles if cycle.side == side and cycle.counts]
    return np.array([cycle.percent(cycle.foot_off_s) for cycle in own if cycle.foot_off_s is not None], dtype=float)


def set_percent(panels: np.ndarray) -> None:
    """0 to 100 % on every panel (rows, columns); numbers and words under the lowest one drawn of each column."""
    for column in panels.T:
        drawn = [panel for panel in column if panel.axison]
        for panel in drawn:
            panel.set_xlim(0, 100)
            panel.set_xticks([0, 25, 50, 75, 100])
            panel.tick_params(labelbottom=panel is drawn[-1])
        for panel in drawn[-1:]:
            panel.set_xlabel("% of the gait cycle", fontsize=style.SMALL_PT, color=style.QUIET)


def why_absent(analysis: GaitAnalysis, name: str, block: str) -> str:
    """The refusal of a variable, of the group of angles it belongs to, or of its whole block."""
    missing = analysis.angles.missing if analysis.angles is not None else {}
    joint = name.partition("_")[0]
    for key in (name, f"{joint}_angles", joint):
        if key in missing:
            return missing[key]
    without = cycles_refusal(analysis) or NO_CYCLE if not analysis.cycles else "Not measured."
    return block_refusal(analysis, name, joint, block) or without


def cycles_refusal(analysis: GaitAnalysis) -> str:
    """Why there is no gait cycle, and so nothing that is given for one; empty where no such reason is known."""
    return block_refusal(analysis, "gait_cycles", "spatiotemporal", "gait_events", "events")


def block_refusal(analysis: GaitAnalysis, *blocks: str) -> str:
    """The reason of the first of these that the analysis refuses; empty where it refuses none."""
    reasons = {refusal.what: refusal.reason for refusal in analysis.refusals}
    return next((reasons[block] for block in blocks if block in reasons), "")


def say_why(axes: Axes, reason: str, *, width_in: float, most_lines: int = 6) -> None:
    """An empty panel with its reason, wrapped to the panel's own width."""
    style.say_nothing(axes, wrapped(reason, width_in, most_lines=most_lines, letter_in=0.082))


def wrapped(text: str, width_in: float, *, most_lines: int = 99, letter_in: float = LETTER_IN) -> str:
    """Text in lines of at most a width; what is too long ends in three dots."""
    width = max(int(width_in / letter_in), 12)
    return "\n".join(textwrap.wrap(text, width, max_lines=most_lines, placeholder=" ..."))


def cycle_words(analysis: GaitAnalysis, names: Iterable[str] = ()) -> str:
    """How many cycles of each side the means are of, and how many don't count and why.

    Where the named variables have fewer cycles than the walk (a foot beside the plates), it says "2 of 5".
    """
    return " ".join(_side_words(analysis, side, tuple(names)) for side in SIDES)


def band_words(bands: Iterable[AngleBand]) -> str:
    """Whose the grey bands are; empty without bands."""
    sources = merged_sources(band.source for band in bands)
    if not sources:
        return "No normal band is known for these curves."
    more = f" and {len(sources) - MOST_SOURCES} more" if len(sources) > MOST_SOURCES else ""
    return f"Grey: mean ± 1 SD of {'; '.join(sources[:MOST_SOURCES])}{more}."


def merged_sources(sources: Iterable[str]) -> list[str]:
    """Each source once; those that differ only in how many people they are of, together: "81 to 82 children ..."."""
    people: dict[str, list[int]] = {}
    for source in sources:
        number, _, rest = source.partition(" ")
        counted = number.isdecimal() and rest
        people.setdefault(rest if counted else source, []).extend([int(number)] if counted else [])
    return [_people_words(sorted(set(numbers)), rest) for rest, numbers in people.items()]


def _people_words(numbers: Sequence[int], rest: str) -> str:
    if not numbers:
        return rest
    return f"{numbers[0]} {rest}" if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]} {rest}"


def notes_height_in(paragraphs: Sequence[str], width_in: float, *, legend: bool = True) -> float:
    """What `draw_notes` needs, with its legend or without."""
    lines = sum(wrapped(words, width_in - NOTES_INDENT_IN).count("\n") + 1 for words in paragraphs if words)
    return 0.1 + LINE_IN * lines + (LEGEND_ROW_IN * _legend_rows(width_in) if legend else 0.0)


def draw_notes(
    axes: Axes, paragraphs: Sequence[str], width_in: float, *, curves: bool = True, handles: Sequence[Any] = ()
) -> None:
    """A legend (the curves', or these handles) above the words that say what is drawn; neither moves the panels."""
    axes.axis("off")
    text = "\n".join(wrapped(words, width_in - NOTES_INDENT_IN) for words in paragraphs if words)
    note = axes.text(0.0, 0.0, text, fontsize=style.SMALL_PT, color=style.QUIET, va="bottom", linespacing=1.25)
    note.set_in_layout(False)
    shown = handles or (_legend_handles() if curves else ())
    if shown:
        legend = axes.legend(
            handles=shown,
            loc="upper left",
            ncols=-(-len(shown) // _legend_rows(width_in)),
            frameon=False,
            fontsize=style.SMALL_PT,
            labelcolor=style.INK,
            borderaxespad=0.0,
            columnspacing=1.4,
            handlelength=2.0,
        )
        legend.set_in_layout(False)


def curve_grid(
    words: str, analysis: GaitAnalysis, rows: int, columns: int, notes: Sequence[str], width_in: float, row_in: float
) -> tuple[Figure, Any, Axes]:
    """A figure of rows by columns of panels under a heading, with room for its notes below.

    Returns the figure, the panels (rows, columns), and the notes' axes.
    """
    notes_in = notes_height_in(notes, width_in)
    figure = style.new_figure(width_in, 0.45 + rows * row_in + notes_in)
    style.heading(figure, words, analysis.origin)
    grid = figure.add_gridspec(rows + 1, columns, height_ratios=[row_in - TITLE_IN] * rows + [notes_in])
    panels = np.array([[figure.add_subplot(grid[r, c]) for c in range(columns)] for r in range(rows)])
    return figure, panels, figure.add_subplot(grid[rows, :])


def refused_figure(title: str, analysis: GaitAnalysis, reason: str, width_in: float) -> Figure:
    """A low figure for a block that has nothing to draw: its title and why."""
    figure = style.new_figure(width_in, 1.6)
    style.heading(figure, title, analysis.origin)
    say_why(figure.add_subplot(), reason, width_in=width_in - 0.4)
    return figure


def _side_words(analysis: GaitAnalysis, side: Side, names: Sequence[str]) -> str:
    own = [cycle for cycle in analysis.cycles if cycle.side == side]
    flags = Counter(cycle.flags[0].partition(":")[0] for cycle in own if cycle.flags)
    counted = sum(cycle.counts for cycle in own)
    drawn = [int(analysis.curves[name, side].counted.sum()) for name in names if (name, side) in analysis.curves]
    fewer = f"{max(drawn) or 'none'} of " if drawn and max(drawn) < counted else ""
    words = f"{side.capitalize()}: {fewer}{counted or 'no'} cycle{'s' * (counted != 1)}"
    if flags:
        words += f" ({flags.total()} left out: {', '.join(f'{why} {n}' for why, n in flags.items())})"
    return words + "."


def _scale(axes: Axes, variable: Variable, drawn: Sequence[CycleCurves], band: AngleBand | None) -> None:
    """The variable's usual range, wider where counted cycles or the band need it; a cycle left out may be cut off."""
    values = [curves.cycles[curves.counted] for curves in drawn if curves.counted.any()]
    values = [value for value in values if np.isfinite(value).any()] or [curves.cycles for curves in drawn]
    if band is not None:
        values += [band.mean - band.sd, band.mean + band.sd]
    seen = np.concatenate([value[np.isfinite(value)] for value in values])
    low, high = float(seen.min()), float(seen.max())
    margin = 0.04 * (variable.high - variable.low)
    axes.set_ylim(min(variable.low, low - margin), max(variable.high, high + margin))


def _legend_rows(width_in: float) -> int:
    return 1 if width_in >= 7.0 else 2


def _legend_handles() -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Line2D([], [], color=colour, linestyle=style.SIDE_LINE[side], linewidth=2.0, label=f"{side.capitalize()}, mean")
        for side, colour in style.SIDE_COLOUR.items()
    ]
    handles.append(Line2D([], [], color=style.INK, linewidth=0.9, linestyle=":", label="typical cycle"))
    handles.append(Line2D([], [], color=LEFT_OUT, linewidth=0.8, linestyle=":", label="left out"))
    handles.append(Patch(color=style.BAND, label="normal ± 1 SD"))
    return handles
