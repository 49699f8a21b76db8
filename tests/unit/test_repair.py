"""Filling gaps: what was measured stays, what was filled is marked, near the truth or left open."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.kinematics.rigid_pose import pose
from ltme_clinic.recordings.repair import METHODS, fill_gaps, fill_gaps_in_detail
from ltme_clinic.recordings.repair.conditional import _inverse, conditional_fill
from ltme_clinic.recordings.repair.gaps import Gap, find_gaps, neighbours_of
from ltme_clinic.recordings.repair.rigid import rigid_cluster
from ltme_clinic.types import LtmeError, Recording
from ltme_clinic.virtual_lab import PERFECT, sample_patient, simulate_walk


def walk(seed: int = 5, rate_hz: float = 100.0, **options: object) -> Recording:
    return simulate_walk(sample_patient(seed), rate_hz=rate_hz, duration_s=5.0, **options).recording


def hidden(recording: Recording, *labels: str, start_s: float, end_s: float) -> Recording:
    positions_m = recording.positions_m.copy()
    frames = slice(round(start_s * recording.rate_hz), round(end_s * recording.rate_hz))
    positions_m[frames, [recording.marker_labels.index(label) for label in labels]] = np.nan
    return replace(recording, positions_m=positions_m)


def error_mm(filled: Recording, truth: Recording) -> float:
    """Root mean square error of the samples that were filled."""
    off_m = (filled.positions_m - truth.positions_m)[filled.filled]
    return 1e3 * float(np.sqrt((off_m**2).sum(axis=1).mean()))


@pytest.mark.parametrize("method", METHODS)
def test_measured_samples_are_never_touched_and_filled_ones_are_marked(method: str) -> None:
    truth = walk()
    damaged = hidden(hidden(truth, "LKNE", start_s=1.0, end_s=1.2), "C7", "RANK", start_s=2.0, end_s=2.1)
    repaired = fill_gaps(damaged, method=method, max_error_m=1.0)
    measured = ~np.isnan(damaged.positions_m[..., 0])
    assert np.array_equal(repaired.positions_m[measured], damaged.positions_m[measured])
    assert np.array_equal(repaired.filled, ~measured & ~np.isnan(repaired.positions_m[..., 0]))
    assert repaired.filled.any()
    assert method == "rigid" or not np.isnan(repaired.positions_m).any(), "not every marker has a rigid body"
    assert np.isnan(damaged.positions_m).any(), "the recording that was given stays as it was"
    assert repaired.recording_id == truth.recording_id
    assert repaired.events == truth.events


def test_what_was_done_is_written_into_the_recording_and_counted() -> None:
    damaged = hidden(hidden(walk(), "LKNE", start_s=1.0, end_s=1.2), "RASI", start_s=2.0, end_s=4.0)
    repaired = fill_gaps(damaged)
    assert len(repaired.processing) == 1
    assert repaired.processing[0].startswith("gaps filled: method auto, up to 1 s (0.2 s at the edges)")
    assert any(warning.startswith("gaps filled: 20 marker frames in 1 gaps") for warning in repaired.warnings)
    assert "gaps left open: 1 (the longest 2.00 s)" in repaired.warnings


def test_a_recording_without_gaps_comes_back_as_it_is() -> None:
    recording = walk()
    assert fill_gaps(recording) is recording


def test_filling_twice_changes_nothing_and_keeps_the_marks() -> None:
    once = fill_gaps(hidden(walk(), "LKNE", start_s=1.0, end_s=1.2))
    twice = fill_gaps(hidden(once, "RTOE", start_s=3.0, end_s=3.1))
    assert twice.filled.sum() == 20 + 10
    assert fill_gaps(once) is once


@pytest.mark.parametrize(("length_s", "limit_mm"), [(0.1, 2.5), (0.5, 5.0), (1.0, 8.0)])
def test_a_walkers_hidden_markers_come_back_within_millimetres(length_s: float, limit_mm: float) -> None:
    truth = walk(7)
    for label in ("LTIB", "RASI", "LTOE", "RELB"):
        damaged = hidden(truth, label, start_s=2.0, end_s=2.0 + length_s)
        assert error_mm(fill_gaps(damaged), truth) < limit_mm, label


def test_gaps_of_a_tenth_to_a_whole_second_come_back_twice_as_well_as_by_a_spline() -> None:
    ours, splines = [], []
    for seed in (11, 12):
        truth = walk(seed)
        for number, length_s in enumerate((0.1, 0.2, 0.5, 1.0)):
            labels = ("LKNE", "RHEE", "RWRA", "LPSI")
            damaged = hidden(truth, labels[number], start_s=1.5, end_s=1.5 + length_s)
            ours.append(error_mm(fill_gaps(damaged), truth))
            splines.append(error_mm(fill_gaps(damaged, method="spline", max_error_m=9.0), truth))
    assert np.sqrt(np.mean(np.square(ours))) < 0.5 * np.sqrt(np.mean(np.square(splines)))


def test_three_markers_hidden_for_a_tenth_of_a_second_come_back_twice_as_well_as_by_a_spline() -> None:
    truth = walk(11, rate_hz=200.0)
    ours, splines = [], []
    for labels in (("LKNE", "LTIB", "LANK"), ("RTHI", "RKNE", "RTIB"), ("LANK", "LHEE", "LTOE")):
        for start_s in (1.5, 2.3):
            damaged = hidden(truth, *labels, start_s=start_s, end_s=start_s + 0.1)
            ours.append(error_mm(fill_gaps(damaged), truth))
            splines.append(error_mm(fill_gaps(damaged, method="spline", max_error_m=9.0), truth))
    assert np.sqrt(np.mean(np.square(ours))) < 0.5 * np.sqrt(np.mean(np.square(splines)))


def test_a_filled_track_joins_the_measured_one_without_a_step() -> None:
    damaged = hidden(walk(8), "LKNE", start_s=2.0, end_s=2.5)
    for method in ("auto", "rigid", "pca", "spline"):
        repaired = fill_gaps(damaged, method=method, max_error_m=9.0)
        steps_m = np.linalg.norm(np.diff(repaired.marker("LKNE"), axis=0), axis=1)
        bends_m = np.linalg.norm(np.diff(repaired.marker("LKNE"), 2, axis=0), axis=1)
        at_edges = [198, 199, 248, 249]
        assert bends_m[at_edges].max() < 0.008, method
        assert steps_m[190:260].max() < 0.06, method


def test_turning_and_shifting_the_laboratory_turns_and_shifts_the_filling() -> None:
    truth = walk(9)
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    moved = replace(truth, positions_m=truth.positions_m @ turn.T + [5.0, -3.0, 0.2])
    for method in ("gaussian", "rigid"):
        here = fill_gaps(hidden(truth, "LANK", start_s=1.0, end_s=1.4), method=method, max_error_m=9.0)
        there = fill_gaps(hidden(moved, "LANK", start_s=1.0, end_s=1.4), method=method, max_error_m=9.0)
        assert np.allclose(here.positions_m @ turn.T + [5.0, -3.0, 0.2], there.positions_m, atol=1e-6, equal_nan=True)


def test_a_rigid_marker_comes_back_exactly() -> None:
    rng = np.random.default_rng(0)
    frames, shape_m = 200, rng.normal(0, 0.1, (5, 3))
    angle = np.linspace(0, 4, frames)
    turns = np.zeros((frames, 3, 3))
    turns[:, 0, 0] = turns[:, 1, 1] = np.cos(angle)
    turns[:, 1, 0], turns[:, 0, 1], turns[:, 2, 2] = np.sin(angle), -np.sin(angle), 1.0
    positions_m = np.einsum("fij,mj->fmi", turns, shape_m) + np.stack([angle, angle**2, np.sin(angle)], axis=1)[:, None]
    truth = replace(walk(), marker_labels=tuple("ABCDE"), positions_m=positions_m, events=())
    repaired = fill_gaps(hidden(truth, "C", start_s=0.5, end_s=1.5), method="rigid")
    assert np.abs(repaired.positions_m - positions_m).max() < 1e-9


def test_the_pose_of_a_mirrored_cloud_is_still_a_rotation() -> None:
    cloud_m = np.random.default_rng(3).normal(size=(4, 3))
    rotation, _ = pose((cloud_m * [1, 1, -1])[None], cloud_m, np.ones(4))
    assert np.linalg.det(rotation[0]) == pytest.approx(1.0)


def test_a_covariance_is_inverted_or_refused() -> None:
    spread = np.random.default_rng(1).normal(size=(5, 5))
    covariance = spread @ spread.T + np.eye(5)
    assert np.allclose(_inverse(covariance) @ covariance, np.eye(5))
    assert _inverse(np.diag([1.0, -1.0])) is None, "no covariance has a negative variance"


def test_markers_in_one_line_are_no_rigid_body() -> None:
    positions_m = np.zeros((50, 5, 3))
    positions_m[:, :4, 0] = [0.0, 0.1, 0.2, 0.3]
    positions_m[:, 4] = [0.15, 0.1, 0.0]
    positions_m[20:30, 4] = np.nan
    assert rigid_cluster(positions_m, neighbours_of(positions_m, Gap(4, 20, 30))) is None


def test_a_gap_longer_than_asked_for_stays_open() -> None:
    damaged = hidden(walk(), "LKNE", start_s=1.0, end_s=1.5)
    filling = fill_gaps_in_detail(damaged, max_gap_s=0.4)
    assert [gap.reason for gap in filling.gaps] == ["longer than 0.4 s"]
    assert np.isnan(filling.recording.positions_m).sum() == 150
    assert not filling.recording.filled.any()


def test_a_body_that_nobody_sees_stays_open_beyond_what_a_spline_carries() -> None:
    truth = walk()
    everything = truth.marker_labels
    long = fill_gaps_in_detail(hidden(truth, *everything, start_s=2.0, end_s=2.5))
    assert not any(gap.filled for gap in long.gaps)
    assert {gap.reason for gap in long.gaps} == {"too few neighbours see it through"}
    short = fill_gaps_in_detail(hidden(truth, *everything, start_s=2.0, end_s=2.05))
    assert {gap.method for gap in short.gaps if gap.filled} == {"spline"}


def test_nothing_is_extrapolated_beyond_the_stated_limit_and_never_by_a_spline() -> None:
    truth = walk()
    short, long = (hidden(truth, "LKNE", start_s=0.0, end_s=end_s) for end_s in (0.15, 0.4))
    assert fill_gaps(short).filled.sum() == 15
    assert not fill_gaps(long).filled.any()
    assert not fill_gaps(short, method="spline", max_error_m=9.0).filled.any()
    assert error_mm(fill_gaps(short), truth) < 10.0
    assert fill_gaps_in_detail(long).gaps[0].reason == "longer than 0.2 s at the recording's edge"


def test_a_marker_that_is_bound_to_nothing_is_refused_rather_than_guessed() -> None:
    truth = walk()
    rng = np.random.default_rng(4)
    wandering_m = np.cumsum(rng.normal(0, 0.02, (truth.frames, 3)), axis=0)
    positions_m = np.concatenate([truth.positions_m, wandering_m[:, None]], axis=1)
    positions_m[200:260, -1] = np.nan
    loose = replace(truth, positions_m=positions_m, marker_labels=(*truth.marker_labels, "LOOSE"))
    gap = fill_gaps_in_detail(loose).gaps[0]
    assert not gap.filled
    assert "mm expected error (limit 20 mm)" in gap.reason


def test_the_expected_error_is_of_the_size_of_the_found_one() -> None:
    expected, found = [], []
    for seed, label in ((21, "LTHI"), (22, "RHEE"), (23, "LELB"), (24, "SACR")):
        truth = walk(seed)
        filling = fill_gaps_in_detail(hidden(truth, label, start_s=2.0, end_s=2.4))
        expected.append(1e3 * filling.gaps[0].expected_error_m)
        found.append(error_mm(filling.recording, truth))
    assert 0.4 < np.mean(expected) / np.mean(found) < 2.5


def test_only_the_markers_asked_for_are_filled() -> None:
    damaged = hidden(walk(), "LKNE", "RKNE", start_s=1.0, end_s=1.1)
    repaired = fill_gaps(damaged, markers=["RKNE"])
    assert repaired.filled.any(axis=0).tolist() == [label == "RKNE" for label in repaired.marker_labels]


def test_a_whole_hidden_shank_is_filled_from_thigh_and_foot() -> None:
    truth = walk(10)
    repaired = fill_gaps(hidden(truth, "LKNE", "LTIB", "LANK", start_s=2.0, end_s=2.2))
    assert error_mm(repaired, truth) < 8.0


def test_a_perfect_camera_and_skin_leave_next_to_no_error() -> None:
    truth = walk(6, cameras=PERFECT)
    repaired = fill_gaps(hidden(truth, "LTIB", start_s=2.0, end_s=2.5))
    assert error_mm(repaired, truth) < 1.0


def test_neighbours_hold_no_marker_that_is_missing_in_or_beside_the_gap() -> None:
    positions_m = np.random.default_rng(5).normal(size=(100, 4, 3))
    positions_m[40:50, 0] = np.nan
    positions_m[50, 1] = np.nan
    found = neighbours_of(positions_m, Gap(0, 40, 50))
    assert set(found.markers.tolist()) == {2, 3}
    assert conditional_fill(positions_m, 100.0, Gap(0, 40, 50), found) is None, "two neighbours have no pose"


def test_gaps_are_found_shortest_first_and_markers_never_seen_are_none() -> None:
    positions_m = np.zeros((30, 3, 3))
    positions_m[:, 0] = np.nan
    positions_m[5:15, 1] = np.nan
    positions_m[28:, 1] = np.nan
    assert find_gaps(positions_m) == [Gap(1, 28, 30), Gap(1, 5, 15)]
    assert find_gaps(positions_m)[0].at_edge(30)
    assert not find_gaps(positions_m)[1].at_edge(30)


@pytest.mark.parametrize(
    "options",
    [{"method": "magic"}, {"max_gap_s": 6.0}, {"max_edge_gap_s": -1.0}, {"max_error_m": 0.0}, {"markers": ["NOSE"]}],
)
def test_limits_that_make_no_sense_are_refused(options: dict) -> None:
    with pytest.raises(LtmeError):
        fill_gaps(hidden(walk(), "LKNE", start_s=1.0, end_s=1.1), **options)
