"""What can be wrong with a recording of a walk, as changes to one whose truth is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from ltme_clinic.gait.analysis import analyse_gait
from ltme_clinic.gait.settings import GaitSettings
from ltme_clinic.types import GaitAnalysis, Recording, WalkTruth
from ltme_clinic.virtual_lab import VirtualWalk, WalkingTask, sample_patient, simulate_walk

FIRM = WalkingTask()
"""Every foot's contact is a moment that can be found."""
AGED_10 = GaitSettings(age_y=10.0)
LEG = ("THI", "KNE", "TIB", "ANK", "HEE", "TOE")
PELVIS = ("LASI", "RASI", "LPSI", "RPSI", "SACR")


@cache
def straight_walk() -> VirtualWalk:
    """Eight seconds at 100 Hz straight ahead, with its events."""
    return simulate_walk(sample_patient(11), duration_s=8.0, task=FIRM)


def without_events(recording: Recording) -> Recording:
    return replace(recording, events=())


def moved(recording: Recording, change: Callable[[np.ndarray], np.ndarray]) -> Recording:
    return replace(recording, positions_m=np.ascontiguousarray(change(np.array(recording.positions_m))))


def relabelled(recording: Recording, names: dict[str, str]) -> Recording:
    return replace(recording, marker_labels=tuple(names.get(label, label) for label in recording.marker_labels))


def exchanged(recording: Recording, one: str, other: str) -> Recording:
    return relabelled(recording, {one: other, other: one})


def sides_exchanged(recording: Recording, *parts: str) -> Recording:
    """Left and right of some parts of the body; of all that have sides where none is named."""
    swap = {"L": "R", "R": "L"}
    paired = [x for x in recording.marker_labels if x[0] in swap and swap[x[0]] + x[1:] in recording.marker_labels]
    return relabelled(recording, {x: swap[x[0]] + x[1:] for x in paired if not parts or x[1:] in parts})


def hidden(recording: Recording, labels: Iterable[str], frames: slice | np.ndarray) -> Recording:
    places = [recording.marker_labels.index(label) for label in labels]
    positions_m = np.array(recording.positions_m)
    for place in places:
        positions_m[frames, place] = np.nan
    return replace(recording, positions_m=positions_m)


def frozen(recording: Recording, label: str, start: int, stop: int) -> Recording:
    positions_m = np.array(recording.positions_m)
    place = recording.marker_labels.index(label)
    positions_m[start:stop, place] = positions_m[start, place]
    return replace(recording, positions_m=positions_m)


def exchanged_from(recording: Recording, one: str, other: str, start: int, stop: int) -> Recording:
    """Two markers that a tracker takes for each other for a while."""
    positions_m = np.array(recording.positions_m)
    first, second = (recording.marker_labels.index(label) for label in (one, other))
    positions_m[start:stop, [first, second]] = positions_m[start:stop, [second, first]]
    return replace(recording, positions_m=positions_m)


def analysed(recording: Recording, **arguments: object) -> GaitAnalysis:
    return analyse_gait(recording, **{"settings": AGED_10, **arguments})  # type: ignore[arg-type]


def figure(analysis: GaitAnalysis, name: str) -> float:
    found = analysis.figure(name)
    assert found is not None, f"{name}: {[refusal.reason for refusal in analysis.refusals]}"
    return found.value


def said(analysis: GaitAnalysis) -> str:
    """Everything that the analysis warns of and refuses."""
    return "\n".join([*analysis.warnings, *(f"{refusal.what}: {refusal.reason}" for refusal in analysis.refusals)])


def assert_as_walked(analysis: GaitAnalysis, truth: WalkTruth, share: float = 0.02) -> None:
    """Cadence, step length and speed within a share of the truth."""
    assert figure(analysis, "cadence_spm") == pytest.approx(truth.cadence_spm, rel=share)
    assert figure(analysis, "step_length_m") == pytest.approx(np.mean(truth.step_length_m), rel=share)
    assert figure(analysis, "speed_m_s") == pytest.approx(truth.speed_m_s, rel=share)


def assert_no_number(analysis: GaitAnalysis, reason: str) -> None:
    """No figure of the walk, no index, and somewhere the reason."""
    assert analysis.spatiotemporal == ()
    assert not [f for f in analysis.indices if f.name.startswith(("gdi", "gps"))]
    assert reason in said(analysis)
