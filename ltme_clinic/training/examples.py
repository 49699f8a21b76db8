"""Walkers projected once into what the network reads, so that a training step is matrix products and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ltme_clinic.embedding.autoencoder import EncoderInput
from ltme_clinic.embedding.features import SLOT_WIDTH, WIDTH
from ltme_clinic.embedding.gaitcode import TARGETS
from ltme_clinic.embedding.model import encoder_input
from ltme_clinic.embedding.prepare import Prepared, prepare_rows
from ltme_clinic.embedding.rhythm import HARMONICS, TERMS, frame_phases
from ltme_clinic.embedding.seams import CARRIED_IN, CARRIED_ON, ENDS, LEAD, TRAIL
from ltme_clinic.embedding.skeleton import Skeleton
from ltme_clinic.processes import process_pool
from ltme_clinic.training.walkers import Walker, hide_slots
from ltme_clinic.types import WINDOW_FRAMES, deviation_numbers


@dataclass(frozen=True)
class Batch:
    """A few examples: what the network reads, and the truth in every so many frames of every window."""

    inputs: EncoderInput
    every: slice
    """Which frames of a window the following are about."""
    phase_rad: Tensor  # (B, N, frame) as the window numbers say it
    amount: Tensor  # (B, N, frame) how much of a cycle there is
    counts: Tensor  # (B, N, frame) bool: not merely there to fill up the last block
    rows: Tensor  # (B, N, frame, WIDTH) the walk, NaN where nobody knows
    gait: Tensor  # (B, TARGETS), NaN where nobody knows
    deviations: Tensor  # (B, DEVIATION_NUMBERS) as other laboratories read them, NaN where none measured the walk
    example: Tensor  # (B,) its number among the examples


@dataclass(frozen=True)
class Examples:
    """Inputs (some slots hidden) and truth (complete walks), on one device, padded to one length.

    A walk is there once, whatever the number of ways its slots are hidden; `walk` says which it is, and `start` at
    which of its frames the example starts.
    """

    inputs: EncoderInput
    phase_rad: Tensor  # (n, N * WINDOW_FRAMES)
    amount: Tensor  # (n, N * WINDOW_FRAMES)
    walk: Tensor  # (n,)
    start: Tensor  # (n,)
    frames: Tensor  # (n,)
    mean_row: Tensor  # (walk, WIDTH)
    deviation: Tensor  # (walk, frame, WIDTH) float16, NaN where nobody knows
    gait: Tensor  # (walk, TARGETS), NaN where nobody knows
    deviations: Tensor  # (walk, DEVIATION_NUMBERS) of the other measurements of the same walk, NaN without any

    def __len__(self) -> int:
        return len(self.walk)

    def batch(self, chosen: Tensor, every: slice = slice(None)) -> Batch:
        """Some of the examples, cut to the longest among them."""
        there = self.inputs.window_there[chosen]
        longest = int(there.sum(dim=1).max())
        whole = {name: getattr(self.inputs, name)[chosen] for name in ("components", "vector0", "seen")}
        cut = {name: getattr(self.inputs, name)[chosen, :longest] for name in ("directions", "latents0")}
        number = torch.arange(longest * WINDOW_FRAMES, device=chosen.device).view(longest, -1)[:, every]
        walk = self.walk[chosen]
        frame = (self.start[chosen, None, None] + number).clamp_max(self.deviation.shape[1] - 1)
        deviation = self.deviation[walk[:, None, None], frame]
        return Batch(
            inputs=EncoderInput(**whole, **cut, window_there=there[:, :longest]),
            every=every,
            phase_rad=self.phase_rad[chosen[:, None, None], number],
            amount=self.amount[chosen[:, None, None], number],
            counts=number < self.frames[chosen, None, None],
            rows=self.mean_row[walk, None, None] + deviation.float(),
            gait=self.gait[walk],
            deviations=self.deviations[walk],
            example=chosen,
        )


class Renderer:
    """The skeleton's way from components and directions to rows, for a batch and in torch."""

    def __init__(self, skeleton: Skeleton, device: str) -> None:
        def constant(array: np.ndarray, *shape: int) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)).reshape(shape).to(device)

        self.cycle_mean = constant(skeleton.cycle.mean, TERMS, WIDTH)
        self.cycle_basis = constant(skeleton.cycle.basis, TERMS * WIDTH, -1)
        self.window_basis = constant(skeleton.linear.window_basis, WINDOW_FRAMES, WIDTH, -1)
        ends = self.window_basis[list(ENDS)]  # (4, WIDTH, D)
        self.carried_in = torch.einsum("e,ewd->dw", constant(CARRIED_IN, -1), ends)
        self.carried_on = torch.einsum("e,ewd->dw", constant(CARRIED_ON, -1), ends)
        self.lead, self.trail = constant(LEAD, -1), constant(TRAIL, -1)

    def rows(self, components: Tensor, directions: Tensor, batch: Batch) -> Tensor:
        """The batch's frames of every window, (B, N, frame, WIDTH)."""
        angle = batch.phase_rad[..., None] * torch.arange(1, HARMONICS + 1, device=components.device)
        waves = batch.amount[..., None] * torch.cat([angle.cos(), angle.sin()], dim=-1)
        terms = torch.cat([torch.ones_like(waves[..., :1]), waves], dim=-1)  # (B, N, F, TERMS)
        cycle = self.cycle_mean + (components @ self.cycle_basis.T).unflatten(-1, (TERMS, WIDTH))
        around = torch.einsum("bnd,fwd->bnfw", directions, self.window_basis[batch.every])
        return torch.einsum("bnft,btw->bnfw", terms, cycle) + around + self._joins(directions, batch)

    def _joins(self, directions: Tensor, batch: Batch) -> Tensor:
        """What joins each window to its neighbours (`embedding.seams`), (B, N, frame, WIDTH)."""
        there = batch.inputs.window_there
        both = (there[:, 1:] & there[:, :-1])[..., None]
        between = directions[:, 1:] @ self.carried_in - directions[:, :-1] @ self.carried_on  # (B, N - 1, WIDTH)
        jumps = F.pad(between * both, (0, 0, 1, 1))[:, :, None]
        lead, trail = self.lead[batch.every, None], self.trail[batch.every, None]
        joins: Tensor = lead * jumps[:, :-1] + trail * jumps[:, 1:]
        return joins


