"""Reads one hostile file and says what left the reader, how long it took and what memory it took."""

from __future__ import annotations

import faulthandler
import tempfile
import time
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ltme_clinic.kinematics import plate_forces
from ltme_clinic.recordings import read_recordings
from ltme_clinic.recordings.c3d import C3DReader
from ltme_clinic.recordings.deidentify import DeidentificationKey, WhoseFiles, deidentify_file
from ltme_clinic.recordings.inspection import describe
from ltme_clinic.recordings.raw import RawC3D
from ltme_clinic.types import AnalogSignals, ForcePlate, LtmeError
from studies.hostile_bytes.parents import OTHER_PERSON, PERSON

LONGEST_S = 0.5
"""Of the processor's time, which no other process on the machine prolongs much."""
HANG_S = 120.0
"""Of the clock's time: a process that takes longer with one file is ended."""
BASE_BYTES = 8 << 20
BYTES_PER_FILE_BYTE = {"decode": 32, "interpret": 64, "forces": 64, "deidentify": 64}
"""Peak memory each depth may take for each byte of the file, beside BASE_BYTES."""

Depth = Literal["decode", "interpret", "forces", "deidentify"]
Outcome = Literal["read", "refused", "escape"]

_STANDARD_ERROR = 2
_NO_POSITION, _NO_SAMPLE = 1e8, 1e10
"""Beyond these a copy need not keep what the file holds: see `recordings.deidentify.numbers`."""
_KEY = DeidentificationKey(bytes(range(32)))
_STEMS = tuple(name[:9].casefold().encode("ascii") for name in (PERSON, OTHER_PERSON))
"""What stays of the planted names in any encoding, and when an end was cut off."""


@dataclass(frozen=True)
class Attempt:
    """One file, read once."""

    outcome: Outcome
    seconds: float
    """Of the processor's time."""
    error: str = ""
    """An escape's type and text, and the line of ours it came from."""
    peak_bytes: int = 0
    """Largest memory taken while reading; 0 where it was not traced."""

    def over_budget(self, file_bytes: int, depth: Depth) -> bool:
        return self.peak_bytes > BASE_BYTES + BYTES_PER_FILE_BYTE[depth] * file_bytes


def decode(path: Path) -> None:
    """Every signal of the file, also those that are decoded when they are asked for."""
    raw = C3DReader().read(path)
    sizes = (raw.points.size, raw.missing.size, raw.analogs.size)
    assert min(sizes) >= 0
    assert raw.residuals is not None
    assert raw.camera_masks is not None


def interpret(path: Path) -> None:
    """Everything above the decoder, down to the plain description."""
    for recording in read_recordings(path):
        describe(recording)


def forces(path: Path) -> None:
    """What every plate measured that says of itself that it can be used."""
    for recording in read_recordings(path):
        for plate in recording.force_plates:
            if plate.usable and recording.analogs is not None:
                _forces_of(plate, recording.analogs)


def deidentify(path: Path) -> None:
    """The file's copies without a name, each read back: the same signals, and no letter of the person's."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        try:
            done = deidentify_file(path, folder, _KEY)
        except LtmeError:  # most mutants name nobody, or several: then somebody says whose they are
            done = deidentify_file(path, folder, _KEY, whose=WhoseFiles(patient=PERSON))
        original = C3DReader().read(path)
        assert len(done.outputs) == len(set(done.outputs)) > 0
        for copy in done.outputs:
            _assert_nameless(copy)
            _assert_same_signals(original, C3DReader().read(copy), is_whole=len(done.outputs) == 1)


DEPTHS: dict[Depth, Callable[[Path], None]] = {
    "decode": decode,
    "interpret": interpret,
    "forces": forces,
    "deidentify": deidentify,
}


def attempt(path: Path, depth: Depth = "decode", *, trace: bool = False) -> Attempt:
    """Read a file, whatever comes of it; a warning that would reach a user's terminal is an escape as well."""
    faulthandler.dump_traceback_later(HANG_S, exit=True, file=_STANDARD_ERROR)
    if trace:
        tracemalloc.start()
    started_s = time.process_time()
    outcome: Outcome = "read"
    error = ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            DEPTHS[depth](path)
    except LtmeError:
        outcome = "refused"
    except Exception as escape:  # the very thing that is looked for
        outcome, error = "escape", _said(escape)
    seconds = time.process_time() - started_s
    peak_bytes = 0
    if trace:
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    faulthandler.cancel_dump_traceback_later()
    return Attempt(outcome, seconds, error, peak_bytes)


def _forces_of(plate: ForcePlate, analogs: AnalogSignals) -> None:
    found = plate_forces(plate, analogs)
    samples = len(analogs.values)
    assert found.free_moment_nm.shape == (samples,)
    for of_axes in (found.force_n, found.moment_nm, found.centre_of_pressure_m):
        assert of_axes.shape == (samples, 3)
    for values in (found.force_n, found.moment_nm, found.centre_of_pressure_m, found.free_moment_nm):
        assert not np.isinf(values).any()
    assert all(warning.isprintable() for warning in found.warnings)


def _assert_nameless(copy: Path) -> None:
    content, path = copy.read_bytes().lower(), "/".join(copy.parts[-3:]).lower().encode()
    assert not any(stem in text for stem in _STEMS for text in (content, path))


def _assert_same_signals(original: RawC3D, copy: RawC3D, *, is_whole: bool) -> None:
    """The points (all of them, where it is the only copy) and analogs that the original holds, to the bit.

    But for samples that no instrument gives, which are not kept, and frames of text at the end.
    """
    assert 0 < copy.frames <= original.frames
    assert not is_whole or original.points.shape[1] == copy.points.shape[1]
    samples = original.analogs[: len(copy.analogs)]
    assert np.array_equal(np.where(np.abs(samples) > _NO_SAMPLE, 0.0, samples), copy.analogs, equal_nan=True)
    tracks = {_track(original, index, copy.frames) for index in range(original.points.shape[1])}
    assert all(_track(copy, index, copy.frames) in tracks for index in range(copy.points.shape[1]))


def _track(raw: RawC3D, point: int, frames: int) -> bytes:
    """One point's coordinates; where it was not seen, or lies nowhere, the same for all."""
    track = raw.points[:frames, point].astype(np.float32)
    lies_somewhere = (np.abs(track) <= _NO_POSITION).all(axis=1)
    track[raw.missing[:frames, point] | ~lies_somewhere] = np.nan
    return track.tobytes()


def _said(escape: Exception) -> str:
    trace, place = escape.__traceback__, ""
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if {"ltme_clinic", "hostile_bytes"} & set(path.parts):
            place = f"{path.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(escape).__name__} at {place}: {escape}"[:300]
