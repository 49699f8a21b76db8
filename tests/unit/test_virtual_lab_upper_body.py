"""Trunk, head and arms of virtual walkers against what is published and measured of real ones."""

from dataclasses import replace

import numpy as np
import pytest

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import forward_kinematics
from ltme_clinic.norms import speed_m_s
from ltme_clinic.virtual_lab import sample_patient
from ltme_clinic.virtual_lab.impairments import Deviation
from ltme_clinic.virtual_lab.plan import plan_walk
from ltme_clinic.virtual_lab.rhythm import Rhythm
from ltme_clinic.virtual_lab.upper_body import FREE_SPEED, swings, upper_body

PHASE = np.arange(200) / 200.0
PEOPLE = range(910_000, 910_024)
TURN = 2.0 * np.pi * PHASE
EVEN = Rhythm(PHASE, np.stack([PHASE, PHASE + 0.5]), (0.6, 0.6))
"""One stride of one second in even steps."""


def planned(seed: int, relative_speed: float = FREE_SPEED, **change):
    patient = sample_patient(seed)
    plan = plan_walk(patient, speed_m_s_wanted=speed_m_s(relative_speed, patient.leg_length_m))
    return replace(plan, deviation=Deviation(**change))


@pytest.fixture(scope="module")
def walkers():
    return [planned(seed) for seed in PEOPLE]


@pytest.fixture(scope="module")
def crowd(walkers):
    """Each angle of many people, (person, frame)."""
    people = [upper_body(plan, EVEN) for plan in walkers]
    return {name: np.array([angles[name] for angles in people]) for name in people[0]}


def first_harmonic(curve: np.ndarray) -> complex:
    """Its modulus is the amplitude, its argument minus the turn at which the harmonic is largest."""
    return complex(2.0 * (curve * np.exp(-1j * TURN)).mean())


def test_each_arm_is_in_front_when_the_other_foot_lands(crowd):
    for side, name in enumerate(SIDES):
        arm = (crowd[f"{name}_shoulder_flexion"] - crowd["trunk_flexion"]).mean(axis=0)
        lands_opposite = 0.5 - 0.5 * side
        late = (-np.angle(first_harmonic(arm)) / (2.0 * np.pi) - lands_opposite + 0.5) % 1.0 - 0.5
        assert abs(late) < 0.05


def test_the_trunk_turns_against_the_pelvis(walkers, crowd):
    trunk = first_harmonic(crowd["trunk_rotation"].mean(axis=0))
    pelvis = np.mean([plan.legs[0, 2, 1] - 1j * plan.legs[0, 2, 11] for plan in walkers])
    assert abs(trunk) < abs(pelvis)
    # the turn between them is larger than either: a spine that winds up and unwinds
    assert abs(trunk - pelvis) > abs(pelvis)


def test_the_trunk_leans_over_the_standing_leg(crowd):
    lean = crowd["trunk_lean"].mean(axis=0)
    assert lean[PHASE < 0.4].mean() > 0.3
    assert lean[(PHASE > 0.5) & (PHASE < 0.9)].mean() < -0.3


def test_the_head_stays_level_and_ahead(crowd):
    for turn, limit_deg in (("flexion", 4.0), ("lean", 3.0), ("rotation", 5.0)):
        ranges_deg = np.ptp(crowd[f"trunk_{turn}"] + crowd[f"head_{turn}"], axis=1)
        assert 0.3 < np.median(ranges_deg) < limit_deg


def test_the_head_nods_down_while_the_body_is_high(crowd):
    nod = (crowd["trunk_flexion"] + crowd["head_flexion"]).mean(axis=0)
    high, low = np.isclose(PHASE % 0.5, 0.33, atol=0.03), np.isclose(PHASE % 0.5, 0.08, atol=0.03)
    assert nod[high].mean() > nod[low].mean() + 0.5


def test_trunk_ranges_are_those_measured(crowd):
    """Of the mean stride: in eight children 4.2, 3.7 and 5.4 degrees, in an adult 1.6, 4.1 and 3.8."""
    for name, wanted_deg in {"trunk_flexion": 3.0, "trunk_lean": 3.8, "trunk_rotation": 4.5}.items():
        assert np.median(np.ptp(crowd[name], axis=1)) == pytest.approx(wanted_deg, rel=0.4), name


def test_the_elbow_bends_about_as_much_as_the_shoulder_swings(crowd):
    """In children, and adults of two laboratories, .8, 1.0 and 1.3 times."""
    for side in SIDES:
        shoulder = np.ptp(crowd[f"{side}_shoulder_flexion"] - crowd["trunk_flexion"], axis=1)
        assert 0.7 < np.median(np.ptp(crowd[f"{side}_elbow_flexion"], axis=1) / shoulder) < 1.3


