"""Force plates of the virtual laboratory: where they lie, and how a walk comes to cross them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import Skeleton
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab.footfalls import Steps

Targeting = Literal["clean", "as_it_falls"]

PLATE_LENGTH_M, PLATE_WIDTH_M, GAP_M = 0.508, 0.464, 0.01
"""A usual plate, its long side along the walkway, and the gap to the next."""
BELT_LENGTH_M, BELT_WIDTH_M = 1.75, 0.50
"""One belt of an instrumented treadmill."""
AIM_SD_M = np.array([0.03, 0.02])
"""How far off, along and across, a walker comes who was started so as to hit the plates."""
_Z_DOWN = np.diag([1.0, -1.0, -1.0])
"""How plates are mounted: x along the walkway, y to its right, z into the floor."""
QUADRANTS = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
"""Signs of a plate's own x and y at its corners 1 to 4, and of its sensors."""


@dataclass(frozen=True)
class PlatePlace:
    """One plate in a walkway that runs along x."""

    centre_m: tuple[float, float]
    length_m: float = PLATE_LENGTH_M
    width_m: float = PLATE_WIDTH_M


@dataclass(frozen=True)
class PlateLayout:
    """Plates of a laboratory; the walkway starts at `start_m` and runs along `heading_rad`."""

    places: tuple[PlatePlace, ...]
    start_m: tuple[float, float] = (0.0, 0.0)
    heading_rad: float = 0.0

    def corners_m(self) -> np.ndarray:
        """(plate, corner, 3) laboratory metres, corners as `ForcePlate` has them."""
        return np.stack([self._centre_m(place) + self._local_m(place) @ self._axes().T for place in self.places])

    def _axes(self) -> np.ndarray:
        cos, sin = np.cos(self.heading_rad), np.sin(self.heading_rad)
        return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]]) @ _Z_DOWN

    def _centre_m(self, place: PlatePlace) -> np.ndarray:
        along_m, left_m = place.centre_m
        cos, sin = np.cos(self.heading_rad), np.sin(self.heading_rad)
        x_m, y_m = self.start_m
        return np.array([x_m + along_m * cos - left_m * sin, y_m + along_m * sin + left_m * cos, 0.0])

    @staticmethod
    def _local_m(place: PlatePlace) -> np.ndarray:
        half_m = np.array([place.length_m, place.width_m]) / 2
        return np.column_stack([QUADRANTS * half_m, np.zeros(4)])


def plates_in_a_row(count: int = 2, *, stagger_m: float = 0.0) -> PlateLayout:
    """Plates one behind the other along a walkway, the first plate's near edge at its start.

    Parameters
    ----------
    stagger_m
        How far every other plate is set to the right, and the others to the left, half each.

    Raises
    ------
    LtmeError
        For a number of plates that no walkway has.
    """
    if not 2 <= count <= 8:
        raise LtmeError("force plates", f"{count} plates in a row", "Give 2 to 8")
    pitch_m = PLATE_LENGTH_M + GAP_M
    left_m = [0.5 * stagger_m, -0.5 * stagger_m]
    centres = [(PLATE_LENGTH_M / 2 + number * pitch_m, left_m[number % 2]) for number in range(count)]
    return PlateLayout(tuple(PlatePlace(centre) for centre in centres))


def split_belt() -> PlateLayout:
    """An instrumented treadmill: a left and a right belt, each a plate, the walker's place in their middle."""
    across_m = (BELT_WIDTH_M + GAP_M) / 2
    return PlateLayout(tuple(PlatePlace((0.0, left * across_m), BELT_LENGTH_M, BELT_WIDTH_M) for left in (1.0, -1.0)))


def under_the_walk(
    layout: PlateLayout,
    skeleton: Skeleton,
    steps: tuple[Steps, Steps],
    times_s: tuple[np.ndarray, np.ndarray],
    kept_s: tuple[float, float],
    heading_rad: float,
    rng: np.random.Generator,
    targeting: Targeting = "clean",
) -> PlateLayout:
    """The layout laid where this walk crosses it, as a walker is started so as to hit a laboratory's plates.

    "clean" has two consecutive footprints, about the middle of the recording, in the middle of the first two plates,
    but for an aiming error; where steps are long or short against the plates, a foot still reaches over an edge.
    "as_it_falls" has the plates anywhere under the walk's path.

    Parameters
    ----------
    steps, times_s
        Left and right footprints, and when each is landed on.
    kept_s
        First and last moment that the recording holds, on the clock of `times_s`.
    heading_rad
        Of the walk at its middle.
    rng
        For the aim; draws the same numbers for either targeting.

    Raises
    ------
    LtmeError
        The recording is too short for two footprints.
    """
    prints = sorted(
        (float(time_s), side, index)
        for side in range(len(SIDES))
        for index, time_s in enumerate(times_s[side])
        if kept_s[0] <= time_s <= kept_s[1]
    )
    if len(prints) < 3:
        raise LtmeError("force plates", f"{len(prints)} footprints in the recording", "Walk for 3 s or more")
    middle_s = 0.5 * (kept_s[0] + kept_s[1])
    first, second = min(pairwise(prints), key=lambda pair: abs(0.5 * (pair[0][0] + pair[1][0]) - middle_s))
    ahead = np.array([np.cos(heading_rad), np.sin(heading_rad)])
    left = np.array([-ahead[1], ahead[0]])
    middles_m = [_print_middle_m(skeleton, steps[side], index) for _, side, index in (first, second)]
    between_m = 0.5 * (middles_m[0] + middles_m[1])
    aim_m, anywhere = AIM_SD_M * np.clip(rng.standard_normal(2), -2.5, 2.5), float(rng.uniform(-0.5, 0.5))
    stride_m = 2.0 * float((middles_m[1] - middles_m[0]) @ ahead)
    off_m = aim_m if targeting == "clean" else np.array([anywhere * stride_m, aim_m[1]])
    seam_m = 0.5 * (np.array(layout.places[0].centre_m) + np.array(layout.places[1].centre_m))
    start_m = between_m + (off_m[0] - seam_m[0]) * ahead + (off_m[1] - seam_m[1]) * left
    return PlateLayout(layout.places, (float(start_m[0]), float(start_m[1])), heading_rad)


def _print_middle_m(skeleton: Skeleton, steps: Steps, index: int) -> np.ndarray:
    yaw_rad = steps.yaw_rad[index]
    middle_m: np.ndarray = steps.heel_m[index] + 0.5 * skeleton.foot_m * np.array([np.cos(yaw_rad), np.sin(yaw_rad)])
    return middle_m


def landing_times_s(steps: Sequence[Steps], phase: np.ndarray, time_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """When each of the left and right footprints is landed on, by the rhythm's phase (2, frame); NaN outside it."""
    left, right = (
        np.interp(own.cycles.astype(float), phase[side], time_s, left=np.nan, right=np.nan)
        for side, own in enumerate(steps)
    )
    return left, right


def under_the_walker(layout: PlateLayout, pelvis_m: np.ndarray, heading_rad: float) -> PlateLayout:
    """The layout laid about somebody who stays in one place, on a treadmill or standing; pelvis (frame, 3) metres."""
    x_m, y_m = pelvis_m[:, :2].mean(axis=0)
    return PlateLayout(layout.places, (float(x_m), float(y_m)), heading_rad)
