"""The joint angles of a walk over the cycle, and nothing else: what a finding's map of the body is made of."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS, SIDES
from ltme_clinic.gait.belt import with_measured_belt
from ltme_clinic.gait.cycle_curves import cycle_curves, with_outliers_flagged
from ltme_clinic.gait.cycles import gait_cycles
from ltme_clinic.gait.events import detect_events
from ltme_clinic.gait.joint_angles import joint_angles
from ltme_clinic.gait.movement import movement_of
from ltme_clinic.gait.plates.contacts import plate_contacts
from ltme_clinic.gait.settings import GaitSettings
from ltme_clinic.gait.travel import direction_of_travel
from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.cgm.model import MODEL
from ltme_clinic.types import PERCENT


def joint_curves_deg(walker: Walker) -> np.ndarray:
    """(side, variable, 51) degrees, `body.SIDES` x `body.ANGLES`, 0 to 100 % of the cycle; NaN where not measured.

    The steps of `analyse_gait` as far as the mean curves, without a static trial, under the usual settings. Another
    model's angles than the Conventional Gait Model's are not measured: they are not comparable.
    """
    settings = GaitSettings()
    movement = movement_of(walker)
    events = detect_events(walker, plate_contacts(walker), settings.event_method).events
    walker = with_measured_belt(walker, events)
    cycles = gait_cycles(walker, events, movement)
    angles = joint_angles(walker, None, settings, direction_of_travel(walker, cycles))
    result = np.full((len(SIDES), len(ANGLES), CYCLE_POINTS), np.nan)
    if angles.model != MODEL:
        return result
    tracks = {(name, side): track for (name, side), track in angles.values_deg.items() if name in ANGLES}
    _, curves = with_outliers_flagged(cycles, cycle_curves(tracks, "deg", cycles, walker.rate_hz))
    every = (len(PERCENT) - 1) // (CYCLE_POINTS - 1)
    for (name, side), curve in curves.items():
        result[SIDES.index(side), ANGLES.index(name)] = curve.mean[::every]
    return result
