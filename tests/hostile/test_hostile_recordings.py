"""Recordings made to be slow to check: hundreds of markers, and each fault as often as a small file can hold it."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from ltme_clinic.marker_sets import detect_marker_set, suggest_mapping
from ltme_clinic.recordings.quality import check_quality
from ltme_clinic.recordings.quality.checking import MOST_MARKERS
from ltme_clinic.types import Recording
from studies.hostile_bytes.attempts import BASE_BYTES, BYTES_PER_FILE_BYTE, LONGEST_S

SAMPLES = 40_000
STORED_BYTES = 8
"""Of a point in one frame of a file of integers."""


def standing(frames: int, markers: int, rng: np.random.Generator) -> np.ndarray:
    places_m = rng.uniform([-0.3, -0.3, 0.0], [0.3, 0.3, 1.7], (markers, 3))
    return places_m + rng.normal(0.0, 0.0005, (frames, markers, 3))


def noise(frames: int, markers: int, rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0.0, 1.0, (frames, markers, 3))


def any_size(frames: int, markers: int, rng: np.random.Generator) -> np.ndarray:
    return noise(frames, markers, rng) * 10.0 ** rng.uniform(-30.0, 35.0, (frames, markers, 1))


def flickering(frames: int, markers: int, rng: np.random.Generator) -> np.ndarray:
    positions_m = noise(frames, markers, rng)
    positions_m[rng.random((frames, markers)) < 0.5] = np.nan
    return positions_m


def swapping(frames: int, markers: int, rng: np.random.Generator) -> np.ndarray:
    positions_m = standing(frames, markers, rng)
    for frame in np.flatnonzero(rng.random(frames) < 0.4):
        some = rng.permutation(markers)[: markers // 2]
        positions_m[frame, some] = positions_m[frame, np.roll(some, 1)]
    return positions_m


def exchanging(frames: int, markers: int, rng: np.random.Generator) -> np.ndarray:
    positions_m = standing(frames, markers, rng)
    away = (np.arange(frames) // 20) % 2 == 1
    positions_m[away] = positions_m[away][:, np.minimum(np.arange(markers) ^ 1, markers - 1)]
    return positions_m


def spiking(frames: int, markers: int, rng: np.random.Generator) -> np.ndarray:
    positions_m = standing(frames, markers, rng)
    for marker in range(markers):
        positions_m[marker % 40 :: 40, marker] += 0.1
    return positions_m


def stuttering(frames: int, markers: int, rng: np.random.Generator) -> np.ndarray:
    return np.repeat(rng.normal(0.0, 0.3, (frames // 12 + 1, markers, 3)), 12, axis=0)[:frames]


def at_one_place(frames: int, markers: int, _rng: np.random.Generator) -> np.ndarray:
    return np.zeros((frames, markers, 3))


MADE = (standing, noise, any_size, flickering, swapping, exchanging, spiking, stuttering, at_one_place)


def recording_of(positions_m: np.ndarray) -> Recording:
    labels = tuple(f"M{number:03d}" for number in range(positions_m.shape[1]))
    return Recording("0" * 64, "measured", "hostile.c3d", "", 100.0, 1, labels, positions_m)


def takes_less(happens: Callable[[], object], bound_s: float) -> bool:
    """Of the processor's time; what takes longer is tried again, for a busy machine slows even that."""
    for _ in range(4):
        began_s = time.process_time()
        happens()
        if time.process_time() - began_s < bound_s:
            return True
    return False


def peak_bytes(happens: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        happens()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("markers", [300, 12])
@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_what_is_made_to_be_slow_is_checked_at_once_and_within_its_memory(made: Callable, markers: int) -> None:
    recording = recording_of(made(SAMPLES // markers, markers, np.random.default_rng(0)))
    assert takes_less(lambda: check_quality(recording), LONGEST_S / 2)
    allowed = BASE_BYTES + BYTES_PER_FILE_BYTE["interpret"] * STORED_BYTES * SAMPLES
    assert peak_bytes(lambda: check_quality(recording)) < allowed
    assert len(check_quality(recording)) < 4_000


def test_of_more_markers_than_a_body_carries_the_first_are_checked_and_the_result_says_so() -> None:
    positions_m = standing(20, 3_000, np.random.default_rng(0))
    positions_m[5:9, [1, 2_999]] = np.nan
    recording = recording_of(positions_m)
    problems = check_quality(recording)
    assert [problem.markers for problem in problems if problem.kind == "gap"] == [("M001",)]
    (told,) = [problem for problem in problems if problem.kind == "unchecked"]
    assert str(MOST_MARKERS) in told.sentence
    assert takes_less(lambda: check_quality(recording), LONGEST_S / 2)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("markers", [300, 3_000])
def test_many_unknown_markers_get_their_suggestions_at_once_and_within_memory(markers: int) -> None:
    recording = recording_of(standing(SAMPLES // markers, markers, np.random.default_rng(1)))
    labels, known = recording.marker_labels, detect_marker_set(recording.marker_labels)
    assert takes_less(lambda: suggest_mapping(labels, recording.positions_m, known=known), LONGEST_S)
    allowed = BASE_BYTES + BYTES_PER_FILE_BYTE["interpret"] * STORED_BYTES * SAMPLES
    assert peak_bytes(lambda: suggest_mapping(labels, recording.positions_m, known=known)) < allowed


@pytest.mark.parametrize("label", ["kneekneekneeknee" * 8, "Qabcd", "leftlateralmalleolusleft" * 6])
def test_labels_made_to_be_slow_to_read_are_read_at_once(label: str) -> None:
    labels = tuple(f"{label}{number}" for number in range(2_000))
    assert takes_less(lambda: suggest_mapping(labels), LONGEST_S)
