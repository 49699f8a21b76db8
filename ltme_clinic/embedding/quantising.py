"""Finite scalar quantisation: every latent snaps to one of a few levels (Mentzer et al. 2024), for tokens."""

from __future__ import annotations

import torch
from torch import Tensor

REACH_SD = 2.5
"""Latents have unit spread; levels lie evenly from minus to plus so many standard deviations."""


def quantised(latents: Tensor, levels: int) -> Tensor:
    """Latents at the nearest of `levels` values each; gradients pass as if nothing had been rounded."""
    bounded = latents.clamp(-REACH_SD, REACH_SD)
    nearest = values_of(tokens_of(bounded, levels), levels)
    return bounded + (nearest - bounded).detach()


def tokens_of(latents: Tensor, levels: int) -> Tensor:
    """The level that each latent is nearest to, 0 to `levels` - 1."""
    step = 2.0 * REACH_SD / (levels - 1)
    return ((latents.clamp(-REACH_SD, REACH_SD) + REACH_SD) / step).round().long()


def values_of(tokens: Tensor, levels: int) -> Tensor:
    """The latents that tokens stand for."""
    return tokens.to(torch.get_default_dtype()) * (2.0 * REACH_SD / (levels - 1)) - REACH_SD
