"""Envelopes of a recorded walk: leg muscles are active where walkers' muscles are."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic.gait.emg import muscle_activity
from ltme_clinic.norms.bands import emg_band
from ltme_clinic.recordings.emg import emg_channels
from ltme_clinic.recordings.reading import read_recordings
from ltme_clinic.types import PERCENT, GaitCycle, MuscleActivity, Recording, Side

ACTIVE = {
    "gastrocnemius": (20.0, 60.0),
    "vastus lateralis": (0.0, 30.0),
    "rectus femoris": (0.0, 30.0),
}
"""Muscle -> when its mean envelope peaks in walking, % of the cycle, generously."""


def own_cycles(recording: Recording) -> tuple[GaitCycle, ...]:
    found = []
    sides: tuple[Side, Side] = ("left", "right")
    for side in sides:
        contacts_s = [e.time_s for e in recording.events if e.side == side and e.kind == "initial_contact"]
        found += [GaitCycle(side, start_s, stop_s) for start_s, stop_s in pairwise(sorted(contacts_s))]
    return tuple(found)


@pytest.fixture(scope="module")
def muscles(shared_data: Path) -> dict[tuple[str, str | None], MuscleActivity]:
    path = shared_data / "recordings" / "overground_small" / "test_small.c3d"
    recording = read_recordings(path)[0]
    assert recording.analogs is not None
    channels = emg_channels(recording.analogs)
    found = muscle_activity(recording.analogs, channels, own_cycles(recording), bands={})
    return {(muscle.muscle, muscle.side): muscle for muscle in found}


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("muscle", ACTIVE)
def test_a_walker_s_muscles_peak_when_walkers_muscles_do(muscles, muscle: str, side: str) -> None:
    curves = muscles[muscle, side].curves
    first, last = ACTIVE[muscle]
    assert first <= PERCENT[curves.mean.argmax()] <= last


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_walker_s_gastrocnemius_follows_the_published_one(muscles, side: str) -> None:
    curves = muscles["gastrocnemius", side].curves
    assert np.corrcoef(curves.mean, emg_band("medial gastrocnemius", 0.38).mean)[0, 1] > 0.7


def test_numbered_channels_have_no_side(muscles) -> None:
    assert muscles["Voltage.15", None].curves is None


def test_two_strides_are_too_few_for_a_band(muscles) -> None:
    assert all(muscle.band is None for muscle in muscles.values())
    assert "at least 3" in muscles["tibialis anterior", "left"].warnings[0]
