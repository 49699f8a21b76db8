"""All figures of one gait analysis by name, each drawn when it is called for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ltme_clinic.report.gait_emg import emg_figure
from ltme_clinic.report.gait_events import events_figure
from ltme_clinic.report.gait_kinematics import kinematics_figure
from ltme_clinic.report.gait_kinetics import kinetics_figure
from ltme_clinic.report.gait_map import map_figure
from ltme_clinic.report.gait_page import gait_page
from ltme_clinic.report.gait_spatiotemporal import spatiotemporal_figure
from ltme_clinic.report.gait_trunk_arms import trunk_arms_figure
from ltme_clinic.types import GaitAnalysis

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def gait_figures(analysis: GaitAnalysis, *, width_in: float = 9.0) -> dict[str, Callable[[], Figure]]:
    """Name of a block -> what draws it; a block without values draws its reason."""
    drawn = {
        "events": events_figure,
        "spatiotemporal": spatiotemporal_figure,
        "kinematics": kinematics_figure,
        "trunk_arms": trunk_arms_figure,
        "kinetics": kinetics_figure,
        "emg": emg_figure,
        "map": map_figure,
        "page": gait_page,
    }
    return {name: partial(draw, analysis, width_in=width_in) for name, draw in drawn.items()}
