"""The strides that an index may be scored on: every one of the nine angles, whole, in the same stride."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS
from ltme_clinic.norms.deviation_scores import CURVE_SHAPE
from ltme_clinic.types import PERCENT, CycleCurves, Side

_START_DIGITS = 6
"""Two angles' rows are of one stride where their starts agree to a microsecond."""
_EVERY_OTHER = (len(PERCENT) - 1) // (CYCLE_POINTS - 1)


@dataclass(frozen=True)
class SideStrides:
    """One side's complete strides, or why there are none."""

    side: Side
    strides_deg: np.ndarray  # (stride, 9, 51) `body.ANGLES`, every 2 % of the cycle
    reason: str = ""
    """Fact and cure where `strides_deg` is empty."""

    @property
    def n(self) -> int:
        return len(self.strides_deg)

    @property
    def mean_deg(self) -> np.ndarray:
        """(9, 51); only where there are strides."""
        return self.strides_deg.mean(axis=0)


def side_strides(curves: Mapping[tuple[str, Side], CycleCurves], side: Side) -> SideStrides:
    """One side's counted strides in which all nine angles are known from 0 to 100 %."""
    nothing = np.empty((0, *CURVE_SHAPE))
    absent = [angle for angle in ANGLES if (angle, side) not in curves]
    if absent:
        reason = f"the {side} side has no {', '.join(absent)}: the markers don't carry the model"
        return SideStrides(side, nothing, reason)
    counted = {angle: _counted_rows(curves[angle, side], whole=False) for angle in ANGLES}
    if not any(counted.values()):
        return SideStrides(side, nothing, f"no {side} cycle counts: walk straight on for two contacts of each foot")
    whole = {angle: _counted_rows(curves[angle, side], whole=True) for angle in ANGLES}
    starts = sorted(set.intersection(*(set(rows) for rows in whole.values())))
    if not starts:
        worst = min(ANGLES, key=lambda angle: len(whole[angle]))
        reason = (
            f"no {side} cycle has all nine angles from contact to contact ({worst} in {len(whole[worst])} of "
            f"{len(counted[worst])}): fill the gaps or give another trial"
        )
        return SideStrides(side, nothing, reason)
    return SideStrides(side, np.stack([[whole[angle][start] for angle in ANGLES] for start in starts]))


def variable_strides(curves: CycleCurves) -> np.ndarray:
    """(stride, 51): the counted strides in which one angle is known from 0 to 100 %."""
    rows = list(_counted_rows(curves, whole=True).values())
    return np.stack(rows) if rows else np.empty((0, CYCLE_POINTS))


def _counted_rows(curves: CycleCurves, *, whole: bool) -> dict[float, np.ndarray]:
    """Start -> (51,) of the counted cycles; `whole`: only those without a gap."""
    every_other = np.asarray(curves.cycles, dtype=float)[:, ::_EVERY_OTHER]
    rows = zip(curves.starts_s, every_other, np.asarray(curves.counted, dtype=bool), strict=True)
    return {
        round(float(start), _START_DIGITS): row
        for start, row, counts in rows
        if counts and (not whole or np.isfinite(row).all())
    }
