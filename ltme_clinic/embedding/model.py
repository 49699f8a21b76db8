"""The two models that encode and decode clips: the transformer, and PCA with the same number of floats."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ltme_clinic.embedding.checkpoint import Checkpoint, load_checkpoint
from ltme_clinic.embedding.decoded import DecodedMotion, decoded_motion
from ltme_clinic.embedding.features import clip_features, features_clip, from_windows, leg_length_m
from ltme_clinic.embedding.linear import LinearCode
from ltme_clinic.embedding.prepare import Prepared, prepare
from ltme_clinic.embedding.rhythm import PHASE_NUMBERS, Rhythm, find_rhythm
from ltme_clinic.embedding.skeleton import Skeleton
from ltme_clinic.types import LtmeError, MotionClip, MotionEmbedding

if TYPE_CHECKING:
    from torch import Tensor

    from ltme_clinic.embedding.autoencoder import EncoderInput, MotionAutoencoder


class PcaModel:
    """Principal components alone: all 150 numbers of the mean posture and 22 for each 0.64 s.

    `recording_vector` holds components 81 to 150 of the mean posture and zeros, so that the shape and the count of
    numbers are the transformer's. It carries no joint angles.
    """

    name = "pca"

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.linear = LinearCode.from_arrays(checkpoint.arrays)
        self.posture_size, self.vector_size = checkpoint.config["posture"], checkpoint.config["vector"]
        self.fingerprint = hashlib.sha256(f"pca {checkpoint.fingerprint}".encode()).hexdigest()
        self.card = checkpoint.card

    def encode(self, clip: MotionClip) -> MotionEmbedding:
        """Clip -> embedding, through the linear code."""
        with _numpy_libraries().limit(limits=1):
            filled, mean_row = self.linear.fill(*clip_features(clip))
            code = np.zeros(self.posture_size + self.vector_size)
            code[: self.linear.posture_size] = self.linear.encode_posture(mean_row)
            windows = self.linear.blocks.encode(self.linear.window_directions(filled - mean_row))
        codes = (code[self.posture_size :], code[: self.posture_size], windows)
        return _embedding(self.fingerprint, clip, codes, leg_length_m(filled), find_rhythm(filled))

    def decode(self, embedding: MotionEmbedding) -> MotionClip:
        """Embedding -> clip, every slot."""
        _check_fingerprint(self.fingerprint, embedding)
        code = np.concatenate([embedding.posture_vector, embedding.recording_vector])
        directions = self.linear.blocks.decode(embedding.latents)
        deviation = from_windows(self.linear.directions_rows(directions), embedding.frames)
        mean_row = self.linear.decode_posture(code[: self.linear.posture_size])
        return features_clip(mean_row + deviation, embedding)

    def decode_curves(self, recording_vectors: np.ndarray) -> np.ndarray:
        raise LtmeError("PCA model", "its recording vector holds no joint angles", "Use the transformer's checkpoint")


class LtmeModel:
    """The transformer with its linear skeleton; see `embedding.autoencoder`. Runs on the CPU without a compiler."""

    name = "ltme"

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.skeleton, self.network = build_network(checkpoint)
        self.fingerprint = checkpoint.fingerprint
        self.card = checkpoint.card

    def encode(self, clip: MotionClip) -> MotionEmbedding:
        """Clip -> embedding in one pass, however long the clip is."""
        with _same_everywhere():
            prepared = prepare(clip, self.skeleton)
            codes = self.network.encode(encoder_input([prepared], self.skeleton))
        vector, posture, latents = (code[0].numpy() for code in codes)
        return _embedding(self.fingerprint, clip, (vector, posture, latents), prepared.leg_length_m, prepared.rhythm)

    def decode(self, embedding: MotionEmbedding) -> MotionClip:
        """Embedding -> clip, every slot."""
        with _same_everywhere():
            rows = self.skeleton.rows(*self._decoded(embedding), embedding.frames)
        return features_clip(rows, embedding)

    def motion(self, embedding: MotionEmbedding) -> DecodedMotion:
        """Embedding -> a motion to be asked for any marker at any time."""
        with _same_everywhere():
            return decoded_motion(self.skeleton, *self._decoded(embedding), embedding.frames)

    def _decoded(self, embedding: MotionEmbedding) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Components of the average cycle, phases and directions of the windows."""
        import torch

        _check_fingerprint(self.fingerprint, embedding)
        codes = (embedding.recording_vector, embedding.posture_vector, embedding.latents)
        components, directions = self.network.decode(*(torch.from_numpy(code.copy())[None] for code in codes))
        return components[0].numpy(), embedding.latents[:, :PHASE_NUMBERS], directions[0].numpy()

    def decode_curves(self, recording_vectors: np.ndarray) -> np.ndarray:
        """(n, 80) -> (n, 2, 9, 51) degrees; see `types.MotionModel`."""
        return self.skeleton.gait.curves_deg(recording_vectors)

    def decode_spatiotemporal(self, recording_vectors: np.ndarray) -> np.ndarray:
        """(n, 80) -> (n, 8) in the units of `gaitcode.SPATIOTEMPORAL`."""
        return self.skeleton.gait.spatiotemporal(recording_vectors)


@lru_cache(maxsize=4)
def load_model(path: Path | None = None) -> LtmeModel:
    """The transformer from a checkpoint file; the shipped one by default. Kept in memory once loaded."""
    return LtmeModel(load_checkpoint(path))


