"""From a decoded file to recordings: one for each subject, in metres, z up, with everything odd counted."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.recordings import file_facts
from ltme_clinic.recordings.body_frame import length_unit, turned_upright, vertical_axis
from ltme_clinic.recordings.events import read_events
from ltme_clinic.recordings.header import regular_file_bytes
from ltme_clinic.recordings.points import SubjectPoints, sort_points
from ltme_clinic.recordings.raw import RawC3D, RawReader
from ltme_clinic.recordings.readers import default_reader
from ltme_clinic.types import LtmeError, ModelOutput, Recording

_FAR_M = 100.0
"""A coordinate beyond this is a sentinel for "not seen", not a place in a laboratory."""
_SENTINEL_UNITS = 9000.0
"""Three equal coordinates beyond this many file units are a sentinel too (-16512 is written by one system)."""
_OUTPUT_UNITS = {
    "angle": ("ANGLE_UNITS", "deg"),
    "force": ("FORCE_UNITS", "N"),
    "moment": ("MOMENT_UNITS", "Nmm"),
    "power": ("POWER_UNITS", "W"),
    "scalar": ("SCALAR_UNITS", ""),
}


def read_recordings(path: str | os.PathLike[str], *, reader: RawReader | None = None) -> list[Recording]:
    """The recordings in a C3D file, one for each subject.

    Markers are in metres with z up, whatever the file's unit and axes; a marker that was not seen is NaN. What the
    laboratory's software calculated (angles, forces, joint centres ...) is kept apart as model outputs. Events are
    those entered in the file, from the first stored frame. Gaps are not filled and no signal is filtered.

    Parameters
    ----------
    path : a C3D file
    reader : who decodes the bytes; by default this process's warm child

    Raises
    ------
    LtmeError
        One line with file, fact and cure: not a C3D file, damaged, cut off, without a rate or without points.
    """
    path = Path(path)
    digest, before = _hash_file(path)
    raw = (reader or default_reader()).read(path)
    if _identity(path) != before:
        raise LtmeError(path.name, "changed while it was being read", "Read it again once it is completely written")
    subjects = sort_points(raw)
    several = len(subjects) > 1
    recordings = []
    for subject in subjects:
        hasher = digest.copy()
        hasher.update(subject.subject.encode("utf-8", "surrogatepass"))
        recording = recording_of(raw, subject, hasher.hexdigest(), several=several)
        recordings.append(replace(recording, file_sha256=digest.hexdigest()))
    if not recordings:
        raise LtmeError(path.name, "holds no labelled points", "Label the trial's markers and export it again")
    return recordings


def recording_of(raw: RawC3D, subject: SubjectPoints, recording_id: str, *, several: bool = False) -> Recording:
    """One subject's recording.

    Parameters
    ----------
    raw : the decoded file
    subject : which of its points are the subject's
    recording_id : the identity to give it
    several : the file holds other subjects too: then only this subject's events count, and the file's one set of
        body measures belongs to nobody in particular
    """
    if not subject.markers and not subject.outputs:
        raise LtmeError(raw.source_name, "holds no labelled points", "Label the trial's markers and export it again")
    markers, duplicate_warnings = _unique_markers(raw, subject.markers)
    places = list({label: (label, index) for label, kind, index in subject.outputs if kind == "point"}.values())
    located = markers + places
    file_units = _file_positions(raw, [index for _, index in located])
    slots = _slots([label for label, _ in located], file_units)
    unit = length_unit(raw.text("POINT", "UNITS"), file_units, slots)
    axis = vertical_axis(slots)
    positions_m = turned_upright(file_units * unit.metres_per_unit, axis)
    far = (np.abs(positions_m) > _FAR_M).any(axis=2)
    positions_m[far] = np.nan
    events, event_warnings = read_events(raw, subject.subject if several else "")
    markers_m = np.ascontiguousarray(positions_m[:, : len(markers)])
    return Recording(
        recording_id=recording_id,
        origin=file_facts.origin_of(raw),
        source_name=raw.source_name,
        subject=subject.subject,
        rate_hz=raw.rate_hz,
        first_file_frame=raw.first_frame,
        marker_labels=tuple(label for label, _ in markers),
        positions_m=markers_m,
        events=events,
        analogs=file_facts.analogs_of(raw),
        plates=file_facts.plate_count(raw),
        model_outputs=_outputs(raw, subject, places, positions_m[:, len(markers) :]),
        anthropometry=file_facts.Anthropometry() if several else file_facts.anthropometry_of(raw),
        is_static=file_facts.is_static(raw, markers_m),
        file_unit=unit.label,
        manufacturer=file_facts.manufacturer_of(raw),
        warnings=(
            *raw.warnings,
            *_point_warnings(raw, subject),
            *duplicate_warnings,
            *unit.warnings,
            *_axis_warnings(axis),
            *_far_warnings(far[:, : len(markers)]),
            *event_warnings,
        ),
        parameters=file_facts.descriptive_parameters(raw) | {"unlabelled_points": str(subject.unlabelled)},
    )


def _hash_file(path: Path) -> tuple[hashlib._Hash, tuple[int, int]]:
    """A running SHA-256 over the file's bytes, and the file's identity when it was read."""
    regular_file_bytes(path)
    before = _identity(path)
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise LtmeError(path.name, f"can't be read ({error.strerror or error})", "Check the file") from error
    return digest, before


def _identity(path: Path) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError as error:
        raise LtmeError(path.name, "disappeared while it was being read", "Check the folder") from error
    return status.st_size, status.st_mtime_ns


def _file_positions(raw: RawC3D, indices: Sequence[int]) -> np.ndarray:
    """Positions (frame, point, 3) float64 in file units, NaN where the file or a sentinel says not seen."""
    chosen = list(indices)
    positions = raw.points[:, chosen].astype(np.float64)
    equal = (positions[..., 0] == positions[..., 1]) & (positions[..., 1] == positions[..., 2])
    sentinel = equal & ((positions[..., 0] == 0.0) | (np.abs(positions[..., 0]) > _SENTINEL_UNITS))
    positions[raw.missing[:, chosen] | sentinel | ~np.isfinite(positions).all(axis=2)] = np.nan
    return positions


def _unique_markers(raw: RawC3D, markers: Sequence[tuple[str, int]]) -> tuple[list[tuple[str, int]], tuple[str, ...]]:
    """Each label once; of two points with one label, the one that is seen in more frames."""
    seen = dict(zip((i for _, i in markers), _seen_frames(raw, [i for _, i in markers]), strict=True))
    best: dict[str, int] = {}
    for label, index in markers:
        if label not in best or seen[index] > seen[best[label]]:
            best[label] = index
    doubled = len(markers) - len(best)
    if not doubled:
        return list(markers), ()
    repeated = sorted({label for label, index in markers if best[label] != index})
    named = ", ".join(repeated[:5]) + (" ..." if len(repeated) > 5 else "")
    return list(best.items()), (f"points with a label already in use, dropped: {doubled} ({named})",)


def _seen_frames(raw: RawC3D, indices: Sequence[int]) -> np.ndarray:
    return np.isfinite(_file_positions(raw, indices)[..., 0]).sum(axis=0)


def _slots(labels: Sequence[str], positions: np.ndarray) -> dict[str, np.ndarray]:
    """Recognised landmarks: slot -> (frame, 3), in the unit of `positions`."""
    column = {label: index for index, label in reversed(list(enumerate(labels)))}
    return {slot: positions[:, column[label]] for slot, label in detect_marker_set(labels).slots.items()}


def _outputs(
    raw: RawC3D, subject: SubjectPoints, places: Sequence[tuple[str, int]], places_m: np.ndarray
) -> tuple[ModelOutput, ...]:
    """The subject's model outputs, each name once; only points in space are in metres and z up."""
    column = {label: position for position, (label, _) in enumerate(places)}
    outputs: dict[str, ModelOutput] = {}
    for label, kind, index in subject.outputs:
        if kind == "point":
            values, unit = places_m[:, column[label]], "m"
        else:
            values = raw.points[:, index].copy()
            missing = raw.missing[:, index]
            if kind == "angle":  # three angles of exactly 0 are a gap that nobody flagged; a force may well be 0
                missing = missing | (values == 0).all(axis=1)
            values[missing] = np.nan
            parameter, default = _OUTPUT_UNITS[kind]
            unit = raw.text("POINT", parameter) or default
        outputs.setdefault(label, ModelOutput(label, kind, values.astype(np.float32), unit))
    return tuple(outputs.values())


def _point_warnings(raw: RawC3D, subject: SubjectPoints) -> tuple[str, ...]:
    warnings = []
    if subject.unlabelled:
        warnings.append(f"unlabelled points, dropped: {subject.unlabelled}")
    if subject.unclaimed:
        warnings.append(f"points without any subject's prefix, dropped: {subject.unclaimed}")
    if len(raw.texts("SUBJECTS", "NAMES")) > 1 and not subject.prefix:
        warnings.append("the file names several subjects, but its labels do not tell them apart")
    return tuple(warnings)


def _axis_warnings(axis: str | None) -> tuple[str, ...]:
    return () if axis in (None, "+z") else (f"the body stands along {axis}: the laboratory was turned to z up",)


def _far_warnings(far: np.ndarray) -> tuple[str, ...]:
    return (f"positions beyond {_FAR_M:g} m, taken as missing: {int(far.sum())}",) if far.any() else ()
