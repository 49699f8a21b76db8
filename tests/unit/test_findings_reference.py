"""A reference population: what it keeps, what it refuses, and its file."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from findings_world import VECTOR, World
from safetensors.numpy import save_file

from ltme_clinic.findings import ReferencePopulation, build_reference
from ltme_clinic.types import LtmeError


@pytest.fixture(scope="module")
def reference() -> ReferencePopulation:
    return World(seed=1, is_measured=True).reference(count=30, retest=8)


def test_a_saved_reference_comes_back_the_same(reference, tmp_path):
    path = tmp_path / "adults.safetensors"
    reference.save(path)
    back = ReferencePopulation.load(path)
    assert back.content_hash == reference.content_hash
    assert (back.name, back.people, back.card) == (reference.name, reference.people, {"seed": 1})
    np.testing.assert_array_equal(back.vectors, reference.vectors)
    np.testing.assert_array_equal(back.joint_cells_deg, reference.joint_cells_deg)
    assert back.has_joint_angles.all()
    np.testing.assert_array_equal(back.retest_covariates, reference.retest_covariates)
    assert back.windows.distance_limit == reference.windows.distance_limit
    assert (back.windows.own_ratio, back.windows.own_ratio_excess) == (
        reference.windows.own_ratio,
        reference.windows.own_ratio_excess,
    )
    assert [entry.name for entry in tmp_path.iterdir()] == ["adults.safetensors"]


def test_people_with_fewer_trials_or_without_retest_survive_the_file(tmp_path):
    world = World(seed=2)
    people = world.people(15)
    people["H0003"] = [people["H0003"][0][:1]]
    reference = build_reference(people, name="few", origin="virtual")
    assert reference.retest_n == 0
    assert not reference.has_joint_angles.any()
    assert np.isnan(reference.vectors[3, 1:]).all()
    reference.save(tmp_path / "few.safetensors")
    assert ReferencePopulation.load(tmp_path / "few.safetensors").content_hash == reference.content_hash


def test_the_hash_changes_with_any_person(reference):
    moved = reference.vectors.copy()
    moved[0, 0, 0] += 1e-3
    assert replace(reference, vectors=moved).content_hash != reference.content_hash
    assert replace(reference, card={"seed": 2}).content_hash != reference.content_hash


@pytest.mark.parametrize("content", [b"", b"not a tensor file at all", b"\xff" * 64])
def test_a_foreign_file_is_one_clear_line(content, tmp_path):
    path = tmp_path / "reference.safetensors"
    path.write_bytes(content)
    with pytest.raises(LtmeError, match="not a reference population"):
        ReferencePopulation.load(path)
    with pytest.raises(LtmeError, match="no such file"):
        ReferencePopulation.load(tmp_path / "absent.safetensors")


def test_a_checkpoint_is_not_taken_for_a_reference(tmp_path):
    save_file({"weights": np.zeros(3, dtype=np.float32)}, tmp_path / "tiny.safetensors")
    with pytest.raises(LtmeError, match="not a reference population"):
        ReferencePopulation.load(tmp_path / "tiny.safetensors")


def test_a_flipped_bit_anywhere_is_noticed(reference, tmp_path):
    path = tmp_path / "reference.safetensors"
    reference.save(path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for position in rng.integers(len(whole), size=60):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << int(rng.integers(8))
        path.write_bytes(bytes(damaged))
        with pytest.raises(LtmeError):
            ReferencePopulation.load(path)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LtmeError):
        ReferencePopulation.load(path)


def test_a_header_of_another_version_or_shape_is_refused(reference, tmp_path):
    path = tmp_path / "reference.safetensors"
    arrays = {name: np.ascontiguousarray(values) for name, values in reference._arrays().items()}
    for header, said in (
        ({**reference._header(), "schema_version": 99}, "another version"),
        ({**reference._header(), "origin": "generated"}, "damaged"),
        ({**reference._header(), "people": "H"}, "damaged"),
        ({**reference._header(), "window_distance": [1.0]}, "damaged"),
        ([], "damaged"),
    ):
        metadata = {"format": "ltme-clinic reference population", "header": json.dumps(header), "content_hash": ""}
        save_file(arrays, path, metadata=metadata)
        with pytest.raises(LtmeError, match=said):
            ReferencePopulation.load(path)


def test_the_split_depends_on_names_and_seed_but_not_on_order(reference):
    fitting, calibrating = reference.split()
    assert len(fitting) == len(calibrating) == 15
    assert not set(fitting) & set(calibrating)
    backwards = replace(
        reference,
        people=reference.people[::-1],
        vectors=reference.vectors[::-1].copy(),
        covariates=reference.covariates[::-1].copy(),
    )
    assert {backwards.people[i] for i in backwards.split()[0]} == {reference.people[i] for i in fitting}
    assert set(reference.split(seed=1)[0]) != set(fitting)


def test_nobody_can_write_into_a_reference(reference):
    with pytest.raises(ValueError, match="read-only"):
        reference.vectors[0, 0, 0] = 1.0


def test_who_does_not_belong_in_a_reference_is_refused():
    world = World(seed=4)
    people = world.people(14)
    with pytest.raises(LtmeError, match="a measured recording in a virtual reference"):
        build_reference({**people, "X": [world.trials(world.person(), origin="measured")]}, name="r", origin="virtual")
    with pytest.raises(LtmeError, match="can't be a reference"):
        build_reference(world.people(14, origin="generated"), name="r", origin="generated")
    other = [replace(trial, fingerprint="0" * 64) for trial in world.trials(world.person())]
    with pytest.raises(LtmeError, match="different checkpoints"):
        build_reference({**people, "X": [other]}, name="r", origin="virtual")
    with pytest.raises(LtmeError, match="without a trial"):
        build_reference({**people, "X": [[]]}, name="r", origin="virtual")
    unknown = [replace(trial, leg_length_m=float("nan")) for trial in world.trials(world.person())]
    with pytest.raises(LtmeError, match="leg length"):
        build_reference({**people, "X": [unknown]}, name="r", origin="virtual")
    with pytest.raises(LtmeError, match="nobody"):
        build_reference({}, name="r", origin="virtual")


def test_ranges_are_those_of_the_people(reference):
    low, high = reference.speed_range_m_s
    means = [np.nanmean(row) for row in reference.covariates[:, :, 0]]
    assert (low, high) == pytest.approx((min(means), max(means)))
    assert reference.vectors.shape == (30, 3, VECTOR)
    assert reference.retest_vectors.shape == (8, 2, 3, VECTOR)
