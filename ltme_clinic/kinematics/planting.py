"""Where the body must be so that the feet that carry it stay where they are and on the floor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ltme_clinic.kinematics.forward import FOOT_POINTS, BodyMotion
from ltme_clinic.types import LtmeError


def plant_feet(
    motion: BodyMotion, contact: Mapping[str, np.ndarray | float], start_m: tuple[float, float] = (0.0, 0.0)
) -> np.ndarray:
    """Move the body so that the points in contact neither slip nor sink below the floor (z = 0).

    Horizontally the body moves against the mean velocity of the points in contact (by their weights), which leaves a
    single planted point exactly still and shares the error between several; where no point carries, the body keeps its
    last velocity. Vertically the lowest point in contact stands on the floor.

    Parameters
    ----------
    motion
        Posed with its root at the origin (`forward_kinematics` without `root_m`).
    contact
        Weights, 0 to 1, each (frame,) or one number, for any of `FOOT_POINTS` (left_heel, left_toe, right_heel,
        right_toe); points left out are in the air.
    start_m
        Where the pelvis starts, x and y.

    Returns
    -------
    np.ndarray
        (frame, 3) metres to add to `motion` (see `BodyMotion.translated`).
    """
    weights = contact_weights(contact, motion.frames)
    points_m = np.stack([motion.joint_centres[name] for name in FOOT_POINTS], axis=1)  # (frame, 4, 3)
    root_m = np.zeros((motion.frames, 3))
    root_m[:, :2] = start_m
    # a step between two frames belongs to the points that carry in both
    both = np.minimum(weights[1:], weights[:-1])
    carried = both.sum(axis=1)
    moved_m = -(np.diff(points_m[..., :2], axis=0) * both[..., None]).sum(axis=1)
    steps_m = moved_m / np.maximum(carried, 1e-12)[:, None]
    for frame in np.flatnonzero(carried < 1e-9):
        steps_m[frame] = steps_m[frame - 1] if frame else 0.0
    root_m[1:, :2] += np.cumsum(steps_m, axis=0)
    heights_m = np.where(weights > 0, points_m[..., 2], np.inf).min(axis=1)
    in_air = ~np.isfinite(heights_m)
    heights_m[in_air] = points_m[in_air, :, 2].min(axis=1)
    root_m[:, 2] = -heights_m
    return root_m


def contact_weights(contact: Mapping[str, np.ndarray | float], frames: int) -> np.ndarray:
    """Weights as one array, (frame, 4) in `FOOT_POINTS` order."""
    unknown = sorted(set(contact) - set(FOOT_POINTS))
    if unknown:
        raise LtmeError("plant feet", f"unknown contact point '{unknown[0]}'", f"Use {', '.join(FOOT_POINTS)}")
    return np.stack(
        [np.broadcast_to(np.asarray(contact.get(name, 0.0), float), frames) for name in FOOT_POINTS], axis=1
    )
