"""Made-up walks that can be solved in the head: every coordinate a mixture of two harmonics of one stride."""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.embedding.deviations import Role
from ltme_clinic.embedding.features import CHANNEL_SCALE_S, SLOT_WIDTH, WIDTH
from ltme_clinic.types import CLIP_RATE_HZ, MotionClip, WalkTruth


def stepping_rows(frames: int = 300, stride_hz: float = 0.9, seed: int = 0) -> np.ndarray:
    """Feature rows (frame, WIDTH) of a walker whose ankles swing 0.25 m forward and back."""
    rng = np.random.default_rng(seed)
    phase = 2 * np.pi * stride_hz * np.arange(frames)[:, None] / CLIP_RATE_HZ
    amplitude = rng.normal(0.0, 0.03, (2, WIDTH))
    rows = rng.normal(0.5, 0.3, WIDTH) + amplitude[0] * np.cos(phase + 0.3) + amplitude[1] * np.sin(2 * phase)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        rows[:, 3 * SLOT_INDEX[f"{side}_ankle"]] = 0.25 * sign * np.cos(phase[:, 0])
    return rows.astype(np.float32)


def alternating_roles(count: int) -> list[Role]:
    """Every second walk counts as unusual, whatever is in it."""
    return ["unusual" if number % 2 else "healthy" for number in range(count)]


def alike_rows(frames: int = 300, stride_hz: float = 0.9, seed: int = 0, first_phase: float = 0.0) -> np.ndarray:
    """A walker of a family that differs in eight numbers only: five harmonics, the same cycle again and again."""
    family = np.random.default_rng(99).normal(0.0, 1.0, (9, 11, WIDTH))
    scale = np.array([0.3] + [0.05 / n for n in range(1, 6)] * 2)[:, None]
    eight = np.random.default_rng(seed).normal(0.0, 0.3, 8)
    cycle = scale * (family[0] + np.tensordot(eight, family[1:], 1))
    phase = first_phase + 2 * np.pi * stride_hz * np.arange(frames)[:, None] / CLIP_RATE_HZ * np.arange(1, 6)
    rows = cycle[0] + np.cos(phase) @ cycle[1:6] + np.sin(phase) @ cycle[6:]
    for side, sign in (("left", 1.0), ("right", -1.0)):
        rows[:, 3 * SLOT_INDEX[f"{side}_ankle"]] = 0.25 * sign * np.cos(phase[:, 0])
    return rows.astype(np.float32)


def stepping_clip(frames: int = 300, stride_hz: float = 0.9, seed: int = 0) -> MotionClip:
    """The same walker as a clip with every slot valid."""
    return clip_of(stepping_rows(frames, stride_hz, seed), seed)


def clip_of(rows: np.ndarray, seed: int = 0) -> MotionClip:
    """Feature rows as a clip with every slot valid."""
    frames = len(rows)
    return MotionClip(
        recording_id=f"made-up-{seed}",
        origin="virtual",
        positions_m=rows[:, :SLOT_WIDTH].reshape(frames, len(SLOTS), 3).copy(),
        valid=np.ones((frames, len(SLOTS)), dtype=bool),
        velocity_m_s=rows[:, SLOT_WIDTH : SLOT_WIDTH + 2] / CHANNEL_SCALE_S,
        heading_rate_rad_s=rows[:, SLOT_WIDTH + 2] / CHANNEL_SCALE_S,
        start_m=np.zeros(2),
        start_heading_rad=0.0,
    )


def stepping_truth(stride_hz: float = 0.9, seed: int = 0) -> WalkTruth:
    """A truth whose curves follow from the stride frequency alone."""
    cycle = np.linspace(0.0, 2 * np.pi, 51)
    curves = 20.0 * stride_hz * np.cos(cycle + np.arange(18)[:, None]).reshape(2, 9, 51)
    return WalkTruth(
        patient=f"made-up-{seed}",
        visit=0,
        curves_deg=curves.astype(np.float32),
        speed_m_s=1.2 * stride_hz,
        cadence_spm=120 * stride_hz,
        step_length_m=(0.6, 0.6),
        stance_pct=(60.0, 60.0),
        step_width_m=0.1,
        leg_length_m=0.9,
        height_m=1.7,
        events=(),
    )
