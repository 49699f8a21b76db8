"""What clips are told apart by: the embedding's parts, and the yardsticks beside them. A row a clip."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ltme_clinic.embedding.features import SLOT_WIDTH, clip_features
from ltme_clinic.embedding.linear import LinearCode
from ltme_clinic.types import MotionClip, MotionEmbedding
from studies.motion_embedding.subject import Coded

SEEN_SHARE = 0.5
"""A slot is compared where every clip shows it in so much of its frames."""


def recording_vectors(codes: Sequence[Coded]) -> np.ndarray:
    """(clip, 64)."""
    return np.stack([code.ltme.recording_vector for code in codes]).astype(float)


def whole_codes(embeddings: Sequence[MotionEmbedding]) -> np.ndarray:
    """Recording vector and posture vector, (clip, 96)."""
    rows = [np.concatenate([own.recording_vector, own.posture_vector]) for own in embeddings]
    return np.stack(rows).astype(float)


def pooled_latents(embeddings: Sequence[MotionEmbedding]) -> np.ndarray:
    """Mean and SD over a clip's windows of each latent, (clip, 2 x latent)."""
    rows = [np.concatenate([own.latents.mean(axis=0), own.latents.std(axis=0)]) for own in embeddings]
    return np.stack(rows).astype(float)


def shared_slots(clips: Sequence[MotionClip]) -> np.ndarray:
    """(slot,) bool: what every one of the clips shows."""
    return np.all([clip.valid.mean(axis=0) >= SEEN_SHARE for clip in clips], axis=0)


def mean_and_sd(clips: Sequence[MotionClip]) -> np.ndarray:
    """Mean and SD over time of each coordinate of the slots that all clips show, (clip, 2 x 3 x slot), metres."""
    slots = shared_slots(clips)
    rows = []
    for clip in clips:
        positions_m = clip.positions_m[:, slots].astype(float)
        rows.append(np.concatenate([np.nanmean(positions_m, axis=0).ravel(), np.nanstd(positions_m, axis=0).ravel()]))
    return np.stack(rows)


def filled_mean_and_sd(linear: LinearCode, clips: Sequence[MotionClip]) -> np.ndarray:
    """The same over all slots, hidden ones filled as the encoder fills them: for clips that share no landmark."""
    rows = [linear.fill(*clip_features(clip))[0][:, :SLOT_WIDTH] for clip in clips]
    return np.stack([np.concatenate([own.mean(axis=0), own.std(axis=0)]) for own in rows]).astype(float)


def clips_of(codes: Sequence[Coded]) -> list[MotionClip]:
    """The clips behind codes."""
    return [code.item.clip for code in codes]


def speeds(codes: Sequence[Coded]) -> np.ndarray:
    """Mean forward speed, (clip, 1), metres per second."""
    return np.array([[code.item.clip.speed_m_s] for code in codes])


def leg_lengths(codes: Sequence[Coded]) -> np.ndarray:
    """Hip to ankle, (clip, 1), metres: of the body's size alone."""
    return np.array([[code.ltme.leg_length_m] for code in codes])
