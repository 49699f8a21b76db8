"""Principal components over all markers, after Gløersen and Federolf 2016."""

from __future__ import annotations

import numpy as np

from ltme_clinic.recordings.repair.gaps import Gap

WEIGHT_RANGE_M = 0.2
"""How quickly a marker's weight falls with its distance (their sigma of 200 mm)."""
MISSING_WEIGHT = 0.02
"""Weight of the missing marker itself, so that it hardly shapes the components."""
KEPT_SHARE = 0.99
"""Components are kept until their singular values add up to this share."""
MIN_TRAINING_FRAMES = 10


def principal_residual(
    positions_m: np.ndarray, gap: Gap, *, most_frames: int = 1000
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """What principal components say of a marker in its gap, and how far they are off where it is seen.

    Their strategy R2 for one marker at a time: only markers that are seen throughout the gap take part; the mean
    trajectory of those is subtracted; each coordinate is scaled to unit variance and weighted by its marker's
    distance, exp(-d^2 / 2 sigma^2); components of the complete frames, with and without the missing marker set to
    zero, give the transformation that rebuilds it.

    Deviation from the paper: a marker that is seen in fewer than 90 % of the gap marker's frames is left out as a
    whole rather than set to zero.

    Returns
    -------
    predicted_m : (gap frame, 3)
    frames : (training frame,) complete frames
    residual_m : (training frame, 3) measured minus predicted; None for all three without enough complete frames

    References
    ----------
    Gløersen Ø, Federolf P (2016) Predicting missing marker trajectories in human motion data using marker
    intercorrelations. PLoS ONE 11(3):e0152616. Federolf PA (2013) PLoS ONE 8(10):e78689.
    """
    seen = ~np.isnan(positions_m[..., 0])
    target_seen = seen[:, gap.marker]
    helpful = seen[gap.start : gap.end].all(axis=0) & (seen[target_seen].mean(axis=0) >= 0.9)
    helpful[gap.marker] = False
    others = np.flatnonzero(helpful)
    frames = np.flatnonzero(target_seen & seen[:, others].all(axis=1))
    if len(others) < 3 or len(frames) < MIN_TRAINING_FRAMES:
        return None
    frames = frames[:: -(-len(frames) // most_frames)]
    columns = np.append(others, gap.marker)
    in_gap = np.arange(gap.start, gap.end)
    middle_m = positions_m[:, others].mean(axis=1)  # (frame, 3) the trajectory that is subtracted
    complete_m = positions_m[np.ix_(frames, columns)] - middle_m[frames, None]
    gapped_m = positions_m[np.ix_(in_gap, columns)] - middle_m[in_gap, None]
    rebuilt_m = _rebuild(complete_m, np.concatenate([complete_m, gapped_m]))
    predicted_m = rebuilt_m[len(frames) :] + middle_m[in_gap]
    residual_m = positions_m[frames, gap.marker] - (rebuilt_m[: len(frames)] + middle_m[frames])
    return predicted_m, frames, residual_m


def _rebuild(complete_m: np.ndarray, wanted_m: np.ndarray) -> np.ndarray:
    """The last marker of each wanted frame, (wanted, 3), from the complete frames' correlations."""
    distance_m = np.linalg.norm(complete_m - complete_m[:, -1:], axis=2).mean(axis=0)
    weight = np.exp(-(distance_m**2) / (2 * WEIGHT_RANGE_M**2))
    weight[-1] = MISSING_WEIGHT
    flat = complete_m.reshape(len(complete_m), -1)  # (frame, 3 marker)
    mean_m, spread_m = flat.mean(axis=0), flat.std(axis=0)
    spread_m[spread_m == 0] = 1.0
    scale = np.repeat(weight, 3) / spread_m
    with_marker = (flat - mean_m) * scale
    without_marker, wanted = with_marker.copy(), (wanted_m.reshape(len(wanted_m), -1) - mean_m) * scale
    without_marker[:, -3:] = 0.0
    wanted[:, -3:] = 0.0
    components, values = _components(with_marker)
    components_without, values_without = _components(without_marker)
    kept = max(_kept(values), _kept(values_without))
    components, components_without = components[:, :kept], components_without[:, :kept]
    rebuilt = wanted @ components_without @ (components_without.T @ components) @ components[-3:].T
    return mean_m[-3:] + rebuilt / scale[-3:]


def _components(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    _, values, vectors = np.linalg.svd(matrix, full_matrices=False)
    return vectors.T, values


def _kept(values: np.ndarray) -> int:
    return int(np.searchsorted(np.cumsum(values), KEPT_SHARE * values.sum())) + 1
