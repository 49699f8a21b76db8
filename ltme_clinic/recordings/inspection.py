"""What a file holds, as plain values: the answer of `ltme inspect`."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ltme_clinic.marker_sets import detect_marker_set
from ltme_clinic.recordings.raw import RawReader
from ltme_clinic.recordings.reading import read_recordings
from ltme_clinic.types import GaitEvent, Recording


def inspect_file(path: str | os.PathLike[str], *, reader: RawReader | None = None) -> list[dict[str, Any]]:
    """What a C3D file holds, one JSON-safe dictionary for each subject.

    The subject's name is left out: it may identify a patient. Shares are 0 to 1, times are from the first stored frame.

    Raises
    ------
    LtmeError
        As `read_recordings`.
    """
    return [describe(recording) for recording in read_recordings(path, reader=reader)]


def describe(recording: Recording) -> dict[str, Any]:
    """One recording as plain values."""
    points = [output.name for output in recording.model_outputs if output.kind == "point"]
    match = detect_marker_set([*recording.marker_labels, *points])
    outputs: dict[str, list[str]] = {}
    for output in recording.model_outputs:
        outputs.setdefault(output.kind, []).append(output.name)
    return {
        "file": recording.source_name,
        "recording_id": recording.recording_id,
        "origin": recording.origin,
        "rate_hz": recording.rate_hz,
        "frames": recording.frames,
        "duration_s": round(recording.duration_s, 6),
        "units": recording.file_unit,
        "marker_set": match.name,
        "slots": len(match.slots),
        "markers": list(recording.marker_labels),
        "unlabelled": int(recording.parameters.get("unlabelled_points", "0")),
        "events": [_event(event) for event in recording.events],
        "plates": recording.plates,
        "analogs": len(recording.analogs.labels) if recording.analogs else 0,
        "model_outputs": outputs,
        "is_static": recording.is_static,
        "quality": _quality(recording),
        "warnings": list(recording.warnings),
    }


def _event(event: GaitEvent) -> dict[str, Any]:
    return {
        "side": event.side,
        "kind": event.kind,
        "time_s": round(event.time_s, 6),
        "frame": event.frame,
        "source": event.source,
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
    }
