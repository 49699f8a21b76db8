"""Markers are placed on the body by where they lie: turning, moving and mirroring the walk change nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from ltme_clinic.body import MIRROR_ORDER, SLOT_INDEX, SLOTS, mirrored
from ltme_clinic.marker_sets import place_markers
from ltme_clinic.marker_sets.places import Placement, body_places
from ltme_clinic.virtual_lab import sample_patient, simulate_slots

CHOSEN = [slot for slot in SLOTS if not slot.endswith(("_centre", "thigh", "shank"))]
COLUMNS = [SLOT_INDEX[slot] for slot in CHOSEN]


def walk_of(seed: int, age_y: float, curvature_per_m: float = 0.0) -> np.ndarray:
    patient = sample_patient(seed, age_y=age_y)
    return simulate_slots(patient, duration_s=3.0, rate_hz=50.0, curvature_per_m=curvature_per_m)[0][:, COLUMNS]


def turned(positions_m: np.ndarray, degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return positions_m @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]])


def share_right(placements: tuple[Placement, ...], least: float = 0.0) -> float:
    counted = [p for p in placements if p.probability >= least]
    return sum(CHOSEN[p.column] == p.slot for p in counted) / max(1, len(counted))


@pytest.mark.parametrize(("seed", "age_y"), [(911, 7.0), (902, 14.0), (903, 35.0), (904, 75.0)])
@pytest.mark.parametrize("degrees", [0.0, 135.0, -80.0])
def test_child_and_adult_are_read_in_any_direction(seed: int, age_y: float, degrees: float) -> None:
    placements = place_markers(turned(walk_of(seed, age_y), degrees) + np.array([3.0, -2.0, 0.0]))
    sure = [p for p in placements if p.probability >= 0.6]
    assert len(sure) >= 12
    assert share_right(placements, least=0.6) > 0.95


def test_a_walk_in_a_circle_is_one_body() -> None:
    assert share_right(place_markers(walk_of(905, 30.0, curvature_per_m=0.5)), least=0.7) > 0.95


def test_the_mirror_image_of_a_walker_swaps_left_and_right() -> None:
    walk = walk_of(906, 30.0)
    plain = {p.column: p.slot for p in place_markers(walk)}
    mirror = {p.column: p.slot for p in place_markers(walk * np.array([1.0, -1.0, 1.0]))}
    both = plain.keys() & mirror.keys()
    assert len(both) > 30
    assert sum(mirror[c] == mirrored(plain[c]) for c in both) > 0.9 * len(both)


def test_legs_alone_are_read_with_less_certainty_and_never_the_wrong_way_round() -> None:
    """Without a trunk the foot's markers are told apart less well; left and right still follow."""
    legs = [i for i, slot in enumerate(CHOSEN) if slot.endswith(("asis", "psis", "knee", "ankle", "heel", "toe"))]
    sure = [
        (CHOSEN[legs[placement.column]], placement.slot)
        for seed in (907, 908, 909, 911)
        for placement in place_markers(walk_of(seed, 40.0)[:, legs])
        if placement.probability >= 0.6
    ]
    assert len(sure) >= 12
    assert sum(true == found for true, found in sure) >= 0.65 * len(sure)
    assert all(true.split("_")[0] == found.split("_")[0] for true, found in sure)


def test_markers_that_are_known_are_not_returned_and_settle_the_rest() -> None:
    walk = walk_of(908, 9.0)
    known = {slot: column for column, slot in enumerate(CHOSEN) if column % 3}
    placements = place_markers(walk, known)
    assert not {p.column for p in placements} & set(known.values())
    assert not {p.slot for p in placements} & set(known)
    assert sum(p.probability >= 0.6 for p in placements) >= 8
    assert share_right(placements, least=0.6) == 1.0


def test_gaps_and_a_marker_that_is_never_seen_are_borne() -> None:
    walk = walk_of(909, 30.0).copy()
    rng = np.random.default_rng(1)
    walk[rng.random(walk.shape[:2]) < 0.4] = np.nan
    walk[:, 4] = np.nan
    placements = place_markers(walk)
    assert 4 not in {p.column for p in placements}
    assert share_right(placements, least=0.6) > 0.9


def test_probabilities_are_not_boasted_on_people_the_table_never_saw() -> None:
    """Of placements that claim 0.7 and more, at least as many are right, impaired walkers included."""
    claimed, right = [], []
    for seed, impairment in ((911, "crouch"), (912, "equinus"), (913, "none"), (914, "hemiplegic")):
        patient = sample_patient(seed, impairment=impairment, severity=0.8 if impairment != "none" else 0.0)
        walk = simulate_slots(patient, duration_s=3.0, rate_hz=50.0)[0][:, COLUMNS]
        sure = [p for p in place_markers(walk) if p.probability >= 0.7]
        claimed += [p.probability for p in sure]
        right += [CHOSEN[p.column] == p.slot for p in sure]
    assert len(right) > 40
    assert np.mean(right) >= np.mean(claimed) - 0.03


def test_the_table_of_places_is_what_virtual_walkers_show() -> None:
    """Part of the shipped table made again: 24 walkers of 300."""
    kinds = ("none", "none", "crouch", "stiff_knee", "equinus", "hemiplegic")
    shapes = []
    for seed in range(24):
        kind = kinds[seed % 6]
        patient = sample_patient(seed, impairment=kind, severity=0.0 if kind == "none" else 0.5)
        walk, truth = simulate_slots(patient, duration_s=4.0, rate_hz=25.0)
        pelvis = walk[:, [SLOT_INDEX[f"{s}_{p}"] for s in ("left", "right") for p in ("asis", "psis")]].mean(axis=1)
        heading = np.degrees(np.arctan2(*(pelvis[-1] - pelvis[0])[[1, 0]]))
        centred = walk - pelvis[:, None] * np.array([1.0, 1.0, 0.0])
        shape = turned(centred, -heading).mean(axis=0) / truth.height_m
        shapes += [shape, shape[MIRROR_ORDER] * np.array([1.0, -1.0, 1.0])]
    np.testing.assert_allclose(np.mean(shapes, axis=0), body_places().mean, atol=0.012)
