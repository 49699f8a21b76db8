"""Colours, sizes and the plain frame that every figure of the report shares.

Sizes are given to each artist rather than to matplotlib's global settings, which threads of one server would share.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from ltme_clinic.report.words import is_synthetic
from ltme_clinic.types import Origin, Side

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDE_COLOUR: dict[Side, str] = {"left": "#D55E00", "right": "#0072B2"}
"""Vermillion and blue: told apart by colour-blind eyes. Left and right are the patient's, and always labelled too."""
SIDE_LINE: dict[Side, str] = {"left": "-", "right": "--"}
MIDLINE = "#5F6B7A"
INK = "#1F2A37"
QUIET = "#5F6B7A"
HAIRLINE = "#D5DBE3"
BAND = "#E3E8EE"
REAL_CHANGE = "#7B3294"
EPISODE = "#CC79A7"

TITLE_PT = 12.0
TEXT_PT = 10.0
SMALL_PT = 9.0


def new_figure(width_in: float, height_in: float) -> Figure:
    """A figure that belongs to nobody else: no pyplot, so nothing is kept open between pages."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width_in, height_in), facecolor="white", layout="constrained")


def quiet_axes(axes: Axes, *, grid: str = "") -> None:
    """Take away what carries no information; `grid` is "x", "y" or "" for the light lines to keep."""
    for name in ("top", "right"):
        axes.spines[name].set_visible(False)
    for name in ("left", "bottom"):
        axes.spines[name].set_color(HAIRLINE)
    axes.tick_params(colors=QUIET, labelsize=SMALL_PT, length=3)
    if grid:
        axes.grid(axis=grid, color=HAIRLINE, linewidth=0.6)  # type: ignore[arg-type]
        axes.set_axisbelow(True)


def heading(figure: Figure, words: str, origin: Origin | None) -> None:
    """The figure's title at its left edge, with the origin said when no camera saw the movement."""
    mark = "   [synthetic]" if origin is not None and is_synthetic(origin) else ""
    figure.suptitle(words + mark, x=0.01, ha="left", fontsize=TITLE_PT, color=INK, fontweight="bold")


def say_nothing(axes: Axes, reason: str) -> None:
    """An empty panel that says why it is empty."""
    axes.axis("off")
    axes.text(
        0.5, 0.5, reason, transform=axes.transAxes, ha="center", va="center", fontsize=TEXT_PT, color=QUIET, wrap=True
    )


def figure_svg(figure: Figure) -> str:
    """The figure as SVG text with its letters as shapes: sharp at any size and in need of no font."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()
