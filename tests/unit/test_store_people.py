"""One suite that both databases pass: jobs, the audit log, forgetting, and what each role may do."""

from __future__ import annotations

import threading

import pytest
from store_samples import (
    ADMINISTRATOR,
    CLINICIAN,
    RESEARCHER,
    SPRING,
    THERAPIST,
    add,
    clip_of,
    embedding_of,
    finding,
    recording,
    sha,
    signal_files,
    trend,
)

from ltme_clinic.types import LtmeError, Refused


def test_jobs_are_done_in_order_by_one_worker_each(store):
    first = store.enqueue(THERAPIST, "generate", {"exercise": "squat", "repetitions": 3})
    second = store.enqueue(CLINICIAN, "add", {"paths": ["a"]})
    job = store.claim_job("worker 1")
    assert (job.id, job.state, job.payload) == (first, "running", {"exercise": "squat", "repetitions": 3})
    assert job.requested_by == THERAPIST
    assert store.heartbeat(first, "worker 1", progress=0.5, message="half-way\nthere")
    assert (store.job(CLINICIAN, first).progress, store.job(CLINICIAN, first).message) == (0.5, "half-way there")
    assert store.claim_job("worker 2", kinds=["report"]) is None
    assert store.claim_job("worker 2").id == second
    assert store.claim_job("worker 3") is None
    assert store.finish_job(first, "worker 1", result={"recording_id": "x"})
    assert store.fail_job(second, "worker 2", "a.c3d: is empty.")
    newest, oldest = store.jobs(CLINICIAN)
    assert (newest.state, newest.message) == ("failed", "a.c3d: is empty.")
    assert (oldest.state, oldest.progress, oldest.result) == ("done", 1.0, {"recording_id": "x"})


def test_a_job_of_a_silent_worker_is_given_to_another_and_the_first_is_told(store):
    job = store.enqueue(CLINICIAN, "add", {})
    store.claim_job("dead")
    assert store.claim_job("quick") is None  # not silent for long enough yet
    assert store.claim_job("quick", stale_after_s=0).attempts == 2
    assert not store.heartbeat(job, "dead")
    assert not store.finish_job(job, "dead")
    assert store.claim_job("third", stale_after_s=0).attempts == 3
    assert store.claim_job("fourth", stale_after_s=0) is None
    assert store.job(CLINICIAN, job).state == "failed"


def test_the_audit_log_says_who_did_what_and_follows_its_own_chain(store):
    add(store, 1)
    store.set_name(CLINICIAN, "P1", "Anna Berg")
    assert store.name_of(THERAPIST, "P1") == "Anna Berg"
    log = [(e.who, e.action, e.subject) for e in reversed(store.audit(ADMINISTRATOR))]
    assert log == [
        ("cleo", "add recording", "P1"),
        ("cleo", "write identity", "P1"),
        ("theo", "read identity", "P1"),
    ]
    verdict = store.verify_audit()
    assert (verdict.intact, verdict.rows, verdict.first_broken) == (True, 3, None)


def test_the_database_refuses_to_change_the_audit_log(store):
    from sqlalchemy import text

    add(store, 1)
    for statement in ("UPDATE audit SET who = 'nobody'", "DELETE FROM audit"):
        with pytest.raises(LtmeError, match="append-only"), store._writing() as session:
            session.execute(text(statement))


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [("UPDATE audit SET who = 'nobody' WHERE sequence = 2", 2), ("DELETE FROM audit WHERE sequence = 2", 3)],
)
def test_an_audit_log_changed_behind_the_triggers_is_found_out(store, tampering, broken):
    from sqlalchemy import text

    for number in range(4):
        add(store, number)
    with store._writing() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("DROP TRIGGER audit_forbids_update"))
            session.execute(text("DROP TRIGGER audit_forbids_delete"))
        else:
            session.execute(text("DROP TRIGGER audit_forbids_changes ON audit"))
        session.execute(text(tampering))
    verdict = store.verify_audit()
    assert (verdict.intact, verdict.first_broken) == (False, broken)


