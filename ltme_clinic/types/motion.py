"""What the transformer reads and writes: a clip of named slots, and its long-term motion embedding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ltme_clinic.body import SLOTS
from ltme_clinic.errors import LtmeError
from ltme_clinic.types.recording import Origin

CLIP_VERSION = 1
CLIP_RATE_HZ = 50.0
WINDOW_FRAMES = 32
WINDOW_S = WINDOW_FRAMES / CLIP_RATE_HZ  # 0.64 s
BLOCK_WINDOWS = 4
"""Windows that share numbers (2.56 s): an embedding's windows come in whole blocks."""
DEVIATION_NUMBERS = 16
"""The last so many numbers of a recording vector: `deviation_numbers`."""


@dataclass(frozen=True)
class MotionClip:
    """A recording's motion on the canonical slots (`body.SLOTS`), at 50 Hz, in the walker's own heading frame.

    Frame of reference: x forward (where the pelvis faces, smoothed over a stride), y to the walker's left, z up;
    the horizontal position of the pelvis centre is removed, heights above the floor stay.
    The path is kept apart as channels, so nothing is lost: see `clips.to_laboratory`.
    """

    recording_id: str
    origin: Origin
    positions_m: np.ndarray  # (frame, slot, axis) float32; NaN where not valid
    valid: np.ndarray  # (frame, slot) bool: measured or interpolated over a short gap
    velocity_m_s: np.ndarray  # (frame, 2) float32: the pelvis over the ground, forward and leftward
    heading_rate_rad_s: np.ndarray  # (frame,) float32, positive turning left
    start_m: np.ndarray  # (2,) float64 pelvis position in the laboratory at frame 0
    start_heading_rad: float
    source_start_s: float = 0.0
    """Seconds from the recording's first frame to this clip's frame 0."""
    treadmill_speed_m_s: float = 0.0
    """Belt speed found from the stance feet and already added to `velocity_m_s`; 0 overground."""
    rate_hz: float = CLIP_RATE_HZ
    clip_version: int = CLIP_VERSION
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        frames = self.positions_m.shape[0]
        expected = {
            "positions_m": (frames, len(SLOTS), 3),
            "valid": (frames, len(SLOTS)),
            "velocity_m_s": (frames, 2),
            "heading_rate_rad_s": (frames,),
            "start_m": (2,),
        }
        for name, shape in expected.items():
            array = getattr(self, name)
            if array.shape != shape:
                raise LtmeError("motion clip", f"{name} has shape {array.shape}, expected {shape}")
            array.setflags(write=False)

    @property
    def frames(self) -> int:
        return int(self.positions_m.shape[0])

    @property
    def duration_s(self) -> float:
        return self.frames / self.rate_hz

    @property
    def turn_deg(self) -> float:
        """Net change of heading from the first frame to the last, degrees, positive to the left."""
        return float(np.degrees(self.heading_rate_rad_s.sum() / self.rate_hz))

    @property
    def speed_m_s(self) -> float:
        """Mean forward speed over the ground, metres per second."""
        return float(self.velocity_m_s[:, 0].mean()) if self.frames else 0.0


@dataclass(frozen=True)
class MotionEmbedding:
    """The long-term motion embedding of one clip, at three time scales.

    recording_vector : one vector that says who walks how (the trackers' input); its last numbers say how unusual
                       the walk is, in what (the detectors' input: `deviation_numbers`)
    posture_vector   : one vector that keeps the body's size and mean posture (needed to decode)
    block_latents    : one vector for each 2.56 s, about what its windows share
    window_latents   : one vector for each 0.64 s, starting at the clip's frame 0

    The last two lie in one matrix, `latents`: a window's own numbers, then a quarter of its block's.
    """

    recording_id: str
    origin: Origin
    fingerprint: str
    """SHA-256 (hex) of the checkpoint: embeddings of different checkpoints are never compared."""
    clip_version: int
    recording_vector: np.ndarray  # (80,) float32
    posture_vector: np.ndarray  # (80,) float32
    latents: np.ndarray  # (window, 22) float32
    frames: int
    """Frames of the clip at 50 Hz; the last window may be only partly filled."""
    source_start_s: float = 0.0
    speed_m_s: float = 0.0
    """Mean forward speed of the clip: a covariate, not part of the code."""
    leg_length_m: float = float("nan")
    """Mean hip-to-ankle height of the clip: a covariate, not part of the code."""
    cadence_spm: float = float("nan")
    """Steps a minute, from the clip's own rhythm; NaN where it has none."""
    turn_deg: float = 0.0
    """Net change of heading over the clip, degrees, positive to the left."""
    joint_cells_deg: np.ndarray | None = None  # (144,) float32
    """Joint angles as the gait model measured them in the same recording, the mean of each phase (`body.SIDES` x
    `body.ANGLES` x `body.GAIT_PHASES`): beside the code, not part of it. None where the markers don't give them all."""
    gait_figures: np.ndarray | None = None  # (11,) float32
    """`TRACKED_FIGURES` as the gait analysis gives them in the same recording; NaN for each that it refuses, None where
    nobody asked it."""

    @property
    def windows(self) -> int:
        return int(self.latents.shape[0])

    @property
    def window_latents(self) -> np.ndarray:
        """(window, 14): each 0.64 s's own numbers, the two of its phase first."""
        return self.latents[:, : own_latents(self.latents.shape[1])]

    @property
    def block_latents(self) -> np.ndarray:
        """(block, 40): what is said of each 2.56 s as a whole."""
        shared = self.latents[:, own_latents(self.latents.shape[1]) :]
        return shared.reshape(len(shared) // BLOCK_WINDOWS, -1)

    @property
    def floats(self) -> int:
        """How many numbers the code takes in all."""
        return int(self.recording_vector.size + self.posture_vector.size + self.latents.size)


def own_latents(size: int) -> int:
    """Of `size` numbers a window, how many are its own: five eighths, an even number, at least four; the others are
    its block's."""
    return min(size, max(4, 2 * (5 * size // 16)))


def deviation_numbers(recording_vectors: np.ndarray) -> np.ndarray:
    """(..., 80) -> (..., 16): what of recording vectors tells unusual walks from healthy ones."""
    return recording_vectors[..., -DEVIATION_NUMBERS:]


class MotionModel(Protocol):
    """What findings need of a model, so that they need not import torch."""

    fingerprint: str

    def encode(self, clip: MotionClip) -> MotionEmbedding: ...

    def decode(self, embedding: MotionEmbedding) -> MotionClip: ...

    def decode_curves(self, recording_vectors: np.ndarray) -> np.ndarray:
        """Joint-angle curves the vectors stand for: (n, 80) -> (n, side, variable, 51) degrees, `body.ANGLES` order."""
        ...
