"""Muscles' envelopes over the gait cycle.

Band-pass 20-450 Hz (Butterworth of 4th order, both ways: De Luca and others 2010), full-wave rectified, low-pass 9 Hz
(the same filter), cut into cycles of 101 points and divided by the peak of the counted cycles' mean curve (the peak
dynamic method: Yang and Winter 1984, Arch Phys Med Rehabil 65:517).

Deviations from the reference (Schwartz, Rozumalski and Trost 2008, J Biomech 41:1639): its table is in shares of a
child's maximum over *all* speeds, for the mean curve's peak rises from .10 to .59 (rectus femoris) between very slow
and very fast. One walk can't repeat that, so bands are divided by the peak of their own mean: timing and shape can be
compared, amplitude can't. The table's own filters are not known here.

Not handled: the delay of a wireless system (some tens of milliseconds) is taken as corrected by the laboratory, and
cross-talk and the heart's signal are not removed. No notch filter is applied: hum is stated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.gait.emg.muscles import NamedMuscle, muscle_of
from ltme_clinic.gait.emg.signals import BAND_HZ, MIN_RATE_HZ, signal_faults, upper_edge_hz
from ltme_clinic.types import (
    PERCENT,
    AnalogSignals,
    AngleBand,
    CycleCurves,
    GaitCycle,
    MuscleActivity,
    Side,
)

ENVELOPE_HZ = 9.0
MIN_BAND_CYCLES = 3
"""Fewer cycles are drawn, but not compared with a band: one stride's envelope is mostly chance."""
SPIKE_RATIO = 4.0
"""A cycle that peaks at so many times the median cycle's peak is an artefact, and left out."""
FLAT_RATIO = 1.6
"""A mean envelope whose peak is less than this times its median tells no activity from noise: the mean of three cycles
of noise between 40 and 120 Hz stays under it in 99 of 100 draws, broader noise always."""
MARGIN_S = 0.25
UNIT = "share of peak"


def muscle_activity(
    analogs: AnalogSignals, channels: Sequence[int], cycles: Sequence[GaitCycle], *, bands: Mapping[str, AngleBand]
) -> tuple[MuscleActivity, ...]:
    """The envelope of each channel over its own side's cycles, in the channels' order.

    Parameters
    ----------
    analogs : the recording's analog channels, sample 0 at frame 0
    channels : indices of the channels that are muscles'
    cycles : both sides' cycles; those with flags are kept and not counted
    bands : normal range at the walker's speed by the muscle's name ("rectus femoris"), as `norms.emg_band` has them

    Returns
    -------
    One MuscleActivity a channel. `curves` is None where the signal or its side can't be used, and `band` is None where
    the muscle has none or the signal's faults forbid a comparison; `warnings` say why.
    """
    if not channels:
        return ()
    texts = analogs.descriptions or ("",) * len(analogs.labels)
    muscles = [muscle_of(analogs.labels[index], texts[index]) for index in channels]
    stretch = _stretch(cycles, analogs)
    if stretch is None:
        return tuple(_refused(muscle, "no gait cycle within the EMG's recording") for muscle in muscles)
    signals = np.asarray(analogs.values[stretch, list(channels)], dtype=float)
    missing = ~np.isfinite(signals)
    signals[missing] = 0.0
    envelopes = _envelopes(signals, analogs.rate_hz) if analogs.rate_hz >= MIN_RATE_HZ else np.zeros_like(signals)
    envelopes[missing] = np.nan
    first_s = stretch.start / analogs.rate_hz
    by_name = {name.casefold(): band for name, band in bands.items()}
    return tuple(
        _Channel(muscle, signals[:, place], envelopes[:, place], analogs.rate_hz, first_s).activity(cycles, by_name)
        for place, muscle in enumerate(muscles)
    )


def scaled_to_its_peak(band: AngleBand) -> AngleBand:
    """A band divided by the peak of its mean, which is how the patient's envelope is normalised."""
    peak = float(np.nanmax(band.mean))
    source = f"{band.source}; divided by its peak: timing and shape compare, amplitude does not"
    return replace(band, mean=band.mean / peak, sd=band.sd / peak, source=source)


@dataclass(frozen=True)
class _Channel:
    """One channel on its way to an activity."""

    muscle: NamedMuscle
    signal: np.ndarray  # (sample,) raw, missing samples as 0
    envelope: np.ndarray  # (sample,) in the channel's unit, NaN where samples are missing
    rate_hz: float
    first_s: float

    def activity(self, cycles: Sequence[GaitCycle], bands: Mapping[str, AngleBand]) -> MuscleActivity:
        side = self.muscle.side
        if side is None:
            return _refused(self.muscle, "the label doesn't say left or right. Name the channel as L or R")
        faults = signal_faults(self.signal, self.rate_hz)
        if faults.refusal:
            return _refused(self.muscle, faults.refusal)
        own = [cycle for cycle in cycles if cycle.side == side]
        if not own:
            return _refused(self.muscle, f"no gait cycle of the {side} side")
        rows = self._cycle_rows(own)
        counted = np.array([cycle.counts for cycle in own]) & np.isfinite(rows).all(axis=1)
        counted, spikes = _without_spikes(rows, counted)
        if not counted.any():
            return _refused(self.muscle, f"no {side} cycle that counts is wholly within the EMG's recording")
        curves = _curves(self.muscle.name, side, own, rows, counted)
        forbidden = (*faults.warnings, *_too_few(counted), *_flat(curves.mean))
        band = bands.get((self.muscle.band_name or "").casefold()) or bands.get(self.muscle.name.casefold())
        band = None if band is None or forbidden else scaled_to_its_peak(band)
        warnings = (*forbidden, *spikes, *_narrowed(self.rate_hz), *_named_roughly(self.muscle.name, band))
        return MuscleActivity(self.muscle.name, side, curves, band, warnings)

    def _cycle_rows(self, cycles: Sequence[GaitCycle]) -> np.ndarray:
        """(cycle, 101) envelope; a row is NaN throughout if its cycle leaves the recording, in part if samples miss."""
        start_s = np.array([cycle.start_s for cycle in cycles])[:, None]
        duration_s = np.array([cycle.duration_s for cycle in cycles])[:, None]
        places = (start_s + PERCENT / 100.0 * duration_s - self.first_s) * self.rate_hz
        rows = np.interp(places, np.arange(len(self.envelope)), self.envelope)
        inside = (places[:, :1] >= -1.0) & (places[:, -1:] <= len(self.envelope))
        return np.where(inside, rows, np.nan)


