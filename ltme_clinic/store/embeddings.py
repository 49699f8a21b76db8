"""Embeddings: vectors in the rows, window latents in Parquet files, one row for each recording and checkpoint."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from ltme_clinic.access import Permission, Principal
from ltme_clinic.errors import LtmeError, Refused
from ltme_clinic.store.core import StoreCore, append_audit, known_person, known_recording
from ltme_clinic.store.engine import errors_in_one_line
from ltme_clinic.store.files import remove_files, vector_from_bytes, vector_to_bytes
from ltme_clinic.store.models import EmbeddingRow, PersonRow, RecordingRow, SessionRow, VisitRow, utc_now
from ltme_clinic.store.signals import read_latents, write_latents
from ltme_clinic.store.summaries import RecordingVectors, StoredEmbedding
from ltme_clinic.types.motion import CLIP_VERSION, MotionEmbedding

LEVEL = "recording"
"""The level of the rows written today: a whole recording, with its windows beside it."""

_COVARIATES = ("speed_m_s", "leg_length_m", "cadence_spm", "turn_deg")


class StoredMotionEmbedding(MotionEmbedding):
    """A motion embedding from the store, whose window latents are read when they are first asked for."""

    _read_windows: Callable[[], np.ndarray]

    @classmethod
    def of(cls, values: dict[str, Any], read_windows: Callable[[], np.ndarray]) -> StoredMotionEmbedding:
        """An embedding of every field but `latents`."""
        embedding = object.__new__(cls)
        for name, value in {**values, "_read_windows": read_windows}.items():
            object.__setattr__(embedding, name, value)
        return embedding

    def __getattr__(self, name: str) -> Any:  # called only for what is not set
        if name != "latents" or "_read_windows" not in self.__dict__:
            raise AttributeError(name)
        latents = self._read_windows()
        latents.setflags(write=False)
        object.__setattr__(self, "latents", latents)
        return latents

    def __reduce__(self) -> tuple[type, tuple]:
        return MotionEmbedding, tuple(getattr(self, field.name) for field in fields(MotionEmbedding))


class Embeddings(StoreCore):
    """Saving and reading embeddings; those of other checkpoints or clip versions are never mixed in."""

    def save_embedding(self, principal: Principal, embedding: MotionEmbedding) -> None:
        """Store an embedding of a stored recording, replacing the one with the same key.

        The key is (recording, clip version, fingerprint, level). Measured joint angles are the recording's, and stay.

        Raises
        ------
        LtmeError
            The recording is not in the store.
        Refused
            The embedding's origin is not the recording's.
        """
        principal.require(Permission.SAVE_RESULTS)
        with self._reading() as session:
            recording = known_recording(session, embedding.recording_id)
            if recording.origin != embedding.origin:
                fact = f"a {embedding.origin} embedding of a {recording.origin} recording"
                raise Refused(f"recording {embedding.recording_id[:12]}", fact, "Embed the stored recording's own clip")
        with errors_in_one_line(self.location):
            name = write_latents(self._files, embedding.recording_id, embedding.latents)
        with self._writing() as session:
            known_recording(session, embedding.recording_id)  # it may have been forgotten meanwhile
            stale = put_embedding(session, principal, embedding, name)
        remove_files(self._files, stale)

    def embeddings(self, principal: Principal, patient: str | None, fingerprint: str) -> list[StoredEmbedding]:
        """A patient's embeddings by one checkpoint (everybody's for None), by patient, visit and recording id.

        Recordings without a patient are left out, and so are embeddings of an older clip version.
        """
        principal.require(Permission.READ_PATIENTS)
        query = _embedding_query(fingerprint)
        with self._reading() as session:
            if patient is not None:
                query = query.where(PersonRow.id == known_person(session, patient).id)
            rows = session.execute(query).all()
        return [self._stored(row) for row in sorted(rows, key=_order)]

    def load_embedding(self, principal: Principal, recording_id: str, fingerprint: str) -> MotionEmbedding:
        """One recording's embedding with its window latents; `LtmeError` if that checkpoint has not embedded it."""
        principal.require(Permission.READ_PATIENTS)
        query = select(EmbeddingRow).where(*_key(recording_id, fingerprint))
        with self._reading() as session:
            recording = known_recording(session, recording_id)
            row = session.scalar(query)
            if row is None:
                fact = f"is not embedded by checkpoint {fingerprint[:12]}"
                raise LtmeError(f"recording {recording_id[:12]}", fact, "Bring the store to it: ltme reembed")
            values = _values(row, recording)
            return MotionEmbedding(**values, latents=read_latents(self._files, row.latents_file))

    def has_embedding(self, principal: Principal, recording_id: str, fingerprint: str) -> bool:
        """Whether a checkpoint has embedded a recording's present clip."""
        principal.require(Permission.READ_PATIENTS)
        query = select(EmbeddingRow.id).where(*_key(recording_id, fingerprint))
        with self._reading() as session:
            return session.scalar(query) is not None

    def recording_vectors(self, principal: Principal, fingerprint: str) -> RecordingVectors:
        """Everybody's recording vectors by one checkpoint as one matrix, the quickest way to many of them."""
        principal.require(Permission.READ_PATIENTS)
        query = _joined(
            select(
                PersonRow.pseudonym,
                VisitRow.key,
                RecordingRow.id,
                EmbeddingRow.recording_vector,
            ),
            fingerprint,
        )
        with self._reading() as session:
            rows = sorted(session.execute(query).all(), key=lambda row: tuple(row[:3]))
        vectors = [vector_from_bytes(row.recording_vector) for row in rows]
        return RecordingVectors(
            fingerprint=fingerprint,
            patients=tuple(row.pseudonym for row in rows),
            visits=tuple(row.key for row in rows),
            recording_ids=tuple(row.id for row in rows),
            vectors=np.stack(vectors) if vectors else np.empty((0, 0), dtype=np.float32),
        )

    def fingerprints(self) -> dict[str, int]:
        """The checkpoints that have embedded something, newest first, with how many embeddings each has."""
        query = (
            select(EmbeddingRow.fingerprint, func.count(EmbeddingRow.id))
            .group_by(EmbeddingRow.fingerprint)
            .order_by(func.max(EmbeddingRow.saved_at).desc())
        )
        with self._reading() as session:
            return {fingerprint: number for fingerprint, number in session.execute(query)}

    def _stored(self, row: Row) -> StoredEmbedding:
        root, name = self._files, row.latents_file
        embedding = StoredMotionEmbedding.of(_values(row, row), lambda: read_latents(root, name))
        return StoredEmbedding(
            row.pseudonym,
            row.key,
            row.visit_date,
            row.recording_id,
            row.condition,
            embedding,
            row.kind,
            row.marker_set,
            _age_y(row.trial),
        )