@lru_cache(maxsize=4)
def load_pca_model(path: Path | None = None) -> PcaModel:
    """PCA with the same number of floats, from the same file; needs no torch."""
    return PcaModel(load_checkpoint(path))


@lru_cache(maxsize=4)
def load_skeleton_model(path: Path | None = None) -> LtmeModel:
    """The transformer's linear skeleton by itself, which is where its training started from: a yardstick."""
    model = LtmeModel(load_checkpoint(path))
    model.network.forget()
    model.fingerprint = hashlib.sha256(f"skeleton {model.fingerprint}".encode()).hexdigest()
    return model


def build_network(checkpoint: Checkpoint) -> tuple[Skeleton, MotionAutoencoder]:
    """The skeleton and the network with a checkpoint's weights, ready for inference."""
    import torch

    from ltme_clinic.embedding.autoencoder import AutoencoderConfig, MotionAutoencoder

    torch.set_flush_denormal(True)
    try:
        skeleton = Skeleton.from_arrays(checkpoint.arrays)
        network = MotionAutoencoder(AutoencoderConfig(**checkpoint.config))
        weights = {name: torch.from_numpy(value.copy()) for name, value in checkpoint.network().items()}
        network.load_state_dict({**weights, **skeleton_buffers(skeleton)})
    except (KeyError, TypeError, RuntimeError) as error:
        raise LtmeError("checkpoint", f"its arrays don't fit the network ({error})", "Train it again") from None
    return skeleton, network.eval().requires_grad_(False)


def skeleton_buffers(skeleton: Skeleton) -> dict[str, Tensor]:
    """The network's fixed linear part, from the skeleton."""
    import torch

    split = skeleton.split
    arrays = {
        "around_basis": skeleton.around_basis,
        "vector_components": split.vector_components,
        "posture_reader": split.posture_reader,
        "posture_components": split.posture_components,
    }
    return {name: torch.from_numpy(value.copy()) for name, value in arrays.items()}


def encoder_input(batch: list[Prepared], skeleton: Skeleton) -> EncoderInput:
    """Prepared clips as one padded batch of tensors."""
    import torch

    from ltme_clinic.embedding.autoencoder import EncoderInput

    longest = max(item.windows for item in batch)
    directions = np.zeros((len(batch), longest, skeleton.linear.directions), dtype=np.float32)
    phases = np.zeros((len(batch), longest, PHASE_NUMBERS), dtype=np.float32)
    there = np.zeros((len(batch), longest), dtype=bool)
    for number, item in enumerate(batch):
        directions[number, : item.windows] = item.directions
        phases[number, : item.windows] = item.phases
        there[number, : item.windows] = True
    around = skeleton.blocks.encode(directions).reshape(len(batch), longest, -1)
    components = np.stack([item.components for item in batch])
    arrays = {
        "components": components,
        "vector0": skeleton.vector(components),
        "directions": directions,
        "latents0": np.concatenate([phases, around], axis=-1),
        "seen": np.stack([item.seen for item in batch]),
    }
    tensors = {name: torch.from_numpy(np.ascontiguousarray(array, np.float32)) for name, array in arrays.items()}
    return EncoderInput(**tensors, window_there=torch.from_numpy(there))


def checkpoint_arrays(network: MotionAutoencoder, skeleton: Skeleton) -> dict[str, np.ndarray]:
    """All arrays of a checkpoint; the network's copy of the skeleton is left out."""
    copied = skeleton_buffers(skeleton)
    weights = {f"net.{k}": v.detach().cpu().numpy() for k, v in network.state_dict().items() if k not in copied}
    return {**weights, **skeleton.arrays()}


def network_config(network: MotionAutoencoder) -> dict[str, int]:
    """The sizes that a checkpoint stores."""
    return asdict(network.config)


@contextmanager
def _same_everywhere() -> Iterator[None]:
    """Inference on one thread, torch's and numpy's: a sum that several share rounds otherwise, and a code must not hang
    on how many."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode(), _numpy_libraries().limit(limits=1):
            yield
    finally:
        torch.set_num_threads(threads)


@cache
def _numpy_libraries() -> Any:
    """What sets the threads of the libraries that multiply numpy's matrices; finding them takes a few milliseconds."""
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController().select(user_api="blas")


def _embedding(
    fingerprint: str,
    clip: MotionClip,
    codes: tuple[np.ndarray, np.ndarray, np.ndarray],
    leg_length: float,
    rhythm: Rhythm,
) -> MotionEmbedding:
    vector, posture, latents = (np.asarray(code, dtype=np.float32) for code in codes)
    return MotionEmbedding(
        recording_id=clip.recording_id,
        origin=clip.origin,
        fingerprint=fingerprint,
        clip_version=clip.clip_version,
        recording_vector=vector,
        posture_vector=posture,
        latents=latents,
        frames=clip.frames,
        source_start_s=clip.source_start_s,
        speed_m_s=clip.speed_m_s,
        leg_length_m=leg_length,
        cadence_spm=rhythm.cadence_spm,
        turn_deg=clip.turn_deg,
    )


def _check_fingerprint(fingerprint: str, embedding: MotionEmbedding) -> None:
    if embedding.fingerprint != fingerprint:
        raise LtmeError(
            "motion embedding",
            f"it was made by checkpoint {embedding.fingerprint[:12]}, not {fingerprint[:12]}",
            "Encode the recording again with this checkpoint",
        )
