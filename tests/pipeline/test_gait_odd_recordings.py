"""Recordings with something wrong: the right answer, or a refusal that names the cause; never a wrong number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from odd_walks import (
    FIRM,
    LEG,
    PELVIS,
    analysed,
    assert_as_walked,
    assert_no_number,
    exchanged_from,
    figure,
    frozen,
    hidden,
    moved,
    said,
    without_events,
)

from ltme_clinic.kinematics import Skeleton
from ltme_clinic.recordings import read_recordings
from ltme_clinic.types import LtmeError, Recording, WalkTruth
from ltme_clinic.virtual_lab import sample_patient, simulate_static, simulate_walk


def test_the_walk_itself_is_given_as_it_was_walked(walk: Recording, truth: WalkTruth) -> None:
    analysis = analysed(walk)
    assert_as_walked(analysis, truth, 0.01)
    assert analysis.movement == "walking"
    assert not [warning for warning in analysis.warnings if "head offset" not in warning]


def test_walking_backwards_gets_no_number_even_with_entered_events() -> None:
    walk = simulate_walk(sample_patient(11), duration_s=6.0, task=replace(FIRM, pacing="backwards")).recording
    for recording in (without_events(walk), walk):
        analysis = analysed(recording)
        assert analysis.movement == "backwards"
        assert_no_number(analysis, "goes backwards")


def test_a_walk_played_backwards_on_a_treadmill_gets_no_number() -> None:
    walk = simulate_walk(sample_patient(11), duration_s=6.0, task=replace(FIRM, treadmill=True)).recording
    analysis = analysed(moved(without_events(walk), lambda positions_m: positions_m[::-1]))
    assert_no_number(analysis, "on the spot")


def test_standing_only_gets_no_number() -> None:
    analysis = analysed(simulate_static(sample_patient(11)))
    assert analysis.movement == "standing"
    assert_no_number(analysis, "nobody walks")


def test_one_step_gets_no_number() -> None:
    walk = simulate_walk(sample_patient(11), duration_s=6.0, task=replace(FIRM, pacing="one_step")).recording
    for recording in (without_events(walk), walk):
        assert_no_number(analysed(recording), "no whole stride")


def test_side_steps_get_no_number(walk: Recording) -> None:
    """Every frame is turned by a right angle about the walker's pelvis: the same way, facing across it."""
    pelvis_m = np.mean([walk.marker(label) for label in ("LASI", "RASI", "SACR")], axis=0)[:, None, :2]

    def across(positions_m: np.ndarray) -> np.ndarray:
        about_m = positions_m[..., :2] - pelvis_m
        positions_m[..., :2] = pelvis_m + about_m[..., [1, 0]] * [-1.0, 1.0]
        return positions_m

    assert_no_number(analysed(moved(walk, across)), "goes sideways")


@pytest.mark.parametrize("manner", ["toe_walking", "shuffling"])
def test_toe_walking_and_shuffling_are_given_as_walked(manner: str) -> None:
    walk = simulate_walk(sample_patient(11), duration_s=8.0, task=replace(FIRM, manner=manner))
    assert_as_walked(analysed(without_events(walk.recording)), walk.truth)


def test_a_treadmill_walk_is_given_as_walked() -> None:
    walk = simulate_walk(sample_patient(11), duration_s=8.0, task=replace(FIRM, treadmill=True))
    analysis = analysed(without_events(walk.recording))
    assert analysis.setting == "treadmill"
    assert_as_walked(analysis, walk.truth)


def test_a_turn_in_the_middle_is_not_averaged() -> None:
    walk = simulate_walk(sample_patient(11), duration_s=10.0, task=replace(FIRM, turn_deg=180.0))
    analysis = analysed(without_events(walk.recording))
    assert any("turning" in cycle.flags for cycle in analysis.cycles)
    assert any(cycle.counts for cycle in analysis.cycles)
    assert_as_walked(analysis, walk.truth)


def test_standing_before_and_after_does_not_slow_the_walk() -> None:
    walk = simulate_walk(sample_patient(11), duration_s=10.0, task=replace(FIRM, pacing="start_and_stop"))
    analysis = analysed(without_events(walk.recording))
    assert figure(analysis, "cadence_spm") == pytest.approx(walk.truth.cadence_spm, rel=0.02)
    steady = simulate_walk(sample_patient(11), duration_s=10.0, task=FIRM).truth
    assert figure(analysis, "speed_m_s") == pytest.approx(steady.speed_m_s, rel=0.03)


