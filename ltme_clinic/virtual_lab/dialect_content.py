"""What of a recording stands where in a vendor's C3D file: turned, scaled and named as its software does it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ltme_clinic.recordings.c3d_writing.recording_content import content_of
from ltme_clinic.recordings.file_facts import GENERATOR_SOFTWARE, SYNTHETIC_COMPANY, VIRTUAL_SOFTWARE
from ltme_clinic.recordings.raw import ParameterValue, RawC3D
from ltme_clinic.types import AnalogSignals, ForcePlate, GaitEvent, ModelOutput, Recording

if TYPE_CHECKING:
    from ltme_clinic.virtual_lab.dialects import Dialect

_METRES = {"mm": 1e-3, "cm": 1e-2, "m": 1.0}
_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""Laboratory (x forward, y left, z up) to a right-handed frame with y up: its z points to the right."""
_MOST_HEADER_EVENTS = 18
"""What the header block has room for (C3D User Guide)."""
_LONGEST_PREFIX = 60
"""A prefix longer than a label's room would leave nothing of the label."""
_CHANNEL = re.compile(r"(?P<quantity>[FM])(?P<axis>[xyz])(?P<number>\d+)")
_NEXUS_WORDS = {
    "initial_contact": "The instant the heel strikes the ground",
    "foot_off": "The instant the toe leaves the ground",
}
_OUTPUT_GROUPS = ("ANGLES", "FORCES", "MOMENTS", "POWERS", "SCALARS", "MODELED_MARKERS")

Parameters = dict[str, dict[str, ParameterValue]]


def dialect_content(name: str, recording: Recording, dialect: Dialect) -> RawC3D:
    """A virtual recording as the content of a vendor's file.

    Parameters
    ----------
    name : the file's name
    recording : z up, metres
    dialect : how to write it
    """
    metres_per_unit = _METRES[dialect.unit]
    prefix = subject_prefix(recording.subject) if dialect.has_prefix else ""
    placed = _in_unit(_turned(recording, dialect), metres_per_unit)
    if placed.first_file_frame == 1:
        placed = replace(placed, first_file_frame=dialect.first_frame)
    content = content_of(name, placed, metres_per_unit)
    parameters: Parameters = {group: dict(values) for group, values in content.parameters.items()}
    _set_screen(parameters, dialect)
    _set_events(parameters, placed, dialect)
    _set_subject(parameters, recording.subject, prefix, dialect)
    _set_origin(parameters, recording, dialect)
    for group in _OUTPUT_GROUPS if prefix else ():
        if isinstance(labels := parameters["POINT"].get(group), tuple):
            parameters["POINT"][group] = tuple(prefix + label for label in labels)
    for group, values in dialect.groups.items():
        parameters.setdefault(group, {}).update(values)
    return replace(
        content,
        point_labels=tuple(prefix + label for label in content.point_labels),
        analog_labels=tuple(channel_label(label, dialect) for label in content.analog_labels),
        parameters=parameters,
        header_events=_header_events(placed) if dialect.events == "header" else (),
        file_sha256="",
    )


def subject_prefix(subject: str) -> str:
    """A subject's name with a colon, as it stands before labels; empty for a subject without a name."""
    bare = re.sub(r"[\s:*]+", "_", subject.strip())[:_LONGEST_PREFIX].strip("_")
    return f"{bare}:" if bare else ""


def channel_label(label: str, dialect: Dialect) -> str:
    """A plate's channel ("Fx1") in the dialect's own way; any other channel's label as it is."""
    match = _CHANNEL.fullmatch(label)
    if match is None:
        return label
    quantity, axis = match["quantity"], match["axis"]
    words = {"F": quantity, "Force": "Force" if quantity == "F" else "Moment", "x": axis, "X": axis.upper()}
    return dialect.channel_label.format(**words, number=match["number"])


def _turned(recording: Recording, dialect: Dialect) -> Recording:
    """The recording in the dialect's axes: markers, calculated points and the corners of plates."""
    if dialect.up == "z":
        return recording
    return replace(
        recording,
        positions_m=recording.positions_m @ _Y_UP.T,
        model_outputs=tuple(_turned_output(output) for output in recording.model_outputs),
        force_plates=tuple(replace(plate, corners_m=plate.corners_m @ _Y_UP.T) for plate in recording.force_plates),
    )


def _turned_output(output: ModelOutput) -> ModelOutput:
    return replace(output, values=output.values @ _Y_UP.T) if output.kind == "point" else output


