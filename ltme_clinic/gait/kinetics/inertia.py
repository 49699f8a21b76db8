"""Mass, centre of mass and radii of gyration of the leg's segments, after de Leva 1996."""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "de Leva 1996 (J Biomech 29: 1223), mean of men's and women's"


@dataclass(frozen=True)
class SegmentInertia:
    """One segment's share of the body and where its mass lies."""

    mass_share: float
    """Of body mass."""
    centre_share: float
    """Centre of mass, from the proximal joint to the distal one (foot: from heel to toe tip), share of that length."""
    radius_shares: tuple[float, float, float]
    """Radii of gyration about the segment's forward, left and up axes through its centre of mass, shares of the same
    length. A thigh's and shank's long axis is up, a foot's is forward."""


MEN = {
    "thigh": SegmentInertia(0.1416, 0.4095, (0.329, 0.329, 0.149)),
    "shank": SegmentInertia(0.0433, 0.4395, (0.251, 0.246, 0.102)),
    "foot": SegmentInertia(0.0137, 0.4415, (0.124, 0.245, 0.257)),
}
"""Table 4; the shank from knee to ankle joint centre, not to the malleolus."""
WOMEN = {
    "thigh": SegmentInertia(0.1478, 0.3612, (0.369, 0.364, 0.162)),
    "shank": SegmentInertia(0.0481, 0.4352, (0.267, 0.263, 0.092)),
    "foot": SegmentInertia(0.0129, 0.4014, (0.139, 0.279, 0.299)),
}


def _mean(one: SegmentInertia, other: SegmentInertia) -> SegmentInertia:
    first, second, third = ((a + b) / 2 for a, b in zip(one.radius_shares, other.radius_shares, strict=True))
    return SegmentInertia(
        (one.mass_share + other.mass_share) / 2, (one.centre_share + other.centre_share) / 2, (first, second, third)
    )


LEG = {name: _mean(MEN[name], WOMEN[name]) for name in MEN}
"""What is used: recordings don't say the sex. Measured on young adults; for children it is the usual approximation."""
