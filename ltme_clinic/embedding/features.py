"""MotionClip <-> feature frames: positions of every slot and the path's channels as one row of numbers a frame.

A row is 49 x 3 positions in metres (heading frame, see `types.motion.MotionClip`) followed by three channels:
forward velocity, leftward velocity and heading rate, each times `CHANNEL_SCALE_S` so that they weigh about as much
as a position. The inverse is exact for everything that was valid.
"""

from __future__ import annotations

import numpy as np

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.types import BLOCK_WINDOWS, CLIP_RATE_HZ, WINDOW_FRAMES, MotionClip, MotionEmbedding

SLOT_WIDTH = 3 * len(SLOTS)
CHANNELS = 3
WIDTH = SLOT_WIDTH + CHANNELS
CHANNEL_SCALE_S = 0.1


def clip_features(clip: MotionClip) -> tuple[np.ndarray, np.ndarray]:
    """Rows and their validity: (frame, WIDTH) float32 with 0 where hidden, (frame, WIDTH) bool."""
    frames = clip.frames
    channels = np.column_stack([clip.velocity_m_s, clip.heading_rate_rad_s]) * CHANNEL_SCALE_S
    rows = np.concatenate([clip.positions_m.reshape(frames, SLOT_WIDTH), channels], axis=1).astype(np.float32)
    seen = np.concatenate([np.repeat(clip.valid, 3, axis=1), np.isfinite(channels)], axis=1)
    seen &= np.isfinite(rows)
    return np.where(seen, rows, 0.0).astype(np.float32), seen


def features_clip(rows: np.ndarray, embedding: MotionEmbedding) -> MotionClip:
    """The clip that rows (frame, WIDTH) stand for: every slot valid, the path from the origin along x."""
    frames = rows.shape[0]
    channels = rows[:, SLOT_WIDTH:] / CHANNEL_SCALE_S
    return MotionClip(
        recording_id=embedding.recording_id,
        origin=embedding.origin,
        positions_m=rows[:, :SLOT_WIDTH].reshape(frames, len(SLOTS), 3).astype(np.float32),
        valid=np.ones((frames, len(SLOTS)), dtype=bool),
        velocity_m_s=channels[:, :2].astype(np.float32),
        heading_rate_rad_s=channels[:, 2].astype(np.float32),
        start_m=np.zeros(2),
        start_heading_rad=0.0,
        source_start_s=embedding.source_start_s,
        clip_version=embedding.clip_version,
    )


def leg_length_m(rows: np.ndarray) -> float:
    """Mean height of the hip centres above the ankles, metres, along the leg when it is straightest."""
    lengths = []
    for side in ("left", "right"):
        hip = 3 * SLOT_INDEX[f"{side}_hip_centre"]
        ankle = 3 * SLOT_INDEX[f"{side}_ankle_centre"]
        reach = np.linalg.norm(rows[:, hip : hip + 3] - rows[:, ankle : ankle + 3], axis=1)
        lengths.append(np.percentile(reach, 95))
    return float(np.mean(lengths))


def window_count(frames: int) -> int:
    """Windows of 0.64 s in a clip of so many frames, padded up to whole blocks."""
    block = WINDOW_FRAMES * BLOCK_WINDOWS
    return -(-frames // block) * BLOCK_WINDOWS


def to_windows(rows: np.ndarray) -> np.ndarray:
    """Rows cut into windows: (frame, W) -> (window, WINDOW_FRAMES, W).

    The last block is filled up by running the end of the recording backwards, so that no step is made up.
    """
    frames = rows.shape[0]
    wanted = window_count(frames) * WINDOW_FRAMES
    return rows[_there_and_back(frames, wanted)].reshape(-1, WINDOW_FRAMES, rows.shape[1])


def from_windows(windows: np.ndarray, frames: int) -> np.ndarray:
    """Inverse of `to_windows`: (window, WINDOW_FRAMES, W) -> (frame, W)."""
    return windows.reshape(-1, windows.shape[-1])[:frames]


def window_seconds(window: int, source_start_s: float = 0.0) -> tuple[float, float]:
    """When a window starts and stops in the recording's own time, [start, stop) seconds."""
    start = source_start_s + window * WINDOW_FRAMES / CLIP_RATE_HZ
    return start, start + WINDOW_FRAMES / CLIP_RATE_HZ


def _there_and_back(frames: int, wanted: int) -> np.ndarray:
    """Frame numbers 0 .. frames-1, then back and forth until `wanted` are there."""
    if frames == 1:
        return np.zeros(wanted, dtype=int)
    period = 2 * (frames - 1)
    position = np.arange(wanted) % period
    return np.minimum(position, period - position)
