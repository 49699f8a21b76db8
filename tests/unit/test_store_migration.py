"""A store of the first schema, with people in it, is brought up to date on both databases and loses nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import text
from store_samples import CLINICIAN, FINGERPRINT, SPRING, add, clip_of, embedding_of, finding, recording, sha
from test_store_names import NAME, leaks, planted

from ltme_clinic.body import SLOTS
from ltme_clinic.store import files, schema
from ltme_clinic.store.payloads import dump, to_json
from ltme_clinic.types import LtmeError, Refused, TrialFacts

ROWS = {
    "person": "id, pseudonym, origin, token, added_at, schema_version",
    "visit": "id, person_id, key, visit_date, schema_version",
    "session": "id, visit_id, condition, marker_set, static_recording_id, anthropometry, schema_version",
    "recording": "id, session_id, origin, file_sha256, subject_hash, source_name, rate_hz, frames, first_file_frame, "
    "duration_s, condition, marker_set, is_static, anthropometry, events, warnings, clip_version, clip_file, "
    "angles_file, added_at, added_by, schema_version",
    "embedding": "id, recording_id, clip_version, fingerprint, level, origin, recording_vector, posture_vector, "
    "frames, source_start_s, speed_m_s, leg_length_m, cadence_spm, turn_deg, latents_file, saved_at, schema_version",
    "finding": "id, visit_id, fingerprint, reference, anomaly_score, p_value, payload, saved_at, schema_version",
}
NOW = "2024-03-01T10:00:00.000000+00:00"


def insert(session, table, *values):
    names = ROWS[table].split(", ")
    marks = ", ".join(f":{name}" for name in names)
    session.execute(
        text(f"INSERT INTO {table} ({ROWS[table]}) VALUES ({marks})"), dict(zip(names, values, strict=True))
    )


def narrow_columns(root, source):
    """The files that the first schema's programs wrote: a column for each number."""
    clip, angles = replace(clip_of(source), warnings=source.warnings), list(source.angles().values())
    columns = {
        f"{slot}_{axis}_m": clip.positions_m[:, s, a] for s, slot in enumerate(SLOTS) for a, axis in enumerate("xyz")
    }
    columns |= {f"{slot}_valid": clip.valid[:, s] for s, slot in enumerate(SLOTS)}
    columns |= {"velocity_forward_m_s": clip.velocity_m_s[:, 0], "velocity_leftward_m_s": clip.velocity_m_s[:, 1]}
    columns["heading_rate_rad_s"] = clip.heading_rate_rad_s
    header = {
        "recording_id": clip.recording_id,
        "origin": clip.origin,
        "start_m": clip.start_m.tolist(),
        "start_heading_rad": clip.start_heading_rad,
        "source_start_s": clip.source_start_s,
        "treadmill_speed_m_s": clip.treadmill_speed_m_s,
        "rate_hz": clip.rate_hz,
        "clip_version": clip.clip_version,
        "warnings": list(clip.warnings),
    }
    names = {kind: files.new_file_name(source.recording_id, kind) for kind in ("clip", "angles", "latents")}
    files.write_columns(root, names["clip"], "clip", columns, header)
    columns = {
        f"{n}_{angle.name}_{axis}": angle.values[:, a] for n, angle in enumerate(angles) for a, axis in enumerate("xyz")
    }
    described = [{"name": angle.name, "unit": angle.unit, "frames": len(angle.values)} for angle in angles]
    files.write_columns(
        root, names["angles"], "angles", columns, {"recording_id": source.recording_id, "angles": described}
    )
    latents = embedding_of(source).latents
    columns = {f"latent_{n:03d}": latents[:, n] for n in range(latents.shape[1])}
    files.write_columns(root, names["latents"], "latents", columns, {"shape": list(latents.shape)})
    return names


@pytest.fixture
def first_store(open_store, monkeypatch):
    """A function that opens a store which a program of the first schema had filled.

    One patient with a walk in shoes, a walk without a condition and a static trial; and a walk that waits.
    """
    return store_of_the_first_schema(open_store, monkeypatch, recording)


