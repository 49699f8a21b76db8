"""Bodies whose ground reaction can be solved in the head, and one that walks."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from ltme_clinic.body import SIDES
from ltme_clinic.kinematics import BodyMotion, forward_kinematics
from ltme_clinic.virtual_lab.footfalls import Steps
from ltme_clinic.virtual_lab.gait import WalkedBody, walk
from ltme_clinic.virtual_lab.patient import VirtualPatient, sample_patient
from ltme_clinic.virtual_lab.plan import plan_walk
from ltme_clinic.virtual_lab.rhythm import Rhythm
from ltme_clinic.virtual_lab.tasks import WalkingTask

RATE_HZ = 100.0
ALWAYS = ((-np.inf, np.inf),)
"""A foot that stands all the time."""


@cache
def person() -> VirtualPatient:
    return sample_patient(5, age_y=30.0)


def posed(root_m: np.ndarray, angles_deg: dict[str, np.ndarray | float] | None = None) -> WalkedBody:
    """A body that moves with its mid-hips, (frame, 3) from where it stands upright, and no rhythm to speak of."""
    patient, frames = person(), len(root_m)
    height_m = np.array([0.0, 0.0, patient.skeleton.standing_hip_height_m])
    motion = forward_kinematics(patient.skeleton, angles_deg or {}, root_m + height_m)
    rhythm = Rhythm(np.arange(frames) / RATE_HZ, np.zeros((2, frames)), (0.6, 0.6))
    steps = Steps(np.arange(1), np.zeros((1, 2)), np.zeros(1))
    return WalkedBody(motion, {}, np.zeros((2, frames)), rhythm, (steps, steps), np.zeros(frames))


def still(frames: int = 100, angles_deg: dict[str, np.ndarray | float] | None = None) -> WalkedBody:
    return posed(np.zeros((frames, 3)), angles_deg)


@cache
def walked(seed: int = 5) -> tuple[VirtualPatient, WalkedBody]:
    """Five seconds of an adult's straight walk along x."""
    patient = sample_patient(seed, age_y=30.0)
    plan = plan_walk(patient, task=WalkingTask(heading_rad=0.0))
    return patient, walk(plan, np.arange(500) / RATE_HZ, np.random.default_rng(seed))


def turned(motion: BodyMotion, angle_rad: float) -> BodyMotion:
    """The same motion in a laboratory that is turned about its origin."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    joints = {name: centre_m @ turn.T for name, centre_m in motion.joint_centres.items()}
    return BodyMotion({name: turn @ axes for name, axes in motion.rotations.items()}, joints)


def mirrored(motion: BodyMotion) -> BodyMotion:
    """The motion seen in a mirror along the walkway: left is right."""
    mirror = np.diag([1.0, -1.0, 1.0])
    joints = {_other(name): centre_m @ mirror for name, centre_m in motion.joint_centres.items()}
    return BodyMotion({_other(name): mirror @ axes @ mirror for name, axes in motion.rotations.items()}, joints)


def with_motion(body: WalkedBody, motion: BodyMotion) -> WalkedBody:
    return replace(body, motion=motion)


def _other(name: str) -> str:
    for side, other in (SIDES, SIDES[::-1]):
        if name.startswith(side):
            return other + name.removeprefix(side)
    return name
