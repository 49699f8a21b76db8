"""A very small training run: it improves, can be cut and resumed, and counts no frame that is not there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made_up_walks import clip_of

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.embedding import LtmeModel
from ltme_clinic.embedding.autoencoder import AutoencoderConfig
from ltme_clinic.embedding.skeleton import Skeleton
from ltme_clinic.training.examples import Renderer, make_examples, position_error_m
from ltme_clinic.training.loop import drawn_examples, new_network, train
from ltme_clinic.training.losses import contrast_loss, kl_loss, known_loss, training_losses
from ltme_clinic.training.material import fit_recipe_skeleton
from ltme_clinic.training.recipes import Recipe
from ltme_clinic.training.recorded import Measured, recorded_walkers
from ltme_clinic.training.strangers import as_stranger
from ltme_clinic.training.walkers import UNSEEN, Walker, hide_slots, simulate_person
from ltme_clinic.types import deviation_numbers
from ltme_clinic.virtual_lab import sample_patient, simulate_slots

SMALL = Recipe(
    "small",
    network=AutoencoderConfig(width=32, heads=2, hidden=48, depth=1, directions=64, components=40, posture=32),
    people=80,
    walks_per_person=1,
    max_s=4.0,
    laboratories=1,
    validation_people=4,
    steps=6,
    batch=8,
    warm_up=2,
    validate_every=2,
    workers=1,
)


@pytest.fixture(scope="module")
def skeleton(walkers: list[Walker]) -> Skeleton:
    return fit_recipe_skeleton(walkers, [], SMALL)


class Cut(Exception):
    """Somebody pulled the plug."""


@pytest.fixture(scope="module")
def walkers() -> list[Walker]:
    return [walker for seed in range(SMALL.people) for walker in simulate_person(seed, SMALL)]


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
    assert (tmp_path / "history.png").stat().st_size > 5_000
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
    assert float(position_error_m(batch.rows, batch)[0]) == pytest.approx(1e-3)  # the distance's smoothing
    wrong_beyond = torch.where(batch.counts[..., None], batch.rows, 100.0)
    assert float(position_error_m(wrong_beyond, batch)[0]) == pytest.approx(1e-3)
    for row, number in enumerate((0, 3, 9)):
        walker, start = walkers[number // 2], int(examples.start[number])
        there = batch.rows[row][batch.counts[row]].numpy()
        np.testing.assert_allclose(there, walker.rows[start:], atol=1e-3)


def test_what_a_recording_does_not_show_is_no_error_and_has_no_gradient(
    walkers: list[Walker], skeleton: Skeleton
) -> None:
    rows = walkers[0].rows.copy()
    rows[:, 3:6] = np.nan
    rows[10:40, 9:12] = np.nan
    examples = make_examples([Walker("measured", rows)], skeleton, maskings=0, seed=0)
    batch = examples.batch(torch.tensor([0]))
    assert batch.gait.isnan().all()
    decoded = torch.where(batch.rows.isfinite(), batch.rows, 9.0) + 0.003 * torch.tensor([1.0, 0.0, 0.0] * 50)
    decoded.requires_grad_()
    trained, of_slots = position_error_m(decoded, batch)
    assert float(of_slots[0].detach()) == pytest.approx(np.hypot(0.003, 0.001), abs=1e-4)
    trained.backward()
    assert (decoded.grad[~batch.rows.isfinite()] == 0.0).all()
    assert decoded.grad.isfinite().all()


def test_measured_walks_have_their_share_of_batches_and_of_the_skeleton(walkers: list[Walker]) -> None:
    rng = np.random.default_rng(0)
    recipe = replace(SMALL, batch=4000, recorded_share=0.3)
    drawn = drawn_examples(rng, recipe=recipe, virtual=900, every=1000)
    assert (drawn >= 900).mean() == pytest.approx(0.3, abs=0.03)
    assert (drawn_examples(rng, recipe=recipe, virtual=900, every=900) < 900).all()
    strange = Walker("measured", walkers[0].rows + np.float32(0.5))
    alone, together = (fit_recipe_skeleton(walkers, measured, SMALL) for measured in ([], [strange]))
    moved_m = together.linear.posture_mean - alone.linear.posture_mean
    assert float(np.median(moved_m)) == pytest.approx(0.5 * SMALL.recorded_share, abs=0.04)


def test_a_contrasted_walk_is_followed_by_another_measurement_of_it() -> None:
    recipe = replace(SMALL, batch=600, laboratories=3, maskings=2, recorded_share=0.3, contrast_weight=0.1)
    drawn = drawn_examples(np.random.default_rng(0), recipe=recipe, virtual=600, every=700)
    first, second = drawn[0::2], drawn[1::2]
    virtual = first < 600
    assert 0.6 < virtual.mean() < 0.8
    assert (first // 6 == second // 6)[virtual].all()
    assert (first != second)[virtual].all()
    assert len(set((second - first)[virtual] % 6)) == 5
    assert (first == second)[~virtual].all()


def test_a_contrasting_run_has_a_term_of_its_own(walkers: list[Walker], skeleton: Skeleton) -> None:
    recipe = replace(SMALL, laboratories=2, contrast_weight=1.0, kl_weight=1.0)
    recording = Walker("measured", walkers[1].rows)
    examples = make_examples([walkers[0], walkers[0], recording, recording], skeleton, maskings=1, seed=0)
    network = new_network(recipe, skeleton, examples)
    parts = training_losses(network, examples.batch(torch.arange(4)), Renderer(skeleton, "cpu"), recipe)
    assert set(parts) == {"position", "gait", "deviations", "kl", "contrast"}
    assert float(parts["contrast"].detach()) == pytest.approx(0.0, abs=1e-5)  # the one pair there is, and no stranger
    alone = training_losses(network, examples.batch(torch.arange(1, 4)), Renderer(skeleton, "cpu"), recipe)
    assert float(alone["contrast"].detach()) == 0.0


def test_deviations_are_learned_from_what_other_laboratories_read(walkers: list[Walker], skeleton: Skeleton) -> None:
    walk = walkers[0]
    shifted = replace(walk, rows=walk.rows + np.float32(0.02))
    alone = replace(walkers[1], truth=replace(walkers[1].truth)) if walkers[1].truth else walkers[1]
    measured = [walk, shifted, alone, Walker("measured", walkers[1].rows)]
    examples = make_examples(measured, skeleton, maskings=0, seed=0)
    own = deviation_numbers(examples.inputs.vector0)
    assert torch.allclose(examples.deviations[0], own[1], atol=1e-5)
    assert torch.allclose(examples.deviations[1], own[0], atol=1e-5)
    assert bool(examples.deviations[2:].isnan().all())
    network = new_network(SMALL, skeleton, examples)
    both = training_losses(network, examples.batch(torch.arange(2)), Renderer(skeleton, "cpu"), SMALL)
    assert float(both["deviations"].detach()) > 0.0
    nobody = training_losses(network, examples.batch(torch.arange(2, 4)), Renderer(skeleton, "cpu"), SMALL)
    assert float(nobody["deviations"].detach()) == 0.0


def test_a_run_learns_from_measured_walks_too_and_says_so(tmp_path: Path, walkers: list[Walker]) -> None:
    clip = clip_of(walkers[0].rows)
    checkpoint = train(SMALL, tmp_path, recorded=[Measured(clip, healthy_walk=True)], device="cpu")
    assert "1 measured recording" in checkpoint.card["data"]
    assert not set(checkpoint.card["impairments"]) & set(UNSEEN)


def test_recordings_are_cut_into_equal_pieces_and_keep_what_is_hidden(walkers: list[Walker]) -> None:
    clip = clip_of(walkers[0].rows)
    hidden = replace(clip, valid=clip.valid & (np.arange(clip.valid.shape[1]) != 2))
    pieces = recorded_walkers([Measured(hidden)], longest_s=0.6 * clip.frames / 50.0)
    assert [len(piece.rows) for piece in pieces] == [-(-clip.frames // 2), clip.frames // 2]
    assert all(piece.truth is None and np.isnan(piece.rows[:, 6:9]).all() for piece in pieces)
    assert np.isfinite(np.delete(pieces[0].rows, [6, 7, 8], axis=1)).all()


def test_the_latents_divergence_is_least_where_they_are_unit_normal() -> None:
    white = torch.randn(4000, 8, generator=torch.Generator().manual_seed(0))
    assert kl_loss(0.5 * white, 0.5) < kl_loss(white, 0.5) < kl_loss(2.0 * white, 0.5)
    assert float(kl_loss(torch.zeros(3, 2), 1.0)) == pytest.approx(0.0)


def test_contrast_is_low_where_two_maskings_of_a_walk_agree() -> None:
    vectors = torch.eye(4).repeat_interleave(2, dim=0)
    walk = torch.arange(4).repeat_interleave(2)
    assert contrast_loss(vectors, walk) < 0.01
    assert contrast_loss(vectors, walk.roll(1)) > 5.0
    assert float(contrast_loss(vectors, torch.arange(8))) == 0.0


def test_the_named_numbers_of_walks_without_truth_are_not_asked_for() -> None:
    target = torch.tensor([[1.0, 2.0], [torch.nan, torch.nan]])
    assert float(known_loss(torch.tensor([[1.0, 2.0], [9.0, 9.0]]), target)) == 0.0
    assert float(known_loss(torch.tensor([[3.0, 3.0]]), target[1:])) == 0.0


def test_strangers_have_the_same_body_and_other_curves_and_can_walk() -> None:
    for seed in range(4):
        patient = sample_patient(seed)
        stranger = as_stranger(patient)
        assert stranger.skeleton == patient.skeleton
        assert stranger.own_deviation is not None
        changed_deg = stranger.own_deviation.curves_deg
        assert np.abs(changed_deg).max() > 1.0
        tilt_deg = changed_deg[:, 0]
        assert np.allclose(tilt_deg[0, :-1], np.roll(tilt_deg[1, :-1], 25))  # both legs carry one pelvis
        again = as_stranger(patient).own_deviation
        assert again is not None
        assert np.array_equal(again.curves_deg, changed_deg)
        positions_m, _ = simulate_slots(stranger, duration_s=3.0)
        assert np.isfinite(positions_m).all()


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
