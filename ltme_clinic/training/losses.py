"""What training asks of the network: motion that comes back, and a recording vector that says what was true."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ltme_clinic.embedding.autoencoder import MotionAutoencoder
from ltme_clinic.embedding.rhythm import PHASE_NUMBERS
from ltme_clinic.training.examples import Batch, Renderer, position_error_m
from ltme_clinic.training.recipes import Recipe
from ltme_clinic.types import deviation_numbers

TEMPERATURE = 0.1
"""Of the contrastive term's cosines."""


def training_losses(network: MotionAutoencoder, batch: Batch, renderer: Renderer, recipe: Recipe) -> dict[str, Tensor]:
    """What a step sums up.

    `position`: mean distance in centimetres over the slots that are known. `gait`: error of the vector's named numbers,
    `deviations`: of its numbers of deviation against other measurements of the walk, both in standard deviations.
    `kl`: divergence of the noisy latents from unit normal ones. `contrast`: InfoNCE between measurements of one walk.
    The last two only where the recipe gives them a weight.
    """
    vector, posture, latents = network.encode(batch.inputs)
    phases, around = latents.tensor_split([PHASE_NUMBERS], dim=-1)
    said = [code + recipe.latent_noise * torch.randn_like(code) for code in (vector, posture, around)]
    noisy = torch.cat([phases, said[2]], dim=-1)
    components, directions = network.decode(said[0], said[1], noisy, batch.inputs.window_there)
    losses = {
        "position": 100.0 * position_error_m(renderer.rows(components, directions, batch), batch)[0],
        "gait": recipe.gait_weight * known_loss(vector[:, : batch.gait.shape[1]], batch.gait),
        "deviations": recipe.deviation_weight * known_loss(deviation_numbers(vector), batch.deviations),
    }
    if recipe.kl_weight:
        losses["kl"] = recipe.kl_weight * kl_loss(around[batch.inputs.window_there], recipe.latent_noise)
    if recipe.contrast_weight:
        ways = recipe.laboratories * recipe.maskings
        virtual = batch.gait.isfinite().all(dim=1)
        losses["contrast"] = recipe.contrast_weight * contrast_loss(vector[virtual], batch.example[virtual] // ways)
    return losses


def known_loss(numbers: Tensor, target: Tensor) -> Tensor:
    """Mean error of the numbers (B, k) of walks whose target is known, smoothly limited so that one odd walk does not
    rule a step; 0 where none is known."""
    known = target.isfinite().all(dim=1)
    if not known.any():
        return 0.0 * numbers.sum()
    return F.smooth_l1_loss(numbers[known], target[known])


def kl_loss(latents: Tensor, noise: float) -> Tensor:
    """Mean divergence of N(latent, noise^2) from N(0, 1), nats a number."""
    variance = torch.tensor(max(noise, 1e-3) ** 2)
    return 0.5 * (latents.square() + variance - 1.0 - variance.log()).mean()


def contrast_loss(vector: Tensor, walk: Tensor) -> Tensor:
    """InfoNCE (van den Oord 2018): a vector's likes are those of the same walk; 0 where no walk is there twice."""
    normed = F.normalize(vector, dim=1)
    alike = walk[:, None] == walk[None, :]
    itself = torch.eye(len(walk), dtype=torch.bool, device=walk.device)
    cosine = (normed @ normed.T / TEMPERATURE).masked_fill(itself, -torch.inf)
    paired = (alike & ~itself).any(dim=1)
    if not paired.any():
        return 0.0 * vector.sum()
    chance = cosine.log_softmax(dim=1).exp().masked_fill(~alike | itself, 0.0).sum(dim=1)
    return -chance[paired].clamp_min(1e-9).log().mean()
