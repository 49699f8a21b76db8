"""Cohorts of virtual patients written as C3D files, a folder for each patient and visit, truth beside each file."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from ltme_clinic import __version__
from ltme_clinic.processes import process_pool
from ltme_clinic.types import Impairment, LtmeError
from ltme_clinic.virtual_lab.conditions import BAREFOOT, Condition
from ltme_clinic.virtual_lab.courses import DAYS_BETWEEN_VISITS, Course
from ltme_clinic.virtual_lab.laboratory import Activity, Exercising, Laboratory, Running, Walking, performed
from ltme_clinic.virtual_lab.laboratory import write_recorded as write_file
from ltme_clinic.virtual_lab.patient import APPOINTMENTS, VirtualPatient, sample_patient
from ltme_clinic.virtual_lab.standing import simulate_static

FIRST_VISIT = date(2024, 1, 8)
LATEST_DAYS = 21
"""An appointment falls so many days after the day that was planned, at most."""
RECORD = "simulation.json"
"""What a folder of virtual recordings was made of, so that an interrupted run goes on and another doesn't mix in."""

Progress = Callable[[int, int], None]
"""Called with files done so far and files in all."""

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


@dataclass(frozen=True)
class _Job:
    """One file that is to be written, and the truth beside it."""

    file: Path
    patient: VirtualPatient
    condition: Condition
    visit: int
    trial: int | None
    """None for the static trial."""


def write_cohort(
    out: Path,
    *,
    patients: int,
    visits: int = 1,
    trials: int = 3,
    impairment: Impairment = "none",
    severity: float = 0.0,
    condition: Condition = BAREFOOT,
    seed: int = 0,
    courses: Sequence[Course] | None = None,
    activity: Activity | None = None,
    laboratory: Laboratory | None = None,
    static: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Path]:
    """Write `out/<patient>/<YYYY-MM-DD>/trial_01.c3d ...`, with `trial_01.truth.json` beside each.

    A run that was interrupted goes on where it stopped when it is called again in the same way.

    Parameters
    ----------
    patients, visits, trials
        How many; visits are about three months apart.
    impairment, severity, condition
        The same for every patient and visit, unless `courses` says otherwise.
    seed
        Patient k is `sample_patient(seed + k)`: the same seed writes the same files.
    courses
        One for each patient: the severity at each visit (`visits`, `impairment`, `severity`, `condition` are then not
        used).
    activity
        A walk of 6 s if left out.
    static
        Write a standing trial before each visit's trials as well: `static.c3d`, which has no truth beside it.
    workers
        Processes at work.

    Returns
    -------
    list of Path
        The C3D files, in order.

    Raises
    ------
    LtmeError
        For counts under 1, a wrong number of courses, a folder that can't be written or holds another simulation, or
        what a patient can't do.
    """
    if min(patients, visits, trials, workers) < 1:
        raise LtmeError("virtual cohort", "patients, visits, trials and workers must be at least 1")
    if courses is None:
        courses = [Course(impairment, (severity,) * visits, conditions=(condition,) * visits)] * patients
    if len(courses) != patients:
        raise LtmeError("virtual cohort", f"{len(courses)} courses for {patients} patients", "Give one course each")
    activity, laboratory = activity or Walking(), laboratory or Laboratory()
    jobs = [job for number, course in enumerate(courses) for job in _jobs(out, seed, number, course, trials, static)]
    _claim(out, seed, courses, trials, static, activity, laboratory)
    write = partial(_write, activity=activity, laboratory=laboratory)
    for done, _ in enumerate(_each(write, jobs, workers), start=1):
        if progress is not None:
            progress(done, len(jobs))
    return [job.file for job in jobs]


def demo_cohort(
    out: Path, seed: int = 0, *, trials: int = 3, workers: int = 1, progress: Progress | None = None
) -> list[Path]:
    """A small clinic of eight virtual patients with one to five visits each (`DEMO_COURSES`).

    Returns
    -------
    list of Path
        The C3D files, in order.
    """
    return write_cohort(
        out,
        patients=len(DEMO_COURSES),
        trials=trials,
        seed=seed,
        courses=DEMO_COURSES,
        workers=workers,
        progress=progress,
    )


