"""What became of every file of an intake: counts, reasons with examples, and what waits for a patient."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ltme_clinic.errors import one_line
from ltme_clinic.types import LtmeError

if TYPE_CHECKING:
    from ltme_clinic.store import AddOutcome, Arrival

SCHEMA_VERSION = 1
MOST_EXAMPLES = 3
MOST_WAITING_SHOWN = 20
ID_CHARACTERS = 12
"""Of a recording's id, where a user is to type it."""

_NUMBERS = re.compile(r"(?<!\w)\d[\d.,:]*")


@dataclass(frozen=True)
class Told:
    """One file and what is to be said of it."""

    file: str
    """Relative to the given folder."""
    error: LtmeError


@dataclass(frozen=True)
class Reason:
    """How many files share a reason, with the first of them."""

    reason: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class WaitingRecording:
    """A recording that is stored and waits until somebody says whose it is."""

    recording_id: str
    file: str
    person: int
    people: int

    @property
    def shown(self) -> str:
        """The id to type, and which file's person it is."""
        who = f", person {self.person} of {self.people}" if self.people > 1 else ""
        return f"{self.recording_id[:ID_CHARACTERS]}  {self.file}{who}"


@dataclass
class IntakeReport:
    """What became of every file."""

    files: int = 0
    """How many were looked at."""
    taken: int = 0
    seen: int = 0
    waiting: int = 0
    """Stored now, and waiting to be assigned to a patient."""
    waiting_recordings: list[WaitingRecording] = field(default_factory=list)
    unencoded: list[Told] = field(default_factory=list)
    """Taken without an embedding, and why (a static trial, say)."""
    refusals: list[Told] = field(default_factory=list)
    left_aside: list[tuple[str, str]] = field(default_factory=list)
    """What was passed over on purpose: its path and the reason."""
    notes: list[str] = field(default_factory=list)
    """What is odd about the assignment of the files."""
    patients: set[str] = field(default_factory=set)
    """Whose recordings were among the files: their findings are due."""

    @property
    def refused(self) -> list[str]:
        """A line for each file or folder that was refused."""
        return [str(told.error) for told in self.refusals]

    @property
    def not_encoded(self) -> list[str]:
        """A line for each recording that was taken without an embedding."""
        return [str(told.error) for told in self.unencoded]

    def count(self, outcome: AddOutcome, patient: str | None) -> None:
        """Count one recording: what the store made of it."""
        self.taken += outcome == "added"
        self.seen += outcome == "seen"
        self.waiting += outcome == "unassigned"
        if patient is not None:
            self.patients.add(patient)

    def wait(self, arrival: Arrival, file: str) -> None:
        """Note a recording that waits for a patient."""
        self.waiting_recordings.append(
            WaitingRecording(arrival.recording_id, file, arrival.file_person, arrival.file_people)
        )

    def refuse(self, file: str, error: LtmeError) -> None:
        self.refusals.append(Told(one_line(file), error))

    def leave_unencoded(self, file: str, error: LtmeError) -> None:
        self.unencoded.append(Told(one_line(file), error))

    @property
    def counts(self) -> str:
        """How many recordings fared how, in one line."""
        return (
            f"taken {self.taken}   known already {self.seen}   waiting for a patient {self.waiting}"
            f"   without embedding {len(self.unencoded)}   refused {len(self.refusals)}"
        )

    @property
    def problems(self) -> list[str]:
        """One line for each file that was refused, or taken without an embedding, and for what is odd."""
        lines = [*self.notes, *self.refused, *(f"{line} Stored without an embedding." for line in self.not_encoded)]
        if self.waiting:
            cure = "Say whose with ltme assign, or add them again with --patient, --by-folder or --manifest"
            lines.append(str(LtmeError("store", f"{self.waiting} recordings wait for a patient", cure)))
        return lines

    def as_dict(self) -> dict[str, Any]:
        """Everything, in JSON's own types."""
        return {
            "schema_version": SCHEMA_VERSION,
            "files": self.files,
            "taken": self.taken,
            "known_already": self.seen,
            "waiting": [
                {"recording": item.recording_id, "file": item.file, "person": item.person, "people": item.people}
                for item in self.waiting_recordings
            ],
            "refused": [_as_dict(told) for told in self.refusals],
            "refused_reasons": [asdict(reason) for reason in reasons_of(self.refusals)],
            "without_embedding": [_as_dict(told) for told in self.unencoded],
            "left_aside": [asdict(reason) for reason in _left_aside(self.left_aside)],
            "notes": list(self.notes),
            "patients": sorted(self.patients),
        }


def intake_table(report: IntakeReport) -> str:
    """The end of an intake as plain text: what was taken, what was refused and why, what waits under which id."""
    lines = [_line("files looked at", report.files), _line("taken", report.taken), _line("known already", report.seen)]
    lines.append(_line("waiting for a patient", report.waiting))
    shown = report.waiting_recordings[:MOST_WAITING_SHOWN]
    lines += [f"  {item.shown}" for item in shown]
    if len(report.waiting_recordings) > len(shown):
        lines.append(f"  and {len(report.waiting_recordings) - len(shown)} more")
    for title, count, reasons in (
        ("refused", len(report.refusals), reasons_of(report.refusals)),
        ("without embedding", len(report.unencoded), reasons_of(report.unencoded)),
        ("left aside", len(report.left_aside), _left_aside(report.left_aside)),
    ):
        if count or title == "refused":
            lines.append(_line(title, count))
            lines += [_reason_line(reason) for reason in reasons]
    return "\n".join(lines)


def reasons_of(told: Iterable[Told]) -> list[Reason]:
    """Reasons that differ in numbers alone are one; the most frequent first."""
    return _grouped((_NUMBERS.sub("…", item.error.fact), item.file or item.error.subject) for item in told)


def _left_aside(items: Iterable[tuple[str, str]]) -> list[Reason]:
    return _grouped((reason, path) for path, reason in items)


def _grouped(pairs: Iterable[tuple[str, str]]) -> list[Reason]:
    files: dict[str, list[str]] = {}
    for reason, file in pairs:
        files.setdefault(reason, []).append(file)
    reasons = [Reason(reason, len(names), tuple(names[:MOST_EXAMPLES])) for reason, names in files.items()]
    return sorted(reasons, key=lambda reason: -reason.count)


def _line(title: str, count: int) -> str:
    return f"{title:<24}{count:>8}"


def _reason_line(reason: Reason) -> str:
    more = " ..." if reason.count > len(reason.examples) else ""
    return f"  {reason.count:>6}  {reason.reason}: {', '.join(reason.examples)}{more}"


def _as_dict(told: Told) -> dict[str, str]:
    return {"file": told.file, "fact": told.error.fact, "cure": told.error.cure}
