"""What the floor does to a virtual body: Newton's law, and feet that press where they stand."""

from __future__ import annotations

import numpy as np
import pytest
from virtual_forces_model import ALWAYS, RATE_HZ, mirrored, person, posed, still, turned, walked, with_motion

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import centre_of_mass
from ltme_clinic.norms import GRAVITY_M_S2
from ltme_clinic.types import GroundReaction
from ltme_clinic.virtual_lab.contact_times import rhythm_contacts, stance_clock, without_flight
from ltme_clinic.virtual_lab.ground_reaction import (
    every,
    ground_reaction,
    kept_samples,
    moved,
    needed_force_n,
)
from ltme_clinic.virtual_lab.pressure_path import FootOnFloor, foot_on_floor, pressed_places_m, touching
from ltme_clinic.virtual_lab.rhythm import Rhythm


def _weight_n() -> float:
    return person().mass_kg * GRAVITY_M_S2


def _walk_reaction(samples_per_frame: int = 1) -> GroundReaction:
    patient, body = walked()
    return ground_reaction(patient, body, RATE_HZ, samples_per_frame=samples_per_frame)


def test_each_foot_of_somebody_standing_carries_half_the_weight_under_its_own_middle() -> None:
    body = still()
    reaction = ground_reaction(person(), body, RATE_HZ, stance=(ALWAYS, ALWAYS))
    centre_m = centre_of_mass(person().skeleton, body.motion)
    np.testing.assert_allclose(reaction.force_n[:, :, 2], _weight_n() / 2, atol=1e-6)
    np.testing.assert_allclose(reaction.centre_of_pressure_m[:, :, 0], np.tile(centre_m[:, 0], (2, 1)), atol=1e-9)
    for side, name in enumerate(SIDES):
        hip_m = body.motion.joint_centres[f"{name}_hip"]
        np.testing.assert_allclose(reaction.centre_of_pressure_m[side, :, 1], hip_m[:, 1], atol=1e-9)
    assert (reaction.centre_of_pressure_m[:, :, 2] == 0).all()
    np.testing.assert_allclose(reaction.free_moment_nm, 0.0, atol=1e-9)


def test_the_feet_of_somebody_standing_push_against_each_other_and_the_body_nowhere() -> None:
    reaction = ground_reaction(person(), still(), RATE_HZ, stance=(ALWAYS, ALWAYS))
    assert (reaction.force_n[0, :, 1] < 0).all()  # the left foot is pushed to the right
    np.testing.assert_allclose(reaction.force_n.sum(axis=0)[:, :2], 0.0, atol=1e-9)


def test_leaning_to_the_left_loads_the_left_foot() -> None:
    leaning = still(angles_deg={"trunk_lean": 8.0})
    upright, leant = (
        ground_reaction(person(), body, RATE_HZ, stance=(ALWAYS, ALWAYS)).force_n[0, 50, 2]
        for body in (still(), leaning)
    )
    assert leant > upright + 0.05 * _weight_n()


def test_on_one_leg_it_carries_the_whole_weight_and_the_other_nothing() -> None:
    reaction = ground_reaction(person(), still(), RATE_HZ, stance=(ALWAYS, ()))
    np.testing.assert_allclose(reaction.force_n[0, :, 2], _weight_n(), atol=1e-6)
    assert (reaction.force_n[1] == 0).all()
    assert np.isnan(reaction.centre_of_pressure_m[1]).all()
    assert (reaction.free_moment_nm[1] == 0).all()


def test_bobbing_presses_the_floor_by_mass_times_acceleration() -> None:
    time_s = np.arange(300) / RATE_HZ
    turn, sway_m = 2 * np.pi * 1.0, 0.02
    root_m = np.stack([np.zeros(300), np.zeros(300), sway_m * np.sin(turn * time_s)], axis=1)
    total_n = ground_reaction(person(), posed(root_m), RATE_HZ, stance=(ALWAYS, ALWAYS)).force_n.sum(axis=0)
    wanted_n = person().mass_kg * (GRAVITY_M_S2 - sway_m * turn**2 * np.sin(turn * time_s))
    np.testing.assert_allclose(total_n[30:-30, 2], wanted_n[30:-30], atol=1e-3 * _weight_n())


def test_nothing_carries_a_body_in_flight_and_nothing_needs_to() -> None:
    time_s = np.arange(41) / RATE_HZ
    root_m = np.zeros((41, 3))
    root_m[:, 2] = 0.5 * GRAVITY_M_S2 * time_s * (time_s[-1] - time_s)
    body = posed(root_m)
    np.testing.assert_allclose(needed_force_n(person().skeleton, person().mass_kg, body.motion, RATE_HZ), 0, atol=1e-6)
    assert (ground_reaction(person(), body, RATE_HZ, stance=((), ())).force_n == 0).all()


