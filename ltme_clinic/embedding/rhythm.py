"""The clip's own rhythm: stride frequency, phase, the average cycle of every feature as harmonics, and back to frames.

A walk is nearly periodic, and *who walks how* is in the cycle's shape. Phase comes from the left ankle's forward
position minus the right's (about a sine; its maximum is close to the left foot's initial contact, Zeni et al. 2008),
so that harmonics of different recordings are aligned. The phase is found frame by frame and so follows strides that are
longer or shorter. Two numbers a window, cosine and sine at its centre, bring it back to every frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.embedding.features import WIDTH, window_count
from ltme_clinic.types import CLIP_RATE_HZ, WINDOW_FRAMES, WINDOW_S

HARMONICS = 5
TERMS = 1 + 2 * HARMONICS
HARMONIC_WIDTH = TERMS * WIDTH
PHASE_NUMBERS = 2
"""Numbers of a window that say its phase."""
STRIDE_HZ = (0.35, 1.9)
"""Stride frequencies looked for: 42 to 228 steps a minute."""
RHYTHM_SHARE = 0.5
"""Share of the reference signal's power that must lie at the stride frequency to call it a rhythm."""
RHYTHM_COLUMNS = np.isin(np.arange(WIDTH), [3 * SLOT_INDEX["left_ankle"], 3 * SLOT_INDEX["right_ankle"]])
"""(WIDTH,) bool: the features that a rhythm is found from."""
PHASE_SD_STRIDES = 0.25
"""Standard deviation, in strides, of the weights under which a frame's phase is found: wider, strides come out more
alike than they were; narrower, marker noise passes for strides."""
_CENTRE_FRAMES = 4
"""Frames about a window's centre whose mean phase its two numbers say."""
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
    left, right = (rows[:, 3 * SLOT_INDEX[f"{side}_ankle"]].astype(np.float64) for side in ("left", "right"))
    reference = left - right
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
    coefficients = np.zeros((TERMS, rows.shape[1]))
    coefficients[0] = rows.mean(axis=0)
    if rhythm.found:
        basis = cycle_terms(rhythm.phase_rad)
        gram = basis.T @ basis + np.diag([0.0] + [0.02 * len(rows)] * (2 * HARMONICS))
        coefficients = np.linalg.solve(gram, basis.T @ rows)
    return coefficients.astype(np.float32).ravel()


def cycle_terms(phase_rad: np.ndarray, amount: np.ndarray | float = 1.0) -> np.ndarray:
    """A constant, cosines and sines of the phase's multiples, (frame, TERMS); the waves times `amount`."""
    angle = phase_rad[:, None] * np.arange(1, HARMONICS + 1)
    waves = np.concatenate([np.cos(angle), np.sin(angle)], axis=1) * np.reshape(amount, (-1, 1))
    return np.concatenate([np.ones((len(angle), 1)), waves], axis=1)


def phase_numbers(rhythm: Rhythm) -> np.ndarray:
    """Cosine and sine of the phase at every window's centre, (window, 2) float32; zeros where there is no rhythm.

    Frames that fill up the last block go on at the stride frequency.
    """
    frames = len(rhythm.phase_rad)
    windows = window_count(frames)
    if not rhythm.found:
        return np.zeros((windows, PHASE_NUMBERS), dtype=np.float32)
    beyond = np.arange(1, windows * WINDOW_FRAMES - frames + 1) * 2 * np.pi * rhythm.stride_hz / CLIP_RATE_HZ
    phase = np.concatenate([rhythm.phase_rad, rhythm.phase_rad[-1] + beyond])
    first = (WINDOW_FRAMES - _CENTRE_FRAMES) // 2
    centre = phase.reshape(windows, WINDOW_FRAMES)[:, first : first + _CENTRE_FRAMES].mean(axis=1)
    return np.column_stack([np.cos(centre), np.sin(centre)]).astype(np.float32)


def frame_phases(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Phase (radians) and how much of a cycle there is (0 none, 1 all) of every frame of every window.

    Stride frequencies from 0.35 to 1.9 Hz turn the phase by 0.22 to 1.22 of a cycle from one window to the next: a
    range of one cycle, so that there is only one way to unwrap. Through windows' centres goes a natural cubic spline.
    """
    from scipy.interpolate import CubicSpline

    wrapped = np.arctan2(numbers[:, 1], numbers[:, 0]).astype(np.float64)
    least = 2 * np.pi * STRIDE_HZ[0] * WINDOW_S
    advance = least + np.mod(np.diff(wrapped) - least, 2 * np.pi)
    centre = wrapped[0] + np.concatenate([[0.0], np.cumsum(advance)])
    position = (np.arange(len(numbers) * WINDOW_FRAMES) + 0.5) / WINDOW_FRAMES - 0.5  # in windows, 0 at a centre
    last = len(numbers) - 1
    between = CubicSpline(np.arange(len(numbers)), centre, bc_type="natural")
    before, after = np.minimum(position, 0.0), np.maximum(position - last, 0.0)
    phase = between(np.clip(position, 0.0, last)) + before * between(0.0, 1) + after * between(last, 1)
    return phase, np.repeat(np.minimum(np.hypot(numbers[:, 0], numbers[:, 1]), 1.0), WINDOW_FRAMES)


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
    Gaussian weight (`PHASE_SD_STRIDES`); unlike a filter this has no trouble at the recording's ends.
    """
    period = CLIP_RATE_HZ / stride_hz
    furthest = int(3.0 * PHASE_SD_STRIDES * period)
    reach = np.arange(-furthest, furthest + 1)
    weight = np.exp(-0.5 * (reach / (PHASE_SD_STRIDES * period)) ** 2)
    turned = 2 * np.pi * np.arange(len(reference)) / period
    basis = np.stack([np.ones(len(reference)), np.cos(turned), np.sin(turned)])

    def around(values: np.ndarray) -> np.ndarray:
        whole = np.convolve(values, weight)
        return whole[len(reach) // 2 :][: len(values)]

    gram = np.array([[around(a * b) for b in basis] for a in basis]).transpose(2, 0, 1)  # (frame, 3, 3)
    moment = np.array([around(a * reference) for a in basis]).T[..., None]  # (frame, 3, 1)
    _, cosine, sine = np.linalg.solve(gram + 1e-9 * np.eye(3), moment)[..., 0].T
    return np.unwrap(turned - np.arctan2(sine, cosine))
