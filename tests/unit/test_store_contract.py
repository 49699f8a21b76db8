"""One suite that both databases pass: what goes in comes out, once, under one patient."""

from __future__ import annotations

import dataclasses
import pickle
from datetime import date

import numpy as np
import pytest
from store_samples import (
    CLINICIAN,
    FINGERPRINT,
    RESEARCHER,
    SPRING,
    SUMMER,
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

from ltme_clinic.store import Store
from ltme_clinic.types import LtmeError, MotionEmbedding, Refused


def test_the_migrations_make_exactly_the_tables_that_the_models_declare(store):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from ltme_clinic.store.models import Base

    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_table_has_a_schema_version():
    from ltme_clinic.store.models import Base

    assert all("schema_version" in table.columns for table in Base.metadata.tables.values())


def test_opening_needs_a_store_unless_one_is_to_be_made(open_store):
    with pytest.raises(LtmeError, match="there is no store here yet"):
        open_store()
    open_store(create=True).close()
    open_store().close()


def test_a_store_of_a_newer_program_is_refused_with_the_cure(open_store, store):
    _set_revision(store, "9999")
    for create in (False, True):
        with pytest.raises(LtmeError, match=r"newer version .*Update LTME Clinic"):
            open_store(create=create)


def test_the_same_recording_twice_is_seen_and_stored_once(store):
    assert add(store, 1) == "added"
    assert add(store, 1) == "seen"
    assert store.counts().recordings == 1
    assert len(signal_files(store)) == 2  # the clip and the angles


def test_a_clip_comes_back_bit_for_bit(store):
    source = recording(1)
    clip = clip_of(source)
    add(store, 1)
    back = store.clip(CLINICIAN, source.recording_id)
    for field in dataclasses.fields(clip):
        given, found = getattr(clip, field.name), getattr(back, field.name)
        if isinstance(given, np.ndarray):
            assert found.dtype == given.dtype
            assert found.tobytes() == given.tobytes(), field.name
        else:
            assert found == given, field.name


def test_angles_and_events_come_back_at_the_files_own_rate(store):
    source = recording(1)
    add(store, 1)
    signals = store.signals(THERAPIST, source.recording_id)
    assert (signals.rate_hz, signals.frames, signals.events) == (100.0, 120, source.events)
    assert list(signals.angles) == ["LKneeAngles", "RKneeAngles"]  # not the moment
    for name, angle in source.angles().items():
        assert signals.angles[name].values.tobytes() == angle.values.tobytes()
        assert signals.angles[name].unit == "deg"


def test_a_recording_without_a_clip_or_angles_is_stored_and_says_so(store):
    source = dataclasses.replace(recording(1, static=True), model_outputs=())
    options = {"patient": "P1", "visit_date": SPRING, "file_sha256": sha("f"), "source_path_name": "cal.c3d"}
    assert store.add_recording(CLINICIAN, source, None, **options) == "added"
    (trial,) = store.trials(CLINICIAN, "P1")
    assert (trial.has_clip, trial.is_static) == (False, True)
    assert store.signals(CLINICIAN, source.recording_id).angles == {}
    with pytest.raises(LtmeError, match="has no motion clip"):
        store.clip(CLINICIAN, source.recording_id)


def test_the_same_bytes_under_another_patient_are_refused(store):
    add(store, 1, "P1")
    with pytest.raises(Refused, match="stored under patient P1 already"):
        add(store, 1, "P2")
    assert [patient.pseudonym for patient in store.patients(CLINICIAN)] == ["P1"]


def test_origins_are_never_mixed_within_a_patient(store):
    add(store, 1, origin="measured")
    for number, origin in ((2, "virtual"), (3, "generated")):
        with pytest.raises(Refused, match="origins are never mixed"):
            add(store, number, origin=origin)
    assert store.counts().recordings == 1
    assert len(signal_files(store)) == 2  # the refused signals are gone too
    assert add(store, 4, "P2", origin="virtual") == "added"


def test_a_clip_of_another_recording_is_an_error(store):
    options = {"patient": "P1", "visit_date": SPRING, "file_sha256": sha("f"), "source_path_name": "a.c3d"}
    with pytest.raises(LtmeError, match="clip is of another recording"):
        store.add_recording(CLINICIAN, recording(1), clip_of(recording(2)), **options)


def test_what_has_no_patient_waits_and_can_be_assigned(store):
    assert add(store, 1, None, None) == "unassigned"
    assert add(store, 1, None, None) == "seen"
    (waiting,) = store.unassigned(CLINICIAN)
    assert (waiting.patient, waiting.visit, waiting.source_name) == ("", "", "walk_0001.c3d")
    assert store.patients(CLINICIAN) == []
    store.assign(CLINICIAN, waiting.recording_id, "P1", SPRING)
    assert store.unassigned(CLINICIAN) == []
    assert [trial.visit for trial in store.trials(CLINICIAN, "P1")] == ["2024-03-01"]


def test_adding_again_with_a_patient_or_a_date_finishes_what_was_missing(store):
    add(store, 1, None, None)
    assert add(store, 1, "P1", None, condition="barefoot") == "added"
    assert [visit.key for visit in store.visits(CLINICIAN, "P1")] == ["undated"]
    assert add(store, 1, "P1", SPRING) == "added"
    (visit,) = store.visits(CLINICIAN, "P1")
    assert (visit.key, visit.conditions) == ("2024-03-01", ("barefoot",))
    assert add(store, 1, "P1", None) == "seen"
    with pytest.raises(Refused, match="visit of 2024-03-01 already, not 2024-06-01"):
        add(store, 1, "P1", SUMMER)


def test_adding_again_completes_a_condition_and_never_changes_one(store):
    add(store, 1, "P1", SPRING)
    assert add(store, 1, "P1", SPRING, condition="shoes") == "added"
    assert [visit.conditions for visit in store.visits(CLINICIAN, "P1")] == [("shoes",)]
    assert add(store, 1, "P1", SPRING) == "seen"
    with pytest.raises(Refused, match="walked 'shoes' already, not 'barefoot'"):
        add(store, 1, "P1", None, condition="barefoot")


def test_an_undated_visit_is_listed_last_and_not_tracked(store):
    add(store, 1, visit_date=None)
    add(store, 2, visit_date=SUMMER)
    add(store, 3, visit_date=SPRING)
    add(store, 4, visit_date=SPRING, condition="shoes", marker_set="plug_in_gait")
    visits = store.visits(CLINICIAN, "P1")
    assert [(v.key, v.tracked, v.trials) for v in visits] == [
        ("2024-03-01", True, 2),
        ("2024-06-01", True, 1),
        ("undated", False, 1),
    ]
    assert visits[0].conditions == ("", "shoes")
    (patient,) = store.patients(CLINICIAN)
    assert (patient.visits, patient.last_visit, patient.trials, patient.origin) == (3, SUMMER, 4, "virtual")


def test_moving_a_recording_takes_its_old_results_with_it(store):
    add(store, 1, "P1")
    add(store, 2, "P1")
    store.save_findings(CLINICIAN, [finding("P1", "2024-03-01")])
    store.save_trends(CLINICIAN, [trend("P1")])
    store.assign(CLINICIAN, recording(1).recording_id, "P2", SUMMER)
    assert store.findings(CLINICIAN, "P1") == []
    assert store.trends(CLINICIAN, "P1") == []
    assert [trial.visit for trial in store.trials(CLINICIAN, "P2")] == ["2024-06-01"]
    store.assign(CLINICIAN, recording(2).recording_id, "P2", SUMMER)
    assert store.visits(CLINICIAN, "P1") == []


def test_a_file_that_went_missing_is_restored_by_adding_it_again(store):
    add(store, 1)
    for path in signal_files(store):
        path.unlink()
    assert store.sweep().missing == (recording(1).recording_id,)
    with pytest.raises(LtmeError, match="missing from the store"):
        store.clip(CLINICIAN, recording(1).recording_id)
    assert add(store, 1) == "seen"
    assert store.sweep().missing == ()
    assert store.clip(CLINICIAN, recording(1).recording_id).frames == 60


def test_a_newer_clip_of_a_stored_recording_replaces_the_older(store):
    source = recording(1)
    options = {"patient": "P1", "visit_date": SPRING, "file_sha256": sha("f"), "source_path_name": "a.c3d"}
    store.add_recording(CLINICIAN, source, clip_of(source, version=1), **options)
    assert store.add_recording(CLINICIAN, source, clip_of(source, version=2, frames=70), **options) == "seen"
    assert store.clip(CLINICIAN, source.recording_id).frames == 70
    assert len(signal_files(store)) == 2


@pytest.mark.parametrize("patient", ["", " P1", "P\n1", "P" * 65, "\x00"])
def test_a_pseudonym_that_is_not_one_short_line_is_an_error(store, patient):
    with pytest.raises(LtmeError, match="not a usable pseudonym"):
        add(store, 1, patient)


def test_hostile_texts_from_a_file_are_stored_as_one_plain_line(store):
    source = dataclasses.replace(
        recording(1), warnings=("a\x00b\ud800",), source_name="C:\\Anna Berg\\walk\n\udc80.c3d"
    )
    options = {"patient": "Ö'; DROP TABLE person;--", "visit_date": SPRING, "file_sha256": sha("f")}
    assert store.add_recording(CLINICIAN, source, clip_of(source), condition="x" * 999, **options) == "added"
    (trial,) = store.trials(CLINICIAN, "Ö'; DROP TABLE person;--")
    assert trial.source_name == "walk  .c3d"
    assert trial.warnings[0] == "a\x00……"


def test_an_embedding_comes_back_exactly_and_reads_its_windows_when_asked(store):
    add(store, 1)
    given = embedding_of(recording(1))
    store.save_embedding(CLINICIAN, given)
    store.save_embedding(CLINICIAN, given)  # the same key: replaced, not doubled
    (stored,) = store.embeddings(CLINICIAN, "P1", FINGERPRINT)
    assert (stored.patient, stored.visit, stored.visit_date) == ("P1", "2024-03-01", SPRING)
    assert isinstance(stored.embedding, MotionEmbedding)
    assert "latents" not in vars(stored.embedding)
    copies = [stored.embedding, store.load_embedding(CLINICIAN, given.recording_id, FINGERPRINT)]
    copies += [pickle.loads(pickle.dumps(stored.embedding)), dataclasses.replace(stored.embedding)]
    for found in copies:
        for field in dataclasses.fields(MotionEmbedding):
            expected, got = getattr(given, field.name), getattr(found, field.name)
            if isinstance(expected, np.ndarray):
                assert (got.dtype, got.shape, got.tobytes()) == (expected.dtype, expected.shape, expected.tobytes())
            else:
                assert got == expected or (np.isnan(got) and np.isnan(expected)), field.name
    assert len(signal_files(store)) == 3
    assert store.has_embedding(CLINICIAN, given.recording_id, FINGERPRINT)
    assert not store.has_embedding(CLINICIAN, given.recording_id, sha("other"))


def test_embeddings_of_other_checkpoints_and_clip_versions_are_never_mixed_in(store):
    add(store, 1)
    add(store, 2, None)
    store.save_embedding(CLINICIAN, embedding_of(recording(1)))
    store.save_embedding(CLINICIAN, embedding_of(recording(1), fingerprint=sha("other"), windows=1))
    store.save_embedding(CLINICIAN, embedding_of(recording(2)))  # nobody's yet
    old = dataclasses.replace(embedding_of(recording(1)), clip_version=0, fingerprint=sha("old"))
    store.save_embedding(CLINICIAN, old)
    assert [e.embedding.windows for e in store.embeddings(CLINICIAN, "P1", sha("other"))] == [1]
    assert store.embeddings(CLINICIAN, "P1", sha("old")) == []
    assert [e.recording_id for e in store.embeddings(CLINICIAN, None, FINGERPRINT)] == [recording(1).recording_id]
    assert store.fingerprints() == {sha("old"): 1, FINGERPRINT: 2, sha("other"): 1}
    with pytest.raises(LtmeError, match="not embedded by checkpoint"):
        store.load_embedding(CLINICIAN, recording(1).recording_id, sha("none"))


def test_an_embedding_needs_its_recording_and_its_origin(store):
    with pytest.raises(LtmeError, match="not in this store"):
        store.save_embedding(CLINICIAN, embedding_of(recording(1)))
    add(store, 1)
    with pytest.raises(Refused, match="a measured embedding of a virtual recording"):
        store.save_embedding(CLINICIAN, dataclasses.replace(embedding_of(recording(1)), origin="measured"))
    store.sweep(older_than_s=0)
    assert len(signal_files(store)) == 2


def test_recording_vectors_come_as_one_matrix(store):
    for number in range(4):
        add(store, number, f"P{number % 2}")
        store.save_embedding(CLINICIAN, embedding_of(recording(number)))
    vectors = store.recording_vectors(RESEARCHER, FINGERPRINT)
    assert vectors.patients == ("P0", "P0", "P1", "P1")
    expected = embedding_of(recording(3)).recording_vector
    assert np.array_equal(vectors.vectors[vectors.recording_ids.index(recording(3).recording_id)], expected)
    assert store.recording_vectors(RESEARCHER, sha("none")).vectors.shape == (0, 0)


def test_findings_come_back_exactly_and_are_replaced_not_doubled(store):
    add(store, 1)
    add(store, 2, visit_date=None)
    first = [finding("P1", "2024-03-01"), finding("P1", "2024-03-01", reference="children"), finding("P1", "undated")]
    store.save_findings(CLINICIAN, first)
    store.save_findings(CLINICIAN, first)
    assert store.findings(CLINICIAN, "P1") == first
    assert store.findings(CLINICIAN, "P1", visit="undated", fingerprint=FINGERPRINT) == first[2:]
    store.save_findings(CLINICIAN, [finding("P1", "2024-03-01", score=None)])
    assert [f.anomaly_score for f in store.findings(CLINICIAN, "P1")] == [None, 3.25]
    (patient,) = store.patients(CLINICIAN)
    assert patient.latest_finding == finding("P1", "2024-03-01", score=None)  # a dated visit before an undated one


def test_a_finding_of_a_visit_that_is_not_there_is_an_error_and_stores_nothing(store):
    add(store, 1)
    with pytest.raises(LtmeError, match="has no visit '2030-01-01'"):
        store.save_findings(CLINICIAN, [finding("P1", "2024-03-01"), finding("P1", "2030-01-01")])
    assert store.findings(CLINICIAN, "P1") == []


def test_trends_come_back_exactly_and_are_replaced_not_doubled(store):
    add(store, 1)
    given = [trend("P1"), trend("P1", metric="speed")]
    store.save_trends(CLINICIAN, given)
    store.save_trends(CLINICIAN, given)
    assert store.trends(CLINICIAN, "P1") == given
    assert store.trends(CLINICIAN, "P1", fingerprint=sha("other")) == []
    assert isinstance(store.trends(CLINICIAN, "P1")[0].points[0].date, date)


def test_asking_for_an_unknown_patient_names_it(store):
    for ask in (store.visits, store.trials, store.findings, store.trends):
        with pytest.raises(LtmeError, match="patient P9: is not in this store"):
            ask(CLINICIAN, "P9")


def _set_revision(store: Store, revision: str) -> None:
    from sqlalchemy import text

    with store._writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
