"""The quality check of a recording: every detector once, and what one fault explains is not told twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import compress

import numpy as np

from ltme_clinic.recordings.quality.body import Body
from ltme_clinic.recordings.quality.events import find_event_order, find_events_outside
from ltme_clinic.recordings.quality.exchanges import find_exchanges
from ltme_clinic.recordings.quality.neighbours import find_neighbours
from ltme_clinic.recordings.quality.occlusion import find_gaps, find_glimpses
from ltme_clinic.recordings.quality.places import find_off_body, find_wrong_axis, find_wrong_unit
from ltme_clinic.recordings.quality.problems import QualityProblem, worst_first
from ltme_clinic.recordings.quality.rigidity import (
    Misplaced,
    find_misplaced,
    find_swaps,
    report_misplaced,
    report_swaps,
)
from ltme_clinic.recordings.quality.sides import find_asymmetry, find_front_back, find_left_right
from ltme_clinic.recordings.quality.tracks import Jumps, find_frozen, find_jumps, report_jumps
from ltme_clinic.types import Recording

MOST_MARKERS = 400
"""No body carries so many: of a file with more labels the first ones are checked, and the result says so."""
_BESIDE_S = 0.05


def check_quality(recording: Recording) -> tuple[QualityProblem, ...]:
    """Find gaps, ghosts, swaps, impossible segments, frozen and jumping markers, wrong units and axes, exchanged sides
    and events outside the recording; the worst first.

    Nothing is changed. Limits adapt to the frame rate and to each marker's own movement; each stands with its reason
    beside its detector. What can't be told is not reported: two markers that are swapped while their segments move
    alike, or a mirrored axis from exchanged sides (both are the same picture). Time and memory grow with the frames
    and the markers, and of what a broken file holds without end the worst few hundred are told.

    Parameters
    ----------
    recording : as read; the result for a filled or filtered one says less about how it was measured
    """
    events = list(find_events_outside(recording))
    if not recording.positions_m.size:
        return tuple(events)
    events += find_event_order(recording)
    if len(recording.marker_labels) > MOST_MARKERS:
        events.append(_unchecked(recording))
        recording = _first_markers(recording)
    body = Body(recording, find_neighbours(recording.positions_m))
    off_body = list(find_off_body(body))
    body = replace(body, off_body=frozenset(label for problem in off_body for label in problem.markers))
    wrong_unit = list(find_wrong_unit(body))
    always = [*find_gaps(body), *find_glimpses(body), *events]
    if wrong_unit:  # every limit in metres would be wrong too
        return worst_first([*wrong_unit, *always])
    return worst_first([*off_body, *_tracking_faults(body, off_body), *_labelling_faults(body), *always])


def _first_markers(recording: Recording) -> Recording:
    """The recording with as many markers as are checked, and nothing beside the positions."""
    return replace(
        recording,
        marker_labels=recording.marker_labels[:MOST_MARKERS],
        positions_m=recording.positions_m[:, :MOST_MARKERS],
        residuals_m=None,
        camera_masks=None,
        filled=None,
    )


def _unchecked(recording: Recording) -> QualityProblem:
    markers = len(recording.marker_labels)
    return QualityProblem(
        "unchecked",
        (),
        0.0,
        recording.duration_s,
        "warning",
        f"{markers} markers are no single body's: only the first {MOST_MARKERS} were checked",
        "Export each subject into a file of its own",
    )


def _labelling_faults(body: Body) -> list[QualityProblem]:
    axis = list(find_wrong_axis(body))
    if axis:  # forward and sideways mean nothing then
        return axis
    return [*find_left_right(body), *find_front_back(body), *find_asymmetry(body)]


def _tracking_faults(body: Body, known: list[QualityProblem]) -> list[QualityProblem]:
    """Swaps, misplaced, frozen and jumping markers; a fault that explains another goes first and is told alone."""
    told = [*known, *find_frozen(body)]
    misplaced, jumps = find_misplaced(body), find_jumps(body)
    told += report_swaps(body, find_swaps(body, misplaced))
    exchanges = find_exchanges(body, jumps)
    is_told = _told(body, [(swap.first, swap.start, swap.end) for swap in exchanges], told)
    told += report_swaps(body, compress(exchanges, ~is_told))
    is_told = _told(body, [(one.marker, one.start, one.end) for one in misplaced], told)
    is_told |= np.array([_partner_jumps(body, one, jumps) for one in misplaced], dtype=bool)
    told += report_misplaced(body, compress(misplaced, ~is_told))
    is_told = _told(body, np.stack([jumps.marker, jumps.start, jumps.end], axis=1), told)
    told += report_jumps(body, jumps[~is_told])
    return told[len(known) :]


def _partner_jumps(body: Body, one: Misplaced, jumps: Jumps) -> bool:
    """Whether a marker keeps its course while a partner leaves its own: then the partner is off, and is told."""
    then = (jumps.start <= one.end) & (jumps.end >= one.start)
    whose = jumps.marker[then & jumps.is_spike]
    return one.marker not in whose and bool(np.isin(body.partners.index[one.marker], whose).any())


def _told(
    body: Body, stretches: np.ndarray | Sequence[tuple[int, int, int]], problems: Iterable[QualityProblem]
) -> np.ndarray:
    """Whether faults that are already reported cover a marker from one frame to another, for each of several."""
    marker, start, end = np.asarray(stretches, dtype=int).reshape(-1, 3).T
    covered: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for problem in problems:
        for label in problem.markers:
            covered[label].append((problem.start_s - _BESIDE_S, problem.end_s + _BESIDE_S))
    told = np.zeros(len(marker), dtype=bool)
    for number, label in enumerate(body.labels):
        if label in covered:
            own = np.flatnonzero(marker == number)
            from_s, to_s = start[own] / body.rate_hz, end[own] / body.rate_hz
            for first_s, last_s in covered[label]:
                told[own] |= (from_s <= last_s) & (to_s >= first_s)
    return told
