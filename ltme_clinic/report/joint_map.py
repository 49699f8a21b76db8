"""All of a finding's joints, sides and phases at once: where in the step the patient differs, and where not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltme_clinic.body import ANGLES, GAIT_PHASES, SIDES
from ltme_clinic.report import style
from ltme_clinic.types import BodyPartContribution, Finding
from ltme_clinic.types.clinical import UNUSUAL_P

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STRONGEST_Z = 4.0
"""Where colours end."""
PLAIN_Z = 1.0
"""Cells nearer than this carry no number: there is nothing to read."""
PHASE_WORDS = {
    "initial contact": "contact",
    "loading response": "loading",
    "mid-stance": "mid-\nstance",
    "terminal stance": "terminal\nstance",
    "pre-swing": "pre-\nswing",
    "initial swing": "initial\nswing",
    "mid-swing": "mid-\nswing",
    "terminal swing": "terminal\nswing",
}
JOINT_ANGLES_FROM = {
    "measured": "Joint angles by the gait model.",
    "decoded": "Joint angles as the embedding tells them: the markers give no gait model.",
}
COLOURS = ("#B35806", "#F7F7F7", "#542788")
"""Less than the reference, as the reference, more: told apart by colour-blind eyes, and signed in numbers as well."""


def joint_map_figure(finding: Finding, *, width_in: float = 9.0) -> Figure:
    """Left and right beside each other, variables by phases; says so where the finding holds no cells.

    Numbers are degrees from the reference at this speed; colours are standard deviations of healthy people; a frame is
    around what is more than the most different cell of 95 % of healthy people; a dot is on cells that differ so much
    from what all the others tell.
    """
    figure = style.new_figure(width_in, 4.7)
    style.heading(figure, "Every joint and phase against the reference, degrees", finding.recording_origin)
    shape = (len(SIDES), len(ANGLES), len(GAIT_PHASES))
    if len(finding.cells) != np.prod(shape):
        style.say_nothing(figure.add_subplot(), "This finding was made before joints and phases were kept.")
        return figure
    degrees = np.array([cell.difference_deg for cell in finding.cells]).reshape(shape)
    z = np.array([cell.z for cell in finding.cells]).reshape(shape)
    panels = figure.subplots(1, len(SIDES), sharey=True)
    for number, (axes, side) in enumerate(zip(panels, SIDES, strict=True)):
        _draw_side(axes, degrees[number], z[number], finding.limit_z)
        _dot(axes, [part for part in _beyond_the_rest(finding) if part.side == side])
        axes.set_title(side.capitalize(), fontsize=style.TEXT_PT, color=style.INK)
    framed = "" if finding.limit_z is None else "; framed: beyond what 95 % of healthy people show anywhere"
    words = f"{JOINT_ANGLES_FROM[finding.joint_angles]} Orange: less than the reference, violet: more{framed}."
    if _beyond_the_rest(finding):
        words += "\nDotted: what the rest of the body explains least, beyond what 95 % of healthy people show."
    if finding.limit_z is not None and np.any(np.abs(z) > finding.limit_z) and (finding.p_value or 0.0) > UNUSUAL_P:
        words += "\nFramed although the walk as a whole is not unusual: markers placed otherwise can do that."
    figure.supxlabel(words, x=0.01, ha="left", fontsize=style.SMALL_PT, color=style.QUIET)
    return figure


def _beyond_the_rest(finding: Finding) -> list[BodyPartContribution]:
    limit_z = finding.unexplained_limit_z
    return [part for part in finding.unexplained if limit_z is not None and abs(part.z) > limit_z]


def _dot(axes: Axes, parts: list[BodyPartContribution]) -> None:
    phases = list(GAIT_PHASES)
    columns = [phases.index(part.phase) + 0.36 for part in parts]
    rows = [ANGLES.index(part.variable) - 0.3 for part in parts]
    if parts:
        axes.scatter(columns, rows, s=22, color=style.INK, edgecolors="white", linewidths=0.8, zorder=3)


def _draw_side(axes: Axes, degrees: np.ndarray, z: np.ndarray, limit_z: float | None) -> None:
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    colours = LinearSegmentedColormap.from_list("less to more", COLOURS)
    axes.imshow(z, cmap=colours, vmin=-STRONGEST_Z, vmax=STRONGEST_Z, aspect="auto")
    for row, column in np.ndindex(z.shape):
        if abs(z[row, column]) >= PLAIN_Z:
            dark = abs(z[row, column]) > 0.6 * STRONGEST_Z
            axes.text(
                column,
                row,
                f"{degrees[row, column]:+.0f}",
                ha="center",
                va="center",
                fontsize=style.SMALL_PT,
                color="white" if dark else style.INK,
            )
        if limit_z is not None and abs(z[row, column]) > limit_z:
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=style.INK, linewidth=1.6))
    axes.set_xticks(range(len(GAIT_PHASES)), [PHASE_WORDS[phase] for phase in GAIT_PHASES], fontsize=7.0)
    axes.set_yticks(range(len(ANGLES)), [variable.replace("_", " ") for variable in ANGLES], fontsize=style.SMALL_PT)
    axes.tick_params(length=0, colors=style.INK)
    axes.spines[:].set_visible(False)
