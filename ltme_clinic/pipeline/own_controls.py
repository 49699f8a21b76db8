"""A laboratory's own reference: a folder of healthy people's walks becomes one file of means, spreads and scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ltme_clinic.body import ANGLES, SIDES
from ltme_clinic.kinematics.cgm.model import MODEL
from ltme_clinic.pipeline.people_folders import files_by_person
from ltme_clinic.pipeline.small_tables import read_table
from ltme_clinic.progress import Progress, silent
from ltme_clinic.types import GaitAnalysis, LtmeError, Recording, Side

if TYPE_CHECKING:
    from ltme_clinic.norms import ControlPerson, ReferenceControls


@dataclass
class ControlsReport:
    """What a reference was made of."""

    controls: ReferenceControls
    walks: int = 0
    refused: list[str] = field(default_factory=list)
    """One line for each walk and person left out, and why."""


def build_own_controls(
    folder: Path, *, name: str, ages: Path | None = None, progress: Progress = silent
) -> ControlsReport:
    """Analyse every walk below a folder, one subfolder a person, and summarise the people.

    A person's curve is the mean of all their counted strides, over all their walks. A static trial in a person's folder
    calibrates their walks where these store no offsets of their own.

    Parameters
    ----------
    folder : FOLDER/PERSON/.../*.c3d
    name : who the people are, for legends
    ages : CSV with the columns person and age_y

    Raises
    ------
    LtmeError
        No people, too few, or as `norms.build_controls`.
    """
    from ltme_clinic.norms import build_controls

    people, refused = files_by_person(folder)
    known_ages = _read_ages(ages) if ages is not None else {}
    found: list[ControlPerson] = []
    walks = 0
    for number, (person, own) in enumerate(sorted(people.items()), start=1):
        analyses = _walks_of(own, known_ages.get(person), refused)
        control = _person(person, analyses, known_ages.get(person))
        if control is None:
            refused.append(f"{person}: no walk gave all nine angles of both sides")
        else:
            found.append(control)
            walks += len(analyses)
        progress("people", number, len(people))
    return ControlsReport(build_controls(found, name=name), walks, refused)


def _walks_of(files: Sequence[Path], age_y: float | None, refused: list[str]) -> list[GaitAnalysis]:
    """One person's analysed walks; what can't be read or analysed is added to `refused`."""
    from ltme_clinic.gait.analysis import analyse_gait
    from ltme_clinic.gait.settings import GaitSettings
    from ltme_clinic.recordings import read_recordings

    recordings: list[Recording] = []
    for file in files:
        try:
            (recording,) = read_recordings(file)
            recordings.append(recording)
        except LtmeError as error:
            refused.append(str(error))
        except ValueError:
            refused.append(str(LtmeError(file.name, "holds several people", "Give each person a file of their own")))
    statics = [recording for recording in recordings if recording.is_static]
    static = statics[0] if len(statics) == 1 else None
    analyses = []
    for recording in recordings:
        if recording.is_static:
            continue
        own = None if _has_offsets(recording) else static
        try:
            analyses.append(analyse_gait(recording, static=own, settings=GaitSettings(age_y=age_y)))
        except LtmeError as error:
            refused.append(str(error))
    return analyses


def _has_offsets(recording: Recording) -> bool:
    measures = recording.body_measures
    return all(measures.leg(side).plantar_flexion_rad is not None for side in SIDES)


def _person(person: str, analyses: Sequence[GaitAnalysis], age_y: float | None) -> ControlPerson | None:
    """The mean of all counted strides of both sides; None where an angle of a side is nowhere complete."""
    from ltme_clinic.norms import ControlPerson, dimensionless_speed

    walks = [a for a in analyses if a.movement == "walking" and a.angles is not None and a.angles.model == MODEL]
    curves: dict[tuple[str, Side], np.ndarray] = {}
    for name in ANGLES:
        for side in SIDES:
            key: tuple[str, Side] = (name, "left" if side == "left" else "right")
            rows = [a.curves[key].cycles[a.curves[key].counted] for a in walks if key in a.curves]
            strides = np.concatenate(rows) if rows else np.empty((0, 101))
            strides = strides[np.isfinite(strides).all(axis=1)]
            if not len(strides):
                return None
            curves[key] = strides.mean(axis=0)
    speeds = [
        dimensionless_speed(cycle.speed_m_s, a.leg_length_m)
        for a in walks
        for cycle in a.cycles
        if cycle.counts and cycle.speed_m_s is not None and a.leg_length_m is not None
    ]
    return ControlPerson(person, walks[0].origin, curves, age_y, float(np.mean(speeds)) if speeds else None)


def _read_ages(path: Path) -> Mapping[str, float]:
    """Person -> age in years, from a CSV with the columns person and age_y."""
    ages: dict[str, float] = {}
    for line, row in enumerate(read_table(path, ("person", "age_y"), "Name them in the first line"), start=2):
        try:
            age_y = float(row["age_y"])
        except ValueError:
            age_y = -1.0
        if not 0.0 <= age_y <= 120.0:
            fact = f"line {line}: '{row['age_y'][:20]}' is no age in years"
            raise LtmeError(path.name, fact, "Write a number from 0 to 120")
        ages[row["person"].strip()] = age_y
    return ages
