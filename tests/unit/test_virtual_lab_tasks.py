"""Odd walks with known truth: toes, shuffling, turns, starts and stops, one step, backwards, a belt."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from ltme_clinic.body import ANGLES, SIDES, SLOT_INDEX
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

V = {name: index for index, name in enumerate(ANGLES)}
SACRUM = SLOT_INDEX["sacrum"]


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


def test_a_sole_touches_a_little_after_the_planned_contact_and_alternates_with_its_leaving():
    for task in (AS_USUAL, WalkingTask(manner="toe_walking"), WalkingTask(pacing="start_and_stop")):
        _, truth = walked(task=task)
        assert len(truth.touches) == len(truth.events)
        for side in SIDES:
            kinds = [e.kind for e in truth.touches if e.side == side]
            assert all(a != b for a, b in pairwise(kinds))
            planned, touched = (
                np.array([e.time_s for e in events if e.side == side and e.kind == "initial_contact"])
                for events in (truth.events, truth.touches)
            )
            assert np.abs(touched - planned).max() < 0.08


def test_a_firm_landing_changes_the_end_of_a_swing_and_nothing_else():
    soft_m, soft = walked(cameras=TEXTBOOK)
    firm_m, firm = walked(cameras=TEXTBOOK, task=WalkingTask(landing="firm"))
    assert firm.events == soft.events
    apart_m = np.abs(firm_m - soft_m).max(axis=2)
    toe, knee = SLOT_INDEX["left_toe"], SLOT_INDEX["left_knee"]
    contact_s = contacts_s(soft, "left")
    stride_s = np.diff(contact_s).mean()
    for on in contact_s[1:-1]:
        standing = slice(round((on + 0.05 * stride_s) * 100), round((on + 0.5 * stride_s) * 100))
        early_swing = slice(round((on - 0.35 * stride_s) * 100), round((on - 0.20 * stride_s) * 100))
        assert apart_m[standing, toe].max() < 1e-9
        assert apart_m[early_swing, toe].max() < 1e-9
    assert 0.0005 < apart_m[:, toe].max() < 0.03
    assert apart_m[:, knee].max() < 0.03
    np.testing.assert_array_equal(firm_m[:, SACRUM], soft_m[:, SACRUM])


def test_firm_landings_touch_at_much_the_same_share_of_everybodys_cycle():
    def touched_pct(landing: str) -> list[float]:
        found = []
        for seed in range(10):
            _, truth = simulate_slots(
                sample_patient(seed), rate_hz=100.0, cameras=PERFECT, task=WalkingTask(landing=landing)
            )
            for side in SIDES:
                planned = contacts_s(truth, side)
                touched = [e.time_s for e in truth.touches if e.side == side and e.kind == "initial_contact"]
                found.append(100.0 * np.mean(touched - planned) / np.diff(planned).mean())
        return found

    soft, firm = touched_pct("soft"), touched_pct("firm")
    assert np.std(firm) < 0.5 * np.std(soft)
    assert 0.0 < np.mean(firm) < 3.0


def test_a_toe_walkers_landing_is_left_as_it_is():
    soft_m, _ = walked(task=WalkingTask(manner="toe_walking"))
    firm_m, _ = walked(task=WalkingTask(manner="toe_walking", landing="firm"))
    np.testing.assert_array_equal(soft_m, firm_m)


def test_curves_from_touch_to_touch_are_the_planned_ones_a_little_later():
    _, truth = walked(task=WalkingTask(landing="firm"))
    later_pct = np.mean([t.time_s - e.time_s for e, t in zip(truth.events, truth.touches, strict=True)]) * 100
    assert 0.5 < later_pct < 4.0
    pct = np.linspace(0.0, 100.0, 51)
    for side in (0, 1):
        knee, own = truth.curves_deg[side, V["knee_flexion"]], truth.touch_curves_deg[side, V["knee_flexion"]]
        shifts = np.arange(0.0, 6.0, 0.25)
        errors = [np.abs(np.interp((pct + shift) % 100.0, pct, knee) - own).max() for shift in shifts]
        assert 0.5 <= shifts[int(np.argmin(errors))] <= 4.0
        assert min(errors) < 2.0


def test_a_touch_is_where_the_heel_and_ball_are_down():
    patient = sample_patient(4, age_y=30)
    slots_m, truth = simulate_slots(patient, rate_hz=200.0, duration_s=6.0, cameras=TEXTBOOK)
    heel = slots_m[:, SLOT_INDEX["left_heel"], 2]
    standing_m = np.median([heel[round(e.time_s * 200) + 20] for e in truth.touches[:-2] if _is_left_contact(e)])
    for event in truth.touches:
        if _is_left_contact(event):
            assert heel[event.frame] - standing_m < 0.02


def _is_left_contact(event) -> bool:
    return event.side == "left" and event.kind == "initial_contact"


def test_the_feet_stand_still_whatever_the_task():
    for task in (
        WalkingTask(manner="toe_walking"),
        WalkingTask(manner="shuffling"),
        WalkingTask(turn_deg=90.0),
        WalkingTask(pacing="start_and_stop"),
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
    with pytest.raises(LtmeError, match="a turn of 900 degrees"):
        WalkingTask(turn_deg=900.0)
