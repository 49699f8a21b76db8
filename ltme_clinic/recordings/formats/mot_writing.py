"""Writes MOT and STO files as OpenSim reads them: the forces of plates, or joint angles.

Forces stand as OpenSim's examples have them, `ground_force_1_vx` (N), `ground_force_1_px` (m), `ground_torque_1_x`
(N m), with y up. Its tools can't calculate with gaps there, so an empty plate is zero in all nine columns.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from ltme_clinic.errors import one_line
from ltme_clinic.kinematics import plate_forces
from ltme_clinic.recordings.c3d_writing.in_place import refuse_own_source, replacing
from ltme_clinic.recordings.formats.mot_columns import ANGLES_MARK
from ltme_clinic.recordings.formats.origin_mark import title_of
from ltme_clinic.recordings.formats.text_writing import left_out, rows_of_text
from ltme_clinic.recordings.formats.y_up import to_y_up
from ltme_clinic.types import LtmeError, ModelOutput, PlateForces, Recording

Content = Literal["forces", "angles"]
CONTENTS: tuple[Content, ...] = get_args(Content)


@dataclass(frozen=True)
class _Table:
    """What the file is to hold."""

    names: tuple[str, ...]
    values: np.ndarray  # (row, column)
    rate_hz: float
    kept: tuple[str, ...]
    """What of the recording is in it, in the words of `text_writing.left_out`."""
    lost: tuple[str, ...] = ()
    are_angles: bool = False


def write_mot(path: str | os.PathLike[str], recording: Recording, content: Content | None = None) -> tuple[str, ...]:
    """Write a recording's ground reaction forces or its joint angles as a MOT or STO file.

    The file appears complete or not at all; a virtual or generated recording is marked as synthetic in its first line.

    Parameters
    ----------
    path : the file to write; one of that name is replaced, unless it is the file that the recording was read from
    recording : what to write
    content : "forces" of all usable plates at the analog rate, or "angles" that software stored, in degrees, nan where
        missing; by default forces where there are any, else angles

    Returns
    -------
    What could not be stored, a line each.

    Raises
    ------
    LtmeError
        The recording has no such content, `path` is the file that it was read from, or the folder can't be written.
    """
    path = Path(path)
    table = _table(path.name, recording, content)
    refuse_own_source(path, recording.file_sha256)
    times_s = (recording.first_file_frame - 1) / recording.rate_hz + np.arange(len(table.values)) / table.rate_hz
    with replacing(path) as file:
        file.write(_header(path.name, recording, table).encode("utf-8", "replace"))
        for rows in rows_of_text(times_s[:, None], ("%.8f",), table.values, decimals=6, missing="nan"):
            file.write(rows.replace(b"\t\n", b"\n"))
    return (*left_out(recording, table.kept), *table.lost)


def _table(name: str, recording: Recording, content: Content | None) -> _Table:
    if content not in (None, *CONTENTS):
        raise LtmeError(name, f"there is no content '{content}'", f"Choose one of {', '.join(CONTENTS)}")
    has_forces = any(plate.usable for plate in recording.force_plates) and recording.analogs is not None
    has_angles = any(output.kind == "angle" for output in recording.model_outputs)
    if has_forces and content in (None, "forces"):
        return _forces(recording)
    if has_angles and content in (None, "angles"):
        return _angles(recording)
    wanted = {"forces": "no usable force plate", "angles": "no joint angles", None: "neither plates nor joint angles"}
    raise LtmeError(name, f"the recording holds {wanted[content]}", "Name it *.trc for its markers")


def _header(name: str, recording: Recording, table: _Table) -> str:
    """The header that every version of OpenSim reads; with nan in the cells only its newer reader copes."""
    version = 1 if np.isfinite(table.values).all() else 2
    title = title_of(recording, re.sub(r"[\s=]+", "_", name))
    return "\n".join(
        (
            title,
            f"version={version}",
            "DataType=double",
            f"nRows={len(table.values)}",
            f"nColumns={len(table.names) + 1}",
            "inDegrees=yes",
            *((ANGLES_MARK,) if table.are_angles else ()),
            "endheader",
            "\t".join(("time", *table.names)),
            "",
        )
    )


def _forces(recording: Recording) -> _Table:
    """The ground's reaction on the patient at each usable plate, y up."""
    analogs = recording.analogs
    assert analogs is not None
    names: list[str] = []
    columns, lost = [], []
    for plate in recording.force_plates:
        if not plate.usable:
            lost.append(f"force plate {plate.number} left out: {plate.refusal}")
            continue
        measured = plate_forces(plate, analogs)
        lost += [f"force plate {plate.number}: {warning}" for warning in measured.warnings]
        unknown = int((~np.isfinite(measured.force_n).all(axis=1)).sum())
        if unknown:
            lost.append(f"force plate {plate.number}: samples without a measurement, written as 0: {unknown}")
        stems = (f"ground_force_{plate.number}_v", f"ground_force_{plate.number}_p", f"ground_torque_{plate.number}_")
        names += [stem + axis for stem in stems for axis in "xyz"]
        columns += [to_y_up(vectors) for vectors in _loaded(measured)]
    channels = {channel for plate in recording.force_plates for channel in plate.channels}
    if others := len(analogs.labels) - len(channels):
        lost.append(f"analog channels of no force plate left out: {others}")
    kept = ("force plates", "analog channels")
    return _Table(tuple(names), np.hstack(columns), analogs.rate_hz, kept, tuple(lost))


def _loaded(measured: PlateForces) -> Iterator[np.ndarray]:
    """Force, centre of pressure and free moment, (sample, 3) each with z up; 0 where the plate carries nothing."""
    loaded = np.isfinite(measured.centre_of_pressure_m).all(axis=1) & np.isfinite(measured.force_n).all(axis=1)
    free_nm = measured.moment_nm - np.cross(measured.centre_of_pressure_m, measured.force_n)
    for vectors in (measured.force_n, measured.centre_of_pressure_m, free_nm):
        yield np.where(loaded[:, None], vectors, 0.0)


def _angles(recording: Recording) -> _Table:
    """Each component of each angle; one column where an output is a single angle, as OpenSim's coordinates are."""
    names: list[str] = []
    columns = []
    for output in recording.model_outputs:
        if output.kind != "angle":
            continue
        degrees = _degrees(output)
        plain = re.sub(r"\s+", "_", one_line(output.name))
        if not np.nan_to_num(degrees[:, 1:]).any():
            names.append(plain)
            columns.append(degrees[:, :1])
        else:
            names += [f"{plain}_{axis}" for axis in "xyz"]
            columns.append(degrees)
    others = sum(output.kind != "angle" for output in recording.model_outputs)
    lost = (f"model outputs that are no angles left out: {others}",) if others else ()
    return _Table(tuple(names), np.hstack(columns), recording.rate_hz, ("model outputs",), lost, are_angles=True)


def _degrees(output: ModelOutput) -> np.ndarray:
    """(frame, 3) float64, NaN where missing."""
    values = np.where(np.isfinite(output.values), output.values, np.nan).astype(np.float64)
    return np.degrees(values) if output.unit.strip().lower().startswith("rad") else values
