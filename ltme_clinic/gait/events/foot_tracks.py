"""One foot's markers as every detector sees them: in the walker's own direction, over the ground, with what stands
in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np

from ltme_clinic.gait.walker import Walker
from ltme_clinic.kinematics.heading import turned
from ltme_clinic.kinematics.smoothing import butterworth_low_pass, runs
from ltme_clinic.types.recording import Side

SIDES: tuple[Side, ...] = get_args(Side)
MIN_SHARE = 0.5
"""A marker that is seen in under this share of the frames of the fullest candidate is not taken where another can
be."""
SHORTEST_RUN_S = 0.2
"""A marker seen for less than this says nothing about an event."""

_HEEL = ("heel", "ankle", "ankle_centre")
_TOE = ("toe", "metatarsal_1", "metatarsal_5")


@dataclass(frozen=True)
class FootTracks:
    """One foot. Bridged over 0.1 s, not filtered; NaN where longer hidden."""

    side: Side
    heel_m: np.ndarray  # (frame, 3) forward of the pelvis, left of it, and height above the laboratory's origin
    toe_m: np.ndarray  # (frame, 3) likewise
    heel_laboratory_m: np.ndarray  # (frame, 3)
    toe_laboratory_m: np.ndarray  # (frame, 3)
    heel_name: str
    """Which landmark stands for the heel: "heel", or what stands in for it."""
    toe_name: str
    """ "toe", what stands in for it, or "" where the forefoot is never seen."""

    @property
    def stands_in(self) -> bool:
        """Whether another marker stands for the heel or the toe, which costs accuracy."""
        return self.heel_name != "heel" or not self.toe_name

    @property
    def middle_m(self) -> np.ndarray:
        """(frame, 3) between heel and toe; the heel alone where the forefoot is never seen."""
        return (self.heel_m + self.toe_m) / 2 if self.toe_name else self.heel_m


def foot_tracks(walker: Walker, side: Side) -> FootTracks | None:
    """One foot's tracks in the heading frame; None where no marker of its rear is ever seen.

    The heel's place is taken by the ankle, the toe's by the metatarsal heads (their middle where both are seen).
    """
    heel_name, heel_m = _fullest(walker, side, _HEEL)
    if not heel_name:
        return None
    toe_name, toe_m = _fullest(walker, side, _TOE)
    if toe_name in ("metatarsal_1", "metatarsal_5"):
        both_m = (walker.slot(f"{side}_metatarsal_1") + walker.slot(f"{side}_metatarsal_5")) / 2
        if _share(both_m) >= MIN_SHARE * _share(toe_m):
            toe_name, toe_m = "metatarsals", both_m
    return FootTracks(side, walker.in_heading(heel_m), walker.in_heading(toe_m), heel_m, toe_m, heel_name, toe_name)


def velocity_over_ground(walker: Walker, laboratory_m: np.ndarray) -> np.ndarray:
    """Velocity (frame, 3) m/s of a laboratory track along the heading, to its left, and upwards.

    A treadmill's belt is added, so a foot that stands is at rest wherever the walker goes and however it turns.
    """
    if len(laboratory_m) < 2:
        return np.full(laboratory_m.shape, np.nan)
    velocity = np.gradient(walker.over_ground(laboratory_m), 1.0 / walker.rate_hz, axis=0)
    velocity[:, :2] = turned(velocity[:, :2], -walker.heading_rad)
    return velocity


def low_passed(track_m: np.ndarray, rate_hz: float, cutoff_hz: float) -> np.ndarray:
    """A (frame, 3) track low-passed without lag, each unbroken run by itself."""
    return low_passed_tracks(track_m[:, None], rate_hz, cutoff_hz)[:, 0]


def low_passed_tracks(tracks_m: np.ndarray, rate_hz: float, cutoff_hz: float) -> np.ndarray:
    """Several (frame, track, 3) at once; a slow camera lowers the cut-off to what its rate allows."""
    return butterworth_low_pass(tracks_m, rate_hz, cutoff_hz)


def long_runs(signal: np.ndarray, rate_hz: float) -> list[tuple[int, int]]:
    """Half-open runs of a (frame,) signal without NaN, those that are too short for an event left out."""
    shortest = max(4, round(SHORTEST_RUN_S * rate_hz))
    return [(start, stop) for start, stop in runs(~np.isnan(signal)) if stop - start >= shortest]


def _fullest(walker: Walker, side: Side, names: tuple[str, ...]) -> tuple[str, np.ndarray]:
    """The first of the landmarks that is seen in enough frames, with its name, "" if none ever is: (frame, 3)."""
    shares = {name: _share(walker.slot(f"{side}_{name}")) for name in names}
    most = max(shares.values())
    if most == 0:
        return "", np.full((walker.frames, 3), np.nan)
    name = next(name for name in names if shares[name] >= MIN_SHARE * most)
    return name, walker.slot(f"{side}_{name}")


def _share(track_m: np.ndarray) -> float:
    return float(np.isfinite(track_m[:, 0]).mean()) if len(track_m) else 0.0
