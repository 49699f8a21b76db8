"""Where the body's weight is, and the lean that brings it over the feet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

ITERATIONS = 8
PROBE_DEG = 1.0


def lean_into_balance(
    error_m: Callable[[np.ndarray], np.ndarray], lean_deg: np.ndarray, limits_deg: tuple[float, float]
) -> np.ndarray:
    """Lean at which the weight is where it should be, each frame for itself (secant steps).

    Parameters
    ----------
    error_m : (frame,) lean in degrees -> (frame,) metres by which the centre of mass is too far forward
    lean_deg : (frame,) first guess

    Returns
    -------
    (frame,) degrees, held inside the limits; where balance lies beyond them the nearest limit.
    """
    low, high = limits_deg
    lean = np.clip(lean_deg, low, high)
    error = error_m(lean)
    earlier = lean + np.where(lean + PROBE_DEG > high, -PROBE_DEG, PROBE_DEG)
    earlier_error = error_m(earlier)
    for _ in range(ITERATIONS):
        step = lean - earlier
        rise = np.where(np.abs(step) > 1e-9, (error - earlier_error) / np.where(step == 0, 1.0, step), 1.0)
        wanted = lean - np.where(np.abs(rise) > 1e-6, error / np.where(rise == 0, 1.0, rise), 0.0)
        earlier, earlier_error = lean, error
        lean = np.clip(wanted, low, high)
        error = error_m(lean)
        if np.abs(error).max() < 1e-5:
            break
    return lean
