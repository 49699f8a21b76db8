"""One trial in the virtual laboratory: a patient walks, cameras see it, and the truth is known."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.marker_sets import marker_sets
from ltme_clinic.types import LtmeError, Recording, WalkTruth
from ltme_clinic.virtual_lab.body_measures import anthropometry, body_measures
from ltme_clinic.virtual_lab.gait import WalkedBody, walk
from ltme_clinic.virtual_lab.markers import CameraSystem, add_noise, measured_positions, occlude
from ltme_clinic.virtual_lab.pacing import paced, source_rate_hz
from ltme_clinic.virtual_lab.patient import TRIAL, VirtualPatient
from ltme_clinic.virtual_lab.plan import plan_walk
from ltme_clinic.virtual_lab.tasks import AS_USUAL, WalkingTask
from ltme_clinic.virtual_lab.truth import walk_truth
from ltme_clinic.virtual_lab.walk_plan import WalkPlan

MANUFACTURER = "SYNTHETIC"
"""MANUFACTURER:COMPANY of every file the virtual laboratory writes, so that it can never pass for a patient's."""

_PADDING_STRIDES = 0.75
"""Walked before and after what is kept, so that the first and last footprints are whole."""


@dataclass(frozen=True, eq=False)
class VirtualWalk:
    """A recording and what really happened."""

    recording: Recording
    truth: WalkTruth


def simulate_slots(
    patient: VirtualPatient,
    *,
    visit: int = 0,
    trial: int = 0,
    duration_s: float = 8.0,
    rate_hz: float = 50.0,
    speed_m_s: float | None = None,
    curvature_per_m: float = 0.0,
    cameras: CameraSystem | None = None,
    task: WalkingTask = AS_USUAL,
) -> tuple[np.ndarray, WalkTruth]:
    """Walk a trial and return every slot's measured position: the fast way, for training.

    Everything follows from (patient.seed, visit, trial); the impairment changes no random number.

    Parameters
    ----------
    duration_s
        1 to 600 s.
    speed_m_s
        The patient's own self-selected speed if left out.
    curvature_per_m
        Turn of the path, radians a metre, left positive; 0 walks straight.
    cameras
        Placement error, skin motion, noise; `CameraSystem()` if left out. Gaps are not applied here.
    task
        Odd ways to walk; a straight and steady walk as the patient walks if left out.

    Returns
    -------
    tuple
        (frame, 49, 3) metres in the laboratory frame (z up), `body.SLOTS` order; the truth.

    Raises
    ------
    LtmeError
        For a duration, rate or speed that can't be walked.
    """
    if not (1.0 <= duration_s <= 600.0 and 20.0 <= rate_hz <= 1000.0):
        raise LtmeError(patient.name, f"{duration_s:g} s at {rate_hz:g} Hz", "Give 1-600 s at 20-1000 Hz")
    cameras = cameras or CameraSystem()
    if task.treadmill and curvature_per_m:
        raise LtmeError("walking task", "a belt runs straight", "Leave out curvature_per_m, or walk overground")
    plan = plan_walk(patient, visit, trial, speed_m_s_wanted=speed_m_s, curvature_per_m=curvature_per_m, task=task)
    frames = round(duration_s * rate_hz)
    padding = int(np.ceil(_PADDING_STRIDES * 120.0 / plan.cadence_spm * rate_hz))
    time_s = np.arange(-padding, frames + padding) / rate_hz
    body = _walked(plan, time_s, frames / rate_hz, task, patient.rng(TRIAL, visit, trial, 1))
    kept = slice(padding, padding + frames)
    positions_m = measured_positions(patient, visit, body.motion, body.angles_deg, cameras)[kept]
    if task.treadmill:
        positions_m = _on_belt(positions_m, plan, time_s[kept])
    positions_m = add_noise(patient.rng(TRIAL, visit, trial, 2), positions_m, cameras.noise_sd_m)
    truth = walk_truth(plan, body, kept, rate_hz)
    return positions_m, replace(truth, cadence_spm=float("nan")) if task.pacing == "one_step" else truth


def _walked(
    plan: WalkPlan, time_s: np.ndarray, kept_s: float, task: WalkingTask, rng: np.random.Generator
) -> WalkedBody:
    """The plan walked at the task's pace, at the given times."""
    if task.pacing == "steady":
        return walk(plan, time_s, rng)
    rate_hz = source_rate_hz(task.pacing, 1.0 / (time_s[1] - time_s[0]))
    source_s = np.arange(round(time_s[0] * rate_hz), round(time_s[-1] * rate_hz) + 1) / rate_hz
    return paced(plan.patient.skeleton, walk(plan, source_s, rng), task.pacing, kept_s, time_s)


def _on_belt(positions_m: np.ndarray, plan: WalkPlan, time_s: np.ndarray) -> np.ndarray:
    """What a belt of the walk's speed takes back: the pelvis stays about where it was at the start."""
    velocity_m_s = plan.speed_m_s * np.array([np.cos(plan.heading_rad), np.sin(plan.heading_rad), 0.0])
    return positions_m - (time_s[:, None] * velocity_m_s)[:, None, :]


def simulate_walk(
    patient: VirtualPatient,
    *,
    visit: int = 0,
    trial: int = 0,
    duration_s: float = 6.0,
    rate_hz: float = 100.0,
    speed_m_s: float | None = None,
    curvature_per_m: float = 0.0,
    marker_set: str = "plug-in-gait-full-body",
    cameras: CameraSystem | None = None,
    task: WalkingTask = AS_USUAL,
) -> VirtualWalk:
    """Walk a trial as a laboratory would record it: the markers of a known marker set, with events,
    anthropometry and the measures and offsets that a gait model needs.

    See `simulate_slots` for the other parameters.

    Raises
    ------
    LtmeError
        For an unknown marker set as well.
    """
    sets = marker_sets()
    if marker_set not in sets:
        raise LtmeError("marker set", f"'{marker_set}' is not known", f"Use one of {', '.join(sets)}")
    cameras = cameras or CameraSystem()
    slots_m, truth = simulate_slots(
        patient,
        visit=visit,
        trial=trial,
        duration_s=duration_s,
        rate_hz=rate_hz,
        speed_m_s=speed_m_s,
        curvature_per_m=curvature_per_m,
        cameras=cameras,
        task=task,
    )
    slots = sets[marker_set].slots
    labels = tuple(names[0] for names in slots.values())
    positions_m = np.ascontiguousarray(slots_m[:, [SLOT_INDEX[slot] for slot in slots]])
    positions_m = occlude(patient.rng(TRIAL, visit, trial, 3), positions_m, rate_hz, cameras.gaps)
    recording = Recording(
        recording_id=hashlib.sha256(positions_m.tobytes() + patient.name.encode()).hexdigest(),
        origin="virtual",
        source_name=f"{patient.name}_visit_{visit:02d}_trial_{trial + 1:02d}.c3d",
        subject=patient.name,
        rate_hz=rate_hz,
        first_file_frame=1,
        marker_labels=labels,
        positions_m=positions_m,
        events=truth.events,
        anthropometry=anthropometry(patient),
        body_measures=body_measures(patient, visit, cameras),
        manufacturer=MANUFACTURER,
    )
    return VirtualWalk(recording, truth)