def _in_unit(recording: Recording, metres_per_unit: float) -> Recording:
    """The recording with its plates' moments, and centres of pressure, in another length unit.

    A plate of type 4 or 5 has the unit in its calibration matrix; type 3 measures forces alone.
    """
    analogs = recording.analogs
    if not recording.force_plates or analogs is None:
        return recording
    factors = np.ones(len(analogs.labels))
    units = list(analogs.units)
    plates: list[ForcePlate] = []
    for plate in recording.force_plates:
        factor = plate.metres_per_unit / metres_per_unit
        calibration = plate.calibration
        if calibration is not None:
            calibration = calibration.copy()
            calibration[3:6] *= factor
        else:
            for channel in plate.channels[3:6] if plate.kind in (1, 2) else ():
                factors[channel] = factor
                units[channel] = _unit_word(units[channel], metres_per_unit)
        plates.append(replace(plate, metres_per_unit=metres_per_unit, calibration=calibration))
    values = (analogs.values * factors).astype(np.float32)
    scaled = AnalogSignals(analogs.labels, analogs.rate_hz, values, tuple(units), analogs.descriptions)
    return replace(recording, force_plates=tuple(plates), analogs=scaled)


def _unit_word(unit: str, metres_per_unit: float) -> str:
    length = next(word for word, metres in _METRES.items() if metres == metres_per_unit)
    return length if unit in _METRES else f"N{length}"


def _set_screen(parameters: Parameters, dialect: Dialect) -> None:
    point = parameters["POINT"]
    for name in ("X_SCREEN", "Y_SCREEN"):
        point.pop(name, None)
    if dialect.screen is not None:
        point |= {"X_SCREEN": (dialect.screen[0],), "Y_SCREEN": (dialect.screen[1],)}


def _set_events(parameters: Parameters, recording: Recording, dialect: Dialect) -> None:
    """The EVENT group in the dialect's style; beside the header only where the header has no room."""
    event = parameters.pop("EVENT", None)
    is_in_header = dialect.events == "header" and len(_footfalls(recording.events)) <= _MOST_HEADER_EVENTS
    if event is None or dialect.events == "none" or is_in_header:
        return
    if dialect.events == "contexts":
        described = (_NEXUS_WORDS.get(one.kind, "") for one in recording.events)
        texts = event["DESCRIPTIONS"]
        assert isinstance(texts, tuple)
        event["DESCRIPTIONS"] = tuple(own or usual for own, usual in zip(texts, described, strict=True))
        event["GENERIC_FLAGS"] = np.zeros(len(recording.events), dtype=np.int16)
        parameters["EVENT"] = event
        return
    labels = tuple(_event_label(one, dialect.event_labels) for one in recording.events)
    parameters["EVENT"] = {"USED": event["USED"], "LABELS": labels, "TIMES": event["TIMES"]}


def _event_label(event: GaitEvent, labels: tuple[str, str]) -> str:
    if event.kind == "other" or event.side is None:
        return event.label or "Event"
    return labels[event.kind == "foot_off"].format(side=event.side[0].upper())


def _footfalls(events: Sequence[GaitEvent]) -> list[GaitEvent]:
    return [event for event in events if event.kind != "other" and event.side is not None]


def _header_events(recording: Recording) -> tuple[tuple[str, float], ...]:
    """The first eighteen foot contacts and offs, label and seconds from the file's frame 1."""
    first_s = (recording.first_file_frame - 1) / recording.rate_hz
    named = [
        (_event_label(one, ("{side}HS", "{side}TO")), one.time_s + first_s) for one in _footfalls(recording.events)
    ]
    return tuple(named[:_MOST_HEADER_EVENTS])


def _set_subject(parameters: Parameters, subject: str, prefix: str, dialect: Dialect) -> None:
    """The SUBJECTS group, with the prefix that the labels carry; or none."""
    subjects = parameters.pop("SUBJECTS")
    if not dialect.has_subjects:
        return
    if prefix:
        subjects |= {"USES_PREFIXES": np.array([1]), "LABEL_PREFIXES": (prefix,)}
    parameters["SUBJECTS"] = subjects


def _set_origin(parameters: Parameters, recording: Recording, dialect: Dialect) -> None:
    """Who made the file: the mark of made-up motion, and which software's files it resembles."""
    is_generated = recording.origin == "generated"
    parameters["MANUFACTURER"] = {
        "COMPANY": (SYNTHETIC_COMPANY,),
        "SOFTWARE": (GENERATOR_SOFTWARE if is_generated else f"{VIRTUAL_SOFTWARE}, {dialect.name} dialect",),
    }
