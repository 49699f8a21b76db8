"""The numbers of deviation: what healthy people hardly do counts, what says nothing about health does not."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.embedding.cycle import CycleCode
from ltme_clinic.embedding.deviations import SYSTEMATIC_HARMONIC_M, Role, fit_deviation_reader
from ltme_clinic.embedding.features import WIDTH
from ltme_clinic.embedding.rhythm import HARMONIC_WIDTH
from ltme_clinic.types import DEVIATION_NUMBERS, LtmeError, deviation_numbers

SIZE = 6
WIDE, NARROW = 0, 1


@pytest.fixture(scope="module")
def cycle() -> CycleCode:
    """Six components, each one harmonic of one coordinate, a metre for a unit."""
    basis = np.zeros((HARMONIC_WIDTH, SIZE), dtype=np.float32)
    basis[3 * WIDTH + np.arange(SIZE), np.arange(SIZE)] = 1.0
    nothing = np.zeros(HARMONIC_WIDTH, dtype=np.float32)
    return CycleCode(nothing, basis, nothing, np.eye(WIDTH, dtype=np.float32))


def people(count: int, sd: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Components, and speeds and leg lengths on which the last component depends."""
    rng = np.random.default_rng(seed)
    speed_and_leg = np.column_stack([rng.uniform(0.6, 1.6, count), rng.uniform(0.6, 1.0, count)])
    components = rng.normal(size=(count, SIZE)) * sd
    components[:, -1] += 5.0 * speed_and_leg[:, 0] ** 2 - 3.0 * speed_and_leg[:, 1]
    return components, speed_and_leg


def reader_of(cycle: CycleCode, measured: np.ndarray | None = None) -> np.ndarray:
    """Healthy people differ by 1 in one direction, by .05 in the others; unusual ones by .6 more in the first two."""
    sd = np.full(SIZE, 0.05)
    sd[WIDE] = 1.0
    healthy, their_speed = people(400, sd, 1)
    other = sd.copy()
    other[[WIDE, NARROW]] += 0.6
    unusual, others_speed = people(400, other, 2)
    groups, speeds = [healthy, unusual], [their_speed, others_speed]
    roles: list[Role] = ["healthy"] * 400 + ["unusual"] * 400
    if measured is not None:
        groups.append(measured)
        speeds.append(np.tile(their_speed.mean(axis=0), (len(measured), 1)))
        roles += ["measured"] * len(measured)
    return fit_deviation_reader(np.concatenate(groups), roles, np.concatenate(speeds), cycle, 2)


def test_a_direction_in_which_healthy_people_hardly_differ_comes_first(cycle: CycleCode) -> None:
    first = reader_of(cycle)[:, 0]
    assert abs(first[NARROW]) > 20.0 * abs(first[WIDE])
    assert abs(first[NARROW]) > 20.0 * abs(first[-1])  # speed and size explain the last component


def test_numbers_are_in_healthy_standard_deviations(cycle: CycleCode) -> None:
    sd = np.full(SIZE, 0.05)
    sd[WIDE] = 1.0
    healthy, _ = people(4000, sd, 3)
    said = healthy[:, :-1] @ reader_of(cycle)[:-1]
    assert said.std(axis=0) == pytest.approx(np.ones(2), rel=0.1)


def test_what_measured_healthy_walks_differ_by_is_not_unusual(cycle: CycleCode) -> None:
    healthy, _ = people(400, np.full(SIZE, 0.05), 4)
    measured = np.zeros((30, SIZE))
    measured[:, -1] = healthy[:, -1].mean()
    measured[:, NARROW] = 30.0
    reader = reader_of(cycle, measured)
    assert abs(reader[WIDE, 0]) > abs(reader[NARROW, 0])


def test_nothing_smaller_than_what_laboratories_err_by_is_told(cycle: CycleCode) -> None:
    tiny = 0.01 * SYSTEMATIC_HARMONIC_M
    healthy, their_speed = people(200, np.full(SIZE, tiny), 5)
    unusual, others_speed = people(200, np.full(SIZE, 3.0 * tiny), 6)
    roles: list[Role] = ["healthy"] * 200 + ["unusual"] * 200
    both, speeds = np.concatenate([healthy, unusual]), np.concatenate([their_speed, others_speed])
    said = (both[200:, :-1] @ fit_deviation_reader(both, roles, speeds, cycle, 2)[:-1]).std(axis=0)
    assert said.max() < 0.1


def test_without_both_kinds_of_people_there_is_nothing_to_tell_apart(cycle: CycleCode) -> None:
    components, speed_and_leg = people(20, np.ones(SIZE), 7)
    with pytest.raises(LtmeError, match="no healthy or no unusual walks"):
        fit_deviation_reader(components, ["healthy"] * 20, speed_and_leg, cycle, 2)


def test_they_are_a_vectors_last_numbers() -> None:
    vectors = np.arange(200.0).reshape(2, 100)
    assert deviation_numbers(vectors).tolist() == vectors[:, 100 - DEVIATION_NUMBERS :].tolist()
