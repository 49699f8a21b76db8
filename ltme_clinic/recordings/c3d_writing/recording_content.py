"""What of a `Recording` stands where in a C3D file: the inverse of reading one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ltme_clinic.recordings.c3d_writing.marks import FILLED, TRIAL_GROUP, filled_runs
from ltme_clinic.recordings.c3d_writing.parameters import encoded
from ltme_clinic.recordings.c3d_writing.plates import plate_parameters
from ltme_clinic.recordings.events import interpret
from ltme_clinic.recordings.file_facts import GENERATOR_SOFTWARE, SYNTHETIC_COMPANY, VIRTUAL_SOFTWARE
from ltme_clinic.recordings.model_measures import processing_numbers
from ltme_clinic.recordings.raw import ParameterValue, RawC3D
from ltme_clinic.types import GaitEvent, LtmeError, ModelOutput, Recording
from ltme_clinic.types.recording import EventSource

Parameters = dict[str, dict[str, ParameterValue]]

_EVENT_LABELS = {"initial_contact": "Foot Strike", "foot_off": "Foot Off"}
_EVENT_ICONS = {"initial_contact": 1, "foot_off": 2, "other": 0}
_EVENT_DESCRIPTIONS: dict[EventSource, str] = {
    "entered": "",
    "force_plate": "found from a force plate",
    "kinematic": "found from the markers' motion",
}
_CONTEXTS = {"left": "Left", "right": "Right", None: "General"}
_GROUPS = {"angle": "ANGLES", "force": "FORCES", "moment": "MOMENTS", "power": "POWERS", "scalar": "SCALARS"}
_UNITS = {1e-3: "mm", 1e-2: "cm", 1.0: "m", 0.0254: "in", 0.3048: "ft"}
_LONGEST_LINE_BYTES = 250


def content_of(name: str, recording: Recording, metres_per_unit: float = 1e-3) -> RawC3D:
    """A recording as the content of a file that is still to be written.

    The file is in the unit of the force plates where there are any, because the moments among the analogs are stored in
    it.

    Parameters
    ----------
    name : the file's name
    recording : what to write
    metres_per_unit : the length unit of a file without force plates; millimetres if left out

    Raises
    ------
    LtmeError
        The recording has no points.
    """
    unit, metres_per_unit = _length_unit(name, recording, metres_per_unit)
    labels, points = _points(name, recording, metres_per_unit)  # (frame, point, axis)
    missing = ~np.isfinite(points).all(axis=2)
    analogs = recording.analogs
    has_analogs = analogs is not None and analogs.values.size > 0
    # Z is up, whoever lies there: a reader that goes by the body would take someone lying for a turned laboratory.
    axes: dict[str, ParameterValue] = {"X_SCREEN": ("+X",), "Y_SCREEN": ("+Z",)}
    parameters: Parameters = {"POINT": {"UNITS": (unit,), **axes, **_declared_outputs(recording.model_outputs)}}
    if analogs is not None and has_analogs:
        described = analogs.descriptions or ("",) * len(analogs.labels)
        parameters["ANALOG"] = {"UNITS": analogs.units, "DESCRIPTIONS": described}
    if recording.force_plates:
        parameters["FORCE_PLATFORM"] = plate_parameters(recording.force_plates, metres_per_unit)
    for group in (_events, _subject, _anthropometry, _origin, _trial):
        parameters |= group(recording)
    return RawC3D(
        source_name=name,
        rate_hz=recording.rate_hz,
        first_frame=recording.first_file_frame,
        point_labels=tuple(labels),
        points=np.where(missing[..., None], 0.0, points).astype(np.float32),
        missing=missing,
        analog_rate_hz=analogs.rate_hz if analogs is not None and has_analogs else 0.0,
        analog_labels=analogs.labels if analogs is not None and has_analogs else (),
        analogs=analogs.values if analogs is not None and has_analogs else np.empty((0, 0), np.float32),
        parameters=parameters,
        residuals=_residuals(recording, missing, metres_per_unit),
        camera_masks=_camera_masks(recording, missing),
        file_sha256=recording.file_sha256,
    )


def _length_unit(name: str, recording: Recording, metres_per_unit: float) -> tuple[str, float]:
    if recording.force_plates:
        metres_per_unit = recording.force_plates[0].metres_per_unit
    for known, label in _UNITS.items():
        if np.isclose(metres_per_unit, known):
            return label, known
    raise LtmeError(name, f"no length unit is {metres_per_unit:g} m long", "Give the plates' moments in N mm or N m")


def _points(name: str, recording: Recording, metres_per_unit: float) -> tuple[list[str], np.ndarray]:
    """Labels and positions in file units, markers first, then what software calculated; NaN where missing."""
    outputs = recording.model_outputs
    labels = [*recording.marker_labels, *(output.name for output in outputs)]
    if not labels or not recording.frames:
        raise LtmeError(name, "the recording holds no points", "Nothing was written")
    scaled = [recording.positions_m / metres_per_unit]
    for output in outputs:
        values = np.asarray(output.values, dtype=float)[:, None]
        scaled.append(values / metres_per_unit if output.kind == "point" and output.unit == "m" else values)
    return labels, np.concatenate(scaled, axis=1)


def _residuals(recording: Recording, missing: np.ndarray, metres_per_unit: float) -> np.ndarray | None:
    """(frame, point) float32 in file units; 0 for what was calculated, a repair's samples among it."""
    if recording.residuals_m is None:
        return None
    residuals = np.zeros(missing.shape, dtype=np.float32)
    markers = residuals[:, : len(recording.marker_labels)]
    markers[:] = np.nan_to_num(recording.residuals_m / metres_per_unit, nan=0.0)
    if recording.filled is not None:
        markers[recording.filled] = 0.0
    residuals[missing] = -1.0
    return residuals


