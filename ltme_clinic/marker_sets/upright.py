"""Fitting the average body onto the markers of someone upright: its size, its heading, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

STATURES_M = tuple(float(h) for h in np.geomspace(0.8, 2.1, 14))
"""Sizes that are tried, from a child of two years to a very tall adult."""
HEADINGS = 36
"""Directions that are tried, every 10 degrees."""
_MOST_FRAMES = 200
_KEPT_FITS = 8
_VOLUME = 0.25
"""Cubic statures in which a marker that is on no slot may lie: half by half a stature, from floor to crown."""
_SETTLED_COST = 9.0
"""Squared deviations (of three axes) within which a marker counts as settled on its slot."""
_FLOOR_M = (-0.10, 0.35)
"""Height of the lowest marker over a floor at z = 0; elsewhere the floor is taken to lie just below it."""
_LOWEST_STATURES = 0.025


class NoBody(Exception):
    """The points do not lie as on an upright body."""


@dataclass(frozen=True)
class Fit:
    """The average body laid onto the markers."""

    stature_m: float
    heading_rad: float
    origin_m: np.ndarray  # (3,) of the body's own frame: on the floor under the pelvis
    cost: float
    """Twice the negative log-likelihood of all open markers."""
    settled: dict[int, np.ndarray] = field(default_factory=dict)
    """Slot -> (3,) in statures: markers that are known, or lie well on their slot."""

    def in_statures(self, points_m: np.ndarray) -> np.ndarray:
        """Points (..., 3) in the body's frame: x forward, y left, z up, in statures."""
        return _turned(points_m - self.origin_m, -self.heading_rad) / self.stature_m


