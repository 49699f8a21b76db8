"""What the store answers with: frozen values, without a database behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import numpy as np

from ltme_clinic.access import Principal
from ltme_clinic.types.clinical import Finding
from ltme_clinic.types.motion import MotionEmbedding
from ltme_clinic.types.recording import Origin
from ltme_clinic.types.trial import OperatedSide, TrialFacts, TrialKind

AddOutcome = Literal["added", "seen", "unassigned"]
"""added: new under this patient (or newly assigned to them); seen: nothing to do; unassigned: waits for a patient."""

JobState = Literal["queued", "running", "done", "failed"]

UNDATED = "undated"
"""The key of the visit that holds everything without a date; it is in no trend."""


def visit_key(visit_date: date | None) -> str:
    """The key of a visit: its ISO date, or 'undated'."""
    return UNDATED if visit_date is None else visit_date.isoformat()


@dataclass(frozen=True)
class PatientSummary:
    """One line of the patient list."""

    pseudonym: str
    origin: Origin
    visits: int
    last_visit: date | None
    """None where no visit has a date."""
    trials: int
    latest_finding: Finding | None
    """The newest finding of the latest visit that has one."""


@dataclass(frozen=True)
class VisitSummary:
    """One visit of one patient."""

    patient: str
    key: str
    date: date | None
    trials: int
    conditions: tuple[str, ...]

    @property
    def tracked(self) -> bool:
        """Whether the visit can be in a trend: only a dated one can."""
        return self.date is not None


@dataclass(frozen=True)
class TrialSummary:
    """One recording; `patient` and `visit` are empty while it waits to be assigned."""

    recording_id: str
    patient: str
    visit: str
    visit_date: date | None
    source_name: str
    """The file's name, from the identity database, because file names often hold a name; empty for those who may not
    see identities."""
    condition: str
    marker_set: str
    origin: Origin
    rate_hz: float
    frames: int
    duration_s: float
    is_static: bool
    has_clip: bool
    """Whether there is motion to play and encode."""
    events: int
    warnings: tuple[str, ...]
    added_at: str
    trial: TrialFacts = field(default_factory=TrialFacts)
    """What was done and worn, and who says so; the examiner is left out."""
    file_person: int | None = None
    """Which of its file's subjects this is, from 1; None where that was never written down."""
    file_people: int | None = None

    @property
    def kind(self) -> TrialKind:
        return self.trial.kind

    @property
    def operated_side(self) -> OperatedSide | None:
        return self.trial.operated_side


@dataclass(frozen=True)
class KnownRecording:
    """What intake needs to know of a recording that is stored already."""

    recording_id: str
    has_clip: bool
    is_waiting: bool
    is_whole: bool
    """Whether every file that its row names is there."""
    lacks_age: bool = False
    """Whether its walk was analysed without an age."""


@dataclass(frozen=True)
class StoredEmbedding:
    """An embedding with the visit it belongs to."""

    patient: str
    visit: str
    visit_date: date | None
    recording_id: str
    condition: str
    embedding: MotionEmbedding
    """Its window latents are read from their file when they are first asked for."""
    kind: TrialKind = "unknown"
    """What was done: only a walk, or a trial of which nobody says what it is, is scored as a walk."""
    marker_set: str = ""
    age_y: float | None = None
    """Of the patient at the trial; None where nobody states it."""


@dataclass(frozen=True)
class ReferenceSummary:
    """A reference population of the store's own."""

    name: str
    origin: Origin
    fingerprint: str
    people: int


@dataclass(frozen=True)
class RecordingVectors:
    """The recording vectors of many recordings by one checkpoint, row by row."""

    fingerprint: str
    patients: tuple[str, ...]
    visits: tuple[str, ...]
    recording_ids: tuple[str, ...]
    vectors: np.ndarray  # (recording, dimension) float32


@dataclass(frozen=True)
class Job:
    """Work asked for, under way or done."""

    id: int
    kind: str
    payload: dict[str, Any]
    state: JobState
    progress: float
    """0 to 1."""
    message: str
    result: dict[str, Any]
    requested_by: Principal
    """Whose permissions the work runs with."""
    requested_at: str
    claimed_by: str | None
    heartbeat_at: str | None
    attempts: int


@dataclass(frozen=True)
class AuditEntry:
    """One row of the audit log; `subject` is a pseudonym, or "forgotten" once that person is."""

    sequence: int
    at: str
    who: str
    role: str
    action: str
    subject: str


@dataclass(frozen=True)
class AuditVerdict:
    """Whether the audit log is as it was written.

    Rows cut off at the end can't be seen from the rest: whoever needs that writes `head_hash` down elsewhere.
    """

    intact: bool
    rows: int
    first_broken: int | None
    """Sequence number of the first row that doesn't follow from the one before."""
    head_hash: str


@dataclass(frozen=True)
class Tombstone:
    """That somebody was forgotten."""

    forgotten_at: str
    forgotten_by: str
    recordings: int


@dataclass(frozen=True)
class SweepReport:
    """What a sweep of the files found."""

    removed: int
    """Files that no row names, deleted."""
    removed_bytes: int
    missing: tuple[str, ...]
    """Recordings whose signals should be there and are not; adding their C3D file again restores them."""


@dataclass(frozen=True)
class StoreCounts:
    """How much a store holds."""

    patients: int
    visits: int
    recordings: int
    unassigned: int
    embeddings: int
    findings: int
    trends: int
    jobs: int