@pytest.fixture
def first_store_with_names(open_store, monkeypatch):
    """The same, of files that say a name in every text."""
    return store_of_the_first_schema(open_store, monkeypatch, planted)


def store_of_the_first_schema(open_store, monkeypatch, make):
    from alembic import command

    upgrade = command.upgrade
    with monkeypatch.context() as first:
        first.setattr(schema, "REVISIONS", ("0001",))
        first.setattr(command, "upgrade", lambda config, _target: upgrade(config, "0001"))
        first.setattr(files, "FILE_SCHEMA_VERSION", 1)
        with open_store(create=True) as store, store._writing() as session:
            insert(session, "person", 1, "P1", "virtual", "person 1", NOW, 1)
            insert(session, "visit", 1, 1, "2024-03-01", SPRING, 1)
            for number, condition in ((1, "shoes"), (2, "")):
                insert(session, "session", number, 1, condition, "", None, "{}", 1)
            for number, (in_session, condition, is_static) in enumerate(
                [(1, "shoes", False), (2, "", False), (2, "", True), (None, "barefoot", False)], start=1
            ):
                source = make(number)
                names = narrow_columns(store._files, source)
                row = (source.recording_id, in_session, "virtual", sha(f"file {number}"), "", source.source_name)
                texts = dump(source.events), dump(source.warnings)
                row += (100.0, 120, 17, 1.2, condition, "", is_static, "{}", *texts, 1)
                insert(session, "recording", *row, names["clip"], names["angles"], NOW, "cleo", 1)
                given = embedding_of(source)
                row = (number, source.recording_id, 1, FINGERPRINT, "recording", "virtual")
                row += (given.recording_vector.tobytes(), given.posture_vector.tobytes(), 60, 0.04, 1.2, 0.8, None, 0.0)
                insert(session, "embedding", *row, names["latents"], NOW, 1)
    return open_store


def test_a_store_of_the_first_schema_asks_for_add_and_is_then_brought_up_to_date(first_store):
    with pytest.raises(LtmeError, match=rf"schema 0001, this program writes {schema.REVISIONS[-1]}\)"):
        first_store()
    with first_store(create=True) as store:
        trials = {trial.recording_id: trial for trial in store.trials(CLINICIAN, "P1")}
        assert [
            (trials[recording(n).recording_id].kind, trials[recording(n).recording_id].condition) for n in (1, 2, 3)
        ] == [
            ("unknown", "shoes"),
            ("unknown", ""),
            ("static", ""),
        ]
        (waiting,) = store.unassigned(CLINICIAN)
        assert (waiting.condition, waiting.file_people) == ("barefoot", None)
        assert len(store.embeddings(CLINICIAN, "P1", FINGERPRINT)) == 3  # rebuilding the table cascaded nowhere
        assert store.counts().recordings == 4
        assert store.finished_files(CLINICIAN, None) == frozenset()  # how many people their files hold nobody knows


def test_signals_of_the_first_schema_are_read_bit_for_bit(first_store):
    with first_store(create=True) as store:
        source = recording(1)
        clip = store.clip(CLINICIAN, source.recording_id)
        assert clip.positions_m.tobytes() == clip_of(source).positions_m.tobytes()
        assert clip.valid.tobytes() == clip_of(source).valid.tobytes()
        assert clip.velocity_m_s.tobytes() == clip_of(source).velocity_m_s.tobytes()
        angles = store.signals(CLINICIAN, source.recording_id).angles
        for name, angle in source.angles().items():
            assert np.array_equal(angles[name].values, angle.values, equal_nan=True)
        found = store.load_embedding(CLINICIAN, source.recording_id, FINGERPRINT)
        assert found.latents.tobytes() == embedding_of(source).latents.tobytes()


