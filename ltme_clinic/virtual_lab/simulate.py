"""One walking trial in the virtual laboratory: a patient walks, cameras and plates see it, and the truth is known."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.kinematics import BodyMotion, centre_of_mass
from ltme_clinic.marker_sets import marker_sets
from ltme_clinic.types import LtmeError, MotionTruth, Recording, WalkTruth
from ltme_clinic.virtual_lab.body_measures import anthropometry, body_measures
from ltme_clinic.virtual_lab.camera_faults import CameraFaults, Fault, apply_faults
from ltme_clinic.virtual_lab.conditions import (
    BAREFOOT,
    Condition,
    freezing_share,
    treated_severity,
    trial_facts,
    unloading_share,
)
from ltme_clinic.virtual_lab.force_recording import ForceRecord, ForceSetup, record_forces
from ltme_clinic.virtual_lab.freezing import FREEZING, Freeze, draw_freezes, frozen
from ltme_clinic.virtual_lab.gait import WalkedBody, walk
from ltme_clinic.virtual_lab.ground_reaction import ground_reaction, kept_samples
from ltme_clinic.virtual_lab.marker_coats import coat_positions, marker_coat
from ltme_clinic.virtual_lab.markers import CameraSystem, add_noise, measured_positions, occlude, stored
from ltme_clinic.virtual_lab.pacing import SOURCE_RATE_HZ, paced, source_rate_hz
from ltme_clinic.virtual_lab.patient import TRIAL, VirtualPatient
from ltme_clinic.virtual_lab.plan import plan_walk
from ltme_clinic.virtual_lab.tasks import AS_USUAL, WalkingTask
from ltme_clinic.virtual_lab.truth import walk_truth
from ltme_clinic.virtual_lab.walk_plan import WalkPlan

MANUFACTURER = "SYNTHETIC"
"""MANUFACTURER:COMPANY of every file the virtual laboratory writes, so that it can never pass for a patient's."""

_PADDING_STRIDES = 0.75
"""Walked before and after what is kept, so that the first and last footprints are whole."""
_OTHER_PLACEMENT = 100_000
"""Visits whose placement of markers a further laboratory takes are so far away that nobody comes to them."""
_STRIDES, _NOISE, _GAPS, _FAULTS = 1, 2, 3, 50
"""Streams of a trial's random numbers, beside those of its plan, its plates and its freezing."""


@dataclass(frozen=True, eq=False)
class VirtualWalk:
    """A recording, what really happened, the body's true motion, and what the cameras did wrong."""

    recording: Recording
    truth: WalkTruth
    motion: MotionTruth
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, eq=False)
class _Trial:
    """A trial as walked, before anything measures it."""

    plan: WalkPlan
    body: WalkedBody
    kept: slice
    """The frames of `body` that are recorded."""
    freezes_s: tuple[tuple[float, float], ...]
    belt_m_s: np.ndarray | None
    """(3,) what a treadmill's belt takes back; None overground."""

    @property
    def taken_back_m(self) -> np.ndarray:
        """(frame, 3) of the kept frames."""
        time_s = self.body.rhythm.time_s[self.kept]
        return np.zeros((len(time_s), 3)) if self.belt_m_s is None else time_s[:, None] * self.belt_m_s


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
    condition: Condition = BAREFOOT,
) -> tuple[np.ndarray, WalkTruth]:
    """Walk a trial and return every slot's measured position: the fast way, for training.

    Everything follows from (patient.seed, visit, trial); impairment and condition change no random number.

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
        What is asked; a straight and steady walk as the patient walks if left out.
    condition
        What is worn, leant on and taken; barefoot if left out.

    Returns
    -------
    tuple
        (frame, 49, 3) metres in the laboratory frame (z up), `body.SLOTS` order; the truth.

    Raises
    ------
    LtmeError
        For a duration, rate or speed that can't be walked.
    """
    walked = _walked(patient, visit, trial, duration_s, rate_hz, speed_m_s, curvature_per_m, task, condition)
    slots_m = _slots_m(patient, visit, trial, walked, cameras or CameraSystem(), rate_hz)
    return slots_m, _truth(walked, rate_hz, task)


