"""The pelvis's axes and hip joint centres from its markers and measures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.kinematics.cgm.hips import asis_trochanter_m, davis_m, hara_m, harrington_m
from ltme_clinic.kinematics.cgm.settings import HipCentres
from ltme_clinic.kinematics.cgm.vectors import axes_by_left_and_forward, length, out_of_axes
from ltme_clinic.types import BodyMeasures

SIDE_SIGN = {"left": 1.0, "right": -1.0}


@dataclass(frozen=True)
class Pelvis:
    """The pelvis over time, laboratory frame."""

    origin_m: np.ndarray  # (frame, 3) halfway between the anterior iliac spines' markers
    axes: np.ndarray  # (frame, 3, 3) columns forward, left, up
    inter_asis_m: float
    """Between the markers, median; NaN where they are never seen together."""
    depth_m: float
    """From the anterior to the posterior midpoint, median."""


@dataclass(frozen=True)
class Hips:
    """Hip joint centres, and why a side has none."""

    centres_m: dict[str, np.ndarray]  # side -> (frame, 3), laboratory
    missing: dict[str, str]
    estimated: tuple[str, ...]
    """What was taken from the markers for want of a measure."""


def pelvis_of(positions_m: np.ndarray) -> Pelvis:
    """Y from the right to the left ASIS, x forward from the sacrum (or halfway between the PSIS where none is worn)."""
    left_m, right_m = (positions_m[:, SLOT_INDEX[f"{side}_asis"]] for side in SIDES)
    back_m = positions_m[:, SLOT_INDEX["sacrum"]]
    if np.isnan(back_m[:, 0]).all():
        back_m = (positions_m[:, SLOT_INDEX["left_psis"]] + positions_m[:, SLOT_INDEX["right_psis"]]) / 2
    origin_m = (left_m + right_m) / 2
    axes = axes_by_left_and_forward(left_m - right_m, origin_m - back_m)
    return Pelvis(origin_m, axes, _median(length(left_m - right_m)), _median(length(origin_m - back_m)))


def hip_centres(pelvis: Pelvis, measures: BodyMeasures, marker_radius_m: float, method: HipCentres) -> Hips:
    """Hip joint centres by one of the regressions.

    A side whose leg length is not known takes the other's; without either there are no hip centres. An inter-ASIS
    distance that nobody measured is taken from the markers, which overestimate it in stout people.
    """
    estimated = []
    lengths_m = {side: measures.leg(side).leg_length_m for side in SIDES}
    known_m = [value for value in lengths_m.values() if value is not None]
    if not known_m:
        return Hips({}, dict.fromkeys(SIDES, "the leg length is not known: enter it"), ())
    for side in SIDES:
        if lengths_m[side] is None:
            estimated.append(f"the {side} leg's length is not known: the other leg's was taken")
    mean_m = float(np.mean(known_m))
    width_m = measures.inter_asis_m
    if width_m is None and method != "hara":
        width_m = pelvis.inter_asis_m
        estimated.append(f"the inter-ASIS distance was taken from the markers ({1000 * width_m:.0f} mm)")
    centres_m = {}
    for side in SIDES:
        sign, leg_m = SIDE_SIGN[side], lengths_m[side] or mean_m
        if method == "davis":
            trochanter_m = measures.leg(side).asis_trochanter_m
            if trochanter_m is None:
                trochanter_m = asis_trochanter_m(leg_m)
            place_m = davis_m(sign, width_m or np.nan, mean_m, trochanter_m, marker_radius_m)
        elif method == "harrington":
            place_m = harrington_m(sign, width_m or np.nan, pelvis.depth_m, mean_m)
        else:
            place_m = hara_m(sign, leg_m)
        centres_m[side] = pelvis.origin_m + out_of_axes(pelvis.axes, place_m)
    return Hips(centres_m, {}, tuple(estimated))


def _median(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(np.median(values)) if values.size else float("nan")
