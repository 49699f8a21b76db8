"""The figures of one patient: trends, body parts, episodes, and the body itself. Nothing here knows Streamlit.

Each figure has a `draw_...` that fills given axes (the PDF page uses these) and a `..._figure` that makes its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ltme_clinic.body import BONES, SLOT_INDEX
from ltme_clinic.report import style, words
from ltme_clinic.types import (
    BodyPartContribution,
    EpisodeContribution,
    ExpectedVisit,
    MotionClip,
    Origin,
    Side,
    Trend,
    TrendPoint,
)
from ltme_clinic.types.clinical import REAL_STATES, TrendState

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_BARS = 8
SHORTEST_SPAN_DAYS = 30.0
SHORT_UNIT = 4
"""Letters of a unit that still fit behind a point's value; a longer one stands at the axis alone."""
_POINT_SHAPE: dict[TrendState, str] = {
    "no_baseline": "s",
    "within_error": "o",
    "real_change": "D",
    "clinically_important": "D",
    "not_assessable": "X",
}


def trend_figure(
    trend: Trend, *, origin: Origin | None = None, width_in: float = 7.0, height_in: float = 3.2
) -> Figure:
    """One metric over the visits, with the band that measurement error alone can fill; see `draw_trend`."""
    figure = style.new_figure(width_in, height_in)
    style.heading(figure, trend.title, origin)
    draw_trend(figure.add_subplot(), trend)
    if trend.mdc is not None and trend.points:
        figure.supxlabel(band_words(trend), x=0.01, ha="left", fontsize=style.SMALL_PT, color=style.QUIET)
    return figure


