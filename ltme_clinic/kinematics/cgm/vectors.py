"""Segment axes from points, many frames at once: vectors (frame, 3), axes (frame, 3, 3) with columns x, y, z.

NaN comes out where any point that is needed is NaN, and where two points coincide.
"""

from __future__ import annotations

import numpy as np


def dot(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Scalar products: (frame,)."""
    return np.einsum("fi,fi->f", first, second)


def cross(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Vector products: (frame, 3)."""
    a, b, c = first.T
    d, e, f = second.T
    return np.stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=1)


def length(vector: np.ndarray) -> np.ndarray:
    """(frame,)."""
    return np.sqrt(dot(vector, vector))


def unit(vector: np.ndarray) -> np.ndarray:
    """The direction of each vector; NaN for a vector without length."""
    size = length(vector)
    return vector / np.where(size > 0, size, np.nan)[:, None]


def axes_by_left_and_forward(left: np.ndarray, forward: np.ndarray) -> np.ndarray:
    """Axes (forward, left, up) with y exactly along `left` and x as near to `forward` as that allows."""
    y = unit(left)
    z = unit(cross(forward, y))
    return np.stack([cross(y, z), y, z], axis=2)


def axes_by_up_and_left(up: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Axes (forward, left, up) with z exactly along `up` and y as near to `left` as that allows."""
    z = unit(up)
    x = unit(cross(left, z))
    return np.stack([x, cross(z, x), z], axis=2)


def axes_by_forward_and_left(forward: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Axes (forward, left, up) with x exactly along `forward` and y as near to `left` as that allows."""
    x = unit(forward)
    z = unit(cross(x, left))
    return np.stack([x, cross(z, x), z], axis=2)


def turned_about_up(axes: np.ndarray, angle_rad: float) -> np.ndarray:
    """Axes turned about their own z, positive from x (forward) towards y (left)."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    x, y, z = axes[:, :, 0], axes[:, :, 1], axes[:, :, 2]
    return np.stack([cos * x + sin * y, cos * y - sin * x, z], axis=2)


def in_axes(axes: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """A laboratory vector's components along a segment's axes: (frame, 3)."""
    return np.einsum("fji,fj->fi", axes, vector)


def out_of_axes(axes: np.ndarray, components: np.ndarray) -> np.ndarray:
    """The laboratory vector with these components, (3,) or (frame, 3), along a segment's axes: (frame, 3)."""
    if components.ndim == 1:
        return axes @ components
    return np.einsum("fij,fj->fi", axes, components)


def relative(proximal: np.ndarray, distal: np.ndarray) -> np.ndarray:
    """The distal segment's axes as the proximal one sees them: (frame, 3, 3)."""
    return proximal.transpose(0, 2, 1) @ distal
