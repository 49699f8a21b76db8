"""Intake: recordings come in once, whole, under one patient; what has no patient waits, visible.

The order makes it safe to stop at any moment: signals are written to new files and made durable first, then one
transaction adds the row that names them. Stopped before the commit, there is no row, and the files are swept later;
stopped after it, everything is there. Adding the same file again finishes what was stopped and doubles nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from ltme_clinic.access import Permission, Principal
from ltme_clinic.errors import LtmeError, Refused
from ltme_clinic.store.core import StoreCore, append_audit, known_recording, short
from ltme_clinic.store.engine import errors_in_one_line
from ltme_clinic.store.files import remove_files
from ltme_clinic.store.models import PersonRow, RecordingRow, VisitRow, utc_now
from ltme_clinic.store.patients import trial_summary
from ltme_clinic.store.payloads import dump, restore_all
from ltme_clinic.store.placement import Placement, holder_of, move, place
from ltme_clinic.store.signals import Signals, read_angles, read_clip, write_angles, write_clip
from ltme_clinic.store.summaries import UNDATED, AddOutcome, TrialSummary
from ltme_clinic.types.motion import MotionClip
from ltme_clinic.types.recording import GaitEvent, Recording


class Intake(StoreCore):
    """Recordings: adding, assigning, and reading their signals back."""

    def add_recording(
        self,
        principal: Principal,
        recording: Recording,
        clip: MotionClip | None,
        *,
        patient: str | None,
        visit_date: date | None,
        condition: str = "",
        file_sha256: str,
        source_path_name: str = "",
        marker_set: str = "",
    ) -> AddOutcome:
        """Store a recording, its clip and its stored joint angles; safe to repeat and to interrupt.

        Parameters
        ----------
        clip
            The recording's motion, None where it can't be made (a static trial).
        patient
            The pseudonym; None keeps the recording unassigned until `assign`.
        visit_date
            None puts it under the 'undated' visit, which is in no trend. A file's modification time is never a date.
        condition
            Such as 'barefoot'; trials of one visit may differ in it.
        source_path_name
            The file's name; folders are dropped. Without it, the recording's own.

        Returns
        -------
        AddOutcome
            'added', 'unassigned' (stored, and waiting for a patient), or 'seen'. Giving a patient to a recording that
            waited, or a date to an undated one, is 'added'.

        Raises
        ------
        Refused
            The same bytes are stored under another patient or on another date; the patient's recordings have another
            origin.
        LtmeError
            The disk is full, or the database can't be reached.
        """
        principal.require(Permission.ADD_RECORDINGS)
        _check_pair(recording, clip)
        placement = Placement.checked(patient, visit_date, condition, marker_set)
        with self._reading() as session:
            is_known = session.get(RecordingRow, recording.recording_id) is not None
        if is_known:
            return self._add_again(principal, recording, clip, placement)
        names = self._write_signals(recording, clip)
        row = _new_row(recording, clip, placement, names, principal)
        row.file_sha256 = file_sha256
        row.source_name = _file_name(source_path_name or recording.source_name)
        row.subject_hash = self._identities.subject_hash(recording.subject)
        try:
            with self._writing() as session:
                came_first = session.get(RecordingRow, recording.recording_id) is not None
                if not came_first:
                    session.add(row)
                    _place_or_wait(session, principal, row, placement, recording)
        except Refused:  # after any other error the commit may have happened: `sweep` decides about the files
            remove_files(self._files, names)
            raise
        if came_first:  # another process added it while we wrote
            remove_files(self._files, names)
            return self._add_again(principal, recording, clip, placement)
        return "unassigned" if placement.patient is None else "added"

    def unassigned(self, principal: Principal) -> list[TrialSummary]:
        """Recordings that wait for a patient, oldest first."""
        principal.require(Permission.READ_PATIENTS)
        waiting = select(RecordingRow).where(RecordingRow.session_id.is_(None))
        with self._reading() as session:
            rows = session.scalars(waiting.order_by(RecordingRow.added_at, RecordingRow.id))
            return [trial_summary(principal, row) for row in rows]

    def assign(
        self,
        principal: Principal,
        recording_id: str,
        patient: str,
        visit_date: date | None,
        *,
        condition: str | None = None,
    ) -> None:
        """Put a recording under a patient and a date, also to correct where it was put before.

        Findings and trends that were calculated with the recording in its old place are removed with it.
        """
        principal.require(Permission.ADD_RECORDINGS)
        with self._writing() as session:
            row = known_recording(session, recording_id)
            chosen = row.condition if condition is None else condition
            person = move(session, row, Placement.checked(patient, visit_date, chosen, row.marker_set))
            append_audit(session, principal, "assign recording", person.token)

    def clip(self, principal: Principal, recording_id: str) -> MotionClip:
        """A recording's motion, exactly as it was added; `LtmeError` if it has none."""
        principal.require(Permission.READ_PATIENTS)
        with self._reading() as session:
            name = known_recording(session, recording_id).clip_file
        if name is None:
            fact = "has no motion clip (a static trial, or too few markers)"
            raise LtmeError(f"recording {recording_id[:12]}", fact, "Choose a walking trial")
        return read_clip(self._files, name)

    def signals(self, principal: Principal, recording_id: str) -> Signals:
        """A recording's gait events and the joint angles stored in its file, at the file's own rate."""
        principal.require(Permission.READ_PATIENTS)
        with self._reading() as session:
            row = known_recording(session, recording_id)
            session.expunge(row)
        angles = read_angles(self._files, row.angles_file)
        return Signals(row.id, row.rate_hz, row.frames, restore_all(GaitEvent, row.events), angles)

    def _add_again(
        self, principal: Principal, recording: Recording, clip: MotionClip | None, placement: Placement
    ) -> AddOutcome:
        """Finish or confirm a recording that is stored already."""
        stale: list[str] = []
        with self._writing() as session:
            row = known_recording(session, recording.recording_id)
            outcome = _settle(session, principal, row, placement)
            if _is_incomplete(self._files, row, clip):
                stale = [name for name in (row.clip_file, row.angles_file) if name]
                row.clip_file, row.angles_file = _by_kind(self._write_signals(recording, clip))
                row.clip_version = clip.clip_version if clip else None
        remove_files(self._files, stale)
        return outcome

    def _write_signals(self, recording: Recording, clip: MotionClip | None) -> list[str]:
        """Write the clip's and the angles' files; both, or neither."""
        names: list[str] = []
        with errors_in_one_line(self.location):
            try:
                if clip is not None:
                    names.append(write_clip(self._files, clip))
                angles = write_angles(self._files, recording.recording_id, list(recording.angles().values()))
            except OSError:
                remove_files(self._files, names)
                raise
        return [*names, angles] if angles else names


