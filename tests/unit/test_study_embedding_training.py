"""The study of trainings: its variants differ in what they say, its plain codes are principal components."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from made_up_walks import alike_rows

from ltme_clinic.embedding import load_model, load_pca_model, load_skeleton_model
from ltme_clinic.embedding.gaitcode import TARGETS
from ltme_clinic.training.walkers import Walker
from ltme_clinic.virtual_lab import sample_patient, simulate_slots
from studies.embedding_training.page import ROWS, as_page
from studies.embedding_training.pieces import PIECES, cut, fit_pieces
from studies.embedding_training.variants import floats, variants


def test_each_variant_is_tiny_but_for_what_its_name_says() -> None:
    all_variants = variants()
    assert len({variant.name for variant in all_variants}) == len(all_variants)
    plain = {group: next(v for v in all_variants if v.group == group) for group in ("seeds", "penalties")}
    for variant in all_variants:
        beside = plain["penalties" if variant.group == "penalties" else "seeds"]
        changed = {
            key for key, value in flat(asdict(variant.recipe)).items() if value != flat(asdict(beside.recipe))[key]
        }
        allowed = {
            "seeds": {"seed"},
            "sizes": {"network.latent", "network.posture"},
            "people": {"people"},
            "penalties": {"kl_weight", "contrast_weight", "network.levels", "latent_noise", "deviation_weight"},
        }[variant.group]
        assert changed <= allowed
        assert bool(changed) == (variant is not beside)


def flat(recipe: dict) -> dict:
    network = recipe.pop("network")
    return {**recipe, **{f"network.{key}": value for key, value in network.items()}}


def test_sizes_are_as_many_numbers_as_their_names_say() -> None:
    told = {variant.name: floats(variant.recipe) for variant in variants()}
    assert told["floats_16"] == pytest.approx(16, abs=0.01)
    assert told["seed_1"] == pytest.approx(32, abs=0.01)
    assert told["floats_64"] == pytest.approx(64, abs=0.01)


@pytest.mark.parametrize("windows", PIECES.values())
def test_more_numbers_say_more_and_enough_say_all(windows: int) -> None:
    walkers = [Walker(str(seed), alike_rows(seed=seed, first_phase=seed)) for seed in range(60)]
    code = fit_pieces(walkers[:50], windows, 12 * windows)
    rows = walkers[55].rows
    errors = [np.abs(code.decoded(rows, size) - rows).mean() for size in (1, 3, 12)]
    assert errors[0] > errors[1] > errors[2]
    pieces = 5 * len(cut(rows, windows))
    whole = fit_pieces(walkers[:5], windows, pieces - 1)
    seen = walkers[3].rows
    assert np.abs(whole.decoded(seen, (pieces - 1) / windows) - seen).max() < 1e-3


def test_step_0_is_the_skeleton_and_nothing_else() -> None:
    clip = clip_of_a_walk()
    model, step_0, pca = load_model(), load_skeleton_model(), load_pca_model()
    code = step_0.encode(clip)
    assert len({model.fingerprint, step_0.fingerprint, pca.fingerprint}) == 3
    assert code.floats == model.encode(clip).floats == pca.encode(clip).floats
    from ltme_clinic.embedding.prepare import prepare

    prepared = prepare(clip, model.skeleton)
    assert code.recording_vector == pytest.approx(model.skeleton.vector(prepared.components), abs=1e-4)
    assert np.abs(model.encode(clip).recording_vector[:TARGETS] - code.recording_vector[:TARGETS]).max() > 0.01


def clip_of_a_walk():
    from ltme_clinic.clips import clip_from_positions

    positions_m, _ = simulate_slots(sample_patient(1_700_009), duration_s=4.0, rate_hz=50.0)
    return clip_from_positions(positions_m, 50.0, "walk", "virtual")


def test_a_page_without_results_says_so_and_every_line_reads_something() -> None:
    assert "Nothing was measured" in as_page({})
    assert all(callable(read) for read in ROWS.values())
