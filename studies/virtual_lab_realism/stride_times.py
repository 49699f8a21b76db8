"""How stride times wander: their size and their memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ltme_clinic.types import GaitEvent

FEWEST_STRIDES = 64
SMALLEST_BOX = 4
"""Boxes run from here to a quarter of the series (Peng et al. 1994, Phys Rev E 49:1685)."""
BOX_SIZES = 16


def stride_times_s(events: Sequence[GaitEvent], side: str) -> np.ndarray:
    """(stride,) seconds between one foot's contacts."""
    contacts_s = [event.time_s for event in events if (event.side, event.kind) == (side, "initial_contact")]
    return np.diff(contacts_s)


def dfa_alpha(series: np.ndarray) -> float:
    """Detrended fluctuation analysis: the slope of log fluctuation over log box size.

    About .5 for independent values, 1 for 1/f noise, 1.5 for a random walk. Boxes lie end to end, straight lines are
    taken out of them; what doesn't fill a last box is left out. NaN of a series under 64 values.
    """
    series = np.asarray(series, dtype=float)
    if len(series) < FEWEST_STRIDES:
        return float("nan")
    profile = np.cumsum(series - series.mean())
    sizes = np.unique(np.geomspace(SMALLEST_BOX, len(series) // 4, BOX_SIZES).round().astype(int))
    fluctuations = [_fluctuation(profile, int(size)) for size in sizes]
    return float(np.polyfit(np.log(sizes), np.log(fluctuations), 1)[0])


def _fluctuation(profile: np.ndarray, size: int) -> float:
    """Root mean square distance of a profile from straight lines through boxes of a size."""
    boxes = profile[: len(profile) // size * size].reshape(-1, size)
    place = np.arange(size) - (size - 1) / 2.0
    level = boxes.mean(axis=1, keepdims=True)
    slope = (boxes @ place / (place @ place))[:, None]
    return float(np.sqrt(np.mean((boxes - level - slope * place) ** 2)))