def _check_pair(recording: Recording, clip: MotionClip | None) -> None:
    if clip is None:
        return
    if (clip.recording_id, clip.origin) != (recording.recording_id, recording.origin):
        raise LtmeError(recording.source_name, "the clip is of another recording", "Make the clip from this recording")


def _new_row(
    recording: Recording, clip: MotionClip | None, placement: Placement, names: list[str], principal: Principal
) -> RecordingRow:
    clip_file, angles_file = _by_kind(names)
    return RecordingRow(
        id=recording.recording_id,
        origin=recording.origin,
        rate_hz=float(recording.rate_hz),
        frames=recording.frames,
        first_file_frame=int(recording.first_file_frame),
        duration_s=recording.duration_s,
        condition=placement.condition,
        marker_set=placement.marker_set,
        is_static=bool(recording.is_static),
        anthropometry=dump(recording.anthropometry),
        events=dump(recording.events),
        warnings=dump([*recording.warnings, *(clip.warnings if clip else ())]),
        clip_version=clip.clip_version if clip else None,
        clip_file=clip_file,
        angles_file=angles_file,
        added_at=utc_now(),
        added_by=short(principal.name),
    )


def _place_or_wait(
    session: Session, principal: Principal, row: RecordingRow, placement: Placement, recording: Recording
) -> None:
    if placement.patient is None:
        append_audit(session, principal, "add recording", "unassigned")
        return
    person = place(session, row, placement)
    append_audit(session, principal, "add recording", person.token)


def _settle(session: Session, principal: Principal, row: RecordingRow, placement: Placement) -> AddOutcome:
    """Where a recording that is stored already belongs, when it is added once more."""
    if placement.patient is None:
        return "seen"
    visit_date = placement.visit_date
    holder = holder_of(session, row)
    if holder is not None:
        person, visit = holder
        _refuse_contradiction(row, person, visit, placement)
        visit_date = visit_date or visit.visit_date
        if visit_date == visit.visit_date and placement.condition in ("", row.condition):
            return "seen"
    kept = replace(
        placement,
        visit_date=visit_date,
        condition=placement.condition or row.condition,
        marker_set=placement.marker_set or row.marker_set,
    )
    person = move(session, row, kept)
    append_audit(session, principal, "assign recording", person.token)
    return "added"


def _refuse_contradiction(row: RecordingRow, person: PersonRow, visit: VisitRow, placement: Placement) -> None:
    """Adding again may complete what is known of a recording, and never changes it."""
    if person.pseudonym != placement.patient:
        fact = f"the same bytes are stored under patient {person.pseudonym} already"
        raise Refused(row.source_name, fact, "Check whose file it is, and assign it to the right patient")
    if visit.key != UNDATED and placement.visit_date not in (None, visit.visit_date):
        fact = f"is stored under the visit of {visit.key} already, not {placement.visit_date}"
        raise Refused(row.source_name, fact, "Check the date, and assign the recording to the right visit")
    if row.condition and placement.condition not in ("", row.condition):
        fact = f"is stored as walked '{row.condition}' already, not '{placement.condition}'"
        raise Refused(row.source_name, fact, "Check the condition, and assign the recording to the right one")


def _is_incomplete(root: Path, row: RecordingRow, clip: MotionClip | None) -> bool:
    """Whether the signals at hand are better than those stored: a newer clip, or files that have gone missing."""
    if clip is not None and (row.clip_version is None or row.clip_version < clip.clip_version):
        return True
    return any(not (root / name).exists() for name in (row.clip_file, row.angles_file) if name)


def _by_kind(names: list[str]) -> tuple[str | None, str | None]:
    """The clip's and the angles' file among the names written."""
    clip_file = next((name for name in names if ".clip." in name), None)
    return clip_file, next((name for name in names if ".angles." in name), None)


def _file_name(path: str) -> str:
    """A file's name without its folders, whichever system wrote the path: folders often hold a patient's name."""
    return short(PureWindowsPath(PurePosixPath(path).name).name)
