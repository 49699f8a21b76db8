"""From a decoded file to recordings: one for each subject, in metres, z up, with everything odd counted."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltme_clinic.recordings import file_facts
from ltme_clinic.recordings.body_frame import length_unit
from ltme_clinic.recordings.body_measures import believable
from ltme_clinic.recordings.c3d import regular_file_bytes
from ltme_clinic.recordings.c3d_writing.marks import TRIAL_GROUP, filled_points
from ltme_clinic.recordings.events import read_events
from ltme_clinic.recordings.label_meanings import slots_of
from ltme_clinic.recordings.model_measures import model_measures_of
from ltme_clinic.recordings.model_outputs import outputs_of
from ltme_clinic.recordings.plates import plates_of
from ltme_clinic.recordings.points import SubjectPoints, sort_points
from ltme_clinic.recordings.positions import FAR_M, blocks, busy_frames, located, sampled, seen_frames
from ltme_clinic.recordings.raw import RawC3D, RawReader
from ltme_clinic.recordings.readers import reader_for
from ltme_clinic.recordings.trial_facts import Motion, trial_facts
from ltme_clinic.recordings.vertical import laboratory_axis
from ltme_clinic.types import LtmeError, Recording

_UNIT_FRAMES = 60
"""Unit and vertical are medians over frames: more of these change nothing."""
_LABEL_CURE = "Label the trial's markers and export it again"


@dataclass(frozen=True)
class _Subject:
    """One subject's points, sorted and found in space."""

    markers: list[tuple[str, int]]
    places: list[tuple[str, int]]
    """Model outputs that are points in space."""
    metres_per_unit: float
    unit: str
    axis: str | None
    markers_m: np.ndarray  # (frame, marker, 3)
    places_m: np.ndarray  # (frame, place, 3)
    warnings: tuple[str, ...]

    def landmarks(self) -> dict[str, np.ndarray]:
        """Slot of the body -> (frame, 3) metres, NaN where not seen."""
        columns = [(label, self.markers_m[:, i]) for i, (label, _) in enumerate(self.markers)]
        columns += [(label, self.places_m[:, i]) for i, (label, _) in enumerate(self.places)]
        by_label = dict(reversed(columns))
        return {slot: by_label[label] for slot, label in slots_of(tuple(label for label, _ in columns)).items()}


def read_recordings(path: str | os.PathLike[str], *, reader: RawReader | None = None) -> list[Recording]:
    """The recordings in a file, one for each subject: C3D, or what `readers.reader_for` knows by its suffix.

    Markers are in metres with z up, whatever the file's unit and axes; a marker that was not seen is NaN. What the
    laboratory's software calculated (angles, forces, joint centres ...) is kept apart as model outputs. Events are
    those entered in the file, from the first stored frame. Gaps are not filled and no signal is filtered.

    Parameters
    ----------
    path : the file; its name, its folder's and the .enf files beside it are looked at for what was done and worn
    reader : who decodes the bytes; by default our own decoder of its format

    Raises
    ------
    LtmeError
        One line with file, fact and cure: not of its format, damaged, cut off, without a rate or without points, or
        with two people who can't be told apart.
    """
    path = Path(path)
    raw, identified = _identified(path, reader or reader_for(path))
    subjects = sort_points(raw) or _nobody(raw)
    return [
        recording_of(
            raw,
            subject,
            identified(subject.subject.encode("utf-8", "surrogatepass")),
            people=len(subjects),
            path=path,
            file_sha256=identified(b""),
        )
        for subject in subjects
    ]


