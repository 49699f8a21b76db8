"""The training loop, readable from top to bottom: network, steps, validation, checkpoint."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ltme_clinic import __version__
from ltme_clinic.embedding.autoencoder import MotionAutoencoder
from ltme_clinic.embedding.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from ltme_clinic.embedding.model import checkpoint_arrays, network_config, skeleton_buffers
from ltme_clinic.embedding.skeleton import Skeleton
from ltme_clinic.progress import Progress, silent
from ltme_clinic.training.curves import draw_history
from ltme_clinic.training.examples import Batch, Examples, Renderer, position_error_m
from ltme_clinic.training.losses import training_losses
from ltme_clinic.training.material import Material, gathered, simulated_people
from ltme_clinic.training.ranks import ALONE, Ranks, joined_ranks
from ltme_clinic.training.recipes import Recipe
from ltme_clinic.training.recorded import Measured
from ltme_clinic.training.walkers import SEEN

FRAME_STRIDE = 4
"""The loss looks at every fourth frame: neighbours at 50 Hz say nearly the same."""


@dataclass
class TrainingState:
    """What a run keeps between steps; saved with every validation so that a cut run goes on."""

    step: int = 0
    best: float = math.inf
    """Lowest validation loss so far."""
    history: list[dict[str, float]] = field(default_factory=list)


def train(
    recipe: Recipe,
    out: Path,
    *,
    recorded: Sequence[Measured] = (),
    progress: Progress = silent,
    device: str | None = None,
) -> Checkpoint:
    """Train a recipe; the checkpoint that did best on validation people ends in `out/<recipe>.safetensors`.

    `recorded` are measured clips to train on beside the virtual ones. A run that was cut goes on from its last
    validation when called again with the same folder, recipe and walks. Started by torchrun, several processes share
    people and batch.
    """
    ranks = joined_ranks()
    progress = progress if ranks.first else silent
    people = simulated_people(recipe, progress, ranks)
    return train_on(gathered(recipe, people, recorded, progress, device, ranks), recipe, out, progress, ranks)


def train_on(
    material: Material, recipe: Recipe, out: Path, progress: Progress = silent, ranks: Ranks = ALONE
) -> Checkpoint:
    """The steps of `train`, on what was gathered."""
    torch.set_flush_denormal(True)
    torch.manual_seed(recipe.seed)
    out.mkdir(parents=True, exist_ok=True)
    examples, device = material.training, material.training.walk.device
    renderer = Renderer(material.skeleton, str(device))
    network = new_network(recipe, material.skeleton, examples).to(device)
    network.load_state_dict(ranks.agreed(network.state_dict()))
    if device.type == "cuda":
        network.hasten(bf16=recipe.bf16, compiled=recipe.compiled)
    state = TrainingState()
    draw = partial(drawn_examples, recipe=ranks.per_process(recipe), virtual=material.virtual, every=len(examples))
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=recipe.learning_rate, betas=(0.9, 0.98), weight_decay=recipe.weight_decay
    )
    resume_path = out / "resume.pt"
    _resume(resume_path, recipe, network, optimiser, state)
    validate = partial(_validate, network, renderer, material, recipe, state, out)
    if state.step == 0 and ranks.first:
        validate()

    rng = np.random.default_rng([recipe.seed, state.step, *([ranks.rank] * (ranks.world > 1))])
    if ranks.world > 1:
        torch.manual_seed(recipe.seed + ranks.rank)
    started = time.monotonic()
    first_step = state.step
    while state.step < recipe.steps:
        chosen = torch.from_numpy(draw(rng)).to(device)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(state.step, recipe)
        losses = training_losses(network, examples.batch(chosen, _some_frames(rng)), renderer, recipe)
        optimiser.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        ranks.mean_gradients(network)
        torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip_norm)
        optimiser.step()
        state.step += 1
        if state.step % recipe.report_every == 0:
            rate = (state.step - first_step) / (time.monotonic() - started)
            parts = " ".join(f"{name} {float(value.detach()):.3f}" for name, value in losses.items())
            progress(f"training ({parts}, best {state.best:.3f}, {rate:.1f} steps/s)", state.step, recipe.steps)
        if ranks.first and (state.step % recipe.validate_every == 0 or state.step == recipe.steps):
            validate()
            _keep(resume_path, recipe, network, optimiser, state)
    if ranks.first:
        draw_history(state.history, out / "history.png")
        resume_path.unlink(missing_ok=True)
    ranks.wait()
    return load_checkpoint(out / f"{recipe.name}.safetensors")


def drawn_examples(rng: np.random.Generator, *, recipe: Recipe, virtual: int, every: int) -> np.ndarray:
    """Numbers of the examples of one step, (batch,): virtual ones come first, and measured ones have their share.

    Where vectors are contrasted, every second example is the walk before it as another laboratory measured it, or
    masked another way; what follows a measured recording is the recording again, and is not contrasted.
    """
    measured = (rng.random(recipe.batch) < recipe.recorded_share) & (every > virtual)
    chosen = np.where(
        measured, rng.integers(virtual, max(every, virtual + 1), recipe.batch), rng.integers(virtual, size=recipe.batch)
    )
    if recipe.contrast_weight:
        first = chosen[0 : 2 * (len(chosen) // 2) : 2]
        ways = recipe.laboratories * recipe.maskings
        other = first // ways * ways + (first + rng.integers(1, max(ways, 2), size=len(first))) % ways
        chosen[1::2] = np.where(first < virtual, other, first)
    return chosen


def new_network(recipe: Recipe, skeleton: Skeleton, examples: Examples) -> MotionAutoencoder:
    """A network that is its skeleton until it has learned something; corrections are in SDs of what that leaves."""
    network = MotionAutoencoder(recipe.network)
    network.load_state_dict(skeleton_buffers(skeleton), strict=False)
    network = network.to(examples.walk.device)
    batch = examples.batch(torch.arange(min(len(examples), 512), device=examples.walk.device))
    inputs = batch.inputs
    posture = network.skeleton_posture(inputs.components, inputs.vector0)
    components, directions = network.skeleton_decode(inputs.vector0, posture, inputs.latents0)
    there = inputs.window_there
    network.direction_sd.copy_(inputs.directions[there].std(dim=0))
    network.component_left_sd.copy_((components - inputs.components).square().mean(dim=0).sqrt())
    network.direction_left_sd.copy_((directions - inputs.directions)[there].square().mean(dim=0).sqrt())
    return network


def learning_rate(step: int, recipe: Recipe) -> float:
    """Linear warm-up, then half a cosine down to a hundredth."""
    if step < recipe.warm_up:
        return recipe.learning_rate * (step + 1) / recipe.warm_up
    part = (step - recipe.warm_up) / max(recipe.steps - recipe.warm_up, 1)
    return recipe.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * part)))


def validation_figures(network: MotionAutoencoder, examples: Examples, renderer: Renderer) -> dict[str, float]:
    """Mean position error in mm and root mean square of the named numbers' errors, for network and skeleton."""
    sums: dict[str, list[Tensor]] = {name: [] for name in ("position", "skeleton", "gait", "skeleton_gait")}
    with torch.inference_mode():
        for chosen in torch.arange(len(examples), device=examples.walk.device).split(64):
            batch = examples.batch(chosen, slice(0, None, FRAME_STRIDE))
            inputs, size = batch.inputs, batch.gait.shape[1]
            vector, posture, latents = network.encode(inputs)
            sums["position"].append(
                _slot_error_m(network.decode(vector, posture, latents, inputs.window_there), batch, renderer)
            )
            sums["gait"].append((vector[:, :size] - batch.gait).square().mean(dim=1))
            posture = network.skeleton_posture(inputs.components, inputs.vector0)
            decoded = network.skeleton_decode(inputs.vector0, posture, inputs.latents0)
            sums["skeleton"].append(_slot_error_m(decoded, batch, renderer))
            sums["skeleton_gait"].append((inputs.vector0[:, :size] - batch.gait).square().mean(dim=1))
    means = {name: float(torch.cat(values).mean()) for name, values in sums.items()}
    return {
        "position_mm": 1000 * means["position"],
        "position_skeleton_mm": 1000 * means["skeleton"],
        "gait_rms": math.sqrt(means["gait"]),
        "gait_skeleton_rms": math.sqrt(means["skeleton_gait"]),
    }


