"""What a file holds, as plain values: the answer of `ltme inspect`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from ltme_clinic.marker_sets import MarkerSetMatch, detect_marker_set, suggest_mapping
from ltme_clinic.recordings.emg import emg_channels
from ltme_clinic.recordings.quality import QualityProblem, check_quality
from ltme_clinic.recordings.raw import ParameterValue, RawReader
from ltme_clinic.recordings.readers import reader_for
from ltme_clinic.recordings.reading import read_recordings
from ltme_clinic.types import ForcePlate, GaitEvent, Recording, TrialFacts
from ltme_clinic.types.trial import FACTS

_NEVER_SHOWN = ("examiner",)


def inspect_file(path: str | os.PathLike[str], *, reader: RawReader | None = None) -> list[dict[str, Any]]:
    """What a C3D file holds, one JSON-safe dictionary for each subject.

    The subject's and the examiner's names are left out: they identify people. Shares are 0 to 1, times are from the
    first stored frame.

    Raises
    ------
    LtmeError
        As `read_recordings`.
    """
    recordings = read_recordings(path, reader=reader)
    return [describe(recording) | {"subjects": len(recordings)} for recording in recordings]


def file_parameters(
    path: str | os.PathLike[str], *, reader: RawReader | None = None
) -> dict[str, dict[str, str | float | int | list | None]]:
    """All parameters of a C3D file, group -> name -> plain JSON value.

    Text is one string or a list of them, numbers are one or nested lists with the file's dimensions (the first runs
    fastest in the file), what is no number is None. Nothing is left out: unlike an inspection this names the patient.

    Raises
    ------
    LtmeError
        As `read_recordings`, for a file that can't be decoded.
    """
    path = Path(path)
    raw = (reader or reader_for(path)).read(path)
    return {group: {name: _plain(value) for name, value in values.items()} for group, values in raw.parameters.items()}


def describe(recording: Recording) -> dict[str, Any]:
    """One recording as plain values."""
    points = [output.name for output in recording.model_outputs if output.kind == "point"]
    labels = (*recording.marker_labels, *points)
    match = detect_marker_set(labels)
    outputs: dict[str, list[str]] = {}
    for output in recording.model_outputs:
        outputs.setdefault(output.kind, []).append(output.name)
    analogs = recording.analogs
    return {
        "file": recording.source_name,
        "recording_id": recording.recording_id,
        "origin": recording.origin,
        "rate_hz": recording.rate_hz,
        "frames": recording.frames,
        "duration_s": round(recording.duration_s, 6),
        "units": recording.file_unit,
        "byte_order": recording.parameters.get("byte_order", ""),
        "storage": recording.parameters.get("storage", ""),
        "trial": _trial(recording.trial),
        "marker_set": match.name,
        "marker_set_match": _marker_set(recording, match),
        "slots": len(match.slots),
        "markers": list(recording.marker_labels),
        "unlabelled": int(recording.parameters.get("unlabelled_points", "0")),
        "residuals": recording.residuals_m is not None and bool(np.nanmax(recording.residuals_m, initial=0.0) > 0.0),
        "events": [_event(event) for event in recording.events],
        "plates": recording.plates,
        "force_plates": [_plate(plate) for plate in recording.force_plates],
        "analogs": len(analogs.labels) if analogs else 0,
        "analog_rate_hz": analogs.rate_hz if analogs else None,
        "emg": [analogs.labels[index] for index in emg_channels(analogs)] if analogs else [],
        "model_outputs": outputs,
        "model_output_units": {output.kind: output.unit for output in reversed(recording.model_outputs)},
        "is_static": recording.is_static,
        "quality": _quality(recording),
        "warnings": list(recording.warnings),
    }


def _trial(trial: TrialFacts) -> dict[str, Any]:
    """The facts that are said, each with who says so."""
    said = {name: getattr(trial, name) for name in FACTS if name in trial.sources and name not in _NEVER_SHOWN}
    return {
        "kind": trial.kind,
        "condition": trial.condition,
        "facts": {name: {"value": value, "source": trial.sources[name]} for name, value in said.items()},
    }


def _marker_set(recording: Recording, match: MarkerSetMatch) -> dict[str, Any]:
    """Which set, how sure, what it lacks, and what its unknown labels may be."""
    suggestions = suggest_mapping(recording.marker_labels, recording.positions_m, known=match)
    return {
        "name": match.name,
        "title": match.title,
        "confidence": round(match.confidence, 3),
        "completeness": round(match.completeness, 3),
        "missing": list(match.missing),
        "unknown": [label for label in match.unknown if label not in match.extras],
        "alternatives": [
            {"name": other.name, "share": round(other.share, 3), "reads_alike": other.reads_alike}
            for other in match.alternatives
        ],
        "suggestions": [
            {"label": s.label, "slot": s.slot, "confidence": round(s.confidence, 2), "reason": s.reason}
            for s in suggestions
        ],
    }


def _event(event: GaitEvent) -> dict[str, Any]:
    return {
        "side": event.side,
        "kind": event.kind,
        "time_s": round(event.time_s, 6),
        "frame": event.frame,
        "source": event.source,
    }


def _plate(plate: ForcePlate) -> dict[str, Any]:
    return {
        "number": plate.number,
        "type": plate.kind,
        "usable": plate.usable,
        "refusal": plate.refusal,
        "corners_m": (np.round(np.nan_to_num(plate.corners_m), 4) + 0.0).tolist(),
        "channels": list(plate.channels),
        "warnings": list(plate.warnings),
    }


def _quality(recording: Recording) -> dict[str, Any]:
    missing = np.isnan(recording.positions_m[..., 0])  # (frame, marker)
    by_marker = missing.mean(axis=0) if recording.frames else np.ones(missing.shape[1])
    return {
        "missing_share": round(recording.missing_share, 6),
        "missing_share_by_marker": {
            label: round(float(share), 6) for label, share in zip(recording.marker_labels, by_marker, strict=True)
        },
        "markers_never_seen": [
            label for label, share in zip(recording.marker_labels, by_marker, strict=True) if share == 1.0
        ],
        "filled_share": round(float(recording.filled.mean()), 6) if recording.filled is not None else 0.0,
        "problems": [_problem(problem) for problem in check_quality(recording)],
    }


def _problem(problem: QualityProblem) -> dict[str, Any]:
    return {
        "kind": problem.kind,
        "markers": list(problem.markers),
        "start_s": round(problem.start_s, 3),
        "end_s": round(problem.end_s, 3),
        "severity": problem.severity,
        "sentence": problem.sentence,
        "cure": problem.cure,
    }


def _plain(value: ParameterValue) -> str | float | int | list | None:
    """A parameter's value as JSON has it; a single one without a list around it."""
    if isinstance(value, tuple):
        return value[0] if len(value) == 1 else list(value)
    return _numbers(value.item() if value.size == 1 else value.tolist())


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbers(part) for part in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
