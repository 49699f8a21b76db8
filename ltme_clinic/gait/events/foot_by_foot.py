"""A rule asked of one foot after the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ltme_clinic.gait.events.detector import in_order, kinematic_events
from ltme_clinic.gait.events.foot_tracks import SIDES, FootTracks, foot_tracks
from ltme_clinic.gait.walker import Walker
from ltme_clinic.types import GaitEvent

CONFIDENCE, SUBSTITUTE_CONFIDENCE = 0.7, 0.4
"""In a published rule's events; the second where another marker stands in for the heel."""


def foot_by_foot(
    walker: Walker, name: str, frames_of: Callable[[FootTracks], tuple[np.ndarray, np.ndarray]]
) -> tuple[GaitEvent, ...]:
    """The events of both feet in order, as a rule finds them in one.

    Parameters
    ----------
    name : the detector's
    frames_of : a foot's tracks -> its contacts and its foot offs, frames and parts of one
    """
    events: list[GaitEvent] = []
    for side in SIDES:
        foot = foot_tracks(walker, side)
        if foot is None:
            continue
        confidence = SUBSTITUTE_CONFIDENCE if foot.stands_in else CONFIDENCE
        for kind, frames in zip(("initial_contact", "foot_off"), frames_of(foot), strict=True):
            events += kinematic_events(side, kind, frames / walker.rate_hz, walker.rate_hz, name, confidence)
    return in_order(events)
