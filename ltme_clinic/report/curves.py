"""Joint angles that the laboratory's own software stored in the file, drawn the way clinics lay them out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ltme_clinic.report import style
from ltme_clinic.types import GaitEvent, ModelOutput, Origin, Side

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SEGMENTS = ("pelvis", "hip", "knee", "ankle")
PLANES = ("sagittal", "coronal", "transverse")
PANEL_TITLES: dict[tuple[str, int], str] = {
    ("pelvis", 0): "Pelvic tilt",
    ("pelvis", 1): "Pelvic obliquity",
    ("pelvis", 2): "Pelvic rotation",
    ("hip", 0): "Hip flexion",
    ("hip", 1): "Hip adduction",
    ("hip", 2): "Hip rotation",
    ("knee", 0): "Knee flexion",
    ("knee", 1): "Knee varus/valgus",
    ("knee", 2): "Knee rotation",
    ("ankle", 0): "Ankle dorsiflexion",
    ("ankle", 1): "Foot, coronal",
    ("ankle", 2): "Foot, transverse",
}
CYCLE_PERCENT = np.linspace(0.0, 100.0, 101)
LONGEST_CYCLE_S = 4.0
SMALLEST_SPAN_DEG = 10.0
_NAME = re.compile(r"(?:.*:)?(?P<side>[LR])(?P<segment>Pelvis|Hip|Knee|Ankle)Angles?(?:_.*)?", re.IGNORECASE)

Band = tuple[np.ndarray, np.ndarray]
"""Lower and upper edge in degrees at 0, 1 ... 100 % of the cycle."""


def stored_angles(outputs: Iterable[ModelOutput]) -> dict[tuple[Side, str], np.ndarray]:
    """The (frame, 3) degrees of each side and segment among a file's model outputs, by their conventional names."""
    found: dict[tuple[Side, str], np.ndarray] = {}
    for output in outputs:
        match = _NAME.fullmatch(output.name.strip())
        if output.kind == "angle" and match:
            side: Side = "left" if match["side"].upper() == "L" else "right"
            found.setdefault((side, match["segment"].lower()), np.asarray(output.values, dtype=float))
    return found


def cut_cycles(values_deg: np.ndarray, contacts_s: Sequence[float], rate_hz: float) -> np.ndarray:
    """Cut a curve at one side's initial contacts: (cycle, 101) degrees; cycles with a gap or over 4 s are left out."""
    times_s = np.arange(len(values_deg)) / rate_hz
    cycles = []
    ordered = sorted(contacts_s)
    for start_s, stop_s in pairwise(ordered):
        inside = (times_s >= start_s) & (times_s <= stop_s)
        if stop_s - start_s > LONGEST_CYCLE_S or inside.sum() < 4 or not np.isfinite(values_deg[inside]).all():
            continue
        cycles.append(np.interp(start_s + CYCLE_PERCENT / 100 * (stop_s - start_s), times_s, values_deg))
    return np.array(cycles).reshape(-1, len(CYCLE_PERCENT))


def angle_figure(
    outputs: Iterable[ModelOutput],
    rate_hz: float,
    *,
    events: Sequence[GaitEvent] = (),
    bands: Mapping[tuple[str, int], Band] | None = None,
    origin: Origin | None = None,
    width_in: float = 9.0,
) -> Figure:
    """Rows pelvis, hip, knee, ankle by sagittal, coronal, transverse, in degrees with the file's own signs.

    Parameters
    ----------
    rate_hz : frames a second of the outputs
    events : initial contacts cut the curves into cycles (thin, their mean thick); without two a side, over seconds
    bands : grey bands by (segment, plane index); nothing is drawn in grey where none is given
    """
    angles = stored_angles(outputs)
    by_cycle = any(len(_contacts(events, side)) >= 2 for side in style.SIDE_COLOUR)
    figure = style.new_figure(width_in, 8.6)
    axes = figure.subplots(len(SEGMENTS), len(PLANES), sharex=True)
    for row, segment in enumerate(SEGMENTS):
        for plane in range(len(PLANES)):
            panel = axes[row][plane]
            style.quiet_axes(panel, grid="y")
            panel.set_title(PANEL_TITLES[segment, plane], loc="left", fontsize=style.TEXT_PT, color=style.INK)
            if bands and by_cycle and (segment, plane) in bands:
                panel.fill_between(CYCLE_PERCENT, *bands[segment, plane], color=style.BAND, linewidth=0)
            for side in style.SIDE_COLOUR:
                if (side, segment) in angles:
                    _draw_side(panel, angles[side, segment][:, plane], side, rate_hz, _contacts(events, side), by_cycle)
            _at_least(panel, SMALLEST_SPAN_DEG)
    for panel in axes[-1]:
        panel.set_xlabel("% of the gait cycle" if by_cycle else "seconds", fontsize=style.SMALL_PT, color=style.QUIET)
    for panel in axes[:, 0]:
        panel.set_ylabel("degrees", fontsize=style.SMALL_PT, color=style.QUIET)
    style.heading(figure, "Joint angles as the laboratory's software stored them", origin)
    _side_legend(figure)
    return figure


def _draw_side(
    panel: Axes, values_deg: np.ndarray, side: Side, rate_hz: float, contacts_s: Sequence[float], by_cycle: bool
) -> None:
    look: dict[str, Any] = {"color": style.SIDE_COLOUR[side], "linestyle": style.SIDE_LINE[side]}
    if not by_cycle:
        panel.plot(np.arange(len(values_deg)) / rate_hz, values_deg, linewidth=1.4, **look)
        return
    cycles = cut_cycles(values_deg, contacts_s, rate_hz)
    for cycle in cycles:
        panel.plot(CYCLE_PERCENT, cycle, linewidth=0.7, alpha=0.45, **look)
    if len(cycles):
        panel.plot(CYCLE_PERCENT, cycles.mean(axis=0), linewidth=2.2, **look)


def _at_least(panel: Axes, span_deg: float) -> None:
    """Widen a panel that would blow up what nobody can measure."""
    low, high = panel.get_ylim()
    missing = span_deg - (high - low)
    if missing > 0:
        panel.set_ylim(low - missing / 2, high + missing / 2)


def _contacts(events: Sequence[GaitEvent], side: Side) -> list[float]:
    return [event.time_s for event in events if event.side == side and event.kind == "initial_contact"]


def _side_legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=colour, linestyle=style.SIDE_LINE[side], linewidth=2.2, label=side.capitalize())
        for side, colour in style.SIDE_COLOUR.items()
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=2, frameon=False, fontsize=style.TEXT_PT)
