"""The two models that encode and decode clips: the transformer, and PCA with the same number of floats."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ltme_clinic.embedding.checkpoint import Checkpoint, load_checkpoint
from ltme_clinic.embedding.features import features_clip, from_windows
from ltme_clinic.embedding.gaitcode import GaitCode
from ltme_clinic.embedding.linear import LinearCode
from ltme_clinic.embedding.prepare import Prepared, prepare
from ltme_clinic.types import LtmeError, MotionClip, MotionEmbedding

if TYPE_CHECKING:
    from torch import Tensor

    from ltme_clinic.embedding.autoencoder import EncoderInput, MotionAutoencoder


class PcaModel:
    """Principal components alone: 96 numbers of the mean posture and 32 for each 0.64 s.

    `recording_vector` holds components 33 to 96 of the mean posture, so that the shape and the count of numbers are
    the transformer's. It carries no joint angles.
    """

    name = "pca"

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.linear = LinearCode.from_arrays(checkpoint.arrays)
        self.gait = GaitCode.from_arrays(checkpoint.arrays)
        self.posture_size = checkpoint.config["posture"]
        self.fingerprint = hashlib.sha256(f"pca {checkpoint.fingerprint}".encode()).hexdigest()
        self.card = checkpoint.card

    def encode(self, clip: MotionClip) -> MotionEmbedding:
        """Clip -> embedding, through the linear code."""
        prepared = prepare(clip, self.linear, self.gait)
        code = self.linear.encode_posture(prepared.mean_row)
        latents = self.linear.encode_windows(prepared.directions)
        return _embedding(
            self.fingerprint, clip, prepared, code[self.posture_size :], code[: self.posture_size], latents
        )

    def decode(self, embedding: MotionEmbedding) -> MotionClip:
        """Embedding -> clip, every slot."""
        _check_fingerprint(self.fingerprint, embedding)
        code = np.concatenate([embedding.posture_vector, embedding.recording_vector])
        directions = self.linear.decode_windows(embedding.window_latents)
        return _decoded(self.linear, embedding, self.linear.decode_posture(code), directions)

    def decode_curves(self, recording_vectors: np.ndarray) -> np.ndarray:
        raise LtmeError("PCA model", "its recording vector holds no joint angles", "Use the transformer's checkpoint")


class LtmeModel:
    """The transformer with its linear skeleton; see `embedding.autoencoder`. Runs on the CPU without a compiler."""

    name = "ltme"

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.linear = LinearCode.from_arrays(checkpoint.arrays)
        self.gait = GaitCode.from_arrays(checkpoint.arrays)
        self.network = build_network(checkpoint)
        self.fingerprint = checkpoint.fingerprint
        self.card = checkpoint.card

    def encode(self, clip: MotionClip) -> MotionEmbedding:
        """Clip -> embedding in one pass, however long the clip is."""
        import torch

        prepared = prepare(clip, self.linear, self.gait)
        with torch.inference_mode():
            codes = self.network.encode(encoder_input([prepared], self.linear, self.gait))
        vector, posture, latents = (code[0].numpy() for code in codes)
        return _embedding(self.fingerprint, clip, prepared, vector, posture, latents)

    def decode(self, embedding: MotionEmbedding) -> MotionClip:
        """Embedding -> clip, every slot."""
        import torch

        _check_fingerprint(self.fingerprint, embedding)
        codes = (embedding.recording_vector, embedding.posture_vector, embedding.window_latents)
        with torch.inference_mode():
            mean_row, directions = self.network.decode(*(torch.from_numpy(code.copy())[None] for code in codes))
        return _decoded(self.linear, embedding, mean_row[0].numpy(), directions[0].numpy())

    def decode_curves(self, recording_vectors: np.ndarray) -> np.ndarray:
        """(n, 64) -> (n, 2, 9, 51) degrees; see `types.MotionModel`."""
        return self.gait.curves_deg(recording_vectors)

    def decode_spatiotemporal(self, recording_vectors: np.ndarray) -> np.ndarray:
        """(n, 64) -> (n, 8) in the units of `gaitcode.SPATIOTEMPORAL`."""
        return self.gait.spatiotemporal(recording_vectors)


@lru_cache(maxsize=4)
def load_model(path: Path | None = None) -> LtmeModel:
    """The transformer from a checkpoint file; the shipped one by default. Kept in memory once loaded."""
    return LtmeModel(load_checkpoint(path))


@lru_cache(maxsize=4)
def load_pca_model(path: Path | None = None) -> PcaModel:
    """PCA with the same number of floats, from the same file; needs no torch."""
    return PcaModel(load_checkpoint(path))


def build_network(checkpoint: Checkpoint) -> MotionAutoencoder:
    """The network with a checkpoint's weights, ready for inference."""
    import torch

    from ltme_clinic.embedding.autoencoder import AutoencoderConfig, MotionAutoencoder

    torch.set_flush_denormal(True)
    try:
        network = MotionAutoencoder(AutoencoderConfig(**checkpoint.config))
        linear = LinearCode.from_arrays(checkpoint.arrays)
        weights = {name: torch.from_numpy(value.copy()) for name, value in checkpoint.network().items()}
        network.load_state_dict({**weights, **linear_buffers(linear)})
    except (KeyError, TypeError, RuntimeError) as error:
        raise LtmeError("checkpoint", f"its arrays don't fit the network ({error})", "Train it again") from None
    return network.eval().requires_grad_(False)


