"""A point's fourth word: how far its rays missed each other, in 255 steps, and which cameras saw it."""

from __future__ import annotations

import numpy as np

from ltme_clinic.recordings.raw import RawC3D

DEFAULT_STEP = 0.1
"""In file units, where a recording holds no residuals."""
SEVEN_CAMERAS = np.uint8(0x7F)
"""The word's top bit is its sign, which says that the point was not seen: there is room for seven cameras."""
_MOST_STEPS = 255
_TOLERANCE_STEPS = 0.01
"""A residual this near to a whole number of steps is one: 32-bit floats of tenths are no exact multiples."""


def residual_step(raw: RawC3D) -> tuple[float, bool]:
    """The step in which residuals are stored (the size of POINT:SCALE), and whether all of them are multiples of it.

    The file's own step is kept where it fits; a recording that brings none gets the step that its residuals have in
    common, or else the largest residual over 255.
    """
    own = abs(raw.number("POINT", "SCALE") or 0.0)
    values = _distinct(raw)
    if not values.size:
        return (own or DEFAULT_STEP), True
    steps = np.diff(values, prepend=0.0)
    for step in (own, float(values[0]), float(steps.min())):
        if step > 0.0 and _fits(values, step):
            return step, True
    return float(values[-1]) / _MOST_STEPS, False


def fourth_words(raw: RawC3D, span: slice, step: float) -> np.ndarray:
    """The fourth words of some frames, (frame, point) float32: cameras times 256 plus steps; -1 where not seen."""
    missing = raw.missing[span]
    words = np.zeros(missing.shape, dtype="<f4")
    if raw.residuals is not None:
        residuals = np.nan_to_num(raw.residuals[span], nan=0.0, posinf=0.0, neginf=0.0)
        words += np.clip(np.round(residuals / np.float32(step)), 0, _MOST_STEPS)
    if raw.camera_masks is not None:
        words += 256.0 * (raw.camera_masks[span] & SEVEN_CAMERAS)
    words[missing] = -1.0
    return words


def _distinct(raw: RawC3D) -> np.ndarray:
    """The different residuals above 0 of points that were seen, sorted."""
    if raw.residuals is None:
        return np.empty(0)
    residuals = np.unique(raw.residuals[~raw.missing])
    return residuals[np.isfinite(residuals) & (residuals > 0)].astype(float)


def _fits(values: np.ndarray, step: float) -> bool:
    steps = values / step
    return bool(
        steps[-1] <= _MOST_STEPS + _TOLERANCE_STEPS and (np.abs(steps - np.round(steps)) < _TOLERANCE_STEPS).all()
    )
