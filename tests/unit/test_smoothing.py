"""The zero-lag low-pass: its half-power point, no lag, gaps kept, and what is written into the recording."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.kinematics.smoothing import butterworth_low_pass, highest_cutoff_hz, runs
from ltme_clinic.recordings.repair import low_pass
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab import sample_patient, simulate_walk

RATE_HZ = 200.0


def sine(frequency_hz: float, seconds: float = 20.0) -> np.ndarray:
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return np.repeat(np.sin(2 * np.pi * frequency_hz * time_s)[:, None, None], 3, axis=2)


def gain(frequency_hz: float, cutoff_hz: float, order: int) -> float:
    smooth = butterworth_low_pass(sine(frequency_hz), RATE_HZ, cutoff_hz, order)[1000:-1000]
    return float(np.sqrt(2.0 * (smooth[:, 0, 0] ** 2).mean()))


@pytest.mark.parametrize("order", [2, 4, 8])
@pytest.mark.parametrize("cutoff_hz", [6.0, 12.0])
def test_both_passes_together_halve_the_power_at_the_stated_cutoff(cutoff_hz: float, order: int) -> None:
    assert gain(cutoff_hz, cutoff_hz, order) == pytest.approx(np.sqrt(0.5), abs=0.01)
    assert gain(0.3 * cutoff_hz, cutoff_hz, order) == pytest.approx(1.0, abs=0.05)
    assert gain(4 * cutoff_hz, cutoff_hz, order) < 0.25


def test_there_is_no_lag_filtering_a_film_run_backwards_gives_the_backward_film() -> None:
    track_m = np.cumsum(np.random.default_rng(0).normal(size=(400, 2, 3)), axis=0)
    forwards = butterworth_low_pass(track_m, RATE_HZ, 6.0)
    backwards = butterworth_low_pass(track_m[::-1].copy(), RATE_HZ, 6.0)[::-1]
    assert np.abs(forwards - backwards)[100:-100].max() < 1e-6


def test_gaps_stay_gaps_and_each_run_is_filtered_by_itself() -> None:
    track_m = np.random.default_rng(1).normal(size=(300, 3, 3))
    track_m[100:120, 1] = np.nan
    smooth_m = butterworth_low_pass(track_m, RATE_HZ, 10.0)
    assert np.array_equal(np.isnan(smooth_m), np.isnan(track_m))
    alone_m = butterworth_low_pass(track_m[:100, 1:2], RATE_HZ, 10.0)
    assert np.allclose(smooth_m[:100, 1:2], alone_m, atol=1e-12)


def test_runs_of_under_four_frames_are_left_as_they_are() -> None:
    track_m = np.full((20, 1, 3), np.nan)
    track_m[5:8] = 1.5
    assert np.array_equal(butterworth_low_pass(track_m, RATE_HZ, 10.0), track_m, equal_nan=True)


def test_runs_are_half_open_intervals() -> None:
    assert list(runs(np.array([True, True, False, True]))) == [(0, 2), (3, 4)]
    assert list(runs(np.zeros(3, dtype=bool))) == []


def test_a_filtered_recording_says_so_and_is_otherwise_the_same() -> None:
    recording = simulate_walk(sample_patient(1), duration_s=2.0).recording
    smooth = low_pass(recording, 6.0)
    assert smooth.processing == ("low-pass: zero-lag Butterworth of order 4, half power at 6 Hz, each unbroken run",)
    assert smooth.events == recording.events
    assert smooth.marker_labels == recording.marker_labels
    assert 0 < np.abs(smooth.positions_m - recording.positions_m).max() < 0.05
    assert recording.processing == ()


@pytest.mark.parametrize(
    ("cutoff_hz", "order"), [(60.0, 4), (0.0, 4), (-3.0, 4), (float("nan"), 4), (6.0, 3), (6.0, 0)]
)
def test_a_cutoff_that_the_rate_does_not_allow_or_an_odd_order_is_refused(cutoff_hz: float, order: int) -> None:
    recording = simulate_walk(sample_patient(1), duration_s=2.0).recording
    with pytest.raises(LtmeError):
        low_pass(recording, cutoff_hz, order)


def test_the_highest_cutoff_is_kept_and_a_higher_one_is_lowered_to_it() -> None:
    highest_hz = highest_cutoff_hz(RATE_HZ)
    track_m = np.random.default_rng(2).normal(size=(300, 1, 3))
    at_limit = butterworth_low_pass(track_m, RATE_HZ, highest_hz)
    assert np.allclose(at_limit, butterworth_low_pass(track_m, RATE_HZ, 99.0), atol=1e-9)
    assert not np.allclose(at_limit, butterworth_low_pass(track_m, RATE_HZ, 0.9 * highest_hz))
