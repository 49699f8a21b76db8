"""One running trial in the virtual laboratory: a patient runs, cameras see it, and the truth is known."""

from __future__ import annotations

import hashlib

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.marker_sets import marker_sets
from ltme_clinic.types import LtmeError, MotionTruth, Recording
from ltme_clinic.virtual_lab.body_measures import anthropometry, body_measures
from ltme_clinic.virtual_lab.markers import CameraSystem, add_noise, measured_positions, occlude
from ltme_clinic.virtual_lab.patient import TRIAL, VirtualPatient
from ltme_clinic.virtual_lab.running.plan import RUN, Landing, RunPlan, plan_run
from ltme_clinic.virtual_lab.running.stride import RunBody, run
from ltme_clinic.virtual_lab.running.truth import motion_truth, run_truth
from ltme_clinic.virtual_lab.simulate import MANUFACTURER, VirtualWalk

PADDING_S = 1.0
"""Run before and after what is kept, so that the first and last footprints are whole: more than a stride."""
LEAST_RATE_HZ = 200.0
"""Runs are calculated at a multiple of the cameras' rate of at least this, for a foot that lands within a frame."""


def simulate_run(
    patient: VirtualPatient,
    *,
    visit: int = 0,
    trial: int = 0,
    duration_s: float = 6.0,
    rate_hz: float = 100.0,
    speed_m_s: float | None = None,
    treadmill: bool = False,
    marker_set: str = "plug-in-gait-full-body",
    cameras: CameraSystem | None = None,
    landing: Landing = "heel",
) -> VirtualWalk:
    """Run a trial as a laboratory would record it: the markers of a known set, with events and anthropometry.

    Everything follows from (patient.seed, visit, trial). The truth is a `WalkTruth` with less than half of the cycle
    on the floor: there is no double support.

    Parameters
    ----------
    duration_s
        1 to 600 s.
    speed_m_s
        The patient's own running speed if left out; from a slow jog to 1.85 sqrt(g L), about 5.6 m/s in an adult.
    treadmill
        The belt takes back what the patient runs.
    marker_set
        A name of `marker_sets`.
    cameras
        Placement error, skin motion, noise; `CameraSystem()` if left out. The skin moves as in walking.
    landing
        Which part of the foot meets the floor first.

    Raises
    ------
    LtmeError
        For a duration, rate, speed, marker set or landing that is not known, or an impaired patient.
    """
    sets = marker_sets()
    if marker_set not in sets:
        raise LtmeError("marker set", f"'{marker_set}' is not known", f"Use one of {', '.join(sets)}")
    cameras = cameras or CameraSystem()
    plan = plan_run(patient, visit, trial, speed_m_s_wanted=speed_m_s, landing=landing)
    body, kept, finer = _ran(plan, trial, duration_s, rate_hz)
    slots_m = measured_positions(patient, visit, body.motion, body.angles_deg, cameras)[kept][::finer]
    if treadmill:
        slots_m = slots_m - _belt_m(plan, len(slots_m), rate_hz)[:, None, :]
    slots_m = add_noise(patient.rng(TRIAL, visit, trial, RUN, 2), slots_m, cameras.noise_sd_m)
    slots = sets[marker_set].slots
    positions_m = np.ascontiguousarray(slots_m[:, [SLOT_INDEX[slot] for slot in slots]])
    positions_m = occlude(patient.rng(TRIAL, visit, trial, RUN, 3), positions_m, rate_hz, cameras.gaps)
    truth = run_truth(plan, body, kept, rate_hz)
    recording = Recording(
        recording_id=hashlib.sha256(positions_m.tobytes() + patient.name.encode()).hexdigest(),
        origin="virtual",
        source_name=f"{patient.name}_visit_{visit:02d}_run_{trial + 1:02d}.c3d",
        subject=patient.name,
        rate_hz=rate_hz,
        first_file_frame=1,
        marker_labels=tuple(names[0] for names in slots.values()),
        positions_m=positions_m,
        events=truth.events,
        anthropometry=anthropometry(patient),
        body_measures=body_measures(patient, visit, cameras),
        manufacturer=MANUFACTURER,
    )
    motion = motion_truth(plan, body, slice(kept.start, kept.stop, finer))
    return VirtualWalk(recording, truth, _on_belt(motion, plan, rate_hz) if treadmill else motion)


def _on_belt(motion: MotionTruth, plan: RunPlan, rate_hz: float) -> MotionTruth:
    """What the belt takes back is taken from every place; the belt is not a plate."""
    gone_m = _belt_m(plan, len(motion.centre_of_mass_m), rate_hz)
    return MotionTruth(
        {name: place_m - gone_m for name, place_m in motion.joint_centres_m.items()},
        motion.angles_deg,
        motion.centre_of_mass_m - gone_m,
    )


def true_run(
    patient: VirtualPatient,
    *,
    visit: int = 0,
    trial: int = 0,
    duration_s: float = 6.0,
    rate_hz: float = 100.0,
    speed_m_s: float | None = None,
    landing: Landing = "heel",
) -> MotionTruth:
    """The motion and the forces behind `simulate_run` overground, frame by frame, with the same arguments."""
    plan = plan_run(patient, visit, trial, speed_m_s_wanted=speed_m_s, landing=landing)
    body, kept, finer = _ran(plan, trial, duration_s, rate_hz)
    return motion_truth(plan, body, slice(kept.start, kept.stop, finer))


def _ran(plan: RunPlan, trial: int, duration_s: float, rate_hz: float) -> tuple[RunBody, slice, int]:
    """The plan run at a finer rate, its kept frames, and how much finer."""
    if not (1.0 <= duration_s <= 600.0 and 20.0 <= rate_hz <= 1000.0):
        raise LtmeError(plan.patient.name, f"{duration_s:g} s at {rate_hz:g} Hz", "Give 1-600 s at 20-1000 Hz")
    finer = int(np.ceil(LEAST_RATE_HZ / rate_hz))
    frames, padding = round(duration_s * rate_hz), int(np.ceil(PADDING_S * rate_hz))
    time_s = np.arange(-padding * finer, (frames + padding) * finer) / (rate_hz * finer)
    body = run(plan, time_s, plan.patient.rng(TRIAL, plan.visit, trial, RUN, 1))
    return body, slice(padding * finer, (padding + frames) * finer), finer


def _belt_m(plan: RunPlan, frames: int, rate_hz: float) -> np.ndarray:
    """(frame, 3) what a belt of the run's speed takes back."""
    velocity_m_s = plan.speed_m_s * np.array([np.cos(plan.heading_rad), np.sin(plan.heading_rad), 0.0])
    return np.asarray((np.arange(frames) / rate_hz)[:, None] * velocity_m_s)
