"""What a clinic reads off the floor's force under a walking foot: two peaks, the valley between, brake and push."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.norms import GRAVITY_M_S2
from ltme_clinic.types import GaitEvent, GroundReaction


@dataclass(frozen=True)
class ReactionFigures:
    """What a clinic reads off a foot's force, body weights; median over the stances, NaN without one."""

    first_peak_bw: float
    valley_bw: float
    second_peak_bw: float
    brake_bw: float
    """Largest backward force, negative."""
    push_bw: float
    """Largest forward force."""


def reaction_figures(
    reaction: GroundReaction,
    mass_kg: float,
    events: Sequence[GaitEvent],
    rate_hz: float,
    heading_rad: np.ndarray | float = 0.0,
) -> ReactionFigures:
    """Peaks and valley of the vertical force, brake and push, over all stances of both feet that are wholly inside.

    The mean curve of the stances is read, each from contact to foot off by time, as published peaks are of mean curves:
    the first peak before 45 % of the stance, the second after 55 %, the valley between them.

    Parameters
    ----------
    events
        Contacts and foot offs, times from the first sample.
    heading_rad
        Where the person faces, one number or (sample,).
    """
    share = np.linspace(0.0, 1.0, 101)
    turn = np.broadcast_to(heading_rad, reaction.force_n.shape[1])
    curves = []
    for side, name in enumerate(SIDES):
        force = reaction.force_n[side] / (mass_kg * GRAVITY_M_S2)
        ahead = force[:, 0] * np.cos(turn) + force[:, 1] * np.sin(turn)
        for start_s, stop_s in _stances_of(events, name):
            place = (start_s + share * (stop_s - start_s)) * rate_hz
            if place[0] >= 0.0 and place[-1] <= len(force) - 1:
                curves.append([np.interp(place, np.arange(len(force)), row) for row in (force[:, 2], ahead)])
    if not curves:
        return ReactionFigures(*5 * (float("nan"),))
    vertical, forward = np.mean(curves, axis=0)
    first, second = int(np.argmax(vertical[:45])), 55 + int(np.argmax(vertical[55:]))
    return ReactionFigures(
        float(vertical[first]),
        float(vertical[first : second + 1].min()),
        float(vertical[second]),
        float(forward.min()),
        float(forward.max()),
    )


def _stances_of(events: Sequence[GaitEvent], side: str) -> list[tuple[float, float]]:
    """Each contact of a foot with the foot off that follows it."""
    own = sorted((event for event in events if event.side == side), key=lambda event: event.time_s)
    return [(a.time_s, b.time_s) for a, b in pairwise(own) if (a.kind, b.kind) == ("initial_contact", "foot_off")]
