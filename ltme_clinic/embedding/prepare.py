"""From a clip to what the encoder reads: fill hidden slots, find the rhythm, project. Numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.embedding.features import SLOT_WIDTH, clip_features, leg_length_m
from ltme_clinic.embedding.linear import seen_enough
from ltme_clinic.embedding.rhythm import RHYTHM_COLUMNS, Rhythm, find_rhythm, harmonic_features, phase_numbers
from ltme_clinic.embedding.skeleton import Skeleton
from ltme_clinic.types import MotionClip


@dataclass(frozen=True)
class Prepared:
    """One clip, ready for the network."""

    components: np.ndarray  # (components,) of the average cycle
    phases: np.ndarray  # (window, PHASE_NUMBERS)
    directions: np.ndarray  # (window, directions) of what the said cycle leaves
    seen: np.ndarray  # (slot,) share of frames in which each slot was seen
    rhythm: Rhythm
    leg_length_m: float

    @property
    def windows(self) -> int:
        return len(self.phases)


def prepare(clip: MotionClip, skeleton: Skeleton) -> Prepared:
    """Everything the encoder needs of a clip."""
    return prepare_rows(*clip_features(clip), skeleton)


def prepare_rows(rows: np.ndarray, seen: np.ndarray, skeleton: Skeleton) -> Prepared:
    """The same from feature rows (frame, WIDTH) and their validity."""
    filled, harmonics, rhythm = completed(rows, seen, skeleton)
    components = skeleton.cycle.components(harmonics)
    phases = phase_numbers(rhythm)
    return Prepared(
        components=components,
        phases=phases,
        directions=skeleton.around(filled, components, phases),
        seen=seen[:, :SLOT_WIDTH:3].mean(axis=0).astype(np.float32),
        rhythm=rhythm,
        leg_length_m=leg_length_m(filled),
    )


def completed(rows: np.ndarray, seen: np.ndarray, skeleton: Skeleton) -> tuple[np.ndarray, np.ndarray, Rhythm]:
    """Rows (frame, WIDTH) with hidden values filled, the average cycle's harmonics, the rhythm.

    Hidden values are filled twice: first around the mean, which is enough to find the rhythm; then around the average
    cycle that the seen slots make likely for the hidden ones.
    """
    known = seen_enough(seen)
    filled, _ = skeleton.linear.fill(rows, seen, known | RHYTHM_COLUMNS)
    rhythm = find_rhythm(filled)
    if not rhythm.found:
        filled, _ = skeleton.linear.fill(rows, seen)
    cycle = skeleton.cycle
    harmonics = cycle.complete(harmonic_features(filled, rhythm), known, rhythm)
    return cycle.fill(filled, seen, harmonics, rhythm), harmonics, rhythm