def test_a_landing_begins_with_the_contact_and_not_before() -> None:
    body = still(200)
    reaction = ground_reaction(person(), body, RATE_HZ, stance=(((0.5, np.inf),), ((0.5, np.inf),)))
    assert (reaction.force_n[:, :50] == 0).all()
    np.testing.assert_allclose(reaction.force_n[:, 51:].sum(axis=0)[:, 2], _weight_n(), atol=1e-6)


def test_both_feet_of_a_walk_together_obey_newton() -> None:
    patient, body = walked()
    reaction = _walk_reaction()
    needed_n = needed_force_n(patient.skeleton, patient.mass_kg, body.motion, RATE_HZ)
    carried = np.isfinite(reaction.centre_of_pressure_m[:, :, 0]).any(axis=0) & (needed_n[:, 2] > 0)
    assert carried.mean() > 0.98
    error_n = (reaction.force_n.sum(axis=0) - needed_n)[carried]
    assert np.abs(error_n).max() < 1e-6 * patient.mass_kg * GRAVITY_M_S2


def test_no_foot_pulls_or_carries_in_the_air() -> None:
    reaction = _walk_reaction(10)
    assert (reaction.force_n[:, :, 2] >= 0).all()
    in_air = np.isnan(reaction.centre_of_pressure_m[:, :, 0])
    assert 0.2 < in_air.mean() < 0.5
    assert (reaction.force_n[in_air] == 0).all()
    assert (reaction.free_moment_nm[in_air] == 0).all()


def test_force_grows_from_nothing_when_a_foot_lands_and_shrinks_to_nothing_before_it_leaves() -> None:
    patient, _ = walked()
    reaction = _walk_reaction(10)
    weight_n = patient.mass_kg * GRAVITY_M_S2
    for side in range(2):
        stands = np.isfinite(reaction.centre_of_pressure_m[side, :, 0]).astype(int)
        lands, leaves = np.flatnonzero(np.diff(stands) > 0) + 1, np.flatnonzero(np.diff(stands) < 0)
        assert min(len(lands), len(leaves)) >= 3
        for sample in (*lands, *leaves):
            assert np.linalg.norm(reaction.force_n[side, sample]) < 0.1 * weight_n


def test_double_support_keeps_each_force_within_the_friction_cone() -> None:
    patient, body = walked()
    reaction = _walk_reaction()
    needed_n = needed_force_n(patient.skeleton, patient.mass_kg, body.motion, RATE_HZ)
    both = np.isfinite(reaction.centre_of_pressure_m[:, :, 0]).all(axis=0)
    both &= np.linalg.norm(needed_n[:, :2], axis=1) < 0.49 * needed_n[:, 2]
    lean = np.linalg.norm(reaction.force_n[:, both, :2], axis=2) - 0.5 * reaction.force_n[:, both, 2]
    assert both.sum() > 20
    assert lean.max() < 1e-6 * needed_n[:, 2].mean()


def test_in_double_support_the_leading_foot_pushes_further_back_than_the_trailing_one() -> None:
    _, body = walked()
    reaction = _walk_reaction()
    clocks = [stance_clock(spans, np.arange(500) / RATE_HZ) for spans in rhythm_contacts(body.rhythm)]
    both = clocks[0].stands & clocks[1].stands
    led = both & (clocks[0].since_s < clocks[1].since_s)
    well = led & (reaction.force_n[:, :, 2] > 50.0).all(axis=0)
    lean = reaction.force_n[:, well, 0] / reaction.force_n[:, well, 2]
    assert (lean[0] < lean[1]).mean() > 0.8
    assert (lean[1] - lean[0]).mean() > 0.2


def test_the_centre_of_pressure_stays_within_the_sole_and_runs_forward() -> None:
    patient, body = walked()
    reaction = _walk_reaction()
    for side, name in enumerate(SIDES):
        foot = foot_on_floor(patient.skeleton, body.motion, name)
        place_m = reaction.centre_of_pressure_m[side, :, :2]
        stands = np.isfinite(place_m[:, 0])
        along = foot.along_of(place_m)[stands]
        left = np.stack([-foot.forward[:, 1], foot.forward[:, 0]], axis=1)
        beside = (((place_m - foot.ball_m) * left).sum(axis=1) / foot.length_m)[stands]
        assert along.min() > 0.0
        assert along.max() < 1.0
        assert np.abs(beside).max() < 0.17
        steps = np.diff(place_m[:, 0])[stands[1:] & stands[:-1]]
        assert np.percentile(steps, 5) > -0.005


