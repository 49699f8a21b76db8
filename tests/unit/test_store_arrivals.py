"""Many recordings in one transaction, what is known of files, and what a trial's facts become in a store."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
from sqlalchemy import text
from store_samples import (
    CLINICIAN,
    FINGERPRINT,
    RESEARCHER,
    SPRING,
    SUMMER,
    add,
    clip_of,
    embedding_of,
    recording,
    sha,
    signal_files,
)

from ltme_clinic.store import Placing
from ltme_clinic.types import LtmeError, Refused, TrialFacts


def arrival_of(store, number, *, embedded=False, person=1, people=1, file=None, **changes):
    source = dataclasses.replace(recording(number), **changes)
    embedding = embedding_of(source) if embedded else None
    return store.signal_writer().write(
        source, clip_of(source), embedding, file_sha256=sha(file or f"file {number}"), person=person, people=people
    )


def test_measured_joint_angles_come_with_the_recording_and_back_with_every_embedding(store):
    cells = np.linspace(-40.0, 60.0, 144).astype(np.float32)
    source = recording(1)
    arrival = store.signal_writer().write(source, clip_of(source), file_sha256=sha("file 1"), joint_cells_deg=cells)
    store.add_many(CLINICIAN, [(arrival, Placing("P1", SPRING)), (arrival_of(store, 2), Placing("P1", SPRING))])
    for number, expected in ((1, cells), (2, None)):
        embedding = embedding_of(recording(number))
        store.save_embedding(CLINICIAN, embedding)
        stored = {each.recording_id: each.embedding for each in store.embeddings(CLINICIAN, "P1", FINGERPRINT)}
        own = stored[embedding.recording_id]
        loaded = store.load_embedding(CLINICIAN, embedding.recording_id, FINGERPRINT)
        for found in (own, loaded, pickle.loads(pickle.dumps(own))):
            np.testing.assert_array_equal(found.joint_cells_deg, expected)
    assert store.finished_files(CLINICIAN, FINGERPRINT) == {sha("file 1"), sha("file 2")}


def test_a_recording_from_before_joint_angles_were_kept_is_read_again_and_gets_them(store):
    add(store, 1)
    with store._writing() as session:
        session.execute(text("UPDATE recording SET joint_cells = NULL"))
    assert store.finished_files(CLINICIAN, None) == frozenset()
    cells = np.arange(144, dtype=np.float32)
    source = recording(1)
    arrival = store.signal_writer().write(source, clip_of(source), file_sha256=sha("file 1"), joint_cells_deg=cells)
    assert store.add_many(CLINICIAN, [(arrival, Placing("P1", SPRING))]) == ["seen"]
    assert store.finished_files(CLINICIAN, None) == {sha("file 1")}
    store.save_embedding(CLINICIAN, embedding_of(source))
    found = store.load_embedding(CLINICIAN, source.recording_id, FINGERPRINT)
    np.testing.assert_array_equal(found.joint_cells_deg, cells)


def test_a_refused_arrival_leaves_the_others_of_its_transaction_and_no_files(store):
    add(store, 1, "P1")
    arrivals = [
        (arrival_of(store, 2, embedded=True), Placing("P1", SPRING)),
        (arrival_of(store, 3, origin="measured"), Placing("P1", SPRING)),
        (arrival_of(store, 1), Placing("P2", SPRING)),
        (arrival_of(store, 4), Placing("P" * 65)),
        (arrival_of(store, 5), Placing(None)),
        (arrival_of(store, 6), Placing("P3", SUMMER)),
    ]
    outcomes = store.add_many(CLINICIAN, arrivals)
    assert [outcome if isinstance(outcome, str) else type(outcome) for outcome in outcomes] == [
        "added",
        Refused,
        Refused,
        LtmeError,
        "unassigned",
        "added",
    ]
    assert [patient.pseudonym for patient in store.patients(CLINICIAN)] == ["P1", "P3"]
    assert [visit.key for visit in store.visits(CLINICIAN, "P3")] == ["2024-06-01"]
    assert store.has_embedding(CLINICIAN, recording(2).recording_id, FINGERPRINT)
    assert store.load_embedding(CLINICIAN, recording(2).recording_id, FINGERPRINT).windows == 3
    assert len(signal_files(store)) == 2 * 4 + 1
    assert store.verify_audit().intact
    assert store.verify_audit().rows == 5
    assert store.sweep(older_than_s=0).missing == ()


def test_an_arrival_that_was_committed_already_keeps_its_files_when_it_comes_again(store):
    arrival = arrival_of(store, 1, embedded=True)
    for expected in ("added", "seen"):
        assert store.add_many(CLINICIAN, [(arrival, Placing("P1", SPRING))]) == [expected]
    assert len(signal_files(store)) == 3
    assert store.sweep(older_than_s=0).missing == ()
    assert store.clip(CLINICIAN, arrival.recording_id).frames == 60


def test_an_arrival_is_small_and_travels_between_processes(store):
    long = arrival_of(store, 1, embedded=True)
    sent = pickle.dumps(long)
    assert len(sent) < 10_000
    assert pickle.loads(sent).files == long.files


def test_only_who_may_add_recordings_adds_many(store):
    with pytest.raises(Refused, match="may not add or assign recordings"):
        store.add_many(RESEARCHER, [(arrival_of(store, 1), Placing("P1"))])
    with pytest.raises(Refused, match="may not add or assign recordings"):
        store.place_known(RESEARCHER, [])


def test_a_file_is_finished_when_all_its_people_are_stored_and_embedded(store):
    pair = [arrival_of(store, n, embedded=True, person=n, people=2, file="pair") for n in (1, 2)]
    store.add_many(CLINICIAN, [(pair[0], Placing("P1", SPRING))])
    assert store.finished_files(CLINICIAN, FINGERPRINT) == frozenset()  # the other is not there yet
    store.add_many(CLINICIAN, [(pair[1], Placing(None))])
    assert store.finished_files(CLINICIAN, FINGERPRINT) == {sha("pair")}
    assert store.finished_files(CLINICIAN, sha("other")) == frozenset()
    assert store.finished_files(CLINICIAN, None) == {sha("pair")}
    known = store.recordings_of_files(CLINICIAN, [sha("pair"), sha("nothing")])
    assert [(item.recording_id, item.has_clip, item.is_waiting, item.is_whole) for item in known[sha("pair")]] == [
        (recording(1).recording_id, True, False, True),
        (recording(2).recording_id, True, True, True),
    ]
    for path in signal_files(store):
        path.unlink()
    assert not any(item.is_whole for item in store.recordings_of_files(CLINICIAN, [sha("pair")])[sha("pair")])


def test_a_static_trial_needs_no_embedding_to_be_finished_and_a_walk_without_a_clip_is_tried_again(store):
    add(store, 1, static=True)
    source = recording(2)
    options = {"patient": "P1", "visit_date": SPRING, "file_sha256": sha("file 2")}
    store.add_recording(CLINICIAN, source, None, **options)
    assert store.finished_files(CLINICIAN, FINGERPRINT) == {sha("file 1")}


def test_two_people_of_one_file_are_never_one_patient_however_they_are_assigned(store):
    pair = [arrival_of(store, n, person=n, people=2, file="pair") for n in (1, 2)]
    outcomes = store.add_many(CLINICIAN, [(arrival, Placing("P1", SPRING)) for arrival in pair])
    assert outcomes[0] == "added"
    assert "another person of the same file" in str(outcomes[1])
    store.add_many(CLINICIAN, [(arrival_of(store, 2, person=2, people=2, file="pair"), Placing("P2", SPRING))])
    with pytest.raises(Refused, match="Assign each person of the file to their own patient"):
        store.assign(CLINICIAN, recording(2).recording_id, "P1", SUMMER)
    # exchanged by mistake: both wait, then each gets their own
    for number in (1, 2):
        store.assign(CLINICIAN, recording(number).recording_id, None, None)
    assert len(store.unassigned(CLINICIAN)) == 2
    store.assign(CLINICIAN, recording(1).recording_id, "P2", SPRING)
    store.assign(CLINICIAN, recording(2).recording_id, "P1", SPRING)
    assert [len(store.trials(CLINICIAN, patient)) for patient in ("P1", "P2")] == [1, 1]


def test_facts_of_a_trial_are_kept_without_the_examiner_s_name(store):
    facts = TrialFacts(
        kind="walk",
        footwear="shoes",
        medication="on",
        operated_side="left",
        examiner="Dr Ernestine Exam",
        sources={"kind": "enf", "examiner": "enf"},
    )
    for number in (1, 2):
        store.add_many(CLINICIAN, [(arrival_of(store, number, trial=facts), Placing("P1", SPRING))])
    (trial, _) = store.trials(CLINICIAN, "P1")
    assert trial.trial == dataclasses.replace(facts, examiner="")
    assert (trial.kind, trial.operated_side, trial.condition) == ("walk", "left", "shoes, medication on")
    with store._reading() as session:
        from ltme_clinic.store.models import RecordingRow

        rows = session.query(RecordingRow.kind, RecordingRow.examiner_hash, RecordingRow.trial).all()
    assert len({row.examiner_hash for row in rows}) == 1
    assert len(rows[0].examiner_hash) == 64
    assert rows[0].examiner_hash != store._identities.subject_hash("Dr Ernestine Exam")
    assert not any("Ernestine" in row.trial for row in rows)


def test_the_condition_that_somebody_enters_wins_over_the_file_s_facts(store):
    facts = TrialFacts(footwear="shoes", sources={"footwear": "file name"})
    source = dataclasses.replace(recording(1), trial=facts)
    options = {"patient": "P1", "visit_date": SPRING, "file_sha256": sha("file 1")}
    store.add_recording(CLINICIAN, source, clip_of(source), **options)
    assert store.add_recording(CLINICIAN, source, clip_of(source), condition="new orthosis", **options) == "added"
    (trial,) = store.trials(CLINICIAN, "P1")
    assert (trial.condition, trial.trial.footwear) == ("new orthosis", "shoes")
    with pytest.raises(Refused, match="walked 'new orthosis' already"):
        store.add_recording(CLINICIAN, source, clip_of(source), condition="shoes", **options)
    assert store.add_recording(CLINICIAN, source, clip_of(source), **options) == "seen"


def test_a_fact_that_is_none_is_refused_about_the_file(store):
    arrival = arrival_of(store, 1)
    (outcome,) = store.add_many(CLINICIAN, [(arrival, Placing("P1", SPRING, given=(("kind", "dance"),)))])
    assert str(outcome).startswith("walk_0001.c3d: kind 'dance' is not one of")
    assert store.counts().recordings == 0


def test_a_recording_is_found_by_the_beginning_of_its_id(store):
    add(store, 1)
    add(store, 2, None)
    full = recording(1).recording_id
    found = store.find_recording(CLINICIAN, full[:10].upper())
    assert (found.recording_id, found.patient, found.visit) == (full, "P1", "2024-03-01")
    assert store.find_recording(CLINICIAN, recording(2).recording_id[:10]).patient == ""
    for prefix, fact in (
        ("ab", "is no recording's id"),
        ("a_b%", "is no recording's id"),
        ("0" * 12, "is not in this"),
    ):
        with pytest.raises(LtmeError, match=fact):
            store.find_recording(CLINICIAN, prefix)
