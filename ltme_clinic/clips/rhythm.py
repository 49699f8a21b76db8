"""What a clip tells without events: its rhythm, its speed, the walker's leg length, how much of the body is there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.types import MotionClip

SHORTEST_STRIDE_S, LONGEST_STRIDE_S = 0.4, 3.0
MIN_STEP_SWAY_M = 0.03
"""Standard deviation of one foot ahead of the other below which nobody is stepping."""
MIN_REGULARITY = 0.5
MIN_WALKING_SPEED_M_S = 0.2


@dataclass(frozen=True)
class ClipQuality:
    """A clip at a glance."""

    speed_m_s: float
    cadence_spm: float
    """NaN where the clip has no stepping rhythm."""
    leg_length_m: float
    """NaN where pelvis or ankles are missing."""
    slots_seen: int
    valid_share: float
    """Share of frames that are valid over the slots ever seen, 0 to 1."""
    walking: bool


def clip_quality(clip: MotionClip) -> ClipQuality:
    """Speed, rhythm, size and completeness of a clip."""
    seen = clip.valid.any(axis=0)
    cadence = cadence_spm(clip)
    return ClipQuality(
        speed_m_s=clip.speed_m_s,
        cadence_spm=cadence,
        leg_length_m=leg_length_m(clip),
        slots_seen=int(seen.sum()),
        valid_share=float(clip.valid[:, seen].mean()) if seen.any() else 0.0,
        walking=bool(np.isfinite(cadence)) and clip.speed_m_s >= MIN_WALKING_SPEED_M_S,
    )


def is_walking(clip: MotionClip) -> bool:
    """Whether the clip steps with a rhythm and gets forward, at 0.2 m/s or more."""
    return clip_quality(clip).walking


def cadence_spm(clip: MotionClip) -> float:
    """Steps a minute from the clip's own rhythm; NaN where it has none.

    The distance of the left foot ahead of the right repeats after a stride and is reversed after a step. The stride
    time is the shortest lag at which both hold: the first high peak of the correlation at the lag less the
    correlation at half of it, each weighed by the frames it rests on, refined by a parabola.
    """
    ahead_m = _left_ahead_of_right(clip)
    known = ~np.isnan(ahead_m)
    if known.sum() < SHORTEST_STRIDE_S * clip.rate_hz * 2 or np.nanstd(ahead_m) < MIN_STEP_SWAY_M:
        return float("nan")
    regularity = _regularity(ahead_m, clip.rate_hz)
    stride_s = _first_peak_s(regularity, clip.rate_hz)
    return 120.0 / stride_s if np.isfinite(stride_s) else float("nan")


def leg_length_m(clip: MotionClip) -> float:
    """Height of the anterior iliac spine over the ankle at its greatest, mean of both sides, metres.

    The 98th percentile over the clip, so that one bad frame does not count. Hip joint centres stand in for absent
    iliac spines (some 7 cm less), ankle joint centres for absent ankle markers. NaN where either is missing.
    """
    lengths_m = []
    for side in SIDES:
        top = _first_seen(clip, [f"{side}_asis", f"{side}_hip_centre"])
        ankle = _first_seen(clip, [f"{side}_ankle", f"{side}_ankle_centre"])
        if top is not None and ankle is not None:
            height_m = (clip.positions_m[:, top, 2] - clip.positions_m[:, ankle, 2]).astype(np.float64)
            if not np.isnan(height_m).all():
                lengths_m.append(float(np.nanpercentile(height_m, 98)))
    return float(np.mean(lengths_m)) if lengths_m else float("nan")


def _first_seen(clip: MotionClip, slots: list[str]) -> int | None:
    return next((SLOT_INDEX[slot] for slot in slots if clip.valid[:, SLOT_INDEX[slot]].any()), None)


def _left_ahead_of_right(clip: MotionClip) -> np.ndarray:
    """Forward distance from right to left foot, (frame,) metres, from the pair of markers that is most complete."""
    pairs = [
        [SLOT_INDEX[f"{side}_{name}"] for side in SIDES] for name in ("ankle", "heel", "ankle_centre", "toe", "knee")
    ]
    left, right = max(pairs, key=lambda pair: int(clip.valid[:, pair].all(axis=1).sum()))
    return (clip.positions_m[:, left, 0] - clip.positions_m[:, right, 0]).astype(np.float64)


def _regularity(ahead_m: np.ndarray, rate_hz: float) -> np.ndarray:
    """How well each lag in frames is a stride, -1 to 1; (lag,), NaN outside the plausible."""
    known = ~np.isnan(ahead_m)
    signal = np.where(known, ahead_m - np.nanmean(ahead_m), 0.0)
    longest = min(int(LONGEST_STRIDE_S * rate_hz), int(0.8 * len(signal)))
    correlation, weight = np.zeros(longest + 1), np.zeros(longest + 1)
    for lag in range(longest + 1):
        pair = known[: len(known) - lag] & known[lag:]
        a, b = signal[: len(signal) - lag][pair], signal[lag:][pair]
        size = np.sqrt((a @ a) * (b @ b))
        correlation[lag] = (a @ b) / size if size > 0 else 0.0
        weight[lag] = pair.sum()
    lags = np.arange(longest + 1)
    # Half a lag may lie between two frames.
    half_r, half_w = (np.interp(lags / 2, lags, x) for x in (correlation, weight))
    regularity = (correlation * weight - half_r * half_w) / np.maximum(weight + half_w, 1.0)
    regularity[: int(SHORTEST_STRIDE_S * rate_hz)] = np.nan
    return regularity


def _first_peak_s(regularity: np.ndarray, rate_hz: float) -> float:
    middle = regularity[1:-1]
    with np.errstate(invalid="ignore"):
        peaks = np.flatnonzero((middle >= regularity[:-2]) & (middle > regularity[2:])) + 1
    if len(peaks) == 0 or regularity[peaks].max() < MIN_REGULARITY:
        return float("nan")
    peak = peaks[np.argmax(regularity[peaks] > 0.85 * regularity[peaks].max())]
    before, at, after = regularity[peak - 1 : peak + 2]
    shift = 0.5 * (before - after) / (before - 2 * at + after)
    return float((peak + shift) / rate_hz)
