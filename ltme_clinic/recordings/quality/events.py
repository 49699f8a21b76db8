"""Events that lie outside the recording, or in an order no foot can follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from ltme_clinic.recordings.quality.body import Body
from ltme_clinic.recordings.quality.problems import QualityProblem, named
from ltme_clinic.types import GaitEvent

SHORTEST_CYCLE_S = 0.3
"""A foot's contacts follow each other no faster: sprinters take 2.4 cycles a second."""
_DROPPED = re.compile(r"events outside the stored frames\D*(\d+)")


def find_events_outside(body: Body) -> Iterator[QualityProblem]:
    """Events before the first or after the last stored frame, also those that were dropped when the file was read."""
    recording = body.recording
    outside = [event for event in recording.events if not _inside(body, event)]
    cure = "Export the whole trial, or delete these events"
    if outside:
        times = named([f"{_words(event)} at {event.time_s:.2f} s" for event in outside])
        yield QualityProblem(
            "event_outside",
            (),
            min(event.time_s for event in outside),
            max(event.time_s for event in outside),
            "warning",
            f"{len(outside)} of {len(recording.events)} events lie outside the {recording.duration_s:.2f} s: {times}",
            cure,
        )
    for warning in recording.warnings:
        if match := _DROPPED.search(warning):
            sentence = f"{match[1]} events of the file lie outside the {recording.duration_s:.2f} s that it holds"
            yield QualityProblem("event_outside", (), 0.0, recording.duration_s, "note", sentence, cure)


def find_event_order(body: Body) -> Iterator[QualityProblem]:
    """Two contacts of one foot without an off between them, or the reverse, or two of a kind too close together."""
    for side in ("left", "right"):
        here = [event for event in body.recording.events if event.side == side and _inside(body, event)]
        own = [event for event in here if event.kind in ("initial_contact", "foot_off")]
        for first, second in pairwise(sorted(own, key=lambda event: event.time_s)):
            if first.kind != second.kind:
                continue
            apart_s = second.time_s - first.time_s
            twice = apart_s < SHORTEST_CYCLE_S
            missing = "foot off" if first.kind == "initial_contact" else "initial contact"
            what = "is entered twice" if twice else f"follows the last one without a {missing} between them"
            yield QualityProblem(
                "event_order",
                (),
                first.time_s,
                second.time_s,
                "warning" if twice else "note",
                f"{_words(second)} at {second.time_s:.2f} s {what} ({apart_s:.2f} s after it)",
                "Delete one of them" if twice else f"Enter the {missing}, or leave this cycle out",
            )


def _inside(body: Body, event: GaitEvent) -> bool:
    return 0 <= event.frame < body.recording.frames and 0 <= event.time_s <= body.recording.duration_s


def _words(event: GaitEvent) -> str:
    return f"{event.side or 'an'} {event.kind.replace('_', ' ')}"
