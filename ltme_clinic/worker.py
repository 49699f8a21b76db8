"""The worker: does the work that the dashboard asked for, one job at a time, in a process of its own."""

from __future__ import annotations

import os
import threading
import time
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ltme_clinic.access import Principal, Role
from ltme_clinic.types import LtmeError

if TYPE_CHECKING:
    from ltme_clinic.store import Job, Store

EXERCISES = "exercises"
"""Whose recordings synthetic demonstrations are: a person of origin "generated", in no list of patients."""
WORKER = Principal("worker", Role.CLINICIAN)
"""Who files demonstrations: a therapist may ask for one, but adds no recordings otherwise."""
IDLE_S = 0.5
HEARTBEAT_S = 5.0


def work(store: Store, *, once: bool = False) -> int:
    """Claim and do jobs until interrupted, or until none is waiting; returns how many were done."""
    name = f"worker-{os.getpid()}"
    done = 0
    while True:
        job = store.claim_job(name)
        if job is None:
            if once:
                return done
            time.sleep(IDLE_S)
            continue
        _do(store, job, name)
        done += 1


def _do(store: Store, job: Job, name: str) -> None:
    """One job, with a heartbeat beside it; what goes wrong is written where the person who asked will see it."""
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(store, job, name, stop), daemon=True)
    beat.start()
    try:
        result = perform(store, job)
    except LtmeError as error:
        store.fail_job(job.id, name, str(error))
    except Exception as error:  # a fault of ours must not stop the worker, nor leave the job running for ever
        traceback.print_exc()
        store.fail_job(job.id, name, f"{job.kind}: an unexpected fault ({type(error).__name__}: {error})")
    else:
        store.finish_job(job.id, name, result=result)
    finally:
        stop.set()
        beat.join()


def _beat(store: Store, job: Job, name: str, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_S):
        with suppress(LtmeError):  # a busy database: the next beat comes long before the job counts as lost
            store.heartbeat(job.id, name)


def perform(store: Store, job: Job) -> dict[str, Any]:
    """Do what a job asks for, with the rights of who asked; the result is JSON for the page."""
    if job.kind == "review":
        return _review(store, job)
    if job.kind == "generate":
        return _generate(store, job)
    raise LtmeError(f"job {job.id}", f"nobody knows how to '{job.kind}'", "Update the worker")


def _review(store: Store, job: Job) -> dict[str, Any]:
    from ltme_clinic.pipeline import refresh_patient

    review = refresh_patient(store, str(job.payload["patient"]), principal=job.requested_by)
    return {"findings": len(review.findings), "trends": len(review.trends)}


def _generate(store: Store, job: Job) -> dict[str, Any]:
    """An exercise demonstration: played from the store, downloaded as C3D; marked synthetic in both."""
    from ltme_clinic.clips import make_clip
    from ltme_clinic.generator import find_exercise, generate, write_exercise
    from ltme_clinic.recordings import read_recordings

    exercise = find_exercise(str(job.payload["exercise"]))
    made = generate(exercise, job.payload.get("params") or {})
    file = store.export_file(f"{exercise.name}-{job.id}.c3d")
    write_exercise(file, made)
    recording = read_recordings(file)[0]
    store.add_recording(
        WORKER,
        recording,
        make_clip(recording),
        patient=EXERCISES,
        visit_date=None,
        condition=exercise.name,
        file_sha256=recording.file_sha256,
    )
    return {"recording_id": recording.recording_id, "c3d": f"{file.parent.name}/{file.name}"}
