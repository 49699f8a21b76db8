"""Jobs: a page asks for work by putting it here, a worker process takes it, and a worker that died loses it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ltme_clinic.access import Permission, Principal, Role
from ltme_clinic.errors import LtmeError, one_line
from ltme_clinic.store.core import StoreCore, append_audit, short
from ltme_clinic.store.models import JobRow, utc_now
from ltme_clinic.store.payloads import dump
from ltme_clinic.store.summaries import Job

STALE_AFTER_S = 120.0
"""A running job whose worker has said nothing for so long is given to another."""

MAX_ATTEMPTS = 3
"""A job that stopped so many workers is failed rather than tried again."""


class Jobs(StoreCore):
    """The queue between the pages and the worker."""

    def enqueue(self, principal: Principal, kind: str, payload: Mapping[str, Any]) -> int:
        """Ask for work and return the job's number; it runs with the permissions of whoever asked.

        `payload` holds JSON's own types; file contents don't belong in it.
        """
        principal.require(Permission.QUEUE_JOBS)
        row = JobRow(
            kind=short(kind)[:64],
            payload=dump(dict(payload)),
            result="{}",
            state="queued",
            progress=0.0,
            message="",
            requested_by=short(principal.name),
            requested_role=principal.role.value,
            requested_at=utc_now(),
            attempts=0,
        )
        with self._writing() as session:
            session.add(row)
            session.flush()
            append_audit(session, principal, f"ask for {row.kind}", f"job {row.id}")
            return row.id

    def claim_job(
        self, worker: str, *, kinds: Collection[str] | None = None, stale_after_s: float = STALE_AFTER_S
    ) -> Job | None:
        """Take the oldest queued job (of these kinds), None if there is none; no two workers get the same one.

        Jobs whose worker went silent are queued again first, or failed after `MAX_ATTEMPTS`.
        """
        query = select(JobRow).where(JobRow.state == "queued").order_by(JobRow.id).limit(1)
        if kinds is not None:
            query = query.where(JobRow.kind.in_(list(kinds)))
        with self._writing() as session:
            _requeue_stale(session, stale_after_s)
            row = session.scalar(query)
            if row is None:
                return None
            row.state, row.claimed_by, row.heartbeat_at = "running", short(worker), utc_now()
            row.attempts += 1
            row.progress, row.message = 0.0, ""
            return _job(row)

    def heartbeat(self, job_id: int, worker: str, *, progress: float | None = None, message: str | None = None) -> bool:
        """Say that a job is alive and how far it is; False if it is no longer this worker's, who then stops."""
        with self._writing() as session:
            row = _held(session, job_id, worker)
            if row is None:
                return False
            row.heartbeat_at = utc_now()
            if progress is not None:
                row.progress = min(max(float(progress), 0.0), 1.0)
            if message is not None:
                row.message = one_line(message)
            return True

    def finish_job(
        self, job_id: int, worker: str, *, message: str = "", result: Mapping[str, Any] | None = None
    ) -> bool:
        """Mark a job as done; False (and nothing changed) if it is no longer this worker's."""
        return self._end(job_id, worker, "done", message, result)

    def fail_job(self, job_id: int, worker: str, message: str) -> bool:
        """Mark a job as failed, with one line for whoever asked; False if it is no longer this worker's."""
        return self._end(job_id, worker, "failed", message, None)

    def job(self, principal: Principal, job_id: int) -> Job:
        """One job by its number."""
        principal.require(Permission.QUEUE_JOBS)
        with self._reading() as session:
            row = session.get(JobRow, job_id)
            if row is None:
                raise LtmeError(f"job {job_id}", "is not in this store", "Ask for the work again")
            return _job(row)

    def jobs(self, principal: Principal, *, limit: int = 50) -> list[Job]:
        """The latest jobs, newest first."""
        principal.require(Permission.QUEUE_JOBS)
        with self._reading() as session:
            return [_job(row) for row in session.scalars(select(JobRow).order_by(JobRow.id.desc()).limit(limit))]

    def _end(self, job_id: int, worker: str, state: str, message: str, result: Mapping[str, Any] | None) -> bool:
        with self._writing() as session:
            row = _held(session, job_id, worker)
            if row is None:
                return False
            row.state, row.message, row.heartbeat_at = state, one_line(message), utc_now()
            row.result = dump(dict(result or {}))
            if state == "done":
                row.progress = 1.0
            return True


def _held(session: Session, job_id: int, worker: str) -> JobRow | None:
    row = session.get(JobRow, job_id)
    return row if row is not None and row.state == "running" and row.claimed_by == short(worker) else None


def _requeue_stale(session: Session, stale_after_s: float) -> None:
    oldest = (datetime.now(UTC) - timedelta(seconds=stale_after_s)).isoformat(timespec="microseconds")
    for row in session.scalars(select(JobRow).where(JobRow.state == "running", JobRow.heartbeat_at <= oldest)):
        if row.attempts >= MAX_ATTEMPTS:
            row.state, row.message = "failed", f"The worker stopped {row.attempts} times while doing this"
        else:
            row.state, row.claimed_by = "queued", None
    session.flush()


def _job(row: JobRow) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        payload=json.loads(row.payload),
        state=row.state,  # type: ignore[arg-type]
        progress=row.progress,
        message=row.message,
        result=json.loads(row.result),
        requested_by=Principal(row.requested_by, Role(row.requested_role)),
        requested_at=row.requested_at,
        claimed_by=row.claimed_by,
        heartbeat_at=row.heartbeat_at,
        attempts=row.attempts,
    )