def test_a_pause_in_the_middle_is_not_averaged(walk: Recording, truth: WalkTruth) -> None:
    still = np.random.default_rng(0).normal(0.0, 0.0003, (300, *walk.positions_m.shape[1:]))

    def paused(positions_m: np.ndarray) -> np.ndarray:
        return np.concatenate([positions_m[:400], positions_m[400] + still, positions_m[400:]])

    assert_as_walked(analysed(moved(walk, paused)), truth)


def test_running_and_stairs_are_named_and_get_no_index(shared_data) -> None:
    for name, kind in (("opensim/jogging.c3d", "running"), ("pycgm/Movement_trial.c3d", "stairs")):
        analysis = analysed(read_recordings(shared_data / "recordings" / name)[0])
        assert analysis.movement == kind
        assert analysis.figure("double_support_pct") is None
        assert analysis.figure("gdi", "left") is analysis.figure("gdi", "right") is None
        assert "the figures are not of level walking forwards" in said(analysis)


def fifth(walk: Recording, length: int) -> np.ndarray:
    """A fifth of the frames, in stretches of a length: (frame,) bool."""
    return np.repeat(np.random.default_rng(3).random(walk.frames // length) < 0.2, length)


@pytest.mark.parametrize("length", [1, 10, 40, 160])
def test_a_fifth_of_a_heel_missing_leaves_the_figures_right(walk: Recording, truth: WalkTruth, length: int) -> None:
    frames = fifth(walk, length) if length < 160 else slice(200, 360)
    analysis = analysed(hidden(walk, ["LHEE"], frames))
    assert_as_walked(analysis, truth)
    assert length == 1 or "the left foot is hidden for" in said(analysis)


def test_a_heel_missing_throughout_has_a_substitute_that_is_named(walk: Recording, truth: WalkTruth) -> None:
    analysis = analysed(hidden(walk, ["LHEE"], slice(None)))
    assert "the left foot's heel marker is missing, the ankle stands in" in said(analysis)
    assert_as_walked(analysis, truth)


def test_a_hidden_pelvis_hides_its_cycles_only(walk: Recording, truth: WalkTruth) -> None:
    analysis = analysed(hidden(walk, PELVIS, slice(300, 400)))
    whole = sum(cycle.counts for cycle in analysed(walk).cycles)
    assert 0 < sum(cycle.counts for cycle in analysis.cycles) < whole
    assert_as_walked(analysis, truth)


def test_a_knee_that_is_never_seen_costs_its_leg_s_angles_and_index(walk: Recording, truth: WalkTruth) -> None:
    analysis = analysed(hidden(walk, ["LKNE"], slice(None)))
    assert_as_walked(analysis, truth)
    assert analysis.figure("gdi", "left") is None
    assert analysis.figure("gdi", "right") is not None
    assert "the left side has no hip_flexion" in said(analysis)


def test_a_leg_that_is_never_seen_leaves_no_steps(walk: Recording) -> None:
    analysis = analysed(hidden(walk, [f"L{part}" for part in LEG], slice(None)))
    assert_no_number(analysis, "the left foot is never seen")


@pytest.mark.parametrize("label", ["LHEE", "LTOE", "LASI", "SACR", "LKNE"])
def test_a_frozen_marker_is_left_out(walk: Recording, truth: WalkTruth, label: str) -> None:
    analysis = analysed(frozen(walk, label, 200, 360))
    assert "left out, for they are off their segment" in said(analysis)
    assert_as_walked(analysis, truth)


def test_a_marker_frozen_throughout_is_refused(walk: Recording) -> None:
    with pytest.raises(LtmeError, match="frozen"):
        analysed(frozen(walk, "LHEE", 0, walk.frames))


@pytest.mark.parametrize(
    ("one", "other"), [("LHEE", "RHEE"), ("LTOE", "RTOE"), ("LANK", "RANK"), ("LKNE", "RKNE"), ("LHEE", "LKNE")]
)
def test_two_markers_exchanged_for_a_while_are_left_out_there(
    walk: Recording, truth: WalkTruth, one: str, other: str
) -> None:
    analysis = analysed(exchanged_from(walk, one, other, 400, 500))
    assert "left out, for they are off their segment" in said(analysis)
    assert_as_walked(analysis, truth)


def test_missing_markers_written_as_the_origin_are_left_out(walk: Recording, truth: WalkTruth) -> None:
    def zeroed(positions_m: np.ndarray) -> np.ndarray:
        positions_m[200:360, walk.marker_labels.index("LHEE")] = 0.0
        return positions_m

    analysis = analysed(moved(walk, zeroed))
    assert "left heel" in said(analysis)
    assert_as_walked(analysis, truth)


def test_reflections_taken_for_a_marker_are_left_out(walk: Recording, truth: WalkTruth) -> None:
    def with_ghosts(positions_m: np.ndarray) -> np.ndarray:
        for start in range(50, 750, 70):
            positions_m[start : start + 5, walk.marker_labels.index("LHEE")] += [0.3, 0.0, 0.2]
        return positions_m

    assert_as_walked(analysed(moved(walk, with_ghosts)), truth)


def test_repeated_frames_are_left_out(walk: Recording, truth: WalkTruth) -> None:
    def repeated(positions_m: np.ndarray) -> np.ndarray:
        positions_m[200:360] = positions_m[200]
        return positions_m

    analysis = analysed(moved(walk, repeated))
    assert "159 frames that repeat the one before" in said(analysis)
    assert_as_walked(analysis, truth)


def test_lost_frames_are_warned_of(walk: Recording) -> None:
    tenth_lost = analysed(moved(walk, lambda positions_m: positions_m[np.arange(walk.frames) % 10 != 0]))
    assert "frames were lost" in said(tenth_lost)
    half_a_second_lost = analysed(moved(walk, lambda positions_m: np.delete(positions_m, slice(300, 350), axis=0)))
    assert "leaps between two frames at 3.0" in said(half_a_second_lost)


def test_a_frame_rate_twice_too_high_is_warned_of(walk: Recording) -> None:
    assert "check the frame rate" in said(analysed(replace(walk, rate_hz=200.0)))


@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 120.0, 1000.0])
def test_figures_do_not_depend_on_the_rate(rate_hz: float) -> None:
    walk = simulate_walk(sample_patient(11), duration_s=6.0, rate_hz=rate_hz, task=FIRM)
    assert_as_walked(analysed(without_events(walk.recording)), walk.truth)


