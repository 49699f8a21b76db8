"""OpenSim's laboratory: x forward, y up, z to the right; ours has z up and y to the left."""

from __future__ import annotations

import numpy as np

UP_MARK = "y up by LTME Clinic"
"""In the title of marker files of our own: how they were turned, also where no body in them tells."""


def to_y_up(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) of a laboratory with z up, with y up: (x, z, -y)."""
    return np.stack([vectors[..., 0], vectors[..., 2], 0.0 - vectors[..., 1]], axis=-1)


def from_y_up(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) of a laboratory with y up, with z up: (x, -z, y)."""
    return np.stack([vectors[..., 0], 0.0 - vectors[..., 2], vectors[..., 1]], axis=-1)
