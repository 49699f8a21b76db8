"""Writes TRC files as OpenSim reads them: markers in millimetres, y up, blank cells where a marker was not seen.

OpenSim's own reader (TRCFileAdapter) wants the eight names of the header in this order, tabs between columns, and as
many cells as are named in each row. It takes three blank cells for a missing marker, but counts no cell behind a row's
last tab: each row therefore ends in one, as in the files that it writes itself.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ltme_clinic.errors import one_line
from ltme_clinic.recordings.c3d_writing.in_place import refuse_own_source, replacing
from ltme_clinic.recordings.formats.origin_mark import title_of
from ltme_clinic.recordings.formats.text_writing import left_out, rows_of_text
from ltme_clinic.recordings.formats.trc import LONGEST_NAME
from ltme_clinic.recordings.formats.y_up import UP_MARK, to_y_up
from ltme_clinic.types import LtmeError, Recording

_KEYS = (
    "DataRate",
    "CameraRate",
    "NumFrames",
    "NumMarkers",
    "Units",
    "OrigDataRate",
    "OrigDataStartFrame",
    "OrigNumFrames",
)


def write_trc(path: str | os.PathLike[str], recording: Recording) -> tuple[str, ...]:
    """Write a recording's markers as a TRC file (millimetres to 5 decimals, y up: the laboratory's x, z and -y).

    The file appears complete or not at all. A virtual or generated recording is marked as synthetic in the title, and
    a measured one never is. Frames keep the file's own numbers, and frame 1 is at 0 s.

    Parameters
    ----------
    path : the file to write; one of that name is replaced, unless it is the file that the recording was read from
    recording : what to write

    Returns
    -------
    What could not be stored, a line each: a TRC file holds markers and nothing else.

    Raises
    ------
    LtmeError
        The recording has no markers, `path` is the file that it was read from, or the folder can't be written.
    """
    path = Path(path)
    if not recording.marker_labels or not recording.frames:
        raise LtmeError(path.name, "the recording holds no markers", "Name it *.mot for forces or angles")
    refuse_own_source(path, recording.file_sha256)
    labels = _labels(recording.marker_labels)
    with replacing(path) as file:
        file.write(_header(path.name, recording, labels).encode("utf-8", "replace"))
        numbers = recording.first_file_frame + np.arange(recording.frames)
        times_s = (numbers - 1) / recording.rate_hz
        leading = np.stack([numbers, times_s], axis=1)
        file.writelines(rows_of_text(leading, ("%d", "%.8f"), _millimetres(recording), decimals=5, missing=""))
    changed = sum(one != other for one, other in zip(labels, recording.marker_labels, strict=True))
    return (*left_out(recording, {"markers"}), *((f"markers' names changed: {changed}",) if changed else ()))


def _header(name: str, recording: Recording, labels: list[str]) -> str:
    """The five lines above the rows, and the empty one below them."""
    rate, frames, markers = repr(float(recording.rate_hz)), recording.frames, len(labels)
    values = (rate, rate, frames, markers, "mm", rate, 1, frames)
    axes = "".join(f"X{number}\tY{number}\tZ{number}\t" for number in range(1, markers + 1))
    return "\n".join(
        (
            f"PathFileType\t4\t(X/Y/Z)\t{title_of(recording, name)}\t{UP_MARK}",
            "\t".join(_KEYS),
            "\t".join(map(str, values)),
            "Frame#\tTime\t" + "\t\t\t".join(labels) + "\t\t\t",
            f"\t\t{axes}",
            "",
            "",
        )
    )


def _labels(labels: tuple[str, ...]) -> list[str]:
    """Names that stand in one cell each."""
    plain = (one_line(label).replace('"', "")[:LONGEST_NAME].strip() for label in labels)
    return [label or f"marker_{number}" for number, label in enumerate(plain, start=1)]


def _millimetres(recording: Recording) -> np.ndarray:
    """(frame, 3 x marker), y up, NaN in all of a marker's cells where it was not seen."""
    positions_mm = to_y_up(recording.positions_m) * 1000.0
    positions_mm[~np.isfinite(positions_mm).all(axis=2)] = np.nan
    return positions_mm.reshape(recording.frames, -1)
