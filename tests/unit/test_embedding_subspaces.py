"""Named parts of the recording vector: orthonormal, apart from one another, and what they say they are."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from ltme_clinic.embedding import load_model
from ltme_clinic.embedding.gaitcode import CURVE_SHAPE, VECTOR_NUMBERS, GaitCode
from ltme_clinic.embedding.subspaces import Part, held, left_minus_right_deg, part_basis


@pytest.fixture(scope="module")
def gait() -> GaitCode:
    return load_model().skeleton.gait


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(20, VECTOR_NUMBERS))


def test_parts_are_orthonormal_and_do_not_overlap(gait: GaitCode) -> None:
    whole = np.concatenate([part_basis(gait, part) for part in get_args(Part)], axis=1)
    assert whole.T @ whole == pytest.approx(np.eye(whole.shape[1]), abs=1e-9)


def test_held_at_anothers_speed_only_the_speed_is_the_others(gait: GaitCode, vectors: np.ndarray) -> None:
    moved = held(vectors, part_basis(gait, "speed"), vectors[0])
    spoken = gait.spatiotemporal(moved)
    assert spoken[:, 0] == pytest.approx(gait.spatiotemporal(vectors)[0, 0], abs=1e-4)
    assert spoken[:, 1:] == pytest.approx(gait.spatiotemporal(vectors)[:, 1:], abs=1e-4)
    assert gait.curves_deg(moved) == pytest.approx(gait.curves_deg(vectors), abs=1e-4)


def test_without_the_side_part_left_and_right_hardly_differ(gait: GaitCode, vectors: np.ndarray) -> None:
    even = held(vectors, part_basis(gait, "side"), np.zeros(VECTOR_NUMBERS))
    mean = left_minus_right_deg(gait.curves_deg(np.zeros((1, VECTOR_NUMBERS))))
    before, after = (left_minus_right_deg(gait.curves_deg(item)) - mean for item in (vectors, even))
    assert np.square(after).mean() < 0.02 * np.square(before).mean()


def test_curves_of_another_shape_are_refused() -> None:
    assert left_minus_right_deg(np.zeros((3, *CURVE_SHAPE))).shape == (3, *CURVE_SHAPE[1:])
    with pytest.raises(ValueError, match="expected"):
        left_minus_right_deg(np.zeros((3, 9, 51)))