def _camera_masks(recording: Recording, missing: np.ndarray) -> np.ndarray | None:
    if recording.camera_masks is None:
        return None
    masks = np.zeros(missing.shape, dtype=np.uint8)
    markers = masks[:, : len(recording.marker_labels)]
    markers[:] = recording.camera_masks
    if recording.filled is not None:
        markers[recording.filled] = 0
    masks[missing] = 0
    return masks


def _declared_outputs(outputs: tuple[ModelOutput, ...]) -> dict[str, ParameterValue]:
    """Declare which points are no points in space, as other software does."""
    declared: dict[str, ParameterValue] = {}
    for kind, group in _GROUPS.items():
        of_kind = [output for output in outputs if output.kind == kind]
        if of_kind:
            declared[group] = tuple(output.name for output in of_kind)
            declared[f"{group[:-1]}_UNITS"] = (of_kind[0].unit,)
    if computed := tuple(output.name for output in outputs if output.kind == "point"):
        declared["MODELED_MARKERS"] = computed
    return declared


def _events(recording: Recording) -> Parameters:
    events = recording.events
    if not events:
        return {}
    first_s = (recording.first_file_frame - 1) / recording.rate_hz
    file_times_s = np.array([event.time_s + first_s for event in events])
    minutes = np.floor(file_times_s / 60.0)
    return {
        "EVENT": {
            "USED": np.array([len(events)]),
            "CONTEXTS": tuple(_CONTEXTS[event.side] for event in events),
            "LABELS": tuple(_event_label(event) for event in events),
            "DESCRIPTIONS": tuple(_EVENT_DESCRIPTIONS[event.source] for event in events),
            "SUBJECTS": (recording.subject,) * len(events),
            "TIMES": np.stack([minutes, file_times_s - 60.0 * minutes]).astype("f4"),
            "ICON_IDS": np.array([_EVENT_ICONS[event.kind] for event in events]),
        }
    }


def _event_label(event: GaitEvent) -> str:
    """The event's own label where it will be read as the same event, else what other software calls it."""
    if event.label and interpret(event.label, _CONTEXTS[event.side]) == (event.kind, event.side):
        return event.label
    return _EVENT_LABELS.get(event.kind) or event.label or "Event"


def _subject(recording: Recording) -> Parameters:
    return {
        "SUBJECTS": {
            "USED": np.array([1]),
            "IS_STATIC": np.array([int(recording.is_static)]),
            "USES_PREFIXES": np.array([0]),
            "NAMES": (recording.subject,),
        }
    }


def _anthropometry(recording: Recording) -> Parameters:
    body = recording.anthropometry
    measures = {
        "BODYMASS": body.mass_kg,
        "HEIGHT": body.height_m and body.height_m * 1000.0,
        "LLEGLENGTH": body.leg_length_left_m and body.leg_length_left_m * 1000.0,
        "RLEGLENGTH": body.leg_length_right_m and body.leg_length_right_m * 1000.0,
    }
    known: dict[str, ParameterValue] = {k: np.array([float(v)]) for k, v in measures.items() if v is not None}
    known |= {name: np.array([value]) for name, value in processing_numbers(recording.body_measures).items()}
    return {"PROCESSING": known} if known else {}


def _origin(recording: Recording) -> Parameters:
    """The mark of made-up motion, which a measured recording never gets."""
    if recording.origin == "measured":
        company = recording.manufacturer[:120]
        named = company and not company.upper().startswith(SYNTHETIC_COMPANY)
        return {"MANUFACTURER": {"COMPANY": (company,)}} if named else {}
    software = GENERATOR_SOFTWARE if recording.origin == "generated" else VIRTUAL_SOFTWARE
    return {"MANUFACTURER": {"COMPANY": (SYNTHETIC_COMPANY,), "SOFTWARE": (software,)}}


def _trial(recording: Recording) -> Parameters:
    """What was done and worn, what was done to the positions, and which of them a repair put there."""
    facts: Mapping[str, str | None] = {
        "KIND": recording.trial.kind if recording.trial.kind != "unknown" else "",
        "FOOTWEAR": recording.trial.footwear,
        "ORTHOSIS": recording.trial.orthosis,
        "AID": recording.trial.aid,
        "ASSISTANCE": recording.trial.assistance,
        "MEDICATION": recording.trial.medication,
        "OPERATED_SIDE": recording.trial.operated_side,
        "AGE_Y": recording.trial.age_y,
        "EXAMINER": recording.trial.examiner,
    }
    said: dict[str, ParameterValue] = {name: (text,) for name, text in facts.items() if text}
    if recording.processing:
        said["PROCESSING"] = tuple(_short_enough(recording.processing))
    if recording.filled is not None and recording.filled.any():
        said[FILLED] = filled_runs(recording.filled)
    return {TRIAL_GROUP: said} if said else {}


def _short_enough(lines: Sequence[str]) -> list[str]:
    """Lines that a parameter can hold: one byte holds a text's length."""
    return [encoded(line, _LONGEST_LINE_BYTES).decode("utf-8", "replace") for line in lines]
