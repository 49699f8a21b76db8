"""A missing marker given its neighbours and its own track on both sides of the gap: a Gaussian conditional.

Seen from its neighbours a marker is a fixed place, plus what their own movement says linearly, plus a wobble of its own
(skin, a joint in between) that is smooth in time, plus camera noise. All four are Gaussian with stated sizes, so the
expected track in the gap follows in one step; it leaves the measured track on one side and joins it on the other
because the wobble is continuous. With neighbours that say nothing it is a smoothing spline; with a wobble of zero it
is rigid-body filling.

Two views, and several sizes in each, are averaged. Turned with the pose of its most rigid neighbours a marker of their
segment hardly moves at all; but the pose of a few loosely bound markers carries their noise into the track, and then
the view that is only carried along with the neighbours' centre does better. Each counts by the error it has on
stretches of the gap's own length that are hidden elsewhere in the same recording, which costs no refitting (Rasmussen
and Williams 2006, Gaussian Processes for Machine Learning, 2.7 and 5.4.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ltme_clinic.kinematics.rigid_pose import pose
from ltme_clinic.recordings.repair.gaps import Gap, Neighbours
from ltme_clinic.recordings.repair.rigid import MIN_MARKERS

MOST_TRAINING_FRAMES = 300
MIN_TRAINING_FRAMES = 10
_POSE_MARKERS = 8
"""The most rigid neighbours, the first of them."""
_BESIDE_S = 0.3
"""Every frame this close to the gap is learnt from: the track's course beside the gap is what it must join."""
_NOISE_M = 0.001
_OFFSET_VARIANCE_M2 = 1e-6
_MARGIN_S = 0.05
_SKIN_M = 0.002
_MOST_STRETCHES = 60
_SHARPNESS = 8
"""An estimate with twice the error counts 2^8 times less: sharp enough to choose, soft enough to average equals."""
_LEAST_M = 1e-9
_KEPT = 4
"""So many of the best sizes are asked again in a later gap of the same kind."""


@dataclass(frozen=True)
class Sizes:
    """How much of a marker's movement is expected to come from where."""

    turned: bool
    """Seen in the pose of the most rigid neighbours, or only from their centre."""
    neighbours: int
    """How many are listened to, the most rigid ones. Few are learnt from little; many say more across short gaps."""
    slope_variance: float
    """Variance of the coefficients by which the marker follows its neighbours, metre for metre."""
    wobble_m: float
    wobble_s: float
    """Size of the marker's own smooth movement, and the time over which it changes."""


_TURNED = ((0.03, 0.003, 0.1), (0.03, 0.003, 0.3), (0.03, 0.03, 0.1), (0.3, 0.01, 0.1), (3.0, 0.003, 0.1))
_CARRIED = ((0.03, 0.01, 0.3), (0.03, 0.03, 0.3), (0.03, 0.3, 0.3), (0.3, 0.01, 0.1), (300.0, 0.3, 0.1))
EVERY_SIZE = (
    *(Sizes(True, count, *rest) for count in (6, 16) for rest in _TURNED),
    *(Sizes(False, 16, *rest) for rest in _CARRIED),
)
"""Only their ratio to the noise tells in the estimate: the large ones stand for better cameras."""


@dataclass(frozen=True)
class _View:
    """One gap seen from its neighbours: where the marker was known, and how alike any two frames are."""

    place_m: np.ndarray  # (n, 3) the marker in the training frames, less its mean
    mean_m: np.ndarray  # (3,)
    rotation: np.ndarray  # (n + gap, 3, 3) from the view's axes to the laboratory's
    centre_m: np.ndarray  # (gap, 3)
    alike_m2: np.ndarray  # (n + gap, n) products of the neighbours' departures from their mean


