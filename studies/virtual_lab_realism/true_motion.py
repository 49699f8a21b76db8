"""The body's true motion in a virtual walk, before any camera: the one place that knows where to get it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltme_clinic.kinematics import centre_of_mass
from ltme_clinic.types import GaitEvent, MotionTruth
from ltme_clinic.virtual_lab import PERFECT, VirtualPatient, simulate_walk
from ltme_clinic.virtual_lab.gait import walk
from ltme_clinic.virtual_lab.ground_reaction import ground_reaction, kept_samples
from ltme_clinic.virtual_lab.patient import TRIAL
from ltme_clinic.virtual_lab.plan import plan_walk


@dataclass(frozen=True, eq=False)
class TrueWalk:
    """A walk as it was."""

    motion: MotionTruth
    events: tuple[GaitEvent, ...]
    """When the soles touch and leave the floor, counted from the first frame."""
    rate_hz: float


def true_walk(
    patient: VirtualPatient, *, duration_s: float, rate_hz: float = 100.0, speed_m_s: float | None = None
) -> TrueWalk:
    """Walk a first trial of a first visit and keep what really happened."""
    walked = simulate_walk(patient, duration_s=duration_s, rate_hz=rate_hz, speed_m_s=speed_m_s, cameras=PERFECT)
    motion = getattr(walked, "motion", None)
    if motion is None:
        motion = _from_the_walker(patient, duration_s, rate_hz, speed_m_s)
    return TrueWalk(motion, walked.truth.events, rate_hz)


def _from_the_walker(patient: VirtualPatient, duration_s: float, rate_hz: float, speed: float | None) -> MotionTruth:
    """The same walk again with its motion, as `simulate_slots` lets it be walked."""
    plan = plan_walk(patient, 0, 0, speed_m_s_wanted=speed)
    frames = round(duration_s * rate_hz)
    padding = int(np.ceil(0.75 * 120.0 / plan.cadence_spm * rate_hz))
    time_s = np.arange(-padding, frames + padding) / rate_hz
    body = walk(plan, time_s, patient.rng(TRIAL, 0, 0, 1))
    kept = slice(padding, padding + frames)
    return MotionTruth(
        joint_centres_m={name: centre[kept] for name, centre in body.motion.joint_centres.items()},
        angles_deg={name: np.broadcast_to(angle, len(time_s))[kept] for name, angle in body.angles_deg.items()},
        centre_of_mass_m=centre_of_mass(patient.skeleton, body.motion)[kept],
        ground_reaction=kept_samples(ground_reaction(patient, body, rate_hz), kept),
    )
