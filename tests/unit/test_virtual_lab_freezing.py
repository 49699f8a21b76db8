"""Freezing of gait: episodes by severity, feet that stay where they are, knees that tremble, a truth that knows it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.virtual_lab import PERFECT, VirtualPatient, sample_patient, simulate_slots
from ltme_clinic.virtual_lab.freezing import (
    FASTEST_HZ,
    FREEZING,
    HEEL_M,
    LONGEST_S,
    MEDIAN_S,
    SHORTEST_S,
    SLOWEST_HZ,
    SWELL_S,
    Freeze,
    draw_freezes,
    frozen,
)
from ltme_clinic.virtual_lab.gait import WalkedBody, walk
from ltme_clinic.virtual_lab.patient import TRIAL
from ltme_clinic.virtual_lab.plan import plan_walk

RATE_HZ = 100.0
EPISODE = Freeze(start_s=3.0, duration_s=2.0, tremble_hz=5.0)


def patient_of(seed: int = 4) -> VirtualPatient:
    return sample_patient(seed, impairment="parkinsonian", severity=0.9, side="left", age_y=70)


@cache
def walked(freezes: tuple[Freeze, ...] = (EPISODE,), kept_s: float = 10.0):
    patient = patient_of()
    source_s = np.arange(-600, 400 * (kept_s + 1.5)) / 400.0
    body = walk(plan_walk(patient), source_s, np.random.default_rng(1))
    time_s = np.arange(-150, RATE_HZ * (kept_s + 1.5)) / RATE_HZ
    return *frozen(patient.skeleton, body, freezes, kept_s, time_s), time_s


def during(time_s: np.ndarray, episode: tuple[float, float], inner_s: float = 0.0) -> np.ndarray:
    return (time_s >= episode[0] + inner_s) & (time_s < episode[1] - inner_s)


def forward_m(body: WalkedBody, name: str) -> np.ndarray:
    heading = body.heading_rad[0]
    return body.motion.joint_centres[name][:, :2] @ [np.cos(heading), np.sin(heading)]


def test_a_healthy_patient_never_freezes_and_a_more_severe_one_freezes_more():
    rngs = [sample_patient(seed).rng(TRIAL, 0, 0, FREEZING) for seed in range(40)]
    assert not any(draw_freezes(rng, 0.0, 600.0) for rng in rngs)
    counts = [
        sum(len(draw_freezes(sample_patient(seed).rng(TRIAL, 0, 0, FREEZING), s, 600.0)) for seed in range(40))
        for s in (1 / 3, 2 / 3, 1.0)
    ]
    assert [count / 400.0 for count in counts] == pytest.approx([0.1, 1.0, 3.0], rel=0.25)


def test_a_more_severe_patient_has_the_milder_ones_episodes_and_more():
    mild, severe = (set(draw_freezes(patient_of().rng(TRIAL, 0, 0, FREEZING), s, 600.0)) for s in (0.6, 1.0))
    assert mild < severe


def test_a_drug_takes_away_a_share_of_the_episodes():
    off, on = (
        sum(len(draw_freezes(sample_patient(seed).rng(TRIAL, 0, 0, FREEZING), 1.0, 600.0, share)) for seed in range(40))
        for share in (1.0, 0.2)
    )
    assert on / off == pytest.approx(0.2, abs=0.05)


def test_episodes_last_and_tremble_as_published():
    drawn = [e for seed in range(40) for e in draw_freezes(sample_patient(seed).rng(TRIAL, 0, 0, FREEZING), 1.0, 600.0)]
    lengths_s = np.array([episode.duration_s for episode in drawn])
    assert SHORTEST_S <= lengths_s.min() < lengths_s.max() <= LONGEST_S
    assert np.median(lengths_s) == pytest.approx(MEDIAN_S, rel=0.1)
    assert all(SLOWEST_HZ <= episode.tremble_hz <= FASTEST_HZ for episode in drawn)


def test_the_truth_tells_when_it_froze_and_for_how_long():
    _, episodes, _ = walked()
    ((start_s, stop_s),) = episodes
    assert stop_s - start_s == pytest.approx(EPISODE.duration_s, abs=0.01)
    assert EPISODE.start_s <= start_s < EPISODE.start_s + 3.0


def test_the_feet_stay_where_they_are_and_the_pelvis_hardly_moves():
    body, (episode,), time_s = walked()
    frames = during(time_s, episode)
    pelvis_m = body.motion.joint_centres["pelvis"][frames]
    assert 0.001 < np.ptp(pelvis_m, axis=0).max() < 0.012
    for side in SIDES:
        heel_m, ball_m = (body.motion.joint_centres[f"{side}_{point}"][frames] for point in ("heel", "toe"))
        on_heel = heel_m[0, 2] < ball_m[0, 2] - HEEL_M
        planted_m, lifted_m = (heel_m, ball_m) if on_heel else (ball_m, heel_m)
        assert np.ptp(planted_m, axis=0).max() < 1e-6
        assert 0.8 * HEEL_M < np.ptp(lifted_m[:, 2]) < 1.2 * HEEL_M


def test_the_knees_tremble_at_the_episodes_rate():
    body, (episode,), time_s = walked()
    frames = during(time_s, episode, SWELL_S)
    for side in SIDES:
        knee_deg = body.angles_deg[f"{side}_knee_flexion"][frames]
        assert 0.5 < np.ptp(knee_deg) < 10.0
        spectrum = np.abs(np.fft.rfft((knee_deg - knee_deg.mean()) * np.hanning(len(knee_deg))))
        rates_hz = np.fft.rfftfreq(len(knee_deg), 1.0 / RATE_HZ)
        assert rates_hz[spectrum.argmax()] == pytest.approx(EPISODE.tremble_hz, abs=1.0)


def test_the_walk_goes_on_smoothly_before_and_after():
    body, (episode,), time_s = walked()
    speed_m_s = np.diff(forward_m(body, "pelvis")) * RATE_HZ
    assert np.abs(np.diff(speed_m_s)).max() * RATE_HZ < 12.0
    inside = during(time_s[1:], (0.0, episode[0] - 2.5)) | during(time_s[1:], (episode[1] + 1.0, 10.0))
    strides_hz = np.diff(body.rhythm.phase[0])[inside].mean() * RATE_HZ
    plan = plan_walk(patient_of())
    assert speed_m_s[inside].mean() == pytest.approx(strides_hz * 120.0 * plan.speed_m_s / plan.cadence_spm, rel=0.1)
    for side in SIDES:
        knee_deg = body.angles_deg[f"{side}_knee_flexion"]
        assert np.abs(np.diff(knee_deg)).max() * RATE_HZ < 800.0


def test_the_last_steps_before_an_episode_are_hurried():
    body, (episode,), time_s = walked()
    pace = np.diff(body.rhythm.phase[0]) * RATE_HZ
    before = during(time_s[1:], (episode[0] - 1.2, episode[0] - 0.5))
    usual = during(time_s[1:], (0.0, 1.0))
    assert pace[before].mean() > 1.1 * pace[usual].mean()
    assert np.diff(body.rhythm.phase).min() >= 0.0


def test_a_simulated_trial_freezes_and_its_truth_knows_when():
    slots_m, truth = simulate_slots(patient_of(), duration_s=40.0, cameras=PERFECT)
    assert truth.freezes_s
    for start_s, stop_s in truth.freezes_s:
        assert 0.0 <= start_s < stop_s <= 40.0
        assert not [event for event in truth.events if start_s + 0.1 < event.time_s < stop_s - 0.1]
        held = slots_m[int(np.ceil(start_s * 50)) : int(stop_s * 50)]
        for side in SIDES:
            assert np.ptp(held[:, SLOT_INDEX[f"{side}_ankle"], :2], axis=0).max() < 0.01
    healthy = replace(patient_of(), severity=0.0)
    assert simulate_slots(healthy, duration_s=5.0, cameras=PERFECT)[1].freezes_s == ()


def test_no_episode_leaves_the_walk_as_it_was():
    body, episodes, time_s = walked(())
    assert episodes == ()
    plain = walk(plan_walk(patient_of()), np.arange(-600, 400 * 11.5) / 400.0, np.random.default_rng(1))
    np.testing.assert_allclose(
        body.motion.joint_centres["left_toe"], plain.motion.joint_centres["left_toe"][::4][: len(time_s)], atol=1e-9
    )


def test_two_episodes_follow_each_other_and_one_beyond_the_end_does_not_come():
    second, beyond = Freeze(3.5, 1.5, 7.0), Freeze(60.0, 1.0, 4.0)
    _, episodes, _ = walked((EPISODE, second, beyond), 14.0)
    assert len(episodes) == 2
    assert episodes[0][1] < episodes[1][0]


def test_an_episode_that_outlasts_the_recording_is_told_up_to_its_end():
    _, episodes, _ = walked((Freeze(6.0, 8.0, 4.0),), 9.0)
    ((start_s, stop_s),) = episodes
    assert start_s < stop_s == 9.0
