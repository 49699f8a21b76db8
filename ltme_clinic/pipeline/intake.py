"""Intake: files -> Recording -> MotionClip -> MotionEmbedding -> Store.

A walk finds files; a crew of processes hashes each and, unless the store knows its bytes, reads and encodes it and
writes its signals; this process alone writes rows, many in one transaction, in the order of the walk. So two workers
store exactly what one would. Stopped at any moment, what was committed is whole, and the rest is done next time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ltme_clinic.access import Principal, local_principal
from ltme_clinic.assignment import Assignment, AssignmentWatch, Placed
from ltme_clinic.pipeline.intake_report import IntakeReport
from ltme_clinic.pipeline.interruption import uninterrupted
from ltme_clinic.pipeline.preparing import FileTask, PreparedFile, Preparer, Settings
from ltme_clinic.pipeline.walking import Walk
from ltme_clinic.pipeline.workers import Crew, ThisProcess, WorkerProcesses, usual_workers
from ltme_clinic.progress import Progress, silent
from ltme_clinic.recordings.folders import FoundFile, LeftAside, walk_c3d_files
from ltme_clinic.types import LtmeError

if TYPE_CHECKING:
    from ltme_clinic.embedding import LtmeModel
    from ltme_clinic.store import Arrival, Placing, Store

FEWEST_FOR_WORKERS = 64
"""Fewer files are done before worker processes have started."""
ROWS_AT_ONCE = 32
KNOWN_AT_ONCE = 256
COMMIT_WITHIN_S = 1.0
"""So much of finished work, and no more, is lost to a power cut while files are slow to read."""


def add_recordings(
    store: Store,
    paths: Iterable[Path],
    assignment: Assignment,
    *,
    workers: int | None = None,
    model: LtmeModel | None = None,
    encode: bool = True,
    principal: Principal | None = None,
    progress: Progress = silent,
) -> IntakeReport:
    """Take every C3D file below the paths into the store, with its embedding; safe to repeat and to interrupt.

    Files that can't be taken are listed in the report, not raised.

    Parameters
    ----------
    workers : processes that read and encode, beside this one, which writes; 1 does all of it here. None takes as many
        as there are processors (8 at most), or 1 for fewer than 64 files
    model : encodes instead of the shipped checkpoint, in this process alone
    encode : whether to embed the walks; without, `reembed_store` does it later

    Raises
    ------
    LtmeError
        Before anything is taken: the manifest assigns one line to several files. At any time: the store itself can't
        be written (a full disk); what was taken stays.
    """
    principal = principal or local_principal()
    walk = Walk(paths)
    line = _Line(store, principal, assignment, progress, walk)
    found = line.looked_at_first() if assignment.manifest is not None else line.looked_at()
    if workers is None:
        workers = usual_workers() if model is None and walk.reaches(FEWEST_FOR_WORKERS) else 1
    fingerprint = _fingerprint(model) if encode else None
    settings = Settings(store.signal_writer(), store.finished_files(principal, fingerprint), encode)
    is_here = workers <= 1 or model is not None
    crew: Crew = ThisProcess(Preparer(settings, model)) if is_here else WorkerProcesses(settings, workers)
    with crew:
        line.run(crew, found)
    return line.report


def _fingerprint(model: LtmeModel | None) -> str:
    """The checkpoint's, without loading the network for files that may all be known."""
    from ltme_clinic.embedding.checkpoint import load_checkpoint

    return model.fingerprint if model is not None else load_checkpoint().fingerprint