@pytest.mark.parametrize("seconds", [2.5, 600.0])
def test_short_and_long_walks_are_given_as_walked(seconds: float) -> None:
    walk = simulate_walk(sample_patient(11), duration_s=seconds, rate_hz=50.0, task=FIRM)
    analysis = analysed(without_events(walk.recording))
    assert_as_walked(analysis, walk.truth)
    assert (analysis.figure("stride_time_variability_cv_pct") is None) or seconds > 60


@pytest.mark.parametrize(("height_m", "age_y"), [(0.75, 6.0), (2.1, 30.0)])
def test_a_toddler_and_a_giant_are_given_as_walked(height_m: float, age_y: float) -> None:
    person = sample_patient(4, age_y=age_y)
    person = replace(person, height_m=height_m, skeleton=Skeleton.from_height(height_m), mass_kg=20.0 * height_m**2)
    walk = simulate_walk(person, duration_s=8.0, task=FIRM)
    assert_as_walked(analysed(without_events(walk.recording)), walk.truth)


@pytest.mark.parametrize("frames", [1, 2, 20, 60])
def test_next_to_nothing_gets_no_number(walk: Recording, frames: int) -> None:
    assert analysed(moved(walk, lambda positions_m: positions_m[:frames])).spatiotemporal == ()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_broken_nothing_crashes(walk: Recording, seed: int) -> None:
    """Random gaps, spikes, exchanged labels, axes and cuts at once: figures or a refusal, no other error."""
    rng = np.random.default_rng(seed)
    positions_m = np.array(walk.positions_m)[rng.integers(0, 300) : rng.integers(301, 800)]
    frames, markers = positions_m.shape[:2]
    for _ in range(rng.integers(0, 10)):
        start, marker = rng.integers(frames), rng.integers(markers)
        fill = rng.choice([np.nan, 0.0, np.inf, 1.0])
        positions_m[start : start + rng.integers(1, frames + 1), marker] = fill
    if rng.random() < 0.3:
        positions_m[rng.random((frames, markers)) < rng.choice([0.01, 0.3, 0.9])] = np.nan
    if rng.random() < 0.2:
        positions_m[..., rng.integers(3)] *= rng.choice([-1.0, 0.01, 0.7, 1000.0])
    labels = list(walk.marker_labels)
    if rng.random() < 0.3:
        first, second = rng.choice(markers, 2, replace=False)
        labels[first], labels[second] = labels[second], labels[first]
    broken = replace(walk, positions_m=positions_m, marker_labels=tuple(labels))
    try:
        analysis = analysed(broken)
    except LtmeError:
        return
    assert analysis.spatiotemporal or analysis.refusals