def test_arms_swing_more_when_walking_faster(walkers):
    def swing_deg(relative_speed):
        angles = upper_body(planned(PEOPLE[0], relative_speed), EVEN)
        return abs(first_harmonic(angles["left_shoulder_flexion"] - angles["trunk_flexion"]))

    slow, free, fast = (swing_deg(speed) for speed in (0.25, 0.43, 0.6))
    assert slow < 0.6 * free
    assert 1.4 * free < fast < 2.2 * free


def test_at_free_speed_the_shoulder_swings_through_the_habitual_range(walkers):
    for plan in walkers[:6]:
        angles = upper_body(plan, EVEN)
        arms = [abs(first_harmonic(angles[f"{side}_shoulder_flexion"] - angles["trunk_flexion"])) for side in SIDES]
        assert 2.0 * np.sqrt(arms[0] * arms[1]) == pytest.approx(plan.patient.habits.arm_swing_deg, rel=1e-6)


def test_the_left_arm_swings_a_little_more_than_the_right(crowd):
    ranges = [np.ptp(crowd[f"{side}_shoulder_flexion"], axis=1) for side in SIDES]
    ratio = np.log(ranges[0] / ranges[1])
    assert 0.15 < ratio.std() < 0.45
    assert abs(ratio.mean() - 0.1) < 3.0 * 0.3 / np.sqrt(len(ratio))


def test_an_arm_that_does_not_swing_hangs_still_but_for_the_trunk():
    still = upper_body(planned(PEOPLE[1], arm_swing_factor=(0.0, 1.0)), EVEN)
    assert np.ptp(still["left_shoulder_flexion"] - still["trunk_flexion"]) == pytest.approx(0.0, abs=1e-9)
    assert np.ptp(still["right_shoulder_flexion"]) > 5.0


def test_an_arm_swing_that_is_asked_for_is_given_at_any_speed():
    for speed in (0.25, 0.55):
        angles = upper_body(planned(PEOPLE[2], speed, arm_swing_deg=55.0), EVEN)
        arm = angles["right_shoulder_flexion"] - angles["trunk_flexion"]
        assert 2.0 * abs(first_harmonic(arm)) == pytest.approx(55.0, rel=1e-6)


def test_a_bent_trunk_leaves_arms_hanging_and_the_head_up():
    upright = upper_body(planned(PEOPLE[3]), EVEN)
    bent = upper_body(planned(PEOPLE[3], trunk_flexion_deg=20.0), EVEN)
    skeleton = sample_patient(PEOPLE[3]).skeleton
    bodies = [forward_kinematics(skeleton, angles) for angles in (upright, bent)]
    arms, heads = ([b.rotations[part][:, 2, 0] for b in bodies] for part in ("left_upper_arm", "head"))
    assert np.abs(np.degrees(np.arcsin(arms[1]) - np.arcsin(arms[0]))).max() < 2.0
    assert np.degrees(np.arcsin(heads[0]) - np.arcsin(heads[1])).mean() == pytest.approx(2.0, abs=0.3)


def test_a_lean_over_a_weak_hip_is_as_large_as_asked_on_its_side():
    plan = planned(PEOPLE[4])
    weak = replace(plan, patient=replace(plan.patient, side="right"), deviation=Deviation(trunk_lean_deg=10.0))
    added = upper_body(weak, EVEN)["trunk_lean"] - upper_body(plan, EVEN)["trunk_lean"]
    assert added.min() == pytest.approx(-10.0, abs=0.05)
    assert added.max() == pytest.approx(0.0, abs=0.05)
    assert PHASE[added.argmin()] == pytest.approx(0.5 + 0.28, abs=0.01)


def test_strides_differ_as_much_as_the_table_says_and_no_more_when_steady():
    plan = planned(PEOPLE[5])
    phase = np.linspace(0.0, 400.0, 400 * 20, endpoint=False)
    rhythm = Rhythm(phase, np.stack([phase, phase + 0.5]), (0.6, 0.6))
    steady = upper_body(plan, rhythm)["trunk_rotation"]
    varied = upper_body(plan, rhythm, np.random.default_rng(3))["trunk_rotation"]
    assert np.abs(steady.reshape(400, 20) - steady[:20]).max() < 1e-9
    of_strides = (varied - steady).reshape(400, 20).mean(axis=1)
    assert of_strides.std() == pytest.approx(swings()["trunk_rotation"].stride_mean_deg, rel=0.35)


def test_the_same_person_carries_himself_alike_whatever_ails_him():
    healthy = plan_walk(sample_patient(PEOPLE[6]), speed_m_s_wanted=1.0)
    ailing = plan_walk(sample_patient(PEOPLE[6], impairment="crouch", severity=0.0), speed_m_s_wanted=1.0)
    for name, angle in upper_body(healthy, EVEN).items():
        assert np.array_equal(angle, upper_body(ailing, EVEN)[name]), name


def test_no_elbow_is_swung_straight():
    bent = upper_body(planned(PEOPLE[7], 0.6, arm_swing_deg=70.0), EVEN)
    assert min(bent[f"{side}_elbow_flexion"].min() for side in SIDES) > 4.0