class _Line:
    """One intake under way: what was found, what waits to be committed, and what became of the rest."""

    def __init__(
        self, store: Store, principal: Principal, assignment: Assignment, progress: Progress, walk: Walk
    ) -> None:
        self.report = IntakeReport()
        self._store, self._principal, self._assignment = store, principal, assignment
        self._progress, self._walk = progress, walk
        self._watch = AssignmentWatch(assignment)
        self._arrived: list[tuple[FileTask, Arrival, Placing, LtmeError | None]] = []
        self._known: list[PreparedFile] = []
        self._to_read: list[FileTask] = []
        self._committed_s = time.monotonic()

    def looked_at(self) -> Iterator[FileTask]:
        """What the walk finds, as tasks; what it leaves aside or can't list goes to the report."""
        for item in self._walk:
            if isinstance(item, LtmeError):
                self.report.refuse(item.subject, item)
            elif isinstance(item, LeftAside):
                self.report.left_aside.append((str(item.path), item.reason))
            else:
                yield self._task(item)
        self.report.notes += self._watch.notes()

    def looked_at_first(self) -> Iterator[FileTask]:
        """The same once the walk has ended: a manifest that is ambiguous must stop everything before it begins."""
        return iter(list(self.looked_at()))

    def run(self, crew: Crew, tasks: Iterator[FileTask]) -> None:
        """Prepare and store everything, then once more what turned out to need reading although it is known."""
        try:
            self._run(crew, tasks)
            self._run(crew, iter(self._to_read))
        except KeyboardInterrupt:
            self._commit()
            raise

    def _run(self, crew: Crew, tasks: Iterator[FileTask]) -> None:
        numbered = (replace(task, number=number) for number, task in enumerate(tasks))
        for file in _in_order(crew.prepared(numbered)):
            self._receive(file)
            late = time.monotonic() - self._committed_s > COMMIT_WITHIN_S
            if late or len(self._arrived) >= ROWS_AT_ONCE or len(self._known) >= KNOWN_AT_ONCE:
                self._commit()
            if not file.task.read_again:
                self.report.files += 1
                self._progress("adding", self.report.files, max(self._walk.files_found, self.report.files))
        self._commit()

    def _task(self, found: FoundFile) -> FileTask:
        self._watch.see(found.root, found.path)
        return FileTask(found.path, found.root, self._assignment.facts_of(found.path, found.root))

    def _receive(self, file: PreparedFile) -> None:
        if file.error is not None:
            if file.error.subject == self._store.location:
                raise file.error
            self.report.refuse(file.task.shown, file.error)
        elif file.is_known:
            self._known.append(file)
        else:
            self._arrive(file)

    def _arrive(self, file: PreparedFile) -> None:
        placements = [
            self._assignment.place(file.task.path, file.task.root, arrival.subject) for arrival in file.arrivals
        ]
        has_clip = [arrival.files.clip is not None for arrival in file.arrivals]
        placements = self._told_apart(file.task, placements, has_clip)
        for arrival, placed, reason in zip(file.arrivals, placements, file.reasons, strict=True):
            self._arrived.append((file.task, arrival, _placing(placed, file.task), reason))

    def _told_apart(
        self, task: FileTask, placements: list[Placed], has_clip: list[bool], *, all_assigned: bool = False
    ) -> list[Placed]:
        """The placements, without the patient where several people got the same: nothing tells whose is whose.

        A second subject without a body (a cane, a box) is nobody.
        """
        patients = [
            placed.patient for placed, body in zip(placements, has_clip, strict=True) if body and placed.patient
        ]
        if len(set(patients)) == len(patients):
            return placements
        fact = f"holds {len(patients)} people, and one patient is named: they wait until each is assigned"
        if not all_assigned:
            self.report.notes.append(str(LtmeError(task.path.name, fact)))
        return [replace(placed, patient=None, visit_date=None) for placed in placements]

    def _commit(self) -> None:
        """Write the rows of everything that is prepared; what is cut short here may be written again."""
        with uninterrupted():
            if self._arrived:
                self._add(self._arrived)
                self._arrived = []
            if self._known:
                self._confirm(self._known)
                self._known = []
        self._committed_s = time.monotonic()

    def _add(self, arrived: list[tuple[FileTask, Arrival, Placing, LtmeError | None]]) -> None:
        outcomes = self._store.add_many(self._principal, [(arrival, placing) for _, arrival, placing, _ in arrived])
        for (task, arrival, placing, reason), outcome in zip(arrived, outcomes, strict=True):
            if isinstance(outcome, LtmeError):
                self.report.refuse(task.shown, _about(task, outcome))
                continue
            self.report.count(outcome, placing.patient)
            if reason is not None:
                self.report.leave_unencoded(task.shown, reason)
            if outcome == "unassigned":
                self.report.wait(arrival, task.shown)

    def _confirm(self, files: list[PreparedFile]) -> None:
        """Files that the store knows: say again where they belong, without reading them."""
        recordings = self._store.recordings_of_files(self._principal, [file.file_sha256 for file in files])
        placings: list[tuple[str, Placing]] = []
        of_task: list[FileTask] = []
        for file in files:
            of_file = recordings.get(file.file_sha256, [])
            needs_name = self._assignment.by_subject is not None and any(item.is_waiting for item in of_file)
            # indices are made with the age, while the file is read
            needs_age = "age_y" in dict(file.task.facts) and any(item.lacks_age for item in of_file)
            if needs_name or needs_age or not of_file or not all(item.is_whole for item in of_file):
                self._to_read.append(replace(file.task, read_again=True))
                continue
            placed = [self._assignment.place(file.task.path, file.task.root, "")] * len(of_file)
            is_done = not any(item.is_waiting for item in of_file)
            placed = self._told_apart(file.task, placed, [item.has_clip for item in of_file], all_assigned=is_done)
            placings += [
                (item.recording_id, _placing(its, file.task)) for item, its in zip(of_file, placed, strict=True)
            ]
            of_task += [file.task] * len(of_file)
        outcomes = self._store.place_known(self._principal, placings)
        for task, (_, placing), outcome in zip(of_task, placings, outcomes, strict=True):
            if isinstance(outcome, LtmeError):
                self.report.refuse(task.shown, _about(task, outcome))
            else:
                self.report.count(outcome, placing.patient)


def _placing(placed: Placed, task: FileTask) -> Placing:
    from ltme_clinic.store import Placing

    return Placing(placed.patient, placed.visit_date, placed.condition, task.facts)


def _about(task: FileTask, refusal: LtmeError) -> LtmeError:
    """A store's refusal, said of the file that was refused: the store names the one that it holds."""
    return LtmeError(task.path.name, refusal.fact, refusal.cure)


def _in_order(files: Iterable[PreparedFile]) -> Iterator[PreparedFile]:
    """The files in the order of their tasks: of the same bytes under two patients, the first in the walk is taken."""
    early: dict[int, PreparedFile] = {}
    due = 0
    for file in files:
        early[file.task.number] = file
        while due in early:
            yield early.pop(due)
            due += 1


def files_by_root(paths: Iterable[Path], refused: list[str]) -> list[tuple[Path, Path]]:
    """Every C3D file with the path it was found under; what can't be walked goes to `refused`."""
    found = []
    for item in walk_c3d_files(paths):
        if isinstance(item, FoundFile):
            found.append((item.root, item.path))
        elif isinstance(item, LtmeError):
            refused.append(str(item))
    return found
