"""Margin of stability: how far the moving body lies inside the edge of the landing foot."""

from __future__ import annotations

import numpy as np

from ltme_clinic.gait.cycle_curves import values_at
from ltme_clinic.gait.spatiotemporal.centre_of_mass import PELVIS_NOTE, centre_of_mass
from ltme_clinic.gait.spatiotemporal.distances import Steps
from ltme_clinic.gait.spatiotemporal.figures import Measure
from ltme_clinic.gait.spatiotemporal.footprints import Footprints
from ltme_clinic.gait.standing_feet import foot_at
from ltme_clinic.gait.walker import Walker
from ltme_clinic.norms.walking import GRAVITY_M_S2

_SLOPE_S = np.linspace(-0.05, 0.05, 11)
"""The velocity at contact is the slope of a line through this much time: camera noise of 0.5 mm leaves 5 mm/s, and a
velocity that swings twice a stride loses under 1 % of its swing."""
SIDE_EDGES = ("metatarsal_5", "ankle")
"""Markers at the outer edge of the foot, best first."""


def margins_of_stability(walker: Walker, steps: Steps, prints: Footprints) -> list[Measure]:
    """Sideways and forward margin at each initial contact (Hof, Gazendam and Sinke 2005, J Biomech 38:1).

    The extrapolated centre of mass is the centre of mass plus its velocity (over belt or ground) divided by
    sqrt(g / l); l is the distance from the landing foot's ankle to it. Sideways: from there to the outer edge of the
    landing foot; forward: to its toe marker. Positive where it lies inside. The note says which centre of mass it is;
    the forward margin is refused where only the pelvis's is known, which is off by as much as the margin is wide.
    """
    time_s, side = prints.time_s[steps.contact], steps.side
    forward, outward = prints.forward[steps.contact], prints.outward[steps.contact]
    body_m, body = centre_of_mass(walker)
    centre_m = walker.over_ground(body_m).T
    at_m = values_at(centre_m, time_s * walker.rate_hz).T  # (step, 3)
    around_m = values_at(centre_m, (time_s[:, None] + _SLOPE_S) * walker.rate_hz)  # (axis, step, time)
    velocity_m_s = (around_m @ _SLOPE_S / (_SLOPE_S @ _SLOPE_S)).T
    ankle_m = foot_at(walker, _first_seen(walker, ("ankle", "ankle_centre")) or "ankle", time_s, side)
    length_m = np.linalg.norm(at_m - ankle_m, axis=1)
    extrapolated_m = (at_m + velocity_m_s * np.sqrt(length_m / GRAVITY_M_S2)[:, None])[:, :2]
    edge = _first_seen(walker, SIDE_EDGES)
    edge_m = foot_at(walker, edge or "ankle", time_s, side)[:, :2]
    toe_m = foot_at(walker, "toe", time_s, side)[:, :2]
    if body == PELVIS_NOTE:
        toe_m = np.full_like(toe_m, np.nan)
    return [
        Measure(
            "margin_of_stability_ml_m",
            "m",
            np.sum((edge_m - extrapolated_m) * outward, axis=1),
            side,
            f"at initial contact, to the landing foot's {(edge or 'edge').replace('_', ' ')} marker; {body}",
            "it needs the ankle markers, which show the foot's outer edge",
        ),
        Measure(
            "margin_of_stability_ap_m",
            "m",
            np.sum((toe_m - extrapolated_m) * forward, axis=1),
            side,
            f"at initial contact, to the landing foot's toe marker, negative: beyond it; {body}",
            "it needs shoulder, knee, ankle and toe markers: a pelvis does not show how far forward the body is",
        ),
    ]


def _first_seen(walker: Walker, names: tuple[str, ...]) -> str | None:
    """The first landmark that both feet have."""
    return next((n for n in names if walker.has(f"left_{n}") and walker.has(f"right_{n}")), None)
