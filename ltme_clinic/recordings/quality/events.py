"""Events that lie outside the recording, or in an order no foot can follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from ltme_clinic.recordings.quality.problems import QualityProblem, named
from ltme_clinic.types import GaitEvent, Recording

SHORTEST_CYCLE_S = 0.3
"""A foot's contacts follow each other no faster: sprinters take 2.4 cycles a second."""
_DROPPED = re.compile(r"events outside the stored frames\D*(\d+)")
_MOST_OF_A_SIDE = 100
"""Pairs of one foot's events that are told one by one: nobody corrects more by hand."""


def find_events_outside(recording: Recording) -> Iterator[QualityProblem]:
    """Events before the first or after the last stored frame, also those that were dropped when the file was read."""
    outside = [event for event in recording.events if not _inside(recording, event)]
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


def find_event_order(recording: Recording) -> Iterator[QualityProblem]:
    """Two contacts of one foot without an off between them, or the reverse, or two of a kind too close together."""
    for side in ("left", "right"):
        here = [event for event in recording.events if event.side == side and _inside(recording, event)]
        own = [event for event in here if event.kind in ("initial_contact", "foot_off")]
        in_time = sorted(own, key=lambda event: event.time_s)
        wrong = [(first, second) for first, second in pairwise(in_time) if first.kind == second.kind]
        yield from (_out_of_order(first, second) for first, second in wrong[:_MOST_OF_A_SIDE])
        if more := wrong[_MOST_OF_A_SIDE:]:
            yield QualityProblem(
                "event_order",
                (),
                more[0][0].time_s,
                more[-1][1].time_s,
                "warning",
                f"{len(more)} more {side} events repeat the one before them, {len(wrong)} in all",
                "Enter the events anew",
            )


def _out_of_order(first: GaitEvent, second: GaitEvent) -> QualityProblem:
    apart_s = second.time_s - first.time_s
    twice = apart_s < SHORTEST_CYCLE_S
    missing = "foot off" if first.kind == "initial_contact" else "initial contact"
    what = "is entered twice" if twice else f"follows the last one without a {missing} between them"
    return QualityProblem(
        "event_order",
        (),
        first.time_s,
        second.time_s,
        "warning" if twice else "note",
        f"{_words(second)} at {second.time_s:.2f} s {what} ({apart_s:.2f} s after it)",
        "Delete one of them" if twice else f"Enter the {missing}, or leave this cycle out",
    )


def _inside(recording: Recording, event: GaitEvent) -> bool:
    return 0 <= event.frame < recording.frames and 0 <= event.time_s <= recording.duration_s


def _words(event: GaitEvent) -> str:
    return f"{event.side or 'an'} {event.kind.replace('_', ' ')}"