def conditional_fill(
    positions_m: np.ndarray,
    rate_hz: float,
    gap: Gap,
    neighbours: Neighbours,
    every_size: Sequence[Sizes] = EVERY_SIZE,
) -> tuple[np.ndarray, float, list[Sizes]] | None:
    """The expected track of a marker in its gap, and the error that stretches of this length had elsewhere.

    Parameters
    ----------
    positions_m : (frame, marker, 3) metres, NaN where missing
    every_size : those to average

    Returns
    -------
    filled_m : (gap frame, 3) metres, laboratory frame
    expected_error_m : root mean square 3D error of the average over hidden stretches of the same length
    best : the few sizes that counted most; None for all three where there are too few neighbours or frames
    """
    if len(neighbours.markers) < MIN_MARKERS or neighbours.training.sum() < MIN_TRAINING_FRAMES:
        return None
    training = _training_frames(neighbours.training, gap, rate_hz)
    # Beyond an edge only one side is known: the middle of a hidden stretch is as far from known frames when it is
    # twice as long.
    hidden = gap.frames * (2 if gap.at_edge(len(positions_m)) else 1)
    stretches = _stretches(training, hidden, rate_hz)
    if not stretches:
        return None
    fits = _fits(positions_m, rate_hz, gap, neighbours, training, stretches, every_size)
    if not fits:
        return None
    errors_m = np.array([_root_mean_square(residual_m) for _, residual_m in fits.values()]) + _LEAST_M
    shares = (errors_m.min() / errors_m) ** _SHARPNESS
    shares /= shares.sum()
    filled_m = np.einsum("s,sgi->gi", shares, np.stack([track_m for track_m, _ in fits.values()]))
    residual_m = np.einsum("s,shi->hi", shares, np.stack([residual_m for _, residual_m in fits.values()]))
    tried = list(fits)
    best = [tried[place] for place in np.argsort(-shares, kind="stable")[:_KEPT]]
    return filled_m, _root_mean_square(residual_m), best


def _root_mean_square(residual_m: np.ndarray) -> float:
    return float(np.sqrt((residual_m**2).sum(axis=1).mean()))


