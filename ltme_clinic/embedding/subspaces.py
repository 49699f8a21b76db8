"""Named parts of the recording vector: what in it is speed, what is size, and what is left against right.

A tracker that asks whether somebody moves otherwise may hold a part fixed; a reader that asks which side is worse looks
at one part alone. What speed *does* to the curves is not in its part: that is taken out by regression
(`findings.expectation`).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from ltme_clinic.embedding.gaitcode import CURVE_NUMBERS, CURVE_SHAPE, SPATIOTEMPORAL, VECTOR_NUMBERS, GaitCode

Part = Literal["speed", "size", "side"]
SIDE_SHARE = 0.99
"""Of the square of what left and right curves can differ by, the share that the part "side" holds."""
_PAIRS = (("step_length_left_m", "step_length_right_m"), ("stance_left_pct", "stance_right_pct"))


def part_basis(gait: GaitCode, part: Part) -> np.ndarray:
    """Orthonormal directions of the recording vector that make up a part, (vector, k).

    "speed" and "size" are the numbers that say walking speed and leg length. "side" are the directions in which the
    decoded curves of left and right differ, the largest first, and those of the steps' lengths and stances.
    """
    if part != "side":
        name = {"speed": "speed_m_s", "size": "leg_length_m"}[part]
        return _number(SPATIOTEMPORAL.index(name))
    left, right = gait.curve_basis.astype(float).reshape(2, -1, CURVE_NUMBERS)
    _, singular, directions = np.linalg.svd(left - right, full_matrices=False)
    share = np.cumsum(singular**2) / (singular**2).sum()
    kept = directions[: int(np.searchsorted(share, SIDE_SHARE)) + 1].T
    curves = np.zeros((VECTOR_NUMBERS, kept.shape[1]))
    curves[:CURVE_NUMBERS] = kept
    pairs = [(_number(SPATIOTEMPORAL.index(a)) - _number(SPATIOTEMPORAL.index(b))) / np.sqrt(2.0) for a, b in _PAIRS]
    return np.concatenate([curves, *pairs], axis=1)


def held(vectors: np.ndarray, basis: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Vectors (n, vector) with one part as `like`, (vector,) or (n, vector), has it, and all else as it is."""
    moved: np.ndarray = vectors + (like - vectors) @ basis @ basis.T
    return moved


def left_minus_right_deg(curves_deg: np.ndarray) -> np.ndarray:
    """(..., 2, 9, 51) -> (..., 9, 51): how the sides' curves differ, both signed as the gait model signs them."""
    if curves_deg.shape[-3:] != CURVE_SHAPE:
        raise ValueError(f"curves of shape {curves_deg.shape[-3:]} where {CURVE_SHAPE} is expected")
    apart: np.ndarray = curves_deg[..., 0, :, :] - curves_deg[..., 1, :, :]
    return apart


def _number(place: int) -> np.ndarray:
    """(vector, 1) one of the spatiotemporal numbers."""
    basis = np.zeros((VECTOR_NUMBERS, 1))
    basis[CURVE_NUMBERS + place] = 1.0
    return basis
