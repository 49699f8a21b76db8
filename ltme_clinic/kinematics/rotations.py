"""Rotation matrices from Cardan angles and vectors, and back, many frames at once: radians, matrices (..., 3, 3)."""

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


def rotation_about_axes(axes: str, angles_rad: np.ndarray) -> np.ndarray:
    """Turns one after another, each about the axis that the earlier ones have moved: "zyx" is Rz Ry Rx.

    Parameters
    ----------
    axes : letters x, y, z, any number of them; none is no turn
    angles_rad : (..., axis), an angle for each letter
    """
    rotation = np.broadcast_to(np.eye(3), (*angles_rad.shape[:-1], 3, 3))
    for place, axis in enumerate(axes):
        turn = _about_one("xyz".index(axis), angles_rad[..., place])
        rotation = rotation @ turn if place else turn
    return rotation


def rotation_about_vectors(vectors_rad: np.ndarray) -> np.ndarray:
    """Turns about vectors (..., 3) by their lengths: axis and angle in one (Rodrigues 1840)."""
    x, y, z = np.moveaxis(vectors_rad, -1, 0)
    angle = np.sqrt(x * x + y * y + z * z)
    sine = np.sinc(angle / np.pi)  # sin(angle) / angle, 1 at 0
    versine = 0.5 * np.sinc(angle / (2 * np.pi)) ** 2  # (1 - cos(angle)) / angle^2
    cos = np.cos(angle)
    rotation = np.empty((*angle.shape, 3, 3))
    for row, (first, second, third) in enumerate(((x, y, z), (y, z, x), (z, x, y))):
        one, two = (row + 1) % 3, (row + 2) % 3
        rotation[..., row, row] = cos + versine * first * first
        rotation[..., row, one] = versine * first * second - sine * third
        rotation[..., row, two] = versine * first * third + sine * second
    return rotation


def _about_one(axis: int, angle_rad: np.ndarray) -> np.ndarray:
    """A turn about x, y or z (0, 1, 2)."""
    one, two = (axis + 1) % 3, (axis + 2) % 3
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    rotation = np.zeros((*angle_rad.shape, 3, 3))
    rotation[..., axis, axis] = 1.0
    rotation[..., one, one] = rotation[..., two, two] = cos
    rotation[..., two, one], rotation[..., one, two] = sin, -sin
    return rotation


def _cos_sin(*angles_rad: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(f(np.asarray(angle)) for angle in angles_rad for f in (np.cos, np.sin))