def _training_frames(seen: np.ndarray, gap: Gap, rate_hz: float) -> np.ndarray:
    """At most `MOST_TRAINING_FRAMES` frames to learn from, in order, all those right beside the gap among them."""
    frames = np.flatnonzero(seen)
    if len(frames) <= MOST_TRAINING_FRAMES:
        return frames
    away = np.where(frames < gap.start, gap.start - frames, frames - gap.end + 1)
    nearest = np.argsort(away, kind="stable")
    beside = min(int((away <= _BESIDE_S * rate_hz).sum()), MOST_TRAINING_FRAMES // 2)
    rest = np.sort(nearest[beside:])
    spread = rest[np.linspace(0, len(rest) - 1, MOST_TRAINING_FRAMES - beside).astype(int)]
    return frames[np.union1d(nearest[:beside], spread)]


def _stretches(training: np.ndarray, hidden: int, rate_hz: float) -> list[slice]:
    """Places among the training frames of stretches of `hidden` frames, evenly over the recording."""
    margin = int(_MARGIN_S * rate_hz)
    first, last = training[0] + margin, training[-1] - hidden - margin
    starts = np.arange(first, last, max(1, hidden // 2, (last - first) // _MOST_STRETCHES))
    edges = np.searchsorted(training, [starts, starts + hidden]).T.tolist()
    return [slice(*edge) for edge in edges if 1 <= edge[1] - edge[0] <= len(training) - MIN_TRAINING_FRAMES]


def _fits(
    positions_m: np.ndarray,
    rate_hz: float,
    gap: Gap,
    neighbours: Neighbours,
    training: np.ndarray,
    stretches: list[slice],
    every_size: Sequence[Sizes],
) -> dict[Sizes, tuple[np.ndarray, np.ndarray]]:
    """What `_fit` finds for each of the sizes; those that can't be worked out are left out."""
    frames = np.concatenate([training, np.arange(gap.start, gap.end)])
    apart_s = np.abs(frames[:, None] - training) / rate_hz
    wobbles = {wobble_s: _wobble(apart_s / wobble_s) for wobble_s in {sizes.wobble_s for sizes in every_size}}
    views = {
        kind: _view(positions_m, frames, training, gap, neighbours, *kind)
        for kind in {(sizes.turned, sizes.neighbours) for sizes in every_size}
    }
    found = {
        sizes: _fit(views[sizes.turned, sizes.neighbours], wobbles[sizes.wobble_s], sizes, stretches)
        for sizes in every_size
    }
    return {sizes: fit for sizes, fit in found.items() if fit is not None}


def _view(
    positions_m: np.ndarray,
    frames: np.ndarray,
    training: np.ndarray,
    gap: Gap,
    neighbours: Neighbours,
    turned: bool,
    count: int,
) -> _View:
    n = len(training)
    around_m = positions_m[np.ix_(frames, neighbours.markers[:count])]  # (n + gap, neighbour, 3)
    if turned:
        body_m = around_m[:, :_POSE_MARKERS]
        weights = 1.0 / (neighbours.spread_m[: body_m.shape[1]] ** 2 + _SKIN_M**2)
        rotation, centre_m = pose(body_m, body_m[n // 2], weights)
    else:
        rotation = np.broadcast_to(np.eye(3), (len(frames), 3, 3))
        centre_m = around_m.mean(axis=1)
    departures_m = np.einsum("fji,fkj->fki", rotation, around_m - centre_m[:, None]).reshape(len(frames), -1)
    departures_m -= departures_m[:n].mean(axis=0)
    place_m = np.einsum("fji,fj->fi", rotation[:n], positions_m[training, gap.marker] - centre_m[:n])
    mean_m = place_m.mean(axis=0)
    return _View(
        place_m=place_m - mean_m,
        mean_m=mean_m,
        rotation=rotation,
        centre_m=centre_m[n:],
        alike_m2=departures_m @ departures_m[:n].T,
    )


def _fit(view: _View, wobble: np.ndarray, sizes: Sizes, stretches: list[slice]) -> tuple[np.ndarray, np.ndarray] | None:
    """The track expected in the gap, (gap, 3), and what is left over in each hidden stretch, (sample, 3).

    With A the inverse of the training covariance, hiding the frames B leaves the residual A_BB^-1 (A y)_B.
    """
    n = len(view.place_m)
    covariance = sizes.wobble_m**2 * wobble + sizes.slope_variance * view.alike_m2 + _OFFSET_VARIANCE_M2
    inverse = _inverse(covariance[:n] + _NOISE_M**2 * np.eye(n))
    if inverse is None:
        return None
    pull = inverse @ view.place_m
    place_m = view.mean_m + covariance[n:] @ pull
    track_m = view.centre_m + np.einsum("fij,fj->fi", view.rotation[n:], place_m)
    residual_m = np.concatenate([np.linalg.solve(inverse[one, one], pull[one]) for one in stretches])
    rotation = np.concatenate([view.rotation[one] for one in stretches])
    return track_m, np.einsum("fij,fj->fi", rotation, residual_m)


def _inverse(covariance: np.ndarray) -> np.ndarray | None:
    """By Cholesky's factors, thrice as fast as `np.linalg.inv`; None where rounding left it not positive definite."""
    from scipy.linalg.lapack import dpotrf, dpotri

    factor, failed = dpotrf(covariance, lower=1)
    if failed:
        return None
    lower = np.tril(dpotri(factor, lower=1)[0])
    return lower + np.tril(lower, -1).T


def _wobble(apart: np.ndarray) -> np.ndarray:
    """Correlation of the marker's own movement over time: Matérn, three times differentiable."""
    scaled = np.sqrt(7.0) * apart
    return (1.0 + scaled * (1.0 + scaled * (0.4 + scaled / 15.0))) * np.exp(-scaled)
