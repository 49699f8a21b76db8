"""Quality: planted faults are found where and when they were planted, and clean recordings are left in peace."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.quality import PROBLEM_KINDS, QualityProblem, check_quality
from ltme_clinic.types import GaitEvent, LtmeError, Recording
from ltme_clinic.virtual_lab import CameraSystem, sample_patient, simulate_walk

RATES_HZ = (100.0, 200.0, 120.0)


def walk(seed: int = 1, **options: object) -> Recording:
    patient = sample_patient(seed, impairment=options.pop("impairment", "none"), severity=0.8)  # type: ignore[arg-type]
    return simulate_walk(patient, rate_hz=RATES_HZ[seed % 3], **options).recording  # type: ignore[arg-type]


def planted(recording: Recording, change: Callable[[np.ndarray], None]) -> Recording:
    positions_m = recording.positions_m.copy()
    change(positions_m)
    return replace(recording, positions_m=positions_m)


def at(recording: Recording, label: str) -> int:
    return recording.marker_labels.index(label)


def frames(recording: Recording, start_s: float, end_s: float) -> slice:
    return slice(round(start_s * recording.rate_hz), round(end_s * recording.rate_hz))


def only(problems: tuple[QualityProblem, ...], *kinds: str) -> QualityProblem:
    """The one problem there is, of one of these kinds."""
    assert [problem.kind for problem in problems if problem.kind not in kinds] == [], [p.sentence for p in problems]
    assert len(problems) == 1, [problem.sentence for problem in problems]
    return problems[0]


def located(problem: QualityProblem, start_s: float, end_s: float) -> bool:
    return abs(problem.start_s - start_s) < 0.05 and abs(problem.end_s - end_s) < 0.05


@pytest.mark.parametrize("impairment", ["none", "crouch", "hemiplegic", "foot_drop", "trendelenburg"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_clean_walks_healthy_or_not_raise_no_alarm(seed: int, impairment: str) -> None:
    assert check_quality(walk(seed, impairment=impairment)) == ()


def test_more_noise_and_a_turn_raise_no_alarm_either() -> None:
    noisy = CameraSystem(noise_sd_m=0.0015)
    assert check_quality(walk(3, cameras=noisy, curvature_per_m=0.4)) == ()


@pytest.mark.parametrize("pair", [("LKNE", "LTIB"), ("LANK", "RANK"), ("LFHD", "RFHD"), ("RHEE", "RWRA")])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_two_markers_that_change_places_for_a_while_are_named_and_located(seed: int, pair: tuple[str, str]) -> None:
    recording = walk(seed)
    one, other = (at(recording, label) for label in pair)
    when = frames(recording, 2.0, 2.3)

    def swap(positions_m: np.ndarray) -> None:
        positions_m[when, [one, other]] = positions_m[when, [other, one]]

    swaps = [p for p in check_quality(planted(recording, swap)) if p.kind == "swap"]
    assert [set(swap.markers) for swap in swaps] == [set(pair)]
    assert located(swaps[0], 2.0, 2.3)
    assert swaps[0].severity == "serious"


def test_exchanged_sides_are_found_in_the_whole_body_and_in_one_pair() -> None:
    recording = walk(1)
    other = {"L": "R", "R": "L"}
    labels = tuple(other.get(label[0], label[0]) + label[1:] for label in recording.marker_labels)
    whole = only(check_quality(replace(recording, marker_labels=labels)), "left_right")
    assert "in the whole body" in whole.sentence
    swapped = {"LANK": "RANK", "RANK": "LANK"}
    labels = tuple(swapped.get(label, label) for label in recording.marker_labels)
    problems = [p for p in check_quality(replace(recording, marker_labels=labels)) if p.kind == "left_right"]
    assert len(problems) == 1
    assert set(problems[0].markers) == {"LANK", "RANK"}
    assert "exchanged at: ankle" in problems[0].sentence


def test_a_mirrored_horizontal_axis_looks_like_exchanged_sides() -> None:
    for axis in (0, 1):

        def mirror(positions_m: np.ndarray, axis: int = axis) -> None:
            positions_m[..., axis] *= -1

        assert only(check_quality(planted(walk(2), mirror)), "left_right").severity == "serious"


def test_a_body_upside_down_or_along_the_floor_has_a_wrong_axis() -> None:
    recording = walk(1)
    upside_down = replace(recording, positions_m=recording.positions_m * [1, 1, -1])
    assert "upside down" in only(check_quality(upside_down), "axis").sentence
    lying = replace(recording, positions_m=np.ascontiguousarray(recording.positions_m[..., [0, 2, 1]]))
    assert "along +y" in only(check_quality(lying), "axis").sentence


@pytest.mark.parametrize("factor", [10.0, 0.01])
def test_a_whole_body_in_another_unit_is_one_fault(factor: float) -> None:
    recording = walk(1)
    scaled = replace(recording, positions_m=recording.positions_m * factor)
    assert only(check_quality(scaled), "unit").severity == "serious"


@pytest.mark.parametrize(("factor", "said"), [(10.0, "1/10"), (0.001, "1000")])
def test_one_marker_in_another_unit_is_named_with_its_factor(factor: float, said: str) -> None:
    recording = walk(2)

    def scale(positions_m: np.ndarray) -> None:
        positions_m[:, at(recording, "LPSI")] *= factor

    problem = only(check_quality(planted(recording, scale)), "marker_unit")
    assert problem.markers == ("LPSI",)
    assert f"times {said} " in problem.sentence


def test_one_marker_with_a_flipped_axis_is_named_with_the_axis() -> None:
    recording = walk(2)

    def flip(positions_m: np.ndarray) -> None:
        positions_m[:, at(recording, "SACR"), 2] *= -1

    problem = only(check_quality(planted(recording, flip)), "marker_axis")
    assert problem.markers == ("SACR",)
    assert "(+x, +y, -z)" in problem.sentence


def test_a_ghost_spike_is_found_where_it_is() -> None:
    recording = walk(1)
    when = frames(recording, 3.0, 3.02)

    def spike(positions_m: np.ndarray) -> None:
        positions_m[when, at(recording, "LKNE")] += [0.03, 0.03, 0.03]

    problem = only(check_quality(planted(recording, spike)), "ghost")
    assert problem.markers == ("LKNE",)
    assert located(problem, 3.0, 3.02)


def test_a_marker_that_is_knocked_off_its_place_is_found_when_it_happens() -> None:
    recording = walk(1)

    def knock(positions_m: np.ndarray) -> None:
        positions_m[frames(recording, 4.0, 9.0), at(recording, "RTHI")] += [0.0, 0.1, 0.0]

    problem = only(check_quality(planted(recording, knock)), "jump", "segment_length")
    assert problem.markers == ("RTHI",)
    assert abs(problem.start_s - 4.0) < 0.05


def test_a_frozen_marker_is_found_but_a_foot_on_the_floor_is_not() -> None:
    recording = walk(1)
    when = frames(recording, 2.0, 2.3)

    def freeze(positions_m: np.ndarray) -> None:
        positions_m[when, at(recording, "RELB")] = positions_m[when.start, at(recording, "RELB")]

    problem = only(check_quality(planted(recording, freeze)), "frozen")
    assert problem.markers == ("RELB",)
    assert located(problem, 2.0, 2.3)
    coarse = replace(recording, positions_m=np.round(recording.positions_m, 3))  # a file with steps of 1 mm
    assert check_quality(coarse) == ()


def test_a_point_that_never_moves_is_a_note_not_a_fault() -> None:
    recording = walk(1)
    middle_m = np.nanmean(recording.positions_m, axis=(0, 1))
    positions_m = np.concatenate([recording.positions_m, np.tile(middle_m, (recording.frames, 1, 1))], axis=1)
    extended = replace(recording, positions_m=positions_m, marker_labels=(*recording.marker_labels, "FIXED"))
    told = [problem for problem in check_quality(extended) if problem.kind == "frozen"]
    assert [problem.severity for problem in told] == ["note"]
    assert "never moves" in told[0].sentence


def test_an_impossible_segment_is_found_by_the_other_side() -> None:
    recording = walk(1)

    def stretch(positions_m: np.ndarray) -> None:
        shank_m = positions_m[:, at(recording, "LANK")] - positions_m[:, at(recording, "LKNE")]
        for label in ("LANK", "LHEE", "LTOE"):
            positions_m[:, at(recording, label)] += 0.3 * shank_m

    problem = only(check_quality(planted(recording, stretch)), "asymmetry")
    assert "the left shank is" in problem.sentence
    assert {"LKNE", "LANK"} < set(problem.markers)


def test_gaps_are_located_and_graded_by_their_length() -> None:
    recording = walk(1)
    for end_s, severity in ((2.1, "note"), (2.5, "warning")):

        def hide(positions_m: np.ndarray, end_s: float = end_s) -> None:
            positions_m[frames(recording, 2.0, end_s), at(recording, "C7")] = np.nan

        problem = only(check_quality(planted(recording, hide)), "gap")
        assert problem.severity == severity
        assert problem.markers == ("C7",)
        assert located(problem, 2.0, end_s)


def test_markers_never_seen_and_glimpses_between_gaps_are_notes() -> None:
    recording = walk(1)

    def hide(positions_m: np.ndarray) -> None:
        positions_m[:, at(recording, "T10")] = np.nan
        for start_s, end_s in ((1.0, 1.5), (1.53, 2.0)):
            positions_m[frames(recording, start_s, end_s), at(recording, "LFIN")] = np.nan

    problems = {problem.kind: problem for problem in check_quality(planted(recording, hide))}
    assert set(problems) == {"gap", "never_seen", "ghost"}
    assert problems["never_seen"].markers == ("T10",)
    assert problems["ghost"].severity == "note"
    assert located(problems["ghost"], 1.5, 1.53)


def test_events_beyond_the_end_or_entered_twice_are_found() -> None:
    recording = walk(1)
    late = GaitEvent("left", "initial_contact", recording.duration_s + 0.2, recording.frames + 20)
    outside = only(check_quality(replace(recording, events=(*recording.events, late))), "event_outside")
    assert "left initial contact at 6.20 s" in outside.sentence
    doubled = replace(
        recording.events[3], time_s=recording.events[3].time_s + 0.02, frame=recording.events[3].frame + 2
    )
    twice = only(check_quality(replace(recording, events=(*recording.events, doubled))), "event_order")
    assert twice.severity == "warning"
    assert "entered twice" in twice.sentence
    fewer = tuple(event for event in recording.events if event is not recording.events[4])
    assert only(check_quality(replace(recording, events=fewer)), "event_order").severity == "note"


def test_problems_come_worst_first_with_a_cure_and_a_single_line() -> None:
    recording = walk(1)

    def spoil(positions_m: np.ndarray) -> None:
        positions_m[:, at(recording, "SACR")] *= 10
        positions_m[frames(recording, 1.0, 1.1), at(recording, "C7")] = np.nan

    problems = check_quality(planted(recording, spoil))
    assert [problem.severity for problem in problems] == ["serious", "note"]
    assert all(problem.cure and "\n" not in problem.sentence and problem.kind in PROBLEM_KINDS for problem in problems)


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (2, 3), (3, 3), (50, 0), (50, 1), (50, 2)])
@pytest.mark.parametrize("fill", [0.0, np.nan])
def test_recordings_with_hardly_anything_in_them_are_checked_without_fuss(shape: tuple[int, int], fill: float) -> None:
    tiny = replace(
        walk(1),
        positions_m=np.full((*shape, 3), fill),
        marker_labels=tuple("ABC"[: shape[1]]),
        events=(),
    )
    assert {problem.kind for problem in check_quality(tiny)} <= {"never_seen", "frozen"}


@pytest.mark.filterwarnings("error")
def test_hostile_positions_raise_no_warning_and_no_error() -> None:
    rng = np.random.default_rng(0)
    recording = walk(1)
    positions_m = rng.normal(0, 50, recording.positions_m.shape)
    positions_m[rng.random(positions_m.shape[:2]) < 0.5] = np.nan
    check_quality(replace(recording, positions_m=positions_m))


def cpu_s(recording: Recording, tries: int = 5) -> float:
    """The least of the processor's time that a check takes."""
    spent_s = []
    for _ in range(tries):
        began_s = time.process_time()
        check_quality(recording)
        spent_s.append(time.process_time() - began_s)
    return min(spent_s)