def simulate_measurements(
    patient: VirtualPatient,
    laboratories: Sequence[CameraSystem],
    *,
    visit: int = 0,
    duration_s: float = 8.0,
    rate_hz: float = 50.0,
    speed_m_s: float | None = None,
    curvature_per_m: float = 0.0,
) -> tuple[list[np.ndarray], WalkTruth]:
    """One and the same walk measured by several laboratories, each placing its own markers: as `simulate_slots`, but
    the walk, which takes most of the time, is walked once."""
    walked = _walked(patient, visit, 0, duration_s, rate_hz, speed_m_s, curvature_per_m, AS_USUAL, BAREFOOT)
    placed_at = [visit + _OTHER_PLACEMENT * number for number in range(len(laboratories))]
    measured = [
        _slots_m(patient, placement, 0, walked, cameras, rate_hz)
        for placement, cameras in zip(placed_at, laboratories, strict=True)
    ]
    return measured, _truth(walked, rate_hz, AS_USUAL)


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
    condition: Condition = BAREFOOT,
    forces: ForceSetup | None = None,
    faults: CameraFaults | None = None,
) -> VirtualWalk:
    """Walk a trial as a laboratory would record it: all markers of a known set, with events, anthropometry and the
    measures and offsets that a gait model needs, and force plates where there are any.

    See `simulate_slots` for the other parameters.

    Parameters
    ----------
    forces
        The laboratory's plates; none if left out.
    faults
        What goes wrong with the markers; nothing if left out.

    Raises
    ------
    LtmeError
        For an unknown marker set as well.
    """
    sets = marker_sets()
    if marker_set not in sets:
        raise LtmeError("marker set", f"'{marker_set}' is not known", f"Use one of {', '.join(sets)}")
    cameras = cameras or CameraSystem()
    walked = _walked(patient, visit, trial, duration_s, rate_hz, speed_m_s, curvature_per_m, task, condition)
    record = _forces(patient, visit, trial, walked, rate_hz, forces, condition)
    motion = _motion_truth(patient, walked, rate_hz, record, condition)
    slots_m = _slots_m(patient, visit, trial, walked, cameras, rate_hz)
    slots = sets[marker_set].slots
    labels = tuple(names[0] for names in slots.values())
    positions_m = np.ascontiguousarray(slots_m[:, [SLOT_INDEX[slot] for slot in slots]])
    beside_labels, beside_m = _beside_the_slots(patient, visit, trial, walked, marker_set, cameras, rate_hz)
    labels, positions_m = labels + beside_labels, np.concatenate([positions_m, beside_m], axis=1)
    positions_m = occlude(patient.rng(TRIAL, visit, trial, _GAPS), positions_m, rate_hz, cameras.gaps)
    what: tuple[Fault, ...] = ()
    if faults is not None:
        body = BodyMotion(_kept(walked.body.motion.rotations, walked.kept), motion.joint_centres_m)
        rng = patient.rng(TRIAL, visit, trial, _FAULTS)
        faulted = apply_faults(rng, positions_m, labels, body, rate_hz, faults)
        positions_m, labels, what = faulted.positions_m, faulted.labels, faulted.what
    truth = _truth(walked, rate_hz, task)
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
        analogs=record.analogs if record else None,
        plates=len(record.plates) if record else 0,
        force_plates=record.plates if record else (),
        anthropometry=anthropometry(patient),
        body_measures=body_measures(patient, visit, cameras),
        trial=trial_facts(condition, patient.age_y, patient.side if patient.impairment == "post_operative" else None),
        manufacturer=MANUFACTURER,
    )
    return VirtualWalk(recording, truth, motion, what)


def _walked(
    patient: VirtualPatient,
    visit: int,
    trial: int,
    duration_s: float,
    rate_hz: float,
    speed_m_s: float | None,
    curvature_per_m: float,
    task: WalkingTask,
    condition: Condition,
) -> _Trial:
    if not (1.0 <= duration_s <= 600.0 and 20.0 <= rate_hz <= 1000.0):
        raise LtmeError(patient.name, f"{duration_s:g} s at {rate_hz:g} Hz", "Give 1-600 s at 20-1000 Hz")
    if task.treadmill and curvature_per_m:
        raise LtmeError("walking task", "a belt runs straight", "Leave out curvature_per_m, or walk overground")
    plan = plan_walk(
        patient,
        visit,
        trial,
        speed_m_s_wanted=speed_m_s,
        curvature_per_m=curvature_per_m,
        task=task,
        condition=condition,
    )
    frames = round(duration_s * rate_hz)
    padding = int(np.ceil(_PADDING_STRIDES * 120.0 / plan.cadence_spm * rate_hz))
    time_s = np.arange(-padding, frames + padding) / rate_hz
    rng = patient.rng(TRIAL, visit, trial, _STRIDES)
    freezes: tuple[Freeze, ...] = ()
    if patient.impairment == "parkinsonian" and task.pacing == "steady" and not task.treadmill:
        freezes = draw_freezes(
            patient.rng(TRIAL, visit, trial, FREEZING),
            treated_severity(patient.impairment, patient.severity, condition),
            duration_s,
            freezing_share(condition),
        )
    freezes_s: tuple[tuple[float, float], ...] = ()
    if freezes:
        body = walk(plan, _finer(time_s, SOURCE_RATE_HZ), rng)
        body, freezes_s = frozen(plan.skeleton, body, freezes, duration_s, time_s)
    elif task.pacing != "steady":
        body = walk(plan, _finer(time_s, source_rate_hz(task.pacing, rate_hz)), rng)
        body = paced(plan.skeleton, body, task.pacing, duration_s, time_s)
    else:
        body = walk(plan, time_s, rng)
    ahead = np.array([np.cos(plan.heading_rad), np.sin(plan.heading_rad), 0.0])
    belt_m_s = plan.speed_m_s * ahead if task.treadmill else None
    return _Trial(plan, body, slice(padding, padding + frames), freezes_s, belt_m_s)