def visit_dates(patient: VirtualPatient, course: Course) -> list[date]:
    """Dates of a patient's visits: on the course's days, or about three months apart, as appointments fall."""
    visits = len(course.severities)
    if course.days:
        return [FIRST_VISIT + timedelta(days=day) for day in course.days]
    late = patient.rng(APPOINTMENTS).integers(0, LATEST_DAYS, visits)
    return [FIRST_VISIT + timedelta(days=int(day)) for day in DAYS_BETWEEN_VISITS * np.arange(visits) + late]


def _jobs(out: Path, seed: int, number: int, course: Course, trials: int, static: bool) -> Iterator[_Job]:
    person = sample_patient(
        seed + number,
        impairment=course.impairment,
        side=course.side,
        age_y=course.age_y,
        name=f"VP-{number + 1:03d}",
    )
    for visit, (day, degree) in enumerate(zip(visit_dates(person, course), course.severities, strict=True)):
        folder = out / person.name / day.isoformat()
        patient, condition = person.with_severity(degree), course.condition_at(visit)
        if static:
            yield _Job(folder / "static.c3d", patient, condition, visit, None)
        for trial in range(trials):
            yield _Job(folder / f"trial_{trial + 1:02d}.c3d", patient, condition, visit, trial)


def _each(write: Callable[[_Job], None], jobs: list[_Job], workers: int) -> Iterator[None]:
    """Every job done, in order."""
    if workers == 1:
        yield from map(write, jobs)
        return
    pool = process_pool(workers)
    try:
        yield from pool.map(write, jobs, chunksize=4)
    finally:
        pool.shutdown(cancel_futures=True)


def _write(job: _Job, activity: Activity, laboratory: Laboratory) -> None:
    """The truth first and the recording last, so that a recording that is there is done."""
    if job.file.exists():
        return
    _make_folder(job.file.parent)
    if job.trial is None:
        standing = simulate_static(
            job.patient,
            visit=job.visit,
            rate_hz=laboratory.rate_hz,
            marker_set=laboratory.marker_set,
            cameras=laboratory.cameras,
        )
        write_file(job.file, standing, laboratory)
        return
    done = performed(job.patient, activity, laboratory, visit=job.visit, trial=job.trial, condition=job.condition)
    _write_text(job.file.with_suffix(".truth.json"), done.truth)
    write_file(job.file, done.recording, laboratory)


def _claim(
    out: Path,
    seed: int,
    courses: Sequence[Course],
    trials: int,
    static: bool,
    activity: Activity,
    laboratory: Laboratory,
) -> None:
    """Write down what the folder holds, or see that it holds the same already."""
    _make_folder(out)
    what = {
        "software": __version__,
        "seed": seed,
        "trials": trials,
        "static": static,
        "courses": [asdict(course) for course in courses],
        "activity": {type(activity).__name__.lower(): _plainly(activity)},
        "laboratory": _plainly(laboratory),
    }
    text = json.dumps(what, indent=1, sort_keys=True, default=_plainly) + "\n"
    record = out / RECORD
    held = ""
    with suppress(FileNotFoundError):
        held = record.read_text(encoding="utf-8")
    if held and held != text:
        raise LtmeError(str(out), "it holds another simulation", "Choose another --out, or empty it")
    if not held:
        _write_text(record, text)


def _plainly(value: object) -> object:
    """A dataclass, an array or a mapping as JSON takes it."""
    if isinstance(value, Walking | Running | Laboratory):
        return asdict(value)
    if isinstance(value, Exercising):
        return {
            "exercise": value.exercise,
            "params": dict(value.params),
            "faults": dict(value.faults),
            "fatigue": value.fatigue,
        }
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LtmeError(str(folder), f"can't make the folder ({error.strerror})", "Choose another --out") from error


def _write_text(file: Path, text: str) -> None:
    """Write at once or not at all."""
    name = ""
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, file)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise LtmeError(str(file), f"can't be written ({error.strerror})", "Choose another folder") from error
