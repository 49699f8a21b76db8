"""Work that pages asked for, in words, and the files it left in the store's folder."""

from __future__ import annotations

import os
from pathlib import Path

from ltme_clinic.store import Job, Store

KIND_WORDS = {
    "generate": "Exercise demonstration",
    "review": "Findings and trends",
    "add": "Reading recordings",
    "embed": "Encoding recordings",
    "report": "Report",
}
STATE_WORDS = {"queued": "Waiting", "running": "Under way", "done": "Done", "failed": "Failed"}
STATE_COLOUR = {"queued": "gray", "running": "blue", "done": "green", "failed": "red"}
FILES_VARIABLE = "LTME_STORE_FILES"


def is_waiting(job: Job) -> bool:
    """Whether there is something to wait for."""
    return job.state in ("queued", "running")


def progress_line(job: Job) -> str:
    """Such as "Under way: 3 of 6 trials"."""
    return f"{STATE_WORDS[job.state]}: {job.message}" if job.message else STATE_WORDS[job.state]


def about(job: Job) -> str:
    """What was asked for, such as "Exercise demonstration: squat"."""
    subject = next((str(job.payload[name]) for name in ("exercise", "patient", "path") if job.payload.get(name)), "")
    kind = KIND_WORDS.get(job.kind, job.kind.replace("_", " ").capitalize())
    return f"{kind}: {subject.replace('_', ' ')}" if subject else kind


def result_file(store: Store, job: Job) -> Path | None:
    """The C3D file that a job left in the store's folder; nothing outside that folder is ever handed out."""
    named = str(job.result.get("c3d") or job.result.get("file") or "")
    if not named:
        return None
    folder = Path(os.environ.get(FILES_VARIABLE) or store.location).resolve()
    path = (folder / named).resolve()
    inside = path.is_relative_to(folder) and path.suffix.lower() == ".c3d"
    return path if inside and path.is_file() else None