def _finer(time_s: np.ndarray, rate_hz: float) -> np.ndarray:
    """The same stretch of time at another rate."""
    return np.arange(round(time_s[0] * rate_hz), round(time_s[-1] * rate_hz) + 1) / rate_hz


def _slots_m(
    patient: VirtualPatient, visit: int, trial: int, walked: _Trial, cameras: CameraSystem, rate_hz: float
) -> np.ndarray:
    """(frame, slot, 3) as measured."""
    seen_m = measured_positions(patient, visit, walked.body.motion, walked.body.angles_deg, cameras)[walked.kept]
    seen_m = add_noise(
        patient.rng(TRIAL, visit, trial, _NOISE), seen_m - walked.taken_back_m[:, None], cameras.noise_sd_m
    )
    return stored(seen_m, rate_hz, cameras)


def _beside_the_slots(
    patient: VirtualPatient,
    visit: int,
    trial: int,
    walked: _Trial,
    marker_set: str,
    cameras: CameraSystem,
    rate_hz: float,
) -> tuple[tuple[str, ...], np.ndarray]:
    """Labels and positions (frame, marker, 3) of a set's markers that stand for no slot."""
    coat = marker_coat(marker_set, walked.plan.skeleton)
    if not coat.labels:
        return (), np.empty((walked.kept.stop - walked.kept.start, 0, 3))
    body = walked.body
    seen_m = coat_positions(patient, visit, body.motion, coat, cameras, body.angles_deg)[walked.kept]
    rng = patient.rng(TRIAL, visit, trial, _NOISE, 1)
    seen_m = add_noise(rng, seen_m - walked.taken_back_m[:, None], cameras.noise_sd_m)
    return coat.labels, stored(seen_m, rate_hz, cameras)


def _forces(
    patient: VirtualPatient,
    visit: int,
    trial: int,
    walked: _Trial,
    rate_hz: float,
    forces: ForceSetup | None,
    condition: Condition,
) -> ForceRecord | None:
    if forces is None:
        return None
    return record_forces(
        replace(patient, skeleton=walked.plan.skeleton),
        visit,
        trial,
        walked.body,
        walked.kept,
        rate_hz,
        forces,
        belt_m_s=walked.belt_m_s,
        unloading_share=unloading_share(condition),
    )


def _motion_truth(
    patient: VirtualPatient, walked: _Trial, rate_hz: float, record: ForceRecord | None, condition: Condition
) -> MotionTruth:
    body, kept, skeleton = walked.body, walked.kept, walked.plan.skeleton
    frames = len(body.rhythm.time_s)
    reaction = record.reaction if record else None
    if reaction is None and walked.belt_m_s is None:
        standing = replace(patient, skeleton=skeleton)
        every = ground_reaction(standing, body, rate_hz, unloading_share=unloading_share(condition))
        reaction = kept_samples(every, kept)
    return MotionTruth(
        joint_centres_m={
            name: centre_m - walked.taken_back_m for name, centre_m in _kept(body.motion.joint_centres, kept).items()
        },
        angles_deg={name: np.broadcast_to(angle, frames)[kept] for name, angle in body.angles_deg.items()},
        centre_of_mass_m=centre_of_mass(skeleton, body.motion)[kept] - walked.taken_back_m,
        ground_reaction=reaction,
    )


def _kept(values: dict[str, np.ndarray], kept: slice) -> dict[str, np.ndarray]:
    return {name: value[kept] for name, value in values.items()}


def _truth(walked: _Trial, rate_hz: float, task: WalkingTask) -> WalkTruth:
    truth = replace(walk_truth(walked.plan, walked.body, walked.kept, rate_hz), freezes_s=walked.freezes_s)
    return replace(truth, cadence_spm=float("nan")) if task.pacing == "one_step" else truth
