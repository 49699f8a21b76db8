"""Jobs that the dashboard asks for, done by the real worker on a real store."""

from __future__ import annotations

from pathlib import Path

from ltme_clinic.access import Principal, Role, local_principal
from ltme_clinic.recordings import read_recordings
from ltme_clinic.store import Store
from ltme_clinic.worker import EXERCISES, work


def test_a_therapist_gets_a_demonstration_to_play_and_to_download(tmp_path: Path) -> None:
    therapist = Principal("T. Herapist", Role.THERAPIST)
    with Store.open(tmp_path / "store", create=True) as store:
        number = store.enqueue(therapist, "generate", {"exercise": "squat", "params": {"repetitions": 1}})
        assert work(store, once=True) == 1
        job = store.job(therapist, number)
        assert job.state == "done", job.message
        clip = store.clip(therapist, job.result["recording_id"])
        assert clip.origin == "generated"
        assert read_recordings(tmp_path / "store" / job.result["c3d"])[0].origin == "generated"
        assert [(item.pseudonym, item.origin) for item in store.patients(therapist)] == [(EXERCISES, "generated")]


def test_a_job_that_cannot_be_done_says_why_and_the_worker_goes_on(tmp_path: Path) -> None:
    who = local_principal()
    with Store.open(tmp_path / "store", create=True) as store:
        wrong = [
            store.enqueue(who, "generate", {"exercise": "squat", "params": {"repetitions": 10_000}}),
            store.enqueue(who, "generate", {}),
            store.enqueue(who, "sing", {}),
            store.enqueue(who, "review", {"patient": "nobody"}),
        ]
        right = store.enqueue(who, "generate", {"exercise": "heel_raise", "params": {"repetitions": 1}})
        assert work(store, once=True) == 5
        for number in wrong:
            job = store.job(who, number)
            assert job.state == "failed"
            assert len(job.message.splitlines()) == 1
        assert store.job(who, right).state == "done"
