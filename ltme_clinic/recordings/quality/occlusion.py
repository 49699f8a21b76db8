"""Gaps: markers that are missing for a while, or throughout."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ltme_clinic.kinematics.smoothing import runs
from ltme_clinic.recordings.quality.body import Body
from ltme_clinic.recordings.quality.problems import QualityProblem, named, stretch

LONG_GAP_S = 0.2
"""Up to here a gap is filled to about a millimetre (see studies/gap_filling); beyond, the neighbours must carry it."""
HIDDEN_SHARE = 0.5
GHOST_S = 0.05
"""A marker seen for no longer than this between two gaps was hardly seen: tracking noise as often as a marker."""


def find_gaps(body: Body) -> Iterator[QualityProblem]:
    """One problem for each marker with gaps, located at its longest one, and one for all that are never seen."""
    recording = body.recording
    never = [label for label, seen in zip(body.labels, body.ever_seen, strict=True) if not seen]
    if never and recording.frames:
        yield QualityProblem(
            "never_seen",
            tuple(never),
            0.0,
            recording.duration_s,
            "note",
            f"{len(never)} of {len(body.labels)} markers are never seen: {named(never)}",
            "Leave them out of the model, or check whether the labelling was finished",
        )
    for marker in np.flatnonzero(body.ever_seen & ~body.seen.all(axis=0)).tolist():
        spans = list(runs(~body.seen[:, marker]))
        start, end = max(spans, key=lambda span: span[1] - span[0])
        longest_s = (end - start) / body.rate_hz
        share = sum(stop - first for first, stop in spans) / recording.frames
        yield QualityProblem(
            "gap",
            (body.labels[marker],),
            start / body.rate_hz,
            end / body.rate_hz,
            "warning" if longest_s > LONG_GAP_S or share > HIDDEN_SHARE else "note",
            f"{body.labels[marker]} is missing in {100 * share:.1f} % of the frames, in {len(spans)} gaps; the longest "
            f"lasts {longest_s:.2f} s, {stretch(start / body.rate_hz, end / body.rate_hz)}",
            "Fill the gaps" if longest_s <= 1.0 else "Fill the short gaps; cut the trial to where it is seen",
        )


def find_glimpses(body: Body) -> Iterator[QualityProblem]:
    """Markers that flash up for a few frames between two gaps each longer than the glimpse."""
    most = max(1, int(GHOST_S * body.rate_hz))
    for marker in np.flatnonzero(body.ever_seen & ~body.seen.all(axis=0)).tolist():
        spans = list(runs(body.seen[:, marker]))
        if len(spans) < 2:
            continue
        glimpses = [
            (start, end)
            for number, (start, end) in enumerate(spans)
            if end - start <= most and min(_beside(spans, number, len(body.seen))) > end - start
        ]
        if glimpses:
            label, times = body.labels[marker], "once" if len(glimpses) == 1 else f"{len(glimpses)} times"
            start_s, end_s = glimpses[0][0] / body.rate_hz, glimpses[-1][1] / body.rate_hz
            yield QualityProblem(
                "ghost",
                (label,),
                start_s,
                end_s,
                "note",
                f"{label} flashes up {times}, for {1e3 * most / body.rate_hz:.0f} ms or less, "
                f"between gaps, {stretch(start_s, end_s)}",
                "Delete these stretches unless they fit the track on both sides",
            )


def _beside(spans: list[tuple[int, int]], number: int, frames: int) -> tuple[int, int]:
    """Lengths of the gaps before and after one run of a track; an edge of the recording counts as a long gap."""
    before = spans[number][0] - spans[number - 1][1] if number else frames
    after = spans[number + 1][0] - spans[number][1] if number + 1 < len(spans) else frames
    return before, after
