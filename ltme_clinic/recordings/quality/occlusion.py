"""Gaps: markers that are missing for a while, or throughout."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ltme_clinic.recordings.quality.body import Body
from ltme_clinic.recordings.quality.problems import QualityProblem, named, stretch
from ltme_clinic.recordings.quality.stretches import Stretches, stretches

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
    gaps = stretches(~body.seen.T)
    for marker, starts, ends in gaps[body.ever_seen[gaps.track]].by_track():
        lengths = ends - starts
        longest = int(lengths.argmax())
        start_s, end_s = float(starts[longest]) / body.rate_hz, float(ends[longest]) / body.rate_hz
        longest_s = float(lengths[longest]) / body.rate_hz
        share = float(lengths.sum()) / recording.frames
        yield QualityProblem(
            "gap",
            (body.labels[marker],),
            start_s,
            end_s,
            "warning" if longest_s > LONG_GAP_S or share > HIDDEN_SHARE else "note",
            f"{body.labels[marker]} is missing in {100 * share:.1f} % of the frames, in {len(starts)} gaps; the "
            f"longest lasts {longest_s:.2f} s, {stretch(start_s, end_s)}",
            "Fill the gaps" if longest_s <= 1.0 else "Fill the short gaps; cut the trial to where it is seen",
        )


def find_glimpses(body: Body) -> Iterator[QualityProblem]:
    """Markers that flash up for a few frames between two gaps each longer than the glimpse."""
    most = max(1, int(GHOST_S * body.rate_hz))
    seen = stretches(body.seen.T)
    before, after = _beside(seen, len(body.seen))
    is_glimpse = (seen.length <= most) & (np.minimum(before, after) > seen.length)
    is_glimpse &= np.bincount(seen.track, minlength=len(body.labels))[seen.track] > 1  # a track seen once is no flicker
    for marker, starts, ends in seen[is_glimpse].by_track():
        label, times = body.labels[marker], "once" if len(starts) == 1 else f"{len(starts)} times"
        start_s, end_s = float(starts[0]) / body.rate_hz, float(ends[-1]) / body.rate_hz
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


def _beside(seen: Stretches, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Lengths of the gaps before and after each stretch; an edge of the recording counts as a long gap."""
    before, after = np.full((2, len(seen)), frames)
    between, follows = seen.start[1:] - seen.end[:-1], ~seen.is_first[1:]
    before[1:][follows], after[:-1][follows] = between[follows], between[follows]
    return before, after