def make_examples(
    walkers: list[Walker],
    skeleton: Skeleton,
    *,
    maskings: int,
    seed: int,
    workers: int = 1,
    device: str = "cpu",
) -> Examples:
    """Each walk `maskings` times, with other slots hidden and another start; 0 maskings hides and cuts nothing."""
    prepared: list[Prepared] = []
    start: list[int] = []
    for items in _prepare_all(walkers, skeleton, maskings, seed, workers):
        start.extend(first for first, _ in items)
        prepared.extend(item for _, item in items)
    inputs = encoder_input(prepared, skeleton)
    phase_rad, amount = np.zeros((2, len(prepared), inputs.window_there.shape[1] * WINDOW_FRAMES), dtype=np.float32)
    for number, item in enumerate(prepared):
        size = item.windows * WINDOW_FRAMES
        phase_rad[number, :size], amount[number, :size] = frame_phases(item.phases)
    mean_row = np.stack([_mean_of_known(walker.rows) for walker in walkers])
    deviation = torch.zeros(len(walkers), max(len(walker.rows) for walker in walkers), WIDTH, dtype=torch.float16)
    for number, walker in enumerate(walkers):
        deviation[number, : len(walker.rows)] = torch.from_numpy(walker.rows - mean_row[number])
    return Examples(
        inputs=EncoderInput(**{name: value.to(device) for name, value in vars(inputs).items()}),
        phase_rad=torch.from_numpy(phase_rad).to(device),
        amount=torch.from_numpy(amount).to(device),
        walk=torch.arange(len(walkers)).repeat_interleave(max(maskings, 1)).to(device),
        start=torch.tensor(start).to(device),
        frames=torch.tensor([len(item.rhythm.phase_rad) for item in prepared]).to(device),
        mean_row=torch.from_numpy(mean_row).to(device),
        deviation=deviation.to(device),
        gait=torch.from_numpy(np.stack([_targets(walker, skeleton) for walker in walkers])).to(device),
        deviations=torch.from_numpy(_as_others_read(walkers, deviation_numbers(inputs.vector0.numpy()))).to(device),
    )


