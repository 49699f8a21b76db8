"""The diameter of the markers that were worn, as the joint centres that a file stores tell it."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.kinematics.cgm.settings import USUAL_MARKER_M
from ltme_clinic.kinematics.cgm.vectors import length
from ltme_clinic.types import BodyMeasures

_EXACT_M = 2e-4
"""A centre that was calculated stays at its distance from its marker to within rounding."""
_SAME_M = 5e-4
_USUAL = "usual, for nothing tells it"
_BELIEVABLE_M = (0.004, 0.04)


def marker_diameter(positions_m: np.ndarray, measures: BodyMeasures, given_m: float | None) -> tuple[float, str]:
    """The markers' diameter in metres, and where it is from.

    Parameters
    ----------
    positions_m : (frame, slot, 3), the stored centres on the slots `left_knee_centre` ... where the file holds them
    measures : the widths
    given_m : what somebody entered, which counts before all

    Notes
    -----
    A calculated knee centre lies at half of knee width and diameter together from its marker, so both tell the
    diameter; two joints at least have to agree, for a point halfway to a medial marker tells how that was placed. What
    a file says of the diameter is not used: files are known to say 10 mm where 14 mm had been calculated with.
    """
    if given_m is not None:
        return given_m, "entered"
    told_m = []
    for side in SIDES:
        leg = measures.leg(side)
        for joint, width_m in (("knee", leg.knee_width_m), ("ankle", leg.ankle_width_m)):
            marker_m, centre_m = (positions_m[:, SLOT_INDEX[f"{side}_{name}"]] for name in (joint, f"{joint}_centre"))
            apart_m = length(marker_m - centre_m)
            apart_m = apart_m[np.isfinite(apart_m)]
            if width_m is not None and apart_m.size and np.percentile(apart_m, 90) - apart_m.min() < _EXACT_M:
                told_m.append(2 * float(np.median(apart_m)) - width_m)
    agreed = len(told_m) > 1 and max(told_m) - min(told_m) < 2 * _EXACT_M
    if agreed and _BELIEVABLE_M[0] <= told_m[0] <= _BELIEVABLE_M[1]:
        return round(float(np.median(told_m)), 4), "the joint centres that the file stores"
    said_m = measures.marker_diameter_m
    if said_m is not None and abs(said_m - USUAL_MARKER_M) < _SAME_M:
        return said_m, "as the file says"
    return USUAL_MARKER_M, _USUAL


def unconfirmed_diameter(taken_m: float, source: str, measures: BodyMeasures) -> list[str]:
    """A warning where the file names another diameter than the usual one that was taken."""
    said_m = measures.marker_diameter_m
    if source != _USUAL or said_m is None or abs(said_m - taken_m) < _SAME_M:
        return []
    said, taken = f"{1000 * said_m:g} mm", f"{1000 * taken_m:g} mm"
    return [
        f"the file says {said} markers, which files are known to say wrongly, and {taken} were taken: 4 mm change "
        "angles by up to about a degree; enter the diameter to be sure"
    ]
