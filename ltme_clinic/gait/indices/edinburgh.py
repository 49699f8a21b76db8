"""The items of the Edinburgh Visual Gait Score that kinematics can answer, one by one; never a partial total.

Read et al. 2003, J Pediatr Orthop 23:296-301: 17 items a limb, each 0 within 1.5 SD of normal, 1 to 4.5 SD, 2 beyond.

Deviation from the paper: an observer reads an item off a video against ranges in degrees that the sheet prints; here
the same boundaries in SD are taken from children who walk at the patient's own speed (`norms/tables/evgs_items.csv`).
Windows: late stance is stance after its first fifth, mid-stance from its first fifth to its half, terminal swing the
last third of swing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ltme_clinic.norms import angle_band, child_parameter, published_controls
from ltme_clinic.norms import foot_off_pct as typical_foot_off_pct
from ltme_clinic.norms.table_files import read_rows
from ltme_clinic.types import PERCENT, CycleCurves, GaitFigure, LtmeError, Refusal, Side

MODERATE_SD, MARKED_SD = 1.5, 4.5
EARLIEST_FOOT_OFF_PCT, LATEST_FOOT_OFF_PCT = 35.0, 95.0
"""A foot off outside of this is an event gone wrong: 56 % in very fast children, over 80 % in the slowest patients."""
_EXTREMES: dict[str, Callable[..., Any]] = {"max": np.max, "min": np.min, "mean": np.mean}


@dataclass(frozen=True)
class EdinburghItem:
    """One of the 17 items."""

    number: int
    name: str
    angle: str
    """One of `body.ANGLES`; empty where kinematics can't answer."""
    window: str
    extreme: str
    """ "max", "min" or "mean" over the window."""
    parameter: str
    """The published parameter that is its reference; empty: the item read off the speed-matched band."""
    offset_deg: float
    sd_ratio: float
    why_not: str

    @property
    def figure_name(self) -> str:
        return f"evgs_{self.number:02d}_{self.name}"


@cache
def all_items() -> tuple[EdinburghItem, ...]:
    """The 17 items, in the score's order."""
    return tuple(
        EdinburghItem(
            number=int(row["item"]),
            name=row["name"],
            angle=row["angle"],
            window=row["window"],
            extreme=row["extreme"],
            parameter=row["parameter"],
            offset_deg=float(row["offset_deg"] or 0.0),
            sd_ratio=float(row["sd_ratio"] or 1.0),
            why_not=row["why_not"],
        )
        for row in read_rows("evgs_items")
    )


def edinburgh_items(
    curves: Mapping[tuple[str, Side], CycleCurves],
    *,
    age_y: float | None,
    dimensionless_speed: float | None,
    foot_off_pct: Mapping[Side, float],
) -> tuple[tuple[GaitFigure, ...], tuple[Refusal, ...]]:
    """Items 0, 1 or 2 of both sides, with the angle behind each in the note; and what can't be scored.

    Parameters
    ----------
    curves
        Angles over the cycle in degrees, `body.ANGLES`; missing ones leave their items out, with a refusal.
    foot_off_pct
        When each foot leaves the floor, % of its own cycle; a side without is refused.

    Returns
    -------
    tuple
        Figures named "evgs_11_peak_knee_flexion_in_swing", and refusals. There is no total: eight items need video.
    """
    refusals = [Refusal("evgs_total", _why_no_total())]
    problem = _reference_problem(age_y, dimensionless_speed)
    if problem or dimensionless_speed is None:
        return (), (*refusals, Refusal("evgs", problem))
    figures: list[GaitFigure] = []
    for side in ("left", "right"):
        foot_off = foot_off_pct.get(side)
        if foot_off is None or not EARLIEST_FOOT_OFF_PCT <= foot_off <= LATEST_FOOT_OFF_PCT:
            said = "not known" if foot_off is None else f"at {foot_off:.0f} % of the cycle"
            refusals.append(
                Refusal("evgs", f"the {side} foot off is {said}, so that stance and swing can't be told apart")
            )
            continue
        side_figures, missing = _side_items(curves, side, foot_off, dimensionless_speed)
        figures += side_figures
        if missing:
            refusals.append(
                Refusal("evgs", f"the {side} side has no complete {', '.join(missing)}: its items are left out")
            )
    return tuple(figures), tuple(refusals)


