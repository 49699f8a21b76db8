"""Curves for the tests of the indices: the controls' mean walk, moved by known amounts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ltme_clinic.body import ANGLES
from ltme_clinic.norms import published_controls
from ltme_clinic.types import PERCENT, CycleCurves, Side

FREE_SPEED = 0.43
TEN_YEARS = {"age_y": 10.0, "dimensionless_speed": FREE_SPEED}
FOOT_OFF = {"left": 59.0, "right": 59.0}


def on_101_points(curves_deg: np.ndarray) -> np.ndarray:
    """(..., 51) to (..., 101): the points between are linear, and every other point is the original's."""
    apply = np.vectorize(lambda row: np.interp(PERCENT, PERCENT[::2], row), signature="(n)->(m)")
    return apply(curves_deg)


def mean_walk(**offsets_deg: float) -> np.ndarray:
    """(9, 51): the controls' mean with some angles moved over the whole cycle."""
    moved = np.array(published_controls().mean_deg)
    for angle, offset in offsets_deg.items():
        moved[ANGLES.index(angle)] += offset
    return moved


def cycle_curves(angle: str, side: Side, cycles: np.ndarray, counted: np.ndarray | None = None) -> CycleCurves:
    """Curves of one angle from its cycles (cycle, 101)."""
    counted = np.ones(len(cycles), dtype=bool) if counted is None else counted
    return CycleCurves(
        name=angle,
        side=side,
        unit="deg",
        cycles=cycles,
        starts_s=tuple(float(number) for number in range(len(cycles))),
        counted=counted,
        mean=cycles[counted].mean(axis=0) if counted.any() else np.full(101, np.nan),
        sd=cycles[counted].std(axis=0) if counted.any() else np.full(101, np.nan),
    )


def walk(left: np.ndarray, right: np.ndarray) -> dict[tuple[str, Side], CycleCurves]:
    """A walk from the strides of each side: (stride, 9, 51), or (9, 51) for a single one."""
    sides: Mapping[Side, np.ndarray] = {"left": left, "right": right}
    return {
        (angle, side): cycle_curves(angle, side, on_101_points(strides.reshape(-1, 9, 51)[:, number]))
        for side, strides in sides.items()
        for number, angle in enumerate(ANGLES)
    }
