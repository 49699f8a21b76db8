"""A missing marker given its neighbours and its own track on both sides of the gap: a Gaussian conditional.

In the pose of its most rigid neighbours a marker is a fixed place, plus what its neighbours' own departures from
rigidity say linearly, plus a wobble of its own (skin, a joint in between) that is smooth in time, plus camera noise.
All four are Gaussian with stated sizes, so the expected track in the gap follows in one step; it leaves the measured
track on one side and joins it on the other because the wobble is continuous. With neighbours that say nothing it is a
smoothing spline; with a wobble of zero it is rigid-body filling. The sizes are chosen for each gap by hiding stretches
of the gap's own length elsewhere in the same recording, which costs no refitting (Rasmussen and Williams 2006, Gaussian
Processes for Machine Learning, 2.7 and 5.4.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.recordings.repair.gaps import Gap, Neighbours
from ltme_clinic.recordings.repair.rigid import MIN_MARKERS, pose

MOST_TRAINING_FRAMES = 300
MIN_TRAINING_FRAMES = 10
_POSE_MARKERS = 8
_BESIDE_S = 0.3
"""Every frame this close to the gap is learnt from: the track's course beside the gap is what it must join."""
_SHORT_S = 0.25
"""Gaps up to this are learnt from the nearest frames alone; longer ones from frames spread over the recording."""
_OFFSET_VARIANCE_M2 = 1e-6
_MARGIN_S = 0.05
_SKIN_M = 0.002


@dataclass(frozen=True)
class Sizes:
    """How much of a marker's movement is expected to come from where."""

    neighbours: int = 12
    """How many neighbours are listened to."""
    slope_variance: float = 0.3
    """Variance of the coefficients by which the marker follows them, metre for metre."""
    wobble_m: float = 0.0032
    wobble_s: float = 0.1
    """Size of the marker's own smooth movement, and the time over which it changes."""
    noise_m: float = 0.0003


_WOBBLES = ((0.0032, 0.05), (0.0032, 0.03), (0.01, 0.1), (0.01, 0.3))
_ALTERNATIVES: tuple[Callable[[Sizes], list[Sizes]], ...] = (
    lambda best: [replace(best, wobble_m=size_m, wobble_s=time_s) for size_m, time_s in _WOBBLES],
    lambda best: [replace(best, noise_m=noise_m) for noise_m in (0.0001, 0.00003, 0.001)],
    lambda best: [replace(best, slope_variance=0.03)],
    lambda best: [replace(best, neighbours=count) for count in (3, 6)],
)
"""What is tried beside the sizes found so far, one kind after the other."""


@dataclass(frozen=True)
class _Problem:
    """One gap in the pose of its neighbours: what is known, and what the neighbours do in each frame."""

    training: np.ndarray  # (n,) frame numbers
    place_m: np.ndarray  # (n, 3) the marker in the neighbours' pose, less its mean
    mean_m: np.ndarray  # (3,)
    departures_m: np.ndarray  # (n + gap, 3 neighbours) in the same pose, less their mean
    rotation: np.ndarray  # (gap, 3, 3)
    centre_m: np.ndarray  # (gap, 3)
    time_s: np.ndarray  # (n + gap,)


def conditional_fill(
    positions_m: np.ndarray, rate_hz: float, gap: Gap, neighbours: Neighbours, sizes: Sizes | None = None
) -> tuple[np.ndarray, float, Sizes] | None:
    """The expected track of a marker in its gap, and the error that stretches of this length had elsewhere.

    Parameters
    ----------
    positions_m : (frame, marker, 3) metres, NaN where missing
    sizes : those to use; by default they are chosen for this gap

    Returns
    -------
    filled_m : (gap frame, 3) metres, laboratory frame
    expected_error_m : root mean square 3D error over hidden stretches of the same length
    sizes : those in use; None for all three where there are too few neighbours or frames
    """
    if len(neighbours.markers) < MIN_MARKERS or neighbours.training.sum() < MIN_TRAINING_FRAMES:
        return None
    # Beyond an edge only one side is known: the middle of a hidden stretch is as far from known frames when it is
    # twice as long.
    hidden = gap.frames * (2 if gap.at_edge(len(positions_m)) else 1)
    if sizes is None:
        sizes, problem, error_m = _chosen(positions_m, rate_hz, gap, neighbours, hidden)
    else:
        problem = _problem(positions_m, rate_hz, gap, neighbours, sizes.neighbours)
        error_m = _hidden_error_m(problem, _covariance(problem, sizes), rate_hz, hidden)
    if not np.isfinite(error_m):
        return None
    return _expected_track(problem, _covariance(problem, sizes)), error_m, sizes


def _chosen(
    positions_m: np.ndarray, rate_hz: float, gap: Gap, neighbours: Neighbours, hidden: int
) -> tuple[Sizes, _Problem, float]:
    """The sizes with the smallest error over hidden stretches, one kind after the other."""
    problems: dict[int, _Problem] = {}

    def error_m(sizes: Sizes) -> float:
        count = min(sizes.neighbours, len(neighbours.markers))
        if count not in problems:
            problems[count] = _problem(positions_m, rate_hz, gap, neighbours, count)
        return _hidden_error_m(problems[count], _covariance(problems[count], sizes), rate_hz, hidden)

    best = Sizes(neighbours=min(Sizes().neighbours, len(neighbours.markers)))
    least_m = error_m(best)
    for alternatives in _ALTERNATIVES:
        for sizes in alternatives(best):
            if (trial_m := error_m(sizes)) < least_m:
                best, least_m = sizes, trial_m
    return best, problems[min(best.neighbours, len(neighbours.markers))], least_m


