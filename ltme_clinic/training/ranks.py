"""Several processes that train one network, started by torchrun: each learns from people of its own."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import torch
from torch import nn

from ltme_clinic.training.recipes import Recipe

PATIENCE = timedelta(hours=2)
"""How long ranks wait for one another: one may still simulate people when another has done."""


@dataclass(frozen=True)
class Ranks:
    """Which of how many processes this is; alone unless torchrun started it."""

    rank: int = 0
    world: int = 1

    @property
    def first(self) -> bool:
        """Whether this process validates, keeps and speaks."""
        return self.rank == 0

    def share_of(self, seeds: list[int]) -> list[int]:
        """The people whom this process learns from."""
        return seeds[self.rank :: self.world]

    def per_process(self, recipe: Recipe) -> Recipe:
        """The recipe with this process's part of the batch."""
        return recipe if self.world == 1 else replace(recipe, batch=max(1, recipe.batch // self.world))

    def agreed(self, value: Any) -> Any:
        """The first process's value, in every process."""
        if self.world == 1:
            return value
        box = [value]
        torch.distributed.broadcast_object_list(box)
        return box[0]

    def wait(self) -> None:
        """Until all processes are here."""
        if self.world > 1:
            torch.distributed.barrier()

    def mean_gradients(self, network: nn.Module) -> None:
        """Every gradient becomes its mean over the processes."""
        if self.world == 1:
            return
        gradients = [weight.grad for weight in network.parameters() if weight.grad is not None]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        torch.distributed.all_reduce(flat)
        flat /= self.world
        for gradient, mean in zip(gradients, flat.split([gradient.numel() for gradient in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))


ALONE = Ranks()


def joined_ranks() -> Ranks:
    """This process among those that torchrun started; each takes the GPU of its own number where there are GPUs."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        return ALONE
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    if not torch.distributed.is_initialized():
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        torch.distributed.init_process_group(backend, timeout=PATIENCE)
    return Ranks(torch.distributed.get_rank(), world)