def test_a_six_second_walk_is_checked_in_a_few_milliseconds() -> None:
    assert cpu_s(walk(0)) < 0.03


def test_time_and_memory_grow_with_the_length_of_a_recording_and_no_faster() -> None:
    recording = walk(0)

    def lasting(times: int) -> Recording:  # at each seam every marker jumps, and after it each has a gap
        positions_m = np.tile(recording.positions_m, (times, 1, 1))
        positions_m[recording.frames + 50 :: recording.frames] = np.nan
        return replace(recording, positions_m=positions_m, events=())

    short, long = lasting(8), lasting(48)
    assert cpu_s(long, tries=2) < 12.0 * cpu_s(short)
    tracemalloc.start()
    try:
        check_quality(long)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 2.5 * long.positions_m.nbytes


def test_real_trials_raise_few_alarms_and_those_that_are_faults_are_found(shared_data: Path) -> None:
    alarmed, checked = [], 0
    for path in sorted((shared_data / "recordings" / "children").glob("*.c3d")):
        try:
            recordings = read_recordings(path)
        except LtmeError:
            continue
        for recording in recordings:
            checked += 1
            problems = [p for p in check_quality(recording) if p.severity != "note" and p.kind != "gap"]
            alarmed += [(path.stem, problem.kind, problem.markers[:1]) for problem in problems]
    assert checked >= 20
    # A thoracic marker that leaves its spine by 12 cm, and a head labelled left for right.
    assert alarmed == [("HC033A22", "segment_length", ("T10",)), ("HC040A40", "left_right", ("LFHD",))]
