"""Whether a channel's raw signal can be used: its faults, each with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MIN_RATE_HZ = 200.0
"""Under it half of a muscle's spectrum is lost, and what remains is folded upon itself."""
BAND_HZ = (20.0, 450.0)
"""Where surface EMG lies (De Luca and others 2010, J Biomech 43:1573; SENIAM)."""
NYQUIST_SHARE = 0.9

FEWEST_CLIPPED = 5
"""Samples at exactly the channel's extreme: fewer may be chance where the converter is coarse."""
CLIPPED_WARNING = 0.0005
CLIPPED_REFUSAL = 0.10
HUM_SHARE = 0.10
"""Share of the power between 20 and 450 Hz that mains may hold."""
STILL_S = 0.05
"""A live electrode's noise never rests so long."""
ARTEFACT_RATIO = 1.5
"""Power below 15 Hz over that of the muscle band: skin and cables move more than the muscle speaks."""
NOTHING_SHARE = 0.001
ENVELOPE_SHARE = 0.05


@dataclass(frozen=True)
class SignalFaults:
    """What is wrong with one channel; nothing, where both are empty."""

    refusal: str = ""
    """Why no envelope is calculated."""
    warnings: tuple[str, ...] = ()
    """Why the envelope is drawn but not compared with a band."""


def upper_edge_hz(rate_hz: float) -> float:
    """The band's upper edge at a sample rate: 450 Hz, or nine tenths of what the rate can hold."""
    return min(BAND_HZ[1], NYQUIST_SHARE * rate_hz / 2)


def signal_faults(signal: np.ndarray, rate_hz: float) -> SignalFaults:
    """Judge one channel's raw samples (sample,), finite, over the stretch that the cycles cover.

    In this order: too slow, dead, rectified or enveloped already, clipped; then the warnings: clipped a little,
    drop-outs, mains hum (50 or 60 Hz and their multiples), movement artefact, a narrowed band.
    """
    if rate_hz < MIN_RATE_HZ:
        return SignalFaults(f"sampled at {rate_hz:g} Hz (at least {MIN_RATE_HZ:g}). Export the raw EMG at its own rate")
    if len(signal) < rate_hz / 2:
        return SignalFaults("less than half a second of signal. Record whole strides")
    if np.ptp(signal) == 0.0:
        return SignalFaults("a dead channel: one value throughout. Check electrode and cable")
    frequencies_hz, power = _spectrum(signal, rate_hz)
    muscle_power = power[_within(frequencies_hz, BAND_HZ[0], upper_edge_hz(rate_hz))].sum()
    share = muscle_power / power.sum()
    if is_rectified(signal):
        if share < ENVELOPE_SHARE:
            return SignalFaults("an envelope already: hardly anything above 20 Hz. Export the raw EMG")
        return SignalFaults("rectified already: no sample below zero. Export the raw EMG")
    if share < NOTHING_SHARE:
        return SignalFaults(f"{100 * share:.2f} % of its power is above 20 Hz: no raw EMG. Export the raw EMG")
    clipped = clipped_share(signal)
    if clipped > CLIPPED_REFUSAL:
        return SignalFaults(f"clipped in {100 * clipped:.0f} % of its samples. Lower the amplifier's gain")
    warnings = []
    if clipped > CLIPPED_WARNING:
        warnings.append(f"clipped in {100 * clipped:.1f} % of its samples: peaks are too low. Lower the gain")
    still_s = longest_stillness(signal) / rate_hz
    if still_s > STILL_S:
        warnings.append(f"one value for {still_s:.2f} s on end: drop-outs or no contact. Check electrode and sender")
    for mains_hz in (50.0, 60.0):
        hum = _hum_power(frequencies_hz, power, mains_hz, rate_hz) / muscle_power
        if hum > HUM_SHARE:
            warnings.append(
                f"mains hum at {mains_hz:g} Hz is {100 * min(hum, 1.0):.0f} % of it. Check earth and cables"
            )
    artefact = power[_within(frequencies_hz, 0.0, 15.0)].sum() / muscle_power
    if artefact > ARTEFACT_RATIO:
        warnings.append(
            f"movement artefact or drift: {np.sqrt(artefact):.1f} times the muscle's amplitude below 15 Hz. "
            "Fix electrodes and cables"
        )
    return SignalFaults(warnings=tuple(warnings))


def is_rectified(signal: np.ndarray) -> bool:
    """Whether no sample lies below zero and most lie near it; a raw signal about an offset is symmetric instead."""
    low, middle, high = np.percentile(signal, [0.0, 50.0, 99.5])
    return bool(high > 0 and low >= -0.01 * high and (middle - low) < 0.35 * (high - low))


def clipped_share(signal: np.ndarray) -> float:
    """Share of the samples that lie on a rail: at the channel's own highest or lowest value, again and again.

    A signal that is free to move meets its extreme once or twice, and has as many samples a little below it.
    """
    span = float(np.ptp(signal))
    share = 0.0
    for distance in (signal.max() - signal, signal - signal.min()):
        on_rail = int((distance <= 1e-6 * span).sum())
        beside = int((distance <= 0.05 * span).sum()) - on_rail
        if on_rail >= FEWEST_CLIPPED and on_rail > 2 * beside:
            share += on_rail / len(signal)
    return share


def longest_stillness(signal: np.ndarray) -> int:
    """Samples in the longest run of one and the same value."""
    changes = np.flatnonzero(np.diff(signal) != 0.0) + 1
    return int(np.diff(np.concatenate(([0], changes, [len(signal)]))).max())


def _spectrum(signal: np.ndarray, rate_hz: float) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies and power of the whole stretch under a Hann window, its mean taken out."""
    from scipy.fft import next_fast_len, rfft

    length = next_fast_len(len(signal), real=True)
    transformed = rfft((signal - signal.mean()) * np.hanning(len(signal)), length)
    return np.fft.rfftfreq(length, 1.0 / rate_hz), np.abs(transformed) ** 2


def _within(frequencies_hz: np.ndarray, low_hz: float, high_hz: float) -> np.ndarray:
    return (frequencies_hz >= low_hz) & (frequencies_hz <= high_hz)


def _hum_power(frequencies_hz: np.ndarray, power: np.ndarray, mains_hz: float, rate_hz: float) -> float:
    """Power in the mains' lines beyond what their neighbours' median lets expect.

    A muscle's spectrum is smooth and a line is not: only what stands five times above its neighbours is hum.
    """
    resolution_hz = frequencies_hz[1]
    half_width_hz = max(0.6, 2.0 * resolution_hz)
    total = 0.0
    for line_hz in np.arange(mains_hz, upper_edge_hz(rate_hz), mains_hz):
        distance_hz = np.abs(frequencies_hz - line_hz)
        line = distance_hz <= half_width_hz
        neighbours = (distance_hz > 2 * half_width_hz) & (distance_hz <= 9.0)
        expected = float(np.median(power[neighbours])) / np.log(2.0) * line.sum() if neighbours.any() else 0.0
        found = float(power[line].sum())
        if found > 5.0 * expected:
            total += found - expected
    return total