def mean_shape(positions_m: np.ndarray) -> np.ndarray:
    """(marker, 3) mean positions with each frame moved and turned about the vertical onto the others.

    Walking about leaves one body: path and turns drop out, the swing of the limbs is averaged. NaN for a marker that
    is never seen. The horizontal place and heading are those of one frame; heights are as they are.
    """
    step = max(1, len(positions_m) // _MOST_FRAMES)
    frames = positions_m[::step].astype(np.float64)
    seen = np.asarray(np.isfinite(frames).all(axis=2))
    if not seen.any():
        return np.full(positions_m.shape[1:], np.nan)
    filled = np.where(seen[..., None], frames, 0.0)
    shape = frames[int(np.argmax(seen.sum(axis=1)))].copy()
    for _ in range(4):
        there = np.asarray(np.isfinite(shape).all(axis=1))
        both = seen & there
        count = np.maximum(both.sum(axis=1), 1)[:, None]
        target = np.where(there[:, None], shape, 0.0)
        own_middle = (filled[..., :2] * both[..., None]).sum(axis=1) / count
        target_middle = (target[None, :, :2] * both[..., None]).sum(axis=1) / count
        own = (filled[..., :2] - own_middle[:, None]) * both[..., None]
        aim = (target[None, :, :2] - target_middle[:, None]) * both[..., None]
        cross = (own[..., 0] * aim[..., 1] - own[..., 1] * aim[..., 0]).sum(axis=1)
        angle = np.arctan2(cross, (own * aim).sum(axis=(1, 2)))
        moved = filled.copy()
        moved[..., :2] = _turned(filled[..., :2] - own_middle[:, None], angle[:, None]) + target_middle[:, None]
        usable = seen & (both.sum(axis=1) >= 3)[:, None]
        total = usable.sum(axis=0)
        summed = (moved * usable[..., None]).sum(axis=0)
        shape = np.where(total[:, None] > 0, summed / np.maximum(total, 1)[:, None], shape)
    return shape


def fit_body(
    shape_m: np.ndarray,
    columns: np.ndarray,
    fixed: Mapping[int, int],
    mean: np.ndarray,
    sd: np.ndarray,
    prior: np.ndarray,
) -> list[Fit]:
    """The likely ways in which the average body lies on the markers, in no order.

    Parameters
    ----------
    shape_m : (marker, 3) metres, z up
    columns : the markers whose slots are sought
    fixed : slot index -> column, known already; three or more of them give the fit alone
    mean, sd, prior : of each slot, in statures: see `places.BodyPlaces`

    Raises
    ------
    NoBody
        When the points do not rise as a standing body's do.
    """
    if len(fixed) >= 4:
        return [_known_fit(shape_m, fixed, mean)]
    used_m = shape_m[columns]
    floor_m = _floor(used_m)
    starts = _coarse(used_m, floor_m, mean, sd, prior)
    fits: list[Fit] = []
    for stature_m, heading, origin_m in starts:
        fit = _refined(used_m, stature_m, heading, origin_m, mean, sd, prior)
        if not any(_same(fit, other) for other in fits):
            fits.append(fit)
    return fits


def _known_fit(shape_m: np.ndarray, fixed: Mapping[int, int], mean: np.ndarray) -> Fit:
    slots, points = np.array(list(fixed)), shape_m[list(fixed.values())]
    stature_m, heading, origin_m = _similarity(points, mean[slots], np.ones(len(slots)))
    if not STATURES_M[0] * 0.8 <= stature_m <= STATURES_M[-1] * 1.2:
        raise NoBody
    fit = Fit(stature_m, heading, origin_m, 0.0)
    settled = dict(zip(slots.tolist(), fit.in_statures(points), strict=True))
    return Fit(stature_m, heading, origin_m, 0.0, settled)


def _floor(points_m: np.ndarray) -> float:
    lowest = float(points_m[:, 2].min())
    height = float(points_m[:, 2].max()) - lowest
    width = float(np.ptp(points_m[:, :2], axis=0).max())
    if not 0.35 <= height <= 2.4 or width > 1.2 * height:
        raise NoBody
    return 0.0 if _FLOOR_M[0] <= lowest <= _FLOOR_M[1] else lowest - _LOWEST_STATURES * 1.6


def _coarse(
    points_m: np.ndarray, floor_m: float, mean: np.ndarray, sd: np.ndarray, prior: np.ndarray
) -> list[tuple[float, float, np.ndarray]]:
    """The best size in each direction: (stature, heading, origin), the likeliest few."""
    statures = np.array(STATURES_M)
    middle_m = points_m[:, :2].mean(axis=0)
    found = []
    for heading in np.arange(HEADINGS) * 2 * np.pi / HEADINGS:
        centred = points_m - np.array([*middle_m, floor_m])
        points = _turned(centred, -heading)[None] / statures[:, None, None]  # (stature, marker, 3)
        shift = np.zeros((len(statures), 1, 3))
        for _ in range(4):
            cost = _costs(points + shift, mean, sd, prior)
            nearest = cost.argmin(axis=2)
            good = np.take_along_axis(cost, nearest[..., None], axis=2)[..., 0] < 2.0 * np.log(_VOLUME)
            gap = (mean[nearest] - points - shift) * good[..., None]
            gap[..., 2] *= 0.2  # the floor is better known than the marker's heights
            shift += gap.sum(axis=1, keepdims=True) / np.maximum(good.sum(axis=1), 1)[:, None, None]
        cost = np.minimum(_costs(points + shift, mean, sd, prior).min(axis=2), 2.0 * np.log(_VOLUME))
        total = cost.sum(axis=1) + 6.0 * len(points_m) * np.log(statures)
        best = int(total.argmin())
        origin_m = np.array([*middle_m, floor_m]) - _turned(shift[best, 0] * statures[best], heading)
        found.append((float(total[best]), float(statures[best]), float(heading), origin_m))
    found.sort(key=lambda entry: entry[0])
    return [entry[1:] for entry in found[: 2 * _KEPT_FITS]]


def _refined(
    points_m: np.ndarray,
    stature_m: float,
    heading: float,
    origin_m: np.ndarray,
    mean: np.ndarray,
    sd: np.ndarray,
    prior: np.ndarray,
) -> Fit:
    """Slots given once each, and size, heading and place by least squares, in turn until they agree."""
    fit = Fit(stature_m, heading, origin_m, np.inf)
    for _ in range(6):
        points = fit.in_statures(points_m)
        rows, slots, cost = _assignment(points, mean, sd, prior)
        total = cost + 6.0 * len(points_m) * float(np.log(fit.stature_m))
        deviation = (((points[rows] - mean[slots]) / sd[slots]) ** 2).sum(axis=1)
        settled = {int(s): points[r] for r, s, d in zip(rows, slots, deviation, strict=True) if d < _SETTLED_COST}
        fit = Fit(fit.stature_m, fit.heading_rad, fit.origin_m, total, settled)
        if len(rows) < 4:
            return fit
        weight = 1.0 / (sd[slots] ** 2).mean(axis=1)
        size, turn, place = _similarity(points_m[rows], mean[slots], weight)
        if not STATURES_M[0] * 0.85 <= size <= STATURES_M[-1] * 1.1:
            return fit
        moved = Fit(size, turn, place, np.inf)
        if _same(moved, fit, close=True):
            return fit
        fit = moved
    points = fit.in_statures(points_m)
    rows, slots, cost = _assignment(points, mean, sd, prior)
    return Fit(fit.stature_m, fit.heading_rad, fit.origin_m, cost + 6.0 * len(points_m) * float(np.log(fit.stature_m)))


def _assignment(
    points: np.ndarray, mean: np.ndarray, sd: np.ndarray, prior: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """(rows, slots) of markers on slots, each slot once, and the cost of all markers, those on none included."""
    from scipy.optimize import linear_sum_assignment

    nothing = 2.0 * np.log(_VOLUME)
    cost = np.minimum(_costs(points[None], mean, sd, prior)[0], nothing)
    free = np.full((len(points), len(points)), nothing)
    rows, places = linear_sum_assignment(np.concatenate([cost, free], axis=1))
    total = float(np.concatenate([cost, free], axis=1)[rows, places].sum())
    on_slot = places < len(mean)
    on_slot[on_slot] = cost[rows[on_slot], places[on_slot]] < nothing
    return rows[on_slot], places[on_slot], total


def _costs(points: np.ndarray, mean: np.ndarray, sd: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """(fit, marker, slot) twice the negative log-likelihood of a marker (fit, marker, 3) on a slot."""
    weight = sd**-2.0
    quadratic = np.concatenate([weight, -2.0 * weight * mean], axis=1).T  # (6, slot): the squares multiplied out
    constant = (weight * mean**2).sum(axis=1) + 2.0 * np.log(sd).sum(axis=1) + prior
    return np.asarray(np.concatenate([points**2, points], axis=2) @ quadratic + constant)


def _similarity(points_m: np.ndarray, mean: np.ndarray, weight: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Stature, heading and origin that bring the mean places onto the points, by weighted least squares."""
    share = weight / weight.sum()
    middle_m, middle = share @ points_m, share @ mean
    own, aim = mean - middle, points_m - middle_m
    cross = (share * (own[:, 0] * aim[:, 1] - own[:, 1] * aim[:, 0])).sum()
    dot = (share * (own[:, 0] * aim[:, 0] + own[:, 1] * aim[:, 1])).sum()
    heading = float(np.arctan2(cross, dot))
    turned = _turned(own, heading)
    stature_m = float((share[:, None] * turned * aim).sum() / max((share[:, None] * own**2).sum(), 1e-12))
    return stature_m, heading, middle_m - stature_m * _turned(middle, heading)


def _turned(points: np.ndarray, angle: float | np.ndarray) -> np.ndarray:
    """Points (..., 2 or 3) turned about the vertical, anticlockwise seen from above."""
    cosine, sine = np.cos(angle), np.sin(angle)
    turned = points.copy()
    turned[..., 0] = cosine * points[..., 0] - sine * points[..., 1]
    turned[..., 1] = sine * points[..., 0] + cosine * points[..., 1]
    return turned


def _same(a: Fit, b: Fit, *, close: bool = False) -> bool:
    apart = abs((a.heading_rad - b.heading_rad + np.pi) % (2 * np.pi) - np.pi)
    limit = 1e-4 if close else np.radians(15)
    size = 1e-4 if close else 0.05
    return bool(apart < limit and abs(a.stature_m / b.stature_m - 1) < size)