def test_what_the_first_schema_lacks_is_completed_when_the_file_is_added_again(first_store):
    with first_store(create=True) as store:
        assert add(store, 2) == "seen"
        assert add(store, 1) == "seen"
        with pytest.raises(Refused, match="walked 'shoes' already, not 'barefoot'"):
            add(store, 1, condition="barefoot")
        assert store.finished_files(CLINICIAN, FINGERPRINT) == {sha("file 1"), sha("file 2")}
        assert store.clip(CLINICIAN, recording(1).recording_id).frames == 60


def test_the_migrated_audit_log_still_refuses_a_change(first_store):
    with first_store(create=True) as store:
        add(store, 9)
        with pytest.raises(LtmeError, match="append-only"), store._writing() as session:
            session.execute(text("UPDATE audit SET who = 'somebody else'"))
        assert store.verify_audit().intact


def test_a_migration_moves_names_to_the_identity_database_and_leaves_none_elsewhere(first_store_with_names):
    with first_store_with_names(create=True) as store:
        assert leaks(store) == []
        assert store._identities.file_names([planted(1).recording_id]) == {
            planted(1).recording_id: f"{NAME}_4711081_walk.c3d"
        }
        signals = store.signals(CLINICIAN, planted(1).recording_id)
        assert list(signals.angles) == ["LKneeAngles", "Angle02", "RKneeAngles", "Angle04"]
        assert [event.label for event in signals.events] == ["LHS", "", ""]
        assert store.clip(CLINICIAN, planted(1).recording_id).frames == 60
        assert store.sweep(older_than_s=0.0).removed == 0  # the files that were replaced are gone already
        assert store.sweep().missing == ()


def test_a_migration_replaces_a_name_in_conditions_wherever_results_say_them(open_store, monkeypatch):
    facts = TrialFacts(aid=f"{NAME} stick", medication="on", sources={"aid": "parameters"})
    with monkeypatch.context() as second:
        from alembic import command

        upgrade = command.upgrade
        second.setattr(schema, "REVISIONS", ("0001", "0002"))
        second.setattr(command, "upgrade", lambda config, _target: upgrade(config, "0002"))
        with open_store(create=True) as store, store._writing() as session:
            insert(session, "person", 1, "P1", "virtual", "person 1", NOW, 1)
            insert(session, "visit", 1, 1, "2024-03-01", SPRING, 1)
            insert(session, "session", 1, 1, facts.condition, "", None, "{}", 1)
            row = (sha("x"), 1, "virtual", sha("f"), "", "walk.c3d", 100.0, 120, 17, 1.2, facts.condition, "", False)
            row += ("{}", "[]", "[]", None, None, None, NOW, "cleo", 1)
            names = ROWS["recording"].split(", ")
            values = dict(zip(names, row, strict=True)) | {"kind": "walk", "trial": dump(facts), "examiner_hash": ""}
            marks = ", ".join(f":{name}" for name in values)
            session.execute(text(f"INSERT INTO recording ({', '.join(values)}) VALUES ({marks})"), values)
            said = replace(
                finding("P1", "2024-03-01"), condition=facts.condition, sentence=f"Walked {facts.condition}."
            )
            insert(session, "finding", 1, 1, FINGERPRINT, "r", 1.0, None, to_json(said), NOW, 1)
    with open_store(create=True) as store:
        (trial,) = store.trials(CLINICIAN, "P1")
        (found,) = store.findings(CLINICIAN, "P1")
        assert trial.condition.endswith("] stick, medication on")
        assert (found.condition, found.sentence) == (trial.condition, f"Walked {trial.condition}.")
        assert store.visits(CLINICIAN, "P1")[0].conditions == (trial.condition,)
        assert leaks(store) == []


def test_migrating_twice_at_once_does_it_once(first_store):
    with first_store(create=True), first_store(create=True) as store, store._reading() as session:
        stored = session.execute(text("SELECT trial FROM recording WHERE is_static")).scalar()
        assert json.loads(stored) == {"kind": "static", "sources": {"kind": "signals"}}