def test_forgetting_erases_rows_files_jobs_and_name_and_nobody_else(store):
    for patient in ("P1", "P2"):
        for number in (1, 2):
            add(store, number + (10 if patient == "P2" else 0), patient, SPRING if number == 1 else None)
    store.save_embedding(CLINICIAN, embedding_of(recording(1)))
    store.save_findings(CLINICIAN, [finding("P1", "2024-03-01")])
    store.save_trends(CLINICIAN, [trend("P1"), trend("P2")])
    store.set_name(CLINICIAN, "P1", "Anna Berg")
    store.set_name(CLINICIAN, "P2", "Bo Lind")
    store.enqueue(CLINICIAN, "report", {"options": [{"patient": "P1"}]})
    store.enqueue(CLINICIAN, "report", {"patient": "P2"})
    tombstone = store.forget(ADMINISTRATOR, "P1")
    assert (tombstone.recordings, tombstone.forgotten_by) == (2, "ada")
    assert store.tombstones(ADMINISTRATOR) == [tombstone]
    assert [patient.pseudonym for patient in store.patients(CLINICIAN)] == ["P2"]
    counts = store.counts()
    assert (counts.recordings, counts.embeddings, counts.findings, counts.trends, counts.jobs) == (2, 0, 0, 1, 1)
    assert len(signal_files(store)) == 4
    assert store.names(CLINICIAN) == {"P2": "Bo Lind"}
    assert store.verify_audit().intact
    assert {e.subject for e in store.audit(ADMINISTRATOR) if e.action == "forget patient"} == {"forgotten"}
    with pytest.raises(LtmeError, match="not in this store"):
        store.forget(ADMINISTRATOR, "P1")
    assert add(store, 1, "P1") == "added"  # a forgotten person may come back, as somebody new


def test_forgetting_takes_the_files_that_jobs_made_for_the_person_and_none_outside(store, tmp_path):
    add(store, 1)
    exported, outside = store._files / "exports" / "like_P1.c3d", tmp_path / "outside.c3d"
    exported.parent.mkdir()
    for path in (exported, outside):
        path.write_bytes(b"motion")
    job = store.enqueue(CLINICIAN, "generate", {"like": "P1"})
    store.claim_job("worker")
    store.finish_job(job, "worker", result={"c3d": "exports/like_P1.c3d", "log": "exports/../../outside.c3d"})
    store.forget(ADMINISTRATOR, "P1")
    assert not exported.exists()
    assert outside.exists()


def test_a_label_in_a_file_gets_the_same_pseudonym_each_time_and_does_not_show_in_it(store):
    pseudonym = store.pseudonym_of("Anna Berg")
    assert pseudonym == store.pseudonym_of("Anna Berg") != store.pseudonym_of("Bo Lind")
    assert "Anna" not in pseudonym
    assert add(store, 1, pseudonym) == "added"


def test_a_forgetting_that_was_stopped_half_way_is_finished_at_the_next_opening(open_store, store, monkeypatch):
    add(store, 1)
    store.set_name(CLINICIAN, "P1", "Anna Berg")
    monkeypatch.setattr(type(store), "_finish_forgetting", lambda self: None)
    store.forget(ADMINISTRATOR, "P1")
    assert len(signal_files(store)) == 2
    monkeypatch.undo()
    with open_store() as again:
        assert signal_files(again) == []
        assert again.names(CLINICIAN) == {}


@pytest.mark.parametrize(
    ("principal", "forbidden"),
    [
        (RESEARCHER, ["add", "assign", "name_of", "names", "set_name", "forget", "audit"]),
        (THERAPIST, ["add", "assign", "save_findings", "save_embedding", "set_name", "forget", "audit"]),
        (CLINICIAN, ["forget", "audit", "tombstones"]),
    ],
)
def test_what_a_role_may_not_do_is_refused_before_anything_happens(store, principal, forbidden):
    add(store, 1)
    source = recording(2)
    options = {"patient": "P1", "visit_date": SPRING, "file_sha256": sha("f"), "source_path_name": "a.c3d"}
    asked = {
        "add": lambda: store.add_recording(principal, source, clip_of(source), **options),
        "assign": lambda: store.assign(principal, recording(1).recording_id, "P2", None),
        "name_of": lambda: store.name_of(principal, "P1"),
        "names": lambda: store.names(principal),
        "set_name": lambda: store.set_name(principal, "P1", "Anna Berg"),
        "save_findings": lambda: store.save_findings(principal, []),
        "save_embedding": lambda: store.save_embedding(principal, embedding_of(recording(1))),
        "forget": lambda: store.forget(principal, "P1"),
        "audit": lambda: store.audit(principal),
        "tombstones": lambda: store.tombstones(principal),
    }
    for name in forbidden:
        with pytest.raises(Refused, match="may not"):
            asked[name]()
    assert store.verify_audit().rows == 1


def test_a_researcher_sees_no_file_names(store):
    add(store, 1)
    add(store, 2, None)
    assert store.trials(RESEARCHER, "P1")[0].source_name == ""
    assert store.unassigned(RESEARCHER)[0].source_name == ""
    assert store.trials(THERAPIST, "P1")[0].source_name == "walk_0001.c3d"


def test_several_threads_may_use_one_store(store):
    outcomes: list[str] = []

    def work(start: int) -> None:
        for number in range(start, start + 6):
            outcomes.append(add(store, number))
            store.patients(CLINICIAN)

    threads = [threading.Thread(target=work, args=(start,)) for start in (0, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["added"] * 9 + ["seen"] * 3
    assert store.counts().recordings == 9
    assert len(signal_files(store)) == 18
    assert store.verify_audit().intact
