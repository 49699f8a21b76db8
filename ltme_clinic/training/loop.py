"""The training loop, readable from top to bottom: people, linear code, network, steps, checkpoint."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ltme_clinic import __version__
from ltme_clinic.embedding.autoencoder import MotionAutoencoder
from ltme_clinic.embedding.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from ltme_clinic.embedding.features import WIDTH
from ltme_clinic.embedding.gaitcode import GaitCode, fit_gait_code
from ltme_clinic.embedding.linear import LinearCode, fit_linear_code
from ltme_clinic.embedding.model import checkpoint_arrays, linear_buffers, network_config
from ltme_clinic.embedding.rhythm import find_rhythm, harmonic_features
from ltme_clinic.training.examples import Examples, make_examples, position_error_m
from ltme_clinic.training.recipes import Recipe
from ltme_clinic.training.walkers import VALIDATION_SEED_OFFSET, Walker, people_seeds, simulate_people
from ltme_clinic.types import WINDOW_FRAMES

Progress = Callable[[str, int, int], None]


@dataclass
class TrainingState:
    """What a run keeps between steps; saved with every validation so that a cut run goes on."""

    step: int = 0
    best_mm: float = math.inf
    history: list[dict[str, float]] = field(default_factory=list)


def train(recipe: Recipe, out: Path, *, progress: Progress = lambda *_: None, device: str | None = None) -> Checkpoint:
    """Train a recipe; the checkpoint that did best on validation people ends in `out/<recipe>.safetensors`.

    A run that was cut goes on from its last validation when called again with the same folder and recipe.
    """
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_flush_denormal(True)
    torch.manual_seed(recipe.seed)
    out.mkdir(parents=True, exist_ok=True)

    training = _people(recipe, 0, recipe.people, "virtual people for training", progress)
    validation = _people(
        recipe, VALIDATION_SEED_OFFSET, recipe.validation_people, "virtual people for validation", progress
    )
    progress("linear code", 0, 1)
    linear, gait = fit_codes(training, recipe)
    examples = make_examples(training, linear, gait, maskings=recipe.maskings, seed=recipe.seed, device=device)
    held_out = make_examples(validation, linear, gait, maskings=1, seed=recipe.seed + 1, device=device)
    progress("linear code", 1, 1)

    network = new_network(recipe, linear, examples).to(device)
    state = TrainingState()
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=recipe.learning_rate, betas=(0.9, 0.98), weight_decay=recipe.weight_decay
    )
    resume_path = out / "resume.pt"
    _resume(resume_path, recipe, network, optimiser, state)
    basis = _basis(linear, device)
    if state.step == 0:
        _validate(network, held_out, basis, recipe, state, out, linear, gait)

    rng = np.random.default_rng([recipe.seed, state.step])
    started = time.monotonic()
    first_step = state.step
    while state.step < recipe.steps:
        chosen = torch.from_numpy(rng.integers(len(examples), size=recipe.batch)).to(device)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(state.step, recipe)
        losses = training_losses(network, examples.batch(chosen), basis, recipe, start=int(rng.integers(4)))
        optimiser.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip_norm)
        optimiser.step()
        state.step += 1
        if state.step % 10 == 0:
            rate = (state.step - first_step) / (time.monotonic() - started)
            parts = " ".join(f"{name} {float(value.detach()):.3f}" for name, value in losses.items())
            progress(f"training ({parts}, best {state.best_mm:.2f} mm, {rate:.1f} steps/s)", state.step, recipe.steps)
        if state.step % recipe.validate_every == 0 or state.step == recipe.steps:
            _validate(network, held_out, basis, recipe, state, out, linear, gait)
            _keep(resume_path, recipe, network, optimiser, state)
    resume_path.unlink(missing_ok=True)
    return load_checkpoint(out / f"{recipe.name}.safetensors")


def fit_codes(walkers: list[Walker], recipe: Recipe) -> tuple[LinearCode, GaitCode]:
    """The linear code and the linear gait code, from complete walks."""
    sizes = recipe.network
    rows = [walker.rows for walker in walkers]
    linear = fit_linear_code(
        rows, posture_size=sizes.posture + sizes.vector, latent_size=sizes.latent, directions=sizes.directions
    )
    harmonics = np.stack([harmonic_features(item, find_rhythm(item)) for item in rows])
    gait = fit_gait_code(
        harmonics, [walker.truth for walker in walkers], components=sizes.harmonics, vector=sizes.vector
    )
    return linear, gait


def new_network(recipe: Recipe, linear: LinearCode, examples: Examples) -> MotionAutoencoder:
    """A network that is a linear code until it has learned something.

    The mean row is first regressed on the linear recording vector; principal components of what is left make the
    posture vector.
    """
    network = MotionAutoencoder(recipe.network)
    vectors, mean_rows = examples.inputs.vector0.cpu().double(), examples.inputs.mean_row.cpu().double()
    design = torch.cat([vectors, torch.ones(len(vectors), 1, dtype=torch.float64)], dim=1)
    gram = design.T @ design + 1e-3 * len(design) * torch.eye(design.shape[1], dtype=torch.float64)
    weight = torch.linalg.solve(gram, design.T @ mean_rows)
    left = mean_rows - design @ weight
    values, directions = torch.linalg.eigh(left.T @ left / len(left))
    count = recipe.network.posture
    network.load_state_dict(
        {
            **linear_buffers(linear),
            "mean_weight": weight[:-1].T.float(),
            "mean_bias": weight[-1].float(),
            "posture_basis": (directions[:, -count:] * values[-count:].clamp_min(1e-10).sqrt()).flip(1).float(),
            "direction_sd": examples.directions[examples.inputs.window_there].std(dim=0).cpu(),
        },
        strict=False,
    )
    mean_left, directions_left = _left_by_linear_code(network, examples)
    network.mean_left_sd.copy_(mean_left)
    network.direction_left_sd.copy_(directions_left)
    return network


def _left_by_linear_code(network: MotionAutoencoder, examples: Examples) -> tuple[Tensor, Tensor]:
    """Root mean square of what the linear skeleton leaves, for each column of the mean row and each direction."""
    inputs = examples.inputs
    some = torch.arange(min(len(examples), 512), device=inputs.mean_row.device)
    batch = examples.batch(some)
    network = network.to(inputs.mean_row.device)
    mean_row, directions = _linear_decode(network, batch)
    there = batch.inputs.window_there
    return (
        (mean_row - batch.mean_row).square().mean(dim=0).sqrt(),
        (directions - batch.directions)[there].square().mean(dim=0).sqrt(),
    )


def learning_rate(step: int, recipe: Recipe) -> float:
    """Linear warm-up, then half a cosine down to a hundredth."""
    if step < recipe.warm_up:
        return recipe.learning_rate * (step + 1) / recipe.warm_up
    part = (step - recipe.warm_up) / max(recipe.steps - recipe.warm_up, 1)
    return recipe.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * part)))


def training_losses(
    network: MotionAutoencoder, batch: Examples, basis: Tensor, recipe: Recipe, start: int
) -> dict[str, Tensor]:
    """`position`: mean distance in centimetres. `gait`: error of the vector's named numbers, weighted by their size."""
    vector, posture, latents = network.encode(batch.inputs)
    noisy = [code + recipe.latent_noise * torch.randn_like(code) for code in (vector, posture, latents)]
    mean_row, directions = network.decode(noisy[0], noisy[1], noisy[2], batch.inputs.window_there)
    distance_m = position_error_m(mean_row, directions, batch, basis, start=start)
    there = batch.inputs.window_there
    return {
        "position": 100.0 * distance_m[there].mean(),
        "gait": recipe.gait_weight * gait_loss(vector, batch.gait),
    }


