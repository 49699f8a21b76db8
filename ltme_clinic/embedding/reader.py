"""What a code means, read by the linear skeleton alone: curves, steps and the average cycle, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ltme_clinic.embedding.checkpoint import load_checkpoint
from ltme_clinic.embedding.features import features_clip
from ltme_clinic.embedding.gaitcode import SPATIOTEMPORAL
from ltme_clinic.embedding.rhythm import PHASE_NUMBERS
from ltme_clinic.embedding.skeleton import Skeleton
from ltme_clinic.types import MotionClip, MotionEmbedding


@dataclass(frozen=True, eq=False)
class CodeReader:
    """The part of a checkpoint that a page can afford."""

    skeleton: Skeleton
    fingerprint: str
    spatiotemporal_names: tuple[str, ...] = SPATIOTEMPORAL

    def decode_curves(self, recording_vectors: np.ndarray) -> np.ndarray:
        """(n, 80) -> (n, 2, 9, 51) degrees; see `types.MotionModel`."""
        return self.skeleton.gait.curves_deg(recording_vectors)

    def decode_spatiotemporal(self, recording_vectors: np.ndarray) -> np.ndarray:
        """(n, 80) -> (n, 8), `spatiotemporal_names` in their units."""
        return self.skeleton.gait.spatiotemporal(recording_vectors)

    def average_cycle(self, embedding: MotionEmbedding) -> MotionClip:
        """The recording's average cycle at its own rhythm, every slot; nothing of what strides differ by."""
        said = self.skeleton.split.said(embedding.recording_vector, embedding.posture_vector)
        rows = self.skeleton.cycle_rows(said, embedding.latents[:, :PHASE_NUMBERS], embedding.frames)
        return features_clip(rows, embedding)


@lru_cache(maxsize=2)
def load_reader(path: Path | None = None) -> CodeReader:
    """From a checkpoint file; the shipped one by default. Kept in memory once loaded."""
    checkpoint = load_checkpoint(path)
    return CodeReader(Skeleton.from_arrays(checkpoint.arrays), checkpoint.fingerprint)
