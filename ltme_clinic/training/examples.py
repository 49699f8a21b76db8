"""Walkers projected once into what the network reads, so that a training step is matrix products and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ltme_clinic.embedding.autoencoder import EncoderInput
from ltme_clinic.embedding.features import CHANNELS, WIDTH
from ltme_clinic.embedding.gaitcode import GaitCode
from ltme_clinic.embedding.linear import LinearCode
from ltme_clinic.embedding.model import encoder_input
from ltme_clinic.embedding.prepare import Prepared, prepare_rows
from ltme_clinic.training.walkers import Walker, hide_slots


@dataclass(frozen=True)
class Examples:
    """Inputs (some slots hidden) and targets (complete truth) of many walks, on one device, padded to one length."""

    inputs: EncoderInput
    mean_row: Tensor  # (n, WIDTH)
    directions: Tensor  # (n, N, directions) of the complete walk
    gait: Tensor  # (n, TARGETS)
    person: np.ndarray  # (n,)

    def __len__(self) -> int:
        return len(self.mean_row)

    def batch(self, chosen: Tensor) -> Examples:
        """Some of the walks, cut to the longest among them."""
        there = self.inputs.window_there[chosen]
        longest = int(there.sum(dim=1).max())
        whole = {name: getattr(self.inputs, name)[chosen] for name in ("cycle", "vector0", "mean_row", "seen")}
        cut = {name: getattr(self.inputs, name)[chosen, :longest] for name in ("directions", "latents0")}
        return Examples(
            inputs=EncoderInput(**whole, **cut, window_there=there[:, :longest]),
            mean_row=self.mean_row[chosen],
            directions=self.directions[chosen, :longest],
            gait=self.gait[chosen],
            person=self.person,
        )


def make_examples(
    walkers: list[Walker],
    linear: LinearCode,
    gait: GaitCode,
    *,
    maskings: int,
    seed: int,
    device: str = "cpu",
) -> Examples:
    """Each walk `maskings` times, with other slots hidden each time; 0 maskings keeps every slot once."""
    rng = np.random.default_rng([seed, 5])
    prepared: list[Prepared] = []
    complete: list[Prepared] = []
    for walker in walkers:
        everything = np.ones(walker.rows.shape, dtype=bool)
        whole = prepare_rows(walker.rows, everything, linear, gait)
        for _ in range(max(maskings, 1)):
            seen = hide_slots(walker.rows, rng) if maskings else everything
            prepared.append(prepare_rows(walker.rows, seen, linear, gait) if maskings else whole)
            complete.append(whole)
    inputs = encoder_input(prepared, linear, gait)
    directions = torch.zeros_like(inputs.directions)
    for number, item in enumerate(complete):
        directions[number, : len(item.directions)] = torch.from_numpy(item.directions)
    repeated = [walker for walker in walkers for _ in range(max(maskings, 1))]
    return Examples(
        inputs=EncoderInput(**{name: value.to(device) for name, value in vars(inputs).items()}),
        mean_row=torch.from_numpy(np.stack([item.mean_row for item in complete])).float().to(device),
        directions=directions.to(device),
        gait=torch.from_numpy(np.stack([gait.targets(walker.truth) for walker in repeated])).to(device),
        person=np.array([walker.person for walker in repeated]),
    )


def position_error_m(
    mean_row: Tensor, directions: Tensor, batch: Examples, window_basis: Tensor, stride: int = 4, start: int = 0
) -> Tensor:
    """Distance of every decoded slot from the true one, (walk, window, frame, slot) metres, every `stride`-th frame.

    window_basis is (WINDOW_FRAMES, WIDTH, directions). What the window basis itself can't hold is not counted.
    """
    basis = window_basis[start::stride]
    error = torch.einsum("bnd,fwd->bnfw", directions - batch.directions, basis)
    error = error + (mean_row - batch.mean_row)[:, None, None]
    slots = error[..., : WIDTH - CHANNELS].unflatten(-1, (-1, 3))  # (B, N, F, 147) -> (B, N, F, 49, 3)
    path = error[..., WIDTH - CHANNELS :].unsqueeze(-2)
    return (torch.cat([slots, path], dim=-2).square().sum(dim=-1) + 1e-6).sqrt()
