"""Intake: file -> Recording -> MotionClip -> MotionEmbedding -> Store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ltme_clinic.access import Principal, local_principal
from ltme_clinic.assignment import Assignment, Placed
from ltme_clinic.progress import Progress, silent
from ltme_clinic.types import LtmeError, MotionClip, Recording

if TYPE_CHECKING:
    from ltme_clinic.embedding import LtmeModel
    from ltme_clinic.store import AddOutcome, Store


@dataclass
class IntakeReport:
    """What became of every file."""

    taken: int = 0
    seen: int = 0
    waiting: int = 0
    """Stored, and waiting to be assigned to a patient."""
    not_encoded: list[str] = field(default_factory=list)
    """Taken without an embedding, and why (a static trial, say)."""
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is odd about the assignment of the files."""
    patients: set[str] = field(default_factory=set)
    """Whose recordings were among the files: their findings are due."""

    def count(self, outcome: AddOutcome, placed: Placed, reason: str) -> None:
        """Count one recording: what the store made of it, and why it has no embedding if it has none."""
        self.taken += outcome == "added"
        self.seen += outcome == "seen"
        self.waiting += outcome == "unassigned"
        if placed.patient is not None:
            self.patients.add(placed.patient)
        if reason and outcome != "seen":
            self.not_encoded.append(reason)

    @property
    def counts(self) -> str:
        """How many files fared how, in one line."""
        return (
            f"taken {self.taken}   known already {self.seen}   waiting for a patient {self.waiting}"
            f"   without embedding {len(self.not_encoded)}   refused {len(self.refused)}"
        )

    @property
    def problems(self) -> list[str]:
        """One line for each file that was refused, or taken without an embedding, and for what is odd."""
        lines = [*self.notes, *self.refused, *(f"{line} Stored without an embedding." for line in self.not_encoded)]
        if self.waiting:
            cure = "Add them again with --patient, --by-folder or --manifest"
            lines.append(str(LtmeError("store", f"{self.waiting} recordings wait for a patient", cure)))
        return lines


def add_recordings(
    store: Store,
    paths: Iterable[Path],
    assignment: Assignment,
    *,
    model: LtmeModel | None = None,
    principal: Principal | None = None,
    progress: Progress = silent,
) -> IntakeReport:
    """Take every C3D file below the paths into the store, with its embedding; safe to repeat and to interrupt.

    Files that can't be taken are listed in the report, not raised.

    Raises
    ------
    LtmeError
        Before anything is taken: the manifest assigns one line to several files. At any time: the store itself can't
        be written (a full disk); what was taken stays.
    """
    from ltme_clinic.embedding import load_model
    from ltme_clinic.recordings import read_recordings

    principal = principal or local_principal()
    model = model or load_model()
    report = IntakeReport()
    files = files_by_root(paths, report.refused)
    report.notes += assignment.checked(files)
    for number, (root, file) in enumerate(files, start=1):
        try:
            taken = [_with_clip(recording) for recording in read_recordings(file)]
            placements = [assignment.place(file, root, recording.subject) for recording, _, _ in taken]
            for (recording, clip, reason), placed in zip(
                taken, _told_apart(file, taken, placements, report), strict=True
            ):
                outcome = _store(store, principal, recording, clip, placed)
                reason = reason or _encode(store, principal, clip, model)
                report.count(outcome, placed, reason)
        except LtmeError as error:
            if error.subject == store.location:
                raise
            report.refused.append(str(error))
        progress("adding", number, len(files))
    return report


def _with_clip(recording: Recording) -> tuple[Recording, MotionClip | None, str]:
    """A recording with its clip; else with the reason why it will have no embedding."""
    from ltme_clinic.clips import make_clip

    try:
        clip = make_clip(recording)
    except LtmeError as error:
        return recording, None, str(error)
    return recording, clip, f"{recording.source_name}: a static trial holds no walk." if recording.is_static else ""


def _told_apart(
    file: Path, taken: list[tuple[Recording, MotionClip | None, str]], placements: list[Placed], report: IntakeReport
) -> list[Placed]:
    """The placements, without the patient where several people got the same: a file's name can't tell whose is whose.

    A second subject without a body (a cane, a box) is nobody.
    """
    patients = [
        placed.patient for (_, clip, _), placed in zip(taken, placements, strict=True) if clip and placed.patient
    ]
    if len(set(patients)) == len(patients):
        return placements
    fact = f"holds {len(patients)} people, and one patient is named: they wait until each is assigned"
    report.notes.append(str(LtmeError(file.name, fact)))
    return [replace(placed, patient=None, visit_date=None) for placed in placements]


def _store(
    store: Store, principal: Principal, recording: Recording, clip: MotionClip | None, placed: Placed
) -> AddOutcome:
    from ltme_clinic.marker_sets import detect_marker_set

    return store.add_recording(
        principal,
        recording,
        clip,
        patient=placed.patient,
        visit_date=placed.visit_date,
        condition=placed.condition,
        file_sha256=recording.file_sha256,
        source_path_name=recording.source_name,
        marker_set=detect_marker_set(recording.marker_labels).name,
    )


def _encode(store: Store, principal: Principal, clip: MotionClip | None, model: LtmeModel) -> str:
    """Save a clip's embedding, unless it is there; the reason if it can't be made."""
    if clip is None or store.has_embedding(principal, clip.recording_id, model.fingerprint):
        return ""
    try:
        embedding = model.encode(clip)
    except LtmeError as error:
        return str(error)
    store.save_embedding(principal, embedding)
    return ""


def files_by_root(paths: Iterable[Path], refused: list[str]) -> list[tuple[Path, Path]]:
    """Every C3D file with the path it was found under; what can't be walked goes to `refused`."""
    from ltme_clinic.recordings import find_c3d_files

    found: dict[Path, tuple[Path, Path]] = {}
    for path in paths:
        files, problems = find_c3d_files([path])
        refused.extend(str(problem) for problem in problems)
        for file in files:
            found.setdefault(file.absolute(), (path if path.is_dir() else path.parent, file))
    return list(found.values())