def draw_trend(axes: Axes, trend: Trend) -> None:
    """Values by date in the trend's unit; grey is baseline +/- the minimal detectable change (95 %).

    Squares are the baseline, circles lie within measurement error, diamonds are real changes, crosses can't be
    assessed: the state is never said by colour alone. An open bar is where the next visit is expected (95 %).
    """
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num

    if not trend.points:
        style.say_nothing(axes, trend.refusals[0] if trend.refusals else "No dated visit holds this value yet.")
        return
    style.quiet_axes(axes, grid="y")
    days = date2num([point.date for point in trend.points])
    values = [point.value for point in trend.points]
    baseline = baseline_value(trend.points)
    if baseline is not None and trend.mdc is not None:
        axes.axhspan(*error_band(trend, baseline), color=style.BAND, zorder=0)
    if baseline is not None:
        axes.axhline(baseline, color=style.QUIET, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.plot(days, values, color=style.QUIET, linewidth=1.2, zorder=2)
    for day, point in zip(days, trend.points, strict=True):
        _draw_point(axes, day, point)
    _label_last(axes, days[-1], trend)
    if trend.expected_next is not None:
        _draw_expected(axes, trend.expected_next)
    span_days = max(float(days[-1] - days[0]), SHORTEST_SPAN_DAYS)
    ahead_days = max(0.22 * span_days, 0.0 if trend.expected_next is None else _days_ahead(trend) + 0.05 * span_days)
    axes.set_xlim(days[0] - 0.06 * span_days, days[-1] + ahead_days)
    axes.margins(y=0.18)
    locator = AutoDateLocator(minticks=2, maxticks=6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    if span_days == SHORTEST_SPAN_DAYS and len(set(days)) == 1:
        axes.set_xticks([days[0]], [trend.points[0].date.isoformat()])
    axes.set_ylabel(words.AXIS_WORDS.get(trend.unit, trend.unit), fontsize=style.SMALL_PT, color=style.QUIET)


def band_words(trend: Trend) -> str:
    """What the grey band means, in the trend's unit."""
    if trend.mdc is None:
        return "How large a change must be to be real is not known here."
    grey = f"Grey: {words.error_words(trend)} can be measurement error alone (95 %)."
    return grey if trend.expected_next is None else f"{grey} Bar: next visit expected."


def error_band(trend: Trend, baseline: float) -> tuple[float, float]:
    """What measurement error alone can reach; not below zero for a value that starts at zero, such as a distance."""
    mdc = trend.mdc or 0.0
    return (baseline if baseline == 0.0 else baseline - mdc), baseline + mdc


def baseline_value(points: Sequence[TrendPoint]) -> float | None:
    """The value that changes are counted from; None for no points."""
    for point in points:
        if point.change is None:
            return point.value
    return points[0].value - points[0].change if points and points[0].change is not None else None


def _draw_point(axes: Axes, day: float, point: TrendPoint) -> None:
    is_baseline = point.change is None
    real = point.state in REAL_STATES
    axes.plot(
        [day],
        [point.value],
        marker="s" if is_baseline else _POINT_SHAPE[point.state],
        markersize=8,
        markeredgewidth=1.5,
        markeredgecolor=style.REAL_CHANGE if real else style.INK,
        markerfacecolor=style.REAL_CHANGE if real else (style.QUIET if is_baseline else "white"),
        linestyle="none",
        zorder=3,
    )


def _days_ahead(trend: Trend) -> float:
    assert trend.expected_next is not None
    return float((trend.expected_next.date - trend.points[-1].date).days)


def _draw_expected(axes: Axes, expected: ExpectedVisit) -> None:
    """Where the next visit is expected: its 95 % interval, open and grey, for nothing was measured there."""
    from matplotlib.dates import date2num

    axes.errorbar(
        [float(date2num(expected.date))],
        [expected.value],
        yerr=[[expected.value - expected.low], [expected.high - expected.value]],
        fmt="_",
        color=style.QUIET,
        markersize=9,
        elinewidth=1.2,
        capsize=4,
        zorder=2,
    )


def _label_last(axes: Axes, day: float, trend: Trend) -> None:
    last = trend.points[-1]
    label = words.with_unit(last.value, trend.unit)
    axes.annotate(
        label if len(words.UNIT_WORDS.get(trend.unit, trend.unit)) <= SHORT_UNIT else label.split()[0],
        (day, last.value),
        xytext=(9, 0),
        textcoords="offset points",
        va="center",
        fontsize=style.TEXT_PT,
        color=style.REAL_CHANGE if last.state in REAL_STATES else style.INK,
        fontweight="bold",
    )


def body_part_figure(
    parts: Sequence[BodyPartContribution], *, origin: Origin | None = None, width_in: float = 7.0
) -> Figure:
    """Where on the body and when in the step the visit differs most; see `draw_body_parts`."""
    shown = min(max(len(parts), 2), MOST_BARS)
    figure = style.new_figure(width_in, 1.3 + 0.36 * shown)
    style.heading(figure, "Largest joint differences from the reference", origin)
    draw_body_parts(figure.add_subplot(), parts)
    return figure


def draw_body_parts(axes: Axes, parts: Sequence[BodyPartContribution]) -> None:
    """Bars in degrees from the reference, the largest in standard deviations on top, left and right coloured.

    The differences in words stand in a column right of the axes, where no bar and no name can meet them.
    """
    if not parts:
        style.say_nothing(axes, "No body part stands out, or no score could be given.")
        return
    shown = sorted(parts, key=lambda part: -abs(part.z))[:MOST_BARS]
    style.quiet_axes(axes, grid="x")
    rows = np.arange(len(shown))
    degrees = [part.difference_deg for part in shown]
    axes.barh(rows, degrees, height=0.62, color=[style.SIDE_COLOUR[part.side] for part in shown])
    axes.axvline(0.0, color=style.INK, linewidth=0.9)
    axes.set_yticks(rows, [words.body_part_name(part) for part in shown], fontsize=style.TEXT_PT, color=style.INK)
    axes.set_ylim(max(len(shown), 4) - 0.4, -0.6)  # one bar alone is not a block
    for row, part in zip(rows, shown, strict=True):
        axes.annotate(
            f"{words.body_part_difference(part)} ({abs(part.z):.1f} SD)",
            (1.03, row),
            xycoords=("axes fraction", "data"),
            ha="left",
            va="center",
            fontsize=style.SMALL_PT,
            color=style.INK,
        )
    widest = 1.15 * max(*(abs(value) for value in degrees), 5.0)
    axes.set_xlim(-widest, widest)
    axes.set_xlabel("patient minus reference, degrees", fontsize=style.SMALL_PT, color=style.QUIET)
    _side_legend(axes, sorted({part.side for part in shown}))


def _side_legend(axes: Axes, sides: Sequence[Side]) -> None:
    from matplotlib.patches import Patch

    axes.legend(
        handles=[Patch(color=style.SIDE_COLOUR[side], label=side.capitalize()) for side in sides],
        loc="lower left",
        bbox_to_anchor=(1.01, 0.98),
        ncols=2,
        frameon=False,
        fontsize=style.SMALL_PT,
        labelcolor=style.INK,
        handlelength=1.2,
        borderaxespad=0.2,
    )


def episode_figure(
    episodes: Sequence[EpisodeContribution], duration_s: float, *, origin: Origin | None = None, width_in: float = 7.0
) -> Figure:
    """When in the recording the movement is unusual; see `draw_episodes`."""
    figure = style.new_figure(width_in, 1.5)
    style.heading(figure, "When in the recording", origin)
    draw_episodes(figure.add_subplot(), episodes, duration_s)
    return figure


_BESIDE_A_LINE: dict[str, Any] = {
    "textcoords": "offset points",
    "va": "center",
    "fontsize": style.SMALL_PT,
    "color": style.INK,
}


def draw_episodes(axes: Axes, episodes: Sequence[EpisodeContribution], duration_s: float) -> None:
    """The recording as a strip in seconds; the more a stretch stands out (in standard deviations), the darker.

    Where the walk changes and stays so, a line with an arrow stands.
    """
    if duration_s <= 0:
        style.say_nothing(axes, "The recording's length is unknown.")
        return
    style.quiet_axes(axes)
    axes.barh([0], [duration_s], height=0.8, color=style.BAND)
    for episode in episodes:
        if episode.is_lasting:
            axes.plot([episode.start_s] * 2, [-0.4, 0.4], color=style.INK, linewidth=1.6)
            axes.annotate("otherwise from here on", (episode.start_s, 0), (4, 0), **_BESIDE_A_LINE)
            continue
        strength = float(np.clip(abs(episode.z) / 6.0, 0.25, 1.0))
        axes.barh(
            [0],
            [episode.stop_s - episode.start_s],
            left=episode.start_s,
            height=0.8,
            color=style.EPISODE,
            alpha=strength,
        )
    if not episodes:
        axes.text(
            duration_s / 2,
            0,
            "nothing stands out",
            ha="center",
            va="center",
            fontsize=style.SMALL_PT,
            color=style.QUIET,
        )
    axes.set_xlim(0, duration_s)
    axes.set_ylim(-0.5, 0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(
        "seconds; darker differs more" if episodes else "seconds", fontsize=style.SMALL_PT, color=style.QUIET
    )


def stick_figure(
    clip: MotionClip, *, poses: int = 7, start_s: float = 0.0, stop_s: float | None = None, width_in: float = 7.0
) -> Figure:
    """The walker from the right-hand side at evenly spaced moments, left and right coloured.

    Frame of reference: the clip's heading frame (x forward), one pose beside the other.
    """
    figure = style.new_figure(width_in, 2.6)
    axes = figure.add_subplot()
    style.heading(figure, "The movement, seen from the right", clip.origin)
    last_s = (clip.frames - 1) / clip.rate_hz
    if clip.frames == 0:
        style.say_nothing(axes, "The recording holds no frames.")
        return figure
    times_s = np.linspace(start_s, last_s if stop_s is None else min(stop_s, last_s), poses)
    for place, time_s in enumerate(times_s):
        frame = int(np.clip(round(time_s * clip.rate_hz), 0, clip.frames - 1))
        draw_pose(axes, clip, frame, offset_m=0.8 * place)
        axes.text(
            0.8 * place, -0.12, f"{time_s:.2f} s", ha="center", va="top", fontsize=style.SMALL_PT, color=style.QUIET
        )
    axes.set_aspect("equal")
    axes.axhline(0, color=style.HAIRLINE, linewidth=1, zorder=0)
    axes.axis("off")
    axes.set_ylim(-0.3, None)
    return figure


def draw_pose(axes: Axes, clip: MotionClip, frame: int, *, offset_m: float = 0.0) -> None:
    """One pose in the sagittal plane, the side nearer to the viewer (the right) on top; missing points are left out."""
    for a, b in BONES:
        ends = [SLOT_INDEX[a], SLOT_INDEX[b]]
        if not clip.valid[frame, ends].all():
            continue
        x_m, z_m = clip.positions_m[frame, ends, 0] + offset_m, clip.positions_m[frame, ends, 2]
        side = next((side for side in style.SIDE_COLOUR if a.startswith(side) and b.startswith(side)), None)
        colour = style.SIDE_COLOUR[side] if side else style.MIDLINE
        axes.plot(x_m, z_m, color=colour, linewidth=2.0, solid_capstyle="round", zorder=3 if side == "right" else 2)
