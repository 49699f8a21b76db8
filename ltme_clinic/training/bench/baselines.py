"""The yardsticks that live inside a checkpoint: the Gaussian fill of hidden slots, and harmonics with ridge."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ltme_clinic.body import SLOT_INDEX, SLOTS
from ltme_clinic.embedding import LtmeModel
from ltme_clinic.embedding.features import SLOT_WIDTH, clip_features
from ltme_clinic.embedding.prepare import completed, prepare
from ltme_clinic.marker_sets import marker_sets
from ltme_clinic.types import MotionClip


def ridge_vector(model: LtmeModel, clip: MotionClip) -> np.ndarray:
    """The recording vector of the linear skeleton alone, (vector,): harmonics of the cycle, ridge regression."""
    return model.skeleton.vector(prepare(clip, model.skeleton).components)


def gaussian_fill_m(model: LtmeModel, clip: MotionClip) -> np.ndarray:
    """Positions (frame, slot, 3) with hidden slots filled as the encoder would fill them, and nothing decoded."""
    filled = completed(*clip_features(clip), model.skeleton)[0]
    return filled[:, :SLOT_WIDTH].reshape(len(filled), len(SLOTS), 3)


def common_slots(names: Iterable[str]) -> np.ndarray:
    """Numbers of the slots that all of these marker sets show, in `body.SLOTS` order."""
    shown = [set(marker_sets()[name].slots) for name in names]
    return np.array(sorted(SLOT_INDEX[slot] for slot in set.intersection(*shown)))


def marker_mean_sd(positions_m: np.ndarray, slots: np.ndarray) -> np.ndarray:
    """Mean and standard deviation over frames of some slots of (frame, slot, 3), metres, (6 * slots,)."""
    chosen = positions_m[:, slots]
    return np.concatenate([chosen.mean(axis=0).ravel(), chosen.std(axis=0).ravel()])
