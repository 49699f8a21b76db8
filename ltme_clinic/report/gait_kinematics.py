"""The joint angles over the gait cycle, as gait laboratories lay them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltme_clinic.report import gait_panels
from ltme_clinic.report.gait_words import sentence
from ltme_clinic.types import GaitAnalysis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LAYOUT: tuple[tuple[str, str, str], ...] = (
    ("pelvic_tilt", "pelvic_obliquity", "pelvic_rotation"),
    ("hip_flexion", "hip_adduction", "hip_rotation"),
    ("knee_flexion", "knee_adduction", "knee_rotation"),
    ("ankle_dorsiflexion", "ankle_inversion", "foot_progression"),
)
"""Rows pelvis, hip, knee, ankle and foot; columns sagittal, coronal, transverse."""
ROW_IN = 1.75
FOOT_OFF_WORDS = "Vertical lines: foot off, mean ± SD."


def kinematics_figure(analysis: GaitAnalysis, *, width_in: float = 9.0) -> Figure:
    """Pelvis, hip, knee, ankle and foot in three planes, in degrees with the Conventional Gait Model's signs.

    Left is solid vermillion, right dashed blue; thin lines are cycles that count, thick ones their mean, dotted ones
    the typical cycle, dotted grey ones cycles left out. A panel without values says why.
    """
    names = [name for row in LAYOUT for name in row]
    return curves_figure("Joint angles", analysis, LAYOUT, names, "kinematics", width_in)


def curves_figure(
    title: str,
    analysis: GaitAnalysis,
    layout: tuple[tuple[str, ...], ...],
    names: list[str],
    block: str,
    width_in: float,
    extra_notes: tuple[str, ...] = (),
) -> Figure:
    """A grid of variables with its legend and notes; an empty name leaves its place blank."""
    if not gait_panels.has_cycles(analysis, names):
        return gait_panels.refused_figure(title, analysis, gait_panels.why_absent(analysis, "", block), width_in)
    bands = [analysis.bands[name] for name in names if name in analysis.bands]
    notes = (
        f"{gait_panels.cycle_words(analysis, names)} {FOOT_OFF_WORDS}",
        gait_panels.band_words(bands),
        *extra_notes,
        angle_warnings(analysis) if block == "kinematics" else "",
    )
    figure, panels, below = gait_panels.curve_grid(
        title, analysis, len(layout), len(layout[0]), notes, width_in, ROW_IN
    )
    panel_in = width_in / len(layout[0]) - 0.4
    for row, row_names in zip(panels, layout, strict=True):
        for panel, name in zip(row, row_names, strict=True):
            if name:
                gait_panels.draw_variable(panel, analysis, name, width_in=panel_in, block=block)
            else:
                panel.axis("off")
    gait_panels.set_percent(panels)
    gait_panels.draw_notes(below, notes, width_in)
    return figure


def angle_warnings(analysis: GaitAnalysis) -> str:
    """What was odd about the angles, so that no curve stands there without it."""
    warned = analysis.angles.warnings if analysis.angles is not None else ()
    return f"Warnings: {' '.join(sentence(warning) for warning in warned)}" if warned else ""
