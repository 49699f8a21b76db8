"""Stable healthy patients who come again: how far two visits lie apart when nothing has changed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ltme_clinic.body import ANGLES
from ltme_clinic.progress import Progress, silent
from ltme_clinic.statistics import icc_agreement, sem_from_retest
from ltme_clinic.virtual_lab import sample_patient
from studies.virtual_lab_realism.figures import Figure, PartResult, over_people
from studies.virtual_lab_realism.recorded import in_parallel, measured_walk

TITLE = "Between-visit error of stable patients"
PEOPLE = 60
FIRST_SEED = 53_000_000
MOST_VISITS, FEWEST_VISITS, TRIALS = 4, 2, 3
SECONDS = 6.0
SAGITTAL = ("pelvic_tilt", "hip_flexion", "knee_flexion", "ankle_dorsiflexion")
TRANSVERSE = ("pelvic_rotation", "hip_rotation", "foot_progression")
SAGITTAL_BAR_DEG, GPS_BAR_DEG, SPEED_BAR_M_S = (2.0, 4.0), (0.5, 1.0), (0.04, 0.07)
"""Published between-session errors of healthy and stable people, as the project's facts give them (McGinley 2009)."""
WALK_FIGURES = {
    "gps_deg": ("overall GPS", "deg", GPS_BAR_DEG),
    "speed_m_s": ("speed", "m/s", SPEED_BAR_M_S),
    "cadence_spm": ("cadence", "steps/min", None),
    "step_length_m": ("step length", "m", None),
}


def measure(people: int = PEOPLE, workers: int = 2, progress: Progress = silent) -> PartResult:
    """`people` healthy patients of all ages, two to four visits of three trials each at their own speed."""
    jobs = [(person, visit) for person in range(people) for visit in range(visits_of(person))]
    rows = list(in_parallel(_visit, jobs, workers, progress, "retest: visits"))
    curves = np.full((people, MOST_VISITS, 2, len(ANGLES), 51), np.nan)
    walks = {name: np.full((people, MOST_VISITS), np.nan) for name in WALK_FIGURES}
    lost = 0
    for (person, visit), row in zip(jobs, rows, strict=True):
        lost += row["refused"]
        curves[person, visit] = row["curves"]
        for name, table in walks.items():
            table[person, visit] = row["figures"][name]
    remarks = [f"{lost} of {TRIALS * len(jobs)} trials could not be analysed"] if lost else []
    return PartResult(TITLE, angle_figures(curves) + walk_figures(walks), {}, remarks)


def visits_of(person: int) -> int:
    """Two, three and four visits in turn."""
    return FEWEST_VISITS + person % (MOST_VISITS - FEWEST_VISITS + 1)


def _visit(job: tuple[int, int]) -> dict[str, Any]:
    """Means over the trials of one visit."""
    person, visit = job
    patient = sample_patient(FIRST_SEED + person)
    walks = [measured_walk(patient, visit=visit, trial=trial, duration_s=SECONDS) for trial in range(TRIALS)]
    kept = [walk for walk in walks if walk.complete]
    nothing = np.full((2, len(ANGLES), 51), np.nan)
    return {
        "curves": np.mean([walk.curves_deg for walk in kept], axis=0) if kept else nothing,
        "figures": {
            name: float(np.mean([walk.figures[name] for walk in kept])) if kept else np.nan for name in WALK_FIGURES
        },
        "refused": len(walks) - len(kept),
    }


def angle_figures(curves: np.ndarray) -> list[Figure]:
    """Standard error of each variable's curve between visits, and whether the transverse plane's is the larger.

    Parameters
    ----------
    curves : (person, visit, 2, 9, 51) degrees, NaN where a visit was not made
    """
    figures = []
    for name in ANGLES:
        own = curves[:, :, :, ANGLES.index(name)]
        bar = SAGITTAL_BAR_DEG if name in SAGITTAL else None
        figures.append(over_people(f"SEM of {name}", own, curve_sem_deg, "deg", bar=bar))
    figures.append(
        over_people(
            "SEM of the transverse plane over the sagittal",
            curves,
            transverse_over_sagittal,
            "",
            bar=(1.0, None),
            note="hip rotation and foot progression over the four sagittal variables",
        )
    )
    return figures


def curve_sem_deg(curves: np.ndarray) -> float:
    """SD within people of (person, visit, 2, 51) curves, pooled over people, sides and the cycle (root mean square)."""
    rows = curves.transpose(0, 2, 3, 1).reshape(-1, curves.shape[1])  # (person x side x point, visit)
    return sem_from_retest(rows)


def transverse_over_sagittal(curves: np.ndarray) -> float:
    """Ratio of the two planes' mean SEM, of (person, visit, 2, 9, 51)."""
    sem = {name: curve_sem_deg(curves[:, :, :, ANGLES.index(name)]) for name in (*SAGITTAL, *TRANSVERSE[1:])}
    return float(np.mean([sem[name] for name in TRANSVERSE[1:]]) / np.mean([sem[name] for name in SAGITTAL]))


def walk_figures(tables: dict[str, np.ndarray]) -> list[Figure]:
    """Standard error and intraclass correlation of the figures of a whole walk, (person, visit) each."""
    figures = []
    for name, (words, unit, bar) in WALK_FIGURES.items():
        figures.append(over_people(f"SEM of {words}", tables[name], sem_from_retest, unit, bar=bar))
        first_two = tables[name][:, :2]
        first_two = first_two[np.isfinite(first_two).all(axis=1)]
        figures.append(over_people(f"ICC(A,1) of {words}, first two visits", first_two, icc_agreement, ""))
    return figures
