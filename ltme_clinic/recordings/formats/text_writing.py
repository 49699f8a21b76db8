"""What text files of motion have in common when they are written: rows of numbers, and what finds no place in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from ltme_clinic.types import Recording

_ROWS_AT_ONCE = 2000


def rows_of_text(
    leading: np.ndarray, leading_formats: tuple[str, ...], values: np.ndarray, *, decimals: int, missing: str
) -> Iterator[bytes]:
    """Tab-separated rows, some thousand at a time; a tab stands behind each cell.

    Parameters
    ----------
    leading : (row, column) frame numbers and times
    leading_formats : how each of these columns is written, such as "%d"
    values : (row, column) what follows them
    decimals : of each of these
    missing : what stands for NaN
    """
    pattern = "\t".join((*leading_formats, *[f"%.{decimals}f"] * values.shape[1])) + "\t"
    for start in range(0, len(values), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        numbers = np.hstack([leading[rows], np.round(values[rows].astype(np.float64), decimals) + 0.0])  # no "-0.00000"
        text = "".join([f"{pattern % tuple(row)}\n" for row in numbers.tolist()])
        yield text.replace("nan", missing).encode("ascii")


def left_out(recording: Recording, kept: Collection[str] = ()) -> tuple[str, ...]:
    """What a text file has no place for, a line each.

    Parameters
    ----------
    recording : what is written
    kept : what stands in the file after all: "markers", "force plates", "analog channels", "model outputs"
    """
    analogs, trial, body = recording.analogs, recording.trial, recording.anthropometry
    counted = {
        "markers": len(recording.marker_labels),
        "events": len(recording.events),
        "analog channels": len(analogs.labels) if analogs is not None else 0,
        "force plates": recording.plates,
        "model outputs": len(recording.model_outputs),
        "marks of filled samples": int(recording.filled.sum()) if recording.filled is not None else 0,
        "steps of processing": len(recording.processing),
    }
    lines = [f"{what} left out: {count}" for what, count in counted.items() if count and what not in kept]
    if recording.subject or any(value is not None for value in vars(body).values()):
        lines.append("the subject's name and body measures left out")
    if trial.sources or trial.condition:
        lines.append("what is known of the trial left out")
    return tuple(lines)
