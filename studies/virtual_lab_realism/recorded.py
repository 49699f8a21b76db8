"""A virtual walk as a laboratory gets to see it: written as C3D, read back, its events taken out, and analysed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from ltme_clinic.body import ANGLES, CYCLE_POINTS, SIDES
from ltme_clinic.gait.analysis import analyse_gait
from ltme_clinic.gait.settings import GaitSettings
from ltme_clinic.processes import process_pool
from ltme_clinic.progress import Progress
from ltme_clinic.recordings import read_recordings, write_c3d
from ltme_clinic.types import GaitAnalysis, LtmeError, Recording, WalkTruth
from ltme_clinic.virtual_lab import CameraSystem, VirtualPatient, simulate_walk

AGE_Y = 10.0
"""Entered for everybody: the controls behind GDI and GPS are children, and virtual adults are made of their curves."""
FIGURES = (
    "cadence_spm",
    "step_length_m",
    "stance_pct",
    "foot_off_pct",
    "speed_m_s",
    "step_width_m",
    "double_support_pct",
    "gps_deg",
)
"""Figures of both sides together that are kept; "<name>*" is the same made dimensionless (Hof 1996)."""

Job = TypeVar("Job")
Row = TypeVar("Row")


@dataclass(frozen=True, eq=False)
class MeasuredWalk:
    """What the project's own gait analysis makes of one virtual walk."""

    curves_deg: np.ndarray  # (2, 9, 51) left, right; `body.ANGLES`; NaN where not given
    figures: dict[str, float]
    truth: WalkTruth
    refused: str = ""
    """Why the walk can't be analysed at all; empty otherwise."""

    @property
    def complete(self) -> bool:
        """Whether all nine variables of both sides are given."""
        return bool(np.isfinite(self.curves_deg).all())


def measured_walk(
    patient: VirtualPatient,
    *,
    visit: int = 0,
    trial: int = 0,
    duration_s: float = 8.0,
    speed_m_s: float | None = None,
    cameras: CameraSystem | None = None,
) -> MeasuredWalk:
    """Let a patient walk, write and read the file, and analyse it with neither events nor a standing trial."""
    walked = simulate_walk(
        patient, visit=visit, trial=trial, duration_s=duration_s, speed_m_s=speed_m_s, cameras=cameras
    )
    return analysed_walk(written_and_read(walked.recording), walked.truth)


def analysed_walk(recording: Recording, truth: WalkTruth) -> MeasuredWalk:
    """Analyse a recording without events; a walk that the analysis refuses says why and has no curves."""
    nothing = np.full((len(SIDES), len(ANGLES), CYCLE_POINTS), np.nan)
    try:
        analysis = analyse_gait(recording, settings=GaitSettings(age_y=AGE_Y))
    except LtmeError as error:
        return MeasuredWalk(nothing, {}, truth, str(error))
    return MeasuredWalk(nine_curves(analysis), kept_figures(analysis), truth)


def written_and_read(recording: Recording) -> Recording:
    """The recording as its C3D file gives it back, without the events that were entered."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trial.c3d"
        write_c3d(file, recording)
        return replace(read_recordings(file)[0], events=())


def nine_curves(analysis: GaitAnalysis) -> np.ndarray:
    """(2, 9, 51) mean curves of the counted cycles, every 2 % of the cycle; NaN where a variable isn't given."""
    curves = np.full((len(SIDES), len(ANGLES), CYCLE_POINTS), np.nan)
    for (name, side), curve in analysis.curves.items():
        if name in ANGLES:
            curves[SIDES.index(side), ANGLES.index(name)] = curve.mean[::2]
    return curves


def kept_figures(analysis: GaitAnalysis) -> dict[str, float]:
    """`FIGURES` by name, and dimensionless ones where the analysis gives them; NaN where it refuses."""
    kept: dict[str, float] = {}
    for name in FIGURES:
        figure = analysis.figure(name)
        kept[name] = float("nan") if figure is None else figure.value
        normalised = None if figure is None else figure.normalised
        kept[f"{name}*"] = float("nan") if normalised is None else normalised
    return kept


def in_parallel(
    work: Callable[[Job], Row], jobs: Sequence[Job], workers: int, progress: Progress, what: str
) -> Iterator[Row]:
    """The work on every job, in order; one worker stays in this process."""
    if workers < 2:
        for number, job in enumerate(jobs):
            progress(what, number, len(jobs))
            yield work(job)
        return
    with process_pool(workers) as pool:
        for number, row in enumerate(pool.map(work, jobs, chunksize=8)):
            progress(what, number, len(jobs))
            yield row
