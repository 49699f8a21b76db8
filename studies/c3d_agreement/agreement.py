"""One file, three readers: who agrees with whom on the signals, and the signed-off reason where nobody does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ltme_clinic.progress import Progress, silent
from ltme_clinic.recordings.oracle.comparing import Disagreement, compare
from ltme_clinic.recordings.oracle.header import read_header
from ltme_clinic.recordings.oracle.known_faults import (
    KNOWN_FAULTS,
    KnownFault,
    known_fault,
    unseen_at_the_origin,
)
from ltme_clinic.recordings.oracle.native import ReaderLost, shared_reader
from ltme_clinic.recordings.raw import RawC3D, RawReader
from ltme_clinic.recordings.readers import default_reader
from ltme_clinic.types import LtmeError
from studies.c3d_agreement.third_reader import ThirdReader

Outcome = Literal["equal", "differs", "refuses", "dies"]
Reading = RawC3D | LtmeError


@dataclass(frozen=True)
class Verdict:
    """What one oracle makes of a file."""

    outcome: Outcome
    said: str = ""

    def __str__(self) -> str:
        return f"{self.outcome}: {self.said}" if self.said else self.outcome


@dataclass(frozen=True)
class Agreement:
    """One file's line of the table; no text of the file is in it."""

    number: int
    file_bytes: int
    stored: str
    """Byte order, float or integer, and the shape of what we read; or our refusal."""
    ours: Literal["read", "refused"]
    ezc3d: Verdict
    c3d: Verdict
    reason: str = ""
    """A signed-off reason, or a known fault of the oracle that differs."""

    @property
    def status(self) -> str:
        """confirmed, signed off, refused by all, unconfirmed (no oracle reads it) or unexplained."""
        outcomes = {self.ezc3d.outcome, self.c3d.outcome}
        if self.ours == "refused":
            if outcomes <= {"refuses", "dies"}:
                return "refused by all"
            return "signed off" if self.reason else "unexplained"
        if "equal" in outcomes:
            return "confirmed"
        if self.reason:
            return "signed off"
        return "unconfirmed" if outcomes <= {"refuses", "dies"} else "unexplained"

    def without_texts(self) -> Agreement:
        """The line without a library's words on refusing a file: they may quote it."""
        kept = {
            name: replace(verdict, said="")
            for name in ("ezc3d", "c3d")
            if (verdict := getattr(self, name)).outcome in ("refuses", "dies")
        }
        return replace(self, **kept)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"ezc3d": str(self.ezc3d), "c3d": str(self.c3d), "status": self.status}


CUT_OFF = "the file ends before the frames that its header declares; the oracles return what is left without a word"

SIGN_OFFS: tuple[KnownFault, ...] = (
    KnownFault(
        ("missing", "points"),
        unseen_at_the_origin,
        "a point at exactly zero whose residual word is off the scale was not seen; both oracles take it for seen",
    ),
)
"""Where ours stands against both oracles, each told by a property of the file that was traced to its bytes."""


def agreements(
    paths: Sequence[Path], third: ThirdReader, *, reader: RawReader | None = None, progress: Progress = silent
) -> Iterator[Agreement]:
    """Each file's line, in order."""
    for number, path in enumerate(paths, start=1):
        yield agreement(path, third, number=number, reader=reader)
        progress("files", number, len(paths))


def agreement(path: Path, third: ThirdReader, *, number: int = 1, reader: RawReader | None = None) -> Agreement:
    """One file read three times.

    Parameters
    ----------
    path : a C3D file
    third : the `c3d` package in its child process
    number : what the file is called in the table
    reader : ours, if it is not the default one
    """
    ours = _attempt((reader or default_reader()).read, path)
    theirs = {"ezc3d": _attempt(shared_reader().opinion, path), "c3d": _attempt(third.read, path)}
    file_bytes = path.stat().st_size
    if isinstance(ours, LtmeError):
        read_by = {name: _refusal(reading) for name, reading in theirs.items()}
        return Agreement(number, file_bytes, ours.fact, "refused", **read_by, reason=_refusal_signed_off(path))
    found = {name: signals_apart(ours, reading) for name, reading in theirs.items() if isinstance(reading, RawC3D)}
    verdicts = {
        name: _verdict(found[name]) if isinstance(reading, RawC3D) else _refusal(reading)
        for name, reading in theirs.items()
    }
    reasons = {name: _reasons(name, ours, theirs[name], apart) for name, apart in found.items() if apart}
    reason = "; ".join(sorted(set().union(*reasons.values()))) if reasons and all(reasons.values()) else ""
    stored = f"{ours.byte_order} {ours.storage}, {ours.frames} frames x {ours.points.shape[1]} points"
    stored += f", {ours.analogs.shape[1] if ours.analogs.size else 0} channels"
    return Agreement(number, file_bytes, stored, "read", verdicts["ezc3d"], verdicts["c3d"], reason)


def signals_apart(ours: RawC3D, theirs: RawC3D) -> tuple[Disagreement, ...]:
    """Disagreements in points, analogs, rates and first frame alone."""
    bare = replace(theirs, residuals=None, camera_masks=None, point_labels=(), analog_labels=(), parameters={})
    return tuple(found for found in compare(ours, bare) if found.is_signal)


def _reasons(reader: str, ours: RawC3D, theirs: Reading, found: Sequence[Disagreement]) -> set[str]:
    """The known reasons for all that one oracle has otherwise; none if anything is left without one."""
    assert isinstance(theirs, RawC3D)
    known = SIGN_OFFS + (KNOWN_FAULTS if reader == "ezc3d" else ())
    reasons = {known_fault(ours, theirs, disagreement, known) for disagreement in found}
    return set() if "" in reasons else reasons


def _refusal_signed_off(path: Path) -> str:
    """The reason why we refuse a file that an oracle reads, from the file's header and length alone."""
    try:
        return CUT_OFF if read_header(path).missing_bytes else ""
    except LtmeError:
        return ""


def _attempt(read: Callable[[Path], RawC3D], path: Path) -> Reading:
    try:
        return read(path)
    except LtmeError as error:
        return error


def _verdict(found: tuple[Disagreement, ...]) -> Verdict:
    return Verdict("differs", "; ".join(one.sentence for one in found)) if found else Verdict("equal")


def _refusal(reading: Reading) -> Verdict:
    if isinstance(reading, RawC3D):
        return Verdict("differs", f"reads {reading.points.shape[0]} frames of {reading.points.shape[1]} points")
    return Verdict("dies" if isinstance(reading, ReaderLost) else "refuses", reading.fact)
