"""A cycle solved for floor, forces and curves together, and what healthy walkers aim at."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.kinematics import Skeleton, centre_of_mass, forward_kinematics, keep_feet
from ltme_clinic.norms import cadence_steps_min, speed_m_s, unloaded_pct, walking_curves
from ltme_clinic.virtual_lab import sample_patient
from ltme_clinic.virtual_lab.aims import TABLE, aims
from ltme_clinic.virtual_lab.feet import kept_bent
from ltme_clinic.virtual_lab.floor_push import floor_push
from ltme_clinic.virtual_lab.footfalls import FootPose, bridged
from ltme_clinic.virtual_lab.gait import walk
from ltme_clinic.virtual_lab.leg_curves import leg_angles, planned_legs, wished_leg_angles
from ltme_clinic.virtual_lab.plan import plan_walk
from ltme_clinic.virtual_lab.rhythm import Rhythm
from ltme_clinic.virtual_lab.steady_cycle import GRID, solve_cycle

SKELETON = Skeleton.from_height(1.4)
GRAVITY = 9.81


def solved(speed: float):
    """The published mean at a speed on a mean body: wished angles, soles, cycle, the cycle's time."""
    stance = unloaded_pct(speed) / 100.0
    cycle_s = 120.0 / cadence_steps_min(speed, SKELETON.leg_length_m)
    phase = np.arange(GRID) / GRID
    rhythm = Rhythm(phase, np.stack([phase, phase + 0.5]), (stance, stance))
    mean_deg = walking_curves(speed)[0]
    angles_deg = wished_leg_angles(SKELETON, np.stack([mean_deg, mean_deg]), rhythm, stance, cycle_s)
    soles = rhythm.of_soles(cycle_s)
    push = floor_push(speed, 1.4, cycle_s, rhythm.stance, stance, GRID)
    stride_m = speed_m_s(speed, SKELETON.leg_length_m) * cycle_s
    cycle = solve_cycle(SKELETON, angles_deg, soles.phase, soles.stance, stride_m, 0.08, push)
    return angles_deg, soles, cycle, cycle_s


@pytest.mark.parametrize("speed", [0.29, 0.43, 0.56])
def test_published_curves_forces_and_lengths_agree_within_a_few_degrees(speed):
    angles_deg, soles, cycle, _ = solved(speed)
    root_m = cycle.sway_at(soles.time_s)
    root_m[:, 0] += cycle.stride_m * soles.time_s
    body = forward_kinematics(SKELETON, angles_deg, root_m)
    standing = {
        name: cycle.standing(SKELETON, side, FootPose.of(body.rotations[f"{name}_foot"]), soles.phase[side])
        for side, name in enumerate(SIDES)
    }
    stood = keep_feet(
        SKELETON, body, {n: p.ankle_m for n, p in standing.items()}, {n: p.pose.rotation for n, p in standing.items()}
    )
    for side, name in enumerate(SIDES):
        stands = soles.share(side) < soles.stance[side]
        for angle, limit_deg in (("hip_flexion", 2.0), ("knee_flexion", 3.0), ("ankle_dorsiflexion", 3.5)):
            off_deg = (stood[f"{name}_{angle}"] - angles_deg[f"{name}_{angle}"])[stands]
            assert np.sqrt((off_deg**2).mean()) < limit_deg
    assert cycle.stride_m == pytest.approx(speed_m_s(speed, SKELETON.leg_length_m) * solved(speed)[3], rel=0.03)


def test_a_symmetric_walker_is_solved_symmetrically():
    _, _, cycle, _ = solved(0.43)
    assert cycle.heel_m[1, 0] - cycle.heel_m[0, 0] == pytest.approx(cycle.stride_m / 2, abs=0.005)
    assert cycle.heel_m[0, 1] == pytest.approx(-cycle.heel_m[1, 1], abs=0.003)
    np.testing.assert_allclose(cycle.pitch_deg[0], cycle.pitch_deg[1], atol=0.3)


