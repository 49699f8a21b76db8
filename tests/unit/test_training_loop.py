"""A very small training run: it improves, can be cut and resumed, and counts no frame that is not there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.embedding import LtmeModel
from ltme_clinic.embedding.autoencoder import AutoencoderConfig
from ltme_clinic.embedding.skeleton import Skeleton
from ltme_clinic.training.examples import Renderer, make_examples, position_error_m
from ltme_clinic.training.loop import fit_recipe_skeleton, new_network, train, training_losses
from ltme_clinic.training.recipes import Recipe
from ltme_clinic.training.walkers import Walker, hide_slots, simulate_person

SMALL = Recipe(
    "small",
    network=AutoencoderConfig(width=32, heads=2, hidden=48, depth=1, directions=64, components=40),
    people=50,
    walks_per_person=1,
    max_s=4.0,
    maskings=1,
    validation_people=4,
    steps=6,
    batch=8,
    warm_up=2,
    validate_every=2,
    workers=1,
)


@pytest.fixture(scope="module")
def skeleton(walkers: list[Walker]) -> Skeleton:
    return fit_recipe_skeleton(walkers, SMALL)


class Cut(Exception):
    """Somebody pulled the plug."""


@pytest.fixture(scope="module")
def walkers() -> list[Walker]:
    return [walker for seed in range(50) for walker in simulate_person(seed, SMALL)]


def test_a_run_that_was_cut_goes_on_and_ends_after_the_same_steps(tmp_path: Path) -> None:
    def cut_after_four(_: str, done: int, total: int) -> None:
        if total == SMALL.steps and done >= 5:
            raise Cut

    small = replace(SMALL, report_every=1)
    with pytest.raises(Cut):
        train(small, tmp_path, progress=cut_after_four, device="cpu")
    assert (tmp_path / "resume.pt").exists()
    resumed: list[int] = []
    checkpoint = train(
        small,
        tmp_path,
        progress=lambda _, done, total: resumed.append(done) if total == SMALL.steps else None,
        device="cpu",
    )
    assert resumed == [5, 6]
    history = json.loads((tmp_path / "history.json").read_text())
    assert [figures["step"] for figures in history] == [0, 2, 4, 6]
    assert not (tmp_path / "resume.pt").exists()
    assert checkpoint.card["validation"]["loss"] == min(figures["loss"] for figures in history)
    assert LtmeModel(checkpoint).fingerprint == checkpoint.fingerprint


def test_the_network_learns_walks_by_heart_that_its_skeleton_only_says_roughly(
    walkers: list[Walker], skeleton: Skeleton
) -> None:
    recipe = replace(SMALL, latent_noise=0.0)
    examples = make_examples(walkers[:8], skeleton, maskings=1, seed=0)
    renderer = Renderer(skeleton, "cpu")
    torch.manual_seed(0)
    network = new_network(recipe, skeleton, examples)
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    batch = examples.batch(torch.arange(8), slice(0, None, 4))
    losses = []
    for _ in range(40):
        parts = training_losses(network, batch, renderer, recipe)
        losses.append(float(sum(part.detach() for part in parts.values())))
        optimiser.zero_grad()
        torch.stack(list(parts.values())).sum().backward()
        optimiser.step()
    assert losses[-1] < 0.9 * losses[0]


def test_the_true_rows_of_a_batch_have_no_error_and_filling_frames_do_not_count(
    walkers: list[Walker], skeleton: Skeleton
) -> None:
    examples = make_examples(walkers[:5], skeleton, maskings=2, seed=3)
    batch = examples.batch(torch.tensor([0, 3, 9]))
    assert float(position_error_m(batch.rows, batch).max()) == pytest.approx(1e-3)  # the distance's smoothing
    wrong_beyond = torch.where(batch.counts[..., None], batch.rows, 100.0)
    assert float(position_error_m(wrong_beyond, batch).max()) == pytest.approx(1e-3)
    for row, number in enumerate((0, 3, 9)):
        walker, start = walkers[number // 2], int(examples.start[number])
        there = batch.rows[row][batch.counts[row]].numpy()
        np.testing.assert_allclose(there, walker.rows[start:], atol=1e-3)


def test_torch_renders_the_rows_that_numpy_renders(walkers: list[Walker], skeleton: Skeleton) -> None:
    examples = make_examples(walkers[:1], skeleton, maskings=0, seed=0)
    batch = examples.batch(torch.tensor([0]))
    rows = Renderer(skeleton, "cpu").rows(batch.inputs.components, batch.inputs.directions, batch)
    frames = len(walkers[0].rows)
    phases = batch.inputs.latents0[0, :, :2].numpy()
    wanted = skeleton.rows(batch.inputs.components[0].numpy(), phases, batch.inputs.directions[0].numpy(), frames)
    np.testing.assert_allclose(rows.flatten(1, 2)[0, :frames].numpy(), wanted, atol=1e-4)


def test_hiding_slots_always_leaves_the_path_and_both_ankles(walkers: list[Walker]) -> None:
    ankles = [SLOT_INDEX[f"{side}_ankle"] for side in ("left", "right")]
    for seed in range(30):
        seen = hide_slots(walkers[0].rows, np.random.default_rng(seed))
        assert seen[:, -3:].all()
        assert seen[:, [3 * ankle for ankle in ankles]].any(axis=0).all()
