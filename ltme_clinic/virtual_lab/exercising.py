"""A virtual patient does an exercise, cameras see it, and the truth is known."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from ltme_clinic.body import SLOT_INDEX
from ltme_clinic.exercises import (
    Execution,
    Exercise,
    Performance,
    Variation,
    WalkingExercise,
    find_exercise,
    find_walking_exercise,
    perform,
)
from ltme_clinic.kinematics import BodyMotion, centre_of_mass
from ltme_clinic.kinematics.rotations import rotation_z
from ltme_clinic.marker_sets import marker_sets
from ltme_clinic.norms import cadence_steps_min
from ltme_clinic.types import ExerciseTruth, GaitEvent, LtmeError, MotionTruth, Recording, TrialFacts
from ltme_clinic.virtual_lab.body_measures import anthropometry, body_measures
from ltme_clinic.virtual_lab.exercise_truth import exercise_truth
from ltme_clinic.virtual_lab.markers import CameraSystem, add_noise, measured_positions, occlude
from ltme_clinic.virtual_lab.patient import PERSON, TRIAL, VirtualPatient
from ltme_clinic.virtual_lab.simulate import MANUFACTURER, VirtualWalk, simulate_walk
from ltme_clinic.virtual_lab.tasks import WalkingTask

OWN_TEMPO_SD, TRIAL_TEMPO_SD = 0.08, 0.04
"""Spread of a person's own tempo against the asked one, and of a trial's against the person's (our assumption)."""
OWN_VARIATION = Variation(depth_sd=0.02, greatest_shortfall=0.05, tempo_sd=0.04, skew_sd=0.025, greatest_skew=0.06)
"""How a person's repetitions differ: range within 5 % of the asked one, tempo by some 4 % (our assumption)."""
MOST_EVENTS = 250
"""Phases that a C3D file takes as events; beyond them only the starts of repetitions are written."""
SEAT_SHARE, STEP_SHARE = 0.94, 0.105
"""A seat that suits a body, share of the knee's height (higher by what the thigh is longer than the shank, so that the
weight comes over the feet), and a step, share of the height: 0.47 m and 0.18 m for a grown person."""
_EXERCISING = 4
"""Number that sets an exercise's random numbers apart from those of a walk with the same trial's number; the
exercise's name goes on from there."""
_BODY, _NOISE, _GAPS = 1, 2, 3
_NO_FAULTS: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class VirtualExercise:
    """A recording, what was really done, and the body's true motion."""

    recording: Recording
    truth: ExerciseTruth
    motion: MotionTruth


def simulate_exercise(
    patient: VirtualPatient,
    exercise: str | Exercise,
    *,
    params: Mapping[str, object] | None = None,
    faults: Mapping[str, float] = _NO_FAULTS,
    fatigue: float = 0.0,
    visit: int = 0,
    trial: int = 0,
    rate_hz: float = 100.0,
    marker_set: str = "plug-in-gait-full-body",
    cameras: CameraSystem | None = None,
    heading_rad: float = 0.0,
) -> VirtualExercise:
    """Do an exercise as a laboratory would record it, with the truth beside it.

    The patient's own body does it at the own tempo, every repetition a little different; repetitions fall up to 5 %
    short of the asked range and never pass it. Faults and fatigue change no random number. Not handled: the patient's
    impairment (a fault says what is wrong), forces on the floor, furniture in the picture.

    Parameters
    ----------
    exercise
        A name among `exercises.exercises()`, or a description.
    params
        Values of the description's parameters; those left out are the defaults, but for a seat or step, which then
        suits the body.
    faults
        Name of a fault in the description -> severity, 0 none to 1.
    fatigue
        0 fresh to the end; 1: at the last repetition range is a fifth less, tempo 30 % slower, and tremor greatest.
    heading_rad
        Where the upright body faces, from the laboratory's x; what a mat carries is turned with it.

    Raises
    ------
    LtmeError
        For an unknown exercise, parameter, fault or marker set, a value outside its limits, or a movement that this
        body can't do.
    """
    found = find_exercise(exercise) if isinstance(exercise, str) else exercise
    labels = _labels(marker_set)
    cameras = cameras or CameraSystem()
    values = found.check(suited(found, patient) | dict(params or {}))
    stream = (TRIAL, visit, trial, _EXERCISING, zlib.crc32(found.name.encode()))
    execution = Execution(faults, fatigue, patient.side or "right", _variation(patient, stream))
    done = perform(found, values, patient.skeleton, rate_hz, patient.rng(*stream, _BODY), execution)
    body = _facing(done.posed.motion, heading_rad)
    slots_m = measured_positions(patient, visit, body, done.posed.angles_deg, cameras)
    slots_m = add_noise(patient.rng(*stream, _NOISE), slots_m, cameras.noise_sd_m)
    positions_m = np.ascontiguousarray(slots_m[:, [SLOT_INDEX[slot] for slot in labels]])
    positions_m = occlude(patient.rng(*stream, _GAPS), positions_m, rate_hz, cameras.gaps)
    recording = _recording(patient, done, visit, trial, rate_hz, labels, positions_m, cameras)
    truth = exercise_truth(patient, visit, done, execution, rate_hz)
    motion = MotionTruth(body.joint_centres, done.posed.angles_deg, centre_of_mass(patient.skeleton, body))
    return VirtualExercise(recording, truth, motion)


