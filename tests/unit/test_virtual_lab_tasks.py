"""Odd walks with known truth: toes, shuffling, turns, starts and stops, one step, backwards, a belt."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from ltme_clinic.body import ANGLES, SIDES, SLOT_INDEX
from ltme_clinic.norms import walking_curves
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab import (
    AS_USUAL,
    PERFECT,
    TEXTBOOK,
    WalkingTask,
    sample_patient,
    simulate_slots,
    simulate_walk,
)
from ltme_clinic.virtual_lab.gait import walk
from ltme_clinic.virtual_lab.impairments import deviation
from ltme_clinic.virtual_lab.manners import with_task
from ltme_clinic.virtual_lab.pacing import ENDS_SLOWER, through_the_volume
from ltme_clinic.virtual_lab.plan import plan_walk

V = {name: index for index, name in enumerate(ANGLES)}
SACRUM = SLOT_INDEX["sacrum"]
# heel to toe on a line: a step is a foot long, some 40 % of a usual one, and slow
TANDEM_WALK = WalkingTask(step_length_factor=0.42, cadence_factor=0.7, step_width_m=0.0)
BIG_STEPS = WalkingTask(step_length_factor=1.2)
ARM_SWING = WalkingTask(arm_swing_deg=55.0)


def walked(seed: int = 4, **kwargs):
    kwargs.setdefault("cameras", PERFECT)
    return simulate_slots(sample_patient(seed, age_y=30), rate_hz=100.0, duration_s=8.0, **kwargs)


def contacts_s(truth, side=None, kind="initial_contact"):
    return np.array([e.time_s for e in truth.events if e.kind == kind and side in (None, e.side)])


def test_the_usual_task_is_the_walk_that_always_was():
    for seed in (1, 2):
        plain_m, plain = walked(seed)
        asked_m, asked = walked(seed, task=WalkingTask())
        assert plain_m.tobytes() == asked_m.tobytes()
        assert plain.events == asked.events
    assert WalkingTask() == AS_USUAL


def test_a_named_heading_turns_the_laboratory_and_nothing_else():
    drawn_m, drawn = walked()
    east_m, east = walked(task=WalkingTask(heading_rad=0.0))
    north_m, north = walked(task=WalkingTask(heading_rad=np.pi / 2))
    np.testing.assert_allclose(north.curves_deg, east.curves_deg, atol=1e-3)
    np.testing.assert_allclose(drawn.curves_deg, east.curves_deg, atol=1e-3)
    turned_m = np.stack([-east_m[..., 1], east_m[..., 0], east_m[..., 2]], axis=-1)
    apart_m = north_m - turned_m
    np.testing.assert_allclose(apart_m - apart_m[:1, :1], 0.0, atol=1e-9)
    assert np.ptp(east_m[:, SACRUM, 0]) > 5 * np.ptp(east_m[:, SACRUM, 1])
    assert drawn_m.shape == east_m.shape


def test_a_toe_walkers_heels_never_come_down():
    usual_m, _ = walked()
    toes_m, truth = walked(task=WalkingTask(manner="toe_walking"))
    for side in SIDES:
        heel = SLOT_INDEX[f"{side}_heel"]
        assert toes_m[:, heel, 2].min() > usual_m[:, heel, 2].min() + 0.02
        assert toes_m[:, SLOT_INDEX[f"{side}_toe"], 2].min() < usual_m[:, SLOT_INDEX[f"{side}_toe"], 2].min() + 0.01
    assert truth.curves_deg[:, V["ankle_dorsiflexion"], 0].max() < -5.0  # at contact
    assert len(contacts_s(truth)) > 10


def test_a_shuffler_takes_short_low_steps_at_no_lower_cadence():
    usual_m, usual = walked()
    low_m, shuffled = walked(task=WalkingTask(manner="shuffling"))
    assert np.mean(shuffled.step_length_m) < 0.55 * np.mean(usual.step_length_m)
    assert shuffled.cadence_spm > 0.95 * usual.cadence_spm
    assert np.ptp(shuffled.curves_deg[:, V["knee_flexion"]], axis=1).max() < 40.0
    for side in SIDES:
        for point in ("heel", "toe"):
            place = SLOT_INDEX[f"{side}_{point}"]
            assert np.ptp(low_m[:, place, 2]) < 0.6 * np.ptp(usual_m[:, place, 2])


def test_a_turn_in_the_middle_turns_by_its_angle_between_straight_ways():
    slots_m, truth = walked(task=WalkingTask(turn_deg=180.0, heading_rad=0.0))
    path_m = slots_m[:, SACRUM, :2]
    before, after = path_m[100] - path_m[0], path_m[-1] - path_m[-101]
    turned_deg = np.degrees(np.angle(complex(*after) / complex(*before)))
    assert abs(turned_deg) == pytest.approx(180.0, abs=6.0)
    straight = simulate_slots(sample_patient(4, age_y=30), rate_hz=100.0, duration_s=8.0, cameras=PERFECT)[1]
    assert truth.events == straight.events


def test_a_belt_takes_back_the_path_and_changes_no_truth():
    ground_m, ground = walked()
    belt_m, belt = walked(task=WalkingTask(treadmill=True))
    assert np.ptp(belt_m[:, SACRUM, :2], axis=0).max() < 0.15
    assert belt.events == ground.events
    assert belt.speed_m_s == ground.speed_m_s
    inside_m = belt_m - belt_m[:, [SACRUM]]
    np.testing.assert_allclose(inside_m, ground_m - ground_m[:, [SACRUM]], atol=1e-12)


def test_someone_who_starts_and_stops_stands_before_and_after():
    slots_m, truth = walked(task=WalkingTask(pacing="start_and_stop"))
    still = slice(0, 95), slice(-95, None)
    for part in still:
        assert np.ptp(slots_m[part], axis=0).max() < 1e-9
    steady = walked()[1]
    middle = contacts_s(truth)
    middle = middle[(middle > 2.0) & (middle < 6.0)]
    assert np.diff(middle).mean() == pytest.approx(60.0 / steady.cadence_spm, rel=0.05)
    assert contacts_s(truth).min() > 1.0
    assert contacts_s(truth).max() < 7.0
    speed_m_s = np.linalg.norm(np.diff(slots_m[:, SACRUM, :2], axis=0), axis=1) * 100.0
    assert np.abs(np.diff(speed_m_s)).max() * 100.0 < 12.0  # m/s2: no jerk at the ends


def test_one_step_is_one_foot_off_and_one_contact_of_the_same_foot():
    slots_m, truth = walked(task=WalkingTask(pacing="one_step"))
    assert [event.kind for event in truth.events] == ["foot_off", "initial_contact"]
    assert truth.events[0].side == truth.events[1].side
    stepped, other = truth.events[0].side, SIDES[truth.events[0].side == "left"]
    assert np.ptp(slots_m[:, SLOT_INDEX[f"{stepped}_ankle"], :2], axis=0).max() > 0.3
    flat = slots_m[:, SLOT_INDEX[f"{other}_toe"]]
    assert np.ptp(flat[:, 2]) < 0.12
    assert np.isnan(truth.cadence_spm)


def test_backwards_is_forwards_in_reverse():
    forward_m, forward = walked()
    back_m, back = walked(task=WalkingTask(pacing="backwards"))
    np.testing.assert_allclose(back_m, forward_m[::-1], atol=1e-11)
    assert back.speed_m_s == pytest.approx(-forward.speed_m_s, rel=1e-6)
    assert back.cadence_spm == pytest.approx(forward.cadence_spm, rel=0.01)
    assert max(back.step_length_m) < 0
    last_s = (len(forward_m) - 1) / 100.0
    for side in SIDES:
        np.testing.assert_allclose(
            np.sort(last_s - contacts_s(forward, side, "foot_off")), contacts_s(back, side), atol=1e-6
        )
    for a, b in pairwise(e for e in back.events if e.side == "left"):
        assert a.kind != b.kind


def test_a_pass_through_the_volume_begins_and_ends_a_little_slower():
    slower = []
    for seed in (1, 2, 4, 5, 7, 8):
        through_m, truth = walked(seed, task=WalkingTask(pacing="walkway", heading_rad=0.0))
        steady_m, steady = walked(seed, task=WalkingTask(heading_rad=0.0))
        speed_m_s, usual_m_s = (np.diff(slots_m[:, SACRUM, 0]) * 100.0 for slots_m in (through_m, steady_m))
        parts = (slice(0, 60), slice(300, 500), slice(-60, None))
        slower.append([speed_m_s[part].mean() / usual_m_s[part].mean() for part in parts])
        assert 0.95 * steady.speed_m_s < truth.speed_m_s < steady.speed_m_s
        assert np.mean(truth.step_length_m) == pytest.approx(np.mean(steady.step_length_m), rel=0.02)
        assert truth.cadence_spm < steady.cadence_spm
    first, middle, last = np.mean(slower, axis=0)
    assert 0.85 < first < 0.98
    assert 0.85 < last < 0.98
    assert middle == pytest.approx(1.0, abs=0.03)


def test_a_pass_through_the_volume_begins_and_ends_at_the_pace_that_is_stated():
    time_s = np.arange(-1.0, 7.0, 0.001)
    pace = np.diff(through_the_volume(time_s, 6.0)) / 0.001
    assert pace[0] == pytest.approx(1.0 - ENDS_SLOWER, abs=1e-3)
    assert pace[-1] == pytest.approx(1.0 - ENDS_SLOWER, abs=1e-3)
    assert pace[4000] == pytest.approx(1.0, abs=1e-3)
    assert np.abs(np.diff(pace)).max() < 1e-3


def test_full_pace_is_reached_within_the_second_step():
    slots_m, _ = walked(task=WalkingTask(pacing="start_and_stop", heading_rad=0.0))
    steady = walked()[1]
    speed_m_s = np.diff(slots_m[:, SACRUM, 0]) * 100.0
    step = round(60.0 / steady.cadence_spm * 100.0)
    assert speed_m_s[100 : 100 + step // 2].mean() < 0.5 * steady.speed_m_s
    assert speed_m_s[100 + 2 * step : 100 + 4 * step].mean() == pytest.approx(steady.speed_m_s, rel=0.08)


def test_tandem_walking_is_on_a_line_a_foot_at_a_time():
    for seed in (1, 4):
        usual = walked(seed)[1]
        tandem_m, tandem = walked(seed, task=TANDEM_WALK)
        foot_m = sample_patient(seed, age_y=30).skeleton.foot_m
        assert abs(tandem.step_width_m) < 0.04 < usual.step_width_m
        assert np.mean(tandem.step_length_m) == pytest.approx(foot_m, rel=0.3)
        assert tandem.cadence_spm < 0.8 * usual.cadence_spm
        ankles_m = [tandem_m[:, SLOT_INDEX[f"{side}_ankle"]] for side in SIDES]
        assert np.linalg.norm(ankles_m[0] - ankles_m[1], axis=1).min() > 0.04  # the feet pass each other


def test_big_steps_are_longer_at_the_same_cadence():
    usual, big = walked()[1], walked(task=BIG_STEPS)[1]
    assert np.mean(big.step_length_m) / np.mean(usual.step_length_m) == pytest.approx(1.2, abs=0.06)
    assert big.cadence_spm / usual.cadence_spm == pytest.approx(1.0, abs=0.06)


def test_an_exaggerated_arm_swing_swings_as_far_as_asked_and_walks_as_usual():
    patient = sample_patient(4, age_y=30)
    time_s = np.arange(0.0, 6.0, 0.02)
    bodies = {
        task: walk(plan_walk(patient, task=task), time_s, np.random.default_rng(0)) for task in (AS_USUAL, ARM_SWING)
    }
    usual, swung = (
        np.mean(
            [np.ptp(body.angles_deg[f"{side}_shoulder_flexion"] - body.angles_deg["trunk_flexion"]) for side in SIDES]
        )
        for body in bodies.values()
    )
    assert 48.0 < swung < 68.0
    assert usual < 0.9 * swung
    trained = walked(task=ARM_SWING)[1]
    assert np.mean(trained.step_length_m) == pytest.approx(np.mean(walked()[1].step_length_m), rel=0.05)


def test_a_task_leaves_an_impairment_in_place():
    mean_deg, _ = walking_curves(0.35)
    change = deviation("trendelenburg", 1.0, "left", mean_deg)
    asked = with_task(change, WalkingTask(step_width_m=0.0, arm_swing_deg=55.0, step_length_factor=1.2), mean_deg)
    np.testing.assert_array_equal(asked.curves_deg[:, V["knee_flexion"]], change.curves_deg[:, V["knee_flexion"]])
    np.testing.assert_array_equal(
        asked.curves_deg[:, V["pelvic_obliquity"]], change.curves_deg[:, V["pelvic_obliquity"]]
    )
    assert (asked.width_m, asked.arm_swing_deg) == (0.0, 55.0)
    assert 1.0 < asked.step_length_factor < 1.2
    same = with_task(change, AS_USUAL, mean_deg)
    np.testing.assert_array_equal(same.curves_deg, change.curves_deg)
    assert same.step_length_factor == 1.0


def test_the_feet_stand_still_whatever_the_task():
    for task in (
        WalkingTask(manner="toe_walking"),
        WalkingTask(manner="shuffling"),
        WalkingTask(turn_deg=90.0),
        WalkingTask(pacing="start_and_stop"),
        WalkingTask(pacing="walkway"),
        BIG_STEPS,
    ):
        slots_m, truth = walked(task=task, cameras=TEXTBOOK)
        ball = SLOT_INDEX["left_toe"]
        for on, off in pairwise(e for e in truth.events if e.side == "left"):
            if on.kind != "initial_contact":
                continue
            # between full landing and heel rise, the ball neither slides nor leaves
            middle = slots_m[round((on.time_s * 0.7 + off.time_s * 0.3) * 100) : round((on.time_s + off.time_s) * 50)]
            assert np.ptp(middle[:, ball, :2], axis=0).max() < 0.008


def test_a_recording_of_a_task_carries_its_events():
    walk = simulate_walk(sample_patient(7), task=WalkingTask(manner="shuffling", treadmill=True))
    assert walk.recording.events == walk.truth.events
    assert walk.recording.origin == "virtual"


def test_impossible_tasks_are_refused_in_one_line():
    with pytest.raises(LtmeError, match="manner 'hopping' is not known"):
        WalkingTask(manner="hopping")  # type: ignore[arg-type]
    with pytest.raises(LtmeError, match="a belt runs straight and steadily"):
        WalkingTask(treadmill=True, turn_deg=90.0)
    with pytest.raises(LtmeError, match="a belt runs straight"):
        walked(task=WalkingTask(treadmill=True), curvature_per_m=0.2)
    with pytest.raises(LtmeError, match="too short for 'one_step'"):
        simulate_slots(sample_patient(1), duration_s=2.0, task=WalkingTask(pacing="one_step"))
    with pytest.raises(LtmeError, match="3 times the own step length"):
        WalkingTask(step_length_factor=3.0)
    with pytest.raises(LtmeError, match=r"-0\.1 m of step width"):
        WalkingTask(step_width_m=-0.1)
    with pytest.raises(LtmeError, match="a turn of 900 degrees"):
        WalkingTask(turn_deg=900.0)
