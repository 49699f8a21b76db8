"""Which slot of the body a marker is, by where it lies on someone who stands or walks: no label is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from ltme_clinic.body import MIRROR_ORDER, SLOT_INDEX, SLOTS
from ltme_clinic.marker_sets.upright import Fit, NoBody, fit_body, mean_shape
from ltme_clinic.schemas import load_validated_yaml

LEAST_MARKERS = 6
"""Fewer points have too many ways to lie on a body."""

_MODEL_SD = {"elbow": 0.03, "wrist": 0.05, "finger": 0.06, "thigh": 0.03, "shank": 0.03, "head": 0.02}
_OTHER_SD = 0.012
"""Spread, in statures, of what the virtual walkers do not vary: how arms are held, where a wand sits, skin, soles."""
_SLOT_COST = 6.0
"""Cost (twice a log-likelihood) of calling a marker a slot rather than none: some half of them are none, and the other
half is shared by dozens of slots."""
_RARE_COST = {"centre": 3.0, "thigh": 2.0, "shank": 2.0}
"""And more for joint centres, which few files hold as points, and for wands, beside which a cluster lies as well."""
_SKIN_VOLUME = 0.05
"""Cubic statures in which markers lie that are on no slot: about the skin of a body, not all of the room about it."""
_TEMPER = 4.0
_TEMPER_ALONE = 2.0
"""The markers of one person err together, not each alone: likelihoods are flattened, of whole fits and of a marker."""
MOST_MARKERS = 400
"""Markers that are looked at: nobody carries more."""
_MANY_MARKERS = 80
_FITTED_OF_MANY, _FRAMES_OF_MANY = 40, 100
"""Of more markers than that a few, evenly spread over the labels, tell where the body stands, in fewer frames; all are
then placed on it."""
_WARP_STATURES = 0.12
"""How far the deviation of one marker says something of its neighbours'."""


@dataclass(frozen=True, eq=False)
class BodyPlaces:
    """Where each slot lies on average, in statures: x forward, y left of the middle of the iliac spines, z up."""

    mean: np.ndarray  # (slot, axis)
    sd: np.ndarray  # (slot, axis)
    prior: np.ndarray  # (slot,) cost of claiming the slot at all

    def __post_init__(self) -> None:
        for array in (self.mean, self.sd, self.prior):
            array.setflags(write=False)


@dataclass(frozen=True)
class Placement:
    """One marker's likely slot."""

    column: int
    """The marker's index in the positions that were given."""
    slot: str
    probability: float
    """0 to 1, over all slots, no slot at all, and the ways in which the body could be turned."""
    offset_m: float
    """Distance from where the slot was expected on this body."""
    at: tuple[float, float, float]
    """Forward and left of the pelvis, and above the floor, in statures."""


def place_markers(positions_m: np.ndarray, known: Mapping[str, int] | None = None) -> tuple[Placement, ...]:
    """The likeliest slot of each marker that lies where a slot does, each slot given once.

    Works for someone upright, standing or walking in any direction, adult or child, whole body or lower body. The
    mean shape over the recording (each frame turned onto the others about the vertical) is compared with the places
    of `BodyPlaces` in all sizes and headings; markers far from every slot (clusters, objects) get none. Left and
    right follow from the heading, and that from the feet and the trunk: what is ambiguous gets a low probability.
    Not handled: lying, sitting or kneeling, two people, handheld objects with more markers than the body.

    Parameters
    ----------
    positions_m : (frame, marker, 3) metres, z up, the floor near z = 0; NaN where missing
    known : slot -> column of markers that are known already; they fix size and heading, and are not returned

    Returns
    -------
    tuple of Placement
        In the order of the columns; empty where no upright body is seen.
    """
    known = dict(known or {})
    shape_m = _shape_of(positions_m, known)
    seen = np.isfinite(shape_m).all(axis=1)
    open_columns = np.setdiff1d(np.flatnonzero(seen), list(known.values()))
    fixed = {SLOT_INDEX[slot]: column for slot, column in known.items() if seen[column]}
    if len(open_columns) == 0 or len(open_columns) + len(fixed) < LEAST_MARKERS:
        return ()
    places = body_places()
    fitted = open_columns
    if len(fitted) > _MANY_MARKERS:
        fitted = fitted[np.linspace(0, len(fitted) - 1, _FITTED_OF_MANY).astype(int)]
    try:
        fits = fit_body(shape_m, fitted, fixed, places.mean, places.sd, places.prior)
    except NoBody:
        return ()
    return _placements(shape_m, open_columns, fixed, fits, places)


