"""The floor's force on a walking body: as its centre of mass demands it, and as the virtual plates give it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.norms import GRAVITY_M_S2
from studies.virtual_lab_realism.true_motion import TrueWalk

FIRST, BETWEEN, SECOND = (0.08, 0.45), (0.30, 0.70), (0.55, 0.95)
"""Parts of a stance in which first peak, valley and second peak of its vertical force lie, at every speed."""
STANCE_POINTS = 51
LANDMARKS = ("first_peak", "valley", "second_peak")


def demanded_bw(centre_of_mass_m: np.ndarray, rate_hz: float) -> np.ndarray:
    """(frame, 3) force in body weights that accelerates a centre of mass and carries it: a / g, and 1 upwards.

    Second central differences, the ends repeated; of a true motion, so nothing is smoothed.
    """
    inside = np.diff(centre_of_mass_m, n=2, axis=0) * rate_hz**2
    acceleration = np.concatenate([inside[:1], inside, inside[-1:]])
    return acceleration / GRAVITY_M_S2 + [0.0, 0.0, 1.0]


def body_weights(walk: TrueWalk, mass_kg: float) -> float:
    """Mean vertical force over whole strides, body weights: 1 for whoever neither rises nor sinks."""
    contacts = [event for event in walk.events if (event.side, event.kind) == ("left", "initial_contact")]
    if len(contacts) < 2:
        return float("nan")
    first, last = (round(event.time_s * walk.rate_hz) for event in (contacts[0], contacts[-1]))
    return float(_total_bw(walk, mass_kg)[first:last, 2].mean())


def force_disagreement(walk: TrueWalk, mass_kg: float) -> float:
    """RMS distance of the feet's total force from what the centre of mass demands, body weights; NaN without forces."""
    reaction = walk.motion.ground_reaction
    if reaction is None:
        return float("nan")
    total_bw = reaction.force_n.sum(axis=0) / (mass_kg * GRAVITY_M_S2)
    apart = total_bw - demanded_bw(walk.motion.centre_of_mass_m, walk.rate_hz)
    return float(np.sqrt(np.mean(np.sum(apart**2, axis=1))))


def landmarks_of_force(walk: TrueWalk, mass_kg: float) -> tuple[np.ndarray | None, dict[str, float]]:
    """Mean vertical force of a foot over its stance (51,), body weights, and the landmarks of that mean.

    Of a person's mean, for single stances' extremes would hold each one's unrest; and of single persons, as the
    published peaks are: those of the published mean curve are 2-4 % lower, since peaks come at different times.
    Without plates, the whole force that the centre of mass demands stands for the foot's: right in single support only.
    """
    steps = np.array([step for side in SIDES for step in _stances_bw(walk, mass_kg, side)])
    if not len(steps):
        return None, dict.fromkeys(LANDMARKS, float("nan"))
    return steps.mean(axis=0), peaks_and_valley(steps.mean(axis=0))


def peaks_and_valley(force_bw: np.ndarray) -> dict[str, float]:
    """First peak, valley and second peak of a vertical force over a stance, (point,)."""

    def part(shares: tuple[float, float]) -> np.ndarray:
        first, last = (round(share * (len(force_bw) - 1)) for share in shares)
        return force_bw[first : last + 1]

    return {
        "first_peak": float(part(FIRST).max()),
        "valley": float(part(BETWEEN).min()),
        "second_peak": float(part(SECOND).max()),
    }


def _stances_bw(walk: TrueWalk, mass_kg: float, side: str) -> list[np.ndarray]:
    """(51,) vertical force over each whole stance of a side."""
    reaction = walk.motion.ground_reaction
    if reaction is None:
        vertical_bw = _total_bw(walk, mass_kg)[:, 2]
    else:
        vertical_bw = reaction.force_n[SIDES.index(side), :, 2] / (mass_kg * GRAVITY_M_S2)
    own = [event for event in walk.events if event.side == side]
    spans = [
        (contact.time_s, off.time_s)
        for contact, off in pairwise(own)
        if (contact.kind, off.kind) == ("initial_contact", "foot_off")
    ]
    frames = np.arange(len(vertical_bw))
    return [
        np.interp(np.linspace(start_s, stop_s, STANCE_POINTS) * walk.rate_hz, frames, vertical_bw)
        for start_s, stop_s in spans
    ]


def _total_bw(walk: TrueWalk, mass_kg: float) -> np.ndarray:
    """(frame, 3) total force: the plates' where there are some, else the demanded."""
    reaction = walk.motion.ground_reaction
    if reaction is None:
        return demanded_bw(walk.motion.centre_of_mass_m, walk.rate_hz)
    return reaction.force_n.sum(axis=0) / (mass_kg * GRAVITY_M_S2)
