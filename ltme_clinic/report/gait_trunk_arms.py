"""Trunk, shoulders and elbows over the gait cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltme_clinic.report.gait_kinematics import curves_figure
from ltme_clinic.types import GaitAnalysis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TRUNK = ("trunk_tilt", "trunk_obliquity", "trunk_rotation")


def trunk_arms_figure(analysis: GaitAnalysis, *, width_in: float = 9.0) -> Figure:
    """The trunk in three planes, below it whatever of shoulder and elbow was measured, in degrees.

    The cycles are those of the same side's foot: at the left foot's contact the left arm is behind.
    """
    frontal = next((name for name, _ in analysis.curves if name.startswith("shoulder_a")), "shoulder_abduction")
    layout = (TRUNK, ("shoulder_flexion", frontal, "shoulder_rotation"), ("elbow_flexion", "", ""))
    names = [name for row in layout for name in row if name]
    return curves_figure("Trunk and arms", analysis, layout, names, "kinematics", width_in)