def item_score(value_deg: float, mean_deg: float, sd_deg: float) -> int:
    """0 within 1.5 SD of the mean, 1 up to 4.5 SD, 2 beyond."""
    z = abs(value_deg - mean_deg) / sd_deg
    return 0 if z < MODERATE_SD else 1 if z <= MARKED_SD else 2


def item_value_deg(item: EdinburghItem, cycles: np.ndarray, foot_off_pct: float) -> np.ndarray:
    """The angle that an item judges, (...) degrees, of curves (..., 101)."""
    return _EXTREMES[item.extreme](cycles[..., _inside(item.window, foot_off_pct)], axis=-1)


def item_reference(item: EdinburghItem, dimensionless_speed: float) -> tuple[float, float, str]:
    """Mean and SD of an item among single sides of children at a speed, degrees, and who they are.

    Raises
    ------
    LtmeError
        For a speed outside the reference.
    """
    if item.parameter:
        published = child_parameter(item.parameter, dimensionless_speed)
        mean, sd, source = published.mean, published.sd, published.source
    else:
        band = angle_band(item.angle, dimensionless_speed)
        inside = _inside(item.window, typical_foot_off_pct(dimensionless_speed))
        mean = float(_EXTREMES[item.extreme](band.mean[inside]))
        at = inside if item.extreme == "mean" else inside[[np.argmin(np.abs(band.mean[inside] - mean))]]
        sd, source = float(band.sd[at].mean()), band.source
    return mean + item.offset_deg, sd * item.sd_ratio, source


def _side_items(
    curves: Mapping[tuple[str, Side], CycleCurves], side: Side, foot_off_pct: float, speed: float
) -> tuple[list[GaitFigure], list[str]]:
    figures: list[GaitFigure] = []
    missing: dict[str, None] = {}
    for item in all_items():
        if not item.angle:
            continue
        cycles = _complete_cycles(curves.get((item.angle, side)))
        if not len(cycles):
            missing[item.angle] = None
            continue
        values = item_value_deg(item, cycles, foot_off_pct)
        mean, sd, source = item_reference(item, speed)
        value = float(values.mean())
        figures.append(
            GaitFigure(
                name=item.figure_name,
                unit="item score, 0 to 2",
                value=float(item_score(value, mean, sd)),
                side=side,
                n=len(cycles),
                reference=source,
                note=f"{value:.1f} deg against {mean:.1f} +/- {sd:.1f} (z {(value - mean) / sd:+.1f}); scored by SD, "
                "not by the sheet's degrees",
            )
        )
    return figures, list(missing)


def _complete_cycles(curves: CycleCurves | None) -> np.ndarray:
    """(cycle, 101) of the counted cycles without a gap."""
    if curves is None or not len(curves.cycles):
        return np.empty((0, len(PERCENT)))
    cycles = np.asarray(curves.cycles, dtype=float)
    return cycles[np.asarray(curves.counted, dtype=bool) & np.isfinite(cycles).all(axis=1)]


def _inside(window: str, foot_off_pct: float) -> np.ndarray:
    """Indices of the cycle's 101 points within a window."""
    swing = 100.0 - foot_off_pct
    first, last = {
        "stance": (0.0, foot_off_pct),
        "late stance": (0.2 * foot_off_pct, foot_off_pct),
        "mid-stance": (0.2 * foot_off_pct, 0.5 * foot_off_pct),
        "swing": (foot_off_pct, 100.0),
        "terminal swing": (100.0 - swing / 3.0, 100.0),
    }[window]
    return np.flatnonzero((first <= PERCENT) & (last >= PERCENT))


def _reference_problem(age_y: float | None, speed: float | None) -> str:
    """Why children at a known speed are no reference for this walk; empty where they are."""
    age = published_controls().age_problem(age_y)
    if age:
        return f"{age}: the items are scored against children"
    if speed is None:
        same = "the items are scored against children at the same speed"
        return f"no cycle counts, or no leg length: speed over leg length is not known, and {same}"
    try:
        angle_band("knee_flexion", speed)
    except LtmeError as error:
        return f"{error.fact}. {error.cure}"
    return ""


def _why_no_total() -> str:
    left_out = "; ".join(f"{item.number} {item.name}: {item.why_not}" for item in all_items() if item.why_not)
    answered = sum(not item.why_not for item in all_items())
    return f"joint angles answer {answered} of the 17 items, and a partial total is no score ({left_out})"
