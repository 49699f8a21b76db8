"""Rotation matrices from Cardan angles and back, many frames at once. Angles in radians, matrices (..., 3, 3)."""

from __future__ import annotations

import numpy as np


def rotation_z(angle_rad: np.ndarray | float) -> np.ndarray:
    """Turn about the vertical; positive turns x (forward) towards y (left)."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    rotation = np.zeros((*np.shape(angle_rad), 3, 3))
    rotation[..., 0, 0] = rotation[..., 1, 1] = cos
    rotation[..., 0, 1], rotation[..., 1, 0] = -sin, sin
    rotation[..., 2, 2] = 1.0
    return rotation


def rotation_yxz(y_rad: np.ndarray, x_rad: np.ndarray, z_rad: np.ndarray) -> np.ndarray:
    """Ry(y) Rx(x) Rz(z): flexion, then ad/abduction, then rotation, the Conventional Gait Model's order."""
    cy, sy, cx, sx, cz, sz = _cos_sin(y_rad, x_rad, z_rad)
    rotation = np.empty((*np.broadcast_shapes(cy.shape, cx.shape, cz.shape), 3, 3))
    rotation[..., 0, 0] = cy * cz + sy * sx * sz
    rotation[..., 0, 1] = sy * sx * cz - cy * sz
    rotation[..., 0, 2] = sy * cx
    rotation[..., 1, 0] = cx * sz
    rotation[..., 1, 1] = cx * cz
    rotation[..., 1, 2] = -sx
    rotation[..., 2, 0] = cy * sx * sz - sy * cz
    rotation[..., 2, 1] = sy * sz + cy * sx * cz
    rotation[..., 2, 2] = cy * cx
    return rotation


def angles_yxz(rotation: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The angles (y, x, z) that `rotation_yxz` turns into this matrix; x within +/- 90 degrees."""
    x_rad = -np.arcsin(np.clip(rotation[..., 1, 2], -1.0, 1.0))
    y_rad = np.arctan2(rotation[..., 0, 2], rotation[..., 2, 2])
    z_rad = np.arctan2(rotation[..., 1, 0], rotation[..., 1, 1])
    return y_rad, x_rad, z_rad


def rotation_yzx(y_rad: np.ndarray, z_rad: np.ndarray, x_rad: np.ndarray) -> np.ndarray:
    """Ry(y) Rz(z) Rx(x): pitch, then turn, then roll along the foot; the foot's order.

    The Conventional Gait Model lays its foot's third axis along the foot, so its Y X Z is this order in our frame.
    """
    cy, sy, cz, sz, cx, sx = _cos_sin(y_rad, z_rad, x_rad)
    rotation = np.empty((*np.broadcast_shapes(cy.shape, cx.shape, cz.shape), 3, 3))
    rotation[..., 0, 0] = cy * cz
    rotation[..., 0, 1] = sy * sx - cy * sz * cx
    rotation[..., 0, 2] = cy * sz * sx + sy * cx
    rotation[..., 1, 0] = sz
    rotation[..., 1, 1] = cz * cx
    rotation[..., 1, 2] = -cz * sx
    rotation[..., 2, 0] = -sy * cz
    rotation[..., 2, 1] = cy * sx + sy * sz * cx
    rotation[..., 2, 2] = cy * cx - sy * sz * sx
    return rotation


def angles_yzx(rotation: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The angles (y, z, x) that `rotation_yzx` turns into this matrix; z within +/- 90 degrees."""
    z_rad = np.arcsin(np.clip(rotation[..., 1, 0], -1.0, 1.0))
    y_rad = np.arctan2(-rotation[..., 2, 0], rotation[..., 0, 0])
    x_rad = np.arctan2(-rotation[..., 1, 2], rotation[..., 1, 1])
    return y_rad, z_rad, x_rad


def _cos_sin(*angles_rad: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(f(np.asarray(angle)) for angle in angles_rad for f in (np.cos, np.sin))
