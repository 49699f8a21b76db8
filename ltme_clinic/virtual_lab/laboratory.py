"""What is done in the virtual laboratory, and how it is measured: an activity, a laboratory, and the file they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ltme_clinic.exercises import walking_exercises
from ltme_clinic.types import LtmeError, Recording
from ltme_clinic.virtual_lab.camera_faults import CameraFaults
from ltme_clinic.virtual_lab.conditions import BAREFOOT, Condition
from ltme_clinic.virtual_lab.dialects import write_dialect
from ltme_clinic.virtual_lab.exercise_truth import exercise_truth_json
from ltme_clinic.virtual_lab.exercising import simulate_exercise, simulate_walking_exercise
from ltme_clinic.virtual_lab.force_recording import ForceSetup
from ltme_clinic.virtual_lab.markers import CameraSystem
from ltme_clinic.virtual_lab.patient import VirtualPatient
from ltme_clinic.virtual_lab.running import simulate_run
from ltme_clinic.virtual_lab.simulate import simulate_walk
from ltme_clinic.virtual_lab.tasks import AS_USUAL, WalkingTask
from ltme_clinic.virtual_lab.truth import truth_json


@dataclass(frozen=True)
class Laboratory:
    """How a virtual laboratory measures."""

    marker_set: str = "plug-in-gait-full-body"
    """A name of `data_schemas/marker_sets`."""
    rate_hz: float = 100.0
    cameras: CameraSystem = field(default_factory=CameraSystem)
    faults: CameraFaults | None = None
    """What goes wrong with markers; nothing by default."""
    forces: ForceSetup | None = None
    """Force plates under walks; none by default."""
    dialect: str = "ltme"
    """Whose software writes the file; a name of `dialects.DIALECTS`."""


@dataclass(frozen=True)
class Walking:
    """A walk, as usual or as a task asks."""

    task: WalkingTask = AS_USUAL
    duration_s: float = 6.0
    speed_m_s: float | None = None
    """The patient's own if None."""


@dataclass(frozen=True)
class Running:
    """A run; only who has no impairment runs."""

    duration_s: float = 6.0
    speed_m_s: float | None = None
    treadmill: bool = False


@dataclass(frozen=True)
class Exercising:
    """An exercise of `data_schemas/exercises`."""

    exercise: str
    params: Mapping[str, object] = field(default_factory=dict)
    faults: Mapping[str, float] = field(default_factory=dict)
    """Fault -> severity, 0 to 1; exercises made of walking have none."""
    fatigue: float = 0.0


Activity = Walking | Running | Exercising


@dataclass(frozen=True, eq=False)
class Performed:
    """What a trial gives: the recording and its truth, as JSON text."""

    recording: Recording
    truth: str


def performed(
    patient: VirtualPatient,
    activity: Activity,
    laboratory: Laboratory,
    *,
    visit: int = 0,
    trial: int = 0,
    condition: Condition = BAREFOOT,
) -> Performed:
    """One trial of an activity.

    Faults of markers and force plates are given to walks alone.

    Raises
    ------
    LtmeError
        As the activity's own simulation says.
    """
    if isinstance(activity, Exercising) and activity.exercise in walking_exercises():
        if activity.faults or activity.fatigue:
            raise LtmeError(activity.exercise, "faults and fatigue are not made for walking", "Leave them out")
        stepped = simulate_walking_exercise(
            patient,
            activity.exercise,
            params=activity.params,
            visit=visit,
            trial=trial,
            rate_hz=laboratory.rate_hz,
            marker_set=laboratory.marker_set,
            cameras=laboratory.cameras,
        )
        return Performed(stepped.recording, truth_json(stepped.truth, stepped.motion))
    if isinstance(activity, Exercising):
        done = simulate_exercise(
            patient,
            activity.exercise,
            params=activity.params,
            faults=activity.faults,
            fatigue=activity.fatigue,
            visit=visit,
            trial=trial,
            rate_hz=laboratory.rate_hz,
            marker_set=laboratory.marker_set,
            cameras=laboratory.cameras,
        )
        return Performed(done.recording, exercise_truth_json(done.truth, done.motion))
    if isinstance(activity, Running):
        ran = simulate_run(
            patient,
            visit=visit,
            trial=trial,
            duration_s=activity.duration_s,
            rate_hz=laboratory.rate_hz,
            speed_m_s=activity.speed_m_s,
            treadmill=activity.treadmill,
            marker_set=laboratory.marker_set,
            cameras=laboratory.cameras,
        )
        return Performed(ran.recording, truth_json(ran.truth, ran.motion))
    walked = simulate_walk(
        patient,
        visit=visit,
        trial=trial,
        duration_s=activity.duration_s,
        rate_hz=laboratory.rate_hz,
        speed_m_s=activity.speed_m_s,
        marker_set=laboratory.marker_set,
        cameras=laboratory.cameras,
        task=activity.task,
        condition=condition,
        forces=laboratory.forces,
        faults=laboratory.faults,
    )
    return Performed(walked.recording, truth_json(walked.truth, walked.motion, walked.faults))


def write_recorded(path: Path, recording: Recording, laboratory: Laboratory) -> None:
    """Write a recording as the laboratory's software does; the file appears complete or not at all."""
    write_dialect(path, recording, laboratory.dialect)