def _shape_of(positions_m: np.ndarray, known: Mapping[str, int]) -> np.ndarray:
    """(marker, 3) the mean shape; NaN for a marker that is never seen, and for those beyond the first few hundred."""
    if positions_m.shape[1] <= _MANY_MARKERS:
        return mean_shape(positions_m)
    columns = np.union1d(np.arange(min(MOST_MARKERS, positions_m.shape[1])), list(known.values())).astype(int)
    shape_m = np.full(positions_m.shape[1:], np.nan)
    shape_m[columns] = mean_shape(positions_m[:: max(1, len(positions_m) // _FRAMES_OF_MANY), columns])
    return shape_m


@cache
def body_places() -> BodyPlaces:
    """The table of `data_schemas/marker_places.yaml`, both sides, with the spread that a model does not know."""
    table = load_validated_yaml("marker_places.yaml", "marker_places")["places"]
    mean, sd = np.zeros((len(SLOTS), 3)), np.zeros((len(SLOTS), 3))
    for index, slot in enumerate(SLOTS):
        if slot in table:
            mean[index], sd[index] = table[slot][:3], table[slot][3:]
    right = [index for index, slot in enumerate(SLOTS) if slot.startswith("right_")]
    mean[right] = mean[MIRROR_ORDER[right]] * np.array([1.0, -1.0, 1.0])
    sd[right] = sd[MIRROR_ORDER[right]]
    extra = np.array([_MODEL_SD.get(_part(slot).split("_")[0], _OTHER_SD) for slot in SLOTS])
    prior = np.array([_RARE_COST.get(slot.rsplit("_", 1)[-1], 0.0) for slot in SLOTS])
    return BodyPlaces(mean, np.hypot(sd, extra[:, None]), prior)


def _part(slot: str) -> str:
    return slot.removeprefix("left_").removeprefix("right_")


def _placements(
    shape_m: np.ndarray, columns: np.ndarray, fixed: Mapping[int, int], fits: list[Fit], places: BodyPlaces
) -> tuple[Placement, ...]:
    """Each marker's slot under the best fit, its probability summed over all fits."""
    costs = np.array([fit.cost for fit in fits])
    weights = np.exp(-0.5 * (costs - costs.min()) / _TEMPER)
    weights /= weights.sum()
    taken = np.zeros(len(SLOTS), dtype=bool)
    taken[list(fixed)] = True
    chance = np.zeros((len(columns), len(SLOTS)))
    best_expected = None
    for fit, weight in sorted(zip(fits, weights, strict=True), key=lambda pair: -pair[1]):
        expected = places.mean + _warp(fit, places)
        if best_expected is None:
            best_expected = expected
        chance += weight * _chances(fit.in_statures(shape_m[columns]), expected, places, taken)
    best = min(fits, key=lambda fit: fit.cost)
    assert best_expected is not None
    found = []
    for row, column, slot in _assigned(chance, columns):
        at = best.in_statures(shape_m[column])
        offset_m = float(np.linalg.norm(at - best_expected[slot]) * best.stature_m)
        forward, left, up = (float(value) for value in at)
        found.append(Placement(column, SLOTS[slot], float(chance[row, slot]), offset_m, (forward, left, up)))
    return tuple(found)


def _chances(points: np.ndarray, expected: np.ndarray, places: BodyPlaces, taken: np.ndarray) -> np.ndarray:
    """(marker, slot) probability of each slot that is free, beside no slot at all."""
    deviation = (points[:, None] - expected[None]) / places.sd[None]
    cost = (deviation**2).sum(axis=2) + 2.0 * np.log(places.sd).sum(axis=1) + places.prior + _SLOT_COST
    cost[:, taken] = np.inf
    cost_of_none = 2.0 * np.log(_SKIN_VOLUME)
    lowest = np.minimum(cost.min(axis=1), cost_of_none)[:, None]
    likelihood = np.exp(-0.5 * (cost - lowest) / _TEMPER_ALONE)
    nothing = np.exp(-0.5 * (cost_of_none - lowest) / _TEMPER_ALONE)
    return likelihood / (likelihood.sum(axis=1, keepdims=True) + nothing)


def _warp(fit: Fit, places: BodyPlaces) -> np.ndarray:
    """(slot, 3) how far this person's places lie from the average, from the markers whose slots are settled.

    Each settled marker speaks for its neighbourhood, and half as loudly for the mirrored one.
    """
    if not fit.settled:
        return np.zeros_like(places.mean)
    slots = np.array(list(fit.settled))
    deviation = np.array([fit.settled[slot] for slot in slots]) - places.mean[slots]
    mirrored = deviation * np.array([1.0, -1.0, 1.0])
    at = np.concatenate([places.mean[slots], places.mean[MIRROR_ORDER[slots]]])
    told = np.concatenate([deviation, mirrored])
    loudness = np.concatenate([np.ones(len(slots)), np.full(len(slots), 0.5)])
    apart = np.linalg.norm(places.mean[:, None] - at[None], axis=2)
    weight = loudness * np.exp(-0.5 * (apart / _WARP_STATURES) ** 2)
    return (weight @ told) / (weight.sum(axis=1, keepdims=True) + 0.5)


def _assigned(chance: np.ndarray, columns: np.ndarray) -> list[tuple[int, int, int]]:
    """(row, column, slot) of the assignment with the highest product of chances; hopeless pairs are left out."""
    from scipy.optimize import linear_sum_assignment

    rows, slots = linear_sum_assignment(-np.log(np.maximum(chance, 1e-9)))
    pairs = [(int(row), int(columns[row]), int(slot)) for row, slot in zip(rows, slots, strict=True)]
    return [pair for pair in pairs if chance[pair[0], pair[2]] > 0.05]
