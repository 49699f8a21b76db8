"""Intake: recordings come in once, whole, under one patient; what has no patient waits, visible.

The order makes it safe to stop at any moment: signals are written to new files and made durable first, then one
transaction adds the rows that name them. Stopped before the commit, there is no row, and the files are swept later;
stopped after it, everything is there. Adding the same file again finishes what was stopped and doubles nothing.
A transaction may take many recordings: one that is refused leaves the others in it as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
from sqlalchemy.orm import Session

from ltme_clinic.access import Permission, Principal
from ltme_clinic.errors import LtmeError
from ltme_clinic.store.arrivals import Arrival, Placing, SignalWriter, file_name
from ltme_clinic.store.cleaning import known_facts
from ltme_clinic.store.core import StoreCore, append_audit, called, forget_remembered, known_recording, short
from ltme_clinic.store.embeddings import put_embedding
from ltme_clinic.store.files import remove_files
from ltme_clinic.store.models import RecordingRow, utc_now
from ltme_clinic.store.payloads import dump
from ltme_clinic.store.placement import Placement, move, place, take_back
from ltme_clinic.store.settling import settle
from ltme_clinic.store.summaries import AddOutcome
from ltme_clinic.store.trials import keep_entered_condition, keep_facts, stated_facts
from ltme_clinic.types.motion import MotionClip
from ltme_clinic.types.recording import Recording

_T = TypeVar("_T")


class Intake(StoreCore):
    """Adding recordings, and saying whose they are."""

    def signal_writer(self) -> SignalWriter:
        """What writes signals for this store, also from other processes."""
        return SignalWriter(self._files, self.location)

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
        joint_cells_deg: np.ndarray | None = None,
        gait_figures: np.ndarray | None = None,
    ) -> AddOutcome:
        """Store one recording, its clip and its stored joint angles; safe to repeat and to interrupt.

        Parameters
        ----------
        clip
            The recording's motion, None where it can't be made (a static trial).
        patient
            The pseudonym; None keeps the recording unassigned until `assign`.
        visit_date
            None puts it under the 'undated' visit, which is in no trend. A file's modification time is never a date.
        condition
            Such as 'barefoot'; trials of one visit may differ in it. Without it, the trial's own facts say it.
        source_path_name
            The file's name; folders are dropped. Without it, the recording's own.
        joint_cells_deg
            `MotionEmbedding.joint_cells_deg`, which every embedding of this recording brings back.
        gait_figures
            `MotionEmbedding.gait_figures`, likewise.

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
        Placement.checked(patient, visit_date, condition, marker_set)
        writer = self.signal_writer()
        arrival = writer.write(
            recording,
            clip,
            joint_cells_deg=joint_cells_deg,
            gait_figures=gait_figures,
            marker_set=marker_set,
            file_sha256=file_sha256,
            source_name=source_path_name,
        )
        writer.sync([arrival])
        (outcome,) = self.add_many(principal, [(arrival, Placing(patient, visit_date, condition))])
        if isinstance(outcome, LtmeError):
            raise outcome
        return outcome

    def add_many(
        self, principal: Principal, arrivals: Sequence[tuple[Arrival, Placing]]
    ) -> list[AddOutcome | LtmeError]:
        """Store recordings whose signals (and embeddings) a `SignalWriter` has written and synced, in one transaction.

        Returns
        -------
        For each what `add_recording` would give, or the refusal that it would raise. Files of what is refused, or known
        already, are deleted.

        Raises
        ------
        LtmeError
            The database can't be reached or written: nothing of these arrivals is stored.
        """
        principal.require(Permission.ADD_RECORDINGS)
        if any(arrival.embedding for arrival, _ in arrivals):
            principal.require(Permission.SAVE_RESULTS)
        stale: list[str] = []

        def take(session: Session, arrival: Arrival, placing: Placing) -> AddOutcome:
            outcome, useless = self._take(session, principal, arrival, placing)
            stale.extend(useless)
            return outcome

        outcomes = self._each(arrivals, take, lambda arrival: (arrival.recording_id, arrival.source_name))
        refused = [arrival for (arrival, _), outcome in zip(arrivals, outcomes, strict=True) if _is_refusal(outcome)]
        remove_files(self._files, [*stale, *(name for arrival in refused for name in arrival.files.names)])
        return outcomes

    def place_known(
        self, principal: Principal, placings: Sequence[tuple[str, Placing]]
    ) -> list[AddOutcome | LtmeError]:
        """Say once more where recordings belong that are stored already, by their ids, as adding them again would."""
        principal.require(Permission.ADD_RECORDINGS)

        def confirm(session: Session, recording_id: str, placing: Placing) -> AddOutcome:
            return settle(session, principal, known_recording(session, recording_id), placing, self._identities)

        return self._each(placings, confirm, lambda recording_id: (recording_id, ""))

    def assign(
        self,
        principal: Principal,
        recording_id: str,
        patient: str | None,
        visit_date: date | None,
        *,
        condition: str | None = None,
    ) -> None:
        """Put a recording under a patient and a date, also to correct where it was put before; None lets it wait again.

        Findings and trends that were calculated with the recording in its old place are removed with it.
        """
        principal.require(Permission.ADD_RECORDINGS)
        with self._writing() as session:
            row = known_recording(session, recording_id)
            chosen = row.condition if condition is None else condition
            placement = Placement.checked(patient, visit_date, chosen, row.marker_set)
            person = take_back(session, row) if patient is None else move(session, row, placement)
            if condition is not None:
                row.condition = placement.condition
                keep_entered_condition(row)
            append_audit(session, principal, "assign recording", person.token if person else "unassigned")

    def _each(
        self,
        items: Sequence[tuple[_T, Placing]],
        step: Callable[[Session, _T, Placing], AddOutcome],
        file_of: Callable[[_T], tuple[str, str]],
    ) -> list[AddOutcome | LtmeError]:
        """One step for each item in one transaction; a refused item leaves no trace in it.

        `file_of` gives an item's recording id and its file's name, if that is known. The names are written down before
        the rows are, so that no row is without its file's name.
        """
        outcomes: list[AddOutcome | LtmeError] = []
        names: dict[str, str] = {}
        with self._writing() as session:
            for item, placing in items:
                recording_id, name = file_of(item)
                try:
                    with session.begin_nested():
                        outcomes.append(step(session, item, placing))
                    if name:
                        names[recording_id] = short(file_name(name))
                except LtmeError as error:
                    forget_remembered(session)
                    outcomes.append(self._by_file_name(error, recording_id, name))
            self._identities.keep_file_names(names)
        return outcomes

    def _by_file_name(self, error: LtmeError, recording_id: str, name: str) -> LtmeError:
        """A refusal that calls the recording by its file's name, for whoever just gave that file."""
        if error.subject != called(recording_id):
            return error
        known = short(file_name(name)) or self._identities.file_names([recording_id]).get(recording_id)
        return type(error)(known or error.subject, error.fact, error.cure)

    def _take(
        self, session: Session, principal: Principal, arrival: Arrival, placing: Placing
    ) -> tuple[AddOutcome, list[str]]:
        """Write the rows of one arrival; what became of it, and the files that no row needs."""
        row = session.get(RecordingRow, arrival.recording_id)
        is_new = row is None
        if row is None:
            outcome, useless = self._add_row(session, principal, arrival, placing), []
        else:
            outcome = settle(session, principal, row, placing, self._identities, arrival)
            useless = _complete_signals(self._files, row, arrival)
        if arrival.embedding is not None and arrival.files.latents is not None:
            useless += put_embedding(session, principal, arrival.embedding, arrival.files.latents, is_new=is_new)
        return outcome, useless

    def _add_row(self, session: Session, principal: Principal, arrival: Arrival, placing: Placing) -> AddOutcome:
        trial = known_facts(arrival.trial, self._identities.word_token)
        facts = stated_facts(trial, placing.given, arrival.source_name)
        condition = placing.condition or facts.condition
        placement = Placement.checked(placing.patient, placing.visit_date, condition, arrival.marker_set)
        row = _new_row(arrival, placement, principal)
        row.subject_hash = self._identities.subject_hash(arrival.subject)
        keep_facts(row, facts, self._identities, entered_condition=bool(placing.condition))
        session.add(row)
        if placement.patient is None:
            session.flush()  # an embedding's row, which follows, names this one
            append_audit(session, principal, "add recording", "unassigned")
            return "unassigned"
        append_audit(session, principal, "add recording", place(session, row, placement).token)
        return "added"


