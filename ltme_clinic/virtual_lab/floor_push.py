"""What the floor should do to a walking body over one cycle: the published ground reactions of both feet together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.norms import GRAVITY_M_S2, child_parameter, ground_reaction_curves, speed_limits
from ltme_clinic.virtual_lab.rhythm import warp_to_norm

LATERAL_SHARE, SPEED_OF_LATERAL = 0.0075, 0.43
"""Half the sideways excursion of the centre of mass as a share of the height, at that dimensionless speed: what the
sideways force in mid-stance (.033 body weights, 34 clean plate contacts of 12 walkers) makes of it. A slower walker
sways further, for each step lasts longer. The 4 cm from end to end that are quoted for adults would need twice that
force, and hip moments far beyond the published."""
LANDMARKS = {
    "first_peak": (0.05, 0.30, 1.0),
    "valley": (0.20, 0.42, -1.0),
    "second_peak": (0.35, 0.60, 1.0),
}
"""Shares of the cycle between which a foot's vertical force has each, and whether it is high or low."""
LANDMARK_WIDTH = 0.035
"""Standard deviation, as a share of the cycle, of what sharpens a landmark."""


@dataclass(frozen=True, eq=False)
class FloorPush:
    """Forces on the body less its weight, in body weights, heading frame (forward, left, up)."""

    force: np.ndarray  # (point, 3) evenly over the left cycle
    cycle_s: float

    def harmonics(self, count: int) -> np.ndarray:
        """(harmonic, 3) complex Fourier coefficients, 1 to `count` a stride; real part of a cosine."""
        return np.fft.rfft(self.force, axis=0)[1 : count + 1] * (2.0 / len(self.force))

    def weight_m(self, count: int, cycle_s: float) -> np.ndarray:
        """(1 + 2 count, 3) Fourier coefficients of how the centre of mass moves under the push, cosines and sines."""
        turns = 2.0 * np.pi * np.arange(1, count + 1)[:, None] / cycle_s
        moved = -GRAVITY_M_S2 * self.harmonics(count) / turns**2
        return np.concatenate([np.zeros((1, 3)), moved.real, -moved.imag])


def floor_push(
    dimensionless: float, height_m: float, cycle_s: float, stance: tuple[float, float], norm_stance: float, points: int
) -> FloorPush:
    """The push at a speed.

    Vertical and forward are the published curves of both feet, shifted by half a cycle; the mean is taken out, because
    a steady walk neither rises nor speeds up. Sideways is what a centre of mass needs that sways once a stride.
    """
    grid = np.arange(points) / points
    total = np.zeros((points, 3))
    vertical, forward = ground_reaction_curves(dimensionless)
    vertical = sharpened(vertical, dimensionless)
    percent = np.linspace(0.0, 1.0, len(vertical))
    for side, own_stance in enumerate(stance):
        share = warp_to_norm((grid + 0.5 * side) % 1.0, own_stance, norm_stance)
        total[:, 0] += np.interp(share, percent, forward)
        total[:, 2] += np.interp(share, percent, vertical)
    total[:, 2] /= total[:, 2].mean()
    total -= total.mean(axis=0)
    turn = 2.0 * np.pi / cycle_s
    sway_m = LATERAL_SHARE * height_m * (SPEED_OF_LATERAL / max(dimensionless, 0.15)) ** 0.5
    middle = 0.5 * stance[0]
    total[:, 1] = -sway_m * turn**2 / GRAVITY_M_S2 * np.cos(2.0 * np.pi * (grid - middle))
    return FloorPush(total, cycle_s)


def sharpened(vertical: np.ndarray, dimensionless: float) -> np.ndarray:
    """A mean curve of the vertical force with one person's peaks and valley.

    Persons' peaks come at different times, so that those of the mean curve are lower than their own, which are
    published beside it.
    """
    share = np.linspace(0.0, 1.0, len(vertical))
    speed, sharp = float(np.clip(dimensionless, *speed_limits())), vertical.copy()
    for name, (first, last, sign) in LANDMARKS.items():
        inside = np.where((share >= first) & (share <= last), sign * vertical, -np.inf)
        place = int(np.argmax(inside))
        short = child_parameter(f"ground_reaction_vertical_{name}_bw", speed).mean - vertical[place]
        sharp += short * np.exp(-0.5 * ((share - share[place]) / LANDMARK_WIDTH) ** 2)
    return sharp
