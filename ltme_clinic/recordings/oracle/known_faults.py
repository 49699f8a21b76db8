"""Where the native library is known to be wrong, told from properties of the file; each was traced to its bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ltme_clinic.recordings.oracle.comparing import Disagreement
from ltme_clinic.recordings.raw import RawC3D

MOST_FRAMES_OF_THE_HEADER = 65_535


@dataclass(frozen=True)
class KnownFault:
    """One mistake of a reader, and how to tell a file that meets it."""

    fields: tuple[str, ...]
    """Fields of a `Disagreement` that it explains."""
    applies: Callable[[RawC3D, RawC3D], bool]
    """From our reading and the other one."""
    reason: str


def known_fault(
    ours: RawC3D, theirs: RawC3D, disagreement: Disagreement, known_faults: Sequence[KnownFault] | None = None
) -> str:
    """The known fault that explains a disagreement, by default one of the native library's; empty if none does."""
    known_faults = KNOWN_FAULTS if known_faults is None else known_faults
    faults = (known for known in known_faults if disagreement.field in known.fields)
    return next((known.reason for known in faults if known.applies(ours, theirs)), "")


def _stored_unsigned(ours: RawC3D, _theirs: RawC3D) -> bool:
    return ours.storage == "integer" and ours.text("ANALOG", "FORMAT").strip().upper() == "UNSIGNED"


def _rate_parameter_missing(ours: RawC3D, _theirs: RawC3D) -> bool:
    return not (ours.number("POINT", "RATE") or 0.0) > 0


def _broken_ratio(ours: RawC3D, _theirs: RawC3D) -> bool:
    """Analog samples that do not divide evenly among the frames by the rates that are written down."""
    analog_hz, point_hz = ours.number("ANALOG", "RATE") or 0.0, ours.number("POINT", "RATE") or 0.0
    return analog_hz > 0 and point_hz > 0 and abs(analog_hz / point_hz - round(analog_hz / point_hz)) > 1e-3


def _count_not_said(ours: RawC3D, _theirs: RawC3D) -> bool:
    """Whether one of the numbers is absent that say how many values a frame has; the header has them all."""
    channels = ("USED", "RATE") if ours.analogs.size else ()
    absent = not ours.numbers("POINT", "USED").size or not ours.numbers("POINT", "SCALE").size
    return absent or any(not ours.numbers("ANALOG", name).size for name in channels)


def _negative_offset(ours: RawC3D, _theirs: RawC3D) -> bool:
    return bool((ours.numbers("ANALOG", "OFFSET") < 0).any())


def _no_parameters(ours: RawC3D, _theirs: RawC3D) -> bool:
    return not ours.parameters


def unseen_at_the_origin(ours: RawC3D, theirs: RawC3D) -> bool:
    """Whether every point that only the library calls seen lies at exactly (0, 0, 0) with a residual off the scale."""
    if ours.missing.shape != theirs.missing.shape:
        return False
    apart = ours.missing != theirs.missing
    return bool((ours.missing & (theirs.points == 0).all(axis=2))[apart].all())


def _beyond_the_header(ours: RawC3D, theirs: RawC3D) -> bool:
    """Frames whose numbers the header can't write, of which the library has fewer."""
    return ours.frames + ours.first_frame - 1 > MOST_FRAMES_OF_THE_HEADER and theirs.frames < ours.frames


def _bytes_exchanged(ours: RawC3D, theirs: RawC3D) -> bool:
    """Whether the library's residuals are our camera masks, times the scale, in every point that both see."""
    if ours.camera_masks is None or theirs.residuals is None or ours.missing.shape != theirs.missing.shape:
        return False
    scale = abs(ours.number("POINT", "SCALE") or 0.0)
    seen = ~(ours.missing | theirs.missing)
    exchanged = ours.camera_masks[seen] * np.float32(scale)
    return bool(np.allclose(theirs.residuals[seen], exchanged, rtol=1e-5, atol=0.0))


_SIGNALS = ("frames", "points", "missing", "analogs", "rate_hz", "analog_rate_hz", "first_frame")

KNOWN_FAULTS: tuple[KnownFault, ...] = (
    KnownFault(
        (*_SIGNALS, "point_labels", "analog_labels"),
        _no_parameters,
        "the native library returns nothing from a file without a parameter section",
    ),
    KnownFault(
        ("analogs", "analog_labels"),
        _stored_unsigned,
        "the native library decodes unsigned analogs with the wrong sign",
    ),
    KnownFault(
        _SIGNALS,
        _rate_parameter_missing,
        "without POINT:RATE the native library drops the analogs and loses step with the points",
    ),
    KnownFault(
        _SIGNALS,
        _count_not_said,
        "the native library takes a count, rate or scale that the parameters leave out for 0; the header has it",
    ),
    KnownFault(
        ("analogs",),
        _negative_offset,
        "the native library subtracts the size of a negative analog offset",
    ),
    KnownFault(
        _SIGNALS,
        _broken_ratio,
        "the native library rounds the analog samples of a frame where the rates do not divide; the header's count "
        "fits the file's length",
    ),
    KnownFault(
        ("frames", "analogs"),
        _beyond_the_header,
        "the native library stops at the frame numbers that the header can write",
    ),
    KnownFault(
        ("missing",),
        unseen_at_the_origin,
        "the native library takes a point at exactly zero with a residual off the scale for seen",
    ),
    KnownFault(
        ("residuals", "camera_masks"),
        _bytes_exchanged,
        "the native library takes the residual's byte for the cameras' and the cameras' for the residual",
    ),
)