def _age_y(trial: str) -> float | None:
    """`TrialFacts.years` of a stored trial, without restoring all that is known of it."""
    said = json.loads(trial).get("age_y")
    return float(said) if said else None


def put_embedding(
    session: Session, principal: Principal, embedding: MotionEmbedding, latents_file: str, *, is_new: bool = False
) -> list[str]:
    """Write an embedding's row, whose window latents are in `latents_file` already; the files it makes useless.

    `is_new` says that the recording's row came in this transaction: there is nothing to replace.
    """
    key = _key(embedding.recording_id, embedding.fingerprint, embedding.clip_version)
    row = None if is_new else session.scalar(select(EmbeddingRow).where(*key))
    stale = [row.latents_file] if row and row.latents_file != latents_file else []
    if row is None:
        row = EmbeddingRow(recording_id=embedding.recording_id, level=LEVEL)
        row.fingerprint, row.clip_version = embedding.fingerprint, embedding.clip_version
        session.add(row)
    _fill(row, embedding, latents_file)
    append_audit(session, principal, "save embedding", f"checkpoint {embedding.fingerprint[:12]}")
    return stale


def _key(recording_id: str, fingerprint: str, clip_version: int = CLIP_VERSION) -> tuple[ColumnElement[bool], ...]:
    return (
        EmbeddingRow.recording_id == recording_id,
        EmbeddingRow.fingerprint == fingerprint,
        EmbeddingRow.clip_version == clip_version,
        EmbeddingRow.level == LEVEL,
    )


def _fill(row: EmbeddingRow, embedding: MotionEmbedding, latents_file: str) -> None:
    row.origin = embedding.origin
    row.recording_vector = vector_to_bytes(embedding.recording_vector)
    row.posture_vector = vector_to_bytes(embedding.posture_vector)
    row.frames = int(embedding.frames)
    row.source_start_s = float(embedding.source_start_s)
    for name in _COVARIATES:  # a missing covariate is NaN in memory and NULL in the row, on both databases
        value = float(getattr(embedding, name))
        setattr(row, name, None if np.isnan(value) else value)
    row.latents_file = latents_file
    row.saved_at = utc_now()


def _values(row: Any, recording: Any) -> dict[str, Any]:
    """The fields of a `MotionEmbedding` that are in the row, and what is its recording's."""
    values = {
        "recording_id": row.recording_id,
        "origin": row.origin,
        "fingerprint": row.fingerprint,
        "clip_version": row.clip_version,
        "recording_vector": vector_from_bytes(row.recording_vector),
        "posture_vector": vector_from_bytes(row.posture_vector),
        "frames": row.frames,
        "source_start_s": row.source_start_s,
        "joint_cells_deg": vector_from_bytes(recording.joint_cells) if recording.joint_cells else None,
        "gait_figures": vector_from_bytes(recording.gait_figures) if recording.gait_figures else None,
    }
    covariates = {name: getattr(row, name) for name in _COVARIATES}
    return values | {name: float("nan") if value is None else value for name, value in covariates.items()}


def _embedding_query(fingerprint: str) -> Select:
    columns = [c for c in EmbeddingRow.__table__.columns if c.name not in ("id", "schema_version", "level", "saved_at")]
    placement = (
        PersonRow.pseudonym,
        VisitRow.key,
        VisitRow.visit_date,
        RecordingRow.condition,
        RecordingRow.kind,
        RecordingRow.joint_cells,
        RecordingRow.gait_figures,
        RecordingRow.trial,
        RecordingRow.marker_set,
    )
    return _joined(select(*columns, *placement), fingerprint)


def _joined(query: Select, fingerprint: str) -> Select:
    return (
        query.select_from(EmbeddingRow)
        .join(RecordingRow, EmbeddingRow.recording_id == RecordingRow.id)
        .join(SessionRow, RecordingRow.session_id == SessionRow.id)
        .join(VisitRow, SessionRow.visit_id == VisitRow.id)
        .join(PersonRow, VisitRow.person_id == PersonRow.id)
        .where(
            EmbeddingRow.fingerprint == fingerprint,
            EmbeddingRow.clip_version == CLIP_VERSION,
            EmbeddingRow.level == LEVEL,
        )
    )


def _order(row: Row) -> tuple[str, bool, str, str]:
    return (row.pseudonym, row.visit_date is None, row.key, row.recording_id)
