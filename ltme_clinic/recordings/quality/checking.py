"""The quality check of a recording: every detector once, and what one fault explains is not told twice."""

from __future__ import annotations

from ltme_clinic.recordings.quality.body import Body
from ltme_clinic.recordings.quality.events import find_event_order, find_events_outside
from ltme_clinic.recordings.quality.exchanges import find_exchanges
from ltme_clinic.recordings.quality.occlusion import find_gaps, find_glimpses
from ltme_clinic.recordings.quality.places import find_off_body, find_wrong_axis, find_wrong_unit
from ltme_clinic.recordings.quality.problems import QualityProblem, worst_first
from ltme_clinic.recordings.quality.rigidity import find_misplaced, find_swaps, report_misplaced, report_swaps
from ltme_clinic.recordings.quality.sides import find_asymmetry, find_front_back, find_left_right
from ltme_clinic.recordings.quality.tracks import find_frozen, find_jumps, report_jumps
from ltme_clinic.types import Recording

_BESIDE_S = 0.05


def check_quality(recording: Recording) -> tuple[QualityProblem, ...]:
    """Find gaps, ghosts, swaps, impossible segments, frozen and jumping markers, wrong units and axes, exchanged sides
    and events outside the recording; the worst first.

    Nothing is changed. Limits adapt to the frame rate and to each marker's own movement; each stands with its reason
    beside its detector. What can't be told is not reported: two markers that are swapped while their segments move
    alike, or a mirrored axis from exchanged sides (both are the same picture).

    Parameters
    ----------
    recording : as read; the result for a filled or filtered one says less about how it was measured
    """
    if not recording.positions_m.size:
        return tuple(find_events_outside(Body(recording)))
    body = Body(recording)
    off_body = list(find_off_body(body))
    if off_body:
        body = Body(recording, frozenset(label for problem in off_body for label in problem.markers))
    wrong_unit = list(find_wrong_unit(body))
    always = [*find_gaps(body), *find_glimpses(body), *find_events_outside(body), *find_event_order(body)]
    if wrong_unit:  # every limit in metres would be wrong too
        return worst_first([*wrong_unit, *always])
    return worst_first([*off_body, *_tracking_faults(body, off_body), *_labelling_faults(body), *always])


def _labelling_faults(body: Body) -> list[QualityProblem]:
    axis = list(find_wrong_axis(body))
    if axis:  # forward and sideways mean nothing then
        return axis
    return [*find_left_right(body), *find_front_back(body), *find_asymmetry(body)]


def _tracking_faults(body: Body, known: list[QualityProblem]) -> list[QualityProblem]:
    """Swaps, misplaced, frozen and jumping markers; a fault that explains another goes first and is told alone."""
    told = [*known, *find_frozen(body)]
    misplaced, jumps = find_misplaced(body), find_jumps(body)
    swaps = find_swaps(body, misplaced)
    told += report_swaps(body, swaps)
    told += report_swaps(
        body, [s for s in find_exchanges(body, jumps) if not _told(body, s.first, s.start, s.end, told)]
    )
    told += report_misplaced(body, [m for m in misplaced if not _told(body, m.marker, m.start, m.end, told)])
    told += report_jumps(body, [j for j in jumps if not _told(body, j.marker, j.start, j.end, told)])
    return told[len(known) :]


def _told(body: Body, marker: int, start: int, end: int, problems: list[QualityProblem]) -> bool:
    """Whether a fault that is already reported covers this marker in these frames."""
    start_s, end_s = start / body.rate_hz, end / body.rate_hz
    return any(
        body.labels[marker] in problem.markers
        and start_s <= problem.end_s + _BESIDE_S
        and end_s >= problem.start_s - _BESIDE_S
        for problem in problems
    )