def suited(exercise: Exercise, patient: VirtualPatient) -> dict[str, object]:
    """Furniture that suits the patient's body, as parameters of the exercise; nothing where it needs none."""
    body = patient.skeleton
    knee_m = body.shank_m + body.ankle_height_m
    suiting_m = {
        "seat_height_m": SEAT_SHARE * knee_m + max(0.0, body.thigh_m - body.shank_m),
        "step_height_m": STEP_SHARE * patient.height_m,
    }
    return {
        parameter.name: round(float(np.clip(suiting_m[parameter.name], parameter.minimum, parameter.maximum)), 2)
        for parameter in exercise.parameters
        if parameter.name in suiting_m
    }


def _variation(patient: VirtualPatient, stream: tuple[int, ...]) -> Variation:
    """How this person's repetitions differ in this trial."""
    own = 1.0 + OWN_TEMPO_SD * float(np.clip(patient.rng(PERSON, _EXERCISING).standard_normal(), -2.0, 2.0))
    now = 1.0 + TRIAL_TEMPO_SD * float(np.clip(patient.rng(*stream).standard_normal(), -2.0, 2.0))
    return replace(OWN_VARIATION, tempo=own * now)


def _facing(motion: BodyMotion, heading_rad: float) -> BodyMotion:
    """The same motion turned about the vertical."""
    if not heading_rad:
        return motion
    turn = rotation_z(heading_rad)
    return BodyMotion(
        {name: turn @ segment for name, segment in motion.rotations.items()},
        {name: centre @ turn.T for name, centre in motion.joint_centres.items()},
    )


def _labels(marker_set: str) -> dict[str, str]:
    """Slot -> label of a set's markers."""
    sets = marker_sets()
    if marker_set not in sets:
        raise LtmeError("marker set", f"'{marker_set}' is not known", f"Use one of {', '.join(sets)}")
    return {slot: names[0] for slot, names in sets[marker_set].slots.items()}


def _recording(
    patient: VirtualPatient,
    done: Performance,
    visit: int,
    trial: int,
    rate_hz: float,
    labels: Mapping[str, str],
    positions_m: np.ndarray,
    cameras: CameraSystem,
) -> Recording:
    name = done.exercise.name
    return Recording(
        recording_id=hashlib.sha256(positions_m.tobytes() + f"{patient.name} {name}".encode()).hexdigest(),
        origin="virtual",
        source_name=f"{patient.name}_visit_{visit:02d}_{name}_{trial + 1:02d}.c3d",
        subject=patient.name,
        rate_hz=float(rate_hz),
        first_file_frame=1,
        marker_labels=tuple(labels.values()),
        positions_m=positions_m,
        events=_phase_events(done, rate_hz),
        anthropometry=anthropometry(patient),
        body_measures=body_measures(patient, visit, cameras),
        trial=TrialFacts(kind="exercise", sources={"kind": "parameters"}),
        manufacturer=MANUFACTURER,
        parameters={
            "exercise": name,
            "exercise_version": str(done.exercise.version),
            "params": json.dumps(dict(done.values), sort_keys=True),
        },
    )


def _phase_events(done: Performance, rate_hz: float) -> tuple[GaitEvent, ...]:
    """Where each phase begins; what was done wrong stands in the truth alone."""
    phases = done.timeline.phases
    if len(phases) > MOST_EVENTS:
        phases = phases[:: len(done.exercise.phases)]
    return tuple(
        GaitEvent(None, "other", start_s, round(start_s * rate_hz), f"repetition {repetition}: {name}")
        for start_s, repetition, name in phases
    )


def simulate_walking_exercise(
    patient: VirtualPatient,
    exercise: str | WalkingExercise,
    *,
    params: Mapping[str, object] | None = None,
    visit: int = 0,
    trial: int = 0,
    rate_hz: float = 100.0,
    marker_set: str = "plug-in-gait-full-body",
    cameras: CameraSystem | None = None,
) -> VirtualWalk:
    """Do an exercise made of walking (tandem walk, big steps, arm swing): a walk with its truth, the trial an exercise.

    The walker carries it out, impairment and all; it lasts as long as the asked steps take.

    Parameters
    ----------
    exercise
        A name among `exercises.walking_exercises()`, or a description.

    Raises
    ------
    LtmeError
        For an unknown exercise, parameter or marker set, or a walk that this patient can't walk.
    """
    found = find_walking_exercise(exercise) if isinstance(exercise, str) else exercise
    values = found.check(params)
    demand = found.demand(values)
    task = WalkingTask(
        step_length_factor=demand.step_length_factor,
        cadence_factor=demand.cadence_factor,
        step_width_m=demand.step_width_m,
        arm_swing_deg=demand.arm_swing_deg,
    )
    own_spm = cadence_steps_min(patient.preferred_speed, patient.leg_length_m)
    walked = simulate_walk(
        patient,
        visit=visit,
        trial=trial,
        duration_s=found.duration_s(values, own_spm),
        rate_hz=rate_hz,
        marker_set=marker_set,
        cameras=cameras,
        task=task,
    )
    recording = replace(
        walked.recording,
        source_name=f"{patient.name}_visit_{visit:02d}_{found.name}_{trial + 1:02d}.c3d",
        trial=TrialFacts(kind="exercise", sources={"kind": "parameters"}),
        parameters={
            "exercise": found.name,
            "exercise_version": str(found.version),
            "params": json.dumps(values, sort_keys=True),
        },
    )
    return replace(walked, recording=recording)