def _refused(muscle: NamedMuscle, why: str) -> MuscleActivity:
    return MuscleActivity(muscle.name, muscle.side, None, warnings=(why,))


def _stretch(cycles: Sequence[GaitCycle], analogs: AnalogSignals) -> slice | None:
    """The samples that the cycles cover and a little more for the filters' ends; what lies outside is not judged."""
    if not cycles:
        return None
    start_s = min(cycle.start_s for cycle in cycles) - MARGIN_S
    stop_s = max(cycle.stop_s for cycle in cycles) + MARGIN_S
    start = max(int(np.floor(start_s * analogs.rate_hz)), 0)
    stop = min(int(np.ceil(stop_s * analogs.rate_hz)) + 1, len(analogs.values))
    return slice(start, stop) if stop - start > 1 else None


def _envelopes(signals: np.ndarray, rate_hz: float) -> np.ndarray:
    """Band-passed, rectified and smoothed (sample, channel), never below zero."""
    from scipy.signal import butter, sosfiltfilt

    band = butter(2, [BAND_HZ[0], upper_edge_hz(rate_hz)], "bandpass", fs=rate_hz, output="sos")
    smoother = butter(2, ENVELOPE_HZ / (np.sqrt(2.0) - 1.0) ** 0.25, fs=rate_hz, output="sos")
    padding = min(round(MARGIN_S * rate_hz), len(signals) - 1)
    rectified = np.abs(sosfiltfilt(band, signals, axis=0, padlen=padding))
    smooth: np.ndarray = np.maximum(sosfiltfilt(smoother, rectified, axis=0, padlen=padding), 0.0)
    return smooth


def _without_spikes(rows: np.ndarray, counted: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Uncount cycles whose peak dwarfs the others', where at least three let that be seen."""
    if counted.sum() < MIN_BAND_CYCLES:
        return counted, ()
    peaks = np.where(counted, rows.max(axis=1), np.nan)
    spiky = counted & (peaks > SPIKE_RATIO * np.nanmedian(peaks))
    if not spiky.any():
        return counted, ()
    return counted & ~spiky, (f"{spiky.sum()} of {counted.sum()} cycles left out: peaks over 4 times the others'",)


def _curves(muscle: str, side: Side, cycles: Sequence[GaitCycle], rows: np.ndarray, counted: np.ndarray) -> CycleCurves:
    peak = rows[counted].mean(axis=0).max()
    shares = rows / peak if peak > 0 else rows
    kept = shares[counted]
    distance = np.where(counted, ((shares - np.median(kept, axis=0)) ** 2).mean(axis=1), np.inf)
    return CycleCurves(
        name=muscle,
        side=side,
        unit=UNIT,
        cycles=shares,
        starts_s=tuple(cycle.start_s for cycle in cycles),
        counted=counted,
        mean=kept.mean(axis=0),
        sd=kept.std(axis=0, ddof=1) if len(kept) > 1 else np.full(len(PERCENT), np.nan),
        representative=int(distance.argmin()),
    )


def _too_few(counted: np.ndarray) -> tuple[str, ...]:
    n = int(counted.sum())
    if n >= MIN_BAND_CYCLES:
        return ()
    return (f"{n} cycle{'s' * (n > 1)} that count{'s' * (n == 1)} (at least {MIN_BAND_CYCLES} to compare with a band)",)


def _flat(mean: np.ndarray) -> tuple[str, ...]:
    middle = float(np.median(mean))
    if middle > 0 and mean.max() >= FLAT_RATIO * middle:
        return ()
    return ("hardly changes over the cycle: continuous activity or only noise, which this signal can't tell apart",)


def _narrowed(rate_hz: float) -> tuple[str, ...]:
    edge_hz = upper_edge_hz(rate_hz)
    return () if edge_hz >= BAND_HZ[1] else (f"sampled at {rate_hz:g} Hz: band-pass ends at {edge_hz:.0f}, not 450 Hz",)


def _named_roughly(muscle: str, band: AngleBand | None) -> tuple[str, ...]:
    if muscle == "gastrocnemius" and band is not None:
        return ("the label doesn't say which head: compared with the medial gastrocnemius",)
    if muscle == "hamstrings":
        return ("the label doesn't say medial or lateral hamstrings, which differ: no band",)
    return ()
