"""The transformer, its checkpoint and the embeddings' table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made_up_walks import alike_rows, alternating_roles, clip_of, stepping_clip, stepping_truth

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.embedding import LtmeModel, PcaModel, layers, read_embeddings, write_embeddings
from ltme_clinic.embedding.autoencoder import AutoencoderConfig, MotionAutoencoder
from ltme_clinic.embedding.checkpoint import SHIPPED, Checkpoint, load_checkpoint, save_checkpoint
from ltme_clinic.embedding.features import clip_features
from ltme_clinic.embedding.gaitcode import TARGETS
from ltme_clinic.embedding.layers import GLOBAL_TOKENS
from ltme_clinic.embedding.linear import reconstruction_error_mm
from ltme_clinic.embedding.model import checkpoint_arrays, encoder_input, network_config, skeleton_buffers
from ltme_clinic.embedding.prepare import prepare
from ltme_clinic.embedding.quantising import quantised, tokens_of, values_of
from ltme_clinic.embedding.skeleton import fit_skeleton
from ltme_clinic.training.walkers import UNSEEN
from ltme_clinic.types import LtmeError

CONFIG = AutoencoderConfig(width=32, heads=2, hidden=48, depth=1, directions=96, components=60, posture=32)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """A small untrained network on top of a linear code of 120 made-up walkers."""
    stride_hz = [0.6 + 0.005 * seed for seed in range(120)]
    rows = [alike_rows(256, hz, seed) for seed, hz in enumerate(stride_hz)]
    truths = [stepping_truth(hz, seed) for seed, hz in enumerate(stride_hz)]
    skeleton = fit_skeleton(
        rows,
        truths,
        alternating_roles(len(rows)),
        vector=CONFIG.vector,
        posture=CONFIG.posture,
        latent=CONFIG.latent,
        directions=CONFIG.directions,
        components=CONFIG.components,
    )
    torch.manual_seed(0)
    network = MotionAutoencoder(CONFIG)
    network.load_state_dict(skeleton_buffers(skeleton), strict=False)
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    return save_checkpoint(path, checkpoint_arrays(network, skeleton), network_config(network), {"recipe": "test"})


@pytest.fixture(scope="module")
def model(checkpoint: Checkpoint) -> LtmeModel:
    return LtmeModel(checkpoint)


def test_an_untrained_transformer_is_its_skeleton(model: LtmeModel) -> None:
    clip, skeleton = stepping_clip(200, seed=3), model.skeleton
    prepared = prepare(clip, skeleton)
    embedding = model.encode(clip)
    around = skeleton.blocks.encode(prepared.directions)
    np.testing.assert_allclose(embedding.latents, np.hstack([prepared.phases, around]), atol=1e-4)
    np.testing.assert_allclose(embedding.recording_vector, skeleton.vector(prepared.components), atol=1e-4)
    said = skeleton.split.said(embedding.recording_vector, embedding.posture_vector)
    rows = skeleton.rows(said, prepared.phases, skeleton.blocks.decode(around), 200)
    np.testing.assert_allclose(clip_features(model.decode(embedding))[0], rows, atol=2e-3)


def test_pca_takes_exactly_as_many_floats(checkpoint: Checkpoint, model: LtmeModel) -> None:
    pca = PcaModel(checkpoint)
    clip = clip_of(alike_rows(290, 0.625, seed=5))
    ours, theirs = model.encode(clip), pca.encode(clip)
    assert ours.floats == theirs.floats == CONFIG.vector + CONFIG.posture + 12 * CONFIG.latent
    assert ours.window_latents.shape == (12, 12)
    assert ours.block_latents.shape == (3, 40)
    assert ours.fingerprint != theirs.fingerprint
    silent = replace(theirs, latents=np.zeros_like(theirs.latents))
    rows = clip_features(clip)[0]
    error_mm, standing_mm = (reconstruction_error_mm(rows, clip_features(pca.decode(e))[0]) for e in (theirs, silent))
    assert error_mm < 0.9 * standing_mm


def test_a_clip_is_encoded_the_same_alone_and_padded_in_a_batch(model: LtmeModel) -> None:
    clips = [stepping_clip(140, seed=1), stepping_clip(600, seed=2)]
    batch = encoder_input([prepare(clip, model.skeleton) for clip in clips], model.skeleton)
    with torch.inference_mode():
        vectors, _, latents = model.network.encode(batch)
    alone = model.encode(clips[0])
    np.testing.assert_allclose(vectors[0].numpy(), alone.recording_vector, atol=1e-4)
    np.testing.assert_allclose(latents[0, : alone.windows].numpy(), alone.latents, atol=1e-4)


def test_an_embedding_of_another_checkpoint_is_not_decoded(model: LtmeModel) -> None:
    foreign = replace(model.encode(stepping_clip(100)), fingerprint="0" * 64)
    with pytest.raises(LtmeError, match="000000000000"):
        model.decode(foreign)


def test_covariates_say_cadence_and_speed(model: LtmeModel) -> None:
    embedding = model.encode(stepping_clip(300, stride_hz=0.75, seed=7))
    assert embedding.cadence_spm == pytest.approx(90.0, abs=1.0)
    assert embedding.speed_m_s == pytest.approx(stepping_clip(300, 0.75, 7).speed_m_s)


def test_the_vectors_named_numbers_decode_to_the_curves_they_were_fitted_on(model: LtmeModel) -> None:
    truth = stepping_truth(0.9)
    vector = np.zeros((1, CONFIG.vector), dtype=np.float32)
    vector[0, :TARGETS] = model.skeleton.gait.targets(truth)
    np.testing.assert_allclose(model.decode_curves(vector)[0], truth.curves_deg, atol=0.1)


def test_a_checkpoint_is_read_back_with_its_fingerprint_and_card(checkpoint: Checkpoint, tmp_path: Path) -> None:
    path = tmp_path / "again.safetensors"
    again = save_checkpoint(path, checkpoint.arrays, checkpoint.config, checkpoint.card)
    assert again.fingerprint == checkpoint.fingerprint == load_checkpoint(path).fingerprint
    assert again.card == {"recipe": "test"}


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x10" + b"\x00" * 7 + b"{broken json...}"])
def test_a_file_that_is_no_checkpoint_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wrong.safetensors"
    path.write_bytes(content)
    with pytest.raises(LtmeError, match=r"wrong\.safetensors: this is not an LTME checkpoint"):
        load_checkpoint(path)


def test_arrays_that_do_not_fit_the_network_are_refused(checkpoint: Checkpoint) -> None:
    arrays = {name: value for name, value in checkpoint.arrays.items() if name != "net.to_vector.weight"}
    with pytest.raises(LtmeError, match="don't fit the network"):
        LtmeModel(replace(checkpoint, arrays=arrays))


def test_embeddings_come_back_from_parquet_unchanged(model: LtmeModel, tmp_path: Path) -> None:
    embeddings = [model.encode(stepping_clip(100 + 90 * seed, seed=seed)) for seed in range(3)]
    path = tmp_path / "table.parquet"
    write_embeddings(path, embeddings, {"made-up-1": "walk.c3d"})
    for before, after in zip(embeddings, read_embeddings(path), strict=True):
        np.testing.assert_array_equal(before.latents, after.latents)
        np.testing.assert_array_equal(before.recording_vector, after.recording_vector)
        assert (before.fingerprint, before.frames, before.cadence_spm) == (
            after.fingerprint,
            after.frames,
            after.cadence_spm,
        )
    path.write_bytes(b"PAR1 not really")
    with pytest.raises(LtmeError, match=r"table\.parquet"):
        read_embeddings(path)


def test_any_marker_can_be_asked_for_at_any_time(model: LtmeModel) -> None:
    clip = clip_of(alike_rows(290, 0.625, seed=6))
    embedding = model.encode(clip)
    whole, motion = model.decode(embedding), model.motion(embedding)
    slots, frames = ("right_heel", "left_asis"), np.array([289, 0, 31, 32, 33])
    wanted = whole.positions_m[np.ix_(frames, [SLOT_INDEX[slot] for slot in slots])]
    np.testing.assert_allclose(motion.positions_m(slots, frames / 50.0), wanted, atol=1e-5)
    between = motion.positions_m(slots, np.array([0.61, 0.62, 0.63]))
    assert np.linalg.norm(between[1] - between[[0, 2]].mean(axis=0), axis=1).max() < 2e-3


def test_what_a_decoded_motion_does_not_have_is_refused(model: LtmeModel) -> None:
    motion = model.motion(model.encode(clip_of(alike_rows(150, 0.625, seed=6))))
    with pytest.raises(LtmeError, match="no slot 'tail'"):
        motion.positions_m(("tail",), np.zeros(1))
    with pytest.raises(LtmeError, match=r"outside its 0 to 2\.98 s"):
        motion.positions_m(("c7",), np.array([3.2]))


def test_quantised_latents_take_few_values_and_pass_gradients_on() -> None:
    latents = torch.linspace(-4.0, 4.0, 41, requires_grad=True)
    nearest = quantised(latents, 6)
    assert torch.equal(nearest.detach(), values_of(tokens_of(latents.detach(), 6), 6))
    assert len(nearest.unique()) == 6
    assert (nearest - latents.clamp(-2.5, 2.5)).abs().max() <= 0.5 + 1e-6
    nearest.sum().backward()
    assert latents.grad is not None
    assert (latents.grad[latents.detach().abs() < 2.4] == 1.0).all()


def test_a_quantising_network_gives_latents_of_its_levels_alone(checkpoint: Checkpoint) -> None:
    coarse = LtmeModel(replace(checkpoint, config={**checkpoint.config, "levels": 4}))
    around = coarse.encode(clip_of(alike_rows(290, 0.625, seed=6))).latents[:, 2:]
    away = np.abs(around[..., None] - np.linspace(-2.5, 2.5, 4)).min(axis=-1)
    assert away.max() < 1e-5


def test_a_long_recording_is_attended_to_in_stretches_with_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    q, k, v = torch.randn(3, 2, 2, GLOBAL_TOKENS + 52, 6, generator=torch.Generator().manual_seed(0))
    there = torch.ones(2, 52, dtype=torch.bool)
    there[1, 37:] = False
    whole = layers.attention(q, k, v, there)
    monkeypatch.setattr(layers, "DENSE_WINDOWS", 8)
    in_stretches = layers.attention(q, k, v, there)
    torch.testing.assert_close(in_stretches[0], whole[0], atol=1e-5, rtol=0.0)
    counts = GLOBAL_TOKENS + 37
    torch.testing.assert_close(in_stretches[1, :, :counts], whole[1, :, :counts], atol=1e-5, rtol=0.0)


def test_a_minute_and_ten_are_coded_in_one_pass_without_a_seam(model: LtmeModel) -> None:
    rows = np.concatenate([alike_rows(3000, 0.7, seed=8)] * 3)  # 3 minutes
    long = model.encode(clip_of(rows))
    assert long.windows > layers.DENSE_WINDOWS
    error_mm = 1000.0 * np.linalg.norm(model.decode(long).positions_m - clip_of(rows).positions_m, axis=-1).mean(axis=1)
    for second in range(1, 180):
        beside = error_mm[50 * second - 25 : 50 * second + 25]
        assert beside.mean() < 3.0 * np.median(error_mm) + 1.0


def test_a_covariance_comes_back_whole_from_its_triangle(checkpoint: Checkpoint) -> None:
    for name, value in checkpoint.arrays.items():
        if "covariance" in name:
            assert value.ndim == 2
            np.testing.assert_array_equal(value, value.T)
            assert (np.linalg.eigvalsh(value.astype(np.float64)) > -1e-6).all()


def test_the_shipped_checkpoint_is_small_and_says_what_it_learned_from() -> None:
    assert SHIPPED.stat().st_size <= 9 * 2**20
    card = load_checkpoint().card
    assert set(card["impairments"]).isdisjoint(UNSEEN)
    assert "measured recordings" in card["data"]
