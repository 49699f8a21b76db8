"""The clip's own rhythm: stride frequency, phase, and the average cycle of every feature as harmonics.

A walk is nearly periodic, and *who walks how* is in the cycle's shape. Phase comes from the left ankle's forward
position minus the right's (about a sine; its maximum is close to the left foot's initial contact, Zeni et al. 2008),
so that harmonics of different recordings are aligned. The phase is found frame by frame and so follows strides that are
longer or shorter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.embedding.features import WIDTH
from ltme_clinic.types import CLIP_RATE_HZ

HARMONICS = 5
HARMONIC_WIDTH = (1 + 2 * HARMONICS) * WIDTH
STRIDE_HZ = (0.35, 1.9)
"""Stride frequencies looked for: 42 to 228 steps a minute."""
RHYTHM_SHARE = 0.5
"""Share of the reference signal's power that must lie at the stride frequency to call it a rhythm."""
_SEPARATION_M = 0.02
"""A reference signal smaller than this (standard deviation) is standing still."""


@dataclass(frozen=True)
class Rhythm:
    """Stride frequency in Hz (NaN where there is no rhythm) and the phase of every frame in radians."""

    stride_hz: float
    phase_rad: np.ndarray  # (frame,)

    @property
    def cadence_spm(self) -> float:
        return 120.0 * self.stride_hz

    @property
    def found(self) -> bool:
        return bool(np.isfinite(self.stride_hz))


def find_rhythm(rows: np.ndarray) -> Rhythm:
    """Rhythm of filled feature rows (frame, WIDTH)."""
    forward = 3 * SLOT_INDEX["left_ankle"], 3 * SLOT_INDEX["right_ankle"]
    reference = rows[:, forward[0]].astype(np.float64) - rows[:, forward[1]]
    reference = reference - reference.mean()
    silent = Rhythm(float("nan"), np.zeros(len(reference)))
    if len(reference) < CLIP_RATE_HZ or reference.std() < _SEPARATION_M:
        return silent
    stride_hz, share = _dominant_frequency(reference)
    if share < RHYTHM_SHARE:
        return silent
    return Rhythm(stride_hz, _phase(reference, stride_hz))


def harmonic_features(rows: np.ndarray, rhythm: Rhythm) -> np.ndarray:
    """The average cycle of every feature, (HARMONIC_WIDTH,) float32: mean, then cosine and sine parts 1 to 5.

    Ordinary least squares on the phase with a small ridge, so that a recording of little more than one stride is not
    over-fitted. Without a rhythm only the mean is filled.
    """
    coefficients = np.zeros((1 + 2 * HARMONICS, rows.shape[1]))
    coefficients[0] = rows.mean(axis=0)
    if rhythm.found:
        angle = rhythm.phase_rad[:, None] * np.arange(1, HARMONICS + 1)
        basis = np.concatenate([np.ones((len(rows), 1)), np.cos(angle), np.sin(angle)], axis=1)
        gram = basis.T @ basis + np.diag([0.0] + [0.02 * len(rows)] * (2 * HARMONICS))
        coefficients = np.linalg.solve(gram, basis.T @ rows)
    return coefficients.astype(np.float32).ravel()


def _dominant_frequency(reference: np.ndarray) -> tuple[float, float]:
    """Frequency of the strongest rhythm in STRIDE_HZ and the share of power within half an octave around it."""
    size = 8 * 2 ** int(np.ceil(np.log2(len(reference))))
    power = np.abs(np.fft.rfft(reference * np.hanning(len(reference)), size)) ** 2
    frequency = np.fft.rfftfreq(size, 1.0 / CLIP_RATE_HZ)
    within = (frequency >= STRIDE_HZ[0]) & (frequency <= STRIDE_HZ[1])
    peak = int(np.argmax(np.where(within, power, 0.0)))
    around = (frequency >= frequency[peak] / 1.5) & (frequency <= frequency[peak] * 1.5)
    return _parabolic_peak(power, peak) * frequency[1], float(power[around].sum() / power.sum())


def _parabolic_peak(power: np.ndarray, peak: int) -> float:
    """Index of the maximum between samples, from a parabola through three of them."""
    if not 0 < peak < len(power) - 1:
        return float(peak)
    before, here, after = np.log(power[peak - 1 : peak + 2] + 1e-300)
    curvature = before - 2 * here + after
    return peak + (0.5 * (before - after) / curvature if curvature < 0 else 0.0)


def _phase(reference: np.ndarray, stride_hz: float) -> np.ndarray:
    """Phase of the fundamental, frame by frame, in radians.

    Around each frame a constant, a cosine and a sine at the stride frequency are fitted by least squares under a
    Gaussian weight of half a stride; unlike a filter this has no trouble at the recording's ends.
    """
    period = CLIP_RATE_HZ / stride_hz
    reach = np.arange(-int(1.5 * period), int(1.5 * period) + 1)
    weight = np.exp(-0.5 * (reach / (0.5 * period)) ** 2)
    turned = 2 * np.pi * np.arange(len(reference)) / period
    basis = np.stack([np.ones(len(reference)), np.cos(turned), np.sin(turned)])

    def around(values: np.ndarray) -> np.ndarray:
        whole = np.convolve(values, weight)
        return whole[len(reach) // 2 :][: len(values)]

    gram = np.array([[around(a * b) for b in basis] for a in basis]).transpose(2, 0, 1)  # (frame, 3, 3)
    moment = np.array([around(a * reference) for a in basis]).T[..., None]  # (frame, 3, 1)
    _, cosine, sine = np.linalg.solve(gram + 1e-9 * np.eye(3), moment)[..., 0].T
    return np.unwrap(turned - np.arctan2(sine, cosine))
