"""The tables: people, visits, sessions, recordings, embeddings, results, jobs, the audit log and tombstones.

Structured values (events, findings, payloads) are kept as JSON text written by `payloads`, not in a database's own
JSON type: the same text comes back from SQLite and PostgreSQL, and the audit log can be hashed over it.
Times are ISO 8601 text in UTC, which sorts by age and is the same on both databases.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import Date, Double, ForeignKey, Index, LargeBinary, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ROW_SCHEMA_VERSION = 1
"""Meaning of a row's columns; raised together with a migration that changes what an existing column means."""

PSEUDONYM_LENGTH = 64
SHA256_LENGTH = 64
TIME_LENGTH = 32
NAME_LENGTH = 255


def utc_now() -> str:
    """Now, as ISO 8601 text in UTC with microseconds (always the same length, so it sorts by age)."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class Base(DeclarativeBase):
    """What every table shares; constraints get fixed names, so that a later migration can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    schema_version: Mapped[int] = mapped_column(default=ROW_SCHEMA_VERSION, sort_order=100)


class PersonRow(Base):
    """A pseudonym. Who stands behind it is known to the identity database alone."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    pseudonym: Mapped[str] = mapped_column(String(PSEUDONYM_LENGTH), unique=True)
    origin: Mapped[str] = mapped_column(String(16))
    """The one origin of all their recordings."""
    token: Mapped[str] = mapped_column(String(32), unique=True)
    """What the audit log calls them, so that the log survives their being forgotten."""
    added_at: Mapped[str] = mapped_column(String(TIME_LENGTH))


class VisitRow(Base):
    """One day of one person, or all that has no date."""

    __tablename__ = "visit"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(10))
    """The ISO date, or 'undated'."""
    visit_date: Mapped[date | None] = mapped_column(Date)


class SessionRow(Base):
    """One marker placement under one condition at a visit; its trials share a static trial and body measures."""

    __tablename__ = "session"
    __table_args__ = (UniqueConstraint("visit_id", "condition", "marker_set"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id", ondelete="CASCADE"), index=True)
    condition: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    marker_set: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    static_recording_id: Mapped[str | None] = mapped_column(String(SHA256_LENGTH))
    anthropometry: Mapped[str] = mapped_column(Text)


class RecordingRow(Base):
    """One subject of one file; without a session it waits to be assigned to a patient."""

    __tablename__ = "recording"

    id: Mapped[str] = mapped_column(String(SHA256_LENGTH), primary_key=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)
    origin: Mapped[str] = mapped_column(String(16))
    file_sha256: Mapped[str] = mapped_column(String(SHA256_LENGTH), index=True)
    subject_hash: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    """Keyed hash of the subject's label in the file; the key is in the identity database."""
    file_person: Mapped[int | None]
    """Which of the file's subjects this is, from 1; None where the recording came before this was written down."""
    file_people: Mapped[int | None]
    """How many subjects the file holds."""
    rate_hz: Mapped[float] = mapped_column(Double)
    frames: Mapped[int]
    first_file_frame: Mapped[int]
    duration_s: Mapped[float] = mapped_column(Double)
    condition: Mapped[str] = mapped_column(String(NAME_LENGTH))
    marker_set: Mapped[str] = mapped_column(String(NAME_LENGTH))
    is_static: Mapped[bool]
    kind: Mapped[str] = mapped_column(String(32))
    """One of `types.trial.TRIAL_KINDS`."""
    trial: Mapped[str] = mapped_column(Text)
    """`TrialFacts` as JSON, without the examiner; its sources also say whether the condition was entered."""
    examiner_hash: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    """Keyed hash of who measured, so that one examiner's trials can be told from another's without a name."""
    anthropometry: Mapped[str] = mapped_column(Text)
    events: Mapped[str] = mapped_column(Text)
    warnings: Mapped[str] = mapped_column(Text)
    clip_version: Mapped[int | None]
    clip_file: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    angles_file: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    joint_cells: Mapped[bytes | None] = mapped_column(LargeBinary)
    """`MotionEmbedding.joint_cells_deg`; empty where the markers don't give them, None where nobody tried yet."""
    gait_figures: Mapped[bytes | None] = mapped_column(LargeBinary)
    """`MotionEmbedding.gait_figures`, likewise."""
    added_at: Mapped[str] = mapped_column(String(TIME_LENGTH))
    added_by: Mapped[str] = mapped_column(String(NAME_LENGTH))


