"""Rates and the number of the first frame, settled once it is known how many frames and samples a file stores."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ltme_clinic.errors import LtmeError
from ltme_clinic.recordings.c3d.declarations import Declarations
from ltme_clinic.recordings.c3d.header import SATURATED, is_rate
from ltme_clinic.recordings.c3d.layout import Layout

_SAME_RATE = 1e-4
_BORNE_OUT = 1e-3
"""How far, of itself, a rate may be from what analog rate and samples a frame amount to."""


@dataclass(frozen=True)
class Timing:
    """When a file's frames were taken."""

    rate_hz: float
    analog_rate_hz: float
    first_frame: int
    warnings: tuple[str, ...]


def decide_timing(name: str, declared: Declarations, layout: Layout, frames: int) -> Timing:
    """Rates and first frame of a file, and what was contradictory about them.

    Parameters
    ----------
    name : the file's name, for errors
    declared : what header and parameters say
    layout : which of it the file's length bears out
    frames : how many were read

    Raises
    ------
    LtmeError
        If nothing tells a rate.
    """
    rate_hz, rate_warnings = _rate(name, declared, layout)
    analog_rate_hz, analog_warnings = _analog_rate(declared, rate_hz, layout)
    first_frame, frame_warnings = _first_frame(declared, frames)
    return Timing(rate_hz, analog_rate_hz, first_frame, (*rate_warnings, *analog_warnings, *frame_warnings))


def _rate(name: str, declared: Declarations, layout: Layout) -> tuple[float, tuple[str, ...]]:
    """The camera rate.

    Where parameter and header contradict each other, the analog rate is the third witness. Without one the parameter
    counts: the format calls parameters the master and the header their copy (c3d.org, notes for programmers).
    """
    parameter_hz, header_hz = declared.parameter_rate_hz, declared.header_rate_hz
    witness_hz = _rate_by_analogs(declared, layout)
    if parameter_hz is None:
        if header_hz is not None:
            return header_hz, (f"the rate parameter is missing: the header's {header_hz:g} Hz was used",)
        if witness_hz is not None:
            return witness_hz, (f"the file tells no camera rate: its analog rate amounts to {witness_hz:g} Hz",)
        raise LtmeError(name, "holds no frame rate", "Export the trial with its camera rate")
    if header_hz is None or math.isclose(parameter_hz, header_hz, rel_tol=_SAME_RATE):
        return parameter_hz, ()
    contradiction = f"the parameters declare {parameter_hz:g} Hz and the header {header_hz:g} Hz"
    borne_out = [
        hz for hz in (parameter_hz, header_hz) if witness_hz and math.isclose(hz, witness_hz, rel_tol=_BORNE_OUT)
    ]
    if len(borne_out) == 1:
        return borne_out[0], (f"{contradiction}: the analog rate bears out {borne_out[0]:g} Hz",)
    return parameter_hz, (f"{contradiction}: {parameter_hz:g} Hz was used, and times may be wrong",)


def _rate_by_analogs(declared: Declarations, layout: Layout) -> float | None:
    if not layout.analog_words or declared.analog_rate_hz is None:
        return None
    rate_hz = declared.analog_rate_hz / layout.samples_per_frame
    return rate_hz if is_rate(rate_hz) else None


def _analog_rate(declared: Declarations, rate_hz: float, layout: Layout) -> tuple[float, tuple[str, ...]]:
    """The analog rate: as declared where the samples in each frame bear it out, else by them."""
    counted_hz = rate_hz * layout.samples_per_frame
    declared_hz = declared.analog_rate_hz
    if not layout.channels or declared_hz is None:
        return counted_hz, ()
    if math.isclose(declared_hz, counted_hz, rel_tol=_BORNE_OUT):
        return declared_hz, ()
    return counted_hz, (f"the analog rate is declared as {declared_hz:g} Hz: {counted_hz:g} Hz are stored",)


def _first_frame(declared: Declarations, frames: int) -> tuple[int, tuple[str, ...]]:
    """The file's number of its first frame: by TRIAL or by the header, whichever fits the frames read."""
    trial, (first, last) = declared.trial_fields, declared.header_frames
    by_header = max(1, first)
    header_fits = last > 0 and (last - first + 1 - frames) % (SATURATED + 1) == 0
    header_fits = header_fits or (first < last == SATURATED and last - first + 1 <= frames)
    if trial and trial[1] - trial[0] + 1 == frames:
        if header_fits and (trial[0] - by_header) % (SATURATED + 1):
            return trial[0], (
                f"the first frame is number {trial[0]} by TRIAL, {by_header} by the header: {trial[0]} was used",
            )
        return trial[0], ()
    if header_fits or first == last == 0:
        return by_header if header_fits or not trial else trial[0], ()
    if trial:
        number = trial[0]
    else:  # a range that is no range says nothing; one that ends where the frames do starts where they do
        number = 1 if first > last or last == frames else by_header
    if number == by_header:
        return number, ()
    return number, (
        f"the header's frames {first} to {last} are not the {frames} read: the first was numbered {number}",
    )
