"""How a rigid shape lies among points, frame by frame."""

from __future__ import annotations

import numpy as np


def pose(cluster_m: np.ndarray, reference_m: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotation and centre that best lay a reference shape on a cluster of markers, frame by frame.

    Weighted least squares by singular value decomposition (Söderkvist and Wedin 1993, J Biomech 26:1473).

    Parameters
    ----------
    cluster_m : (frame, marker, 3) without NaN
    reference_m : (marker, 3) the same markers in a shape of reference
    weights : (marker,) positive

    Returns
    -------
    rotation : (frame, 3, 3) from the reference's axes to the laboratory's
    centre_m : (frame, 3) weighted centre of the cluster
    """
    share = weights / weights.sum()
    centre_m = np.einsum("k,fki->fi", share, cluster_m)
    shape_m = (reference_m - share @ reference_m) * share[:, None]
    moments = np.einsum("fki,kj->fij", cluster_m - centre_m[:, None], shape_m)
    left, _, right = np.linalg.svd(moments)
    mirrored = np.linalg.det(left @ right) < 0
    left[mirrored, :, 2] *= -1.0
    return left @ right, centre_m
