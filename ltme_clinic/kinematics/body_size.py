"""Whether a recorded body is a human's size: what a wrong length unit shows first."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.types import LtmeError


def check_size(positions_m: np.ndarray, name: str) -> None:
    """Refuse slot positions (frame, slot, 3) whose pelvis or shanks are no human's: a wrong unit, exchanged labels.

    Raises
    ------
    LtmeError
        Names the measure, its size and what is human.
    """
    limits_m = {"asis": (0.08, 0.50, "pelvis"), "hip_centre": (0.05, 0.40, "pelvis")}
    for landmark, (low, high, word) in limits_m.items():
        _check_distance(positions_m, f"left_{landmark}", f"right_{landmark}", (low, high), f"{word} width", name)
    for side in SIDES:
        _check_distance(positions_m, f"{side}_knee", f"{side}_ankle", (0.10, 0.70), f"{side} shank length", name)


def _check_distance(
    positions_m: np.ndarray, first: str, second: str, limits_m: tuple[float, float], word: str, name: str
) -> None:
    distance_m = np.linalg.norm(positions_m[:, SLOT_INDEX[first]] - positions_m[:, SLOT_INDEX[second]], axis=1)
    distance_m = distance_m[~np.isnan(distance_m)]
    if len(distance_m) == 0:
        return
    typical_m = float(np.median(distance_m))
    if not limits_m[0] <= typical_m <= limits_m[1]:
        fact = f"a {word} of {typical_m:.3g} m is no human's ({limits_m[0]:g} to {limits_m[1]:g} m)"
        raise LtmeError(name, fact, "Check the length unit and the labels")