def _problem(positions_m: np.ndarray, rate_hz: float, gap: Gap, neighbours: Neighbours, count: int) -> _Problem:
    training = _training_frames(neighbours.training, gap, rate_hz)
    frames = np.concatenate([training, np.arange(gap.start, gap.end)])
    n = len(training)
    body = neighbours.first(_POSE_MARKERS)
    weights = 1.0 / (body.spread_m**2 + _SKIN_M**2)
    reference_m = positions_m[training[n // 2], body.markers]
    rotation, centre_m = pose(positions_m[np.ix_(frames, body.markers)], reference_m, weights)
    heard = _heard(neighbours, count)
    departures_m = np.einsum("fji,fkj->fki", rotation, positions_m[np.ix_(frames, heard)] - centre_m[:, None])
    departures_m = departures_m.reshape(len(frames), -1)
    place_m = np.einsum("fji,fj->fi", rotation[:n], positions_m[training, gap.marker] - centre_m[:n])
    mean_m = place_m.mean(axis=0)
    return _Problem(
        training=training,
        place_m=place_m - mean_m,
        mean_m=mean_m,
        departures_m=departures_m - departures_m[:n].mean(axis=0),
        rotation=rotation[n:],
        centre_m=centre_m[n:],
        time_s=frames / rate_hz,
    )


def _heard(neighbours: Neighbours, count: int) -> np.ndarray:
    """The most rigid neighbours and the nearest ones."""
    nearest = np.argsort(neighbours.distance_m, kind="stable")[:count]
    rigid = np.arange(min(count, len(neighbours.markers)))
    return neighbours.markers[np.union1d(nearest, rigid)]


def _training_frames(seen: np.ndarray, gap: Gap, rate_hz: float) -> np.ndarray:
    """At most `MOST_TRAINING_FRAMES` frames to learn from, in order, all those right beside the gap among them."""
    frames = np.flatnonzero(seen)
    if len(frames) <= MOST_TRAINING_FRAMES:
        return frames
    away = np.where(frames < gap.start, gap.start - frames, frames - gap.end + 1)
    nearest = np.argsort(away, kind="stable")
    if gap.frames <= _SHORT_S * rate_hz:
        return np.sort(frames[nearest[:MOST_TRAINING_FRAMES]])
    beside = min(int((away <= _BESIDE_S * rate_hz).sum()), MOST_TRAINING_FRAMES // 2)
    rest = np.sort(nearest[beside:])
    spread = rest[np.linspace(0, len(rest) - 1, MOST_TRAINING_FRAMES - beside).astype(int)]
    return frames[np.union1d(nearest[:beside], spread)]


def _covariance(problem: _Problem, sizes: Sizes) -> np.ndarray:
    """Covariance of each coordinate between all frames and the training frames, (n + gap, n), square metres."""
    n = len(problem.training)
    apart = np.sqrt(5.0) / sizes.wobble_s * np.abs(problem.time_s[:, None] - problem.time_s[:n])
    wobble = sizes.wobble_m**2 * (1.0 + apart + apart**2 / 3.0) * np.exp(-apart)  # Matérn, twice differentiable
    covariance = wobble + sizes.slope_variance * (problem.departures_m @ problem.departures_m[:n].T)
    covariance += _OFFSET_VARIANCE_M2
    covariance[np.arange(n), np.arange(n)] += sizes.noise_m**2
    return covariance


def _expected_track(problem: _Problem, covariance: np.ndarray) -> np.ndarray:
    n = len(problem.training)
    place_m = problem.mean_m + covariance[n:] @ np.linalg.solve(covariance[:n], problem.place_m)
    return problem.centre_m + np.einsum("fij,fj->fi", problem.rotation, place_m)


def _hidden_error_m(problem: _Problem, covariance: np.ndarray, rate_hz: float, hidden: int) -> float:
    """Root mean square 3D error over hidden stretches of `hidden` frames; infinite where none could be hidden.

    With A the inverse of the training covariance, hiding the frames B leaves the residual A_BB^-1 (A y)_B.
    """
    training, n = problem.training, len(problem.training)
    inverse = np.linalg.inv(covariance[:n])
    pull = inverse @ problem.place_m
    margin = int(_MARGIN_S * rate_hz)
    errors = []
    for start in range(training[0] + margin, training[-1] - hidden - margin, max(1, hidden // 2)):
        first, last = np.searchsorted(training, [start, start + hidden])
        if 1 <= last - first <= n - MIN_TRAINING_FRAMES:
            residual_m = np.linalg.solve(inverse[first:last, first:last], pull[first:last])
            errors.append((residual_m**2).sum(axis=1).mean())
    return float(np.sqrt(np.mean(errors))) if errors else float("inf")
