"""Moments and powers on legs that can be solved in the head, and everything that is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from force_plates_model import Load
from gait_plates_model import (
    FOOT_M,
    MASS_KG,
    RATE_HZ,
    SIDE_Y_M,
    WEIGHT_N,
    Press,
    feet_of_a_walk,
    foot_press,
    heel_place_m,
    load_of,
    plate_places,
    plates_with,
    stepping_walker,
    walker_with,
)

from ltme_clinic.body import SIDES, SLOT_INDEX
from ltme_clinic.gait.kinetics import KineticsFilter, joint_kinetics
from ltme_clinic.gait.kinetics.inertia import LEG, SegmentInertia
from ltme_clinic.gait.plates.contacts import plate_contacts
from ltme_clinic.gait.plates.foot_forces import foot_forces
from ltme_clinic.gait.walker import Walker
from ltme_clinic.types import JointAngles, JointKinetics, PlateContact, Refused

UNFILTERED = KineticsFilter(None, None)
ANKLE_M, KNEE_M, HIP_M = 0.09, 0.48, 0.88
GRAVITY = 9.80665
MASSLESS = {name: SegmentInertia(0.0, 0.5, (0.0, 0.0, 0.0)) for name in ("thigh", "shank", "foot")}
LEFT_PLACE_M = 0.05
"""The standing left ankle's x."""


def upright_legs(walker: Walker) -> JointAngles:
    """Straight vertical legs over each ankle marker, every segment square to the laboratory."""
    centres, segments = {}, {"pelvis": _square(walker.frames)}
    for side in SIDES:
        ankle_m = walker.slot(f"{side}_ankle")
        for joint, height_m in (("ankle", ANKLE_M), ("knee", KNEE_M), ("hip", HIP_M)):
            centres[f"{side}_{joint}"] = ankle_m * [1.0, 1.0, 0.0] + [0.0, 0.0, height_m]
        segments |= {f"{side}_{name}": _square(walker.frames) for name in ("foot", "shank", "thigh")}
    return JointAngles("made up", RATE_HZ, {}, centres, segments)


def _square(frames: int) -> np.ndarray:
    return np.broadcast_to(np.eye(3), (frames, 3, 3)).copy()


def standing_walker(place_m: tuple[float, float], newtons: float, push_n: tuple[float, float] = (0.0, 0.0)) -> Walker:
    """The left foot presses plate 1 at a place and the right one plate 2 at the mirrored place, from .5 to 2.5 s."""
    positions_m = feet_of_a_walk()
    loads = []
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for name, x_m, z_m in (("heel", 0.0, 0.04), ("toe", FOOT_M, 0.04), ("ankle", LEFT_PLACE_M, 0.09)):
            positions_m[:, SLOT_INDEX[f"{side}_{name}"]] = [x_m, sign * 0.1, z_m]
        press = Press(0.5, 2.5, (place_m[0], sign * place_m[1]), (place_m[0], sign * place_m[1]), newtons)
        load = load_of([press])
        share = load.force_n[:, 2] / newtons
        force_n = load.force_n + share[:, None] * [push_n[0], sign * push_n[1], 0.0]
        loads.append(Load(force_n, load.place_m, load.twist_nm))
    plates, analogs = plates_with([(0.12, 0.4), (0.12, -0.4)], loads)
    return walker_with(positions_m, plates, analogs)


def stood(walker: Walker) -> tuple[PlateContact, ...]:
    """Contacts as they would be if the feet came down and left with the force."""
    return tuple(PlateContact(n, side, 0.5, 2.5, clean=True) for n, side in ((1, "left"), (2, "right")))


def at_rest(kinetics: JointKinetics, name: str, side: str) -> float:
    """A moment in the middle of the trial."""
    return float(kinetics.moments_nm_kg[name, side][150])