def linear_buffers(linear: LinearCode) -> dict[str, Tensor]:
    """The network's fixed linear decode of windows, from the linear code."""
    import torch

    return {"block_basis": torch.from_numpy(linear.block_basis.copy())}


def encoder_input(batch: list[Prepared], linear: LinearCode, gait: GaitCode) -> EncoderInput:
    """Prepared clips as one padded batch of tensors."""
    import torch

    from ltme_clinic.embedding.autoencoder import EncoderInput

    longest = max(len(item.directions) for item in batch)
    directions = np.zeros((len(batch), longest, linear.directions), dtype=np.float32)
    there = np.zeros((len(batch), longest), dtype=bool)
    for number, item in enumerate(batch):
        directions[number, : len(item.directions)] = item.directions
        there[number, : len(item.directions)] = True
    latents = linear.encode_windows(directions.reshape(-1, linear.directions)).reshape(len(batch), longest, -1)
    components = np.stack([item.components for item in batch]).astype(np.float32)
    arrays = (
        components,
        gait.linear_vector(components),
        np.stack([item.mean_row for item in batch]),
        directions,
        latents,
        np.stack([item.seen for item in batch]),
    )
    cycle, vector0, mean_row, raw, latents0, seen = (
        torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)) for array in arrays
    )
    return EncoderInput(cycle, vector0, mean_row, raw, latents0, seen, torch.from_numpy(there))


def checkpoint_arrays(network: MotionAutoencoder, linear: LinearCode, gait: GaitCode) -> dict[str, np.ndarray]:
    """All arrays of a checkpoint; the network's copy of the linear code is left out."""
    weights = {f"net.{k}": v.detach().cpu().numpy() for k, v in network.state_dict().items() if k != "block_basis"}
    return {**weights, **linear.arrays(), **gait.arrays()}


def network_config(network: MotionAutoencoder) -> dict[str, int]:
    """The sizes that a checkpoint stores."""
    return asdict(network.config)


def _embedding(
    fingerprint: str,
    clip: MotionClip,
    prepared: Prepared,
    vector: np.ndarray,
    posture: np.ndarray,
    latents: np.ndarray,
) -> MotionEmbedding:
    return MotionEmbedding(
        recording_id=clip.recording_id,
        origin=clip.origin,
        fingerprint=fingerprint,
        clip_version=clip.clip_version,
        recording_vector=vector.astype(np.float32),
        posture_vector=posture.astype(np.float32),
        window_latents=latents.astype(np.float32),
        frames=clip.frames,
        source_start_s=clip.source_start_s,
        speed_m_s=clip.speed_m_s,
        leg_length_m=prepared.leg_length_m,
        cadence_spm=prepared.rhythm.cadence_spm,
    )


def _decoded(
    linear: LinearCode, embedding: MotionEmbedding, mean_row: np.ndarray, directions: np.ndarray
) -> MotionClip:
    rows = mean_row + from_windows(linear.directions_rows(directions), embedding.frames)
    return features_clip(rows.astype(np.float32), embedding)


def _check_fingerprint(fingerprint: str, embedding: MotionEmbedding) -> None:
    if embedding.fingerprint != fingerprint:
        raise LtmeError(
            "motion embedding",
            f"it was made by checkpoint {embedding.fingerprint[:12]}, not {fingerprint[:12]}",
            "Encode the recording again with this checkpoint",
        )