def test_the_push_neither_lifts_nor_speeds_up_a_steady_walker():
    push = floor_push(0.43, 1.4, 1.0, (0.6, 0.6), 0.6, 60)
    np.testing.assert_allclose(push.force.mean(axis=0), 0.0, atol=1e-12)
    # rises of the weight under the push, differentiated twice, are the push again
    weight = push.weight_m(20, 1.0)
    turns = 2.0 * np.pi * np.arange(1, 21)[:, None]
    again = -(turns**2) * (weight[1:21] - 1j * weight[21:]) / GRAVITY
    np.testing.assert_allclose(again, push.harmonics(20), atol=1e-12)


def test_the_weight_of_a_walker_moves_as_the_published_forces_demand():
    peaks = []
    for seed in range(8):
        patient = sample_patient(seed, age_y=12)
        plan = plan_walk(patient, speed_m_s_wanted=speed_m_s(0.43, patient.leg_length_m))
        time_s = np.arange(-200, 1200) / 200.0
        body = walk(plan, time_s, np.random.default_rng(seed))
        up_m = centre_of_mass(plan.skeleton, body.motion)[:, 2]
        pushed = 1.0 + np.gradient(np.gradient(up_m, 1 / 200.0), 1 / 200.0) / GRAVITY
        share = body.rhythm.share(0)
        # middle of single support: both curves' valley, nobody else's foot on the floor
        peaks.append(pushed[(share > 0.27) & (share < 0.33)].mean())
    assert np.mean(peaks) == pytest.approx(0.79, abs=0.03)


def test_planned_curves_come_back_as_they_were_planned():
    rng = np.random.default_rng(0)
    phase = np.arange(GRID) / GRID
    rhythm = Rhythm(phase, np.stack([phase, phase + 0.5]), (0.6, 0.6))
    mean_deg = walking_curves(0.43)[0] + rng.normal(0.0, 2.0, (2, 9, 1))
    mean_deg[1, :3] = mean_deg[0, :3] * 0 + walking_curves(0.43)[0][:3]
    mean_deg[0, :3] = walking_curves(0.43)[0][:3]
    angles_deg = wished_leg_angles(SKELETON, mean_deg, rhythm, 0.6, 1.0)
    again = leg_angles(planned_legs(angles_deg, 25), rhythm)
    for name, row in again.items():
        np.testing.assert_allclose(row, angles_deg[name], atol=0.6, err_msg=name)


def test_a_correction_fades_after_a_stance_and_comes_in_before_the_next():
    standing = np.zeros(100, dtype=bool)
    standing[:20] = standing[80:] = True
    correction = np.full((100, 1), 3.0)
    given = bridged(correction, standing)[:, 0]
    assert (given[standing] == 3.0).all()
    assert given[50] == 0.0
    assert (np.diff(given[20:50]) <= 1e-12).all()
    assert np.abs(np.diff(given)).max() < 0.25


def test_a_knee_is_bent_away_from_straight_and_otherwise_left_alone():
    knee_deg = np.array([-10.0, 0.0, 5.0, 60.0])
    bent = kept_bent(knee_deg)
    assert (bent > 0.9).all()
    assert bent[2:] == pytest.approx(knee_deg[2:], abs=0.001)
    assert (np.diff(bent) > 0).all()


def test_aims_stand_for_every_angle_and_leave_hips_where_they_are_published():
    with TABLE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    assert {row["variable"] for row in rows} == set(ANGLES)
    for speed in (0.05, 0.17, 0.3, 0.69, 0.9):  # beyond the table as at its ends
        shift_deg, spread = aims().at(speed)
        assert shift_deg.shape == (9, 51)
        assert np.abs(shift_deg[ANGLES.index("hip_flexion")]).max() == 0.0
        assert ((spread >= 0.5) & (spread <= 2.0)).all()
