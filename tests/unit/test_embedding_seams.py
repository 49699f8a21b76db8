"""Windows are joined without a jump, and what has none stays as it is; numpy, torch and the decoder agree."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from made_up_walks import alike_rows, clip_of

from ltme_clinic.body import SLOTS
from ltme_clinic.embedding import load_model
from ltme_clinic.embedding.seams import joined
from ltme_clinic.training.examples import Renderer, make_examples
from ltme_clinic.training.walkers import Walker
from ltme_clinic.types import CLIP_RATE_HZ, WINDOW_FRAMES


def steps_at_borders(windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Second differences of the joined frames at borders and elsewhere."""
    frames = windows.reshape(-1, windows.shape[-1])
    second = np.abs(np.diff(frames, n=2, axis=0)).max(axis=1)
    centre = np.arange(len(second)) + 1
    border = (centre % WINDOW_FRAMES == 0) | (centre % WINDOW_FRAMES == WINDOW_FRAMES - 1)
    return second[border], second[~border]


def test_a_straight_motion_is_left_alone() -> None:
    straight = np.linspace(0.0, 1.0, 3 * WINDOW_FRAMES).reshape(3, WINDOW_FRAMES, 1)
    assert joined(straight) == pytest.approx(straight, abs=1e-12)


def test_a_jump_of_a_centimetre_is_gone_and_windows_keep_their_middles() -> None:
    windows = np.zeros((3, WINDOW_FRAMES, 1))
    windows[1] = 0.01
    smooth = joined(windows)
    at_borders, elsewhere = steps_at_borders(smooth)
    assert steps_at_borders(windows)[0].max() == pytest.approx(0.01)
    assert at_borders.max() < 0.0005
    assert elsewhere.max() < 0.0005
    assert smooth[1, 10:22] == pytest.approx(0.01)
    assert smooth[0, 0] == pytest.approx(0.0)  # no neighbour, no join


def test_a_single_window_has_nothing_to_join() -> None:
    alone = np.random.default_rng(0).normal(size=(1, WINDOW_FRAMES, 5))
    assert (joined(alone) == alone).all()


def test_training_joins_as_the_skeleton_does() -> None:
    skeleton = load_model().skeleton
    walkers = [Walker(str(seed), alike_rows(frames, seed=seed)) for seed, frames in ((0, 300), (1, 130))]
    batch = make_examples(walkers, skeleton, maskings=0, seed=0).batch(torch.tensor([0, 1]))
    rng = np.random.default_rng(3)
    components = rng.normal(size=(2, skeleton.cycle.basis.shape[1])).astype(np.float32)
    directions = rng.normal(size=(*batch.inputs.window_there.shape, skeleton.linear.directions)).astype(np.float32)
    rendered = Renderer(skeleton, "cpu").rows(torch.from_numpy(components), torch.from_numpy(directions), batch)
    for number, walker in enumerate(walkers):
        windows = int(batch.inputs.window_there[number].sum())
        phases = batch.inputs.latents0[number, :windows, :2].numpy()
        rows = skeleton.rows(components[number], phases, directions[number, :windows], len(walker.rows))
        own = rendered[number].reshape(-1, rows.shape[1])[: len(rows)].numpy()
        assert own == pytest.approx(rows, abs=2e-4)


def test_asked_for_single_moments_the_decoder_joins_as_it_does_for_whole_clips() -> None:
    model = load_model()
    clip = clip_of(alike_rows(300, seed=4), 4)
    code = model.encode(clip)
    whole = model.decode(code).positions_m
    near_borders = np.array([31, 32, 63, 64, 127, 128, 129])
    asked = model.motion(code).positions_m(SLOTS, near_borders / CLIP_RATE_HZ)
    assert asked == pytest.approx(whole[near_borders], abs=1e-4)