def position_error_m(rows: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
    """Mean distance of decoded from known slots in metres, in the frames that count: with the path's channels as one
    more slot, which is what is trained, and without them for each of the walks (B,).

    rows is (B, N, frame, WIDTH) as `Renderer.rows` gives it.
    """
    known = batch.rows.isfinite() & batch.counts[..., None]
    error = torch.where(known, rows - batch.rows.nan_to_num(), 0.0)
    slots = error[..., :SLOT_WIDTH].unflatten(-1, (-1, 3))  # (B, N, F, 147) -> (B, N, F, 49, 3)
    known = torch.cat([known[..., :SLOT_WIDTH:3], known[..., -1:]], dim=-1)  # (B, N, F, 50)
    distance = torch.cat([slots, error[..., None, SLOT_WIDTH:]], dim=-2).square().sum(dim=-1)
    distance = torch.where(known, (distance + 1e-6).sqrt(), 0.0)
    of_slots = distance[..., :-1].sum(dim=(1, 2, 3)) / known[..., :-1].sum(dim=(1, 2, 3)).clamp_min(1)
    return distance.sum() / known.sum().clamp_min(1), of_slots


def _mean_of_known(rows: np.ndarray) -> np.ndarray:
    """Mean row (WIDTH,) of what is known, 0 where nothing is."""
    known = np.isfinite(rows)
    mean: np.ndarray = np.where(known, rows, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return mean.astype(np.float32)


def _targets(walker: Walker, skeleton: Skeleton) -> np.ndarray:
    """Named numbers of the recording vector, (TARGETS,)."""
    return np.full(TARGETS, np.nan, np.float32) if walker.truth is None else skeleton.gait.targets(walker.truth)


def _as_others_read(walkers: list[Walker], own: np.ndarray) -> np.ndarray:
    """(walk, DEVIATION_NUMBERS): mean of the skeleton's numbers from other measurements of the same walk.

    Whatever one laboratory's placement of markers did to them, another's did not, so that who learns to say them has
    to see through it (Noise2Noise, Lehtinen 2018). NaN where nobody else measured the walk.
    """
    own = own.reshape(len(walkers), -1, own.shape[-1]).mean(axis=1)  # over the ways of hiding slots
    measured: dict[int, list[int]] = {}
    for number, walker in enumerate(walkers):
        if walker.truth is not None:
            measured.setdefault(id(walker.truth), []).append(number)
    read = np.full_like(own, np.nan)
    for numbers in measured.values():
        if len(numbers) > 1:
            read[numbers] = (own[numbers].sum(axis=0) - own[numbers]) / (len(numbers) - 1)
    return read


def _prepare_all(
    walkers: list[Walker], skeleton: Skeleton, maskings: int, seed: int, workers: int
) -> Iterator[list[tuple[int, Prepared]]]:
    tasks = [(walker.rows, maskings, [seed, 5, number]) for number, walker in enumerate(walkers)]
    if workers <= 1:
        yield from (_prepare_walk(skeleton, *task) for task in tasks)
        return
    with process_pool(workers, _remember, skeleton) as pool:
        yield from pool.map(_prepare_task, tasks, chunksize=16)


def _prepare_walk(skeleton: Skeleton, rows: np.ndarray, maskings: int, seed: list[int]) -> list[tuple[int, Prepared]]:
    """First frame and example, as often as the slots are to be hidden; windows fall elsewhere each time."""
    if maskings == 0:
        seen = np.isfinite(rows)
        return [(0, prepare_rows(np.where(seen, rows, 0.0), seen, skeleton))]
    rng = np.random.default_rng(seed)
    prepared = []
    for _ in range(maskings):
        start = int(rng.integers(WINDOW_FRAMES))
        seen = hide_slots(rows[start:], rng) & np.isfinite(rows[start:])
        prepared.append((start, prepare_rows(np.where(seen, rows[start:], 0.0), seen, skeleton)))
    return prepared


def _remember(skeleton: Skeleton) -> None:
    """A worker process keeps the skeleton."""
    _WORKER["skeleton"] = skeleton


def _prepare_task(task: tuple[np.ndarray, int, list[int]]) -> list[tuple[int, Prepared]]:
    return _prepare_walk(_WORKER["skeleton"], *task)


_WORKER: dict[str, Skeleton] = {}