def test_a_force_before_the_joints_is_held_by_hip_extensors_knee_flexors_and_plantarflexors():
    """300 N stand 8 cm before every joint: 24 Nm, on 60 kg .4 Nm/kg, less what the leg's own weight takes."""
    walker = standing_walker((LEFT_PLACE_M + 0.08, 0.1), 300.0)
    found = joint_kinetics(walker, upright_legs(walker), stood(walker), UNFILTERED, MASSLESS)
    for side in SIDES:
        assert at_rest(found, "hip_extension", side) == pytest.approx(0.4)
        assert at_rest(found, "knee_extension", side) == pytest.approx(-0.4)
        assert at_rest(found, "ankle_plantarflexion", side) == pytest.approx(0.4)
        assert at_rest(found, "hip_abduction", side) == pytest.approx(0.0, abs=1e-9)


def test_a_force_inside_the_joints_is_held_by_abductors():
    """300 N stand 6 cm nearer to the midline than hip and knee: 18 Nm."""
    walker = standing_walker((LEFT_PLACE_M, 0.04), 300.0)
    found = joint_kinetics(walker, upright_legs(walker), stood(walker), UNFILTERED, MASSLESS)
    for side in SIDES:
        assert at_rest(found, "hip_abduction", side) == pytest.approx(0.3)
        assert at_rest(found, "knee_abduction", side) == pytest.approx(0.3)
        assert at_rest(found, "ankle_eversion", side) == pytest.approx(0.3)
        assert at_rest(found, "knee_extension", side) == pytest.approx(0.0, abs=1e-9)


def test_braking_bends_the_knee_and_extensors_hold_it():
    """50 N backwards at the floor: 24 Nm about the knee 48 cm above, 44 Nm about the hip, both to flexion."""
    walker = standing_walker((LEFT_PLACE_M, 0.1), 300.0, push_n=(-50.0, 0.0))
    found = joint_kinetics(walker, upright_legs(walker), stood(walker), UNFILTERED, MASSLESS)
    for side in SIDES:
        assert at_rest(found, "knee_extension", side) == pytest.approx(50 * KNEE_M / MASS_KG)
        assert at_rest(found, "hip_extension", side) == pytest.approx(-50 * HIP_M / MASS_KG)


def test_a_sideways_push_at_the_toes_turns_the_foot_and_rotators_hold_it():
    """20 N outwards 10 cm before the leg turn it out: 2 Nm, held by internal rotators."""
    walker = standing_walker((LEFT_PLACE_M + 0.1, 0.1), 300.0, push_n=(0.0, 20.0))
    found = joint_kinetics(walker, upright_legs(walker), stood(walker), UNFILTERED, MASSLESS)
    for side in SIDES:
        for name in ("ankle_external_rotation", "knee_external_rotation", "hip_external_rotation"):
            assert at_rest(found, name, side) == pytest.approx(-2.0 / MASS_KG)


def test_the_legs_own_weight_counts():
    """The foot's mass lies before the ankle and pulls it down; thigh and shank hang straight and add nothing."""
    walker = standing_walker((LEFT_PLACE_M, 0.1), 300.0)
    found = joint_kinetics(walker, upright_legs(walker), stood(walker), UNFILTERED)
    arm_m = LEG["foot"].centre_share * 1.35 * FOOT_M - LEFT_PLACE_M
    expected = -LEG["foot"].mass_share * GRAVITY * arm_m
    for name in ("hip_extension", "ankle_plantarflexion"):
        assert at_rest(found, name, "left") == pytest.approx(expected, rel=1e-6)


def test_forces_are_in_body_weights_forward_up_and_towards_the_middle():
    walker = standing_walker((LEFT_PLACE_M, 0.1), WEIGHT_N / 2, push_n=(30.0, -12.0))
    found = joint_kinetics(walker, upright_legs(walker), stood(walker), UNFILTERED)
    for side in SIDES:
        assert found.ground_reaction_bw["vertical", side][150] == pytest.approx(0.5)
        assert found.ground_reaction_bw["anterior", side][150] == pytest.approx(30 / WEIGHT_N)
        assert found.ground_reaction_bw["medial", side][150] == pytest.approx(12 / WEIGHT_N)


