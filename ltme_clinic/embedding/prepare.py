"""From a clip to what the encoder reads: fill hidden slots, find the rhythm, project. Numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.embedding.features import SLOT_WIDTH, clip_features
from ltme_clinic.embedding.gaitcode import GaitCode
from ltme_clinic.embedding.linear import LinearCode
from ltme_clinic.embedding.rhythm import Rhythm, find_rhythm, harmonic_features
from ltme_clinic.types import LtmeError, MotionClip


@dataclass(frozen=True)
class Prepared:
    """One clip, ready for the linear code and the network."""

    rows: np.ndarray  # (frame, WIDTH) hidden slots filled
    mean_row: np.ndarray  # (WIDTH,)
    directions: np.ndarray  # (window, directions) of the deviation
    components: np.ndarray  # (components,) of the average cycle
    seen: np.ndarray  # (slot,) share of frames in which each slot was seen
    rhythm: Rhythm

    @property
    def leg_length_m(self) -> float:
        """Mean height of the hip centres above the ankles, metres, along the leg when it is straightest."""
        lengths = []
        for side in ("left", "right"):
            hip = 3 * SLOT_INDEX[f"{side}_hip_centre"]
            ankle = 3 * SLOT_INDEX[f"{side}_ankle_centre"]
            reach = np.linalg.norm(self.rows[:, hip : hip + 3] - self.rows[:, ankle : ankle + 3], axis=1)
            lengths.append(np.percentile(reach, 95))
        return float(np.mean(lengths))


def prepare(clip: MotionClip, linear: LinearCode, gait: GaitCode) -> Prepared:
    """Everything the encoders need of a clip."""
    rows, seen = clip_features(clip)
    return prepare_rows(rows, seen, linear, gait)


def prepare_rows(rows: np.ndarray, seen: np.ndarray, linear: LinearCode, gait: GaitCode) -> Prepared:
    """The same from feature rows (frame, WIDTH) and their validity."""
    if not seen.any():
        raise LtmeError("motion clip", "no slot is ever seen", "Check the marker labels with ltme inspect")
    filled, mean_row = linear.fill(rows, seen)
    rhythm = find_rhythm(filled)
    return Prepared(
        rows=filled,
        mean_row=mean_row,
        directions=linear.window_directions(filled - mean_row),
        components=gait.cycle_components(harmonic_features(filled, rhythm)),
        seen=seen[:, :SLOT_WIDTH:3].mean(axis=0).astype(np.float32),
        rhythm=rhythm,
    )