def _is_refusal(outcome: AddOutcome | LtmeError) -> bool:
    return isinstance(outcome, LtmeError)


def _new_row(arrival: Arrival, placement: Placement, principal: Principal) -> RecordingRow:
    return RecordingRow(
        id=arrival.recording_id,
        origin=arrival.origin,
        file_sha256=arrival.file_sha256,
        file_person=arrival.file_person,
        file_people=arrival.file_people,
        rate_hz=arrival.rate_hz,
        frames=arrival.frames,
        first_file_frame=arrival.first_file_frame,
        duration_s=arrival.duration_s,
        condition=placement.condition,
        marker_set=placement.marker_set,
        is_static=arrival.is_static,
        anthropometry=dump(arrival.anthropometry),
        events=dump(arrival.events),
        warnings=dump(arrival.warnings),
        clip_version=arrival.files.clip_version,
        clip_file=arrival.files.clip,
        angles_file=arrival.files.angles,
        joint_cells=arrival.joint_cells,
        gait_figures=arrival.gait_figures,
        added_at=utc_now(),
        added_by=short(principal.name),
    )


def _complete_signals(root: Path, row: RecordingRow, arrival: Arrival) -> list[str]:
    """Let a stored recording name the arrival's signals if they are better; the files that no row needs then.

    Better are a newer clip, and any where files have gone missing.
    """
    row.file_person, row.file_people = arrival.file_person, arrival.file_people
    row.joint_cells = arrival.joint_cells or row.joint_cells or b""
    row.gait_figures = arrival.gait_figures or row.gait_figures or b""
    # An arrival that was committed once, by somebody who was stopped before they knew, names what is stored.
    offered, stored = arrival.files, [name for name in (row.clip_file, row.angles_file) if name]
    newer = offered.clip_version is not None and (row.clip_version is None or row.clip_version < offered.clip_version)
    if not newer and all((root / name).exists() for name in stored):
        return [name for name in (offered.clip, offered.angles) if name and name not in stored]
    row.clip_file, row.angles_file, row.clip_version = offered.clip, offered.angles, offered.clip_version
    return [name for name in stored if name not in offered.names]
