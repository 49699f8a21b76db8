"""From a recording to a file that any laboratory's software opens, and that says where the motion comes from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from ltme_clinic.recordings.c3d_writing.raw_file import write_raw
from ltme_clinic.recordings.c3d_writing.recording_content import content_of
from ltme_clinic.recordings.formats.mot_writing import Content, write_mot
from ltme_clinic.recordings.formats.trc_writing import write_trc
from ltme_clinic.recordings.raw import ParameterValue, RawC3D
from ltme_clinic.types import LtmeError, Recording

ExtraParameters = Mapping[str, Mapping[str, str | int | float | list[str] | list[float] | np.ndarray]]
WRITTEN_SUFFIXES = (".c3d", ".trc", ".mot", ".sto")


def write_recording(
    path: str | os.PathLike[str], recording: Recording, *, content: Content | None = None
) -> tuple[str, ...]:
    """Write a recording in the format that the file's suffix names: C3D, TRC (markers), MOT or STO (forces or angles).

    Parameters
    ----------
    path : the file to write, replaced if it is there, unless it is the file that the recording was read from
    recording : what to write
    content : of a MOT or STO file, "forces" or "angles"; by default what the recording has

    Returns
    -------
    What the format can't hold, a line each.

    Raises
    ------
    LtmeError
        For another suffix, a content for a format that has no choice, and as `write_c3d`, `write_trc` and `write_mot`.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in WRITTEN_SUFFIXES:
        named = f"*{', *'.join(WRITTEN_SUFFIXES[:-1])} or *{WRITTEN_SUFFIXES[-1]}"
        raise LtmeError(path.name, f"the format {path.suffix or 'without suffix'!r} is not written", f"Name it {named}")
    if suffix in (".mot", ".sto"):
        return write_mot(path, recording, content)
    if content is not None:
        raise LtmeError(path.name, f"a {suffix} file has no choice of content", "Leave it out, or name it *.mot")
    return write_trc(path, recording) if suffix == ".trc" else write_c3d(path, recording)


def write_c3d(
    path: str | os.PathLike[str], recording: Recording, *, extra_parameters: ExtraParameters | None = None
) -> tuple[str, ...]:
    """Write a recording as a C3D file (Intel byte order, 32-bit floats, z up, millimetres).

    The file appears complete or not at all. A virtual or generated recording is marked as synthetic, and a measured
    one never is. Markers that are NaN are stored as not seen. Force plates, analogs, events, residuals and camera
    masks, body measures and what software calculated are kept; what is known of the trial stands in LTME_TRIAL, with
    each step of PROCESSING, and the samples that a repair filled in FILLED (see `c3d_writing.marks`).
    A recording whose force plates measure in another unit than millimetres is written in that unit.

    Parameters
    ----------
    path : the file to write; one of that name is replaced, unless it is the file that the recording was read from
    recording : what to write
    extra_parameters : group -> name -> value, added to the parameter section or put in place of what is there;
        MANUFACTURER:COMPANY and SOFTWARE can't be among them, because they carry the recording's origin

    Returns
    -------
    What could not be stored exactly, a line each.

    Raises
    ------
    LtmeError
        If the recording has no points, or analogs whose rate is no multiple of the point rate; if `path` is the file
        it was read from; or if the folder can't be written.
    """
    path = Path(path)
    content = content_of(path.name, recording)
    return write_raw(path, _with_extra(path.name, content, extra_parameters or {}))


def _with_extra(name: str, content: RawC3D, extra: ExtraParameters) -> RawC3D:
    parameters = {group: dict(values) for group, values in content.parameters.items()}
    for group, values in extra.items():
        for parameter, value in values.items():
            if group.upper() == "MANUFACTURER" and parameter.upper() in ("COMPANY", "SOFTWARE"):
                raise LtmeError(name, f"MANUFACTURER:{parameter} states the recording's origin and can't be set")
            parameters.setdefault(group.upper(), {})[parameter.upper()] = _stored(value)
    return replace(content, parameters=parameters)


def _stored(value: str | int | float | list[str] | list[float] | np.ndarray) -> ParameterValue:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(str(item) for item in value)
    return np.atleast_1d(np.asarray(value))