def gait_loss(vector: Tensor, target: Tensor) -> Tensor:
    """Mean square error of the named numbers, smoothly limited so that one odd walk does not rule a step."""
    return torch.nn.functional.smooth_l1_loss(vector[:, : target.shape[1]], target)


def validation_figures(network: MotionAutoencoder, examples: Examples, basis: Tensor) -> dict[str, float]:
    """Mean position error in mm and root mean square of the named numbers' errors, for network and linear code."""
    position, linear, gait, gait0 = [], [], [], []
    with torch.inference_mode():
        for chosen in torch.arange(len(examples), device=examples.mean_row.device).split(64):
            batch = examples.batch(chosen)
            there = batch.inputs.window_there
            vector, posture, latents = network.encode(batch.inputs)
            decoded = network.decode(vector, posture, latents, there)
            position.append(position_error_m(*decoded, batch, basis, stride=8)[there].mean(dim=(1, 2)))
            flat = _linear_decode(network, batch)
            linear.append(position_error_m(*flat, batch, basis, stride=8)[there].mean(dim=(1, 2)))
            size = batch.gait.shape[1]
            gait.append((vector[:, :size] - batch.gait).square().mean(dim=1))
            gait0.append((batch.inputs.vector0[:, :size] - batch.gait).square().mean(dim=1))
    figures = {
        "position_mm": 1000 * torch.cat(position).mean(),
        "position_linear_mm": 1000 * torch.cat(linear).mean(),
        "gait_rms": torch.cat(gait).mean().sqrt(),
        "gait_linear_rms": torch.cat(gait0).mean().sqrt(),
    }
    return {name: float(value) for name, value in figures.items()}


def _linear_decode(network: MotionAutoencoder, batch: Examples) -> tuple[Tensor, Tensor]:
    """What the network's own linear skeleton decodes from the same inputs (the full yardstick is in the bench)."""
    vector = batch.inputs.vector0
    return network.linear_decode(vector, network.linear_posture(batch.inputs.mean_row, vector), batch.inputs.latents0)


def _people(recipe: Recipe, offset: int, count: int, what: str, progress: Progress) -> list[Walker]:
    walkers: list[Walker] = []
    for number, walks in enumerate(simulate_people(people_seeds(recipe, offset, count), recipe), start=1):
        walkers.extend(walks)
        progress(what, number, count)
    return walkers


def _basis(linear: LinearCode, device: str) -> Tensor:
    return torch.from_numpy(linear.window_basis.reshape(WINDOW_FRAMES, WIDTH, -1).copy()).to(device)


def _validate(
    network: MotionAutoencoder,
    held_out: Examples,
    basis: Tensor,
    recipe: Recipe,
    state: TrainingState,
    out: Path,
    linear: LinearCode,
    gait: GaitCode,
) -> None:
    """Measure on validation people; write the checkpoint if it is the best so far, and the history."""
    network.eval()
    figures = validation_figures(network, held_out, basis)
    network.train()
    state.history.append({"step": state.step, **figures})
    if figures["position_mm"] < state.best_mm:
        state.best_mm = figures["position_mm"]
        card = {
            "recipe": asdict(recipe),
            "data": f"{recipe.people} virtual people, simulated; no recording of a real person",
            "validation": {"step": state.step, **figures},
            "software": __version__,
        }
        arrays = checkpoint_arrays(network, linear, gait)
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
        state.step, state.best_mm = kept["state"]["step"], kept["state"]["best_mm"]
        state.history.extend(kept["state"]["history"])