def test_the_joints_powers_are_what_the_swinging_legs_energy_changes_by():
    """No force on the foot, the hip at rest: hip, knee and ankle together feed kinetic and potential energy."""
    walker = stepping_walker()
    moving, angles, energy_j = _swinging_leg(walker)
    found = joint_kinetics(moving, angles, plate_contacts(walker), UNFILTERED)
    power_w = MASS_KG * sum(found.powers_w_kg[joint, "left"] for joint in ("hip", "knee", "ankle"))
    swing = slice(115, 135)
    expected_w = np.gradient(energy_j, 1.0 / RATE_HZ)[swing]
    assert np.ptp(expected_w) > 20.0
    np.testing.assert_allclose(power_w[swing], expected_w, atol=0.02 * np.ptp(expected_w))


def _swinging_leg(walker: Walker) -> tuple[Walker, JointAngles, np.ndarray]:
    """The left leg swings about a fixed hip by three sines in the plane; its energy over time, in joules."""
    time_s = np.arange(walker.frames) / RATE_HZ
    thigh, shank, foot = (
        size * np.sin(2 * np.pi * hz * time_s + phase)
        for size, hz, phase in ((0.4, 0.9, 0.3), (0.9, 1.1, 1.1), (0.5, 1.3, 2.0))
    )
    hip_m = np.broadcast_to([0.3, 0.1, HIP_M], (walker.frames, 3))
    knee_m = hip_m - 0.4 * _up(thigh)
    ankle_m = knee_m - 0.39 * _up(shank)
    heel_m = ankle_m - 0.05 * _forward(foot)
    ends = {
        "thigh": (hip_m, knee_m, thigh, 0.4),
        "shank": (knee_m, ankle_m, shank, 0.39),
        "foot": (heel_m, heel_m + 1.35 * FOOT_M * _forward(foot), foot, 1.35 * FOOT_M),
    }
    energy_j = np.zeros(walker.frames)
    for name, (top_m, bottom_m, angle, length_m) in ends.items():
        kilograms = LEG[name].mass_share * MASS_KG
        centre_m = top_m + LEG[name].centre_share * (bottom_m - top_m)
        speed_m_s = np.linalg.norm(np.gradient(centre_m, 1 / RATE_HZ, axis=0), axis=1)
        turning = np.gradient(angle, 1 / RATE_HZ)
        radius_m = LEG[name].radius_shares[1] * length_m
        energy_j += kilograms * (speed_m_s**2 / 2 + (radius_m * turning) ** 2 / 2 + GRAVITY * centre_m[:, 2])
    positions_m = walker.positions_m.copy()
    positions_m[:, SLOT_INDEX["left_heel"]] = heel_m
    positions_m[:, SLOT_INDEX["left_toe"]] = heel_m + FOOT_M * _forward(foot)
    angles = upright_legs(walker)
    centres = {"left_hip": hip_m, "left_knee": knee_m, "left_ankle": ankle_m}
    turned = {f"left_{name}": _pitched(angle) for name, (_, _, angle, _) in ends.items()}
    angles = replace(
        angles, joint_centres_m=dict(angles.joint_centres_m) | centres, segments=dict(angles.segments) | turned
    )
    return replace(walker, positions_m=positions_m), angles, energy_j


def _up(angle: np.ndarray) -> np.ndarray:
    return np.column_stack([np.sin(angle), np.zeros(len(angle)), np.cos(angle)])


def _forward(angle: np.ndarray) -> np.ndarray:
    return np.column_stack([np.cos(angle), np.zeros(len(angle)), -np.sin(angle)])


def _pitched(angle: np.ndarray) -> np.ndarray:
    left = np.broadcast_to([0.0, 1.0, 0.0], (len(angle), 3))
    return np.stack([_forward(angle), left, _up(angle)], axis=2)


