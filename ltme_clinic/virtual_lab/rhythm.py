"""When each foot lands: cadence with its natural irregularity, and curves that repeat with the cycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import CYCLE_POINTS

HARMONICS = 10
"""Harmonics of the stride that curves keep: leaves under .2 degrees of the published means behind."""

SOLE_EARLY_S = (0.018, 0.035)
"""How much earlier than a force plate says a rigid sole lands, and its ball leaves. With these, heel and toe markers
move about virtual events as they do about events on force plates (32 contacts and 36 foot offs in 22 recordings;
study gait_truth)."""
STRIDE_TIME_CV = 0.02
"""Healthy stride-time variability (Hausdorff 1997)."""


@dataclass(frozen=True)
class Rhythm:
    """The gait cycle over time. A side's cycle starts at its initial contact, where its phase is a whole number."""

    time_s: np.ndarray  # (frame,)
    phase: np.ndarray  # (2, frame) cycles, left and right
    stance: tuple[float, float]
    """Share of the cycle each foot is on the floor."""

    def cycle(self, side: int) -> np.ndarray:
        """Whole number of the cycle at each frame."""
        return np.floor(self.phase[side]).astype(int)

    def share(self, side: int) -> np.ndarray:
        """Share of the cycle gone at each frame, 0 to 1."""
        return self.phase[side] - np.floor(self.phase[side])

    def time_of(self, side: int, phase: np.ndarray) -> np.ndarray:
        """Seconds at which a side reaches a phase."""
        return np.interp(phase, self.phase[side], self.time_s)

    def of_soles(self, cycle_s: float) -> Rhythm:
        """When the soles are on the floor: a cycle starts when a sole lands, and its stance ends when the ball leaves.

        A plate feels a foot a little after its rigid sole is down, for the heel gives, and feels it until its toes are
        off, which bend: `SOLE_EARLY_S`.
        """
        landing, leaving = (early_s / cycle_s for early_s in SOLE_EARLY_S)
        left, right = (stance + landing - leaving for stance in self.stance)
        return Rhythm(self.time_s, self.phase + landing, (left, right))


def walk_rhythm(
    rng: np.random.Generator,
    time_s: np.ndarray,
    cadence_spm: float,
    stance: tuple[float, float],
    timing_factor: float,
) -> Rhythm:
    """A rhythm whose mean cadence over the whole time is exact, with slowly wandering stride times."""
    duration_s = time_s[-1] - time_s[0]
    strides = duration_s * cadence_spm / 120.0
    knots = int(2 * strides) + 4
    # a stride averages two half-stride knots, which takes about a third off their spread
    wander = 1.0 + 1.4 * timing_factor * STRIDE_TIME_CV * persistent_noise(rng, knots, 1)[:, 0]
    pace = np.interp(np.linspace(0.0, knots - 1.0, len(time_s)), np.arange(knots), wander)
    gone = np.concatenate([[0.0], np.cumsum(0.5 * (pace[1:] + pace[:-1]))])
    left = rng.random() + strides * gone / gone[-1]
    asymmetry = 0.006 * timing_factor * rng.standard_normal()
    return Rhythm(time_s, np.stack([left, left + 0.5 + asymmetry]), stance)


def persistent_noise(rng: np.random.Generator, length: int, channels: int) -> np.ndarray:
    """(length, channels) noise of unit SD whose spectrum falls like 1/f over a few strides: white plus two memories."""
    noise = rng.standard_normal((3, length, channels))
    total = 0.6 * noise[0]
    for memory, series in ((0.6, noise[1]), (0.92, noise[2])):
        gain = np.sqrt(1.0 - memory**2)
        for step in range(1, length):
            series[step] = memory * series[step - 1] + gain * series[step]
        total = total + 0.57 * series
    return total


def fourier(curves: np.ndarray, harmonics: int = HARMONICS) -> np.ndarray:
    """Curves of a whole cycle (..., 51) to the coefficients that `at_phase` reads, (..., 1 + 2 harmonics).

    A curve whose ends disagree is closed by tilting it a little, half at each end.
    """
    closed = curves - (curves[..., -1:] - curves[..., :1]) * (np.arange(CYCLE_POINTS) / (CYCLE_POINTS - 1) - 0.5)
    spectrum = np.fft.rfft(closed[..., :-1], axis=-1) / (CYCLE_POINTS - 1)
    kept = spectrum[..., 1 : harmonics + 1]
    return np.concatenate([spectrum[..., :1].real, 2.0 * kept.real, -2.0 * kept.imag], axis=-1)


def phase_basis(phase: np.ndarray, harmonics: int = HARMONICS) -> np.ndarray:
    """(frame, 1 + 2 harmonics): constant, cosines, sines."""
    turns = 2.0 * np.pi * phase[:, None] * np.arange(1, harmonics + 1)
    return np.concatenate([np.ones((len(phase), 1)), np.cos(turns), np.sin(turns)], axis=1)


def warp_to_norm(share: np.ndarray, stance: float, norm_stance: float) -> np.ndarray:
    """Cycle share of a foot that leaves the floor at `stance` to the share at which the mean curves do the same."""
    in_stance = share * (norm_stance / stance)
    in_swing = norm_stance + (share - stance) * ((1.0 - norm_stance) / (1.0 - stance))
    return np.where(share < stance, in_stance, in_swing)
