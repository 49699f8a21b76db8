"""EMG envelopes over the cycle: bursts are found where they are, scaling changes nothing, faults are named."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.gait.emg import muscle_activity, scaled_to_its_peak
from ltme_clinic.types import PERCENT, AnalogSignals, AngleBand, GaitCycle, MuscleActivity

RATE_HZ = 1000.0
STRIDE_S = 1.0
STRIDES = 6
BAND = AngleBand("rectus femoris", np.linspace(0.1, 0.4, 101), np.full(101, 0.1), 82, "a table")
BANDS = {"rectus femoris": BAND}


def burst(from_pct: float = 10.0, to_pct: float = 30.0, *, rate_hz: float = RATE_HZ, seed: int = 1) -> np.ndarray:
    """Noise of 1 mV between two points of each one-second stride, of .02 mV elsewhere; strides start at 0.5 s."""
    times_s = np.arange(round((STRIDES + 1) * rate_hz)) / rate_hz
    percent = 100.0 * ((times_s - 0.5) % STRIDE_S)
    level = np.where((percent >= from_pct) & (percent <= to_pct), 1.0, 0.02)
    return level * np.random.default_rng(seed).standard_normal(len(times_s))


def strides(side: str = "left", count: int = STRIDES, flags: dict[int, tuple[str, ...]] | None = None):
    return tuple(
        GaitCycle(side, 0.5 + place, 1.5 + place, foot_off_s=1.1 + place, flags=(flags or {}).get(place, ()))
        for place in range(count)
    )


def activity(signal: np.ndarray, label: str = "LRF", *, rate_hz: float = RATE_HZ, cycles=None) -> MuscleActivity:
    analogs = AnalogSignals((label,), rate_hz, signal[:, None].astype(np.float32), ("V",))
    return muscle_activity(analogs, (0,), strides() if cycles is None else cycles, bands=BANDS)[0]


def active_percent(muscle: MuscleActivity) -> np.ndarray:
    assert muscle.curves is not None
    return PERCENT[muscle.curves.mean > 0.5]


def test_a_burst_from_10_to_30_percent_is_found_there() -> None:
    active = active_percent(activity(burst()))
    assert active.min() == pytest.approx(10.0, abs=2.0)
    assert active.max() == pytest.approx(30.0, abs=2.0)


def test_a_later_burst_is_found_later() -> None:
    active = active_percent(activity(burst(60.0, 80.0)))
    assert active.min() == pytest.approx(60.0, abs=2.0)
    assert active.max() == pytest.approx(80.0, abs=2.0)


def test_the_amplifier_s_gain_and_offset_change_nothing() -> None:
    once, amplified = activity(burst()).curves, activity(2500.0 * burst() + 300.0).curves
    assert once is not None
    assert amplified is not None
    np.testing.assert_allclose(amplified.mean, once.mean, atol=2e-3)


def test_the_mean_curve_peaks_at_one() -> None:
    curves = activity(burst()).curves
    assert curves is not None
    assert curves.mean.max() == pytest.approx(1.0)
    assert curves.unit == "share of peak"


def test_a_right_channel_uses_the_right_foot_s_cycles() -> None:
    cycles = (*strides("left"), *(GaitCycle("right", 1.0 + place, 2.0 + place) for place in range(5)))
    active = active_percent(activity(burst(10.0, 30.0), "RRF", cycles=cycles))
    assert active.min() == pytest.approx(60.0, abs=2.0)
    assert active.max() == pytest.approx(80.0, abs=2.0)


def test_the_band_is_divided_by_its_own_peak_and_says_so() -> None:
    band = activity(burst()).band
    assert band is not None
    assert band.mean.max() == pytest.approx(1.0)
    assert band.sd[0] == pytest.approx(0.25)
    assert "amplitude does not" in band.source
    np.testing.assert_array_equal(band.mean, scaled_to_its_peak(BAND).mean)


def test_a_clean_channel_has_no_warnings() -> None:
    assert activity(burst()).warnings == ()


def test_two_cycles_are_drawn_but_not_compared_with_a_band() -> None:
    muscle = activity(burst(), cycles=strides(count=2))
    assert muscle.curves is not None
    assert muscle.band is None
    assert "2 cycles that count (at least 3" in muscle.warnings[0]


def test_flagged_cycles_are_kept_but_not_counted() -> None:
    flagged = {0: ("turning",), 3: ("outlier: knee_flexion",)}
    curves = activity(burst(), cycles=strides(flags=flagged)).curves
    assert curves is not None
    assert curves.cycles.shape == (6, 101)
    assert curves.counted.tolist() == [False, True, True, False, True, True]
    np.testing.assert_allclose(curves.mean, curves.cycles[curves.counted].mean(axis=0))
    assert curves.representative in (1, 2, 4, 5)


def test_a_cycle_beyond_the_recording_is_not_counted() -> None:
    curves = activity(burst()[:6000]).curves
    assert curves is not None
    assert curves.counted.tolist() == [True] * 5 + [False]
    assert np.isnan(curves.cycles[5]).all()


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_mains_hum_is_warned_about_and_forbids_the_band(mains_hz: float) -> None:
    times_s = np.arange(7000) / RATE_HZ
    muscle = activity(burst() + 0.5 * np.sin(2 * np.pi * mains_hz * times_s))
    assert muscle.band is None
    assert f"mains hum at {mains_hz:g} Hz" in muscle.warnings[0]


def test_movement_artefact_is_warned_about() -> None:
    times_s = np.arange(7000) / RATE_HZ
    muscle = activity(burst() + 3.0 * np.sin(2 * np.pi * 2.0 * times_s))
    assert any("movement artefact" in warning for warning in muscle.warnings)
    assert muscle.band is None


def test_a_clipped_channel_is_warned_about_and_a_much_clipped_one_refused() -> None:
    signal = burst(10.0, 60.0)
    little = activity(np.clip(signal, -1.5, 1.5))
    much = activity(np.clip(signal, -0.3, 0.3))
    assert "clipped" in little.warnings[0]
    assert little.curves is not None
    assert little.band is None
    assert "clipped" in much.warnings[0]
    assert much.curves is None


def test_a_channel_that_drops_out_is_warned_about() -> None:
    signal = burst()
    signal[2200:2400] = 0.0
    muscle = activity(signal)
    assert "one value for 0.20 s on end" in muscle.warnings[0]
    assert muscle.band is None


@pytest.mark.parametrize(
    ("signal", "reason"),
    [
        (np.zeros(7000), "dead channel"),
        (np.full(7000, 2.5), "dead channel"),
        (np.abs(burst()), "rectified already"),
        (np.convolve(np.abs(burst()), np.hanning(200) / 100, "same"), "an envelope already"),
    ],
)
def test_what_is_no_raw_emg_is_refused(signal: np.ndarray, reason: str) -> None:
    muscle = activity(signal)
    assert muscle.curves is None
    assert reason in muscle.warnings[0]


def test_a_raw_signal_about_an_offset_is_not_taken_for_a_rectified_one() -> None:
    assert activity(burst() + 10.0).curves is not None


def test_noise_without_activity_gets_no_band() -> None:
    muscle = activity(np.random.default_rng(3).standard_normal(7000))
    assert muscle.band is None
    assert "hardly changes over the cycle" in muscle.warnings[0]


def test_one_cycle_with_a_spike_is_left_out_and_said() -> None:
    signal = burst()
    signal[2800:2840] += 200.0 * np.random.default_rng(5).standard_normal(40)
    muscle = activity(signal)
    assert muscle.curves is not None
    assert muscle.curves.counted.tolist() == [True, True, False, True, True, True]
    assert any("1 of 6 cycles left out" in warning for warning in muscle.warnings)
    assert active_percent(muscle).max() == pytest.approx(30.0, abs=2.0)


def test_150_hz_is_refused_and_500_hz_is_said() -> None:
    slow = activity(burst(rate_hz=150.0), rate_hz=150.0)
    middling = activity(burst(rate_hz=500.0), rate_hz=500.0)
    assert slow.curves is None
    assert "sampled at 150 Hz" in slow.warnings[0]
    assert middling.curves is not None
    assert any("band-pass ends at 225" in warning for warning in middling.warnings)


def test_a_channel_without_a_side_is_refused() -> None:
    muscle = activity(burst(), "EMG 1")
    assert (muscle.muscle, muscle.side, muscle.curves) == ("EMG 1", None, None)
    assert "left or right" in muscle.warnings[0]


def test_hamstrings_without_a_head_get_no_band() -> None:
    muscle = activity(burst(), "L Hams")
    assert muscle.curves is not None
    assert muscle.band is None
    assert any("medial or lateral" in warning for warning in muscle.warnings)


def test_missing_samples_uncount_their_cycle_only() -> None:
    signal = burst()
    signal[3600:3700] = np.nan
    curves = activity(signal).curves
    assert curves is not None
    assert curves.counted.tolist() == [True, True, True, False, True, True]


def test_without_cycles_every_channel_says_so() -> None:
    muscle = activity(burst(), cycles=())
    assert muscle.curves is None
    assert "no gait cycle" in muscle.warnings[0]


def test_channels_keep_their_order() -> None:
    values = np.stack([burst(), burst(60.0, 80.0)], axis=1).astype(np.float32)
    analogs = AnalogSignals(("RTA", "LRF"), RATE_HZ, values, ("V", "V"))
    found = muscle_activity(analogs, (1, 0), strides(), bands=BANDS)
    assert [(muscle.muscle, muscle.side) for muscle in found] == [
        ("rectus femoris", "left"),
        ("tibialis anterior", "right"),
    ]