def test_moments_are_known_in_stance_and_in_the_swings_beside_it_only():
    """The left foot's first stance, .5 to 1.1 s, is on a plate; the next begins at 1.5 s beside it."""
    walker = stepping_walker()
    contacts = plate_contacts(walker)
    found = joint_kinetics(walker, upright_legs(walker), contacts)
    known = np.isfinite(found.moments_nm_kg["hip_extension", "left"])
    assert known[51:138].all()
    assert not known[140:].any()
    vertical = found.ground_reaction_bw["vertical", "left"]
    assert np.isfinite(vertical[51:110]).all()
    assert np.isnan(vertical[111:]).all()
    assert vertical[80] == pytest.approx(1.0)


def test_two_plates_that_share_a_foot_say_what_one_plate_would():
    """The force of one stance, split between plates that meet under the middle of the foot."""
    whole = stepping_walker([[foot_press("left")], []])
    heel, toes = foot_press("left", newtons=0.4 * WEIGHT_N), foot_press("left", newtons=0.6 * WEIGHT_N)
    shared = stepping_walker([[heel], [toes]], [(-0.08, 0.1), (0.32, 0.1)])
    contacts = plate_contacts(shared)
    assert not any(contact.clean for contact in contacts)
    one = joint_kinetics(whole, upright_legs(whole), plate_contacts(whole), UNFILTERED)
    two = joint_kinetics(shared, upright_legs(shared), contacts, UNFILTERED)
    assert foot_forces(shared, contacts)["left"].stances[0].plates == (1, 2)
    for name in ("hip_extension", "knee_extension", "ankle_plantarflexion"):
        ours, theirs = (k.moments_nm_kg[name, "left"][52:108] for k in (two, one))
        np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_a_foot_that_two_plates_carry_and_that_reaches_beyond_both_is_refused():
    early, late = foot_press("left", newtons=0.5 * WEIGHT_N), foot_press("left", newtons=0.5 * WEIGHT_N)
    walker = stepping_walker([[early], [late]], [(-0.18, 0.1), (0.0, 0.1)])
    with pytest.raises(Refused, match="no foot's whole force is known"):
        joint_kinetics(walker, upright_legs(walker), plate_contacts(walker))


def test_a_mirrored_walker_has_mirrored_moments():
    walker = standing_walker((LEFT_PLACE_M + 0.08, 0.06), 300.0, push_n=(20.0, 15.0))
    found = joint_kinetics(walker, upright_legs(walker), stood(walker))
    for name, side in found.moments_nm_kg:
        other = "right" if side == "left" else "left"
        np.testing.assert_allclose(
            found.moments_nm_kg[name, side], found.moments_nm_kg[name, other], atol=1e-9, err_msg=name
        )


def test_a_cane_on_the_plate_and_both_feet_on_it_are_refused_by_name():
    cane = Press(0.35, 0.95, (0.2, 0.37), (0.2, 0.37), 0.2 * WEIGHT_N)
    walker = stepping_walker([[foot_press("left"), cane], []])
    with pytest.raises(Refused, match="a cane or hand on the plate"):
        joint_kinetics(walker, upright_legs(walker), plate_contacts(walker))
    between = (heel_place_m("right") / 2 + 0.12, 0.0)
    walker = stepping_walker([[foot_press("left"), foot_press("right")]], [between])
    (plate,) = walker.recording.force_plates
    middle_m = plate.corners_m.mean(axis=0)
    wide = replace(plate, corners_m=middle_m + 3 * (plate.corners_m - middle_m))
    walker = replace(walker, recording=replace(walker.recording, force_plates=(wide,)))
    with pytest.raises(Refused, match="both feet"):
        joint_kinetics(walker, upright_legs(walker), plate_contacts(walker))