def _slot_error_m(decoded: tuple[Tensor, Tensor], batch: Batch, renderer: Renderer) -> Tensor:
    """Mean distance of the slots in each walk's frames that count, (B,)."""
    return position_error_m(renderer.rows(*decoded, batch), batch)[1]


def _some_frames(rng: np.random.Generator) -> slice:
    """Every fourth frame of each window, from one of the first four."""
    return slice(int(rng.integers(FRAME_STRIDE)), None, FRAME_STRIDE)


def _validate(
    network: MotionAutoencoder,
    renderer: Renderer,
    material: Material,
    recipe: Recipe,
    state: TrainingState,
    out: Path,
) -> None:
    """Measure on validation people; write the checkpoint if it is the best so far, and the history."""
    network.eval()
    figures = validation_figures(network, material.validation, renderer)
    network.train()
    loss = 0.1 * figures["position_mm"] + recipe.gait_weight * 0.5 * figures["gait_rms"] ** 2
    figures["loss"] = loss
    state.history.append({"step": state.step, **figures})
    if loss < state.best:
        state.best = loss
        card = {
            "recipe": asdict(recipe),
            "data": material.words,
            "impairments": list(SEEN),
            "validation": {"step": state.step, **figures},
            "software": __version__,
        }
        arrays = checkpoint_arrays(network, material.skeleton)
        save_checkpoint(out / f"{recipe.name}.safetensors", arrays, network_config(network), card)
    (out / "history.json").write_text(json.dumps(state.history, indent=1))


def _keep(
    path: Path, recipe: Recipe, network: MotionAutoencoder, optimiser: torch.optim.Optimizer, state: TrainingState
) -> None:
    part = path.with_suffix(".part")
    torch.save(
        {
            "recipe": json.dumps(asdict(recipe)),
            "network": network.state_dict(),
            "optimiser": optimiser.state_dict(),
            "state": asdict(state),
        },
        part,
    )
    part.replace(path)


def _resume(
    path: Path, recipe: Recipe, network: MotionAutoencoder, optimiser: torch.optim.Optimizer, state: TrainingState
) -> None:
    """Go on from a cut run of the same recipe; another recipe's file is ignored and later overwritten."""
    if not path.exists():
        return
    kept = torch.load(path, weights_only=True, map_location=next(network.parameters()).device)
    if kept["recipe"] == json.dumps(asdict(recipe)):
        network.load_state_dict(kept["network"])
        optimiser.load_state_dict(kept["optimiser"])
        state.step, state.best = kept["state"]["step"], kept["state"]["best"]
        state.history.extend(kept["state"]["history"])
