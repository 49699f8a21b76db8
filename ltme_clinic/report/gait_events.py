"""When each foot is on the floor, where every event came from, and which cycles were left out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ltme_clinic.report import gait_panels, style
from ltme_clinic.report.gait_panels import SIDES
from ltme_clinic.types import GaitAnalysis, GaitCycle, GaitEvent, Side
from ltme_clinic.types.recording import EventSource

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SECONDS_PER_INCH = 1.4
MOST_STRIPS = 20
STRIP_IN = 0.62
LEVEL: dict[Side, float] = {"left": 1.0, "right": 0.0}
SOURCE_MARK: dict[EventSource, str] = {"entered": "o", "force_plate": "s", "kinematic": "^"}
SOURCE_WORDS: dict[EventSource, str] = {
    "entered": "entered (file or clinician)",
    "force_plate": "force plate",
    "kinematic": "from the markers",
}
FAINTEST = 0.3


def events_figure(analysis: GaitAnalysis, *, width_in: float = 9.0) -> Figure:
    """Strips of time with each foot's contact as a bar, left above right; a long walk takes several strips.

    Marks are filled at contact and hollow at foot off, shaped by source, and the paler the less certain. Hatched
    stretches are turns, pale bars belong to cycles that don't count.
    """
    if not analysis.events:
        reason = gait_panels.block_refusal(analysis, "gait_events", "events") or gait_panels.cycles_refusal(analysis)
        return gait_panels.refused_figure("Gait events", analysis, reason or "No event was found.", width_in)
    count, strip_s = strips(analysis.duration_s, width_in)
    notes = _notes(analysis, count * strip_s)
    notes_in = gait_panels.notes_height_in(notes, width_in)
    figure = style.new_figure(width_in, 0.85 + count * (STRIP_IN + 0.22) + notes_in)
    style.heading(figure, "Gait events", analysis.origin)
    grid = figure.add_gridspec(count + 1, 1, height_ratios=[STRIP_IN] * count + [notes_in])
    for place in range(count):
        axes = figure.add_subplot(grid[place])
        draw_events(axes, analysis, place * strip_s, (place + 1) * strip_s)
        if place == count - 1:
            axes.set_xlabel("seconds", fontsize=style.SMALL_PT, color=style.QUIET)
    below = figure.add_subplot(grid[count])
    gait_panels.draw_notes(below, notes, width_in, handles=event_handles(analysis))
    return figure


def draw_events(axes: Axes, analysis: GaitAnalysis, start_s: float, stop_s: float) -> None:
    """Contacts, marks and turns between two times on given axes."""
    style.quiet_axes(axes)
    for cycle in analysis.cycles:
        if is_turn(cycle) and cycle.start_s < stop_s and cycle.stop_s > start_s:
            _shade_turn(axes, cycle)
    left_out = {(cycle.side, round(cycle.start_s, 4)) for cycle in analysis.cycles if cycle.flags}
    for side in SIDES:
        for on_s, off_s in contacts(analysis.events, side):
            if off_s < start_s or on_s > stop_s:
                continue
            alpha = 0.25 if (side, round(on_s, 4)) in left_out else 0.75
            axes.barh([LEVEL[side]], [off_s - on_s], left=on_s, height=0.4, color=style.SIDE_COLOUR[side], alpha=alpha)
    for event in analysis.events:
        if event.side is not None and event.kind != "other" and start_s <= event.time_s <= stop_s:
            _mark(axes, event, event.side)
    axes.set_xlim(start_s, stop_s)
    axes.set_ylim(-0.55, 1.55)
    axes.set_yticks([0, 1], ["Right", "Left"], fontsize=style.SMALL_PT, color=style.INK)


def strips(duration_s: float, width_in: float) -> tuple[int, float]:
    """How many strips of how many seconds a recording takes at a width; equally long ones."""
    count = max(int(-(-duration_s // (SECONDS_PER_INCH * width_in))), 1)
    return min(count, MOST_STRIPS), max(duration_s, 1.0) / count


def is_turn(cycle: GaitCycle) -> bool:
    """Whether a cycle is left out because the walker turns in it."""
    return any(flag.startswith("turning") for flag in cycle.flags)


def contacts(events: Sequence[GaitEvent], side: Side) -> list[tuple[float, float]]:
    """From each contact to the foot off that follows it; a contact whose foot off is not known has no bar."""
    own = sorted((e for e in events if e.side == side and e.kind != "other"), key=lambda event: event.time_s)
    return [
        (on.time_s, off.time_s) for on, off in pairwise(own) if on.kind == "initial_contact" and off.kind == "foot_off"
    ]


def event_handles(analysis: GaitAnalysis) -> list[Any]:
    """A legend of what this walk has: sides, the sources of its events, turns."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Patch(color=style.SIDE_COLOUR[side], alpha=0.75, label=f"{side.capitalize()} foot down") for side in SIDES
    ]
    sources = {event.source for event in analysis.events}
    for source, mark in SOURCE_MARK.items():
        if source in sources:
            look: dict[str, Any] = {"color": style.INK, "linestyle": "none", "markersize": 5}
            handles.append(Line2D([], [], marker=mark, label=SOURCE_WORDS[source], **look))
    if any(is_turn(cycle) for cycle in analysis.cycles):
        handles.append(
            Patch(facecolor=style.BAND, edgecolor=gait_panels.LEFT_OUT, hatch="////", linewidth=0, label="turning")
        )
    return handles


def _shade_turn(axes: Axes, cycle: GaitCycle) -> None:
    low = LEVEL[cycle.side] - 0.5
    axes.fill_between(
        [cycle.start_s, cycle.stop_s],
        low,
        low + 1.0,
        facecolor=style.BAND,
        edgecolor=gait_panels.LEFT_OUT,
        hatch="////",
        linewidth=0,
        zorder=0,
    )


def _mark(axes: Axes, event: GaitEvent, side: Side) -> None:
    colour = style.SIDE_COLOUR[side]
    axes.plot(
        [event.time_s],
        [LEVEL[side] + 0.33],
        marker=SOURCE_MARK[event.source],
        markersize=5,
        color=colour,
        markerfacecolor=colour if event.kind == "initial_contact" else "white",
        alpha=max(FAINTEST, min(event.confidence, 1.0)),
        linestyle="none",
        zorder=4,
    )


def _notes(analysis: GaitAnalysis, shown_s: float) -> tuple[str, ...]:
    cut = f"Only the first {shown_s:.0f} of {analysis.duration_s:.0f} seconds are drawn."
    return (
        "Filled marks are contacts, hollow ones foot offs; the paler, the less certain. Pale bars: cycles left out. "
        + gait_panels.cycle_words(analysis),
        f"Events: {analysis.event_method}." if analysis.event_method else "",
        cut if shown_s < analysis.duration_s - 0.01 else "",
    )