@pytest.mark.parametrize(
    ("mass_kg", "reason"),
    [(None, "no body mass is known"), (0.0, "can't be"), (2.2 * MASS_KG, "the plates carry 60 kg and")],
)
def test_without_a_body_mass_that_fits_nothing_is_given_for_each_kilogram(mass_kg, reason):
    walker = stepping_walker(mass_kg=mass_kg)
    with pytest.raises(Refused, match=reason):
        joint_kinetics(walker, upright_legs(walker), plate_contacts(stepping_walker()))


def test_a_walk_that_carries_more_than_the_body_is_refused_and_a_doubtful_mass_is_named():
    """The plates carry 60 kg: 46 is doubtful, 40 and 5 are somebody else; nobody runs here."""
    for mass_kg in (40.0, 5.0):
        walker = stepping_walker(mass_kg=mass_kg)
        with pytest.raises(Refused, match=f"the plates carry 60 kg and the stated body mass is {mass_kg:.0f} kg"):
            joint_kinetics(walker, upright_legs(walker), plate_contacts(stepping_walker()))
    walker = stepping_walker(mass_kg=46.0)
    found = joint_kinetics(walker, upright_legs(walker), plate_contacts(stepping_walker()))
    assert found.warnings[0] == (
        "the plates carry 60 kg and the stated body mass is 46 kg: a burden, an aid, or a wrong mass"
    )


def test_a_force_that_passes_beside_the_body_is_given_with_a_warning():
    """Plates 5 cm further back than the file says, under a foot that rolls from 10 to 16 cm before its heel."""
    presses = [[Press(0.5, 1.1, (0.10, 0.1), (0.16, 0.1))], [foot_press("right")]]
    walker = stepping_walker(presses)
    assert not joint_kinetics(walker, upright_legs(walker), plate_contacts(walker)).warnings
    plates = tuple(replace(p, corners_m=p.corners_m - [0.05, 0.0, 0.0]) for p in walker.recording.force_plates[:1])
    moved = replace(walker, recording=replace(walker.recording, force_plates=plates))
    assert [contact.clean for contact in plate_contacts(moved)] == [True]
    (warning,) = joint_kinetics(moved, upright_legs(moved), plate_contacts(moved)).warnings
    assert warning.startswith("the left foot's force passes 5 cm behind the body: a plate that lies elsewhere")


def test_without_plates_without_steps_and_without_joints_nothing_is_given():
    bare = walker_with(feet_of_a_walk(), (), None)
    with pytest.raises(Refused, match="no force plate can be used"):
        joint_kinetics(bare, upright_legs(bare), ())
    beside = stepping_walker([[], []], [(9.0, 9.0), (9.0, -9.0)])
    with pytest.raises(Refused, match="no foot steps on a plate"):
        joint_kinetics(beside, upright_legs(beside), plate_contacts(beside))
    walker = stepping_walker()
    with pytest.raises(Refused, match="joint centres and segment axes"):
        joint_kinetics(walker, JointAngles("joint centres, sagittal", RATE_HZ, {}), plate_contacts(walker))


def test_a_leg_without_axes_is_left_out_and_named():
    walker = stepping_walker()
    angles = upright_legs(walker)
    angles = replace(angles, segments={k: v for k, v in angles.segments.items() if k != "right_thigh"})
    found = joint_kinetics(walker, angles, plate_contacts(walker))
    assert {side for _, side in found.moments_nm_kg} == {"left"}
    assert any(warning.startswith("no right moments") for warning in found.warnings)


def test_the_result_says_how_it_was_calculated():
    walker = stepping_walker()
    found = joint_kinetics(walker, upright_legs(walker), plate_contacts(walker), KineticsFilter(6.0, 6.0))
    assert "internal" in found.frame
    assert "the shank's" in found.frame
    assert found.settings["motion filter"] == found.settings["force filter"] == "low-pass 6 Hz"
    assert "de Leva 1996" in found.settings["inertia"]
    assert set(SIDES) == set(SIDE_Y_M) == {side for _, side in found.powers_w_kg}
    assert len(plate_places()) == len(found.contacts)
