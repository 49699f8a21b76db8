"""Virtual patients walk as intended: speed, cadence, published curves, feet that stay where they stand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from ltme_clinic.body import ANGLES, SIDES, SLOT_INDEX
from ltme_clinic.norms import cadence_steps_min, dimensionless_speed, walking_curves
from ltme_clinic.types import LtmeError
from ltme_clinic.virtual_lab import IMPAIRMENTS, PERFECT, sample_patient, simulate_slots
from ltme_clinic.virtual_lab.gait import WalkedBody, walk
from ltme_clinic.virtual_lab.impairments import deviation
from ltme_clinic.virtual_lab.patient import SESSION_SD_DEG, session_offsets
from ltme_clinic.virtual_lab.plan import plan_walk

V = {name: index for index, name in enumerate(ANGLES)}


@cache
def healthy_truths(people: int = 60):
    return [simulate_slots(sample_patient(seed), cameras=PERFECT)[1] for seed in range(people)]


def walked(patient, seconds: float = 6.0) -> WalkedBody:
    time_s = np.arange(0.0, seconds, 0.02)
    return walk(plan_walk(patient), time_s, np.random.default_rng(0))


@pytest.mark.parametrize("speed_m_s", [0.7, 1.0, 1.4])
def test_a_wanted_speed_is_walked_within_one_percent(speed_m_s):
    slots_m, truth = simulate_slots(sample_patient(3, age_y=40), duration_s=12, speed_m_s=speed_m_s, cameras=PERFECT)
    assert truth.speed_m_s == pytest.approx(speed_m_s, rel=0.01)
    moved_m = np.linalg.norm(slots_m[-1, SLOT_INDEX["sacrum"], :2] - slots_m[0, SLOT_INDEX["sacrum"], :2])
    assert moved_m / (12 - 0.02) == pytest.approx(speed_m_s, rel=0.02)


def test_cadence_times_step_length_is_speed():
    for truth in healthy_truths():
        steps_m_s = np.mean(truth.step_length_m) * truth.cadence_spm / 60
        assert steps_m_s == pytest.approx(truth.speed_m_s, rel=0.02)


def test_cadence_follows_the_speed_law_on_average():
    ratios = [
        truth.cadence_spm
        / cadence_steps_min(dimensionless_speed(truth.speed_m_s, truth.leg_length_m), truth.leg_length_m)
        for truth in healthy_truths()
    ]
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.03)
    assert 0.02 < np.std(ratios) < 0.10


def test_the_mean_of_healthy_walkers_is_the_published_mean_at_their_speed():
    errors = np.array(
        [
            truth.curves_deg - walking_curves(dimensionless_speed(truth.speed_m_s, truth.leg_length_m))[0]
            for truth in healthy_truths()
        ]
    )
    rms_deg = np.sqrt((errors.mean(axis=(0, 1)) ** 2).mean(axis=1))
    assert (rms_deg < 3.0).all(), rms_deg
    assert np.sqrt((rms_deg**2).mean()) < 2.0
    # between-person spread as published, to a third
    spread_deg = errors.std(axis=(0, 1)).mean(axis=1)
    np.testing.assert_allclose(spread_deg, walking_curves(0.43)[1].mean(axis=1), rtol=0.35)


@pytest.mark.parametrize("impairment", IMPAIRMENTS)
def test_standing_feet_neither_slip_nor_sink(impairment):
    body = walked(sample_patient(5, impairment=impairment, severity=0.8, side="left", age_y=30))
    for side, name in enumerate(SIDES):
        share = body.rhythm.share(side)
        heel_m, ball_m = (body.motion.joint_centres[f"{name}_{point}"] for point in ("heel", "toe"))
        assert min(heel_m[:, 2].min(), ball_m[:, 2].min()) > -0.005
        mid_stance = share < 0.40
        for cycle in np.unique(body.rhythm.cycle(side)):
            frames = mid_stance & (body.rhythm.cycle(side) == cycle)
            if frames.sum() < 5:
                continue
            # heel and ball of one flat foot: whichever is down stays where it is
            for point in (heel_m, ball_m):
                down = frames & (point[:, 2] < 0.0005)
                if down.sum() > 1:
                    assert np.ptp(point[down, :2], axis=0).max() < 0.005, (name, cycle)


@pytest.mark.parametrize("impairment", IMPAIRMENTS)
def test_motion_is_smooth_and_knees_bend_the_right_way(impairment):
    body = walked(sample_patient(6, impairment=impairment, severity=0.8, side="right"))
    pelvis_m = body.motion.joint_centres["pelvis"]
    assert np.abs(np.diff(pelvis_m, n=2, axis=0)).max() * 50**2 < 10  # m/s2
    for name in SIDES:
        knee_deg = body.angles_deg[f"{name}_knee_flexion"]
        assert knee_deg.min() > 0
        assert knee_deg.max() < 100
        assert np.abs(np.diff(knee_deg)).max() < 20  # 1000 deg/s


def test_bones_keep_their_length_while_walking():
    patient = sample_patient(7)
    slots_m, _ = simulate_slots(patient, cameras=PERFECT, duration_s=3)
    for a, b, length_m in (
        ("left_hip_centre", "left_knee_centre", patient.skeleton.thigh_m),
        ("right_knee_centre", "right_ankle_centre", patient.skeleton.shank_m),
    ):
        distance_m = np.linalg.norm(slots_m[:, SLOT_INDEX[a]] - slots_m[:, SLOT_INDEX[b]], axis=1)
        np.testing.assert_allclose(distance_m, length_m, atol=1e-9)


def test_severity_zero_is_exactly_the_healthy_walk():
    healthy_m, healthy = simulate_slots(sample_patient(8))
    for impairment in IMPAIRMENTS:
        slots_m, truth = simulate_slots(sample_patient(8, impairment=impairment, severity=0.0))
        np.testing.assert_array_equal(slots_m, healthy_m)
        np.testing.assert_array_equal(truth.curves_deg, healthy.curves_deg)


def test_an_impairment_on_the_other_side_is_its_mirror():
    mean_deg, _ = walking_curves(0.4)
    for impairment in set(IMPAIRMENTS) - {"none"}:
        left = deviation(impairment, 0.7, "left", mean_deg)
        right = deviation(impairment, 0.7, "right", mean_deg)
        np.testing.assert_array_equal(left.curves_deg, right.curves_deg[::-1])
        assert left.stance_shift_pct == right.stance_shift_pct[::-1]
        assert left.elbow_deg == right.elbow_deg[::-1]


def test_left_and_right_impairments_give_mirrored_walks():
    person = sample_patient(9, impairment="stiff_knee", severity=0.8, age_y=50)
    even = replace(person, signature_deg=np.zeros((2, 9, 51)))
    curves = {
        side: np.mean(
            [simulate_slots(replace(even, side=side), visit=v, cameras=PERFECT)[1].curves_deg for v in range(6)], axis=0
        )
        for side in SIDES
    }
    difference_deg = curves["left"] - curves["right"][::-1]
    assert np.sqrt((difference_deg[:, 3:] ** 2).mean()) < 3.0


@pytest.mark.parametrize(
    ("impairment", "variable", "statistic", "at_least_deg"),
    [
        ("crouch", "knee_flexion", lambda curve: curve[5:25].min(), 20.0),
        ("stiff_knee", "knee_flexion", lambda curve: -curve[30:45].max(), 12.0),
        ("equinus", "ankle_dorsiflexion", lambda curve: -curve[10:28].max(), 10.0),
        ("foot_drop", "ankle_dorsiflexion", lambda curve: -curve[38:48].mean(), 12.0),
        ("hemiplegic", "hip_adduction", lambda curve: -curve[33:45].mean(), 5.0),
        ("trendelenburg", "pelvic_obliquity", lambda curve: curve[8:22].mean(), 5.0),
    ],
)
def test_an_impairment_is_visible_where_it_should_be(impairment, variable, statistic, at_least_deg):
    changes_deg = []
    for seed in (10, 12, 14):
        patient = sample_patient(seed, impairment=impairment, severity=1.0, side="right", age_y=45)
        sick = simulate_slots(patient, cameras=PERFECT)[1]
        well = simulate_slots(patient.with_severity(0.0), speed_m_s=sick.speed_m_s, cameras=PERFECT)[1]
        curves = [(sick.curves_deg[side, V[variable]], well.curves_deg[side, V[variable]]) for side in (0, 1)]
        changes_deg.append([statistic(with_it) - statistic(without) for with_it, without in curves])
    change_deg = np.mean(changes_deg, axis=0)
    assert change_deg[1] > at_least_deg
    if impairment != "crouch":
        assert change_deg[1] > change_deg[0] + 0.5 * at_least_deg


def test_a_painful_leg_stands_for_less_of_the_cycle_and_bends_less_in_swing():
    peaks = []
    for seed in (10, 12, 14, 16):
        patient = sample_patient(seed, impairment="antalgic", severity=1.0, side="right", age_y=45)
        sick = simulate_slots(patient, cameras=PERFECT)[1]
        well = simulate_slots(patient.with_severity(0.0), speed_m_s=sick.speed_m_s, cameras=PERFECT)[1]
        peaks.append([truth.curves_deg[1, V["knee_flexion"]].max() for truth in (sick, well)])
        assert well.stance_pct[0] == well.stance_pct[1]
        assert sick.stance_pct[0] - sick.stance_pct[1] == pytest.approx(8.0)
    assert np.diff(peaks, axis=1).mean() > 2.0
    for side, label in enumerate(SIDES):
        contacts = [e.time_s for e in sick.events if e.side == label and e.kind == "initial_contact"]
        offs = [e.time_s for e in sick.events if e.side == label and e.kind == "foot_off"]
        stance_s = np.mean([next(off for off in offs if off > contact) - contact for contact in contacts[:-1]])
        assert 100 * stance_s / np.diff(contacts).mean() == pytest.approx(sick.stance_pct[side], abs=1.0)


def test_a_growing_impairment_grows_and_slows():
    patient = sample_patient(11, impairment="stiff_knee", side="left", age_y=60)
    truths = [simulate_slots(patient.with_severity(s), cameras=PERFECT)[1] for s in (0.0, 0.3, 0.6, 1.0)]
    peaks = [truth.curves_deg[0, V["knee_flexion"], 28:].max() for truth in truths]
    speeds = [truth.speed_m_s for truth in truths]
    assert peaks == sorted(peaks, reverse=True)
    assert speeds == sorted(speeds, reverse=True)
    assert peaks[-1] == pytest.approx(32, abs=8)


def test_sessions_differ_as_much_as_stated_and_share_one_pelvis():
    patient = sample_patient(12)
    offsets = np.array([session_offsets(patient, visit) for visit in range(400)])  # (visit, side, variable)
    np.testing.assert_allclose(offsets.std(axis=0), [SESSION_SD_DEG] * 2, rtol=0.15)
    np.testing.assert_array_equal(offsets[:, 1, :3], offsets[:, 0, :3] * [1, -1, -1])


def test_a_curved_path_turns_left_by_its_curvature():
    slots_m, truth = simulate_slots(sample_patient(13), duration_s=8, curvature_per_m=0.15, cameras=PERFECT)
    sacrum_m = slots_m[:, SLOT_INDEX["sacrum"], :2]
    start, stop = sacrum_m[50] - sacrum_m[0], sacrum_m[-1] - sacrum_m[-51]
    turned = np.angle(complex(*stop) / complex(*start))
    assert turned % (2 * np.pi) == pytest.approx(0.15 * truth.speed_m_s * 7.0, abs=0.15)


def test_impossible_requests_are_refused_in_one_line():
    with pytest.raises(LtmeError, match=r"9\.00 m/s is no walking speed"):
        simulate_slots(sample_patient(1), speed_m_s=9.0)
    with pytest.raises(LtmeError, match="Give 1-600 s"):
        simulate_slots(sample_patient(1), duration_s=0.1)
    with pytest.raises(LtmeError, match="unknown impairment"):
        sample_patient(1, impairment="gout")  # type: ignore[arg-type]
    with pytest.raises(LtmeError, match="severity of 2"):
        sample_patient(1, impairment="crouch", severity=2.0)
    with pytest.raises(LtmeError, match="age of 3 years"):
        sample_patient(1, age_y=3)


def test_stride_times_vary_like_a_healthy_persons():
    variation = []
    for seed in range(6):
        _, truth = simulate_slots(sample_patient(seed), duration_s=60, cameras=PERFECT)
        contacts_s = [e.time_s for e in truth.events if e.side == "left" and e.kind == "initial_contact"]
        strides_s = np.diff(contacts_s)
        variation.append(strides_s.std() / strides_s.mean())
    assert 0.01 < np.mean(variation) < 0.03