def test_pressure_is_under_the_heel_with_toes_up_and_under_the_forefoot_with_the_heel_up() -> None:
    pitch_deg = np.array([20.0, 0.0, -20.0])
    foot = FootOnFloor(np.zeros((3, 2)), np.tile([1.0, 0.0], (3, 1)), pitch_deg, 0.25, 1.0)
    share = np.full(3, 0.5)
    heel, flat, forefoot = foot.along_of(pressed_places_m(foot, share))
    assert heel <= 0.25
    assert 0.4 < flat < 0.75
    assert forefoot >= 0.62
    equinus = pressed_places_m(foot, np.zeros(3))
    assert foot.along_of(equinus)[2] >= 0.62
    np.testing.assert_allclose(touching(foot, np.full(3, 0.5))[1], 0.5)


def test_turning_the_laboratory_turns_the_forces() -> None:
    patient, body = walked()
    angle = np.radians(70.0)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    there = ground_reaction(patient, with_motion(body, turned(body.motion, angle)), RATE_HZ)
    here = _walk_reaction()
    np.testing.assert_allclose(there.force_n, here.force_n @ turn.T, atol=1e-5)
    np.testing.assert_allclose(there.centre_of_pressure_m, here.centre_of_pressure_m @ turn.T, atol=1e-8)
    np.testing.assert_allclose(there.free_moment_nm, here.free_moment_nm, atol=1e-7)


def test_a_mirror_swaps_left_and_right() -> None:
    patient, body = walked()
    spans = without_flight(rhythm_contacts(body.rhythm), 0.08, 0.02)
    here = ground_reaction(patient, body, RATE_HZ, stance=spans)
    there = ground_reaction(patient, with_motion(body, mirrored(body.motion)), RATE_HZ, stance=spans[::-1])
    mirror = np.array([1.0, -1.0, 1.0])
    np.testing.assert_allclose(there.force_n[::-1], here.force_n * mirror, atol=1e-5)
    np.testing.assert_allclose(there.centre_of_pressure_m[::-1], here.centre_of_pressure_m * mirror, atol=1e-8)
    np.testing.assert_allclose(there.free_moment_nm[::-1], -here.free_moment_nm, atol=1e-7)


def test_a_cane_takes_its_share_off_one_foot_alone() -> None:
    patient, body = walked()
    helped = ground_reaction(patient, body, RATE_HZ, unloading_share=(0.15, 0.0))
    alone = _walk_reaction()
    np.testing.assert_allclose(helped.force_n[0], 0.85 * alone.force_n[0])
    np.testing.assert_array_equal(helped.force_n[1], alone.force_n[1])
    np.testing.assert_array_equal(helped.centre_of_pressure_m, alone.centre_of_pressure_m)


def test_the_samples_of_a_plate_hold_the_frames_of_the_cameras() -> None:
    fine, coarse = _walk_reaction(10), _walk_reaction()
    np.testing.assert_allclose(every(fine, 10).force_n, coarse.force_n, atol=1e-6)
    kept = slice(100, 300)
    assert kept_samples(fine, kept, 10).force_n.shape == (2, 2000, 3)
    np.testing.assert_array_equal(kept_samples(fine, kept, 10).force_n[:, 0], fine.force_n[:, 1000])


def test_moving_the_frame_of_reference_moves_places_and_no_force() -> None:
    here = _walk_reaction()
    there = moved(here, np.array([1.0, 2.0, 0.0]))
    np.testing.assert_array_equal(there.force_n, here.force_n)
    np.testing.assert_allclose(there.centre_of_pressure_m - here.centre_of_pressure_m, np.where(
        np.isnan(here.centre_of_pressure_m), np.nan, [1.0, 2.0, 0.0]))  # fmt: skip


def test_the_same_walk_has_the_same_forces_to_the_byte() -> None:
    assert _walk_reaction().force_n.tobytes() == _walk_reaction().force_n.tobytes()


def test_short_gaps_between_contacts_are_no_flight_and_long_ones_are() -> None:
    walking = without_flight((((0.0, 0.60),), ((0.65, 1.2),)), 0.08, 0.02)
    assert walking == (((0.0, pytest.approx(0.67)),), ((0.65, 1.2),))
    running = (((0.0, 0.25),), ((0.37, 0.62),))
    assert without_flight(running, 0.08, 0.02) == running


def test_a_rhythms_own_contacts_begin_and_end_with_its_phases() -> None:
    time_s = np.arange(-100, 200) / 100.0
    left, right = rhythm_contacts(Rhythm(time_s, np.stack([time_s, time_s + 0.5]), (0.6, 0.4)))
    np.testing.assert_allclose(left, [(0.0, 0.6), (1.0, 1.6), (2.0, 2.6)])
    np.testing.assert_allclose(np.ravel(right), np.ravel([(0.5, 0.9), (1.5, 1.9), (2.5, 2.9)]))
