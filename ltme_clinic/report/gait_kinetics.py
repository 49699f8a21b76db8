"""Joint moments, joint powers and ground reaction over the gait cycle."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ltme_clinic.report.gait_kinematics import curves_figure
from ltme_clinic.report.gait_panels import SIDES
from ltme_clinic.types import GaitAnalysis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LAYOUT: tuple[tuple[str, str, str], ...] = (
    ("hip_extension_moment", "knee_extension_moment", "ankle_plantarflexion_moment"),
    ("hip_power", "knee_power", "ankle_power"),
    ("hip_abduction_moment", "knee_abduction_moment", ""),
    ("vertical_force", "anterior_force", ""),
)
"""Columns hip, knee, ankle; the ground reaction has no joint and stands below."""


def kinetics_figure(analysis: GaitAnalysis, *, width_in: float = 9.0) -> Figure:
    """Internal moments (Nm/kg), powers (W/kg; generation up) and ground reaction (body weights; push up).

    Only cycles whose foot was alone and wholly on a plate have kinetics; the notes count the contacts that had not.
    """
    names = [name for row in LAYOUT for name in row if name]
    return curves_figure(
        "Joint moments and powers", analysis, LAYOUT, names, "kinetics", width_in, (contact_words(analysis),)
    )


def contact_words(analysis: GaitAnalysis) -> str:
    """How many plate contacts are one foot's alone, and why the others are not; the moments' frame."""
    if analysis.kinetics is None:
        return ""
    contacts = analysis.kinetics.contacts
    clean = [f"{side} {sum(contact.clean for contact in contacts if contact.side == side)}" for side in SIDES]
    words = f"Moments: {analysis.kinetics.frame or 'internal; their axes are not stated'}. "
    words += f"Clean plate contacts: {', '.join(clean)}"
    others = Counter(contact.why_not or "not clean" for contact in contacts if not contact.clean)
    if others:
        words += f"; not clean: {', '.join(f'{why} {n}' for why, n in others.items())}"
    return words + "."