class EmbeddingRow(Base):
    """The long-term motion embedding of one recording by one checkpoint; its window latents are in a Parquet file."""

    __tablename__ = "embedding"
    __table_args__ = (
        UniqueConstraint("recording_id", "clip_version", "fingerprint", "level"),
        Index("ix_embedding_fingerprint_clip_version", "fingerprint", "clip_version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recording.id", ondelete="CASCADE"))
    clip_version: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    level: Mapped[str] = mapped_column(String(32), default="recording")
    origin: Mapped[str] = mapped_column(String(16))
    recording_vector: Mapped[bytes] = mapped_column(LargeBinary)
    posture_vector: Mapped[bytes] = mapped_column(LargeBinary)
    frames: Mapped[int]
    source_start_s: Mapped[float] = mapped_column(Double)
    speed_m_s: Mapped[float | None] = mapped_column(Double)
    leg_length_m: Mapped[float | None] = mapped_column(Double)
    cadence_spm: Mapped[float | None] = mapped_column(Double)
    turn_deg: Mapped[float | None] = mapped_column(Double)
    latents_file: Mapped[str] = mapped_column(String(NAME_LENGTH))
    saved_at: Mapped[str] = mapped_column(String(TIME_LENGTH))


class FindingRow(Base):
    """One visit against one reference: the whole finding as JSON, and what is asked for by column."""

    __tablename__ = "finding"
    __table_args__ = (Index("ix_finding_visit_id_fingerprint", "visit_id", "fingerprint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id", ondelete="CASCADE"))
    fingerprint: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    reference: Mapped[str] = mapped_column(Text)
    anomaly_score: Mapped[float | None] = mapped_column(Double)
    p_value: Mapped[float | None] = mapped_column(Double)
    payload: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[str] = mapped_column(String(TIME_LENGTH))


class TrendRow(Base):
    """One metric of one person over their visits: the whole trend as JSON, and what is asked for by column."""

    __tablename__ = "trend"
    __table_args__ = (Index("ix_trend_person_id_fingerprint", "person_id", "fingerprint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    fingerprint: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    metric: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(32))
    payload: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[str] = mapped_column(String(TIME_LENGTH))


class ReferenceRow(Base):
    """A reference population of the store's own: a file's content, opaque here, and what it is chosen by."""

    __tablename__ = "reference"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    origin: Mapped[str] = mapped_column(String(16))
    fingerprint: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    people: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    added_at: Mapped[str] = mapped_column(String(TIME_LENGTH))
    added_by: Mapped[str] = mapped_column(String(NAME_LENGTH))


class JobRow(Base):
    """Work that a page or a command asked for and a worker does."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_id", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    payload: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    progress: Mapped[float] = mapped_column(Double)
    message: Mapped[str] = mapped_column(Text)
    requested_by: Mapped[str] = mapped_column(String(NAME_LENGTH))
    requested_role: Mapped[str] = mapped_column(String(32))
    requested_at: Mapped[str] = mapped_column(String(TIME_LENGTH))
    claimed_by: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    heartbeat_at: Mapped[str | None] = mapped_column(String(TIME_LENGTH))
    attempts: Mapped[int]


class AuditRow(Base):
    """One thing that somebody did; each row's hash covers the row before it. The database refuses to change one."""

    __tablename__ = "audit"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(TIME_LENGTH))
    who: Mapped[str] = mapped_column(String(NAME_LENGTH))
    role: Mapped[str] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(NAME_LENGTH))
    subject: Mapped[str] = mapped_column(String(NAME_LENGTH))
    previous_hash: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    hash: Mapped[str] = mapped_column(String(SHA256_LENGTH))


class TombstoneRow(Base):
    """That somebody was forgotten, when and by whom, and nothing about them."""

    __tablename__ = "tombstone"

    id: Mapped[int] = mapped_column(primary_key=True)
    forgotten_at: Mapped[str] = mapped_column(String(TIME_LENGTH))
    forgotten_by: Mapped[str] = mapped_column(String(NAME_LENGTH))
    recordings: Mapped[int]
    pending: Mapped[str | None] = mapped_column(Text)
    """Files and identity still to be erased if the program was stopped half-way; empty once all is gone."""
