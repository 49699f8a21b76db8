"""What one trial of a virtual patient is meant to be, as data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.kinematics import Skeleton
from ltme_clinic.virtual_lab.impairments import Deviation
from ltme_clinic.virtual_lab.patient import VirtualPatient

APPROACH_M, APPROACH_S = (0.004, 0.006), 0.005
"""A foot keeps this far from the floor until it lands, the further the faster: it travels too fast to touch before.
As far as the walk goes in that time, within limits; higher would bend the knee more than published."""


@dataclass(frozen=True, eq=False)
class WalkPlan:
    """One trial before it is walked."""

    patient: VirtualPatient
    visit: int
    skeleton: Skeleton
    """The patient's, standing on what is worn."""
    speed_m_s: float
    cadence_spm: float
    stance: tuple[float, float]
    """Share of the cycle each foot stands, left and right."""
    legs: np.ndarray
    """(2, 9, coefficient) Fourier coefficients of both sides' curves at their own phase, feet on the floor."""
    sway: np.ndarray
    """(coefficient, 3): the pelvis about its steady advance at the left phase, heading frame; z above the floor."""
    weight: np.ndarray
    """(coefficient, 3): how the centre of mass moves about its steady advance under the published push."""
    deviation: Deviation
    start_m: tuple[float, float]
    heading_rad: float
    curvature_per_m: float
    turn_rad: float
    """A turn in the middle of the path."""
    clearance_m: float
    """How high a swinging foot is lifted at least."""

    @property
    def approach_m(self) -> float:
        """How far from the floor a swinging foot stays until it lands."""
        return min(float(np.clip(APPROACH_S * self.speed_m_s, *APPROACH_M)), self.clearance_m)