def recording_of(
    raw: RawC3D,
    points: SubjectPoints,
    recording_id: str,
    *,
    people: int = 1,
    path: Path | None = None,
    file_sha256: str = "",
) -> Recording:
    """One subject's recording.

    Parameters
    ----------
    raw : the decoded file
    points : which of its points are the subject's
    recording_id : the identity to give it
    people : how many subjects the file holds: of several only their own events count, and only their own body measures
    path : where the file lies, for what its name and its neighbours say of the trial
    file_sha256 : of the file's bytes
    """
    # First what takes the most memory while it is decoded, and only of the markers that are kept.
    markers, duplicate_warnings = _unique_markers(raw, points.markers)
    indices = [index for _, index in markers]
    residuals_m, camera_masks = _residuals(raw, indices), _camera_masks(raw, indices)
    raw.forget_late_signals()
    subject = _located_subject(raw, points, markers)
    several = people > 1
    events, event_warnings = read_events(raw, points.subject if several else "", prefix=points.prefix, several=several)
    markers_m = subject.markers_m
    outputs = outputs_of(raw, points, subject.places, subject.places_m, markers_m)
    is_still = file_facts.stands_still(markers_m if subject.markers else subject.places_m, raw.rate_hz)
    landmarks = subject.landmarks()
    motion = Motion(raw.frames, is_still, landmarks, events, raw.rate_hz)
    measures, measure_warnings = believable(file_facts.anthropometry_of(raw, points.number, people), landmarks)
    model_measures, model_warnings = model_measures_of(raw, points.number, people, measures)
    trial, trial_warnings = trial_facts(raw, path, motion)
    _in_metres(residuals_m, subject)
    return Recording(
        recording_id=recording_id,
        origin=file_facts.origin_of(raw),
        source_name=raw.source_name,
        subject=points.subject,
        rate_hz=raw.rate_hz,
        first_file_frame=raw.first_frame,
        marker_labels=tuple(label for label, _ in subject.markers),
        positions_m=markers_m,
        events=events,
        analogs=file_facts.analogs_of(raw),
        plates=file_facts.plate_count(raw),
        force_plates=plates_of(raw, subject.axis, subject.metres_per_unit),
        model_outputs=outputs.outputs,
        anthropometry=measures,
        body_measures=model_measures,
        is_static=trial.kind == "static",
        trial=trial,
        file_unit=subject.unit,
        manufacturer=file_facts.manufacturer_of(raw),
        warnings=(
            *raw.warnings,
            *_point_warnings(raw, points, several=several),
            *duplicate_warnings,
            *subject.warnings,
            *outputs.warnings,
            *event_warnings,
            *trial_warnings,
            *measure_warnings,
            *model_warnings,
        ),
        parameters=file_facts.descriptive_parameters(raw) | {"unlabelled_points": str(points.unlabelled)},
        residuals_m=residuals_m,
        camera_masks=camera_masks,
        filled=_filled(raw, indices),
        processing=raw.texts(TRIAL_GROUP, "PROCESSING"),
        file_sha256=file_sha256,
    )


def _located_subject(raw: RawC3D, points: SubjectPoints, markers: list[tuple[str, int]]) -> _Subject:
    """The subject's markers and calculated points in metres with z up."""
    if not points.markers and not points.outputs and raw.points.shape[1]:
        raise LtmeError(raw.source_name, "holds no labelled points", _LABEL_CURE)
    places = list({label: (label, index) for label, kind, index in points.outputs if kind == "point"}.values())
    chosen = markers + places
    indices = [index for _, index in chosen]
    file_units = sampled(raw, indices, busy_frames(raw, indices, _UNIT_FRAMES))
    column = {label: position for position, (label, _) in reversed(list(enumerate(chosen)))}
    slots = {
        slot: file_units[:, column[label]] for slot, label in slots_of(tuple(label for label, _ in chosen)).items()
    }
    unit = length_unit(raw.text("POINT", "UNITS"), file_units, slots)
    seen = file_units[:, : len(markers)] if markers else file_units
    axis, axis_warnings = laboratory_axis(raw, seen, slots, unit.metres_per_unit)
    found, places_found = (
        located(raw, [index for _, index in some], unit.metres_per_unit, axis) for some in (markers, places)
    )
    return _Subject(
        markers,
        places,
        unit.metres_per_unit,
        unit.label,
        axis,
        found.positions_m,
        places_found.positions_m,
        (*unit.warnings, *axis_warnings, *_far_warnings(found.far)),
    )


def _nobody(raw: RawC3D) -> list[SubjectPoints]:
    """A file that holds analog channels and no points at all is read for these; without either it is refused."""
    if raw.points.shape[1] or not raw.analogs.size:
        raise LtmeError(raw.source_name, "holds no labelled points", _LABEL_CURE)
    return [SubjectPoints(raw.text("SUBJECTS", "NAMES"), "", (), (), 0)]


