"""Where a foot is on the floor, as far as its markers tell: heel, forefoot, toe tip, and whether it stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.gait.walker import Walker
from ltme_clinic.types import Side

STILL_M_S = 0.4
"""A heel or forefoot slower than this (over the ground or the belt) stands; one in swing does 1 to 4 m/s."""
FLOOR_M = 0.12
"""A marker of a standing foot is less than this above the surface it stands on."""
_SPEED_OVER_S = 0.02
"""Speed is measured over so long (three frames at least): from frame to frame at 250 Hz, 1 mm of noise is .2 m/s."""
_TOES = 0.35
"""Toes reach beyond the second metatarsal head by this share of the flat foot's way from the heel to it."""
_HEEL_BEHIND_ANKLE = 0.4
"""Where no heel is marked: it lies behind the ankle by this share of the way from there to the forefoot."""


@dataclass(frozen=True)
class FootOutline:
    """One foot's line from heel to toe tip over time; laboratory frame, NaN where its markers are missing."""

    side: Side
    heel_m: np.ndarray  # (frame, 3)
    forefoot_m: np.ndarray  # (frame, 3) second metatarsal head
    tip_m: np.ndarray  # (frame, 3)
    heel_still: np.ndarray  # (frame,) bool
    forefoot_still: np.ndarray  # (frame,) bool
    length_m: float
    """Heel to toe tip along the floor."""

    @property
    def seen(self) -> np.ndarray:
        """(frame,) bool"""
        seen: np.ndarray = np.isfinite(self.tip_m[:, 0])
        return seen

    def place_of(self, points_m: np.ndarray, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far points (n, 3) lie from the foot's line along the floor, and where along it (0 heel, 1 tip)."""
        heel_m, tip_m = self.heel_m[frames, :2], self.tip_m[frames, :2]
        along_m = tip_m - heel_m
        length_m = np.maximum(np.linalg.norm(along_m, axis=1), 1e-6)
        reach_m = points_m[:, :2] - heel_m
        along = (reach_m * along_m).sum(axis=1) / length_m**2
        nearest_m = heel_m + np.clip(along, 0.0, 1.0)[:, None] * along_m
        return np.linalg.norm(points_m[:, :2] - nearest_m, axis=1), along


def foot_outline(walker: Walker, side: Side) -> FootOutline | None:
    """A foot's outline; None where fewer than two of its ends are ever seen together.

    The forefoot is the second metatarsal head, or the middle of the first and fifth; without a heel marker the heel is
    put behind the ankle.
    """
    forefoot_m = walker.slot(f"{side}_toe")
    if not walker.has(f"{side}_toe"):
        forefoot_m = (walker.slot(f"{side}_metatarsal_1") + walker.slot(f"{side}_metatarsal_5")) / 2
    heel_m = walker.slot(f"{side}_heel")
    if not walker.has(f"{side}_heel"):
        name = next((f"{side}_{part}" for part in ("ankle", "ankle_centre") if walker.has(f"{side}_{part}")), None)
        ankle_m = walker.slot(name or f"{side}_ankle")
        heel_m = ankle_m - _HEEL_BEHIND_ANKLE * (forefoot_m - ankle_m)
        heel_m[:, 2] = forefoot_m[:, 2]
    along_m = (forefoot_m - heel_m) * [1.0, 1.0, 0.0]
    lengths_m = np.linalg.norm(along_m, axis=1)
    if not np.isfinite(lengths_m).any():
        return None
    flat_m = float(np.nanpercentile(lengths_m, 90))
    tip_m = forefoot_m + _TOES * flat_m * along_m / np.maximum(lengths_m, 1e-6)[:, None]
    still = [_speed_m_s(walker, point_m) < STILL_M_S for point_m in (heel_m, forefoot_m)]
    return FootOutline(side, heel_m, forefoot_m, tip_m, still[0], still[1], (1.0 + _TOES) * flat_m)


def _speed_m_s(walker: Walker, point_m: np.ndarray) -> np.ndarray:
    """Speed over the ground or the belt, (frame,); infinite where it is not known."""
    if len(point_m) < 2:
        return np.full(len(point_m), np.inf)
    half = max(1, round(_SPEED_OVER_S / 2 * walker.rate_hz))
    place = np.arange(len(point_m))
    low, high = np.maximum(place - half, 0), np.minimum(place + half, len(point_m) - 1)
    velocity = (point_m[high] - point_m[low]) * (walker.rate_hz / (high - low))[:, None]
    if walker.belt_m_s is not None:
        velocity[:, :2] += walker.belt_m_s
    return np.nan_to_num(np.linalg.norm(velocity, axis=1), nan=np.inf)
