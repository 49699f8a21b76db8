"""Muscles' EMG envelopes over the gait cycle, left beside right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ltme_clinic.report import gait_panels, style
from ltme_clinic.report.gait_panels import SIDES
from ltme_clinic.types import GaitAnalysis, MuscleActivity, Side

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_IN = 1.45
MOST_WARNING_LINES = 3
EMG_WORDS = (
    "Envelopes as shares of each mean's peak, bands as shares of their own: timing and shape can be compared, "
    "amplitude can't."
)
_PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.5}


def emg_figure(analysis: GaitAnalysis, *, width_in: float = 9.0) -> Figure:
    """One row a muscle, the left leg's channel left and the right leg's right; what can't be used says why."""
    rows = muscle_rows(analysis)
    notes = _notes(analysis)
    if not rows:
        reason = gait_panels.block_refusal(analysis, "emg") or "The recording holds no muscle activity."
        return gait_panels.refused_figure("Muscle activity (EMG)", analysis, reason, width_in)
    figure, panels, below = gait_panels.curve_grid(
        "Muscle activity (EMG)", analysis, len(rows), 2, notes, width_in, ROW_IN
    )
    panel_in = width_in / 2 - 0.6
    for row, (_, by_side) in zip(panels, rows, strict=True):
        for panel, side in zip(row, SIDES, strict=True):
            if side in by_side:
                _draw_muscle(panel, analysis, by_side[side], panel_in)
            else:
                panel.axis("off")
    gait_panels.set_percent(panels)
    gait_panels.draw_notes(below, notes, width_in)
    return figure


def muscle_rows(analysis: GaitAnalysis) -> list[tuple[str, dict[Side, MuscleActivity]]]:
    """Muscles in the file's order with the first channel of each side; those without a side are among the notes."""
    rows: dict[str, dict[Side, MuscleActivity]] = {}
    for activity in analysis.emg:
        if activity.side is not None:
            rows.setdefault(activity.muscle, {}).setdefault(activity.side, activity)
    return list(rows.items())


def shared_warnings(analysis: GaitAnalysis, side: Side) -> list[str]:
    """What is said of every drawn channel of a side, and so stands once among the notes."""
    drawn = [activity.warnings for activity in analysis.emg if activity.side == side and activity.curves is not None]
    return [warning for warning in drawn[0] if all(warning in others for others in drawn)] if len(drawn) > 1 else []


def _draw_muscle(axes: Axes, analysis: GaitAnalysis, activity: MuscleActivity, panel_in: float) -> None:
    title = f"{(activity.side or '').capitalize()} {activity.muscle}".strip()
    axes.set_title(title, loc="left", fontsize=style.TEXT_PT, color=style.INK)
    curves = activity.curves
    if curves is None:
        gait_panels.say_why(axes, " ".join(activity.warnings) or "Not measured.", width_in=panel_in, most_lines=4)
        return
    style.quiet_axes(axes)
    if activity.band is not None:
        gait_panels.draw_band(axes, activity.band)
    gait_panels.draw_foot_off(axes, analysis, curves.side)
    gait_panels.draw_cycles(axes, curves)
    highest = float(np.nanmax(curves.cycles[curves.counted])) if curves.counted.any() else 1.0
    top = min(max(1.3, 1.03 * highest), 3.0)
    own = [warning for warning in activity.warnings if warning not in shared_warnings(analysis, curves.side)]
    if own:
        words = gait_panels.wrapped("! " + "; ".join(own), panel_in, most_lines=MOST_WARNING_LINES)
        look: dict[str, Any] = {"fontsize": style.SMALL_PT, "color": style.REAL_CHANGE, "zorder": 6}
        axes.text(0.01, 1.0, words, transform=axes.transAxes, va="top", bbox=_PAPER, **look)
        top *= 1.25 + 0.25 * words.count("\n")
    axes.set_ylim(0.0, top)
    axes.set_yticks([0.0, 0.5, 1.0])
    axes.set_ylabel("of its peak", fontsize=style.SMALL_PT, color=style.QUIET)


def _notes(analysis: GaitAnalysis) -> tuple[str, ...]:
    sideless = [f"{a.muscle} ({'; '.join(a.warnings)})" for a in analysis.emg if a.side is None]
    bands = [activity.band for activity in analysis.emg if activity.band is not None]
    shared = {side: "; ".join(shared_warnings(analysis, side)) for side in SIDES}
    both = shared["left"] == shared["right"]
    said = [f"{'Every' if both else side.capitalize()} channel: {words}." for side, words in shared.items() if words]
    return (
        f"{gait_panels.cycle_words(analysis)} Vertical line: foot off, mean ± SD.",
        f"{EMG_WORDS} {gait_panels.band_words(bands) if bands else ''}".strip(),
        " ".join(dict.fromkeys(said)),
        f"Not drawn: {'; '.join(sideless)}." if sideless else "",
    )