def _identified(path: Path, reader: RawReader) -> tuple[RawC3D, Callable[[bytes], str]]:
    """The decoded file, and what gives the SHA-256 (hex) of exactly its bytes with more after them.

    Our decoder hashes what it decodes. For another reader the file is hashed beside it, and refused if it changed
    meanwhile.
    """
    before = _identity(path)
    raw = reader.read(path)
    if raw.sha256_followed_by(b""):
        return raw, raw.sha256_followed_by
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise LtmeError(path.name, f"can't be read ({error.strerror or error})", "Check the file") from error
    if _identity(path) != before:
        raise LtmeError(path.name, "changed while it was being read", "Read it again once it is completely written")

    def followed_by(more: bytes) -> str:
        whole = digest.copy()
        whole.update(more)
        return whole.hexdigest()

    return raw, followed_by


def _identity(path: Path) -> tuple[int, int]:
    regular_file_bytes(path)
    try:
        status = os.stat(path)
    except OSError as error:
        raise LtmeError(path.name, "disappeared while it was being read", "Check the folder") from error
    return status.st_size, status.st_mtime_ns


def _unique_markers(raw: RawC3D, markers: Sequence[tuple[str, int]]) -> tuple[list[tuple[str, int]], tuple[str, ...]]:
    """Each label once; of two points with one label, the one that is seen in more frames."""
    by_label: dict[str, list[int]] = {}
    for label, index in markers:
        by_label.setdefault(label, []).append(index)
    repeated = {label: indices for label, indices in by_label.items() if len(indices) > 1}
    for label, indices in repeated.items():
        by_label[label] = [indices[int(np.argmax(seen_frames(raw, indices)))]]
    if not repeated:
        return list(markers), ()
    names = sorted(repeated)
    named = ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
    doubled = len(markers) - len(by_label)
    unique = [(label, indices[0]) for label, indices in by_label.items()]
    return unique, (f"points with a label already in use, dropped: {doubled} ({named})",)


def _residuals(raw: RawC3D, indices: Sequence[int]) -> np.ndarray | None:
    """(frame, marker) float32 in file units, as stored; None where the reader decodes none."""
    stored = raw.residuals
    return None if stored is None else np.take(stored, list(indices), axis=1)


def _camera_masks(raw: RawC3D, indices: Sequence[int]) -> np.ndarray | None:
    """(frame, marker) uint8; without memory of its own where no camera is named, as in most files."""
    stored = raw.camera_masks
    if stored is None:
        return None
    shape = (raw.frames, len(indices))
    return np.take(stored, list(indices), axis=1) if stored.any() else np.broadcast_to(np.uint8(0), shape)


def _in_metres(residuals: np.ndarray | None, subject: _Subject) -> None:
    """Turn residuals (frame, marker) into metres in place, with NaN where the marker is missing."""
    if residuals is None:
        return
    for rows in blocks(len(residuals), residuals.shape[1]):
        part = residuals[rows]
        part *= np.float32(subject.metres_per_unit)
        part[~np.isfinite(subject.markers_m[rows, :, 0]) | (part < 0)] = np.nan


def _filled(raw: RawC3D, indices: Sequence[int]) -> np.ndarray | None:
    """The samples that our writer marked as filled, (frame, marker); None where it marked none."""
    filled = filled_points(raw)
    return None if filled is None else np.ascontiguousarray(filled[:, list(indices)])


def _point_warnings(raw: RawC3D, points: SubjectPoints, *, several: bool) -> tuple[str, ...]:
    warnings = []
    if points.unlabelled:
        warnings.append(f"unlabelled points, dropped: {points.unlabelled}")
    if points.unclaimed:
        warnings.append(f"points without any subject's prefix, dropped: {points.unclaimed}")
    if several and raw.analog_labels:
        warnings.append("analog channels and force plates belong to the file, not to one of its subjects")
    if not raw.points.shape[1]:
        warnings.append("the file holds no points, only analog channels")
    return tuple(warnings)


def _far_warnings(far: int) -> tuple[str, ...]:
    return (f"positions beyond {FAR_M:g} m, taken as missing: {far}",) if far else ()
