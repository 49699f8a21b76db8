"""The floor's force on a walking body: as its centre of mass demands it, and as the virtual plates give it."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.norms import GRAVITY_M_S2
from studies.virtual_lab_realism.true_motion import TrueWalk

HALF = 0.5
VALLEY = (0.25, 0.75)
"""Part of single support in which the valley is looked for."""
SINGLE_POINTS = 51


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
    """RMS distance of the plates' total force from what the centre of mass demands, body weights; NaN without plates."""
    reaction = walk.motion.ground_reaction
    if reaction is None:
        return float("nan")
    total_bw = reaction.force_n.sum(axis=0) / (mass_kg * GRAVITY_M_S2)
    apart = total_bw - demanded_bw(walk.motion.centre_of_mass_m, walk.rate_hz)
    return float(np.sqrt(np.mean(np.sum(apart**2, axis=1))))


def landmarks_of_force(walk: TrueWalk, mass_kg: float) -> tuple[np.ndarray | None, dict[str, float]]:
    """Mean vertical force over single support (51,), and its first peak, valley and second peak: means over steps.

    In single support the whole force is one foot's, whatever is known of plates; both published peaks lie in it at
    all but the slowest speed, where the first comes while the other foot still pushes.
    """
    total_bw = _total_bw(walk, mass_kg)[:, 2]
    rows = []
    for start_s, stop_s in single_supports_s(walk):
        wanted = np.linspace(start_s, stop_s, SINGLE_POINTS) * walk.rate_hz
        rows.append(np.interp(wanted, np.arange(len(total_bw)), total_bw))
    if not rows:
        return None, dict.fromkeys(("first_peak", "valley", "second_peak"), float("nan"))
    steps = np.array(rows)
    return steps.mean(axis=0), peaks_and_valley(steps)


def peaks_and_valley(steps: np.ndarray) -> dict[str, float]:
    """First peak, valley and second peak of (step, point) forces over single support, each the mean over steps."""
    points = steps.shape[1]
    middle = int(HALF * points)
    first, last = (int(share * points) for share in VALLEY)
    return {
        "first_peak": float(steps[:, :middle].max(axis=1).mean()),
        "valley": float(steps[:, first : last + 1].min(axis=1).mean()),
        "second_peak": float(steps[:, middle:].max(axis=1).mean()),
    }


def single_supports_s(walk: TrueWalk) -> list[tuple[float, float]]:
    """From each foot off to the same foot's next contact, between which the other foot carries alone."""
    spans = []
    for side in SIDES:
        own = [event for event in walk.events if event.side == side]
        spans += [
            (off.time_s, contact.time_s)
            for off, contact in zip(own[:-1], own[1:], strict=True)
            if (off.kind, contact.kind) == ("foot_off", "initial_contact")
        ]
    return spans


def _total_bw(walk: TrueWalk, mass_kg: float) -> np.ndarray:
    """(frame, 3) total force: the plates' where there are some, else the demanded."""
    reaction = walk.motion.ground_reaction
    if reaction is None:
        return demanded_bw(walk.motion.centre_of_mass_m, walk.rate_hz)
    return reaction.force_n.sum(axis=0) / (mass_kg * GRAVITY_M_S2)
