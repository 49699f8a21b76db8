"""From a recording to a C3D file that any laboratory's software opens, and that says where the motion comes from."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.recordings.file_facts import GENERATOR_SOFTWARE, SYNTHETIC_COMPANY, VIRTUAL_SOFTWARE
from ltme_clinic.types import GaitEvent, LtmeError, ModelOutput, Recording

ExtraParameters = Mapping[str, Mapping[str, str | int | float | list[str] | list[float] | np.ndarray]]

_MM_PER_M = 1000.0
_MOST_EVENTS = 255  # one byte holds a parameter's dimension
_MOST_FRAMES = 65_535
_INTEGER = 2  # the format's code for 16-bit integers
_EVENT_LABELS = {"initial_contact": "Foot Strike", "foot_off": "Foot Off"}
_CONTEXTS = {"left": "Left", "right": "Right", None: "General"}
_GROUPS = {"angle": "ANGLES", "force": "FORCES", "moment": "MOMENTS", "power": "POWERS", "scalar": "SCALARS"}


def write_c3d(
    path: str | os.PathLike[str], recording: Recording, *, extra_parameters: ExtraParameters | None = None
) -> None:
    """Write a recording as a C3D file (Intel byte order, 32-bit floats, millimetres, z up).

    The file appears complete or not at all. A virtual or generated recording is marked as synthetic, and a measured
    one never is. Markers that are NaN are stored as not seen. Not kept: force-plate geometry, events' descriptions.

    Parameters
    ----------
    path : the file to write; one of that name is replaced
    recording : what to write
    extra_parameters : group -> name -> value, added to the parameter section; MANUFACTURER:COMPANY and SOFTWARE can't
        be among them, because they carry the recording's origin

    Raises
    ------
    LtmeError
        If the recording has no points, more than 65,535 frames or 255 events, or analogs whose rate is no multiple of
        the point rate; or if the folder can't be written.
    """
    path = Path(path)
    c3d = _filled(path.name, recording)
    for group, parameters in (extra_parameters or {}).items():
        for name, value in parameters.items():
            if group.upper() == "MANUFACTURER" and name.upper() in ("COMPANY", "SOFTWARE"):
                raise LtmeError(path.name, f"MANUFACTURER:{name} states the recording's origin and can't be set")
            c3d.add_parameter(group.upper(), name.upper(), value)
    with tempfile.TemporaryDirectory(prefix="ltme_") as folder:
        # The native library mangles names outside ASCII on some systems, so it never sees the real one.
        written = Path(folder) / "recording.c3d"
        c3d.write(str(written))
        _put_in_place(written.read_bytes(), path)


def _filled(name: str, recording: Recording) -> Any:
    import ezc3d  # costs 0.1 s, and reading never needs it in this process

    labels, points = _points(name, recording)  # (frame, point, axis) in file units
    c3d = ezc3d.c3d()
    c3d["header"]["points"]["first_frame"] = recording.first_file_frame - 1
    missing = ~np.isfinite(points).all(axis=2)
    points[missing] = 0.0
    c3d["data"]["points"] = np.ascontiguousarray(points.transpose(2, 1, 0))
    c3d["data"]["meta_points"] = {"residuals": np.where(missing, -1.0, 0.0).T[None]}
    c3d["parameters"]["POINT"]["LABELS"]["value"] = labels
    c3d["parameters"]["POINT"]["RATE"]["value"] = np.array([recording.rate_hz])
    c3d["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    _add_outputs(c3d, recording.model_outputs)
    _add_analogs(c3d, name, recording)
    _add_events(c3d, name, recording)
    _add_subject(c3d, recording)
    _add_origin(c3d, recording)
    _add_trial(c3d, recording)
    return c3d


def _points(name: str, recording: Recording) -> tuple[list[str], np.ndarray]:
    outputs = recording.model_outputs
    labels = [*recording.marker_labels, *(output.name for output in outputs)]
    if not labels or not recording.frames:
        raise LtmeError(name, "the recording holds no points", "Nothing was written")
    if recording.frames > _MOST_FRAMES:
        raise LtmeError(name, f"{recording.frames} frames are more than a C3D header counts", "Cut the recording")
    scaled = [recording.positions_m * _MM_PER_M]
    for output in outputs:
        values = np.asarray(output.values, dtype=float)[:, None]
        scaled.append(values * _MM_PER_M if output.kind == "point" and output.unit == "m" else values)
    return labels, np.concatenate(scaled, axis=1)


def _add_outputs(c3d: Any, outputs: tuple[ModelOutput, ...]) -> None:
    """Declare which points are no points in space, as other software does."""
    for kind, group in _GROUPS.items():
        of_kind = [output for output in outputs if output.kind == kind]
        if of_kind:
            c3d.add_parameter("POINT", group, [output.name for output in of_kind])
            c3d.add_parameter("POINT", f"{group[:-1]}_UNITS", [of_kind[0].unit])
    computed = [output.name for output in outputs if output.kind == "point"]
    if computed:
        c3d.add_parameter("POINT", "MODELED_MARKERS", computed)


def _add_analogs(c3d: Any, name: str, recording: Recording) -> None:
    analogs = recording.analogs
    if analogs is None or not analogs.values.size:
        return
    samples, channels = analogs.values.shape
    if samples % recording.frames:
        raise LtmeError(
            name, f"{samples} analog samples do not divide over {recording.frames} frames", "Resample the analogs"
        )
    group = c3d["parameters"]["ANALOG"]
    group["RATE"]["value"] = np.array([recording.rate_hz * (samples // recording.frames)])
    group["LABELS"]["value"] = list(analogs.labels)
    group["UNITS"]["value"] = list(analogs.units)
    group["DESCRIPTIONS"]["value"] = list(analogs.descriptions or ("",) * channels)
    c3d["data"]["analogs"] = np.ascontiguousarray(analogs.values.T[None], dtype=float)


def _add_events(c3d: Any, name: str, recording: Recording) -> None:
    events = recording.events
    if len(events) > _MOST_EVENTS:
        raise LtmeError(name, f"{len(events)} events are more than a C3D file's {_MOST_EVENTS}", "Cut the recording")
    if not events:
        return
    first_s = (recording.first_file_frame - 1) / recording.rate_hz
    file_times_s = np.array([event.time_s + first_s for event in events])
    minutes = np.floor(file_times_s / 60.0)
    c3d.add_parameter("EVENT", "USED", len(events))
    c3d.add_parameter("EVENT", "CONTEXTS", [_CONTEXTS[event.side] for event in events])
    c3d.add_parameter("EVENT", "LABELS", [_event_label(event) for event in events])
    c3d.add_parameter("EVENT", "SUBJECTS", [recording.subject] * len(events))
    c3d.add_parameter("EVENT", "TIMES", np.stack([minutes, file_times_s - 60.0 * minutes]))


def _event_label(event: GaitEvent) -> str:
    return _EVENT_LABELS.get(event.kind) or event.label or "Event"


def _add_subject(c3d: Any, recording: Recording) -> None:
    c3d.add_parameter("SUBJECTS", "USED", 1)
    c3d.add_parameter("SUBJECTS", "IS_STATIC", int(recording.is_static))
    c3d.add_parameter("SUBJECTS", "USES_PREFIXES", 0)
    c3d.add_parameter("SUBJECTS", "NAMES", [recording.subject])
    body = recording.anthropometry
    measures = {
        "BODYMASS": body.mass_kg,
        "HEIGHT": body.height_m and body.height_m * _MM_PER_M,
        "LLEGLENGTH": body.leg_length_left_m and body.leg_length_left_m * _MM_PER_M,
        "RLEGLENGTH": body.leg_length_right_m and body.leg_length_right_m * _MM_PER_M,
    }
    for measure, value in measures.items():
        if value is not None:
            c3d.add_parameter("PROCESSING", measure, [float(value)])


def _add_origin(c3d: Any, recording: Recording) -> None:
    if recording.origin == "measured":
        company = recording.manufacturer[:120]
        if company and not company.upper().startswith(SYNTHETIC_COMPANY):
            c3d.add_parameter("MANUFACTURER", "COMPANY", [company])
        return
    software = GENERATOR_SOFTWARE if recording.origin == "generated" else VIRTUAL_SOFTWARE
    c3d.add_parameter("MANUFACTURER", "COMPANY", [SYNTHETIC_COMPANY])
    c3d.add_parameter("MANUFACTURER", "SOFTWARE", [software])


def _add_trial(c3d: Any, recording: Recording) -> None:
    """The frame numbers again, in two 16-bit words each: the header's own stop at 65,535."""
    first = recording.first_file_frame
    fields = {"ACTUAL_START_FIELD": first, "ACTUAL_END_FIELD": first + recording.frames - 1}
    c3d["parameters"]["TRIAL"] = {"__METADATA__": {"DESCRIPTION": "", "IS_LOCKED": False}} | {
        name: {
            "type": _INTEGER,
            "description": "",
            "is_locked": False,
            "value": np.array([frame & 0xFFFF, frame >> 16]),
        }
        for name, frame in fields.items()
    }


def _put_in_place(content: bytes, path: Path) -> None:
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".ltme_", suffix=".part", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise LtmeError(path.name, f"can't be written ({error.strerror or error})", "Check the folder") from error


def _umask() -> int:
    """The process's file-creation mask: temporary files are private, what we deliver should not be."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
