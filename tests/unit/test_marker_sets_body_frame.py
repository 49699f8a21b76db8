"""Unit and vertical axis of a recording, by label, size and pose: right for child and adult, upright and lying."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.body import SLOTS
from ltme_clinic.recordings.body_frame import METRES_PER, length_unit, parse_unit, turned_upright, vertical_axis
from ltme_clinic.virtual_lab import sample_patient, simulate_slots

AXES = ("+x", "-x", "+y", "-y", "+z", "-z")


def body(seed: int = 3, age_y: float = 40.0) -> np.ndarray:
    return simulate_slots(sample_patient(seed, age_y=age_y), duration_s=2.0, rate_hz=50.0)[0]


def slots_of(positions: np.ndarray, wanted: tuple[str, ...] = ("",)) -> dict[str, np.ndarray]:
    return {slot: positions[:, i] for i, slot in enumerate(SLOTS) if slot.endswith(wanted)}


@pytest.fixture(scope="module")
def adult() -> np.ndarray:
    return body()


@pytest.fixture(scope="module")
def child() -> np.ndarray:
    return body(seed=8, age_y=6.0)


@pytest.mark.parametrize("unit", sorted(METRES_PER))
@pytest.mark.parametrize("who", ["adult", "child"])
def test_a_true_label_is_believed(unit: str, who: str, request: pytest.FixtureRequest) -> None:
    walk = request.getfixturevalue(who) / METRES_PER[unit]
    found = length_unit(unit, walk, slots_of(walk))
    assert found.metres_per_unit == METRES_PER[unit]
    assert found.warnings == ()


@pytest.mark.parametrize("unit", ["mm", "cm", "m"])
@pytest.mark.parametrize("label", ["", "furlongs", "mm", "cm", "m"])
@pytest.mark.parametrize("who", ["adult", "child"])
def test_a_missing_or_false_label_gives_way_to_the_body_s_size(
    unit: str, label: str, who: str, request: pytest.FixtureRequest
) -> None:
    walk = request.getfixturevalue(who) / METRES_PER[unit]
    found = length_unit(label, walk, slots_of(walk))
    assert found.metres_per_unit == METRES_PER[unit]
    assert (found.warnings == ()) == (label == unit)


@pytest.mark.parametrize("part", [("heel", "toe", "ankle", "metatarsal_1", "metatarsal_5"), ("wrist_thumb", "finger")])
def test_a_foot_or_an_arm_alone_keeps_its_label(adult: np.ndarray, part: tuple[str, ...]) -> None:
    """A foot spans 0.2 m: no body is that small, but nobody says it is one."""
    one_side = {slot: values for slot, values in slots_of(adult * 1000, part).items() if slot.startswith("left")}
    found = length_unit("mm", np.stack(list(one_side.values()), axis=1), one_side)
    assert found.metres_per_unit == METRES_PER["mm"]
    assert found.warnings == ()


def test_legs_alone_tell_the_unit(child: np.ndarray) -> None:
    legs = slots_of(child * 100, ("asis", "psis", "knee", "ankle", "heel", "toe"))
    assert length_unit("mm", np.stack(list(legs.values()), axis=1), legs).metres_per_unit == METRES_PER["cm"]


def test_one_ghost_far_away_does_not_change_the_unit(adult: np.ndarray) -> None:
    walk = adult * 1000
    walk[:, SLOTS.index("left_finger")] = 99_000.0
    found = length_unit("mm", walk, slots_of(walk))
    assert found.metres_per_unit == METRES_PER["mm"]
    assert found.warnings == ()


def test_a_file_without_a_seen_marker_keeps_its_label() -> None:
    nothing = np.full((5, len(SLOTS), 3), np.nan)
    assert length_unit("cm", nothing, slots_of(nothing)).metres_per_unit == METRES_PER["cm"]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        *((text, "mm") for text in ("mm", " MM ", "mmmmmm", "Millimeters")),
        *((text, "m") for text in ("m", "METRE")),
        *((text, None) for text in ("", "V", "m/s", "deg")),
        ("cmcm", "cm"),
        ("inches", "in"),
        ("feet", "ft"),
    ],
)
def test_unit_labels_are_read_as_they_are_written(text: str, unit: str | None) -> None:
    assert parse_unit(text) == unit


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("who", ["adult", "child"])
@pytest.mark.parametrize("standing", [True, False])
def test_each_axis_is_found_and_turned_up(axis: str, who: str, standing: bool, request: pytest.FixtureRequest) -> None:
    walk = request.getfixturevalue(who)[:1] if standing else request.getfixturevalue(who)
    in_file = walk @ np.linalg.inv(turned_upright(np.eye(3), axis))
    assert vertical_axis(slots_of(in_file)) == axis
    np.testing.assert_allclose(turned_upright(in_file, axis), walk, atol=1e-12)


@pytest.mark.parametrize("axis", AXES)
def test_every_turn_keeps_left_and_right(axis: str) -> None:
    assert np.linalg.det(turned_upright(np.eye(3), axis)) == pytest.approx(1.0)


@pytest.mark.parametrize("along", ["+x", "-x", "+y", "-y"])
@pytest.mark.parametrize("feet_m", [-3.0, -1.2, 0.9, 2.5])
def test_someone_who_lies_is_not_stood_up(adult: np.ndarray, along: str, feet_m: float) -> None:
    still = np.repeat(adult[:1], 40, axis=0) + np.array([0.0, 0.0, feet_m])
    lying = still @ np.linalg.inv(turned_upright(np.eye(3), along))
    assert vertical_axis(slots_of(lying)) is None


def test_a_walk_stands_wherever_the_floor_is(adult: np.ndarray) -> None:
    """A y-up laboratory whose zero is far from the floor: the path tells."""
    walk = (adult + np.array([0.0, 0.0, 5.0])) @ np.linalg.inv(turned_upright(np.eye(3), "+y"))
    assert vertical_axis(slots_of(walk)) == "+y"


def test_an_oblique_laboratory_and_half_a_body_give_no_axis(adult: np.ndarray) -> None:
    half = np.sqrt(0.5)
    oblique = adult @ np.array([[half, 0, half], [0, 1, 0], [-half, 0, half]])
    assert vertical_axis(slots_of(oblique)) is None
    assert vertical_axis(slots_of(adult, ("heel", "toe"))) is None
    assert vertical_axis({}) is None
    assert vertical_axis(slots_of(np.full_like(adult, np.nan))) is None
