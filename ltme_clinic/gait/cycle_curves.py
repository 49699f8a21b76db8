"""Curves over time to curves over the gait cycle: 101 points a stride, mean, SD, the outlying and the typical one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.types import PERCENT, CycleCurves, GaitCycle, LtmeError, Side

MIN_CYCLES_FOR_OUTLIERS = 5
"""With fewer there is no telling which of them is the odd one."""
OUTLIER_Z, OUTLIER_DEG = 5.0, 3.0
"""A cycle outlies by all variables together if its distance from the median stride is beyond this robust z and this
many degrees. Distances have a long upper tail, so the limit lies above the 3 that Sangeux and Polak take for depths.
Strides of one person differ by 1-2 deg."""
OUTLIER_Z_OF_ONE, OUTLIER_DEG_OF_ONE = 6.0, 5.0
"""And by one variable alone beyond these: there are a dozen and more of them, each with its chance to be odd."""
JUDGED = ("pelvi", "hip", "knee", "ankle", "foot")
"""How the names of the angles begin by which a stride is judged."""
STANCE_MARGIN_PCT = 3.0
"""A force that begins at contact and ends at foot off is unknown in the frames beside them."""
_MAD_TO_SD = 1.4826
_SMALLEST_SPREAD_DEG = 0.1
"""Strides that are copies of each other have no spread."""


def cycle_curves(
    values: Mapping[tuple[str, Side], np.ndarray],
    unit: str,
    cycles: Sequence[GaitCycle],
    rate_hz: float,
    *,
    stance_is_enough: bool = False,
) -> dict[tuple[str, Side], CycleCurves]:
    """Each variable over the cycles of its own side, 0 to 100 % in 101 points.

    Values between frames are those of a cubic through the four frames around (a straight line where one of the outer
    two is missing). A point whose neighbouring frame is missing is NaN, and a row with a NaN is not averaged. The
    representative stride is one for all the variables of a side that are given together.

    Parameters
    ----------
    values : (name, side) -> (frame,), all equally long, NaN where not measured
    unit : of all of them
    cycles : flagged ones get a row as well, which the mean leaves out
    rate_hz : frame 0 is at 0 s
    stance_is_enough : of what force plates tell, a row is averaged that is known from contact to foot off; the mean is
        NaN where a row that it is of is

    Raises
    ------
    LtmeError
        Variables of different length.
    """
    if len({len(track) for track in values.values()}) > 1:
        raise LtmeError("cycle curves", "the variables are not equally long", "Give one value a frame for each")
    rows: dict[tuple[str, Side], np.ndarray] = {}
    for side in SIDES:
        keys = [key for key in values if key[1] == side]
        own = [cycle for cycle in cycles if cycle.side == side]
        if keys:
            rows |= zip(keys, time_normalised(np.stack([values[key] for key in keys]), own, rate_hz), strict=True)
    return _summaries(
        {key: rows[key] for key in values}, {key: unit for key in values}, cycles, stance_is_enough=stance_is_enough
    )


def time_normalised(tracks: np.ndarray, cycles: Sequence[GaitCycle], rate_hz: float) -> np.ndarray:
    """(variable, frame) to (variable, cycle, 101), contact to contact, with contacts between frames."""
    if not cycles:
        return np.full((len(tracks), 0, len(PERCENT)), np.nan)
    start_s = np.array([cycle.start_s for cycle in cycles])[:, None]
    stop_s = np.array([cycle.stop_s for cycle in cycles])[:, None]
    return values_at(tracks, rate_hz * (start_s + (stop_s - start_s) * PERCENT / 100.0))


def values_at(tracks: np.ndarray, place: np.ndarray) -> np.ndarray:
    """(variable, frame) at places between frames (any shape), by the cubic through the four frames around (Lagrange).

    NaN beyond the first and last frame, beside a missing one and for a place that is NaN; on a frame, its own value,
    whatever lies beside.
    """
    frames = tracks.shape[1]
    nearest = np.rint(place)
    place = np.where(np.abs(place - nearest) < 1e-6, nearest, place)  # 0.1 s * 100 Hz is 10.000000000000002
    inside = (place >= 0) & (place <= frames - 1)  # a place that is NaN is not
    place = np.where(inside, place, 0.0)
    below = np.clip(np.floor(place), 0, max(frames - 2, 0)).astype(int)
    above = np.minimum(below + 1, frames - 1)
    share = place - below
    at_below, at_above = tracks[:, below], tracks[:, above]
    straight = at_below + share * (at_above - at_below)
    straight = np.where(share == 0.0, at_below, np.where(share == 1.0, at_above, straight))
    if frames >= 4:
        first = np.clip(below - 1, 0, frames - 4)
        cubic = sum(w * tracks[:, first + k] for k, w in enumerate(_lagrange(place - first)))
        straight = np.where(np.isfinite(cubic) & np.isfinite(straight), cubic, straight)
    return np.where(inside, straight, np.nan)


def _lagrange(at: np.ndarray) -> tuple[np.ndarray, ...]:
    """Weights of four frames 0 to 3 at a place between them."""
    a, b, c, d = at, at - 1.0, at - 2.0, at - 3.0
    return (-b * c * d / 6.0, a * c * d / 2.0, -a * b * d / 2.0, a * b * c / 6.0)


def _summaries(
    rows: Mapping[tuple[str, Side], np.ndarray],
    units: Mapping[tuple[str, Side], str],
    cycles: Sequence[GaitCycle],
    *,
    stance_is_enough: bool = False,
) -> dict[tuple[str, Side], CycleCurves]:
    """Rows (cycle, 101) of each variable with what is said of the counted ones."""
    found: dict[tuple[str, Side], CycleCurves] = {}
    for side in SIDES:
        keys = [key for key in rows if key[1] == side]
        own = [cycle for cycle in cycles if cycle.side == side]
        if not keys:
            continue
        stack = np.stack([rows[key] for key in keys])  # (variable, cycle, 101)
        needed = _stance(own) if stance_is_enough else np.ones((len(own), len(PERCENT)), dtype=bool)
        known = (np.isfinite(stack) | ~needed).all(axis=2)
        counted = np.array([cycle.counts for cycle in own], dtype=bool)[None] & known
        typical = representative_row(np.where(needed, stack, 0.0), counted)
        starts_s = tuple(cycle.start_s for cycle in own)
        for key, of_variable, of_mean in zip(keys, stack, counted, strict=True):
            found[key] = _summary(key, units[key], of_variable, starts_s, of_mean, typical)
    return {key: found[key] for key in rows}


def _stance(cycles: Sequence[GaitCycle]) -> np.ndarray:
    """(cycle, 101) points from just after contact to just before foot off, or to the end where that is unknown."""
    foot_off_pct = [cycle.percent(cycle.foot_off_s) for cycle in cycles]
    last = np.array([100.0 if pct is None else pct - STANCE_MARGIN_PCT for pct in foot_off_pct])
    return np.array((PERCENT[None] >= STANCE_MARGIN_PCT) & (PERCENT[None] <= last[:, None]))


def _summary(
    key: tuple[str, Side],
    unit: str,
    rows: np.ndarray,
    starts_s: tuple[float, ...],
    counted: np.ndarray,
    typical: int | None,
) -> CycleCurves:
    n = int(counted.sum())
    nothing = np.full(len(PERCENT), np.nan)
    return CycleCurves(
        name=key[0],
        side=key[1],
        unit=unit,
        cycles=rows,
        starts_s=starts_s,
        counted=counted,
        mean=rows[counted].mean(axis=0) if n else nothing,
        sd=rows[counted].std(axis=0, ddof=1) if n > 1 else nothing,
        representative=typical if typical is not None and counted[typical] else None,
    )


def representative_row(rows: np.ndarray, counted: np.ndarray) -> int | None:
    """The deepest stride: the row that lies nearest to the middle of all, over all points and variables.

    At each point a stride's depth is 1 / (1 + |x - median| / MAD); depths are averaged over points and variables
    (Sangeux and Polak 2015, Gait Posture 41:726). Of equals, the first; None where no stride counts.

    Parameters
    ----------
    rows : (variable, cycle, 101)
    counted : (variable, cycle) rows to choose among; a stride that lacks a variable others have comes last
    """
    used = counted.any(axis=0)
    variables = counted.any(axis=1)
    if not used.any():
        return None
    complete = counted[variables].sum(axis=0)
    candidates = np.flatnonzero(complete == complete.max())
    whole = counted[variables][:, candidates].all(axis=1)
    if not whole.any():
        return int(candidates[0])
    curves = rows[variables][whole][:, candidates]
    away = np.abs(curves - np.median(curves, axis=1, keepdims=True))
    # Points at which strides cross have no spread of their own: a thousandth of the variable's range stands in.
    least = 1e-3 * np.ptp(curves, axis=(1, 2))[:, None, None] + 1e-12
    depth = 1.0 / (1.0 + away / np.maximum(np.median(away, axis=1, keepdims=True), least))
    return int(candidates[np.argmax(np.round(depth.mean(axis=(0, 2)), 12))])


def with_outliers_flagged(
    cycles: Sequence[GaitCycle], curves: Mapping[tuple[str, Side], CycleCurves]
) -> tuple[tuple[GaitCycle, ...], dict[tuple[str, Side], CycleCurves]]:
    """The cycles, outlying ones flagged with the variable that does most, and the curves averaged without them.

    A stride's distance is the root mean square from its side's pointwise median. It outlies by all angles of pelvis and
    legs together, as a stumble does, or by one, as a marker that slips does, where the distance is far from those of
    the other strides (robust z by median and MAD, after Sangeux and Polak 2015) and large in degrees. Deviation from
    the paper: distances instead of depths decide, for a depth says nothing of how many degrees. A side with under
    `MIN_CYCLES_FOR_OUTLIERS` counted cycles keeps them all.

    Parameters
    ----------
    curves : as `cycle_curves` gave them for these cycles; an arm that waves makes no odd stride, so it is not looked at
    """
    judged = [curve for curve in curves.values() if curve.unit == "deg" and curve.name.startswith(JUDGED)]
    reasons: dict[tuple[str, float], str] = {}
    for side in SIDES:
        found = _outliers([curve for curve in judged if curve.side == side])
        reasons |= {(side, start_s): why for start_s, why in found.items()}
    if not reasons:
        return tuple(cycles), dict(curves)
    flagged = tuple(
        replace(cycle, flags=(*cycle.flags, reasons[cycle.side, cycle.start_s]))
        if (cycle.side, cycle.start_s) in reasons
        else cycle
        for cycle in cycles
    )
    rows, units = ({key: getattr(curve, field) for key, curve in curves.items()} for field in ("cycles", "unit"))
    return flagged, _summaries(rows, units, flagged)


def _outliers(curves: Sequence[CycleCurves]) -> dict[float, str]:
    """Start of the cycle -> why, for one side's outlying cycles."""
    complete = [curve for curve in curves if curve.counted.any()]
    if not complete:
        return {}
    used = np.flatnonzero(np.any([curve.counted for curve in complete], axis=0))
    if len(used) < MIN_CYCLES_FOR_OUTLIERS:
        return {}
    rows = np.stack([np.where(curve.counted[:, None], curve.cycles, np.nan)[used] for curve in complete])
    away_deg = np.sqrt(np.mean((rows - np.nanmedian(rows, axis=1, keepdims=True)) ** 2, axis=2))  # (variable, cycle)
    distances_deg = np.vstack([np.sqrt(np.nanmean(away_deg**2, axis=0)), away_deg])  # all together, then each
    least_z = np.where(np.arange(len(distances_deg)) == 0, OUTLIER_Z, OUTLIER_Z_OF_ONE)[:, None]
    least_deg = np.where(np.arange(len(distances_deg)) == 0, OUTLIER_DEG, OUTLIER_DEG_OF_ONE)[:, None]
    odd = ((_robust_z(distances_deg) > least_z) & (distances_deg > least_deg)).any(axis=0)
    usual_deg = np.nanmedian(away_deg, axis=1)
    found = {}
    for index in np.flatnonzero(odd).tolist():
        worst = int(np.nanargmax(away_deg[:, index] / np.maximum(usual_deg, 0.5)))
        text = f"outlier: {complete[worst].name} {away_deg[worst, index]:.0f} deg from the median stride"
        found[complete[worst].starts_s[used[index]]] = text
    return found


def _robust_z(distances: np.ndarray) -> np.ndarray:
    """(variable, cycle) how far each distance lies above its row's median, in MADs turned into SDs."""
    above = distances - np.nanmedian(distances, axis=1, keepdims=True)
    spread = _MAD_TO_SD * np.nanmedian(np.abs(above), axis=1, keepdims=True)
    return above / np.maximum(spread, _SMALLEST_SPREAD_DEG)
