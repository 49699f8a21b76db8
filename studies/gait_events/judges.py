"""Who says when a foot landed: clean plate contacts, the files' own labels, virtual walks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ltme_clinic.gait.events.foot_tracks import SIDES, foot_tracks
from ltme_clinic.gait.plates.contacts import plate_contacts
from ltme_clinic.gait.walker import Walker, walker_of
from ltme_clinic.recordings import find_c3d_files, read_recordings
from ltme_clinic.types import GaitEvent, LtmeError, Recording
from ltme_clinic.virtual_lab import WalkingTask, sample_patient, simulate_walk

LABORATORIES = ("children", "opensim", "qualisys", "overground_adult", "overground_small", "pycgm")
SEEN_BESIDE_S = 0.25
LEAST_TO_END_S = 0.1
CONDITIONS: dict[str, tuple[dict[str, object], WalkingTask, float]] = {
    "free": ({}, WalkingTask(), 1.0),
    "slow": ({}, WalkingTask(), 0.45),
    "very slow": ({}, WalkingTask(), 0.25),
    "fast": ({}, WalkingTask(), 1.5),
    "turn of 90 deg": ({}, WalkingTask(turn_deg=90.0), 1.0),
    "turn of 180 deg": ({}, WalkingTask(turn_deg=-180.0), 1.0),
    "treadmill": ({}, WalkingTask(treadmill=True), 1.0),
    "start and stop": ({}, WalkingTask(pacing="start_and_stop"), 1.0),
    "toe walking": ({}, WalkingTask(manner="toe_walking"), 1.0),
    "shuffling": ({}, WalkingTask(manner="shuffling"), 1.0),
    "equinus": ({"impairment": "equinus", "severity": 1.0}, WalkingTask(), 1.0),
    "hemiplegic": ({"impairment": "hemiplegic", "severity": 1.0}, WalkingTask(), 1.0),
    "crouch": ({"impairment": "crouch", "severity": 1.0}, WalkingTask(), 1.0),
    "foot drop": ({"impairment": "foot_drop", "severity": 1.0}, WalkingTask(), 1.0),
}
"""Name -> who walks, what is done, and the share of the own speed; an impaired walker's own speed is left alone."""


@dataclass(frozen=True)
class Case:
    """One recording as a detector sees it, and what judges say of it."""

    laboratory: str
    person: str
    name: str
    walker: Walker
    """Of the recording without events, analogs and plates."""
    truths: dict[str, tuple[GaitEvent, ...]]
    """Judge -> events, those that a detector can be asked for."""
    whole: bool = False
    """Whether the judge knows every event, so that the others are false."""


def real_cases(folder: Path) -> Iterator[Case]:
    """Moving trials of the laboratories, with their plates and labels as judges."""
    files, _ = find_c3d_files([folder])
    for path in sorted(files):
        if path.parent.name not in LABORATORIES:
            continue
        try:
            recordings = [r for r in read_recordings(path) if not r.is_static]
            walkers = [walker_of(recording) for recording in recordings]
        except LtmeError:
            continue
        for recording, walker in zip(recordings, walkers, strict=True):
            bare = blind(recording)
            labels = tuple(e for e in recording.events if e.side and e.kind != "other")
            truths = {
                "plates": askable(walker, plate_events(walker)),
                "labels": askable(walker, labels),
            }
            if any(truths.values()):
                person = path.name[:5] if path.parent.name == "children" else path.stem
                yield Case(path.parent.name, person, path.name, walker_of(bare), truths)


def virtual_cases(people: int, seed: int) -> Iterator[Case]:
    """Each condition walked by the same people, half of them children's age or not as their seeds have it."""
    for condition, (patient_facts, task, speed_share) in CONDITIONS.items():
        for number in range(people):
            patient = sample_patient(seed + number, **patient_facts)  # type: ignore[arg-type]
            speed_m_s = None if speed_share == 1.0 else speed_share * patient.preferred_speed_m_s
            slowest_m_s = 0.09 * np.sqrt(9.81 * patient.leg_length_m)
            walk = simulate_walk(
                patient,
                duration_s=10.0,
                speed_m_s=None if speed_m_s is None else max(speed_m_s, slowest_m_s),
                task=task,
            )
            walker = walker_of(blind(walk.recording))
            truths = {"virtual": askable(walker, walk.truth.events)}
            yield Case(condition, patient.name, walk.recording.source_name, walker, truths, whole=True)


def blind(recording: Recording) -> Recording:
    """A recording without anything that says when a foot landed."""
    return replace(recording, events=(), analogs=None, force_plates=(), plates=0)


def plate_events(walker: Walker) -> tuple[GaitEvent, ...]:
    """Contact and foot off of each clean contact."""
    events = []
    for contact in plate_contacts(walker):
        if contact.clean and contact.side is not None:
            for kind, time_s in (("initial_contact", contact.start_s), ("foot_off", contact.stop_s)):
                if np.isfinite(time_s):
                    frame = round(time_s * walker.rate_hz)
                    events.append(GaitEvent(contact.side, kind, time_s, frame, source="force_plate"))  # type: ignore[arg-type]
    return tuple(events)


def askable(walker: Walker, events: Sequence[GaitEvent]) -> tuple[GaitEvent, ...]:
    """Events about which the foot's markers are seen, and that are not at the recording's very end."""
    feet = {side: foot_tracks(walker, side) for side in SIDES}
    duration_s = walker.frames / walker.rate_hz
    asked = []
    for event in events:
        foot = feet[event.side] if event.side else None
        if foot is None or not LEAST_TO_END_S <= event.time_s <= duration_s - LEAST_TO_END_S:
            continue
        first = max(0, round((event.time_s - SEEN_BESIDE_S) * walker.rate_hz))
        last = round((event.time_s + SEEN_BESIDE_S) * walker.rate_hz) + 1
        toe_m = foot.toe_m if foot.toe_name else foot.heel_m
        if np.isfinite(foot.heel_m[first:last, 0]).all() and np.isfinite(toe_m[first:last, 0]).all():
            asked.append(event)
    return tuple(asked)
