"""The pose of a few markers taken as one body, and filling a marker that is bound to them."""

from __future__ import annotations

import numpy as np

from ltme_clinic.kinematics.rigid_pose import pose
from ltme_clinic.recordings.repair.gaps import Gap, Neighbours

MIN_MARKERS = 3
RIGID_SPREAD_M = 0.010
"""Two markers belong to one segment while their distance varies by less than this (standard deviation).

Skin moves 5 to 20 mm over the bone at the thigh and less elsewhere (Leardini et al. 2005, Gait & Posture 21:212), and
two markers of one segment share most of it.
"""
_NOT_IN_LINE_M = 0.015
"""Extent (root mean square) a body needs across its longest axis, or its turn about that axis is anybody's guess."""


def rigid_cluster(positions_m: np.ndarray, neighbours: Neighbours, most: int = 6) -> np.ndarray | None:
    """Neighbours that are one rigid body with the gap's marker and with each other; None where there are not three.

    Any marker set: the bodies are read from how little the distances vary.
    """
    frames = np.flatnonzero(neighbours.training)
    if len(frames) < 2:
        return None
    frames = frames[:: max(1, len(frames) // 60)]
    bound = neighbours.markers[neighbours.spread_m < RIGID_SPREAD_M]
    chosen: list[int] = []
    for marker in bound.tolist():
        apart_m = np.linalg.norm(positions_m[frames][:, chosen] - positions_m[frames, marker][:, None], axis=2)
        if not chosen or apart_m.std(axis=0).max() < RIGID_SPREAD_M:
            chosen.append(marker)
        if len(chosen) == most:
            break
    if len(chosen) < MIN_MARKERS or not _spans_a_plane(positions_m[frames[len(frames) // 2], chosen]):
        return None
    return np.array(chosen)


def rigid_residual(
    positions_m: np.ndarray, gap: Gap, neighbours: Neighbours
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """What a rigid body says of a marker: in the gap, and how far that is off where the marker is seen.

    Returns
    -------
    predicted_m : (gap frame, 3)
    frames : (training frame,) where the marker and its body are seen
    residual_m : (training frame, 3) measured minus predicted; None for all three where there is no rigid body
    """
    cluster = rigid_cluster(positions_m, neighbours)
    if cluster is None:
        return None
    frames = np.flatnonzero(neighbours.training)
    reference_m = positions_m[frames[len(frames) // 2], cluster]
    weights = np.ones(len(cluster))
    rotation, centre_m = pose(positions_m[np.ix_(frames, cluster)], reference_m, weights)
    place_m = np.einsum("fji,fj->fi", rotation, positions_m[frames, gap.marker] - centre_m).mean(axis=0)
    residual_m = positions_m[frames, gap.marker] - (centre_m + rotation @ place_m)
    rotation, centre_m = pose(positions_m[gap.start : gap.end, cluster], reference_m, weights)
    return centre_m + rotation @ place_m, frames, residual_m


def _spans_a_plane(shape_m: np.ndarray) -> bool:
    extents_m = np.linalg.svd(shape_m - shape_m.mean(axis=0), compute_uv=False) / np.sqrt(len(shape_m))
    return bool(extents_m[1] > _NOT_IN_LINE_M)
