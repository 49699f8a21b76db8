"""Recordings that are stored: their signals, which wait for a patient, and which files need not be read again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import and_, case, func, not_, or_, select

from ltme_clinic.access import Permission, Principal
from ltme_clinic.errors import LtmeError, one_line
from ltme_clinic.store.core import StoreCore, known_recording
from ltme_clinic.store.embeddings import LEVEL
from ltme_clinic.store.models import EmbeddingRow, PersonRow, RecordingRow, SessionRow, VisitRow
from ltme_clinic.store.patients import trial_summary
from ltme_clinic.store.payloads import restore, restore_all
from ltme_clinic.store.signals import Signals, read_angles, read_clip
from ltme_clinic.store.summaries import KnownRecording, TrialSummary
from ltme_clinic.types.motion import CLIP_VERSION, MotionClip
from ltme_clinic.types.recording import GaitEvent
from ltme_clinic.types.trial import TrialFacts

FEWEST_CHARACTERS = 4
"""Of a recording's id, where somebody names it by its beginning."""

_MOST_AT_ONCE = 500
"""Databases limit how many values one statement may carry."""


class Recordings(StoreCore):
    """Reading what is stored of recordings."""

    def unassigned(self, principal: Principal) -> list[TrialSummary]:
        """Recordings that wait for a patient, oldest first."""
        principal.require(Permission.READ_PATIENTS)
        waiting = select(RecordingRow).where(RecordingRow.session_id.is_(None))
        with self._reading() as session:
            rows = session.scalars(waiting.order_by(RecordingRow.added_at, RecordingRow.id)).all()
        names = self._file_names(principal, rows)
        return [trial_summary(row, names.get(row.id, "")) for row in rows]

    def find_recording(self, principal: Principal, prefix: str) -> TrialSummary:
        """The one recording whose id begins so, with the patient and the visit it is under.

        Raises
        ------
        LtmeError
            None does, or several do.
        """
        principal.require(Permission.READ_PATIENTS)
        asked = one_line(prefix).lower()
        subject = f"recording {asked[:12]}"
        if len(asked) < FEWEST_CHARACTERS or not asked.isalnum():
            raise LtmeError(subject, "is no recording's id", f"Give its first {FEWEST_CHARACTERS} characters or more")
        query = (
            select(RecordingRow, PersonRow.pseudonym, VisitRow)
            .outerjoin(SessionRow, RecordingRow.session_id == SessionRow.id)
            .outerjoin(VisitRow, SessionRow.visit_id == VisitRow.id)
            .outerjoin(PersonRow, VisitRow.person_id == PersonRow.id)
            .where(RecordingRow.id.startswith(asked, autoescape=True))
            .limit(2)
        )
        with self._reading() as session:
            found = session.execute(query).all()
            if not found:
                raise LtmeError(subject, "is not in this store", "Look at those that wait, or add its C3D file")
            if len(found) > 1:
                raise LtmeError(subject, "is the beginning of several recordings' ids", "Give more of its characters")
        row, pseudonym, visit = found[0]
        return trial_summary(row, self._file_names(principal, [row]).get(row.id, ""), pseudonym or "", visit)

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

    def finished_files(self, principal: Principal, fingerprint: str | None) -> frozenset[str]:
        """SHA-256 of every file that need not be read again: each of its people is stored with all that can be made.

        Not finished are files with a clip of an older version or without one (another marker set may know its labels
        today), that came before joint angles and figures were kept, with a walk that this checkpoint has not embedded
        (None asks for no embedding), and files of which a person was forgotten.
        """
        principal.require(Permission.READ_PATIENTS)
        lacks_signals = or_(
            RecordingRow.clip_version.is_(None),
            RecordingRow.clip_version < CLIP_VERSION,
            RecordingRow.joint_cells.is_(None),
            RecordingRow.gait_figures.is_(None),
        )
        lacks = and_(not_(RecordingRow.is_static), lacks_signals)
        query = select(RecordingRow.file_sha256).group_by(RecordingRow.file_sha256)
        if fingerprint is not None:
            embedded = and_(
                EmbeddingRow.recording_id == RecordingRow.id,
                EmbeddingRow.fingerprint == fingerprint,
                EmbeddingRow.clip_version == CLIP_VERSION,
                EmbeddingRow.level == LEVEL,
            )
            query = query.outerjoin(EmbeddingRow, embedded)
            lacks = and_(not_(RecordingRow.is_static), or_(lacks_signals, EmbeddingRow.id.is_(None)))
        finished = and_(
            func.count(RecordingRow.id) == func.min(RecordingRow.file_people),
            func.sum(case((lacks, 1), else_=0)) == 0,
        )
        with self._reading() as session:
            return frozenset(session.scalars(query.having(finished)))

    def recordings_of_files(self, principal: Principal, hashes: Sequence[str]) -> dict[str, list[KnownRecording]]:
        """The stored recordings of files, by the files' SHA-256, in the files' own order of people."""
        principal.require(Permission.READ_PATIENTS)
        found: dict[str, list[KnownRecording]] = defaultdict(list)
        asked = list(dict.fromkeys(hashes))
        with self._reading() as session:
            for start in range(0, len(asked), _MOST_AT_ONCE):
                some = RecordingRow.file_sha256.in_(asked[start : start + _MOST_AT_ONCE])
                columns = (
                    RecordingRow.id,
                    RecordingRow.file_sha256,
                    RecordingRow.clip_file,
                    RecordingRow.angles_file,
                    RecordingRow.session_id,
                    RecordingRow.trial,
                )
                rows = session.execute(select(*columns).where(some).order_by(RecordingRow.file_person, RecordingRow.id))
                for row in rows:
                    names = [name for name in (row.clip_file, row.angles_file) if name]
                    is_whole = all((self._files / name).exists() for name in names)
                    has_clip, is_waiting = row.clip_file is not None, row.session_id is None
                    lacks_age = has_clip and not restore(TrialFacts, row.trial).age_y
                    found[row.file_sha256].append(KnownRecording(row.id, has_clip, is_waiting, is_whole, lacks_age))
        return dict(found)
