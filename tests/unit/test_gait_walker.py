"""A recording made ready for its gait analysis: what is prepared, and what is refused before anything is calculated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.gait.walker import walker_of
from ltme_clinic.types import Anthropometry, LtmeError, Recording
from ltme_clinic.virtual_lab import sample_patient, simulate_walk
from ltme_clinic.virtual_lab.markers import PERFECT


@pytest.fixture(scope="module")
def walk() -> Recording:
    return simulate_walk(sample_patient(3), duration_s=4.0, cameras=PERFECT).recording


def moved(recording: Recording, positions_m: np.ndarray) -> Recording:
    return replace(recording, positions_m=positions_m)


def relabelled(recording: Recording, names: dict[str, str]) -> Recording:
    return replace(recording, marker_labels=tuple(names.get(label, label) for label in recording.marker_labels))


def swapped(recording: Recording, parts: tuple[str, ...]) -> Recording:
    return relabelled(recording, {f"{a}{part}": f"{b}{part}" for part in parts for a, b in (("L", "R"), ("R", "L"))})


def test_a_walker_goes_forward_in_its_own_heading(walk: Recording) -> None:
    walker = walker_of(walk)
    assert walker.setting == "overground"
    forward, leftward = np.nanmean(walker.velocity_m_s, axis=0)
    assert forward > 0.5
    assert abs(leftward) < 0.1 * forward


def test_turning_the_laboratory_turns_the_heading_and_nothing_else(walk: Recording) -> None:
    quarter = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    before, after = walker_of(walk), walker_of(moved(walk, walk.positions_m @ quarter.T))
    turned = np.angle(np.exp(1j * (after.heading_rad - before.heading_rad)))
    np.testing.assert_allclose(turned, np.pi / 2, atol=1e-9)
    np.testing.assert_allclose(after.velocity_m_s, before.velocity_m_s, atol=1e-9)


def test_the_heading_is_known_again_after_the_pelvis_was_hidden(walk: Recording) -> None:
    positions_m = np.array(walk.positions_m)
    hidden = [walk.marker_labels.index(label) for label in ("LASI", "RASI", "SACR")]
    positions_m[:80, hidden] = np.nan
    walker = walker_of(moved(walk, positions_m))
    assert np.isnan(walker.heading_rad[:80]).all()
    assert np.isfinite(walker.heading_rad[80:]).all()


def test_typed_leg_lengths_win_over_the_markers(walk: Recording) -> None:
    shown_m = walk.anthropometry.leg_length_left_m
    typed = replace(
        walk, anthropometry=Anthropometry(leg_length_left_m=shown_m + 0.01, leg_length_right_m=shown_m + 0.03)
    )
    assert walker_of(typed).leg_length_m == pytest.approx(shown_m + 0.02)
    estimated = walker_of(replace(walk, anthropometry=Anthropometry()))
    assert estimated.leg_length_source == "markers"
    assert estimated.leg_length_m == pytest.approx(walk.anthropometry.leg_length_left_m, rel=0.12)


def test_a_belt_carries_positions_over_the_ground(walk: Recording) -> None:
    overground = walker_of(walk)
    np.testing.assert_array_equal(overground.over_ground(overground.positions_m), overground.positions_m)


def test_wrong_units_are_refused_by_the_body_s_size(walk: Recording) -> None:
    with pytest.raises(LtmeError, match="no human's"):
        walker_of(moved(walk, walk.positions_m * 1000.0))


def test_all_labels_exchanged_between_the_sides_are_refused(walk: Recording) -> None:
    parts = tuple({label[1:] for label in walk.marker_labels if label[0] in "LR"})
    with pytest.raises(LtmeError, match="left and right are swapped"):
        walker_of(swapped(walk, parts))


@pytest.mark.parametrize("hidden", [0, 80])
def test_legs_exchanged_between_the_sides_are_refused(walk: Recording, hidden: int) -> None:
    """Also where the pelvis is not yet seen in the first frames."""
    positions_m = np.array(walk.positions_m)
    pelvis = [walk.marker_labels.index(label) for label in ("LASI", "RASI", "SACR")]
    positions_m[:hidden, pelvis] = np.nan
    with pytest.raises(LtmeError, match="right of the right one"):
        walker_of(swapped(moved(walk, positions_m), ("THI", "KNE", "TIB", "ANK", "HEE", "TOE")))


def test_without_a_pelvis_or_a_leg_there_is_no_walker(walk: Recording) -> None:
    without = {"LASI": "X1", "RASI": "X2", "SACR": "X3", "LPSI": "X4", "RPSI": "X5"}
    with pytest.raises(LtmeError, match="pelvis can't be placed"):
        walker_of(relabelled(walk, without))
    with pytest.raises(LtmeError, match="no knee marker"):
        walker_of(relabelled(walk, {"LKNE": "X1", "RKNE": "X2"}))


def test_a_slow_camera_is_refused(walk: Recording) -> None:
    with pytest.raises(LtmeError, match="too slow"):
        walker_of(replace(walk, rate_hz=20.0))
