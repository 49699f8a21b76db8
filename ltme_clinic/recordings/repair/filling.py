"""Filling gaps: each as well as hidden stretches of the same recording say it can be, or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from ltme_clinic.progress import Progress, silent
from ltme_clinic.recordings.repair.conditional import EVERY_SIZE, Sizes, conditional_fill
from ltme_clinic.recordings.repair.gaps import Gap, Neighbours, find_gaps, neighbours_of
from ltme_clinic.recordings.repair.joining import joined, spline_fill
from ltme_clinic.recordings.repair.principal import principal_residual
from ltme_clinic.recordings.repair.rigid import rigid_residual
from ltme_clinic.types import LtmeError, Recording

Method = Literal["auto", "gaussian", "rigid", "pca", "spline"]
METHODS: tuple[Method, ...] = get_args(Method)

LONGEST_GAP_S = 5.0
"""Beyond this nothing is filled, whatever is asked: a track of seconds is not a repair."""
SPLINE_MAX_S = 0.2
"""Longest gap that `auto` gives to a spline, which knows nothing of the body."""
BETTER_THAN_CAMERAS_M = 0.0001
"""A spline expected to be this good is better than a camera, and `auto` asks no neighbour."""
SECOND_HAND_ERROR_M = 0.005
"""Fills expected to be better than this may serve as neighbours where too few markers are seen."""


@dataclass(frozen=True)
class FilledGap:
    """What became of one gap."""

    label: str
    start_s: float
    end_s: float
    method: str
    """Empty where the gap was left open."""
    expected_error_m: float
    """Root mean square error that hidden stretches of this length had in the same recording; NaN if unknown.

    Half of all gaps turn out better than this; the rare bad ones make the root mean square over many gaps up to twice
    as large (see studies/gap_filling).
    """
    reason: str = ""
    """Why it was left open."""

    @property
    def filled(self) -> bool:
        return bool(self.method)


@dataclass(frozen=True)
class Filling:
    """A repaired recording, and an account of every gap."""

    recording: Recording
    gaps: tuple[FilledGap, ...]


@dataclass(frozen=True)
class _Limits:
    max_gap_s: float
    max_edge_gap_s: float
    max_error_m: float


@dataclass(frozen=True)
class _Estimate:
    method: str
    filled_m: np.ndarray
    expected_error_m: float


def fill_gaps(
    recording: Recording,
    *,
    method: Method = "auto",
    max_gap_s: float = 1.0,
    max_edge_gap_s: float = 0.2,
    max_error_m: float = 0.02,
    markers: Collection[str] | None = None,
    progress: Progress = silent,
) -> Recording:
    """Fill short gaps of markers from their neighbours; measured samples are never touched.

    Filled samples are marked in `filled`, the settings are added to `processing`, and a warning counts what was
    filled and what was left open. A gap stays NaN when it is longer than the limits, when too few neighbours see it
    through, or when hidden stretches of its length in the same recording come back worse than `max_error_m`.

    Parameters
    ----------
    method : "auto" is "gaussian" (neighbours and the track's own course, see `conditional`) wherever enough neighbours
        see the gap through, else "rigid" (three or more markers of one segment) or, up to 0.2 s, "spline" (cubic),
        whichever has the smaller error on hidden stretches; and a spline that is better than any camera there. "pca"
        is Gløersen and Federolf 2016. "rigid" and "pca" are joined to the track at both ends.
    max_gap_s : longest gap filled between two seen samples
    max_edge_gap_s : longest gap filled at the recording's beginning or end, by neighbours only
    max_error_m : largest expected error (root mean square, 3D)
    markers : fill only these; by default all

    Raises
    ------
    LtmeError
        For an unknown method or marker, or limits that make no sense.
    """
    filling = fill_gaps_in_detail(
        recording,
        method=method,
        max_gap_s=max_gap_s,
        max_edge_gap_s=max_edge_gap_s,
        max_error_m=max_error_m,
        markers=markers,
        progress=progress,
    )
    return filling.recording


def fill_gaps_in_detail(
    recording: Recording,
    *,
    method: Method = "auto",
    max_gap_s: float = 1.0,
    max_edge_gap_s: float = 0.2,
    max_error_m: float = 0.02,
    markers: Collection[str] | None = None,
    progress: Progress = silent,
) -> Filling:
    """As `fill_gaps`, with an account of every gap: by which method, how well, or why not."""
    limits = _checked(recording.source_name, method, max_gap_s, max_edge_gap_s, max_error_m)
    unknown = set(markers or ()) - set(recording.marker_labels)
    if unknown:
        raise LtmeError(recording.source_name, f"has no marker {', '.join(sorted(unknown))}", "Check the labels")
    gaps = find_gaps(recording.positions_m)
    if markers is not None:
        gaps = [gap for gap in gaps if recording.marker_labels[gap.marker] in markers]
    if not gaps:
        return Filling(recording, ())
    # Arrays of a frozen recording are read-only.
    known_m, filled_m = recording.positions_m, recording.positions_m.copy()
    outcomes: dict[Gap, FilledGap] = {}
    filler = _Filler(recording.rate_hz, method, limits)
    for number, gap in enumerate(gaps):
        progress("gaps", number, len(gaps))
        outcomes[gap] = _try(recording, filler, known_m, filled_m, gap)
    open_gaps = [gap for gap in gaps if not outcomes[gap].filled and outcomes[gap].reason == _NO_NEIGHBOURS]
    good = [gap for gap in gaps if outcomes[gap].filled and outcomes[gap].expected_error_m <= SECOND_HAND_ERROR_M]
    if open_gaps and good:
        known_m = known_m.copy()
        for gap in good:
            known_m[gap.start : gap.end, gap.marker] = filled_m[gap.start : gap.end, gap.marker]
        for gap in open_gaps:
            outcomes[gap] = _try(recording, filler, known_m, filled_m, gap)
    progress("gaps", len(gaps), len(gaps))
    account = tuple(outcomes[gap] for gap in sorted(gaps, key=lambda gap: (gap.start, gap.marker)))
    return Filling(_repaired(recording, filled_m, account, method, limits), account)


_NO_NEIGHBOURS = "too few neighbours see it through"


def _checked(name: str, method: str, max_gap_s: float, max_edge_gap_s: float, max_error_m: float) -> _Limits:
    if method not in METHODS:
        raise LtmeError(name, f"'{method}' is no way of filling gaps", f"Use one of {', '.join(METHODS)}")
    if not 0 <= max_gap_s <= LONGEST_GAP_S or not 0 <= max_edge_gap_s <= LONGEST_GAP_S:
        fact = f"gaps of {max_gap_s:g} s (at the edges {max_edge_gap_s:g} s) are not to be filled"
        raise LtmeError(name, fact, f"Use limits from 0 to {LONGEST_GAP_S:g} s")
    if not max_error_m > 0:
        raise LtmeError(name, f"the largest error allowed is {max_error_m:g} m", "Use a positive one, such as 0.02")
    return _Limits(max_gap_s, max_edge_gap_s, max_error_m)


class _Filler:
    """Fills one gap at a time; keeps the sizes chosen for a marker's earlier gaps of like length."""

    def __init__(self, rate_hz: float, method: Method, limits: _Limits) -> None:
        self.rate_hz, self.method, self.limits = rate_hz, method, limits
        self._sizes: dict[tuple[int, bytes, int, bool], Sequence[Sizes]] = {}

    def best(self, known_m: np.ndarray, gap: Gap) -> _Estimate | str:
        """The estimate to use, or the reason why there is none."""
        edge = gap.at_edge(len(known_m))
        limit_s = self.limits.max_edge_gap_s if edge else self.limits.max_gap_s
        if gap.frames > _frames(limit_s, self.rate_hz):
            return f"longer than {limit_s:g} s" + (" at the recording's edge" if edge else "")
        estimates = [e for e in self._estimates(known_m, gap, edge) if e is not None]
        if not estimates:
            return _NO_NEIGHBOURS
        best = min(estimates, key=lambda estimate: estimate.expected_error_m)
        if not best.expected_error_m <= self.limits.max_error_m:
            if not np.isfinite(best.expected_error_m):
                return "no stretch of its length is seen elsewhere to check against"
            return f"{1e3 * best.expected_error_m:.0f} mm expected error (limit {1e3 * self.limits.max_error_m:.0f} mm)"
        return best

    def _estimates(self, known_m: np.ndarray, gap: Gap, edge: bool) -> list[_Estimate | None]:
        if self.method == "spline":
            return [] if edge else [self._spline(known_m, gap)]
        if self.method == "pca":
            return [_from_residual("pca", gap, principal_residual(known_m, gap))]
        spline = None
        if self.method == "auto" and not edge and gap.frames <= _frames(SPLINE_MAX_S, self.rate_hz):
            spline = self._spline(known_m, gap)
            if spline is not None and spline.expected_error_m <= BETTER_THAN_CAMERAS_M:
                return [spline]
        neighbours = neighbours_of(known_m, gap)
        if self.method != "rigid":
            gaussian = self._gaussian(known_m, gap, neighbours)
            # It holds the spline and the rigid body as its extremes: those are asked only where it can't be had.
            if gaussian is not None or self.method == "gaussian":
                return [gaussian]
        return [_from_residual("rigid", gap, rigid_residual(known_m, gap, neighbours)), spline]

    def _spline(self, known_m: np.ndarray, gap: Gap) -> _Estimate | None:
        found = spline_fill(known_m[:, gap.marker], gap, self.rate_hz)
        return _Estimate("spline", *found) if found else None

    def _gaussian(self, known_m: np.ndarray, gap: Gap, neighbours: Neighbours) -> _Estimate | None:
        alike = (gap.marker, neighbours.markers.tobytes(), gap.frames.bit_length(), gap.at_edge(len(known_m)))
        found = conditional_fill(known_m, self.rate_hz, gap, neighbours, self._sizes.get(alike, EVERY_SIZE))
        if found is None:
            return None
        filled_m, expected_error_m, self._sizes[alike] = found
        return _Estimate("gaussian", filled_m, expected_error_m)


def _frames(length_s: float, rate_hz: float) -> int:
    """A length in whole frames: at 59.94 Hz one second is 60 frames."""
    return round(length_s * rate_hz)


def _from_residual(method: str, gap: Gap, found: tuple[np.ndarray, np.ndarray, np.ndarray] | None) -> _Estimate | None:
    if found is None:
        return None
    predicted_m, frames, residual_m = found
    return _Estimate(method, *joined(predicted_m, gap, frames, residual_m))


def _try(recording: Recording, filler: _Filler, known_m: np.ndarray, filled_m: np.ndarray, gap: Gap) -> FilledGap:
    """Fill one gap in `filled_m`, in place, or say why not."""
    label = recording.marker_labels[gap.marker]
    start_s, end_s = gap.start / recording.rate_hz, gap.end / recording.rate_hz
    estimate = filler.best(known_m, gap)
    if isinstance(estimate, str):
        return FilledGap(label, start_s, end_s, "", float("nan"), estimate)
    filled_m[gap.start : gap.end, gap.marker] = estimate.filled_m
    return FilledGap(label, start_s, end_s, estimate.method, estimate.expected_error_m)


def _repaired(
    recording: Recording, filled_m: np.ndarray, account: tuple[FilledGap, ...], method: Method, limits: _Limits
) -> Recording:
    new = np.isnan(recording.positions_m[..., 0]) & ~np.isnan(filled_m[..., 0])
    filled = new if recording.filled is None else new | recording.filled
    done = [gap for gap in account if gap.filled]
    left = [gap for gap in account if not gap.filled]
    warnings = []
    if done:
        worst_mm = 1e3 * max(gap.expected_error_m for gap in done)
        warnings.append(
            f"gaps filled: {int(new.sum())} marker frames in {len(done)} gaps (expected error up to {worst_mm:.1f} mm)"
        )
    if left:
        longest_s = max(gap.end_s - gap.start_s for gap in left)
        warnings.append(f"gaps left open: {len(left)} (the longest {longest_s:.2f} s)")
    used = Counter(gap.method for gap in done)
    ways = ", ".join(f"{name} {count}" for name, count in sorted(used.items())) or "none"
    step = (
        f"gaps filled: method {method}, up to {limits.max_gap_s:g} s ({limits.max_edge_gap_s:g} s at the edges), "
        f"expected error up to {1e3 * limits.max_error_m:g} mm; used {ways}"
    )
    return replace(
        recording,
        positions_m=filled_m,
        filled=filled,
        processing=(*recording.processing, step),
        warnings=(*recording.warnings, *warnings),
    )
