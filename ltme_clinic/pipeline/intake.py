"""Intake: file -> Recording -> MotionClip -> MotionEmbedding -> Store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ltme_clinic.access import Principal, local_principal
from ltme_clinic.assignment import Assignment, Placed
from ltme_clinic.progress import Progress, silent
from ltme_clinic.types import LtmeError, Recording

if TYPE_CHECKING:
    from ltme_clinic.embedding import LtmeModel
    from ltme_clinic.store import Store


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
            for recording in read_recordings(file):
                placed = assignment.place(file, root, recording.subject)
                _add_one(store, principal, recording, placed, model, report)
        except LtmeError as error:
            if error.subject == store.location:
                raise
            report.refused.append(str(error))
        progress("adding", number, len(files))
    return report


def _add_one(
    store: Store, principal: Principal, recording: Recording, placed: Placed, model: LtmeModel, report: IntakeReport
) -> None:
    from ltme_clinic.clips import make_clip
    from ltme_clinic.marker_sets import detect_marker_set

    clip, reason = None, None
    try:
        clip = make_clip(recording)
    except LtmeError as error:
        reason = str(error)
    outcome = store.add_recording(
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
    if placed.patient is not None:
        report.patients.add(placed.patient)
    if clip is not None and not recording.is_static:
        if not store.has_embedding(principal, recording.recording_id, model.fingerprint):
            store.save_embedding(principal, model.encode(clip))
    else:
        reason = reason or f"{recording.source_name}: a static trial holds no walk."
    if reason and outcome != "seen":
        report.not_encoded.append(reason)
    report.taken += outcome == "added"
    report.seen += outcome == "seen"
    report.waiting += outcome == "unassigned"


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
