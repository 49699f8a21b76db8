"""The linear skeleton: a cycle said once and shown at the walker's phase, and the rest window by window."""

from __future__ import annotations

import numpy as np
import pytest
from made_up_walks import alike_rows, alternating_roles, stepping_truth

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.embedding.features import WIDTH, from_windows
from ltme_clinic.embedding.gaitcode import VECTOR_NUMBERS
from ltme_clinic.embedding.linear import reconstruction_error_mm
from ltme_clinic.embedding.prepare import prepare_rows
from ltme_clinic.embedding.rhythm import cycle_terms, find_rhythm, harmonic_features
from ltme_clinic.embedding.skeleton import Skeleton, fit_skeleton

LATENT = 4
"""Few numbers a window, so that what the cycle saves shows."""


def swaying_rows(frames: int, seed: int) -> np.ndarray:
    """A body that leans slowly, all slots alike, and never steps."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(frames) / 50.0
    lean = 0.1 * np.sin(2 * np.pi * rng.uniform(0.05, 0.15) * time_s + rng.uniform(0, 6))
    rows = np.tile(alike_rows(frames, seed=seed).mean(axis=0), (frames, 1))
    rows[:, 0:147:3] += lean[:, None]
    return rows.astype(np.float32)


@pytest.fixture(scope="module")
def skeleton() -> Skeleton:
    stride_hz = [0.7 + 0.003 * seed for seed in range(140)]
    rows = [alike_rows(256, hz, seed, first_phase=seed) for seed, hz in enumerate(stride_hz)]
    rows += [swaying_rows(256, seed) for seed in range(20)]
    truths = [stepping_truth(hz, seed) for seed, hz in enumerate(stride_hz + [0.9] * 20)]
    roles = alternating_roles(len(rows))
    sizes = {"vector": VECTOR_NUMBERS, "posture": 32, "latent": LATENT, "directions": 48, "components": 100}
    return fit_skeleton(rows, truths, roles, **sizes)


def by_skeleton(rows: np.ndarray, seen: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """There and back through the skeleton alone."""
    prepared = prepare_rows(np.where(seen, rows, 0.0), seen, skeleton)
    vector = skeleton.vector(prepared.components)
    said = skeleton.split.said(vector, skeleton.split.posture(prepared.components, vector))
    directions = skeleton.blocks.decode(skeleton.blocks.encode(prepared.directions))
    return skeleton.rows(said, prepared.phases, directions, len(rows))


def by_pca(rows: np.ndarray, seen: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """There and back through the yardstick with the same number of floats."""
    linear = skeleton.linear
    filled, mean_row = linear.fill(np.where(seen, rows, 0.0), seen)
    directions = linear.blocks.decode(linear.blocks.encode(linear.window_directions(filled - mean_row)))
    deviation = from_windows(linear.directions_rows(directions), len(rows))
    return linear.decode_posture(linear.encode_posture(mean_row)) + deviation


def test_a_periodic_walker_nobody_trained_on_comes_back_far_closer_than_by_pca(skeleton: Skeleton) -> None:
    rows = alike_rows(400, 0.93, seed=1000, first_phase=2.0)
    seen = np.ones(rows.shape, dtype=bool)
    ours_mm = reconstruction_error_mm(rows, by_skeleton(rows, seen, skeleton))
    pca_mm = reconstruction_error_mm(rows, by_pca(rows, seen, skeleton))
    assert ours_mm < 0.5 * pca_mm
    assert ours_mm < 15.0


def test_a_clip_without_rhythm_comes_back_no_worse_than_by_pca_and_a_third(skeleton: Skeleton) -> None:
    rows = swaying_rows(300, seed=1001)
    seen = np.ones(rows.shape, dtype=bool)
    assert not find_rhythm(rows).found
    ours_mm = reconstruction_error_mm(rows, by_skeleton(rows, seen, skeleton))
    pca_mm = reconstruction_error_mm(rows, by_pca(rows, seen, skeleton))
    assert ours_mm < max(1.3 * pca_mm, 1.0)


def test_a_slot_never_seen_moves_as_the_cycle_of_the_seen_ones_makes_likely(skeleton: Skeleton) -> None:
    rows = alike_rows(400, 0.85, seed=1002)
    seen = np.ones(rows.shape, dtype=bool)
    heel = slice(3 * SLOT_INDEX["left_heel"], 3 * SLOT_INDEX["left_heel"] + 3)
    seen[:, heel] = False
    decoded = by_skeleton(rows, seen, skeleton)
    typical = skeleton.linear.posture_mean[heel]
    error_mm, unknown_mm = (1000 * np.abs(rows[:, heel] - other).mean() for other in (decoded[:, heel], typical))
    assert error_mm < 0.3 * unknown_mm


def test_codes_of_the_cycle_are_read_back_from_the_components_they_say(skeleton: Skeleton) -> None:
    split = skeleton.split
    posture = np.random.default_rng(0).normal(size=split.posture_components.shape[0]).astype(np.float32)
    vector = np.zeros(VECTOR_NUMBERS, dtype=np.float32)
    np.testing.assert_allclose(split.posture(split.said(vector, posture), vector), posture, atol=1e-3)


def test_components_say_the_cycle_of_the_family_within_a_few_millimetres(skeleton: Skeleton) -> None:
    rows = alike_rows(400, 0.9, seed=1003)
    rhythm = find_rhythm(rows)
    components = skeleton.cycle.components(harmonic_features(rows, rhythm))
    shown = cycle_terms(rhythm.phase_rad) @ skeleton.cycle.harmonics(components).reshape(-1, WIDTH)
    assert reconstruction_error_mm(rows, shown) < 10.0


def test_a_skeleton_comes_back_from_its_arrays(skeleton: Skeleton) -> None:
    again = Skeleton.from_arrays(skeleton.arrays())
    rows = alike_rows(200, 0.8, seed=5)
    seen = np.ones(rows.shape, dtype=bool)
    np.testing.assert_array_equal(by_skeleton(rows, seen, skeleton), by_skeleton(rows, seen, again))
