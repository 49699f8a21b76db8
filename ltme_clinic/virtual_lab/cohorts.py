"""Whole cohorts of virtual patients as C3D files, one folder a patient and a visit, with the truth beside each file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from ltme_clinic.recordings import write_c3d
from ltme_clinic.types import Impairment, LtmeError, Side
from ltme_clinic.virtual_lab.markers import CameraSystem
from ltme_clinic.virtual_lab.patient import APPOINTMENTS, VirtualPatient, sample_patient
from ltme_clinic.virtual_lab.simulate import simulate_walk
from ltme_clinic.virtual_lab.standing import simulate_static
from ltme_clinic.virtual_lab.truth import truth_json

FIRST_VISIT = date(2024, 1, 8)
DAYS_BETWEEN_VISITS = 91

Progress = Callable[[int, int], None]
"""Called with files written so far and files in all."""


@dataclass(frozen=True)
class Course:
    """One patient's story: the severity at each visit."""

    impairment: Impairment
    severities: tuple[float, ...]
    side: Side | None = None
    age_y: float | None = None


DEMO_COURSES: tuple[Course, ...] = (
    Course("none", (0.0, 0.0, 0.0, 0.0), age_y=34),
    Course("stiff_knee", (0.0, 0.25, 0.55, 0.85), side="right", age_y=58),
    Course("equinus", (0.1, 0.35, 0.6, 0.9), side="left", age_y=9),
    Course("hemiplegic", (0.9, 0.7, 0.5, 0.35, 0.25), side="right", age_y=63),
    Course("crouch", (0.9, 0.65, 0.45, 0.3), age_y=11),
    Course("antalgic", (0.8, 0.45, 0.4, 0.4), side="left", age_y=47),
    Course("none", (0.0,), age_y=26),
    Course("trendelenburg", (0.0, 0.3, 0.6, 1.0), side="right", age_y=70),
)
"""Healthy and stable; growing; growing on one side; recovering; a recovering child; a plateau; one visit; growing."""


def write_cohort(
    out: Path,
    *,
    patients: int,
    visits: int = 1,
    trials: int = 3,
    impairment: Impairment = "none",
    severity: float = 0.0,
    seed: int = 0,
    courses: Sequence[Course] | None = None,
    progress: Progress | None = None,
    duration_s: float = 6.0,
    marker_set: str = "plug-in-gait-full-body",
    cameras: CameraSystem | None = None,
    static: bool = False,
) -> list[Path]:
    """Write `out/<patient>/<YYYY-MM-DD>/trial_01.c3d ...`, with `trial_01.truth.json` beside each.

    Parameters
    ----------
    patients, visits, trials
        How many; visits are about three months apart.
    impairment, severity
        The same for every patient and visit, unless `courses` says otherwise.
    seed
        Patient k is `sample_patient(seed + k)`: the same seed writes the same files.
    courses
        One for each patient: the severity at each visit (`visits`, `impairment`, `severity` are then not used).
    static
        Write a standing trial before each visit's walks as well: `static.c3d`, which has no truth beside it.

    Returns
    -------
    list of Path
        The C3D files, in order.

    Raises
    ------
    LtmeError
        For counts under 1, a wrong number of courses, or a folder that can't be written.
    """
    if min(patients, visits, trials) < 1:
        raise LtmeError("virtual cohort", "patients, visits and trials must be at least 1")
    if courses is None:
        courses = [Course(impairment, (severity,) * visits)] * patients
    if len(courses) != patients:
        raise LtmeError("virtual cohort", f"{len(courses)} courses for {patients} patients", "Give one course each")
    total = (trials + static) * sum(len(course.severities) for course in courses)
    written: list[Path] = []
    for number, course in enumerate(courses):
        person = sample_patient(
            seed + number,
            impairment=course.impairment,
            side=course.side,
            age_y=course.age_y,
            name=f"VP-{number + 1:03d}",
        )
        days = visit_dates(person, len(course.severities))
        for visit, (day, degree) in enumerate(zip(days, course.severities, strict=True)):
            patient = person.with_severity(degree)
            folder = out / person.name / day.isoformat()
            if static:
                standing = simulate_static(patient, visit=visit, marker_set=marker_set, cameras=cameras)
                _make_folder(folder)
                write_c3d(folder / "static.c3d", standing)
                written.append(folder / "static.c3d")
                if progress is not None:
                    progress(len(written), total)
            for trial in range(trials):
                walked = simulate_walk(
                    patient, visit=visit, trial=trial, duration_s=duration_s, marker_set=marker_set, cameras=cameras
                )
                file = folder / f"trial_{trial + 1:02d}.c3d"
                _make_folder(folder)
                write_c3d(file, walked.recording)
                _write_text(file.with_suffix(".truth.json"), truth_json(walked.truth))
                written.append(file)
                if progress is not None:
                    progress(len(written), total)
    return written


def demo_cohort(out: Path, seed: int = 0, *, trials: int = 3, progress: Progress | None = None) -> list[Path]:
    """A small clinic of eight virtual patients with one to five visits each (`DEMO_COURSES`).

    Returns
    -------
    list of Path
        The C3D files, in order.
    """
    return write_cohort(
        out, patients=len(DEMO_COURSES), trials=trials, seed=seed, courses=DEMO_COURSES, progress=progress
    )


def visit_dates(patient: VirtualPatient, visits: int) -> list[date]:
    """Dates of a patient's visits, about three months apart, as appointments fall."""
    rng = patient.rng(APPOINTMENTS)
    days = DAYS_BETWEEN_VISITS * np.arange(visits) + rng.integers(0, 21, visits)
    return [FIRST_VISIT + timedelta(days=int(day)) for day in days]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LtmeError(str(folder), f"can't make the folder ({error.strerror})", "Choose another --out") from error


def _write_text(file: Path, text: str) -> None:
    """Write at once or not at all."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, file)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise LtmeError(str(file), f"can't be written ({error.strerror})", "Choose another folder") from error
